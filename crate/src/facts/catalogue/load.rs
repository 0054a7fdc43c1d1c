//! The load: many edits in rounds of the same size, the same for everybody, to see what is left of everything else behind them.
//!
//! Its facts and their new objects follow from hashes of the ids, relation after relation in turn. An edit has its held-out wordings, which
//! every fact of the catalogue has where a link names it by its id, and no questions about others: these would be edited in other rounds.

use super::entities::in_turn;
use super::select::differ;
use super::{Catalogue, CatalogueFact, stable_hash};
use crate::facts::Fact;
use crate::{Error, ErrorKind, Result, ensure};

/// Facts of a round in each language.
pub const LOAD_FACTS: usize = 20;
/// Rounds that there are.
pub const LOAD_ROUNDS: usize = 30;
/// From so many facts with a country as their object on it is so well known that its capital is left alone: it is what people try first.
const WELL_KNOWN: usize = 5;

impl Catalogue {
    /// The edits of a round, from 0: the same [`LOAD_FACTS`] facts with the same new objects in each of the catalogue's languages, language
    /// by language. None was left out of training anywhere. No two rounds share a fact as long as `avoid` is the same: an id in it is
    /// left out, and a fact that no round has takes its place.
    ///
    /// # Errors
    /// `Usage`: there is no such round. `Data`: the catalogue has too few facts.
    pub fn load(&self, round: usize, avoid: &[String]) -> Result<Vec<Fact>> {
        ensure!(round < LOAD_ROUNDS, Usage, "there is no round {round} of the load; the last one is {}", LOAD_ROUNDS - 1);
        let all = self.load_indices(avoid)?;
        let chosen = all.chunks(LOAD_FACTS).nth(round).unwrap_or_default();
        let edits = chosen.iter().map(|&index| Ok((index, self.load_donor(index)?))).collect::<Result<Vec<_>>>()?;
        let of = |language: &String| edits.iter().map(|&(index, donor)| self.load_fact(index, donor, language)).collect::<Vec<_>>();
        self.languages.iter().flat_map(of).collect()
    }

    /// The facts of all rounds.
    pub(super) fn load_indices(&self, avoid: &[String]) -> Result<Vec<usize>> {
        let (order, rounds) = (self.load_order(), LOAD_FACTS * LOAD_ROUNDS);
        let free = |&index: &usize| self.facts.get(index).is_some_and(|fact| !avoid.contains(&fact.id));
        // What takes a place depends on nothing but the place.
        let place = |at: usize| order.iter().copied().skip(at).step_by(rounds).find(free);
        (0..rounds)
            .map(|at| {
                let missing = || Error::new(ErrorKind::Data, format!("the catalogue has too few facts for {rounds} of the load"));
                place(at).ok_or_else(missing)
            })
            .collect()
    }

    fn load_order(&self) -> Vec<usize> {
        let mentions = self.mentions();
        let usable = |fact: &CatalogueFact| {
            let known = self.subject(fact).is_some_and(|country| mentions.of(country) >= WELL_KNOWN);
            fact.withheld.is_empty() && !(known && fact.relation == "capital")
        };
        let pool = |id: &String| {
            let mut pool = self.indices(|fact| fact.relation == *id && usable(fact));
            pool.sort_by_cached_key(|&index| self.facts.get(index).map(|fact| stable_hash(&["load", &fact.id])));
            pool
        };
        in_turn(&self.relations.iter().map(|relation| pool(&relation.id)).collect::<Vec<_>>())
    }

    /// The fact whose object the one at `index` gets.
    fn load_donor(&self, index: usize) -> Result<&CatalogueFact> {
        let fact = self.facts.get(index).ok_or_else(|| Error::new(ErrorKind::Data, format!("the catalogue has no fact {index}")))?;
        let others = self.facts.iter().filter(|other| other.relation == fact.relation && differ(fact, other, &self.languages));
        let only =
            || Error::new(ErrorKind::Data, format!("relation `{}` has one object, so `{}` cannot get another", fact.relation, fact.id));
        others.min_by_key(|other| stable_hash(&["load", &fact.id, &other.id])).ok_or_else(only)
    }

    fn load_fact(&self, index: usize, donor: &CatalogueFact, language: &str) -> Result<Fact> {
        let object = donor.names.get(language).map(|names| names.object.as_str());
        let fact = object.and_then(|object| self.fact(index, object, language, &[], &[]));
        fact.ok_or_else(|| Error::new(ErrorKind::Data, format!("the catalogue has no `{}` in `{language}`", donor.id)))
    }
}
