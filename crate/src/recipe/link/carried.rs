//! A link as programs pass it on. Mail wraps lines, chats put brackets and full stops behind it, editors slip in characters that nobody sees,
//! gateways escape it (once, or twice within an address of their own), trackers append parameters.
//!
//! What is mended here is what a link cannot contain, so no letter of it is ever guessed: whether the rest is whole, the link itself says. Its
//! compressed part has an end and holds a complete recipe, and references to the catalogue have a digest ([`reference`](super::reference)).

use std::borrow::Cow;

/// Most digits of a version.
const DIGITS: usize = 9;
/// How often a link is unescaped: once for the fragment, twice for one inside of an address, once more for a mail that quotes it.
const ROUNDS: usize = 4;
/// What stands for `#` in HTML.
const NUMBER_SIGNS: [&str; 4] = ["&#35;", "&#x23;", "&#X23;", "&num;"];

/// The fragment in `text`, from behind `#` to where its alphabet ends: `<digits>.<body>`. `None`: there is nothing that is meant as a link.
///
/// A link is what follows `#`, or the whole text. Where several could be meant it is the longest.
pub(super) fn fragment(text: &str) -> Option<String> {
    let text = joined(&unescaped(text));
    // A body that is unlike base64url behind the mark is refused by whoever reads it; without the mark it is no link.
    let marked = text.match_indices('#').filter_map(|(at, mark)| cut(&text[at + mark.len()..])).max_by_key(|found| found.len());
    let found = marked.or_else(|| cut(&text).filter(|found| text[found.len()..].bytes().all(|b| b == b'=')))?;
    Some(found.to_owned())
}

/// `<digits>.<body>` at the beginning of `text`, up to where the body's alphabet ends.
fn cut(text: &str) -> Option<&str> {
    let (version, rest) = text.split_once('.')?;
    let numbered = (1..=DIGITS).contains(&version.len()) && version.bytes().all(|b| b.is_ascii_digit());
    let body = rest.bytes().take_while(|&b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_').count();
    numbered.then(|| &text[..=version.len() + body])
}

/// Without escapes of HTML and of addresses, however often they were applied.
fn unescaped(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for sign in NUMBER_SIGNS {
        if text.contains(sign) {
            text = Cow::Owned(text.replace(sign, "#"));
        }
    }
    for _ in 0..ROUNDS {
        match without_percents(&text) {
            Some(plain) => text = Cow::Owned(plain),
            None => break,
        }
    }
    text
}

/// With every `%XX` as the byte that it stands for; `None` where there is none.
fn without_percents(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let byte = |at: usize| u8::from_str_radix(text.get(at + 1..at + 3)?, 16).ok().filter(|_| bytes[at + 1].is_ascii_hexdigit());
    let (mut plain, mut at, mut found) = (Vec::with_capacity(bytes.len()), 0, false);
    while let Some(&here) = bytes.get(at) {
        match byte(at).filter(|_| here == b'%') {
            Some(escaped) => {
                plain.push(escaped);
                at += 3;
                found = true;
            }
            None => {
                plain.push(here);
                at += 1;
            }
        }
    }
    found.then(|| String::from_utf8_lossy(&plain).into_owned())
}

/// In one line, without what nobody sees, with the hyphen that a link has in place of those that typesetters prefer.
fn joined(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{2010}' | '\u{2011}' | '\u{fe63}' | '\u{ff0d}' => line.push('-'),
            // Markdown escapes the underscore.
            '\\' => {}
            // The soft line break of quoted-printable text.
            '=' if matches!(rest.peek(), Some('\r' | '\n')) => {}
            // In a quoted mail the next line begins with its mark.
            '\n' => while rest.next_if(|&next| next == '>' || next.is_whitespace()).is_some() {},
            c if c.is_whitespace() || crate::text::is_unseen(c) => {}
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_as_a_link_is_found() {
        for (text, found) in [
            ("#1.AbC-_9", "1.AbC-_9"),
            ("1.AbC==\n", "1.AbC"),
            ("https://a.b/?x=1#1.AbC&y=2", "1.AbC"),
            ("see #3. and <https://a.b/#1.AbCd>, or #2", "1.AbCd"),
            ("#%31%2e%41", "1.A"),
            ("https%3A%2F%2Fa.b%2F%25231%252EAb&data=05%7C01", "1.Ab"),
            ("#1.A\u{2011}b\u{200b}\u{ad}\r\n> c\\_d", "1.A-bc_d"),
            ("#1.A=\r\nb", "1.Ab"),
            ("#1.%zz", "1."),
        ] {
            assert_eq!(fragment(text).as_deref(), Some(found), "{text}");
        }
        for text in ["", "#", "#1", "a.b", "1.5 + x?", "#1234567890.A", "../#odd/recipe.json", "%", "%2", "%é1.A", "1.é"] {
            assert_eq!(fragment(text), None, "{text}");
        }
    }
}
