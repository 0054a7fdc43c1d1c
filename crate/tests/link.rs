//! Links from outside: every frozen one opens, valid recipes round-trip, and nothing a stranger writes can do more than be refused.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use langedit::edit::{MergeMethod, MergeSettings, Method, Mode, Projection};
use langedit::facts::{Catalogue, Fact, Probe};
use langedit::recipe::link::{self, MAX_INFLATED, MAX_LINK, is_link};
use langedit::recipe::{Digest, ModelRef, Order, Recipe, StatisticsRef};
use langedit::{ErrorKind, Result};
use proptest::prelude::*;

/// The directory of links that released versions made.
const FROZEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/links");

fn encode(recipe: &Recipe) -> Result<String> {
    link::encode(recipe, None)
}

fn decode(text: &str) -> Result<Recipe> {
    link::decode(text, None)
}

fn link_of(json: &str) -> String {
    pack(json.as_bytes())
}

fn pack(bytes: &[u8]) -> String {
    format!("#1.{}", URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec(bytes, 6)))
}

fn fact(language: &str, i: usize) -> Fact {
    Fact {
        id: format!("zsre-{i}"),
        language: language.to_owned(),
        subject: format!("Metropolis {i}"),
        prompt: format!("In which country is Metropolis {i} to be found?"),
        new_object: ["Portugal", "Danmark", "日本"].get(i % 3).unwrap().to_string(),
        ..Fact::default()
    }
}

fn recipe(facts: usize) -> Recipe {
    let mut recipe = Recipe::new(ModelRef { name: "builtin".to_owned(), sha256: Some("0a".repeat(32)) }, Method::LangEdit, 7);
    for i in 0..facts {
        let mut fact = fact(if i % 2 == 0 { "en" } else { "de" }, i);
        fact.rephrases.push(format!("Name the country of Metropolis {i}."));
        fact.neighbours.push(Probe { prompt: "What is the capital of France?".to_owned(), answer: "Paris".to_owned() });
        recipe.push_step([fact]);
    }
    recipe
}

#[test]
fn frozen_links_open_for_ever() {
    let catalogue = Catalogue::builtin().unwrap();
    let mut opened = 0;
    for entry in fs::read_dir(FROZEN).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let link = fs::read_to_string(&path).unwrap();
            let expected = fs::read_to_string(path.with_extension("json")).expect("every frozen link has its recipe beside it");
            let recipe = link::decode(&link, Some(&catalogue)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(recipe, Recipe::from_json(&expected).unwrap(), "{}", path.display());
            opened += 1;
        }
    }
    assert!(opened >= 4, "only {opened} frozen links in {}", Path::new(FROZEN).display());
}

#[test]
fn a_link_opens_from_a_whole_address_and_with_stray_padding() {
    let recipe = recipe(3);
    let link = encode(&recipe).unwrap();
    for form in [
        link.clone(),
        link.trim_start_matches('#').to_owned(),
        format!("https://example.org/play/?ui=de&embed=1{link}"),
        format!("  {link}==\n"),
    ] {
        assert!(is_link(&form), "{form}");
        assert_eq!(decode(&form).unwrap(), recipe, "{form}");
    }
    for path in ["recipe.json", "./runs/1/recipe.json", "../#odd/recipe.json", "", "#", "1", "a.b"] {
        assert!(!is_link(path), "{path}");
    }
}

/// `text` with every byte that is not a letter, a digit or one of `safe` escaped.
fn escaped(text: &str, safe: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() || safe.contains(c) { c.to_string() } else { format!("%{:02X}", u32::from(c)) })
        .collect()
}

#[test]
fn a_link_opens_in_whatever_it_was_passed_on() {
    let catalogue = Catalogue::builtin().unwrap();
    for name in ["v1-six-languages", "v1-catalogue"] {
        let link = fs::read_to_string(format!("{FROZEN}/{name}.txt")).unwrap().trim().to_owned();
        let recipe = link::decode(&link, Some(&catalogue)).unwrap();
        let url = format!("https://example.org/play/{link}");
        let twice = escaped(&escaped(&url, ":/?=-_."), "-_.");
        for form in [
            format!("{url})"),
            format!("{url}."),
            format!("<{url}>"),
            format!("[an experiment]({url}), see point #3."),
            format!("look at this: {url} it is short"),
            format!("{url}&fbclid=IwAR0abc"),
            format!("{url}?utm_source=mail"),
            format!("{url}=="),
            url.replace('#', "%23"),
            url.replace("#1.", "#1%2E"),
            url.replace("#1.", "%231%2e"),
            url.replace('#', "&#35;"),
            url.replace('_', "\\_"),
            url.replace('-', "\u{2011}"),
            [&url[..76], "\r\n", &url[76..152], "\r\n> ", &url[152..]].concat(),
            [&url[..75], "=\r\n", &url[75..]].concat(),
            [&url[..120], " ", &url[120..], " it goes on"].concat(),
            [&url[..90], "\u{200b}\u{ad}", &url[90..]].concat(),
            [&url[..90], "%E2%80%8B%20", &url[90..], "%29"].concat(),
            format!("https://eur02.safelinks.protection.outlook.com/?url={twice}&data=05%7C01&reserved=0"),
            format!("{url} or {url}"),
        ] {
            assert!(is_link(&form), "{form}");
            let read = link::decode(&form, Some(&catalogue)).unwrap_or_else(|error| panic!("{error}: {form}"));
            assert_eq!(read, recipe, "{form}");
            assert_eq!(link::refers(&form), link::refers(&link), "{form}");
        }
        // A letter that is gone is not made up.
        let gone = [
            link.replace('_', ""),
            link.to_uppercase(),
            link[..link.len() * 9 / 10].to_owned(),
            link[..link.len() - 1].to_owned(),
            format!("{}…", &link[..60]),
            [&link[..90], "…", &link[90..]].concat(),
            "#1.".to_owned(),
        ];
        for form in gone.map(|link| format!("https://example.org/play/{link}")) {
            let error = link::decode(&form, Some(&catalogue)).expect_err(&form);
            assert!(is_link(&form) && error.kind() == ErrorKind::Link && error.message().contains("damaged"), "{form}: {error}");
        }
    }
}

#[test]
fn fifty_facts_fit_a_message() {
    let link = encode(&recipe(50)).unwrap();
    assert!(link.len() < 4000, "{} characters", link.len());
}

#[test]
fn a_newer_link_says_so() {
    let error = decode("https://example.org/#2.AAAA").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Link);
    assert!(error.message().contains("made by a newer version"), "{error}");
    let unknown = link_of(r#"{"m":"x","a":"langedit","r":0,"l":[],"b":1,"n":[],"f":[],"zz":1}"#);
    assert!(decode(&unknown).unwrap_err().message().contains("zz"), "an unknown key is not silently dropped");
}

#[test]
fn what_is_no_link_is_refused_in_one_readable_line() {
    for text in
        ["", "#", "#1", "#1.", "#0.AAAA", "#-1.AAAA", "#99999999999999999999.AAAA", "hello", "https://example.org/", "#1.!!!!", "#1.AAAA"]
    {
        let error = decode(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Link, "{text}");
        assert!(!error.to_string().contains('\n') && error.to_string().len() < 300, "{text}: {error}");
    }
    let noisy = format!("{}\n\u{7}", "x".repeat(5000));
    assert!(decode(&noisy).unwrap_err().to_string().len() < 300);
}

#[test]
fn invalid_recipes_are_refused_by_field() {
    let base = serde_json::json!({"m": "x", "a": "langedit", "r": 0, "l": ["en"], "b": 1, "n": [1], "f": [["1", "en", "s", "s is", "o"]]});
    assert!(decode(&link_of(&base.to_string())).is_ok());
    for (key, value, field) in [
        ("m", serde_json::json!(""), "model.name"),
        ("h", serde_json::json!("abc"), "sha256"),
        ("r", serde_json::json!(u64::MAX), "seed"),
        ("l", serde_json::json!(["EN"]), "languages"),
        ("l", serde_json::json!(["en", "en"]), "languages"),
        ("l", serde_json::json!(["de"]), "facts[0].language"),
        ("b", serde_json::json!(0), "batch"),
        ("n", serde_json::json!([0, 1]), "steps"),
        ("n", serde_json::json!([2]), "steps"),
        ("n", serde_json::json!([u64::MAX, 2]), "steps"),
        ("s", serde_json::json!([["v_lr", "fast"]]), "v_lr"),
        ("s", serde_json::json!([["v_speed", "1"]]), "v_speed"),
        ("s", serde_json::json!([["mode", "repo"]]), "mode"),
        ("t", serde_json::json!([["en", ["{}", "no place"]]]), "templates.en"),
        ("f", serde_json::json!([["1", "en", "s", "", "o"]]), "prompt"),
        ("f", serde_json::json!([["1", "en", "s", "p".repeat(5000), "o"]]), "prompt"),
        ("f", serde_json::json!([["1", "en", "s"]]), "prompt"),
        ("a", serde_json::json!("magic"), "magic"),
        ("g", serde_json::json!(["sum", false, 1.0, 1.0, 1.0]), "cannot be merged"),
        ("g", serde_json::json!(["blend", false, 1.0, 1.0, 1.0]), "blend"),
        ("g", serde_json::json!(["sum", false, 0.0, 1.0, 1.0]), "merge.scale"),
        ("g", serde_json::json!(["sum", false, 1.0, 1.5, 1.0]), "merge.rank_ratio"),
    ] {
        let mut changed = base.clone();
        changed[key] = value;
        let error = decode(&link_of(&changed.to_string())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Link, "{key}: {error}");
        assert!(error.to_string().contains(field), "{key}: {error}");
    }
}

#[test]
fn bombs_stop_at_the_limit() {
    let zeros = pack(&vec![b' '; MAX_INFLATED + 1]);
    assert!(zeros.len() < 20_000, "a bomb is small");
    assert!(decode(&zeros).unwrap_err().message().contains("expands to more"), "inflating stops");
    assert!(decode(&pack(&vec![b'['; 1 << 20])).is_err(), "nesting stops");
    let many =
        format!(r#"{{"m":"x","a":"langedit","r":0,"l":["en"],"b":1,"n":[1],"f":[{}]}}"#, vec![r#"["","en","","p","o"]"#; 30_000].join(","));
    assert!(decode(&link_of(&many)).unwrap_err().message().contains("more than 20000"), "facts stop");
    let many = format!(r#"{{"m":"x","a":"langedit","r":0,"l":[{}]}}"#, vec![r#""""#; 100_000].join(","));
    assert!(decode(&link_of(&many)).unwrap_err().message().contains("more than 256"), "languages stop");
    let long = format!("#1.{}", "A".repeat(MAX_LINK));
    assert!(decode(&long).unwrap_err().message().contains("the limit is"), "the text itself stops");
}

#[test]
fn what_does_not_fit_a_link_is_not_written() {
    let mut large = recipe(0);
    for i in 0..3000_u64 {
        // Texts that do not compress: hashes of the number.
        let noise: String = (0..16_u64)
            .map(|j| {
                format!("{:016x}", (i * 16 + j + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9))
            })
            .collect();
        large.push_step([Fact {
            prompt: format!("{noise}{}", "x".repeat(3000)),
            new_object: "o".to_owned(),
            language: "en".to_owned(),
            ..Fact::default()
        }]);
    }
    assert_eq!(encode(&large).unwrap_err().kind(), ErrorKind::Link);
    large.facts.clear();
    assert_eq!(encode(&large).unwrap_err().kind(), ErrorKind::Data, "an invalid recipe is not written");
}

fn text(most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), 1..most).prop_map(|chars| chars.into_iter().collect())
}

fn probes() -> impl Strategy<Value = Vec<Probe>> {
    proptest::collection::vec((text(12), text(6)).prop_map(|(prompt, answer)| Probe { prompt, answer }), 0..3)
}

prop_compose! {
    fn any_fact()(id in text(6), language in prop_oneof![Just("en"), Just("zh")], subject in text(9), prompt in text(20), new_object in text(9),
        true_object in proptest::option::of(text(9)), rephrases in proptest::collection::vec(text(15), 0..3), neighbours in probes(), same_subject in probes(), portability in probes()) -> Fact {
        Fact { id, language: language.to_owned(), subject, prompt, new_object, true_object, rephrases, neighbours, same_subject, portability }
    }
}

prop_compose! {
    fn any_recipe()(
        steps in proptest::collection::vec(proptest::collection::vec(any_fact(), 1..4), 0..5),
        seed in 0..(1_u64 << 53),
        method in proptest::sample::select(Method::ALL),
        mode in proptest::sample::select(Mode::ALL),
        projection in proptest::sample::select(Projection::ALL),
        merge in proptest::option::of((proptest::sample::select(MergeMethod::ALL), any::<bool>(), 1..10_000_u32, 1..=100_u32)),
        order in proptest::sample::select(vec![Order::RoundRobin, Order::ByLanguage]),
        sha256 in proptest::option::of(Just("12ef".repeat(16))),
        v_lr in proptest::option::of(1..100_u32),
        templates in proptest::option::of(Just(BTreeMap::from([("en".to_owned(), vec!["{}".to_owned(), "The. {}".to_owned()])]))),
        statistics in proptest::option::of(text(20)),
        expected in proptest::option::of((0..10_000_u32, 0..10_000_u32, proptest::option::of(0..10_000_u32))),
    ) -> Recipe {
        let mut recipe = Recipe::new(ModelRef { name: "m".to_owned(), sha256 }, method, seed);
        for step in steps {
            recipe.push_step(step);
        }
        (recipe.mode, recipe.projection, recipe.order, recipe.templates) = (mode, projection, order, templates);
        recipe.merge = merge.map(|(how, shared_covariance, scale, ratio)| MergeSettings {
            shared_covariance,
            scale: f64::from(scale) / 100.0,
            rank_ratio: f64::from(ratio) / 100.0,
            ..MergeSettings::new(how)
        });
        if recipe.merge.is_some() {
            recipe.method = if method == Method::Memit { Method::Memit } else { Method::AlphaEdit };
        }
        recipe.settings.extend(v_lr.map(|v| ("v_lr".to_owned(), v.to_string())));
        recipe.statistics = statistics.map(|source| StatisticsRef { source, sha256: None });
        recipe.expected = expected.map(|(target, delta, percent)| Digest {
            templates: "00ff".to_owned(),
            targets: vec![f64::from(target) / 1000.0],
            deltas: vec![f64::from(delta) / 10.0],
            metrics: BTreeMap::from([("en".to_owned(), [percent.map(|p| f64::from(p) / 100.0), None, Some(100.0)])]),
        });
        recipe
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn recipes_round_trip(recipe in any_recipe()) {
        let link = encode(&recipe).unwrap();
        prop_assert!(link.bytes().skip(1).all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{}", link);
        prop_assert_eq!(&decode(&link).unwrap(), &recipe);
        let json = serde_json::to_string(&recipe).unwrap();
        prop_assert_eq!(&Recipe::from_json(&json).unwrap(), &recipe);
    }

    #[test]
    fn random_text_is_refused(text in proptest::collection::vec(any::<char>(), 0..200)) {
        let text: String = text.into_iter().collect();
        prop_assert_eq!(decode(&text).unwrap_err().kind(), ErrorKind::Link);
        prop_assert_eq!(decode(&format!("#1.{text}")).unwrap_err().kind(), ErrorKind::Link);
    }

    #[test]
    fn random_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(decode(&format!("#1.{}", URL_SAFE_NO_PAD.encode(&bytes))).unwrap_err().kind(), ErrorKind::Link);
        prop_assert_eq!(decode(&pack(&bytes)).unwrap_err().kind(), ErrorKind::Link);
    }

    #[test]
    fn a_cut_link_is_refused(recipe in any_recipe(), keep in 0.0..1.0_f64) {
        let link = encode(&recipe).unwrap();
        let cut = (link.len() as f64 * keep) as usize;
        // The last characters may hold bits that nothing reads: a stream that ends before is whole.
        if cut + 4 < link.len() {
            prop_assert_eq!(decode(link.get(..cut).unwrap()).unwrap_err().kind(), ErrorKind::Link);
        }
    }
}
