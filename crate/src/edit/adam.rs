//! Adam with the published defaults, in f32 as the published code runs it.

pub(super) const BETA_1: f32 = 0.9;
pub(super) const BETA_2: f32 = 0.999;
pub(super) const EPSILON: f32 = 1e-8;

/// The length of the step of that number, from 1 on, and what the root of the second moment is divided by: `rate / (1 - beta_1^t)` and
/// `sqrt(1 - beta_2^t)`.
pub(super) fn pace(number: i32, learning_rate: f64) -> [f64; 2] {
    let correction = |beta: f32| 1.0 - f64::from(beta).powi(number);
    [learning_rate / correction(BETA_1), correction(BETA_2).sqrt()]
}

/// Adam's moments for one vector.
#[derive(Clone, Debug)]
pub(super) struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl Adam {
    pub(super) fn new(len: usize) -> Self {
        Self { first: vec![0.0; len], second: vec![0.0; len], steps: 0 }
    }

    /// One step down the gradient.
    pub(super) fn step(&mut self, values: &mut [f32], gradient: &[f32], learning_rate: f64) {
        self.steps += 1;
        let [size, correction] = pace(self.steps, learning_rate).map(|value| value as f32);
        for (((value, &slope), first), second) in values.iter_mut().zip(gradient).zip(&mut self.first).zip(&mut self.second) {
            *first += (slope - *first) * (1.0 - BETA_1);
            *second = *second * BETA_2 + slope * slope * (1.0 - BETA_2);
            *value -= size * (*first / (second.sqrt() / correction + EPSILON));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adam's first step has the learning rate's length in every coordinate, whatever the gradient's size.
    #[test]
    fn the_first_step_is_the_learning_rate() {
        let mut values = vec![1.0_f32, -2.0, 0.0];
        Adam::new(3).step(&mut values, &[1e-3, -5.0, 0.0], 0.5);
        for (value, expected) in values.iter().zip([0.5, -1.5, 0.0]) {
            assert!((value - expected).abs() < 1e-4, "{value} {expected}");
        }
    }
}
