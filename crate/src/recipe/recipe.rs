//! The Recipe: everything that determines an experiment, and nothing else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::limits::{MAX_FACTS, MAX_LANGUAGES, MAX_NAME, MAX_PROBES, MAX_SEED, MAX_TEXT};
use crate::edit::{MergeSettings, Method, Mode, Projection, SettingName, Settings};
use crate::facts::{Fact, Order, Probe};
use crate::model::ModelConfig;
use crate::text::corpus::declaration_languages;
use crate::{Result, bail, ensure};

/// The version of the JSON form that this version writes, and the newest that it reads. In version 1 the weight of an edited key was a number of
/// samples of the statistics, and fewer models had published settings; before version 3 nothing was added to a covariance that is inverted, and
/// before version 4 a step had one stage. Such a recipe keeps its version and its meaning.
pub const RECIPE_VERSION: u32 = 4;
/// The model that a recipe is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(deny_unknown_fields)]
pub struct ModelRef {
    /// `builtin`, or the name that the checkpoint gives itself.
    pub name: String,
    /// Hex SHA-256 of the checkpoint; where present, a replay on other weights says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The key statistics that a recipe was run with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(deny_unknown_fields)]
pub struct StatisticsRef {
    /// Where they come from, in words (corpus, number of tokens).
    pub source: String,
    /// Hex SHA-256 of the statistics file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// An experiment. The page edits it, a link carries it, the engine runs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// [`RECIPE_VERSION`] of the writer.
    pub version: u32,
    /// Which model.
    pub model: ModelRef,
    /// How the edit is computed.
    pub method: Method,
    /// Formulas of the paper or of the public code.
    pub mode: Mode,
    /// How the projector follows the edits; with none, P = I.
    pub projection: Projection,
    /// Where present, the facts of each language are edited alone, from the unedited weights, whatever `order` and `steps` say, and the
    /// edits are merged like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(target_family = "wasm", tsify(optional, type = "MergeChoice"))]
    pub merge: Option<MergeSettings>,
    /// Settings that differ from the model's defaults, name to value, as `--set` takes them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// Seed of every random choice, at most 2^53 - 1.
    pub seed: u64,
    /// Languages in the order of the tables (ISO codes).
    pub languages: Vec<String>,
    /// How the facts were ordered.
    pub order: Order,
    /// Facts of one language in one step, at most.
    pub batch: usize,
    /// How many facts each step takes from `facts`, in order.
    pub steps: Vec<usize>,
    /// The facts, in the order of editing.
    pub facts: Vec<Fact>,
    /// Context templates by language, the bare prompt `{}` first; `None` where the engine is to make them from the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templates: Option<BTreeMap<String, Vec<String>>>,
    /// The statistics that it was run with, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<StatisticsRef>,
    /// What came out, rounded, where it was run: a replay is compared with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Digest>,
}

impl Recipe {
    /// A recipe without facts, in paper mode with the model's default settings.
    pub fn new(model: ModelRef, method: Method, seed: u64) -> Self {
        Self {
            version: RECIPE_VERSION,
            model,
            method,
            mode: Mode::Paper,
            projection: Projection::Exact,
            merge: None,
            settings: BTreeMap::new(),
            seed,
            languages: Vec::new(),
            order: Order::RoundRobin,
            batch: 1,
            steps: Vec::new(),
            facts: Vec::new(),
            templates: None,
            statistics: None,
            expected: None,
        }
    }

    /// The facts of each step, in order.
    pub fn step_facts(&self) -> impl Iterator<Item = &[Fact]> {
        let mut rest = self.facts.as_slice();
        self.steps.iter().map(move |&count| {
            let (step, later) = rest.split_at(count.min(rest.len()));
            rest = later;
            step
        })
    }

    /// The languages whose Declaration of Human Rights stands in for key statistics that are not given: those it was run with, where it was run
    /// so; else its own.
    pub fn corpus_languages(&self) -> Vec<String> {
        let held = self.statistics.as_ref();
        held.and_then(|held| declaration_languages(&held.source)).unwrap_or_else(|| self.languages.clone())
    }

    /// The settings that this recipe means on a model of these sizes.
    ///
    /// # Errors
    /// `Usage`: a setting that is not legal, or not for this model.
    pub fn resolve(&self, config: &ModelConfig) -> Result<Settings> {
        let defaults = if self.version < 2 { Settings::for_version_1 } else { Settings::for_mode };
        let mut settings = defaults(config, self.method, self.mode);
        for (name, value) in &self.settings {
            settings.set(name, value)?;
        }
        if self.version < 2 {
            settings.take_key_weight_of_version_1(self.settings.get("edited_key_weight").map(String::as_str), config)?;
        }
        if self.version < 3 && !self.settings.contains_key("mom2_ridge") {
            settings.mom2_ridge = 0.0;
        }
        let said = self.settings.contains_key("subject_layers");
        // How a step is divided is decided before the method sees it.
        if !self.method.spec().uses(SettingName::SubjectLayers) || self.version < 4 && !said {
            settings.subject_layers.clear();
        }
        if self.method.spec().uses(SettingName::Projection) {
            settings.projection = self.projection;
        }
        settings.check(config)?;
        settings.check_method(self.method)?;
        Ok(settings)
    }

    /// Takes over `settings` for a model of these sizes: mode, projection, and of the rest what the method reads and differs from the defaults.
    pub fn adopt(&mut self, settings: &Settings, config: &ModelConfig) {
        self.version = RECIPE_VERSION;
        self.mode = settings.mode;
        self.projection = settings.projection;
        let mut overrides = settings.overrides(&Settings::for_mode(config, self.method, self.mode));
        overrides.remove("projection");
        overrides.retain(|name, _| Settings::check_read(name, self.method).is_ok());
        self.settings = overrides;
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// `Data`: not this form, written by a newer version, or not valid.
    pub fn from_json(text: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        match serde_json::from_str::<Version>(text) {
            Ok(Version { version }) if version > RECIPE_VERSION => {
                bail!(Data, "recipe: format version {version} was made by a newer version, this one reads up to {RECIPE_VERSION}")
            }
            Ok(_) => {}
            Err(error) => bail!(Data, "recipe: {error}"),
        }
        let recipe: Self =
            serde_json::from_str(text).map_err(|error| crate::Error::new(crate::ErrorKind::Data, format!("recipe: {error}")))?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// Checks everything that can be checked without the model.
    ///
    /// # Errors
    /// `Data` naming the field, and the fact where it is one's.
    pub fn validate(&self) -> Result<()> {
        ensure!(
            (1..=RECIPE_VERSION).contains(&self.version),
            Data,
            "recipe.version: {} is not between 1 and {RECIPE_VERSION}",
            self.version
        );
        short("recipe.model.name", &self.model.name, 1, MAX_NAME)?;
        hash("recipe.model.sha256", self.model.sha256.as_deref())?;
        if let Some(merge) = &self.merge {
            let fits = merge.check().and_then(|()| MergeSettings::check_base(self.method));
            fits.map_err(|error| data(&error, "recipe"))?;
        }
        for (name, value) in &self.settings {
            ensure!(
                !matches!(name.as_str(), "mode" | "projection"),
                Data,
                "recipe.settings: `{name}` is a field of the recipe itself, not a setting of the list"
            );
            short("recipe.settings", value, 1, MAX_NAME)?;
            Settings::check_assignment(name, value).map_err(|error| data(&error, "recipe.settings"))?;
        }
        ensure!(self.seed <= MAX_SEED, Data, "recipe.seed: {} is above 2^53 - 1, which JavaScript cannot hold", self.seed);
        ensure!(self.languages.len() <= MAX_LANGUAGES, Data, "recipe.languages: {} are more than {MAX_LANGUAGES}", self.languages.len());
        for (i, language) in self.languages.iter().enumerate() {
            check_language("recipe.languages", language)?;
            ensure!(!self.languages.iter().take(i).any(|earlier| earlier == language), Data, "recipe.languages: `{language}` comes twice");
        }
        ensure!((1..=MAX_FACTS).contains(&self.batch), Data, "recipe.batch: {} is not between 1 and {MAX_FACTS}", self.batch);
        self.validate_facts()?;
        if let Some(templates) = &self.templates {
            check_templates(templates)?;
        }
        if let Some(statistics) = &self.statistics {
            short("recipe.statistics.source", &statistics.source, 0, MAX_TEXT)?;
            hash("recipe.statistics.sha256", statistics.sha256.as_deref())?;
        }
        self.expected.as_ref().map_or(Ok(()), Digest::validate)
    }

    fn validate_facts(&self) -> Result<()> {
        let count = self.facts.len();
        ensure!(count <= MAX_FACTS, Data, "recipe.facts: {count} are more than {MAX_FACTS}");
        ensure!(!self.steps.contains(&0), Data, "recipe.steps: a step without facts");
        let total = self.steps.iter().try_fold(0_usize, |sum, &step| sum.checked_add(step));
        ensure!(total == Some(count), Data, "recipe.steps: they take {} facts, the recipe has {count}", total.unwrap_or(usize::MAX));
        for (i, fact) in self.facts.iter().enumerate() {
            let at = |field: &str| format!("recipe.facts[{i}].{field}");
            check_language(&at("language"), &fact.language)?;
            ensure!(self.languages.contains(&fact.language), Data, "{}: `{}` is not among recipe.languages", at("language"), fact.language);
            short(&at("id"), &fact.id, 0, MAX_NAME)?;
            short(&at("subject"), &fact.subject, 0, MAX_TEXT)?;
            short(&at("prompt"), &fact.prompt, 1, MAX_TEXT)?;
            short(&at("new_object"), &fact.new_object, 1, MAX_TEXT)?;
            short(&at("true_object"), fact.true_object.as_deref().unwrap_or_default(), 0, MAX_TEXT)?;
            let few = |field: &str, count: usize| -> Result<()> {
                ensure!(count <= MAX_PROBES, Data, "{}: {count} are more than {MAX_PROBES}", at(field));
                Ok(())
            };
            few("rephrases", fact.rephrases.len())?;
            fact.rephrases.iter().try_for_each(|text| short(&at("rephrases"), text, 1, MAX_TEXT))?;
            for (field, probes) in
                [("neighbours", &fact.neighbours), ("same_subject", &fact.same_subject), ("portability", &fact.portability)]
            {
                few(field, probes.len())?;
                probes.iter().try_for_each(|Probe { prompt, answer }| {
                    short(&at(field), prompt, 1, MAX_TEXT)?;
                    short(&at(field), answer, 1, MAX_TEXT)
                })?;
            }
        }
        Ok(())
    }
}

/// Checks context templates: at least one a language, one `{}` in each, the bare prompt first.
///
/// # Errors
/// `Data` naming the language and the template.
pub fn check_templates(templates: &BTreeMap<String, Vec<String>>) -> Result<()> {
    ensure!(templates.len() <= MAX_LANGUAGES, Data, "templates: {} languages are more than {MAX_LANGUAGES}", templates.len());
    for (language, list) in templates {
        check_language("templates", language)?;
        let at = format!("templates.{language}");
        ensure!(list.first().is_some_and(|first| first == "{}"), Data, "{at}: the first template is the bare prompt `{{}}`");
        ensure!(list.len() <= MAX_PROBES, Data, "{at}: {} templates are more than {MAX_PROBES}", list.len());
        for (i, template) in list.iter().enumerate() {
            short(&at, template, 1, MAX_TEXT)?;
            ensure!(template.matches("{}").count() == 1, Data, "{at}[{i}]: a template holds `{{}}` exactly once, where the prompt goes");
        }
    }
    Ok(())
}

/// An ISO 639 code, possibly with a region: 2 to 8 characters of a-z and `-`.
fn check_language(at: &str, code: &str) -> Result<()> {
    let fits = (2..=8).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    ensure!(fits, Data, "{at}: `{}` is not a language code such as en", crate::edit::settings::parse::excerpt(code));
    Ok(())
}

fn short(at: &str, text: &str, least: usize, most: usize) -> Result<()> {
    ensure!(text.len() >= least, Data, "{at}: is empty");
    ensure!(text.len() <= most, Data, "{at}: {} bytes are more than {most}", text.len());
    Ok(())
}

fn hash(at: &str, hash: Option<&str>) -> Result<()> {
    let fits = hash.is_none_or(|hex| hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    ensure!(fits, Data, "{at}: is not 64 lower-case hex digits");
    Ok(())
}

fn data(error: &crate::Error, at: &str) -> crate::Error {
    let placed = crate::Error::new(crate::ErrorKind::Data, format!("{at}: {}", error.message()));
    match error.hint_text() {
        Some(hint) => placed.hint(hint),
        None => placed,
    }
}
