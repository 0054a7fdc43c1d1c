//! Whether a device computes what the CPU computes, at the sizes that editing uses: products with few rows and many, and steps of v*.

use burn::prelude::*;

use super::request::{Prompt, Request};
use super::settings::Settings;
use super::{Method, target_values};
use crate::device::{read, upload};
use crate::model::quant::{StoredMatrix, quantize_q4_1, quantize_q8_0};
use crate::model::{Activation, Family, ModelConfig, Rope, Transformer, Weight};
use crate::text::MatchKind;
use crate::{Result, ensure};

/// Largest difference, relative to 1 + |the CPU's value|, that counts as agreement. Sums of 768 products in f32 differ by a hundredth of it
/// with the order of summation; a kernel that did not run differs by more than a thousand times it.
pub const SELF_CHECK_TOLERANCE: f64 = 1e-3;

/// Rows of activations: of a token that is decoded, of a prompt, and of a batch, where some drivers have been wrong.
const ROWS: [usize; 3] = [1, 64, 600];
/// The matrix that they are multiplied with: the embedded model's down-projection.
const MATRIX: [usize; 2] = [192, 768];
/// Steps of v*, the last of which only measures.
const STEPS: usize = 3;

/// Matrices of a model's first block, one of each shape that a family has.
const OF_BLOCK: [&str; 5] = ["attn.q.weight", "attn.k.weight", "attn.o.weight", "mlp.up.weight", "mlp.down.weight"];

/// The largest difference between what `device` and the CPU compute, relative to 1 + |the CPU's value|; infinite where a result is not
/// finite.
///
/// # Errors
/// The device fails or reports an error of its own.
pub async fn self_check(device: &Device) -> Result<f64> {
    Ok(largest_difference(&compute(device).await?, &compute(&Device::flex()).await?))
}

/// Fails unless `device` multiplies with the matrices of a model's first block, which `matrix` gives by their names, as the CPU does: at the
/// model's own widths and in its own formats.
///
/// # Errors
/// `device`: it computes something else, or fails. Those of `matrix`.
pub async fn check_model(device: &Device, matrix: &dyn Fn(&str) -> Result<Option<StoredMatrix>>) -> Result<()> {
    for name in OF_BLOCK {
        let name = format!("layers.0.{name}");
        let Some(stored) = matrix(&name)? else { continue };
        let products = |device: &Device| products(&stored, device, &ROWS[..2]);
        let (found, expected) = (read_all(products(device)?).await?, read_all(products(&Device::flex())?).await?);
        let difference = largest_difference(&found, &expected);
        ensure!(
            difference <= SELF_CHECK_TOLERANCE,
            Device,
            "the GPU computes wrongly with this model: products with {name}, [{}, {}] in {}, are {difference:.1e} from the CPU's",
            stored.rows,
            stored.cols,
            stored.ty.name()
        );
    }
    Ok(())
}

/// Relative to 1 + |expected|; infinite where a result is not finite.
fn largest_difference(found: &[f32], expected: &[f32]) -> f64 {
    let mut worst: f64 = 0.0;
    for (&found, &expected) in found.iter().zip(expected) {
        let difference = f64::from(found - expected).abs() / (1.0 + f64::from(expected).abs());
        worst = if difference.is_finite() { worst.max(difference) } else { f64::INFINITY };
    }
    worst
}

/// Products with a matrix, forward and transposed, of so many rows each.
fn products(stored: &StoredMatrix, device: &Device, rows: &[usize]) -> Result<Vec<Tensor<2>>> {
    let weight = Weight::place(stored, device)?;
    let mut results = Vec::new();
    for &n in rows {
        results.push(weight.forward(upload(noise(n * stored.cols, 2), [n, stored.cols], device)));
        results.push(weight.backward(upload(noise(n * stored.rows, 3), [n, stored.rows], device)));
    }
    Ok(results)
}

/// The values of tensors, read at once: each wait for a device costs more than what is read.
async fn read_all(tensors: Vec<Tensor<2>>) -> Result<Vec<f32>> {
    read(Tensor::<1>::cat(tensors.into_iter().map(|tensor| tensor.flatten(0, 1)).collect(), 0)).await
}

async fn compute(device: &Device) -> Result<Vec<f32>> {
    let [rows, cols] = MATRIX;
    let values = noise(rows * cols, 1);
    let mut tensors = Vec::new();
    for stored in [quantize_q4_1(rows, cols, &values)?, quantize_q8_0(rows, cols, &values)?, StoredMatrix::from_f32(rows, cols, &values)?] {
        tensors.extend(products(&stored, device, &ROWS)?);
    }
    let mut results = read_all(tensors).await?;
    let config = config();
    let model = Transformer::load(&config, &|name| matrix(&config, name).map(Some), device, |_, _| ())?;
    let mut settings = Settings::for_model(&config, Method::Memit);
    (settings.layers, settings.v_num_grad_steps) = (vec![0], STEPS);
    let targets = target_values(&model, &[request(&config)], &settings, |_| true).await?;
    results.extend(targets.into_iter().flat_map(|target| [target.initial, target.losses]).flatten());
    Ok(results)
}

/// Two blocks with grouped queries and a gated MLP.
fn config() -> ModelConfig {
    ModelConfig {
        family: Family::Llama,
        vocab: 256,
        hidden: 64,
        inner: 128,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_dim: 16,
        max_positions: 64,
        norm_eps: 1e-5,
        rope: Some(Rope { theta: 10_000.0, dims: 16, interleaved: false, llama3: None, frequency_divisors: None, attention_factor: None }),
        local: None,
        unrotated_every: None,
        query_scalar: None,
        activation: Activation::SiluGated,
        tied_head: true,
    }
}

/// A weight of the model by its canonical name.
fn matrix(config: &ModelConfig, name: &str) -> Result<StoredMatrix> {
    let (query, key) = (config.heads * config.head_dim, config.kv_heads * config.head_dim);
    let part = name.trim_end_matches(".weight").rsplit_once("layers.").map_or(name, |(_, part)| part);
    let [rows, cols] = match part.split_once('.').map_or(part, |(_, part)| part) {
        "attn.q" => [query, config.hidden],
        "attn.k" | "attn.v" => [key, config.hidden],
        "attn.o" => [config.hidden, query],
        "mlp.gate" | "mlp.up" => [config.inner, config.hidden],
        "mlp.down" => [config.hidden, config.inner],
        _ if name == "embed" => [config.vocab, config.hidden],
        _ => return StoredMatrix::from_f32(1, config.hidden, &vec![1.0; config.hidden]),
    };
    let seed = name.bytes().fold(7_u32, |seed, byte| seed.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let scale = (cols as f32).powf(-0.5);
    let values: Vec<f32> = noise(rows * cols, seed).into_iter().map(|value| value * scale).collect();
    quantize_q8_0(rows, cols, &values)
}

/// A fact whose prompt stands alone and behind a prefix.
fn request(config: &ModelConfig) -> Request {
    let tokens = |from: usize, count: usize| (from..from + count).map(|i| (i * 37 % config.vocab) as u32).collect::<Vec<u32>>();
    Request {
        token: 0,
        prompts: vec![Prompt { tokens: tokens(3, 9), lookup: 4 }, Prompt { tokens: tokens(90, 14), lookup: 9 }],
        target: tokens(200, 3),
        essence: Prompt { tokens: tokens(3, 5), lookup: 4 },
        matched: MatchKind::Exact,
    }
}

/// Values in [-1, 1) that look random and are the same everywhere (a linear congruential generator's upper bits).
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}
