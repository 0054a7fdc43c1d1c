//! Facts to edit in, drawn from the catalogue.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::entities::in_turn;
use super::{Catalogue, CatalogueFact};
use crate::facts::{Selection, language_code};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Questions about other subjects, and about the same subject, that go with a fact.
const PROBES: usize = 3;

impl Catalogue {
    /// `facts` facts in each of `languages`, each with a new object that another fact of its relation has: the same facts with the same
    /// new objects in every language, drawn by `seed`, relation after relation in turn. They are those that all languages of the catalogue would
    /// be given, whichever are asked for; only where more are wanted than were trained in all of them, the draw is among what the languages asked
    /// for have ([`Catalogue::in_all`]).
    ///
    /// Facts withheld from training in one of the languages are left out, and so are they from the questions that go with a fact:
    /// `rephrases` are the held-out wordings, `neighbours` ask for the true object of other subjects of the same relation,
    /// `same_subject` for other relations of the same subject. None of these subjects is edited itself.
    ///
    /// # Errors
    /// `Usage`: no fact or language asked for, a language twice, or more facts than there are. `Data`: a language that is not there.
    pub fn select(&self, languages: &[String], facts: usize, seed: u64) -> Result<Selection> {
        let languages = self.check_languages(languages)?;
        ensure!(facts > 0, Usage, "0 facts per language were asked for; ask for 1 or more");
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut within, mut by_relation) = (&self.languages, self.by_relation(&self.languages));
        if facts > count(&by_relation) {
            (within, by_relation) = (&languages, self.by_relation(&languages));
        }
        let available = count(&by_relation);
        if facts > available {
            let message = format!("{facts} facts were asked for; the catalogue has {available} in {}", languages.join(", "));
            return Err(Error::new(ErrorKind::Usage, message).hint("ask for fewer facts"));
        }
        for pool in &mut by_relation {
            pool.shuffle(&mut rng);
        }
        let chosen: Vec<usize> = in_turn(&by_relation).into_iter().take(facts).collect();

        let mut selected = vec![Vec::with_capacity(facts); languages.len()];
        for &index in &chosen {
            let Some(fact) = self.facts.get(index) else { continue };
            let relation = self.relations.iter().position(|relation| relation.id == fact.relation).unwrap_or_default();
            let mut pool = by_relation.get(relation).cloned().unwrap_or_default();
            pool.shuffle(&mut rng);
            let Some(donor) = pool.iter().filter_map(|&other| self.facts.get(other)).find(|other| differ(fact, other, within)) else {
                bail!(Data, "relation `{}` has only one object, so no new one can be drawn for `{}`", fact.relation, fact.id);
            };
            let neighbours: Vec<usize> = pool.iter().copied().filter(|other| !chosen.contains(other)).take(PROBES).collect();
            let mut about_subject = self.about(fact, &by_relation);
            about_subject.retain(|other| *other != index && !chosen.contains(other));
            about_subject.shuffle(&mut rng);
            about_subject.truncate(PROBES);
            for (language, facts) in languages.iter().zip(&mut selected) {
                let new = donor.names.get(language);
                facts.extend(new.and_then(|new| self.fact(index, &new.object, language, &neighbours, &about_subject)));
            }
        }
        Ok(Selection { languages, facts: selected, ..Selection::default() })
    }

    /// How many facts were trained in every language: of up to so many, [`Catalogue::select`] gives the same in whichever languages.
    pub fn in_all(&self) -> usize {
        count(&self.by_relation(&self.languages))
    }

    /// By relation the facts that are trained in all of `languages`.
    fn by_relation(&self, languages: &[String]) -> Vec<Vec<usize>> {
        self.relations.iter().map(|relation| self.trained(&relation.id, languages)).collect()
    }

    /// The facts of a relation that are trained in all of `languages`.
    fn trained(&self, relation: &str, languages: &[String]) -> Vec<usize> {
        let trained = |fact: &CatalogueFact| fact.relation == relation && !languages.iter().any(|l| fact.withheld.contains(l));
        self.facts.iter().enumerate().filter(|(_, fact)| trained(fact)).map(|(index, _)| index).collect()
    }

    /// Those of `pools` whose subject is that of `fact`.
    fn about(&self, fact: &CatalogueFact, pools: &[Vec<usize>]) -> Vec<usize> {
        let kind = |id: &str| self.relation(id).map(|relation| relation.kind.as_str());
        let same = |other: &CatalogueFact| other.key() == fact.key() && kind(&other.relation) == kind(&fact.relation);
        pools.iter().flatten().copied().filter(|&other| self.facts.get(other).is_some_and(same)).collect()
    }

    fn check_languages(&self, languages: &[String]) -> Result<Vec<String>> {
        ensure!(!languages.is_empty(), Usage, "no language was given");
        let mut codes: Vec<String> = Vec::with_capacity(languages.len());
        for name in languages {
            let code = language_code(name);
            ensure!(!codes.contains(&code), Usage, "the language {code} was given twice");
            ensure!(
                self.languages.contains(&code),
                Data,
                "the catalogue has no facts in `{name}`; its languages are {}",
                self.languages.join(", ")
            );
            codes.push(code);
        }
        Ok(codes)
    }
}

/// Facts in all pools.
fn count(pools: &[Vec<usize>]) -> usize {
    pools.iter().map(Vec::len).sum()
}

/// Whether the objects of two facts differ in each of the languages.
pub(super) fn differ(fact: &CatalogueFact, other: &CatalogueFact, languages: &[String]) -> bool {
    let object = |fact: &CatalogueFact, language: &String| fact.names.get(language).map(|names| names.object.clone());
    languages.iter().all(|language| object(fact, language) != object(other, language))
}
