//! Merging: one edit per language, each made from W_0, put together per layer (arXiv 2605.13919).
//!
//! `W = W_0 + scale * M(Delta_1, ..., Delta_T)`, where each `Delta_t` is first cut to the leading `rank_ratio` share of its singular
//! triples and `M` is one of:
//!
//! * sum: `sum_t Delta_t`; mean: `(1/T) sum_t Delta_t`.
//! * TSVM (task singular vectors merging, arXiv 2412.00081): `U_o diag(S) V_o^T`, with the singular triples of all languages side by side
//!   and both bases replaced by the nearest ones without interference, see `tsvm.rs`.
//! * TIES (arXiv 2306.01708) and DARE (arXiv 2311.03099): entry by entry, see `entrywise.rs`.
//!
//! Updates stay factored, `Delta_t = L_t R_t^T` with as many columns as facts. An SVD is that of a small core, `T_L T_R^T` of the QR factors;
//! none of a `d_out x d_in` matrix is made. TIES and DARE alone choose entries, so their result has full rank, but it is an exact product
//! of factors too.
//!
//! # Shared covariance
//!
//! The paper's public texts do not give the formula; **this is our reading of it**. Without it each language is solved for alone,
//! `Delta_t = R_t K_t^T (lambda C + K_t K_t^T)^-1`. With it, all languages' keys stand in the inverse:
//!
//! `Delta_t = R_t K_t^T (lambda C + sum_j K_j K_j^T)^-1` for MEMIT,
//! `Delta_t = R_t K_t^T P ((sum_j K_j K_j^T) P + L2 I)^-1` for AlphaEdit.
//!
//! The sum of these is the solve for all languages' facts at once, exactly. With several edited layers, the keys of a later layer
//! are computed under the language's own updates of the layers before, in both variants: the merge is not known before all layers are.

mod entrywise;
mod settings;
#[cfg(test)]
mod tests;
mod truncate;
mod tsvm;

pub use settings::MergeSettings;

use crate::edit::settings::MergeMethod;
use crate::linalg::{DenseUpdate, KeyCovariance, LowRank, Matrix, RestingUpdate, Update, side_by_side};
use crate::{Result, ensure};

/// What one language's edit, made from W_0, changes at a layer.
#[derive(Clone, Debug)]
pub struct LanguageUpdate<'a> {
    /// Its code; the seed of what DARE drops depends on it, not on its place in the list.
    pub language: &'a str,
    /// `Delta_t`, `[d_out, d_in]`.
    pub delta: &'a LowRank,
}

/// Merges the languages' updates of one layer; `seed` decides what DARE drops.
///
/// # Errors
/// There is no update, their shapes differ, a value is not finite, or a setting is out of range.
pub fn merge(updates: &[LanguageUpdate<'_>], settings: &MergeSettings, seed: u64) -> Result<LowRank> {
    settings.check()?;
    ensure!(!updates.is_empty(), Numerics, "there is no update to merge");
    let shape = |delta: &LowRank| (delta.left().nrows(), delta.right().nrows());
    for update in updates {
        let (ours, first) = (shape(update.delta), updates.first().map_or((0, 0), |first| shape(first.delta)));
        ensure!(ours == first, Numerics, "the update of {} is {ours:?}, that of the first language {first:?}", update.language);
        let finite = update.delta.left().is_all_finite() && update.delta.right().is_all_finite();
        ensure!(finite, Numerics, "the update of {} holds values that are not finite", update.language);
    }
    let cut = || -> Result<Vec<LowRank>> { updates.iter().map(|update| truncate::truncated(update.delta, settings.rank_ratio)).collect() };
    let merged = match settings.method {
        MergeMethod::Sum => sum(&cut()?)?,
        MergeMethod::Mean => scaled(sum(&cut()?)?, 1.0 / updates.len() as f64)?,
        MergeMethod::Tsvm => tsvm::merge(updates, settings.rank_ratio)?,
        MergeMethod::Ties => entrywise::ties(&cut()?, settings.density)?,
        MergeMethod::Dare => {
            let languages: Vec<&str> = updates.iter().map(|update| update.language).collect();
            entrywise::dare(&cut()?, &languages, settings.density, seed)?
        }
    };
    scaled(merged, settings.scale)
}

/// As [`merge`], of updates at rest. Where the factors of a large change would have as many columns as it has rows (twelve languages of 700 facts
/// each have twice as many as an 8B model has hidden states) it is given entry by entry, in the precision of the weights; a sum is then
/// formed one language after the other.
///
/// # Errors
/// As [`merge`].
pub fn merge_resting(updates: &[(&str, &RestingUpdate)], settings: &MergeSettings, seed: u64) -> Result<Update> {
    settings.check()?;
    let ([rows, cols], rank) =
        (updates.first().map_or([0, 0], |(_, first)| first.shape()), updates.iter().map(|(_, update)| update.rank()).sum::<usize>());
    let is_large = |rank: usize| rank >= rows && !KeyCovariance::is_small(cols);
    let sums = matches!(settings.method, MergeMethod::Sum | MergeMethod::Mean);
    if sums && is_large(rank) {
        let one = MergeSettings { method: MergeMethod::Sum, scale: 1.0, ..*settings };
        let mut total = Matrix::zeros(rows, cols);
        for (language, update) in updates {
            ensure!(update.shape() == [rows, cols], Numerics, "the update of {language} has another shape than that of the first language");
            let delta = merge(&[LanguageUpdate { language, delta: &update.low_rank()? }], &one, seed)?;
            total += delta.left() * delta.right().transpose();
        }
        let share = if settings.method == MergeMethod::Mean { 1.0 / updates.len() as f64 } else { 1.0 };
        return dense(&total, settings.scale * share);
    }
    let deltas = updates.iter().map(|(_, update)| update.low_rank()).collect::<Result<Vec<_>>>()?;
    let named: Vec<_> = updates.iter().zip(&deltas).map(|((language, _), delta)| LanguageUpdate { language, delta }).collect();
    let merged = merge(&named, settings, seed)?;
    if is_large(merged.rank()) { dense(&merged.dense(), 1.0) } else { Ok(merged.into()) }
}

/// `factor * delta`, entry by entry.
fn dense(delta: &Matrix, factor: f64) -> Result<Update> {
    let (rows, cols) = (delta.nrows(), delta.ncols());
    let values = (0..rows).flat_map(|row| (0..cols).map(move |col| (factor * delta[(row, col)]) as f32)).collect();
    Ok(Update::Dense(DenseUpdate::new(rows, cols, values)?))
}

/// `sum_t Delta_t`: the factors side by side.
fn sum(updates: &[LowRank]) -> Result<LowRank> {
    LowRank::new(side_by_side(updates.iter().map(|u| u.left().as_ref()))?, side_by_side(updates.iter().map(|u| u.right().as_ref()))?)
}

/// `factor * Delta`.
fn scaled(delta: LowRank, factor: f64) -> Result<LowRank> {
    let (left, right) = delta.into_factors();
    LowRank::new(left * faer::Scale(factor), right)
}
