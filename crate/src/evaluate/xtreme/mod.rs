//! Downstream tasks of the XTREME family, as LangEdit measures what editing costs: XNLI, PAWS-X, MLQA, WikiANN.
//! Tasks and languages: XTREME, arXiv 2003.11080; prompts and scores: LangEdit's published code (ARCHITECTURE, Methods).
//!
//! * [`Task`]: the four tasks, their languages, shots and lengths.
//! * [`parse_items`], `read_items`: items of a task in one language, from LangEdit's layout (`<task>_<language>.json`) or the public releases.
//! * [`Prompts`]: few-shot prompts, a wording per language.
//! * [`binary`], [`answers`], [`entities`]: scores, each as published and corrected.
//! * [`replies`]: what a model says to prompts that begin alike.
//! * [`evaluate`]: all of it on a model; [`XtremeReport`]: what came out.
//!
//! Everything is decoded greedily, without a chat template, as published. What the published scoring does wrong is kept in `published` and
//! done right in `corrected`; both are computed from the same generated text or, for the two-class tasks, from the two answers' probabilities.

pub mod answers;
pub mod binary;
pub mod entities;
mod items;
mod prompts;
#[cfg(not(target_family = "wasm"))]
mod public;
#[cfg(not(target_family = "wasm"))]
mod read;
mod replies;
mod run;
mod task;
mod xtreme_report;

pub use items::{Item, POOL, parse_items};
pub use prompts::{Prompts, Words, words};
#[cfg(not(target_family = "wasm"))]
pub use read::read_items;
pub use replies::{Reply, Wanted, replies};
pub use run::{XtremeOptions, evaluate};
pub use task::Task;
pub use xtreme_report::{TaskScore, XtremeReport, XtremeScore};
