//! Training of the small model that the crate carries. Only native.
//!
//! * [`Trainer`]: a seeded, resumable run over the sentences of a [`Catalogue`](crate::facts::Catalogue), on any burn device.
//! * [`Stored`]: the trained weights as they are shipped.
//! * [`KnownAnswers`], [`statistics_texts`]: what is shipped with them.
//! * [`perplexity()`]: of text that it has not read. What it knows meanwhile, [`Quiz`](crate::evaluate::Quiz) asks.

mod batch;
mod export;
mod fused;
mod known;
mod mixture;
mod network;
mod optimizer;
mod options;
mod perplexity;
mod plan;
mod state;
#[cfg(test)]
mod tests;
mod trainer;
mod turn;

pub use export::Stored;
pub use known::KnownAnswers;
pub use mixture::statistics_texts;
pub use optimizer::Rule;
pub use options::Options;
pub use perplexity::perplexity;
pub use plan::Length;
pub use trainer::{NamedWeight, StepReport, Trainer};
