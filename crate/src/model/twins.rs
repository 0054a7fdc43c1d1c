//! The CPU's own loops against the tensor operations that GPUs run, on tiny checkpoints of every family.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

use burn::prelude::*;
use burn::tensor::Tolerance;

use super::{Block, KeyValues, Layout, Row, SavedBlock, Transformer};
use crate::checkpoint;
use crate::device::upload;

const LENGTHS: [usize; 3] = [5, 2, 7];
const LATER: [usize; 3] = [3, 4, 1];
const FAMILIES: [&str; 6] = ["llama", "qwen2", "gpt2", "gptj", "qwen3", "mistral"];

fn tiny(family: &str) -> Transformer {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/models");
    let checkpoint = checkpoint::open(&std::path::Path::new(folder).join(family)).unwrap();
    Transformer::load(&checkpoint.config, &|name| checkpoint.tensors.matrix(name), &Device::flex(), |_, _| ()).unwrap()
}

/// Values without pattern, about as large as a residual stream's.
fn noise(rows: usize, width: usize, seed: f32) -> Tensor<2> {
    let values = (0..rows * width).map(|i| ((i as f32 * 12.9898 + seed) * 1.7).sin() * 1.3).collect();
    upload(values, [rows, width], &Device::flex())
}

fn rows(past: &[usize], len: &[usize]) -> Vec<Row> {
    past.iter().zip(len).map(|(&past, &len)| Row { past, len }).collect()
}

/// Two passes of rows of different length, the second after the cache of the first, and the gradient of the second.
fn through(
    block: &Block,
    model: &Transformer,
    layout: impl Fn(&[Row], &[Vec<bool>]) -> Layout,
) -> (Vec<Tensor<2>>, Layout, SavedBlock, KeyValues) {
    let hidden = model.config().hidden;
    let first = layout(&rows(&[0; 3], &LENGTHS), &vec![Vec::new(); 3]);
    let before = block.forward(noise(first.tokens(), hidden, 0.1), &first, None);
    let held = before.saved.held();
    let columns: Vec<Vec<bool>> = LENGTHS.iter().map(|&len| (0..7).map(|column| column < len).collect()).collect();
    let second = layout(&rows(&LENGTHS, &LATER), &columns);
    let after = block.forward(noise(second.tokens(), hidden, 0.7), &second, Some(&held));
    let gradient = block.backward(noise(second.tokens(), hidden, 0.3), &after.saved, &second);
    (vec![before.output, before.keys, after.output, after.keys, gradient], second, after.saved, held)
}

#[test]
fn blocks_are_the_same_on_both_paths() {
    for family in FAMILIES {
        let model = tiny(family);
        let (config, device) = (model.config(), model.device());
        for layer in 0..config.layers {
            let block = model.block(layer);
            let (host, ..) = through(block, &model, |rows, columns| Layout::new(rows, columns, config, device));
            let (tensors, ..) = through(block, &model, |rows, columns| Layout::padded(rows, columns, config, device));
            for (host, tensors) in host.into_iter().zip(tensors) {
                host.into_data().assert_approx_eq(&tensors.into_data(), Tolerance::<f32>::rel_abs(1e-5, 2e-5));
            }
        }
    }
}

/// The gradient of both paths along a random direction, against the difference of two passes: L = sum(output * c).
#[test]
fn gradients_are_differences_on_both_paths() {
    const STEP: f64 = 4e-3;
    for family in FAMILIES {
        let model = tiny(family);
        let (config, device, block) = (model.config(), model.device(), model.block(1));
        let (rows, columns) = (rows(&[0; 3], &LENGTHS), vec![Vec::new(); 3]);
        for layout in [Layout::new(&rows, &columns, config, device), Layout::padded(&rows, &columns, config, device)] {
            let shaped = |seed| noise(layout.tokens(), config.hidden, seed);
            let (h, weights, direction) = (shaped(0.1), shaped(0.3), shaped(0.6));
            let product = |a: Tensor<2>, b: &Tensor<2>| -> f64 {
                let (a, b) = [a, b.clone()].map(|tensor| tensor.into_data().try_into_vec::<f32>().unwrap()).into();
                a.iter().zip(&b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
            };
            let loss = |step: f64| product(block.forward(h.clone() + direction.clone() * step, &layout, None).output, &weights);
            let difference = (loss(STEP) - loss(-STEP)) / (2.0 * STEP);
            let pass = block.forward(h.clone(), &layout, None);
            let slope = product(block.backward(weights.clone(), &pass.saved, &layout), &direction);
            assert!((slope - difference).abs() < 2e-3 * (1.0 + difference.abs()), "{family}: {slope} {difference}");
        }
    }
}

/// Rows taken out of a cache, in another order and twice, on both paths, serve the rows that go on.
#[test]
fn caches_keep_the_rows_that_go_on() {
    let model = tiny("llama");
    let (config, device, block) = (model.config(), model.device(), model.block(1));
    type Layouts<'a> = &'a dyn Fn(&[Row], &[Vec<bool>]) -> Layout;
    let pass = |layout: Layouts<'_>, chosen: &[usize], longest: usize, later: &[usize]| {
        let (_, _, _, held) = through(block, &model, layout);
        let past: Vec<usize> = chosen.iter().map(|&row| LENGTHS[row]).collect();
        let columns: Vec<Vec<bool>> = past.iter().map(|&len| (0..longest).map(|column| column < len).collect()).collect();
        let kept = layout(&rows(&past, later), &columns);
        block.forward(noise(kept.tokens(), config.hidden, 0.9), &kept, Some(&held.select(chosen, longest))).output
    };
    for (chosen, longest, later) in [([0, 1].as_slice(), 5, [2, 1].as_slice()), (&[2, 0, 0], 7, &[2, 1, 1])] {
        let host = pass(&|rows, columns| Layout::new(rows, columns, config, device), chosen, longest, later);
        let tensors = pass(&|rows, columns| Layout::padded(rows, columns, config, device), chosen, longest, later);
        host.into_data().assert_approx_eq(&tensors.into_data(), Tolerance::<f32>::rel_abs(1e-5, 2e-5));
    }
}

/// The norm and head in front of the logits, forward and backward.
#[test]
fn heads_are_the_same_on_both_paths() {
    for family in ["llama", "gpt2", "gptj"] {
        let model = tiny(family);
        let h = noise(4, model.config().hidden, 0.5);
        let toward = noise(4, model.config().vocab, 0.2);
        let norm = &model.final_norm;
        let x = norm.forward(h.clone());
        let logits = model.head_linear().forward(x);
        let close = Tolerance::<f32>::rel_abs(1e-5, 2e-5);
        model.logits(h.clone()).into_data().assert_approx_eq(&logits.into_data(), close);
        let expected = norm.backward(h.clone(), model.head_linear().backward(toward.clone()));
        model.logits_backward(h, toward).into_data().assert_approx_eq(&expected.into_data(), close);
    }
}
