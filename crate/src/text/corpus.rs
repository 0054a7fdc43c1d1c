//! Running text for key statistics.

/// The documents of `text`, one a line, without surrounding space; empty lines and a byte-order mark are left out.
///
/// A tab inside a line (question-and-answer corpora put one between the two) becomes a space.
pub fn corpus_lines(text: &str) -> impl Iterator<Item = String> + '_ {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().map(|line| line.trim().replace('\t', " ")).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_documents() {
        let lines: Vec<_> = corpus_lines("\u{feff}Eerste alinea.\r\n\r\n  \tTweede?\tJa. \n\n").collect();
        assert_eq!(lines, ["Eerste alinea.", "Tweede? Ja."]);
    }
}
