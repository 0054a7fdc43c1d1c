//! Dense linear algebra of model editing, in f64 on the host, with a twin on any burn device.
//!
//! Column convention: `W` is `d_out x d_in`, keys are the columns of `K` (`d_in x n`), residuals those of `R` (`d_out x n`).
//!
//! * [`KeyCovariance`]: the uncentred mean of `k k^T`, exact under batches and merges.
//! * [`KeyProducts`]: sums of `k k^T` in f32, on the way into a covariance.
//! * [`symmetric_eigen`]: the spectrum of a covariance, smallest eigenvalue first; [`SymmetricEigen::add_outer`] brings it up to date.
//! * [`Threshold`]: which part of a spectrum counts as null.
//! * [`Projector`]: the orthogonal projector onto the null space, kept as an orthonormal basis; [`Eigenbasis`]: what it is made of, for a file.
//! * [`langedit_update`], [`alphaedit_update`], [`memit_update`], [`memit_seq_update`]: closed-form weight changes as [`LowRank`].
//! * [`closed_form`]: LangEdit's change of a few keys with its effect on each, for figures.
//! * [`rome_update`]: the rank-one change of ROME.
//! * [`Update`]: a weight change in whichever form holds it exactly, RECT's and fine-tuning's being of full rank.
//! * [`Resting`], [`RestingUpdate`]: matrices and changes that wait, in half the space where they are large.
//! * [`restrain_spectrum`], [`largest_singular_value`]: PRUNE's bound on the singular values of a change.
//! * [`principal_angles`]: how far two key subspaces are from each other.
//! * [`repo_recurrence`]: the covariance update of the published LangEdit code, where it must be reproduced.
//! * [`device`]: sign iteration and low-rank solve from matrix products alone, for GPUs.
//!
//! No update forms or factors a `d_in x d_in` matrix, with one exception: MEMIT's [`CovarianceFactor`], once per covariance. Triangles are kept in
//! panels ([`Staircase`]); of a large covariance [`Projector::of`] forms only the eigenvectors that its basis has.

mod angles;
mod basis;
mod closed_form;
mod columns;
mod covariance;
mod decomposition;
mod dense;
pub mod device;
mod eigen;
mod eigenbasis;
mod factor;
mod halves;
mod key_products;
mod low_rank;
mod parallel;
mod projector;
mod rank_one;
mod recurrence;
mod resting;
mod restrain;
mod secular;
mod solve;
mod staircase;
mod threshold;
mod tridiagonal;
mod update;
mod weighing;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod update_properties;

pub use angles::principal_angles;
pub use basis::orthonormal_basis;
pub use closed_form::{CLOSED_FORM_UP_TO, ClosedForm, Effect, closed_form};
pub use covariance::KeyCovariance;
pub(crate) use covariance::{check_covariance, for_each_pair};
pub use dense::{concat_columns, matrix_from_rows, rows_from_matrix, side_by_side};
pub use eigen::{SymmetricEigen, symmetric_eigen};
pub use eigenbasis::Eigenbasis;
pub use factor::CovarianceFactor;
pub use key_products::KeyProducts;
pub use low_rank::LowRank;
pub use projector::Projector;
pub use rank_one::rome_update;
pub use recurrence::{accumulate_outer, recurrence_keeps, repo_recurrence};
pub use resting::{Resting, RestingUpdate};
pub use restrain::{largest_singular_value, restrain_spectrum};
pub use solve::{alphaedit_update, langedit_update, memit_seq_update, memit_update, projected_update};
pub use staircase::Staircase;
pub use threshold::{SpectrumCut, Threshold};
pub use update::{DenseUpdate, MaskedUpdate, Update};
pub use weighing::{Weighing, weighed_update};

/// A dense column-major f64 matrix on the host.
pub type Matrix = faer::Mat<f64>;

/// A borrowed [`Matrix`], or a part of one.
pub type MatrixRef<'a> = faer::MatRef<'a, f64>;
