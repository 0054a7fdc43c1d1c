//! Methods two by two on the same facts.

use std::collections::{BTreeMap, BTreeSet};

use super::collect::{Collected, Run};
use super::group::Group;
use super::tables::{Names, Table, main_groups, starts};
use crate::evaluate::{bootstrap_interval, mcnemar};
use crate::recipe::{FactReport, FactScores};

/// Samples behind an interval.
const RESAMPLES: usize = 2000;
/// Of what is drawn.
const SEED: u64 = 0;

/// A number of a fact.
type Number = fn(&FactScores) -> Option<f64>;

/// What differences are shown of.
const DIFFERENCES: [(&str, Number); 4] = [
    ("efficacy", |scores| scores.efficacy),
    ("exact match", |scores| scores.efficacy_exact),
    ("generality", |scores| scores.generality),
    ("specificity", |scores| scores.specificity),
];

/// Every two groups on the same model, facts and order: the second's mean minus the first's with its interval, and by language the facts
/// that only one of them has right, with the p-value; nothing where no report has facts.
pub(super) fn table(collected: &Collected) -> Option<Table> {
    let groups = collected.groups();
    let chosen = main_groups(&groups);
    let names = Names::new(collected, &chosen, false);
    let languages: BTreeSet<&String> = chosen.iter().flat_map(|(group, _)| &group.start.languages).collect();
    let mut columns = names.columns();
    let named = columns.len();
    columns.push("compared".to_owned());
    columns.extend(DIFFERENCES.iter().map(|(name, _)| format!("{name}, second - first")));
    columns.extend(languages.iter().map(|code| format!("right: first only / second only, {code}")));
    let mut rows = Vec::new();
    for (_, groups) in starts(&chosen) {
        for (at, (first, first_runs)) in groups.iter().enumerate() {
            for (second, second_runs) in groups.iter().skip(at + 1).filter(|(second, _)| comparable(first, second)) {
                let pairs = pairs(first_runs, second_runs);
                if pairs.is_empty() {
                    continue;
                }
                let order = if first.order == "-" { second.order } else { first.order };
                let mut row = names.of(&first.start, &format!("{} → {}", first.name(), second.name()), order);
                row.push(pairs.iter().map(|(_, a, _)| &a.id).collect::<BTreeSet<_>>().len().to_string());
                row.extend(DIFFERENCES.iter().map(|(_, number)| difference(&pairs, *number)));
                row.extend(languages.iter().map(|code| one_sided(&pairs, code)));
                rows.push(row);
            }
        }
    }
    (!rows.is_empty()).then(|| Table {
        title: "Differences between methods".to_owned(),
        note: format!(
            "The mean difference in points, of the second method from the first on the same facts and seeds, each language and seed counting the \
             same, with the 95 % interval of a paired bootstrap over facts ({RESAMPLES} samples, a fact with all its languages and seeds): seeds are taken as \
             they are, other facts might give another mean. Then by language the facts whose new object only one of the two has right in every \
             token, and p of McNemar's exact test; of a fact in several seeds the first counts.{}",
            by_chance(rows.len() * languages.len())
        ),
        columns,
        rows,
        names: named,
    })
}

/// What to think of so many tests.
fn by_chance(comparisons: usize) -> String {
    if comparisons > 1 {
        format!(" {comparisons} comparisons are made: with so many, some have p below 0.05 by chance.")
    } else {
        String::new()
    }
}

/// Whether two groups with the same start are compared: merges with every order, orders only with themselves.
fn comparable(a: &Group, b: &Group) -> bool {
    a.order == b.order || [a.order, b.order].contains(&"-")
}

/// The facts that both have in runs of the same seed, with the seed.
fn pairs<'a>(first: &[&'a Run], second: &[&'a Run]) -> Vec<(u64, &'a FactReport, &'a FactReport)> {
    let mut pairs = Vec::new();
    for a in first {
        let Some(b) = second.iter().find(|b| b.report.seed == a.report.seed) else { continue };
        let others: BTreeMap<_, _> = b.report.facts.iter().map(|fact| ((&fact.id, &fact.language), fact)).collect();
        let both = a.report.facts.iter().filter_map(|fact| Some((a.report.seed, fact, *others.get(&(&fact.id, &fact.language))?)));
        pairs.extend(both);
    }
    pairs
}

/// Mean and interval. With S pairs of a seed and a language, of n_s facts each, a fact counts y_i = N / S sum_s d_is / n_s over those where it
/// occurs, N being the number of facts: the mean of y is that of the differences d with each pair counting the same.
fn difference(pairs: &[(u64, &FactReport, &FactReport)], number: Number) -> String {
    let mut strata: BTreeMap<(u64, &String), Vec<(&String, f64)>> = BTreeMap::new();
    for (seed, a, b) in pairs {
        if let (Some(was), Some(is)) = (number(&a.after), number(&b.after)) {
            strata.entry((*seed, &a.language)).or_default().push((&a.id, is - was));
        }
    }
    let mut facts: BTreeMap<&String, f64> = BTreeMap::new();
    for differences in strata.values() {
        for (id, difference) in differences {
            *facts.entry(*id).or_default() += difference / (differences.len() * strata.len()) as f64;
        }
    }
    let count = facts.len() as f64;
    let values: Vec<f64> = facts.values().map(|share| share * count).collect();
    match bootstrap_interval(&values, RESAMPLES, SEED) {
        Some((low, high)) => format!("{:+.1} [{low:+.1}, {high:+.1}]", values.iter().sum::<f64>() / count),
        None => "-".to_owned(),
    }
}

/// `12 / 3, p 0.035`.
fn one_sided(pairs: &[(u64, &FactReport, &FactReport)], code: &str) -> String {
    let mut seen = BTreeSet::new();
    let (mut only_first, mut only_second) = (0, 0);
    for (_, a, b) in pairs.iter().filter(|(_, a, _)| a.language == code && seen.insert(&a.id)) {
        match (a.after.efficacy_exact == Some(100.0), b.after.efficacy_exact == Some(100.0)) {
            (true, false) => only_first += 1,
            (false, true) => only_second += 1,
            _ => {}
        }
    }
    if seen.is_empty() {
        return "-".to_owned();
    }
    let p = mcnemar(only_first, only_second);
    let p = if p < 0.001 { "p < 0.001".to_owned() } else { format!("p {p:.3}") };
    format!("{only_first} / {only_second}, {p}")
}
