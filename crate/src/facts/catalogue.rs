//! The catalogue of facts that the embedded model knows: facts, names and wordings in every language.
//!
//! A sentence is `prompt + " " + object + end` in every language. Names are factored into entities with grammatical forms, wordings
//! into patterns with slots for those forms, so that a relation is written once per language and not once per fact.
//! Which wordings are held out of training, and in which language a fact is withheld as a whole, follows from a hash of the fact's
//! id: nothing about it is stored, and everybody who reads the catalogue agrees.

mod compose;
mod entities;
mod find;
mod forms;
mod in_languages;
mod known;
mod layout;
mod load;
mod pattern;
mod select;

use std::collections::BTreeMap;

pub use self::find::{Match, Question};
use self::forms::Forms;
pub use self::in_languages::{FactInLanguage, OtherObject};
pub use self::known::{InCommon, KnownFact, KnownScope};
pub use self::load::{LOAD_FACTS, LOAD_ROUNDS};
use self::pattern::Pattern;
use crate::{Result, ensure};

/// Wordings of a fact in a language that are kept out of training.
pub const HELD_OUT: usize = 2;
/// One fact in this many is withheld from training in one language.
const WITHHELD_ONE_IN: u64 = 20;

/// Facts in several languages.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Language codes, in the order of the file.
    pub languages: Vec<String>,
    /// The relations, in the order of the file.
    pub relations: Vec<Relation>,
    /// The facts, relation by relation.
    pub facts: Vec<CatalogueFact>,
}

/// What the facts of one kind have in common.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Its name, such as `capital`.
    pub id: String,
    /// What its subjects are, such as `country`: facts of two relations are about the same thing where kind and key agree.
    pub kind: String,
    /// What its objects are; `None` where they are texts, such as numbers.
    pub object_kind: Option<String>,
    patterns: BTreeMap<String, Vec<Pattern>>,
}

impl Relation {
    /// Number of wordings in a language.
    pub fn wordings(&self, language: &str) -> usize {
        self.patterns.get(language).map_or(0, Vec::len)
    }
}

/// A fact in all the catalogue's languages.
#[derive(Clone, Debug)]
pub struct CatalogueFact {
    /// `relation/key`, such as `capital/FR`.
    pub id: String,
    /// Id of its relation.
    pub relation: String,
    /// Key of the object among the things of its kind, or its text where it has no kind.
    pub object: String,
    /// What it is called, by language.
    pub names: BTreeMap<String, Names>,
    /// Languages in which the fact is left out of training.
    pub withheld: Vec<String>,
    forms: BTreeMap<String, Forms>,
}

/// Subject and object in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The subject in its plain form.
    pub subject: String,
    /// The object as it stands after a prompt.
    pub object: String,
}

/// The prompts that ask for a fact in one language, none ending in a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wordings {
    /// The subject as the main prompt has it.
    pub subject: String,
    /// The answer.
    pub object: String,
    /// Prompts to train on; the first is the main one.
    pub trained: Vec<String>,
    /// Prompts kept out of training for this fact in this language.
    pub held_out: Vec<String>,
    /// Whether the whole fact is kept out of training in this language.
    pub withheld: bool,
    /// What closes a sentence.
    pub end: String,
}

impl Catalogue {
    /// The catalogue of the embedded model. (A page fetches `facts/catalogue.json` and hands it to [`Catalogue::from_json`].)
    ///
    /// # Errors
    /// As [`Catalogue::from_json`].
    #[cfg(not(target_family = "wasm"))]
    pub fn builtin() -> Result<Self> {
        Self::from_json(include_str!("../../../static/facts/catalogue.json"))
    }

    /// The prompts of the fact at index `fact`, or `None` if there is no such fact in that language.
    pub fn wordings(&self, fact: usize, language: &str) -> Option<Wordings> {
        let fact = self.facts.get(fact)?;
        let (names, forms) = (fact.names.get(language)?, fact.forms.get(language)?);
        let patterns = self.relation(&fact.relation)?.patterns.get(language)?;
        let prompts = patterns.iter().map(|pattern| pattern.fill(forms)).collect::<Option<Vec<_>>>()?;
        let subject = forms.within(prompts.first()?)?.to_owned();
        let held = held_out(&fact.id, language, prompts.len());
        let (held, trained): (Vec<_>, Vec<_>) = prompts.into_iter().enumerate().partition(|(index, _)| held.contains(index));
        let texts = |list: Vec<(usize, String)>| list.into_iter().map(|(_, text)| text).collect();
        Some(Wordings {
            subject,
            object: names.object.clone(),
            trained: texts(trained),
            held_out: texts(held),
            withheld: fact.withheld.iter().any(|l| l == language),
            end: sentence_end(language).to_owned(),
        })
    }

    /// The relation of that name.
    pub fn relation(&self, id: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.id == id)
    }

    /// Checks what every user of a catalogue relies on.
    fn validate(self) -> Result<Self> {
        ensure!(!self.facts.is_empty(), Data, "the catalogue has no facts");
        for (index, fact) in self.facts.iter().enumerate() {
            for language in &self.languages {
                let whole = self.wordings(index, language).is_some_and(|wordings| wordings.trained.len() > 1);
                ensure!(whole, Data, "fact `{}` has no wordings in {language} that contain its subject", fact.id);
            }
        }
        Ok(self)
    }
}

impl CatalogueFact {
    /// The part of the id after the relation: what the subject is, in every relation.
    pub fn key(&self) -> &str {
        self.id.split_once('/').map_or(self.id.as_str(), |(_, key)| key)
    }
}

/// What closes a sentence in that language.
fn sentence_end(language: &str) -> &'static str {
    if language == "zh" { "。" } else { "." }
}

/// The positions among `count` wordings that are held out for a fact in a language: never the first.
fn held_out(id: &str, language: &str, count: usize) -> Vec<usize> {
    let mut candidates: Vec<usize> = (1..count).collect();
    let mut hash = stable_hash(&[id, language]);
    let mut held = Vec::with_capacity(HELD_OUT);
    // One wording beside the main one stays for training.
    while held.len() < HELD_OUT && candidates.len() > 1 {
        let len = candidates.len() as u64;
        held.push(candidates.swap_remove((hash % len) as usize));
        hash /= len;
    }
    held
}

/// The language, if any, in which a fact is withheld from training.
fn withheld(id: &str, languages: &[String]) -> Vec<String> {
    let hash = stable_hash(&["withheld", id]);
    let language = (hash / WITHHELD_ONE_IN).checked_rem(languages.len() as u64).unwrap_or_default() as usize;
    let chosen = languages.get(language).filter(|_| hash.is_multiple_of(WITHHELD_ONE_IN));
    chosen.cloned().into_iter().collect()
}

/// FNV-1a of the parts, each closed by a zero byte, and the finaliser of splitmix64 so that the low bits are mixed too. It must never
/// change: the embedded model was trained by it.
fn stable_hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests;
