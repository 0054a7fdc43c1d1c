//! What the catalogue proposes: known facts beside an edited one, other objects, and the load.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use langedit::ErrorKind;
use langedit::edit::Method;
use langedit::facts::{Catalogue, Fact, InCommon, KnownFact, KnownScope, LOAD_FACTS, LOAD_ROUNDS, Order};
use langedit::recipe::link::{decode, encode};
use langedit::recipe::{ModelRef, Recipe};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::builtin().unwrap());

fn scope(fact: &str) -> KnownScope {
    KnownScope { fact: fact.to_owned(), each: 20, ..KnownScope::default() }
}

fn ids<'a>(known: &'a [KnownFact], language: &str) -> Vec<&'a str> {
    known.iter().filter(|fact| fact.language == language).map(|fact| fact.id.as_str()).collect()
}

fn load(round: usize, avoid: &[String]) -> Vec<Fact> {
    CATALOGUE.load(round, avoid).unwrap()
}

#[test]
fn known_facts_are_those_that_an_edit_is_likeliest_to_move() {
    let edited = || (0..LOAD_ROUNDS).flat_map(|round| load(round, &["capital/FR".to_owned()])).map(|fact| fact.id);
    let edited: BTreeSet<String> = edited().collect();
    let known = CATALOGUE.known_facts(&scope("capital/FR")).unwrap();
    assert_eq!(known.len(), 120);
    for language in &CATALOGUE.languages {
        let of: Vec<&KnownFact> = known.iter().filter(|fact| fact.language == *language).collect();
        let count = |about| of.iter().filter(|fact| fact.about == about).count();
        assert_eq!((of.len(), count(InCommon::Relation), count(InCommon::Subject), count(InCommon::Other)), (20, 8, 6, 6));
        assert!(of.is_sorted_by_key(|fact| fact.about as usize), "{of:?}");
        assert_eq!(of.iter().map(|fact| &fact.id).collect::<BTreeSet<_>>().len(), 20, "none twice");
        for fact in of {
            let entry = &CATALOGUE.facts[CATALOGUE.index(&fact.id).unwrap()];
            assert!(!edited.contains(&fact.id) && fact.id != "capital/FR" && !entry.withheld.contains(language), "{fact:?}");
            assert_eq!(fact.about == InCommon::Relation, entry.relation == "capital", "{fact:?}");
            assert_eq!(fact.about == InCommon::Subject, entry.key() == "FR" || entry.object == "FR", "{fact:?}");
            assert!(fact.prompt.contains(&fact.subject), "{fact:?}");
        }
    }
    let languages: BTreeMap<&str, Vec<&str>> = CATALOGUE.languages.iter().map(|l| (l.as_str(), ids(&known, l))).collect();
    let all: BTreeSet<&str> = languages.values().flatten().copied().collect();
    assert!(all.len() <= 26, "nearly the same in all languages: {all:?}");
    let relations: BTreeSet<&str> =
        known.iter().filter(|fact| fact.about == InCommon::Other).map(|fact| fact.id.split('/').next().unwrap()).collect();
    assert!(relations.len() >= 6, "{relations:?}");
    assert_eq!(known, CATALOGUE.known_facts(&scope("capital/FR")).unwrap());
}

#[test]
fn unknown_and_edited_facts_are_not_asked() {
    let known = CATALOGUE.known_facts(&scope("capital/FR")).unwrap();
    let (first, german) = (ids(&known, "en")[0].to_owned(), ids(&known, "de")[1].to_owned());
    let unknown = BTreeMap::from([("de".to_owned(), vec![german.clone()])]);
    let fewer = CATALOGUE.known_facts(&KnownScope { avoid: vec![first.clone()], unknown, ..scope("capital/FR") }).unwrap();
    assert_eq!(fewer.len(), 120);
    assert!(fewer.iter().all(|fact| fact.id != first && !(fact.language == "de" && fact.id == german)));
    assert!(ids(&fewer, "en").contains(&german.as_str()));
    assert_eq!(CATALOGUE.known_facts(&scope("capital/XX")).unwrap_err().kind(), ErrorKind::Data);
    for index in (0..CATALOGUE.facts.len()).step_by(97) {
        let id = &CATALOGUE.facts[index].id;
        let known = CATALOGUE.known_facts(&scope(id)).unwrap();
        assert!(known.len() == 120 && known.iter().all(|fact| fact.id != *id), "{id}");
    }
}

#[test]
fn no_two_rounds_of_the_load_share_a_fact() {
    let mut seen = BTreeSet::new();
    for round in 0..LOAD_ROUNDS {
        let facts = load(round, &[]);
        assert_eq!(facts.len(), 6 * LOAD_FACTS);
        let english: Vec<&Fact> = facts.iter().filter(|fact| fact.language == "en").collect();
        let relations: BTreeSet<&str> = english.iter().map(|fact| fact.id.split('/').next().unwrap()).collect();
        assert!(relations.len() >= 12, "{relations:?}");
        for language in &CATALOGUE.languages {
            let of: Vec<&Fact> = facts.iter().filter(|fact| fact.language == *language).collect();
            assert!(of.iter().zip(&english).all(|(fact, english)| fact.id == english.id), "the same facts in {language}");
            assert!(of.iter().all(|fact| fact.true_object.as_ref() != Some(&fact.new_object) && fact.neighbours.is_empty()));
        }
        for fact in english {
            assert!(seen.insert(fact.id.clone()), "{} twice", fact.id);
            assert!(
                !["FR", "US", "RU", "CN", "DE", "BR", "IN", "GB", "ES", "IT", "JP"].iter().any(|key| fact.id == format!("capital/{key}"))
            );
        }
    }
    assert_eq!(CATALOGUE.load(LOAD_ROUNDS, &[]).unwrap_err().kind(), ErrorKind::Usage);

    // What takes the place of a fact to avoid is in no other round, and all others stay.
    let avoid: Vec<String> = seen.iter().step_by(40).cloned().collect();
    let without: BTreeSet<String> = (0..LOAD_ROUNDS).flat_map(|round| load(round, &avoid)).map(|fact| fact.id).collect();
    assert_eq!(without.len(), seen.len());
    assert_eq!(seen.difference(&without).cloned().collect::<BTreeSet<_>>(), avoid.into_iter().collect());
}

#[test]
fn a_load_makes_a_short_link() {
    let mut recipe = Recipe::new(ModelRef { name: "langedit-tiny".to_owned(), sha256: None }, Method::LangEdit, 0);
    let mut lengths = Vec::new();
    for round in 0..5 {
        recipe.extend(load(round, &[]), LOAD_FACTS, Order::RoundRobin).unwrap();
        let link = encode(&recipe, Some(&CATALOGUE)).unwrap();
        assert_eq!(decode(&link, Some(&CATALOGUE)).unwrap(), recipe);
        lengths.push(link.len());
    }
    eprintln!("characters after 120, 240, ... edits: {lengths:?}");
    assert_eq!(recipe.steps, vec![LOAD_FACTS; 30]);
    assert!(lengths[0] < 2200 && lengths[4] < 10_000, "{lengths:?}");
}

#[test]
fn a_fact_has_its_question_and_other_objects_in_every_language() {
    let languages = CATALOGUE.in_languages("capital/FR", 40).unwrap();
    assert_eq!(languages.iter().map(|fact| &fact.language).collect::<Vec<_>>(), CATALOGUE.languages.iter().collect::<Vec<_>>());
    for fact in &languages {
        let different: BTreeSet<&str> = fact.others.iter().map(|other| other.object.as_str()).collect();
        assert!(different.len() == 40 && !different.contains(fact.object.as_str()), "{fact:?}");
        assert!(fact.others.iter().all(|other| other.id.starts_with("capital/") && other.id != "capital/FR"));
        for other in &fact.others {
            let entry = &CATALOGUE.facts[CATALOGUE.index(&other.id).unwrap()];
            assert_eq!(entry.names[&fact.language].object, other.object);
        }
    }
    let english = &languages[0];
    assert_eq!(
        (english.prompt.as_str(), english.subject.as_str(), english.object.as_str()),
        ("The capital of France is", "France", "Paris")
    );
    assert!(english.others.iter().take(12).any(|other| other.object == "Berlin"), "the best known come first: {:?}", english.others);
    let sides = CATALOGUE.in_languages("driving_side/FR", 40).unwrap();
    assert!(sides.iter().all(|fact| fact.others.len() == 1), "{sides:?}");
    assert_eq!(CATALOGUE.in_languages("capital/XX", 40).unwrap_err().kind(), ErrorKind::Data);
}
