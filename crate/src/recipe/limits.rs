//! How large a Recipe may be: links and files come from anywhere.

/// Most facts of one recipe.
pub const MAX_FACTS: usize = 20_000;
pub use crate::facts::MAX_TEXT;
pub(crate) use crate::facts::{MAX_NAME, MAX_PROBES};

/// Most languages.
pub(crate) const MAX_LANGUAGES: usize = 256;
/// Seeds are exact in JavaScript's numbers.
pub(super) const MAX_SEED: u64 = (1 << 53) - 1;
