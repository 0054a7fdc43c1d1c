//! The links that carry a Recipe. Where they name facts of the catalogue the page hands it over first, once.

use wasm_bindgen::prelude::*;

use super::border;
use super::catalogue::with_catalogue;
use crate::recipe::{Recipe, link};
use crate::{Error, ErrorKind};

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
pub fn encode_link(#[wasm_bindgen(unchecked_param_type = "Recipe")] recipe: JsValue) -> Result<String, JsValue> {
    let encode = || {
        let recipe = border::recipe(recipe)?;
        with_catalogue(|catalogue| link::encode(&recipe, catalogue))
    };
    encode().map_err(|error| border::failure(&error))
}

/// The Recipe of a link.
///
/// # Errors
/// `link`: no link, damaged, made by a newer version, or with facts that the catalogue does not give.
#[wasm_bindgen(unchecked_return_type = "Recipe")]
pub fn decode_link(text: &str) -> Result<JsValue, JsValue> {
    let decode = || border::to_js(&with_catalogue(|catalogue| link::decode(text, catalogue))?);
    decode().map_err(|error: Error| border::failure(&error))
}

/// What can be read of a link that `decode_link` refuses though it is whole.
///
/// # Errors
/// `link`: it is damaged, no link at all, or not refused.
#[wasm_bindgen(unchecked_return_type = "Outline")]
pub fn outline_link(text: &str) -> Result<JsValue, JsValue> {
    let outline = || {
        let outline = with_catalogue(|catalogue| link::outline(text, catalogue));
        border::to_js(&outline.ok_or_else(|| Error::new(ErrorKind::Link, "nothing of the link can be read"))?)
    };
    outline().map_err(|error| border::failure(&error))
}
