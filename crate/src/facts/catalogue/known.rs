//! Known facts to ask about beside one that is edited: those that the edit is likeliest to move first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::entities::{Entity, in_turn};
use super::{Catalogue, CatalogueFact, Relation};
use crate::{Error, ErrorKind, Result};

/// Facts of the same relation, at most.
const SAME_RELATION: usize = 8;
/// Facts about the same subject, at most.
const SAME_SUBJECT: usize = 6;
/// Of these, about how many the subject is the object of.
const REVERSED: usize = 2;

/// A fact that the model knows, with what it has in common with the one that is edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct KnownFact {
    /// ISO 639-1 code.
    pub language: String,
    /// Of the fact, the same in every language.
    pub id: String,
    /// The main wording.
    pub prompt: String,
    /// The subject as the prompt has it.
    pub subject: String,
    /// The answer.
    pub object: String,
    /// What it has in common.
    pub about: InCommon,
}

/// What a fact has in common with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "lowercase")]
pub enum InCommon {
    /// The relation.
    Relation,
    /// The subject, which may be the other's object.
    Subject,
    /// Neither.
    Other,
}

/// Which known facts to choose.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct KnownScope {
    /// Id of the fact that is edited.
    pub fact: String,
    /// So many in each language.
    pub each: usize,
    /// Ids of facts that are left out, since they are edited too.
    #[serde(default)]
    pub avoid: Vec<String>,
    /// By language, ids of facts that the model does not know in it.
    #[serde(default)]
    pub unknown: BTreeMap<String, Vec<String>>,
}

impl Catalogue {
    /// `scope.each` facts in each language to ask about beside `scope.fact`, language by language: first up to eight of the same relation,
    /// then up to six about the same subject, then others, relation after relation in turn; the best known in front. The same facts in every
    /// language but for those that were left out of training in it or that the model does not know.
    ///
    /// The fact itself, those to avoid and those that the [load](Self::load) edits (where it avoids these) are left out.
    ///
    /// # Errors
    /// `Data`: there is no such fact.
    pub fn known_facts(&self, scope: &KnownScope) -> Result<Vec<KnownFact>> {
        let edited = self.index(&scope.fact).and_then(|index| self.facts.get(index));
        let edited = edited.ok_or_else(|| Error::new(ErrorKind::Data, format!("the catalogue has no `{}`", scope.fact)))?;
        let candidates = self.candidates(edited, &scope.avoid)?;
        let mut known = Vec::with_capacity(scope.each * self.languages.len());
        for language in &self.languages {
            let unknown = scope.unknown.get(language).map(Vec::as_slice).unwrap_or_default();
            let asked = |&index: &usize| {
                let fact = self.facts.get(index);
                fact.is_some_and(|fact| !fact.withheld.contains(language) && !unknown.contains(&fact.id))
            };
            let wanted = candidates.iter().flat_map(|(about, most, list)| {
                let chosen = list.iter().copied().filter(asked).take(*most);
                chosen.map(|index| (*about, index))
            });
            let facts = wanted.take(scope.each).map(|(about, index)| self.known_fact(index, language, about));
            known.extend(facts.flatten());
        }
        Ok(known)
    }

    fn known_fact(&self, index: usize, language: &str, about: InCommon) -> Option<KnownFact> {
        let (id, wordings) = (self.facts.get(index)?.id.clone(), self.wordings(index, language)?);
        let prompt = wordings.trained.into_iter().next()?;
        Some(KnownFact { language: language.to_owned(), id, prompt, subject: wordings.subject, object: wordings.object, about })
    }

    /// What could be asked, in groups of which at most so many are: in the order of interest.
    fn candidates(&self, edited: &CatalogueFact, avoid: &[String]) -> Result<[(InCommon, usize, Vec<usize>); 3]> {
        let with_edited: Vec<String> = avoid.iter().chain([&edited.id]).cloned().collect();
        let mut used: BTreeSet<usize> = self.load_indices(&with_edited)?.into_iter().collect();
        used.extend(with_edited.iter().filter_map(|id| self.index(id)));
        let free = self.best_known_first((0..self.facts.len()).filter(|index| !used.contains(index)).collect());

        let same = |index: &usize| self.facts.get(*index).is_some_and(|fact| fact.relation == edited.relation);
        let (same_relation, rest): (Vec<usize>, Vec<usize>) = free.into_iter().partition(same);
        let same_subject = self.about_subject(edited, &rest);
        let rest = rest.into_iter().filter(|index| !same_subject.contains(index)).collect();
        let named = same_relation.iter().take(SAME_RELATION).chain(&same_subject).filter_map(|&index| self.facts.get(index));
        let others = self.others(rest, named.chain([edited]).filter_map(|fact| self.subject(fact)).collect());
        Ok([
            (InCommon::Relation, SAME_RELATION, same_relation),
            (InCommon::Subject, SAME_SUBJECT, same_subject),
            (InCommon::Other, usize::MAX, others),
        ])
    }

    /// `facts`, relation after relation in turn; the first of each about a subject that is not among those `named`, if there is one.
    fn others<'a>(&'a self, facts: Vec<usize>, mut named: BTreeSet<Entity<'a>>) -> Vec<usize> {
        let mut by_relation: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for index in facts {
            by_relation.entry(self.facts.get(index).map_or("", |fact| &fact.relation)).or_default().push(index);
        }
        let mut lists = Vec::new();
        for relation in self.relations_by_kind() {
            let mut list = by_relation.remove(relation.id.as_str()).unwrap_or_default();
            let subject = |index: usize| self.facts.get(index).and_then(|fact| self.subject(fact));
            let fresh = list.iter().position(|&index| subject(index).is_some_and(|subject| !named.contains(&subject)));
            if let Some(at) = fresh {
                let first = list.remove(at);
                list.insert(0, first);
                named.extend(subject(first));
            }
            lists.push(list);
        }
        in_turn(&lists)
    }

    /// The first relation of each kind of subject, then the second of each, and so on: few are enough for all kinds.
    fn relations_by_kind(&self) -> Vec<&Relation> {
        let mut kinds: Vec<(&str, Vec<&Relation>)> = Vec::new();
        for relation in &self.relations {
            match kinds.iter_mut().find(|(kind, _)| *kind == relation.kind) {
                Some((_, relations)) => relations.push(relation),
                None => kinds.push((&relation.kind, vec![relation])),
            }
        }
        in_turn(&kinds.into_iter().map(|(_, relations)| relations).collect::<Vec<_>>())
    }

    /// Those of `facts` that are about the subject of `edited`, or have it as their object.
    fn about_subject(&self, edited: &CatalogueFact, facts: &[usize]) -> Vec<usize> {
        let (subject, object) = (self.subject(edited), self.object(edited));
        let of = |wanted: &dyn Fn(&CatalogueFact) -> bool| -> Vec<usize> {
            facts.iter().copied().filter(|&index| self.facts.get(index).is_some_and(wanted)).collect()
        };
        let forward = of(&|fact| self.subject(fact) == subject);
        // A fact about the very object first: Paris is a city in France.
        let mut reversed = of(&|fact| subject.is_some() && self.object(fact) == subject);
        reversed.sort_by_key(|&index| self.facts.get(index).is_none_or(|fact| self.subject(fact) != object));
        let (first, more) = forward.split_at(forward.len().min(SAME_SUBJECT - REVERSED.min(reversed.len())));
        let (turned, last) = reversed.split_at(reversed.len().min(REVERSED));
        [first, turned, more, last].concat()
    }
}
