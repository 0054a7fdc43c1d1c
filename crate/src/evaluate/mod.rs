//! Evaluation: efficacy, generality, specificity and portability per language, by token ids.

mod questions;
mod scores;
pub mod trace;

pub use questions::{Question, Questions, token_accuracy};
pub use scores::{Examination, Scores};
