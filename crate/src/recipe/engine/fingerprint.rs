//! Fingerprints of what determines a step, so that one made before is known again.

use sha2::{Digest as _, Sha256};

use super::input::Run;
use crate::checkpoint::digest::hex;
use crate::edit::Statistics;
use crate::facts::Fact;
use crate::recipe::session::Session;
use crate::text::ContextTemplates;

/// Fingerprint of all that determines a run but its facts and the templates that their prompts are set into.
pub(super) fn run_fingerprint(session: &Session, Run { recipe, settings, .. }: &Run, statistics: &Statistics) -> String {
    let mut hasher = Sha256::new();
    hasher.update(session.sha256.as_bytes());
    hasher.update(format!("{}{settings:?}", recipe.method).as_bytes());
    hasher.update(format!("{}{}", statistics.provenance(), statistics.count()).as_bytes());
    for (layer, covariance) in statistics.layers() {
        hasher.update(format!("{layer}:{}", covariance.trace().to_bits()).as_bytes());
    }
    hex(&hasher.finalize())
}

/// That of the steps before and the step's own facts, each with the templates of its language: those of others do not change it, so that a
/// first fact in another language leaves the steps before it as they were made.
pub(super) fn chain(fingerprint: &str, facts: &[Fact], templates: &ContextTemplates) -> String {
    let mut hasher = Sha256::new();
    hasher.update(fingerprint.as_bytes());
    // What measures a fact does not change how it is edited in.
    for fact in facts {
        for text in [&fact.language, &fact.subject, &fact.prompt, &fact.new_object] {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.update(format!("{:?}", templates.get(&fact.language)).as_bytes());
    }
    hex(&hasher.finalize())
}

/// Of facts and everything that measures them.
pub(super) fn facts_fingerprint(facts: &[Fact]) -> String {
    let mut hasher = Sha256::new();
    for fact in facts {
        hasher.update(format!("{fact:?}").as_bytes());
    }
    hex(&hasher.finalize())
}

/// Of a fact, everything that measures it, success rates or not (`compared`), and the templates that its prompt is set into.
pub(super) fn vetted_fingerprint(fact: &Fact, templates: &[&str], compared: bool) -> String {
    let mut hasher = Sha256::new();
    hasher.update(facts_fingerprint(std::slice::from_ref(fact)).as_bytes());
    hasher.update(format!("{templates:?} {compared}").as_bytes());
    hex(&hasher.finalize())
}
