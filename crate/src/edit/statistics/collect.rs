//! From texts to key covariances.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use burn::prelude::{Device, Tensor};

use super::stored::StoredCovariance;
use super::{Statistics, TEXT_TOKENS};
use crate::device::{is_cpu, read};
use crate::linalg::KeyProducts;
use crate::model::kernels::into_values;
use crate::model::{Layout, Transformer};
use crate::text::Tokenizer;
use crate::{Error, ErrorKind, Result, ensure};

/// Tokens that pass through the model together; of wide keys fewer, whose four copies of 57 kB a token would otherwise take more than a layer's
/// sums.
const fn tokens_of_a_pass(inner: usize) -> usize {
    if inner < 8_000 { 2048 } else { 1024 }
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
        let Some(&deepest) = layers.iter().max() else { return Err(Error::new(ErrorKind::Usage, "no layers to collect statistics of")) };
        ensure!(deepest < config.layers, Usage, "layer {deepest} does not exist: the model has layers 0-{}", config.layers - 1);
        let longest = longest.min(config.max_positions);
        let mut memory = Cursor::new(Vec::new());
        let layers: BTreeSet<usize> = layers.iter().copied().collect();
        let mut totals = Totals { scratch: scratch.unwrap_or(&mut memory), layers: layers.clone(), dim: config.inner, tokens: 0 };

        let mut batch: Vec<Vec<u32>> = Vec::new();
        let mut sums = KeySums { layers: BTreeMap::new(), tokens: 0 };
        for (done, text) in texts.iter().enumerate() {
            let mut tokens = tokenizer.encode(text)?.ids;
            tokens.truncate(longest);
            if !tokens.is_empty() {
                batch.push(tokens);
            }
            let full = batch.iter().map(Vec::len).sum::<usize>() >= tokens_of_a_pass(config.inner);
            let last = done + 1 == texts.len();
            if !batch.is_empty() && (full || last) {
                sums.add(model, &std::mem::take(&mut batch), &layers)?;
            }
            if sums.tokens >= SUMMED && !last {
                totals.add(&mut sums).await?;
            }
            ensure!(progress(done + 1, texts.len()), Cancelled, "stopped while collecting key statistics");
        }
        ensure!(totals.tokens + sums.tokens > 0, Data, "the corpus has no text");
        Ok(Self::of_stored(totals.means(sums).await?, provenance))
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
struct KeySums {
    layers: BTreeMap<usize, Sum>,
    tokens: usize,
}

impl KeySums {
    /// Adds the tokens of `rows` at `layers`.
    fn add(&mut self, model: &Transformer, rows: &[Vec<u32>], layers: &BTreeSet<usize>) -> Result<()> {
        let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
        let layout = Layout::fresh(&lengths, model.config(), model.device());
        let deepest = layers.last().map_or(0, |&deepest| deepest + 1);
        let h = model.embed(&rows.concat(), &layout)?;
        model.run(h, &layout, 0..deepest, None, |layer, pass| {
            if layers.contains(&layer) {
                let sum = self.layers.entry(layer).or_insert_with(|| Sum::new(model.config().inner, model.device()));
                sum.add(pass.keys.clone());
            }
        });
        self.tokens += layout.tokens();
        Ok(())
    }
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
            let layers = BTreeSet::from([0, 1]);
            let mut scratch = Cursor::new(Vec::new());
            let mut totals = Totals { scratch: &mut scratch, layers: layers.clone(), dim: checkpoint.config.inner, tokens: 0 };
            let mut sums = KeySums { layers: BTreeMap::new(), tokens: 0 };
            for batch in &batches {
                sums.add(&model, batch, &layers).unwrap();
                if often {
                    pollster::block_on(totals.add(&mut sums)).unwrap();
                }
            }
            pollster::block_on(totals.means(sums)).unwrap()
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
