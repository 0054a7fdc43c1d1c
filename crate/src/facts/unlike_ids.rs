//! Ids that do not seem to name the same records in two languages.

use std::collections::{BTreeMap, BTreeSet};

/// Two languages whose records seem to be numbered by different schemes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlikeIds {
    /// The languages.
    pub languages: [String; 2],
    /// Ids that both have.
    pub shared: usize,
    /// An id of either language that the other does not have, in the form that most there have.
    pub examples: [String; 2],
}

/// Share of one language's ids that may have the form of most of the other's before both count as one scheme.
const STRAY: f64 = 0.1;

/// Whether the ids of two languages are mostly of two forms, neither of which the other language has in more than a tenth of its ids.
/// The form of an id is the kinds of its characters: `Q31` is a letter and digits, `17` digits.
pub(super) fn compare(languages: [&String; 2], [a, b]: [&[&str]; 2]) -> Option<UnlikeIds> {
    let (usual_a, usual_b) = (usual(a)?, usual(b)?);
    let share = |ids: &[&str], wanted: &str| ids.iter().filter(|id| form(id) == wanted).count() as f64 / ids.len() as f64;
    if share(a, &usual_b) > STRAY || share(b, &usual_a) > STRAY {
        return None;
    }
    let (held_a, held_b): (BTreeSet<_>, BTreeSet<_>) = (a.iter().collect(), b.iter().collect());
    let only = |ids: &[&str], wanted: &str, others: &BTreeSet<&&str>| {
        ids.iter().find(|id| form(id) == wanted && !others.contains(id)).map(|id| (*id).to_owned())
    };
    Some(UnlikeIds {
        languages: languages.map(Clone::clone),
        shared: held_a.intersection(&held_b).count(),
        examples: [only(a, &usual_a, &held_b)?, only(b, &usual_b, &held_a)?],
    })
}

/// The form that most ids have.
fn usual(ids: &[&str]) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for id in ids {
        *counts.entry(form(id)).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(form, _)| form)
}

/// `0` for digits, `a` for letters, other characters as they are; a run of one kind counts once.
fn form(id: &str) -> String {
    let kind = |c: char| match c {
        c if c.is_numeric() => '0',
        c if c.is_alphabetic() => 'a',
        c => c,
    };
    let mut form = String::new();
    for c in id.chars().map(kind) {
        if !form.ends_with(c) {
            form.push(c);
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_told_by_the_form_of_most_ids() {
        let [en, de] = ["en", "de"].map(str::to_owned);
        let unlike = compare([&en, &de], [&["0", "1", "2"], &["Q17", "Q3", "Q120"]]);
        let expected = UnlikeIds { languages: [en.clone(), de.clone()], shared: 0, examples: ["0", "Q17"].map(str::to_owned) };
        assert_eq!(unlike, Some(expected));
        for (a, b) in [
            (&["1", "2"][..], &["3", "40"][..]),
            (&["capital/FR", "born/Ada"], &["capital/Oslo"]),
            (&["1", "2", "x"], &["x", "y", "1", "2"]),
            (&["1"], &[]),
        ] {
            assert_eq!(compare([&en, &de], [a, b]), None, "{a:?} {b:?}");
        }
    }
}
