//! The settings that are one of a few names: mode, projector policy, edited token, restraint; and the ways to merge.

use crate::edit::choice::choices;

choices! {
    /// Which formulas LangEdit uses where its paper and its public code disagree.
    Mode, "mode" {
        /// The paper: running mean of the covariance, no past keys in the solve, identity as regulariser.
        Paper = "paper",
        /// The public code: compounding recurrence, past keys and `l2` in the solve.
        Repo = "repo",
    }
}

#[allow(clippy::derivable_impls, reason = "the macro declares the enum")]
impl Default for Mode {
    fn default() -> Self {
        Self::Paper
    }
}

choices! {
    /// How the projector follows the edits, if there is one.
    Projection, "projection" {
        /// Eigenvectors of the running covariance, an edited key weighing `edited_key_weight`.
        Exact = "exact",
        /// The edited keys' directions are removed from the basis: the limit of infinite weight.
        Tracked = "tracked",
        /// P = I: nothing is protected, for comparison.
        None = "none",
    }
}

choices! {
    /// Which token of the prompt carries the edit.
    FactToken, "fact_token" {
        /// The last token of the subject (the papers' choice).
        SubjectLast = "subject_last",
        /// The last token of the prompt.
        PromptLast = "prompt_last",
        /// Each token that the answer is read at: the prompt's last, and the new object's but for the last. Each has its own key and target value.
        Answer = "answer",
    }
}

choices! {
    /// What PRUNE makes of a singular value s of the total change that exceeds the largest one m of W_0.
    ReduceType, "reduce_type" {
        /// `ln s - ln m + m`.
        Log = "log",
        /// The same with base 2.
        Log2 = "log2",
        /// The same with base 1.5.
        Log1_5 = "log1_5",
        /// The same with base 1.2.
        Log1_2 = "log1_2",
        /// `(s + m) / 2`.
        Linear = "linear",
    }
}

impl ReduceType {
    /// The restrained value of `s`, where W_0 has the norm `most`: between the two, and never above `s`, as the published formulas are
    /// where `most` is small.
    pub fn restrain(self, s: f64, most: f64) -> f64 {
        let log = |base: f64| (s / most).ln() / base.ln() + most;
        if s <= most {
            return s;
        }
        let restrained = match self {
            Self::Log => log(std::f64::consts::E),
            Self::Log2 => log(2.0),
            Self::Log1_5 => log(1.5),
            Self::Log1_2 => log(1.2),
            Self::Linear => f64::midpoint(s, most),
        };
        restrained.min(s)
    }
}

choices! {
    /// How edits of several languages, each made from the unedited weights, become one.
    MergeMethod, "merge" {
        /// Their sum.
        Sum = "sum",
        /// Their mean.
        Mean = "mean",
        /// Task singular vectors merging: the sum with both singular bases made orthonormal across languages.
        Tsvm = "tsvm",
        /// Largest entries, sign by election, mean of those that agree.
        Ties = "ties",
        /// Entries dropped at random, the rest rescaled, then summed.
        Dare = "dare",
    }
}
