//! A sweep over merges as a table and as curves.

use std::collections::BTreeMap;

use super::numbers::{NUMBERS, percent};
use crate::chart::{Line, LineChart, svg_file};
use crate::recipe::SweepPoint;

/// One row a merge and language, and one for the average.
pub(super) fn csv(points: &[SweepPoint]) -> String {
    let mut text = "merge,shared_covariance,scale,rank_ratio,density,language,facts,efficacy,generality,specificity\n".to_owned();
    for point in points {
        let merge = &point.merge;
        let rows = point.languages.iter().map(|(code, accuracy)| (code.as_str(), accuracy)).chain([("average", &point.average)]);
        for (language, accuracy) in rows {
            let numbers = NUMBERS.map(|(_, number)| number(accuracy).map_or_else(String::new, |value| format!("{value:.4}")));
            text += &format!(
                "{},{},{},{},{},{language},{},{}\n",
                merge.method,
                merge.shared_covariance,
                merge.scale,
                merge.rank_ratio,
                merge.density,
                accuracy.facts,
                numbers.join(",")
            );
        }
    }
    text
}

/// One chart a number: over scales, a line a rank ratio; over rank ratios where only those were swept.
pub(super) fn charts(label: &str, points: &[SweepPoint]) -> Vec<LineChart> {
    let many = |number: fn(&SweepPoint) -> f64| points.windows(2).any(|pair| number(&pair[0]) != number(&pair[1]));
    let over_scale = many(|point| point.merge.scale) || !many(|point| point.merge.rank_ratio);
    NUMBERS
        .iter()
        .map(|(name, number)| {
            let mut lines: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
            for point in points {
                let (x, line) = if over_scale {
                    (point.merge.scale, format!("rank ratio {}", point.merge.rank_ratio))
                } else {
                    (point.merge.rank_ratio, format!("scale {}", point.merge.scale))
                };
                if let Some(y) = number(&point.average) {
                    lines.entry(line).or_default().push((x, y));
                }
            }
            for line in lines.values_mut() {
                line.sort_by(|a, b| a.0.total_cmp(&b.0));
            }
            LineChart {
                title: format!("{name}, mean over languages"),
                of: label.to_owned(),
                x: if over_scale { "scale" } else { "rank ratio" }.to_owned(),
                y: format!("{name} (%)"),
                lines: lines.into_iter().map(|(name, points)| Line { name, points, variant: false }).collect(),
            }
        })
        .collect()
}

/// The curves as a file.
pub(super) fn svg(label: &str, points: &[SweepPoint]) -> String {
    svg_file(&charts(label, points))
}

/// The table for the terminal: averages over languages.
pub(super) fn table(points: &[SweepPoint]) -> String {
    let mut text = format!("{:>8} {:>10} {:>12} {:>12} {:>12}", "scale", "rank ratio", "efficacy", "generality", "specificity");
    for point in points {
        let numbers = NUMBERS.map(|(_, number)| format!("{:>12}", percent(number(&point.average))));
        text += &format!("\n{:>8} {:>10} {}", point.merge.scale, point.merge.rank_ratio, numbers.join(" "));
    }
    text
}
