//! Scores of WikiANN.

use std::collections::BTreeSet;

/// Kinds of entities, in the order in which they are looked for.
const KINDS: [&str; 3] = ["PER", "LOC", "ORG"];
/// Tags of tokens: no entity, then the kinds.
const TAGS: usize = 4;

/// The entities that a text of lines `PER: a@b` names: `(kind, entity)`, kinds as indices. The first line of each kind counts, wherever it
/// is, as published.
pub fn parse(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for (kind, name) in KINDS.iter().enumerate() {
        let line = text.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(':'));
        for entity in line.unwrap_or_default().split('@') {
            let tokens: Vec<String> = entity.split_whitespace().map(str::to_owned).collect();
            if !tokens.is_empty() {
                found.push((kind, tokens));
            }
        }
    }
    found
}

/// What belongs to the tested item: up to the first empty line. Behind it the model begins further examples of its own.
pub fn first_block(generated: &str) -> &str {
    let text = generated.trim_start();
    text.split("\n\n").next().unwrap_or_default()
}

/// Spans `(kind, start, end)` of the entities in the tokens of a sentence: of each entity the first place where its tokens occur. An entity
/// that is not in the sentence has none.
pub fn spans(text: &str, entities: &[(usize, Vec<String>)]) -> BTreeSet<(usize, usize, usize)> {
    let tokens: Vec<&str> = text.split_whitespace().collect();
    entities
        .iter()
        .filter_map(|(kind, entity)| {
            let start = tokens.windows(entity.len()).position(|run| run.iter().zip(entity).all(|(token, wanted)| token == wanted))?;
            Some((*kind, start, start + entity.len()))
        })
        .collect()
}

/// Counts over the items of a language, for both scores.
#[derive(Clone, Debug, Default)]
pub struct EntityCounts {
    /// `[gold tag][predicted tag]` over tokens; 0 is no entity. For the published scores.
    tags: [[usize; TAGS]; TAGS],
    right: usize,
    predicted: usize,
    gold: usize,
    /// Entities that the model named but the sentence does not have.
    absent: usize,
}

impl EntityCounts {
    /// Counts an item: what was generated behind the answer cue, against the gold lines.
    pub fn add(&mut self, text: &str, gold: &str, generated: &str) {
        let gold = spans(text, &parse(gold));
        // Published: every line that was generated counts.
        let (as_published, tokens) = (tags(text, &spans(text, &parse(generated))), tags(text, &gold));
        for (gold, predicted) in tokens.into_iter().zip(as_published) {
            self.tags[gold][predicted] += 1;
        }
        let named = parse(first_block(generated));
        let predicted = spans(text, &named);
        self.right += predicted.intersection(&gold).count();
        // An entity that is not in the sentence is a wrong prediction too.
        let absent = named.len().saturating_sub(predicted.len());
        self.absent += absent;
        self.predicted += predicted.len() + absent;
        self.gold += gold.len();
    }

    /// As published: micro F1 over the tags of all tokens, "no entity" included, which is the accuracy over tokens. In percent.
    pub fn published_micro_f1(&self) -> f64 {
        let right: usize = (0..TAGS).map(|tag| self.tags[tag][tag]).sum();
        100.0 * right as f64 / self.tags.iter().flatten().sum::<usize>().max(1) as f64
    }

    /// As published: mean of the F1 of the tags, "no entity" included, that occur in gold or predictions. In percent.
    pub fn published_macro_f1(&self) -> f64 {
        let scores: Vec<f64> = (0..TAGS)
            .filter_map(|tag| {
                let gold: usize = self.tags[tag].iter().sum();
                let predicted: usize = self.tags.iter().map(|row| row[tag]).sum();
                (gold + predicted > 0).then(|| 2.0 * self.tags[tag][tag] as f64 / (gold + predicted) as f64)
            })
            .collect();
        100.0 * scores.iter().sum::<f64>() / scores.len().max(1) as f64
    }

    /// F1 over entities: right where kind and place are (CoNLL's measure). In percent.
    pub fn entity_f1(&self) -> f64 {
        100.0 * 2.0 * self.right as f64 / (self.predicted + self.gold).max(1) as f64
    }

    /// Entities that the model named but the sentence does not have.
    pub fn absent(&self) -> usize {
        self.absent
    }
}

/// The tag of each token of `text`; where spans overlap, the later kind's.
fn tags(text: &str, spans: &BTreeSet<(usize, usize, usize)>) -> Vec<usize> {
    let mut tags = vec![0; text.split_whitespace().count()];
    for &(kind, start, end) in spans {
        tags.get_mut(start..end).unwrap_or_default().fill(kind + 1);
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_found_by_their_tokens() {
        let parsed = parse("ORG: Bundestag@ \nPER: Karl Marx@Engels\nPER: Later\n");
        assert_eq!(parsed.len(), 3);
        let spans = spans("Karl Marx und Engels im Bundestag", &parsed);
        assert_eq!(spans, BTreeSet::from([(0, 0, 2), (0, 3, 4), (2, 5, 6)]));
        assert!(super::spans("Karl und Marx", &parse("PER: Karl Marx")).is_empty());
        assert_eq!(first_block(" PER: a\nLOC: b\n\nText: c\nORG: d"), "PER: a\nLOC: b");
    }

    #[test]
    fn doing_nothing_scores_well_as_published_and_nothing_when_corrected() {
        let mut counts = EntityCounts::default();
        counts.add("Er war in Bonn .", "LOC: Bonn\n", " nothing");
        assert_eq!((counts.published_micro_f1(), counts.entity_f1()), (80.0, 0.0));
        // F1 of "no entity" 8/9, of LOC 0.
        assert!((counts.published_macro_f1() - 100.0 * 4.0 / 9.0).abs() < 1e-9);
    }

    #[test]
    fn what_follows_the_first_block_counts_only_as_published() {
        let mut counts = EntityCounts::default();
        counts.add("Karl in Bonn", "PER: Karl\nLOC: Bonn\n", " PER: Karl\n\nText: x\nAnswer: LOC: Bonn\nLOC: Bonn");
        assert_eq!(counts.published_micro_f1(), 100.0);
        assert!((counts.entity_f1() - 200.0 / 3.0).abs() < 1e-9);
        counts.add("Rom", "LOC: Rom\n", " LOC: Rom@Paris");
        assert_eq!(counts.absent(), 1);
        assert!((counts.entity_f1() - 100.0 * 4.0 / 6.0).abs() < 1e-9);
    }
}
