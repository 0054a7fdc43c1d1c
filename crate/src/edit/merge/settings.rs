//! What a merge can be told.

use serde::{Deserialize, Serialize};

use crate::edit::methods::Method;
use crate::edit::settings::MergeMethod;
use crate::{Error, ErrorKind, Result, ensure};

/// How separate edits become one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(from = "MergeChoice")]
pub struct MergeSettings {
    /// What is done with the languages' updates.
    pub method: MergeMethod,
    /// Whether every language's solve has the keys of all languages in its inverse (see the [module](super)).
    pub shared_covariance: bool,
    /// The merged update is multiplied by this. The paper finds values slightly above 1 often best.
    pub scale: f64,
    /// Share of each update's singular triples, largest first, that goes into the merge: 1 keeps all, at least one is kept.
    /// TSVM as published keeps `min(d_out, d_in) / T` of them.
    pub rank_ratio: f64,
    /// Share of each update's entries that TIES (the largest) and DARE (drawn) keep; the other methods keep all.
    pub density: f64,
}

/// [`MergeSettings`] as they are written: what is left out has the default of its method.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(deny_unknown_fields)]
struct MergeChoice {
    method: MergeMethod,
    #[serde(default)]
    shared_covariance: bool,
    #[serde(default)]
    scale: Option<f64>,
    #[serde(default)]
    rank_ratio: Option<f64>,
    #[serde(default)]
    density: Option<f64>,
}

impl From<MergeChoice> for MergeSettings {
    fn from(choice: MergeChoice) -> Self {
        let MergeChoice { method, shared_covariance, scale, rank_ratio, density } = choice;
        let usual = Self::new(method);
        Self {
            method,
            shared_covariance,
            scale: scale.unwrap_or(usual.scale),
            rank_ratio: rank_ratio.unwrap_or(usual.rank_ratio),
            density: density.unwrap_or(usual.density),
        }
    }
}

impl MergeSettings {
    /// Largest scale.
    pub const MAX_SCALE: f64 = 100.0;

    /// `method` without shared covariance, at scale 1 and full rank. TIES keeps a fifth of the entries, as published; DARE half.
    pub fn new(method: MergeMethod) -> Self {
        let density = match method {
            MergeMethod::Ties => 0.2,
            MergeMethod::Dare => 0.5,
            MergeMethod::Sum | MergeMethod::Mean | MergeMethod::Tsvm => 1.0,
        };
        Self { method, shared_covariance: false, scale: 1.0, rank_ratio: 1.0, density }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// `Usage` naming the setting and what it takes.
    pub fn check(&self) -> Result<()> {
        let within = |value: f64, most: f64| value > 0.0 && value <= most;
        ensure!(within(self.scale, Self::MAX_SCALE), Usage, "merge.scale: {} is not above 0 and at most {}", self.scale, Self::MAX_SCALE);
        ensure!(within(self.rank_ratio, 1.0), Usage, "merge.rank_ratio: {} is not above 0 and at most 1", self.rank_ratio);
        ensure!(within(self.density, 1.0), Usage, "merge.density: {} is not above 0 and at most 1", self.density);
        Ok(())
    }

    /// Checks that the merge reads its density, where that is not the one that it has anyway.
    ///
    /// # Errors
    /// `Usage` naming the merges that do.
    pub fn check_read(&self) -> Result<()> {
        let usual = Self::new(self.method).density;
        if self.density == usual || matches!(self.method, MergeMethod::Ties | MergeMethod::Dare) {
            return Ok(());
        }
        let message = format!("merge.density would have no effect: `{}` keeps every entry", self.method);
        Err(Error::new(ErrorKind::Usage, message).hint("it is read by ties and dare: leave it out, or choose one of them"))
    }

    /// Checks that edits by `base` can be merged.
    ///
    /// # Errors
    /// `Usage` naming the methods that can.
    pub fn check_base(base: Method) -> Result<()> {
        let legal = || Method::merging().map(Method::name).collect::<Vec<_>>().join(" or ");
        ensure!(base.spec().merges, Usage, "edits by `{base}` cannot be merged: the base method is {}", legal());
        Ok(())
    }

    /// The base method and the merge in one word, such as `memit+tsvm` or `alphaedit+sum+shared`.
    pub fn label(&self, base: Method) -> String {
        format!("{base}+{}{}", self.method, if self.shared_covariance { "+shared" } else { "" })
    }
}
