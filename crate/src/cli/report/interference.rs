//! What the other languages cost.

use super::collect::{Collected, Run};
use super::group::{Group, STATISTICS, prints};
use super::tables::{Table, spread, words};
use crate::cli::numbers::NUMBERS;

/// A language's facts edited alone and among those of the others, in one run each of the same seed.
struct Pair {
    /// For each of the three numbers: alone and among the others.
    numbers: [[Option<f64>; 2]; NUMBERS.len()],
    /// Whether both had the same key statistics.
    same_statistics: bool,
}

/// Each language's facts edited alone against edited among the others; empty if nothing was run alone.
pub(super) fn table(collected: &Collected) -> Option<Table> {
    let groups = collected.groups();
    let (mut rows, mut unlike) = (Vec::new(), 0);
    for (group, runs) in groups.iter().filter(|(group, _)| group.start.languages.len() > 1) {
        for code in &group.start.languages {
            // By seed, so that the spread of the difference is not that of the seeds.
            let pairs: Vec<Pair> = runs.iter().filter_map(|run| pair(collected, group, run, code)).collect();
            if pairs.is_empty() {
                continue;
            }
            unlike += pairs.iter().filter(|pair| !pair.same_statistics).count();
            let mut row = vec![group.start.model.clone(), group.name(), group.order.to_owned(), code.clone(), pairs.len().to_string()];
            for number in 0..NUMBERS.len() {
                let of = |pick: fn(&[Option<f64>; 2]) -> Option<f64>| {
                    spread(&pairs.iter().filter_map(|pair| pair.numbers.get(number).and_then(pick)).collect::<Vec<_>>())
                };
                row.extend([of(|[alone, _]| *alone), of(|[_, among]| *among), of(|[alone, among]| Some((*among)? - (*alone)?))]);
            }
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return None;
    }
    let mut columns = words(&["model", "method", "order", "language", "runs"]);
    columns.extend(NUMBERS.iter().flat_map(|(name, _)| [format!("{name} alone"), format!("{name} among all"), "difference".to_owned()]));
    let mut note =
        "The same facts of a language edited alone and among those of the other languages. A negative difference is the cost of the \
                    other languages. For merges, alone is the language's own edit before the merge."
            .to_owned();
    if unlike > 0 {
        note += &format!(
            " In {unlike} of the comparisons the two runs had other key statistics, which is part of the difference: give both the same with \
             --stats."
        );
    }
    Some(Table { title: "Negative interference".to_owned(), note, columns, rows, names: 4 })
}

fn pair(collected: &Collected, group: &Group, run: &Run, code: &str) -> Option<Pair> {
    let among = &run.report.languages.get(code)?.after;
    if run.report.merge.is_some() {
        let row = run.report.steps.iter().position(|step| step.language == code)?;
        let alone = run.report.accuracy_matrix.get(row)?.get(code)?;
        let numbers = [[alone.efficacy, among.efficacy], [alone.generality, among.generality], [alone.specificity, among.specificity]];
        return Some(Pair { numbers, same_statistics: true });
    }
    let alone = collected.runs.iter().filter(|other| alike(&other.group, group, code) && other.report.seed == run.report.seed);
    // Other facts would make the difference meaningless.
    let alone: Vec<&Run> = alone.filter(|other| same_facts(other, run, code)).collect();
    let same_statistics = |other: &&Run| other.group.how.get(STATISTICS) == group.how.get(STATISTICS);
    let alike = alone.iter().copied().find(same_statistics);
    let other = &alike.or(alone.first().copied())?.report.languages.get(code)?.after;
    Some(Pair { numbers: NUMBERS.map(|(_, number)| [number(other), number(among)]), same_statistics: alike.is_some() })
}

/// Whether `alone` is as `group` but for the languages, and for the key statistics, which may go by them.
fn alike(alone: &Group, group: &Group, code: &str) -> bool {
    let how = |group: &Group| {
        group.how.iter().filter(|(name, _)| **name != STATISTICS).map(|(name, value)| (*name, value.clone())).collect::<Vec<_>>()
    };
    alone.start.languages == [code]
        && (&alone.start.model, &alone.start.weights, &alone.method) == (&group.start.model, &group.start.weights, &group.method)
        && how(alone) == how(group)
}

/// Whether both runs edit the same facts of a language.
fn same_facts(a: &Run, b: &Run, code: &str) -> bool {
    let facts = |run: &Run| Some(prints(run.report.recipe.as_ref()?.facts.iter().filter(|fact| fact.language == code)));
    let count = |run: &Run| run.report.languages.get(code).map(|accuracy| accuracy.after.facts);
    match (facts(a), facts(b)) {
        (Some(a), Some(b)) => a == b,
        _ => count(a) == count(b),
    }
}
