//! Evaluation.
//!
//! * [`Examination`]: efficacy, generality, specificity and portability per language, by token ids.
//! * [`transfer()`]: forgetting, backward and forward transfer between languages.
//! * [`trace`]: causal tracing.
//! * [`xtreme`]: downstream tasks.
//! * [`perplexity()`]: general text; [`texts`]: fluency and consistency of generated texts.

mod likelihood;
mod perplexity;
mod questions;
mod scores;
pub mod texts;
pub mod trace;
mod transfer;
pub mod xtreme;

pub use likelihood::log_probabilities;
pub use perplexity::{PIECE_TOKENS, Perplexity, perplexity};

pub use questions::{Question, Questions, token_accuracy};
pub use scores::{Examination, Scores};
pub use transfer::{Transfer, transfer};
