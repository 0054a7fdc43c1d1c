//! Forgetting and transfer of a report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LanguageAccuracy, Report};
use crate::evaluate::{Transfer, transfer};

/// Transfer of the three accuracies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccuracyTransfer {
    /// Of the efficacy.
    pub efficacy: Transfer,
    /// Of the generality.
    pub generality: Transfer,
    /// Of the specificity.
    pub specificity: Transfer,
}

/// Forgetting, backward and forward transfer between the languages of a run, in points of percent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TransferReport {
    /// By language.
    pub languages: BTreeMap<String, AccuracyTransfer>,
    /// Mean over the languages that have the number.
    pub average: AccuracyTransfer,
}

impl Report {
    /// The languages of a step's facts, in the order in which they come first.
    pub fn languages_of(&self, step: usize) -> Vec<String> {
        // The steps of a merge are languages, whatever the recipe's are.
        let facts = self.recipe.as_ref().filter(|_| self.merge.is_none()).and_then(|recipe| recipe.step_facts().nth(step));
        let Some(facts) = facts else { return self.steps.get(step).map(|step| step.language.clone()).into_iter().collect() };
        let mut languages: Vec<String> = Vec::new();
        for fact in facts {
            if !languages.contains(&fact.language) {
                languages.push(fact.language.clone());
            }
        }
        languages
    }

    /// What its steps did to the languages before and after them, from the accuracy matrix.
    pub fn transfer(&self) -> TransferReport {
        let edited: Vec<Vec<String>> = (0..self.steps.len()).map(|step| self.languages_of(step)).collect();
        let of = |number: fn(&LanguageAccuracy) -> Option<f64>| {
            let before = self.languages.iter().filter_map(|(language, scores)| {
                let before = &scores.before;
                let cell = LanguageAccuracy { efficacy: before.efficacy, generality: before.generality, specificity: before.specificity };
                Some((language.clone(), number(&cell)?))
            });
            let after: Vec<BTreeMap<String, f64>> = self
                .accuracy_matrix
                .iter()
                .map(|row| row.iter().filter_map(|(language, cell)| Some((language.clone(), number(cell)?))).collect())
                .collect();
            transfer(&before.collect(), &edited, &after)
        };
        let (efficacy, generality, specificity) = (of(|a| a.efficacy), of(|a| a.generality), of(|a| a.specificity));
        let take = |transfers: &BTreeMap<String, Transfer>, language: &str| transfers.get(language).copied().unwrap_or_default();
        TransferReport {
            languages: efficacy
                .keys()
                .map(|language| {
                    let own = AccuracyTransfer {
                        efficacy: take(&efficacy, language),
                        generality: take(&generality, language),
                        specificity: take(&specificity, language),
                    };
                    (language.clone(), own)
                })
                .collect(),
            average: AccuracyTransfer {
                efficacy: Transfer::mean(efficacy.values()),
                generality: Transfer::mean(generality.values()),
                specificity: Transfer::mean(specificity.values()),
            },
        }
    }
}
