//! Which runs differ in the seed alone, and what tells the others apart.

use std::collections::{BTreeMap, BTreeSet};

use super::collect::Run;
use crate::cli::definition::merge_name;
use crate::cli::fingerprint::fingerprint_of;
use crate::edit::settings::FIELDS;
use crate::facts::{Catalogue, Draw, Fact, Order};
use crate::recipe::{Recipe, Report};

/// Digits of a fingerprint that are shown.
const SHOWN: usize = 6;

/// Facts on which runs can be compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Data {
    /// Those that each run's seed drew from this source.
    Drawn(String),
    /// These, by their fingerprint.
    Fixed(String),
}

/// What runs on the same unedited model and the same facts have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    /// With a part of its hash where another model has the same name.
    pub(super) model: String,
    /// Hex SHA-256 of its weights.
    pub(super) weights: String,
    /// Languages whose facts are edited, in the order of the tables.
    pub(super) languages: Vec<String>,
    pub(super) data: Data,
    /// Facts that are edited in all.
    pub(super) facts: usize,
}

/// What runs that differ in the seed alone have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) start: Start,
    /// With the merge.
    pub(super) method: String,
    /// `round-robin`, `by-language`, `mixed`, or `-` if it makes no difference.
    pub(super) order: &'static str,
    /// Everything else that decides the result: settings that the method reads, batch, key statistics.
    pub(super) how: BTreeMap<&'static str, String>,
    /// Of `how`, what tells it from other groups with the same start, as `name=value`.
    pub(super) label: String,
}

/// Key statistics in [`Group::how`].
pub(super) const STATISTICS: &str = "statistics";
/// What tells runs of one seed apart that agree in everything else, in [`Group::how`].
const TEMPLATES: &str = "templates";
const RECIPE: &str = "recipe";

impl Group {
    /// The group of a report as far as it can be told without the others.
    pub(super) fn of(report: &Report, data: Data) -> Self {
        let languages = match &report.recipe {
            Some(recipe) => recipe.languages.clone(),
            None => report.languages.keys().cloned().collect(),
        };
        let method = report.merge.as_ref().map_or_else(|| report.method.to_string(), |merge| merge_name(&merge.settings, report.method));
        let order = match report.recipe.as_ref().map(|recipe| recipe.order) {
            _ if report.merge.is_some() || languages.len() == 1 => "-",
            Some(Order::RoundRobin) => "round-robin",
            Some(Order::ByLanguage) => "by-language",
            Some(Order::Mixed) => "mixed",
            None => "-",
        };
        let read = FIELDS.iter().filter(|field| report.method.spec().uses(field.setting));
        let mut how: BTreeMap<&'static str, String> =
            read.filter_map(|field| Some((field.name, report.settings.get(field.name).ok()?))).collect();
        if let Some(recipe) = report.recipe.as_ref().filter(|_| report.merge.is_none()) {
            how.insert("batch", recipe.batch.to_string());
        }
        let statistics = &report.statistics;
        if statistics.count > 0 {
            let source = statistics.sha256.as_deref().map_or_else(|| statistics.source.clone(), |sha256| format!("#{}", short(sha256)));
            how.insert(STATISTICS, format!("{} tokens, {source}", statistics.count));
        }
        let facts = report.steps.iter().map(|step| step.facts).sum();
        let start = Start { model: report.model.clone(), weights: report.model_sha256.clone(), languages, data, facts };
        Self { start, method, order, how, label: String::new() }
    }

    /// The method with what tells it from other rows.
    pub(super) fn name(&self) -> String {
        if self.label.is_empty() { self.method.clone() } else { format!("{} ({})", self.method, self.label) }
    }
}

impl Data {
    /// The facts of a report; without a recipe it has only their ids. `catalogue` answers whether the recipe's seed drew them.
    pub(super) fn of(report: &Report, catalogue: Option<&Catalogue>) -> Self {
        match (&report.data, &report.recipe) {
            (Some(data), _) if data.draw == Draw::Seed => {
                let part = data.sha256.as_deref().map_or_else(String::new, |sha256| format!(" #{}", short(sha256)));
                Self::Drawn(format!("{}{part}", data.source))
            }
            (None, Some(recipe)) if catalogue.is_some_and(|catalogue| drawn(recipe, catalogue)) => Self::Drawn("builtin".to_owned()),
            _ => Self::Fixed(facts_fingerprint(report)),
        }
    }
}

/// Whether the recipe's seed draws its facts from the catalogue.
fn drawn(recipe: &Recipe, catalogue: &Catalogue) -> bool {
    let per_language = recipe.facts.len() / recipe.languages.len().max(1);
    let drawn = catalogue.select(&recipe.languages, per_language, recipe.seed);
    drawn.is_ok_and(|drawn| prints(drawn.facts.iter().flatten()) == prints(&recipe.facts))
}

/// The facts of all languages, whatever their order.
pub(super) fn facts_fingerprint(report: &Report) -> String {
    match &report.recipe {
        Some(recipe) => fingerprint_of(&prints(&recipe.facts)),
        None => fingerprint_of(&report.steps.iter().map(|step| (&step.language, &step.fact_ids)).collect::<BTreeSet<_>>()),
    }
}

/// By language a fingerprint of its facts, whatever their order.
pub(super) fn prints<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> BTreeMap<String, String> {
    let mut by_language: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for fact in facts {
        by_language.entry(fact.language.clone()).or_default().insert(fingerprint_of(fact));
    }
    by_language.into_iter().map(|(language, facts)| (language, fingerprint_of(&facts))).collect()
}

/// The first digits of a hash.
pub(super) fn short(hash: &str) -> &str {
    hash.get(..SHOWN).unwrap_or(hash)
}

/// Settles what only all runs together tell: whether runs of the same draw and seed have the same facts, models of one name the same weights,
/// runs of one group different seeds; then says what differs.
pub(super) fn settle(runs: &mut [Run]) {
    let mut facts: BTreeMap<(Start, u64), BTreeSet<String>> = BTreeMap::new();
    let mut weights: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for run in &*runs {
        let start = &run.group.start;
        facts.entry((start.clone(), run.report.seed)).or_default().insert(facts_fingerprint(&run.report));
        weights.entry(start.model.clone()).or_default().insert(start.weights.clone());
    }
    for run in &mut *runs {
        let start = &mut run.group.start;
        // Drawn otherwise, by another version say: not the same facts after all.
        if facts.get(&(start.clone(), run.report.seed)).is_some_and(|prints| prints.len() > 1) {
            start.data = Data::Fixed(facts_fingerprint(&run.report));
        }
        if weights.get(&start.model).is_some_and(|hashes| hashes.len() > 1) {
            start.model += &format!(" #{}", short(&start.weights));
        }
    }
    split(runs, TEMPLATES, |report| fingerprint_of(&report.templates));
    split(runs, RECIPE, |report| fingerprint_of(&report.recipe.as_ref().map(|recipe| Recipe { expected: None, ..recipe.clone() })));
    let mut starts: BTreeMap<Start, BTreeMap<Group, Settings>> = BTreeMap::new();
    for run in &*runs {
        let set = run.report.recipe.as_ref().map(|recipe| recipe.settings.clone()).unwrap_or_default();
        starts.entry(run.group.start.clone()).or_default().insert(run.group.clone(), set);
    }
    for run in &mut *runs {
        let Some(groups) = starts.get(&run.group.start) else { continue };
        run.group.label = groups.get(&run.group).map_or_else(String::new, |set| label(&run.group, set, groups));
    }
}

/// What a recipe sets, name to value.
type Settings = BTreeMap<String, String>;

/// Tells runs apart by `by` where a group has two of the same seed.
fn split(runs: &mut [Run], name: &'static str, by: impl Fn(&Report) -> String) {
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for run in &*runs {
        if !seen.insert((run.group.clone(), run.report.seed)) {
            twice.insert(run.group.clone());
        }
    }
    for run in runs.iter_mut().filter(|run| twice.contains(&run.group)) {
        run.group.how.insert(name, format!("#{}", short(&by(&run.report))));
    }
}

/// What of its `how` a group must be called by among those with the same start: what differs within its method; what its recipes set, and others
/// have another value of; and what is no setting, where anything differs.
fn label(group: &Group, set: &Settings, others: &BTreeMap<Group, Settings>) -> String {
    let named = group.how.iter().filter(|(name, value)| {
        let stated = set.contains_key(**name) || !FIELDS.iter().any(|field| field.name == **name);
        others.keys().any(|other| match other.how.get(*name) {
            Some(theirs) => theirs != *value && (stated || other.method == group.method),
            None => other.method == group.method,
        })
    });
    named.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}
