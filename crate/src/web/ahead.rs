//! Collecting the key statistics of the first edit before anybody asks for it.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::watch::Watcher;
use super::{OpenModel, border, given_statistics};
use crate::{Error, Result};

/// Collects the key statistics with which an edit by `recipe`'s method and settings begins in one of `languages`, in their order, where the page
/// gave none: the same as the edit would collect. What was collected when it is cancelled is kept. Of keys so wide that a set for every language
/// has no room, the first language's alone.
///
/// # Errors
/// `usage`: no model is open, or a setting is not legal. `device`: the device failed. `cancelled`.
#[wasm_bindgen]
pub async fn collect_statistics(
    #[wasm_bindgen(unchecked_param_type = "Recipe")] recipe: JsValue,
    languages: Vec<String>,
    #[wasm_bindgen(unchecked_param_type = "OnProgress")] on_progress: Function,
) -> Result<(), JsValue> {
    let collect = async {
        let recipe = border::recipe(recipe)?;
        let mut held = OpenModel::take()?;
        let session = held.session()?;
        if given_statistics(session, &recipe).is_some() {
            return Ok(());
        }
        session.collect_ahead(&recipe, &languages, &mut Watcher::begin(&on_progress)).await
    };
    collect.await.map_err(|error: Error| border::failure(&error))
}
