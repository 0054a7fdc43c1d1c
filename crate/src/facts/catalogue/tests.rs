#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed unwrap is a failed test")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::*;

const LANGUAGES: [&str; 6] = ["en", "de", "nl", "fr", "es", "zh"];

fn codes(languages: &[&str]) -> Vec<String> {
    languages.iter().map(|language| (*language).to_owned()).collect()
}

fn all(wordings: &Wordings) -> impl Iterator<Item = &String> {
    wordings.trained.iter().chain(&wordings.held_out)
}

#[test]
fn it_is_large_and_whole_in_six_languages() {
    let catalogue = Catalogue::builtin().unwrap();
    assert_eq!(catalogue.languages, LANGUAGES);
    assert!(catalogue.facts.len() >= 2200 && catalogue.relations.len() >= 12, "{} facts", catalogue.facts.len());
    let ids: BTreeSet<&str> = catalogue.facts.iter().map(|fact| fact.id.as_str()).collect();
    assert_eq!(ids.len(), catalogue.facts.len(), "an id occurs twice");
    for (index, fact) in catalogue.facts.iter().enumerate() {
        for language in LANGUAGES {
            let wordings = catalogue.wordings(index, language).unwrap();
            assert!(wordings.trained[0].contains(&wordings.subject), "{} in {language}", fact.id);
            assert_eq!(wordings.held_out.len(), HELD_OUT);
            assert!(wordings.trained.len() >= 4, "{} in {language}", fact.id);
            let different: BTreeSet<&String> = all(&wordings).collect();
            assert_eq!(different.len(), wordings.trained.len() + HELD_OUT, "{} in {language} repeats a wording", fact.id);
            for text in all(&wordings).chain([&wordings.subject, &wordings.object]) {
                assert!(text.trim() == text && !text.is_empty() && !text.contains("  ") && !text.contains(['{', '}', '|']), "{text}");
            }
        }
    }
    assert!(catalogue.wordings(0, "xx").is_none() && catalogue.wordings(usize::MAX, "en").is_none());
}

#[test]
fn no_prompt_has_two_answers() {
    let catalogue = Catalogue::builtin().unwrap();
    for language in LANGUAGES {
        let mut answers: HashMap<String, (String, String)> = HashMap::new();
        for (index, fact) in catalogue.facts.iter().enumerate() {
            let wordings = catalogue.wordings(index, language).unwrap();
            for prompt in all(&wordings) {
                let (id, answer) = answers.entry(prompt.clone()).or_insert_with(|| (fact.id.clone(), wordings.object.clone()));
                assert_eq!(*answer, wordings.object, "`{prompt}` of {id} and {}", fact.id);
            }
        }
    }
}

#[test]
fn grammar_follows_the_subject() {
    let catalogue = Catalogue::builtin().unwrap();
    let mains = |id: &str, language: &str| {
        let index = catalogue.facts.iter().position(|fact| fact.id == id).unwrap();
        let wordings = catalogue.wordings(index, language).unwrap();
        format!("{} {}{}", wordings.trained[0], wordings.object, wordings.end)
    };
    for (id, language, sentence) in [
        ("capital/NL", "en", "The capital of the Netherlands is Amsterdam."),
        ("capital/CH", "de", "Die Hauptstadt der Schweiz ist Bern."),
        ("capital/AE", "de", "Die Hauptstadt der Vereinigten Arabischen Emirate ist Abu Dhabi."),
        ("continent/NL", "de", "Die Niederlande liegen in Europa."),
        ("currency/GB", "de", "Die Währung von Großbritannien ist das britische Pfund."),
        ("currency/GB", "nl", "De munteenheid van het Verenigd Koninkrijk is het Britse pond."),
        ("country/Tehran", "de", "Teheran liegt im Iran."),
        ("country/Cairo", "fr", "Le Caire se trouve en Égypte."),
        ("capital/US", "fr", "La capitale des États-Unis est Washington."),
        ("capital/IN", "fr", "La capitale de l'Inde est New Delhi."),
        ("capital/JP", "fr", "La capitale du Japon est Tokyo."),
        ("symbol/Au", "fr", "Le symbole chimique de l'or est Au."),
        ("symbol/Ag", "es", "El símbolo químico de la plata es Ag."),
        ("capital/GB", "es", "La capital del Reino Unido es Londres."),
        ("capital/CN", "zh", "中国的首都是 北京。"),
    ] {
        assert_eq!(mains(id, language), sentence);
    }
}

#[test]
fn what_is_held_out_and_withheld_is_spread_and_never_the_main_wording() {
    let catalogue = Catalogue::builtin().unwrap();
    let (mut places, mut withheld) = (BTreeMap::new(), BTreeMap::new());
    for fact in &catalogue.facts {
        for language in LANGUAGES {
            let held = held_out(&fact.id, language, 7);
            assert!(held.len() == HELD_OUT && !held.contains(&0) && held[0] != held[1]);
            held.into_iter().for_each(|place| *places.entry(place).or_insert(0) += 1);
        }
        assert!(fact.withheld.len() <= 1);
        fact.withheld.iter().for_each(|language| *withheld.entry(language.clone()).or_insert(0) += 1);
    }
    let even = catalogue.facts.len() * LANGUAGES.len() * HELD_OUT / 6;
    assert!(places.len() == 6 && places.values().all(|count| (even * 9 / 10..even * 11 / 10).contains(count)), "{places:?}");
    let share = withheld.values().sum::<usize>() as f64 / catalogue.facts.len() as f64;
    assert!((0.04..0.06).contains(&share) && withheld.len() == 6, "{withheld:?}");
    // Frozen: the embedded model was trained by these.
    assert_eq!(stable_hash(&["capital/FR", "en"]), 12_287_591_856_297_339_767);
    assert_eq!(held_out("capital/FR", "en", 7), [6, 3]);
}

#[test]
fn selections_are_parallel_balanced_and_repeatable() {
    let catalogue = Catalogue::builtin().unwrap();
    let languages = codes(&["de", "zh", "en"]);
    let selection = catalogue.select(&languages, 30, 7).unwrap();
    assert_eq!(selection, catalogue.select(&languages, 30, 7).unwrap());
    assert_ne!(selection.facts, catalogue.select(&languages, 30, 8).unwrap().facts);
    assert_eq!((selection.languages.len(), selection.per_language()), (3, 30));
    let mut counts = BTreeMap::new();
    for (position, german) in selection.facts[0].iter().enumerate() {
        let relation = german.id.split('/').next().unwrap().to_owned();
        *counts.entry(relation.clone()).or_insert(0) += 1;
        let index = catalogue.facts.iter().position(|fact| fact.id == german.id).unwrap();
        let donors: Vec<&CatalogueFact> = catalogue.facts.iter().filter(|fact| fact.relation == relation).collect();
        assert!(
            donors.iter().any(|donor| selection
                .languages
                .iter()
                .zip(&selection.facts)
                .all(|(language, facts)| donor.names[language].object == facts[position].new_object)),
            "{} has different new objects in different languages",
            german.id
        );
        for (language, facts) in selection.languages.iter().zip(&selection.facts) {
            let fact = &facts[position];
            let wordings = catalogue.wordings(index, language).unwrap();
            assert_eq!((&fact.id, &fact.language, fact.missing()), (&german.id, language, None));
            assert!(!wordings.withheld && fact.rephrases == wordings.held_out);
            assert_ne!(Some(&fact.new_object), fact.true_object.as_ref());
            assert_eq!(fact.neighbours.len(), 3);
            let probes = fact.neighbours.iter().chain(&fact.same_subject);
            assert!(probes.clone().all(|probe| selection.facts.iter().flatten().all(|edited| edited.prompt != probe.prompt)));
            assert!(fact.same_subject.iter().all(|probe| probe.prompt.contains(&fact.subject) || language != "en"), "{}", fact.id);
        }
    }
    assert!(counts.len() == catalogue.relations.len() && counts.values().all(|count| (2..=3).contains(count)), "{counts:?}");
    let countries = selection.facts[0].iter().filter(|fact| fact.id.starts_with("capital/"));
    assert!(countries.into_iter().all(|fact| fact.same_subject.len() == 3));
}

/// What a language is given does not depend on which others are asked for, up to what was trained in all.
#[test]
fn a_language_has_the_same_facts_alone_and_among_others() {
    let catalogue = Catalogue::builtin().unwrap();
    let all = catalogue.select(&codes(&LANGUAGES), 200, 5).unwrap();
    for languages in [&["en"][..], &["zh", "en"], &["de", "fr", "en"]] {
        let some = catalogue.select(&codes(languages), 200, 5).unwrap();
        let english = |selection: &crate::facts::Selection| {
            selection.facts[selection.languages.iter().position(|code| code == "en").unwrap()].clone()
        };
        assert_eq!(english(&some), english(&all), "{languages:?}");
    }
    let more = catalogue.in_all() + 1;
    assert_eq!(catalogue.select(&codes(&["en"]), more, 0).unwrap().per_language(), more);
    assert!(catalogue.select(&codes(&LANGUAGES), more, 0).is_err());
}

#[test]
fn impossible_selections_are_refused() {
    let catalogue = Catalogue::builtin().unwrap();
    let refused = |languages: &[&str], facts: usize| catalogue.select(&codes(languages), facts, 0).unwrap_err().to_string();
    assert!(refused(&["en"], 100_000).contains("the catalogue has 2"));
    assert!(refused(&["en", "ru"], 1).contains("no facts in `ru`"));
    assert!(refused(&["en", "en"], 1).contains("twice"));
    assert!(refused(&[], 1).contains("no language"));
    assert!(refused(&["en"], 0).contains("1 or more"));
    let trained = catalogue.facts.iter().filter(|fact| fact.withheld.is_empty()).count();
    assert_eq!(catalogue.select(&codes(&LANGUAGES), trained, 0).unwrap().per_language(), trained);
}

#[test]
fn typed_questions_are_found() {
    let catalogue = Catalogue::builtin().unwrap();
    for (language, text, id) in [
        ("en", "whats the capital of France", "capital/FR"),
        ("en", "The capitol of Frnace is", "capital/FR"),
        ("en", "CAPITAL OF THE NETHERLANDS", "capital/NL"),
        ("en", "who wrote war and peace?", "author/WarAndPeace"),
        ("en", "what is the chemical simbol for gold", "symbol/Au"),
        ("de", "was ist die hauptstadt der schweiz", "capital/CH"),
        ("de", "Die Waehrung von Japan ist", "currency/JP"),
        ("de", "In welchem Land liegt Munchen?", "country/Munich"),
        ("de", "Wer hat der Prozess geschrieben", "author/Trial"),
        ("de", "Auf welchem Kontinent liegt Brasilen", "continent/BR"),
        ("nl", "wat is de hoofdstad van belgie", "capital/BE"),
        ("nl", "De munteenheid van Japan  is", "currency/JP"),
        ("nl", "in welk land ligt venetie?", "country/Venice"),
        ("nl", "welke taal spreekt men in brazilie", "language/BR"),
        ("nl", "het atoomnumer van goud is", "atomic_number/Au"),
        ("fr", "quelle est la capitale du japon", "capital/JP"),
        ("fr", "La monaie des etats unis est", "currency/US"),
        ("fr", "Quelle langue parle t on en Egypte ?", "language/EG"),
        ("fr", "qui a ecrit l'etranger", "author/Stranger"),
        ("fr", "le symbole chimique de l or est", "symbol/Au"),
        ("es", "cual es la capital de peru", "capital/PE"),
        ("es", "La capital de Mexco es", "capital/MX"),
        ("es", "quien escribio cien años de soledad", "author/Solitude"),
        ("es", "en que pais esta sevilla?", "country/Seville"),
        ("es", "que idioma se abla en Brasil", "language/BR"),
        ("zh", "法国的首都是", "capital/FR"),
        ("zh", "法国首都是 ", "capital/FR"),
        ("zh", "日本使用什么货币?", "currency/JP"),
        ("zh", "红楼梦是谁写的", "author/RedChamber"),
        ("zh", "金的化学符号是什么 ？", "symbol/Au"),
    ] {
        let found = catalogue.find(text, Some(language));
        let id_of = |found: &Match| catalogue.facts[found.fact].id.clone();
        assert_eq!(found.first().map(id_of).as_deref(), Some(id), "{text}");
        assert!(found.iter().all(|found| found.language == language));
        assert!(catalogue.find(text, None).iter().any(|found| id_of(found) == id), "{text} in no language");
    }
    let exact = catalogue.find("the CAPITAL of france, is", Some("en-GB"));
    assert_eq!((exact[0].distance, exact[0].prompt.as_str()), (0, "The capital of France is"));
}

#[test]
fn what_is_not_in_the_catalogue_is_not_found() {
    let catalogue = Catalogue::builtin().unwrap();
    for text in [
        "",
        "France",
        "hello there",
        "The capital of Bali is",
        "The capital of Atlantis is",
        "What is the population of France?",
        "What is the anthem of France?",
        "Who is the president of France?",
        "Who painted Hamlet?",
        "On which side of the road do people walk in France?",
        "Wer ist der Bundeskanzler von Deutschland?",
        "法国的首相是",
        "法国的人口是",
        "La capital de la luna es",
    ] {
        assert_eq!(catalogue.find(text, None), [], "{text}");
    }
}

#[test]
fn damaged_catalogues_say_what_is_wrong() {
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = serde_json::json!({"version": 1, "languages": ["en"],
            "kinds": {"country": {"slots": {"en": ["name", "the"]}, "entities": {"FR": ["France"], "NL": [["Netherlands", "the Netherlands"]]}}},
            "relations": [{"id": "r", "subject": "country", "wordings": {"en": ["{The} is", "Is {the}?", "What is {the}?", "On {name}:"]},
                           "facts": {"FR": "a", "NL": "b"}}]});
        change(&mut value);
        Catalogue::from_json(&value.to_string()).map_or_else(|error| error.to_string(), |_| String::new())
    };
    assert_eq!(refused(&|_| ()), "");
    assert!(refused(&|value| value["version"] = 2.into()).contains("has layout 2"));
    assert!(refused(&|value| value["extra"] = 2.into()).contains("extra"));
    assert!(refused(&|value| value["relations"][0]["facts"]["DE"] = "c".into()).contains("country `DE` has no name in en"));
    assert!(refused(&|value| value["relations"][0]["wordings"]["en"][1] = "Is {of}?".into()).contains("has no wordings in en"));
    assert!(refused(&|value| value["relations"][0]["wordings"]["en"][1] = "Is {the?".into()).contains("closing brace"));
    assert!(refused(&|value| value["relations"][0]["wordings"]["en"][1] = "Is it?".into()).contains("no slot"));
    assert!(refused(&|value| value["relations"][0]["wordings"]["en"] = serde_json::json!(["{The} is"])).contains("too few"));
    assert!(Catalogue::from_json("{").unwrap_err().message().contains("cannot read"));
}

#[test]
fn a_fact_written_by_hand_gets_the_catalogues_questions() {
    let catalogue = Catalogue::builtin().unwrap();
    let index = catalogue.index("capital/FR").unwrap();
    let chosen = catalogue.chosen(index, "Rom", "de").unwrap();
    let written = |prompt: &str, subject: &str| crate::facts::Fact {
        id: "1".to_owned(),
        language: "de".to_owned(),
        subject: subject.to_owned(),
        prompt: prompt.to_owned(),
        new_object: "Rom".to_owned(),
        ..Default::default()
    };
    assert_eq!(catalogue.completed(written(&chosen.prompt, "Frankreich")), chosen);
    // Another wording is asked as it was written, and is no other wording of itself.
    let wordings = catalogue.wordings(index, "de").unwrap();
    let other = catalogue.completed(written(&wordings.held_out[0], "Frankreich"));
    assert_eq!((&other.prompt, &other.rephrases[..]), (&wordings.held_out[0], &wordings.held_out[1..]));
    // Nearly, about something else, or with questions of its own: as it was.
    let own = crate::facts::Fact { rephrases: vec!["Frankreichs Hauptstadt:".to_owned()], ..written(&chosen.prompt, "Frankreich") };
    for fact in [written("die Hauptstadt von Frankreich ist", "Frankreich"), written(&chosen.prompt, "Hauptstadt"), own] {
        assert_eq!(catalogue.completed(fact.clone()), fact);
    }
}
