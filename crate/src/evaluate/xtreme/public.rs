//! Items from the files of the public releases, for those who do not have LangEdit's layout.
//!
//! | task | file under the folder | release |
//! |---|---|---|
//! | xnli | `XNLI-1.0/xnli.test.tsv`, `xnli.test.tsv` (columns by name: language, gold_label, sentence1, sentence2) | XNLI 1.0 |
//! | pawsx | `x-final/<language>/test_2k.tsv`, `pawsx/test-<language>.tsv` (id, sentence1, sentence2, label) | PAWS-X, XTREME |
//! | mlqa | `MLQA_V1/test/test-context-<l>-question-<l>.json`, `mlqa/test/...` (SQuAD 1.1) | MLQA V1 |
//! | wikiann | `panx/test-<language>.tsv`, `<language>/test` (`token<TAB>tag`, sentences separated by empty lines) | PAN-X |

use serde::Deserialize;

use super::Task;
use super::items::{Item, is_yes};
use crate::{Error, ErrorKind, Result, ensure};

/// Reads at most this many items in a language.
pub(super) type Parse = fn(&str, &str, usize) -> Result<Vec<Item>>;

/// Where the items of `task` in `language` may be, and how to read them.
pub(super) fn files(task: Task, language: &str) -> Vec<(String, Parse)> {
    let two = |first: String, second: String, parse: Parse| vec![(first, parse), (second, parse)];
    match task {
        Task::Xnli => two("XNLI-1.0/xnli.test.tsv".to_owned(), "xnli.test.tsv".to_owned(), xnli),
        Task::Pawsx => two(format!("x-final/{language}/test_2k.tsv"), format!("pawsx/test-{language}.tsv"), pawsx),
        Task::Mlqa => {
            let name = format!("test/test-context-{language}-question-{language}.json");
            two(format!("MLQA_V1/{name}"), format!("mlqa/{name}"), mlqa)
        }
        Task::Wikiann => two(format!("panx/test-{language}.tsv"), format!("{language}/test"), panx),
    }
}

fn xnli(text: &str, language: &str, most: usize) -> Result<Vec<Item>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| {
        let found = header.iter().position(|column| *column == name);
        found.ok_or_else(|| Error::new(ErrorKind::Data, format!("line 1: no column `{name}`")))
    };
    let (code, label, first, second) = (column("language")?, column("gold_label")?, column("sentence1")?, column("sentence2")?);
    let mut items = Vec::new();
    for (number, line) in lines.enumerate() {
        let cells: Vec<&str> = line.split('\t').collect();
        if items.len() == most {
            break;
        }
        if cells.get(code) != Some(&language) {
            continue;
        }
        let at = || format!("line {}", number + 2);
        let cell = |i: usize| cells.get(i).copied().ok_or_else(|| Error::new(ErrorKind::Data, format!("{}: too few columns", at())));
        let yes = is_yes(cell(label)?).map_err(|error| error.at(at()))?;
        // LangEdit's files have two classes.
        let label = if yes { "entailment" } else { "not_entailment" }.to_owned();
        items.push(Item::Pair { first: cell(first)?.to_owned(), second: cell(second)?.to_owned(), yes, label });
    }
    ensure!(!items.is_empty(), Data, "there is no line in `{language}`");
    Ok(items)
}

fn pawsx(text: &str, _: &str, most: usize) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        // XTREME's copies have no id column.
        let ([_, first, second, label] | [first, second, label]) = cells[..] else {
            crate::bail!(Data, "line {}: {} columns instead of 3 or 4", number + 1, cells.len());
        };
        if number == 0 && label == "label" {
            continue;
        }
        if items.len() == most {
            break;
        }
        let yes = is_yes(label).map_err(|error| error.at(format!("line {}", number + 1)))?;
        items.push(Item::Pair { first: first.to_owned(), second: second.to_owned(), yes, label: label.to_owned() });
    }
    Ok(items)
}

fn mlqa(text: &str, _: &str, most: usize) -> Result<Vec<Item>> {
    #[derive(Deserialize)]
    struct File {
        data: Vec<Article>,
    }
    #[derive(Deserialize)]
    struct Article {
        paragraphs: Vec<Paragraph>,
    }
    #[derive(Deserialize)]
    struct Paragraph {
        context: String,
        qas: Vec<Asked>,
    }
    #[derive(Deserialize)]
    struct Asked {
        question: String,
        answers: Vec<Answer>,
    }
    #[derive(Deserialize)]
    struct Answer {
        text: String,
    }
    let file: File =
        serde_json::from_str(text).map_err(|error| Error::new(ErrorKind::Data, format!("is not in SQuAD's format: {error}")))?;
    let mut items = Vec::new();
    for Paragraph { context, qas } in file.data.into_iter().flat_map(|article| article.paragraphs) {
        for Asked { question, answers } in qas {
            if let Some(answer) = answers.into_iter().next() {
                items.push(Item::Question { context: context.clone(), question, answer: answer.text });
            }
        }
    }
    items.truncate(most);
    Ok(items)
}

/// Sentences without entities are left out, as in LangEdit's files.
fn panx(text: &str, _: &str, most: usize) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut sentence: Vec<(&str, &str)> = Vec::new();
    for (number, line) in text.lines().enumerate().chain([(usize::MAX, "")]) {
        if line.trim().is_empty() {
            items.extend(entities(&std::mem::take(&mut sentence)));
            if items.len() >= most {
                break;
            }
            continue;
        }
        let Some((token, tag)) = line.trim_end().rsplit_once(['\t', ' ']) else {
            crate::bail!(Data, "line {}: no tag after the token", number.saturating_add(1));
        };
        // PAN-X's own files have the language in front: `de:Bonn`.
        let token = match token.split_once(':') {
            Some((language, rest)) if language.len() == 2 && !rest.is_empty() => rest,
            _ => token,
        };
        sentence.push((token, tag));
    }
    items.truncate(most);
    Ok(items)
}

fn entities(sentence: &[(&str, &str)]) -> Option<Item> {
    let mut found: Vec<(&str, Vec<String>)> = Vec::new();
    let mut open: Option<&str> = None;
    for &(token, tag) in sentence {
        let (place, kind) = tag.split_once('-').unwrap_or((tag, ""));
        if place == "I" && open == Some(kind) {
            if let Some(entity) = found.iter_mut().find(|(held, _)| *held == kind).and_then(|(_, entities)| entities.last_mut()) {
                entity.push(' ');
                entity.push_str(token);
            }
            continue;
        }
        open = (place == "B" || place == "I").then_some(kind);
        if open.is_some() {
            match found.iter_mut().find(|(held, _)| *held == kind) {
                Some((_, entities)) => entities.push(token.to_owned()),
                None => found.push((kind, vec![token.to_owned()])),
            }
        }
    }
    if found.is_empty() {
        return None;
    }
    let tokens: Vec<&str> = sentence.iter().map(|(token, _)| *token).collect();
    let label = found.iter().map(|(kind, entities)| format!("{kind}: {}\n", entities.join("@"))).collect();
    Some(Item::Entities { text: tokens.join(" "), label })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn public_files_give_the_same_items() {
        let table = "language\tgold_label\tx\tsentence1\tsentence2\nen\tneutral\t-\ta\tb\nde\tentailment\t-\tc\td\n";
        assert_eq!(
            xnli(table, "de", 9).unwrap(),
            [Item::Pair { first: "c".into(), second: "d".into(), yes: true, label: "entailment".into() }]
        );
        assert!(xnli(table, "fr", 9).is_err() && xnli("a\tb\n", "de", 9).is_err());
        let pairs = pawsx("id\tsentence1\tsentence2\tlabel\n1\ta\tb\t0\n2\tc\td\t1\n", "", 9).unwrap();
        assert_eq!(pairs.len(), 2);
        assert!(matches!(&pairs[1], Item::Pair { first, yes: true, .. } if first == "c"));
        assert_eq!(pawsx("a\tb\t0\n", "", 9).unwrap().len(), 1);
        let squad = r#"{"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "1", "question": "q", "answers": [{"text": "a", "answer_start": 0}]},
                       {"id": "2", "question": "r", "answers": []}]}]}]}"#;
        let asked = mlqa(squad, "", 9).unwrap();
        assert_eq!(asked, [Item::Question { context: "c".into(), question: "q".into(), answer: "a".into() }]);
        let tagged = "de:Er\tO\nde:lebt\tO\n\nde:Bad\tB-LOC\nde:Ems\tI-LOC\nde:und\tO\nde:Bonn\tB-LOC\nde:Karl\tB-PER\n\n";
        let label = "LOC: Bad Ems@Bonn\nPER: Karl\n".to_owned();
        assert_eq!(panx(tagged, "", 9).unwrap(), [Item::Entities { text: "Bad Ems und Bonn Karl".into(), label }]);
    }
}
