//! Texts as words that can be compared, and how far two words are apart.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words that are left out, put in or mixed up without a change of what is asked, folded as [`words`] folds: articles, prepositions,
/// copulas, which and what, please. Where, who, when and how ask for something else, so they are not among them.
const LIGHT: &[&str] = &[
    // English
    "a", "an", "the", "of", "in", "for", "to", "on", "is", "are", "it", "s", "what", "whats", "which", "please", // German
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "von", "vom", "im", "fur", "am", "auf", "ist", "sind", "es", "was", "welche",
    "welcher", "welches", "welchem", "bitte", // Dutch
    "de", "het", "een", "van", "voor", "op", "zijn", "wat", "welk", // French
    "le", "la", "les", "l", "un", "une", "du", "d", "en", "au", "aux", "sur", "est", "sont", "c", "ce", "quel", "quelle", "que", "quoi",
    // Spanish
    "el", "los", "las", "lo", "una", "del", "al", "por", "son", "cual", "cuales", // Chinese
    "的", "是", "叫", "在", "了", "吗", "呢", "啊", "呀", "吧", "请", "问", "什", "么", "个", "座", "儿",
];

/// A word of a folded text; in Chinese each character is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    letters: Vec<char>,
    /// It says nothing about what is asked.
    pub(super) light: bool,
}

impl Word {
    fn new(text: &str) -> Self {
        Self { letters: text.chars().collect(), light: LIGHT.contains(&text) }
    }

    /// One word of the letters of several; `None` where one of them is an ideograph, which spaces neither join nor part.
    pub(super) fn join(words: &[Self]) -> Option<Self> {
        let alphabetic = words.iter().all(|word| !word.is_ideograph());
        let letters = || words.iter().flat_map(|word| &word.letters).copied().collect();
        alphabetic.then(|| Self { letters: letters(), light: false })
    }

    /// Whether it is one character that is a word of its own.
    fn is_ideograph(&self) -> bool {
        self.letters.first().is_some_and(|&c| ideograph(c))
    }

    /// How much it says, in letters: an ideograph as much as two.
    pub(super) fn weight(&self) -> usize {
        if self.is_ideograph() { 2 } else { self.letters.len() }
    }

    /// Whether the letters of `part` follow each other somewhere in it.
    pub(super) fn contains(&self, part: &Self) -> bool {
        self.letters.windows(part.letters.len().max(1)).any(|window| window == part.letters)
    }

    /// How many typing errors make `self` of `meant`, where they are few enough for its length. A word of a `name` may have fewer, and
    /// begins as it should, so that Siberia is not taken for Liberia.
    pub(super) fn errors(&self, meant: &Self, name: bool) -> Option<usize> {
        if self.letters == meant.letters || (name && self.is_glued_to(meant)) {
            return Some(0);
        }
        let most = meant.most_errors(name);
        if most == 0 || self.letters.len().abs_diff(meant.letters.len()) > most {
            return None;
        }
        let most = if self.begins_as(meant) { most } else { most.min(usize::from(!name)) };
        (most > 0).then(|| edit_distance(&self.letters, &meant.letters)).filter(|&errors| errors <= most)
    }

    /// Whether it is the other with a preposition or an article before it and the space forgotten: inJapan.
    fn is_glued_to(&self, name: &Self) -> bool {
        let before = self.letters.strip_suffix(name.letters.as_slice()).filter(|before| before.len() > 1);
        before.is_some_and(|before| LIGHT.iter().any(|light| light.chars().eq(before.iter().copied())))
    }

    fn most_errors(&self, name: bool) -> usize {
        match self.letters.len() {
            _ if self.is_ideograph() => 0,
            0..=1 => 0,
            2..=3 => usize::from(self.light && !name),
            4 => usize::from(!name),
            5..=7 => 1,
            8..=9 if name => 1,
            _ => 2,
        }
    }

    /// Whether the first letters agree, or the first two are swapped.
    fn begins_as(&self, meant: &Self) -> bool {
        match (self.letters.as_slice(), meant.letters.as_slice()) {
            ([a, ..], [b, ..]) if a == b => true,
            ([a, b, ..], [c, d, ..]) => (a, b) == (d, c),
            _ => false,
        }
    }
}

/// The words of a text without case, accents, punctuation, and what differs between ways to type the same: full and half width, ß and ss,
/// ö and oe, the characters that sound alike in 哪里 and 那里.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut list: Vec<String> = vec![String::new()];
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        let whole = ideograph(c);
        if whole || !c.is_alphanumeric() {
            // Marks within a word (L'Idiot, n'djamena) part it in the wordings and in what is typed alike.
            list.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), list.last_mut()) {
            match c {
                'ß' => word.push_str("ss"),
                // Umlauts written out, in every language alike: what is compared has lost the same letters.
                'e' if word.ends_with(['a', 'o', 'u']) && !word.ends_with("qu") => {}
                'æ' => word.push('a'),
                'œ' | 'ø' => word.push('o'),
                'ł' => word.push('l'),
                'ı' => word.push('i'),
                '那' => word.push('哪'),
                '得' => word.push('的'),
                '再' => word.push('在'),
                other => word.push(other),
            }
        }
        if whole {
            list.push(String::new());
        }
    }
    list.iter().filter(|word| !word.is_empty()).map(|word| Word::new(word)).collect()
}

/// Whether a character stands for itself rather than being a letter of a word.
fn ideograph(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Letters put in, left out, wrong or swapped with their neighbour (Damerau-Levenshtein, optimal string alignment).
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, &y) in b.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&row, j) + usize::from(x != y)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(&y) && b.get(j - 1) == Some(&x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Word {
        Word::new(text)
    }

    #[test]
    fn ways_to_type_the_same_are_the_same() {
        for (one, other) in [
            ("Köln", "koeln"),
            ("Straße", "STRASSE"),
            ("L'Étranger", "l’etranger"),
            ("日本，的 货币？", "日本的货币?"),
            ("Ｊａｐａｎ １２", "japan 12"),
            ("那里", "哪里"),
            ("Łódź", "lodz"),
            ("Tromsø", "Tromsoe"),
        ] {
            assert_eq!(words(one), words(other), "{one}");
        }
        assert_eq!(words(" ?! "), []);
        assert!(LIGHT.iter().all(|light| words(light) == [word(light)] && word(light).light), "a light word that is never met");
    }

    #[test]
    fn errors_are_bounded_by_length_and_names_begin_as_they_should() {
        let errors = |typed: &str, meant: &str, name| word(typed).errors(&word(meant), name);
        assert_eq!(errors("frnace", "france", true), Some(1));
        assert_eq!(errors("frnaec", "france", true), None);
        assert_eq!(errors("captial", "capital", false), Some(1));
        assert_eq!(errors("siberia", "liberia", true), None);
        assert_eq!(errors("farnce", "france", true), Some(1));
        assert_eq!(errors("bali", "mali", true), None);
        assert_eq!(errors("teh", "the", false), Some(1));
        assert_eq!(errors("why", "who", false), None);
        assert_eq!(errors("unofficial", "official", false), None);
        assert_eq!(errors("offical", "official", false), Some(1));
        assert_eq!(errors("人", "口", false), None);
        assert_eq!(errors("injapan", "japan", true), Some(0));
        assert_eq!(errors("injapan", "japan", false), None);
    }
}
