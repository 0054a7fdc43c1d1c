//! One fact in every language, with objects that it could get.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Catalogue;
use crate::{Error, ErrorKind, Result};

/// A fact in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct FactInLanguage {
    /// ISO 639-1 code.
    pub language: String,
    /// The main wording.
    pub prompt: String,
    /// The subject as the prompt has it.
    pub subject: String,
    /// The answer.
    pub object: String,
    /// Other objects of the relation, each once, those of the best known subjects in front.
    pub others: Vec<OtherObject>,
}

/// An object, and a fact that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct OtherObject {
    /// Of the fact that has it.
    pub id: String,
    /// The object in the language.
    pub object: String,
}

impl Catalogue {
    /// The fact with that id in each of the catalogue's languages, with at most `most` other objects each.
    ///
    /// # Errors
    /// `Data`: there is no such fact.
    pub fn in_languages(&self, id: &str, most: usize) -> Result<Vec<FactInLanguage>> {
        let missing = || Error::new(ErrorKind::Data, format!("the catalogue has no `{id}`"));
        let index = self.index(id).ok_or_else(missing)?;
        let relation = self.facts.get(index).map_or("", |fact| &fact.relation);
        let donors = self.best_known_first(self.indices(|fact| fact.relation == relation && fact.id != id));
        let of = |language: &String| {
            let wordings = self.wordings(index, language).ok_or_else(missing)?;
            let mut seen = BTreeSet::from([wordings.object.as_str()]);
            let objects = donors.iter().filter_map(|&donor| {
                let donor = self.facts.get(donor)?;
                let object = donor.names.get(language)?.object.as_str();
                seen.insert(object).then(|| OtherObject { id: donor.id.clone(), object: object.to_owned() })
            });
            let others = objects.take(most).collect();
            let prompt = wordings.trained.first().cloned().ok_or_else(missing)?;
            Ok(FactInLanguage {
                language: language.clone(),
                prompt,
                subject: wordings.subject.clone(),
                object: wordings.object.clone(),
                others,
            })
        };
        self.languages.iter().map(of).collect()
    }
}
