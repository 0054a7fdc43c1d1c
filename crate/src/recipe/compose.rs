//! Putting a Recipe together, and giving it more facts: the one way for flags, an experiment's cells, lessons and the page.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ModelRef, Recipe};
use crate::edit::{MergeSettings, Method, Mode, Settings};
use crate::facts::{self, Fact, Order, Selection};
use crate::model::ModelConfig;
use crate::{Result, ensure};

/// Everything that makes a Recipe but its facts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(deny_unknown_fields)]
pub struct Composition {
    /// Which model.
    pub model: ModelRef,
    /// How the edit is computed.
    pub method: Method,
    /// Formulas of the paper or of the public code.
    #[serde(default)]
    pub mode: Mode,
    /// Settings, name to value, as `--set` takes them; the projection is one of them.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// How the languages' separate edits are merged, where they are.
    #[serde(default)]
    #[cfg_attr(target_family = "wasm", tsify(optional, type = "MergeChoice"))]
    pub merge: Option<MergeSettings>,
    /// Seed of every random choice.
    #[serde(default)]
    pub seed: u64,
    /// Order of the steps.
    #[serde(default)]
    pub order: Order,
    /// Facts of one language in one step, at most.
    pub batch: usize,
    /// Context templates by language, where they are given.
    #[serde(default)]
    pub templates: Option<BTreeMap<String, Vec<String>>>,
}

impl Composition {
    /// Paper mode, default settings, seed 0, languages in turn.
    pub fn new(model: ModelRef, method: Method, batch: usize) -> Self {
        Self {
            model,
            method,
            mode: Mode::default(),
            settings: BTreeMap::new(),
            merge: None,
            seed: 0,
            order: Order::default(),
            batch,
            templates: None,
        }
    }

    /// The Recipe that edits these facts. For a model of known sizes its settings are checked, and those that the model has anyway left out.
    /// Settings that the method does not read are left out.
    ///
    /// # Errors
    /// `Usage`: a setting that is not legal, or not for this model or method; a batch of 0. `Data`: something else is not valid, a fact say.
    pub fn compose(mut self, facts: &Selection, config: Option<&ModelConfig>) -> Result<Recipe> {
        ensure!(!self.settings.contains_key("mode"), Usage, "settings: the mode is chosen beside them, not among them");
        for (name, value) in &self.settings {
            Settings::check_assignment(name, value)?;
        }
        self.settings.retain(|name, _| Settings::check_read(name, self.method).is_ok());
        if Settings::check_read("mode", self.method).is_err() {
            self.mode = Mode::default();
        }
        let mut recipe =
            Recipe { mode: self.mode, merge: self.merge, templates: self.templates, ..Recipe::new(self.model, self.method, self.seed) };
        recipe.schedule(facts, self.batch, self.order)?;
        match config {
            Some(config) => {
                let mut settings = Settings::for_mode(config, recipe.method, recipe.mode);
                self.settings.iter().try_for_each(|(name, value)| settings.set(name, value))?;
                settings.check(config)?;
                settings.check_method(recipe.method)?;
                recipe.adopt(&settings, config);
            }
            None => {
                recipe.settings = self.settings;
                if let Some(projection) = recipe.settings.remove("projection") {
                    recipe.projection = projection.parse()?;
                }
            }
        }
        recipe.validate()?;
        Ok(recipe)
    }
}

impl Recipe {
    /// Replaces the facts and languages by those of `selection`, in steps of at most `batch` facts. White space and invisible characters around
    /// their texts are left out.
    ///
    /// # Errors
    /// `Usage`: `batch` is 0.
    pub fn schedule(&mut self, selection: &Selection, batch: usize, order: Order) -> Result<()> {
        let steps = facts::order(selection, batch, order)?;
        self.languages.clone_from(&selection.languages);
        self.facts.clear();
        self.steps.clear();
        for step in steps {
            self.push_step(step.facts.into_iter().map(Fact::tidied));
        }
        (self.batch, self.order) = (batch, order);
        Ok(())
    }

    /// Puts `facts` behind those that are there, in steps of at most `batch` facts, languages in the order in which they first appear. What
    /// was expected of the recipe holds no longer. The facts' texts are tidied as by [`schedule`](Self::schedule).
    ///
    /// # Errors
    /// `Usage`: `batch` is 0.
    pub fn extend(&mut self, facts: Vec<Fact>, batch: usize, order: Order) -> Result<()> {
        let steps = facts::order(&Selection::by_language(facts), batch, order)?;
        // Templates that were given hold for the languages that they name; with another one all are made anew.
        let facts = || steps.iter().flat_map(|step| &step.facts);
        let unnamed = |templates: &BTreeMap<String, Vec<String>>| facts().any(|fact| !templates.contains_key(&fact.language));
        if self.templates.as_ref().is_some_and(unnamed) {
            self.templates = None;
        }
        if !steps.is_empty() {
            self.expected = None;
        }
        for step in steps {
            self.push_step(step.facts.into_iter().map(Fact::tidied));
        }
        Ok(())
    }

    /// Appends a step, with its languages.
    pub fn push_step(&mut self, facts: impl IntoIterator<Item = Fact>) {
        let before = self.facts.len();
        for fact in facts {
            if !self.languages.contains(&fact.language) {
                self.languages.push(fact.language.clone());
            }
            self.facts.push(fact);
        }
        let count = self.facts.len() - before;
        if count > 0 {
            self.steps.push(count);
            self.batch = self.batch.max(count);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::edit::Projection;
    use crate::recipe::Digest;

    fn fact(id: usize, language: &str) -> Fact {
        let [subject, prompt, new_object] = ["S", "S is", "o"].map(str::to_owned);
        Fact { id: id.to_string(), language: language.to_owned(), subject, prompt, new_object, ..Fact::default() }
    }

    fn composed(settings: &[(&str, &str)]) -> Result<Recipe> {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let model = ModelRef { name: "m".to_owned(), sha256: None };
        let facts = [("de", 0), ("en", 0), ("de", 1), ("de", 2)].map(|(language, id)| fact(id, language));
        Composition { settings, ..Composition::new(model, Method::LangEdit, 2) }.compose(&Selection::by_language(facts), None)
    }

    #[test]
    fn facts_are_scheduled_by_language_as_they_come() {
        let recipe = composed(&[("projection", "tracked"), ("nullspace_threshold", "3%")]).unwrap();
        assert_eq!((recipe.languages.join(","), recipe.steps.as_slice(), recipe.batch), ("de,en".to_owned(), &[2, 1, 1][..], 2));
        assert_eq!(recipe.facts.iter().map(|fact| format!("{}{}", fact.language, fact.id)).collect::<String>(), "de0de1en0de2");
        assert_eq!((recipe.projection, recipe.settings.len()), (Projection::Tracked, 1));
    }

    #[test]
    fn what_is_not_legal_is_refused_without_a_model_too() {
        for (name, value) in [("mode", "repo"), ("projection", "some"), ("v_lr", "much"), ("speed", "1")] {
            assert!(composed(&[(name, value)]).is_err(), "{name}");
        }
    }

    #[test]
    fn more_facts_keep_templates_of_their_languages_only() {
        let mut recipe = composed(&[]).unwrap();
        let named = |languages: &[&str]| Some(languages.iter().map(|code| ((*code).to_owned(), vec!["{}".to_owned()])).collect());
        (recipe.templates, recipe.expected) = (named(&["de", "en"]), Some(Digest::default()));
        recipe.extend(Vec::new(), 1, Order::RoundRobin).unwrap();
        assert!(recipe.expected.is_some());
        recipe.extend(vec![fact(3, "en"), fact(3, "de"), fact(4, "en")], 1, Order::ByLanguage).unwrap();
        assert_eq!((recipe.steps.as_slice(), recipe.batch, recipe.expected.as_ref()), (&[2, 1, 1, 1, 1, 1][..], 2, None));
        assert!(recipe.templates.is_some());
        let typed = Fact { new_object: "\u{200b}o\u{feff} ".to_owned(), ..fact(4, "en") };
        recipe.extend(vec![typed], 1, Order::RoundRobin).unwrap();
        assert_eq!(recipe.facts.pop(), Some(fact(4, "en")), "what nobody sees is not edited in");
        recipe.steps.pop();
        recipe.extend(vec![fact(5, "zh"), fact(6, "zh"), fact(7, "zh")], 3, Order::RoundRobin).unwrap();
        assert_eq!((recipe.templates, recipe.batch, recipe.languages.join(",")), (None, 3, "de,en,zh".to_owned()));
        assert!(composed(&[]).unwrap().extend(Vec::new(), 0, Order::RoundRobin).is_err());
    }
}
