//! How often a run asks its questions.

use std::num::NonZeroUsize;
use std::str::FromStr;

use crate::{Error, ErrorKind, Result};

/// When the questions about a recipe's facts are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// Never: the report has the steps and no accuracy.
    Nothing,
    /// Before the first step and after the last.
    End,
    /// Before the first step, after every so many-th, and after the last.
    Every(NonZeroUsize),
}

impl Evaluation {
    /// Before the first step and after each.
    pub const EVERY_STEP: Self = Self::Every(NonZeroUsize::MIN);

    /// Whether anything is asked at all.
    pub fn asks(self) -> bool {
        self != Self::Nothing
    }

    /// Whether the questions are asked after the step at `index`, from 0, of `steps`.
    pub fn after(self, index: usize, steps: usize) -> bool {
        self.between(index) || (self.asks() && index + 1 == steps)
    }

    /// Whether they are asked after the step at `index` where it is not the last.
    pub fn between(self, index: usize) -> bool {
        match self {
            Self::Nothing | Self::End => false,
            Self::Every(n) => (index + 1).is_multiple_of(n.get()),
        }
    }
}

impl Default for Evaluation {
    fn default() -> Self {
        Self::EVERY_STEP
    }
}

impl FromStr for Evaluation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "nothing" => Ok(Self::Nothing),
            "end" => Ok(Self::End),
            "every" => Ok(Self::EVERY_STEP),
            number => number.parse().map(Self::Every).map_err(|_| {
                Error::new(ErrorKind::Usage, format!("`{text}` is neither a whole number from 1 nor `end`, `every` or `nothing`"))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn the_last_step_is_among_those_asked_after() {
        let asked = |text: &str| {
            let evaluation: Evaluation = text.parse().unwrap();
            (0..5).filter(|&index| evaluation.after(index, 5)).collect::<Vec<_>>()
        };
        assert_eq!(asked("every"), [0, 1, 2, 3, 4]);
        assert_eq!(asked("2"), [1, 3, 4]);
        assert_eq!(asked("9"), [4]);
        assert_eq!(asked("end"), [4]);
        assert!(asked("nothing").is_empty());
        for wrong in ["0", "-1", "", "last"] {
            assert!(wrong.parse::<Evaluation>().unwrap_err().message().contains(wrong));
        }
    }
}
