//! Which facts are edited in together, and in which order.

use std::collections::VecDeque;

use super::{Order, Recipe};
use crate::facts::Fact;

impl Recipe {
    /// Replaces the facts: steps of at most `batch` facts of one language, the languages in the order of `languages` (others after
    /// them, as they come), the facts of a language in the order given.
    pub fn schedule(&mut self, facts: impl IntoIterator<Item = Fact>, batch: usize, order: Order) {
        let batch = batch.max(1);
        let mut queues: Vec<VecDeque<Fact>> = self.languages.iter().map(|_| VecDeque::new()).collect();
        for fact in facts {
            match self.languages.iter().zip(&mut queues).find(|(language, _)| **language == fact.language) {
                Some((_, queue)) => queue.push_back(fact),
                None => {
                    self.languages.push(fact.language.clone());
                    queues.push(VecDeque::from([fact]));
                }
            }
        }
        (self.batch, self.order) = (batch, order);
        self.facts.clear();
        self.steps.clear();
        while queues.iter().any(|queue| !queue.is_empty()) {
            for queue in &mut queues {
                loop {
                    let count = batch.min(queue.len());
                    self.push_step(queue.drain(..count));
                    if order == Order::RoundRobin || queue.is_empty() {
                        break;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Method;
    use crate::recipe::ModelRef;

    fn scheduled(order: Order) -> (Recipe, Vec<String>) {
        let mut recipe = Recipe::new(ModelRef { name: "m".to_owned(), sha256: None }, Method::Memit, 0);
        recipe.languages = vec!["de".to_owned(), "en".to_owned(), "nl".to_owned()];
        let fact = |language: &str, id: &str| Fact {
            id: id.to_owned(),
            language: language.to_owned(),
            prompt: "p".to_owned(),
            new_object: "o".to_owned(),
            ..Fact::default()
        };
        let facts = [("en", "e1"), ("de", "d1"), ("fr", "f1"), ("en", "e2"), ("de", "d2"), ("en", "e3"), ("de", "d3")];
        recipe.schedule(facts.map(|(language, id)| fact(language, id)), 2, order);
        let steps = recipe.step_facts().map(|step| step.iter().map(|f| f.id.as_str()).collect::<Vec<_>>().join(" ")).collect();
        (recipe, steps)
    }

    #[test]
    fn round_robin_takes_a_batch_of_each_language_in_turn() {
        let (recipe, steps) = scheduled(Order::RoundRobin);
        assert_eq!(steps, ["d1 d2", "e1 e2", "f1", "d3", "e3"]);
        assert_eq!(recipe.languages, ["de", "en", "nl", "fr"]);
        assert!(recipe.validate().is_ok());
    }

    #[test]
    fn by_language_finishes_each_language() {
        let (recipe, steps) = scheduled(Order::ByLanguage);
        assert_eq!(steps, ["d1 d2", "d3", "e1 e2", "e3", "f1"]);
        assert_eq!(recipe.steps, [2, 1, 2, 1, 1]);
    }
}
