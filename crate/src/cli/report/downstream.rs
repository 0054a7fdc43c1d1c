//! The downstream tasks of an experiment's cells.

use std::collections::BTreeSet;

use super::collect::{Collected, Group, Run};
use super::tables::{Table, main_groups, one_a_seed, over, same_start, words};
use crate::cli::summary::Downstream;
use crate::evaluate::xtreme::{Task, XtremeReport, XtremeScore};

/// Methods by task: F1 as published and corrected, averaged over languages; nothing where no cell was scored.
pub(super) fn table(collected: &Collected) -> Option<Table> {
    let tasks: BTreeSet<Task> =
        collected.runs.iter().filter_map(|run| run.xtreme.as_ref()).flat_map(|xtreme| xtreme.after.tasks.keys().copied()).collect();
    if tasks.is_empty() {
        return None;
    }
    let groups = collected.groups();
    let chosen = main_groups(&groups);
    let mut rows = Vec::new();
    let mut before: Option<&Group> = None;
    for (group, runs) in &chosen {
        let mut row = |method: &str, order: &str, runs: &[&Run], when: fn(&Downstream) -> &XtremeReport| {
            let mut row =
                vec![group.model.clone(), group.languages.join(" "), group.facts.to_string(), method.to_owned(), order.to_owned()];
            let mut add = |score: &dyn Fn(&XtremeReport) -> Option<XtremeScore>| {
                for number in [|score: XtremeScore| score.published, |score: XtremeScore| score.corrected] {
                    row.push(over(runs, |run| score(when(run.xtreme.as_ref()?)).map(number)));
                }
            };
            for task in &tasks {
                add(&|report| XtremeScore::mean(report.tasks.get(task)?.values()));
            }
            add(&|report| Some(report.average));
            rows.push(row);
        };
        if !before.is_some_and(|before| same_start(before, group)) {
            let all: Vec<&Run> = chosen.iter().filter(|(other, _)| same_start(other, group)).flat_map(|(_, runs)| runs.clone()).collect();
            row("unedited", "-", &one_a_seed(&all), |xtreme| &xtreme.before);
        }
        before = Some(group);
        row(&group.method, group.order, runs, |xtreme| &xtreme.after);
    }
    let mut columns = words(&["model", "languages", "facts", "method", "order"]);
    for name in tasks.iter().map(|task| task.name()).chain(["mean"]) {
        columns.extend(["published", "corrected"].map(|which| format!("{name} {which}")));
    }
    Some(Table {
        title: "Downstream tasks".to_owned(),
        note: "F1 in percent, mean over languages, as LangEdit's code computes it and with that code's defects corrected; the last pair is the mean over all \
               pairs of task and language."
            .to_owned(),
        columns,
        rows,
        names: 5,
    })
}
