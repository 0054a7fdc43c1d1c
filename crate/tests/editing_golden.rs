//! Target values, keys, updates and projectors against an independent PyTorch script (tests/golden/editing).
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod golden_support;

use std::collections::BTreeMap;

use golden_support::{Golden, assignments, close, json, path, session, session_of, sessions, text};
use langedit::edit::{Method, Request, Settings, Statistics, target_values};
use langedit::facts::Fact;
use langedit::linalg::{KeyCovariance, Matrix};
use langedit::recipe::{ModelRef, Recipe, RunInput, Unobserved};
use langedit::text::corpus_lines;
use serde_json::Value;

/// Relative Frobenius distance that f32 forward and backward passes may have from the f64 script.
const TOLERANCE: f64 = 1e-3;

#[test]
fn statistics_are_the_mean_outer_product_of_the_corpus_keys() {
    let session = session();
    let corpus = text("editing/corpus.txt");
    let lines: Vec<String> = corpus_lines(&corpus).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let ours =
        pollster::block_on(Statistics::collect(session.model(), session.tokenizer(), &lines, &[1, 2], "golden", |_, _| true)).unwrap();
    let theirs = Statistics::from_bytes(&std::fs::read(path("editing/stats.safetensors")).unwrap()).unwrap();
    assert!((ours.count() - theirs.count()).abs() < 0.5, "{} {}", ours.count(), theirs.count());
    for (layer, _) in theirs.layers() {
        close(ours.load(layer).unwrap().mean(), theirs.load(layer).unwrap().mean(), TOLERANCE, &format!("covariance of layer {layer}"));
    }
    let read_back = Statistics::from_bytes(&ours.to_bytes().unwrap()).unwrap();
    assert_eq!(read_back.count(), ours.count());
    assert_eq!(read_back.provenance(), "golden");
}

#[test]
fn target_values_follow_the_published_optimisation() {
    let golden = Golden::open("editing/golden.safetensors");
    let settings: Value = json("editing/settings.json");
    let facts: Vec<Fact> = json("editing/facts.json");
    let templates: BTreeMap<String, Vec<String>> = json("editing/templates.json");
    let sessions = sessions();
    let on_each = sessions.iter().flat_map(|session| ["main", "stops", "clamps"].map(|set| (session, set)));
    for (session, set) in on_each {
        let mut chosen = Settings::for_model(session.config(), Method::LangEdit);
        for (name, value) in assignments(&settings["set"]) {
            chosen.set(&name, &value).unwrap();
        }
        if set != "main" {
            for (name, value) in assignments(&settings["targets_only"][set]) {
                chosen.set(&name, &value).unwrap();
            }
        }
        let requests: Vec<Request> = facts
            .iter()
            .map(|fact| Request::new(session.tokenizer(), fact, &templates[&fact.language], chosen.fact_token).unwrap())
            .collect();
        let targets = pollster::block_on(target_values(session.model(), &requests, &chosen, |_| true)).unwrap();
        let theirs = golden.get(&format!("values.{set}.targets"));
        let ours = Matrix::from_fn(theirs.nrows(), theirs.ncols(), |r, c| f64::from(targets[c].value[r]));
        close(&ours, &theirs, TOLERANCE, &format!("targets of {set}"));
        for (i, target) in targets.iter().enumerate() {
            let losses = golden.get(&format!("values.{set}.fact{i}.losses"));
            assert_eq!(target.losses.len(), losses.nrows(), "{set}, fact {i}: number of steps");
            for (step, &loss) in target.losses.iter().enumerate() {
                assert!((f64::from(loss) - losses[(step, 0)]).abs() < 1e-3, "{set}, fact {i}, step {step}: {loss} {}", losses[(step, 0)]);
            }
        }
    }
}

/// The search is the published one, cut behind the first loss below `v_stop_loss`.
#[test]
fn the_search_ends_below_the_loss_that_is_set() {
    let (settings, facts): (Value, Vec<Fact>) = (json("editing/settings.json"), json("editing/facts.json"));
    let templates: BTreeMap<String, Vec<String>> = json("editing/templates.json");
    let session = session();
    let mut chosen = Settings::for_model(session.config(), Method::LangEdit);
    for (name, value) in assignments(&settings["set"]).into_iter().chain(assignments(&settings["targets_only"]["stops"])) {
        chosen.set(&name, &value).unwrap();
    }
    let requests: Vec<Request> =
        facts.iter().map(|fact| Request::new(session.tokenizer(), fact, &templates[&fact.language], chosen.fact_token).unwrap()).collect();
    let losses_to = |stop: f64| -> Vec<Vec<f32>> {
        let settings = Settings { v_stop_loss: stop, ..chosen.clone() };
        let targets = pollster::block_on(target_values(session.model(), &requests, &settings, |_| true)).unwrap();
        targets.into_iter().map(|target| target.losses).collect()
    };
    let (published, stopped) = (losses_to(0.05), losses_to(1.0));
    assert!(published.iter().zip(&stopped).any(|(long, short)| short.len() < long.len()), "the stop must show: {published:?}");
    for (long, short) in published.iter().zip(&stopped) {
        let end = long.iter().position(|&loss| loss < 1.0).map_or(long.len(), |at| at + 1);
        assert_eq!(short.len(), end);
        assert!(short.iter().zip(long).all(|(ours, theirs)| (ours - theirs).abs() < 1e-3), "{short:?} {long:?}");
    }
}

#[test]
fn every_method_gives_the_scripts_keys_updates_and_projectors() {
    let golden = Golden::open("editing/golden.safetensors");
    let settings: Value = json("editing/settings.json");
    let facts: Vec<Fact> = json("editing/facts.json");
    let templates: BTreeMap<String, Vec<String>> = json("editing/templates.json");
    let statistics = Statistics::from_bytes(&std::fs::read(path("editing/stats.safetensors")).unwrap()).unwrap();
    let variants = settings["methods"].as_object().unwrap();
    for (mut session, (variant, choice)) in
        variants.iter().flat_map(|variant| sessions().into_iter().map(move |session| (session, variant)))
    {
        let method: Method = choice["method"].as_str().unwrap().parse().unwrap();
        let mut resolved = Settings::for_model(session.config(), method);
        for (name, value) in assignments(&settings["set"]).into_iter().chain(assignments(&choice["set"])) {
            resolved.set(&name, &value).unwrap();
        }
        let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 0);
        recipe.push_step(facts[..3].iter().cloned());
        recipe.push_step(facts[3..].iter().cloned());
        recipe.templates = Some(templates.clone());
        recipe.adopt(&resolved, session.config());

        let input = RunInput { statistics: Some(statistics.clone().into()), ..RunInput::new(recipe.clone()) };
        let report = pollster::block_on(session.run(input, &mut Unobserved)).unwrap();
        assert_eq!(report.steps.len(), 2);
        for step in 0..2 {
            let record = &session.records()[step];
            let theirs = golden.get(&format!("{variant}.step{step}.targets"));
            let ours = Matrix::from_fn(theirs.nrows(), theirs.ncols(), |r, c| f64::from(record.targets[c][r]));
            close(&ours, &theirs, TOLERANCE, &format!("{variant}, step {step}: targets"));
            for layer in [1, 2] {
                let at = format!("{variant}.step{step}.layer{layer}");
                close(&record.keys[&layer].solved, &golden.get(&format!("{at}.keys")), TOLERANCE, &format!("{at}: keys"));
                let delta = session.history().step(step).unwrap()[&layer].dense();
                close(&delta, &golden.get(&format!("{at}.delta")), TOLERANCE, &format!("{at}: update"));
                if let Some(projector) = golden.find(&format!("{at}.projector")) {
                    let trace: f64 = (0..projector.nrows()).map(|i| projector[(i, i)]).sum();
                    assert_eq!(report.steps[step].null_dimension[&layer], trace.round() as usize, "{at}: null dimension");
                }
            }
        }
    }
}

/// Forward and backward passes of the other families: biases and a tied head (qwen2), transposed weights, learned positions and layer norms
/// (gpt2), MLP beside attention (gptj), a norm behind the MLP, through which target values and residuals pass (gemma3), MLP beside attention
/// through a norm of its own (gptneox), matrices that share a tensor (phi3).
#[test]
fn other_families_give_the_scripts_losses_targets_keys_and_updates() {
    let golden = Golden::open("editing/families.safetensors");
    let settings: Value = json("editing/settings.json");
    let facts: Vec<Fact> = json::<Vec<Fact>>("editing/facts.json").into_iter().take(3).collect();
    let templates: BTreeMap<String, Vec<String>> = json("editing/templates.json");
    for family in ["qwen2", "gpt2", "gptj", "gemma3", "gptneox", "phi3"] {
        let count = golden.get(&format!("{family}.count"))[(0, 0)];
        let covariance = |layer: usize| KeyCovariance::from_mean(golden.get(&format!("{family}.layer{layer}.covariance")), count).unwrap();
        let statistics = Statistics::new([0, 1].map(|layer| (layer, covariance(layer))).into(), "golden");
        let corpus = text("editing/corpus.txt");
        let lines: Vec<String> = corpus_lines(&corpus).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut session = session_of(family);
        let collected = Statistics::collect(session.model(), session.tokenizer(), &lines, &[0, 1], "golden", |_, _| true);
        let collected = pollster::block_on(collected).unwrap();
        for layer in [0, 1] {
            close(
                collected.load(layer).unwrap().mean(),
                statistics.load(layer).unwrap().mean(),
                TOLERANCE,
                &format!("{family}: covariance of layer {layer}"),
            );
        }
        for variant in ["memit", "langedit-share"] {
            let choice = &settings["methods"][variant];
            let method: Method = choice["method"].as_str().unwrap().parse().unwrap();
            let mut resolved = Settings::for_model(session.config(), method);
            for (name, value) in assignments(&settings["set"]).into_iter().chain(assignments(&choice["set"])) {
                resolved.set(&name, &value).unwrap();
            }
            resolved.set("layers", "0-1").unwrap();
            if variant == "memit" {
                let request =
                    |fact: &Fact| Request::new(session.tokenizer(), fact, &templates[&fact.language], resolved.fact_token).unwrap();
                let requests: Vec<Request> = facts.iter().map(request).collect();
                let targets = pollster::block_on(target_values(session.model(), &requests, &resolved, |_| true)).unwrap();
                for (i, target) in targets.iter().enumerate() {
                    let losses = golden.get(&format!("{family}.fact{i}.losses"));
                    assert_eq!(target.losses.len(), losses.nrows(), "{family}, fact {i}: number of steps");
                    for (step, &loss) in target.losses.iter().enumerate() {
                        let theirs = losses[(step, 0)];
                        assert!((f64::from(loss) - theirs).abs() < 1e-3, "{family}, fact {i}, step {step}: {loss} {theirs}");
                    }
                }
            }
            let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 0);
            recipe.push_step(facts.iter().cloned());
            recipe.templates = Some(templates.clone());
            recipe.adopt(&resolved, session.config());
            let input = RunInput { statistics: Some(statistics.clone().into()), ..RunInput::new(recipe) };
            pollster::block_on(session.run(input, &mut Unobserved)).unwrap();
            let record = &session.records()[0];
            let theirs = golden.get(&format!("{family}.targets"));
            let ours = Matrix::from_fn(theirs.nrows(), theirs.ncols(), |r, c| f64::from(record.targets[c][r]));
            close(&ours, &theirs, TOLERANCE, &format!("{family}, {variant}: targets"));
            for layer in [0, 1] {
                let at = format!("{family}.{variant}.layer{layer}");
                close(&record.keys[&layer].solved, &golden.get(&format!("{at}.keys")), TOLERANCE, &format!("{at}: keys"));
                let delta = session.history().step(0).unwrap()[&layer].dense();
                close(&delta, &golden.get(&format!("{at}.delta")), TOLERANCE, &format!("{at}: update"));
            }
        }
    }
}
