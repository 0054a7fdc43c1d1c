//! What a run did otherwise than its reader may take for granted, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::edit::settings::format_layers;
use crate::facts::{Fact, Selection, UnlikeIds, listed};

/// Fewer tokens for each dimension of a key leave much of the space unseen.
const TOKENS_A_DIMENSION: u64 = 10;

/// A fact by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct NamedFact {
    /// Identifier of the record.
    pub id: String,
    /// ISO 639-1 code of the language.
    pub language: String,
    /// What it is about: ids of facts that somebody typed say nothing to them. Empty in reports of before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
}

impl NamedFact {
    /// That of `fact`.
    pub(super) fn of(fact: &Fact) -> Self {
        Self { id: fact.id.clone(), language: fact.language.clone(), subject: fact.subject.clone() }
    }
}

impl fmt::Display for NamedFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in {}", self.id, self.language)
    }
}

/// Something that a run fell back on. The command prints it, the page shows it in the reader's language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// The key statistics rest on fewer than ten tokens for each dimension of a key.
    FewTokens {
        /// Tokens behind the statistics.
        tokens: u64,
        /// d_in.
        dimension: u64,
    },
    /// The statistics are those of the Universal Declaration of Human Rights, which stood in for text like the model's own.
    StandInCorpus {
        /// Tokens behind the statistics.
        tokens: u64,
    },
    /// A covariance is singular: something was added to its diagonal.
    SingularCovariance {
        /// The layers; `steps` say what was added at each.
        layers: Vec<usize>,
        /// The most that was added.
        ridge: f64,
    },
    /// The threshold counts every direction as null: nothing is projected away, and no key is protected.
    NothingProtected {
        /// The layers.
        layers: Vec<usize>,
    },
    /// A step had no null space, by the threshold or since earlier edits used it up: nothing was written there.
    NoNullSpace {
        /// The layers.
        layers: Vec<usize>,
    },
    /// The edits changed nearly every answer to unrelated questions.
    AnswersLost {
        /// Percent of positions at which the answers are still the unedited model's.
        agreement: f64,
    },
    /// The subject is not in the prompt: the fact was edited at the prompt's last token.
    SubjectNotInPrompt {
        /// The facts.
        facts: Vec<NamedFact>,
    },
    /// The subject is in the prompt only in part, inflected or shortened.
    SubjectInPart {
        /// The facts.
        facts: Vec<NamedFact>,
    },
    /// A fact's text holds what the vocabulary writes a control token as, and was read so.
    ControlTokens {
        /// The facts.
        facts: Vec<NamedFact>,
        /// The control tokens.
        tokens: Vec<String>,
    },
    /// The recipe sets what its method or merge does not read.
    UnreadSettings {
        /// Their names.
        settings: Vec<String>,
    },
    /// The key statistics are parts of a corpus without the others.
    PartOfStatistics {
        /// Those that are missing, such as `2/4`.
        missing: Vec<String>,
    },
    /// The facts of two languages were paired by ids that seem to be of different schemes, so that they may say different things.
    UnlikeIds {
        /// The languages.
        languages: [String; 2],
        /// Ids that both have.
        shared: usize,
        /// An id of either language that the other does not have.
        examples: [String; 2],
    },
    /// The device multiplies matrices in TF32.
    Tf32Products {
        /// The device.
        device: String,
    },
}

impl Warning {
    /// What there is to say of key statistics over so many tokens.
    pub fn of_tokens(tokens: u64, dimension: u64) -> Option<Self> {
        (tokens < TOKENS_A_DIMENSION * dimension).then_some(Self::FewTokens { tokens, dimension })
    }

    /// What there is to say of how facts were selected.
    pub fn of(selection: &Selection) -> Vec<Self> {
        let unlike = selection.unlike_ids.clone();
        unlike.map(|UnlikeIds { languages, shared, examples }| Self::UnlikeIds { languages, shared, examples }).into_iter().collect()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FewTokens { tokens, dimension } => write!(
                f,
                "the key statistics rest on {tokens} tokens, fewer than ten for each of a key's {dimension} dimensions: directions that seem \
                 free may only be unseen; collect them from more text with `langedit stats`"
            ),
            Self::StandInCorpus { tokens } => write!(
                f,
                "the key statistics are those of {tokens} tokens of the Universal Declaration of Human Rights, which stood in for text like the \
                 model's own; collect them from such text with `langedit stats`, and pass the file with --stats"
            ),
            Self::SingularCovariance { layers, ridge } => write!(
                f,
                "the key covariance is singular at layers {}: up to {ridge:.1e} was added to its diagonal; collect the statistics from more text",
                format_layers(layers)
            ),
            Self::NothingProtected { layers } => write!(
                f,
                "the threshold counts every direction as null at layers {}: nothing is projected away, so no key is protected; set a lower \
                 nullspace_threshold",
                format_layers(layers)
            ),
            Self::NoNullSpace { layers } => write!(
                f,
                "no null space was left at layers {}, so a step wrote nothing there; set a higher nullspace_threshold, or edit fewer facts",
                format_layers(layers)
            ),
            Self::AnswersLost { agreement } => write!(
                f,
                "the edits destroyed the model: only {agreement:.1} % of its answers to unrelated questions are left; edit fewer facts, or \
                 choose another method or gentler settings"
            ),
            Self::SubjectNotInPrompt { facts } => write!(
                f,
                "subject not in the prompt: {}, edited at the prompt's last token, which disturbs all questions that end alike; leave out \
                 such facts, or give the subject as the prompt has it",
                counted(facts)
            ),
            Self::SubjectInPart { facts } => {
                write!(f, "subject found in the prompt in part: {}; give the subject as the prompt has it", counted(facts))
            }
            Self::ControlTokens { facts, tokens } => write!(
                f,
                "control tokens in the text: {} ({}), read as such and not letter by letter; a new object with one teaches the model to stop \
                 or to change roles; take them out unless that is meant",
                counted(facts),
                listed(tokens.iter().map(|token| format!("`{token}`")))
            ),
            Self::UnreadSettings { settings } => write!(
                f,
                "settings were given that the method does not read, and had no effect: {}; leave them out, or choose a method that reads them",
                settings.join(", ")
            ),
            Self::PartOfStatistics { missing } => write!(
                f,
                "the key statistics are part of a corpus: {} {} missing; merge the parts with `langedit stats merge`",
                listed(missing.iter().map(|part| format!("part {part}"))),
                if missing.len() == 1 { "is" } else { "are" }
            ),
            Self::UnlikeIds { languages: [a, b], shared, examples: [in_a, in_b] } => write!(
                f,
                "the facts in {a} and {b} were paired by ids that seem to be of different schemes: `{in_a}` is only in {a}, `{in_b}` only in \
                 {b}, {shared} are in both; give the same id to what says the same"
            ),
            Self::Tf32Products { device } => write!(
                f,
                "{device} multiplies matrices in TF32, with 10 bits behind the point instead of 23: keys and target values differ from the \
                 CPU's in the third or fourth digit; repeat what hangs on them with --device cpu"
            ),
        }
    }
}

/// How many facts they are, and the first of them by id and language.
fn counted(facts: &[NamedFact]) -> String {
    format!("{} {} ({})", facts.len(), if facts.len() == 1 { "fact" } else { "facts" }, listed(facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_names_its_facts_and_says_what_to_do() {
        let facts: Vec<NamedFact> =
            (1..=5).map(|id| NamedFact { id: id.to_string(), language: "en".to_owned(), subject: String::new() }).collect();
        let text = Warning::SubjectNotInPrompt { facts: facts.clone() }.to_string();
        assert!(text.contains("5 facts (`1` in en, `2` in en, `3` in en and 2 more)") && text.contains("leave out"), "{text}");
        let text = Warning::ControlTokens { facts: facts[..1].to_vec(), tokens: vec!["</s>".to_owned()] }.to_string();
        assert!(text.contains("1 fact (`1` in en) (`</s>`)") && text.contains("take them out"), "{text}");
        let text = Warning::SingularCovariance { layers: vec![4, 5], ridge: 2e-6 }.to_string();
        assert!(text.contains("layers 4-5") && text.contains("2.0e-6"), "{text}");
        let json = serde_json::to_value(Warning::FewTokens { tokens: 3, dimension: 64 }).unwrap_or_default();
        assert_eq!(json, serde_json::json!({"kind": "few_tokens", "tokens": 3, "dimension": 64}));
    }
}
