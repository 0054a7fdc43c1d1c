//! The order in which facts are edited in.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Fact, Selection};
use crate::{Error, ErrorKind, Result, ensure};

/// How the languages follow one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// A batch of each language in turn, again and again (LangEdit).
    #[default]
    RoundRobin,
    /// All batches of the first language, then all of the next.
    ByLanguage,
    /// Record after record in every language, so that a batch holds several languages (LangEdit's `mt`).
    Mixed,
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "round-robin" => Ok(Self::RoundRobin),
            "by-language" => Ok(Self::ByLanguage),
            "mixed" => Ok(Self::Mixed),
            other => Err(Error::new(ErrorKind::Usage, format!("unknown order `{other}`")).hint("use round-robin, by-language or mixed")),
        }
    }
}

/// One batch of edits, all in one language but under [`Order::Mixed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// ISO 639-1 code, of the first fact where they differ.
    pub language: String,
    /// The facts, at least one.
    pub facts: Vec<Fact>,
}

/// Cuts each language of `selection` into blocks of `batch` facts (the last may be shorter) and lines the blocks up. Languages keep the order
/// of the selection; under [`Order::RoundRobin`] a language that has run out of facts is passed over. Under [`Order::Mixed`] the n-th facts of all
/// languages follow one another, and blocks are cut from that.
///
/// # Errors
/// `batch` is zero.
pub fn order(selection: &Selection, batch: usize, order: Order) -> Result<Vec<Step>> {
    ensure!(batch > 0, Usage, "a batch of 0 facts edits nothing; use 1 or more");
    if order == Order::Mixed {
        let longest = selection.facts.iter().map(Vec::len).max().unwrap_or(0);
        let row = |at: usize| selection.facts.iter().filter_map(move |facts| facts.get(at).cloned());
        let facts: Vec<Fact> = (0..longest).flat_map(row).collect();
        let step = |block: &[Fact]| Step { language: block[0].language.clone(), facts: block.to_vec() };
        return Ok(facts.chunks(batch).map(step).collect());
    }
    let mut steps: Vec<(usize, Step)> = Vec::new();
    for (language, facts) in selection.languages.iter().zip(&selection.facts) {
        for (round, block) in facts.chunks(batch).enumerate() {
            steps.push((round, Step { language: language.clone(), facts: block.to_vec() }));
        }
    }
    if order == Order::RoundRobin {
        // Stable: within a round the languages stay in their order.
        steps.sort_by_key(|(round, _)| *round);
    }
    Ok(steps.into_iter().map(|(_, step)| step).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn selection(counts: &[(&str, usize)]) -> Selection {
        let facts = |language: &str, count: usize| {
            (0..count).map(|id| Fact { id: id.to_string(), language: language.to_owned(), ..Fact::default() }).collect()
        };
        Selection {
            languages: counts.iter().map(|(language, _)| (*language).to_owned()).collect(),
            facts: counts.iter().map(|(language, count)| facts(language, *count)).collect(),
            ..Selection::default()
        }
    }

    fn shape(steps: &[Step]) -> Vec<String> {
        steps
            .iter()
            .map(|step| format!("{}:{}", step.language, step.facts.iter().map(|fact| fact.id.as_str()).collect::<Vec<_>>().join("")))
            .collect()
    }

    #[test]
    fn batches_cycle_or_run_through() {
        let selection = selection(&[("zh", 5), ("en", 5), ("de", 2)]);
        let robin = order(&selection, 2, Order::RoundRobin).unwrap();
        assert_eq!(shape(&robin), ["zh:01", "en:01", "de:01", "zh:23", "en:23", "zh:4", "en:4"]);
        let blocks = order(&selection, 2, Order::ByLanguage).unwrap();
        assert_eq!(shape(&blocks), ["zh:01", "zh:23", "zh:4", "en:01", "en:23", "en:4", "de:01"]);
        assert!(order(&selection, 0, Order::RoundRobin).is_err());
        let mixed = order(&selection, 4, Order::Mixed).unwrap();
        let facts: Vec<String> =
            mixed.iter().map(|step| step.facts.iter().map(|fact| format!("{}{} ", fact.language, fact.id)).collect()).collect();
        assert_eq!(facts, ["zh0 en0 de0 zh1 ", "en1 de1 zh2 en2 ", "zh3 en3 zh4 en4 "]);
    }

    #[test]
    fn orders_have_names() {
        assert_eq!("round-robin".parse::<Order>().unwrap(), Order::RoundRobin);
        assert_eq!("by-language".parse::<Order>().unwrap(), Order::ByLanguage);
        assert_eq!("mixed".parse::<Order>().unwrap(), Order::Mixed);
        assert!("random".parse::<Order>().unwrap_err().to_string().contains("by-language"));
        assert_eq!(serde_json::to_string(&Order::RoundRobin).unwrap(), "\"round-robin\"");
    }
}
