//! The list of methods. Its order is that of tables, and of the page's choice.

use super::spec::MethodSpec;
use super::{alphaedit, answeredit, evoedit, finetune, langedit, memit, prune, rect, rome};
use crate::edit::choice::choices;
use crate::edit::settings::SettingName;

choices! {
    /// How the edit is computed.
    Method, "method" {
        /// Fine-tuning of one layer.
        Ft = "ft",
        /// Fine-tuning under an L-infinity constraint.
        FtL = "ft-l",
        /// Fine-tuning with the ordinary loss over all target tokens.
        FtM = "ft-m",
        /// Rank-one editing of one layer, one fact at a time.
        Rome = "rome",
        /// Least squares against the pre-trained covariance, spread over layers.
        Memit = "memit",
        /// MEMIT that remembers the keys of earlier steps.
        MemitSeq = "memit-seq",
        /// MEMIT that keeps only the largest relative changes.
        Rect = "rect",
        /// MEMIT with the singular values of the total change restrained.
        Prune = "prune",
        /// Least squares inside the null space of the pre-trained covariance.
        AlphaEdit = "alphaedit",
        /// AlphaEdit with a null space that takes in every language edited so far.
        LangEdit = "langedit",
        /// AlphaEdit with a projector that loses the keys of every step.
        EvoEdit = "evoedit",
        /// Every token of the answer where it is said, by least squares that weigh each direction by its use.
        AnswerEdit = "answeredit",
    }
}

impl Method {
    /// What the method's file declares of it.
    pub const fn spec(self) -> &'static MethodSpec {
        match self {
            Self::Ft => &finetune::FT,
            Self::FtL => &finetune::FT_L,
            Self::FtM => &finetune::FT_M,
            Self::Rome => &rome::ROME,
            Self::Memit => &memit::MEMIT,
            Self::MemitSeq => &memit::MEMIT_SEQ,
            Self::Rect => &rect::RECT,
            Self::Prune => &prune::PRUNE,
            Self::AlphaEdit => &alphaedit::ALPHAEDIT,
            Self::LangEdit => &langedit::LANGEDIT,
            Self::EvoEdit => &evoedit::EVOEDIT,
            Self::AnswerEdit => &answeredit::ANSWEREDIT,
        }
    }

    /// The methods whose edits, made apart, can be merged.
    pub fn merging() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|method| method.spec().merges)
    }

    /// The methods that read the setting.
    pub fn using(setting: SettingName) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |method| method.spec().uses(setting))
    }
}
