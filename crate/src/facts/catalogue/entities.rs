//! What facts are about: the entity that is the subject, the one that is the object, and how often each is spoken of.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Catalogue, CatalogueFact, stable_hash};

/// An entity: its kind, such as `country`, and its key among those.
pub(super) type Entity<'a> = (&'a str, &'a str);

/// How many facts have each entity as their object. The more, the better known it is: most of the world's large cities lie in few
/// countries, and large countries are many others' neighbours.
pub(super) struct Mentions<'a>(HashMap<Entity<'a>, usize>);

impl Catalogue {
    /// What the fact is about.
    pub(super) fn subject<'a>(&'a self, fact: &'a CatalogueFact) -> Option<Entity<'a>> {
        Some((self.relation(&fact.relation)?.kind.as_str(), fact.key()))
    }

    /// The entity that is the fact's object; `None` where that is a text, such as a number.
    pub(super) fn object<'a>(&'a self, fact: &'a CatalogueFact) -> Option<Entity<'a>> {
        Some((self.relation(&fact.relation)?.object_kind.as_deref()?, fact.object.as_str()))
    }

    /// Counts what is spoken of.
    pub(super) fn mentions(&self) -> Mentions<'_> {
        let mut mentions = HashMap::new();
        for entity in self.facts.iter().filter_map(|fact| self.object(fact)) {
            *mentions.entry(entity).or_default() += 1;
        }
        Mentions(mentions)
    }

    /// `facts` with those about the best known subjects, then objects, in front; among equals an order that depends on the ids alone.
    pub(super) fn best_known_first(&self, mut facts: Vec<usize>) -> Vec<usize> {
        let mentions = self.mentions();
        facts.sort_by_cached_key(|&index| {
            let fact = self.facts.get(index);
            let of = |entity: Option<Entity<'_>>| Reverse(entity.map_or(0, |entity| mentions.of(entity)));
            let id = fact.map_or("", |fact| fact.id.as_str());
            (of(fact.and_then(|fact| self.subject(fact))), of(fact.and_then(|fact| self.object(fact))), stable_hash(&["order", id]))
        });
        facts
    }

    /// The facts that `wanted` chooses.
    pub(super) fn indices(&self, mut wanted: impl FnMut(&CatalogueFact) -> bool) -> Vec<usize> {
        self.facts.iter().enumerate().filter(|(_, fact)| wanted(fact)).map(|(index, _)| index).collect()
    }
}

impl Mentions<'_> {
    /// How many facts have `entity` as their object.
    pub(super) fn of(&self, entity: Entity<'_>) -> usize {
        self.0.get(&entity).copied().unwrap_or_default()
    }
}

/// The first of each list, then the second of each, and so on.
pub(super) fn in_turn<T: Copy>(lists: &[Vec<T>]) -> Vec<T> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or_default();
    (0..longest).flat_map(|round| lists.iter().filter_map(move |list| list.get(round).copied())).collect()
}
