//! The embedded model edited with the solver of the device, against that of the host.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod device_support;

use burn::prelude::Device;
use device_support::devices;
use langedit::checkpoint::{builtin_statistics, open_builtin};
use langedit::edit::{Method, Solver, Statistics};
use langedit::facts::Fact;
use langedit::linalg::Matrix;
use langedit::recipe::{Evaluation, ModelRef, Recipe, Report, RunInput, Session, Unobserved};
use pollster::block_on;
use serde_json::json;

/// What an update in f32 may differ by from the one in f64 with the same target values, relative.
const TOLERANCE: f64 = 1e-4;

fn fact(language: &str, prompt: &str, subject: &str, object: &str) -> Fact {
    let prompt = prompt.replace("{}", subject);
    serde_json::from_value(json!({"id": subject, "language": language, "subject": subject, "prompt": prompt, "new_object": object}))
        .unwrap()
}

/// Two steps in two languages; the updates of each layer, and the report.
fn edited(device: &Device, solver: Solver, method: Method, settings: &[(&str, &str)]) -> (Vec<Matrix>, Report) {
    let mut session = Session::open(&open_builtin().unwrap(), device, "test", |_, _| ()).unwrap();
    session.set_solver(solver);
    let mut recipe = Recipe::new(ModelRef { name: "builtin".to_owned(), sha256: None }, method, 0);
    for (language, prompt, facts) in [
        ("de", "Die Hauptstadt von {} ist", [("Frankreich", "Rom"), ("Japan", "Lima")]),
        ("fr", "La capitale de {} est", [("Portugal", "Vienne"), ("Kenya", "Oslo")]),
    ] {
        recipe.push_step(facts.map(|(subject, object)| fact(language, prompt, subject, object)));
    }
    let mut chosen = recipe.resolve(session.config()).unwrap();
    for (name, value) in [("v_num_grad_steps", "6")].iter().chain(settings) {
        chosen.set(name, value).unwrap();
    }
    recipe.adopt(&chosen, session.config());
    let statistics = Statistics::from_bytes(builtin_statistics().unwrap()).unwrap();
    let input = RunInput { statistics: Some(statistics.into()), evaluation: Evaluation::Nothing, ..RunInput::new(recipe) };
    let report = block_on(session.run(input, &mut Unobserved)).unwrap();
    let steps = (0..session.history().len()).flat_map(|step| session.history().step(step).unwrap().values());
    (steps.map(langedit::linalg::Update::dense).collect(), report)
}

#[test]
fn updates_are_those_of_the_host() {
    for (device, name) in devices() {
        for (method, settings) in [
            (Method::LangEdit, &[("projection", "exact")]),
            (Method::LangEdit, &[("projection", "tracked")]),
            (Method::AlphaEdit, &[("l2", "10")]),
        ] {
            let (expected, of_host) = edited(&device, Solver::Host, method, settings);
            let (found, of_device) = edited(&device, Solver::Device, method, settings);
            assert_eq!(found.len(), expected.len());
            for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let distance = (found - expected).norm_l2() / expected.norm_l2();
                assert!(distance < TOLERANCE, "{name}, {method} {settings:?}, update {at}: {distance:e}");
            }
            for (ours, theirs) in of_device.steps.iter().zip(&of_host.steps) {
                assert_eq!(ours.null_dimension, theirs.null_dimension, "{name}, {method}");
                assert!(theirs.solver.is_none(), "all of it on the host");
                let solver = ours.solver.unwrap();
                assert_eq!(solver.update.on, Solver::Device);
                assert!(solver.update.error.unwrap() < 1e-5, "{solver:?}");
            }
            let cut = of_device.steps[1].solver.unwrap().null_space.unwrap();
            let renewed = method == Method::LangEdit;
            assert_eq!(cut.on, if renewed { Solver::Device } else { Solver::Host }, "{settings:?}");
            assert_eq!(cut.unresolved, 0);
        }
    }
}
