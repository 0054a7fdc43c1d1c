//! No command writes over a file that it reads, and no two outputs have one place.

use std::ffi::OsStr;
use std::fs::canonicalize;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};

use crate::{Error, ErrorKind, Result};

/// The flags that name a file to write.
const FILES: [&str; 7] = ["report", "per_fact", "out", "sweep_csv", "sweep_svg", "svg", "png"];
/// Those that name a folder to write to.
const FOLDERS: [&str; 3] = ["save", "dump", "resume"];

/// Looks through the values of the subcommand that was called.
///
/// # Errors
/// An output is an existing file that another argument names too, or the place of another output.
pub(super) fn refuse(command: &Command, matches: &ArgMatches) -> Result<()> {
    if let Some((name, inner)) = matches.subcommand() {
        return command.find_subcommand(name).map_or(Ok(()), |command| refuse(command, inner));
    }
    let named = |id: &str| matches.try_get_raw(id).ok().flatten().into_iter().flatten().map(OsStr::to_owned).collect::<Vec<_>>();
    let arguments: Vec<&Arg> = command.get_arguments().collect();
    for output in arguments.iter().filter(|argument| FILES.contains(&id(argument))) {
        for path in named(id(output)) {
            let Some(written) = place(Path::new(&path)) else { continue };
            let reads =
                |other: &&&Arg| id(other) != id(output) && named(id(other)).iter().any(|value| files(value).any(|file| file == written));
            if let Some(input) = arguments.iter().find(reads) {
                let message = format!("{} would write over {}, which {} names", shown(output), Path::new(&path).display(), shown(input));
                return Err(Error::new(ErrorKind::Usage, message).hint("name another file to write"));
            }
        }
    }
    let mut taken: Vec<(&Arg, PathBuf)> = Vec::new();
    for output in arguments.into_iter().filter(|argument| FILES.contains(&id(argument)) || FOLDERS.contains(&id(argument))) {
        for place in named(id(output)).iter().filter_map(|path| place(Path::new(path))) {
            if let Some((other, _)) = taken.iter().find(|(_, held)| *held == place) {
                let message = format!("{} and {} would both write to {}", shown(other), shown(output), place.display());
                return Err(Error::new(ErrorKind::Usage, message).hint("give each its own"));
            }
            taken.push((output, place));
        }
    }
    Ok(())
}

fn id(argument: &Arg) -> &str {
    argument.get_id().as_str()
}

/// What a person calls an argument.
fn shown(argument: &Arg) -> String {
    match argument.get_value_names().and_then(<[_]>::first) {
        Some(name) if argument.is_positional() => name.to_string(),
        _ => format!("--{}", id(argument).replace('_', "-")),
    }
}

/// Where a path leads, whether or not there is anything yet; nothing for devices and pipes, which many may write to.
fn place(path: &Path) -> Option<PathBuf> {
    match canonicalize(path) {
        Ok(there) => (there.is_file() || there.is_dir()).then_some(there),
        Err(_) => Some(
            canonicalize(path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))).ok()?.join(path.file_name()?),
        ),
    }
}

/// The existing files of a value: one, or several by language (`en=FILE,de=FILE`).
fn files(value: &OsStr) -> impl Iterator<Item = PathBuf> {
    let text = value.to_string_lossy();
    let parts: Vec<String> = text.split(',').map(|part| part.split_once('=').map_or(part, |(_, file)| file).to_owned()).collect();
    parts.into_iter().chain([text.into_owned()]).filter_map(|file| canonicalize(file).ok())
}
