//! Grouped-query self-attention over packed tokens, with a key/value cache.

use burn::prelude::*;

use super::config::{ModelConfig, Rope};
use super::family::QueryKeyNorm;
use super::kernels::attention::{Heads, RowCache};
use super::linear::Linear;
use super::norm::Norm;
use super::projections::Projections;
use crate::device::upload_indices;
use crate::gpu::{AttentionShape, HeadGains};

/// Keys and values of one layer for the rows of a batch, rotary applied to the keys, where the device wants them.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one a layer")]
pub enum KeyValues {
    /// On the CPU: row by row.
    Rows(RowCache),
    /// On a GPU: keys, then values, of columns, `[rows, columns, 2 * kv_heads * head_dim]`.
    Columns(Tensor<3>),
}

impl KeyValues {
    /// The given rows, their first `columns` columns. The CPU's rows have no padding: theirs are all within a layout's columns.
    #[must_use]
    pub fn select(&self, rows: &[usize], columns: usize) -> Self {
        match self {
            Self::Rows(cache) => Self::Rows(RowCache { rows: rows.iter().map(|&row| cache.rows[row].clone()).collect() }),
            Self::Columns(held) => {
                let columns = 0..columns.min(held.dims()[1]);
                Self::Columns(held.clone().slice_dim(1, columns).select(0, upload_indices(rows, &held.device())))
            }
        }
    }
}

/// The attention sub-layer.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Projections of queries, keys and values, `[heads * head_dim, hidden]` and twice `[kv_heads * head_dim, hidden]`.
    pub inputs: Projections,
    /// Output projection, `[hidden, heads * head_dim]`.
    pub output: Linear,
    /// Norms of the queries and keys, in families that have them.
    pub norms: Option<HeadNorms>,
    /// Whether the layer sees a window only, and is rotated by the angles of those that do.
    pub(super) local: bool,
    pub(super) heads: Heads,
    rope: Option<Rope>,
    /// A norm of queries or keys takes all heads together.
    whole: bool,
}

/// Norms that queries and keys pass before they are rotated: head by head, `[head_dim]` each, or all heads together.
#[derive(Clone, Debug)]
pub struct HeadNorms {
    /// Of the queries.
    pub query: Norm,
    /// Of the keys.
    pub key: Norm,
}

impl Attention {
    /// From its projections and its norms, for `layer`.
    pub fn new(inputs: Projections, output: Linear, norms: Option<HeadNorms>, config: &ModelConfig, layer: usize) -> Self {
        let local = config.local.filter(|local| local.contains(layer));
        Self {
            inputs,
            output,
            norms,
            local: local.is_some(),
            heads: Heads {
                heads: config.heads,
                kv_heads: config.kv_heads,
                head_dim: config.head_dim,
                window: local.map(|local| local.window),
            },
            rope: config.rope.clone().filter(|_| config.unrotated_every.is_none_or(|period| !(layer + 1).is_multiple_of(period))),
            whole: config.family.traits().query_key_norm == Some(QueryKeyNorm::Width),
        }
    }

    /// Whether it rotates queries and keys.
    pub(super) fn rotates(&self) -> bool {
        self.rope.is_some()
    }

    /// Its sizes, as a GPU's kernels want them.
    pub(super) fn shape(&self) -> AttentionShape {
        let Heads { heads, kv_heads, head_dim, window } = self.heads;
        let (rotary, interleaved) = self.rope.as_ref().map_or((0, false), |rope| (rope.dims, rope.interleaved));
        AttentionShape { heads, kv_heads, head_dim, rotary, interleaved, window: window.unwrap_or(0) }
    }

    /// The norms of its heads, as a GPU's kernels want them.
    pub(super) fn head_gains(&self) -> Option<HeadGains> {
        let HeadNorms { query, key } = self.norms.as_ref()?;
        Some(HeadGains { query: query.weight.clone(), key: key.weight.clone(), epsilon: query.epsilon, whole: self.whole })
    }
}
