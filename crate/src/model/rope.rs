//! Rotary position embedding, in both pairings, with Llama 3.1's scaling or divisors; the backward rotation is the inverse one, times the same
//! factor.

use super::config::Rope;
use super::kernels::rotary::Angles;

impl Rope {
    /// Angular frequency of each of the dims/2 pairs, scaling applied.
    pub fn frequencies(&self) -> Vec<f64> {
        let half = self.dims / 2;
        (0..half)
            .map(|pair| {
                let frequency = self.theta.powf(-2.0 * pair as f64 / self.dims as f64);
                match (&self.frequency_divisors, &self.llama3) {
                    (Some(divisors), _) => frequency / divisors.get(pair).copied().map_or(1.0, f64::from),
                    (None, Some(scaling)) => {
                        let wavelength = 2.0 * std::f64::consts::PI / frequency;
                        let original = scaling.original_positions as f64;
                        if wavelength < original / scaling.high_freq_factor {
                            frequency
                        } else if wavelength > original / scaling.low_freq_factor {
                            frequency / scaling.factor
                        } else {
                            let smooth =
                                (original / wavelength - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
                            (1.0 - smooth) * frequency / scaling.factor + smooth * frequency
                        }
                    }
                    (None, None) => frequency,
                }
            })
            .collect()
    }

    /// Cosines and sines for the given positions, times the attention factor.
    pub(super) fn angles(&self, positions: &[usize]) -> Angles {
        let frequencies = self.frequencies();
        let factor = self.attention_factor.unwrap_or(1.0);
        let (cos, sin) = positions
            .iter()
            .flat_map(|&position| frequencies.iter().map(move |&frequency| (position as f64 * frequency).sin_cos()))
            .map(|(sin, cos)| ((factor * cos) as f32, (factor * sin) as f32))
            .unzip();
        Angles { cos, sin, pairs: frequencies.len(), interleaved: self.interleaved }
    }
}
