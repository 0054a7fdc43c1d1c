//! The catalogue of facts: everything in it at a glance, and the facts that a choice from it makes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::border;
use crate::facts::{Catalogue, Fact};
use crate::{Error, ErrorKind, Result};

thread_local! {
    /// The one catalogue: facts are chosen from it, links written and read with it, questions looked for in it.
    static CATALOGUE: RefCell<Option<Catalogue>> = const { RefCell::new(None) };
}

pub(super) fn with_catalogue<R>(use_it: impl FnOnce(Option<&Catalogue>) -> R) -> R {
    CATALOGUE.with_borrow(|catalogue| use_it(catalogue.as_ref()))
}

/// The catalogue, where one was given; `usage` otherwise.
pub(super) fn held<R>(use_it: impl FnOnce(&Catalogue) -> Result<R>) -> Result<R> {
    with_catalogue(|catalogue| use_it(catalogue.ok_or_else(|| Error::new(ErrorKind::Usage, "the engine has no catalogue of facts"))?))
}

/// Takes the catalogue that everything here works with from now on.
///
/// # Errors
/// `data`: that is no catalogue.
#[wasm_bindgen]
pub fn use_catalogue(json: &str) -> Result<(), JsValue> {
    let catalogue = Catalogue::from_json(json).map_err(|error| border::failure(&error))?;
    CATALOGUE.set(Some(catalogue));
    Ok(())
}

/// Whether the catalogue asks a text, and how: `{kind: "verbatim" | "meant" | "absent", prompt?}`; nothing without a catalogue.
///
/// # Errors
/// It cannot cross to JavaScript.
#[wasm_bindgen(unchecked_return_type = "Question | null")]
pub fn question(text: &str) -> Result<JsValue, JsValue> {
    with_catalogue(|catalogue| border::to_js(&catalogue.map(|catalogue| catalogue.question(text))))
        .map_err(|error: Error| border::failure(&error))
}

/// The catalogue as the page shows it.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object, rename = "Catalogue")]
struct Contents<'a> {
    languages: &'a [String],
    relations: Vec<&'a str>,
    facts: Vec<CatalogueEntry<'a>>,
}

#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct CatalogueEntry<'a> {
    id: &'a str,
    relation: &'a str,
    names: BTreeMap<&'a str, CatalogueNames<'a>>,
    /// Languages in which the embedded model was not taught it.
    withheld: &'a [String],
}

#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct CatalogueNames<'a> {
    subject: &'a str,
    object: &'a str,
}

/// A fact and those whose objects it is to get.
#[derive(Deserialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct CatalogueChoice {
    fact: String,
    /// One for all languages, or the first for the first language and so on, from the first again where there are fewer.
    objects: Vec<String>,
    languages: Vec<String>,
}

/// Everything in the catalogue: `{languages, relations, facts: [{id, relation, names, withheld}]}`.
///
/// # Errors
/// `usage`: there is no catalogue.
#[wasm_bindgen(unchecked_return_type = "Catalogue")]
pub fn catalogue() -> Result<JsValue, JsValue> {
    let list = |catalogue: &Catalogue| {
        border::to_js(&Contents {
            languages: &catalogue.languages,
            relations: catalogue.relations.iter().map(|relation| relation.id.as_str()).collect(),
            facts: catalogue
                .facts
                .iter()
                .map(|fact| CatalogueEntry {
                    id: &fact.id,
                    relation: &fact.relation,
                    names: fact
                        .names
                        .iter()
                        .map(|(language, names)| (language.as_str(), CatalogueNames { subject: &names.subject, object: &names.object }))
                        .collect(),
                    withheld: &fact.withheld,
                })
                .collect(),
        })
    };
    held(list).map_err(|error| border::failure(&error))
}

/// The facts of `[{fact, objects, languages}]`, `fact` and `objects` being ids of one relation: in each language the main wording, the held-out
/// ones as rephrases, and the facts that follow in the relation as neighbours.
///
/// # Errors
/// `usage`: there is no catalogue. `data`: an id or a language that is not in it.
#[wasm_bindgen(unchecked_return_type = "Fact[]")]
pub fn catalogue_facts(#[wasm_bindgen(unchecked_param_type = "CatalogueChoice[]")] choices: JsValue) -> Result<JsValue, JsValue> {
    let choose = |catalogue: &Catalogue| {
        let choices: Vec<CatalogueChoice> = border::from_js("the choice", choices)?;
        let each = choices.iter().flat_map(|choice| choice.languages.iter().zip(choice.objects.iter().cycle()).map(move |of| (choice, of)));
        border::to_js(
            &each.map(|(choice, (language, object))| fact(catalogue, &choice.fact, object, language)).collect::<Result<Vec<_>>>()?,
        )
    };
    held(choose).map_err(|error| border::failure(&error))
}

/// The facts with the questions that the catalogue has for them, see [`Catalogue::completed`]; as they are without a catalogue.
///
/// # Errors
/// `data`: they are no facts.
#[wasm_bindgen(unchecked_return_type = "Fact[]")]
pub fn complete_facts(#[wasm_bindgen(unchecked_param_type = "Fact[]")] facts: JsValue) -> Result<JsValue, JsValue> {
    let complete = || {
        let facts: Vec<Fact> = border::from_js("the facts", facts)?;
        with_catalogue(|catalogue| match catalogue {
            Some(catalogue) => border::to_js(&facts.into_iter().map(|fact| catalogue.completed(fact)).collect::<Vec<Fact>>()),
            None => border::to_js(&facts),
        })
    };
    complete().map_err(|error: Error| border::failure(&error))
}

fn fact(catalogue: &Catalogue, id: &str, donor: &str, language: &str) -> Result<Fact> {
    let missing = |id: &str| Error::new(ErrorKind::Data, format!("the catalogue has no `{id}` in `{language}`"));
    let index = catalogue.index(id).ok_or_else(|| missing(id))?;
    let from = catalogue.index(donor).and_then(|donor| catalogue.facts.get(donor)).ok_or_else(|| missing(donor))?;
    let object = &from.names.get(language).ok_or_else(|| missing(donor))?.object;
    catalogue.chosen(index, object, language).ok_or_else(|| missing(id))
}
