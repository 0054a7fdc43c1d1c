//! What the page asks without computing on the device: tokens, the edited token, methods, settings, facts of a file.

use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::{OpenModel, border};
use crate::edit::settings::{FIELDS, SettingName};
use crate::edit::{MergeMethod, Method, Mode, Projection, Settings};
use crate::facts::{self, Fact, Skipped};
use crate::text::{Encoding, MatchKind, Tokenizer, locate_subject, occurrences};
use crate::{Error, Result};

/// A token with its text.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct Token {
    id: u32,
    text: String,
    /// Whether it is a control token, which the text writes out.
    control: bool,
}

/// The tokens of a prompt and the one that carries the edit.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct Located {
    tokens: Vec<Token>,
    /// Positions of the subject's tokens: first, and one behind the last.
    subject: [usize; 2],
    /// How the subject was found.
    found: MatchKind,
    /// How often it stands in the prompt as a word; the first place counts.
    times: usize,
}

/// What can be chosen, independent of the model.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct Choices {
    methods: Vec<MethodChoice>,
    merges: &'static [MergeMethod],
    modes: &'static [Mode],
    projections: &'static [Projection],
}

/// What the page has to know of a method.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct MethodChoice {
    name: Method,
    /// Whether its updates are projected onto a null space.
    projects: bool,
    /// Whether edits that it made apart can be merged.
    merges: bool,
    /// The settings that it reads.
    settings: Vec<SettingName>,
}

/// One setting of a recipe on the open model.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct Setting {
    name: SettingName,
    /// What it is.
    value: String,
    /// What it would be if the recipe did not set it.
    default: String,
}

/// The facts of a file.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct FactsRead<'a> {
    facts: Vec<&'a Fact>,
    /// Records that could not be read or are too large, and why.
    skipped: Vec<Skipped>,
}

/// How the open model's tokenizer cuts a text: `[{id, text, control}]`.
///
/// # Errors
/// `usage`: no model is open. `text`: the vocabulary cannot express the text.
#[wasm_bindgen(unchecked_return_type = "Token[]")]
pub fn tokens(text: &str) -> Result<JsValue, JsValue> {
    let cut = || {
        let mut held = OpenModel::take()?;
        let tokenizer = held.session()?.tokenizer();
        border::to_js(&spell(tokenizer, text, tokenizer.encode(text)?)?)
    };
    answered(cut())
}

/// The tokens of a prompt, and which of them are the subject: `{tokens, subject: [from, to], found, times}`.
///
/// # Errors
/// `usage`: no model is open. `text`: the prompt is empty, or the vocabulary cannot express it.
#[wasm_bindgen(unchecked_return_type = "Located")]
pub fn locate(prompt: &str, subject: &str) -> Result<JsValue, JsValue> {
    let locate = || {
        let mut held = OpenModel::take()?;
        let tokenizer = held.session()?.tokenizer();
        let span = locate_subject(tokenizer, prompt, subject, "{}")?;
        let tokens = spell(tokenizer, prompt, tokenizer.encode(prompt)?)?;
        border::to_js(&Located {
            tokens,
            subject: [span.tokens.start, span.tokens.end],
            found: span.match_kind,
            times: occurrences(prompt, subject),
        })
    };
    answered(locate())
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
            Ok(Token { id, text, control: to > from && tokenizer.is_control(id) })
        })
        .collect()
}

/// The methods, the ways to merge, and the choices of the settings that are one of a few names.
///
/// # Errors
/// Never, but for a value that cannot cross to JavaScript.
#[wasm_bindgen(unchecked_return_type = "Choices")]
pub fn methods() -> Result<JsValue, JsValue> {
    let of = |&name: &Method| {
        let spec = name.spec();
        let settings = FIELDS.iter().map(|field| field.setting).filter(|&setting| spec.uses(setting)).collect();
        MethodChoice { name, projects: spec.projects, merges: spec.merges, settings }
    };
    let methods = Method::ALL.iter().map(of).collect();
    answered(border::to_js(&Choices { methods, merges: MergeMethod::ALL, modes: Mode::ALL, projections: Projection::ALL }))
}

/// The settings of a recipe's method on the open model, and those that the recipe sets all the same: `[{name, value, default}]`.
///
/// # Errors
/// `usage`: no model is open, or a setting is not legal. `data`: the recipe is not valid.
#[wasm_bindgen(unchecked_return_type = "Setting[]")]
pub fn settings(#[wasm_bindgen(unchecked_param_type = "Recipe")] recipe: JsValue) -> Result<JsValue, JsValue> {
    let resolve = || {
        let recipe = border::recipe(recipe)?;
        let mut held = OpenModel::take()?;
        let config = held.session()?.config();
        let (own, base) = (recipe.resolve(config)?, Settings::for_mode(config, recipe.method, recipe.mode));
        let shown = FIELDS.iter().filter(|field| recipe.method.spec().uses(field.setting) || recipe.settings.contains_key(field.name));
        let list = shown.map(|field| Ok(Setting { name: field.setting, value: own.get(field.name)?, default: base.get(field.name)? }));
        border::to_js(&list.collect::<Result<Vec<_>>>()?)
    };
    answered(resolve())
}

/// The facts in a text of JSON lines or a JSON array, in any layout that the command reads: `{facts, skipped}`.
///
/// # Errors
/// `data` naming the line or the record.
#[wasm_bindgen(unchecked_return_type = "FactsRead")]
pub fn read_facts(text: &str) -> Result<JsValue, JsValue> {
    let read = || {
        let dataset = facts::read_facts(text.as_bytes(), None)?;
        // The page says in the reader's language what is empty.
        let too_large = |fact: &&Fact| if fact.missing().is_none() { fact.problem() } else { None };
        let large = dataset
            .facts()
            .filter_map(|fact| Some(Skipped { id: fact.id.clone(), language: fact.language.clone(), reason: too_large(&fact)? }));
        let skipped = dataset.unread().cloned().chain(large).collect();
        border::to_js(&FactsRead { facts: dataset.facts().filter(|fact| too_large(fact).is_none()).collect(), skipped })
    };
    answered(read())
}

fn answered(answer: Result<JsValue>) -> Result<JsValue, JsValue> {
    answer.map_err(|error: Error| border::failure(&error))
}
