//! Asking the model many short questions at once.

use js_sys::Function;
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::watch::Watcher;
use super::{OpenModel, border, run_input};
use crate::evaluate::{self, Answered};
use crate::facts::Probe;
use crate::recipe::{Activity, Evaluation, Observer, Recipe, RunInput, Session};
use crate::{Error, Result, ensure};

/// What to ask, and of which weights.
#[derive(Deserialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct AnswersRequest {
    /// Prompts with what the model said before; an empty answer asks openly.
    questions: Vec<Probe>,
    /// Edits under which the model is asked, in place of those that it has.
    recipe: Option<Recipe>,
    /// Whether the model is asked as it was before every edit.
    unedited: bool,
}

/// What the model says to `{questions, recipe, unedited}` now, one a question in order. Under a recipe it is asked as [`trial`](super::trial)
/// leaves it, and stays as it was; the recipe's new steps are kept aside. A question that cannot be asked has an `error`.
///
/// # Errors
/// `usage`: no model is open, or both a recipe and the unedited model are asked for. As [`edit`](super::edit) under a recipe. `device`: the
/// device failed. `cancelled`.
#[wasm_bindgen(unchecked_return_type = "Answered[]")]
pub async fn answers(
    #[wasm_bindgen(unchecked_param_type = "AnswersRequest")] request: JsValue,
    #[wasm_bindgen(unchecked_param_type = "OnProgress")] on_progress: Function,
) -> Result<JsValue, JsValue> {
    let answer = async {
        let request: AnswersRequest = border::from_js("the questions", request)?;
        border::to_js(&run(request, &mut Watcher::begin(&on_progress)).await?)
    };
    answer.await.map_err(|error: Error| border::failure(&error))
}

async fn run(AnswersRequest { questions, recipe, unedited }: AnswersRequest, watcher: &mut Watcher<'_>) -> Result<Vec<Answered>> {
    ensure!(recipe.is_none() || !unedited, Usage, "a recipe's edits and the unedited model cannot both be asked");
    let mut held = OpenModel::take()?;
    let session = held.session()?;
    match recipe {
        Some(recipe) => {
            recipe.validate()?;
            let ask = async |session: &Session, observer: &mut dyn Observer| ask(session, &questions, observer).await;
            let input = RunInput { evaluation: Evaluation::Nothing, ..run_input(session, recipe, Vec::new()) };
            Ok(session.trial_then(input, watcher, ask).await?.1)
        }
        None if unedited => session.unedited(async |session| ask(session, &questions, watcher).await).await,
        None => ask(session, &questions, watcher).await,
    }
}

async fn ask(session: &Session, questions: &[Probe], observer: &mut dyn Observer) -> Result<Vec<Answered>> {
    let progress = |done, total| {
        observer.progress(Activity::Evaluate, 0, 0, done, total);
        !observer.cancelled()
    };
    evaluate::answers(session.model(), session.tokenizer(), session.end_tokens(), questions, progress).await
}
