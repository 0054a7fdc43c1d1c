//! `cargo xtask fuzz`: coverage-guided fuzzing of everything that reads files and texts from the world, by libFuzzer.
//!
//! The crate is compiled once more with coverage counters, in a target folder of its own that has links to the crates below it, which are not.
//! What is found is kept in the target folder: inputs that reach something new in `fuzz/<target>/corpus`, those that break something in
//! `fuzz/<target>`; the latter belong into `tests/fuzz/<target>`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::project::Project;
use crate::shell;
use crate::tally::Counts;

/// The targets, and the files of the project that each begins with.
const TARGETS: [(&str, &[&str]); 10] = [
    (
        "gguf",
        &[
            "tests/golden/models/gguf/gpt2.gguf",
            "tests/golden/models/gguf/qwen2.gguf",
            "tests/golden/models/gguf/llama3.gguf",
            "tests/golden/models/gguf/gemma3.gguf",
        ],
    ),
    ("safetensors", &["tests/golden/models/llama/model.safetensors"]),
    ("index", &["tests/golden/models/llama-sharded/model.safetensors.index.json"]),
    (
        "config",
        &[
            "tests/golden/models/llama/config.json",
            "tests/golden/models/gptj/config.json",
            "tests/golden/models/llama3/config.json",
            "tests/golden/models/gemma3/config.json",
            "tests/golden/models/olmo2/config.json",
            "tests/golden/models/smollm3/config.json",
        ],
    ),
    ("tokenizer", &["tests/golden/models/llama/tokenizer.json"]),
    ("statistics", &["tests/golden/editing/stats.safetensors"]),
    ("projectors", &["tests/golden/editing/projector.safetensors"]),
    ("facts", &["tests/golden/editing/facts.json", "tests/golden/metrics/facts.json", "tests/golden/trace/facts.json"]),
    ("link", &["tests/links"]),
    ("recipe", &["tests/links"]),
];

/// Most memory of a run, and of one allocation, in MiB: files claim any size.
const MEMORY: [&str; 2] = ["-rss_limit_mb=2048", "-malloc_limit_mb=1024"];
/// Seconds after which an input counts as one that hangs.
const TIMEOUT: &str = "-timeout=20";
/// Bytes of an input: a seed that is longer would be cut.
const LONGEST: &str = "-max_len=262144";

/// Fuzzes `only` that target, or each of them, for `seconds`; counts the targets.
pub(crate) fn run(project: &Project, only: Option<&str>, seconds: u64) -> Result<Counts> {
    if !cfg!(target_os = "linux") {
        shell::note("SKIPPED: the fuzzer is compiled on Linux alone");
        return Ok(Counts { skipped: 1, ..Counts::default() });
    }
    let chosen: Vec<_> = TARGETS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).collect();
    let names = || TARGETS.map(|(name, _)| name).join(", ");
    ensure!(!chosen.is_empty(), "there is no target {}; there are {}", only.unwrap_or_default(), names());
    let fuzzer = build(project)?;
    let mut counts = Counts::default();
    for (name, seeds) in chosen {
        counts += match target(project, &fuzzer, name, seeds, seconds) {
            Ok(()) => Counts::PASSED,
            Err(error) => {
                shell::note(&format!("FAILED: {name}: {error:#}"));
                Counts::FAILED
            }
        };
    }
    Ok(counts)
}

/// Compiles the fuzzer and says where it is.
fn build(project: &Project) -> Result<PathBuf> {
    let target = project.target.join("fuzz/build");
    for part in ["deps", "build", ".fingerprint"] {
        let (from, to) = (project.target.join("release").join(part), target.join("release").join(part));
        // Only at first: cargo keeps what it compiled there since.
        if from.is_dir() && !to.exists() {
            link(&from, &to)?;
        }
    }
    let mut cargo =
        project.cargo(&["test", "--locked", "--release", "-p", "langedit", "--test", "fuzz", "--no-run", "--message-format", "json"]);
    cargo.env("CARGO_TARGET_DIR", &target).env("RUSTC_WORKSPACE_WRAPPER", project.root.join("tests/fuzz/instrument.sh"));
    shell::note(&format!("   $ {}", shell::describe(&cargo)));
    let output = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the fuzzer was not compiled");
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut built = messages
        .filter(|message| message["target"]["name"] == "fuzz")
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    built.next_back().context("cargo did not say where the fuzzer is")
}

fn target(project: &Project, fuzzer: &Path, name: &str, seeds: &[&str], seconds: u64) -> Result<()> {
    let folder = project.target.join("fuzz").join(name);
    let corpus = folder.join("corpus");
    fs::create_dir_all(&corpus)?;
    for seed in seeds {
        copy(&project.root.join(seed), &corpus)?;
    }
    let mut command = Command::new(fuzzer);
    command.env("LANGEDIT_FUZZ_TARGET", name).arg(&corpus);
    let known = project.root.join("tests/fuzz").join(name);
    command.args(known.is_dir().then_some(known)).args(MEMORY).args([TIMEOUT, LONGEST, "-print_final_stats=1"]);
    command.args([format!("-artifact_prefix={}/", folder.display()), format!("-max_total_time={seconds}")]);
    let log = folder.join("log.txt");
    let status = command.stdout(fs::File::create(&log)?).stderr(fs::File::options().append(true).open(&log)?).status()?;
    let said = fs::read_to_string(&log)?;
    let number = |key: &str| said.lines().find_map(|line| line.strip_prefix(key)).map_or("?", str::trim).to_owned();
    shell::note(&format!(
        "{name}: {} executions, {} a second, {} inputs in the corpus, {} MiB at most",
        number("stat::number_of_executed_units:"),
        number("stat::average_exec_per_sec:"),
        fs::read_dir(&corpus)?.count(),
        number("stat::peak_rss_mb:")
    ));
    if !status.success() {
        let why = said.lines().find(|line| line.contains("panicked at") || line.contains("ERROR: libFuzzer")).unwrap_or("it ended early");
        bail!("{why}; {} has the rest, and the input lies beside it", log.display());
    }
    Ok(())
}

/// Links to the files below a folder but those of the crate itself, whose artefacts would be taken for instrumented ones.
fn link(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        let own = name.to_string_lossy().trim_start_matches("lib").starts_with("langedit");
        if path.is_dir() && !own {
            link(&path, &to.join(&name))?;
        } else if !own {
            fs::hard_link(&path, to.join(&name)).with_context(|| format!("linking to {}", path.display()))?;
        }
    }
    Ok(())
}

/// Copies a file, or the files of a folder.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        for entry in fs::read_dir(from)? {
            let path = entry?.path();
            if path.is_file() {
                copy(&path, to)?;
            }
        }
        return Ok(());
    }
    let (name, parent) = (from.file_name().context("a seed has a name")?, from.parent().and_then(Path::file_name).unwrap_or_default());
    // Models' files have the same names.
    fs::copy(from, to.join(format!("{}-{}", parent.display(), name.display()))).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuzzer_has_these_targets_and_their_seeds_are_there_whole() {
        let project = Project::locate().unwrap();
        let source = fs::read_to_string(project.root.join("crate/tests/fuzz/targets.rs")).unwrap();
        assert_eq!(source.matches("\n    (\"").count(), TARGETS.len());
        let longest: u64 = LONGEST.trim_start_matches("-max_len=").parse().unwrap();
        for (name, seeds) in TARGETS {
            assert!(source.contains(&format!("\n    (\"{name}\", ")), "{name}");
            for seed in seeds {
                let there = project.root.join(seed).metadata().unwrap();
                assert!(there.is_dir() || there.len() <= longest, "{seed} would be cut");
            }
        }
    }
}
