//! What fine-tuning minimises.

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edit) enum Objective {
    /// All target tokens at the last position of the prompt.
    LastPosition,
    /// Each target token behind those before it.
    Autoregressive,
}
