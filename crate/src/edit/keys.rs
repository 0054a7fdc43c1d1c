//! Keys of the edited facts and the hidden states they lead to, layer by layer under the current weights (MEMIT, arXiv
//! 2210.07229, section 4.3 and algorithm 1).

use std::ops::Range;

use burn::prelude::*;

use super::request::Request;
use crate::Result;
use crate::device::{read, upload_indices};
use crate::linalg::Matrix;
use crate::model::{BeforeValues, Layout, Transformer};

/// Tokens that pass through the layers together, at most.
const TOKENS: usize = 2048;
/// Bytes of keys and residual streams that are kept until the layer's weights are known; of more, the block's first half is run again. A token
/// has 73 kB of them in an 8B model, and a hundred facts in six contexts have ten thousand tokens.
const KEPT: usize = 256 << 20;

/// A pass of all prompts of a step through the edited layers, stopped in front of a layer, so that each layer's weights can be changed
/// before the next one is entered. Prompts are cut behind the edited token.
pub struct KeyPass {
    chunks: Vec<Chunk>,
    layer: usize,
    /// Whether what leads to the values is kept.
    keeps: bool,
}

struct Chunk {
    facts: Range<usize>,
    layout: Layout,
    h: Tensor<2>,
    /// Residual stream and keys in front of the values of the current layer.
    before: Option<[Tensor<2>; 2]>,
    /// Packed indices of the edited tokens, one list a fact, the bare prompt's first.
    lookups: Vec<Vec<usize>>,
    /// The bare prompts alone: their layout, their tokens among the packed ones, and their edited tokens.
    bare: Layout,
    bare_tokens: Vec<usize>,
    bare_lookups: Vec<usize>,
}

impl KeyPass {
    /// Runs the prompts of `requests` up to the input of `layer`.
    ///
    /// # Errors
    /// A prompt that the model cannot take.
    pub fn start(model: &Transformer, requests: &[Request], layer: usize) -> Result<Self> {
        let mut chunks = Vec::new();
        let mut start = 0;
        while start < requests.len() {
            let mut tokens = 0;
            let count = requests[start..]
                .iter()
                .take_while(|request| {
                    tokens += request.prompts.iter().map(|prompt| prompt.lookup + 1).sum::<usize>();
                    tokens <= TOKENS
                })
                .count()
                .max(1);
            chunks.push(Chunk::start(model, &requests[start..start + count], start, layer)?);
            start += count;
        }
        let tokens = requests.iter().flat_map(|request| &request.prompts).map(|prompt| prompt.lookup + 1).sum::<usize>();
        let keeps = tokens.saturating_mul(4 * (model.config().hidden + model.config().inner)) <= KEPT;
        Ok(Self { chunks, layer, keeps })
    }

    /// The keys `[d_in, facts]` at the current layer: the bare prompt's and the mean of the prefixed ones', in equal parts.
    ///
    /// # Errors
    /// The device failed.
    pub async fn keys(&mut self, model: &Transformer) -> Result<Matrix> {
        let of_prompts = self.prompt_keys(model).await?;
        let mut keys = Matrix::zeros(model.config().inner, of_prompts.len());
        for (mut key, of_prompts) in keys.col_iter_mut().zip(&of_prompts) {
            let prefixed = of_prompts.ncols() - 1;
            for (i, column) in of_prompts.col_iter().enumerate() {
                let share = match (i, prefixed) {
                    (0, 0) => 1.0,
                    (0, _) => 0.5,
                    _ => 0.5 / prefixed as f64,
                };
                key += faer::Scale(share) * column;
            }
        }
        Ok(keys)
    }

    /// The keys of each fact at the current layer, `[d_in, prompts]`: a column a prompt, the bare one's first.
    ///
    /// # Errors
    /// The device failed.
    pub async fn prompt_keys(&mut self, model: &Transformer) -> Result<Vec<Matrix>> {
        let inner = model.config().inner;
        let mut keys = Vec::new();
        for chunk in &mut self.chunks {
            // Not what a backward pass would need: four times as much.
            let BeforeValues { residual, keys: all, .. } = model.block(self.layer).before_values(chunk.h.clone(), &chunk.layout, None);
            let indices = chunk.lookups.concat();
            let values = read(all.clone().select(0, upload_indices(&indices, model.device()))).await?;
            let mut of_prompts = values.chunks_exact(inner);
            for lookups in &chunk.lookups {
                let columns: Vec<&[f32]> = of_prompts.by_ref().take(lookups.len()).collect();
                keys.push(Matrix::from_fn(inner, columns.len(), |row, prompt| f64::from(columns[prompt][row])));
            }
            chunk.before = self.keeps.then_some([residual, all]);
        }
        Ok(keys)
    }

    /// The values `W k` `[d_out, facts]` of the bare prompts' edited tokens at the current layer, behind [`KeyPass::prompt_keys`].
    ///
    /// # Errors
    /// The device failed.
    pub async fn values(&self, model: &Transformer) -> Result<Matrix> {
        let block = model.block(self.layer);
        let mut columns = Vec::new();
        for chunk in &self.chunks {
            let keys = match &chunk.before {
                Some([_, keys]) => keys.clone(),
                None => block.before_values(chunk.h.clone(), &chunk.layout, None).keys,
            };
            let bare: Vec<usize> = chunk.lookups.iter().map(|lookups| lookups[0]).collect();
            columns.extend(read(block.mlp.values(keys.select(0, upload_indices(&bare, model.device())))).await?);
        }
        let hidden = model.config().hidden;
        Ok(Matrix::from_fn(hidden, columns.len() / hidden, |row, fact| f64::from(columns[fact * hidden + row])))
    }

    /// The residual streams `[d_out, facts]` behind `last_layer` at the bare prompts' edited tokens.
    ///
    /// # Errors
    /// The device failed.
    pub async fn hidden_behind(&self, model: &Transformer, last_layer: usize) -> Result<Matrix> {
        let (hidden, facts) = (model.config().hidden, self.chunks.last().map_or(0, |chunk| chunk.facts.end));
        let mut states = Matrix::zeros(hidden, facts);
        for chunk in &self.chunks {
            let h = chunk.h.clone().select(0, upload_indices(&chunk.bare_tokens, model.device()));
            let h = model.run(h, &chunk.bare, self.layer..last_layer + 1, None, |_, _| ());
            let values = read(h.select(0, upload_indices(&chunk.bare_lookups, model.device()))).await?;
            for (fact, values) in chunk.facts.clone().zip(values.chunks_exact(hidden)) {
                for (row, &value) in values.iter().enumerate() {
                    states[(row, fact)] = f64::from(value);
                }
            }
        }
        Ok(states)
    }

    /// Goes on to the input of `layer`, through the weights in force now.
    pub fn advance(&mut self, model: &Transformer, layer: usize) {
        for chunk in &mut self.chunks {
            let mut from = self.layer;
            if let Some([residual, keys]) = chunk.before.take()
                && from < layer
            {
                let block = model.block(from);
                chunk.h = block.join(residual, block.mlp.values(keys));
                from += 1;
            }
            chunk.h = model.run(chunk.h.clone(), &chunk.layout, from..layer, None, |_, _| ());
        }
        self.layer = layer;
    }
}

impl Chunk {
    fn start(model: &Transformer, requests: &[Request], first: usize, layer: usize) -> Result<Self> {
        let (config, device) = (model.config(), model.device());
        let prompts = || requests.iter().flat_map(|request| &request.prompts);
        let lengths: Vec<usize> = prompts().map(|prompt| prompt.lookup + 1).collect();
        let tokens: Vec<u32> = prompts().flat_map(|prompt| prompt.tokens[..=prompt.lookup].iter().copied()).collect();
        let layout = Layout::fresh(&lengths, config, device);
        let h = model.run(model.embed(&tokens, &layout)?, &layout, 0..layer, None, |_, _| ());

        let (mut lookups, mut bare_tokens, mut bare_lengths, mut row) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for request in requests {
            lookups.push((0..request.prompts.len()).map(|i| layout.index(row + i, lengths[row + i] - 1)).collect());
            bare_tokens.extend((0..lengths[row]).map(|position| layout.index(row, position)));
            bare_lengths.push(lengths[row]);
            row += request.prompts.len();
        }
        let bare = Layout::fresh(&bare_lengths, config, device);
        let bare_lookups = bare_lengths.iter().enumerate().map(|(r, &len)| bare.index(r, len - 1)).collect();
        Ok(Self { facts: first..first + requests.len(), layout, h, before: None, lookups, bare, bare_tokens, bare_lookups })
    }
}
