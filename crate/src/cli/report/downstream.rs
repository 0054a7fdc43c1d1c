//! The downstream tasks of an experiment's cells.

use std::collections::BTreeSet;

use super::collect::{Collected, Run};
use super::group::Group;
use super::tables::{Names, Table, main_groups, over, starts};
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
    let names = Names::new(collected, &chosen, true);
    let mut columns = names.columns();
    let named = columns.len();
    let mut rows = Vec::new();
    for (unedited, groups) in starts(&chosen) {
        let mut row = |group: &Group, method: &str, order: &str, runs: &[&Run], when: fn(&Downstream) -> &XtremeReport| {
            let mut row = names.of(&group.start, method, order);
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
        if let Some((first, _)) = groups.first() {
            row(first, "unedited", "-", &unedited, |xtreme| &xtreme.before);
        }
        for (group, runs) in groups {
            row(group, &group.name(), group.order, runs, |xtreme| &xtreme.after);
        }
    }
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
        names: named,
    })
}
