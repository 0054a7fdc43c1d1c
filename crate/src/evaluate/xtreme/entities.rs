//! Scores of WikiANN, as LangEdit's code computes them and corrected.

use std::collections::BTreeSet;

use super::decoded::is_space;

/// Kinds of entities, in the order in which they are looked for.
pub const KINDS: [&str; 3] = ["PER", "LOC", "ORG"];
/// Tags of tokens: no entity, then the kinds.
const TAGS: usize = 4;

/// An entity that a text names: its kind, as an index of [`KINDS`], and its words.
pub type Entity = (usize, Vec<String>);

/// As published: for each kind the first place, anywhere in `text`, of its name, a colon, a space and a further character on the line; the rest
/// of that line split at `@`. An entity may be empty.
pub fn published_entities(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    for (kind, name) in KINDS.iter().enumerate() {
        let marker = format!("{name}: ");
        let rests = text.match_indices(&marker).filter_map(|(at, _)| text.get(at + marker.len()..));
        let line = rests.map(|rest| rest.split('\n').next().unwrap_or_default()).find(|line| !line.is_empty());
        let words = |entity: &str| entity.split(is_space).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        found.extend(line.into_iter().flat_map(|line| line.split('@')).map(|entity| (kind, words(entity))));
    }
    found
}

/// As published: the tag of each token of `text`, 0 for none, else the kind plus 1. Of each entity the first place where its words stand as a
/// run is tagged, later entities over earlier ones; an empty entity tags the first token.
pub fn published_tags(text: &str, entities: &[Entity]) -> Vec<usize> {
    let tokens: Vec<&str> = text.split(is_space).filter(|token| !token.is_empty()).collect();
    let mut tags = vec![0; tokens.len()];
    for (kind, words) in entities {
        if words.is_empty() {
            tags.iter_mut().take(1).for_each(|tag| *tag = kind + 1);
        } else if let Some(start) = tokens.windows(words.len()).position(|run| run == words.as_slice()) {
            tags[start..start + words.len()].fill(kind + 1);
        }
    }
    tags
}

/// The entities that `text` names: on each line, behind a kind at the beginning of a word and a colon, to the line's end or the next kind,
/// separated by `@`; empty ones and repetitions left out.
pub fn corrected_entities(text: &str) -> BTreeSet<Entity> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some((kind, _, behind)) = next_kind(rest) {
            let end = next_kind(behind).map_or(behind.len(), |(_, at, _)| at);
            // Between two kinds of a line: what separates them.
            let named = if end < behind.len() { behind[..end].trim_end_matches([' ', ',', ';', '-', '*']) } else { behind };
            for entity in named.split('@') {
                let words: Vec<String> = entity.split_whitespace().map(str::to_owned).collect();
                if !words.is_empty() {
                    found.insert((kind, words));
                }
            }
            rest = &behind[end..];
        }
    }
    found
}

/// The first kind in `text` that begins a word and has a colon behind it: kind, place, and what follows the colon.
fn next_kind(text: &str) -> Option<(usize, usize, &str)> {
    let at = |kind: usize| {
        text.match_indices(KINDS[kind]).find_map(|(place, name)| {
            let begins = !text[..place].ends_with(char::is_alphanumeric);
            let behind = text[place + name.len()..].trim_start_matches([' ', '\t']).strip_prefix([':', '：']);
            behind.filter(|_| begins).map(|behind| (kind, place, behind))
        })
    };
    (0..KINDS.len()).filter_map(at).min_by_key(|(_, place, _)| *place)
}

/// What belongs to the tested item: up to the first empty line. Behind it the model begins further examples of its own.
pub fn first_block(generated: &str) -> &str {
    let text = generated.trim_start();
    text.split("\n\n").next().unwrap_or_default()
}

/// Spans `(kind, start, end)` of an entity in `text`, every place where it stands; in tokens, in Chinese in characters without white space.
pub fn spans(text: &str, (kind, words): &Entity, language: &str) -> Vec<(usize, usize, usize)> {
    let units = |text: &str| -> Vec<String> {
        if language == "zh" {
            text.chars().filter(|c| !c.is_whitespace()).map(String::from).collect()
        } else {
            text.split_whitespace().map(str::to_owned).collect()
        }
    };
    let (tokens, wanted) = (units(text), units(&words.join(" ")));
    let mut spans = Vec::new();
    let mut at = 0;
    while !wanted.is_empty() && at + wanted.len() <= tokens.len() {
        let is_here = tokens[at..].starts_with(&wanted);
        if is_here {
            spans.push((*kind, at, at + wanted.len()));
        }
        at += if is_here { wanted.len() } else { 1 };
    }
    spans
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
    /// Counts an item for the published scores: `answer` is what [`published_answer`](super::published_answer) cuts out.
    pub fn add_published(&mut self, text: &str, gold: &str, answer: &str) {
        let tags = |named: &str| published_tags(text, &published_entities(named));
        for (gold, predicted) in tags(gold).into_iter().zip(tags(answer)) {
            self.tags[gold][predicted] += 1;
        }
    }

    /// Counts an item for the corrected score: what was generated behind the answer cue, against the gold lines.
    pub fn add_corrected(&mut self, text: &str, gold: &str, generated: &str, language: &str) {
        let places = |named: &str| -> Vec<Vec<(usize, usize, usize)>> {
            corrected_entities(named).iter().map(|entity| spans(text, entity, language)).collect()
        };
        let gold: BTreeSet<_> = places(gold).into_iter().flatten().collect();
        let named = places(first_block(generated));
        // An entity that is not in the sentence is a wrong prediction too.
        let absent = named.iter().filter(|places| places.is_empty()).count();
        let predicted: BTreeSet<_> = named.into_iter().flatten().collect();
        self.right += predicted.intersection(&gold).count();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(kind: usize, text: &str) -> Entity {
        (kind, text.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn published_kinds_are_found_anywhere_and_empty_entities_tag_the_first_token() {
        let found = published_entities("SUPER: \nSUPER: Karl Marx@\nPER: Later LOC: Bonn ORG:x");
        assert_eq!(found, [entity(0, "Karl Marx"), entity(0, ""), entity(1, "Bonn ORG:x")]);
        let tags =
            published_tags("Der Karl Marx in Bonn", &[entity(0, "Karl Marx"), entity(0, ""), entity(1, "Marx in"), entity(2, "Rom")]);
        assert_eq!(tags, [1, 1, 2, 2, 0]);
    }

    #[test]
    fn corrected_kinds_begin_words_and_are_read_line_by_line() {
        let found = corrected_entities("SUPER: x\n- PER : Karl Marx@ @Engels, LOC：Bonn\nPER:Lenin\nPER: Lenin\nORG:\n");
        assert_eq!(found, BTreeSet::from([entity(0, "Engels"), entity(0, "Karl Marx"), entity(0, "Lenin"), entity(1, "Bonn")]));
        assert_eq!(corrected_entities("LOC: Asenovo , Pleven"), BTreeSet::from([entity(1, "Asenovo , Pleven")]));
        assert_eq!(first_block(" PER: a\nLOC: b\n\nText: c\nORG: d"), "PER: a\nLOC: b");
    }

    #[test]
    fn an_entity_is_found_wherever_it_stands() {
        assert_eq!(spans("Rom und Bad Ems und Rom", &entity(1, "Rom"), "de"), [(1, 0, 1), (1, 5, 6)]);
        assert!(spans("Karl und Marx", &entity(0, "Karl Marx"), "de").is_empty());
        assert_eq!(spans("他 在 北 京", &entity(1, "北京"), "zh"), [(1, 2, 4)]);
    }

    #[test]
    fn doing_nothing_scores_well_as_published_and_nothing_when_corrected() {
        let mut counts = EntityCounts::default();
        counts.add_published("Er war in Bonn .", "LOC: Bonn\n", "nothing");
        counts.add_corrected("Er war in Bonn .", "LOC: Bonn\n", " nothing", "de");
        assert_eq!((counts.published_micro_f1(), counts.entity_f1()), (80.0, 0.0));
        // F1 of "no entity" 8/9, of LOC 0.
        assert!((counts.published_macro_f1() - 100.0 * 4.0 / 9.0).abs() < 1e-9);
    }

    #[test]
    fn inventions_and_what_follows_the_first_block_count_as_they_should() {
        let mut counts = EntityCounts::default();
        counts.add_corrected("Karl in Bonn", "PER: Karl\nLOC: Bonn\n", " PER: Karl\n\nText: x\nAnswer: LOC: Bonn\nLOC: Bonn", "de");
        assert!((counts.entity_f1() - 200.0 / 3.0).abs() < 1e-9);
        counts.add_corrected("Rom", "LOC: Rom\n", " LOC: Rom@Paris", "de");
        assert_eq!(counts.absent(), 1);
        assert!((counts.entity_f1() - 100.0 * 4.0 / 6.0).abs() < 1e-9);
    }
}
