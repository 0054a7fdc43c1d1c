#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::*;
use crate::edit::Method;
use crate::linalg::Threshold;
use crate::model::{Activation, Family};

fn config(family: Family, hidden: usize, inner: usize, layers: usize) -> ModelConfig {
    ModelConfig {
        family,
        vocab: 128_256,
        hidden,
        inner,
        layers,
        heads: 32,
        kv_heads: 8,
        head_dim: hidden / 32,
        max_positions: 8192,
        norm_eps: 1e-5,
        rope: None,
        local: None,
        unrotated_every: None,
        query_scalar: None,
        activation: Activation::SiluGated,
        tied_head: false,
    }
}

#[test]
fn published_models_get_the_published_values() {
    let llama = Settings::for_mode(&config(Family::Llama, 4096, 14336, 32), Method::LangEdit, Mode::Repo);
    assert_eq!(llama.layers, [4, 5, 6, 7, 8]);
    assert_eq!((llama.v_lr, llama.v_weight_decay, llama.clamp_norm_factor, llama.l2), (0.1, 0.5, 0.75, 10.0));
    assert_eq!(llama.nullspace_threshold, Threshold::Absolute(0.02));
    assert_eq!(llama.mom2_update_weight, 15_000.0);
    assert_eq!(llama.edited_key_weight, KeyWeight::Share(0.001), "a batch of 100 against the public code's N0 of 100,000");

    let qwen = Settings::for_model(&config(Family::Qwen2, 3584, 18944, 28), Method::AlphaEdit);
    assert_eq!((qwen.v_lr, qwen.v_weight_decay, qwen.clamp_norm_factor, qwen.l2), (0.5, 1e-3, 4.0, 1.0));
    assert_eq!(qwen.layers, [4, 5, 6, 7, 8]);

    let small = Settings::for_model(&config(Family::Llama, 3072, 8192, 28), Method::Memit);
    assert_eq!((small.layers.as_slice(), small.v_lr, small.clamp_norm_factor), (&[4, 5, 6, 7, 8][..], 0.5, 4.0));

    let gptj = Settings::for_model(&config(Family::GptJ, 4096, 16384, 28), Method::Memit);
    assert_eq!((gptj.layers.first(), gptj.layers.last(), gptj.v_lr), (Some(&3), Some(&8), 0.5));
}

/// A Mistral's GGUF calls itself a llama and has Llama 3's sizes but for its vocabulary; a recipe of version 1 keeps what it was run with.
#[test]
fn a_mistral_is_not_taken_for_llama_3() {
    let folder = config(Family::Mistral, 4096, 14336, 32);
    let file = ModelConfig { vocab: 32_768, family: Family::Llama, ..folder.clone() };
    let llama = ModelConfig { family: Family::Llama, ..folder.clone() };
    let of = |config: &ModelConfig| {
        let settings = Settings::for_model(config, Method::Memit);
        (settings.layers, settings.v_lr, settings.v_weight_decay, settings.clamp_norm_factor)
    };
    let published = ((4..=8).collect::<Vec<usize>>(), 0.5, 1e-3, 4.0);
    assert_eq!([of(&folder), of(&file)], [published.clone(), published]);
    assert_eq!(of(&llama), ((4..=8).collect(), 0.1, 0.5, 0.75));
    assert_eq!(Settings::for_version_1(&file, Method::Memit, Mode::Paper).v_lr, 0.1);
}

/// Published settings have no ridge, nor had recipes of version 1.
#[test]
fn only_tiny_models_have_a_ridge() {
    let tiny = ModelConfig { vocab: 6144, ..config(Family::Llama, 192, 768, 6) };
    let small = config(Family::Llama, 576, 1536, 30);
    let ridge = |config: &ModelConfig| Settings::for_model(config, Method::Memit).mom2_ridge;
    assert_eq!((ridge(&tiny), ridge(&small), ridge(&config(Family::GptJ, 4096, 16384, 28))), (1e-3, 0.0, 0.0));
    let mut json = serde_json::to_value(Settings::for_model(&tiny, Method::Memit)).unwrap();
    json.as_object_mut().unwrap().remove("mom2_ridge").unwrap();
    assert_eq!(serde_json::from_value::<Settings>(json).unwrap().mom2_ridge, 0.0, "reports of before this was a setting");
}

#[test]
fn the_paper_has_the_identity_where_the_code_has_l2() {
    let llama = config(Family::Llama, 4096, 14336, 32);
    assert_eq!(Settings::for_model(&llama, Method::LangEdit).l2, 1.0);
    assert_eq!(Settings::for_model(&llama, Method::AlphaEdit).l2, 10.0);
}

#[test]
fn small_models_edit_at_the_same_depth_with_a_relative_threshold() {
    let small = Settings::for_model(&config(Family::Llama, 576, 1536, 30), Method::LangEdit);
    assert_eq!(small.layers, [4, 5, 6, 7, 8]);
    assert!(matches!(small.nullspace_threshold, Threshold::EnergyShare(_)));
    assert_eq!(Settings::for_model(&config(Family::Llama, 192, 1024, 6), Method::LangEdit).layers, [1, 2]);
    for depth in 1..80 {
        let config = config(Family::Llama, 192, 1024, depth);
        for method in [Method::Memit, Method::AnswerEdit] {
            Settings::for_model(&config, method).check(&config).unwrap();
        }
    }
}

#[test]
fn recipes_of_version_1_weigh_edited_keys_in_samples() {
    let (small, large) = (config(Family::Llama, 576, 1536, 30), config(Family::Llama, 4096, 14336, 32));
    let weight = |config: &ModelConfig, text: Option<&str>| {
        let mut settings = Settings::for_model(config, Method::LangEdit);
        settings.take_key_weight_of_version_1(text, config).map(|()| settings.edited_key_weight)
    };
    assert_eq!(weight(&small, None).unwrap(), KeyWeight::Samples(1000.0));
    assert_eq!(weight(&large, None).unwrap(), KeyWeight::Samples(100.0));
    assert_eq!(weight(&small, Some("0.25")).unwrap(), KeyWeight::Samples(0.25));
    assert!(weight(&small, Some("much")).unwrap_err().message().contains("edited_key_weight"));
}

#[test]
fn answers_are_written_behind_the_middle() {
    let of = |hidden, inner, layers| Settings::for_model(&config(Family::Llama, hidden, inner, layers), Method::AnswerEdit);
    let (small, large) = (of(576, 1536, 30), of(4096, 14336, 32));
    assert_eq!((small.layers.as_slice(), small.v_stop_loss, small.mom2_update_weight), (&[16, 17, 18, 19, 20][..], 0.3, 300.0));
    assert_eq!((large.layers.as_slice(), large.v_stop_loss, large.mom2_update_weight), (&[16, 17, 18, 19, 20, 21][..], 0.05, 15_000.0));
    assert!([&small, &large].iter().all(|settings| settings.fact_token == FactToken::Answer));
    assert_eq!((small.subject_layers, large.subject_layers), (vec![4, 5, 6, 7, 8], vec![4, 5, 6, 7, 8]));
    let embedded = crate::checkpoint::open_builtin().unwrap().config;
    assert!(Settings::for_model(&embedded, Method::AnswerEdit).subject_layers.is_empty(), "its answers read their subject");
}

/// What was written before the stop was a setting ended at the published one, whatever the defaults are now.
#[test]
fn settings_without_a_stop_ended_at_the_published_one() {
    let mut json = serde_json::to_value(Settings::for_model(&config(Family::Llama, 576, 1536, 30), Method::AnswerEdit)).unwrap();
    json.as_object_mut().unwrap().remove("v_stop_loss").unwrap();
    assert_eq!(serde_json::from_value::<Settings>(json).unwrap().v_stop_loss, 0.05);
}

#[test]
fn every_field_reads_back_what_it_writes() {
    let mut base = Settings::for_model(&config(Family::Llama, 576, 1536, 30), Method::LangEdit);
    base.fact_token = FactToken::PromptLast;
    base.mode = Mode::Repo;
    let mut copy = Settings::scratch();
    for (name, value) in base.overrides(&Settings::scratch()) {
        copy.set(&name, &value).unwrap();
    }
    assert_eq!(copy, base);
    for field in FIELDS {
        copy.set(field.name, &base.get(field.name).unwrap()).unwrap();
        assert!(copy.set(field.name, "nonsense").is_err(), "{}", field.name);
    }
    assert_eq!(copy, base);
}

#[test]
fn the_field_table_covers_the_struct() {
    let json = serde_json::to_value(Settings::scratch()).unwrap();
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let mut fields: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
    fields.sort_unstable();
    let mut sorted = names;
    sorted.sort_unstable();
    assert_eq!(fields, sorted);
}

#[test]
fn bad_values_are_named_with_what_is_legal() {
    let mut settings = Settings::scratch();
    for (name, value) in [
        ("v_lr", "0"),
        ("v_lr", "NaN"),
        ("v_lr", "inf"),
        ("v_lr", "1e-300"),
        ("subject_layers", "4-"),
        ("subject_layers", ""),
        ("v_num_grad_steps", "0"),
        ("nullspace_threshold", "101%"),
        ("l2", "-1"),
        ("kl_factor", ""),
    ] {
        let before = settings.clone();
        let error = settings.set(name, value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.message().contains(name) && error.message().contains("takes"), "{error}");
        assert_eq!(settings, before, "a refused value leaves the settings alone");
    }
}

#[test]
fn unknown_names_suggest_the_nearest() {
    let error = Settings::scratch().set("v_learning", "1").unwrap_err().to_string();
    assert!(error.contains("legal: layers, fact_token"), "{error}");
    let error = Settings::scratch().set("clamp_norm", "1").unwrap_err().to_string();
    assert!(error.contains("unknown setting `clamp_norm`"), "{error}");
    let error = Settings::scratch().set("nulspace_treshold", "1").unwrap_err().to_string();
    assert!(error.contains("did you mean `nullspace_threshold`"), "{error}");
    let error = "lang-edit".parse::<Method>().unwrap_err().to_string();
    assert!(error.contains("did you mean `langedit`"), "{error}");
}

#[test]
fn thresholds_are_absolute_or_a_share() {
    let mut settings = Settings::scratch();
    for (text, expected) in [
        ("0.02", Threshold::Absolute(0.02)),
        ("2e-2", Threshold::Absolute(0.02)),
        ("1%", Threshold::EnergyShare(0.01)),
        ("share:0.01", Threshold::EnergyShare(0.01)),
    ] {
        settings.set("nullspace_threshold", text).unwrap();
        assert_eq!(settings.nullspace_threshold, expected);
    }
}

#[test]
fn layer_lists() {
    assert_eq!(parse_layers("4-8").unwrap(), [4, 5, 6, 7, 8]);
    assert_eq!(parse_layers("8, 3,5").unwrap(), [3, 5, 8]);
    assert_eq!(format_layers(&[1, 4, 5, 6]), "1,4-6");
    for bad in ["", "8-4", "4-", "-4", "4,4", "3-5,5", "four", "0-99999999999", "1,,2", "auto"] {
        let error = parse_layers(bad).unwrap_err();
        assert!(error.message().contains("layers"), "{error}");
    }
}

#[test]
fn layers_that_do_not_exist_are_refused() {
    let config = config(Family::Llama, 576, 1536, 6);
    let mut settings = Settings::for_model(&config, Method::LangEdit);
    settings.set("layers", "4-8").unwrap();
    let error = settings.check(&config).unwrap_err();
    assert!(error.message().contains("layer 6 does not exist"), "{error}");
    settings.set("layers", "4-5").unwrap();
    assert!(settings.check(&config).is_ok());
    for (layers, says) in [("1,6", "subject_layers: layer 6 does not exist"), ("3-4", "layer 4 is among `layers` too")] {
        settings.set("subject_layers", layers).unwrap();
        let error = settings.check(&config).unwrap_err();
        assert!(error.message().contains(says), "{error}");
    }
    settings.set("subject_layers", "1-2").unwrap();
    assert!(settings.check(&config).is_ok());
    assert_eq!(settings.edited_layers(), [1, 2, 4, 5]);
    settings.set("subject_layers", "none").unwrap();
    assert_eq!((settings.edited_layers(), settings.stages().len()), (vec![4, 5], 1));
}

#[test]
fn methods_have_one_name_everywhere() {
    for method in Method::ALL {
        assert_eq!(method.name().parse::<Method>().unwrap(), *method);
        assert_eq!(serde_json::to_value(method).unwrap(), method.name());
    }
}

#[test]
fn the_baselines_have_their_published_values() {
    let llama = config(Family::Llama, 4096, 14336, 32);
    let rome = Settings::for_model(&llama, Method::Rome);
    assert_eq!((rome.layers.as_slice(), rome.v_lr, rome.v_weight_decay, rome.clamp_norm_factor), (&[5][..], 0.5, 1e-3, 4.0));
    assert!(!rome.mom2_adjustment && rome.statistics_layers(Method::Rome).is_empty());
    let rome = Settings::for_model(&config(Family::Gpt2, 1600, 6400, 48), Method::Rome);
    assert_eq!((rome.layers.as_slice(), rome.v_num_grad_steps, rome.v_weight_decay), (&[17][..], 20, 0.5));
    assert!(rome.mom2_adjustment && rome.statistics_layers(Method::Rome) == [17]);
    for (method, layer) in [(Method::Ft, 21), (Method::FtL, 21), (Method::FtM, 21)] {
        let tuning = Settings::for_model(&llama, method);
        assert_eq!((tuning.layers.as_slice(), tuning.lr, tuning.num_steps, tuning.batch_size), (&[layer][..], 5e-4, 25, 64));
    }
    let gptj = config(Family::GptJ, 4096, 16384, 28);
    assert_eq!(Settings::for_model(&gptj, Method::Ft).layers, [21]);
    let constrained = Settings::for_model(&gptj, Method::FtL);
    assert_eq!((constrained.layers.as_slice(), constrained.norm_constraint), (&[0][..], 5e-5));
    for method in [Method::Rect, Method::Prune] {
        let mut settings = Settings::for_model(&llama, method);
        assert_eq!((settings.rect_k, settings.reduce_type), (40.0, ReduceType::Log));
        settings.rect_k = Settings::for_model(&llama, Method::Memit).rect_k;
        assert_eq!(settings, Settings::for_model(&llama, Method::Memit));
    }
}

#[test]
fn rome_takes_one_layer() {
    let mut settings = Settings::for_model(&config(Family::Llama, 576, 1536, 30), Method::Rome);
    settings.check_method(Method::Rome).unwrap();
    settings.set("layers", "4-5").unwrap();
    assert!(settings.check_method(Method::Rome).unwrap_err().message().contains("rome edits one layer, not 4-5"));
    settings.check_method(Method::Ft).unwrap();
}

/// The published formulas at a value above the norm of W_0; what lies below is left alone, and nothing grows.
#[test]
fn restraints_are_the_published_functions() {
    let (s, most) = (20.0_f64, 8.0_f64);
    for (reduce, expected) in [
        (ReduceType::Log, s.ln() - most.ln() + most),
        (ReduceType::Log2, s.log2() - most.log2() + most),
        (ReduceType::Log1_5, s.log(1.5) - most.log(1.5) + most),
        (ReduceType::Log1_2, s.log(1.2) - most.log(1.2) + most),
        (ReduceType::Linear, 14.0),
    ] {
        assert!((reduce.restrain(s, most) - expected).abs() < 1e-12, "{reduce}");
        assert_eq!((reduce.restrain(7.9, most), reduce.restrain(most, most)), (7.9, most));
        assert!(reduce.restrain(0.2, 0.1) <= 0.2, "{reduce}");
    }
}
