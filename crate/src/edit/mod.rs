//! Editing: target values, keys, spreading over layers, the methods, and the history of edits as low-rank factors.

mod adam;
mod history;
mod keys;
pub mod methods;
mod objective;
mod request;
pub mod settings;
mod statistics;
mod step;
mod target;

pub use history::{History, to_tensor};
pub use keys::KeyPass;
pub use methods::{Editor, editor};
pub use request::{Prompt, Request};
pub use settings::{FactToken, Method, Mode, Projection, Settings};
pub use statistics::{Statistics, TEXT_TOKENS};
pub use step::{LayerOutcome, StepOutcome, edit_step};
pub use target::{Target, target_values};
