//! The wasm module's surface: what the page's one worker calls.
//!
//! Everything crosses as plain objects as JSON knows them, so that the page sees the same Recipe and Report that the command
//! reads and writes. Errors are thrown as objects `{kind, message, hint}`. The worker makes one call at a time; only [`cancel`] and
//! [`closed_form`], which touch neither device nor model, may come in between, whenever the running call pauses.

mod border;
mod catalogue;
mod closed_form;
mod compose;
mod experiment;
mod generate;
#[cfg(feature = "wgpu")]
mod gpu;
mod hooks;
mod inquire;
mod links;
mod merge;
#[cfg(feature = "wgpu")]
mod selfcheck;
mod start;
mod trace;
mod watch;

use std::cell::RefCell;
use std::collections::BTreeMap;

use burn::prelude::Device;
use wasm_bindgen::prelude::*;

use crate::edit::Statistics;
use crate::linalg::Update;
use crate::recipe::{Recipe, RunInput, Session, StatisticsRef, StepRecord};
use crate::{Error, ErrorKind, Result};

pub use catalogue::{catalogue, catalogue_facts, complete_facts, question, use_catalogue};
pub use closed_form::closed_form;
pub use compose::{compose, extend};
pub use experiment::{digest, edit, open_files, open_gguf, trial, undo_to, use_statistics, verdict};
pub use generate::generate;
pub use inquire::{locate, methods, read_facts, settings, tokens};
pub use links::{decode_link, encode_link, link_refers, outline_link};
pub use merge::merge;
pub use start::start;
pub use trace::trace;
pub use watch::cancel;
pub(crate) use watch::turn;

/// What the declarations of the surface name beside the types that derive theirs.
#[wasm_bindgen(typescript_custom_section)]
const DECLARATIONS: &str = r"
/** What is wanted of `start`. */
export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';
/** Hears of what a call is doing. */
export type OnProgress = (progress: Progress<string>) => void;
/** A file of a model in Hugging Face layout. */
export interface NamedBytes { name: string; bytes: Uint8Array; }
/** A number per edited layer; the keys are layer numbers as text. */
export type PerLayer<T> = Record<string, T>;
";

thread_local! {
    /// The device that `start` took, with its name for reports.
    static DEVICE: RefCell<Option<(Device, &'static str)>> = const { RefCell::new(None) };
    /// The open model. A call that awaits takes it out and puts it back.
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
    /// Key statistics of the open model that the page gave, with what a recipe calls them.
    static STATISTICS: RefCell<Option<(Statistics, StatisticsRef)>> = const { RefCell::new(None) };
    /// What the last trial did beyond the model's own steps, for the edit that follows it.
    static TRIED: RefCell<Option<Tried>> = const { RefCell::new(None) };
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
struct Held(Option<Session>);

impl Held {
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

impl Drop for Held {
    fn drop(&mut self) {
        SESSION.set(self.0.take());
    }
}

/// Asks something of the model as it was before every edit, and puts the edits back, whatever comes of it.
async fn of_unedited<T>(session: &mut Session, ask: impl AsyncFnOnce(&Session) -> Result<T>) -> Result<T> {
    let edits = Edits::of(session, 0);
    session.undo_to(0);
    let answer = ask(session).await;
    edits.put_back(session)?;
    answer
}

/// What a run is given beside its recipe: the key statistics that the page gave, which the recipe then names.
fn run_input(recipe: &mut Recipe) -> RunInput {
    let (statistics, reference) = STATISTICS.with_borrow(Clone::clone).unzip();
    recipe.statistics = reference;
    RunInput { statistics, ..RunInput::default() }
}

/// Steps of a model with their factors, to be put back after something that needs it without them.
struct Edits(Vec<(StepRecord, BTreeMap<usize, Update>)>);

impl Edits {
    /// All but the first `from` steps.
    fn of(session: &Session, from: usize) -> Self {
        let history = session.history();
        let records = session.records().iter().enumerate().skip(from);
        Self(records.map(|(step, record)| (record.clone(), history.step(step).cloned().unwrap_or_default())).collect())
    }

    /// Whether the model's first steps are these.
    fn lead(&self, session: &Session) -> bool {
        let records = session.records();
        self.len() <= records.len() && self.0.iter().zip(records).all(|((own, _), record)| own.fingerprint == record.fingerprint)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    /// Puts them behind the steps that the model holds.
    ///
    /// # Errors
    /// A factor does not fit the model.
    fn put_back(self, session: &mut Session) -> Result<()> {
        self.0.into_iter().try_for_each(|(record, deltas)| session.restore(record, deltas))
    }
}

/// The steps that a trial added to those of the model, with the recipe that it ran.
struct Tried {
    recipe: Recipe,
    steps: Edits,
}
