//! Did a replay give the same? Compared stage by stage, so that a difference names where it began.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use super::report::{Report, StepReport};
use crate::checkpoint::digest::hex;

/// How far two numbers may lie apart: `|a - b| <= relative * max(|a|, |b|) + absolute`.
struct Tolerance {
    relative: f64,
    absolute: f64,
}

impl Tolerance {
    fn holds(&self, a: f64, b: f64) -> bool {
        a == b || (a - b).abs() <= self.relative * a.abs().max(b.abs()) + self.absolute
    }
}

/// Losses and norms that count as the same: above what rounding in the digest and another order of summation give.
const SAME_NUMBER: Tolerance = Tolerance { relative: 5e-3, absolute: 1e-3 };
/// Losses and norms that another device may give: its f32 rounding, amplified by the target's optimisation.
const CLOSE_NUMBER: Tolerance = Tolerance { relative: 0.1, absolute: 0.02 };
/// Percentages that count as the same: the digest's rounding.
const SAME_PERCENT: Tolerance = Tolerance { relative: 0.0, absolute: 0.011 };
/// Percentages that another device may give: near ties that flip.
const CLOSE_PERCENT: Tolerance = Tolerance { relative: 0.0, absolute: 2.0 };

impl Digest {
    /// The digest of a report.
    pub fn of(report: &Report) -> Self {
        let mut hasher = Sha256::new();
        for (language, templates) in &report.templates {
            // A zero byte ends each text, so that no two lists run together to the same bytes.
            for text in std::iter::once(language).chain(templates) {
                hasher.update(text.as_bytes());
                hasher.update([0]);
            }
            hasher.update([1]);
        }
        let templates = hex(hasher.finalize().get(..8).unwrap_or_default());
        let percent = |value: Option<f64>| value.map(|v| (v * 100.0).round() / 100.0);
        let metrics = report.languages.iter().map(|(language, accuracy)| {
            let after = &accuracy.after;
            (language.clone(), [percent(after.efficacy), percent(after.generality), percent(after.specificity)])
        });
        Self {
            templates,
            targets: report.steps.iter().map(|step| four_digits(last_loss(step))).collect(),
            deltas: report.steps.iter().map(|step| four_digits(step.delta_norm.values().map(|n| n * n).sum::<f64>().sqrt())).collect(),
            metrics: metrics.collect(),
        }
    }

    /// Compares a replay with what this digest says, stage by stage.
    pub fn verdict(&self, replay: &Self) -> Verdict {
        let mut close = false;
        let mut check = |stage: Stage, place: String, a: Option<f64>, b: Option<f64>, same: &Tolerance, near: &Tolerance| match (a, b) {
            (None, None) => None,
            (Some(a), Some(b)) if same.holds(a, b) => None,
            (Some(a), Some(b)) if near.holds(a, b) => {
                close = true;
                None
            }
            _ => Some(Difference { stage, place, expected: text(a), found: text(b) }),
        };
        let first = (self.templates != replay.templates).then(|| Difference {
            stage: Stage::Templates,
            place: "the context templates".to_owned(),
            expected: self.templates.clone(),
            found: replay.templates.clone(),
        });
        let per_step = [(Stage::Targets, &self.targets, &replay.targets), (Stage::Deltas, &self.deltas, &replay.deltas)];
        let first = first.or_else(|| {
            per_step.into_iter().find_map(|(stage, a, b)| {
                (0..a.len().max(b.len())).find_map(|i| {
                    check(stage, format!("step {}", i + 1), a.get(i).copied(), b.get(i).copied(), &SAME_NUMBER, &CLOSE_NUMBER)
                })
            })
        });
        // A run that asked nothing says nothing of accuracy.
        let both_asked = !self.metrics.is_empty() && !replay.metrics.is_empty();
        let first = first.or_else(|| {
            if !both_asked {
                return None;
            }
            let languages: BTreeSet<&String> = self.metrics.keys().chain(replay.metrics.keys()).collect();
            languages.into_iter().find_map(|language| {
                let (a, b) = (self.metrics.get(language), replay.metrics.get(language));
                ["efficacy", "generality", "specificity"].into_iter().enumerate().find_map(|(i, name)| {
                    let number = |metrics: Option<&[Option<f64>; 3]>| metrics.and_then(|m| m.get(i).copied().flatten());
                    check(Stage::Metrics, format!("{name} in {language}"), number(a), number(b), &SAME_PERCENT, &CLOSE_PERCENT)
                })
            })
        });
        match first {
            Some(difference) => Verdict::Differs(difference),
            None if close => Verdict::WithinTolerance,
            None => Verdict::Reproduced,
        }
    }
}

/// The stages of an experiment, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Context templates.
    Templates,
    /// Target values.
    Targets,
    /// Weight changes.
    Deltas,
    /// Accuracy.
    Metrics,
}

/// Where a replay first leaves the tolerance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Difference {
    /// The first stage that differs.
    pub stage: Stage,
    /// Step or language and number.
    pub place: String,
    /// What the link or the first report says.
    pub expected: String,
    /// What the replay gave.
    pub found: String,
}

/// Whether a replay gave the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(tag = "verdict")]
pub enum Verdict {
    /// Equal after rounding.
    #[serde(rename = "reproduced")]
    Reproduced,
    /// As far apart as two devices may be.
    #[serde(rename = "within tolerance")]
    WithinTolerance,
    /// Further apart, from this stage on.
    #[serde(rename = "differs")]
    Differs(Difference),
}

impl Verdict {
    /// Compares a replay with an earlier report.
    pub fn compare(expected: &Report, replay: &Report) -> Self {
        Digest::of(expected).verdict(&Digest::of(replay))
    }

    /// The one or two words for the page: `reproduced`, `within tolerance`, `differs`.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Reproduced => "reproduced",
            Self::WithinTolerance => "within tolerance",
            Self::Differs(_) => "differs",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())?;
        match self {
            Self::Differs(Difference { place, expected, found, .. }) => write!(f, " at {place}: expected {expected}, found {found}"),
            Self::Reproduced | Self::WithinTolerance => Ok(()),
        }
    }
}

fn text(value: Option<f64>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |v| v.to_string())
}

/// Mean over facts of the last loss; 0 without any.
fn last_loss(step: &StepReport) -> f64 {
    let last: Vec<f64> = step.losses.iter().filter_map(|curve| curve.last().copied()).collect();
    if last.is_empty() { 0.0 } else { last.iter().sum::<f64>() / last.len() as f64 }
}

/// Four significant digits; what is not finite becomes -1, which JSON can carry and no norm or loss is.
fn four_digits(value: f64) -> f64 {
    if value.is_finite() { format!("{value:.3e}").parse().unwrap_or(-1.0) } else { -1.0 }
}
