//! Which questions are asked, and how answers are counted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot compute should stop")]

use super::*;
use crate::checkpoint::open_builtin;
use crate::facts::Selection;

const LANGUAGES: [&str; 3] = ["en", "de", "zh"];

fn languages() -> Vec<String> {
    LANGUAGES.map(str::to_owned).to_vec()
}

fn tokenizer() -> Tokenizer {
    Tokenizer::new(&open_builtin().unwrap().tokenizer).unwrap()
}

fn count(quiz: &Quiz, wanted: impl Fn(&Asked) -> bool) -> usize {
    quiz.asked.iter().filter(|asked| wanted(asked)).count()
}

#[test]
fn every_wording_is_asked_once_and_a_withheld_fact_by_its_main_one() {
    let (catalogue, languages) = (Catalogue::builtin().unwrap(), languages());
    let scope = QuizScope { languages: &languages, withheld: true, ..QuizScope::default() };
    let quiz = Quiz::new(&catalogue, &tokenizer(), scope).unwrap();
    let (mut trained, mut held_out, mut withheld) = (0, 0, 0);
    for language in &languages {
        for index in 0..catalogue.facts.len() {
            let wordings = catalogue.wordings(index, language).unwrap();
            if wordings.withheld {
                withheld += 1;
            } else {
                trained += wordings.trained.len();
                held_out += wordings.held_out.len();
            }
        }
    }
    assert_eq!(count(&quiz, |asked| asked.kind == Kind::Trained), trained);
    assert_eq!(count(&quiz, |asked| asked.kind == Kind::HeldOut), held_out);
    assert_eq!(count(&quiz, |asked| asked.kind == Kind::Withheld), withheld);
    assert!(withheld > 0 && held_out > 1000 && quiz.asked.iter().all(|asked| !asked.about_edited));
}

/// Nothing that an edit says is asked, whether it has the catalogue's id or was typed; what else the catalogue has of its subject counts
/// apart.
#[test]
fn edited_facts_are_not_asked_and_their_subjects_count_apart() {
    let (catalogue, languages, tokenizer) = (Catalogue::builtin().unwrap(), languages(), tokenizer());
    let Selection { facts, .. } = catalogue.select(&languages[..1], 12, 3).unwrap();
    let selected = facts.concat();
    let typed = |fact: &Fact| {
        let subject = &catalogue.facts.iter().find(|other| other.id == fact.id).unwrap().names["en"].subject;
        Fact { id: format!("typed {}", fact.id), subject: subject.clone(), ..fact.clone() }
    };
    let typed: Vec<Fact> = selected.iter().map(typed).collect();
    let all = Quiz::new(&catalogue, &tokenizer, QuizScope { languages: &languages, ..QuizScope::default() }).unwrap();
    let mut counts = Vec::new();
    for edited in [&selected, &typed] {
        let quiz = Quiz::new(&catalogue, &tokenizer, QuizScope { languages: &languages, edited, ..QuizScope::default() }).unwrap();
        let mut left_out = 0;
        for fact in &selected {
            let index = catalogue.facts.iter().position(|other| other.id == fact.id).unwrap();
            for language in &languages {
                let wordings = catalogue.wordings(index, language).unwrap();
                let (prompt, answer) = tokenizer.continuation(&wordings.trained[0], &wordings.object).unwrap();
                assert!(!quiz.questions.contains(&Question { prompt, answer }), "{} in {language}", fact.id);
                left_out += if wordings.withheld { 0 } else { wordings.trained.len() + wordings.held_out.len() };
            }
        }
        assert_eq!(all.len() - quiz.len(), left_out);
        counts.push((quiz.len(), count(&quiz, |asked| asked.about_edited)));
    }
    assert!(counts[0].1 > 12, "{counts:?}");
    assert_eq!(counts[0].0, counts[1].0, "typed facts are known by subject and prompt");
    // A name may be that of two subjects.
    assert!(counts[1].1 >= counts[0].1, "{counts:?}");
}

#[test]
fn a_sample_is_of_each_group_in_each_language_and_follows_the_seed() {
    let (catalogue, languages, tokenizer) = (Catalogue::builtin().unwrap(), languages(), tokenizer());
    let edited = catalogue.select(&languages, 40, 1).unwrap().facts.concat();
    let draw = |seed| {
        let scope = QuizScope { languages: &languages, edited: &edited, withheld: true, sample: Some(10), seed };
        Quiz::new(&catalogue, &tokenizer, scope).unwrap()
    };
    let quiz = draw(5);
    for language in &languages {
        let of = |withheld: bool, about_edited: bool| {
            count(&quiz, |asked| {
                asked.language == *language && (asked.kind == Kind::Withheld) == withheld && asked.about_edited == about_edited
            })
        };
        assert_eq!((of(false, false), of(false, true), of(true, false)), (10, 10, 10), "{language}");
    }
    assert_eq!(draw(5).questions, quiz.questions);
    assert_ne!(draw(6).questions, quiz.questions);
}

#[test]
fn kinds_languages_and_relations_are_counted() {
    let asked = |language: &str, relation: &str, kind| Asked {
        language: language.to_owned(),
        relation: relation.to_owned(),
        about_edited: false,
        kind,
    };
    let mut tallies = Tallies::default();
    for (question, right) in [
        (asked("en", "capital", Kind::Trained), true),
        (asked("en", "capital", Kind::Trained), true),
        (asked("en", "currency", Kind::HeldOut), false),
        (asked("de", "capital", Kind::HeldOut), true),
        (asked("de", "capital", Kind::Withheld), false),
    ] {
        tallies.add(&question, right);
    }
    let scores = tallies.scores();
    let percent = 200.0 / 3.0;
    let en = Recall { questions: 3, recall: Some(percent), trained: Some(100.0), held_out: Some(0.0), withheld: None };
    assert_eq!(scores.languages["en"], en);
    let average =
        Recall { questions: 5, recall: Some((percent + 100.0) / 2.0), trained: Some(100.0), held_out: Some(50.0), withheld: Some(0.0) };
    assert_eq!(scores.average, average);
    assert_eq!((scores.relations["capital"].recall, scores.relations["currency"].recall), (Some(100.0), Some(0.0)));
}
