//! What of earlier edits the model does not say.

use std::collections::HashSet;

use super::request::Request;
use crate::Result;
use crate::evaluate::{Question, Questions};
use crate::model::Transformer;
use crate::schedule::MaybeSend;

/// The places of those of the `earlier` requests with a token that the model does not find likeliest behind the bare prompt and the tokens before it.
/// Whose prompt is one of a fact behind it, `own` being the last, has been answered anew since and is not asked. `progress` says whether to go on.
///
/// # Errors
/// A prompt that the model cannot take, logits that are not finite, a failed device, or `progress` said stop.
pub(super) async fn lost(
    model: &Transformer,
    earlier: &[Request],
    own: &[Request],
    mut progress: impl FnMut() -> bool + MaybeSend,
) -> Result<Vec<usize>> {
    let prompt =
        |fact: &[Request]| fact.first().and_then(|request| request.prompts.first()).map(|prompt| prompt.tokens.clone()).unwrap_or_default();
    let mut answered: HashSet<Vec<u32>> = Request::by_fact(own).map(prompt).collect();
    let mut start = earlier.len();
    let mut facts: Vec<(usize, &[Request])> = Vec::new();
    for fact in Request::by_fact(earlier).rev() {
        start -= fact.len();
        if answered.insert(prompt(fact)) {
            facts.push((start, fact));
        }
    }
    facts.reverse();
    let question = |(_, fact): &(usize, &[Request])| Question {
        prompt: prompt(fact),
        answer: fact.iter().flat_map(|request| &request.target).copied().collect(),
    };
    let questions: Vec<Question> = facts.iter().map(question).collect();
    let said = Questions::new(model, &questions, 0).ask(model, |_, _| progress()).await?;
    let mut places = Vec::new();
    for ((start, fact), said) in facts.into_iter().zip(&said) {
        let mut rest = said.as_slice();
        for (place, request) in (start..).zip(fact) {
            let (of_request, behind) = rest.split_at(request.target.len().min(rest.len()));
            rest = behind;
            if of_request != request.target {
                places.push(place);
            }
        }
    }
    Ok(places)
}
