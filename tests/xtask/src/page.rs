//! The page: its packages, its bundle, its types.

use std::path::PathBuf;

use anyhow::Result;

use crate::fresh::Inputs;
use crate::project::Project;
use crate::{shell, tools, wasm};

/// Builds the module and the page; returns the folder to serve.
pub(crate) fn build(project: &Project) -> Result<PathBuf> {
    wasm::build(project)?;
    bundle(project)
}

/// Bundles the page into web/dist around a module that is already built.
pub(crate) fn bundle(project: &Project) -> Result<PathBuf> {
    let web = project.web();
    let dist = web.join("dist");
    tools::npm_ci(&web)?;
    let mut inputs = Inputs::new("page 1");
    inputs.add(&web, &["node_modules", "dist"])?;
    inputs.add(&project.root.join("static"), &[])?;
    let stamp = inputs.stamp(dist.join(".langedit-stamp"));
    if stamp.is_fresh() {
        shell::note("-- page: up to date");
        return Ok(dist);
    }
    shell::note("-- page");
    shell::run(&mut tools::npm_run(&web, "build")?)?;
    stamp.write()?;
    Ok(dist)
}

/// Are the page's sources and the browser tests formatted?
pub(crate) fn formatting(project: &Project) -> Result<()> {
    let web = project.web();
    tools::npm_ci(&web)?;
    shell::run(&mut tools::npm_run(&web, "format:check")?)
}

/// Checks the types of the page's sources.
pub(crate) fn check_types(project: &Project) -> Result<()> {
    let web = project.web();
    tools::npm_ci(&web)?;
    shell::run(&mut tools::npm_run(&web, "check")?)
}
