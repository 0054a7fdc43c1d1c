//! Downstream tasks of the XTREME family, as LangEdit measures what editing costs: XNLI, PAWS-X, MLQA, WikiANN.
//! Tasks and languages: XTREME, arXiv 2003.11080; prompts and scores: LangEdit's code (arXiv 2506.10800, master 1c33ab9).
//!
//! * [`Task`]: the four tasks, their languages, shots and lengths.
//! * [`parse_items`], [`read_items`]: items of a task in one language, from LangEdit's layout (`<task>_<language>.json`) or the public releases.
//! * [`Wording`], [`Prompts`], [`Style`]: few-shot prompts, as published and corrected.
//! * [`Fitted`]: a prompt with as many shots as the model has room for.
//! * [`published_answer`], [`tidied`]: what is read of a decoded text.
//! * [`binary`], [`answers`], [`entities`]: scores, each as published and corrected.
//! * [`replies()`]: what a model says to prompts that begin alike.
//! * [`evaluate()`]: all of it on a model; [`XtremeReport`]: what came out.
//!
//! Everything is decoded greedily, without a chat template, as published. `published` repeats LangEdit's code, defects included, from prompt to
//! score; `corrected` avoids them (`recipe/SCHEMA.md` lists both). The model is asked once where both have the same prompts, else twice.

pub mod answers;
pub mod binary;
mod decoded;
pub mod entities;
mod fitted;
mod items;
mod prompts;
mod public;
mod read;
mod replies;
mod run;
mod score;
mod task;
mod wordings;
mod xtreme_report;

pub use decoded::{published_answer, tidied};
pub use fitted::{Fitted, MOST_TOKENS, kept_shots};
pub use items::{Item, POOL, parse_items};
pub use prompts::{Prompts, Style};
pub use read::read_items;
pub use replies::{Reply, Wanted, replies};
pub use run::{XtremeOptions, evaluate};
pub use task::Task;
pub use wordings::Wording;
pub use xtreme_report::{TaskScore, XtremeReport, XtremeScore};
