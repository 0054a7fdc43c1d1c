//! The browsers that the page is tested in: Chromium, without which nothing can be tested, and others where they can be had.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{shell, tools};

/// Chromium under the names it has on the platforms.
const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/// A program that a browser's tests start: the variable that may name it, its names, and Debian's package of it.
type Program = (&'static str, &'static [&'static str], &'static str);

/// The other engines, with the programs that `tests/browser/browsers` starts for each.
const OTHERS: &[(&str, &[Program])] = &[
    ("Firefox", &[("FIREFOX", &["firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"], "firefox-esr")]),
    ("WebKit", &[("WEBKIT_DRIVER", &["WebKitWebDriver"], "webkit2gtk-driver"), ("XVFB", &["Xvfb"], "xvfb")]),
];

/// Longer than this nobody waits for a browser whose tests can be skipped.
const PATIENCE: Duration = Duration::from_secs(180);

/// A Chromium for the browser tests: `CHROMIUM`, else the system's, else installed by the system's package manager.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        let path = PathBuf::from(path);
        ensure!(path.is_file(), "CHROMIUM names {}, which is not a file", path.display());
        return Ok(path);
    }
    if let Some(found) = tools::find(CHROMIUM) {
        return Ok(found);
    }
    shell::note("-- no Chromium found");
    tools::apt_install(&["chromium"], None)
        .context("the browser tests need Chromium or Chrome: install one (Debian: apt-get install chromium), or name it in CHROMIUM")?;
    tools::find(CHROMIUM).context("apt-get installed chromium, but it is not in PATH")
}

/// Installs the other engines that are not here. Where that fails the tests skip them and say why, so it is no failure.
pub(crate) fn install_others() {
    for (engine, programs) in OTHERS {
        let packages = missing(programs, |variable, names| env::var_os(variable).is_some() || tools::find(names).is_some());
        if packages.is_empty() {
            continue;
        }
        shell::note(&format!("-- no {engine} found"));
        if let Err(error) = tools::apt_install(&packages, Some(PATIENCE)) {
            shell::note(&format!("   the tests in {engine} will be skipped: {error:#}"));
        }
    }
}

/// The packages of the programs that are not here.
fn missing(programs: &[Program], is_here: impl Fn(&str, &[&str]) -> bool) -> Vec<&'static str> {
    programs.iter().filter(|(variable, names, _)| !is_here(variable, names)).map(|(.., package)| *package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_installed() {
        let (_, webkit) = OTHERS[1];
        assert_eq!(missing(webkit, |_, _| false), ["webkit2gtk-driver", "xvfb"]);
        assert_eq!(missing(webkit, |_, names| names == ["Xvfb"]), ["webkit2gtk-driver"]);
        assert!(missing(webkit, |variable, _| ["WEBKIT_DRIVER", "XVFB"].contains(&variable)).is_empty());
    }
}
