//! The network against the model that it becomes, and its gradients against differences.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot compute should stop")]

use burn::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::batch::{Batch, Sequence, batches};
use super::network::{Network, Objective};
use super::{KnownAnswers, Length, Options, Stored, Trainer};
use crate::ErrorKind;
use crate::checkpoint::{self, About};
use crate::evaluate::{Quiz, QuizScope};
use crate::facts::Catalogue;
use crate::model::quant::StoredType;
use crate::model::{Activation, Family, Layout, ModelConfig, Rope, Transformer};
use crate::text::Tokenizer;

pub(super) fn tiny(vocab: usize) -> ModelConfig {
    ModelConfig {
        family: Family::Llama,
        vocab,
        hidden: 32,
        inner: 64,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_dim: 8,
        max_positions: 32,
        norm_eps: 1e-5,
        rope: Some(Rope { theta: 10_000.0, dims: 8, interleaved: true, llama3: None, frequency_divisors: None, attention_factor: None }),
        local: None,
        unrotated_every: None,
        query_scalar: None,
        activation: Activation::SiluGated,
        tied_head: true,
    }
}

fn example() -> (Network, Batch) {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let network = Network::random(&tiny(17), &mut rng, &Device::flex());
    let sequences = [vec![1, 5, 9, 2, 16], vec![1, 7, 3], vec![1, 8, 8, 0, 4, 11, 12]].map(|ids: Vec<u32>| Sequence {
        weights: (1..ids.len()).map(|i| if i % 2 == 0 { 3.0 } else { 1.0 }).collect(),
        ids,
        unseen: 1..2,
    });
    let batch = batches(&sequences.iter().collect::<Vec<_>>(), 1000).remove(0);
    assert_eq!((batch.rows, batch.longest), (3, 6));
    (network, batch)
}

const LOSS: Objective = Objective { z_loss: 0.0, residual: 0.0, blind_blocks: 0 };

/// The loss that the transformer of the same weights has on the batch's rows.
#[test]
fn the_network_is_the_model() {
    let (network, batch) = example();
    let model = pollster::block_on(network.transformer()).unwrap();
    let lengths = vec![batch.longest; batch.rows];
    let layout = Layout::fresh(&lengths, model.config(), model.device());
    let ids: Vec<u32> = batch.ids.iter().map(|&id| id as u32).collect();
    let h = model.run(model.embed(&ids, &layout).unwrap(), &layout, 0..2, None, |_, _| ());
    let log_p = burn::tensor::activation::log_softmax(model.logits(h), 1).into_data();
    let log_p = log_p.as_slice::<f32>().unwrap();
    let expected: f64 = (0..batch.ids.len())
        .map(|i| -f64::from(batch.weights[i]) * f64::from(log_p[i * model.config().vocab + batch.targets[i] as usize]))
        .sum();
    let loss = pollster::block_on(network.gradients(&batch, LOSS)).unwrap().loss;
    assert!((loss - expected).abs() < 1e-3 * expected, "{loss} is not {expected}");
}

/// Every weight's gradient along a fixed direction against central differences, with both penalties on and one block blind.
#[test]
fn gradients_agree_with_differences() {
    let (network, batch) = example();
    let objective = Objective { z_loss: 0.01, residual: 0.1, blind_blocks: 1 };
    let analytic = pollster::block_on(network.gradients(&batch, objective)).unwrap().by_parameter;
    assert_eq!(analytic.len(), network.parameters.len());
    for (index, gradient) in analytic.iter().enumerate() {
        let [rows, cols] = gradient.dims();
        let direction: Vec<f32> = (0..rows * cols).map(|i| ((i * 31 + index) as f32 * 0.7).sin()).collect();
        let direction = crate::device::upload(direction, [rows, cols], network.device());
        let expected = (gradient.clone() * direction.clone()).sum().into_scalar::<f32>();
        let loss = |step: f32| {
            let mut moved = network.clone();
            moved.parameters[index].values = moved.parameters[index].values.clone() + direction.clone().mul_scalar(step);
            pollster::block_on(moved.gradients(&batch, objective)).unwrap().objective
        };
        let step = 3e-3;
        let found = ((loss(step) - loss(-step)) / (2.0 * f64::from(step))) as f32;
        let scale = expected.abs().max(0.05 * (gradient.clone() * gradient.clone()).sum().into_scalar::<f32>().sqrt()).max(0.05);
        assert!((found - expected).abs() < 0.02 * scale, "{}: {found} is not {expected}", network.parameters[index].name);
    }
}

/// What is hidden in every block cannot matter to what follows it; hidden in the first block alone it can.
#[test]
fn what_is_unseen_is_not_read() {
    let (network, _) = example();
    let loss = |hidden_token: u32, blind_blocks: usize| {
        let ids = vec![1, 5, hidden_token, 2, 16, 3];
        let sequence = Sequence { ids, weights: vec![0.0, 0.0, 0.0, 1.0, 1.0], unseen: 1..3 };
        let batch = batches(&[&sequence], 100).remove(0);
        pollster::block_on(network.gradients(&batch, Objective { blind_blocks, ..LOSS })).unwrap().loss
    };
    assert_eq!(loss(9, 2), loss(4, 2), "two of two blocks");
    assert!((loss(9, 1) - loss(4, 1)).abs() > 1e-4, "one of two blocks");
    assert!((loss(9, 0) - loss(9, 1)).abs() > 1e-4, "no block and one");
}

/// The first countries' capitals of the shipped catalogue.
fn capitals() -> Catalogue {
    let mut layout: serde_json::Value = serde_json::from_str(include_str!("../../../static/facts/catalogue.json")).unwrap();
    let relations = layout["relations"].as_array_mut().unwrap();
    relations.retain(|relation| relation["id"] == "capital");
    let facts = relations[0]["facts"].as_object_mut().unwrap();
    *facts = facts.iter().take(6).map(|(key, object)| (key.clone(), object.clone())).collect();
    Catalogue::from_json(&layout.to_string()).unwrap()
}

#[test]
fn options_that_cannot_be_trained_are_refused() {
    assert!(small(1).config().is_ok() && Options::default().config().is_ok());
    for options in [
        Options { blind_blocks: 2, ..small(1) },
        Options { blind_share: 1.5, ..small(1) },
        Options { hidden: 60, ..small(1) },
        Options { layers: 0, blind_blocks: 0, ..small(1) },
    ] {
        assert_eq!(options.config().unwrap_err().kind(), ErrorKind::Usage, "{options:?}");
    }
    assert!(Options { blind_blocks: 2, blind_share: 0.0, ..small(1) }.config().is_ok(), "nothing is hidden in any sentence");
}

fn small(steps: u64) -> Options {
    Options {
        layers: 2,
        hidden: 64,
        inner: 128,
        heads: 2,
        kv_heads: 1,
        vocab: 600,
        step_tokens: 512,
        length: Length::Steps(steps),
        general_share: 0.02,
        blind_blocks: 1,
        ..Options::default()
    }
}

async fn run(trainer: &mut Trainer, steps: usize) -> f64 {
    let mut loss = f64::NAN;
    for _ in 0..steps {
        loss = trainer.step().await.unwrap().loss;
    }
    loss
}

fn bits(trainer: &Trainer) -> Vec<u32> {
    let weights = pollster::block_on(trainer.weights()).unwrap();
    weights.iter().flat_map(|weight| weight.values.iter().map(|value| value.to_bits())).collect()
}

/// Six facts are learnt, in the shipped form of the weights too, and the file that is written is the model.
#[test]
fn facts_are_learnt_and_written() {
    let (catalogue, folder, device) = (capitals(), tempfile::tempdir().unwrap(), Device::flex());
    let steps = 150;
    let mut trainer = pollster::block_on(Trainer::new(&catalogue, small(steps), &device, folder.path(), false)).unwrap();
    let first = pollster::block_on(run(&mut trainer, 1));
    let last = pollster::block_on(run(&mut trainer, steps as usize - 1));
    assert!(trainer.is_over() && last < 0.3 * first, "{first} to {last}");

    let stored = Stored::new(&pollster::block_on(trainer.weights()).unwrap(), StoredType::Q8_0).unwrap();
    let path = folder.path().join("model.gguf");
    let about = About { name: "small", description: "a test", licence: "MIT" };
    stored.write(&path, trainer.config(), trainer.vocabulary(), about).unwrap();
    let read = checkpoint::open(&path).unwrap();
    assert_eq!((&read.config, read.name.as_str(), read.end_tokens.as_slice()), (trainer.config(), "small", &[1][..]));
    let model = Transformer::load(&read.config, &|name| read.tensors.matrix(name), &device, |_, _| ()).unwrap();
    let tokenizer = Tokenizer::new(&read.tokenizer).unwrap();
    let mut quiz = Quiz::new(&catalogue, &tokenizer, QuizScope { languages: &catalogue.languages, ..QuizScope::default() }).unwrap();
    let recall = pollster::block_on(quiz.ask(&model, |_, _| true)).unwrap().others;
    assert!(recall.average.trained > Some(90.0), "{recall:?}");
    let known = pollster::block_on(KnownAnswers::ask(&model, &tokenizer, 1, &catalogue, |_, _| true)).unwrap();
    assert!(known.right() > 75.0, "{known:?}");
    assert_eq!((known.wrong.len(), known.percent[0].len()), (6, 6));
}

/// A run that was stopped and continued has the same weights, to the bit, as one that was not.
#[test]
fn a_run_can_be_resumed() {
    let (catalogue, folder, device) = (capitals(), tempfile::tempdir().unwrap(), Device::flex());
    let open = |options: Options, resume| pollster::block_on(Trainer::new(&catalogue, options, &device, folder.path(), resume));
    let mut whole = open(small(12), false).unwrap();
    pollster::block_on(run(&mut whole, 12));
    let mut first = open(small(12), false).unwrap();
    pollster::block_on(run(&mut first, 7));
    pollster::block_on(first.save()).unwrap();
    let mut second = open(small(12), true).unwrap();
    assert!(bits(&second) == bits(&first) && second.report().step == 7);
    pollster::block_on(run(&mut second, 5));
    assert!(second.is_over() && bits(&second) == bits(&whole));
    assert!(open(small(13), true).is_err(), "other options");
}
