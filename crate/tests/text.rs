//! Token ids and subject positions against vectors that the Python `tokenizers` library and plain reference code made
//! (`tests/golden/text/make.py`).
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod skip_support;
mod text_support;

use langedit::checkpoint::{GgufVocabulary, TokenizerSource};
use langedit::text::{MatchKind, Tokenizer, locate_subject};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use text_support::{golden, read_gguf_vocabulary};

#[derive(Deserialize)]
struct FactCase {
    language: String,
    template: String,
    prompt: String,
    subject: String,
    answer: String,
    ids: Vec<u32>,
    subject_tokens: (usize, usize),
    answer_ids: Vec<u32>,
}

#[derive(Deserialize)]
struct TextCase {
    text: String,
    ids: Vec<u32>,
}

fn tiny() -> (Tokenizer, Value) {
    let json = golden("tiny.tokenizer.json");
    (Tokenizer::new(&TokenizerSource::Json(json)).unwrap(), serde_json::from_str(&golden("tiny.json")).unwrap())
}

/// The tiny tokenizer's vocabulary as a GGUF file would carry it.
fn tiny_gguf(pre: &str) -> GgufVocabulary {
    let json: Value = serde_json::from_str(&golden("tiny.tokenizer.json")).unwrap();
    let mut tokens: Vec<(u64, String)> =
        json["model"]["vocab"].as_object().unwrap().iter().map(|(text, id)| (id.as_u64().unwrap(), text.clone())).collect();
    tokens.sort_unstable();
    let mut token_types = vec![1; tokens.len()];
    token_types[0] = 3;
    let mut tokens: Vec<String> = tokens.into_iter().map(|(_, text)| text).collect();
    tokens.push("<|user|>".into());
    token_types.push(4);
    let pair = |merge: &Value| format!("{} {}", merge[0].as_str().unwrap(), merge[1].as_str().unwrap());
    let merges = json["model"]["merges"].as_array().unwrap().iter().map(pair).collect();
    GgufVocabulary { model: "gpt2".into(), pre: pre.into(), tokens, token_types, merges, bos: Some(0), ..GgufVocabulary::default() }
}

fn gguf(vocabulary: GgufVocabulary) -> Tokenizer {
    Tokenizer::new(&TokenizerSource::Gguf(Box::new(vocabulary))).unwrap()
}

fn check_facts(tokenizer: &Tokenizer, cases: &Value) {
    let cases: Vec<FactCase> = serde_json::from_value(cases.clone()).unwrap();
    let languages: std::collections::BTreeSet<&str> = cases.iter().map(|case| case.language.as_str()).collect();
    assert_eq!(languages.len(), 12);
    for case in &cases {
        let text = langedit::text::fill(&case.template, &case.prompt).unwrap();
        let encoding = tokenizer.encode(&text).unwrap();
        assert_eq!(encoding.ids, case.ids, "{text}");
        assert_eq!(tokenizer.decode(&encoding.ids).unwrap(), text);
        let span = locate_subject(tokenizer, &case.prompt, &case.subject, &case.template).unwrap();
        assert_eq!((span.tokens.start, span.tokens.end), case.subject_tokens, "{text}");
        assert_eq!(span.match_kind, MatchKind::Exact);
        let (prompt_ids, answer_ids) = tokenizer.continuation(&case.prompt, &case.answer).unwrap();
        assert_eq!(answer_ids, case.answer_ids, "{}", case.answer);
        assert_eq!(prompt_ids, tokenizer.encode(&case.prompt).unwrap().ids);
    }
}

fn check_texts(tokenizer: &Tokenizer, cases: &Value) {
    let cases: Vec<TextCase> = serde_json::from_value(cases.clone()).unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let encoding = tokenizer.encode(&case.text).unwrap();
        assert_eq!(encoding.ids, case.ids, "{:?}", case.text);
        for &(start, end) in &encoding.offsets {
            assert!(case.text.get(start..end).is_some_and(|piece| !piece.is_empty()), "{:?} {start}..{end}", case.text);
        }
    }
}

#[test]
fn a_tokenizer_json_gives_the_reference_ids() {
    let (tokenizer, cases) = tiny();
    assert_eq!(tokenizer.bos(), None);
    assert_eq!(tokenizer.vocab_size(), 1201);
    check_facts(&tokenizer, &cases["facts"]);
    check_texts(&tokenizer, &cases["texts"]);
}

/// The names of SentencePiece's control tokens in users' texts: what they are read as is said, and the beginning is there once.
#[test]
fn control_tokens_in_a_text_are_named_and_the_first_is_not_doubled() {
    let (tokenizer, _) = tiny();
    assert_eq!(tokenizer.control_tokens("The home of Anna Lund").unwrap(), [""; 0]);
    let mut vocabulary = tiny_gguf("gpt-2");
    (vocabulary.add_bos, vocabulary.token_types[0]) = (Some(true), 3);
    let bos = vocabulary.tokens[0].clone();
    let tokenizer = gguf(vocabulary);
    let plain = tokenizer.encode("The home of Anna Lund").unwrap();
    let written = tokenizer.encode(&format!("{bos}The home of Anna Lund")).unwrap();
    assert_eq!((plain.ids[0], written.ids.as_slice()), (0, plain.ids.as_slice()));
    assert_eq!(written.offsets[0], (0, bos.len()));
    assert_eq!(written.offsets[1], (bos.len() + plain.offsets[1].0, bos.len() + plain.offsets[1].1));
    let twice = tokenizer.encode(&format!("{bos}{bos}The home")).unwrap();
    assert_eq!(twice.ids.iter().filter(|&&id| id == 0).count(), 2, "what is written twice is not the tokenizer's doing");
    assert_eq!(tokenizer.control_tokens(&format!("a {bos} b <|user|>")).unwrap(), [bos.as_str()], "user-defined tokens are text");
    assert!(tokenizer.is_control(0) && !tokenizer.is_control(plain.ids[1]));
    let prompt = format!("{bos}Anna Lund lives in");
    let span = locate_subject(&tokenizer, &prompt, "Anna Lund", "{}").unwrap();
    let last = tokenizer.encode(&prompt).unwrap().offsets[span.last()].1;
    assert_eq!((span.match_kind, last), (MatchKind::Exact, bos.len() + "Anna Lund".len()));
}

#[test]
fn gguf_pre_tokenizers_split_as_their_models_do() {
    let (_, cases) = tiny();
    for pre in ["gpt-2", "smollm", "qwen2", "llama-bpe", "default"] {
        let mut vocabulary = tiny_gguf(pre);
        vocabulary.add_bos = Some(false);
        let tokenizer = gguf(vocabulary);
        check_texts(&tokenizer, &cases["pre"][pre]);
    }
    check_facts(&gguf(tiny_gguf("gpt-2")), &cases["facts"]);
}

#[test]
fn the_file_decides_about_the_beginning_of_sequence() {
    for (pre, add_bos, expected) in [
        ("smollm", Some(false), None),
        ("smollm", None, None),
        ("smollm", Some(true), Some(0)),
        ("llama-bpe", None, Some(0)),
        ("llama-bpe", Some(false), None),
    ] {
        let tokenizer = gguf(GgufVocabulary { add_bos, ..tiny_gguf(pre) });
        assert_eq!(tokenizer.bos(), expected, "{pre} {add_bos:?}");
        let encoding = tokenizer.encode("The right").unwrap();
        assert_eq!(encoding.ids.first() == Some(&0), expected.is_some());
        assert_eq!(tokenizer.encode_plain("The right").unwrap().ids, encoding.ids[usize::from(expected.is_some())..]);
        let span = locate_subject(&tokenizer, "The right", "right", "{}").unwrap();
        assert_eq!(span.last() + 1, encoding.len());
        let (_, answer) = tokenizer.continuation("The", "right").unwrap();
        assert!(!answer.contains(&0));
    }
}

#[test]
fn a_post_processor_that_adds_bos_is_followed_and_truncation_is_not() {
    let mut json: Value = serde_json::from_str(&golden("tiny.tokenizer.json")).unwrap();
    let special = serde_json::json!({"id": "<|endoftext|>", "type_id": 0});
    json["post_processor"] = serde_json::json!({
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": special}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}}
    });
    json["truncation"] = serde_json::json!({"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0});
    let tokenizer = Tokenizer::new(&TokenizerSource::Json(json.to_string())).unwrap();
    assert_eq!(tokenizer.bos(), Some(0));
    let text = "Everyone has the right to freedom of thought";
    let (plain, _) = tiny();
    let ids = tokenizer.encode(text).unwrap().ids;
    assert_eq!(ids[0], 0);
    assert_eq!(ids[1..], plain.encode(text).unwrap().ids);
}

#[test]
fn sentencepiece_scores_give_the_greedy_merges() {
    let file: Value = serde_json::from_str(&golden("spm.json")).unwrap();
    let vocabulary = GgufVocabulary {
        model: "llama".into(),
        tokens: serde_json::from_value(file["tokens"].clone()).unwrap(),
        scores: serde_json::from_value(file["scores"].clone()).unwrap(),
        token_types: serde_json::from_value(file["token_types"].clone()).unwrap(),
        bos: Some(1),
        unknown: Some(0),
        ..GgufVocabulary::default()
    };
    let bare = gguf(GgufVocabulary { add_space_prefix: Some(false), add_bos: Some(false), ..vocabulary.clone() });
    let prefixed = gguf(vocabulary);
    assert_eq!(prefixed.bos(), Some(1));
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let ids = |key: &str| serde_json::from_value::<Vec<u32>>(case[key].clone()).unwrap();
        assert_eq!(bare.encode(text).unwrap().ids, ids("bare"), "{text:?}");
        let encoding = prefixed.encode(text).unwrap();
        assert_eq!((encoding.ids[0], &encoding.ids[1..]), (1, ids("prefixed").as_slice()), "{text:?}");
        assert_eq!(bare.decode(&ids("bare")).unwrap(), text);
        assert_eq!(prefixed.decode_without_special(&encoding.ids).unwrap(), text);
    }
    // One leading space either way, whoever puts it there.
    assert_eq!(prefixed.continuation("The", "right").unwrap().1, bare.continuation("The", "right").unwrap().1);
    let user = bare.encode("The <turn>right").unwrap();
    assert!(user.ids.contains(&3));
    // Subjects that fall back to bytes are still found, last byte included.
    let span = locate_subject(&bare, "Was ist 金孔雀 heute?", "金孔雀", "{}").unwrap();
    let ids = bare.encode("Was ist 金孔雀 heute?").unwrap().ids;
    assert_eq!(bare.decode(&ids[span.tokens]).unwrap(), "金孔雀");
}

#[test]
fn a_missing_subject_falls_back_and_says_so() {
    let (tokenizer, _) = tiny();
    let last = |text: &str| tokenizer.encode(text).unwrap().len() - 1;
    let prompt = "Wo liegt das KÖNIGSSCHLOSS heute?";
    let span = locate_subject(&tokenizer, prompt, "Königsschloss", "{}").unwrap();
    assert_eq!((span.match_kind, span.last()), (MatchKind::Normalized, last("Wo liegt das KÖNIGSSCHLOSS")));
    let span = locate_subject(&tokenizer, prompt, "Sommerpalais", "{}").unwrap();
    assert_eq!((span.match_kind, span.tokens), (MatchKind::PromptEnd, last(prompt)..last(prompt) + 1));
    let span = locate_subject(&tokenizer, prompt, "", "Heute. {}").unwrap();
    assert_eq!((span.match_kind, span.last()), (MatchKind::PromptEnd, last("Heute. Wo liegt das KÖNIGSSCHLOSS heute?")));
    // The template's own words are not searched, and the first of two occurrences counts.
    let span = locate_subject(&tokenizer, "Wer ist Anna? Anna!", "Anna", "Anna geht. {}").unwrap();
    assert_eq!(span.last(), last("Anna geht. Wer ist Anna"));
    assert!(locate_subject(&tokenizer, prompt, "x", "no slot").is_err());
    assert!(locate_subject(&tokenizer, " ", "x", "{}").is_err());
}

/// The edited token is the subject's as a word, though the same letters stand in another word before it.
#[test]
fn a_subject_inside_another_word_is_not_taken() {
    let (tokenizer, _) = tiny();
    for (before, subject, after) in [
        ("JavaScript is younger than ", "Java", ", which was developed by"),
        ("An Iranian said that ", "Iran", " lies in"),
        ("Manchester is larger than ", "Man", ", whose capital is"),
        ("In 2011 the number ", "1", " was"),
        ("The price of ", "$1^.*", " is"),
    ] {
        let prompt = format!("{before}{subject}{after}");
        let span = locate_subject(&tokenizer, &prompt, subject, "{}").unwrap();
        let seen = tokenizer.encode(&prompt).unwrap().offsets[span.last()];
        assert_eq!(span.match_kind, MatchKind::Exact, "{prompt}");
        assert!(seen.0 < before.len() + subject.len() && seen.1 >= before.len() + subject.len(), "{prompt}: {seen:?}");
    }
    // Only inside a word: that word where the subject begins it, else the prompt's end.
    let kind = |prompt: &str, subject: &str| locate_subject(&tokenizer, prompt, subject, "{}").unwrap().match_kind;
    assert_eq!(kind("JavaScript was developed by", "Java"), MatchKind::Partial);
    assert_eq!(kind("Wie heißt Ciceros Frau?", "Cicero"), MatchKind::Partial);
    assert_eq!(kind("In 2011 it was", "1"), MatchKind::PromptEnd);
}

#[test]
fn streamed_text_is_the_whole_text_and_never_half_a_character() {
    let (tokenizer, _) = tiny();
    let prompt = tokenizer.encode("因此").unwrap().ids;
    for text in [" 金孔雀灯塔🙂 ok", "เกาะนกยูงทอง 12", " Œufs\n\nйц<|endoftext|>"] {
        let ids = tokenizer.encode_plain(text).unwrap().ids;
        let mut stream = tokenizer.stream(&prompt);
        let mut pieces: Vec<String> = ids.iter().map(|id| stream.push(*id).unwrap()).collect();
        assert!(pieces.iter().all(|piece| !piece.contains('\u{fffd}')), "{pieces:?}");
        pieces.push(stream.finish().unwrap());
        assert_eq!(pieces.concat(), text.replace("<|endoftext|>", ""));
    }
    // A character cut off for good is shown as such, once.
    let ids = tokenizer.encode_plain("龘").unwrap().ids;
    let mut stream = tokenizer.stream(&prompt);
    assert_eq!(stream.push(ids[0]).unwrap(), "");
    assert_eq!(stream.finish().unwrap(), "\u{fffd}");
    assert_eq!(stream.finish().unwrap(), "");
}

#[test]
fn broken_tokenizers_are_refused_with_the_reason() {
    let error = |source| Tokenizer::new(&source).unwrap_err().to_string();
    let broken = |change: fn(&mut Value)| {
        let mut json: Value = serde_json::from_str(&golden("tiny.tokenizer.json")).unwrap();
        change(&mut json);
        error(TokenizerSource::Json(json.to_string()))
    };
    assert!(broken(|json| json["model"]["merges"][3] = serde_json::json!(["nowhere", "to be found"])).contains("merge 3"));
    assert!(broken(|json| json["model"]["merges"][0][0] = "ever".into()).contains("merge 0"));
    assert!(broken(|json| json["model"]["merges"] = serde_json::json!([])).contains("no merges"));
    assert!(broken(|json| json["model"] = Value::Null).contains("tokenizer.json"));
    assert!(error(TokenizerSource::Json(golden("tiny.tokenizer.json")[..500].to_owned())).contains("line"));
    let refused = |change: fn(&mut GgufVocabulary)| {
        let mut vocabulary = tiny_gguf("smollm");
        change(&mut vocabulary);
        error(TokenizerSource::Gguf(Box::new(vocabulary)))
    };
    assert!(refused(|vocabulary| vocabulary.pre = "tekken".into()).contains("tekken"));
    assert!(refused(|vocabulary| vocabulary.model = "t5".into()).contains("t5"));
    assert!(refused(|vocabulary| vocabulary.merges.clear()).contains("no merges"));
    assert!(refused(|vocabulary| vocabulary.merges[7] = "x".into()).contains("merge 7"));
    assert!(refused(|vocabulary| vocabulary.merges[7] = "Ġ Ġzzz".into()).contains("merge 7"));
    assert!(refused(|vocabulary| vocabulary.bos = Some(1 << 20)).contains("bos"));
    assert!(refused(|vocabulary| vocabulary.model = "llama".into()).contains("scores"));
    assert!(refused(|vocabulary| *vocabulary = GgufVocabulary { model: "gpt2".into(), ..GgufVocabulary::default() }).contains("no tokens"));
}

#[test]
fn answers_need_text() {
    let (tokenizer, _) = tiny();
    assert!(tokenizer.continuation("Who?", " ").is_err());
    assert_eq!(tokenizer.continuation("Who?", " right").unwrap(), tokenizer.continuation("Who?", "right").unwrap());
}

#[test]
fn smollm2_tokenises_as_published() {
    let Ok(path) = std::env::var("LANGEDIT_SMOLLM2") else {
        skip_support::skipped("LANGEDIT_SMOLLM2 does not name SmolLM2-135M-Instruct.Q4_1.gguf");
        return;
    };
    let tokenizer = gguf(read_gguf_vocabulary(std::path::Path::new(&path)));
    assert_eq!((tokenizer.bos(), tokenizer.vocab_size()), (None, 49_152));
    let cases: Value = serde_json::from_str(&golden("smollm2.json")).unwrap();
    check_facts(&tokenizer, &cases["facts"]);
    check_texts(&tokenizer, &cases["texts"]);
}

/// Building a tokenizer takes longer than a case: one for all cases of a thread.
fn with_tiny<T>(run: impl FnOnce(&Tokenizer) -> T) -> T {
    thread_local!(static TINY: Tokenizer = tiny().0);
    TINY.with(run)
}

proptest! {
    #[test]
    fn any_text_survives_and_its_offsets_cover_it(text in "\\PC{0,30}|[a-z '0-9\\n\\t]{0,40}|(?s).{0,20}") {
        with_tiny(|tokenizer| {
            let encoding = tokenizer.encode_plain(&text).unwrap();
            prop_assert_eq!(tokenizer.decode(&encoding.ids).unwrap(), text.as_str());
            let mut covered = 0;
            for &(start, end) in &encoding.offsets {
                prop_assert!(start <= covered && covered <= end && text.get(start..end).is_some());
                covered = end;
            }
            prop_assert_eq!(covered, text.len());
            let mut stream = tokenizer.stream(&[]);
            let mut streamed: String = encoding.ids.iter().map(|id| stream.push(*id).unwrap()).collect();
            streamed.push_str(&stream.finish().unwrap());
            prop_assert_eq!(streamed, text.replace("<|endoftext|>", ""));
            Ok(())
        })?;
    }

    #[test]
    fn the_last_subject_token_has_seen_the_whole_subject(
        before in "([a-zé中ก ]{0,7}[中ก ])?", subject in "[A-Zäöжก中🙂]{1,6}", after in "([ ?中ก][ a-z?中ก]{0,7})?",
        context in "[a-zA-Z. ]{0,10}"
    ) {
        with_tiny(|tokenizer| {
            let prompt = format!("{before}{subject}{after}");
            let template = format!("{context}{{}}");
            let span = locate_subject(tokenizer, &prompt, &subject, &template).unwrap();
            prop_assert_eq!(span.match_kind, MatchKind::Exact);
            let text = format!("{context}{prompt}");
            let encoding = tokenizer.encode(&text).unwrap();
            let end = context.len() + prompt.find(&subject).unwrap() + subject.len();
            // Everything up to the span's end decodes to at least the subject, everything before its last token to less.
            let bytes = |count: usize| tokenizer.decode(&encoding.ids[..count]).unwrap();
            prop_assert!(bytes(span.tokens.end).starts_with(&text[..end]));
            prop_assert!(!bytes(span.last()).starts_with(&text[..end]));
            Ok(())
        })?;
    }
}
