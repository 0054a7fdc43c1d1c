//! A fact to be edited in, with the questions that measure the edit.

use serde::{Deserialize, Serialize};

use crate::text::{trim_unseen, visible};

/// Most bytes of one text of a fact or template.
pub const MAX_TEXT: usize = 4096;
/// Most rephrases, or questions of a kind, of one fact, and templates of one language.
pub(crate) const MAX_PROBES: usize = 64;
/// Most bytes of a name, an id or a setting.
pub(crate) const MAX_NAME: usize = 256;

/// How the reason begins that a text is missing.
pub(super) const EMPTY: &str = "empty";

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

    /// Why no recipe can hold the fact, if none can: which of the fields that an edit needs is empty, or what is too long.
    pub fn problem(&self) -> Option<String> {
        if let Some(field) = self.missing() {
            return Some(format!("{EMPTY} {field}"));
        }
        let own = [("subject", &self.subject), ("prompt", &self.prompt), ("new object", &self.new_object)];
        let others = self.true_object.iter().map(|text| ("true object", text)).chain(self.rephrases.iter().map(|text| ("rephrase", text)));
        let questions = [&self.neighbours, &self.same_subject, &self.portability];
        let asked = questions
            .iter()
            .flat_map(|probes| probes.iter().flat_map(|Probe { prompt, answer }| [("question", prompt), ("answer", answer)]));
        let texts =
            own.into_iter().chain(others).chain(asked).map(|(name, text)| (name, text, MAX_TEXT)).chain([("id", &self.id, MAX_NAME)]);
        if let Some((name, text, most)) = texts.into_iter().find(|(_, text, most)| text.len() > *most) {
            return Some(format!("{name} of {} bytes, more than {most}", text.len()));
        }
        let most = questions.iter().map(|probes| probes.len()).chain([self.rephrases.len()]).max().unwrap_or(0);
        (most > MAX_PROBES).then(|| format!("{most} rephrases or questions of one kind, more than {MAX_PROBES}"))
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
