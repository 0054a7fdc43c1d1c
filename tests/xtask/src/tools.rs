//! The tools that the steps need: found, installed where that is possible without asking, or named with the command that installs them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::fresh::Inputs;
use crate::shell;

/// The oldest Node with which the page's bundler works.
const NODE: (u32, u32) = (20, 19);

/// The first of `names` that PATH (or the name itself, where it is a path) leads to.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names.iter().find_map(|name| {
        // Joining an absolute name gives that name, so both kinds are served.
        folders
            .iter()
            .flat_map(|folder| [folder.join(name), folder.join(format!("{name}.exe")), folder.join(format!("{name}.cmd"))])
            .find(|file| file.is_file())
    })
}

/// Python 3.
pub(crate) fn python() -> Result<PathBuf> {
    find(&["python3", "python"]).context("python3 is missing: https://www.python.org")
}

/// A command of npm.
fn npm() -> Result<Command> {
    let Some(npm) = find(&["npm"]) else {
        bail!("npm is missing; it comes with Node {}.{} or later: https://nodejs.org", NODE.0, NODE.1);
    };
    Ok(Command::new(npm))
}

/// Node, in a version that the bundler takes.
pub(crate) fn node() -> Result<PathBuf> {
    let Some(node) = find(&["node"]) else {
        bail!("node is missing; install Node {}.{} or later: https://nodejs.org", NODE.0, NODE.1);
    };
    let version = shell::ask(Command::new(&node).arg("--version")).context("node does not run")?;
    let Some(found) = parse_version(&version) else { bail!("node says that its version is {version:?}, which cannot be read") };
    ensure!(found >= NODE, "node {version} is too old; install Node {}.{} or later: https://nodejs.org", NODE.0, NODE.1);
    Ok(node)
}

/// (major, minor) of `v20.19.0`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().trim_start_matches('v').split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// `npm ci` in `folder`, unless node_modules holds what the lock file says.
pub(crate) fn npm_ci(folder: &Path) -> Result<()> {
    let node = node()?;
    let mut inputs = Inputs::new(&format!("npm ci 1 {} {} {}", env::consts::OS, env::consts::ARCH, node.display()));
    inputs.add(&folder.join("package-lock.json"), &[])?;
    inputs.add(&folder.join("package.json"), &[])?;
    let stamp = inputs.stamp(folder.join("node_modules/.langedit-stamp"));
    if stamp.is_fresh() {
        return Ok(());
    }
    shell::note(&format!("-- installing the npm packages of {}", folder.file_name().unwrap_or_default().to_string_lossy()));
    shell::run(npm()?.current_dir(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    stamp.write()
}

/// One of the scripts in a folder's package.json.
pub(crate) fn npm_run(folder: &Path, script: &str) -> Result<Command> {
    let mut command = npm()?;
    command.current_dir(folder).args(["run", "--silent", script]);
    Ok(command)
}

/// Installs Debian packages, as root only; with `patience` only where they arrive within that time.
pub(crate) fn apt_install(packages: &[&str], patience: Option<Duration>) -> Result<()> {
    let Some(apt) = find(&["apt-get"]) else { bail!("there is no apt-get here to install {}", packages.join(" ")) };
    let root = shell::ask(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    ensure!(root, "only root may install packages; run: sudo apt-get update && sudo apt-get install {}", packages.join(" "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(&apt);
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "DPkg::Lock::Timeout=120"]).args(arguments);
        command
    };
    // Lists that were never fetched, or are out of date, look like a missing package: fetch them before.
    shell::run_within(&mut apt(&["update"]), patience)?;
    let install = ["install", "-y", "--no-install-recommends"];
    if patience.is_some() {
        // A download may be broken off, an installation may not.
        shell::run_within(apt(&install).arg("--download-only").args(packages), patience)?;
    }
    shell::run(apt(&install).args(packages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_read_and_ordered() {
        assert_eq!(parse_version("v20.19.4\n"), Some((20, 19)));
        assert!(parse_version("v22.1.0") > Some(NODE));
        assert!(parse_version("v20.9.0") < Some(NODE));
        assert_eq!(parse_version("nightly"), None);
    }

    #[test]
    fn a_tool_that_is_not_there_is_not_found() {
        assert_eq!(find(&["a-tool-that-nobody-has-installed"]), None);
        assert!(find(&["cargo"]).is_some(), "the test itself runs under cargo");
    }
}
