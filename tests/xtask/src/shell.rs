//! Running commands and talking to the person at the terminal.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// Prints a result on standard output, as a line of its own.
pub(crate) fn say(line: &str) {
    let mut out = io::stdout().lock();
    // A closed pipe is no reason to fail: the reader has seen enough.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints what is being done on standard error.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// The command as one would type it.
pub(crate) fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    command.get_args().fold(name, |line, argument| line + " " + &argument.to_string_lossy())
}

/// Runs a command with the terminal as its output; fails where it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    note(&format!("   $ {}", describe(command)));
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot run {}", describe(command)))?;
    ensure!(status.success(), "`{}` failed ({status})", describe(command));
    Ok(())
}

/// As `run`, but ends the command when it takes longer than `limit`.
pub(crate) fn run_within(command: &mut Command, limit: Option<Duration>) -> Result<()> {
    let Some(limit) = limit else { return run(command) };
    note(&format!("   $ {}", describe(command)));
    let end = Instant::now() + limit;
    let mut child = command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot run {}", describe(command)))?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > end {
            child.kill()?;
            child.wait()?;
            bail!("`{}` took longer than {} s", describe(command), limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    };
    ensure!(status.success(), "`{}` failed ({status})", describe(command));
    Ok(())
}

/// Runs a command, passes its standard output on line by line and hands every line to `observe`. Returns whether it succeeded.
pub(crate) fn watch(command: &mut Command, mut observe: impl FnMut(&str)) -> Result<bool> {
    note(&format!("   $ {}", describe(command)));
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("cannot run {}", describe(command)))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            say(line);
            observe(line);
        }
    }
    Ok(child.wait()?.success())
}

/// What a command prints, or nothing where it cannot run or fails.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_described_without_its_folder() {
        let mut command = Command::new("/some/where/npm");
        command.args(["ci", "--no-audit"]);
        assert_eq!(describe(&command), "npm ci --no-audit");
    }

    #[test]
    #[cfg(unix)]
    fn a_command_that_takes_too_long_is_ended() {
        let start = Instant::now();
        let error = run_within(Command::new("sleep").arg("60"), Some(Duration::from_millis(200))).unwrap_err();
        assert!(error.to_string().contains("`sleep 60` took longer"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(30));
        run_within(Command::new("sleep").arg("0"), Some(Duration::from_secs(30))).unwrap();
    }
}
