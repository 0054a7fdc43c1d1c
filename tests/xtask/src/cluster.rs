//! The tests of `static/cluster`: Snakemake in an environment of its own, Slurm from Debian's packages, both where they can be had.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::fresh::Inputs;
use crate::project::Project;
use crate::tally::{Counts, add_unittest_line};
use crate::{shell, tools};

/// The daemons that a cluster on this machine needs. They may be where only root's PATH leads.
const DAEMONS: [&str; 3] = ["slurmctld", "slurmd", "munged"];
/// Debian's packages of them and of the commands that talk to them.
const PACKAGES: [&str; 4] = ["slurmctld", "slurmd", "slurm-client", "munge"];
/// Longer than this nobody waits for a download without which tests are skipped.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs them, or those that `filter` names; without Snakemake they are one test that was skipped.
pub(crate) fn run(project: &Project, filter: Option<&str>) -> Result<Counts> {
    let python = match linux().and_then(|()| snakemake(project)) {
        Ok(python) => python,
        Err(error) => {
            shell::note(&format!("SKIPPED: the workflow for clusters: {error:#}"));
            return Ok(Counts { skipped: 1, ..Counts::default() });
        }
    };
    if !DAEMONS.iter().all(|name| tools::find(&[name, &format!("/usr/sbin/{name}")]).is_some()) {
        shell::note("-- no Slurm found");
        if let Err(error) = tools::apt_install(&PACKAGES, Some(PATIENCE)) {
            shell::note(&format!("   the tests on Slurm will be skipped: {error:#}"));
        }
    }
    let mut command = Command::new(python);
    command
        .arg("-u")
        .arg(project.root.join("tests/cluster/test_cluster.py"))
        .args(filter.map(|filter| ["-k", filter]).into_iter().flatten());
    command.env("LANGEDIT", project.command()?).env("PYTHONDONTWRITEBYTECODE", "1");
    let mut counts = Counts::default();
    let success = shell::watch(&mut command, |line| add_unittest_line(&mut counts, line))?;
    counts.settle(success)
}

/// The tests look for processes in /proc.
fn linux() -> Result<()> {
    anyhow::ensure!(cfg!(target_os = "linux"), "its tests run on Linux alone");
    Ok(())
}

/// The Python of an environment in the target folder that has what `requirements.txt` says.
fn snakemake(project: &Project) -> Result<PathBuf> {
    let (folder, requirements) = (project.target.join("cluster-python"), project.root.join("tests/cluster/requirements.txt"));
    let system = tools::python().context("Snakemake needs it")?;
    let version = shell::ask(Command::new(&system).arg("--version")).context("python3 does not run")?;
    let mut inputs = Inputs::new(&format!("pip install 1 {} {version}", env::consts::ARCH));
    inputs.add(&requirements, &[])?;
    let stamp = inputs.stamp(folder.join(".langedit-stamp"));
    let python = folder.join("bin/python");
    if stamp.is_fresh() {
        return Ok(python);
    }
    shell::note("-- installing Snakemake");
    let environment = || {
        let mut command = Command::new(&system);
        command.args(["-m", "venv", "--clear"]).arg(&folder);
        command
    };
    if shell::run(&mut environment()).is_err() {
        // Debian has the module in a package of its own.
        tools::apt_install(&["python3-venv"], Some(PATIENCE))?;
        shell::run(&mut environment())?;
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15", "-r"];
    shell::run_within(Command::new(&python).args(pip).arg(&requirements), Some(PATIENCE))?;
    stamp.write()?;
    Ok(python)
}
