//! Where the tokens of a batch lie: rows of different length, packed without padding for everything but attention.

use burn::prelude::*;

use super::config::{ModelConfig, Rope};
use super::kernels::rotary::Angles;
use crate::device::is_cpu;
use crate::gpu::Spans;

/// One row of a batch: how many of its positions are cached, and how many are computed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Positions before the computed ones whose keys and values are in the cache.
    pub past: usize,
    /// Positions computed in this pass.
    pub len: usize,
}

/// The layout of one forward pass. Tokens are packed `[n, ...]`, row after row.
#[derive(Clone, Debug)]
pub struct Layout {
    rows: Vec<Row>,
    starts: Vec<usize>,
    tokens: usize,
    longest: usize,
    place: Place,
}

/// What the attention needs to know of a layout, in the form of the device that computes it.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one a pass")]
pub(super) enum Place {
    /// On the CPU, our own loops go from row to row.
    Host(ByReach<Option<Angles>>),
    /// On a GPU, kernels look up where each token lies.
    Device(ByReach<Spans>),
}

/// What differs between layers that see everything and those that see a window.
#[derive(Clone, Debug)]
pub(super) struct ByReach<T> {
    full: T,
    /// `None` where no layer is local.
    local: Option<T>,
}

impl<T> ByReach<T> {
    /// That of layers which are `local`, or not.
    pub(super) fn of(&self, local: bool) -> &T {
        self.local.as_ref().filter(|_| local).unwrap_or(&self.full)
    }
}

impl Layout {
    /// A layout of rows without cache.
    pub fn fresh(lengths: &[usize], config: &ModelConfig, device: &Device) -> Self {
        let rows: Vec<Row> = lengths.iter().map(|&len| Row { past: 0, len }).collect();
        Self::new(&rows, &vec![Vec::new(); rows.len()], config, device)
    }

    /// A layout of rows after a cache; `columns[r][c]` says whether cache column c holds a position of row r.
    pub fn new(rows: &[Row], columns: &[Vec<bool>], config: &ModelConfig, device: &Device) -> Self {
        let positions = positions(rows);
        let angles = |rope: &Rope| rope.angles(&positions);
        let (full, local) = (config.rope.as_ref().map(angles), config.local_rope().as_ref().map(angles));
        let place = if is_cpu(device) {
            Place::Host(ByReach { full, local: local.map(Some) })
        } else {
            let lengths: Vec<usize> = rows.iter().map(|row| row.len).collect();
            let (cos, sin) = full.as_ref().map_or((&[][..], &[][..]), |angles| (&angles.cos, &angles.sin));
            let full = Spans::new(&lengths, columns, cos, sin, device);
            Place::Device(ByReach { local: local.map(|angles| full.turned(&angles.cos, &angles.sin)), full })
        };
        Self::placed(rows, place)
    }

    fn placed(rows: &[Row], place: Place) -> Self {
        let starts = rows.iter().scan(0, |next, row| {
            let start = *next;
            *next += row.len;
            Some(start)
        });
        Self {
            starts: starts.collect(),
            tokens: rows.iter().map(|row| row.len).sum(),
            longest: rows.iter().map(|row| row.len).max().unwrap_or(0),
            rows: rows.to_vec(),
            place,
        }
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Number of packed tokens.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Packed index of the token at `position` of `row` (positions counted from the row's first token, cached ones included).
    pub fn index(&self, row: usize, position: usize) -> usize {
        self.starts[row] + position - self.rows[row].past
    }

    /// Absolute positions of the packed tokens.
    pub fn positions(&self) -> Vec<usize> {
        positions(&self.rows)
    }

    /// Length of the longest row.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Where and how the attention is computed.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

fn positions(rows: &[Row]) -> Vec<usize> {
    rows.iter().flat_map(|row| row.past..row.past + row.len).collect()
}
