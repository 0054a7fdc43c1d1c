//! What of earlier edits the model does not say any more.

use super::request::Request;
use crate::Result;
use crate::evaluate::{Question, Questions};
use crate::model::Transformer;

/// The places of those of `requests` whose token the model does not find likeliest behind the bare prompt and the tokens before it. They are those of whole
/// facts, each with a request for each token of its object ([`FactToken::Answer`](super::FactToken::Answer)).
///
/// # Errors
/// A prompt that the model cannot take, logits that are not finite, or a failed device.
pub(super) async fn lost(model: &Transformer, requests: &[Request]) -> Result<Vec<usize>> {
    let question = |fact: &[Request]| Question {
        prompt: fact.first().and_then(|request| request.prompts.first()).map(|prompt| prompt.tokens.clone()).unwrap_or_default(),
        answer: fact.iter().flat_map(|request| &request.target).copied().collect(),
    };
    let questions: Vec<Question> = Request::by_fact(requests).map(question).collect();
    let said = Questions::new(model, &questions, 0).ask(model, |_, _| true).await?;
    let wanted = questions.iter().flat_map(|question| &question.answer);
    Ok(wanted.zip(said.iter().flatten()).enumerate().filter(|(_, (wanted, said))| wanted != said).map(|(place, _)| place).collect())
}
