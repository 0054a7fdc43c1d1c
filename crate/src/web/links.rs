//! The links that carry a Recipe. Where they name facts of the catalogue the page hands it over first, once.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use super::border;
use crate::facts::Catalogue;
use crate::recipe::{Recipe, link};
use crate::{Error, ErrorKind};

thread_local! {
    /// The catalogue that links are written and read with.
    static CATALOGUE: RefCell<Option<Catalogue>> = const { RefCell::new(None) };
}

/// Takes the catalogue that links are written and read with from now on.
///
/// # Errors
/// `data`: that is no catalogue.
#[wasm_bindgen]
pub fn use_catalogue(json: &str) -> Result<(), JsValue> {
    let catalogue = Catalogue::from_json(json).map_err(|error| border::failure(&error))?;
    CATALOGUE.set(Some(catalogue));
    Ok(())
}

/// Whether a link cannot be read without the catalogue.
#[wasm_bindgen]
pub fn link_refers(text: &str) -> bool {
    link::refers(text)
}

/// The fragment of the link that carries a Recipe, from `#` on.
///
/// # Errors
/// `data`: the recipe is not valid. `link`: it is too large.
#[wasm_bindgen]
pub fn encode_link(recipe: JsValue) -> Result<String, JsValue> {
    let encode = || {
        let recipe = Recipe::from_json(&border::text("the recipe", recipe)?)?;
        CATALOGUE.with_borrow(|catalogue| link::encode(&recipe, catalogue.as_ref()))
    };
    encode().map_err(|error| border::failure(&error))
}

/// The Recipe of a link.
///
/// # Errors
/// `link`: no link, damaged, made by a newer version, or with facts that the catalogue does not give.
#[wasm_bindgen]
pub fn decode_link(text: &str) -> Result<JsValue, JsValue> {
    let decode = || border::give(&CATALOGUE.with_borrow(|catalogue| link::decode(text, catalogue.as_ref()))?);
    decode().map_err(|error: Error| border::failure(&error))
}

/// What can be read of a link that `decode_link` refuses though it is whole.
///
/// # Errors
/// `link`: it is damaged, no link at all, or not refused.
#[wasm_bindgen]
pub fn outline_link(text: &str) -> Result<JsValue, JsValue> {
    let outline = || {
        let outline = CATALOGUE.with_borrow(|catalogue| link::outline(text, catalogue.as_ref()));
        border::give(&outline.ok_or_else(|| Error::new(ErrorKind::Link, "nothing of the link can be read"))?)
    };
    outline().map_err(|error| border::failure(&error))
}
