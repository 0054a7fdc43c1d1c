//! The model that the crate carries: what it knows, and that its other files belong to it.
#![allow(clippy::unwrap_used, reason = "a test without its files should stop")]

use burn::tensor::Device;
use langedit::checkpoint::{builtin_known, builtin_manifest, builtin_model, builtin_statistics, open_builtin};
use langedit::edit::Statistics;
use langedit::evaluate::{Quiz, QuizScope, RecallScores};
use langedit::facts::Catalogue;
use langedit::model::Transformer;
use langedit::text::Tokenizer;
use langedit::train::{KnownAnswers, statistics_texts};

fn open() -> (Transformer, Tokenizer) {
    let checkpoint = open_builtin().unwrap();
    let model = Transformer::load(&checkpoint.config, &|name| checkpoint.tensors.matrix(name), &Device::flex(), |_, _| ()).unwrap();
    (model, Tokenizer::new(&checkpoint.tokenizer).unwrap())
}

#[test]
fn it_knows_the_catalogue_in_every_language() {
    let (catalogue, (model, tokenizer)) = (Catalogue::builtin().unwrap(), open());
    let scope = QuizScope { languages: &catalogue.languages, sample: Some(200), seed: 11, ..QuizScope::default() };
    let mut quiz = Quiz::new(&catalogue, &tokenizer, scope).unwrap();
    let RecallScores { languages, average, .. } = pollster::block_on(quiz.ask(&model, |_, _| true)).unwrap().others;
    assert_eq!((languages.len(), average.questions), (6, 6 * 200));
    assert!(average.held_out >= Some(95.0), "{average:?}");
    assert!(languages.values().all(|recall| recall.held_out >= Some(90.0) && recall.trained >= Some(90.0)), "{languages:?}");
}

#[test]
fn its_files_are_small_enough_for_a_page() {
    let manifest = builtin_manifest().unwrap();
    let all: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    assert!(builtin_model().unwrap().len() <= 5_500_000 && all <= 7_800_000, "{manifest:?}");
}

#[test]
fn its_known_answers_are_the_catalogue_s() {
    let known: KnownAnswers = serde_json::from_slice(builtin_known().unwrap()).unwrap();
    let catalogue = Catalogue::builtin().unwrap();
    let ids: Vec<&str> = catalogue.facts.iter().map(|fact| fact.id.as_str()).collect();
    assert_eq!((&known.languages, known.facts.iter().map(String::as_str).collect::<Vec<_>>()), (&catalogue.languages, ids));
    assert!(known.wrong.iter().all(|facts| facts.len() == known.facts.len()));
    assert!(known.right() > 90.0, "{}", known.right());
}

/// The statistics of one layer, collected again from the catalogue's sentences.
#[test]
fn its_statistics_are_those_of_its_keys() {
    let (catalogue, (model, tokenizer)) = (Catalogue::builtin().unwrap(), open());
    let carried = Statistics::from_bytes(builtin_statistics().unwrap()).unwrap();
    assert!(carried.provenance().contains(&open_builtin().unwrap().sha256), "{}", carried.provenance());
    let texts = statistics_texts(&catalogue).unwrap();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let collected = Statistics::collect(&model, &tokenizer, &texts, &[1], "", |_, _| true);
    let collected = pollster::block_on(collected).unwrap();
    assert_eq!(carried.count(), collected.count());
    let [expected, found] = [collected, carried].map(|of| of.load(1).unwrap().into_mean());
    for i in 0..model.config().inner {
        for j in 0..model.config().inner {
            let scale = (expected[(i, i)] * expected[(j, j)]).sqrt();
            assert!((expected[(i, j)] - found[(i, j)]).abs() <= 1e-3 * scale + 1e-9, "({i}, {j})");
        }
    }
}
