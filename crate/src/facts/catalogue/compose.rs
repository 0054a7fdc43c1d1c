//! A fact of the catalogue as it is edited in: with a new object, and with the questions that measure the edit.

use super::Catalogue;
use crate::facts::{Fact, Probe};

/// Questions about other subjects that go with a fact that was chosen by itself.
const NEIGHBOURS: usize = 2;

impl Catalogue {
    /// The index of the fact with that id.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.facts.iter().position(|fact| fact.id == id)
    }

    /// The fact at `index` in a language with that new object, as somebody chooses it: the held-out wordings as rephrases, the facts that
    /// follow in the relation as neighbours. `None` if there is no such fact in that language.
    pub fn chosen(&self, index: usize, object: &str, language: &str) -> Option<Fact> {
        let trained = |&other: &usize| self.facts.get(other).is_some_and(|other| !other.withheld.iter().any(|l| l == language));
        let neighbours: Vec<usize> = self.following(index).filter(trained).take(NEIGHBOURS).collect();
        self.fact(index, object, language, &neighbours, &[])
    }

    /// `fact` with the questions that the catalogue has for it: its held-out wordings and questions about other subjects. As it is where it
    /// brings questions of its own, or where the catalogue does not ask its prompt, letter by letter, about its subject.
    pub fn completed(&self, fact: Fact) -> Fact {
        let bare = fact.rephrases.is_empty() && fact.neighbours.is_empty() && fact.same_subject.is_empty() && fact.portability.is_empty();
        let asked = if bare { self.find(&fact.prompt, Some(&fact.language)) } else { Vec::new() };
        let known = asked.iter().filter(|found| found.distance == 0 && found.prompt == fact.prompt).find_map(|found| {
            let known = self.chosen(found.fact, &fact.new_object, &found.language)?;
            (known.subject == fact.subject).then_some(known)
        });
        let Some(mut known) = known else { return fact };
        known.rephrases.retain(|rephrase| *rephrase != fact.prompt);
        Fact { prompt: fact.prompt, ..known }
    }

    /// The other facts of its relation, from the one that follows on, and round to the one before.
    pub(crate) fn following(&self, index: usize) -> impl Iterator<Item = usize> {
        let relation = self.facts.get(index).map(|fact| fact.relation.as_str());
        let same = move |&other: &usize| self.facts.get(other).map(|other| other.relation.as_str()) == relation;
        (index.saturating_add(1)..self.facts.len()).chain(0..index.min(self.facts.len())).filter(same)
    }

    /// The fact at `index` in a language, with that new object and these questions about other subjects and about the same one.
    pub(crate) fn fact(&self, index: usize, object: &str, language: &str, neighbours: &[usize], same_subject: &[usize]) -> Option<Fact> {
        let wordings = self.wordings(index, language)?;
        let probes = |list: &[usize]| list.iter().filter_map(|&other| self.probe(other, language)).collect();
        Some(Fact {
            id: self.facts.get(index)?.id.clone(),
            language: language.to_owned(),
            subject: wordings.subject,
            prompt: wordings.trained.into_iter().next()?,
            new_object: object.to_owned(),
            true_object: Some(wordings.object),
            rephrases: wordings.held_out,
            neighbours: probes(neighbours),
            same_subject: probes(same_subject),
            portability: Vec::new(),
        })
    }

    /// The main wording of a fact and its true answer.
    pub(crate) fn probe(&self, fact: usize, language: &str) -> Option<Probe> {
        let wordings = self.wordings(fact, language)?;
        Some(Probe { prompt: wordings.trained.into_iter().next()?, answer: wordings.object })
    }
}
