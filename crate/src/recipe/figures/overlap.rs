//! How much of their keys' directions languages share.

use std::collections::BTreeMap;

use super::rounded;
use crate::Result;
use crate::linalg::{Matrix, principal_angles};

/// Principal angles in degrees between the spans of `language`'s keys and of every other's: least, quartiles, greatest.
///
/// # Errors
/// A key is not finite, or the dimensions differ.
pub(super) fn angles(language: &str, keys: &BTreeMap<String, Matrix>) -> Result<BTreeMap<String, [f64; 5]>> {
    let mut all = BTreeMap::new();
    let Some(own) = keys.get(language) else { return Ok(all) };
    for (other, keys) in keys.iter().filter(|(other, _)| *other != language) {
        let angles = principal_angles(own, keys)?;
        if let Some(quartiles) = quartiles(&angles) {
            all.insert(other.clone(), quartiles.map(|angle| rounded(angle.to_degrees())));
        }
    }
    Ok(all)
}

/// Least, quartiles and greatest of ascending values, between two of them by proportion.
fn quartiles(ascending: &[f64]) -> Option<[f64; 5]> {
    let last = ascending.len().checked_sub(1)?;
    Some([0.0, 0.25, 0.5, 0.75, 1.0].map(|share| {
        let at = share * last as f64;
        let below = at.floor() as usize;
        let (low, high) = (ascending[below], ascending[(below + 1).min(last)]);
        low + (high - low) * (at - below as f64)
    }))
}
