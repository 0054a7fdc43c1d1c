//! What each method declares of itself is what it does.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod golden_support;

use golden_support::{distance, json, path, session};
use langedit::device::read;
use langedit::edit::settings::FIELDS;
use langedit::edit::{Method, NullSpace, Projection, SettingName, Settings, Solver, Statistics, editor, solve};
use langedit::facts::Fact;
use langedit::linalg::Matrix;
use langedit::model::ModelConfig;
use langedit::recipe::{ModelRef, Recipe, Report, RunInput, Session, Unobserved};
use pollster::block_on;

/// A short descent on the layers of the golden statistics.
fn settings(method: Method, config: &ModelConfig) -> Settings {
    let mut settings = Settings::for_model(config, method);
    for (name, value) in [("layers", "1"), ("nullspace_threshold", "0.7"), ("v_num_grad_steps", "3"), ("num_steps", "2")] {
        settings.set(name, value).unwrap();
    }
    settings
}

fn statistics() -> Statistics {
    Statistics::from_bytes(&std::fs::read(path("editing/stats.safetensors")).unwrap()).unwrap()
}

/// One step of one fact.
fn run(session: &mut Session, method: Method, settings: &Settings) -> Report {
    run_steps(session, method, settings, 1)
}

/// Steps of one fact each.
fn run_steps(session: &mut Session, method: Method, settings: &Settings, steps: usize) -> Report {
    let recipe = recipe_of(session, method, settings, steps);
    run_recipe(session, recipe)
}

fn recipe_of(session: &Session, method: Method, settings: &Settings, steps: usize) -> Recipe {
    let facts: Vec<Fact> = json("editing/facts.json");
    let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 0);
    facts.into_iter().take(steps).for_each(|fact| recipe.push_step([fact]));
    recipe.templates = Some(json("editing/templates.json"));
    recipe.adopt(settings, session.config());
    recipe
}

fn run_recipe(session: &mut Session, recipe: Recipe) -> Report {
    let input = RunInput { statistics: Some(statistics().into()), ..RunInput::new(recipe) };
    block_on(session.run(input, &mut Unobserved)).unwrap()
}

fn weights(session: &Session) -> Vec<u32> {
    block_on(read(session.model().down(1))).unwrap().iter().map(|weight| weight.to_bits()).collect()
}

#[test]
fn a_null_space_is_reported_where_the_method_projects() {
    for &method in Method::ALL {
        let mut session = session();
        let settings = settings(method, session.config());
        let report = run(&mut session, method, &settings);
        assert_eq!(!report.steps[0].null_dimension.is_empty(), method.spec().projects, "{method}");
    }
}

#[test]
fn settings_that_a_method_does_not_declare_change_nothing() {
    for &method in Method::ALL {
        let mut usual = session();
        let settings = settings(method, usual.config());
        run(&mut usual, method, &settings);
        for field in FIELDS.iter().filter(|field| !method.spec().uses(field.setting)) {
            let values = ["answer", "tracked", "exact", "repo", "linear", "0.125", "7", "true", "false"];
            let now = settings.get(field.name).unwrap();
            let other = values.iter().find(|&&value| value != now && Settings::check_assignment(field.name, value).is_ok()).unwrap();
            let mut changed = settings.clone();
            changed.set(field.name, other).unwrap();
            let mut session = session();
            let mut recipe = recipe_of(&session, method, &changed, 1);
            // What the method does not read is not adopted: it is said all the same, as recipes of before may.
            if !matches!(field.setting, SettingName::Mode | SettingName::Projection) {
                recipe.settings.insert(field.name.to_owned(), (*other).to_owned());
            }
            run_recipe(&mut session, recipe);
            assert!(weights(&session) == weights(&usual), "{method} does not declare `{}`, but reads it", field.name);
        }
    }
}

/// The solve and the projector are those of LangEdit's tracked form, the regulariser AlphaEdit's.
#[test]
fn evoedit_is_langedit_tracked_with_the_regulariser_of_alphaedit() {
    let weights_after = |method: Method, projection: Projection| {
        let mut session = session();
        let settings = Settings { l2: 10.0, projection, ..settings(method, session.config()) };
        run_steps(&mut session, method, &settings, 3);
        weights(&session)
    };
    let tracked = weights_after(Method::LangEdit, Projection::Tracked);
    assert!(weights_after(Method::EvoEdit, Projection::Exact) == tracked, "whatever the recipe says of a projection");
    assert!(weights_after(Method::AlphaEdit, Projection::Exact) != tracked);
    let config = session().config().clone();
    let l2 = |method| Settings::for_model(&config, method).l2;
    assert_eq!(l2(Method::EvoEdit), l2(Method::AlphaEdit));
}

/// Delta (K K^T + I) = R K^T at every step, whatever came before it.
#[test]
fn without_a_projection_langedit_is_least_squares_with_the_identity() {
    let mut session = session();
    let (method, width) = (Method::LangEdit, session.config().inner);
    let mut settings = settings(method, session.config());
    settings.set("projection", "none").unwrap();
    let mut editor = editor(method, &settings, &statistics()).unwrap();
    for step in 1..4_usize {
        let wave = |scale: usize| move |row: usize, column: usize| ((row * scale + 3 * column + step) as f64).sin();
        let (keys, residuals) = (Matrix::from_fn(width, 2, wave(7)), Matrix::from_fn(session.config().hidden, 2, wave(5)));
        block_on(Solver::Host.renew(&mut *editor, 1, session.model().device())).unwrap();
        assert_eq!(editor.null_space(1).map(NullSpace::null_dimension), Some(width));
        let delta = block_on(solve(&*editor, 1, &residuals, &keys)).unwrap().update.dense();
        let mut system = &keys * keys.transpose();
        (0..width).for_each(|at| system[(at, at)] += 1.0);
        let distance = distance(&(delta * system), &(&residuals * keys.transpose()));
        assert!(distance < 1e-10, "step {step}: {distance:e}");
        editor.remember(1, &keys, None).unwrap();
    }

    let report = run_steps(&mut session, method, &settings, 3);
    for step in &report.steps {
        assert_eq!(step.null_dimension[&1], width);
        let figures = &step.figures.as_ref().unwrap().layers[&1];
        assert!(figures.parts.removed == 0.0 && figures.parts.total == figures.parts.surviving, "{:?}", figures.parts);
        assert!(figures.spectrum.is_none(), "no projector, no cut of a spectrum");
    }
    assert!(report.steps[2].leak.values().all(|layers| layers[&1] > 1e-3), "nothing protects earlier keys: {:?}", report.steps[2].leak);
}
