//! Evaluation.
//!
//! * [`Examination`]: efficacy, generality, specificity and portability per language, by token ids.
//! * [`Comparisons`]: CounterFact's success rates, by likelihood.
//! * `as_published`: specificity as other code computes it, beside those; native only.
//! * [`answers()`]: what a model says to many questions, beside what it said before.
//! * [`Quiz`]: recall of the catalogue's facts, those that were edited left out.
//! * [`transfer()`]: forgetting, backward and forward transfer between languages.
//! * [`bootstrap_interval`], [`mcnemar`]: two methods on the same facts.
//! * [`trace`]: causal tracing.
//! * `xtreme`: downstream tasks; native only.
//! * [`perplexity()`]: general text; [`score_texts`] and [`texts`]: fluency and consistency of generated texts.

mod answers;
#[cfg(not(target_family = "wasm"))]
mod as_published;
mod forgetting;
mod generation;
mod likelihood;
mod paired;
mod perplexity;
mod questions;
mod recall;
mod scores;
mod success;
pub mod texts;
pub mod trace;
#[cfg(not(target_family = "wasm"))]
pub mod xtreme;

pub use answers::{Answered, LONGEST_ANSWER, answers, likeliest_answers};
#[cfg(not(target_family = "wasm"))]
pub use as_published::{AsPublished, as_published};
pub use forgetting::{Transfer, transfer};
pub use generation::{TextProbe, TextScores, read_text_probes, score_texts};
pub use likelihood::log_probabilities;
pub use paired::{bootstrap_interval, mcnemar};
pub use perplexity::{PIECE_TOKENS, Perplexity, perplexity};

pub use questions::{Question, Questions, token_accuracy};
pub use recall::{Quiz, QuizScope, Recall, RecallScores, Recalled};
pub use scores::{Examination, Marking, Scores};
pub use success::{Comparisons, Success, Successes};
pub(crate) use success::{are_compared, asked_beside};
