//! The wasm module's surface: what the page's one worker calls.
//!
//! Everything crosses as plain objects as JSON knows them, so that the page sees the same Recipe and Report that the command
//! reads and writes. Errors are thrown as objects `{kind, message, hint}`. The worker makes one call at a time; only [`cancel`] and
//! [`closed_form`], which touch neither device nor model, may come in between, whenever the running call pauses.

mod ahead;
mod answers;
mod border;
mod catalogue;
mod choosing;
mod closed_form;
mod compose;
mod experiment;
mod generate;
#[cfg(feature = "wgpu")]
mod gpu;
mod hooks;
mod inquire;
mod links;
mod start;
mod started;
mod trace;
mod watch;

use std::cell::{Cell, RefCell};

use burn::prelude::Device;
use wasm_bindgen::prelude::*;

use crate::edit::{MergeSettings, Solver};
use crate::recipe::{KeyStatistics, Recipe, RunInput, Session};
use crate::{Error, ErrorKind, Result};

pub use ahead::prepare_ahead;
pub use answers::answers;
pub use catalogue::{catalogue, catalogue_facts, complete_facts, question, use_catalogue};
pub use choosing::{fact_in_languages, known_facts, load_facts};
pub use closed_form::closed_form;
pub use compose::{compose, extend};
pub use experiment::{digest, edit, open_files, open_gguf, trial, undo_to, use_statistics, verdict};
pub use generate::generate;
pub use inquire::{locate, methods, read_facts, settings, tokens};
pub use links::{decode_link, encode_link, link_refers, outline_link};
pub use start::start;
pub use trace::trace;
pub use watch::cancel;

/// What the declarations of the surface name beside the types that derive theirs.
#[wasm_bindgen(typescript_custom_section)]
const DECLARATIONS: &str = r"
/** What is wanted of `start`. */
export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';
/** When accuracy is measured: before the first step and after each, before the first and after the last, or never. */
export type EvaluationChoice = 'every' | 'end' | 'nothing';
/** What a call can be doing. */
export type CallStage = Activity | 'generate' | 'trace' | 'step';
/** Hears of what a call is doing. */
export type OnProgress = (progress: Progress<CallStage>) => void;
/** A file of a model in Hugging Face layout. */
export interface NamedBytes { name: string; bytes: Uint8Array; }
/** A number per edited layer; the keys are layer numbers as text. */
export type PerLayer<T> = Record<string, T>;
";

thread_local! {
    /// The device that `start` took, with its name for reports.
    static DEVICE: RefCell<Option<(Device, &'static str)>> = const { RefCell::new(None) };
    /// Where its closed forms are solved.
    static SOLVER: Cell<Solver> = const { Cell::new(Solver::Host) };
    /// The open model. A call that awaits takes it out and puts it back.
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
    /// Key statistics of the open model that the page gave.
    static STATISTICS: RefCell<Option<KeyStatistics>> = const { RefCell::new(None) };
}

/// Runs once when the module is loaded.
#[wasm_bindgen(start)]
fn load() {
    hooks::install();
}

/// The device, once `start` has run.
fn device() -> Result<(Device, &'static str)> {
    DEVICE.with_borrow(Clone::clone).ok_or_else(|| Error::new(ErrorKind::Usage, "the engine was not started"))
}

/// The open model, taken out until it is put back by dropping the guard, whatever becomes of the call.
struct OpenModel(Option<Session>);

impl OpenModel {
    fn take() -> Result<Self> {
        match SESSION.take() {
            Some(session) => Ok(Self(Some(session))),
            None => Err(Error::new(ErrorKind::Usage, "no model is open").hint("open a model first")),
        }
    }

    fn session(&mut self) -> Result<&mut Session> {
        self.0.as_mut().ok_or_else(|| Error::new(ErrorKind::Usage, "no model is open"))
    }
}

impl Drop for OpenModel {
    fn drop(&mut self) {
        SESSION.set(self.0.take());
    }
}

/// A run of `recipe` with what the page gave: `sweep` are other merges to measure. Statistics without a layer that the recipe needs stay aside, and
/// the engine collects its own, as the command does with those of the built-in model.
fn run_input(session: &Session, recipe: Recipe, sweep: Vec<MergeSettings>) -> RunInput {
    RunInput { sweep, statistics: given_statistics(session, &recipe), ..RunInput::new(recipe) }
}

/// The statistics that the page gave, if they are enough for `recipe`.
fn given_statistics(session: &Session, recipe: &Recipe) -> Option<KeyStatistics> {
    let held = STATISTICS.with_borrow(Clone::clone)?;
    // What is wrong with a recipe is said where it is run.
    let Ok(settings) = recipe.resolve(session.config()) else { return Some(held) };
    let enough = settings.statistics_layers(recipe.method).iter().all(|&layer| held.statistics.layer(layer).is_ok());
    enough.then_some(held)
}
