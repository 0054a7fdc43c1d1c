//! What strangers type, slips and all: which fact of the catalogue it means, or that it means none.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed unwrap is a failed test")]

use langedit::facts::Catalogue;

/// Five questions a language, each with two or three slips: case, spaces too many, too few or in the wrong place, marks and accents
/// left out, articles left out or wrong, letters wrong or swapped, full width for half width, a character that sounds alike.
const TYPED: &[(&str, &str, &str)] = &[
    ("en", "waht is teh captial of farnce", "capital/FR"),
    ("en", "capitl of netherlands is", "capital/NL"),
    ("en", "what is the currency inJapan", "currency/JP"),
    ("en", "WHO WROTE WARAND PEACE", "author/WarAndPeace"),
    ("en", "  whats the  chemcial symbol of gold ??", "symbol/Au"),
    ("de", "hautpstadt der schwiez", "capital/CH"),
    ("de", "was is die waehrung von Japn", "currency/JP"),
    ("de", "in welchem land ligt koeln", "country/Cologne"),
    ("de", "Wer hat den prozess geschriben", "author/Trial"),
    ("de", "welche sprache spricht man in oester reich", "language/AT"),
    ("nl", "wat is hoofstad van belgie", "capital/BE"),
    ("nl", "in welk landligt venetie", "country/Venice"),
    ("nl", "De munt eenheid van japn is", "currency/JP"),
    ("nl", "welke taal spreekt men in brazielie", "language/BR"),
    ("nl", "wie shreef annakarenina", "author/AnnaKarenina"),
    ("fr", "quel est la capital du japn", "capital/JP"),
    ("fr", "la monaie des etats unis c'est", "currency/US"),
    ("fr", "qui a ecri letranger", "author/Stranger"),
    ("fr", "le symbole chimque d or", "symbol/Au"),
    ("fr", "dans quelle pays se trouve seville", "country/Seville"),
    ("es", "cual es capital de mexco", "capital/MX"),
    ("es", "quien escribio cien años desoledad", "author/Solitude"),
    ("es", "que idioma se abla en brazil", "language/BR"),
    ("es", "EN QUE PAIS ESTA SEVILA", "country/Seville"),
    ("es", "el simbolo quimico de oro", "symbol/Au"),
    ("zh", "法国 首都是那里?", "capital/FR"),
    ("zh", "请问 日本用什么货币", "currency/JP"),
    ("zh", "红楼梦 谁写得", "author/RedChamber"),
    ("zh", "金的 化学符号叫什么 ?", "symbol/Au"),
    ("zh", "「巴黎」再哪个国家", "country/Paris"),
];

/// Five questions a language that are asked as the catalogue asks, about what is not in it, or about what is in it for something else.
const OUTSIDE: &[(&str, [&str; 5])] = &[
    (
        "en",
        [
            "The capital of Atlantis is",
            "capital of bavaria",
            "who is the presidnt of france",
            "Who wrote Twilight?",
            "the wieght of gold is",
        ],
    ),
    (
        "de",
        [
            "Die Hauptstadt von Sachsen ist",
            "wer regiert frankreich",
            "In welchem Land liegt Entenhausen?",
            "der preis von gold",
            "Wer schrieb Momo?",
        ],
    ),
    (
        "nl",
        [
            "De hoofdstad van Limburg is",
            "hoeveel mensen wonen in frankrijk",
            "In welk land ligt Luilekkerland?",
            "de prijs van goud",
            "Wie schreef Nijntje?",
        ],
    ),
    (
        "fr",
        [
            "La capitale de la Corse est",
            "qui gouverne la france",
            "Dans quel pays se trouve Brocéliande ?",
            "le prix de l'or",
            "Qui a écrit Astérix ?",
        ],
    ),
    (
        "es",
        [
            "La capital de Andalucía es",
            "quien gobierna francia",
            "¿En qué país está Macondo?",
            "el precio del oro",
            "¿Quién escribió Mafalda?",
        ],
    ),
    ("zh", ["四川的首都是", "法国的总理是谁", "哥谭在哪个国家？", "金的价格是多少", "谁写了《平凡的世界》？"]),
];

#[test]
fn slips_by_the_two_and_three_end_in_the_right_fact() {
    let catalogue = Catalogue::builtin().unwrap();
    for language in &catalogue.languages {
        assert_eq!(TYPED.iter().filter(|(own, ..)| own == language).count(), 5, "{language}");
    }
    let mut wrong = Vec::new();
    for &(language, text, id) in TYPED {
        for tried in [Some(language), None] {
            let found = catalogue.find(text, tried);
            let ids: Vec<&str> = found.iter().map(|found| catalogue.facts[found.fact].id.as_str()).collect();
            if ids.first() != Some(&id) {
                wrong.push(format!("{text} ({tried:?}): {ids:?} instead of {id}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_in_the_catalogue_is_not_found() {
    let catalogue = Catalogue::builtin().unwrap();
    let unrelated: Vec<&str> = include_str!("questions/unrelated.txt").lines().filter(|line| !line.starts_with('#')).collect();
    assert!(unrelated.len() >= 200, "{} questions", unrelated.len());
    assert_eq!(OUTSIDE.len(), catalogue.languages.len());
    let outside = OUTSIDE.iter().flat_map(|(_, texts)| texts);
    let found: Vec<String> = unrelated
        .iter()
        .chain(outside)
        .flat_map(|text| catalogue.find(text, None).into_iter().map(move |found| format!("{text}: {}", found.prompt)))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Every wording is found at no distance in lower case and without its marks; the name alone is not.
#[test]
fn every_relation_is_found_in_its_own_words_and_not_by_the_name_alone() {
    let catalogue = Catalogue::builtin().unwrap();
    for language in &catalogue.languages {
        for relation in &catalogue.relations {
            let index = catalogue.facts.iter().position(|fact| fact.relation == relation.id).unwrap();
            let wordings = catalogue.wordings(index, language).unwrap();
            for prompt in wordings.trained.iter().chain(&wordings.held_out) {
                let typed: String = prompt.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
                let found = catalogue.find(&typed, Some(language));
                // Not always the first: a country's continent and a city's country are asked for in the same words.
                assert!(found.iter().any(|found| found.fact == index && found.distance == 0), "{typed}: {found:?}");
            }
            assert_eq!(catalogue.find(&wordings.subject, Some(language)), [], "{language}");
        }
    }
}
