//! The corrupted run, and what becomes of it when states of the clean run are put back.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use burn::prelude::*;
use burn::tensor::activation::log_softmax;

use super::pass::pass;
use super::{Component, Noise, TracePrompt};
use crate::device::{read, upload, upload_indices};
use crate::model::{KeyValues, Layout, Row, Transformer};
use crate::schedule::{MaybeSend, each, lanes, runs};
use crate::{Result, ensure};

/// Bytes that the restorations computed at the same time may hold, about. A browser has less memory, and hears of a cancellation between pieces.
const HELD_BYTES: usize = if cfg!(target_family = "wasm") { 64 << 20 } else { 384 << 20 };

/// What is put back to its clean value in a corrupted run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restoration {
    /// Which output.
    pub component: Component,
    /// Of which layers.
    pub layers: Range<usize>,
    /// At which positions.
    pub positions: Range<usize>,
}

impl Restoration {
    /// The first layer that computes something else than in the corrupted run.
    fn start(&self) -> usize {
        match self.component {
            // Behind the first restored block.
            Component::State => self.layers.start + 1,
            Component::Mlp | Component::Attention => self.layers.start,
        }
    }
}

/// The clean run of a prompt and its corrupted runs, with everything that restorations need of them.
pub struct Corruption {
    /// Probability of the answer in the clean run.
    pub clean: f64,
    /// Mean probability of the answer over the corrupted runs.
    pub corrupted: f64,
    length: usize,
    samples: usize,
    answer: u32,
    /// The residual stream in front of each layer and behind the last, `[(1 + samples) * length, hidden]`; the first `length` rows are clean.
    streams: Vec<Tensor<2>>,
    /// Clean outputs by layer, `[length, hidden]`.
    attention: Vec<Tensor<2>>,
    mlp: Vec<Tensor<2>>,
    /// Keys and values by layer, a row a run, the clean one first.
    held: Vec<KeyValues>,
}

/// One run of a restoration: which restoration, which noise sample.
type RunOf = (usize, usize);

impl Corruption {
    /// Runs `prompt` clean and under each sample of `noise`.
    ///
    /// # Errors
    /// The noise is for a subject of another length, the prompt is too long for the model, or the device failed.
    pub async fn new(model: &Transformer, prompt: &TracePrompt, noise: &Noise) -> Result<Self> {
        let (config, device) = (model.config(), model.device());
        let (length, samples) = (prompt.tokens.len(), noise.samples());
        ensure!(samples > 0, Usage, "tracing needs at least one noise sample");
        ensure!(
            noise.tokens() == prompt.subject.len() && prompt.subject.end <= length,
            Numerics,
            "the noise is for {} tokens, but the subject is at {:?} of {length} tokens",
            noise.tokens(),
            prompt.subject
        );
        ensure!((prompt.answer as usize) < config.vocab, Text, "the answer's token {} is outside the vocabulary", prompt.answer);
        let layout = Layout::fresh(&vec![length; 1 + samples], config, device);
        let mut added = vec![0.0; (1 + samples) * length * config.hidden];
        for sample in 0..samples {
            let start = ((1 + sample) * length + prompt.subject.start) * config.hidden;
            let values = noise.sample(sample);
            added[start..start + values.len()].copy_from_slice(values);
        }
        let tokens = prompt.tokens.repeat(1 + samples);
        let mut h = model.embed(&tokens, &layout)? + upload(added, [(1 + samples) * length, config.hidden], device);

        let (mut streams, mut attention, mut mlp, mut held) = (vec![h.clone()], Vec::new(), Vec::new(), Vec::new());
        for layer in 0..config.layers {
            let passed = pass(model.block(layer), h, &layout, None, |_, _| None);
            h = passed.output;
            streams.push(h.clone());
            attention.push(passed.attention.slice_dim(0, 0..length));
            mlp.push(passed.mlp.slice_dim(0, 0..length));
            held.push(passed.saved.held());
        }
        let ends: Vec<usize> = (0..=samples).map(|run| (run + 1) * length - 1).collect();
        let probabilities = answer_probabilities(model, h, &ends, prompt.answer).await?;
        let (clean, noisy) = probabilities.split_first().map_or((0.0, &[][..]), |(&clean, noisy)| (clean, noisy));
        let corrupted = noisy.iter().sum::<f64>() / samples as f64;
        Ok(Self { clean, corrupted, length, samples, answer: prompt.answer, streams, attention, mlp, held })
    }

    /// Mean probability of the answer over the noise samples under each of `restorations`, in order. `progress` sees (done, all) runs, one
    /// per restoration and sample, and says whether to go on.
    ///
    /// # Errors
    /// A restoration names layers or positions that do not exist, or none; the device failed, or `progress` said stop.
    pub async fn restore(
        &self,
        model: &Transformer,
        restorations: &[Restoration],
        progress: impl FnMut(usize, usize) -> bool + MaybeSend,
    ) -> Result<Vec<f64>> {
        let layers = model.config().layers;
        for Restoration { layers: range, positions, .. } in restorations {
            let inside = range.start < range.end && range.end <= layers && positions.start < positions.end && positions.end <= self.length;
            ensure!(
                inside,
                Usage,
                "cannot restore layers {range:?} at positions {positions:?} of {layers} layers and {} tokens",
                self.length
            );
        }
        let pieces = self.pieces(model, restorations);
        let all = restorations.len() * self.samples;
        let shared = Mutex::new((progress, 0));
        let results = each(model.device(), pieces, |piece| {
            let shared = &shared;
            async move {
                let probabilities = self.run_piece(model, restorations, &piece).await?;
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let (progress, done) = &mut *shared;
                *done += piece.len();
                ensure!(progress(*done, all), Cancelled, "stopped while tracing");
                Ok(piece.into_iter().zip(probabilities).collect::<Vec<_>>())
            }
        })
        .await?;
        let mut means = vec![0.0; restorations.len()];
        for ((restoration, _), probability) in results.into_iter().flatten() {
            means[restoration] += probability / self.samples as f64;
        }
        Ok(means)
    }

    /// The runs of all restorations, cut into pieces that begin at the same layer and fit the memory.
    fn pieces(&self, model: &Transformer, restorations: &[Restoration]) -> Vec<Vec<RunOf>> {
        let config = model.config();
        let lanes = lanes(model.device());
        let mut pieces = Vec::new();
        for start in 0..=config.layers {
            let here: Vec<RunOf> = (0..restorations.len())
                .filter(|&i| restorations[i].start() == start)
                .flat_map(|i| (0..self.samples).map(move |sample| (i, sample)))
                .collect();
            let bytes: Vec<usize> = here
                .iter()
                .map(|&(i, _)| {
                    let first = restorations[i].positions.start;
                    let key_values = 2 * config.kv_heads * config.head_dim;
                    let activations = 6 * config.hidden + 2 * config.heads * config.head_dim + 3 * config.inner;
                    4 * ((self.length - first) * (activations + config.heads * self.length) + self.length * key_values + 3 * config.vocab)
                })
                .collect();
            pieces.extend(runs(&bytes, HELD_BYTES / lanes, 1).into_iter().map(|run| here[run].to_vec()));
        }
        pieces
    }

    /// Probability of the answer in each run of a piece.
    async fn run_piece(&self, model: &Transformer, restorations: &[Restoration], piece: &[RunOf]) -> Result<Vec<f64>> {
        let (config, device, length) = (model.config(), model.device(), self.length);
        let rows: Vec<(&Restoration, usize)> = piece.iter().map(|&(i, sample)| (&restorations[i], sample)).collect();
        let Some(start) = rows.first().map(|(restoration, _)| restoration.start()) else { return Ok(Vec::new()) };

        let spans: Vec<Row> = rows.iter().map(|(r, _)| Row { past: r.positions.start, len: length - r.positions.start }).collect();
        let width = spans.iter().map(|span| span.past).max().unwrap_or(0);
        let columns: Vec<Vec<bool>> = spans.iter().map(|span| (0..width).map(|column| column < span.past).collect()).collect();
        let layout = Layout::new(&spans, &columns, config, device);
        // (row, position) of each packed token.
        let places: Vec<(usize, usize)> =
            (0..rows.len()).flat_map(|r| (spans[r].past..length).map(move |position| (r, position))).collect();
        let restored = |component: Component, layer: usize, &(r, position): &(usize, usize)| {
            let restoration = rows[r].0;
            restoration.component == component && restoration.layers.contains(&layer) && restoration.positions.contains(&position)
        };

        let sources: Vec<usize> = places
            .iter()
            .map(|place| {
                let clean = start > 0 && restored(Component::State, start - 1, place);
                if clean { place.1 } else { (1 + rows[place.0].1) * length + place.1 }
            })
            .collect();
        let mut h = self.streams[start].clone().select(0, upload_indices(&sources, device));
        let runs_of_rows: Vec<usize> = rows.iter().map(|&(_, sample)| 1 + sample).collect();
        for layer in start..config.layers {
            let past = (width > 0).then(|| self.held[layer].select(&runs_of_rows, width));
            h = pass(model.block(layer), h, &layout, past.as_ref(), |component, output| {
                if !places.iter().any(|place| restored(component, layer, place)) {
                    return None;
                }
                let clean = match component {
                    Component::State => self.streams[layer + 1].clone().slice_dim(0, 0..length),
                    Component::Mlp => self.mlp[layer].clone(),
                    Component::Attention => self.attention[layer].clone(),
                };
                // A gather from both, which any device does.
                let from: Vec<usize> = places
                    .iter()
                    .enumerate()
                    .map(|(token, place)| if restored(component, layer, place) { places.len() + place.1 } else { token })
                    .collect();
                Some(Tensor::cat(vec![output.clone(), clean], 0).select(0, upload_indices(&from, device)))
            })
            .output;
        }
        let ends: Vec<usize> = (0..rows.len()).map(|r| layout.index(r, length - 1)).collect();
        answer_probabilities(model, h, &ends, self.answer).await
    }
}

/// softmax(logits)\[answer\] behind the packed tokens `ends` of `h`.
async fn answer_probabilities(model: &Transformer, h: Tensor<2>, ends: &[usize], answer: u32) -> Result<Vec<f64>> {
    let logits = model.logits(h.select(0, upload_indices(ends, model.device())));
    let answer = answer as usize;
    let logs = read(log_softmax(logits, 1).slice_dim(1, answer..answer + 1)).await?;
    ensure!(logs.iter().all(|log| log.is_finite()), Numerics, "the answer's probability is not finite");
    Ok(logs.into_iter().map(|log| f64::from(log).exp()).collect())
}
