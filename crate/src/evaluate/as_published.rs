//! Numbers of the published code that this crate's own scores are not: specificity with its prompts (AlphaEdit and LangEdit), beside the success
//! rates of CounterFact.

use std::collections::BTreeMap;

use serde::Serialize;

use super::questions::{Question, Questions};
use super::scores::Mean;
use super::success::{Comparisons, Success};
use crate::Result;
use crate::facts::{Fact, Probe};
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::text::Tokenizer;

/// What stands in front of unrelated questions.
const PREFIX: &str = "nq question: ";

/// Numbers of a language, in percent; *null* where its facts have no such question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AsPublished {
    /// Share of the answer tokens of unrelated questions that the model predicts, asked as LangEdit's code does: `nq question: ` in front, a question
    /// mark behind (one; the code doubles a mark that the data has), each token behind the decoded text of those before it. With Llama's tokenizer the first of a question's
    /// tokens is the begin token, and a second space comes before what was decoded.
    pub specificity: Option<f64>,
    /// Share of facts whose new object is likelier than the true one behind the prompt (mean of `ln p` of the tokens).
    pub efficacy_success: Option<f64>,
    /// The same behind rephrased prompts, mean over facts.
    pub generality_success: Option<f64>,
    /// Share of neighbours, whose answer is the true object, behind which the true object is likelier; mean over facts.
    pub specificity_success: Option<f64>,
    /// Harmonic mean of the three.
    pub score: Option<f64>,
}

/// The numbers of `facts` by language. `llama` says whether the published code would treat the model as a Llama; `progress` sees (done, all)
/// questions of one of the two parts and says whether to go on.
///
/// # Errors
/// A text cannot be tokenised, the model failed, or `progress` said stop.
pub async fn as_published(
    model: &Transformer,
    tokenizer: &Tokenizer,
    facts: &[Fact],
    llama: bool,
    mut progress: impl FnMut(usize, usize) -> bool + MaybeSend,
) -> Result<BTreeMap<String, AsPublished>> {
    let mut specificity = vec![Mean::default(); facts.len()];

    let mut owners = Vec::new();
    let mut tokens = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        for probe in &fact.neighbours {
            for question in unrelated(tokenizer, probe, llama)? {
                owners.push(at);
                tokens.push(question);
            }
        }
    }
    let predicted = Questions::new(model, &tokens, 0).ask(model, &mut progress).await?;
    for ((at, question), predicted) in owners.into_iter().zip(&tokens).zip(&predicted) {
        specificity[at].add(f64::from(u8::from(*predicted == question.answer)));
    }

    let success = Comparisons::new(tokenizer, facts)?.ask(model, progress).await?.languages;
    let mut languages: BTreeMap<String, Mean> = BTreeMap::new();
    for (fact, specificity) in facts.iter().zip(specificity) {
        languages.entry(fact.language.clone()).or_default().add_mean(specificity);
    }
    Ok(languages
        .into_iter()
        .map(|(language, specificity)| {
            let success = success.get(&language).copied().unwrap_or_default();
            let Success { efficacy, generality, specificity: neighbours } = success;
            let numbers = AsPublished {
                specificity: specificity.percent(),
                efficacy_success: efficacy,
                generality_success: generality,
                specificity_success: neighbours,
                score: success.score(),
            };
            (language, numbers)
        })
        .collect())
}

/// A question of one token for each token of an unrelated question's answer.
fn unrelated(tokenizer: &Tokenizer, probe: &Probe, llama: bool) -> Result<Vec<Question>> {
    let bare = probe.prompt.trim_end_matches(['?', '？']);
    let prefix = if bare.starts_with(PREFIX) { "" } else { PREFIX };
    // The reader has made one mark of however many the data has.
    let prompt = format!("{prefix}{bare}?");
    let mut answer = tokenizer.encode_plain(&format!(" {}", probe.answer))?.ids;
    if llama {
        answer.splice(0..0, tokenizer.bos());
    }
    let mut questions = Vec::with_capacity(answer.len());
    for (at, token) in answer.iter().enumerate() {
        let said = tokenizer.decode(&answer[..at])?;
        let gap = if llama && at > 0 { " " } else { "" };
        // What is wanted is the first token of the token's own text.
        let wanted = tokenizer.encode_plain(&tokenizer.decode(&[*token])?)?.ids.first().copied();
        let prompt = tokenizer.encode(&format!("{prompt}{gap}{said}"))?.ids;
        questions.extend(wanted.map(|wanted| Question { prompt, answer: vec![wanted] }));
    }
    Ok(questions)
}
