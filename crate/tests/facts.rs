//! The readers on invented facts in every layout, and on the published files where they lie beside the repository.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod skip_support;

use langedit::ErrorKind;
use langedit::facts::{Dataset, Fact, Format, Order, Probe, Selection, Skipped, order, read_facts, read_facts_in};
use serde_json::{Value, json};

fn read(value: &Value) -> Dataset {
    read_facts(value.to_string().as_bytes(), None).unwrap()
}

fn error(text: &str) -> String {
    read_facts(text.as_bytes(), None).unwrap_err().to_string()
}

fn probe(prompt: &str, answer: &str) -> Probe {
    Probe { prompt: prompt.into(), answer: answer.into() }
}

fn select(dataset: &Dataset, languages: &[&str], count: usize, offset: usize) -> langedit::Result<Selection> {
    let languages: Vec<String> = languages.iter().map(|language| (*language).to_owned()).collect();
    dataset.select(&languages, count, offset)
}

fn zsre(subject: &str, alt: &str) -> Value {
    json!({"subject": subject, "src": format!("Who keeps {subject}?"), "rephrase": format!("{subject} is kept by whom?"), "alt": alt,
           "loc": "nq question: who paints the pier", "loc_ans": "Mo"})
}

#[test]
fn mend_records() {
    let mut record = zsre("Gull Rock", "Ada Finch");
    record["answers"] = json!(["Bo Lark", "B. Lark"]);
    let dataset = read(&json!([record, zsre("Tern Rock", "Cy Reed")]));
    let expected = Fact {
        id: "0".into(),
        language: "en".into(),
        subject: "Gull Rock".into(),
        prompt: "Who keeps Gull Rock?".into(),
        new_object: "Ada Finch".into(),
        true_object: Some("Bo Lark".into()),
        rephrases: vec!["Gull Rock is kept by whom?".into()],
        neighbours: vec![probe("nq question: who paints the pier?", "Mo")],
        same_subject: vec![],
        portability: vec![],
    };
    assert_eq!(dataset.get("0", "en"), Some(&expected));
    assert_eq!(dataset.get("1", "en").unwrap().true_object, None);
    assert_eq!((dataset.len(), dataset.languages()["en"]), (2, 2));
}

#[test]
fn multilingual_records_with_both_kinds_of_portability_and_the_aliases() {
    let mut en = zsre("Gull Rock", "1897");
    en["portability"] = json!({"New Question": "In which century was it?", "New Answer": "19th"});
    let mut cz = zsre("Racčí skála", "1897");
    cz["src"] = json!("Kdy vznikla Racčí skála?");
    cz["rephrase"] = json!("Kdy vznikla Racčí skála?");
    cz["loc"] = json!("Kdo maluje molo?");
    cz["old"] = json!(1902);
    cz["port"] = json!("Ve kterém století?");
    cz["port_ans"] = json!("V devatenáctém");
    let dataset = read(&json!([{"id": 7, "en": en, "cz": cz, "du": zsre("Meeuwenrots", "1897")}]));
    let fact = dataset.get("7", "cs").unwrap();
    assert_eq!(fact.neighbours, [probe("Kdo maluje molo?", "Mo")]);
    assert_eq!(fact.portability, [probe("Ve kterém století?", "V devatenáctém")]);
    assert_eq!((fact.true_object.as_deref(), fact.repeated_rephrases()), (Some("1902"), 1));
    assert_eq!(dataset.get("7", "en").unwrap().portability, [probe("In which century was it?", "19th")]);
    assert_eq!(dataset.get("7", "en").unwrap().repeated_rephrases(), 0);
    assert_eq!(dataset.languages().into_keys().collect::<Vec<_>>(), ["cs", "en", "nl"]);
    let selection = select(&dataset, &["du", "cz"], 1, 0).unwrap();
    assert_eq!(selection.languages, ["nl", "cs"]);
    // The pair files have no `id`; BMIKE-53 keeps `case_id` inside.
    let mut inside = zsre("Gull Rock", "x");
    inside["case_id"] = json!(12);
    assert_eq!(read(&json!([{"en": inside}])).facts().next().unwrap().id, "12");
    assert_eq!(read(&json!([{"en": zsre("a", "b")}, {"en": zsre("c", "d")}])).facts().last().unwrap().id, "1");
}

#[test]
fn both_layouts_of_counterfact() {
    let flat = json!({"case_id": 5, "prompt": "{} sings in", "target_new": "Dutch", "subject": "Ada Finch", "ground_truth": "Thai",
        "rephrase_prompt": "The songs of Ada Finch are in", "locality_prompt": "Bo Lark sings in", "locality_ground_truth": "Thai"});
    let original = json!({"case_id": 5, "requested_rewrite": {"prompt": "{} sings in", "subject": "Ada Finch",
            "target_new": {"str": "Dutch", "id": "Q1"}, "target_true": {"str": "Thai", "id": "Q2"}},
        "paraphrase_prompts": ["The songs of Ada Finch are in", "Hear Ada Finch in"],
        "neighborhood_prompts": ["Bo Lark sings in", "Cy Reed sings in"], "attribute_prompts": [], "generation_prompts": []});
    let (flat, original) = (read(&json!([flat])), read(&json!([original])));
    let (flat, original) = (flat.get("5", "en").unwrap(), original.get("5", "en").unwrap());
    assert_eq!(flat.prompt, "Ada Finch sings in");
    assert_eq!(flat.neighbours, [probe("Bo Lark sings in", "Thai")]);
    assert_eq!(original.rephrases.len(), 2);
    assert_eq!(original.neighbours, [probe("Bo Lark sings in", "Thai"), probe("Cy Reed sings in", "Thai")]);
    let core = |fact: &Fact| (fact.prompt.clone(), fact.subject.clone(), fact.new_object.clone(), fact.true_object.clone());
    assert_eq!(core(flat), core(original));
}

/// KnowEdit: questions by kind, aliases as lists of lists, some of the kinds only.
#[test]
fn knowedit_records() {
    let record = json!({"subject": "Ada Finch", "prompt": "The harbour of Ada Finch is", "target_new": "Orsk", "ground_truth": [["Tern Bay", "Bay of Terns"]],
        "locality": {
            "Relation_Specificity": [{"prompt": "The name of the father of Ada Finch is", "ground_truth": [["Bo Finch"], ["Bo"]]}],
            "Forgetfulness": [{"prompt": "The harbour of A. Finch, which is not Orsk, is", "ground_truth": "Tern Bay"}],
            "Other": [{"prompt": "Ada Finch paints", "ground_truth": ["piers"]}, {"prompt": "Bo Lark paints", "ground_truth": ["boats"]},
                {"prompt": "Bo Lark keeps", "ground_truth": []}]},
        "portability": {
            "Reasoning": [{"prompt": "The country of the harbour of Ada Finch is", "ground_truth": [["Norland"]]}],
            "Subject_Aliasing": {"prompt": ["The harbour of Adelaide Finch is"], "ground_truth": [["Orsk"]]}}});
    let sparse = json!({"subject": "Cy Reed", "prompt": "Cy Reed keeps", "target_new": "owls", "ground_truth": [], "rephrase_prompt": "",
        "rephrase": ["Kept by Cy Reed are"], "locality": {}, "portability": null});
    let dataset = read(&json!([record, sparse]));
    let fact = dataset.get("0", "en").unwrap();
    assert_eq!(fact.true_object.as_deref(), Some("Tern Bay"));
    let same_subject = [
        probe("Ada Finch paints", "piers"),
        probe("The harbour of A. Finch, which is not Orsk, is", "Tern Bay"),
        probe("The name of the father of Ada Finch is", "Bo Finch"),
    ];
    assert_eq!(sorted(&fact.same_subject), same_subject);
    assert_eq!(fact.neighbours, [probe("Bo Lark paints", "boats")]);
    let portability = [probe("The country of the harbour of Ada Finch is", "Norland"), probe("The harbour of Adelaide Finch is", "Orsk")];
    assert_eq!(sorted(&fact.portability), portability);
    let sparse = dataset.get("1", "en").unwrap();
    assert_eq!((&sparse.true_object, sparse.rephrases.as_slice()), (&None, &["Kept by Cy Reed are".to_owned()][..]));
    assert!(sparse.same_subject.is_empty() && sparse.neighbours.is_empty() && sparse.portability.is_empty());
    // CKnowEdit's records have no subject: one among others is skipped by its id, and where all are like that, that is the reason.
    let without =
        json!({"prompt": "《资治通鉴》的编纂者是", "target_new": "欧阳修", "portability": [{"prompt": "他是谁？", "answer": "史学家"}]});
    let skipped = select(&read(&json!([without, {"subject": "Cy Reed", "prompt": "Cy Reed keeps", "target_new": "owls"}])), &["en"], 2, 0)
        .unwrap()
        .skipped;
    assert_eq!(skipped.iter().map(ToString::to_string).collect::<Vec<_>>(), ["`0` (en: empty subject)"]);
    let refused = select(&read(&json!([without])), &["en"], 2, 0).unwrap_err().to_string();
    assert!(refused.contains("`0` (en: empty subject)") && refused.contains("add to the file what is missing"), "{refused}");
    let refused = select(&read(&json!([{"en": zsre("a", "b")}, {"de": zsre("c", "d")}])), &["de", "en"], 2, 0).unwrap_err().to_string();
    assert!(refused.contains("use fewer languages"), "{refused}");
}

fn sorted(probes: &[Probe]) -> Vec<Probe> {
    let mut probes = probes.to_vec();
    probes.sort_by(|a, b| a.prompt.cmp(&b.prompt));
    probes
}

#[test]
fn characters_that_nobody_sees_are_no_part_of_a_fact() {
    let clean = json!({"id": "0", "language": "en", "subject": "Gull Rock", "prompt": "Gull Rock lies in", "new_object": "Newport",
        "rephrases": ["Where is Gull Rock?"], "neighbours": [{"prompt": "Tern Rock lies in", "answer": "Norland"}]});
    let unclean = json!({"id": "0", "language": "en", "subject": "\u{feff}Gull Rock\u{200b}", "prompt": "\u{200b} Gull Rock lies in\u{a0}\u{2060}",
        "new_object": "\u{3000}\u{200b}New\u{ad}port\u{feff}", "rephrases": ["\u{200e}Where is Gull Rock?", "\u{200b}"],
        "neighbours": [{"prompt": "Tern Rock lies in ", "answer": "\u{200b}Norland"}, {"prompt": "Rock", "answer": "\u{2060}"}]});
    assert_eq!(read(&json!([unclean])).facts().collect::<Vec<_>>(), read(&json!([clean])).facts().collect::<Vec<_>>());
    for unseen in ["\u{200b}", "\u{2060}\u{feff}", " \u{ad}\u{200d}"] {
        let records = json!([{"subject": "Gull Rock", "prompt": "{} lies in", "target_new": unseen}, {"subject": "Tern Rock", "prompt": "{} lies in", "target_new": "Orsk"}]);
        let selection = select(&read(&records), &["en"], 2, 0).unwrap();
        assert_eq!((selection.per_language(), selection.skipped[0].to_string().as_str()), (1, "`0` (en: empty new object)"));
    }
}

#[test]
fn own_facts_survive_a_round_trip_as_array_and_as_lines() {
    let dataset = read(&json!([{"id": 3, "en": zsre("Gull Rock", "Ada"), "de": zsre("Möwenfels", "Ada")}]));
    let facts: Vec<&Fact> = dataset.facts().collect();
    let array = read_facts(serde_json::to_string_pretty(&facts).unwrap().as_bytes(), None).unwrap();
    assert_eq!(array.facts().collect::<Vec<_>>(), facts);
    let lines: Vec<String> = facts.iter().map(|fact| serde_json::to_string(fact).unwrap()).collect();
    let lines = read_facts(format!("\u{feff}{}\n", lines.join("\n")).as_bytes(), Some(Format::Facts)).unwrap();
    assert_eq!(lines.facts().collect::<Vec<_>>(), facts);
}

#[test]
fn short_facts_without_ids_line_up_across_languages() {
    let line = |language: &str, subject: &str| json!({"language": language, "subject": subject, "prompt": format!("{subject} lies in"), "new_object": "Ulm"});
    let text: Vec<String> = [("en", "Gull Rock"), ("en", "Tern Rock"), ("de", "Möwenfels"), ("de", "Seeschwalbenfels")]
        .map(|(l, s)| line(l, s).to_string())
        .into();
    let dataset = read_facts(text.join("\n").as_bytes(), None).unwrap();
    let selection = select(&dataset, &["de", "en"], 2, 0).unwrap();
    let subjects: Vec<Vec<&str>> = selection.facts.iter().map(|facts| facts.iter().map(|fact| fact.subject.as_str()).collect()).collect();
    assert_eq!(subjects, [["Möwenfels", "Seeschwalbenfels"], ["Gull Rock", "Tern Rock"]]);
    assert_eq!(selection.per_language(), 2);
}

/// Five records; 1 lacks German, 2 has an empty German answer, 3 an empty English subject.
fn gappy() -> Dataset {
    read(&json!([
        {"id": "a", "en": zsre("A", "1"), "de": zsre("A", "1")},
        {"id": "b", "en": zsre("B", "1")},
        {"id": "c", "en": zsre("C", "1"), "de": zsre("C", " ")},
        {"id": "d", "en": zsre("", "1"), "de": zsre("D", "1")},
        {"id": "e", "en": zsre("E", "1"), "de": zsre("E", "1")},
        {"id": "f", "en": zsre("F", "1"), "de": zsre("F", "1")},
    ]))
}

#[test]
fn the_same_records_are_taken_in_every_language() {
    let dataset = gappy();
    let ids = |selection: &Selection| {
        selection.facts.iter().map(|facts| facts.iter().map(|fact| fact.id.as_str()).collect::<String>()).collect::<Vec<_>>()
    };
    let selection = select(&dataset, &["de", "en"], 2, 0).unwrap();
    assert_eq!(ids(&selection), ["ae", "ae"]);
    let reasons: Vec<String> =
        selection.skipped.iter().map(|skipped| format!("{} {} {}", skipped.id, skipped.language, skipped.reason)).collect();
    assert_eq!(reasons, ["b de no record in this language", "c de empty new object", "d en empty subject"]);
    assert_eq!(ids(&select(&dataset, &["de", "en"], 2, 1).unwrap()), ["ef", "ef"]);
    assert_eq!(ids(&select(&dataset, &["de", "en"], 9, 2).unwrap()), ["f", "f"]);
    assert_eq!(ids(&select(&dataset, &["en"], 9, 0).unwrap()), ["abcef"]);
    let steps = order(&selection, 1, Order::RoundRobin).unwrap();
    assert_eq!(
        steps.iter().map(|step| (step.language.as_str(), step.facts[0].id.as_str())).collect::<Vec<_>>(),
        [("de", "a"), ("en", "a"), ("de", "e"), ("en", "e")]
    );
}

#[test]
fn impossible_selections_say_why() {
    let dataset = gappy();
    for (languages, count, offset, kind, part) in [
        (vec!["en", "fi"], 1, 0, ErrorKind::Data, "languages are de, en"),
        (vec![], 1, 0, ErrorKind::Usage, "no language"),
        (vec!["en", "en"], 1, 0, ErrorKind::Usage, "twice"),
        (vec!["en"], 0, 0, ErrorKind::Usage, "0 facts"),
        (vec!["en", "de"], 1, 3, ErrorKind::Data, "smaller offset"),
    ] {
        let error = select(&dataset, &languages, count, offset).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn broken_files_are_refused_with_the_place() {
    assert!(error("[\n{\"src\": }]").contains("line 2 column 9"));
    assert!(error("").contains("no records"));
    assert!(error("[]").contains("no records"));
    assert!(error("[3]").contains("record 1: not a JSON object"));
    let unknown = error("[{\"question\": \"x\", \"wer\": 1}]");
    for part in ["record 1", "question, wer", "zsre (", "multilingual (", "counterfact (", "counterfact-original (", "facts ("] {
        assert!(unknown.contains(part), "{unknown}");
    }
    let wrong = error(&json!([{"id": 1, "de": {"src": {"a": 1}, "alt": "x"}}]).to_string());
    assert!(wrong.contains("record 1: de: `src` is an object"), "{wrong}");
    assert!(error("{\"prompt\": \"A\", \"new_object\": \"b\"}").contains("language"));
    assert!(error("{\"language\": \"en\", \"prompt\": 5, \"new_object\": \"b\"}").contains("record 1"));
    assert!(read_facts(&[b'[', 0xff], None).unwrap_err().to_string().contains("byte 1"));
    assert!(read_facts(b"[{\"src\": 1, \"alt\": 2}]", Some(Format::Facts)).unwrap_err().to_string().contains("facts ("));
    assert_eq!("counterfact".parse::<Format>().unwrap(), Format::CounterFact);
    assert!("csv".parse::<Format>().is_err());
}

#[test]
fn one_record_that_cannot_be_read_does_not_cost_the_others() {
    let records = json!([
        3,
        {"question": "x"},
        {"id": 1, "en": zsre("A", "1")},
        {"prompt": "A", "new_object": "b"},
        {"id": 1, "en": zsre("B", "1")},
        {"id": 2, "en": {"subject": "C", "src": {"a": 1}, "alt": "x"}},
        {"id": 4, "en": zsre("D", "1")},
        {"id": 5, "en": zsre("E", &"long ".repeat(1000))},
        {"id": 6, "en": zsre("F", "1")},
        [7],
    ]);
    let dataset = read(&records);
    let named = |skipped: Vec<&Skipped>| skipped.iter().map(ToString::to_string).collect::<Vec<_>>();
    let selection = select(&dataset, &["en"], 9, 0).unwrap();
    assert_eq!(selection.facts[0].iter().map(|fact| fact.subject.as_str()).collect::<String>(), "ADF");
    let skipped = named(selection.skipped.iter().collect());
    assert_eq!(skipped.len(), 7, "{skipped:?}");
    assert_eq!(skipped[0], "`5` (en: new object of 4999 bytes, more than 4096)");
    for (line, parts) in skipped[1..].iter().zip([
        ["record 1 ", "not a JSON object"],
        ["record 2 ", "unknown layout"],
        ["record 4 ", "does not have the layout multilingual"],
        ["record 5 ", "record `1` occurs twice in en"],
        ["record 6 ", "en: `src` is an object"],
        ["record 10 ", "not a JSON object"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
    }
    // Those behind the records that were taken are nobody's business yet.
    assert_eq!(named(select(&dataset, &["en"], 1, 0).unwrap().skipped.iter().collect()).len(), 2);
    assert_eq!(named(select(&dataset, &["en"], 1, 1).unwrap().skipped.iter().collect()).len(), 3);
}

#[test]
fn a_file_a_language() {
    let mut dataset = Dataset::default();
    let file = |alts: [&str; 2]| json!(alts.map(|alt| zsre("Gull Rock", alt))).to_string();
    read_facts_in(&mut dataset, "en", file(["Ada", "Bo"]).as_bytes()).unwrap();
    read_facts_in(&mut dataset, "cz", file(["Adéla", "Bořek"]).as_bytes()).unwrap();
    let selection = select(&dataset, &["cs", "en"], 5, 0).unwrap();
    let objects: Vec<Vec<&str>> = selection.facts.iter().map(|facts| facts.iter().map(|fact| fact.new_object.as_str()).collect()).collect();
    assert_eq!(objects, [["Adéla", "Bořek"], ["Ada", "Bo"]]);
    // Of a file of several languages the one that was named; records that say another one are refused.
    let several = json!([{"id": 0, "en": zsre("A", "1"), "zh": zsre("A", "2")}]).to_string();
    read_facts_in(&mut dataset, "zh", several.as_bytes()).unwrap();
    assert_eq!(dataset.get("0", "zh").unwrap().new_object, "2");
    let own = r#"{"id": "9", "subject": "A", "prompt": "A is", "new_object": "b"}"#;
    read_facts_in(&mut dataset, "de", own.as_bytes()).unwrap();
    assert_eq!(dataset.get("9", "de").unwrap().prompt, "A is");
    let german = r#"{"language": "de", "subject": "A", "src": "Wer ist A?", "alt": "b"}"#;
    let error = read_facts_in(&mut dataset, "fr", german.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("record 1") && error.contains("`de`") && error.contains("`fr`"), "{error}");
    assert!(read_facts_in(&mut dataset, "en", file(["x", "y"]).as_bytes()).unwrap_err().to_string().contains("twice in en"));
}

#[test]
fn a_sample_is_drawn_by_its_seed() {
    let records: Vec<Value> = (0..40).map(|i| zsre(&format!("Rock {i}"), if i == 7 { "" } else { "Ada" })).collect();
    let dataset = read(&Value::from(records));
    let sample = |count: usize, seed: u64| {
        let selection = dataset.sample(&["en".to_owned()], count, seed).unwrap();
        let ids: Vec<usize> = selection.facts[0].iter().map(|fact| fact.id.parse().unwrap()).collect();
        assert_eq!(selection.skipped.len(), 1);
        ids
    };
    let first = sample(10, 1);
    assert!(first.len() == 10 && first.is_sorted() && !first.contains(&7), "{first:?}");
    assert_eq!(sample(10, 1), first);
    assert_ne!(sample(10, 2), first);
    assert_eq!(sample(100, 3), (0..40).filter(|&i| i != 7).collect::<Vec<_>>());
}

/// The published file `name`, or `None` (with a line that says so) where it is not beside the repository.
fn published(name: &str) -> Option<Dataset> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        skip_support::skipped(&format!("shared/data/{name} is not beside the repository"));
        return None;
    };
    Some(read_facts(&bytes, None).unwrap())
}

const SIX: [&str; 6] = ["en", "de", "nl", "fr", "es", "zh"];

#[test]
fn published_multilingual_files() {
    for (name, records, portability) in
        [("bmike53/zsre.json", 538, true), ("bmike53/counterfact.json", 631, true), ("mzsre/mzsre.json", 538, true)]
    {
        let Some(dataset) = published(name) else { return };
        assert_eq!((dataset.len(), dataset.languages().len()), (records, 12), "{name}");
        let selection = select(&dataset, &SIX, 400, 0).unwrap();
        assert_eq!(selection.per_language(), 400);
        for facts in &selection.facts {
            assert!(
                facts
                    .iter()
                    .all(|fact| fact.missing().is_none() && fact.rephrases.len() == 1 && fact.portability.is_empty() != portability)
            );
            assert!(facts.iter().flat_map(|fact| &fact.neighbours).all(|probe| !probe.prompt.ends_with("??")));
        }
        for row in 0..400 {
            let ids: Vec<&str> = selection.facts.iter().map(|facts| facts[row].id.as_str()).collect();
            assert!(ids.iter().all(|id| *id == ids[0]));
        }
    }
    // The counts of records that name their subject literally, as measured on the files by other means.
    let Some(dataset) = published("bmike53/zsre.json") else { return };
    let languages: Vec<String> = dataset.languages().into_keys().map(str::to_owned).collect();
    let literal = |languages: &[&str]| {
        let all = select(&dataset, languages, usize::MAX, 0).unwrap();
        (0..all.per_language()).filter(|row| all.facts.iter().all(|facts| facts[*row].prompt.contains(&facts[*row].subject))).count()
    };
    assert_eq!(literal(&SIX), 450);
    assert_eq!(literal(&languages.iter().map(String::as_str).collect::<Vec<_>>()), 319);
    // Records without a Turkish (or other) text are passed over with the reason.
    let twelve = dataset.select(&languages, 538, 0).unwrap();
    assert_eq!((twelve.per_language(), twelve.skipped.len()), (530, 8));
}

#[test]
fn published_english_files() {
    let Some(zsre) = published("zsre_mend_en.json") else { return };
    assert_eq!(zsre.len(), 1000);
    assert!(zsre.facts().all(|fact| fact.true_object.is_some()));
    // Two records of the published file have an empty `alt`.
    let skipped = select(&zsre, &["en"], 1000, 0).unwrap().skipped;
    assert_eq!(skipped.iter().map(|skipped| skipped.id.as_str()).collect::<Vec<_>>(), ["534", "723"]);
    assert!(skipped.iter().all(|skipped| skipped.reason == "empty new object"));
    let marked = |fact: &Fact| fact.neighbours.iter().all(|probe| probe.prompt.starts_with("nq question: ") && probe.prompt.ends_with('?'));
    assert!(zsre.facts().all(marked));
    let Some(counterfact) = published("counterfact_en.json") else { return };
    assert_eq!(counterfact.len(), 600);
    assert!(
        counterfact.facts().all(|fact| fact.true_object.is_some() && fact.neighbours.len() == 1 && fact.prompt.contains(&fact.subject))
    );
}
