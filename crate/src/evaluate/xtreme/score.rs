//! From what a model said to the scores of a task.

use std::collections::BTreeMap;

use super::binary::{self, Confusion};
use super::entities::EntityCounts;
use super::{Item, TaskScore, Wording, answers};

/// What a model said about an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    /// The answer that is cut out of prompt and continuation as published.
    pub(super) answer: String,
    /// Behind the published prompt: whether yes is strictly likelier than no.
    pub(super) published_likelier: bool,
    /// The continuation of the corrected prompt.
    pub(super) generated: String,
    /// Behind the corrected prompt: whether yes is strictly likelier than no.
    pub(super) likelier: bool,
}

pub(super) fn two_classes(score: &mut TaskScore, wording: &Wording, items: &[&Item], said: &[Said]) {
    let [mut published, mut likelier, mut corrected] = [(); 3].map(|()| Confusion::default());
    for (item, said) in items.iter().zip(said) {
        if let Item::Pair { yes, .. } = item {
            published.add(*yes, binary::parse(&said.answer, wording.yes, wording.no));
            likelier.add(*yes, Some(said.published_likelier));
            corrected.add(*yes, Some(said.likelier));
        }
    }
    (score.published, score.corrected) = (published.weighted_f1(), corrected.weighted_f1());
    score.details.extend(named([
        ("invalid", published.invalid() as f64),
        ("published_accuracy", published.accuracy()),
        ("published_matthews", published.matthews()),
        ("published_likelier", likelier.weighted_f1()),
        ("corrected_accuracy", corrected.accuracy()),
        ("corrected_matthews", corrected.matthews()),
    ]));
}

pub(super) fn questions(score: &mut TaskScore, items: &[&Item], said: &[Said], language: &str) {
    let mut sums = [0.0; 4];
    for (item, said) in items.iter().zip(said) {
        if let Item::Question { answer, .. } = item {
            let (line, predicted) = (answers::published_line(&said.answer), answers::first_line(&said.generated));
            let flag = |right: bool| f64::from(u8::from(right));
            let scores = [
                answers::published_f1(&line, answer, language),
                answers::corrected_f1(predicted, answer, language),
                flag(answers::published_exact(&line, answer)),
                flag(answers::corrected_exact(predicted, answer, language)),
            ];
            sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
        }
    }
    let [published, corrected, published_exact, corrected_exact] = sums.map(|sum| 100.0 * sum / items.len().max(1) as f64);
    (score.published, score.corrected) = (published, corrected);
    score.details.extend(named([("published_exact", published_exact), ("corrected_exact", corrected_exact)]));
}

pub(super) fn entities(score: &mut TaskScore, items: &[&Item], said: &[Said], language: &str) {
    let mut counts = EntityCounts::default();
    for (item, said) in items.iter().zip(said) {
        if let Item::Entities { text, label } = item {
            counts.add_published(text, label, &said.answer);
            counts.add_corrected(text, label, &said.generated, language);
        }
    }
    (score.published, score.corrected) = (counts.published_micro_f1(), counts.entity_f1());
    score.details.extend(named([("published_macro_f1", counts.published_macro_f1()), ("absent", counts.absent() as f64)]));
}

fn named<const N: usize>(numbers: [(&str, f64); N]) -> BTreeMap<String, f64> {
    numbers.into_iter().map(|(name, number)| (name.to_owned(), number)).collect()
}
