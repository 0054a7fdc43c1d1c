//! `cargo xtask play`: build what is missing, serve it, open it.

use std::process::{Command, Stdio};

use anyhow::Result;

use crate::project::Project;
use crate::serve::Server;
use crate::{page, shell};

/// The port that is tried where none is asked for.
const PORT: u16 = 4173;

/// Builds and serves until interrupted. Without a port: the usual one, or a free one where that is taken.
pub(crate) fn play(project: &Project, port: Option<u16>, no_open: bool) -> Result<()> {
    let dist = page::build(project)?;
    let server = match port {
        Some(port) => Server::bind(&dist, port, "/")?,
        None => Server::bind(&dist, PORT, "/").or_else(|_| Server::bind(&dist, 0, "/"))?,
    };
    let url = server.url();
    shell::note("-- serving the playground; Ctrl-C ends it");
    shell::say(&url);
    if !no_open {
        open(&url);
    }
    server.run()
}

/// Opens the URL in the user's browser, where there is one; the printed URL serves where not.
fn open(url: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let started = Command::new(program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if started.is_err() {
        shell::note("-- no browser could be opened from here; open the URL above");
    }
}
