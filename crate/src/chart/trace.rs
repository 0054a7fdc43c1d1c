//! Causal tracing as heat maps.

use std::fmt::Write as _;

use super::heat_map::{HeatMap, heat_maps};
use crate::evaluate::trace::{Component, PositionClass, TraceAverage, TraceReport, TracedFact};

/// Most facts in one figure.
pub const MAX_FACTS_DRAWN: usize = 20;

/// The figure of `report`: the average over all facts, over each language where there are several, then each of the first
/// [`MAX_FACTS_DRAWN`] facts.
pub fn trace_figure(report: &TraceReport) -> String {
    let mut maps = vec![of_average(&report.average, "")];
    if report.languages.len() > 1 {
        maps.extend(report.languages.iter().map(|(language, average)| of_average(average, &format!(" in {language}"))));
    }
    maps.extend(report.facts.iter().take(MAX_FACTS_DRAWN).map(of_fact));
    let mut note = format!(
        "Indirect effect of restoring one clean state (of MLP and attention outputs: {} layers around it) in a corrupted run, on the \
         probability of the answer. Noise: {:.4} on the embeddings of the subject (*), {} samples. Model: {}.",
        report.window, report.noise.scale, report.noise.samples, report.model
    );
    if report.facts.len() > MAX_FACTS_DRAWN {
        let _ = write!(note, " The first {MAX_FACTS_DRAWN} of {} facts are drawn.", report.facts.len());
    }
    heat_maps(&maps, "Causal tracing", &note)
}

/// The effects of a fact, a row a token.
fn of_fact(fact: &TracedFact) -> HeatMap {
    let rows = fact.tokens.iter().enumerate().map(|(i, token)| {
        let subject = (fact.subject_start..fact.subject_end).contains(&i);
        (if subject { format!("{}*", token.trim()) } else { token.trim().to_owned() }, subject)
    });
    HeatMap {
        title: format!(
            "{} ({}): p({}) {:.3} clean, {:.3} corrupted",
            fact.subject,
            fact.language,
            fact.answer.trim(),
            fact.clean,
            fact.corrupted
        ),
        rows: rows.collect(),
        panels: fact.effects.iter().map(|(component, table)| (component.title().to_owned(), table.clone())).collect(),
    }
}

/// The average effects, a row a position class.
fn of_average(average: &TraceAverage, of: &str) -> HeatMap {
    let classes: Vec<PositionClass> =
        PositionClass::ALL.into_iter().filter(|class| average.effects.values().any(|table| table.contains_key(class))).collect();
    let subject =
        |class: PositionClass| matches!(class, PositionClass::SubjectFirst | PositionClass::SubjectMiddle | PositionClass::SubjectLast);
    let panel = |component: Component| -> Option<(String, Vec<Vec<f64>>)> {
        let table = average.effects.get(&component)?;
        let rows = classes.iter().map(|class| table.get(class).map(|effect| effect.mean.clone()).unwrap_or_default()).collect();
        Some((component.title().to_owned(), rows))
    };
    HeatMap {
        title: format!(
            "Average over {} facts{of}: p(answer) {:.3} clean, {:.3} corrupted",
            average.facts, average.clean, average.corrupted
        ),
        rows: classes.iter().map(|&class| (class.title().to_owned(), subject(class))).collect(),
        panels: Component::ALL.into_iter().filter_map(panel).collect(),
    }
}
