//! Putting Recipes together: from facts and settings, and from a Recipe and more facts.

use wasm_bindgen::prelude::*;

use super::{SESSION, border};
use crate::facts::{Fact, Order, Selection};
use crate::recipe::{Composition, Recipe, Session};
use crate::{Error, Result};

/// The Recipe of a [`Composition`] and its facts, languages in the order in which they first appear. Settings that the open model has anyway
/// are left out; without a model all stay.
///
/// # Errors
/// `usage`: a setting that is not legal, or not for the open model. `data`: a fact that is not valid.
#[wasm_bindgen(unchecked_return_type = "Recipe")]
pub fn compose(
    #[wasm_bindgen(unchecked_param_type = "Composition")] composition: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Fact[]")] facts: JsValue,
) -> Result<JsValue, JsValue> {
    let compose = || {
        let composition: Composition = border::from_js("the composition", composition)?;
        let facts: Vec<Fact> = border::from_js("the facts", facts)?;
        SESSION.with_borrow(|session| {
            let config = session.as_ref().map(Session::config);
            border::to_js(&composition.compose(&Selection::by_language(facts), config)?)
        })
    };
    answer(compose())
}

/// The Recipe with more facts, see [`Recipe::extend`].
///
/// # Errors
/// `usage`: `batch` is 0, or `order` unknown. `data`: the recipe or a fact is not valid.
#[wasm_bindgen(unchecked_return_type = "Recipe")]
pub fn extend(
    #[wasm_bindgen(unchecked_param_type = "Recipe")] recipe: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Fact[]")] facts: JsValue,
    batch: usize,
    #[wasm_bindgen(unchecked_param_type = "Order")] order: &str,
) -> Result<JsValue, JsValue> {
    let extend = || {
        let mut recipe = border::recipe(recipe)?;
        recipe.extend(border::from_js::<Vec<Fact>>("the facts", facts)?, batch, order.parse::<Order>()?)?;
        recipe.validate()?;
        border::to_js(&recipe)
    };
    answer(extend())
}

fn answer(result: Result<JsValue>) -> Result<JsValue, JsValue> {
    result.map_err(|error: Error| border::failure(&error))
}
