//! Text of a generation as it grows.

use super::Tokenizer;
use crate::Result;

/// How many ids of the context are decoded along: enough that the first new token keeps its leading space.
const CONTEXT: usize = 8;

/// Turns generated ids into text, piece by piece.
///
/// A piece is held back while its last bytes do not make a character, so the concatenation of all pieces (with [`finish`](Self::finish))
/// is the text of all ids. Special tokens add nothing.
#[derive(Debug)]
pub struct TextStream<'a> {
    tokenizer: &'a Tokenizer,
    ids: Vec<u32>,
    read: usize,
}

impl Tokenizer {
    /// Starts decoding ids that continue `context`, for showing a generation as it grows.
    pub fn stream<'a>(&'a self, context: &[u32]) -> TextStream<'a> {
        TextStream::new(self, context)
    }
}

impl<'a> TextStream<'a> {
    fn new(tokenizer: &'a Tokenizer, context: &[u32]) -> Self {
        let ids = context.get(context.len().saturating_sub(CONTEXT)..).unwrap_or_default().to_vec();
        let read = ids.len();
        Self { tokenizer, ids, read }
    }

    /// Takes the next id; returns the text that is now certain, possibly empty.
    ///
    /// # Errors
    /// The tokenizer's decoder fails.
    pub fn push(&mut self, id: u32) -> Result<String> {
        self.ids.push(id);
        self.advance(false)
    }

    /// Returns what was held back; bytes that never made a character are U+FFFD.
    ///
    /// # Errors
    /// The tokenizer's decoder fails.
    pub fn finish(&mut self) -> Result<String> {
        self.advance(true)
    }

    fn advance(&mut self, last: bool) -> Result<String> {
        let shown = self.tokenizer.decode_without_special(self.ids.get(..self.read).unwrap_or_default())?;
        let text = self.tokenizer.decode_without_special(&self.ids)?;
        if text.ends_with('\u{fffd}') && !last {
            return Ok(String::new());
        }
        let new = text.strip_prefix(&shown).unwrap_or_default().to_owned();
        if !new.is_empty() || last {
            // Only the tail is needed from here on: decoding stays cheap however long the generation.
            self.ids.drain(..self.read);
            self.read = self.ids.len();
        }
        Ok(new)
    }
}
