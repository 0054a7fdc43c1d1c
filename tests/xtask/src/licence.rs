//! The licence check: every crate and npm package in use must be under a licence of the list, or be named with the reason why not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use spdx::{Expression, ParseMode};

use crate::project::{self, Project};
use crate::shell;

/// Licences that let anybody use, change and pass on the program, asking for no more than their notice.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "NCSA",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages under another licence: the name (`*` at the end stands for any ending), the licence, and why it is acceptable.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("axe-core", "MPL-2.0", "finds what is inaccessible in the page, in the tests; nothing of it is shipped"),
    ("buildid", "MPL-2.0", "below cubecl-runtime, unmodified; the licence asks for the sources of that crate alone, which are public"),
    ("colored", "MPL-2.0", "below burn-tensor, unmodified; likewise"),
    ("lightningcss*", "MPL-2.0", "minifies the page's CSS while it is built; nothing of it is shipped"),
];

/// Crates that name no licence and bring its text instead: the name and the licence that the text was read to be.
const READ: &[(&str, &str)] = &[("cfg_block", "Apache-2.0")];

/// One package that is in use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    licence: Option<String>,
}

/// Checks the crates of the normal dependency trees of both targets, and the packages of both npm lock files.
pub(crate) fn check(project: &Project) -> Result<()> {
    let mut packages = BTreeSet::new();
    for triple in [host()?.as_str(), "wasm32-unknown-unknown"] {
        packages.extend(crates(&project::metadata(&project.root, &["--filter-platform", triple])?)?);
    }
    let crates = packages.len();
    for folder in [project.web(), project.browser_tests()] {
        packages.extend(npm_packages(&folder)?);
    }
    let complaints: Vec<String> = packages.iter().filter_map(complaint).collect();
    if !complaints.is_empty() {
        bail!("licences that are not on the list (tests/xtask/src/licence.rs):\n   {}", complaints.join("\n   "));
    }
    shell::note(&format!("   {crates} crates and {} npm packages, all under permissive licences", packages.len() - crates));
    Ok(())
}

/// The triple that rustc builds for by default.
fn host() -> Result<String> {
    let version = shell::ask(std::process::Command::new("rustc").arg("-vV"))
        .context("rustc is missing; install it with rustup: https://rustup.rs")?;
    version.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned).context("rustc -vV names no host")
}

/// The crates that the workspace's own crates lead to by normal dependencies.
fn crates(metadata: &Value) -> Result<BTreeSet<Package>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut next: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in list(&metadata["resolve"]["nodes"]) {
        let normal = |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let targets =
            list(&node["deps"]).iter().filter(|dependency| normal(dependency)).filter_map(|dependency| text(&dependency["pkg"])).collect();
        next.insert(text(&node["id"]).context("cargo metadata: a node without id")?, targets);
    }
    let own: BTreeSet<String> = list(&metadata["workspace_members"]).iter().filter_map(text).collect();
    let mut reached = own.clone();
    let mut open: Vec<String> = own.iter().cloned().collect();
    while let Some(id) = open.pop() {
        for target in next.get(&id).into_iter().flatten() {
            if reached.insert(target.clone()) {
                open.push(target.clone());
            }
        }
    }
    let mut packages = BTreeSet::new();
    for package in list(&metadata["packages"]) {
        let id = text(&package["id"]).context("cargo metadata: a package without id")?;
        if reached.contains(&id) && !own.contains(&id) {
            let [name, version] = ["name", "version"].map(|field| text(&package[field]).unwrap_or_default());
            packages.insert(Package { name, version, licence: text(&package["license"]) });
        }
    }
    Ok(packages)
}

/// The packages of a folder's lock file; a package's own file is asked where the lock is silent.
fn npm_packages(folder: &Path) -> Result<BTreeSet<Package>> {
    let lock = folder.join("package-lock.json");
    let read = |path: &Path| -> Result<Value> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
    };
    let lock = read(&lock)?;
    let mut packages = BTreeSet::new();
    for (path, entry) in lock["packages"].as_object().context("the npm lock file has no packages")? {
        let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
        let mut licence = entry["license"].as_str().map(str::to_owned);
        if licence.is_none() {
            licence = read(&folder.join(path).join("package.json")).ok().and_then(|own| own["license"].as_str().map(str::to_owned));
        }
        packages.insert(Package { name: name.to_owned(), version: entry["version"].as_str().unwrap_or_default().to_owned(), licence });
    }
    Ok(packages)
}

/// What is wrong with a package's licence, if anything.
fn complaint(package: &Package) -> Option<String> {
    let Package { name, version, licence } = package;
    let read = || READ.iter().find(|(read, _)| read == name).map(|(_, licence)| *licence);
    let Some(licence) = licence.as_deref().or_else(read) else { return Some(format!("{name} {version}: names no licence")) };
    let matches = |pattern: &str| pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start));
    let excepted: Vec<&str> = EXCEPTIONS.iter().filter(|(pattern, ..)| matches(pattern)).map(|(_, licence, _)| *licence).collect();
    let mode = ParseMode { allow_slash_as_or_operator: true, ..ParseMode::LAX };
    let expression = match Expression::parse_mode(licence, mode) {
        Ok(expression) => expression,
        Err(error) => return Some(format!("{name} {version}: {licence:?} is no licence expression ({})", error.reason)),
    };
    // An addition (`WITH LLVM-exception`) only ever permits more.
    let permitted = |id: &str| ALLOWED.contains(&id) || excepted.contains(&id);
    let fine = expression.evaluate(|requirement| requirement.license.id().is_some_and(|id| permitted(id.name)));
    (!fine).then(|| format!("{name} {version}: {licence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complain(name: &str, licence: Option<&str>) -> Option<String> {
        complaint(&Package { name: name.into(), version: "1.0.0".into(), licence: licence.map(str::to_owned) })
    }

    #[test]
    fn permissive_expressions_pass() {
        for licence in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(complain("a", Some(licence)), None, "{licence}");
        }
    }

    #[test]
    fn others_are_named() {
        for licence in [Some("GPL-3.0-only"), Some("MIT AND GPL-3.0-only"), Some("MPL-2.0"), Some("whatever you like"), None] {
            let complaint = complain("culprit", licence).unwrap();
            assert!(complaint.starts_with("culprit 1.0.0: "), "{complaint}");
        }
    }

    #[test]
    fn an_exception_holds_for_its_package_and_its_licence_alone() {
        assert_eq!(complain("lightningcss-linux-x64-gnu", Some("MPL-2.0")), None);
        assert!(complain("lightningcss", Some("GPL-3.0-only")).is_some());
        assert_eq!(complain("cfg_block", None), None, "its licence was read");
    }

    #[test]
    fn only_normal_dependencies_count() {
        let metadata = serde_json::json!({
            "workspace_members": ["own"],
            "packages": [
                {"id": "own", "name": "own", "version": "0", "license": null},
                {"id": "a", "name": "a", "version": "1", "license": "MIT"},
                {"id": "b", "name": "b", "version": "2", "license": "GPL-3.0-only"},
                {"id": "c", "name": "c", "version": "3", "license": "ISC"},
            ],
            "resolve": {"nodes": [
                {"id": "own", "deps": [{"pkg": "a", "dep_kinds": [{"kind": null}]}, {"pkg": "b", "dep_kinds": [{"kind": "dev"}]}]},
                {"id": "a", "deps": [{"pkg": "c", "dep_kinds": [{"kind": "build"}, {"kind": null}]}]},
                {"id": "b", "deps": []},
                {"id": "c", "deps": []},
            ]},
        });
        let names: Vec<String> = crates(&metadata).unwrap().into_iter().map(|package| package.name).collect();
        assert_eq!(names, ["a", "c"]);
    }
}
