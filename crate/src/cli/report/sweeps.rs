//! How merges depend on scale and rank.

use std::collections::BTreeMap;

use super::collect::Collected;
use super::tables::{Table, capitalised};
use crate::chart::{Line, LineChart};
use crate::cli::numbers::{NUMBERS, Number};
use crate::edit::MergeSettings;
use crate::recipe::{Accuracy, SweepPoint};

/// The sweeps over one merge of edits by one method, averaged over seeds.
struct Swept {
    /// With the facts where there are several sets of them.
    model: String,
    /// In all languages.
    facts: usize,
    base: String,
    /// As in the other tables, without the base.
    merge: String,
    points: Vec<SweepPoint>,
}

impl Swept {
    /// The points that `keep` lets through, by x.
    fn curve(&self, keep: impl Fn(&MergeSettings) -> bool, x: fn(&MergeSettings) -> f64, number: Number) -> Vec<(f64, f64)> {
        let kept = self.points.iter().filter(|point| keep(&point.merge));
        let mut curve: Vec<(f64, f64)> = kept.filter_map(|point| Some((x(&point.merge), number.1(&point.average)?))).collect();
        curve.sort_by(|a, b| a.0.total_cmp(&b.0));
        curve
    }
}

fn swept(collected: &Collected) -> Vec<Swept> {
    let mut all = Vec::new();
    let several = collected.several_data();
    for (group, runs) in collected.groups() {
        let Some(first) = runs.first().filter(|run| !run.report.sweep.is_empty()) else { continue };
        let averaged = |point: &SweepPoint| {
            let same = runs.iter().flat_map(|run| &run.report.sweep).filter(|other| other.merge == point.merge);
            SweepPoint { average: Accuracy::mean(same.map(|other| &other.average)), ..point.clone() }
        };
        let base = first.report.method.to_string();
        let name = group.name();
        let merge = name.strip_prefix(&format!("{base}+")).unwrap_or(&name).to_owned();
        let data = several.then(|| collected.data_name(&group.start.data));
        let model = std::iter::once(group.start.model).chain(data).collect::<Vec<_>>().join(", ");
        all.push(Swept { model, facts: group.start.facts, base, merge, points: first.report.sweep.iter().map(averaged).collect() });
    }
    all
}

/// The values of a setting that were swept, in order.
fn values<'a>(sweeps: impl Iterator<Item = &'a Swept>, of: fn(&MergeSettings) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = sweeps.flat_map(|swept| &swept.points).map(|point| of(&point.merge)).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

fn scale(merge: &MergeSettings) -> f64 {
    merge.scale
}

fn rank(merge: &MergeSettings) -> f64 {
    merge.rank_ratio
}

/// For each model and base method a chart a number over scales, at the highest rank, and one over ranks, at the scale nearest to 1; a line a
/// merge.
pub(super) fn charts(collected: &Collected) -> Vec<LineChart> {
    let all = swept(collected);
    let mut places: BTreeMap<(&str, usize, &str), Vec<&Swept>> = BTreeMap::new();
    for swept in &all {
        places.entry((&swept.model, swept.facts, &swept.base)).or_default().push(swept);
    }
    let mut charts = Vec::new();
    for ((model, facts, base), sweeps) in places {
        let (scales, ranks) = (values(sweeps.iter().copied(), scale), values(sweeps.iter().copied(), rank));
        let nearest = scales.iter().copied().min_by(|a, b| (a - 1.0).abs().total_cmp(&(b - 1.0).abs()));
        let highest = ranks.last().copied();
        let mut draw = |x: &str, at: fn(&MergeSettings) -> f64, keep: &dyn Fn(&MergeSettings) -> bool| {
            charts.extend(NUMBERS.iter().map(|number| LineChart {
                title: format!("{} by {x}", capitalised(number.0)),
                of: format!("merges of {facts} facts by {base}, {model}"),
                x: x.to_owned(),
                y: format!("{} (%)", number.0),
                lines: lines(&sweeps, |swept| swept.curve(keep, at, *number)),
            }));
        };
        if scales.len() > 1 {
            draw("scale", scale, &|merge| Some(merge.rank_ratio) == highest);
        }
        if ranks.len() > 1 {
            draw("rank ratio", rank, &|merge| Some(merge.scale) == nearest);
        }
    }
    charts
}

/// A line a merge; with shared covariance it is a variant of the one without.
fn lines(sweeps: &[&Swept], curve: impl Fn(&Swept) -> Vec<(f64, f64)>) -> Vec<Line> {
    let mut before = "";
    let mut lines = Vec::with_capacity(sweeps.len());
    for swept in sweeps {
        let variant = swept.merge.strip_suffix("+shared") == Some(before);
        before = &swept.merge;
        lines.push(Line { name: swept.merge.clone(), points: curve(swept), variant });
    }
    lines
}

/// Every point of every sweep: a row a merge and rank, a column a scale.
pub(super) fn table(collected: &Collected) -> Option<Table> {
    let all = swept(collected);
    let (scales, ranks) = (values(all.iter(), scale), values(all.iter(), rank));
    let mut rows = Vec::new();
    for swept in &all {
        for &of_rank in &ranks {
            let cells: Vec<String> = scales
                .iter()
                .map(|&of_scale| {
                    let found = swept.points.iter().find(|point| rank(&point.merge) == of_rank && scale(&point.merge) == of_scale);
                    let numbers = |point: &SweepPoint| {
                        NUMBERS.map(|(_, number)| number(&point.average).map_or_else(|| "-".to_owned(), |value| format!("{value:.1}")))
                    };
                    found.map_or_else(|| "-".to_owned(), |point| numbers(point).join(" / "))
                })
                .collect();
            if cells.iter().any(|cell| cell != "-") {
                let names = [swept.model.clone(), swept.facts.to_string(), swept.base.clone(), swept.merge.clone(), of_rank.to_string()];
                rows.push(names.into_iter().chain(cells).collect());
            }
        }
    }
    let names = ["model", "facts", "base", "merge", "rank ratio"].map(str::to_owned);
    (!rows.is_empty()).then(|| Table {
        title: "Scale and rank of merges".to_owned(),
        note: "The same edits merged at each scale: efficacy / generality / specificity in percent, mean over languages and seeds."
            .to_owned(),
        columns: names.into_iter().chain(scales.iter().map(|scale| format!("scale {scale}"))).collect(),
        rows,
        names: 5,
    })
}
