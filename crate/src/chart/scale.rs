//! From data to coordinates, and ticks at round numbers.

/// About how many ticks an axis gets.
const TICKS: f64 = 5.0;

/// A linear scale whose ends are round numbers.
pub(super) struct Scale {
    low: f64,
    high: f64,
    step: f64,
    pixels: (f64, f64),
}

impl Scale {
    /// A scale over all of `values`, drawn from `pixels.0` to `pixels.1`.
    pub(super) fn of(values: impl Iterator<Item = f64>, pixels: (f64, f64)) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = match (low.is_finite() && high.is_finite(), high > low) {
            (false, _) => (0.0, 1.0),
            (true, false) => (low - 0.5, high + 0.5),
            (true, true) => (low, high),
        };
        let step = round_step((high - low) / TICKS);
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step, pixels }
    }

    /// Where `value` is drawn.
    pub(super) fn at(&self, value: f64) -> f64 {
        let (from, to) = self.pixels;
        from + (value - self.low) / (self.high - self.low) * (to - from)
    }

    /// The round numbers on the scale, ends included.
    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.high - self.low) / self.step).round() as usize;
        (0..=count).map(|i| self.low + self.step * i as f64)
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|&step| step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// A number with as many digits as a reader wants: four significant ones, no trailing zeros.
pub(super) fn tick_text(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = (3 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_have_round_ends_and_cover_the_data() {
        let scale = Scale::of([3.0, 97.0].into_iter(), (0.0, 100.0));
        assert_eq!(scale.ticks().collect::<Vec<_>>(), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!((scale.at(0.0), scale.at(50.0), scale.at(100.0)), (0.0, 50.0, 100.0));
        let flat = Scale::of([7.0].into_iter(), (10.0, 0.0));
        assert!((flat.at(7.0) - 5.0).abs() < 1e-9);
        assert!(Scale::of(std::iter::empty(), (0.0, 1.0)).at(0.5).is_finite());
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 0.4, 1.0, 83.333_333, 1500.0, 123_456.0, -0.05].map(tick_text);
        assert_eq!(texts, ["0", "0.4", "1", "83.33", "1500", "123456", "-0.05"]);
    }
}
