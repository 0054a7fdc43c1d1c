//! Text inside markup.

/// `text` as an element or a quoted attribute may hold it, in HTML and in XML: markup escaped, characters that XML does not allow left out.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_and_what_xml_forbids_is_dropped() {
        assert_eq!(escape("<a b=\"c\"> & 'd'\u{1}\u{ffff}\n\te"), "&lt;a b=&quot;c&quot;&gt; &amp; &#39;d&#39;\n\te");
        assert_eq!(escape("巴黎 é"), "巴黎 é");
    }
}
