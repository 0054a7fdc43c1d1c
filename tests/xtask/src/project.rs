//! Where things lie: the repository and cargo's target folder.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shell;

/// The folders every step works in.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Cargo's target folder: `CARGO_TARGET_DIR` where set.
    pub(crate) target: PathBuf,
}

impl Project {
    /// Finds the repository from the manifest that cargo runs, so that one shared target folder can serve several checkouts.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.ancestors().nth(2).map(Path::to_path_buf).context("the xtask crate is not two folders below the repository")?;
        let metadata = metadata(&root, &["--no-deps"])?;
        let target = metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?;
        Ok(Self { target: PathBuf::from(target), root })
    }

    /// `web/`, the page.
    pub(crate) fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// `tests/browser/`, the tests that drive a real browser.
    pub(crate) fn browser_tests(&self) -> PathBuf {
        self.root.join("tests/browser")
    }

    /// The `langedit` command, built by way of a test that uses it: `cargo build` would choose other features of the dependencies and compile
    /// them again.
    pub(crate) fn command(&self) -> Result<PathBuf> {
        shell::run(&mut self.cargo(&["test", "--quiet", "--locked", "--release", "-p", "langedit", "--test", "cli", "--no-run"]))?;
        Ok(self.target.join("release").join(format!("langedit{}", env::consts::EXE_SUFFIX)))
    }

    /// A cargo command in the repository.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root).args(arguments);
        command
    }
}

/// The cargo that runs us.
fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// `cargo metadata` of the workspace at `root`, with further arguments.
pub(crate) fn metadata(root: &Path, arguments: &[&str]) -> Result<Value> {
    let mut command = cargo();
    command.current_dir(root).args(["metadata", "--format-version", "1", "--locked"]).args(arguments);
    let output = command.output().with_context(|| format!("cannot run {}", shell::describe(&command)))?;
    ensure!(output.status.success(), "{} failed:\n{}", shell::describe(&command), String::from_utf8_lossy(&output.stderr).trim());
    serde_json::from_slice(&output.stdout).context("cargo metadata printed something that is not JSON")
}
