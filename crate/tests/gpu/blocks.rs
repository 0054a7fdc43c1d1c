//! Blocks of every family: their passes, their gradients, and caches of which some rows go on.

use burn::prelude::*;
use langedit::checkpoint;
use langedit::device::upload;
use langedit::model::{Block, KeyValues, Layout, Row, SavedBlock, Transformer};

use crate::{close, gpu, noise, values};

const LENGTHS: [usize; 3] = [5, 2, 7];
const LATER: [usize; 3] = [3, 4, 1];
const FAMILIES: [&str; 11] = ["llama", "qwen2", "gpt2", "gptj", "qwen3", "mistral", "gemma3", "olmo2", "smollm3", "gptneox", "phi3"];

fn tiny(family: &str, device: &Device) -> Transformer {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/models");
    let checkpoint = checkpoint::open(&std::path::Path::new(folder).join(family)).unwrap();
    Transformer::load(&checkpoint.config, &|name| checkpoint.tensors.matrix(name), device, |_, _| ()).unwrap()
}

fn rows(past: &[usize], len: &[usize]) -> Vec<Row> {
    past.iter().zip(len).map(|(&past, &len)| Row { past, len }).collect()
}

/// `[rows, hidden]` without pattern.
fn stream(model: &Transformer, rows: usize, seed: f32) -> Tensor<2> {
    let hidden = model.config().hidden;
    upload(noise(rows * hidden, seed), [rows, hidden], model.device())
}

/// Two passes of rows of different length, the second after the cache of the first, and the gradient of the second.
fn through(block: &Block, model: &Transformer) -> (Vec<Tensor<2>>, Layout, SavedBlock, KeyValues) {
    let (config, device) = (model.config(), model.device());
    let first = Layout::new(&rows(&[0; 3], &LENGTHS), &vec![Vec::new(); 3], config, device);
    let before = block.forward(stream(model, first.tokens(), 0.1), &first, None);
    let held = before.saved.held();
    let columns: Vec<Vec<bool>> = LENGTHS.iter().map(|&len| (0..7).map(|column| column < len).collect()).collect();
    let second = Layout::new(&rows(&LENGTHS, &LATER), &columns, config, device);
    let after = block.forward(stream(model, second.tokens(), 0.7), &second, Some(&held));
    let gradient = block.backward(stream(model, second.tokens(), 0.3), &after.saved, &second);
    (vec![before.output, before.keys, after.output, after.keys, gradient], second, after.saved, held)
}

#[test]
fn blocks_are_the_cpus() {
    let Some(gpu) = gpu() else { return };
    for family in FAMILIES {
        let [host, device] = [&Device::flex(), &gpu].map(|device| tiny(family, device));
        for layer in 0..host.config().layers {
            let [(expected, ..), (found, ..)] = [&host, &device].map(|model| through(model.block(layer), model));
            let parts = ["output", "keys", "output after a cache", "keys after a cache", "gradient"];
            for ((found, expected), part) in found.into_iter().zip(expected).zip(parts) {
                close(&values(found), &values(expected), 2e-5, &format!("{family}, layer {layer}: {part}"));
            }
        }
    }
}

/// The gradient along a random direction, against the difference of two passes: L = sum(output * c).
#[test]
fn gradients_are_differences() {
    const STEP: f64 = 4e-3;
    for (device, _) in crate::device_support::devices() {
        for family in FAMILIES {
            let model = tiny(family, &device);
            let block = model.block(1);
            let layout = Layout::new(&rows(&[0; 3], &LENGTHS), &vec![Vec::new(); 3], model.config(), &device);
            let shaped = |seed| stream(&model, layout.tokens(), seed);
            let (h, weights, direction) = (shaped(0.1), shaped(0.3), shaped(0.6));
            let product = |a: Tensor<2>, b: &Tensor<2>| -> f64 {
                values(a).iter().zip(&values(b.clone())).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
            };
            let loss = |step: f64| product(block.forward(h.clone() + direction.clone() * step, &layout, None).output, &weights);
            let difference = (loss(STEP) - loss(-STEP)) / (2.0 * STEP);
            let pass = block.forward(h.clone(), &layout, None);
            let slope = product(block.backward(weights.clone(), &pass.saved, &layout), &direction);
            assert!((slope - difference).abs() < 2e-3 * (1.0 + difference.abs()), "{family}: {slope} {difference}");
        }
    }
}

/// Rows taken out of a cache, in another order and twice, serve the rows that go on.
#[test]
fn caches_keep_the_rows_that_go_on() {
    let Some(gpu) = gpu() else { return };
    let [host, device] = [&Device::flex(), &gpu].map(|device| tiny("llama", device));
    let pass = |model: &Transformer, chosen: &[usize], longest: usize, later: &[usize]| {
        let (_, _, _, held) = through(model.block(1), model);
        let past: Vec<usize> = chosen.iter().map(|&row| LENGTHS[row]).collect();
        let columns: Vec<Vec<bool>> = past.iter().map(|&len| (0..longest).map(|column| column < len).collect()).collect();
        let kept = Layout::new(&rows(&past, later), &columns, model.config(), model.device());
        values(model.block(1).forward(stream(model, kept.tokens(), 0.9), &kept, Some(&held.select(chosen, longest))).output)
    };
    for (chosen, longest, later) in [([0, 1].as_slice(), 5, [2, 1].as_slice()), (&[2, 0, 0], 7, &[2, 1, 1])] {
        let [expected, found] = [&host, &device].map(|model| pass(model, chosen, longest, later));
        close(&found, &expected, 2e-5, "rows of a cache");
    }
}

/// Embedding, final norm and head, forward and backward.
#[test]
fn heads_are_the_cpus() {
    let Some(gpu) = gpu() else { return };
    for family in ["llama", "gpt2", "gptj"] {
        let [expected, found] = [&Device::flex(), &gpu].map(|device| {
            let model = tiny(family, device);
            let h = stream(&model, 4, 0.5);
            let vocab = model.config().vocab;
            let toward = upload(noise(4 * vocab, 0.2), [4, vocab], device);
            let layout = Layout::fresh(&[3], model.config(), device);
            let embedded = model.embed(&[1, 2, 1], &layout).unwrap();
            [values(embedded), values(model.logits(h.clone())), values(model.logits_backward(h, toward))]
        });
        for ((found, expected), part) in found.iter().zip(&expected).zip(["embedding", "logits", "gradient"]) {
            close(found, expected, 2e-5, &format!("{family}: {part}"));
        }
    }
}
