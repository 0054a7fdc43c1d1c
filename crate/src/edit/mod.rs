//! Editing: target values, keys, spreading over layers, the methods, and the history of edits.

mod adam;
mod behind_norm;
pub mod choice;
mod history;
mod keys;
mod layers;
mod lost;
pub mod merge;
pub mod methods;
mod objective;
mod outcome;
mod projector_file;
mod request;
mod self_check;
pub mod settings;
mod solver;
mod statistics;
mod step;
mod target;

pub use choice::Choice;
pub use history::{Changes, History, to_tensor};
pub use keys::KeyPass;
pub use layers::{Group, GroupEdit, shared_updates, update_layers};
pub use merge::{LanguageUpdate, MergeSettings, merge, merge_resting};
pub use methods::{Method, MethodSpec, Procedure, editor};
pub use outcome::{LayerOutcome, StepOutcome, StepProgress};
pub use projector_file::{ProjectorFile, ProjectorKey};
pub use request::{Prompt, Request};
pub use self_check::{SELF_CHECK_TOLERANCE, check_model, self_check};
pub use settings::{FactToken, MergeMethod, Mode, Projection, ReduceType, SettingName, Settings};
pub use solver::{Editor, NullSpace, Reference, Renewal, Restraint, Solution, Solver, SolverReport, SolverStage, System, solve};
pub(crate) use statistics::Collecting;
pub use statistics::{
    Corpus, Scratch, Statistics, StoredCovariance, TEXT_TOKENS, Written, corpora, divided_twice, missing_parts, models_of,
};
pub use step::{Stage, edit_step};
pub use target::{Site, Target, target_values, target_values_at};
