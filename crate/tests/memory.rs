//! What a session remembers changes what a run costs, and nothing that it gives.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod cli_support;
mod session_support;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use cli_support::without_times;
use langedit::device::read;
use langedit::edit::{MergeMethod, MergeSettings, Method};
use langedit::facts::{Fact, Probe};
use langedit::linalg::Update;
use langedit::recipe::{Activity, ModelRef, Observer, Recipe, Report, RunInput, Session, StepRecord};
use langedit::{ErrorKind, Result};
use proptest::prelude::*;
use serde_json::Value;
use session_support::{facts, input, session, templates};

/// Questions about a fact.
const QUESTIONS: usize = 3;
/// A method, and settings of its own.
type Line = (Method, &'static [(&'static str, &'static str)]);
const LINES: [Line; 8] = [
    (Method::LangEdit, &[("nullspace_threshold", "share:0.5"), ("edited_key_weight", "1")]),
    (Method::LangEdit, &[("nullspace_threshold", "share:0.5"), ("projection", "tracked")]),
    (Method::LangEdit, &[("mode", "repo")]),
    (Method::AlphaEdit, &[("nullspace_threshold", "share:0.5")]),
    (Method::EvoEdit, &[("nullspace_threshold", "share:0.5")]),
    (Method::MemitSeq, &[]),
    (Method::AnswerEdit, &[("nullspace_threshold", "share:0.5")]),
    (Method::Prune, &[("mom2_update_weight", "0.2")]),
];

/// Stops whatever it watches when it has been asked so often, and sees that progress never goes back.
#[derive(Default)]
struct Impatient {
    patience: usize,
    looks: Cell<usize>,
    done: usize,
}

impl Observer for Impatient {
    fn progress(&mut self, _: Activity, _: usize, _: usize, done: usize, total: usize) {
        assert!(done >= self.done && done <= total, "{done} of {total} after {}", self.done);
        self.done = done;
    }

    fn cancelled(&self) -> bool {
        self.looks.set(self.looks.get() + 1);
        self.looks.get() > self.patience
    }
}

/// Counts what it is told of key statistics.
#[derive(Default)]
struct Collected(usize);

impl Observer for Collected {
    fn progress(&mut self, activity: Activity, _: usize, _: usize, _: usize, _: usize) {
        self.0 += usize::from(activity == Activity::Statistics);
    }
}

/// A page prepares edits while nothing is asked of it, block by block: an edit is the same with them as without, and collects no statistics.
#[test]
fn an_edit_has_the_same_bits_whether_it_was_prepared_ahead() {
    let recipe = recipe(LINES[0], 3, false);
    let languages = ["fr", "en", "de"].map(str::to_owned);
    let mut ahead = session();
    let mut stops = 0;
    let prepare = |session: &mut Session, patience| {
        let mut observer = Impatient { patience, ..Impatient::default() };
        pollster::block_on(session.prepare_ahead(&recipe, &languages, None, &mut observer))
    };
    // One more look each time: block after block is kept.
    while let Err(error) = prepare(&mut ahead, stops / 8) {
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        stops += 1;
    }
    assert!(stops > 10, "{stops}");
    let run = |session: &mut Session| {
        let mut collected = Collected::default();
        let report = pollster::block_on(session.run(RunInput::new(recipe.clone()), &mut collected)).unwrap();
        let weights = pollster::block_on(session.edited_weights()).unwrap();
        (without_times(serde_json::to_value(&report).unwrap()), weights, collected.0)
    };
    let (report, weights, none) = run(&mut ahead);
    let (expected, bits, some) = run(&mut session());
    assert!(none == 0 && some > 0, "{none}, {some}");
    assert!(report["statistics"]["source"].as_str().unwrap().contains("Declaration"), "{report}");
    assert_eq!(report, expected);
    assert!(weights == bits && !bits.is_empty());
}

/// Templates belong to a language: when a first fact arrives in another one, the steps before it are those that were made, and other templates of
/// their own language make them anew.
#[test]
fn steps_are_kept_when_another_language_brings_its_templates() {
    let [first, second] = [1, 2].map(|steps| {
        let mut recipe = recipe(LINES[0], steps, false);
        for (fact, language) in recipe.facts.iter_mut().zip(["de", "fr"]) {
            fact.language = language.into();
        }
        recipe.languages = ["de", "fr"][..steps].iter().map(|&language| language.to_owned()).collect();
        let context = |language: &str, text: &str| (language.to_owned(), vec!["{}".to_owned(), format!("{text}. {{}}")]);
        recipe.templates = Some([context("de", "Well"), context("fr", "So")].into_iter().take(steps).collect());
        recipe
    });
    let mut session = session();
    let (_, one) = run(&mut session, &first, "every");
    let (_, two) = run(&mut session, &second, "every");
    assert_eq!((one.made.len(), two.made.len()), (1, 1), "the first step was made again");
    let fresh = outcome(&run(&mut self::session(), &second, "every").0);
    assert_eq!(outcome(&run(&mut session, &second, "every").0), fresh);
    let mut other = second;
    other.templates.as_mut().unwrap().insert("de".into(), vec!["{}".into(), "The sky. {}".into()]);
    assert_eq!(run(&mut session, &other, "every").1.made.len(), 2, "other templates, the same step");
}

fn all_facts() -> Vec<Fact> {
    let mut facts = facts();
    for (i, fact) in facts.iter_mut().enumerate() {
        fact.rephrases = vec![format!("Well, {}", fact.prompt)];
        fact.neighbours = vec![Probe { prompt: format!("The sky above house {i} is"), answer: ["blue", "grey"][i % 2].to_owned() }];
    }
    facts
}

/// The first `steps` facts, one a step, in their order or `swapped` in pairs.
fn recipe((method, settings): Line, steps: usize, swapped: bool) -> Recipe {
    let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 0);
    let facts = all_facts();
    for step in 0..steps {
        recipe.push_step([facts[if swapped { step ^ 1 } else { step }].clone()]);
    }
    recipe.templates = Some(templates());
    for (name, value) in [("layers", "1-2"), ("v_lr", "0.5"), ("clamp_norm_factor", "50"), ("v_num_grad_steps", "4")] {
        recipe.settings.insert(name.into(), value.into());
    }
    for &(name, value) in settings {
        match name {
            "projection" => recipe.projection = value.parse().unwrap(),
            "mode" => recipe.mode = value.parse().unwrap(),
            _ => drop(recipe.settings.insert(name.into(), value.into())),
        }
    }
    recipe
}

/// The bits of the weights that the lines edit.
fn bits(session: &Session) -> Vec<Vec<u32>> {
    [1, 2].map(|layer| pollster::block_on(read(session.model().down(layer))).unwrap().iter().map(|v| v.to_bits()).collect()).into()
}

/// A report without times.
fn outcome(report: &Report) -> Value {
    without_times(serde_json::to_value(report).unwrap())
}

/// Watches what is made and asked, and stops after a number of looks.
#[derive(Default)]
struct Watch {
    asked: usize,
    made: Vec<String>,
    stop_after: Option<usize>,
    looks: Cell<usize>,
}

impl Observer for Watch {
    fn progress(&mut self, activity: Activity, _: usize, _: usize, done: usize, total: usize) {
        if matches!(activity, Activity::Evaluate | Activity::EvaluateBefore) && done == total {
            self.asked += total;
        }
    }

    fn step(&mut self, record: &StepRecord, _: &BTreeMap<usize, Update>) -> Result<()> {
        self.made.push(record.fingerprint.clone());
        Ok(())
    }

    fn cancelled(&self) -> bool {
        self.looks.set(self.looks.get() + 1);
        self.stop_after.is_some_and(|most| self.looks.get() > most)
    }
}

fn run(session: &mut Session, recipe: &Recipe, evaluation: &str) -> (Report, Watch) {
    let mut watch = Watch::default();
    let input = RunInput { evaluation: evaluation.parse().unwrap(), ..input(recipe) };
    (pollster::block_on(session.run(input, &mut watch)).unwrap(), watch)
}

/// What is done to a session.
#[derive(Clone, Copy, Debug)]
struct Deed {
    kind: Kind,
    line: usize,
    steps: usize,
    swapped: bool,
    evaluation: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Run,
    Trial,
    /// A run that is stopped after so many looks of the engine.
    Stop(usize),
    Undo,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let kind = prop_oneof![4 => Just(Kind::Run), 2 => Just(Kind::Trial), 3 => (1_usize..60).prop_map(Kind::Stop), 1 => Just(Kind::Undo)];
    let evaluation = prop::sample::select(vec!["every", "every", "2", "end", "nothing"]);
    // Two lines meet often enough to be gone back to.
    let line = prop_oneof![4 => 0..2_usize, 1 => 2..LINES.len()];
    let deed = (kind, line, 0..=4_usize, any::<bool>(), evaluation);
    prop::collection::vec(deed.prop_map(|(kind, line, steps, swapped, evaluation)| Deed { kind, line, steps, swapped, evaluation }), 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// After whatever was done before, a run gives the report and the weights of a fresh session; a trial, and a run that is stopped,
    /// leave the weights as they were; and no step is made twice.
    #[test]
    fn the_past_does_not_show(deeds in deeds()) {
        let mut long = session();
        let (mut made, mut now): (BTreeSet<String>, Option<(usize, bool, usize)>) = (BTreeSet::new(), None);
        for deed in deeds {
            let before = bits(&long);
            let recipe = recipe(LINES[deed.line], deed.steps, deed.swapped);
            let wanted = || RunInput { evaluation: deed.evaluation.parse().unwrap(), ..input(&recipe) };
            let mut watch = Watch::default();
            if let Kind::Stop(looks) = deed.kind {
                watch.stop_after = Some(looks);
            }
            let report = match deed.kind {
                Kind::Run | Kind::Stop(_) => pollster::block_on(long.run(wanted(), &mut watch)),
                Kind::Trial => pollster::block_on(long.trial(wanted(), &mut watch)),
                Kind::Undo => {
                    let left = now.map_or(0, |(_, _, steps)| steps.min(deed.steps));
                    long.undo_to(left);
                    now = now.map(|(line, swapped, _)| (line, swapped, left));
                    let mut fresh = session();
                    if let Some((line, swapped, steps)) = now {
                        run(&mut fresh, &self::recipe(LINES[line], steps, swapped), "nothing");
                    }
                    prop_assert_eq!(bits(&long), bits(&fresh), "{:?}", deed);
                    continue;
                }
            };
            for step in watch.made {
                prop_assert!(made.insert(step), "made twice: {deed:?}");
            }
            match report {
                Err(error) => {
                    prop_assert_eq!(error.kind(), ErrorKind::Cancelled);
                    prop_assert!(matches!(deed.kind, Kind::Stop(_)));
                    prop_assert_eq!(bits(&long), before, "{:?}", deed);
                    prop_assert_eq!(long.history().len(), long.records().len());
                }
                Ok(report) => {
                    let mut fresh = session();
                    let (expected, _) = run(&mut fresh, &recipe, deed.evaluation);
                    prop_assert_eq!(outcome(&report), outcome(&expected), "{:?}", deed);
                    if deed.kind == Kind::Trial {
                        prop_assert_eq!(bits(&long), before, "{:?}", deed);
                    } else {
                        prop_assert_eq!(bits(&long), bits(&fresh), "{:?}", deed);
                        now = Some((deed.line, deed.swapped, deed.steps));
                    }
                }
            }
        }
    }
}

/// One fact after the other: each run asks the new fact's questions of all the weights before, and all questions of the new weights.
#[test]
fn growing_asks_only_what_is_new() {
    let mut session = session();
    for steps in 1..=6 {
        let (_, watch) = run(&mut session, &recipe(LINES[0], steps, false), "every");
        assert_eq!((watch.made.len(), watch.asked), (1, 2 * QUESTIONS * steps), "{steps} steps");
    }
    for steps in [5, 2, 6, 1, 6] {
        let (_, watch) = run(&mut session, &recipe(LINES[0], steps, false), "every");
        assert_eq!((watch.made.len(), watch.asked), (0, 0), "back to {steps} steps");
    }
}

/// Two settings of the same facts, back and forth, each growing by a step at a time.
#[test]
fn lines_grow_side_by_side() {
    let mut session = session();
    let mut made = 0;
    for steps in 1..=5 {
        for line in [LINES[0], LINES[1], LINES[0], LINES[3], LINES[1]] {
            let (_, watch) = run(&mut session, &recipe(line, steps, false), "end");
            made += watch.made.len();
        }
        assert_eq!(made, 3 * steps, "each of three lines has grown by one step");
    }
}

/// Merges of the same separate edits: nothing that was asked under one is asked again.
#[test]
fn merges_are_asked_once() {
    let mut session = session();
    let merged = |merge: MergeMethod| {
        let mut recipe = recipe((Method::Memit, &[]), 6, false);
        recipe.merge = Some(MergeSettings::new(merge));
        recipe
    };
    let (first, watch) = run(&mut session, &merged(MergeMethod::Sum), "every");
    assert_eq!(watch.asked, 4 * 6 * QUESTIONS, "before, two languages alone, both together");
    let (_, watch) = run(&mut session, &merged(MergeMethod::Tsvm), "every");
    assert_eq!(watch.asked, 6 * QUESTIONS, "only the other merge");
    let sweep = vec![MergeSettings::new(MergeMethod::Tsvm)];
    let mut watch = Watch::default();
    let input = RunInput { sweep, ..input(&merged(MergeMethod::Sum)) };
    let again = pollster::block_on(session.trial(input, &mut watch)).unwrap();
    assert_eq!(watch.asked, 0);
    assert_eq!(again.languages, first.languages);
    assert_eq!(again.accuracy_matrix, first.accuracy_matrix);
}
