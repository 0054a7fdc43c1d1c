//! The grammatical forms of a name in one language.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Forms of one name: `name` as it stands alone, and what else the language's wordings need (`of`: "de la France", `in`: "au Japon").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Forms {
    forms: BTreeMap<String, String>,
}

/// How a file writes them: one text where all forms are the same, else in the order of the kind's slots, `null` for the plain name.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum FormList {
    One(String),
    Many(Vec<Option<String>>),
}

/// The slot of the plain name.
pub(super) const NAME: &str = "name";
/// The name as inflected in the main wording, where that is not the plain one.
const STEM: &str = "stem";
/// Holds `pl` where the name takes a verb in the plural.
const NUMBER: &str = "number";

impl Forms {
    /// The forms of `list`, whose entries follow `slots`. `None` where the plain name is missing.
    pub(super) fn new(list: &FormList, slots: &[String]) -> Option<Self> {
        let given = match list {
            FormList::One(name) => vec![Some(name.clone())],
            FormList::Many(forms) => forms.clone(),
        };
        let name = given.first()?.clone()?;
        let mut forms = BTreeMap::new();
        for (index, slot) in slots.iter().enumerate() {
            let own = given.get(index).cloned().flatten();
            let default = if slot == NUMBER { String::new() } else { name.clone() };
            forms.insert(slot.clone(), own.unwrap_or(default));
        }
        forms.insert(NAME.to_owned(), name);
        Some(Self { forms })
    }

    /// The form for a slot.
    pub(super) fn get(&self, slot: &str) -> Option<&str> {
        self.forms.get(slot).map(String::as_str)
    }

    /// The plain name.
    pub(super) fn name(&self) -> &str {
        self.get(NAME).unwrap_or_default()
    }

    /// Whether verbs are in the plural.
    pub(super) fn plural(&self) -> bool {
        self.get(NUMBER) == Some("pl")
    }

    /// The form of the name that `prompt` has verbatim, the plain one preferred.
    pub(super) fn within(&self, prompt: &str) -> Option<&str> {
        [NAME, STEM].into_iter().filter_map(|slot| self.get(slot)).find(|form| prompt.contains(*form))
    }
}
