//! Asking the model.

use js_sys::Function;
use serde::{Deserialize, Serialize};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::watch::{Progress, Watcher};
use super::{OpenModel, border};
use crate::model::{Decoder, top_k};
use crate::recipe::Session;
use crate::{Result, ensure};

/// Candidates for the first token that are told.
const CANDIDATES: usize = 10;
/// Most tokens of a continuation in the page.
const MAX_TOKENS: usize = 1024;

/// What to continue.
#[derive(Deserialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct GenerateRequest {
    prompt: String,
    max_tokens: usize,
    /// Whether the model is asked as it was before every edit.
    #[serde(default)]
    unedited: bool,
}

/// A token that could come next.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct Candidate {
    id: u32,
    text: String,
    logit: f32,
    /// Softmax over the whole vocabulary, 0 to 1.
    probability: f64,
}

/// A greedy continuation.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct Generated {
    text: String,
    tokens: Vec<u32>,
    top: Vec<Candidate>,
    /// Control tokens in the prompt, which are read as such and not letter by letter.
    control_tokens: Vec<String>,
}

/// Continues `{prompt, max_tokens, unedited}` greedily; `on_progress` gets the text as it grows. With `unedited` the edits are taken back for
/// the question and put back after it.
///
/// # Errors
/// `usage`: no model is open. `text`: the prompt is empty or too long. `device`: the device failed. `cancelled`.
#[wasm_bindgen(unchecked_return_type = "Generated")]
pub async fn generate(
    #[wasm_bindgen(unchecked_param_type = "GenerateRequest")] request: JsValue,
    #[wasm_bindgen(unchecked_param_type = "OnProgress")] on_progress: Function,
) -> Result<JsValue, JsValue> {
    let answer = async {
        let ask: GenerateRequest = border::from_js("the request", request)?;
        border::to_js(&run(ask, &Watcher::begin(&on_progress)).await?)
    };
    answer.await.map_err(|error| border::failure(&error))
}

async fn run(ask: GenerateRequest, watcher: &Watcher<'_>) -> Result<Generated> {
    ensure!((1..=MAX_TOKENS).contains(&ask.max_tokens), Usage, "max_tokens: {} is not between 1 and {MAX_TOKENS}", ask.max_tokens);
    let mut held = OpenModel::take()?;
    let session = held.session()?;
    if ask.unedited {
        return session.unedited(async |session| continue_from(session, &ask, watcher).await).await;
    }
    continue_from(session, &ask, watcher).await
}

async fn continue_from(session: &Session, ask: &GenerateRequest, watcher: &Watcher<'_>) -> Result<Generated> {
    let tokenizer = session.tokenizer();
    let prompt = tokenizer.encode(&ask.prompt)?.ids;
    let mut stream = tokenizer.stream(&prompt);
    let mut decoder = Decoder::new(session.model());
    let mut generated =
        Generated { text: String::new(), tokens: Vec::new(), top: Vec::new(), control_tokens: tokenizer.control_tokens(&ask.prompt)? };
    let mut next = prompt;
    for step in 0..ask.max_tokens {
        let Some(logits) = decoder.feed(&[next]).await?.pop() else { break };
        if step == 0 {
            generated.top = candidates(&logits, |id| tokenizer.decode(&[id]))?;
        }
        let Some(&(token, _)) = top_k(&logits, 1).first() else { break };
        if session.end_tokens().contains(&token) {
            break;
        }
        generated.tokens.push(token);
        generated.text += &stream.push(token)?;
        let (done, total) = (step + 1, ask.max_tokens);
        watcher.tell(&Progress { stage: "generate", done, total, step: None, steps: None, text: Some(&generated.text), report: None });
        watcher.rest().await?;
        next = vec![token];
    }
    generated.text += &stream.finish()?;
    Ok(generated)
}

/// The likeliest tokens with their probabilities.
fn candidates(logits: &[f32], text: impl Fn(u32) -> Result<String>) -> Result<Vec<Candidate>> {
    let best = top_k(logits, CANDIDATES);
    let largest = best.first().map_or(0.0, |&(_, logit)| f64::from(logit));
    let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - largest).exp()).sum();
    best.into_iter()
        .map(|(id, logit)| Ok(Candidate { id, text: text(id)?, logit, probability: (f64::from(logit) - largest).exp() / sum }))
        .collect()
}
