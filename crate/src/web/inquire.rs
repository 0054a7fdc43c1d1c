//! What the page asks without computing on the device: tokens, the edited token, methods, settings, facts of a file.

use std::collections::BTreeMap;

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{Held, border};
use crate::edit::settings::FIELDS;
use crate::edit::{FactToken, Method, Mode, Projection, Settings};
use crate::facts::{self, Fact};
use crate::recipe::Recipe;
use crate::text::{Encoding, MatchKind, Tokenizer, locate_subject};
use crate::{Error, Result};

/// A token with its text.
#[derive(Serialize)]
struct Token {
    id: u32,
    text: String,
}

/// The tokens of a prompt and the one that carries the edit.
#[derive(Serialize)]
struct Located {
    tokens: Vec<Token>,
    /// Positions of the subject's tokens: first, and one behind the last.
    subject: [usize; 2],
    /// How the subject was found.
    found: MatchKind,
}

/// What can be chosen, independent of the model.
#[derive(Serialize)]
struct Choices {
    methods: Vec<&'static str>,
    modes: Vec<&'static str>,
    projections: Vec<&'static str>,
    fact_tokens: Vec<&'static str>,
}

/// One setting of a recipe on the open model.
#[derive(Serialize)]
struct Setting {
    name: &'static str,
    /// What it may be.
    legal: &'static str,
    /// What it is.
    value: String,
    /// What it would be if the recipe did not set it.
    default: String,
}

/// How the open model's tokenizer cuts a text: `[{id, text}]`.
///
/// # Errors
/// `usage`: no model is open. `text`: the vocabulary cannot express the text.
#[wasm_bindgen]
pub fn tokens(text: &str) -> Result<JsValue, JsValue> {
    let cut = || {
        let mut held = Held::take()?;
        let tokenizer = held.session()?.tokenizer();
        border::give(&spell(tokenizer, text, tokenizer.encode(text)?)?)
    };
    give(cut())
}

/// The tokens of a prompt, and which of them are the subject: `{tokens, subject: [from, to], found}`.
///
/// # Errors
/// `usage`: no model is open. `text`: the prompt is empty, or the vocabulary cannot express it.
#[wasm_bindgen]
pub fn locate(prompt: &str, subject: &str) -> Result<JsValue, JsValue> {
    let locate = || {
        let mut held = Held::take()?;
        let tokenizer = held.session()?.tokenizer();
        let span = locate_subject(tokenizer, prompt, subject, "{}")?;
        let tokens = spell(tokenizer, prompt, tokenizer.encode(prompt)?)?;
        border::give(&Located { tokens, subject: [span.tokens.start, span.tokens.end], found: span.match_kind })
    };
    give(locate())
}

/// The tokens with the text that they stand for; where a character is cut into several tokens, each shows the whole of it.
fn spell(tokenizer: &Tokenizer, text: &str, encoding: Encoding) -> Result<Vec<Token>> {
    let spans = encoding.ids.into_iter().zip(encoding.offsets);
    spans
        .map(|(id, (from, to))| {
            let text = match text.get(from..to) {
                Some(slice) if !slice.is_empty() => slice.to_owned(),
                _ => tokenizer.decode(&[id])?,
            };
            Ok(Token { id, text })
        })
        .collect()
}

/// The methods, and the choices of the settings that are one of a few names.
///
/// # Errors
/// Never, but for a value that cannot cross to JavaScript.
#[wasm_bindgen]
pub fn methods() -> Result<JsValue, JsValue> {
    give(border::give(&Choices {
        methods: Method::ALL.iter().map(|method| method.name()).collect(),
        modes: Mode::ALL.iter().map(|mode| mode.name()).collect(),
        projections: Projection::ALL.iter().map(|projection| projection.name()).collect(),
        fact_tokens: FactToken::ALL.iter().map(|token| token.name()).collect(),
    }))
}

/// The settings that a recipe means on the open model: `[{name, legal, value, default}]`.
///
/// # Errors
/// `usage`: no model is open, or a setting is not legal. `data`: the recipe is not valid.
#[wasm_bindgen]
pub fn settings(recipe: JsValue) -> Result<JsValue, JsValue> {
    let resolve = || {
        let recipe = Recipe::from_json(&border::text("the recipe", recipe)?)?;
        let mut held = Held::take()?;
        let config = held.session()?.config();
        let (own, base) = (recipe.resolve(config)?, Settings::for_mode(config, recipe.method, recipe.mode));
        let list = FIELDS
            .iter()
            .map(|field| Ok(Setting { name: field.name, legal: field.legal, value: own.get(field.name)?, default: base.get(field.name)? }));
        border::give(&list.collect::<Result<Vec<_>>>()?)
    };
    give(resolve())
}

/// The facts in a text of JSON lines or a JSON array, in any layout that the command reads: `{facts, languages}`.
///
/// # Errors
/// `data` naming the line or the record.
#[wasm_bindgen]
pub fn read_facts(text: &str) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    struct Read<'a> {
        facts: Vec<&'a Fact>,
        languages: BTreeMap<&'a str, usize>,
    }
    let read = || {
        let dataset = facts::read_facts(text.as_bytes(), None)?;
        border::give(&Read { facts: dataset.facts().collect(), languages: dataset.languages() })
    };
    give(read())
}

fn give(answer: Result<JsValue>) -> Result<JsValue, JsValue> {
    answer.map_err(|error: Error| border::failure(&error))
}
