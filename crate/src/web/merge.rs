//! Merging: each language edited alone, the edits put together in several ways, and what the model answers under each.

use std::collections::BTreeMap;

use js_sys::Function;
use serde::{Deserialize, Serialize};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::watch::Watcher;
use super::{Edits, Held, border, run_input};
use crate::edit::{MergeMethod, MergeSettings};
use crate::recipe::{Accuracy, Recipe};
use crate::{Error, Result, ensure};

/// Most merges of one call.
const MOST_MERGES: usize = 32;

/// One way to merge; what is left out has the default of its method.
#[derive(Deserialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
#[serde(deny_unknown_fields)]
struct Merge {
    method: MergeMethod,
    #[serde(default)]
    shared_covariance: bool,
    #[serde(default)]
    scale: Option<f64>,
    #[serde(default)]
    rank_ratio: Option<f64>,
    #[serde(default)]
    density: Option<f64>,
}

impl Merge {
    fn settings(&self) -> MergeSettings {
        let usual = MergeSettings::new(self.method);
        MergeSettings {
            method: self.method,
            shared_covariance: self.shared_covariance,
            scale: self.scale.unwrap_or(usual.scale),
            rank_ratio: self.rank_ratio.unwrap_or(usual.rank_ratio),
            density: self.density.unwrap_or(usual.density),
        }
    }
}

/// Accuracy under one merge.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct MergeRow {
    /// Base method and merge in one word, such as `memit+tsvm`.
    label: String,
    merge: MergeSettings,
    languages: BTreeMap<String, Accuracy>,
    average: Accuracy,
}

/// Edits each language of a Recipe alone, from the base weights, merges the edits in each way of `merges`, and asks under each merge: `[{label,
/// merge, languages, average}]`, in that order. Leaves the model as it was in any case. The edits are kept until others are made, so that
/// another merge of the same facts costs its questions only.
///
/// # Errors
/// `usage`: no model is open, no merge is given, or a setting is not legal. `data`: the recipe is not valid, or its method's edits cannot be
/// merged. `device`, `numerics`, `cancelled`.
#[wasm_bindgen(unchecked_return_type = "MergeRow[]")]
pub async fn merge(
    #[wasm_bindgen(unchecked_param_type = "Recipe")] recipe: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Merge[]")] merges: JsValue,
    #[wasm_bindgen(unchecked_param_type = "OnProgress")] on_progress: Function,
) -> Result<JsValue, JsValue> {
    let rows = async { border::give(&run(recipe, merges, &on_progress).await?) };
    rows.await.map_err(|error: Error| border::failure(&error))
}

async fn run(recipe: JsValue, merges: JsValue, on_progress: &Function) -> Result<Vec<MergeRow>> {
    let mut recipe = Recipe::from_json(&border::text("the recipe", recipe)?)?;
    let merges: Vec<Merge> = border::take("the merges", merges)?;
    ensure!(merges.len() <= MOST_MERGES, Usage, "{} merges are more than {MOST_MERGES}", merges.len());
    let mut variants: Vec<MergeSettings> = merges.iter().map(Merge::settings).collect();
    let mut held = Held::take()?;
    let mut watcher = Watcher::begin(on_progress);
    // The last one is the recipe's own, so that none is asked twice.
    recipe.merge = variants.pop();
    ensure!(recipe.merge.is_some(), Usage, "no merge is given");
    let input = run_input(&mut recipe);
    let session = held.session()?;
    let before = Edits::of(session, 0);
    let done = session.run_sweep(&recipe, &variants, input, &mut watcher, &mut |_, _| Ok(())).await;
    session.undo_to(0);
    before.put_back(session)?;
    let (report, points) = done?;
    let mut rows: Vec<MergeRow> = points
        .into_iter()
        .map(|point| MergeRow {
            label: point.merge.label(recipe.method),
            merge: point.merge,
            languages: point.languages,
            average: point.average,
        })
        .collect();
    rows.extend(report.merge.as_ref().map(|merged| MergeRow {
        label: report.method_label(),
        merge: merged.settings,
        languages: report.languages.iter().map(|(code, accuracy)| (code.clone(), accuracy.after)).collect(),
        average: report.average.after,
    }));
    Ok(rows)
}
