//! ROME, RECT, PRUNE and fine-tuning against an independent PyTorch script (tests/golden/editing/make_methods.py), whole runs in f32 and
//! their linear algebra in f64.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod golden_support;

use burn::prelude::*;
use golden_support::{Golden, assignments, close, json, path, session, sessions};
use langedit::device::read;
use langedit::edit::{Method, ReduceType, Settings, Statistics};
use langedit::facts::Fact;
use langedit::linalg::{CovarianceFactor, LowRank, MaskedUpdate, Matrix, Update, largest_singular_value, restrain_spectrum, rome_update};
use langedit::recipe::{ModelRef, Recipe, Report, RunInput, Session, Unobserved, step_tensors};
use serde_json::Value;

/// Relative Frobenius distance that f32 forward and backward passes may have from the f64 script.
const TOLERANCE: f64 = 1e-3;
/// The same for f64 solves and decompositions.
const EXACT: f64 = 1e-8;

fn statistics() -> Statistics {
    Statistics::from_bytes(&std::fs::read(path("editing/stats.safetensors")).unwrap()).unwrap()
}

/// The weights of a layer on the host, row-major and as a matrix.
fn weights(tensor: Tensor<2>) -> (Vec<f32>, Matrix) {
    let [rows, cols] = tensor.dims();
    let values = pollster::block_on(read(tensor)).unwrap();
    let matrix = Matrix::from_fn(rows, cols, |r, c| f64::from(values[r * cols + c]));
    (values, matrix)
}

/// A variant of methods.json: its settings and its recipe of two steps.
fn variant(name: &str, config: &langedit::model::ModelConfig) -> (Settings, Recipe) {
    let choices: Value = json("editing/methods.json");
    let facts: Vec<Fact> = json("editing/facts.json");
    let choice = &choices["methods"][name];
    let method: Method = choice["method"].as_str().unwrap().parse().unwrap();
    let mut settings = Settings::for_model(config, method);
    for (name, value) in assignments(&choices["set"]).into_iter().chain(assignments(&choice["set"])) {
        settings.set(&name, &value).unwrap();
    }
    let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 0);
    recipe.push_step(facts[..3].iter().cloned());
    recipe.push_step(facts[3..].iter().cloned());
    recipe.templates = Some(json("editing/templates.json"));
    recipe.adopt(&settings, config);
    (settings, recipe)
}

fn run(session: &mut Session, recipe: &Recipe) -> Report {
    let input = RunInput { statistics: Some(statistics().into()), ..RunInput::new(recipe.clone()) };
    pollster::block_on(session.run(input, &mut Unobserved)).unwrap()
}

#[test]
fn every_method_has_golden_vectors() {
    let files = [json::<Value>("editing/methods.json"), json("editing/settings.json"), json("editing/answer.json")];
    let variants = files.iter().flat_map(|file| file["methods"].as_object().unwrap().values());
    let covered: Vec<Method> = variants.map(|variant| variant["method"].as_str().unwrap().parse().unwrap()).collect();
    for method in Method::ALL {
        let script = "a variant in tests/golden/editing/make.py, make_methods.py or make_answer.py";
        assert!(covered.contains(method), "{method} has no golden vectors: give it {script}");
    }
}

#[test]
fn every_method_gives_the_scripts_updates() {
    let golden = Golden::open("editing/methods.safetensors");
    let choices: Value = json("editing/methods.json");
    let names = choices["methods"].as_object().unwrap().keys();
    for (mut session, name) in names.flat_map(|name| sessions().into_iter().map(move |session| (session, name))) {
        let (settings, recipe) = variant(name, session.config());
        let report = run(&mut session, &recipe);
        for step in 0..2 {
            let at = format!("{name}.step{step}");
            let record = &session.records()[step];
            match golden.find(&format!("{at}.targets")) {
                Some(theirs) => {
                    let ours = Matrix::from_fn(theirs.nrows(), theirs.ncols(), |r, c| f64::from(record.targets[c][r]));
                    close(&ours, &theirs, TOLERANCE, &format!("{at}: targets"));
                }
                None => assert!(record.targets.is_empty(), "{at}: no target values"),
            }
            if let Some(theirs) = golden.find(&format!("{at}.losses")) {
                let losses = &report.steps[step].losses;
                let ours = Matrix::from_fn(losses.len(), losses[0].len(), |fact, pass| losses[fact][pass]);
                assert_eq!(ours.shape(), theirs.shape(), "{at}: passes");
                close(&ours, &theirs, TOLERANCE, &format!("{at}: losses"));
            }
            for &layer in &settings.layers {
                let at = format!("{at}.layer{layer}");
                close(&record.keys[&layer].solved, &golden.get(&format!("{at}.keys")), TOLERANCE, &format!("{at}: keys"));
                let update = &session.history().step(step).unwrap()[&layer];
                close(&update.dense(), &golden.get(&format!("{at}.delta")), TOLERANCE, &format!("{at}: update"));
                let norm = report.steps[step].delta_norm[&layer];
                assert!((norm - update.dense().norm_l2()).abs() < 1e-8 * norm, "{at}: norm");
            }
        }
    }
}

/// From the script's keys and targets of the first step, where W is W_0, to its updates.
#[test]
fn the_linear_algebra_is_exact() {
    let (golden, session, statistics) = (Golden::open("editing/methods.safetensors"), session(), statistics());
    let base = |layer: usize| weights(session.model().base_down(layer));

    // ROME's first fact; the mean key is not in the file, so the identity's direction is taken from the update itself.
    let (_, w) = base(2);
    let (keys, targets) = (golden.get("rome-identity.step0.layer2.keys"), golden.get("rome-identity.step0.targets"));
    let (k, v) = (keys.subcols(0, 1).to_owned(), targets.subcols(0, 1).to_owned());
    let delta = rome_update(&(&v - &w * &k), &k, &k, None).unwrap();
    let energy = k.squared_norm_l2();
    close(&delta.dense(), &((&v - &w * &k) * k.transpose() * faer::Scale(1.0 / energy)), EXACT, "rome");
    let factor = CovarianceFactor::new(&statistics.load(2).unwrap()).unwrap();
    let u = factor.solve(&k).unwrap();
    let expected = (&v - &w * &k) * u.transpose() * faer::Scale(1.0 / (k.transpose() * &u)[(0, 0)]);
    close(&rome_update(&(&v - &w * &k), &k, &k, Some(&factor)).unwrap().dense(), &expected, EXACT, "rome with covariance");

    // RECT cuts what the script cuts: where the script has entries, the whole update is the same.
    let (values, w) = base(1);
    let cut = golden.get("rect.step0.layer1.delta");
    let kept = cut.col_iter().flat_map(|column| column.iter().copied().collect::<Vec<_>>()).filter(|&entry| entry != 0.0).count();
    assert_eq!(kept, ((cut.nrows() * cut.ncols()) as f64 * 0.4).round() as usize);
    let again = MaskedUpdate::largest_relative(LowRank::new(cut.clone(), Matrix::identity(w.ncols(), w.ncols())).unwrap(), &values, 40.0);
    close(&Update::Masked(again.unwrap()).dense(), &cut, 1e-15, "rect");

    // PRUNE: the two restraints start from the same updates, so each spectrum gives the other's.
    for layer in [1, 2] {
        let (values, w) = base(layer);
        let most = largest_singular_value(w.nrows(), w.ncols(), &values).unwrap();
        assert!((most - w.thin_svd().unwrap().S().column_vector()[0]).abs() < EXACT * most);
        let linear = golden.get(&format!("prune-linear.step0.layer{layer}.delta"));
        let whole = |s: f64| if s > most { 2.0 * s - most } else { s };
        let identity = Matrix::identity(w.ncols(), w.ncols());
        let linear = LowRank::new(linear, identity.clone()).unwrap();
        let total = linear.dense() + restrain_spectrum(&linear, whole).unwrap().dense();
        let total = LowRank::new(total, identity).unwrap();
        let log = total.dense() + restrain_spectrum(&total, |s| ReduceType::Log.restrain(s, most)).unwrap().dense();
        close(&log, &golden.get(&format!("prune-log.step0.layer{layer}.delta")), 1e-7, &format!("prune, layer {layer}"));
    }
}

/// What `--dump` writes multiplies out to the change, whatever form the change has.
#[test]
fn the_dump_of_any_change_is_left_times_right() {
    for name in ["rome-identity", "rect", "prune-log", "ft"] {
        let mut session = session();
        let (settings, mut recipe) = variant(name, session.config());
        (recipe.facts, recipe.steps) = (recipe.facts[..1].to_vec(), vec![1]);
        run(&mut session, &recipe);
        let changes = session.history().step(0).unwrap();
        let dump = Golden(step_tensors(&session.records()[0], changes).unwrap());
        for layer in &settings.layers {
            let (left, right) = ["left", "right"].map(|side| dump.get(&format!("step0.layer{layer}.delta.{side}"))).into();
            close(&(left * right.transpose()), &changes[layer].dense(), 1e-12, &format!("{name}, layer {layer}"));
        }
    }
}

/// After a step of one fact, the MLP gives the edited key exactly the target value.
#[test]
fn romes_edit_holds_at_the_key() {
    for name in ["rome-covariance", "rome-identity"] {
        let mut session = session();
        let (settings, recipe) = variant(name, session.config());
        let mut single = recipe.clone();
        (single.facts, single.steps) = (recipe.facts[..1].to_vec(), vec![1]);
        run(&mut session, &single);
        let record = &session.records()[0];
        let (_, w) = weights(session.model().down(settings.layers[0]));
        let given = w * &record.keys[&settings.layers[0]].solved;
        let wanted = Matrix::from_fn(given.nrows(), 1, |row, _| f64::from(record.targets[0][row]));
        close(&given, &wanted, 1e-4, name);
    }
}

/// No weight moves further than the constraint in a step, and some go that far.
#[test]
fn the_constraint_of_fine_tuning_holds() {
    let mut session = session();
    let (settings, recipe) = variant("ft-l", session.config());
    run(&mut session, &recipe);
    for step in 0..2 {
        let delta = session.history().step(step).unwrap()[&2].dense();
        let most = delta.norm_max();
        assert!(most <= settings.norm_constraint * (1.0 + 1e-6) && most > 0.99 * settings.norm_constraint, "{most}");
    }
}

/// The singular values of the weights' whole change are bounded by the restraint of the unrestrained run's, which MEMIT's is, and the weights
/// after a step do not depend on whether another follows.
#[test]
fn prunes_total_change_is_restrained() {
    let mut session = session();
    let (settings, recipe) = variant("prune-log", session.config());
    run(&mut session, &recipe);
    let mut unrestrained = self::session();
    let mut memit = recipe.clone();
    memit.method = Method::Memit;
    run(&mut unrestrained, &memit);
    for &layer in &settings.layers {
        let (values, base) = weights(session.model().base_down(layer));
        let most = largest_singular_value(base.nrows(), base.ncols(), &values).unwrap();
        let spectrum = |session: &Session| -> Vec<f64> {
            let total = weights(session.model().down(layer)).1 - &base;
            total.thin_svd().unwrap().S().column_vector().iter().copied().collect()
        };
        let (restrained, whole) = (spectrum(&session), spectrum(&unrestrained));
        assert!(whole[0] > most, "the restraint bites");
        for (found, whole) in restrained.iter().zip(&whole) {
            let expected = settings.reduce_type.restrain(*whole, most);
            assert!((found - expected).abs() < 1e-3 * whole.max(1e-2), "layer {layer}: {found} {expected}");
        }
    }
    let after_two = weights(session.model().down(1)).0;
    let mut first = recipe.clone();
    (first.facts, first.steps) = (recipe.facts[..3].to_vec(), vec![3]);
    let mut grown = self::session();
    run(&mut grown, &first);
    let after_one = weights(grown.model().down(1)).0;
    // The second step is made behind a first that is only remembered.
    run(&mut grown, &recipe);
    assert_eq!(weights(grown.model().down(1)).0, after_two);
    grown.undo_to(1);
    assert_eq!(weights(grown.model().down(1)).0, after_one);
}
