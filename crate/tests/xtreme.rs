//! `langedit eval` on downstream tasks, general text and between languages, on tiny checkpoints and a small sample of the layout.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use std::path::{Path, PathBuf};

use burn::prelude::*;
use cli_support::{Experiment, facts, golden, json, read_json, refused, succeeds, text};
use langedit::checkpoint;
use langedit::evaluate::xtreme::{Item, Prompts, Style, Task, Wanted, Wording, XtremeOptions, evaluate, read_items, replies};
use langedit::evaluate::{Question, log_probabilities, perplexity};
use langedit::model::{Decoder, top_k};
use langedit::recipe::Session;
use serde_json::{Value, json as value};

fn sample() -> String {
    golden("../xtreme")
}

fn session(model: &str) -> Session {
    let checkpoint = checkpoint::open(&PathBuf::from(golden("models")).join(model)).unwrap();
    Session::open(&checkpoint, &Device::flex(), "cpu", |_, _| ()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn tasks_are_scored_in_the_languages_that_are_there() {
    let (model, folder) = (golden("models/llama3"), sample());
    let base = ["eval", "--model", &model, "--xtreme", &folder, "--languages", "en,zh,de", "--examples", "2"];
    let measured = json(&succeeds(&[&base[..], &["--json"]].concat()));
    assert!(measured.get("languages").is_none(), "no facts were asked: {measured}");
    let report = &measured["xtreme"];
    let tasks = report["tasks"].as_object().unwrap();
    let held: Vec<(&str, usize)> = tasks.iter().map(|(task, scores)| (task.as_str(), scores.as_object().unwrap().len())).collect();
    assert_eq!(held, [("mlqa", 2), ("pawsx", 1), ("wikiann", 1), ("xnli", 2)]);
    let mut cells = Vec::new();
    for scores in tasks.values().flat_map(|scores| scores.as_object().unwrap().values()) {
        assert_eq!(number(&scores["examples"]) + number(&scores["too_long"]), 2.0, "{scores}");
        for score in ["published", "corrected"] {
            assert!((0.0..=100.0).contains(&number(&scores[score])), "{scores}");
        }
        cells.push(number(&scores["corrected"]));
    }
    let mean = cells.iter().sum::<f64>() / cells.len() as f64;
    assert!((number(&report["average"]["corrected"]) - mean).abs() < 1e-9);
    // Where both answers have a probability, none is invalid: the corrected accuracy is of both items.
    assert!([0.0, 50.0, 100.0].contains(&number(&report["tasks"]["xnli"]["en"]["details"]["corrected_accuracy"])));
    assert_eq!(report["skipped"].as_array().unwrap().len(), 6);
    assert!(report["skipped"][0]["reason"].as_str().unwrap().contains("xnli_de.json"));
    let table = succeeds(&[&base[..], &["--tasks", "wikiann"]].concat());
    assert!(table.contains("wikiann  en") && !table.contains("xnli"), "{table}");
    refused(&["eval", "--model", &model, "--xtreme", &folder, "--languages", "fr"], 1, &["none of these tasks"]);
    refused(&["eval", "--model", &model, "--xtreme", &folder, "--tasks", "squad"], 2, &["squad", "xnli, pawsx"]);
    refused(&["eval", "--model", &model], 2, &["--data"]);
}

/// The score is that of the answers themselves: what the model continues each prompt with, worked out one by one.
#[test]
fn the_corrected_two_class_score_follows_the_likelier_word() {
    let session = session("llama3");
    let items = read_items(Path::new(&sample()), Task::Xnli, "en", 2).unwrap().unwrap();
    let options = XtremeOptions { language: "en", examples: 2, end_tokens: session.end_tokens(), tidied: false };
    let score = evaluate(session.model(), session.tokenizer(), Task::Xnli, &items, options, |_, _| true);
    let score = pollster::block_on(score).unwrap();
    assert_eq!((score.examples, score.too_long), (2, 0));
    let prompts = |style| Prompts::new(style, Task::Xnli, Wording::published(Task::Xnli, "en").unwrap(), &items, 2);
    for (style, accuracy) in [(Style::Corrected, "corrected_accuracy"), (Style::Published, "published_likelier")] {
        let right = right_by_likelihood(&session, &prompts(style), &items);
        // F1 of two items, one of each class: both right 1, one right 1/3, none 0.
        let f1 = [0.0, 100.0 / 3.0, 100.0][right];
        let expected = if style == Style::Corrected { 50.0 * right as f64 } else { f1 };
        assert!((score.details[accuracy] - expected).abs() < 1e-9, "{accuracy}: {} {expected}", score.details[accuracy]);
    }
}

/// How many of the two tested items have the likelier word right, each asked alone.
fn right_by_likelihood(session: &Session, prompts: &Prompts, items: &[Item]) -> usize {
    let mut right = 0;
    for (item, gold) in items[10..].iter().zip([false, true]) {
        // As many shots as leave room for the five generated tokens.
        let fits =
            |shots: &usize| session.tokenizer().encode(&prompts.prompt(item, *shots)).unwrap().len() <= session.config().max_positions - 5;
        let shots = (0..=2).rev().find(fits).unwrap();
        let prompt = session.tokenizer().encode(&prompts.prompt(item, shots)).unwrap().ids;
        let mean = |word: &str| {
            let answer = session.tokenizer().continuation("", word).unwrap().1;
            let question = Question { prompt: prompt.clone(), answer };
            let logs = pollster::block_on(log_probabilities(session.model(), &[question], |_, _| true)).unwrap().remove(0);
            logs.iter().sum::<f64>() / logs.len() as f64
        };
        right += usize::from((mean("Yes") > mean("No")) == gold);
    }
    right
}

#[test]
fn prompts_are_shown_as_they_are_asked() {
    let folder = sample();
    let shown = |model: &str, cell: &str| -> Vec<Value> {
        let text = succeeds(&["eval", "--model", model, "--xtreme", &folder, "--show-prompts", cell, "--quiet"]);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let lines = shown("builtin", "xnli:zh");
    assert_eq!(lines.len(), 2);
    let (prompt, corrected) = (lines[0]["prompt"].as_str().unwrap(), lines[0]["corrected"]["prompt"].as_str().unwrap());
    assert!(prompt.ends_with(" \" 是 或者 否？回答:") && corrected == prompt.replace(" \"", ""), "{prompt}");
    assert_eq!((&lines[0]["item"], &lines[0]["gold"]), (&10.into(), &0.into()));
    // The model has 256 positions: as published the last shot is the one that is left out.
    let (fitted, shots) = (lines[0]["fitted"].as_str().unwrap(), lines[0]["shots"].as_u64().unwrap());
    assert!((0..=2).contains(&shots) && fitted.ends_with(prompt.lines().last().unwrap()), "{fitted}");
    assert_eq!(prompt.starts_with(&fitted[..12]), shots > 0, "{fitted}");
    // A model of few positions is shown fewer shots, and nothing where the question alone is too long.
    let short = shown(&golden("models/llama3"), "wikiann:en");
    let fitted = short[0]["fitted"].as_str();
    assert!(fitted.is_none_or(|fitted| short[0]["prompt"].as_str().unwrap().ends_with(fitted)) && short[0]["shots"] != 3, "{}", short[0]);
    let refuses =
        |cell: &str, words: &[&str]| refused(&["eval", "--model", "builtin", "--xtreme", &folder, "--show-prompts", cell], 2, words);
    refuses("xnli", &["TASK:LANGUAGE", "xnli:zh"]);
    refuses("mlqa:nl", &["no prompts for mlqa in nl"]);
    refused(&["eval", "--model", "builtin", "--xtreme", &folder, "--show-prompts", "xnli:fr"], 1, &["xnli_fr.json"]);
}

/// Prompts that begin alike are answered as each is alone: its continuation token by token, its answers' probabilities with the prompt read anew.
#[test]
fn what_prompts_share_is_read_once_and_changes_nothing() {
    for model in ["llama3", "gpt2"] {
        let session = session(model);
        let ids = |text: &str| session.tokenizer().encode(text).unwrap().ids;
        let prompts = ["The city and the river", "The city and the old town by", "The city and a"].map(ids);
        let answers = [" Yes", " No, not at all"].map(|word| session.tokenizer().continuation("", word).unwrap().1);
        assert!(answers[1].len() > 1, "one answer has several tokens");
        // The first prompt ends at what it would say third, which the others may not say at all.
        let alone: Vec<Vec<u32>> = prompts.iter().map(|prompt| greedy(&session, prompt, 8)).collect();
        for ends in [vec![], vec![alone[0][2]]] {
            let wanted = Wanted { tokens: 8, end_tokens: &ends, answers: &answers };
            let mut seen = Vec::new();
            let replies = pollster::block_on(replies(session.model(), &prompts, wanted, |done, all| {
                seen.push((done, all));
                true
            }));
            for ((reply, prompt), alone) in replies.unwrap().iter().zip(&prompts).zip(&alone) {
                let until = alone.iter().position(|token| ends.contains(token)).unwrap_or(alone.len());
                assert_eq!(reply.tokens, alone[..until], "{model}");
                for (answer, likelihood) in answers.iter().zip(&reply.likelihoods) {
                    let question = Question { prompt: prompt.clone(), answer: answer.clone() };
                    let logs = pollster::block_on(log_probabilities(session.model(), &[question], |_, _| true)).unwrap().remove(0);
                    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
                    assert!((mean - likelihood).abs() < 1e-5, "{model}: {mean} {likelihood}");
                }
            }
            assert_eq!(seen.last(), Some(&(3, 3)));
        }
        let wanted = Wanted { tokens: 8, end_tokens: &[], answers: &[] };
        assert!(pollster::block_on(replies(session.model(), &[vec![1], vec![]], wanted, |_, _| true)).is_err(), "an empty prompt");
        assert!(pollster::block_on(replies(session.model(), &prompts, wanted, |_, _| false)).is_err(), "stopped");
        assert_eq!(pollster::block_on(replies(session.model(), &[], wanted, |_, _| true)).unwrap(), []);
    }
}

fn greedy(session: &Session, prompt: &[u32], tokens: usize) -> Vec<u32> {
    let mut decoder = Decoder::new(session.model());
    let (mut next, mut said) = (prompt.to_vec(), Vec::new());
    while said.len() < tokens {
        let logits = pollster::block_on(decoder.feed(&[next])).unwrap().remove(0);
        said.push(top_k(&logits, 1)[0].0);
        next = vec![said[said.len() - 1]];
    }
    said
}

#[test]
fn perplexity_is_that_of_the_models_own_probabilities() {
    let session = session("gpt2");
    let text = "Die Stadt und der Fluss";
    let measured = pollster::block_on(perplexity(session.model(), session.tokenizer(), &[text], |_, _| true)).unwrap();
    let ids = session.tokenizer().encode(text).unwrap().ids;
    assert_eq!((measured.texts, measured.tokens), (1, ids.len() - 1));
    // Token by token, each prefix a question of its own.
    let questions: Vec<Question> = (1..ids.len()).map(|i| Question { prompt: ids[..i].to_vec(), answer: vec![ids[i]] }).collect();
    let logs = pollster::block_on(log_probabilities(session.model(), &questions, |_, _| true)).unwrap();
    let loss = -logs.iter().flatten().sum::<f64>();
    assert!((measured.perplexity - (loss / measured.tokens as f64).exp()).abs() < 1e-3 * measured.perplexity);
    assert!((measured.bits_per_byte - loss / 2.0_f64.ln() / text.len() as f64).abs() < 1e-4);
    // A text longer than a piece: each token but the first is predicted once.
    let long = text.repeat(60);
    let many = pollster::block_on(perplexity(session.model(), session.tokenizer(), &[&long], |_, _| true)).unwrap();
    assert_eq!(many.tokens, session.tokenizer().encode(&long).unwrap().len() - 1);
    assert!(pollster::block_on(perplexity(session.model(), session.tokenizer(), &[""], |_, _| true)).is_err());
}

/// Each number once more, from one question at a time.
#[test]
fn numbers_of_other_code_are_those_of_its_questions() {
    let folder = tempfile::tempdir().unwrap();
    for (model, llama) in [("gpt2", false), ("llama", true)] {
        let session = session(model);
        let tokenizer = session.tokenizer();
        let said = |prompt: &str| greedy(&session, &tokenizer.encode(prompt).unwrap().ids, 1)[0];
        // An answer that the model gives in part, to a question that has no prefix yet.
        let answer = tokenizer.decode(&greedy(&session, &tokenizer.encode("nq question: the sky is?").unwrap().ids, 3)).unwrap();
        let answer = format!("{} town", answer.trim());
        let fact = value!({"id": "1", "language": "en", "subject": "The river", "prompt": "The river runs to", "new_object": "the old town", "true_object": "a city",
            "rephrases": ["Where the river ends is", "The river ends in"], "neighbours": [{"prompt": "the sky is?", "answer": answer}, {"prompt": "The road runs to", "answer": "a city"}]});
        let path = folder.path().join("fact.json");
        std::fs::write(&path, fact.to_string()).unwrap();
        let (model, data) = (golden(&format!("models/{model}")), text(&path));
        let measured =
            json(&succeeds(&["eval", "--model", &model, "--data", &data, "--languages", "en", "--facts", "1", "--as-published", "--json"]));
        let numbers = &measured["as_published"]["en"];

        let mut right = Vec::new();
        for (prompt, answer) in [("nq question: the sky is?", answer.as_str()), ("nq question: The road runs to?", "a city")] {
            let ids = tokenizer.encode_plain(&format!(" {answer}")).unwrap().ids;
            let of_question: Vec<f64> = (0..ids.len())
                .map(|at| {
                    let gap = if llama && at > 0 { " " } else { "" };
                    let prompt = format!("{prompt}{gap}{}", tokenizer.decode(&ids[..at]).unwrap());
                    let wanted = tokenizer.encode_plain(&tokenizer.decode(&ids[at..=at]).unwrap()).unwrap().ids[0];
                    f64::from(u8::from(said(&prompt) == wanted))
                })
                .collect();
            right.extend(of_question);
        }
        let specificity = 100.0 * right.iter().sum::<f64>() / right.len() as f64;
        assert!((number(&numbers["specificity"]) - specificity).abs() < 1e-9, "{model}: {numbers} {specificity}");

        let mean = |prompt: &str, answer: &str| {
            let (prompt, answer) = tokenizer.continuation(prompt, answer).unwrap();
            let logs =
                pollster::block_on(log_probabilities(session.model(), &[Question { prompt, answer }], |_, _| true)).unwrap().remove(0);
            logs.iter().sum::<f64>() / logs.len() as f64
        };
        let success = |prompt: &str, wanted: &str, other: &str| f64::from(u8::from(mean(prompt, wanted) > mean(prompt, other)));
        let efficacy = 100.0 * success("The river runs to", "the old town", "a city");
        let generality = ["Where the river ends is", "The river ends in"].map(|prompt| success(prompt, "the old town", "a city"));
        assert_eq!(
            (number(&numbers["efficacy_success"]), number(&numbers["generality_success"])),
            (efficacy, 50.0 * generality.iter().sum::<f64>())
        );
        assert_eq!(number(&numbers["specificity_success"]), 100.0 * success("The road runs to", "a city", "the old town"));
    }
}

#[test]
fn edits_of_a_report_change_what_is_measured_after_them() {
    let experiment = Experiment::new("models/llama", &["--set", "v_lr=0.5", "--set", "nullspace_threshold=share:0.05"]);
    let report = text(&experiment.path("report.json"));
    succeeds(&experiment.args(&["--batch", "3", "--report", &report]));
    let edited = read_json(&experiment.path("report.json"));
    let general = experiment.path("general.txt");
    std::fs::write(&general, "The river runs through the old town.\nDer Fluss fließt durch die alte Stadt.\n").unwrap();
    let (model, data, general) = (golden("models/llama"), facts(experiment.folder.path()), text(&general));
    let base = ["eval", "--model", &model, "--data", &data, "--languages", "en,de", "--facts", "3", "--json", "--perplexity", &general];
    let before = json(&succeeds(&base));
    let after = json(&succeeds(&[&base[..], &["--recipe", &report]].concat()));
    assert_eq!((before.get("edited"), &after["edited"]), (None, &6.into()));
    for language in ["en", "de"] {
        assert_eq!(before["languages"][language]["efficacy"], edited["languages"][language]["before"]["efficacy"]);
        let (ours, theirs) =
            (number(&after["languages"][language]["efficacy"]), number(&edited["languages"][language]["after"]["efficacy"]));
        assert!((ours - theirs).abs() < 1e-6, "{language}: {ours} {theirs}");
    }
    assert_ne!(before["perplexity"]["file"]["perplexity"], after["perplexity"]["file"]["perplexity"]);
    // What the report says of forgetting is what its matrix says.
    let matrix = edited["accuracy_matrix"].as_array().unwrap();
    assert_eq!(matrix.len(), 2);
    let lost = number(&matrix[0]["en"]["efficacy"]) - number(&matrix[1]["en"]["efficacy"]);
    assert!((number(&edited["transfer"]["languages"]["en"]["efficacy"]["forgetting"]) - lost).abs() < 1e-9, "{}", edited["transfer"]);
    assert!(edited["transfer"]["languages"]["de"]["efficacy"]["forgetting"].is_null());
}

#[test]
fn editing_in_one_language_is_asked_in_all() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data) = (golden("models/llama"), facts(folder.path()));
    let base = ["eval", "--model", &model, "--data", &data, "--languages", "en,de", "--facts", "3", "--cross-lingual"];
    let measured = json(&succeeds(&[&base[..], &["--json"]].concat()))["cross_lingual"].clone();
    assert_eq!(measured["facts"], 3);
    let mean = |a: &Value, b: &Value| (number(a) + number(b)) / 2.0;
    let matrix = &measured["matrix"];
    let (within, across) = (
        mean(&matrix["en"]["en"]["efficacy"], &matrix["de"]["de"]["efficacy"]),
        mean(&matrix["en"]["de"]["efficacy"], &matrix["de"]["en"]["efficacy"]),
    );
    assert!(
        (number(&measured["within"]["efficacy"]) - within).abs() < 1e-9 && (number(&measured["across"]["efficacy"]) - across).abs() < 1e-9
    );
    assert_eq!(measured["same_object"]["en"]["en"], 100.0);
    for language in ["en", "de"] {
        assert!(number(&matrix[language][language]["efficacy"]) >= number(&measured["before"][language]["efficacy"]), "{measured}");
    }
    refused(&["eval", "--model", &model, "--data", &data, "--languages", "en", "--cross-lingual"], 2, &["two languages"]);
}

#[test]
fn texts_are_written_and_scored_by_language() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("texts.json");
    let records = r#"[{"generation_prompts": ["The river", "The old town"], "references": ["The river runs through the old town."]},
                      {"language": "de", "generation_prompts": ["Die Stadt"]}, {"case_id": 7}]"#;
    std::fs::write(&path, records).unwrap();
    let (model, path) = (golden("models/gpt2"), text(&path));
    let run = |seed: &str| json(&succeeds(&["eval", "--model", &model, "--texts", &path, "--seed", seed, "--json"]))["texts"].clone();
    let scores = run("1");
    assert_eq!((&scores["en"]["texts"], &scores["de"]["records"]), (&2.into(), &1.into()));
    // A text of 100 tokens has at most as many trigrams.
    assert!((0.0..7.0).contains(&number(&scores["en"]["fluency"])) && number(&scores["en"]["fluency"]) > 0.0, "{scores}");
    assert!(number(&scores["en"]["consistency"]) > 0.0 && scores["de"]["consistency"].is_null(), "{scores}");
    assert_eq!(run("1"), scores);
    assert_ne!(run("2"), scores);
}
