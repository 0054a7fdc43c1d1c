//! Values by name within a bound of bytes.

use std::collections::BTreeMap;

/// Values by name. Where they take up too much, those are given up that were used longest ago.
pub(super) struct Recent<V> {
    held: BTreeMap<String, Held<V>>,
    bytes: usize,
    most: usize,
    uses: u64,
}

struct Held<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<V> Recent<V> {
    /// Of at most so many bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { held: BTreeMap::new(), bytes: 0, most, uses: 0 }
    }

    /// The value of that name, which counts as used now.
    pub(super) fn get(&mut self, name: &str) -> Option<&V> {
        let held = self.held.get_mut(name)?;
        self.uses += 1;
        held.used = self.uses;
        Some(&held.value)
    }

    /// Whether there is a value of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.held.contains_key(name)
    }

    /// Whether a value of that size is kept at all.
    pub(super) fn takes(&self, bytes: usize) -> bool {
        bytes <= self.most
    }

    /// The value of that name, taken out.
    pub(super) fn take(&mut self, name: &str) -> Option<V> {
        let held = self.held.remove(name)?;
        self.bytes -= held.bytes;
        Some(held.value)
    }

    /// Gives up all.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn clear(&mut self) {
        self.held.clear();
        self.bytes = 0;
    }

    /// Keeps a value of so many bytes in place of one that had its name, as long as there is room.
    pub(super) fn put(&mut self, name: &str, value: V, bytes: usize) {
        self.take(name);
        if !self.takes(bytes) {
            return;
        }
        while self.bytes + bytes > self.most {
            let Some(oldest) = self.held.iter().min_by_key(|(_, held)| held.used).map(|(name, _)| name.clone()) else { break };
            self.take(&oldest);
        }
        self.uses += 1;
        self.bytes += bytes;
        self.held.insert(name.to_owned(), Held { value, bytes, used: self.uses });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut recent = Recent::new(10);
        for name in ["a", "b", "c"] {
            recent.put(name, name.to_owned(), 3);
        }
        assert_eq!(recent.get("a").map(String::as_str), Some("a"));
        recent.put("d", "d".to_owned(), 4);
        assert_eq!(["a", "b", "c", "d"].map(|name| recent.has(name)), [true, false, true, true]);
        recent.put("d", "D".to_owned(), 2);
        recent.put("e", "e".to_owned(), 2);
        assert_eq!(["a", "c", "d", "e"].map(|name| recent.has(name)), [true; 4], "the second d has replaced the first");
        recent.put("large", "large".to_owned(), 11);
        assert!(!recent.has("large") && recent.has("e"), "what is never kept displaces nothing");
        assert_eq!(recent.take("c").as_deref(), Some("c"));
        assert!(!recent.has("c"));
    }
}
