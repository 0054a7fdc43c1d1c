//! Fluency and consistency of generated texts (the CounterFact measures of ROME, arXiv 2202.05262, section 3.3).

use std::collections::{BTreeMap, BTreeSet};

/// Words and punctuation marks of a text, lower-cased: runs of letters and digits, every other visible character alone, and each Chinese,
/// Japanese or Thai character alone. (The published code uses nltk's English tokenizer in every language.)
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for character in text.to_lowercase().chars() {
        let joins = character.is_alphanumeric() && !is_unspaced(character);
        match words.last_mut().filter(|_| open && joins) {
            Some(word) => word.push(character),
            None if character.is_whitespace() || character.is_control() => {}
            None => words.push(character.to_string()),
        }
        open = joins;
    }
    words
}

/// A character of a script that puts no space between words.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{e00}'..='\u{e7f}' | '\u{20000}'..='\u{323af}')
}

/// Entropy in bits of the frequencies of the n-grams of `words`; 0 where there are none.
pub fn ngram_entropy(words: &[String], n: usize) -> f64 {
    let mut counts: BTreeMap<&[String], usize> = BTreeMap::new();
    for gram in words.windows(n.max(1)) {
        *counts.entry(gram).or_insert(0) += 1;
    }
    let total: usize = counts.values().sum();
    -counts.values().map(|&count| count as f64 / total as f64).map(|share| share * share.log2()).sum::<f64>()
}

/// Fluency: `(2/3 H_2 + 4/3 H_3) / 2`, H_n being the entropy of the text's n-grams; low where it repeats itself. (The published tables
/// show 100 times this.)
pub fn fluency(text: &str) -> f64 {
    let words = words(text);
    (2.0 / 3.0 * ngram_entropy(&words, 2) + 4.0 / 3.0 * ngram_entropy(&words, 3)) / 2.0
}

/// Inverse document frequencies `ln((1 + n) / (1 + df)) + 1` of the words of a set of texts, as scikit-learn smooths them.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    weights: BTreeMap<String, f64>,
}

impl Vocabulary {
    /// The words of `texts`, one document each.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut frequencies: BTreeMap<String, usize> = BTreeMap::new();
        let mut count = 0;
        for text in texts {
            count += 1;
            for word in words(text).into_iter().collect::<BTreeSet<_>>() {
                *frequencies.entry(word).or_insert(0) += 1;
            }
        }
        let weight = |frequency: usize| ((1.0 + f64::from(count)) / (1.0 + frequency as f64)).ln() + 1.0;
        Self { weights: frequencies.into_iter().map(|(word, frequency)| (word, weight(frequency))).collect() }
    }

    /// Consistency: cosine of the tf-idf vectors of two texts, over the words of the vocabulary; 0 where a text has none of them.
    pub fn cosine(&self, one: &str, other: &str) -> f64 {
        let vector = |text: &str| {
            let mut vector: BTreeMap<String, f64> = BTreeMap::new();
            for word in words(text) {
                if let Some(weight) = self.weights.get(&word) {
                    *vector.entry(word).or_insert(0.0) += weight;
                }
            }
            vector
        };
        let (one, other) = (vector(one), vector(other));
        let product: f64 = one.iter().filter_map(|(word, x)| other.get(word).map(|y| x * y)).sum();
        let norm = |vector: &BTreeMap<String, f64>| vector.values().map(|x| x * x).sum::<f64>().sqrt();
        let scale = norm(&one) * norm(&other);
        if scale > 0.0 { product / scale } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_several_scripts() {
        assert_eq!(words("The U.S., Köln: 波特!"), ["the", "u", ".", "s", ".", ",", "köln", ":", "波", "特", "!"]);
    }

    #[test]
    fn repetition_has_no_entropy() {
        assert_eq!(fluency("da da da da da"), 0.0);
        // Four different bigrams (2 bits) and three different trigrams.
        let expected = (2.0 / 3.0 * 2.0 + 4.0 / 3.0 * 3.0_f64.log2()) / 2.0;
        assert!((fluency("a b c d e") - expected).abs() < 1e-12);
        assert_eq!(fluency(""), 0.0);
    }

    #[test]
    fn rare_words_count_more() {
        let vocabulary = Vocabulary::new(["the cat", "the dog", "the bird"]);
        let rare = 2.0_f64.ln() + 1.0;
        assert!((vocabulary.cosine("the cat", "cat") - rare / (1.0 + rare * rare).sqrt()).abs() < 1e-12);
        assert!((vocabulary.cosine("the dog", "DOG the") - 1.0).abs() < 1e-12);
        assert_eq!((vocabulary.cosine("cat", "dog"), vocabulary.cosine("zebra", "the")), (0.0, 0.0));
    }
}
