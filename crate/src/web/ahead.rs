//! Preparing the first edit before anybody asks for it.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::watch::Watcher;
use super::{OpenModel, border, given_statistics};
use crate::{Error, Result};

/// Works out what an edit by `recipe`'s method and settings begins with, in one of `languages`, in their order: key statistics where the page gave
/// none, null spaces, context templates. The edit is the same as without. What was finished when it is cancelled is kept.
///
/// # Errors
/// `usage`: no model is open, or a setting is not legal. `device`: the device failed. `cancelled`.
#[wasm_bindgen]
pub async fn prepare_ahead(
    #[wasm_bindgen(unchecked_param_type = "Recipe")] recipe: JsValue,
    languages: Vec<String>,
    #[wasm_bindgen(unchecked_param_type = "OnProgress")] on_progress: Function,
) -> Result<(), JsValue> {
    let prepare = async {
        let recipe = border::recipe(recipe)?;
        let mut held = OpenModel::take()?;
        let session = held.session()?;
        let given = given_statistics(session, &recipe).map(|given| given.statistics);
        session.prepare_ahead(&recipe, &languages, given, &mut Watcher::begin(&on_progress)).await
    };
    prepare.await.map_err(|error: Error| border::failure(&error))
}
