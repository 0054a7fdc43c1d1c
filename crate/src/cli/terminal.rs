//! What the command prints: results on standard output, one line on standard error if something is wrong.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::{Error, ErrorKind, Result};

/// Writes `text` and a line end to standard output. A reader that went away (`langedit ... | head`) is not an error.
///
/// # Errors
/// `Io`: writing failed otherwise, as on a full disk.
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(&error)),
        _ => Ok(()),
    }
}

/// Writes `value` as indented JSON to standard output.
///
/// # Errors
/// As [`print()`].
pub fn print_json(value: &impl Serialize) -> Result<()> {
    print(&to_json(value)?)
}

/// `value` as indented JSON.
///
/// # Errors
/// `Data`: the value has no JSON form.
pub(super) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|error| no_json(&error))
}

/// `value` as JSON on one line.
///
/// # Errors
/// As [`to_json`].
pub(super) fn to_json_line(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| no_json(&error))
}

fn no_json(error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::Data, format!("cannot be written as JSON: {error}"))
}

/// Writes `text` to standard output at once, without a line end; returns whether anybody is still reading.
///
/// # Errors
/// As [`print`].
pub(super) fn print_piece(text: &str) -> Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(unwritten(&error)),
    }
}

fn unwritten(error: &io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot write to standard output: {error}"))
}

/// Says something that the user should know though it is not an error.
pub(super) fn note(text: &str) {
    say(&format!("note: {text}"));
}

/// Says what went wrong in one line and returns the exit status.
pub(super) fn fail(error: &Error) -> ExitCode {
    say(&error.to_string());
    match error.kind() {
        ErrorKind::Usage => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}

/// Help and version go to standard output; wrong usage becomes one line.
pub(super) fn explain(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if !error.use_stderr() || error.kind() == DisplayHelpOnMissingArgumentOrSubcommand {
        return match error.print() {
            Err(problem) if problem.kind() != io::ErrorKind::BrokenPipe => fail(&unwritten(&problem)),
            _ => ExitCode::from(if error.use_stderr() { 2 } else { 0 }),
        };
    }
    say(&one_line(&error.render().to_string()));
    ExitCode::from(2)
}

/// clap's message without its headings: the first paragraph, its tips, and which help to read.
fn one_line(rendered: &str) -> String {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = rendered.split("\n\n");
    let first = words(paragraphs.next().unwrap_or_default());
    let mut line = first.trim_start_matches("error: ").to_owned();
    let mut notes: Vec<String> = Vec::new();
    for paragraph in paragraphs {
        let paragraph = words(paragraph);
        if let Some(tip) = paragraph.strip_prefix("tip: ") {
            notes.push(tip.to_owned());
        } else if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            let command: Vec<&str> = usage.split(' ').take_while(|word| word.bytes().all(|b| b.is_ascii_lowercase())).collect();
            notes.push(format!("see {} --help", command.join(" ")));
        }
    }
    if !notes.is_empty() {
        line.push_str(&format!(" ({})", notes.join("; ")));
    }
    line
}

fn say(line: &str) {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    // There is no better place to complain.
    writeln!(io::stderr(), "langedit: {line}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_errors_become_one_line() {
        let clap = "error: unexpected argument '--modle' found\n\n  tip: a similar argument exists: '--model'\n\nUsage: langedit edit --model <M> --data <FILE>\n\nFor more information, try '--help'.\n";
        assert_eq!(one_line(clap), "unexpected argument '--modle' found (a similar argument exists: '--model'; see langedit edit --help)");
        let missing = "error: the following required arguments were not provided:\n  --model <M>\n  --data <FILE>\n\nUsage: langedit edit --model <M>\n";
        assert_eq!(
            one_line(missing),
            "the following required arguments were not provided: --model <M> --data <FILE> (see langedit edit --help)"
        );
    }
}
