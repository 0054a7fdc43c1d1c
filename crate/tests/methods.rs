//! What each method declares of itself is what it does.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod golden_support;

use golden_support::{json, path, session};
use langedit::device::read;
use langedit::edit::settings::FIELDS;
use langedit::edit::{Method, Settings, Statistics};
use langedit::facts::Fact;
use langedit::model::ModelConfig;
use langedit::recipe::{ModelRef, Recipe, Report, RunInput, Session, Unobserved};

/// A short descent on the layers of the golden statistics.
fn settings(method: Method, config: &ModelConfig) -> Settings {
    let mut settings = Settings::for_model(config, method);
    for (name, value) in [("layers", "1"), ("nullspace_threshold", "0.7"), ("v_num_grad_steps", "3"), ("num_steps", "2")] {
        settings.set(name, value).unwrap();
    }
    settings
}

/// One step of one fact.
fn run(session: &mut Session, method: Method, settings: &Settings) -> Report {
    let facts: Vec<Fact> = json("editing/facts.json");
    let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 0);
    recipe.push_step(facts.into_iter().take(1));
    recipe.templates = Some(json("editing/templates.json"));
    recipe.adopt(settings, session.config());
    let statistics = Statistics::from_bytes(&std::fs::read(path("editing/stats.safetensors")).unwrap()).unwrap();
    let input = RunInput { statistics: Some(statistics.into()), ..RunInput::new(recipe) };
    pollster::block_on(session.run(input, &mut Unobserved)).unwrap()
}

fn weights(session: &Session) -> Vec<u32> {
    pollster::block_on(read(session.model().down(1))).unwrap().iter().map(|weight| weight.to_bits()).collect()
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
            let values = ["prompt_last", "tracked", "repo", "linear", "0.125", "7", "true", "false"];
            let now = settings.get(field.name).unwrap();
            let other = values.iter().find(|&&value| value != now && Settings::check_assignment(field.name, value).is_ok()).unwrap();
            let mut changed = settings.clone();
            changed.set(field.name, other).unwrap();
            let mut session = session();
            run(&mut session, method, &changed);
            assert!(weights(&session) == weights(&usual), "{method} does not declare `{}`, but reads it", field.name);
        }
    }
}
