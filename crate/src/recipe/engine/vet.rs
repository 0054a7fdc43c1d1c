//! Facts that cannot be edited in are left out before the long work begins.

use super::fingerprint::vetted_fingerprint;
use super::input::RunInput;
use crate::edit::{FactToken, Settings};
use crate::evaluate::{are_compared, asked_beside};
use crate::facts::{Fact, Skipped, listed};
use crate::recipe::observer::Observer;
use crate::recipe::recipe::Recipe;
use crate::recipe::session::Session;
use crate::text::{ContextTemplates, MatchKind, locate_subject};
use crate::{Error, ErrorKind, Result};

impl Session {
    /// Moves the facts that do not fit the model from the recipe of `input` to what it skipped, each with the reason: a prompt, rephrase or
    /// question that has more tokens with its answer than the model has positions, or a text that the vocabulary cannot express. A run
    /// begins with this; who has work to do in front of one can do it earlier.
    ///
    /// # Errors
    /// The recipe is not valid; no fact is left; in a strict run there is a fact that was skipped, or whose subject is not in its prompt.
    pub async fn vet(&mut self, input: &mut RunInput, observer: &mut dyn Observer) -> Result<()> {
        let recipe = &mut input.recipe;
        recipe.validate()?;
        let settings = recipe.resolve(self.config())?;
        let templates = self.unedited(async |session| session.templates(recipe, observer).await).await?;
        let mut reasons: Vec<Option<String>> = {
            let compared = are_compared(&recipe.facts);
            recipe.facts.iter().map(|fact| self.known_misfit(fact, &templates, compared)).collect()
        };
        if input.strict {
            for (fact, reason) in recipe.facts.iter().zip(&mut reasons).filter(|(_, reason)| reason.is_none()) {
                *reason = self.fallback(fact, &settings);
            }
        }
        let misfits =
            recipe.facts.iter().zip(&reasons).filter_map(|(fact, reason)| {
                Some(Skipped { id: fact.id.clone(), language: fact.language.clone(), reason: reason.clone()? })
            });
        input.skipped.extend(misfits);
        if let Some(first) = input.skipped.first().filter(|_| input.strict) {
            return Err(Error::new(ErrorKind::Data, format!("a fact cannot be edited in: {first}"))
                .hint("without --strict it is named, and left out or edited at its prompt's last token"));
        }
        if reasons.iter().any(Option::is_some) {
            leave_out(recipe, &reasons);
            if recipe.facts.is_empty() {
                let message = format!("none of the {} facts can be edited in: {}", reasons.len(), listed(&input.skipped));
                return Err(Error::new(ErrorKind::Data, message).hint("shorten their texts, or use a model with more positions"));
            }
        }
        Ok(())
    }

    /// As [`Session::misfit`], worked out once: every run begins with all the facts of those before.
    fn known_misfit(&mut self, fact: &Fact, templates: &ContextTemplates, compared: bool) -> Option<String> {
        let name = vetted_fingerprint(fact, &templates.get(&fact.language), compared);
        if let Some(known) = self.memory.misfits.get(&name) {
            return known.clone();
        }
        let misfit = self.misfit(fact, templates, compared).unwrap_or_else(|error| Some(error.message().to_owned()));
        self.memory.note_misfit(&name, misfit.clone());
        misfit
    }

    /// Why `fact` does not fit the model, if it does not; `compared`: with what its success rates ask.
    fn misfit(&self, fact: &Fact, templates: &ContextTemplates, compared: bool) -> Result<Option<String>> {
        let positions = self.config().max_positions;
        let too_long = |name: &str, prompt: &str, answer: &str| -> Result<Option<String>> {
            let (prompt, answer) = self.tokenizer.continuation(prompt, answer)?;
            // The answer's last token is not fed back, so it needs no position.
            let tokens = (prompt.len() + answer.len()).saturating_sub(1);
            Ok((tokens > positions).then(|| format!("{name} has {tokens} tokens with its answer, the model {positions} positions")))
        };
        for template in templates.get(&fact.language) {
            let reason = too_long("the prompt", &crate::text::fill(template, &fact.prompt)?, &fact.new_object)?;
            if reason.is_some() {
                return Ok(reason);
            }
        }
        let subject = self.tokenizer.encode(&fact.subject)?.len();
        if subject > positions {
            return Ok(Some(format!("the subject has {subject} tokens, the model {positions} positions")));
        }
        let rephrases = fact.rephrases.iter().map(|rephrase| ("a rephrase", rephrase.as_str(), fact.new_object.as_str()));
        let questions = [&fact.neighbours, &fact.same_subject, &fact.portability].into_iter().flatten();
        let beside = asked_beside(fact).filter(|_| compared).map(|(prompt, answer)| ("a question", prompt, answer));
        let asked = rephrases.chain(questions.map(|probe| ("a question", probe.prompt.as_str(), probe.answer.as_str()))).chain(beside);
        for (name, prompt, answer) in asked {
            let reason = too_long(name, prompt, answer)?;
            if reason.is_some() {
                return Ok(reason);
            }
        }
        Ok(None)
    }

    /// Why `fact` would be edited at the end of its prompt, if it would.
    fn fallback(&self, fact: &Fact, settings: &Settings) -> Option<String> {
        let found = locate_subject(&self.tokenizer, &fact.prompt, &fact.subject, "{}").ok()?.match_kind;
        let at_subject = settings.fact_token == FactToken::SubjectLast || !settings.subject_layers.is_empty();
        let lost = at_subject && found == MatchKind::PromptEnd;
        lost.then(|| format!("the subject `{}` does not occur in the prompt", fact.subject))
    }
}

/// Takes the facts that have a reason out of `recipe`, and steps that are then without any.
fn leave_out(recipe: &mut Recipe, reasons: &[Option<String>]) {
    let mut rest = reasons;
    for step in &mut recipe.steps {
        let (own, later) = rest.split_at((*step).min(rest.len()));
        *step = own.iter().filter(|reason| reason.is_none()).count();
        rest = later;
    }
    recipe.steps.retain(|&step| step > 0);
    let mut reasons = reasons.iter();
    recipe.facts.retain(|_| reasons.next().is_some_and(Option::is_none));
}
