//! Running text for key statistics.

/// The documents of `text`, one a line, without surrounding space; empty lines and a byte-order mark are left out.
///
/// A tab inside a line (question-and-answer corpora put one between the two) becomes a space.
pub fn corpus_lines(text: &str) -> impl Iterator<Item = String> + '_ {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().map(|line| line.trim().replace('\t', " ")).filter(|line| !line.is_empty())
}

/// How the provenance of statistics begins that are of the Declaration; its languages follow in brackets.
const DECLARATION: &str = "Universal Declaration of Human Rights";

/// The provenance of statistics of the Declaration in `languages`.
pub fn declaration_source(languages: &[&str]) -> String {
    format!("{DECLARATION} ({})", languages.join(", "))
}

/// The languages of statistics with this provenance, where they are of the Declaration: collected for a run, or all of it by `langedit stats`,
/// which also says how many tokens it has and of which model they are.
pub fn declaration_languages(source: &str) -> Option<Vec<String>> {
    let (listed, rest) = source.strip_prefix(DECLARATION)?.strip_prefix(" (")?.split_once(')')?;
    let whole = rest.is_empty() || rest.strip_prefix(", ")?.split_once(" tokens, model ")?.0.parse::<u64>().is_ok();
    whole.then(|| listed.split(", ").map(str::to_owned).collect())
}

/// The Universal Declaration of Human Rights in `language`, a paragraph a line; `None` where it is not shipped.
pub fn declaration(language: &str) -> Option<&'static str> {
    macro_rules! shipped {
        ($($code:literal),+) => {
            match language {
                $($code => Some(include_str!(concat!("../../../static/corpus/udhr.", $code, ".txt"))),)+
                _ => None,
            }
        };
    }
    shipped!("cs", "de", "en", "es", "fr", "nl", "pt", "ru", "th", "tr", "vi", "zh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_is_known_by_its_provenance() {
        let source = declaration_source(&["en", "zh"]);
        let languages = Some(vec!["en".to_owned(), "zh".to_owned()]);
        assert_eq!(declaration_languages(&source), languages);
        assert_eq!(declaration_languages(&format!("{source}, 812 tokens, model m (sha256 ab)")), languages);
        for other in
            [" (part 1/2), 812 tokens, model m", ", documents of up to 8 tokens, 812 tokens, model m", ", wiki.txt, 812 tokens, model m"]
        {
            assert_eq!(declaration_languages(&format!("{source}{other}")), None, "{other}");
        }
    }

    #[test]
    fn lines_are_documents() {
        let lines: Vec<_> = corpus_lines("\u{feff}Eerste alinea.\r\n\r\n  \tTweede?\tJa. \n\n").collect();
        assert_eq!(lines, ["Eerste alinea.", "Tweede? Ja."]);
    }
}
