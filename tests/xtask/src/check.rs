//! What can be checked without running anything: formatting, lints on both targets, documentation, licences.

use anyhow::Result;

use crate::project::Project;
use crate::wasm::Toolchain;
use crate::{licence, page, shell};

/// Is the code formatted, Rust and the page's?
pub(crate) fn formatting(project: &Project) -> Result<()> {
    shell::run(&mut project.cargo(&["fmt", "--all", "--check"]))?;
    page::formatting(project)
}

/// Does clippy say nothing, on this machine's target?
pub(crate) fn lints(project: &Project) -> Result<()> {
    shell::run(&mut project.cargo(&["clippy", "--locked", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// Does clippy say nothing, on wasm32?
pub(crate) fn wasm_lints(project: &Project) -> Result<()> {
    let toolchain = Toolchain::ready(project)?;
    let mut command = toolchain.cargo(project, &["clippy", "--locked", "--profile", "wasm", "-p", "langedit", "--lib"]);
    shell::run(command.args(["--", "-D", "warnings"]))
}

/// Is everything public documented, with links that lead somewhere?
pub(crate) fn documentation(project: &Project) -> Result<()> {
    shell::run(project.cargo(&["doc", "--locked", "--release", "--no-deps", "-p", "langedit"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Runs all of them; the first that fails ends it.
pub(crate) fn run(project: &Project) -> Result<()> {
    type Step = (&'static str, fn(&Project) -> Result<()>);
    let steps: &[Step] = &[
        ("formatting", formatting),
        ("licences", licence::check),
        ("lints", lints),
        ("lints for wasm32", wasm_lints),
        ("documentation", documentation),
    ];
    for (name, step) in steps {
        shell::note(&format!("-- {name}"));
        step(project)?;
    }
    shell::say("all checks pass");
    Ok(())
}
