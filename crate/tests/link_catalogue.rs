//! Links with facts of the catalogue: short, lossless, readable when the catalogue has grown, refused where it gives other facts.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use langedit::ErrorKind;
use langedit::edit::Method;
use langedit::facts::{Catalogue, Fact, Order, Probe};
use langedit::recipe::link::{Why, decode, encode, outline, refers};
use langedit::recipe::{Digest, ModelRef, Recipe, StatisticsRef};
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::builtin().unwrap());

fn sha256(rng: &mut ChaCha8Rng) -> Option<String> {
    Some((0..32).map(|_| format!("{:02x}", rng.next_u32() & 255)).collect())
}

/// A recipe of the page, with what came out: hashes and numbers that do not compress.
fn recipe(rng: &mut ChaCha8Rng, facts: Vec<Fact>) -> Recipe {
    let mut recipe = Recipe::new(ModelRef { name: "langedit-tiny".to_owned(), sha256: sha256(rng) }, Method::LangEdit, 0);
    facts.into_iter().for_each(|fact| recipe.push_step([fact]));
    with_outcome(rng, recipe)
}

fn with_outcome(rng: &mut ChaCha8Rng, mut recipe: Recipe) -> Recipe {
    // As those of the embedded model are called.
    let source = format!(
        "two trained sentences of every fact in each language and the Declaration, 321376 tokens, model langedit-tiny (sha256 {})",
        recipe.model.sha256.as_deref().unwrap()
    );
    recipe.statistics = Some(StatisticsRef { source, sha256: sha256(rng) });
    let mut numbers =
        |most: f64| -> Vec<f64> { recipe.steps.iter().map(|_| format!("{:.3e}", rng.random_range(0.0..most)).parse().unwrap()).collect() };
    let (targets, deltas) = (numbers(0.3), numbers(12.0));
    let metrics: BTreeMap<_, _> =
        recipe.languages.iter().map(|language| (language.clone(), [Some(98.33), Some(76.25), Some(66.67)])).collect();
    recipe.expected = Some(Digest { templates: "0123456789abcdef".to_owned(), targets, deltas, metrics });
    recipe
}

/// A fact as the page makes it, its object that of another fact of the relation.
fn chosen(catalogue: &Catalogue, rng: &mut ChaCha8Rng, index: usize, languages: &[&str]) -> Vec<Fact> {
    let fact = catalogue.facts.get(index).unwrap();
    let donors: Vec<_> = catalogue.facts.iter().filter(|other| other.relation == fact.relation && other.id != fact.id).collect();
    let donor = donors.get(rng.random_range(0..donors.len())).unwrap();
    languages.iter().map(|&language| catalogue.chosen(index, &donor.names.get(language).unwrap().object, language).unwrap()).collect()
}

fn drawn(rng: &mut ChaCha8Rng, facts: usize, languages: &[&str]) -> Vec<Fact> {
    let mut one = |_| {
        let index = rng.random_range(0..BUILTIN.facts.len());
        chosen(&BUILTIN, rng, index, languages)
    };
    (0..facts).flat_map(&mut one).collect()
}

fn unpack(link: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(link.trim_start_matches("#1.")).unwrap();
    serde_json::from_slice(&miniz_oxide::inflate::decompress_to_vec(&bytes).unwrap()).unwrap()
}

fn pack(version: u32, json: &Value) -> String {
    let bytes = miniz_oxide::deflate::compress_to_vec(json.to_string().as_bytes(), 6);
    format!("#{version}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The catalogue's file, changed.
fn altered(change: impl FnOnce(&mut Value)) -> Catalogue {
    let mut layout = serde_json::from_str(include_str!("../../static/facts/catalogue.json")).unwrap();
    change(&mut layout);
    Catalogue::from_json(&layout.to_string()).unwrap()
}

#[test]
fn fifty_facts_take_about_2000_characters() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut by_length: Vec<usize> = (0..BUILTIN.facts.len()).collect();
    by_length.sort_by_key(|&index| std::cmp::Reverse(BUILTIN.facts.get(index).unwrap().id.len()));
    let cases = [
        ("drawn", drawn(&mut rng, 50, &["en"])),
        ("in two languages", drawn(&mut rng, 25, &["en", "de"])),
        ("in six languages", drawn(&mut rng, 9, &["en", "de", "nl", "fr", "es", "zh"])),
        ("from the start", (0..50).flat_map(|index| chosen(&BUILTIN, &mut rng, index, &["zh"])).collect()),
        ("longest ids", by_length.iter().take(50).flat_map(|&index| chosen(&BUILTIN, &mut rng, index, &["fr"])).collect()),
    ];
    for (name, facts) in cases {
        let recipe = recipe(&mut rng, facts);
        let link = encode(&recipe, Some(&BUILTIN)).unwrap();
        assert_eq!(decode(&link, Some(&BUILTIN)).unwrap(), recipe);
        assert!(link.len() <= 2000, "{name}: {} characters", link.len());
    }
    for (languages, facts, batch) in [(&["en", "de"][..], 25, 1), (&["en"], 50, 10), (&["en", "de", "nl", "fr", "es", "zh"], 9, 3)] {
        let languages: Vec<String> = languages.iter().map(|&language| language.to_owned()).collect();
        for seed in 0..10 {
            let mut recipe = Recipe::new(ModelRef { name: "builtin".to_owned(), sha256: sha256(&mut rng) }, Method::LangEdit, 0);
            recipe.schedule(&BUILTIN.select(&languages, facts, seed).unwrap(), batch, Order::RoundRobin).unwrap();
            let recipe = with_outcome(&mut rng, recipe);
            let link = encode(&recipe, Some(&BUILTIN)).unwrap();
            assert_eq!(decode(&link, Some(&BUILTIN)).unwrap(), recipe);
            // In a language alone three neighbours and relations of every fact are written out.
            let most = if languages.len() == 1 { 2100 } else { 2000 };
            assert!(link.len() <= most, "{facts} facts drawn for {languages:?} with seed {seed}: {} characters", link.len());
        }
    }
}

#[test]
fn a_link_without_facts_of_the_catalogue_is_as_it_always_was() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut facts = drawn(&mut rng, 3, &["en"]);
    facts.iter_mut().for_each(|fact| fact.prompt.push_str(", as everybody knows,"));
    let recipe = recipe(&mut rng, facts);
    let link = encode(&recipe, Some(&BUILTIN)).unwrap();
    assert_eq!(link, encode(&recipe, None).unwrap());
    assert!(!refers(&link) && decode(&link, None).unwrap() == recipe);
}

#[test]
fn the_source_of_statistics_is_kept_to_the_letter() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let facts = drawn(&mut rng, 1, &["en"]);
    let mut recipe = recipe(&mut rng, facts);
    let sha256 = recipe.model.sha256.clone().unwrap();
    for source in ["\u{7f}", &sha256, &format!("{sha256}\u{7f}"), &format!("\u{7f}{sha256}"), &format!("{sha256}, {sha256}"), ""] {
        source.clone_into(&mut recipe.statistics.as_mut().unwrap().source);
        assert_eq!(decode(&encode(&recipe, Some(&BUILTIN)).unwrap(), Some(&BUILTIN)).unwrap(), recipe, "{source:?}");
    }
}

#[test]
fn a_link_opens_when_the_catalogue_has_grown() {
    for seed in 0..5 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // The catalogue as it may have been before every fifth fact was put in.
        let before = altered(|layout| {
            for relation in layout["relations"].as_array_mut().unwrap() {
                relation["facts"].as_object_mut().unwrap().retain(|_, _| rng.random_range(0..5) > 0);
            }
        });
        assert!(before.facts.len() < BUILTIN.facts.len() * 9 / 10);
        let facts = (0..25).flat_map(|i| chosen(&before, &mut rng, i * 60, &["en", "zh"])).collect();
        let recipe = recipe(&mut rng, facts);
        let link = encode(&recipe, Some(&before)).unwrap();
        assert!(link.len() <= 2000 && refers(&link));
        assert_eq!(decode(&link, Some(&BUILTIN)).unwrap(), recipe, "seed {seed}");
    }
}

#[test]
fn another_catalogue_is_told_from_this_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let index = |id: &str| BUILTIN.index(id).unwrap();
    let facts = ["capital/FR", "symbol/Au", "currency/JP"].iter().flat_map(|id| chosen(&BUILTIN, &mut rng, index(id), &["en", "de"]));
    let facts = facts.collect();
    let recipe = recipe(&mut rng, facts);
    let link = encode(&recipe, Some(&BUILTIN)).unwrap();

    let refused = |catalogue: Option<&Catalogue>| decode(&link, catalogue).unwrap_err();
    assert!(refused(None).message().contains("not available here"), "{}", refused(None));
    let renamed = altered(|layout| layout["kinds"]["element"]["entities"]["Au"][1] = "Godl".into());
    let error = refused(Some(&renamed));
    assert_eq!(error.kind(), ErrorKind::Link);
    assert!(error.message().contains("1 of its 6 facts are worded differently in this one (symbol/Au in de)"), "{error}");
    let seen = outline(&link, Some(&renamed)).unwrap();
    assert_eq!((seen.why, seen.facts.len(), seen.unread), (Why::Catalogue, 5, 1));
    assert!(seen.facts.iter().all(|fact| recipe.facts.contains(fact)), "what is shown is what was written");
    assert_eq!((seen.model.as_deref(), seen.method.as_deref(), seen.version), (Some("langedit-tiny"), Some("langedit"), 1));

    let smaller = altered(|layout| drop(layout["relations"][0]["facts"].as_object_mut().unwrap().remove("FR")));
    assert!(
        refused(Some(&smaller)).message().contains("2 of its 6 facts are not in this one (capital/FR in en, capital/FR in de)"),
        "{}",
        refused(Some(&smaller))
    );
    // The checks of single facts are short; what they let through, the digest of all does not.
    let mut forged = unpack(&link);
    forged["c"] = "AAAAAAAAAAA".into();
    let error = decode(&pack(1, &forged), Some(&BUILTIN)).unwrap_err();
    assert!(error.message().contains("are worded differently here"), "{error}");
    assert_eq!(outline(&pack(1, &forged), Some(&BUILTIN)).unwrap().why, Why::Catalogue);
    forged.as_object_mut().unwrap().remove("c");
    assert!(decode(&pack(1, &forged), Some(&BUILTIN)).is_err(), "references without a digest");
}

#[test]
fn of_a_newer_link_the_known_is_shown() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let recipe = recipe(&mut rng, chosen(&BUILTIN, &mut ChaCha8Rng::seed_from_u64(5), 0, &["en", "de"]));
    let mut newer = unpack(&encode(&recipe, Some(&BUILTIN)).unwrap());
    newer["a"] = "telepathy".into();
    newer["from the future"] = json!({"a": [1, 2]});
    let known = json!(["7", "en", "the river", "the river flows to the", "north", null, [], [], [], [], "more", {}]);
    newer["f"].as_array_mut().unwrap().extend([known, json!({"odd": true}), json!("en xx capital/XX YY")]);
    for (version, why) in [(1, Why::Unknown), (2, Why::Newer), (17, Why::Newer)] {
        let link = pack(version, &newer);
        assert_eq!(decode(&link, Some(&BUILTIN)).unwrap_err().kind(), ErrorKind::Link);
        let seen = outline(&link, Some(&BUILTIN)).unwrap();
        assert_eq!((seen.version, seen.why, seen.method.as_deref(), seen.unread), (version, why, Some("telepathy"), 2));
        assert_eq!(seen.facts.len(), 3);
        assert_eq!(seen.facts.first(), recipe.facts.first());
        assert_eq!(seen.facts.last().map(|fact| fact.new_object.as_str()), Some("north"));
        assert!(outline(&link, None).unwrap().facts.len() == 1, "without the catalogue, what is written out");
    }
    let opaque = outline("https://example.org/play/#3.AAAA", Some(&BUILTIN)).unwrap();
    assert_eq!((opaque.version, opaque.why, opaque.facts.len(), opaque.model), (3, Why::Newer, 0, None));
    assert!(opaque.message.contains("newer version"));
    for nothing in ["", "#1.AAAA", "#0.AAAA", "hello", "#1.", "#2", &encode(&recipe, Some(&BUILTIN)).unwrap()] {
        assert_eq!(outline(nothing, Some(&BUILTIN)), None, "{nothing}");
    }
}

#[test]
fn references_cannot_stand_for_more_than_fits_memory() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let first = BUILTIN.index("capital/AD").unwrap();
    let mut fact = chosen(&BUILTIN, &mut rng, first, &["en"]).remove(0);
    fact.neighbours = (first + 1..first + 65)
        .map(|other| chosen(&BUILTIN, &mut rng, other, &["en"]).remove(0))
        .map(|other| Probe { prompt: other.prompt, answer: other.true_object.unwrap() })
        .collect();
    let one = recipe(&mut rng, vec![fact]);
    let mut many = unpack(&encode(&one, Some(&BUILTIN)).unwrap());
    let reference = many["f"][0].clone();
    assert!(reference.is_string(), "{reference}");
    many["f"] = vec![reference; 20_000].into();
    many["n"] = vec![1; 20_000].into();
    let link = pack(1, &many);
    assert!(link.len() < 100_000, "{} characters", link.len());
    let error = decode(&link, Some(&BUILTIN)).unwrap_err();
    assert!(error.message().contains("expand to more than"), "{error}");
}

/// A fact of the catalogue, one that was changed somewhere, or one of somebody's own.
fn any_fact() -> impl Strategy<Value = Fact> {
    let change = proptest::sample::select((0..10).collect::<Vec<u8>>());
    let languages = proptest::sample::select(BUILTIN.languages.clone());
    (any::<u64>(), change, languages, "[ -~àé京]{1,9}").prop_map(|(seed, change, language, text)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let index = rng.random_range(0..BUILTIN.facts.len());
        let mut fact = chosen(&BUILTIN, &mut rng, index, &[&language]).remove(0);
        let mut other = chosen(&BUILTIN, &mut rng, BUILTIN.facts.len() - 1 - index, &[&language]).remove(0);
        match change {
            0 => fact.new_object = text,
            1 => fact.prompt.push('?'),
            2 => drop(fact.neighbours.pop()),
            3 => fact.neighbours.append(&mut other.neighbours),
            4 => fact.rephrases.reverse(),
            5 => fact.same_subject = vec![Probe { prompt: text.clone(), answer: text }],
            6 => fact.true_object = None,
            7 => fact = Fact { id: other.id, language, subject: text.clone(), prompt: text.clone(), new_object: text, ..Fact::default() },
            _ => {}
        }
        fact
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_mixed_comes_out_again(facts in proptest::collection::vec(any_fact(), 1..12), seed in any::<u64>()) {
        let recipe = recipe(&mut ChaCha8Rng::seed_from_u64(seed), facts);
        let link = encode(&recipe, Some(&BUILTIN)).unwrap();
        prop_assert_eq!(decode(&link, Some(&BUILTIN)).unwrap(), recipe.clone());
        prop_assert_eq!(decode(&encode(&recipe, None).unwrap(), None).unwrap(), recipe);
        prop_assert_eq!(outline(&link, Some(&BUILTIN)), None);
    }
}

#[test]
fn what_only_a_person_would_change_is_still_short() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut facts = drawn(&mut rng, 50, &["nl"]);
    facts.iter_mut().for_each(|fact| fact.new_object = "iets = anders, 京: ja".to_owned());
    let recipe = recipe(&mut rng, facts);
    let link = encode(&recipe, Some(&BUILTIN)).unwrap();
    assert!(link.len() <= 2000, "{} characters", link.len());
    assert_eq!(decode(&link, Some(&BUILTIN)).unwrap(), recipe);
}
