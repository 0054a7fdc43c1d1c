//! The numbers of an accuracy, and how tables and sentences write numbers.

use crate::recipe::Accuracy;

/// A name and the number of an accuracy that has it.
pub(super) type Number = (&'static str, fn(&Accuracy) -> Option<f64>);

/// The three accuracies of every run, by name.
pub(super) const NUMBERS: [Number; 3] =
    [("efficacy", |a| a.efficacy), ("generality", |a| a.generality), ("specificity", |a| a.specificity)];

/// A percentage with one decimal; `-` if there is none.
pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

/// `1 fact`, `2 facts`: a count with its noun.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
