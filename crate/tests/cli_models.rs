//! `langedit generate`, `stats` and `eval` from outside, on tiny checkpoints.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use cli_support::{Experiment, facts, golden, json, langedit, refused, succeeds, text};
use langedit::edit::{Statistics, models_of};
use langedit::text::corpus::declaration_languages;

#[test]
fn greedy_generation_is_the_same_streamed_or_as_json() {
    for model in ["models/llama", "models/gguf/llama.gguf"] {
        let model = golden(model);
        let args = ["generate", "--model", &model, "--prompt", "The capital of Veldania is", "--max-tokens", "6", "--greedy"];
        let printed = json(&succeeds(&[&args[..], &["--json"]].concat()));
        let (tokens, top) = (printed["tokens"].as_array().unwrap(), printed["top"].as_array().unwrap());
        assert_eq!((tokens.len(), top.len()), (6, 10));
        assert_eq!(tokens[0], top[0]["id"]);
        assert!(printed["text"].as_str().unwrap().starts_with(top[0]["text"].as_str().unwrap()), "{printed}");
        assert!(top.windows(2).all(|pair| pair[0]["logit"].as_f64() >= pair[1]["logit"].as_f64()));
        assert!(printed["prompt_tokens"].as_array().unwrap().len() > 3);
        assert_eq!(succeeds(&args), format!("{}\n", printed["text"].as_str().unwrap()));

        let fewer = ["generate", "--model", &model, "--prompt", "The capital of Veldania is", "--max-tokens", "2", "--greedy", "--json"];
        assert_eq!(json(&succeeds(&fewer))["tokens"].as_array().unwrap()[..], tokens[..2]);
    }
}

#[test]
fn sampling_follows_the_seed() {
    let model = golden("models/llama");
    let sample = |more: &[&str]| {
        let args = ["generate", "--model", &model, "--prompt", "The capital", "--max-tokens", "12", "--json"];
        json(&succeeds(&[&args[..], more].concat()))["tokens"].clone()
    };
    assert_eq!(sample(&["--seed", "1"]), sample(&["--seed", "1"]));
    assert_ne!(sample(&["--seed", "1"]), sample(&["--seed", "2"]));
    assert_eq!(sample(&["--top-k", "1"]), sample(&["--greedy"]));
}

#[test]
fn prompts_that_do_not_fit_are_refused() {
    let model = golden("models/llama");
    let long = "capital ".repeat(4000);
    refused(&["generate", "--model", &model, "--prompt", &long], 1, &["--prompt", "positions"]);
    let broken = tempfile::tempdir().unwrap();
    let file = broken.path().join("broken.gguf");
    std::fs::write(&file, b"GGUF\x03\0\0\0").unwrap();
    refused(&["generate", "--model", &text(&file), "--prompt", "x"], 1, &["broken.gguf"]);
    // The one GGUF file of a folder is the model, broken or not.
    refused(&["generate", "--model", &text(broken.path()), "--prompt", "x"], 1, &["broken.gguf"]);
    std::fs::remove_file(&file).unwrap();
    refused(&["generate", "--model", &text(broken.path()), "--prompt", "x"], 1, &["config.json"]);
}

/// One value of the last layer is NaN: the likeliest token would be an arbitrary one.
#[test]
fn a_model_whose_weights_are_not_finite_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.json", "tokenizer.json"] {
        std::fs::copy(golden(&format!("models/llama/{name}")), folder.path().join(name)).unwrap();
    }
    let mut bytes = std::fs::read(golden("models/llama/model.safetensors")).unwrap();
    let (header, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let at = 8 + header + metadata.info("model.layers.3.mlp.down_proj.weight").unwrap().data_offsets.0;
    bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
    let model = text(folder.path());
    for more in [&[][..], &["--json"], &["--greedy", "--json"]] {
        refused(&[&["generate", "--model", &model, "--prompt", "The capital"][..], more].concat(), 1, &["not finite", "NaN"]);
    }
    refused(&["inspect", "--model", &model, "--weights"], 1, &["layers.3.mlp.down.weight has NaN at row 0, column 0"]);
    succeeds(&["inspect", "--model", &golden("models/llama"), "--weights"]);
    let facts = facts(folder.path());
    refused(&["edit", "--model", &model, "--data", &facts, "--languages", "de,en", "--method", "memit", "--quiet"], 1, &["not finite"]);
}

/// A file from before the field existed: the key has another name.
#[test]
fn a_note_tells_that_a_file_does_not_name_its_pre_tokenizer() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(golden("models/gguf/llama3.gguf")).unwrap();
    let key = b"tokenizer.ggml.pre";
    let at = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len() - 3;
    bytes[at..at + 3].copy_from_slice(b"xre");
    let model = folder.path().join("old.gguf");
    std::fs::write(&model, bytes).unwrap();
    let model = text(&model);
    for args in [&["inspect", "--json"][..], &["generate", "--prompt", "The capital", "--max-tokens", "1", "--greedy"]] {
        let output = langedit(&[args, &["--model", &model]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.contains("note: ") && said.contains("tokenizer.ggml.pre"), "{args:?}: {said}");
    }
    let summary = json(&succeeds(&["inspect", "--json", "--model", &model]));
    assert!(summary["warnings"][0].as_str().unwrap().contains("`default`"), "{summary}");
}

/// What a page is given: a file by the model's hash, and the list by which it finds it.
#[test]
fn statistics_for_a_page_are_found_by_the_hash_of_their_model() {
    let folder = tempfile::tempdir().unwrap();
    let (page, list) = (text(folder.path()), folder.path().join("list.json"));
    let collect = |model: &str| {
        let args = ["stats", "--model", model, "--corpus", "builtin", "--layers", "1-2", "--out", &page, "--json"];
        let summary = json(&succeeds(&args));
        let hash = json(&succeeds(&["inspect", "--json", "--model", model]))["sha256"].as_str().unwrap().to_owned();
        (summary, format!("{hash}.safetensors"))
    };
    let listed = || json(&std::fs::read_to_string(&list).unwrap())["files"].as_array().unwrap().clone();
    let (summary, name) = collect(&golden("models/llama"));
    let bytes = std::fs::read(folder.path().join(&name)).unwrap();
    assert_eq!(listed(), [serde_json::json!({ "path": name, "bytes": bytes.len(), "sha256": summary["sha256"] })]);
    let statistics = Statistics::from_bytes(&bytes).unwrap();
    let hash = name.strip_suffix(".safetensors").unwrap();
    assert_eq!(models_of(statistics.provenance()).collect::<Vec<_>>(), [hash]);
    let languages = declaration_languages(statistics.provenance()).unwrap();
    assert_eq!(languages, ["en", "de", "nl", "es", "fr", "zh"]);
    let d = statistics.layer(1).unwrap().dim();
    assert!(bytes.len() < 2 * 4 * d * (d + 1) / 2 + 2048, "{} bytes are more than two triangles of {d}", bytes.len());

    let (_, other) = collect(&golden("models/qwen2"));
    collect(&golden("models/llama"));
    let mut both = [name.as_str(), other.as_str()];
    both.sort_unstable();
    assert_eq!(listed().iter().map(|file| file["path"].as_str().unwrap()).collect::<Vec<_>>(), both);

    // What is there is not replaced by less.
    let more = ["stats", "--model", &golden("models/llama"), "--corpus", "builtin", "--out", &page];
    refused(&[&more[..], &["--layers", "2"]].concat(), 2, &[&name, "layers 1-2", "delete it"]);
    refused(&[&more[..], &["--layers", "1-2", "--max-tokens", "9"]].concat(), 2, &[&name, "tokens", "delete it"]);
    assert_eq!(std::fs::read(folder.path().join(&name)).unwrap(), bytes);

    let shard = ["stats", "--model", "builtin", "--corpus", "builtin", "--shard", "1/2", "--out", &page];
    refused(&shard, 2, &["whole corpus"]);
    std::fs::write(&list, "<!doctype html>").unwrap();
    refused(&shard[..5].iter().chain(&["--out", page.as_str()]).copied().collect::<Vec<_>>(), 1, &["list.json", "delete it"]);
}

#[test]
fn statistics_in_parts_are_those_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (model, corpus) = (golden("models/llama"), golden("editing/corpus.txt"));
    let path = |name: &str| text(&folder.path().join(name));
    let collect = |out: &str, more: &[&str]| {
        let args = ["stats", "--model", &model, "--corpus", &corpus, "--layers", "1-2", "--out", out, "--json"];
        json(&succeeds(&[&args[..], more].concat()))
    };
    let (whole, one, two, both) = (path("whole"), path("one"), path("two"), path("both"));
    let summary = collect(&whole, &[]);
    assert_eq!(summary["layers"], json("[1, 2]"));
    let source = summary["source"].as_str().unwrap();
    assert!(source.contains("corpus.txt") && source.contains("tokens") && !source.contains('/'), "{source}");
    collect(&one, &["--shard", "1/2"]);
    collect(&two, &["--shard", "2/2"]);
    let merged = json(&succeeds(&["stats", "merge", &one, &two, "--out", &both, "--json"]));
    assert_eq!(merged["count"], summary["count"]);
    let read = |path: &str| Statistics::from_bytes(&std::fs::read(path).unwrap()).unwrap();
    let theirs = read(&golden("editing/stats.safetensors"));
    for ours in [read(&whole), read(&both)] {
        for (layer, _) in theirs.layers() {
            let [ours, theirs] = [&ours, &theirs].map(|of| of.load(layer).unwrap().into_mean());
            let distance = (ours - &theirs).norm_l2() / theirs.norm_l2();
            assert!(distance < 1e-5, "layer {layer}: {distance}");
        }
    }
    let few = collect(&path("few"), &["--max-tokens", "20"]);
    assert!((20..80).contains(&few["count"].as_u64().unwrap()), "{few}");

    refused(&["stats", "--model", &model, "--corpus", &corpus, "--layers", "9", "--out", &path("x")], 2, &["layer 9"]);
    refused(&["stats", "--model", &model, "--corpus", &corpus, "--out", &path("absent/")], 1, &["folder", "absent/ does not exist"]);
    let other = golden("models/qwen2");
    let foreign = path("foreign");
    succeeds(&["stats", "--model", &other, "--corpus", &corpus, "--layers", "1-2", "--out", &foreign]);
    let copy = path("copy.safetensors");
    std::fs::copy(&one, &copy).unwrap();
    refused(&["stats", "merge", &one, &copy, "--out", &path("x")], 1, &["copy.safetensors", "part 1/2", "count twice"]);
    refused(&["stats", "merge", &both, &two, "--out", &path("x")], 1, &["part 2/2", "count twice"]);
    let output = langedit(&["stats", "merge", &two, "--out", &path("alone")]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("part 1/2 is missing"), "{said}");
    let experiment = Experiment::new("models/llama", &["--method", "memit", "--set", "v_num_grad_steps=2", "--json"]);
    let warnings = |stats: &str| json(&succeeds(&experiment.args(&["--stats", stats])))["warnings"].to_string();
    assert!(warnings(&one).contains(r#"{"kind":"part_of_statistics","missing":["2/2"]}"#));
    assert!(!warnings(&both).contains("part_of_statistics"));
    refused(&["stats", "merge", &one, &foreign, "--out", &path("x")], 1, &["different models"]);
    std::fs::write(folder.path().join("empty.txt"), "\n\n").unwrap();
    refused(&["stats", "--model", &model, "--corpus", &path("empty.txt"), "--out", &path("x")], 1, &["no text"]);
    refused(&["stats", "merge", &corpus, "--out", &path("x")], 1, &["corpus.txt", "key statistics"]);
    assert!(!folder.path().join("x").exists());
}

/// Files as numpy wrote them, one stored and one compressed.
#[test]
fn published_layer_statistics_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let out = text(&folder.path().join("out"));
    let files = [1, 2].map(|layer| golden(&format!("statistics/model.layers.{layer}.mlp.down_proj_float32_mom2_100000.npz")));
    let summary = json(&succeeds(&["stats", "import", &files[0], &files[1], "--out", &out, "--json"]));
    assert_eq!(summary["layers"], json("[1, 2]"));
    let read = |path: &str| Statistics::from_bytes(&std::fs::read(path).unwrap()).unwrap();
    let (ours, theirs) = (read(&out), read(&golden("editing/stats.safetensors")));
    assert_eq!(ours.count(), theirs.count());
    for (layer, _) in theirs.layers() {
        let [ours, theirs] = [&ours, &theirs].map(|of| of.load(layer).unwrap().into_mean());
        let distance = (ours - &theirs).norm_l2() / theirs.norm_l2();
        assert!(distance < 1e-6, "layer {layer}: {distance}");
    }
    let copied = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        text(&folder.path().join(name))
    };
    let whole = std::fs::read(&files[0]).unwrap();
    let refuses = |files: &[&str], words: &[&str]| refused(&[&["stats", "import", "--out", &out][..], files].concat(), 1, words);
    refuses(&[&copied("mom2.npz", &whole)], &["mom2.npz", "layer"]);
    refuses(&[&files[0], &copied("1_float32.npz", &whole)], &["second file for layer 1"]);
    refuses(&[&copied("3.npz", &whole[..whole.len() / 2])], &["3.npz", "zip archive"]);
    refuses(&[&golden("editing/stats.safetensors")], &["stats.safetensors"]);
}

#[test]
fn as_much_of_a_document_is_read_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| text(&folder.path().join(name));
    // The checkpoint has 64 positions or more; the document has more tokens than any.
    std::fs::write(folder.path().join("long.txt"), "The river runs through the old town. ".repeat(100)).unwrap();
    let count = |more: &[&str]| {
        let (model, corpus, out) = (golden("models/llama"), path("long.txt"), path("out"));
        let args = ["stats", "--model", &model, "--corpus", &corpus, "--layers", "1", "--out", &out, "--json"];
        let written = json(&succeeds(&[&args[..], more].concat()));
        (written["count"].as_u64().unwrap(), written["source"].as_str().unwrap().to_owned())
    };
    let (positions, _) = count(&["--document-tokens", "100000"]);
    assert_eq!(count(&[]).0, positions.min(256));
    let (few, source) = count(&["--document-tokens", "7"]);
    assert!(few == 7 && source.contains("documents of up to 7 tokens"), "{source}");
    let (model, corpus, out) = (golden("models/llama"), path("long.txt"), path("out"));
    refused(&["stats", "--model", &model, "--corpus", &corpus, "--out", &out, "--document-tokens", "0"], 2, &["--document-tokens"]);
}

#[test]
fn an_edit_uses_the_statistics_that_it_is_given() {
    let experiment = Experiment::new("models/llama", &["--batch", "3"]);
    let stats = text(&experiment.path("s.safetensors"));
    let (model, corpus) = (golden("models/llama"), golden("editing/corpus.txt"));
    succeeds(&["stats", "--model", &model, "--corpus", &corpus, "--layers", "1-2", "--out", &stats]);
    let report = json(&succeeds(&experiment.args(&["--stats", &stats, "--json"])));
    assert!(report["statistics"]["source"].as_str().unwrap().starts_with("corpus.txt"));
    assert_eq!(report["recipe"]["statistics"]["sha256"].as_str().unwrap().len(), 64);
    let one = text(&experiment.path("one.safetensors"));
    succeeds(&["stats", "--model", &model, "--corpus", &corpus, "--layers", "1", "--out", &one]);
    refused(&experiment.args(&["--stats", &one]), 1, &["no layer 2"]);
    refused(&experiment.args(&["--stats", &corpus]), 1, &["corpus.txt"]);
}

#[test]
fn statistics_of_the_shipped_corpus_are_remembered() {
    let experiment = Experiment::new("models/llama", &["--batch", "3", "--json"]);
    let cache = experiment.path("cache");
    let run = || {
        let output = cli_support::command(&experiment.args(&[])).env("XDG_CACHE_HOME", &cache).output().unwrap();
        assert!(output.status.success());
        cli_support::without_times(serde_json::from_slice(&output.stdout).unwrap())
    };
    let first = run();
    let entries = || std::fs::read_dir(cache.join("langedit/statistics")).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let [entry] = &entries()[..] else { panic!("one entry, not {:?}", entries()) };
    let written = std::fs::metadata(entry).unwrap().modified().unwrap();
    assert_eq!(run(), first);
    assert_eq!(std::fs::metadata(entry).unwrap().modified().unwrap(), written);
    // A damaged entry is made again.
    std::fs::write(entry, "half").unwrap();
    assert_eq!(run(), first);
    assert!(Statistics::from_bytes(&std::fs::read(entry).unwrap()).is_ok());
}

#[test]
fn eval_measures_every_language() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data) = (golden("models/llama"), facts(folder.path()));
    let args = ["eval", "--model", &model, "--data", &data, "--languages", "de,en", "--facts", "2"];
    let measured = json(&succeeds(&[&args[..], &["--json"]].concat()));
    for scores in [&measured["languages"]["en"], &measured["languages"]["de"]] {
        assert_eq!(scores["facts"], 2);
        assert!((0.0..=100.0).contains(&scores["efficacy"].as_f64().unwrap()));
    }
    let table = succeeds(&args);
    assert!(table.contains("average") && table.contains("efficacy"), "{table}");
    refused(&["eval", "--model", &model, "--data", &data, "--languages", "fr"], 1, &["facts.json", "fr"]);
    let output = langedit(&[&args[..], &["--report", &text(&folder.path().join("r.json"))]].concat());
    assert!(output.status.success());
    assert_eq!(cli_support::read_json(&folder.path().join("r.json"))["average"], measured["average"]);
}
