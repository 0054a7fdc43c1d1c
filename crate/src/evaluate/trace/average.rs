//! Mean effects by position class, as the paper's figures show them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Component, TracedFact};

/// Where in the prompt a token lies. Every token from the subject on has exactly one class; the first that fits, in this order:
/// last subject token, first subject token, other subject tokens, last token of the prompt, first token behind the subject, others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "snake_case")]
pub enum PositionClass {
    /// First token of a subject of two or more.
    SubjectFirst,
    /// Between the first and the last token of the subject.
    SubjectMiddle,
    /// Last token of the subject, also where it is its only one.
    SubjectLast,
    /// First token behind the subject.
    FirstSubsequent,
    /// Further tokens behind it.
    Further,
    /// Last token of the prompt, behind the subject.
    Last,
}

impl PositionClass {
    /// All of them, in the order of the prompt.
    pub const ALL: [Self; 6] =
        [Self::SubjectFirst, Self::SubjectMiddle, Self::SubjectLast, Self::FirstSubsequent, Self::Further, Self::Last];

    /// The class of `position` in a prompt of `length` tokens whose subject is at `subject`; `None` before the subject.
    pub fn of(position: usize, subject: (usize, usize), length: usize) -> Option<Self> {
        let (start, end) = subject;
        match position {
            _ if position < start || position >= length => None,
            _ if position + 1 == end => Some(Self::SubjectLast),
            _ if position == start => Some(Self::SubjectFirst),
            _ if position < end => Some(Self::SubjectMiddle),
            _ if position + 1 == length => Some(Self::Last),
            _ if position == end => Some(Self::FirstSubsequent),
            _ => Some(Self::Further),
        }
    }

    /// What a figure calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::SubjectFirst => "first subject token",
            Self::SubjectMiddle => "middle subject tokens",
            Self::SubjectLast => "last subject token",
            Self::FirstSubsequent => "first subsequent token",
            Self::Further => "further tokens",
            Self::Last => "last token",
        }
    }
}

/// Indirect effects of one position class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct ClassEffect {
    /// Facts that have a token of the class.
    pub facts: usize,
    /// By layer: mean over these facts of the mean over the fact's tokens of the class.
    pub mean: Vec<f64>,
    /// By layer: standard error of that mean over facts; 0 where there is one fact.
    pub standard_error: Vec<f64>,
}

/// Averages over facts, each counting the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct TraceAverage {
    /// Number of facts.
    pub facts: usize,
    /// Mean probability of the answer in the clean run.
    pub clean: f64,
    /// Mean probability of the answer in the corrupted runs.
    pub corrupted: f64,
    /// Mean of clean - corrupted.
    pub total_effect: f64,
    /// Average indirect effects by component and position class.
    pub effects: BTreeMap<Component, BTreeMap<PositionClass, ClassEffect>>,
}

/// The average of `facts`.
pub fn average<'a>(facts: impl IntoIterator<Item = &'a TracedFact>) -> TraceAverage {
    let facts: Vec<&TracedFact> = facts.into_iter().collect();
    let mean = |number: fn(&TracedFact) -> f64| facts.iter().map(|fact| number(fact)).sum::<f64>() / facts.len().max(1) as f64;
    let (clean, corrupted) = (mean(|fact| fact.clean), mean(|fact| fact.corrupted));
    let mut rows: BTreeMap<Component, BTreeMap<PositionClass, Vec<Vec<f64>>>> = BTreeMap::new();
    for fact in &facts {
        for (&component, table) in &fact.effects {
            let mut classes: BTreeMap<PositionClass, Vec<&Vec<f64>>> = BTreeMap::new();
            for (position, row) in table.iter().enumerate() {
                let Some(class) = PositionClass::of(position, (fact.subject_start, fact.subject_end), fact.tokens.len()) else { continue };
                // Cells that were not traced have no numbers.
                if !row.is_empty() {
                    classes.entry(class).or_default().push(row);
                }
            }
            for (class, tokens) in classes {
                rows.entry(component).or_default().entry(class).or_default().push(column_means(&tokens));
            }
        }
    }
    let effects = rows
        .into_iter()
        .map(|(component, classes)| (component, classes.into_iter().map(|(class, rows)| (class, class_effect(&rows))).collect()))
        .collect();
    TraceAverage { facts: facts.len(), clean, corrupted, total_effect: clean - corrupted, effects }
}

fn class_effect(rows: &[Vec<f64>]) -> ClassEffect {
    let rows: Vec<&Vec<f64>> = rows.iter().collect();
    let mean = column_means(&rows);
    let count = rows.len() as f64;
    let standard_error = mean
        .iter()
        .enumerate()
        .map(|(layer, mean)| {
            let squares: f64 = rows.iter().filter_map(|row| row.get(layer)).map(|value| (value - mean).powi(2)).sum();
            if rows.len() > 1 { (squares / (count - 1.0) / count).sqrt() } else { 0.0 }
        })
        .collect();
    ClassEffect { facts: rows.len(), mean, standard_error }
}

fn column_means(rows: &[&Vec<f64>]) -> Vec<f64> {
    let width = rows.iter().map(|row| row.len()).min().unwrap_or(0);
    (0..width).map(|column| rows.iter().filter_map(|row| row.get(column)).sum::<f64>() / rows.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_from_the_subject_on_has_one_class() {
        use PositionClass::{FirstSubsequent, Further, Last, SubjectFirst, SubjectLast, SubjectMiddle};
        let classes = |subject, length| (0..length).map(|position| PositionClass::of(position, subject, length)).collect::<Vec<_>>();
        let all = [None, Some(SubjectFirst), Some(SubjectMiddle), Some(SubjectLast), Some(FirstSubsequent), Some(Further), Some(Last)];
        assert_eq!(classes((1, 4), 7), all);
        assert_eq!(classes((0, 1), 2), [Some(SubjectLast), Some(Last)]);
        assert_eq!(classes((1, 3), 3), [None, Some(SubjectFirst), Some(SubjectLast)]);
        assert_eq!(PositionClass::of(3, (0, 1), 3), None);
    }

    fn fact(clean: f64, effects: &[&[f64]]) -> TracedFact {
        TracedFact {
            tokens: vec![String::new(); effects.len()],
            subject_start: 0,
            subject_end: 3,
            clean,
            corrupted: 0.25,
            effects: BTreeMap::from([(Component::Mlp, effects.iter().map(|row| row.to_vec()).collect())]),
            ..TracedFact::default()
        }
    }

    #[test]
    fn each_fact_counts_the_same_whatever_its_number_of_tokens() {
        let facts = [
            fact(0.75, &[&[0.0, 1.0], &[0.5, 0.0], &[3.0, 1.0], &[9.0, 9.0], &[1.0, 1.0], &[3.0, 5.0], &[0.0, 0.0]]),
            fact(0.25, &[&[2.0, 1.0], &[0.25, 0.0], &[1.0, 1.0], &[7.0, 8.0]]),
        ];
        let average = average(&facts);
        assert_eq!((average.facts, average.clean, average.corrupted, average.total_effect), (2, 0.5, 0.25, 0.25));
        let mlp = &average.effects[&Component::Mlp];
        assert_eq!(mlp[&PositionClass::SubjectFirst], ClassEffect { facts: 2, mean: vec![1.0, 1.0], standard_error: vec![1.0, 0.0] });
        assert_eq!(mlp[&PositionClass::SubjectLast].mean, [2.0, 1.0]);
        // The last token of the second prompt is its last, not its first subsequent one.
        assert_eq!(mlp[&PositionClass::FirstSubsequent], ClassEffect { facts: 1, mean: vec![9.0, 9.0], standard_error: vec![0.0; 2] });
        assert_eq!(mlp[&PositionClass::Further].mean, [2.0, 3.0]);
        assert_eq!(mlp[&PositionClass::Last].mean, [3.5, 4.0]);
    }
}
