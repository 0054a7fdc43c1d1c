//! What people have in place of a model's file: a Git LFS pointer, a web page, a server's refusal, a file of another format. The first bytes
//! tell.

use crate::{Error, ErrorKind, Result};

/// What a file should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Gguf,
    Safetensors,
    Json,
}

impl FileKind {
    fn label(self) -> &'static str {
        match self {
            Self::Gguf => "GGUF file",
            Self::Safetensors => "safetensors file",
            Self::Json => "JSON",
        }
    }
}

/// A longer text is no server's answer to a failed download.
const SHORT: usize = 1024;
/// How much of such a text an error quotes.
const QUOTED: usize = 60;
const AGAIN: &str = "download the file again";

/// Refuses a file that is something else than `expected`, where its first bytes say what.
///
/// # Errors
/// `Checkpoint`: names what the file is; the hint says how to get the right one.
pub(super) fn refuse_stand_in(bytes: &[u8], expected: FileKind) -> Result<()> {
    let Some((found, advice)) = stand_in(bytes, expected) else { return Ok(()) };
    Err(Error::new(ErrorKind::Checkpoint, format!("this is no {} but {found}", expected.label())).hint(advice))
}

/// What `bytes` are, and what to do about it.
fn stand_in(bytes: &[u8], expected: FileKind) -> Option<(String, &'static str)> {
    let known = |found: &str, advice| Some((found.to_owned(), advice));
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    let begins = |start: &str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    if bytes.is_empty() {
        return known("an empty file", AGAIN);
    }
    if begins("version https://git-lfs.github.com/spec/") {
        return known("a Git LFS pointer to the file", "fetch the file itself with `git lfs pull`, or download it again");
    }
    if ["<!doctype html", "<html", "<head", "<body", "<!--"].into_iter().any(begins) {
        return known("a web page", "download the file itself: its address has /resolve/ where that of its page has /blob/");
    }
    if ["<?xml", "<error"].into_iter().any(begins) {
        return known("an XML message from a server", AGAIN);
    }
    if bytes.starts_with(b"GGUF") && expected != FileKind::Gguf {
        return known("a GGUF file", "a GGUF file is a whole model: open it by itself");
    }
    if bytes.get(8) == Some(&b'{') && bytes.get(4..8) == Some(&[0; 4]) && expected == FileKind::Gguf {
        return known("a safetensors file", "open the folder that holds it together with config.json and tokenizer.json");
    }
    if [b"lmgg", b"tjgg", b"fmgg", b"algg"].into_iter().any(|magic| bytes.starts_with(magic)) {
        return known("a GGML file, which GGUF replaced in 2023", "convert the model again with a recent llama.cpp");
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return known("a ZIP archive, as PyTorch writes its .bin and .pt files", "save the model with safe_serialization=True");
    }
    if bytes.starts_with(b"\x1f\x8b") {
        return known("a gzip archive", "unpack it first");
    }
    let json = expected == FileKind::Json && (text.starts_with(b"{") || text.starts_with(b"["));
    let readable = std::str::from_utf8(text).ok().filter(|text| !text.contains(|c: char| c.is_control() && !c.is_ascii_whitespace()));
    match readable {
        Some(readable) if bytes.len() < SHORT && !json => {
            let quoted: String = readable.chars().take(QUOTED).collect();
            Some((format!("a short text, {quoted:?}"), "a server may have sent it instead of the file: download the file again"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8], expected: FileKind) -> String {
        refuse_stand_in(bytes, expected).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn what_stands_in_for_a_file_is_named_with_what_to_do() {
        let cases: [(&[u8], &str, &str); 9] = [
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n", "Git LFS pointer", "git lfs pull"),
            (b"\n  <!DOCTYPE html><html lang=\"en\">", "web page", "/resolve/"),
            (b"\xef\xbb\xbf<HTML>", "web page", "/resolve/"),
            (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "XML message", "again"),
            (b"", "empty file", "again"),
            (b"Entry not found", "\"Entry not found\"", "again"),
            (b"PK\x03\x04\0\0\0\0", "ZIP archive", "safe_serialization"),
            (b"\x1f\x8b\x08\0", "gzip", "unpack"),
            (b"tjgg\x03\0\0\0", "GGML", "convert"),
        ];
        for (bytes, found, advice) in cases {
            for expected in [FileKind::Gguf, FileKind::Safetensors, FileKind::Json] {
                let said = said(bytes, expected);
                let kind = format!("this is no {} but", expected.label());
                assert!([kind.as_str(), found, advice].into_iter().all(|part| said.contains(part)), "{said}");
            }
        }
        assert!(said(b"GGUF\x03\0\0\0", FileKind::Safetensors).contains("a GGUF file"));
        assert!(said(b"\x10\0\0\0\0\0\0\0{\"a\":", FileKind::Gguf).contains("a safetensors file"));
        assert!(said(b"{\"error\":\"Invalid token\"}", FileKind::Gguf).contains("Invalid token"));
    }

    #[test]
    fn files_that_are_what_they_should_be_pass() {
        for (bytes, expected) in [
            (&b"GGUF\x03\0\0\0"[..], FileKind::Gguf),
            (b"\x10\0\0\0\0\0\0\0{}              ", FileKind::Safetensors),
            (b" {\"a\": 1}", FileKind::Json),
            (b"[1]", FileKind::Json),
            (b"\xff", FileKind::Json),
        ] {
            assert_eq!(said(bytes, expected), "");
        }
    }
}
