//! What an experiment is: models, methods, orders, seeds and merges, every combination of which is a cell. `langedit experiment` runs its cells,
//! `langedit report` reads them.

mod cell;
mod layout;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::arguments::{check_languages, parse_language};
use crate::edit::methods::Needs;
use crate::edit::settings::parse::unknown_name;
use crate::edit::{MergeSettings, Method, Mode, Settings};
use crate::evaluate::xtreme::Task;
use crate::facts::Order;
use crate::recipe::MAX_FACTS;
use crate::{Error, ErrorKind, Result, ensure};
use cell::slug;

pub use cell::Cell;
pub(super) use cell::merge_name;
pub(super) use layout::{CELLS, DEFINITION, FAILED};

/// The built-in definitions, by name.
const SHIPPED: [(&str, &str); 3] = [
    ("langedit-table", include_str!("../../../static/experiments/langedit-table.json")),
    ("interference", include_str!("../../../static/experiments/interference.json")),
    ("merging-table", include_str!("../../../static/experiments/merging-table.json")),
];

/// Most cells in one experiment.
const MAX_CELLS: usize = 10_000;

/// An experiment of many runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Short name, a-z, digits and hyphens: the folder's default name begins with it.
    pub name: String,
    /// Heading of the page of results.
    pub title: String,
    /// What it shows and where it comes from.
    pub about: String,
    /// As in `--model`.
    pub models: Vec<String>,
    /// As in `--data`.
    pub data: String,
    /// In the order of editing.
    pub languages: Vec<String>,
    /// Facts per language.
    pub facts: usize,
    /// Facts of one step.
    pub batch: usize,
    /// Methods of sequential editing.
    pub methods: Vec<Method>,
    /// Orders of the steps.
    pub orders: Vec<Order>,
    /// Seeds; the tables give mean and spread over them.
    pub seeds: Vec<u64>,
    /// Formulas of LangEdit.
    #[serde(default)]
    pub mode: Mode,
    /// Settings that differ from the models' defaults, as in `--set`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// Questions per language, asked after each step, about facts of the embedded catalogue that are not edited, as in `--recall`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<usize>,
    /// Downstream tasks, scored before and after each cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xtreme: Option<Downstream>,
    /// Whether each method is also run on each language's facts alone, which shows what the other languages cost.
    #[serde(default)]
    pub monolingual: bool,
    /// Separate edits and their merges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merging: Option<Merging>,
}

/// The downstream tasks of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Downstream {
    /// Folder of the items, as in `--xtreme`.
    pub folder: String,
    /// Tasks, as in `--tasks`.
    #[serde(default = "all_tasks")]
    pub tasks: Vec<Task>,
    /// Items per task and language, as in `--examples`.
    #[serde(default = "hundred")]
    pub examples: usize,
}

fn all_tasks() -> Vec<Task> {
    Task::ALL.to_vec()
}

fn hundred() -> usize {
    100
}

/// The part of an experiment that merges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merging {
    /// Methods of the separate edits, each one whose edits can be merged.
    pub methods: Vec<Method>,
    /// How the edits are merged, each a cell.
    pub merges: Vec<MergeSettings>,
    /// Scales at which each cell's edits are measured beside its own.
    #[serde(default)]
    pub sweep_scales: Vec<f64>,
    /// Rank ratios at which they are.
    #[serde(default)]
    pub sweep_rank_ratios: Vec<f64>,
}

impl Merging {
    /// The merges that a cell is measured under beside its own.
    pub fn variants(&self, of: &MergeSettings) -> Vec<MergeSettings> {
        if self.sweep_scales.is_empty() && self.sweep_rank_ratios.is_empty() {
            return Vec::new();
        }
        let or = |list: &[f64], value: f64| if list.is_empty() { vec![value] } else { list.to_vec() };
        let scales = or(&self.sweep_scales, of.scale);
        let ratios = or(&self.sweep_rank_ratios, of.rank_ratio);
        ratios.into_iter().flat_map(|rank_ratio| scales.iter().map(move |&scale| MergeSettings { scale, rank_ratio, ..*of })).collect()
    }
}

impl Definition {
    /// Reads a definition. Its member `small` has the fields that differ at the small scale.
    ///
    /// # Errors
    /// `Data`: not this format, or a value out of range. `Usage`: there is no small scale and it was asked for.
    pub fn from_json(text: &str, small: bool) -> Result<Self> {
        let invalid = |error: serde_json::Error| Error::new(ErrorKind::Data, format!("experiment: {error}"));
        let mut value: Value = serde_json::from_str(text).map_err(invalid)?;
        let fields = value.as_object_mut().ok_or_else(|| Error::new(ErrorKind::Data, "experiment: this is not a JSON object"))?;
        let changes = fields.remove("small");
        if small {
            let Some(Value::Object(changes)) = changes else {
                return Err(Error::new(ErrorKind::Usage, "the experiment has no small scale").hint("--scale full"));
            };
            fields.extend(changes);
        }
        let definition: Self = serde_json::from_value(value).map_err(invalid)?;
        definition.check()?;
        Ok(definition)
    }

    /// The text of the built-in definition called `name`.
    ///
    /// # Errors
    /// `Usage` with the names that exist.
    pub fn shipped(name: &str) -> Result<&'static str> {
        let names = SHIPPED.map(|(name, _)| name);
        SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text).ok_or_else(|| unknown_name("experiment", name, &names))
    }

    /// The names of the built-in definitions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Checks everything that needs no model and no data.
    ///
    /// # Errors
    /// `Data` naming the field.
    pub fn check(&self) -> Result<()> {
        ensure!(
            !self.name.is_empty() && slug(&self.name) == self.name,
            Data,
            "experiment.name: `{}` has characters other than a-z, 0-9 and hyphens",
            self.name
        );
        ensure!(!self.models.is_empty() && !self.seeds.is_empty(), Data, "experiment: at least one model and one seed are needed");
        let slugs: BTreeSet<String> = self.models.iter().map(|model| slug(model)).collect();
        ensure!(slugs.len() == self.models.len(), Data, "experiment.models: two models have the same file name, which names their results");
        ensure!(
            self.languages.iter().all(|code| parse_language(code).is_ok()),
            Data,
            "experiment.languages: use codes such as en, de or zh"
        );
        check_languages(&self.languages).map_err(|error| Error::new(ErrorKind::Data, format!("experiment: {}", error.message())))?;
        ensure!(!self.languages.is_empty(), Data, "experiment.languages: the list is empty");
        let most = self.facts.checked_mul(self.languages.len());
        ensure!((1..=MAX_FACTS).contains(&self.batch), Data, "experiment.batch: {} is not between 1 and {MAX_FACTS}", self.batch);
        ensure!(
            most.is_some_and(|most| (1..=MAX_FACTS).contains(&most)),
            Data,
            "experiment.facts: {} per language is not between 1 and {MAX_FACTS} in all",
            self.facts
        );
        ensure!(self.seeds.iter().all(|&seed| seed < 1 << 53), Data, "experiment.seeds: a seed is above 2^53 - 1");
        ensure!(self.methods.is_empty() || !self.orders.is_empty(), Data, "experiment.orders: the list is empty");
        ensure!(
            self.recall.is_none_or(|asked| (1..=MAX_FACTS).contains(&asked)),
            Data,
            "experiment.recall: use 1 to {MAX_FACTS}, or leave it out"
        );
        if let Some(xtreme) = &self.xtreme {
            ensure!(!xtreme.tasks.is_empty(), Data, "experiment.xtreme.tasks: the list is empty");
            ensure!((1..=MAX_FACTS).contains(&xtreme.examples), Data, "experiment.xtreme.examples: use 1 to {MAX_FACTS}");
        }
        for (name, value) in &self.settings {
            ensure!(name != "mode", Data, "experiment.settings: the mode is a separate field");
            Settings::check_assignment(name, value)?;
            self.check_read(name)?;
        }
        if self.mode != Mode::default() {
            self.check_read("mode")?;
        }
        if let Some(merging) = &self.merging {
            merging.methods.iter().try_for_each(|&method| MergeSettings::check_base(method))?;
            for merge in &merging.merges {
                merge.check()?;
                merge.check_read().map_err(|error| Error::new(ErrorKind::Data, format!("experiment.merging: {}", error.message())))?;
                merging.variants(merge).iter().try_for_each(MergeSettings::check)?;
            }
        }
        let cells = self.cells();
        ensure!((1..=MAX_CELLS).contains(&cells.len()), Data, "experiment: there are {} cells; 1 to {MAX_CELLS} can be run", cells.len());
        let ids: BTreeSet<&String> = cells.iter().map(|cell| &cell.id).collect();
        ensure!(ids.len() == cells.len(), Data, "experiment: a method, order, seed or merge is listed twice");
        Ok(())
    }

    /// Checks that a setting has an effect on some cell.
    fn check_read(&self, name: &str) -> Result<()> {
        let methods = || self.methods.iter().chain(self.merging.iter().flat_map(|merging| &merging.methods));
        let Some(&first) = methods().next() else { return Ok(()) };
        let read = methods().any(|&method| Settings::check_read(name, method).is_ok());
        let problem = if read { Ok(()) } else { Settings::check_read(name, first) };
        problem.map_err(|error| {
            Error::new(ErrorKind::Data, format!("experiment: no method reads `{name}`")).hint(error.hint_text().unwrap_or_default())
        })
    }

    /// Whether a cell reads key statistics. Where that depends on the model, which is not opened for it: yes.
    pub fn needs_statistics(&self, cell: &Cell) -> bool {
        match cell.method.spec().statistics {
            Needs::Never => false,
            Needs::Always => true,
            Needs::WithAdjustment => self.settings.get("mom2_adjustment").is_none_or(|value| value != "false"),
        }
    }

    /// Every run of the experiment. Merges of the same edits follow one another, so that the edits are made once.
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for model in &self.models {
            for &seed in &self.seeds {
                for &method in &self.methods {
                    for (i, &order) in self.orders.iter().enumerate() {
                        cells.push(Cell::new(model, method, None, Some(order), seed, None));
                        // In one language the orders are the same.
                        let alone = self.languages.iter().filter(|_| self.monolingual && i == 0);
                        cells.extend(alone.map(|code| Cell::new(model, method, None, None, seed, Some(code))));
                    }
                }
                if let Some(merging) = &self.merging {
                    for &method in &merging.methods {
                        cells.extend(merging.merges.iter().map(|merge| Cell::new(model, method, Some(*merge), None, seed, None)));
                    }
                }
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    fn definition() -> Value {
        serde_json::json!({
            "name": "table", "title": "A table", "about": "", "models": ["a.gguf", "dir/b"], "data": "builtin", "languages": ["en", "de"],
            "facts": 4, "batch": 2, "methods": ["memit", "langedit"], "orders": ["round-robin", "by-language"], "seeds": [0, 1],
            "small": {"facts": 1, "seeds": [0], "models": ["a.gguf"]}
        })
    }

    #[test]
    fn shipped_definitions_hold_at_both_scales() {
        for name in Definition::names() {
            let full = Definition::from_json(Definition::shipped(name).unwrap(), false).unwrap();
            let small = Definition::from_json(Definition::shipped(name).unwrap(), true).unwrap();
            assert_eq!(full.name, name);
            assert!(small.facts * small.languages.len() * small.cells().len() < full.facts * full.languages.len() * full.cells().len());
            assert_eq!(small.models, ["builtin"], "{name}: whoever tries it has no other model");
        }
        assert!(Definition::shipped("merging").unwrap_err().to_string().contains("merging-table"));
    }

    #[test]
    fn cells_are_all_combinations() {
        let text = definition().to_string();
        let full = Definition::from_json(&text, false).unwrap();
        assert_eq!(full.cells().len(), 2 * 2 * 2 * 2);
        let small = Definition::from_json(&text, true).unwrap();
        assert_eq!((small.facts, small.batch, small.cells().len()), (1, 2, 4));
        let mono = Definition { monolingual: true, ..small };
        let ids: Vec<String> = mono.cells().into_iter().map(|cell| cell.id).collect();
        assert_eq!(ids.len(), 4 + 2 * 2);
        assert!(ids.contains(&"a-gguf.langedit.by-language.seed0".to_owned()) && ids.contains(&"a-gguf.memit.alone.seed0.de".to_owned()));
    }

    #[test]
    fn merges_are_cells_with_their_sweeps() {
        let mut value = definition();
        value["methods"] = serde_json::json!([]);
        value["merging"] = serde_json::json!({
            "methods": ["memit", "alphaedit"],
            "merges": [
                {"method": "sum", "shared_covariance": true, "scale": 1.0, "rank_ratio": 1.0, "density": 1.0},
                {"method": "tsvm", "shared_covariance": false, "scale": 1.2, "rank_ratio": 0.5, "density": 1.0}
            ],
            "sweep_scales": [0.5, 1.0]
        });
        let definition = Definition::from_json(&value.to_string(), false).unwrap();
        let cells = definition.cells();
        assert_eq!(cells.len(), 2 * 2 * 2 * 2);
        assert_eq!(cells[1].id, "a-gguf.memit+tsvm-x1.2-r0.5.merged.seed0");
        let variants = definition.merging.as_ref().unwrap().variants(&cells[1].merge.unwrap());
        assert_eq!(variants.iter().map(|merge| (merge.scale, merge.rank_ratio)).collect::<Vec<_>>(), [(0.5, 0.5), (1.0, 0.5)]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (field, value, word) in [
            ("name", serde_json::json!("My table"), "experiment.name"),
            ("models", serde_json::json!(["a/x.gguf", "b/x.gguf"]), "same file name"),
            ("languages", serde_json::json!(["en", "en"]), "twice"),
            ("facts", serde_json::json!(0), "facts"),
            ("methods", serde_json::json!(["magic"]), "magic"),
            ("seeds", serde_json::json!([3, 3]), "listed twice"),
            ("recall", serde_json::json!(0), "experiment.recall"),
            ("settings", serde_json::json!({"v_speed": "1"}), "v_speed"),
            ("speed", serde_json::json!(1), "speed"),
        ] {
            let mut changed = definition();
            changed[field] = value;
            let error = Definition::from_json(&changed.to_string(), false).unwrap_err().to_string();
            assert!(error.contains(word), "{field}: {error}");
        }
    }
}
