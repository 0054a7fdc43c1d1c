//! What the catalogue proposes: one fact in all languages, known facts to ask about beside it, and the load.

use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::border;
use super::catalogue::held;
use crate::facts::KnownScope;

/// A round of the load.
#[derive(Deserialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct LoadRound {
    /// From 0.
    round: usize,
    /// Ids of facts that are left out.
    avoid: Vec<String>,
}

/// `{fact, each, avoid, unknown}`: facts to ask about beside one that is edited, language by language; see
/// [`Catalogue::known_facts`](crate::facts::Catalogue::known_facts).
///
/// # Errors
/// `usage`: there is no catalogue. `data`: there is no such fact in it.
#[wasm_bindgen(unchecked_return_type = "KnownFact[]")]
pub fn known_facts(#[wasm_bindgen(unchecked_param_type = "KnownScope")] scope: JsValue) -> Result<JsValue, JsValue> {
    held(|catalogue| border::to_js(&catalogue.known_facts(&border::from_js::<KnownScope>("the choice", scope)?)?))
        .map_err(|error| border::failure(&error))
}

/// `{round, avoid}`: the edits of a round of the load, in all languages; see [`Catalogue::load`](crate::facts::Catalogue::load).
///
/// # Errors
/// `usage`: there is no catalogue, or no such round.
#[wasm_bindgen(unchecked_return_type = "Fact[]")]
pub fn load_facts(#[wasm_bindgen(unchecked_param_type = "LoadRound")] choice: JsValue) -> Result<JsValue, JsValue> {
    let load = held(|catalogue| {
        let LoadRound { round, avoid } = border::from_js("the choice", choice)?;
        border::to_js(&catalogue.load(round, &avoid)?)
    });
    load.map_err(|error| border::failure(&error))
}

/// The fact with that id in each language, with all other objects that it could get; see
/// [`Catalogue::in_languages`](crate::facts::Catalogue::in_languages).
///
/// # Errors
/// `usage`: there is no catalogue. `data`: there is no such fact in it.
#[wasm_bindgen(unchecked_return_type = "FactInLanguage[]")]
pub fn fact_in_languages(fact: &str) -> Result<JsValue, JsValue> {
    held(|catalogue| border::to_js(&catalogue.in_languages(fact, usize::MAX)?)).map_err(|error| border::failure(&error))
}
