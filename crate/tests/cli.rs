//! The command from outside: what it prints, where, and with which exit status.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;

const FROZEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/links");

fn langedit(args: &[&str]) -> Output {
    Command::new(cargo_bin!("langedit")).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Runs, expects `status`, nothing on standard output and one line on standard error that names every one of `words`.
fn refused(args: &[&str], status: i32, words: &[&str]) {
    let output = langedit(args);
    let line = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(status), "{args:?}: {line}");
    assert_eq!(stdout(&output), "", "{args:?}");
    assert!(line.starts_with("langedit: ") && line.trim_end().lines().count() == 1, "{args:?}: {line}");
    for word in words {
        assert!(line.contains(word), "{args:?}: `{word}` is not in: {line}");
    }
}

/// A file that is there, for arguments that need one.
fn some_file() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/links/README.md").to_owned()
}

fn frozen(name: &str) -> String {
    Path::new(FROZEN).join(name).display().to_string()
}

#[test]
fn every_help_has_an_example_and_goes_to_standard_output() {
    for command in [
        &["--help"][..],
        &["edit", "--help"],
        &["run", "--help"],
        &["generate", "--help"],
        &["stats", "--help"],
        &["stats", "merge", "--help"],
        &["eval", "--help"],
        &["inspect", "--help"],
        &["models", "--help"],
    ] {
        let output = langedit(command);
        assert!(output.status.success(), "{command:?}");
        assert!(stdout(&output).contains("Example") && stdout(&output).contains("  langedit "), "{command:?}");
        assert!(output.stderr.is_empty(), "{command:?}");
    }
}

#[test]
fn the_help_of_edit_names_every_setting() {
    let help = stdout(&langedit(&["edit", "--help"]));
    for name in ["v_lr", "v_num_grad_steps", "clamp_norm_factor", "edited_key_weight", "nullspace_threshold", "mom2_update_weight"] {
        assert!(help.contains(name), "{name}");
    }
}

#[test]
fn version() {
    let output = langedit(&["--version"]);
    assert_eq!(stdout(&output), format!("langedit {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn without_a_command_the_help_is_shown_and_it_counts_as_wrong_usage() {
    let output = langedit(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("Commands:"));
}

#[test]
fn wrong_usage_is_one_line_and_status_2() {
    let edit = ["edit", "--model", "builtin", "--data", "builtin"];
    let with = |more: &[&'static str]| [&edit[..], more].concat();
    refused(&["edti"], 2, &["edti", "edit"]);
    refused(&with(&["--metod", "x"]), 2, &["--metod", "--method", "langedit edit --help"]);
    refused(&["edit"], 2, &["--model", "--data"]);
    refused(&with(&["--layers", "8-4"]), 2, &["--layers", "8-4", "backwards"]);
    refused(&with(&["--layers", "four"]), 2, &["four", "4-8"]);
    refused(&with(&["--set", "v_learning_rate=1"]), 2, &["v_learning_rate", "v_lr", "layers"]);
    refused(&with(&["--set", "nullspace_treshold=1%"]), 2, &["did you mean `nullspace_threshold`"]);
    refused(&with(&["--set", "v_lr=fast"]), 2, &["v_lr", "fast", "1e-12"]);
    refused(&with(&["--set", "v_lr"]), 2, &["NAME=VALUE"]);
    refused(&with(&["--set", "v_lr=1", "--set", "v_lr=2"]), 2, &["v_lr", "twice"]);
    refused(&with(&["--set", "layers=3", "--layers", "4"]), 2, &["--layers"]);
    refused(&with(&["--set", "mode=repo"]), 2, &["--mode repo"]);
    let merge = ["merge", "--model", "builtin", "--data", "builtin"];
    refused(&[&merge[..], &["--merge", "sum", "--density", "0.5"]].concat(), 2, &["density", "`sum` keeps every entry", "ties and dare"]);
    let eval = ["eval", "--model", "builtin"];
    for (more, words) in [
        (&["--recall", "--recipe", "r.json", "--method", "memit"][..], ["--method", "--recipe"]),
        (&["--recall", "--stats", &some_file()], ["--stats", "--cross-lingual"]),
        (&["--recall", "--examples", "5"], ["--xtreme", "required"]),
        (&["--recall", "--sample"], ["--data", "required"]),
    ] {
        refused(&[&eval[..], more].concat(), 2, &words);
    }
    refused(&with(&["--mode", "code"]), 2, &["code", "paper", "repo"]);
    refused(&with(&["--method", "alpha-edit"]), 2, &["did you mean `alphaedit`"]);
    refused(&with(&["--method", "serac"]), 2, &["serac", "prune"]);
    refused(&with(&["--languages", "en,english-uk"]), 2, &["english-uk"]);
    refused(&with(&["--languages", "en,de,en"]), 2, &["en", "twice"]);
    refused(&with(&["--facts", "0"]), 2, &["0", "20000"]);
    refused(&with(&["--facts", "10000"]), 2, &["10000", "6 languages"]);
    refused(&with(&["--batch", "-1"]), 2, &["-1"]);
    refused(&with(&["--seed", "9007199254740992"]), 2, &["9007199254740992"]);
    refused(&with(&["--device", "tpu"]), 2, &["tpu", "cpu", "wgpu", "cuda"]);
    refused(&["generate", "--model", "builtin", "--prompt", ""], 2, &["--prompt", "empty"]);
    refused(&["generate", "--model", "builtin", "--prompt", "x", "--greedy", "--seed", "1"], 2, &["--greedy", "--seed"]);
    refused(&["stats", "--model", "builtin"], 2, &["--corpus", "--out"]);
    refused(&["stats", "--model", "builtin", "--corpus", "x", "--out", "y", "--shard", "3/2"], 2, &["3/2"]);
    refused(&["stats", "merge", "--out", "x"], 2, &["PART"]);
    refused(&["inspect"], 2, &["--model"]);
    for checkpoint in ["llama", "gguf/llama3.gguf"] {
        let path = format!("{}/../tests/golden/models/{checkpoint}", env!("CARGO_MANIFEST_DIR"));
        refused(&["inspect", &path], 2, &[&path, "--model"]);
    }
    refused(&["run"], 2, &["LINK-or-RECIPE.json"]);
}

#[test]
fn what_is_not_there_is_named_with_status_1() {
    let file = some_file();
    refused(&["edit", "--model", "no/such.gguf", "--data", "builtin"], 1, &["no/such.gguf"]);
    refused(&["edit", "--model", "builtin", "--data", "no/such.json"], 1, &["data set", "no/such.json"]);
    refused(&["edit", "--model", "builtin", "--data", "builtin", "--stats", "no.safetensors"], 1, &["no.safetensors"]);
    refused(&["edit", "--model", "builtin", "--data", "builtin", "--report", "no/folder/r.json"], 1, &["report", "no/folder"]);
    for place in [&file, &format!("{file}/")] {
        refused(&["edit", "--model", "builtin", "--data", "builtin", "--save", place], 1, &["is a file"]);
        refused(&["experiment", "interference", "--scale", "small", "--out", place], 1, &["is a file"]);
    }
    refused(&["eval", "--model", "no/such", "--data", "builtin"], 1, &["no/such"]);
    refused(&["generate", "--model", "no/such", "--prompt", "x"], 1, &["no/such"]);
    refused(&["stats", "--model", "builtin", "--corpus", "no.txt", "--out", "s"], 1, &["no.txt"]);
    refused(&["stats", "merge", &file, "no.safetensors", "--out", "s"], 1, &["no.safetensors"]);
    refused(&["stats", "merge", &file, &file, "--out", "s"], 2, &["twice"]);
    refused(&["inspect", "--model", "no/such.gguf"], 1, &["no/such.gguf"]);
    refused(&["inspect", "no/such.json"], 1, &["no/such.json"]);
}

#[test]
fn bad_recipes_and_links_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| -> String {
        let path: PathBuf = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    refused(&["run", "https://example.org/"], 1, &["not a LangEdit link"]);
    refused(&["run", "#9.AAAA"], 1, &["made by a newer version"]);
    refused(&["run", "#1.AAAA"], 1, &["damaged"]);
    refused(&["run", &write("empty.json", "{}")], 1, &["empty.json", "neither"]);
    refused(&["run", &write("text.json", "hello")], 1, &["text.json"]);
    refused(&["run", &write("newer.json", r#"{"version": 7, "recipe": null, "steps": []}"#)], 1, &["newer version"]);
    let text = std::fs::read_to_string(frozen("v1-one-fact.json")).unwrap();
    refused(&["run", &write("field.json", &text.replace("\"seed\"", "\"sede\""))], 1, &["field.json", "sede"]);
    refused(&["run", &write("steps.json", &text.replace("\"batch\": 1", "\"batch\": 0"))], 1, &["recipe.batch"]);
    refused(&["run", &write("method.json", &text.replace("langedit", "serac"))], 1, &["serac"]);
    let other = write("other.json", &text.replace("builtin", "Llama-3-8B"));
    refused(&["run", &other], 2, &["Llama-3-8B", "--model"]);
    let binary = folder.path().join("binary.json");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).unwrap();
    refused(&["inspect", &binary.display().to_string()], 1, &["not UTF-8"]);
}

#[test]
fn inspect_shows_the_recipe_of_a_link_a_file_and_a_report() {
    let expected = std::fs::read_to_string(frozen("v1-six-languages.json")).unwrap();
    let link = std::fs::read_to_string(frozen("v1-six-languages.txt")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    std::fs::write(&report, format!(r#"{{"model": "builtin", "steps": [], "recipe": {expected}}}"#)).unwrap();
    let address = format!("https://example.org/?ui=nl{}", link.trim());
    for source in [link.trim(), &address, &frozen("v1-six-languages.txt"), &frozen("v1-six-languages.json"), &report.display().to_string()]
    {
        let output = langedit(&["inspect", source, "--json"]);
        assert!(output.status.success(), "{source}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(stdout(&output), expected, "{source}");
    }
    // As a mail program wraps and closes it, on the command line and in a file; and a recipe that speaks of links is no link.
    let wrapped = format!("<https://example.org/%231%2E{}\r\n{}>.", &link.trim()[3..90], &link.trim()[90..]);
    let [mail, speaking] = ["mail.txt", "speaking.json"].map(|name| folder.path().join(name).display().to_string());
    std::fs::write(&mail, &wrapped).unwrap();
    for source in [&wrapped, &mail] {
        assert_eq!(stdout(&langedit(&["inspect", source, "--json"])), expected, "{source}");
    }
    let recipe = std::fs::read_to_string(frozen("v1-one-fact.json")).unwrap();
    let mut recipe: serde_json::Value = serde_json::from_str(&recipe).unwrap();
    recipe["facts"][0]["new_object"] = "#1.Paris".into();
    std::fs::write(&speaking, recipe.to_string()).unwrap();
    assert!(stdout(&langedit(&["inspect", &speaking])).contains("#1.Paris"));
    // One that names facts of the catalogue, which the command carries.
    let output = langedit(&["inspect", &frozen("v1-catalogue.txt"), "--json"]);
    assert_eq!(stdout(&output), std::fs::read_to_string(frozen("v1-catalogue.json")).unwrap());
    let outline = stdout(&langedit(&["inspect", link.trim()]));
    assert!(outline.contains("langedit (paper formulas, exact projection)") && outline.contains("v_lr=0.3"), "{outline}");
    assert!(outline.contains("葡萄牙的首都是 -> 波尔图"), "{outline}");
}

#[test]
fn models_lists_published_settings() {
    let output = langedit(&["models", "--json"]);
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = |name: &str| rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!(row("Meta-Llama-3-8B-Instruct")["settings"]["v_lr"], 0.1);
    assert_eq!(row("gpt-j-6b")["settings"]["layers"], serde_json::json!([3, 4, 5, 6, 7, 8]));
    assert_eq!(row("SmolLM2-135M-Instruct")["sha256"].as_str().unwrap().len(), 64);
    assert!(stdout(&langedit(&["models"])).contains("Qwen2.5-7B-Instruct"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child =
        Command::new(cargo_bin!("langedit")).args(["models", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(output.status.success());
}

/// The loaders of Vulkan and of EGL, told to look for drivers where there are none.
#[test]
#[cfg(target_os = "linux")]
fn without_a_gpu_one_line_says_so() {
    let mut command = Command::new(cargo_bin!("langedit"));
    command.args(["generate", "--model", "builtin", "--prompt", "x", "--max-tokens", "1", "--greedy", "--device", "wgpu"]);
    for name in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "__EGL_VENDOR_LIBRARY_FILENAMES"] {
        command.env(name, "/nonexistent");
    }
    let output = command.output().unwrap();
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(output.stdout.is_empty() && line.trim_end().lines().count() == 1, "{line}");
    assert!(line.starts_with("langedit: no GPU through wgpu") && line.contains("--device cpu"), "{line}");
}

/// A full disk is a failure, whatever is printed; a reader that has gone away is not.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_a_failure() {
    for args in [&["--help"][..], &["edit", "--help"], &["--version"], &["models"], &["models", "--json"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = Command::new(cargo_bin!("langedit")).args(args).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(said.contains("cannot write to standard output"), "{args:?}: {said}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let unread = Command::new(cargo_bin!("langedit")).args(args).stdout(writer).output().unwrap();
        assert_eq!(unread.status.code(), Some(0), "{args:?}");
    }
}
