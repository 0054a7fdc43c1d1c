//! No command writes over a file that it reads.

use std::ffi::OsStr;
use std::fs::canonicalize;
use std::path::Path;

use clap::{ArgMatches, Command};

use crate::{Error, ErrorKind, Result};

/// The flags that name a file to write.
const OUTPUTS: [&str; 7] = ["report", "per_fact", "out", "sweep_csv", "sweep_svg", "svg", "png"];

/// Looks through the values of the subcommand that was called.
///
/// # Errors
/// An output is an existing file that another flag names too.
pub(super) fn refuse(command: &Command, matches: &ArgMatches) -> Result<()> {
    if let Some((name, inner)) = matches.subcommand() {
        return command.find_subcommand(name).map_or(Ok(()), |command| refuse(command, inner));
    }
    let named = |id: &str| matches.try_get_raw(id).ok().flatten().into_iter().flatten().map(OsStr::to_owned).collect::<Vec<_>>();
    let arguments: Vec<_> = command.get_arguments().map(|argument| argument.get_id().as_str()).collect();
    for &output in arguments.iter().filter(|id| OUTPUTS.contains(id)) {
        for path in named(output) {
            let Ok(written) = canonicalize(&path) else { continue };
            let reads = |id: &&&str| **id != output && named(id).iter().any(|value| files(value).any(|file| file == written));
            if let Some(input) = arguments.iter().find(reads) {
                let (output, input) = (output.replace('_', "-"), input.replace('_', "-"));
                let message = format!("--{output} would write over {}, which --{input} names", Path::new(&path).display());
                return Err(Error::new(ErrorKind::Usage, message).hint("name another file to write"));
            }
        }
    }
    Ok(())
}

/// The existing files of a value: one, or several by language (`en=FILE,de=FILE`).
fn files(value: &OsStr) -> impl Iterator<Item = std::path::PathBuf> {
    let text = value.to_string_lossy();
    let parts: Vec<String> = text.split(',').map(|part| part.split_once('=').map_or(part, |(_, file)| file).to_owned()).collect();
    parts.into_iter().chain([text.into_owned()]).filter_map(|file| canonicalize(file).ok())
}
