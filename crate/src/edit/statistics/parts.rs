//! Parts of a corpus, as the provenance of statistics names them: `wiki.txt (part 1/2), 10 tokens, model M (sha256 H) + wiki.txt (part 2/2), ...`.

use std::collections::{BTreeMap, BTreeSet};

/// What stands between the corpora of merged statistics.
pub(super) const BETWEEN: &str = " + ";

/// The corpora and parts of corpora behind statistics, of those that name their model, as `langedit stats` does. A text that says less may be
/// that of any other file.
pub fn corpora(provenance: &str) -> impl Iterator<Item = &str> {
    provenance.split(BETWEEN).filter(|corpus| corpus.contains("(sha256 "))
}

/// The hashes of the models that a provenance written by `langedit stats` names.
pub fn models_of(provenance: &str) -> impl Iterator<Item = &str> {
    let hash = |text: &&str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    provenance.split(|c: char| !c.is_ascii_alphanumeric()).filter(hash)
}

/// The parts (`2/4`) that are missing from the corpora of which a part is there.
pub fn missing_parts(provenance: &str) -> Vec<String> {
    let mut held: BTreeMap<(&str, usize), BTreeSet<usize>> = BTreeMap::new();
    for corpus in provenance.split(BETWEEN) {
        if let Some((name, index, count)) = part(corpus) {
            held.entry((name, count)).or_default().insert(index);
        }
    }
    let missing = held
        .into_iter()
        .flat_map(|((_, count), held)| (1..=count).filter(move |index| !held.contains(index)).map(move |index| (index, count)));
    missing.map(|(index, count)| format!("{index}/{count}")).collect()
}

/// A corpus that statistics with these provenances hold in parts of different divisions, or whole and in part: their tokens overlap.
pub fn divided_twice<'a>(provenances: &[&'a str]) -> Option<&'a str> {
    let mut divisions: BTreeMap<&str, usize> = BTreeMap::new();
    for corpus in provenances.iter().flat_map(|provenance| corpora(provenance)) {
        // A whole corpus is one part of one. Its name is followed by what it has counted.
        let whole = || corpus.rsplit_once(" tokens, model ").and_then(|(counted, _)| counted.rsplit_once(", "));
        let found = part(corpus).map(|(name, _, count)| (name, count)).or_else(|| whole().map(|(name, _)| (name, 1)));
        let Some((name, count)) = found else { continue };
        if divisions.insert(name, count).is_some_and(|other| other != count) {
            return Some(name);
        }
    }
    None
}

/// Name, index and count of `NAME (part INDEX/COUNT)...`.
fn part(corpus: &str) -> Option<(&str, usize, usize)> {
    let (name, rest) = corpus.split_once(" (part ")?;
    let (index, count) = rest.split_once(')')?.0.split_once('/')?;
    Some((name, index.parse().ok()?, count.parse().ok().filter(|&count: &usize| count <= 10_000)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provenance_names_its_models() {
        let (a, b) = ("a1".repeat(32), "b2".repeat(32));
        let provenance = format!("wiki.txt (part 1/2), 10 tokens, model tiny (sha256 {a}) + x.txt, 3 tokens, model tiny (sha256 {b})");
        assert_eq!(models_of(&provenance).collect::<Vec<_>>(), [a, b]);
        assert_eq!(models_of("Universal Declaration of Human Rights (en)").count(), 0);
    }

    #[test]
    fn parts_are_found_where_they_are_named() {
        let part = |index: usize, count: usize| format!("wiki.txt (part {index}/{count}), {index} tokens, model m (sha256 ab)");
        assert_eq!(missing_parts(&part(1, 2)), ["2/2"]);
        assert!(missing_parts(&format!("{} + {}", part(2, 2), part(1, 2))).is_empty());
        assert_eq!(missing_parts(&format!("{} + {}", part(2, 2), part(1, 3))), ["1/2", "2/3", "3/3"]);
        for whole in ["Universal Declaration of Human Rights (en)", "a (part of) b", "x (part 1/a)", ""] {
            assert!(missing_parts(whole).is_empty(), "{whole}");
        }
        let divided = |parts: &[&str]| divided_twice(parts).map(str::to_owned);
        let whole = "wiki.txt, 30 tokens, model m (sha256 ab)";
        assert_eq!(divided(&[&part(1, 2), &part(2, 2)]), None);
        assert_eq!(divided(&[&part(1, 2), &part(2, 3)]), Some("wiki.txt".to_owned()));
        assert_eq!(divided(&[whole, &part(2, 3)]), Some("wiki.txt".to_owned()));
        assert_eq!(divided(&[whole, &whole.replace("wiki", "news"), "a file of somebody"]), None);
        let both = format!("{} + a file that does not say where it comes from", part(1, 2));
        assert_eq!(corpora(&both).collect::<Vec<_>>(), [part(1, 2)]);
    }
}
