//! The key/value cache of a batch: what every layer has seen of every row.

use burn::prelude::*;

use super::attention::KeyValues;
use super::layout::{Layout, Row};
use super::transformer::Transformer;
use crate::Result;

/// Keys and values of all layers for the positions of a batch seen so far.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    layers: Vec<KeyValues>,
    columns: Vec<Vec<bool>>,
}

impl Cache {
    /// What has been seen of the given rows, in this order; a row may be named more than once.
    #[must_use]
    pub fn forked(&self, rows: &[usize]) -> Self {
        let columns = self.columns.first().map_or(0, Vec::len);
        Self {
            layers: self.layers.iter().map(|layer| layer.select(rows, columns)).collect(),
            columns: rows.iter().map(|&row| self.columns[row].clone()).collect(),
        }
    }

    /// Runs the next tokens of every row through the model and remembers them. Returns the residual streams after the last block
    /// `[tokens, hidden]` and the layout that says where each row's tokens lie.
    ///
    /// # Errors
    /// A token or position that the model does not know.
    pub fn advance(&mut self, model: &Transformer, rows: &[Vec<u32>]) -> Result<(Tensor<2>, Layout)> {
        if self.columns.is_empty() {
            self.columns = vec![Vec::new(); rows.len()];
        }
        let spans: Vec<Row> = rows
            .iter()
            .zip(&self.columns)
            .map(|(tokens, held)| Row { past: held.iter().filter(|&&held| held).count(), len: tokens.len() })
            .collect();
        let layout = Layout::new(&spans, &self.columns, model.config(), model.device());
        let h = model.embed(&rows.concat(), &layout)?;
        let past = (!self.layers.is_empty()).then_some(self.layers.as_slice());
        let mut layers = Vec::with_capacity(model.config().layers);
        let h = model.run(h, &layout, 0..model.config().layers, past, |_, pass| layers.push(pass.saved.held()));
        self.layers = layers;
        for (held, tokens) in self.columns.iter_mut().zip(rows) {
            held.extend((0..layout.longest()).map(|column| column < tokens.len()));
        }
        Ok((h, layout))
    }
}
