//! The corruption of the subject: Gaussian noise on its embeddings.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::TracePrompt;
use crate::device::read;
use crate::model::Transformer;
use crate::{Result, ensure};

/// The noise's standard deviation in standard deviations of the subjects' embeddings, as published.
pub const NOISE_FACTOR: f64 = 3.0;

/// Additive noise for the embeddings of one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    samples: usize,
    tokens: usize,
    /// `[samples, tokens, hidden]`, scaled.
    values: Vec<f32>,
}

impl Noise {
    /// `samples` draws of `scale * N(0, 1)` for a subject of `tokens` tokens. One seed gives one sequence: a fact traced again, alone or
    /// among others, meets the same noise.
    pub fn gaussian(samples: usize, tokens: usize, hidden: usize, scale: f64, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let count = samples * tokens * hidden;
        let mut values = Vec::with_capacity(count + 1);
        while values.len() < count {
            let (first, second) = normal_pair(&mut rng);
            values.extend([(scale * first) as f32, (scale * second) as f32]);
        }
        values.truncate(count);
        Self { samples, tokens, values }
    }

    /// Given draws, `[samples, tokens, hidden]` row-major.
    ///
    /// # Errors
    /// The number of values is not `samples * tokens * hidden`, or one is not finite.
    pub fn from_values(samples: usize, tokens: usize, hidden: usize, values: Vec<f32>) -> Result<Self> {
        let count = values.len();
        ensure!(count == samples * tokens * hidden, Numerics, "{count} noise values for [{samples}, {tokens}, {hidden}]");
        ensure!(values.iter().all(|value| value.is_finite()), Numerics, "a noise value is not finite");
        Ok(Self { samples, tokens, values })
    }

    /// Number of noisy runs.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Number of subject tokens.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// The values of a sample, `[tokens, hidden]`.
    pub(super) fn sample(&self, sample: usize) -> &[f32] {
        let size = self.values.len() / self.samples.max(1);
        self.values.get(sample * size..(sample + 1) * size).unwrap_or_default()
    }
}

/// Two independent standard normal numbers, by the Box-Muller transform.
fn normal_pair(rng: &mut ChaCha8Rng) -> (f64, f64) {
    // The upper 53 bits make a uniform number in [0, 1); 1 minus it has a logarithm.
    let mut uniform = || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let radius = (-2.0 * (1.0 - uniform()).ln()).sqrt();
    let (sin, cos) = (2.0 * std::f64::consts::PI * uniform()).sin_cos();
    (radius * cos, radius * sin)
}

/// Standard deviation over all entries of the token embeddings (positions excluded) of the subjects of `prompts`, with n - 1 in the
/// denominator. A token that several subjects have counts each time.
///
/// # Errors
/// There is no subject token, or the device failed.
pub async fn embedding_deviation(model: &Transformer, prompts: &[TracePrompt]) -> Result<f64> {
    let tokens: Vec<u32> = prompts.iter().flat_map(TracePrompt::subject_tokens).copied().collect();
    ensure!(!tokens.is_empty(), Data, "there is no subject whose embeddings' deviation could be computed");
    let values = read(model.token_embeddings(&tokens)?).await?;
    let count = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let squares: f64 = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum();
    Ok((squares / (count - 1.0).max(1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_is_standard_normal_times_its_scale() {
        let noise = Noise::gaussian(40, 5, 101, 0.5, 7);
        let values: Vec<f64> = noise.values.iter().map(|&value| f64::from(value)).collect();
        let count = values.len() as f64;
        assert_eq!(values.len(), 40 * 5 * 101);
        let moment = |power: i32| values.iter().map(|value| (value / 0.5).powi(power)).sum::<f64>() / count;
        // Four standard errors of the first, second and fourth moments of 20,200 draws.
        assert!(moment(1).abs() < 0.029 && (moment(2) - 1.0).abs() < 0.04 && (moment(4) - 3.0).abs() < 0.28);
    }

    #[test]
    fn one_seed_one_noise_whatever_the_number_of_samples() {
        let few = Noise::gaussian(2, 3, 4, 1.0, 1);
        let many = Noise::gaussian(5, 3, 4, 1.0, 1);
        assert_eq!(few.sample(1), many.sample(1));
        assert_ne!(many.sample(0), many.sample(1));
        assert_ne!(few, Noise::gaussian(2, 3, 4, 1.0, 2));
        assert!(Noise::from_values(2, 3, 4, vec![0.0; 23]).is_err());
        assert!(Noise::from_values(1, 1, 1, vec![f32::NAN]).is_err());
    }
}
