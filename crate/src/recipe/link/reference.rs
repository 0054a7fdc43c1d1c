//! Facts of the catalogue by reference.
//!
//! A fact that is, byte for byte, what the catalogue gives is written as what it was made of:
//!
//! ```text
//! <language> <check> <relation>/<key> <object>
//! ```
//!
//! The object is the key of a fact of the same relation that has it, or `=` and the text itself. The two neighbours are those that follow in
//! the relation, as [`Catalogue::chosen`] takes them; where the fact has other ones, their keys stand behind the fact's, and behind these the
//! relations of the questions about the same subject: `<relation>/<key>:<key>,...:<relation>,...`.
//!
//! Ids and not positions, since ids stay when the catalogue grows. They are what the catalogue sorts and is maintained by, most of them are
//! two letters, and one that a reader lacks can still be told. Only the neighbours that follow depend on what else there is. The check, twelve
//! bits of the SHA-256 of the fact written out, finds them: where the next two are not the ones, two of the next few are. It also says
//! which fact reads otherwise in another catalogue. Twelve bits are not proof, so a link has 64 more of all its referenced facts together.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::fact::WireFact;
use crate::facts::{Catalogue, CatalogueFact, Fact, Names, Probe};
use crate::recipe::limits::MAX_PROBES;

/// Characters of a fact's check.
const CHECK: usize = 2;
/// How many facts that follow are tried as neighbours where the next two are not the ones.
const NEAR: usize = 8;
/// What stands before an object that is no fact's.
const LITERAL: char = '=';

/// A question with its answer as `(prompt, answer)`, to the fact that it asks for.
type Asked = HashMap<(String, String), usize>;

/// A catalogue in which ids, and questions by language, are looked up.
pub(super) struct References<'a> {
    catalogue: &'a Catalogue,
    ids: HashMap<&'a str, usize>,
    asked: HashMap<String, Asked>,
}

/// Why a reference does not give its fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// The catalogue has no such fact, object or question.
    Absent,
    /// The catalogue has the fact, but it reads otherwise.
    Changed,
}

impl<'a> References<'a> {
    pub(super) fn new(catalogue: &'a Catalogue) -> Self {
        let ids = catalogue.facts.iter().enumerate().map(|(index, fact)| (fact.id.as_str(), index)).collect();
        Self { catalogue, ids, asked: HashMap::new() }
    }

    /// The reference that gives exactly this fact, where there is one.
    pub(super) fn abbreviate(&mut self, fact: &Fact) -> Option<String> {
        let &index = self.ids.get(fact.id.as_str())?;
        let object = self.object_of(index, fact)?;
        let check = check(fact);
        let following = format!("{} {check} {} {object}", fact.language, fact.id);
        if self.expand(&following).ok().as_ref() == Some(fact) {
            return Some(following);
        }
        let (neighbours, same_subject) = (self.neighbours_of(index, fact)?, self.same_subject_of(index, fact)?);
        let explicit = format!("{} {check} {}:{neighbours}:{same_subject} {object}", fact.language, fact.id);
        (self.expand(&explicit).ok().as_ref() == Some(fact)).then_some(explicit)
    }

    /// The fact that a reference means.
    ///
    /// # Errors
    /// It does not lead to that very fact.
    pub(super) fn expand(&self, reference: &str) -> Result<Fact, Unread> {
        let mut parts = reference.splitn(4, ' ');
        let mut part = || parts.next().ok_or(Unread::Absent);
        let (language, wanted, place, object) = (part()?, part()?, part()?, part()?);
        let mut place = place.splitn(3, ':');
        let id = place.next().unwrap_or_default();
        let &index = self.ids.get(id).ok_or(Unread::Absent)?;
        let relation = self.catalogue.facts.get(index).map(|fact| fact.relation.as_str()).ok_or(Unread::Absent)?;
        let object = match object.strip_prefix(LITERAL) {
            Some(text) => text,
            None => {
                let donor = self.at(relation, object).and_then(|donor| self.catalogue.facts.get(donor)).ok_or(Unread::Absent)?;
                donor.names.get(language).ok_or(Unread::Absent)?.object.as_str()
            }
        };
        let Some(neighbours) = place.next() else {
            return self.among_following(index, object, language, wanted);
        };
        let key = id.split_once('/').map_or(id, |(_, key)| key);
        let neighbours: Option<Vec<usize>> = list(neighbours).map(|key| self.at(relation, key)).collect();
        let same_subject: Option<Vec<usize>> = list(place.next().unwrap_or_default()).map(|relation| self.at(relation, key)).collect();
        let (neighbours, same_subject) = (neighbours.ok_or(Unread::Absent)?, same_subject.ok_or(Unread::Absent)?);
        if neighbours.len() > MAX_PROBES || same_subject.len() > MAX_PROBES {
            return Err(Unread::Absent);
        }
        let fact = self.catalogue.fact(index, object, language, &neighbours, &same_subject).ok_or(Unread::Absent)?;
        if check(&fact) == wanted { Ok(fact) } else { Err(Unread::Changed) }
    }

    /// The fact with the neighbours that follow: the next ones, or those of the next few that give the check, others having come in between.
    fn among_following(&self, index: usize, object: &str, language: &str, wanted: &str) -> Result<Fact, Unread> {
        let mut fact = self.catalogue.chosen(index, object, language).ok_or(Unread::Absent)?;
        if check(&fact) == wanted {
            return Ok(fact);
        }
        let near: Vec<Probe> =
            self.catalogue.following(index).take(NEAR).filter_map(|other| self.catalogue.probe(other, language)).collect();
        for (i, second) in near.iter().enumerate() {
            for first in near.iter().take(i) {
                fact.neighbours = vec![first.clone(), second.clone()];
                if check(&fact) == wanted {
                    return Ok(fact);
                }
            }
        }
        Err(Unread::Changed)
    }

    fn at(&self, relation: &str, key: &str) -> Option<usize> {
        self.ids.get(format!("{relation}/{key}").as_str()).copied()
    }

    /// The shortest key in the relation that has the fact's new object, or the object itself.
    fn object_of(&self, index: usize, fact: &Fact) -> Option<String> {
        let relation = &self.catalogue.facts.get(index)?.relation;
        let has = |names: &Names| names.object == fact.new_object;
        let donors = self.catalogue.facts.iter().filter(|other| other.relation == *relation);
        let keys = donors.filter(|other| other.names.get(&fact.language).is_some_and(has)).map(CatalogueFact::key);
        Some(keys.min_by_key(|key| key.len()).map_or_else(|| format!("{LITERAL}{}", fact.new_object), str::to_owned))
    }

    fn neighbours_of(&mut self, index: usize, fact: &Fact) -> Option<String> {
        let relation = &self.catalogue.facts.get(index)?.relation;
        let keys = fact.neighbours.iter().map(|probe| {
            let other = self.asked_by(probe, &fact.language)?;
            (other.relation == *relation).then(|| other.key())
        });
        keys.collect::<Option<Vec<&str>>>().map(|keys| keys.join(","))
    }

    fn same_subject_of(&mut self, index: usize, fact: &Fact) -> Option<String> {
        let key = self.catalogue.facts.get(index)?.key();
        let relations = fact.same_subject.iter().map(|probe| {
            let other = self.asked_by(probe, &fact.language)?;
            (other.key() == key).then_some(other.relation.as_str())
        });
        relations.collect::<Option<Vec<&str>>>().map(|relations| relations.join(","))
    }

    /// The fact whose main question that is.
    fn asked_by(&mut self, probe: &Probe, language: &str) -> Option<&'a CatalogueFact> {
        let catalogue = self.catalogue;
        let asked = self.asked.entry(language.to_owned()).or_insert_with(|| {
            let question = |index| catalogue.probe(index, language).map(|probe| ((probe.prompt, probe.answer), index));
            (0..catalogue.facts.len()).filter_map(question).collect()
        });
        catalogue.facts.get(*asked.get(&(probe.prompt.clone(), probe.answer.clone()))?)
    }
}

/// The keys of a list, of which an empty text is the empty one.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|key| !key.is_empty())
}

/// Twelve bits of the SHA-256 of the fact written out.
fn check(fact: &Fact) -> String {
    let mut text = URL_SAFE_NO_PAD.encode(Sha256::digest(WireFact::json(fact)).get(..CHECK).unwrap_or_default());
    text.truncate(CHECK);
    text
}

/// 64 bits of the SHA-256 of facts written out one after the other.
#[derive(Default)]
pub(super) struct Together(Sha256);

impl Together {
    /// Adds a fact; gives the bytes that it takes when written out.
    pub(super) fn add(&mut self, fact: &Fact) -> usize {
        let json = WireFact::json(fact);
        self.0.update(&json);
        json.len()
    }

    pub(super) fn finish(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.finalize().get(..8).unwrap_or_default())
    }
}
