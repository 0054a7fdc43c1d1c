//! Editing: settings, target values, keys, spreading, the methods, the edit history.

pub mod settings;

pub use settings::{FactToken, Method, Mode, Projection, Settings};
