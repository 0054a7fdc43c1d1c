//! Prompts, parsers and scores of the downstream tasks against vectors that do not come from the crate: made-up text scored by
//! `tests/golden/xtreme/make.py`, and, where they are beside the repository, published items scored by LangEdit's own code.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod skip_support;

use std::path::{Path, PathBuf};

use langedit::evaluate::xtreme::binary::{self, Confusion};
use langedit::evaluate::xtreme::entities::{EntityCounts, KINDS, published_entities, published_tags};
use langedit::evaluate::xtreme::{Item, POOL, Prompts, Style, Task, Wording, answers, kept_shots, parse_items, published_answer, tidied};
use serde_json::Value;

const TOLERANCE: f64 = 1e-9;

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The folder of the vectors that LangEdit's code made, or `None` with a line that says so.
fn published() -> Option<PathBuf> {
    let folder = here("../shared/data/xtreme-golden");
    if !folder.is_dir() {
        skip_support::skipped("shared/data/xtreme-golden is not beside the repository");
        return None;
    }
    Some(folder)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn index(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// A task in a language, its items as the crate reads them.
struct Cell {
    task: Task,
    language: String,
    items: Vec<Item>,
    wording: Wording,
}

impl Cell {
    fn new(task: &str, language: &str, records: &str) -> Self {
        let task: Task = task.parse().unwrap();
        let items = parse_items(task, records, usize::MAX).unwrap();
        Self { task, language: language.to_owned(), items, wording: Wording::published(task, language).unwrap() }
    }

    fn prompts(&self, asked: usize) -> Prompts {
        Prompts::new(Style::Published, self.task, self.wording, &self.items, asked)
    }

    fn prompts_agree(&self, items: &[Value], shot_items: &Value) -> usize {
        let (with, without) = (self.prompts(self.task.shots()), self.prompts(0));
        assert_eq!(with.places(), list(shot_items).iter().map(index).collect::<Vec<_>>());
        for golden in items {
            let item = &self.items[index(&golden["item"])];
            assert_eq!(with.prompt(item, with.shots().len()), golden["prompt"].as_str().unwrap());
            assert_eq!(without.prompt(item, 0), golden["prompt_0_shots"].as_str().unwrap());
            match item {
                Item::Pair { yes, .. } => assert_eq!(golden["expected"], u8::from(*yes)),
                Item::Question { answer: gold, .. } | Item::Entities { label: gold, .. } => assert_eq!(golden["expected"], **gold),
            }
        }
        2 * items.len()
    }

    /// Scores every reply alone and all of them together.
    fn replies_agree(&self, cases: &[Value], result: &Value) -> usize {
        let prompts = self.prompts(self.task.shots());
        let (mut confusion, mut likelier, mut entities) = (Confusion::default(), Confusion::default(), EntityCounts::default());
        let (mut exact, mut f1) = (0.0, 0.0);
        for case in cases {
            let item = &self.items[index(&case["item"])];
            let decoded = prompts.prompt(item, prompts.shots().len()) + case["reply"].as_str().unwrap();
            let answer = published_answer(&decoded, self.wording.cue);
            self.reply_agrees(item, answer, case);
            if case.get("with_cleanup").is_some() {
                let decoded = tidied(&decoded);
                self.reply_agrees(item, published_answer(&decoded, self.wording.cue), &case["with_cleanup"]);
            }
            match item {
                Item::Pair { yes, .. } => {
                    confusion.add(*yes, binary::parse(answer, self.wording.yes, self.wording.no));
                    likelier.add(*yes, Some(case["likelier"] == 1));
                }
                Item::Question { answer: gold, .. } => {
                    let line = answers::published_line(answer);
                    exact += f64::from(u8::from(answers::published_exact(&line, gold)));
                    f1 += answers::published_f1(&line, gold, &self.language);
                }
                Item::Entities { text, label } => entities.add_published(text, label, answer),
            }
        }
        let count = cases.len() as f64;
        for (name, value) in [
            ("f1", confusion.weighted_f1() / 100.0),
            ("mcc", confusion.matthews()),
            ("f1_new", likelier.weighted_f1() / 100.0),
            ("accuracy_printed", confusion.accuracy() / 100.0),
            ("invalid", confusion.invalid() as f64),
            ("total", confusion.total() as f64),
            ("em_f1", exact / count),
            ("mean_token_f1", f1 / count),
            ("micro_f1", entities.published_micro_f1() / 100.0),
            ("macro_f1", entities.published_macro_f1() / 100.0),
        ] {
            if let Some(golden) = result.get(name) {
                let golden = golden.as_f64().unwrap();
                assert!((value - golden).abs() < TOLERANCE, "{} {} {name}: {value} {golden}", self.task, self.language);
            }
        }
        cases.len()
    }

    fn reply_agrees(&self, item: &Item, answer: &str, golden: &Value) {
        let near = |value: f64, name: &str| {
            let golden = golden[name].as_f64().unwrap();
            assert!((value - golden).abs() < TOLERANCE, "{} {answer:?} {name}: {value} {golden}", self.language);
        };
        match item {
            Item::Pair { .. } => {
                let parsed = binary::parse(answer, self.wording.yes, self.wording.no).map_or(-1, i64::from);
                assert_eq!(golden["answer"], parsed, "{answer:?}");
            }
            Item::Question { answer: gold, .. } => {
                assert_eq!(answer.split('\n').next(), golden["answer"].as_str());
                let line = answers::published_line(answer);
                if golden.get("answer_words").is_some() {
                    assert_eq!(golden["answer_words"], Value::from(answers::published_words(&line, &self.language)), "{line:?}");
                    assert_eq!(golden["gold_words"], Value::from(answers::published_words(gold, &self.language)), "{gold:?}");
                }
                near(f64::from(u8::from(answers::published_exact(&line, gold))), "exact");
                near(answers::published_f1(&line, gold, &self.language), "f1");
            }
            Item::Entities { text, label } => {
                let entities = published_entities(answer);
                let words = |text: &Value| text.as_str().unwrap().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
                let kind = |name: &Value| KINDS.iter().position(|kind| name == kind).unwrap();
                let named: Vec<_> = list(&golden["answer"]).iter().map(|one| (kind(&one[0]), words(&one[1]))).collect();
                assert_eq!(entities, named, "{answer:?}");
                let tags: Vec<&str> =
                    published_tags(text, &entities).iter().map(|&tag| if tag == 0 { "O" } else { KINDS[tag - 1] }).collect();
                assert_eq!(golden["tags"], Value::from(tags), "{answer:?}");
                let mut counts = EntityCounts::default();
                counts.add_published(text, label, answer);
                near(counts.published_micro_f1() / 100.0, "micro_f1");
                near(counts.published_macro_f1() / 100.0, "macro_f1");
            }
        }
    }
}

#[test]
fn made_up_items_are_asked_and_scored_as_the_published_code_does() {
    let golden = json(&here("tests/golden/xtreme/golden.json"));
    let (mut prompts, mut replies) = (0, 0);
    for held in list(&golden) {
        let cell = Cell::new(held["task"].as_str().unwrap(), held["language"].as_str().unwrap(), &held["records"].to_string());
        assert_eq!(held["cue"], cell.wording.cue);
        prompts += cell.prompts_agree(list(&held["items"]), &held["shot_items"]);
        replies += cell.replies_agree(list(&held["cases"]), &held["result"]);
    }
    assert_eq!((prompts, replies), (80, 248));
}

#[test]
fn published_prompts_are_those_of_the_published_code() {
    let Some(folder) = published() else { return };
    let mut prompts = 0;
    for task in Task::ALL {
        for language in ["en", "de", "nl", "fr", "es", "zh"].into_iter().filter(|language| Wording::published(task, language).is_some()) {
            let golden = json(&folder.join(format!("prompts_{task}_{language}.json")));
            let cell = cell_of(&folder, task.name(), language);
            assert_eq!((index(&golden["generated_tokens"]), index(&golden["shots_asked"])), (task.generated(), task.shots()));
            prompts += cell.prompts_agree(list(&golden["items"]), &golden["shot_items"]);
            for row in list(&golden["truncation"]) {
                let shots: Vec<usize> = list(&row["shot_tokens"]).iter().map(index).collect();
                let kept = kept_shots(index(&row["context"]), index(&row["question_tokens"]), &shots, task.generated());
                assert_eq!(kept, index(&row["shots_kept"]), "{task} {language} {row}");
            }
        }
    }
    assert_eq!(prompts, 200);
}

#[test]
fn published_scores_are_those_of_the_published_code() {
    let Some(folder) = published() else { return };
    let mut replies = 0;
    for task in Task::ALL {
        let golden = json(&folder.join(format!("scores_{task}.json")));
        for (language, held) in golden["languages"].as_object().unwrap() {
            let cell = cell_of(&folder, task.name(), language);
            replies += cell.replies_agree(list(&held["cases"]), &held["result"]);
            for pair in list(&held["pairs"]) {
                let (line, gold) = (pair["compared"].as_str().unwrap(), pair["gold"].as_str().unwrap());
                let f1 = answers::published_f1(line, gold, language);
                assert!((f1 - pair["f1"].as_f64().unwrap()).abs() < TOLERANCE, "{pair} {f1}");
                assert_eq!(pair["answer_words"], Value::from(answers::published_words(line, language)));
                replies += 1;
            }
        }
        for made_up in list(&golden["shot_selection"]).iter().filter(|made_up| made_up.get("shot_items").is_some()) {
            let records: Vec<Value> = list(&made_up["labels"])
                .iter()
                .map(|label| serde_json::json!({"sentence1": "a", "sentence2": "b", "label": label, "context": "c", "question": "q", "answer": "a", "text": "t"}))
                .collect();
            let cell = Cell::new(task.name(), "en", &Value::from(records).to_string());
            let places: Vec<usize> = list(&made_up["shot_items"]).iter().map(index).collect();
            assert_eq!(cell.prompts(index(&made_up["asked"])).places(), places, "{task} {made_up}");
        }
    }
    assert!(replies > 1100, "{replies}");
}

fn cell_of(folder: &Path, task: &str, language: &str) -> Cell {
    let records = std::fs::read_to_string(folder.join(format!("../xtreme/{task}_{language}.json"))).unwrap();
    let cell = Cell::new(task, language, &records);
    assert!(cell.items.len() > POOL);
    cell
}
