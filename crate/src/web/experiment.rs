//! Opening a model, and running a Recipe on it.

use std::collections::BTreeMap;

use js_sys::{Array, Function, Reflect, Uint8Array};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::watch::Watcher;
use super::{OpenModel, SESSION, SOLVER, STATISTICS, border, device, run_input};
use crate::checkpoint::digest::hex;
use crate::checkpoint::{self, Checkpoint};
use crate::device::is_cpu;
use crate::edit::{MergeSettings, Statistics, check_model, models_of};
use crate::model::quant::Bytes;
use crate::recipe::{Digest, KeyStatistics, Report, RunInput, Session};
use crate::{Error, ErrorKind, Result, ensure};

/// Most merges of one sweep.
const MOST_MERGES: usize = 32;

/// The open model at a glance.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct ModelSummary {
    name: String,
    sha256: String,
    architecture: String,
    layers: usize,
    hidden: usize,
    parameters: u64,
    /// What the files leave open or say in two ways, and how it was read.
    warnings: Vec<String>,
}

/// Opens a GGUF file that lies in memory.
///
/// # Errors
/// `checkpoint`: the bytes are no model that we compute.
#[wasm_bindgen(unchecked_return_type = "ModelSummary")]
pub async fn open_gguf(name: String, bytes: Vec<u8>) -> Result<JsValue, JsValue> {
    clear();
    place(checkpoint::open_gguf(Bytes::new(bytes), &name)).await.map_err(|error| border::failure(&error))
}

/// Opens a model in Hugging Face layout: `[{name, bytes}]`.
///
/// # Errors
/// As [`open_gguf`]; also where a file is missing.
#[wasm_bindgen(unchecked_return_type = "ModelSummary")]
pub async fn open_files(#[wasm_bindgen(unchecked_param_type = "NamedBytes[]")] files: Array) -> Result<JsValue, JsValue> {
    clear();
    let open = || {
        let mut held = BTreeMap::new();
        for file in files.iter() {
            let field = |name: &str| Reflect::get(&file, &JsValue::from_str(name)).ok();
            let name = field("name").and_then(|name| name.as_string());
            let bytes = field("bytes").and_then(|bytes| bytes.dyn_into::<Uint8Array>().ok());
            let (Some(name), Some(bytes)) = (name, bytes) else {
                return Err(Error::new(ErrorKind::Usage, "each file must be {name, bytes}"));
            };
            held.insert(name, Bytes::new(bytes.to_vec()));
        }
        checkpoint::open_files(&held, "model")
    };
    place(open()).await.map_err(|error| border::failure(&error))
}

/// Gives up the open model, before the next one comes: two at once are more than a page can hold.
fn clear() {
    SESSION.set(None);
    STATISTICS.set(None);
}

/// Puts a checkpoint on the device, once a GPU is known to compute with it as the CPU does.
async fn place(opened: Result<Checkpoint>) -> Result<JsValue> {
    let opened = opened?;
    let (device, name) = device()?;
    if !is_cpu(&device) {
        check_model(&device, &|name| opened.tensors.matrix(name)).await?;
    }
    let mut session = Session::open(&opened, &device, name, |_, _| {})?;
    session.set_solver(SOLVER.get());
    let config = session.config();
    let summary = ModelSummary {
        name: opened.name.clone(),
        sha256: opened.sha256.clone(),
        architecture: config.family.model_type().to_owned(),
        layers: config.layers,
        hidden: config.hidden,
        parameters: opened.summary().parameters,
        warnings: opened.warnings.clone(),
    };
    SESSION.set(Some(session));
    border::to_js(&summary)
}

/// Key statistics at a glance.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct StatisticsSummary {
    source: String,
    count: u64,
    layers: Vec<usize>,
}

/// Takes key statistics of the open model, a file that `langedit stats` wrote; without them an edit begins by collecting its own from a
/// short corpus. With `own` they must not say that they were made with other weights, which a reader who chose them may have meant.
///
/// # Errors
/// `usage`: no model is open. `data`: the bytes are no key statistics, or another model's.
#[wasm_bindgen(unchecked_return_type = "StatisticsSummary")]
pub async fn use_statistics(bytes: Vec<u8>, own: bool) -> Result<JsValue, JsValue> {
    let read = || {
        let mut held = OpenModel::take()?;
        let session = held.session()?;
        let config = session.config();
        let bytes = Bytes::new(bytes);
        let statistics = Statistics::read(&bytes)?;
        for (layer, covariance) in statistics.layers() {
            let fits = layer < config.layers && covariance.dim() == config.inner;
            ensure!(
                fits,
                Data,
                "the key statistics are another model's: layer {layer} of width {}, where this one has layers 0-{} of width {}",
                covariance.dim(),
                config.layers.saturating_sub(1),
                config.inner
            );
        }
        let source = statistics.provenance().to_owned();
        let foreign = own && models_of(&source).any(|of| of != session.sha256());
        ensure!(!foreign, Data, "the key statistics were made with other weights: {source}");
        let layers = statistics.layers().map(|(layer, _)| layer).collect();
        let summary = border::to_js(&StatisticsSummary { source, count: statistics.count() as u64, layers })?;
        let sha256 = hex(&Sha256::digest(bytes.as_slice()));
        STATISTICS.set(Some(KeyStatistics { statistics, sha256: Some(sha256), projectors: None }));
        Ok(summary)
    };
    read().map_err(|error: Error| border::failure(&error))
}

/// Runs a Recipe on the unedited model, which then has its edits, and gives its Report; steps that were made already are kept. An edit that
/// fails or is cancelled leaves the model as it was. `evaluation` says when accuracy is measured: `every` step, at the `end`, or `nothing`.
///
/// # Errors
/// `usage`: no model is open, or a setting is not legal. `data`: the recipe is not valid. `device`, `numerics`, `cancelled`.
#[wasm_bindgen(unchecked_return_type = "Report")]
pub async fn edit(
    #[wasm_bindgen(unchecked_param_type = "Recipe")] recipe: JsValue,
    #[wasm_bindgen(unchecked_param_type = "EvaluationChoice")] evaluation: String,
    #[wasm_bindgen(unchecked_param_type = "OnProgress")] on_progress: Function,
) -> Result<JsValue, JsValue> {
    let report = async {
        let (evaluation, recipe) = (evaluation.parse()?, border::recipe(recipe)?);
        let mut held = OpenModel::take()?;
        let session = held.session()?;
        let input = RunInput { evaluation, ..run_input(session, recipe, Vec::new()) };
        border::to_js(&session.run(input, &mut Watcher::begin(&on_progress)).await?)
    };
    report.await.map_err(|error| border::failure(&error))
}

/// As [`edit`], but leaves the model as it was in any case: for comparing methods, for merging, and for seeing what an edit would do. Steps that
/// the recipe adds to those of the model are kept aside, so that editing by the same recipe next does not make them again. `sweep` are other
/// merges of a merging recipe's edits, which the Report's `sweep` then holds; the edits are kept until others are made. `evaluation` as for
/// [`edit`].
///
/// # Errors
/// As [`edit`]; `usage` also where there is a sweep and the recipe does not merge.
#[wasm_bindgen(unchecked_return_type = "Report")]
pub async fn trial(
    #[wasm_bindgen(unchecked_param_type = "Recipe")] recipe: JsValue,
    #[wasm_bindgen(unchecked_param_type = "MergeChoice[]")] sweep: JsValue,
    #[wasm_bindgen(unchecked_param_type = "EvaluationChoice")] evaluation: String,
    #[wasm_bindgen(unchecked_param_type = "OnProgress")] on_progress: Function,
) -> Result<JsValue, JsValue> {
    let report = async {
        let sweep: Vec<MergeSettings> = border::from_js("the sweep", sweep)?;
        ensure!(sweep.len() <= MOST_MERGES, Usage, "{} merges are more than {MOST_MERGES}", sweep.len());
        let (evaluation, recipe) = (evaluation.parse()?, border::recipe(recipe)?);
        let mut held = OpenModel::take()?;
        let session = held.session()?;
        let input = RunInput { evaluation, ..run_input(session, recipe, sweep) };
        border::to_js(&session.trial(input, &mut Watcher::begin(&on_progress)).await?)
    };
    report.await.map_err(|error| border::failure(&error))
}

/// Takes back all but the first `step` steps.
///
/// # Errors
/// `usage`: no model is open.
#[wasm_bindgen]
pub async fn undo_to(step: usize) -> Result<(), JsValue> {
    let undo = || {
        OpenModel::take()?.session()?.undo_to(step);
        Ok(())
    };
    undo().map_err(|error: Error| border::failure(&error))
}

/// What a Report comes down to for comparison: goes into the link as `expected`.
///
/// # Errors
/// `usage`: that is no Report.
#[wasm_bindgen(unchecked_return_type = "Digest")]
pub fn digest(#[wasm_bindgen(unchecked_param_type = "Report")] report: JsValue) -> Result<JsValue, JsValue> {
    let digest = || border::to_js(&Digest::of(&border::from_js::<Report>("the report", report)?));
    digest().map_err(|error| border::failure(&error))
}

/// Whether a Report is what `expected` says.
///
/// # Errors
/// `usage`: these are no Digest and no Report.
#[wasm_bindgen(unchecked_return_type = "Verdict")]
pub fn verdict(
    #[wasm_bindgen(unchecked_param_type = "Digest")] expected: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Report")] report: JsValue,
) -> Result<JsValue, JsValue> {
    let verdict = || {
        let expected: Digest = border::from_js("what is expected", expected)?;
        let report: Report = border::from_js("the report", report)?;
        border::to_js(&expected.verdict(&Digest::of(&report)))
    };
    verdict().map_err(|error| border::failure(&error))
}
