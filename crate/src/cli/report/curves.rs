//! The charts of an experiment.

use std::collections::BTreeMap;

use super::collect::{Collected, Run};
use super::group::Start;
use super::sweeps;
use crate::chart::{Line, LineChart};
use crate::recipe::{LanguageAccuracy, Report};

/// All charts with something in them, in the order of the page.
pub(super) fn charts(collected: &Collected) -> Vec<LineChart> {
    let mut charts = over_steps(collected, "Efficacy over all languages after each step", |cell| cell.efficacy);
    charts.extend(over_steps(collected, "Specificity over all languages after each step", |cell| cell.specificity));
    charts.extend(recall(collected));
    charts.extend(null_space(collected));
    charts.extend(sweeps::charts(collected));
    charts
}

/// The points of runs that differ in the seed alone, averaged at each x.
fn averaged(curves: &[Vec<(f64, f64)>]) -> Vec<(f64, f64)> {
    let mut sums: BTreeMap<u64, (f64, f64, usize)> = BTreeMap::new();
    for &(x, y) in curves.iter().flatten() {
        let entry = sums.entry(x.to_bits()).or_insert((x, 0.0, 0));
        entry.1 += y;
        entry.2 += 1;
    }
    let mut points: Vec<(f64, f64)> = sums.into_values().map(|(x, sum, count)| (x, sum / count as f64)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

/// One chart a model, set of facts and order: a line a method.
fn by_method(collected: &Collected, title: &str, x: &str, y: &str, curve: impl Fn(&Run) -> Vec<(f64, f64)>) -> Vec<LineChart> {
    let mut charts: BTreeMap<(Start, &str), LineChart> = BTreeMap::new();
    let several = collected.several_data();
    for (group, runs) in collected.groups() {
        if group.start.languages.len() < 2 {
            continue;
        }
        let curves: Vec<_> = runs.iter().map(|run| curve(run)).collect();
        let points = averaged(&curves);
        if points.len() < 2 {
            continue;
        }
        let order = Some(group.order).filter(|order| *order != "-").map(str::to_owned);
        let data = several.then(|| collected.data_name(&group.start.data));
        let of = std::iter::once(group.start.model.clone()).chain(data).chain(order).collect::<Vec<_>>().join(", ");
        let name = group.name();
        let place = (group.start, group.order);
        let chart = charts.entry(place).or_insert_with(|| LineChart {
            title: title.to_owned(),
            of,
            x: x.to_owned(),
            y: y.to_owned(),
            lines: Vec::new(),
        });
        chart.lines.push(Line { name, points, variant: false });
    }
    charts.into_values().collect()
}

fn over_steps(collected: &Collected, title: &str, number: fn(&LanguageAccuracy) -> Option<f64>) -> Vec<LineChart> {
    by_method(collected, title, "facts edited", "%", |run| {
        if run.report.merge.is_some() {
            return Vec::new();
        }
        let mean = |row: &BTreeMap<String, LanguageAccuracy>| {
            let values: Vec<f64> = row.values().filter_map(number).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        edited(&run.report).zip(&run.report.accuracy_matrix).filter_map(|(facts, row)| Some((facts, mean(row)?))).collect()
    })
}

/// Facts edited after each step.
fn edited(report: &Report) -> impl Iterator<Item = f64> {
    report.steps.iter().scan(0, |sum, step| {
        *sum += step.facts;
        Some(*sum as f64)
    })
}

/// What the model still knows of subjects that were not edited, where that was asked.
fn recall(collected: &Collected) -> Vec<LineChart> {
    by_method(collected, "Recall of facts that were not edited", "facts edited", "%", |run| {
        let before = run.report.average.before.recall.map(|recall| (0.0, recall));
        let mean = |by_language: &BTreeMap<String, f64>| {
            (!by_language.is_empty()).then(|| by_language.values().sum::<f64>() / by_language.len() as f64)
        };
        let after = edited(&run.report).zip(&run.report.steps).filter_map(|(facts, step)| Some((facts, mean(&step.recall)?)));
        before.into_iter().chain(after).collect()
    })
}

/// How the null space is used up: its dimension, mean over layers, in front of each step.
fn null_space(collected: &Collected) -> Vec<LineChart> {
    by_method(collected, "Dimensions of the null space, mean over layers", "facts edited before", "dimensions", |run| {
        if !run.report.method.spec().projects || run.report.merge.is_some() {
            return Vec::new();
        }
        let before = std::iter::once(0.0).chain(edited(&run.report));
        let mean = |dimensions: &BTreeMap<usize, usize>| dimensions.values().sum::<usize>() as f64 / dimensions.len().max(1) as f64;
        before.zip(&run.report.steps).map(|(facts, step)| (facts, mean(&step.null_dimension))).collect()
    })
}
