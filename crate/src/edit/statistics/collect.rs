//! From texts to key covariances.

use std::collections::BTreeMap;

use burn::prelude::{Device, Tensor};

use super::{Statistics, TEXT_TOKENS};
use crate::device::{is_cpu, read};
use crate::linalg::{KeyCovariance, KeyProducts, Matrix};
use crate::model::kernels::into_values;
use crate::model::{Layout, Transformer};
use crate::text::Tokenizer;
use crate::{Error, ErrorKind, Result, ensure};

/// Tokens that pass through the model together.
const TOKENS: usize = 2048;
/// Tokens whose products are summed on the device, in f32, before the sum is read back and goes into the mean, which is f64: reading d_in^2 values
/// for every pass would take longer than the pass.
const SUMMED: usize = 1 << 16;

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
        Self::collect_documents(model, tokenizer, (texts, TEXT_TOKENS), layers, provenance, progress).await
    }

    /// Passes the first `longest` tokens of each of `texts`, within the model's positions, through the model and accumulates the keys of every
    /// token at `layers`. `progress` sees (texts done, texts) and
    /// says whether to go on.
    ///
    /// # Errors
    /// No text has a token, a layer does not exist, the device failed, or `progress` said stop.
    pub async fn collect_documents(
        model: &Transformer,
        tokenizer: &Tokenizer,
        (texts, longest): (&[&str], usize),
        layers: &[usize],
        provenance: impl Into<String>,
        mut progress: impl FnMut(usize, usize) -> bool,
    ) -> Result<Self> {
        let config = model.config();
        let Some(&deepest) = layers.iter().max() else { return Err(Error::new(ErrorKind::Usage, "no layers to collect statistics of")) };
        ensure!(deepest < config.layers, Usage, "layer {deepest} does not exist: the model has layers 0-{}", config.layers - 1);
        let mut covariances: BTreeMap<usize, KeyCovariance> =
            layers.iter().map(|&layer| (layer, KeyCovariance::new(config.inner))).collect();
        let longest = longest.min(config.max_positions);

        let mut batch: Vec<Vec<u32>> = Vec::new();
        let mut sums = KeySums { layers: BTreeMap::new(), tokens: 0 };
        for (done, text) in texts.iter().enumerate() {
            let mut tokens = tokenizer.encode(text)?.ids;
            tokens.truncate(longest);
            if !tokens.is_empty() {
                batch.push(tokens);
            }
            let full = batch.iter().map(Vec::len).sum::<usize>() >= TOKENS;
            let last = done + 1 == texts.len();
            if !batch.is_empty() && (full || last) {
                sums.add(model, &std::mem::take(&mut batch), layers)?;
            }
            if sums.tokens >= SUMMED || last {
                sums.fold_into(&mut covariances).await?;
            }
            ensure!(progress(done + 1, texts.len()), Cancelled, "stopped while collecting key statistics");
        }
        ensure!(covariances.values().all(|c| c.count() > 0.0), Data, "the corpus has no text");
        Ok(Self::new(covariances, provenance))
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

    /// Divided by `tokens`, `d_in x d_in`.
    async fn over(self, tokens: f64) -> Result<Matrix> {
        Ok(match self {
            Self::Host(products) => products.over(tokens),
            Self::Device(sum) => {
                let [d, _] = sum.dims();
                let values = read(sum).await?;
                // Column by column, as the matrix lies; the values are symmetric.
                Matrix::from_fn(d, d, |row, col| f64::from(values[col * d + row]) / tokens)
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
    fn add(&mut self, model: &Transformer, rows: &[Vec<u32>], layers: &[usize]) -> Result<()> {
        let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
        let layout = Layout::fresh(&lengths, model.config(), model.device());
        let deepest = layers.iter().max().map_or(0, |&deepest| deepest + 1);
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

    /// Takes the sums into the means, and is empty.
    async fn fold_into(&mut self, covariances: &mut BTreeMap<usize, KeyCovariance>) -> Result<()> {
        let tokens = std::mem::take(&mut self.tokens) as f64;
        for (layer, sum) in std::mem::take(&mut self.layers) {
            let mean = sum.over(tokens).await?;
            if let Some(covariance) = covariances.get_mut(&layer) {
                *covariance = covariance.merge(&KeyCovariance::from_mean(mean, tokens)?)?;
            }
        }
        Ok(())
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
            pollster::block_on(sum.over(14.0)).unwrap()
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
            let mut covariances: BTreeMap<usize, KeyCovariance> =
                [0, 1].map(|layer| (layer, KeyCovariance::new(checkpoint.config.inner))).into();
            let mut sums = KeySums { layers: BTreeMap::new(), tokens: 0 };
            for batch in &batches {
                sums.add(&model, batch, &[0, 1]).unwrap();
                if often {
                    pollster::block_on(sums.fold_into(&mut covariances)).unwrap();
                }
            }
            pollster::block_on(sums.fold_into(&mut covariances)).unwrap();
            covariances
        };
        let (often, once) = (collect(true), collect(false));
        for layer in [0, 1] {
            let (often, once) = (&often[&layer], &once[&layer]);
            assert_eq!((often.count(), once.count()), (14.0, 14.0));
            let difference = (often.mean() - once.mean()).norm_max();
            assert!(difference < 1e-6 * once.mean().norm_max(), "{difference:e}");
            assert!(once.trace() > 0.0);
        }
    }
}
