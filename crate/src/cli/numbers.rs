//! The numbers of an accuracy, and how tables write them.

use crate::recipe::Accuracy;

/// A name and the number of an accuracy that has it.
pub(super) type Number = (&'static str, fn(&Accuracy) -> Option<f64>);

/// The three accuracies of every run, by name.
pub(super) const NUMBERS: [Number; 3] =
    [("efficacy", |a| a.efficacy), ("generality", |a| a.generality), ("specificity", |a| a.specificity)];

/// A percentage with one decimal; `-` where there is none.
pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}
