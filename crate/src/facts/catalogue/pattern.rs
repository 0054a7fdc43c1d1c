//! Wordings with slots.

use super::forms::Forms;
use crate::{Result, bail, ensure};

/// A wording such as `The capital of {the} is`, taken apart.
///
/// `{slot}` is a form of the subject's name; `{Slot}` the same with a capital first letter; `{liegt|liegen}` the first text where the
/// subject is in the singular and the second where it is in the plural.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Slot { name: String, capital: bool },
    Number { singular: String, plural: String },
}

impl Pattern {
    /// Takes a wording apart.
    ///
    /// # Errors
    /// `Data`: a brace without its partner, no slot at all, or a space at either end.
    pub(super) fn parse(text: &str) -> Result<Self> {
        ensure!(text.trim() == text, Data, "the wording `{text}` starts or ends with a space");
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((slot, after)) = after.split_once('}') else { bail!(Data, "the wording `{text}` has no closing brace") };
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(match slot.split_once('|') {
                Some((singular, plural)) => Piece::Number { singular: singular.to_owned(), plural: plural.to_owned() },
                None => Piece::Slot { name: slot.to_lowercase(), capital: slot.starts_with(char::is_uppercase) },
            });
            rest = after;
        }
        ensure!(!rest.contains('}'), Data, "the wording `{text}` has no opening brace");
        ensure!(pieces.iter().any(|piece| matches!(piece, Piece::Slot { .. })), Data, "the wording `{text}` has no slot for the subject");
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { pieces })
    }

    /// The prompt for a subject with these forms, or `None` where it lacks one.
    pub(super) fn fill(&self, forms: &Forms) -> Option<String> {
        let mut prompt = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => prompt += text,
                Piece::Slot { name, capital: false } => prompt += forms.get(name)?,
                Piece::Slot { name, capital: true } => {
                    let mut form = forms.get(name)?.chars();
                    prompt.extend(form.next()?.to_uppercase());
                    prompt += form.as_str();
                }
                Piece::Number { singular, plural } => prompt += if forms.plural() { plural } else { singular },
            }
        }
        Some(prompt)
    }
}
