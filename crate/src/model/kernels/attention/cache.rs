//! What a layer keeps of the positions that it has seen.

use std::sync::Arc;

use crate::model::layout::Row;

/// Cached keys and values of one layer, row by row, rotary applied to the keys.
#[derive(Clone, Debug)]
pub struct RowCache {
    pub(in crate::model) rows: Vec<Arc<RowKeyValues>>,
}

/// Keys and values of one row, `[positions, kv_heads * head_dim]` each.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct RowKeyValues {
    pub(in crate::model) keys: Vec<f32>,
    pub(in crate::model) values: Vec<f32>,
}

impl RowCache {
    /// `past` followed by the present packed keys and values of each row.
    pub(in crate::model) fn append(past: Option<&Self>, rows: &[Row], key: &[f32], value: &[f32], kv_width: usize) -> Self {
        let (mut key, mut value) = (key, value);
        let rows = rows.iter().enumerate().map(|(r, row)| {
            let (of_key, of_value);
            (of_key, key) = key.split_at(row.len * kv_width);
            (of_value, value) = value.split_at(row.len * kv_width);
            let before = past.and_then(|past| past.rows.get(r));
            let join =
                |before: Option<&[f32]>, now: &[f32]| [before.and_then(|b| b.get(..row.past * kv_width)).unwrap_or(&[]), now].concat();
            Arc::new(RowKeyValues {
                keys: join(before.map(|before| &before.keys[..]), of_key),
                values: join(before.map(|before| &before.values[..]), of_value),
            })
        });
        Self { rows: rows.collect() }
    }
}
