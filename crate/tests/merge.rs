//! Recipes that merge: each language's edit is what it is alone, the merge is what its formula says, undo restores bits.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod session_support;

use std::collections::BTreeMap;

use langedit::Result;
use langedit::device::read;
use langedit::edit::{MergeMethod, MergeSettings, Method};
use langedit::facts::Probe;
use langedit::linalg::Update;
use langedit::recipe::{Activity, ModelRef, Observer, Recipe, RunInput, Session, StepRecord, StepReport};
use session_support::{facts, input, run, session, templates};

/// The facts in these languages as one step a language, without merge.
fn separate(method: Method, layers: &str, languages: &[&str]) -> Recipe {
    let facts = facts();
    let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 11);
    for language in languages {
        recipe.push_step(facts.iter().filter(|fact| fact.language == *language).cloned().map(|mut fact| {
            fact.neighbours = vec![Probe { prompt: "The sky is".to_owned(), answer: "blue".to_owned() }];
            fact
        }));
    }
    recipe.templates = Some(templates());
    let share = if method == Method::AlphaEdit { "share:0.2" } else { "share:0.1" };
    for (name, value) in [("layers", layers), ("nullspace_threshold", share), ("v_num_grad_steps", "8"), ("mom2_update_weight", "5")] {
        recipe.settings.insert(name.into(), value.into());
    }
    recipe
}

fn merged(method: Method, layers: &str, merge: MergeSettings) -> Recipe {
    Recipe { merge: Some(merge), ..separate(method, layers, &["en", "de"]) }
}

fn weights(session: &Session, layer: usize) -> Vec<f32> {
    pollster::block_on(read(session.model().down(layer))).unwrap()
}

fn bits(session: &Session) -> Vec<u32> {
    [1, 2].iter().flat_map(|&layer| weights(session, layer)).map(f32::to_bits).collect()
}

fn change(session: &Session, layer: usize, base: &[f32]) -> Vec<f64> {
    weights(session, layer).iter().zip(base).map(|(edited, base)| f64::from(*edited) - f64::from(*base)).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
}

/// What the step says but for its times.
fn facts_of(step: &StepReport) -> StepReport {
    StepReport { seconds: 0.0, target_seconds: 0.0, solve_seconds: 0.0, leak: BTreeMap::new(), figures: None, ..step.clone() }
}

#[test]
fn each_language_is_edited_as_if_it_were_alone() {
    for method in Method::merging() {
        let mut session = session();
        let report = run(&mut session, &merged(method, "1-2", MergeSettings::new(MergeMethod::Sum)));
        assert_eq!(report.method_label(), format!("{method}+sum"));
        assert_eq!((report.steps.len(), report.accuracy_matrix.len(), session.history().len()), (2, 2, 1));
        let mut sum = [vec![0.0; 32 * 64], vec![0.0; 32 * 64]];
        for (i, language) in ["en", "de"].into_iter().enumerate() {
            let mut alone = self::session();
            let base = [1, 2].map(|layer| weights(&alone, layer));
            let mono = run(&mut alone, &separate(method, "1-2", &[language]));
            assert_eq!(facts_of(&report.steps[i]), facts_of(&mono.steps[0]), "{method} {language}");
            assert_eq!(report.accuracy_matrix[i][language].efficacy, mono.languages[language].after.efficacy);
            let leak = &report.steps[i].leak;
            assert_eq!(leak.len(), 1, "of the other language");
            assert!(leak.values().flat_map(BTreeMap::values).all(|&leak| leak > 0.0 && leak <= 1.0));
            for (layer, sum) in [1, 2].into_iter().zip(&mut sum) {
                sum.iter_mut().zip(change(&alone, layer, &base[layer - 1])).for_each(|(sum, change)| *sum += change);
            }
        }
        let fresh = self::session();
        for (layer, sum) in [1, 2].into_iter().zip(&sum) {
            assert!(distance(&change(&session, layer, &weights(&fresh, layer)), sum) < 1e-5, "{method} layer {layer}");
        }
    }
}

/// At one layer nothing is approximate: the sum with shared covariance is one step with the facts of all languages.
#[test]
fn the_sum_with_shared_covariance_is_the_joint_batch() {
    for method in Method::merging() {
        let shared = MergeSettings { shared_covariance: true, ..MergeSettings::new(MergeMethod::Sum) };
        let (mut ours, mut joint, mut own) = (session(), session(), session());
        let base = weights(&ours, 2);
        let report = run(&mut ours, &merged(method, "2", shared));
        let mut recipe = separate(method, "2", &["en", "de"]);
        recipe.steps = vec![recipe.facts.len()];
        let batch = run(&mut joint, &recipe);
        let wanted = change(&joint, 2, &base);
        assert!(distance(&change(&ours, 2, &base), &wanted) < 1e-4, "{method}");
        assert_eq!(report.average.after.efficacy, batch.average.after.efficacy);
        run(&mut own, &merged(method, "2", MergeSettings::new(MergeMethod::Sum)));
        assert!(distance(&change(&own, 2, &base), &wanted) > 1e-3, "{method}: without shared covariance it is something else");
    }
}

#[test]
fn undo_restores_the_bits() {
    let mut session = session();
    let base = bits(&session);
    for method in MergeMethod::ALL {
        let recipe = merged(Method::Memit, "1-2", MergeSettings { shared_covariance: true, ..MergeSettings::new(*method) });
        run(&mut session, &recipe);
        let edited = bits(&session);
        assert_ne!(edited, base);
        session.undo_to(0);
        assert_eq!(bits(&session), base, "{method}");
        run(&mut session, &recipe);
        assert_eq!(bits(&session), edited, "{method}: done again");
    }
    run(&mut session, &separate(Method::Memit, "1-2", &["en", "de"]));
    let mut fresh = self::session();
    run(&mut fresh, &separate(Method::Memit, "1-2", &["en", "de"]));
    assert_eq!(bits(&session), bits(&fresh), "a recipe without merge takes the merge back");
}

/// Counts what is optimised and, where wanted, stops the work.
#[derive(Default)]
struct Watch {
    /// The step of each report of progress with targets.
    targets: Vec<usize>,
    stop_in: Option<Activity>,
    stopped: bool,
    /// Steps to store.
    stored: usize,
}

impl Observer for Watch {
    fn progress(&mut self, activity: Activity, step: usize, _: usize, _: usize, _: usize) {
        self.targets.extend((activity == Activity::Targets).then_some(step));
        self.stopped |= self.stop_in == Some(activity);
    }

    fn step(&mut self, _: &StepRecord, _: &BTreeMap<usize, Update>) -> Result<()> {
        self.stored += 1;
        Ok(())
    }

    fn cancelled(&self) -> bool {
        self.stopped
    }
}

#[test]
fn one_set_of_edits_is_merged_in_many_ways() {
    let mut session = session();
    let sum = MergeSettings::new(MergeMethod::Sum);
    let variants = [0.5, 1.0, 1.5].map(|scale| MergeSettings { scale, ..sum });
    let mut watch = Watch::default();
    let recipe = merged(Method::AlphaEdit, "1-2", sum);
    let swept = RunInput { sweep: variants.to_vec(), ..input(&recipe) };
    let report = pollster::block_on(session.run(swept, &mut watch)).unwrap();
    let points = &report.sweep;
    assert_eq!((points.len(), watch.stored), (3, 1), "what is stored is the recipe's merge");
    watch.targets.dedup();
    assert_eq!(watch.targets, [1, 2], "each language's targets are made once");
    assert_eq!(points[1].merge, sum);
    for (language, accuracy) in &points[1].languages {
        assert_eq!(*accuracy, report.languages[language].after);
    }
    assert_eq!(points[1].average, report.average.after);
    let edited = bits(&session);

    let other = merged(Method::AlphaEdit, "1-2", MergeSettings { shared_covariance: true, ..MergeSettings::new(MergeMethod::Tsvm) });
    let again = pollster::block_on(session.run(input(&other), &mut watch)).unwrap();
    assert_eq!(watch.targets, [1, 2], "another merge makes no new targets");
    assert_ne!(bits(&session), edited);
    let mut fresh = self::session();
    let whole = run(&mut fresh, &other);
    assert_eq!(bits(&session), bits(&fresh));
    assert_eq!((&again.languages, &again.merge, &again.accuracy_matrix), (&whole.languages, &whole.merge, &whole.accuracy_matrix));
}

/// DARE draws what it drops: with another seed the same edits, which are known, are another merge, and what was asked of the first is not its answer.
#[test]
fn another_seed_is_another_merge_of_the_same_edits() {
    let mut session = session();
    let mut names = Vec::new();
    for seed in [11, 12] {
        let recipe = Recipe { seed, ..merged(Method::Memit, "1-2", MergeSettings::new(MergeMethod::Dare)) };
        let report = run(&mut session, &recipe);
        let mut fresh = self::session();
        let expected = run(&mut fresh, &recipe);
        assert_eq!((report.languages, report.accuracy_matrix), (expected.languages, expected.accuracy_matrix));
        assert_eq!(bits(&session), bits(&fresh));
        names.push((session.records().last().unwrap().fingerprint.clone(), bits(&session)));
    }
    assert!(names[0].0 != names[1].0 && names[0].1 != names[1].1);
}

#[test]
fn what_is_cancelled_leaves_the_edits_before() {
    let mut session = session();
    run(&mut session, &separate(Method::Memit, "1-2", &["en"]));
    let before = bits(&session);
    for stop_in in [Activity::Targets, Activity::Evaluate] {
        let mut watch = Watch { stop_in: Some(stop_in), ..Watch::default() };
        let recipe = merged(Method::Memit, "1-2", MergeSettings::new(MergeMethod::Mean));
        let error = pollster::block_on(session.run(input(&recipe), &mut watch)).unwrap_err();
        assert_eq!(error.kind(), langedit::ErrorKind::Cancelled);
        assert_eq!((session.history().len(), session.records().len()), (1, 1));
        assert_eq!(bits(&session), before);
    }
}

#[test]
fn a_recipe_without_facts_changes_nothing() {
    let mut session = session();
    let base = bits(&session);
    let mut recipe = merged(Method::Memit, "1-2", MergeSettings { shared_covariance: true, ..MergeSettings::new(MergeMethod::Tsvm) });
    recipe.facts.clear();
    recipe.steps.clear();
    assert!(run(&mut session, &recipe).steps.is_empty());
    assert_eq!(bits(&session), base);
}
