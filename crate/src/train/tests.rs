//! The network against the model that it becomes, and its gradients against differences.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot compute should stop")]

use burn::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::batch::{Batch, Sequence, batches};
use super::network::{Network, Penalties};
use crate::model::{Activation, Family, Layout, ModelConfig, Rope};

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
        rope: Some(Rope { theta: 10_000.0, dims: 8, interleaved: true, llama3: None, frequency_divisors: None }),
        activation: Activation::SiluGated,
        tied_head: true,
    }
}

fn example() -> (Network, Batch) {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let network = Network::random(&tiny(17), &mut rng, &Device::flex());
    let sequences = [vec![1, 5, 9, 2, 16], vec![1, 7, 3], vec![1, 8, 8, 0, 4, 11, 12]]
        .map(|ids: Vec<u32>| Sequence { weights: (1..ids.len()).map(|i| if i % 2 == 0 { 3.0 } else { 1.0 }).collect(), ids });
    let batch = batches(&sequences.iter().collect::<Vec<_>>(), 1000).remove(0);
    assert_eq!((batch.rows, batch.longest), (3, 6));
    (network, batch)
}

const NONE: Penalties = Penalties { z_loss: 0.0, residual: 0.0 };

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
    let loss = pollster::block_on(network.gradients(&batch, NONE)).unwrap().loss;
    assert!((loss - expected).abs() < 1e-3 * expected, "{loss} is not {expected}");
}

/// Every weight's gradient along a fixed direction against central differences, with both penalties on.
#[test]
fn gradients_agree_with_differences() {
    let (network, batch) = example();
    let penalties = Penalties { z_loss: 0.01, residual: 0.1 };
    let analytic = pollster::block_on(network.gradients(&batch, penalties)).unwrap().by_parameter;
    assert_eq!(analytic.len(), network.parameters.len());
    for (index, gradient) in analytic.iter().enumerate() {
        let [rows, cols] = gradient.dims();
        let direction: Vec<f32> = (0..rows * cols).map(|i| ((i * 31 + index) as f32 * 0.7).sin()).collect();
        let direction = crate::device::upload(direction, [rows, cols], network.device());
        let expected = (gradient.clone() * direction.clone()).sum().into_scalar::<f32>();
        let loss = |step: f32| {
            let mut moved = network.clone();
            moved.parameters[index].values = moved.parameters[index].values.clone() + direction.clone().mul_scalar(step);
            pollster::block_on(moved.gradients(&batch, penalties)).unwrap().objective
        };
        let step = 3e-3;
        let found = ((loss(step) - loss(-step)) / (2.0 * f64::from(step))) as f32;
        let scale = expected.abs().max(0.05 * (gradient.clone() * gradient.clone()).sum().into_scalar::<f32>().sqrt()).max(0.05);
        assert!((found - expected).abs() < 0.02 * scale, "{}: {found} is not {expected}", network.parameters[index].name);
    }
}
