//! Sets up, builds, serves and tests the project. `cargo xtask play` and `cargo xtask test` are the two commands a newcomer needs.
//!
//! Nothing has to be installed before but rustup and Node: every step looks for what it needs, installs what it can,
//! and otherwise says in one line what is missing and which command installs it. A step that is up to date is skipped.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may fail by panicking"))]

mod browsers;
mod check;
mod cluster;
mod facts;
mod fresh;
mod fuzz;
mod licence;
mod page;
mod play;
mod project;
mod serve;
mod shell;
#[cfg(test)]
#[path = "../../../crate/tests/skip_support/mod.rs"]
mod skip_support;
mod suite;
mod tally;
mod tools;
mod wasm;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};

use crate::project::Project;

/// Sets up, builds, serves and tests LangEdit Playground.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds what is missing and serves the playground on 127.0.0.1. Example: cargo xtask play --port 8080
    Play {
        /// The port; 0 takes a free one. Without it 4173, or a free one where that is taken.
        #[arg(long)]
        port: Option<u16>,
        /// Do not open a browser.
        #[arg(long)]
        no_open: bool,
    },
    /// Installs what the tests need and runs them: all, or one step and what it needs. Example: cargo xtask test crate recipe::
    Test {
        /// The step to run; without it, all of them.
        step: Option<suite::Step>,
        /// Only the tests with this in their names; for `browser` a regular expression.
        filter: Option<String>,
    },
    /// Fuzzes what reads files and texts from the world, on Linux: all targets, or one. Example: cargo xtask fuzz gguf --seconds 3600
    Fuzz {
        /// The target.
        target: Option<String>,
        /// How long each target is fuzzed.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Builds the wasm module and the page into web/dist.
    Web,
    /// Formatting, lints on both targets, documentation, licences.
    Check,
    /// Builds the catalogue of facts from pinned packages and the tables in static/facts/sources.
    Facts {
        /// Only say whether the committed catalogue is what the sources give.
        #[arg(long)]
        check: bool,
    },
    /// Checks the licences of everything in use.
    Licences,
    /// Serves a folder the way `play` does, building nothing (the browser tests use it).
    Serve {
        /// The folder.
        #[arg(long, default_value = "web/dist")]
        dir: PathBuf,
        /// The port; 0 takes a free one.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Path under which the folder appears.
        #[arg(long, default_value = "/")]
        prefix: String,
    },
}

fn main() {
    if let Err(error) = run(Arguments::parse().command) {
        shell::note(&format!("error: {error:#}"));
        std::process::exit(1);
    }
}

fn run(command: Command) -> Result<()> {
    let project = Project::locate()?;
    match command {
        Command::Play { port, no_open } => play::play(&project, port, no_open),
        Command::Test { step, filter } => suite::run(&project, step, filter.as_deref()),
        Command::Fuzz { target, seconds } => {
            let counts = fuzz::run(&project, target.as_deref(), seconds)?;
            ensure!(counts.failed == 0, "{counts}");
            Ok(())
        }
        Command::Web => page::build(&project).map(|_| ()),
        Command::Check => check::run(&project),
        Command::Facts { check } => facts::run(&project, check),
        Command::Licences => licence::check(&project),
        Command::Serve { dir, port, prefix } => {
            let server = serve::Server::bind(&project.root.join(dir), port, &prefix)?;
            shell::say(&server.url());
            server.run()
        }
    }
}
