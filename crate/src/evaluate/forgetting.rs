//! What sequential editing does to languages edited before and after: forgetting, backward and forward transfer, from the accuracy matrix.
//!
//! With a_j(t) the accuracy of language j after step t (steps from 1, a_j(0) before editing), f_j and l_j the first and last step that edits
//! j, and T the last step of all:
//!
//! ```text
//! forgetting_j        = max over f_j <= t < T of a_j(t), minus a_j(T)       (Chaudhry et al. 2018)
//! backward transfer_j = a_j(T) - a_j(l_j)                                   (Lopez-Paz and Ranzato 2017)
//! forward transfer_j  = a_j(f_j - 1) - a_j(0)                               (the same)
//! ```
//!
//! A language that the last step edits has neither forgetting nor backward transfer, one that the first step edits no forward transfer.
//! All in points of percent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Transfer of one number of one language, or their means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// What was lost from the best accuracy; `None` where nothing was edited after the language.
    pub forgetting: Option<f64>,
    /// What later steps changed; negative where they harm.
    pub backward: Option<f64>,
    /// What earlier steps changed before the language's first; `None` where there were none.
    pub forward: Option<f64>,
}

impl Transfer {
    /// The mean of each number over the entries that have it.
    pub fn mean<'a>(entries: impl IntoIterator<Item = &'a Self>) -> Self {
        let entries: Vec<&Self> = entries.into_iter().collect();
        let mean = |number: fn(&Self) -> Option<f64>| {
            let values: Vec<f64> = entries.iter().filter_map(|entry| number(entry)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        Self { forgetting: mean(|t| t.forgetting), backward: mean(|t| t.backward), forward: mean(|t| t.forward) }
    }
}

/// Transfer of each language. `before` holds a_j(0), `edited[t]` the languages of step t, `after[t]` the accuracies after it. A language
/// without an accuracy where one is needed has `None`.
pub fn transfer(before: &BTreeMap<String, f64>, edited: &[Vec<String>], after: &[BTreeMap<String, f64>]) -> BTreeMap<String, Transfer> {
    let mut transfers = BTreeMap::new();
    for language in edited.iter().flatten() {
        if transfers.contains_key(language) {
            continue;
        }
        let steps = || edited.iter().enumerate().filter(|(_, edited)| edited.contains(language)).map(|(step, _)| step);
        let (Some(first), Some(last)) = (steps().next(), steps().next_back()) else { continue };
        let at = |step: usize| after.get(step).and_then(|row| row.get(language)).copied();
        let end = edited.len() - 1;
        let best = (first..end).filter_map(at).reduce(f64::max);
        let final_accuracy = at(end);
        let (forgetting, backward) = if last == end {
            (None, None)
        } else {
            (best.zip(final_accuracy).map(|(best, end)| best - end), final_accuracy.zip(at(last)).map(|(end, own)| end - own))
        };
        let forward = first.checked_sub(1).and_then(at).zip(before.get(language)).map(|(earlier, before)| earlier - before);
        transfers.insert(language.clone(), Transfer { forgetting, backward, forward });
    }
    transfers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(en: f64, de: f64, zh: f64) -> BTreeMap<String, f64> {
        BTreeMap::from([("en".to_owned(), en), ("de".to_owned(), de), ("zh".to_owned(), zh)])
    }

    /// A step each, of the languages in it.
    fn languages(steps: &[&str]) -> Vec<Vec<String>> {
        steps.iter().map(|codes| codes.split('+').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn one_language_after_the_other() {
        let after = [row(90.0, 30.0, 11.0), row(80.0, 95.0, 12.0), row(85.0, 91.0, 70.0)];
        let found = transfer(&row(20.0, 20.0, 10.0), &languages(&["en", "de", "zh"]), &after);
        assert_eq!(found["en"], Transfer { forgetting: Some(5.0), backward: Some(-5.0), forward: None });
        assert_eq!(found["de"], Transfer { forgetting: Some(4.0), backward: Some(-4.0), forward: Some(10.0) });
        assert_eq!(found["zh"], Transfer { forgetting: None, backward: None, forward: Some(2.0) });
        let mean = Transfer::mean(found.values());
        assert_eq!(mean, Transfer { forgetting: Some(4.5), backward: Some(-4.5), forward: Some(6.0) });
    }

    #[test]
    fn in_turns_the_best_earlier_accuracy_counts() {
        // en is edited at steps 0 and 2; step 3 lifts it above its own, step 1 was best.
        let after = [row(50.0, 0.0, 0.0), row(70.0, 60.0, 0.0), row(60.0, 50.0, 0.0), row(65.0, 80.0, 0.0)];
        let found = transfer(&row(0.0, 0.0, 0.0), &languages(&["en", "de", "en", "de"]), &after);
        assert_eq!(found["en"], Transfer { forgetting: Some(5.0), backward: Some(5.0), forward: None });
        assert_eq!(found["de"], Transfer { forgetting: None, backward: None, forward: Some(0.0) });
    }

    #[test]
    fn a_step_of_several_languages_edits_each() {
        let after = [row(50.0, 40.0, 5.0), row(45.0, 60.0, 70.0)];
        let found = transfer(&row(10.0, 10.0, 0.0), &languages(&["en+de", "de+zh"]), &after);
        assert_eq!(found["en"], Transfer { forgetting: Some(5.0), backward: Some(-5.0), forward: None });
        assert_eq!(found["de"], Transfer { forgetting: None, backward: None, forward: None });
        assert_eq!(found["zh"], Transfer { forgetting: None, backward: None, forward: Some(5.0) });
    }

    #[test]
    fn what_is_missing_stays_missing() {
        let empty = BTreeMap::new();
        let found = transfer(&empty, &languages(&["en", "de"]), &[row(1.0, 1.0, 1.0), empty.clone()]);
        assert_eq!(found["en"], Transfer::default());
        assert!(transfer(&empty, &[], &[]).is_empty());
    }
}
