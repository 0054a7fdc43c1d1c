//! Causal tracing of one fact, for the figure that shows where the model keeps it.

use js_sys::Function;
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;
use web_time::Instant;

use super::watch::{Progress, Watcher};
use super::{OpenModel, border, device};
use crate::edit::{Method, Settings};
use crate::evaluate::trace::{AnswerRule, TraceOptions, TracePlan, TraceReport, choose_layers, select, trace_facts};
use crate::facts::Fact;
use crate::recipe::{Observer as _, Session};
use crate::{Error, ErrorKind, Result, ensure};

/// Noisy runs of a fact, as the command takes them.
const SAMPLES: usize = 10;
/// Most noisy runs.
const MOST_SAMPLES: usize = 100;
/// Most runs with something restored: beyond, a prompt is too long for a figure, and for a reader's patience.
const MOST_RUNS: usize = 200_000;

/// What to trace.
#[derive(Deserialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct TraceRequest {
    /// Subject and prompt are needed; with `true_object` the answer says whether the fact is known.
    fact: Fact,
    seed: u64,
    /// Layers whose MLP or attention outputs are restored together.
    window: usize,
    #[serde(default)]
    samples: Option<usize>,
    /// Whether the model is traced as it was before every edit.
    #[serde(default)]
    unedited: bool,
}

/// Traces `{fact, seed, window, samples, unedited}`, following whatever the model answers: the Trace report of that one fact, as the command
/// writes it with `--answers predicted`. With `unedited` the edits are taken back for it and put back after it.
///
/// # Errors
/// `usage`: no model is open, or a number is out of range. `data`: the subject does not occur in the prompt. `text`: the prompt is too long.
/// `device`: the device failed. `cancelled`.
#[wasm_bindgen(unchecked_return_type = "TraceReport")]
pub async fn trace(
    #[wasm_bindgen(unchecked_param_type = "TraceRequest")] request: JsValue,
    #[wasm_bindgen(unchecked_param_type = "OnProgress")] on_progress: Function,
) -> Result<JsValue, JsValue> {
    let answer = async {
        let request: TraceRequest = border::from_js("the request", request)?;
        border::to_js(&run(&request, &Watcher::begin(&on_progress)).await?)
    };
    answer.await.map_err(|error: Error| border::failure(&error))
}

async fn run(request: &TraceRequest, watcher: &Watcher<'_>) -> Result<TraceReport> {
    let samples = request.samples.unwrap_or(SAMPLES);
    ensure!((1..=MOST_SAMPLES).contains(&samples), Usage, "samples: {samples} is not between 1 and {MOST_SAMPLES}");
    let mut held = OpenModel::take()?;
    let session = held.session()?;
    if request.unedited {
        return session.unedited(async |session| traced(session, request, samples, watcher).await).await;
    }
    traced(session, request, samples, watcher).await
}

async fn traced(session: &Session, request: &TraceRequest, samples: usize, watcher: &Watcher<'_>) -> Result<TraceReport> {
    let started = Instant::now();
    let (model, tokenizer) = (session.model(), session.tokenizer());
    let facts = std::slice::from_ref(&request.fact);
    let found = select(model, tokenizer, facts, 1, AnswerRule::Predicted, |_| !watcher.cancelled()).await?;
    if let Some(skipped) = found.skipped.first() {
        return Err(Error::new(ErrorKind::Data, format!("this fact cannot be traced: {}", skipped.reason)));
    }
    let plan =
        TracePlan { options: TraceOptions { window: request.window, ..TraceOptions::default() }, samples, noise: None, seed: request.seed };
    let cells = |prompt| plan.options.positions(prompt).len() * plan.options.components.len() * session.config().layers;
    let runs: usize = found.prompts.iter().map(|prompt| cells(prompt) * samples).sum();
    ensure!(
        runs <= MOST_RUNS,
        Usage,
        "tracing this prompt takes {runs} runs of the model, which is more than {MOST_RUNS}; take a shorter one"
    );

    let told = trace_facts(model, tokenizer, &found.prompts, &plan, |_, done, total| {
        watcher.tell(&Progress { stage: "trace", done, total, step: None, steps: None, text: None, report: None });
        !watcher.cancelled()
    });
    let (noise, facts) = told.await?;
    let mut report = TraceReport {
        generator: env!("CARGO_PKG_VERSION").to_owned(),
        model: session.name().to_owned(),
        model_sha256: session.sha256().to_owned(),
        device: device()?.1.to_owned(),
        layers: session.config().layers,
        window: request.window,
        noise,
        facts,
        ..TraceReport::default()
    };
    report.summarise();
    let default = Settings::for_model(session.config(), Method::LangEdit).layers;
    report.chosen_layers = Some(choose_layers(&report.average, report.window, &default));
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}
