//! How a catalogue is written as JSON.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::forms::{FormList, Forms, NAME};
use super::pattern::Pattern;
use super::{Catalogue, CatalogueFact, HELD_OUT, Names, Relation, withheld};
use crate::{Error, ErrorKind, Result, ensure};

/// The version of the layout that this reads.
const VERSION: u32 = 1;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    version: u32,
    languages: Vec<String>,
    /// By kind (`country`, `city`, ...): what can be subject or object.
    kinds: BTreeMap<String, Kind>,
    relations: Vec<RelationLayout>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    /// By language: the names of the forms in the lists below, `name` first. Where absent: `name` alone.
    #[serde(default)]
    slots: BTreeMap<String, Vec<String>>,
    /// By key: the forms in each language, in the order of `languages`.
    entities: BTreeMap<String, Vec<FormList>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RelationLayout {
    id: String,
    /// Kind of the subjects.
    subject: String,
    /// Kind of the objects; where absent, the facts hold the object's text, the same in every language.
    #[serde(default)]
    object: Option<String>,
    /// By language: the form in which the object answers, where it is not the plain name.
    #[serde(default)]
    object_slot: BTreeMap<String, String>,
    /// By language: the wordings, the main one first.
    wordings: BTreeMap<String, Vec<String>>,
    /// By subject key: the object's key.
    facts: BTreeMap<String, String>,
}

impl Catalogue {
    /// Reads a catalogue (the layout is described in `static/facts/README.md`).
    ///
    /// # Errors
    /// `Data`: not JSON, a name, slot or entity that is missing, or too few wordings.
    pub fn from_json(text: &str) -> Result<Self> {
        let layout: Layout = serde_json::from_str(text)
            .map_err(|error| Error::new(ErrorKind::Data, format!("cannot read the catalogue of facts: {error}")))?;
        layout.into_catalogue()
    }
}

impl Layout {
    fn into_catalogue(self) -> Result<Catalogue> {
        ensure!(self.version == VERSION, Data, "the catalogue has layout {}; this version reads layout {VERSION}", self.version);
        let (mut relations, mut facts) = (Vec::with_capacity(self.relations.len()), Vec::new());
        for relation in &self.relations {
            for (key, object) in &relation.facts {
                let id = format!("{}/{key}", relation.id);
                let fact = self.fact(relation, id, key, object).map_err(|error| error.at(format!("fact `{}/{key}`", relation.id)))?;
                facts.push(fact);
            }
            relations.push(self.relation(relation).map_err(|error| error.at(format!("relation `{}`", relation.id)))?);
        }
        Catalogue { languages: self.languages, relations, facts }.validate()
    }

    fn relation(&self, relation: &RelationLayout) -> Result<Relation> {
        let mut patterns = BTreeMap::new();
        for language in &self.languages {
            let texts = relation.wordings.get(language).map(Vec::as_slice).unwrap_or_default();
            ensure!(texts.len() > HELD_OUT + 1, Data, "{} wordings in {language} are too few to hold out {HELD_OUT}", texts.len());
            patterns.insert(language.clone(), texts.iter().map(|text| Pattern::parse(text)).collect::<Result<_>>()?);
        }
        Ok(Relation { id: relation.id.clone(), kind: relation.subject.clone(), object_kind: relation.object.clone(), patterns })
    }

    fn fact(&self, relation: &RelationLayout, id: String, key: &str, object: &str) -> Result<CatalogueFact> {
        let (mut names, mut forms) = (BTreeMap::new(), BTreeMap::new());
        let object_key = object.to_owned();
        for (index, language) in self.languages.iter().enumerate() {
            let subject = self.forms(&relation.subject, key, index, language)?;
            let object = match &relation.object {
                Some(kind) => {
                    let slot = relation.object_slot.get(language).map_or(NAME, String::as_str);
                    let object = self.forms(kind, object, index, language)?;
                    let missing = || Error::new(ErrorKind::Data, format!("{kind} has no form `{slot}` in {language}"));
                    object.get(slot).ok_or_else(missing)?.to_owned()
                }
                None => object.to_owned(),
            };
            names.insert(language.clone(), Names { subject: subject.name().to_owned(), object });
            forms.insert(language.clone(), subject);
        }
        Ok(CatalogueFact { withheld: withheld(&id, &self.languages), id, relation: relation.id.clone(), object: object_key, names, forms })
    }

    fn forms(&self, kind: &str, key: &str, index: usize, language: &str) -> Result<Forms> {
        let missing = || Error::new(ErrorKind::Data, format!("{kind} `{key}` has no name in {language}"));
        let of_kind = self.kinds.get(kind).ok_or_else(missing)?;
        let list = of_kind.entities.get(key).and_then(|languages| languages.get(index)).ok_or_else(missing)?;
        let plain = [NAME.to_owned()];
        let slots = of_kind.slots.get(language).map_or(&plain[..], Vec::as_slice);
        Forms::new(list, slots).ok_or_else(missing)
    }
}
