//! Tokenizers, subject location, context templates.
//!
//! * [`Tokenizer`]: text to token ids with byte offsets and back, from a `tokenizer.json` or a GGUF vocabulary.
//! * [`TextStream`]: generated ids to text, piece by piece, never half a character.
//! * [`locate_subject`]: which tokens of a prompt are its subject.
//! * [`ContextTemplates`]: the texts put before a prompt, per language; [`sample_top_k`] draws them.
//! * `train_bpe` (native only): a vocabulary learnt from texts.
//! * [`corpus_lines`]: running text, a document a line.

#[cfg(not(target_family = "wasm"))]
mod bpe;
pub mod corpus;
mod failure;
mod gguf;
mod invisible;
mod json;
mod occurrence;
mod pretokenize;
mod sample;
mod spm;
mod stream;
mod subject;
mod templates;
mod tokenizer;
mod vocabulary;

#[cfg(not(target_family = "wasm"))]
pub use bpe::train_bpe;
pub use corpus::corpus_lines;
pub(crate) use invisible::{is_unseen, trim_unseen, visible};
#[cfg(target_family = "wasm")]
pub(crate) use occurrence::occurrences;
pub use sample::sample_top_k;
pub use stream::TextStream;
pub use subject::{MatchKind, SubjectSpan, locate_in, locate_subject};
pub use templates::{ContextTemplates, clean_generated, default_languages, fill, parse_templates, prefixes, to_template};
pub use tokenizer::{Encoding, Tokenizer};
