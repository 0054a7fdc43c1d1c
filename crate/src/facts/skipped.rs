//! Records that were passed over, and how a sentence names some of many.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many of a list a sentence names.
const NAMED: usize = 3;

/// A record that could not be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Skipped {
    /// Identifier of the record; of one that could not be read, its place in the file, such as `record 3`.
    pub id: String,
    /// The language in which something is missing, or that of the file; empty where a record of a file of several could not be read.
    pub language: String,
    /// What is missing or wrong.
    pub reason: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, language, reason } = self;
        if language.is_empty() { write!(f, "{id} ({reason})") } else { write!(f, "`{id}` ({language}: {reason})") }
    }
}

/// The first three of `items`, and how many follow.
pub(crate) fn listed(items: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let mut items = items.into_iter();
    let named: Vec<String> = items.by_ref().take(NAMED).map(|item| item.to_string()).collect();
    let more = items.count();
    named.join(", ") + &if more == 0 { String::new() } else { format!(" and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_are_named_and_the_rest_counted() {
        assert_eq!(listed(["a", "b"]), "a, b");
        assert_eq!(listed(1..=5), "1, 2, 3 and 2 more");
        assert_eq!(listed([0; 0]), "");
    }
}
