//! One reader a layout: fields of a record to facts.

use serde_json::{Map, Value};

use super::Format;
use super::record::Record;
use crate::facts::{Fact, Probe, language_code};
use crate::{Error, ErrorKind, Result};

type Json = Map<String, Value>;

/// What KnowEdit calls the questions about the edited subject whose answers must stay.
const ABOUT_THE_SUBJECT: [&str; 2] = ["Relation_Specificity", "Forgetfulness"];

/// Whether `record` has the fields that tell `format`.
pub(super) fn fits(format: Format, record: &Json) -> bool {
    let all = |fields: &[&str]| fields.iter().all(|field| record.contains_key(*field));
    match format {
        Format::Zsre => all(&["src", "alt"]),
        Format::Multilingual => languages(record).next().is_some(),
        Format::CounterFact => all(&["prompt", "target_new"]),
        Format::CounterFactOriginal => record.get("requested_rewrite").is_some_and(Value::is_object),
        Format::Facts => all(&["prompt", "new_object"]),
    }
}

/// The facts of the record at `index` of the file: one, or one a language. A record that does not say its language has that of the `file`, where
/// that is known.
pub(super) fn read(format: Format, index: usize, record: &Json, file: Option<&str>) -> Result<Vec<Fact>> {
    let fields = Record::new(record, "");
    let language = match record.get("language") {
        Some(Value::String(name)) => language_code(name),
        _ => file.unwrap_or("en").to_owned(),
    };
    let id = |name: &str| Ok::<_, Error>(fields.text_if_any(name)?.unwrap_or_else(|| index.to_string()));
    match format {
        // MEND's records have no id; `case_id` in derived files is the index.
        Format::Zsre => Ok(vec![zsre(fields, id("case_id")?, language)?]),
        Format::Multilingual => multilingual(index, record),
        Format::CounterFact => Ok(vec![counterfact(fields, id("case_id")?, language)?]),
        Format::CounterFactOriginal => Ok(vec![counterfact_original(fields, id("case_id")?, language)?]),
        Format::Facts => {
            let fact = own(record)?;
            let language = if fact.language.is_empty() { file.unwrap_or_default().to_owned() } else { fact.language };
            Ok(vec![Fact { language, ..fact }])
        }
    }
}

/// The records under language keys: objects with the fields of another layout.
fn languages(record: &Json) -> impl Iterator<Item = (&str, &Json)> {
    let nested = |value: &'_ Json| fits(Format::Zsre, value) || fits(Format::Facts, value);
    record.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_object()?))).filter(move |(_, value)| nested(value))
}

fn multilingual(index: usize, record: &Json) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    let mut id = Record::new(record, "").text("id")?;
    for (key, nested) in languages(record) {
        let language = language_code(key);
        let fields = Record::new(nested, key);
        if id.is_empty() {
            id = fields.text_if_any("case_id")?.unwrap_or_else(|| index.to_string());
        }
        facts.push(if fits(Format::Zsre, nested) {
            zsre(fields, id.clone(), language)?
        } else {
            Fact { id: id.clone(), language, ..own(nested).map_err(|error| error.at(key))? }
        });
    }
    Ok(facts)
}

fn zsre(fields: Record<'_>, id: String, language: String) -> Result<Fact> {
    let true_object = fields.text_if_any("old")?;
    let (question, answer) = match fields.object("portability") {
        Some(portability) => (portability.text("New Question")?, portability.text("New Answer")?),
        None => (fields.text("port")?, fields.text("port_ans")?),
    };
    Ok(Fact {
        id,
        language,
        subject: fields.text("subject")?,
        prompt: fields.text("src")?,
        new_object: fields.text("alt")?,
        true_object: if true_object.is_some() { true_object } else { fields.text_if_any("answers")? },
        rephrases: fields.texts("rephrase")?,
        neighbours: probe(as_question(&fields.text("loc")?), fields.text("loc_ans")?),
        same_subject: Vec::new(),
        portability: probe(question, answer),
    })
}

fn counterfact(fields: Record<'_>, id: String, language: String) -> Result<Fact> {
    let subject = fields.text("subject")?;
    let mut neighbours = probe(fields.text("locality_prompt")?, fields.text("locality_ground_truth")?);
    let mut same_subject = Vec::new();
    for (kind, question) in fields.questions("locality")? {
        let about_it = ABOUT_THE_SUBJECT.contains(&kind) || (!subject.is_empty() && question.prompt.contains(&subject));
        if about_it { &mut same_subject } else { &mut neighbours }.push(question);
    }
    let mut portability = probe(fields.text("portability_prompt")?, fields.text("portability_ground_truth")?);
    portability.extend(fields.questions("portability")?.into_iter().map(|(_, question)| question));
    let mut rephrases = fields.texts("rephrase_prompt")?;
    rephrases.extend(fields.texts("rephrase")?);
    Ok(Fact {
        id,
        language,
        prompt: fields.text("prompt")?.replace("{}", &subject),
        subject,
        new_object: fields.text("target_new")?,
        true_object: fields.text_if_any("ground_truth")?,
        rephrases,
        neighbours,
        same_subject,
        portability,
    })
}

fn counterfact_original(fields: Record<'_>, id: String, language: String) -> Result<Fact> {
    let missing = |field: &str| Error::new(ErrorKind::Data, format!("`requested_rewrite` has no object `{field}`"));
    let rewrite = fields.object("requested_rewrite").ok_or_else(|| missing("requested_rewrite"))?;
    let target = |field: &str| rewrite.object(field).ok_or_else(|| missing(field))?.text("str");
    let (subject, true_object) = (rewrite.text("subject")?, target("target_true")?);
    let neighbours = fields.texts("neighborhood_prompts")?;
    Ok(Fact {
        id,
        language,
        prompt: rewrite.text("prompt")?.replace("{}", &subject),
        subject,
        new_object: target("target_new")?,
        rephrases: fields.texts("paraphrase_prompts")?,
        neighbours: neighbours.into_iter().flat_map(|prompt| probe(prompt, true_object.clone())).collect(),
        true_object: Some(true_object).filter(|text| !text.is_empty()),
        same_subject: Vec::new(),
        portability: Vec::new(),
    })
}

fn own(record: &Json) -> Result<Fact> {
    let mut record = record.clone();
    if let Some(Value::Number(number)) = record.get("id") {
        let id = number.to_string();
        record.insert("id".to_owned(), Value::String(id));
    }
    // What a short fact leaves out is made up or asked for later, by name.
    for field in ["id", "language", "subject", "prompt", "new_object"] {
        record.entry(field).or_insert_with(|| Value::String(String::new()));
    }
    let mut fact: Fact = serde_json::from_value(Value::Object(record)).map_err(|error| Error::new(ErrorKind::Data, error.to_string()))?;
    fact.language = language_code(&fact.language);
    Ok(fact)
}

/// A probe, or none where a half of it is missing.
fn probe(prompt: String, answer: String) -> Vec<Probe> {
    if prompt.is_empty() || answer.is_empty() { Vec::new() } else { vec![Probe { prompt, answer }] }
}

/// `text` with exactly one question mark at its end: the first of those it has, else an ASCII one.
fn as_question(text: &str) -> String {
    let body = text.trim_end_matches(|c: char| matches!(c, '?' | '？') || c.is_whitespace());
    if body.is_empty() {
        return String::new();
    }
    let mark = text.get(body.len()..).and_then(|rest| rest.chars().find(|c| !c.is_whitespace())).unwrap_or('?');
    // French puts a space before the mark: it stays.
    let gap: String = text.get(body.len()..).into_iter().flat_map(str::chars).take_while(|c| c.is_whitespace()).collect();
    let gap = if text.len() > body.len() + gap.len() { gap } else { String::new() };
    format!("{body}{gap}{mark}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_end_in_one_mark() {
        for (loc, question) in [
            ("nq question: who built the mill", "nq question: who built the mill?"),
            ("Wer baute die Mühle?", "Wer baute die Mühle?"),
            ("Wer baute die Mühle?? ", "Wer baute die Mühle?"),
            ("Qui a bâti le moulin ?", "Qui a bâti le moulin ?"),
            ("Wie bouwde de molen  ", "Wie bouwde de molen?"),
            ("谁建造了磨坊？", "谁建造了磨坊？"),
            ("谁建造了磨坊？?", "谁建造了磨坊？"),
            ("", ""),
            ("?", ""),
        ] {
            assert_eq!(as_question(loc), question);
        }
    }
}
