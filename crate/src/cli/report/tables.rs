//! The tables of an experiment: mean and spread over seeds.

use serde::Serialize;

use super::collect::{Collected, Run, measured};
use super::group::{Data, Group, Start};
use crate::cli::numbers::{NUMBERS, Number};
use crate::recipe::{Accuracy, BeforeAfter};

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

/// All groups but those of a language alone whose model was also edited in it among others: these are compared in a table of their own.
pub(super) fn main_groups<'a>(all: &'a [Grouped<'a>]) -> Vec<&'a Grouped<'a>> {
    let among_others = |alone: &Start| {
        let holds = |start: &Start| start.languages.len() > 1 && alone.languages.iter().all(|code| start.languages.contains(code));
        all.iter().any(|(group, _)| group.start.weights == alone.weights && holds(&group.start))
    };
    all.iter().filter(|(group, _)| group.start.languages.len() > 1 || !among_others(&group.start)).collect()
}

/// The names in front of the numbers: of the unedited model that groups with the same start share, then of the groups.
pub(super) struct Names<'a> {
    collected: &'a Collected,
    /// Whether there is more than one set of facts to tell apart.
    data: bool,
    /// Whether the languages have a column.
    languages: bool,
}

impl<'a> Names<'a> {
    pub(super) fn new(collected: &'a Collected, chosen: &[&Grouped<'_>], languages: bool) -> Self {
        let first = chosen.first().map(|(group, _)| &group.start.data);
        Self { collected, data: chosen.iter().any(|(group, _)| Some(&group.start.data) != first), languages }
    }

    /// The headings.
    pub(super) fn columns(&self) -> Vec<String> {
        let all = [("model", true), ("languages", self.languages), ("data", self.data), ("facts", true), ("method", true), ("order", true)];
        words(&all.into_iter().filter_map(|(name, shown)| shown.then_some(name)).collect::<Vec<_>>())
    }

    /// A row's names.
    pub(super) fn of(&self, Start { model, languages, data, facts, .. }: &Start, method: &str, order: &str) -> Vec<String> {
        let mut row = vec![model.clone()];
        row.extend(self.languages.then(|| languages.join(" ")));
        row.extend(self.data.then(|| self.collected.data_name(data)));
        row.extend([facts.to_string(), method.to_owned(), order.to_owned()]);
        row
    }
}

/// A group and its runs.
pub(super) type Grouped<'a> = (Group, Vec<&'a Run>);

/// The groups with the same start, and the runs behind the unedited model above them: one a seed.
pub(super) fn starts<'a>(chosen: &[&'a Grouped<'a>]) -> Vec<(Vec<&'a Run>, Vec<&'a Grouped<'a>>)> {
    let of_start = chosen.chunk_by(|(a, _), (b, _)| a.start == b.start);
    let unedited = |groups: &[&'a Grouped<'a>]| one_a_seed(groups.iter().flat_map(|(_, runs)| runs.iter().copied()));
    of_start.map(|groups| (unedited(groups), groups.to_vec())).collect()
}

/// Of each seed the run that measured most, the first of several.
fn one_a_seed<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<&'a Run> {
    let mut chosen: Vec<&Run> = Vec::new();
    for run in runs {
        match chosen.iter_mut().find(|earlier| earlier.report.seed == run.report.seed) {
            Some(earlier) if measured(&earlier.report) < measured(&run.report) => *earlier = run,
            Some(_) => (),
            None => chosen.push(run),
        }
    }
    chosen
}

/// What has a column where a report has it.
const WHERE_MEASURED: [Number; 7] = [
    ("same subject", |a| a.specificity_subject),
    ("efficacy success", |a| a.efficacy_success),
    ("generality success", |a| a.generality_success),
    ("specificity success", |a| a.specificity_success),
    ("success score", |a| a.success().score()),
    ("recall", |a| a.recall),
    ("recall, same subject", |a| a.recall_subject),
];

/// Methods by efficacy, generality and specificity, averaged over languages.
pub(super) fn main_table(collected: &Collected) -> Table {
    let groups = collected.groups();
    let agreement: Number = ("agreement", |a| a.specificity_agreement);
    let is_there = |(_, number): &Number| collected.runs.iter().any(|run| number(&run.report.average.after).is_some());
    let numbers: Vec<Number> = NUMBERS.into_iter().chain([agreement]).chain(WHERE_MEASURED.into_iter().filter(is_there)).collect();
    let chosen = main_groups(&groups);
    let names = Names::new(collected, &chosen, true);
    let mut columns = names.columns();
    let named = columns.len();
    columns.push("runs".to_owned());
    columns.extend(numbers.iter().map(|(name, _)| (*name).to_owned()));
    columns.push("seconds".to_owned());
    let mut rows = Vec::new();
    for (unedited, groups) in starts(&chosen) {
        let mut row = |group: &Group, method: &str, order: &str, runs: &[&Run], when: fn(&Run) -> &Accuracy, seconds: String| {
            let mut row = names.of(&group.start, method, order);
            row.push(runs.len().to_string());
            row.extend(numbers.iter().map(|(_, number)| over(runs, |run| number(when(run)))));
            row.push(seconds);
            rows.push(row);
        };
        if let Some((first, _)) = groups.first() {
            row(first, "unedited", "-", &unedited, |run| &run.report.average.before, "-".to_owned());
        }
        for (group, runs) in groups {
            let seconds = over(runs, |run| Some(run.report.timing.total_seconds));
            row(group, &group.name(), group.order, runs, |run| &run.report.average.after, seconds);
        }
    }
    Table {
        title: "Methods".to_owned(),
        note: format!(
            "Percent, mean over languages; mean ± standard deviation over seeds{}. Agreement: answers to unrelated questions that are still those \
             of the unedited model. Same subject: other facts about the edited subjects. Success (CounterFact): the new object is likelier than the true \
             one, for specificity the other way round.",
            of_seeds(&chosen)
        ),
        columns,
        rows,
        names: named,
    }
}

/// Whether seeds edit the same facts, where there are several.
fn of_seeds(chosen: &[&Grouped<'_>]) -> &'static str {
    let repeated = || chosen.iter().filter(|(_, runs)| runs.len() > 1);
    let drawn = repeated().filter(|(group, _)| matches!(group.start.data, Data::Drawn(_))).count();
    match repeated().count() {
        0 => "",
        all if drawn == all => ", each of which draws facts of its own",
        _ if drawn == 0 => ", all of which edit the same facts",
        _ => ", each of which draws facts of its own where its data say so, and otherwise edits the same ones",
    }
}

/// For each of the three numbers, methods by language.
pub(super) fn language_tables(collected: &Collected) -> Vec<Table> {
    let groups = collected.groups();
    let chosen = main_groups(&groups);
    let mut languages: Vec<String> = Vec::new();
    for code in chosen.iter().flat_map(|(group, _)| &group.start.languages) {
        if !languages.contains(code) {
            languages.push(code.clone());
        }
    }
    let names = Names::new(collected, &chosen, false);
    let table = |(name, number): &Number| {
        let mut columns = names.columns();
        let named = columns.len();
        columns.extend(languages.iter().cloned());
        let mut rows = Vec::new();
        for (unedited, groups) in starts(&chosen) {
            let mut row = |group: &Group, method: &str, order: &str, runs: &[&Run], when: fn(&BeforeAfter) -> &Accuracy| {
                let mut row = names.of(&group.start, method, order);
                row.extend(languages.iter().map(|code| over(runs, |run| number(when(run.report.languages.get(code)?)))));
                rows.push(row);
            };
            if let Some((first, _)) = groups.first() {
                row(first, "unedited", "-", &unedited, |accuracy| &accuracy.before);
            }
            for (group, runs) in groups {
                row(group, &group.name(), group.order, runs, |accuracy| &accuracy.after);
            }
        }
        let title = format!("{} by language", capitalised(name));
        Table { title, note: "Percent, after all edits.".to_owned(), columns, rows, names: named }
    };
    NUMBERS.iter().map(table).collect()
}

/// Files that could not be read.
pub(super) fn unread(collected: &Collected) -> Option<Table> {
    reasons(&collected.unread, "Not read", "These files are missing from everything above.", "file")
}

/// Cells that failed.
pub(super) fn failures(collected: &Collected) -> Option<Table> {
    reasons(&collected.failed, "Failed", "Running the same command again retries them.", "cell")
}

/// What is missing, each with the reason.
fn reasons(missing: &[(String, String)], title: &str, note: &str, what: &str) -> Option<Table> {
    (!missing.is_empty()).then(|| Table {
        title: title.to_owned(),
        note: note.to_owned(),
        columns: words(&[what, "why"]),
        rows: missing.iter().map(|(name, why)| vec![name.clone(), why.clone()]).collect(),
        names: 2,
    })
}
