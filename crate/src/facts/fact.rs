//! A fact to be edited in, with the questions that measure the edit.

use serde::{Deserialize, Serialize};

use crate::text::{trim_unseen, visible};

/// A question with the answer that counts as right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Probe {
    /// The prompt, without the answer.
    pub prompt: String,
    /// The answer.
    pub answer: String,
}

/// One fact in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Fact {
    /// Identifier of the record; facts in several languages that say the same share it.
    pub id: String,
    /// ISO 639-1 code of the language.
    pub language: String,
    /// The subject as it is named in the prompt.
    pub subject: String,
    /// The prompt: a question or the beginning of a sentence, subject included, answer not.
    pub prompt: String,
    /// What the model is to answer after the edit, without a leading space.
    pub new_object: String,
    /// What it is taken to answer before, where the data set says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub true_object: Option<String>,
    /// Other wordings of the prompt (generality).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rephrases: Vec<String>,
    /// Unrelated questions whose answers must not change (specificity).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neighbours: Vec<Probe>,
    /// Other questions about the same subject, whose answers must not change either (specificity within the subject).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_subject: Vec<Probe>,
    /// Questions that follow from the new fact (portability).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub portability: Vec<Probe>,
}

impl Fact {
    /// How many rephrases are the prompt itself: on these, generality is efficacy under another name.
    pub fn repeated_rephrases(&self) -> usize {
        self.rephrases.iter().filter(|rephrase| rephrase.trim() == self.prompt.trim()).count()
    }

    /// Which of the fields that an edit needs is empty, if any.
    pub fn missing(&self) -> Option<&'static str> {
        let fields = [("prompt", &self.prompt), ("subject", &self.subject), ("new object", &self.new_object)];
        fields.into_iter().find(|(_, text)| trim_unseen(text).is_empty()).map(|(name, _)| name)
    }

    /// The fact without white space and invisible characters at the ends of its texts, and without invisible ones inside objects and answers.
    /// Questions of which then a half is missing are left out.
    pub(crate) fn tidied(mut self) -> Self {
        for text in [&mut self.subject, &mut self.prompt].into_iter().chain(&mut self.rephrases) {
            *text = trim_unseen(text).to_owned();
        }
        self.rephrases.retain(|rephrase| !rephrase.is_empty());
        self.new_object = visible(&self.new_object);
        self.true_object = self.true_object.map(|object| visible(&object)).filter(|object| !object.is_empty());
        for probes in [&mut self.neighbours, &mut self.same_subject, &mut self.portability] {
            for Probe { prompt, answer } in probes.iter_mut() {
                (*prompt, *answer) = (trim_unseen(prompt).to_owned(), visible(answer));
            }
            probes.retain(|probe| !probe.prompt.is_empty() && !probe.answer.is_empty());
        }
        self
    }
}
