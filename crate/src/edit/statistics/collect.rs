//! From texts to key covariances.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use burn::prelude::{Device, Tensor};

use super::stored::StoredCovariance;
use super::{Statistics, TEXT_TOKENS};
use crate::device::{is_cpu, read};
use crate::event_loop::breathe;
use crate::linalg::KeyProducts;
use crate::model::kernels::into_values;
use crate::model::{Layout, Transformer};
use crate::text::Tokenizer;
use crate::{Error, Result, ensure};

/// Tokens that pass through the model together; of wide keys fewer, whose four copies of 57 kB a token would otherwise take more than a layer's
/// sums; on the one thread of a browser as many as a block computes while a reader does not notice.
fn tokens_of_a_pass(model: &Transformer) -> usize {
    if cfg!(target_family = "wasm") && is_cpu(model.device()) {
        128
    } else if model.config().inner < 8_000 {
        2048
    } else {
        1024
    }
}
/// Tokens whose products are summed on the device, in f32, before the sum is added to those before it, in f64: doing that for every pass would
/// take longer than the pass.
const SUMMED: usize = 1 << 16;

/// Room for sums in f64 of more tokens than can be summed in f32: memory, or a file of `4 d_in (d_in + 1)` bytes a layer.
pub trait Scratch: Read + Write + Seek {}

impl<S: Read + Write + Seek> Scratch for S {}

/// Texts, and how much of them is used.
pub struct Corpus<'a> {
    /// The texts.
    pub texts: &'a [&'a str],
    /// The first so many tokens of each, within the model's positions.
    pub longest: usize,
    /// Where sums are kept; in memory without one. It is empty.
    pub scratch: Option<&'a mut dyn Scratch>,
}

impl Statistics {
    /// As [`Statistics::collect_documents`] with the first [`TEXT_TOKENS`] of each text.
    ///
    /// # Errors
    /// As there.
    pub async fn collect(
        model: &Transformer,
        tokenizer: &Tokenizer,
        texts: &[&str],
        layers: &[usize],
        provenance: impl Into<String>,
        progress: impl FnMut(usize, usize) -> bool,
    ) -> Result<Self> {
        let corpus = Corpus { texts, longest: TEXT_TOKENS, scratch: None };
        Self::collect_documents(model, tokenizer, corpus, layers, provenance, progress).await
    }

    /// Passes the texts of `corpus` through the model and accumulates the keys of every token at `layers`. `progress` sees (texts done, texts)
    /// and says whether to go on.
    ///
    /// # Errors
    /// No text has a token, a layer does not exist, the device failed, the scratch file cannot be used, or `progress` said stop.
    pub async fn collect_documents(
        model: &Transformer,
        tokenizer: &Tokenizer,
        Corpus { texts, longest, scratch }: Corpus<'_>,
        layers: &[usize],
        provenance: impl Into<String>,
        mut progress: impl FnMut(usize, usize) -> bool,
    ) -> Result<Self> {
        let config = model.config();
        let mut collecting = Collecting::new(layers)?;
        let mut memory = Cursor::new(Vec::new());
        let mut totals =
            Totals { scratch: scratch.unwrap_or(&mut memory), layers: collecting.layers.clone(), dim: config.inner, tokens: 0 };
        while collecting.pass(model, tokenizer, texts, longest, &mut progress).await? {
            if collecting.sums.tokens >= SUMMED && collecting.taken < texts.len() {
                totals.add(&mut collecting.sums).await?;
            }
        }
        ensure!(totals.tokens + collecting.sums.tokens > 0, Data, "the corpus has no text");
        Ok(Self::of_stored(totals.means(collecting.sums).await?, provenance))
    }
}

/// A collection on its way. It can be stopped between two blocks of the model, and goes on from there: the sums are those of one that was never
/// stopped.
pub(crate) struct Collecting {
    layers: BTreeSet<usize>,
    sums: KeySums,
    /// Texts that have passed or are on their way.
    taken: usize,
    pass: Option<Pass>,
}

/// Texts on their way through the model.
struct Pass {
    h: Tensor<2>,
    layout: Layout,
    /// The block that comes next.
    next: usize,
}

impl Pass {
    /// Of texts as token ids.
    fn of(model: &Transformer, rows: &[Vec<u32>]) -> Result<Self> {
        let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
        let layout = Layout::fresh(&lengths, model.config(), model.device());
        Ok(Self { h: model.embed(&rows.concat(), &layout)?, layout, next: 0 })
    }
}

impl Collecting {
    /// Of nothing so far.
    ///
    /// # Errors
    /// There are no layers.
    pub(crate) fn new(layers: &[usize]) -> Result<Self> {
        ensure!(!layers.is_empty(), Usage, "no layers to collect statistics of");
        Ok(Self { layers: layers.iter().copied().collect(), sums: KeySums::default(), taken: 0, pass: None })
    }

    /// Passes the next texts through the model, or what was on its way; says whether there were any. `progress` as for
    /// [`Statistics::collect_documents`].
    async fn pass(
        &mut self,
        model: &Transformer,
        tokenizer: &Tokenizer,
        texts: &[&str],
        longest: usize,
        progress: &mut impl FnMut(usize, usize) -> bool,
    ) -> Result<bool> {
        let (config, deepest) = (model.config(), self.deepest());
        ensure!(deepest < config.layers, Usage, "layer {deepest} does not exist: the model has layers 0-{}", config.layers - 1);
        if self.pass.is_none() {
            let mut rows: Vec<Vec<u32>> = Vec::new();
            let most = tokens_of_a_pass(model);
            while self.taken < texts.len() && rows.iter().map(Vec::len).sum::<usize>() < most {
                let mut tokens = tokenizer.encode(texts[self.taken])?.ids;
                tokens.truncate(longest.min(config.max_positions));
                self.taken += 1;
                if !tokens.is_empty() {
                    rows.push(tokens);
                }
            }
            if rows.is_empty() {
                return Ok(false);
            }
            self.pass = Some(Pass::of(model, &rows)?);
        }
        while self.advance(model) {
            breathe().await;
            ensure!(progress(self.taken, texts.len()), Cancelled, "stopped while collecting key statistics");
        }
        Ok(true)
    }

    /// Takes what is on its way through the next block; says whether there was anything.
    fn advance(&mut self, model: &Transformer) -> bool {
        let Some(Pass { h, layout, next }) = self.pass.take() else { return false };
        let h = model.run(h, &layout, next..next + 1, None, |layer, pass| {
            if self.layers.contains(&layer) {
                let sum = self.sums.layers.entry(layer).or_insert_with(|| Sum::new(model.config().inner, model.device()));
                sum.add(pass.keys.clone());
            }
        });
        if next < self.deepest() {
            self.pass = Some(Pass { h, layout, next: next + 1 });
        } else {
            self.sums.tokens += layout.tokens();
        }
        true
    }

    fn deepest(&self) -> usize {
        self.layers.last().copied().unwrap_or_default()
    }

    /// The statistics of all `texts`, of the first [`TEXT_TOKENS`] tokens of each; for a corpus that can be summed in f32. Where it is stopped, it
    /// can be called again with the same.
    ///
    /// # Errors
    /// As [`Statistics::collect_documents`].
    pub(crate) async fn finish(
        &mut self,
        model: &Transformer,
        tokenizer: &Tokenizer,
        texts: &[&str],
        mut progress: impl FnMut(usize, usize) -> bool,
    ) -> Result<Statistics> {
        while self.pass(model, tokenizer, texts, TEXT_TOKENS, &mut progress).await? {}
        ensure!(self.sums.tokens > 0, Data, "the corpus has no text");
        let sums = std::mem::take(&mut self.sums);
        let (mut memory, layers) = (Cursor::new(Vec::new()), self.layers.clone());
        let totals = Totals { scratch: &mut memory, layers, dim: model.config().inner, tokens: 0 };
        Ok(Statistics::of_stored(totals.means(sums).await?, ""))
    }
}

/// `sum k k^T` of a layer, where the device wants it.
#[allow(clippy::large_enum_variant, reason = "one a layer")]
enum Sum {
    /// On the CPU: the lower triangle alone, on all cores.
    Host(KeyProducts),
    /// On a GPU, `[d_in, d_in]`.
    Device(Tensor<2>),
}

impl Sum {
    fn new(dim: usize, device: &Device) -> Self {
        if is_cpu(device) { Self::Host(KeyProducts::new(dim)) } else { Self::Device(Tensor::zeros([dim, dim], device)) }
    }

    /// Adds `keys` `[tokens, d_in]`.
    fn add(&mut self, keys: Tensor<2>) {
        match self {
            Self::Host(products) => products.add(&into_values(keys)),
            Self::Device(sum) => *sum = sum.clone() + keys.clone().transpose().matmul(keys),
        }
    }

    /// It, in host memory.
    async fn on_host(self) -> Result<KeyProducts> {
        Ok(match self {
            Self::Host(products) => products,
            Self::Device(sum) => {
                let [d, _] = sum.dims();
                KeyProducts::of_square(d, &read(sum).await?)
            }
        })
    }
}

/// `sum k k^T` by layer over the tokens that passed through the model, on its device.
#[derive(Default)]
struct KeySums {
    layers: BTreeMap<usize, Sum>,
    tokens: usize,
}

/// The sums in f64 of all tokens but those of the last [`KeySums`]: layer after layer, row by row up to the diagonal.
struct Totals<'a> {
    scratch: &'a mut dyn Scratch,
    layers: BTreeSet<usize>,
    dim: usize,
    tokens: usize,
}

impl Totals<'_> {
    /// Adds sums, which are empty afterwards.
    async fn add(&mut self, sums: &mut KeySums) -> Result<()> {
        let held = self.tokens > 0;
        self.tokens += std::mem::take(&mut sums.tokens);
        self.scratch.seek(SeekFrom::Start(0))?;
        for sum in std::mem::take(&mut sums.layers).into_values() {
            sum.on_host().await?.each_row(|sums| {
                let mut bytes = vec![0; 8 * sums.len()];
                if held {
                    self.scratch.read_exact(&mut bytes)?;
                    self.scratch.seek_relative(-(bytes.len() as i64))?;
                }
                for (total, &sum) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
                    *total = (f64::from_le_bytes(*total) + f64::from(sum)).to_le_bytes();
                }
                Ok::<(), Error>(self.scratch.write_all(&bytes)?)
            })?;
        }
        Ok(())
    }

    /// The means of all tokens, those of `sums` included, a layer at a time.
    async fn means(mut self, mut sums: KeySums) -> Result<BTreeMap<usize, StoredCovariance>> {
        let dim = self.dim;
        if self.tokens == 0 {
            let mut means = BTreeMap::new();
            for (layer, sum) in sums.layers {
                means.insert(layer, StoredCovariance::of_sums(&sum.on_host().await?, dim, sums.tokens as f64)?);
            }
            return Ok(means);
        }
        if sums.tokens > 0 {
            self.add(&mut sums).await?;
        }
        let count = self.tokens as f64;
        self.scratch.seek(SeekFrom::Start(0))?;
        let mean = |layer: usize| {
            let rows = |take: &mut dyn FnMut(&[f64]) -> Result<()>| {
                let (mut bytes, mut row) = (Vec::new(), Vec::with_capacity(dim));
                for length in 1..=dim {
                    bytes.resize(8 * length, 0);
                    self.scratch.read_exact(&mut bytes)?;
                    row.clear();
                    row.extend(bytes.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes) / count));
                    take(&row)?;
                }
                Ok(())
            };
            Ok((layer, StoredCovariance::of_rows(rows, dim, count)?))
        };
        self.layers.iter().copied().map(mean).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::checkpoint;

    /// The form of a GPU, on the CPU, against the CPU's own.
    #[test]
    fn both_forms_of_the_sum_are_equal() {
        let keys = |seed: f32| {
            let values = (0..7 * 40).map(|i| ((i as f32 + seed) * 0.37).sin()).collect();
            crate::device::upload(values, [7, 40], &Device::flex())
        };
        let means = [Sum::Host(KeyProducts::new(40)), Sum::Device(Tensor::zeros([40, 40], &Device::flex()))].map(|mut sum| {
            sum.add(keys(0.1));
            sum.add(keys(0.7));
            pollster::block_on(sum.on_host()).unwrap().over(14.0)
        });
        assert!((&means[0] - &means[1]).norm_max() < 1e-6);
        let symmetric = (0..40).all(|i| (0..i).all(|j| means[0][(i, j)] == means[0][(j, i)]));
        assert!(symmetric && means[0].norm_max() > 0.1);
    }

    /// However often the sums are taken into the means, these are the mean of k k^T over all tokens.
    #[test]
    fn folding_seldom_or_often_gives_the_same_means() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/models/llama");
        let checkpoint = checkpoint::open(&path).unwrap();
        let model = Transformer::load(&checkpoint.config, &|name| checkpoint.tensors.matrix(name), &Device::flex(), |_, _| ()).unwrap();
        let batches = [vec![vec![3, 5, 7, 9], vec![11, 2]], vec![vec![8, 8, 1]], vec![vec![4, 6, 10, 12, 14]]];
        let collect = |often: bool| {
            let mut collecting = Collecting::new(&[0, 1]).unwrap();
            let (mut scratch, layers) = (Cursor::new(Vec::new()), collecting.layers.clone());
            let mut totals = Totals { scratch: &mut scratch, layers, dim: checkpoint.config.inner, tokens: 0 };
            for batch in &batches {
                collecting.pass = Some(Pass::of(&model, batch).unwrap());
                while collecting.advance(&model) {}
                if often {
                    pollster::block_on(totals.add(&mut collecting.sums)).unwrap();
                }
            }
            pollster::block_on(totals.means(collecting.sums)).unwrap()
        };
        let (often, once) = (collect(true), collect(false));
        for layer in [0, 1] {
            let (often, once) = (&often[&layer], &once[&layer]);
            assert_eq!((often.count(), once.count()), (14.0, 14.0));
            let (often, once) = (often.load().unwrap(), once.load().unwrap());
            let difference = (often.mean() - once.mean()).norm_max();
            assert!(difference < 1e-6 * once.mean().norm_max(), "{difference:e}");
            assert!(once.trace() > 0.0);
        }
    }
}
