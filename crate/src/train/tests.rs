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

#[test]
#[ignore = "scratch"]
fn throughput() {
    let config = ModelConfig { hidden: 192, inner: 768, layers: 6, heads: 6, kv_heads: 2, head_dim: 32, vocab: 6144, rope: Some(Rope { theta: 10_000.0, dims: 32, interleaved: true, llama3: None, frequency_divisors: None }), ..tiny(6144) };
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut network = Network::random(&config, &mut rng, &Device::flex());
    let mut optimizer = super::optimizer::Optimizer::new(&network.parameters, super::Rule::Muon);
    for (most, per) in [(512, 1), (1024, 1), (2048, 1)] {
        let sequences: Vec<Sequence> = (0..340).map(|r| { let len = 9 + r % 7; Sequence { ids: (0..=len as u32).map(|i| (i * 37 + r as u32 * 11) % 6144).collect(), weights: vec![1.0; len] } }).collect();
        let all: Vec<&Sequence> = sequences.iter().collect();
        let bs = batches(&all, most);
        let tokens: usize = all.iter().map(|s| s.weights.len()).sum();
        for lanes in [1, 2] {
            let t = std::time::Instant::now();
            let reps = 2;
            for _ in 0..reps {
                std::thread::scope(|scope| {
                    let handles: Vec<_> = (0..lanes).map(|l| { let bs = &bs; let network = &network; scope.spawn(move || {
                        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
                        pool.install(|| {
                        let mut sum: Option<Vec<Tensor<2>>> = None;
                        for b in bs.iter().skip(l).step_by(lanes) {
                            let g = pollster::block_on(network.gradients(b, NONE)).unwrap().by_parameter;
                            sum = Some(match sum { None => g, Some(s) => s.into_iter().zip(g).map(|(a, b)| a + b).collect() });
                        }
                        sum })
                    })}).collect();
                    for h in handles { h.join().unwrap(); }
                });
            }
            let s = t.elapsed().as_secs_f64() / reps as f64;
            eprintln!("micro {most} lanes {lanes}: {} batches, {tokens} tokens, {s:.3} s, {:.0} tok/s", bs.len(), tokens as f64 / s);
            let _ = per;
        }
        let t = std::time::Instant::now();
        for _ in 0..2 { let g = pollster::block_on(network.gradients(&bs[0], NONE)).unwrap().by_parameter; let _ = g; }
        eprintln!("rayon both: {:.0} tok/s", 2.0 * (bs[0].rows * bs[0].longest) as f64 / t.elapsed().as_secs_f64());
    }
    let g = pollster::block_on(network.gradients(&batches(&[&Sequence { ids: vec![1, 2, 3], weights: vec![1.0; 2] }], 10)[0], NONE)).unwrap().by_parameter;
    let t = std::time::Instant::now();
    pollster::block_on(optimizer.step(&Device::flex(), &mut network.parameters, g, super::optimizer::Rates { muon: 0.02, adam: 1e-3, decay: 0.1, momentum: 0.95 })).unwrap();
    eprintln!("optimizer {:.3} s", t.elapsed().as_secs_f64());
}
