//! Causal tracing: which hidden states carry a fact (ROME, arXiv 2202.05262, section 2.1).
//!
//! The embeddings of the subject's tokens are corrupted with Gaussian noise of 3 sigma, sigma being the standard deviation of the subjects'
//! embeddings. In the corrupted run one hidden state (or a window of MLP or attention outputs at one token) is put back to what it
//! was in the clean run. With p(answer) the mean probability of the answer over the noise samples,
//!
//! ```text
//! total effect           TE       = p_clean - p_corrupted
//! indirect effect        IE(t, l) = p_restored(t, l) - p_corrupted
//! ```
//!
//! * [`TracePrompt`]: a fact's prompt, its subject's tokens, the answer whose probability is followed; [`select`] finds facts that the model knows.
//! * [`Noise`]: the corruption, the same draws for every cell.
//! * [`Corruption`]: the clean and the corrupted runs; [`Corruption::restore`] puts any states back.
//! * [`trace`]: the effect of every token and layer; [`trace_facts`]: that of several facts under one noise; [`average`]: their mean by position class.
//! * [`TraceReport`]: all of it as JSON, which [`crate::chart`] draws; [`choose_layers`]: the layers that it recommends to edit.
//!
//! What a restoration cannot change is computed once: layers below the restored one, and positions before it, are those of the corrupted
//! run. Only positions from the restored one on pass through the layers from the restored one on, all of them in one ragged batch a layer.

mod average;
mod facts;
mod layers;
mod noise;
mod pass;
mod prompt;
mod restore;
mod select;
mod study;
mod trace_report;
mod traced_fact;

pub use average::{ClassEffect, PositionClass, TraceAverage, average};
pub use facts::{TracePlan, trace_facts};
pub use layers::{ChosenLayers, FEWEST_FACTS, LayerRule, choose_layers};
pub use noise::{NOISE_FACTOR, Noise, embedding_deviation};
pub use pass::Component;
pub use prompt::{TraceFact, TracePrompt};
pub use restore::{Corruption, Restoration};
pub use select::{AnswerRule, TraceSelection, read_candidates, select};
pub use study::{Positions, Trace, TraceOptions, cost, trace};
pub use trace_report::{NoiseReport, TraceReport};
pub use traced_fact::TracedFact;
