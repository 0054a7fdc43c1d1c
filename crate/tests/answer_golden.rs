//! AnswerEdit against an independent PyTorch script (tests/golden/editing/make_answer.py), whole runs in f32; its solve against NumPy
//! (tests/golden/linalg/make_weighing.py), in f64; and its limits, which are published methods.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod golden_support;

use golden_support::{Golden, assignments, close, json, path, session, sessions};
use langedit::edit::{FactToken, Method, Request, Settings, Statistics};
use langedit::facts::Fact;
use langedit::linalg::{KeyCovariance, Matrix, Projector, Threshold, Weighing, weighed_update};
use langedit::recipe::{ModelRef, Recipe, Report, RunInput, Session, Unobserved};
use serde_json::Value;

/// Relative Frobenius distance that f32 forward and backward passes may have from the f64 script.
const TOLERANCE: f64 = 1e-3;
/// The same for f64 solves.
const EXACT: f64 = 1e-8;

fn facts() -> Vec<Fact> {
    json("editing/facts.json")
}

/// Two steps of three facts, by `method` under the golden settings and `more`.
fn run(session: &mut Session, method: Method, more: &[(&str, &str)]) -> Report {
    run_as("answeredit", session, method, more)
}

/// As [`run`], under the golden settings of that name.
fn run_as(golden: &str, session: &mut Session, method: Method, more: &[(&str, &str)]) -> Report {
    let mut settings = Settings::for_model(session.config(), method);
    let golden = assignments(&json::<Value>("editing/answer.json")["methods"][golden]["set"]);
    let golden = golden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in golden.chain(more.iter().copied()) {
        settings.set(name, value).unwrap();
    }
    let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 0);
    facts().chunks(3).for_each(|step| recipe.push_step(step.iter().cloned()));
    recipe.templates = Some(json("editing/templates.json"));
    recipe.adopt(&settings, session.config());
    let statistics = Statistics::from_bytes(&std::fs::read(path("editing/stats.safetensors")).unwrap()).unwrap();
    let input = RunInput { statistics: Some(statistics.into()), ..RunInput::new(recipe) };
    pollster::block_on(session.run(input, &mut Unobserved)).unwrap()
}

/// The changes of all steps and layers.
fn changes(session: &Session) -> Vec<Matrix> {
    (0..2).flat_map(|step| [1, 2].map(|layer| session.history().step(step).unwrap()[&layer].dense())).collect()
}

#[test]
fn a_run_gives_the_scripts_targets_keys_and_updates() {
    for (settings, file) in [("answeredit", "answer"), ("answeredit-stages", "answer_stages")] {
        let golden = Golden::open(&format!("editing/{file}.safetensors"));
        for mut session in sessions() {
            let report = run_as(settings, &mut session, Method::AnswerEdit, &[]);
            for step in 0..2 {
                let (record, theirs) = (&session.records()[step], golden.get(&format!("step{step}.targets")));
                let ours = Matrix::from_fn(theirs.nrows(), theirs.ncols(), |r, c| f64::from(record.targets[c][r]));
                close(&ours, &theirs, TOLERANCE, &format!("{file}: step {step}: targets"));
                let language = &facts()[3 * step].language;
                assert_eq!((report.steps[step].facts, report.steps[step].losses.len()), (3, 3), "a loss curve a fact");
                let again: Vec<usize> = {
                    let places = golden.find(&format!("step{step}.rehearsed"));
                    places.iter().flat_map(|places| places.row(0).iter().map(|&place| place as usize).collect::<Vec<_>>()).collect()
                };
                assert_eq!(record.keys[&2].rehearsed, again, "{file}: step {step}");
                assert_eq!(report.steps[step].rehearsed.is_empty(), again.is_empty());
                for layer in [1, 2] {
                    let at = format!("step{step}.layer{layer}");
                    let (keys, theirs) = (&record.keys[&layer], golden.get(&format!("{at}.keys")));
                    close(&keys.solved, &theirs, TOLERANCE, &format!("{file}: {at}: keys"));
                    assert_eq!(
                        keys.languages,
                        vec![language.clone(); theirs.ncols() - keys.rehearsed.len()],
                        "a language a key of its own"
                    );
                    let delta = session.history().step(step).unwrap()[&layer].dense();
                    close(&delta, &golden.get(&format!("{at}.delta")), TOLERANCE, &format!("{file}: {at}: update"));
                    assert_eq!(report.steps[step].null_dimension[&layer] as f64, golden.get(&format!("{at}.null"))[(0, 0)], "{at}");
                }
            }
        }
    }
}

/// The first stage is the step that there would be without the second, and the second writes what is missing behind it: nothing at tokens that are
/// right by then.
#[test]
fn a_stage_at_the_subject_comes_first() {
    let (mut subject, mut both) = (session(), session());
    run(&mut subject, Method::AnswerEdit, &[("layers", "1"), ("fact_token", "subject_last")]);
    let report = run(&mut both, Method::AnswerEdit, &[("layers", "2"), ("subject_layers", "1")]);
    let change = |session: &Session, layer: usize| session.history().step(0).unwrap()[&layer].dense();
    assert_eq!(change(&both, 1), change(&subject, 1));
    assert_eq!(both.records()[0].keys[&1].solved.ncols(), 3, "a key a fact");
    assert!(both.records()[0].keys[&2].solved.ncols() > 3, "a key a token");
    assert!(report.steps[1].leak.values().all(|layers| layers.contains_key(&1) && layers.contains_key(&2)));

    // A target that is reached everywhere from the start ends the search with no change.
    let mut found = session();
    run(&mut found, Method::AnswerEdit, &[("layers", "2"), ("subject_layers", "1"), ("v_stop_loss", "100")]);
    let moved = change(&found, 2).norm_max();
    assert!(moved < 1e-5, "{moved:e}");
}

/// What is written again are facts that hold: not those whose prompt has a new answer since. Where an object is one request, it is one place.
#[test]
fn a_prompt_that_was_answered_anew_is_not_rehearsed() {
    for fact_token in ["answer", "prompt_last"] {
        let mut session = session();
        let mut settings = Settings::for_model(session.config(), Method::AnswerEdit);
        for (name, value) in [
            ("layers", "2"),
            ("subject_layers", "1"),
            ("nullspace_threshold", "0.7"),
            ("v_num_grad_steps", "2"),
            ("fact_token", fact_token),
        ] {
            settings.set(name, value).unwrap();
        }
        let facts = facts();
        let anew = Fact { id: "anew".into(), new_object: facts[1].new_object.clone(), ..facts[0].clone() };
        let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, Method::AnswerEdit, 0);
        for step in [vec![facts[0].clone(), facts[2].clone()], vec![anew], vec![facts[3].clone()]] {
            recipe.push_step(step);
        }
        recipe.templates = Some(json("editing/templates.json"));
        recipe.adopt(&settings, session.config());
        let statistics = Statistics::from_bytes(&std::fs::read(path("editing/stats.safetensors")).unwrap()).unwrap();
        let input = RunInput { statistics: Some(statistics.into()), ..RunInput::new(recipe) };
        let report = pollster::block_on(session.run(input, &mut Unobserved)).unwrap();
        // Two steps of descent write nothing that is said.
        let again: Vec<Vec<&str>> = report.steps.iter().map(|step| step.rehearsed.iter().map(|fact| fact.id.as_str()).collect()).collect();
        assert_eq!(again, [vec![], vec![facts[2].id.as_str()], vec![facts[2].id.as_str(), "anew"]], "{fact_token}");
    }
}

/// A fact is asked for token by token, each behind those before it.
#[test]
fn each_token_of_the_object_is_a_request() {
    let (session, facts, golden) = (session(), facts(), Golden::open("editing/answer.safetensors"));
    let all = |token| -> Vec<Request> {
        facts[..3].iter().flat_map(|fact| Request::all(session.tokenizer(), fact, &["{}".to_owned()], token).unwrap()).collect()
    };
    let (whole, parts) = (all(FactToken::PromptLast), all(FactToken::Answer));
    let tokens: Vec<f64> = parts.iter().map(|part| part.token as f64).collect();
    assert_eq!(tokens, golden.get("step0.tokens").row(0).iter().copied().collect::<Vec<_>>());
    assert_eq!((Request::by_fact(&whole).count(), Request::by_fact(&parts).count()), (3, 3));
    for (whole, parts) in whole.iter().zip(Request::by_fact(&parts)) {
        assert_eq!(parts.iter().flat_map(|part| part.target.clone()).collect::<Vec<_>>(), whole.target);
        for (said, part) in parts.iter().enumerate() {
            let [prompt] = &part.prompts[..] else { panic!("one template, one prompt") };
            assert_eq!(prompt.tokens, [&whole.prompts[0].tokens[..], &whole.target[..said]].concat());
            assert_eq!((prompt.lookup, part.target.len()), (prompt.tokens.len() - 1, 1));
        }
    }
}

#[test]
fn the_solve_is_the_least_squares_problem() {
    let (given, golden) = (Golden::open("linalg/linalg.safetensors"), Golden::open("linalg/weighing.safetensors"));
    let (r, keys, past) = (given.get("residual"), given.get("keys"), given.get("past"));
    let covariance = KeyCovariance::from_mean(given.get("covariance"), 60.0).unwrap();
    let absolute = Projector::from_covariance(&covariance, Threshold::Absolute(2e-2)).unwrap();
    let mut tracked = absolute.clone();
    tracked.remove_span(&past.subcols(0, 4).to_owned(), 1e-12).unwrap();
    for (name, projector) in [("projector_absolute", &absolute), ("projector_tracked_once", &tracked)] {
        let weighing = Weighing::new(&covariance, projector, 15.0, 0.4).unwrap();
        golden.agrees(&format!("inverse_{name}"), &weighing.dense(), EXACT);
        golden.agrees(&format!("update_{name}"), &weighed_update(&r, &keys, &past, &weighing).unwrap().dense(), EXACT);
    }
    let everywhere = Weighing::new(&covariance, &Projector::identity(covariance.dim()), 15.0, 0.4).unwrap();
    let none = Matrix::zeros(covariance.dim(), 0);
    golden.agrees("update_everywhere", &weighed_update(&r, &keys, &none, &everywhere).unwrap().dense(), EXACT);
}

/// With next to no weight on C its run is AlphaEdit's, with the whole space and next to no ridge MEMIT-seq's.
#[test]
fn its_limits_are_published_methods() {
    for (method, of_it, of_both) in [
        (Method::AlphaEdit, &[("mom2_update_weight", "1e-9")][..], &[][..]),
        (
            Method::MemitSeq,
            &[("nullspace_threshold", "100%"), ("l2", "1e-9")][..],
            &[("fact_token", "subject_last"), ("mom2_ridge", "0")][..],
        ),
    ] {
        let (mut ours, mut theirs) = (session(), session());
        run(&mut ours, Method::AnswerEdit, &[of_it, of_both].concat());
        run(&mut theirs, method, of_both);
        for (i, (found, expected)) in changes(&ours).iter().zip(changes(&theirs)).enumerate() {
            close(found, &expected, 1e-4, &format!("change {i} against {method}"));
        }
    }
}
