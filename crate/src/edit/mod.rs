//! Editing: target values, keys, spreading over layers, the methods, and the history of edits.

mod adam;
mod history;
mod keys;
mod layers;
pub mod merge;
pub mod methods;
mod objective;
mod request;
pub mod settings;
mod statistics;
mod step;
mod target;

pub use history::{History, to_tensor};
pub use keys::KeyPass;
pub use layers::{Group, GroupEdit, shared_updates, update_layers};
pub use merge::{LanguageUpdate, MergeSettings, merge};
pub use methods::{Editor, Procedure, editor};
pub use request::{Prompt, Request};
pub use settings::{FactToken, MergeMethod, Method, Mode, Projection, ReduceType, Settings};
pub use statistics::{Statistics, TEXT_TOKENS};
pub use step::{LayerOutcome, StepOutcome, StepProgress, edit_step};
pub use target::{Site, Target, target_values, target_values_at};
