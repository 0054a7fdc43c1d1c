//! Undo restores bits; steps that were made already are kept; projection keeps earlier facts apart.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod session_support;

use std::collections::BTreeMap;

use langedit::Result;
use langedit::device::read;
use langedit::edit::{Method, Projection};
use langedit::linalg::Update;
use langedit::recipe::{Activity, ModelRef, Observer, Recipe, Report, RunStore, Session, StepRecord};
use session_support::{facts, input, run, session, templates};

/// Three steps of two facts.
fn recipe(method: Method, steps: usize) -> Recipe {
    let facts = facts();
    let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 0);
    for step in facts.chunks(2).take(steps) {
        recipe.push_step(step.iter().cloned());
    }
    recipe.templates = Some(templates());
    for (name, value) in [("layers", "1-2"), ("nullspace_threshold", "0.7"), ("v_num_grad_steps", "6")] {
        recipe.settings.insert(name.into(), value.into());
    }
    match method {
        Method::Rome => recipe.settings.insert("layers".into(), "1".into()),
        // Changes large enough to be restrained.
        Method::Prune => recipe.settings.insert("mom2_update_weight".into(), "0.2".into()),
        Method::Ft
        | Method::FtL
        | Method::FtM
        | Method::Memit
        | Method::MemitSeq
        | Method::Rect
        | Method::AlphaEdit
        | Method::LangEdit
        | Method::EvoEdit => None,
        // Two stages, the second of which writes again what the first spoiled of earlier steps.
        Method::AnswerEdit => {
            recipe.settings.insert("subject_layers".into(), "1".into());
            recipe.settings.insert("layers".into(), "2".into())
        }
    };
    recipe
}

/// Hands each step that is made to a function.
struct Steps<F>(F);

impl<F: FnMut(&StepRecord, &BTreeMap<usize, Update>) -> Result<()> + Send> Observer for Steps<F> {
    fn progress(&mut self, _: Activity, _: usize, _: usize, _: usize, _: usize) {}

    fn step(&mut self, record: &StepRecord, changes: &BTreeMap<usize, Update>) -> Result<()> {
        (self.0)(record, changes)
    }
}

fn weights(session: &Session) -> Vec<Vec<u32>> {
    [1, 2].map(|layer| pollster::block_on(read(session.model().down(layer))).unwrap().iter().map(|v| v.to_bits()).collect()).into()
}

#[test]
fn undo_restores_the_bits() {
    for &method in Method::ALL {
        let mut session = session();
        let mut seen = vec![weights(&session)];
        for steps in 1..=3 {
            run(&mut session, &recipe(method, steps));
            assert_eq!(session.history().len(), steps);
            seen.push(weights(&session));
            assert_ne!(seen[steps], seen[steps - 1]);
        }
        for steps in (0..3).rev() {
            session.undo_to(steps);
            assert_eq!(weights(&session), seen[steps], "{method}: undone to {steps} steps");
        }
        run(&mut session, &recipe(method, 3));
        assert_eq!(weights(&session), seen[3], "{method}: done again");
    }
}

/// Steps that another process kept come back with the same bits, and the run goes on from them as if it had never stopped.
#[test]
fn kept_steps_come_back_bit_for_bit() {
    for &method in Method::ALL {
        let folder = tempfile::tempdir().unwrap();
        let (mut first, whole) = (session(), recipe(method, 3));
        let mut store = RunStore::open(folder.path()).unwrap();
        store.begin(&whole, &first, &input(&whole).statistics.unwrap().statistics).unwrap();
        let mut keep = Steps(|record: &StepRecord, changes: &_| store.save(record, changes));
        pollster::block_on(first.run(input(&recipe(method, 2)), &mut keep)).unwrap();
        let after_two = weights(&first);
        run(&mut first, &whole);
        drop(store);

        let mut second = session();
        assert_eq!(RunStore::open(folder.path()).unwrap().restore(&mut second).unwrap(), 2);
        assert_eq!(weights(&second), after_two, "{method}: restored");
        run(&mut second, &whole);
        assert_eq!(weights(&second), weights(&first), "{method}: gone on");
        let rehearses = |step: usize| second.records()[step].keys.values().any(|keys| !keys.rehearsed.is_empty());
        assert_eq!((rehearses(1), rehearses(2)), (method == Method::AnswerEdit, method == Method::AnswerEdit), "{method}");
    }
}

/// A recipe that grows fact by fact in one session gives the report of the whole recipe in a fresh one, without editing twice.
#[test]
fn steps_made_already_are_kept() {
    let mut grown = session();
    let (mut edited, mut last) = (0, None);
    for steps in 1..=3 {
        let recipe = recipe(Method::LangEdit, steps);
        let mut store = Steps(|_: &StepRecord, _: &_| {
            edited += 1;
            Ok(())
        });
        last = Some(pollster::block_on(grown.run(input(&recipe), &mut store)).unwrap());
    }
    assert_eq!(edited, 3, "each step is edited once");
    let whole = run(&mut session(), &recipe(Method::LangEdit, 3));
    let numbers = |report: &Report| {
        let losses: Vec<_> = report.steps.iter().map(|step| (step.losses.clone(), step.delta_norm.clone(), step.leak.clone())).collect();
        (losses, report.languages.clone(), report.accuracy_matrix.clone())
    };
    assert_eq!(numbers(&last.unwrap()), numbers(&whole));
}

/// Under the tracked projector an update moves nothing that was edited before; MEMIT's does.
#[test]
fn tracked_updates_leave_past_keys_alone() {
    let leaks = |method: Method, projection: Projection| -> Vec<f64> {
        let mut recipe = recipe(method, 3);
        recipe.projection = projection;
        let report = run(&mut session(), &recipe);
        report.steps.iter().flat_map(|step| step.leak.values().flat_map(|layers| layers.values().copied())).collect()
    };
    for method in [Method::LangEdit, Method::EvoEdit] {
        let tracked = leaks(method, Projection::Tracked);
        assert!(!tracked.is_empty() && tracked.iter().all(|&leak| leak < 1e-9), "{method}: {tracked:?}");
    }
    assert!(leaks(Method::Memit, Projection::Exact).iter().any(|&leak| leak > 1e-3));
}

/// An observer that stops the work leaves the finished steps and nothing half-applied: before a step's targets, and between its layers.
#[test]
fn cancelling_keeps_whole_steps() {
    struct Stop {
        at: (Activity, usize),
        stopped: bool,
    }
    impl Observer for Stop {
        fn progress(&mut self, activity: Activity, step: usize, _: usize, done: usize, _: usize) {
            self.stopped |= step == 2 && (activity, done) == self.at;
        }
        fn cancelled(&self) -> bool {
            self.stopped
        }
    }
    let mut session = session();
    run(&mut session, &recipe(Method::LangEdit, 1));
    let before = weights(&session);
    let recipe = recipe(Method::LangEdit, 3);
    for at in [(Activity::Targets, 0), (Activity::Solve, 1)] {
        let mut stop = Stop { at, stopped: false };
        let error = pollster::block_on(session.run(input(&recipe), &mut stop)).unwrap_err();
        assert_eq!(error.kind(), langedit::ErrorKind::Cancelled);
        assert_eq!((session.history().len(), session.records().len()), (1, 1));
        assert_eq!(weights(&session), before, "stopped at {at:?}");
    }
}
