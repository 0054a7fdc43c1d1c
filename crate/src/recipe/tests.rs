//! The documented form of recipe and report, and the verdict on replays.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;
use crate::edit::{MergeMethod, MergeSettings, Method, Mode, Projection, Settings, Solver, SolverReport, SolverStage};
use crate::evaluate::trace::{ChosenLayers, Component, TraceReport, TracedFact};
use crate::evaluate::xtreme::{Task, TaskScore, XtremeReport};
use crate::facts::{Draw, Fact, Probe};
use crate::model::{Activation, Family, ModelConfig};

pub(super) fn config() -> ModelConfig {
    ModelConfig {
        family: Family::Llama,
        vocab: 8192,
        hidden: 192,
        inner: 1024,
        layers: 6,
        heads: 6,
        kv_heads: 6,
        head_dim: 32,
        max_positions: 256,
        norm_eps: 1e-5,
        rope: None,
        local: None,
        unrotated_every: None,
        query_scalar: None,
        activation: Activation::SiluGated,
        tied_head: true,
    }
}

/// A recipe that uses every field.
fn recipe() -> Recipe {
    let probe = || Probe { prompt: "p".to_owned(), answer: "a".to_owned() };
    let mut recipe = Recipe::new(ModelRef { name: "builtin".to_owned(), sha256: Some("ab".repeat(32)) }, Method::Memit, 3);
    recipe.merge = Some(MergeSettings::new(MergeMethod::Tsvm));
    recipe.push_step([Fact {
        id: "1".to_owned(),
        language: "en".to_owned(),
        subject: "s".to_owned(),
        prompt: "s is".to_owned(),
        new_object: "o".to_owned(),
        true_object: Some("t".to_owned()),
        rephrases: vec!["r".to_owned()],
        neighbours: vec![probe()],
        same_subject: vec![probe()],
        portability: vec![probe()],
    }]);
    recipe.settings.insert("v_lr".to_owned(), "0.5".to_owned());
    recipe.templates = Some(BTreeMap::from([("en".to_owned(), vec!["{}".to_owned()])]));
    recipe.statistics = Some(StatisticsRef { source: "UDHR".to_owned(), sha256: Some("cd".repeat(32)) });
    recipe
}

/// A report that uses every field.
fn report() -> Report {
    let per_layer = |value: f64| BTreeMap::from([(1, value), (2, value)]);
    let accuracy = |value: f64| Accuracy {
        facts: 1,
        efficacy: Some(value),
        generality: Some(value),
        specificity: Some(value),
        portability: Some(value),
        efficacy_exact: Some(value),
        generality_exact: Some(value),
        generality_distinct: Some(value),
        specificity_agreement: Some(value),
        specificity_subject: Some(value),
        specificity_subject_agreement: Some(value),
        efficacy_success: Some(value),
        generality_success: Some(value),
        specificity_success: Some(value),
        recall: Some(value),
        recall_subject: Some(value),
    };
    let stage = SolverStage { on: Solver::Device, error: Some(1e-6), unresolved: 1 };
    let step = StepReport {
        language: "en".to_owned(),
        languages: vec!["en".to_owned(), "de".to_owned()],
        facts: 1,
        fact_ids: vec!["1".to_owned()],
        null_dimension: BTreeMap::from([(1, 900), (2, 901)]),
        seconds: 1.5,
        target_seconds: 1.0,
        solve_seconds: 0.5,
        losses: vec![vec![4.0, 0.0412]],
        z_error: per_layer(2.0),
        delta_norm: per_layer(0.25),
        key_norm: per_layer(1.0),
        residual_norm: per_layer(1.0),
        leak: BTreeMap::from([("de".to_owned(), per_layer(0.01))]),
        ridge: per_layer(1e-6),
        solver: Some(SolverReport { null_space: Some(stage), update: stage }),
        subject_fallbacks: 1,
        subject_fallback_ids: vec!["1".to_owned()],
        subject_partials: 1,
        subject_partial_ids: vec!["2".to_owned()],
        rehearsed: vec![NamedFact { id: "0".to_owned(), language: "de".to_owned(), subject: "Norwegen".to_owned() }],
        recall: BTreeMap::from([("en".to_owned(), 99.0)]),
        recall_subject: BTreeMap::from([("en".to_owned(), 95.0)]),
        figures: Some(step_figures()),
    };
    let before_after = BeforeAfter { before: accuracy(10.0), after: accuracy(90.0) };
    let cell = LanguageAccuracy { efficacy: Some(90.0), generality: Some(90.0), specificity: Some(90.0) };
    let mut report = Report {
        generator: "langedit 0.1.0".to_owned(),
        model: "builtin".to_owned(),
        model_sha256: "ab".repeat(32),
        device: "cpu".to_owned(),
        method: Method::Memit,
        mode: Mode::Paper,
        projection: Projection::Exact,
        merge: Some(MergeReport {
            settings: MergeSettings::new(MergeMethod::Tsvm),
            delta_norm: per_layer(0.2),
            columns: BTreeMap::from([(1, 1), (2, 1)]),
        }),
        seed: 3,
        settings: Settings::for_model(&config(), Method::LangEdit),
        data: Some(DataReport { source: "facts.jsonl".to_owned(), sha256: Some("ef".repeat(32)), draw: Draw::Seed }),
        templates: BTreeMap::from([("en".to_owned(), vec!["{}".to_owned()])]),
        statistics: StatisticsReport { source: "UDHR".to_owned(), count: 40_000, sha256: Some("cd".repeat(32)) },
        projectors: Some(ProjectorsReport { source: "projectors".to_owned(), sha256: "ef".repeat(32) }),
        steps: vec![step],
        languages: BTreeMap::from([("en".to_owned(), before_after.clone())]),
        average: before_after,
        facts: vec![FactReport { id: "1".to_owned(), language: "en".to_owned(), before: fact_scores(), after: fact_scores() }],
        sweep: vec![SweepPoint {
            merge: MergeSettings::new(MergeMethod::Tsvm),
            languages: BTreeMap::from([("en".to_owned(), accuracy(50.0))]),
            average: accuracy(50.0),
        }],
        accuracy_matrix: vec![BTreeMap::from([("en".to_owned(), cell)])],
        skipped: vec![Skipped { id: "2".to_owned(), language: "en".to_owned(), reason: "no subject".to_owned() }],
        warnings: warnings(),
        timing: Timing { peak_memory_bytes: Some(1), resident_weight_bytes: Some(1), ..Timing::default() },
        chosen_layers: Some(ChosenLayers::fallback(&[1, 2], "too few facts")),
        recipe: None,
    };
    let mut recipe = recipe();
    recipe.expected = Some(Digest::of(&report));
    report.recipe = Some(recipe);
    report
}

fn fact_scores() -> FactScores {
    let half = Some(50.0);
    FactScores {
        efficacy: half,
        efficacy_exact: half,
        generality: half,
        specificity: half,
        portability: half,
        specificity_subject: half,
        efficacy_success: half,
        generality_success: half,
        specificity_success: half,
    }
}

/// One of each kind.
fn warnings() -> Vec<Warning> {
    let facts = || vec![NamedFact { id: "1".to_owned(), language: "en".to_owned(), subject: "Norway".to_owned() }];
    vec![
        Warning::FewTokens { tokens: 40, dimension: 64 },
        Warning::StandInCorpus { tokens: 40 },
        Warning::AnswersLost { agreement: 1.5 },
        Warning::SingularCovariance { layers: vec![1], ridge: 1e-6 },
        Warning::SubjectNotInPrompt { facts: facts() },
        Warning::SubjectInPart { facts: facts() },
        Warning::ControlTokens { facts: facts(), tokens: vec!["</s>".to_owned()] },
        Warning::UnreadSettings { settings: vec!["rect_k".to_owned()] },
        Warning::PartOfStatistics { missing: vec!["2/2".to_owned()] },
        Warning::UnlikeIds { languages: ["en", "de"].map(str::to_owned), shared: 0, examples: ["1", "Q1"].map(str::to_owned) },
        Warning::Tf32Products { device: "cuda:0".to_owned() },
    ]
}

fn step_figures() -> StepFigures {
    let term = || Term { norm: 1.0, corner: vec![vec![0.5]] };
    let layer = LayerFigures {
        shape: [192, 1024, 1],
        spectrum: Some(Spectrum {
            ranks: vec![1, 1024],
            values: vec![3.0, 0.1],
            energy: vec![0.5, 0.0],
            trace: 4.0,
            threshold: 0.2,
            null: 1,
            room: vec![0.5, 0.0],
            exposed: BTreeMap::from([("de".to_owned(), vec![0.25, 0.0])]),
        }),
        parts: Parts {
            total: 5.0,
            removed: 4.0,
            surviving: 3.0,
            along: BTreeMap::from([("de".to_owned(), Along { before: 2.0, after: 0.5 })]),
        },
        condition: Some(2.0),
        terms: Terms { keys: term(), projected: term(), residuals: term(), update: term() },
        map: HeatMap { rows: 1, cols: 2, largest: 0.5, cells: "ff80".to_owned() },
        overlap: BTreeMap::from([("de".to_owned(), [10.0, 20.0, 30.0, 40.0, 50.0])]),
    };
    StepFigures {
        layers: BTreeMap::from([(1, layer.clone()), (2, layer)]),
        disturbance: Some(Disturbance { every: 1, predicted: vec![0.1], measured: vec![0.2], own_predicted: 1.0, own_measured: 2.0 }),
        seconds: 0.1,
    }
}

/// The paths of a JSON value: `a.b[].<code>`, map keys named by what they are.
fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    const MAPS: [(&str, &str); 15] = [
        ("languages", "<code>"),
        ("templates", "<code>"),
        ("accuracy_matrix[]", "<code>"),
        ("leak", "<code>"),
        ("metrics", "<code>"),
        ("exposed", "<code>"),
        ("along", "<code>"),
        ("overlap", "<code>"),
        ("steps[].recall", "<code>"),
        ("steps[].recall_subject", "<code>"),
        ("effects", "<component>"),
        ("effects.<component>", "<class>"),
        ("tasks", "<task>"),
        ("tasks.<task>", "<code>"),
        ("details", "<name>"),
    ];
    let per_layer = |map: &serde_json::Map<String, Value>| !map.is_empty() && map.keys().all(|key| key.parse::<usize>().is_ok());
    match value {
        Value::Object(map) if per_layer(map) => map.values().for_each(|inner| paths(inner, &format!("{at}.<layer>"), found)),
        Value::Object(map) => {
            let named = MAPS.iter().find(|(name, _)| at == *name || at.ends_with(&format!(".{name}"))).map(|(_, key)| *key);
            let settings = at == "recipe.settings" || at == "Recipe.settings";
            for (key, inner) in map {
                let key = if settings { "<name>" } else { named.unwrap_or(key) };
                paths(inner, &if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }, found);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            list.iter().for_each(|inner| paths(inner, &format!("{at}[]"), found));
        }
        _ => drop(found.insert(at.to_owned())),
    }
}

/// The paths in the first column of the tables under a heading of `SCHEMA.md`, braces expanded.
fn documented(heading: &str) -> BTreeSet<String> {
    let text = include_str!("SCHEMA.md");
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(path, _)| path);
    rows.flat_map(expand).collect()
}

/// `a.{b,c}.d` is `a.b.d` and `a.c.d`.
fn expand(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let (choices, after) = rest.split_once('}').unwrap();
    choices.split(',').flat_map(|choice| expand(&format!("{before}{}{after}", choice.trim()))).collect()
}

/// The page's recorded run is a report that version 0.1.0 wrote, when timings had fewer parts and methods without a projector a null
/// dimension.
#[test]
fn reports_of_earlier_versions_are_read() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../static/demo/report.json"));
    let report: Report = serde_json::from_str(text).unwrap();
    assert_eq!(report.generator, "0.1.0");
    assert!(!report.steps.is_empty() && report.sweep.is_empty());
    assert_eq!((report.timing.figure_seconds, report.timing.copy_seconds), (0.0, 0.0), "parts that it did not have");
    let recipe = report.recipe.as_ref().unwrap();
    recipe.validate().unwrap();
    assert_eq!(recipe.facts.len(), report.steps.iter().map(|step| step.facts).sum::<usize>());
    assert_eq!(recipe.expected.as_ref().unwrap().verdict(&Digest::of(&report)), Verdict::Reproduced);
}

#[test]
fn the_schema_names_every_field_and_no_other() {
    let mut found = BTreeSet::new();
    let mut value = serde_json::to_value(report()).unwrap();
    let recipe = value.as_object_mut().unwrap().remove("recipe").unwrap();
    paths(&value, "", &mut found);
    found.insert("recipe".to_owned());
    assert_eq!(found, documented("Report"));

    let mut found = BTreeSet::new();
    paths(&recipe, "Recipe", &mut found);
    let found: BTreeSet<String> = found.iter().map(|path| path.trim_start_matches("Recipe.").to_owned()).collect();
    assert_eq!(found, documented("Recipe"));
}

#[test]
fn the_schema_names_every_field_of_a_trace() {
    let fact = TracedFact {
        language: "en".to_owned(),
        tokens: vec!["Miami".to_owned(), " is".to_owned()],
        subject_end: 1,
        effects: BTreeMap::from([(Component::Mlp, vec![vec![0.5], vec![0.25]])]),
        ..TracedFact::default()
    };
    let mut report = TraceReport {
        facts: vec![fact],
        chosen_layers: Some(ChosenLayers::fallback(&[1], "too few facts")),
        skipped: vec![Skipped { id: "2".to_owned(), language: "en".to_owned(), reason: "no subject".to_owned() }],
        ..TraceReport::default()
    };
    report.summarise();
    let value = serde_json::to_value(&report).unwrap();
    let mut found = BTreeSet::new();
    paths(&value, "", &mut found);
    assert_eq!(found, documented("Trace report"));
    assert_eq!(serde_json::from_value::<TraceReport>(value).unwrap(), report);
}

#[test]
fn the_schema_names_every_field_of_the_downstream_tasks() {
    let details = BTreeMap::from([("invalid".to_owned(), 1.0)]);
    let score = TaskScore { examples: 1, details, ..TaskScore::default() };
    let mut report = XtremeReport {
        tasks: BTreeMap::from([(Task::Xnli, BTreeMap::from([("en".to_owned(), score)]))]),
        skipped: vec![Skipped { id: "mlqa".to_owned(), language: "en".to_owned(), reason: "no file".to_owned() }],
        ..XtremeReport::default()
    };
    report.summarise();
    let value = serde_json::to_value(&report).unwrap();
    let mut found = BTreeSet::new();
    paths(&value, "", &mut found);
    assert_eq!(found, documented("XTREME report"));
    assert_eq!(serde_json::from_value::<XtremeReport>(value).unwrap(), report);
}

#[test]
fn reports_read_back_what_they_write() {
    let report = report();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    // The contract of the command, spelt as its readers spell it.
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["languages"]["en"]["after"]["efficacy"], 90.0);
    assert_eq!(value["average"]["before"]["specificity"], 10.0);
    assert_eq!(value["steps"][0]["null_dimension"]["2"], 901);
    assert_eq!(value["skipped"][0]["reason"], "no subject");
}

#[test]
fn averages_leave_out_what_is_not_there() {
    let one = Accuracy { facts: 2, efficacy: Some(100.0), generality: None, ..Accuracy::default() };
    let two = Accuracy { facts: 3, efficacy: Some(50.0), generality: Some(30.0), ..Accuracy::default() };
    let mean = Accuracy::mean([&one, &two]);
    assert_eq!((mean.facts, mean.efficacy, mean.generality, mean.portability), (5, Some(75.0), Some(30.0), None));
    assert_eq!(Accuracy::mean([]).efficacy, None);
}

#[test]
fn a_replay_is_reproduced_close_or_different_from_a_stage_on() {
    let first = report();
    assert_eq!(Verdict::compare(&first, &first), Verdict::Reproduced);

    let mut replay = first.clone();
    replay.steps[0].losses[0][1] = 0.045;
    assert_eq!(Verdict::compare(&first, &replay), Verdict::WithinTolerance);
    replay.languages.get_mut("en").unwrap().after.generality = Some(88.5);
    assert_eq!(Verdict::compare(&first, &replay).to_string(), "within tolerance");

    replay.languages.get_mut("en").unwrap().after.generality = Some(80.0);
    let verdict = Verdict::compare(&first, &replay);
    assert_eq!(verdict.to_string(), "differs at generality in en: expected 90, found 80");
    replay.steps[0].delta_norm.insert(1, 2.0);
    let Verdict::Differs(difference) = Verdict::compare(&first, &replay) else { panic!("{verdict}") };
    assert_eq!((difference.stage, difference.place.as_str()), (Stage::Deltas, "step 1"), "the first stage counts");
    replay.steps.clear();
    let Verdict::Differs(difference) = Verdict::compare(&first, &replay) else { panic!("{verdict}") };
    assert_eq!((difference.stage, difference.found.as_str()), (Stage::Targets, "nothing"));
    replay.templates.insert("en".to_owned(), vec!["{}".to_owned(), "The. {}".to_owned()]);
    let Verdict::Differs(difference) = Verdict::compare(&first, &replay) else { panic!("{verdict}") };
    assert_eq!(difference.stage, Stage::Templates);
}

#[test]
fn numbers_that_are_no_numbers_differ() {
    let first = report();
    let mut replay = first.clone();
    replay.steps[0].losses[0][1] = f64::NAN;
    assert_eq!(Verdict::compare(&first, &replay).words(), "differs");
    let digest = Digest::of(&replay);
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
}

#[test]
fn the_verdict_of_a_link_is_that_of_its_report() {
    let report = report();
    let link = link::encode(report.recipe.as_ref().unwrap(), None).unwrap();
    let expected = link::decode(&link, None).unwrap().expected.unwrap();
    assert_eq!(expected.verdict(&Digest::of(&report)), Verdict::Reproduced);
    let json = serde_json::to_value(Verdict::WithinTolerance).unwrap();
    assert_eq!(json["verdict"], "within tolerance");
}

#[test]
fn templates_must_hold_the_prompt_once() {
    let templates = |list: &[&str]| BTreeMap::from([("en".to_owned(), list.iter().map(|t| (*t).to_owned()).collect())]);
    assert!(check_templates(&templates(&["{}", "The. {}"])).is_ok());
    for bad in [&[][..], &["The. {}"], &["{}", "none"], &["{}", "{} {}"]] {
        assert!(check_templates(&templates(bad)).unwrap_err().message().contains("templates.en"), "{bad:?}");
    }
}

/// What earlier versions did not have, their recipes do not get.
#[test]
fn a_recipe_has_the_stages_of_its_version() {
    let sizes = crate::checkpoint::open_builtin().unwrap().config;
    let small = ModelConfig { hidden: 576, inner: 1536, layers: 30, vocab: 49_152, ..sizes };
    let recipe = |version: u32| Recipe { version, ..Recipe::new(ModelRef { name: "small".into(), sha256: None }, Method::AnswerEdit, 0) };
    let layers = |recipe: Recipe| recipe.resolve(&small).unwrap().subject_layers;
    assert_eq!([3, RECIPE_VERSION].map(|version| layers(recipe(version))), [vec![], vec![4, 5, 6, 7, 8]]);
    let mut set = recipe(3);
    set.settings.insert("subject_layers".to_owned(), "2".to_owned());
    assert_eq!(layers(set), [2]);
    let mut none = recipe(RECIPE_VERSION);
    none.settings.insert("subject_layers".to_owned(), "none".to_owned());
    assert!(layers(none).is_empty());
}

#[test]
fn a_recipe_keeps_the_ridge_of_its_version() {
    let config = crate::checkpoint::open_builtin().unwrap().config;
    let recipe = |version: u32| Recipe { version, ..Recipe::new(ModelRef { name: "builtin".into(), sha256: None }, Method::Memit, 0) };
    let ridge = |recipe: Recipe| recipe.resolve(&config).unwrap().mom2_ridge;
    assert_eq!([1, 2, RECIPE_VERSION].map(|version| ridge(recipe(version))), [0.0, 0.0, 1e-3]);
    let mut set = recipe(2);
    set.settings.insert("mom2_ridge".to_owned(), "0.5".to_owned());
    assert_eq!(ridge(set), 0.5);
}

#[test]
fn recipes_of_newer_versions_say_so_before_anything_else() {
    let error = Recipe::from_json(r#"{"version": 5, "novelty": true}"#).unwrap_err();
    assert!(error.message().contains("newer version"), "{error}");
}
