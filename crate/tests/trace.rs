//! Causal tracing: effects against an independent PyTorch script (tests/golden/trace), and what must hold whatever the model.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod cli_support;

use std::path::PathBuf;

use burn::prelude::*;
use cli_support::{facts, golden, json, langedit, read_json, refused, succeeds, text};
use langedit::checkpoint;
use langedit::evaluate::trace::{
    AnswerRule, Component, Corruption, NOISE_FACTOR, Noise, Positions, Restoration, TraceOptions, TracePlan, TracePrompt,
    embedding_deviation, select, trace, trace_facts,
};
use langedit::facts::Fact;
use langedit::recipe::Session;
use safetensors::SafeTensors;

/// f32 passes against the f64 script, on probabilities.
const TOLERANCE: f64 = 1e-4;

fn session(model: &str) -> Session {
    let checkpoint = checkpoint::open(&PathBuf::from(golden("models")).join(model)).unwrap();
    Session::open(&checkpoint, &Device::flex(), "cpu", |_, _| ()).unwrap()
}

fn golden_facts() -> Vec<Fact> {
    serde_json::from_str(&std::fs::read_to_string(golden("trace/facts.json")).unwrap()).unwrap()
}

fn prompts(session: &Session) -> Vec<TracePrompt> {
    let facts = golden_facts();
    let selection = select(session.model(), session.tokenizer(), &facts, 10, AnswerRule::Known, |_| true);
    let selection = pollster::block_on(selection).unwrap();
    assert!(selection.skipped.is_empty(), "{:?}", selection.skipped);
    selection.prompts
}

struct Golden(Vec<u8>);

impl Golden {
    fn read() -> Self {
        Self(std::fs::read(golden("trace/golden.safetensors")).unwrap())
    }

    fn numbers(&self, name: &str) -> (Vec<usize>, Vec<f64>) {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let view = file.tensor(name).unwrap_or_else(|_| panic!("{name}"));
        let values = match view.dtype() {
            safetensors::Dtype::F64 => view.data().as_chunks::<8>().0.iter().map(|&b| f64::from_le_bytes(b)).collect(),
            safetensors::Dtype::I64 => view.data().as_chunks::<8>().0.iter().map(|&b| i64::from_le_bytes(b) as f64).collect(),
            _ => view.data().as_chunks::<4>().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect(),
        };
        (view.shape().to_vec(), values)
    }
}

#[test]
fn effects_are_the_scripts_in_every_family() {
    let file = Golden::read();
    for model in ["llama", "qwen2", "gpt2", "gptj"] {
        let session = session(model);
        let prompts = prompts(&session);
        let deviation = pollster::block_on(embedding_deviation(session.model(), &prompts)).unwrap();
        let expected = file.numbers(&format!("{model}.deviation")).1[0];
        assert!((deviation - expected).abs() < 1e-6 * expected, "{model}: deviation {deviation} {expected}");
        for (number, prompt) in prompts.iter().enumerate() {
            let at = format!("{model}.fact{number}");
            assert_eq!(f64::from(prompt.answer), file.numbers(&format!("{at}.answer")).1[0], "{at}: answer");
            assert_eq!([prompt.subject.start as f64, prompt.subject.end as f64][..], file.numbers(&format!("{at}.subject")).1[..], "{at}");
            let (shape, values) = file.numbers(&format!("{at}.noise"));
            let noise = Noise::from_values(shape[0], shape[1], shape[2], values.iter().map(|&value| value as f32).collect()).unwrap();
            for window in [1, 3, 4] {
                let options = TraceOptions { window, ..TraceOptions::default() };
                let traced = pollster::block_on(trace(session.model(), prompt, &noise, &options, |_, _| true)).unwrap();
                let base = file.numbers(&format!("{at}.base")).1;
                assert!((traced.clean - base[0]).abs() < TOLERANCE && (traced.corrupted - base[1]).abs() < TOLERANCE, "{at}: {traced:?}");
                for component in Component::ALL {
                    let name = match component {
                        Component::State => format!("{at}.state"),
                        Component::Mlp => format!("{at}.mlp.window{window}"),
                        Component::Attention => format!("{at}.attention.window{window}"),
                    };
                    let (shape, values) = file.numbers(&name);
                    let rows = &traced.effects[&component];
                    assert_eq!((rows.len() + traced.first, rows[0].len()), (shape[0], shape[1]), "{name}");
                    for (position, expected) in values.chunks(shape[1]).enumerate() {
                        let ours = if position < traced.first { vec![0.0; shape[1]] } else { rows[position - traced.first].clone() };
                        for (layer, (ours, theirs)) in ours.iter().zip(expected).enumerate() {
                            assert!((ours - theirs).abs() < TOLERANCE, "{name} at token {position}, layer {layer}: {ours} {theirs}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn one_token_can_be_traced_alone() {
    let session = session("llama");
    let prompt = &prompts(&session)[2];
    let noise = Noise::gaussian(2, prompt.subject.len(), 32, 1.0, 5);
    let all = pollster::block_on(trace(session.model(), prompt, &noise, &TraceOptions::default(), |_, _| true)).unwrap();
    let last = TraceOptions { components: vec![Component::Mlp], positions: Positions::SubjectLast, ..TraceOptions::default() };
    let last = pollster::block_on(trace(session.model(), prompt, &noise, &last, |_, _| true)).unwrap();
    assert_eq!((last.first, last.effects.len()), (prompt.subject_last(), 1));
    let row = &all.effects[&Component::Mlp][prompt.subject_last() - all.first];
    assert!(last.effects[&Component::Mlp][0].iter().zip(row).all(|(one, many)| (one - many).abs() < 1e-6));
}

/// Restoring every state from the subject on gives the clean run, at each layer; so does restoring the last state of the last layer.
#[test]
fn restoring_everything_gives_the_clean_probability() {
    for model in ["llama", "gpt2", "gptj"] {
        let session = session(model);
        let layers = session.config().layers;
        for prompt in prompts(&session) {
            let length = prompt.tokens.len();
            let noise = Noise::gaussian(3, prompt.subject.len(), session.config().hidden, 3.0, 1);
            let corruption = pollster::block_on(Corruption::new(session.model(), &prompt, &noise)).unwrap();
            assert!((corruption.clean - corruption.corrupted).abs() > 1e-3, "the noise does nothing");
            let mut restorations: Vec<Restoration> = (0..layers)
                .map(|layer| Restoration { component: Component::State, layers: layer..layer + 1, positions: prompt.subject.start..length })
                .collect();
            restorations.push(Restoration { component: Component::State, layers: 0..layers, positions: 0..length });
            restorations.push(Restoration { component: Component::State, layers: layers - 1..layers, positions: length - 1..length });
            for probability in pollster::block_on(corruption.restore(session.model(), &restorations, |_, _| true)).unwrap() {
                assert!((probability - corruption.clean).abs() < 1e-5, "{model}: {probability} {}", corruption.clean);
            }
        }
    }
}

#[test]
fn without_noise_nothing_has_an_effect() {
    let session = session("qwen2");
    for prompt in prompts(&session) {
        let noise = Noise::gaussian(2, prompt.subject.len(), 32, 0.0, 1);
        let traced = pollster::block_on(trace(session.model(), &prompt, &noise, &TraceOptions::default(), |_, _| true)).unwrap();
        assert!((traced.clean - traced.corrupted).abs() < 1e-6);
        assert!(traced.effects.values().flatten().flatten().all(|effect| effect.abs() < 1e-5), "{traced:?}");
    }
}

#[test]
fn what_does_not_exist_cannot_be_restored() {
    let session = session("llama");
    let prompt = &prompts(&session)[0];
    let noise = Noise::gaussian(1, prompt.subject.len(), 32, 1.0, 1);
    let corruption = pollster::block_on(Corruption::new(session.model(), prompt, &noise)).unwrap();
    for (layers, positions) in [(0..5, 0..1), (0..1, 0..99), (2..2, 0..1), (0..1, 3..3)] {
        let restoration = Restoration { component: Component::Mlp, layers, positions };
        assert!(pollster::block_on(corruption.restore(session.model(), &[restoration], |_, _| true)).is_err());
    }
    let short = Noise::gaussian(1, prompt.subject.len() + 1, 32, 1.0, 1);
    assert!(pollster::block_on(Corruption::new(session.model(), prompt, &short)).is_err());
}

#[test]
fn facts_that_the_model_does_not_know_are_passed_over() {
    // Its first prediction, `*`, is a token of its own in text.
    let session = session("gptj");
    let mut facts = golden_facts();
    let predicted = session.tokenizer().decode(&[prompts(&session)[0].answer]).unwrap();
    facts[0].true_object = Some(predicted.trim().to_owned());
    facts[1].true_object = Some("Unbekanntes".to_owned());
    facts[2].subject = "Nirgends".to_owned();
    let run = |rule| pollster::block_on(select(session.model(), session.tokenizer(), &facts, 10, rule, |_| true)).unwrap();
    let known = run(AnswerRule::Known);
    let ids: Vec<&str> = known.prompts.iter().map(|prompt| prompt.fact.id.as_str()).collect();
    assert_eq!((ids, known.prompts[0].known), (vec!["0"], Some(true)));
    assert!(known.skipped[0].reason.contains("Unbekanntes") && known.skipped[1].reason.contains("does not occur"), "{:?}", known.skipped);
    assert_eq!(run(AnswerRule::Predicted).prompts.len(), 2);
}

#[test]
fn the_command_traces_reports_and_draws() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data) = (golden("models/gpt2"), golden("trace/facts.json"));
    let (report, svg) = (folder.path().join("trace.json"), folder.path().join("trace.svg"));
    let flags = ["trace", "--model", &model, "--data", &data, "--languages", "en,zh", "--facts", "1", "--samples", "2", "--seed", "3"];
    let files = ["--report", &text(&report), "--svg", &text(&svg), "--json", "--window", "3"];
    let printed = json(&succeeds(&[&flags[..], &files[..]].concat()));
    assert_eq!(printed, read_json(&report));
    assert_eq!((printed["window"].as_u64(), printed["noise"]["seed"].as_u64()), (Some(3), Some(3)));
    assert_eq!(printed["facts"].as_array().unwrap().len(), 2);
    let scale = printed["noise"]["scale"].as_f64().unwrap() / printed["noise"]["deviation"].as_f64().unwrap();
    assert!((scale - 3.0).abs() < 1e-12);
    let effects = &printed["languages"]["zh"]["effects"];
    for component in ["state", "mlp", "attention"] {
        assert_eq!(effects[component]["subject_last"]["mean"].as_array().unwrap().len(), 3, "{component}");
    }
    assert_eq!(printed["chosen_layers"]["rule"], "default");
    let drawn = std::fs::read_to_string(&svg).unwrap();
    assert!(drawn.starts_with("<svg ") && drawn.contains("Average over 2 facts") && drawn.contains("维"), "{drawn}");
    let png = folder.path().join("trace.png");
    let drawing = langedit(&[&flags[..], &["--png", &text(&png)]].concat());
    match drawing.status.code() {
        Some(0) => assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG\r\n")),
        // A machine without fonts.
        status => assert!(status == Some(1) && String::from_utf8_lossy(&drawing.stderr).contains("needs a font") && !png.exists()),
    }
    let table = succeeds(&flags);
    assert!(table.contains("last subject token") && table.contains("layers to edit: "), "{table}");
    refused(&["trace", "--model", &model, "--data", &data, "--languages", "fr"], 1, &["no records in `fr`"]);
    refused(&["trace", "--model", &model, "--data", &data, "--answers", "wrong"], 2, &["known or predicted"]);
}

#[test]
fn facts_are_traced_under_one_noise_with_progress_and_can_be_stopped() {
    let session = session("llama");
    let prompts = prompts(&session);
    let plan = TracePlan { options: TraceOptions::default(), samples: 3, noise: None, seed: 5 };
    let mut seen = Vec::new();
    let run = trace_facts(session.model(), session.tokenizer(), &prompts, &plan, |fact, done, all| {
        seen.push((fact, done, all));
        true
    });
    let (noise, facts) = pollster::block_on(run).unwrap();
    let deviation = pollster::block_on(embedding_deviation(session.model(), &prompts)).unwrap();
    assert_eq!((noise.deviation, noise.scale, noise.samples, noise.seed), (deviation, NOISE_FACTOR * deviation, 3, 5));
    for (index, (fact, prompt)) in facts.iter().zip(&prompts).enumerate() {
        let of: Vec<_> = seen.iter().filter(|(of, _, _)| *of == index).collect();
        let cells = plan.options.positions(prompt).len() * 3 * session.config().layers;
        assert_eq!(of.last(), Some(&&(index, 3 * cells, 3 * cells)), "every run of fact {index} is told");
        assert!(of.len() > 1 && of.is_sorted(), "{of:?}");
        let alone = Noise::gaussian(3, prompt.subject.len(), session.config().hidden, noise.scale, 5);
        let alone = pollster::block_on(trace(session.model(), prompt, &alone, &plan.options, |_, _| true)).unwrap();
        assert_eq!((fact.clean, fact.corrupted), (alone.clean, alone.corrupted), "fact {index} meets the noise that it meets alone");
    }
    let stopped = trace_facts(session.model(), session.tokenizer(), &prompts, &plan, |fact, _, _| fact == 0);
    assert_eq!(pollster::block_on(stopped).unwrap_err().kind(), langedit::ErrorKind::Cancelled);
}

/// Six facts in turns: enough to choose layers by, whatever the choice is.
#[test]
fn edit_chooses_layers_by_tracing_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data) = (golden("models/llama"), facts(folder.path()));
    let run = |flags: &[&str]| {
        let base = ["edit", "--model", &model, "--data", &data, "--languages", "en,de", "--set", "v_num_grad_steps=2", "--json"];
        json(&succeeds(&[&base[..], flags].concat()))
    };
    let report = run(&["--facts", "3", "--layers", "auto", "--set", "nullspace_threshold=share:0.05"]);
    let chosen = &report["chosen_layers"];
    assert_eq!(chosen["layers"], report["settings"]["layers"]);
    assert_eq!((chosen["facts"].as_u64(), chosen["effects"].as_array().unwrap().len()), (Some(6), 4), "{chosen}");
    assert!(chosen["reason"].as_str().unwrap().contains("standard error"), "{chosen}");
    if chosen["rule"] == "traced" {
        let layers: Vec<String> = chosen["layers"].as_array().unwrap().iter().map(ToString::to_string).collect();
        assert!(report["recipe"]["settings"]["layers"].as_str().unwrap().starts_with(layers[0].as_str()), "{}", report["recipe"]);
    }
    let few = run(&["--facts", "1", "--layers", "auto", "--set", "nullspace_threshold=share:0.05"]);
    assert_eq!((&few["chosen_layers"]["rule"], &few["settings"]["layers"]), (&"default".into(), &json("[1]")));
    assert!(few["chosen_layers"]["reason"].as_str().unwrap().contains("fewer than 5"));
    let plain = run(&["--facts", "1", "--set", "nullspace_threshold=share:0.05"]);
    assert!(plain.get("chosen_layers").is_none());
}
