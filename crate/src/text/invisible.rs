//! Characters that nobody sees: they come along when text is copied from a page or a document, and would be tokens of their own.

/// Whether `c` shows nothing and says nothing about the characters next to it: zero-width spaces, byte-order marks, soft hyphens, marks of
/// direction, control characters other than white space.
pub(crate) fn is_invisible(c: char) -> bool {
    let formats = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}'
    );
    formats || (c.is_control() && !c.is_whitespace())
}

/// Whether `c` shows nothing itself but shapes what is before it: joiners, and selectors of a variant or a flag.
fn shapes_what_is_before(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether `c` shows nothing, whatever it does to the characters next to it.
pub(crate) fn is_unseen(c: char) -> bool {
    is_invisible(c) || shapes_what_is_before(c)
}

/// `text` without white space and invisible characters at its ends. What shapes the last character stays.
pub(crate) fn trim_unseen(text: &str) -> &str {
    let unseen = |c: char| c.is_whitespace() || is_invisible(c);
    text.trim_start_matches(|c| unseen(c) || shapes_what_is_before(c)).trim_end_matches(unseen)
}

/// `text` as [`trim_unseen`] leaves it, without invisible characters inside either.
pub(crate) fn visible(text: &str) -> String {
    trim_unseen(text).chars().filter(|&c| !is_invisible(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_taken_off() {
        for (text, trimmed, seen) in [
            ("\u{feff} Rome\u{200b} ", "Rome", "Rome"),
            (" \u{200b}\u{3000}New\u{ad}port News\u{2060}\n", "New\u{ad}port News", "Newport News"),
            ("\u{200b}\u{2060}\u{feff} \u{200d}\u{0}", "", ""),
            // A joiner in Persian, the selector of an emoji, the flag of Scotland.
            ("\u{200c}خانه\u{200c}ها", "خانه\u{200c}ها", "خانه\u{200c}ها"),
            ("❤\u{fe0f} ", "❤\u{fe0f}", "❤\u{fe0f}"),
            ("🏴\u{e0067}\u{e007f}", "🏴\u{e0067}\u{e007f}", "🏴\u{e0067}\u{e007f}"),
            ("first\nsecond", "first\nsecond", "first\nsecond"),
        ] {
            assert_eq!((trim_unseen(text), visible(text).as_str()), (trimmed, seen), "{text:?}");
        }
    }
}
