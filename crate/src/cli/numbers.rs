//! The numbers of an accuracy, and how tables and sentences write numbers.

use crate::recipe::Accuracy;

/// A name and the number of an accuracy that has it.
pub(super) type Number = (&'static str, fn(&Accuracy) -> Option<f64>);

/// The three accuracies of every run, by name.
pub(super) const NUMBERS: [Number; 3] = [ALL_NUMBERS[0], ALL_NUMBERS[1], ALL_NUMBERS[2]];

/// Every accuracy, by its name in the report.
pub(super) const ALL_NUMBERS: [Number; 15] = [
    ("efficacy", |a| a.efficacy),
    ("generality", |a| a.generality),
    ("specificity", |a| a.specificity),
    ("portability", |a| a.portability),
    ("efficacy_exact", |a| a.efficacy_exact),
    ("generality_exact", |a| a.generality_exact),
    ("generality_distinct", |a| a.generality_distinct),
    ("specificity_agreement", |a| a.specificity_agreement),
    ("specificity_subject", |a| a.specificity_subject),
    ("specificity_subject_agreement", |a| a.specificity_subject_agreement),
    ("efficacy_success", |a| a.efficacy_success),
    ("generality_success", |a| a.generality_success),
    ("specificity_success", |a| a.specificity_success),
    ("recall", |a| a.recall),
    ("recall_subject", |a| a.recall_subject),
];

/// A percentage with one decimal; `-` if there is none.
pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

/// `1 fact`, `2 facts`: a count with its noun.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
