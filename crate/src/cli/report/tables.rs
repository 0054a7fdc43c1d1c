//! The tables of an experiment: mean and spread over seeds.

use serde::Serialize;

use super::collect::{Collected, Group, Run};
use crate::cli::numbers::{NUMBERS, Number};
use crate::recipe::Accuracy;

/// A table with a heading and a line that says what it holds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Table {
    pub(super) title: String,
    pub(super) note: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// How many of the first columns are names rather than numbers.
    pub(super) names: usize,
}

/// Mean and standard deviation over seeds, one decimal; the deviation if there are several.
pub(super) fn spread(values: &[f64]) -> String {
    let count = values.len() as f64;
    if values.is_empty() {
        return "-".to_owned();
    }
    let mean = values.iter().sum::<f64>() / count;
    if values.len() < 2 {
        return format!("{mean:.1}");
    }
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    format!("{mean:.1} ± {deviation:.1}")
}

pub(super) fn over(runs: &[&Run], number: impl Fn(&Run) -> Option<f64>) -> String {
    spread(&runs.iter().filter_map(|run| number(run)).collect::<Vec<_>>())
}

/// With a capital first letter.
pub(super) fn capitalised(name: &str) -> String {
    format!("{}{}", name.get(..1).unwrap_or_default().to_uppercase(), name.get(1..).unwrap_or_default())
}

pub(super) fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// Groups with several languages, or all groups if there is none.
pub(super) fn main_groups<'a>(all: &'a [(Group, Vec<&'a Run>)]) -> Vec<&'a (Group, Vec<&'a Run>)> {
    let several: Vec<_> = all.iter().filter(|(group, _)| group.languages.len() > 1).collect();
    if several.is_empty() { all.iter().collect() } else { several }
}

/// Whether the groups are of the same model, languages and number of facts: one unedited model stands above both.
pub(super) fn same_start(a: &Group, b: &Group) -> bool {
    (&a.model, &a.languages, a.facts) == (&b.model, &b.languages, b.facts)
}

/// Methods by efficacy, generality and specificity, averaged over languages.
pub(super) fn main_table(collected: &Collected) -> Table {
    let groups = collected.groups();
    let agreement: Number = ("agreement", |a| a.specificity_agreement);
    let mut numbers: Vec<Number> = NUMBERS.iter().copied().chain([agreement]).collect();
    let recall: Number = ("recall", |a| a.recall);
    if collected.runs.iter().any(|run| run.report.average.after.recall.is_some()) {
        numbers.push(recall);
    }
    let mut columns = words(&["model", "languages", "facts", "method", "order", "runs"]);
    columns.extend(numbers.iter().map(|(name, _)| (*name).to_owned()));
    columns.push("seconds".to_owned());
    let mut rows = Vec::new();
    let mut before: Option<&Group> = None;
    let chosen = main_groups(&groups);
    for (group, runs) in &chosen {
        let mut row = |method: &str, order: &str, runs: &[&Run], when: fn(&Run) -> &Accuracy, seconds: String| {
            let mut row =
                vec![group.model.clone(), group.languages.join(" "), group.facts.to_string(), method.to_owned(), order.to_owned()];
            row.push(runs.len().to_string());
            row.extend(numbers.iter().map(|(_, number)| over(runs, |run| number(when(run)))));
            row.push(seconds);
            rows.push(row);
        };
        if !before.is_some_and(|before| same_start(before, group)) {
            let all: Vec<&Run> = chosen.iter().filter(|(other, _)| same_start(other, group)).flat_map(|(_, runs)| runs.clone()).collect();
            row("unedited", "-", &one_a_seed(&all), |run| &run.report.average.before, "-".to_owned());
        }
        before = Some(group);
        let seconds = over(runs, |run| Some(run.report.timing.total_seconds));
        row(&group.method, group.order, runs, |run| &run.report.average.after, seconds);
    }
    Table {
        title: "Methods".to_owned(),
        note: "Percent, mean over languages; mean ± standard deviation over seeds. Agreement: answers to unrelated questions that \
               are still those of the unedited model."
            .to_owned(),
        columns,
        rows,
        names: 5,
    }
}

/// The first run of each seed.
pub(super) fn one_a_seed<'a>(runs: &[&'a Run]) -> Vec<&'a Run> {
    let mut first: Vec<&Run> = Vec::new();
    for run in runs {
        if first.iter().all(|earlier| earlier.report.seed != run.report.seed) {
            first.push(run);
        }
    }
    first
}

/// For each of the three numbers, methods by language.
pub(super) fn language_tables(collected: &Collected) -> Vec<Table> {
    let groups = collected.groups();
    let chosen = main_groups(&groups);
    let mut languages: Vec<String> = Vec::new();
    for code in chosen.iter().flat_map(|(group, _)| &group.languages) {
        if !languages.contains(code) {
            languages.push(code.clone());
        }
    }
    let table = |(name, number): &Number| {
        let mut columns = words(&["model", "facts", "method", "order"]);
        columns.extend(languages.iter().cloned());
        let mut rows = Vec::new();
        let mut before: Option<&Group> = None;
        for (group, runs) in &chosen {
            let mut row = |method: &str, order: &str, runs: &[&Run], after: bool| {
                let mut row = vec![group.model.clone(), group.facts.to_string(), method.to_owned(), order.to_owned()];
                row.extend(languages.iter().map(|code| {
                    over(runs, |run| {
                        let accuracy = run.report.languages.get(code)?;
                        number(if after { &accuracy.after } else { &accuracy.before })
                    })
                }));
                rows.push(row);
            };
            if !before.is_some_and(|before| same_start(before, group)) {
                let all: Vec<&Run> =
                    chosen.iter().filter(|(other, _)| same_start(other, group)).flat_map(|(_, runs)| runs.clone()).collect();
                row("unedited", "-", &one_a_seed(&all), false);
            }
            before = Some(group);
            row(&group.method, group.order, runs, true);
        }
        let title = format!("{} by language", capitalised(name));
        Table { title, note: "Percent, after all edits.".to_owned(), columns, rows, names: 4 }
    };
    NUMBERS.iter().map(table).collect()
}

/// What the other languages cost: each language's facts edited alone against edited among the others; empty if nothing was run alone.
pub(super) fn interference_table(collected: &Collected) -> Option<Table> {
    let groups = collected.groups();
    let mut rows = Vec::new();
    for (group, runs) in groups.iter().filter(|(group, _)| group.languages.len() > 1) {
        for code in &group.languages {
            // By seed, so that the spread of the difference is not that of the seeds.
            let pairs: Vec<Pair> = runs.iter().filter_map(|run| pair(collected, group, run, code)).collect();
            if pairs.is_empty() {
                continue;
            }
            let mut row = vec![group.model.clone(), group.method.clone(), group.order.to_owned(), code.clone(), pairs.len().to_string()];
            for number in 0..NUMBERS.len() {
                let of = |pick: fn(&[Option<f64>; 2]) -> Option<f64>| {
                    spread(&pairs.iter().filter_map(|pair| pair.get(number).and_then(pick)).collect::<Vec<_>>())
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
    Some(Table {
        title: "Negative interference".to_owned(),
        note: "The same facts of a language edited alone and among those of the other languages. A negative difference is the cost of the other languages. For \
               merges, alone is the language's own edit before the merge."
            .to_owned(),
        columns,
        rows,
        names: 4,
    })
}

/// For each of the three numbers: alone and among the others.
type Pair = [[Option<f64>; 2]; 3];

fn pair(collected: &Collected, group: &Group, run: &Run, code: &str) -> Option<Pair> {
    let among = &run.report.languages.get(code)?.after;
    if run.report.merge.is_some() {
        let row = run.report.steps.iter().position(|step| step.language == code)?;
        let alone = run.report.accuracy_matrix.get(row)?.get(code)?;
        return Some([[alone.efficacy, among.efficacy], [alone.generality, among.generality], [alone.specificity, among.specificity]]);
    }
    let alone = collected.runs.iter().find(|other| {
        let theirs = other.group();
        theirs.languages == [code] && theirs.model == group.model && theirs.method == group.method && other.report.seed == run.report.seed
    })?;
    let alone = alone.report.languages.get(code)?;
    // Other facts would make the difference meaningless.
    (alone.after.facts == among.facts).then(|| NUMBERS.map(|(_, number)| [number(&alone.after), number(among)]))
}

/// Cells that failed.
pub(super) fn failures(collected: &Collected) -> Option<Table> {
    (!collected.failed.is_empty()).then(|| Table {
        title: "Failed".to_owned(),
        note: "Running the same command again retries them.".to_owned(),
        columns: words(&["cell", "why"]),
        rows: collected.failed.iter().map(|(id, why)| vec![id.clone(), why.clone()]).collect(),
        names: 2,
    })
}
