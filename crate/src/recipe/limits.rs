//! How large a Recipe may be: links and files come from anywhere.

/// Most facts of one recipe.
pub const MAX_FACTS: usize = 20_000;
/// Most bytes of one text of a fact or template.
pub const MAX_TEXT: usize = 4096;
/// Most rephrases, or questions of a kind, of one fact, and templates of one language.
pub(crate) const MAX_PROBES: usize = 64;
/// Most bytes of a name, an id or a setting.
pub(super) const MAX_NAME: usize = 256;
/// Most languages.
pub(crate) const MAX_LANGUAGES: usize = 256;
/// Seeds are exact in JavaScript's numbers.
pub(super) const MAX_SEED: u64 = (1 << 53) - 1;
