//! What the report of a finished run warns of.

use std::collections::BTreeSet;

use crate::Result;
use crate::edit::missing_parts;
use crate::edit::settings::{Settings, is_tiny};
use crate::facts::Fact;
use crate::recipe::report::{Report, StepReport};
use crate::recipe::session::Session;
use crate::recipe::warning::{NamedFact, Warning};
use crate::recipe::{PerLayer, Recipe};
use crate::text::corpus::declaration_languages;

/// Percent of unrelated answers: where fewer are left, the model is no longer one.
const ANSWERS_LEFT: f64 = 20.0;

/// The unrelated questions of fewer facts say too little of a model.
const FACTS_TO_JUDGE_BY: usize = 10;

impl Session {
    /// What `report`, whose steps are made, fell back on for `recipe`.
    pub(super) fn warnings(&self, report: &Report, recipe: &Recipe) -> Result<Vec<Warning>> {
        let mut warnings = Vec::new();
        let dimension = self.config().inner as u64;
        if !report.settings.statistics_layers(report.method).is_empty() {
            let tokens = report.statistics.count;
            warnings.extend(Warning::of_tokens(tokens, dimension));
            // A tiny model has learnt single sentences: there is no text like its own.
            if declaration_languages(&report.statistics.source).is_some() && !is_tiny(self.config()) {
                warnings.push(Warning::StandInCorpus { tokens });
            }
        }
        let ridges: PerLayer<f64> = report.steps.iter().flat_map(|step| &step.ridge).map(|(&layer, &ridge)| (layer, ridge)).collect();
        if !ridges.is_empty() {
            let ridge = ridges.values().copied().fold(0.0, f64::max);
            warnings.push(Warning::SingularCovariance { layers: ridges.into_keys().collect(), ridge });
        }
        let null_at = |dimension: usize| -> Vec<usize> {
            let null = report.steps.iter().flat_map(|step| &step.null_dimension).filter(|(_, null)| **null == dimension);
            null.map(|(&layer, _)| layer).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let all = null_at(self.config().inner);
        if !all.is_empty() && report.method.spec().cuts(&report.settings) {
            warnings.push(Warning::NothingProtected { layers: all });
        }
        let none = null_at(0);
        if !none.is_empty() {
            warnings.push(Warning::NoNullSpace { layers: none });
        }
        let judged = recipe.facts.iter().filter(|fact| !fact.neighbours.is_empty()).count();
        let agreement = report.average.after.specificity_agreement.filter(|_| judged >= FACTS_TO_JUDGE_BY);
        warnings.extend(agreement.filter(|left| *left < ANSWERS_LEFT).map(|agreement| Warning::AnswersLost { agreement }));
        let nowhere = named(report, recipe, |step| &step.subject_fallback_ids);
        if !nowhere.is_empty() {
            warnings.push(Warning::SubjectNotInPrompt { facts: nowhere });
        }
        let partly = named(report, recipe, |step| &step.subject_partial_ids);
        if !partly.is_empty() {
            warnings.push(Warning::SubjectInPart { facts: partly });
        }
        let mut unread = Settings::unread(recipe.settings.keys(), recipe.method);
        unread.extend(recipe.merge.filter(|merge| merge.check_read().is_err()).map(|_| "merge.density".to_owned()));
        if !unread.is_empty() {
            warnings.push(Warning::UnreadSettings { settings: unread });
        }
        let missing = missing_parts(&report.statistics.source);
        if !missing.is_empty() {
            warnings.push(Warning::PartOfStatistics { missing });
        }
        warnings.extend(self.control_tokens(&recipe.facts)?);
        if self.device.starts_with("cuda") {
            warnings.push(Warning::Tf32Products { device: self.device.clone() });
        }
        Ok(warnings)
    }

    /// The facts in whose texts there are control tokens, if there are any.
    fn control_tokens(&self, facts: &[Fact]) -> Result<Option<Warning>> {
        let (mut named, mut tokens) = (Vec::new(), Vec::new());
        for fact in facts {
            let questions = [&fact.neighbours, &fact.same_subject, &fact.portability].into_iter().flatten();
            let asked = questions.flat_map(|probe| [&probe.prompt, &probe.answer]);
            let texts = [&fact.prompt, &fact.subject, &fact.new_object].into_iter().chain(&fact.rephrases).chain(asked);
            let mut own = Vec::new();
            for text in texts {
                own.extend(self.tokenizer.control_tokens(text)?);
            }
            if !own.is_empty() {
                named.push(NamedFact::of(fact));
                tokens.extend(own);
            }
        }
        tokens.sort_unstable();
        tokens.dedup();
        Ok((!named.is_empty()).then_some(Warning::ControlTokens { facts: named, tokens }))
    }
}

/// The facts of all steps that `of` gives by id, with their languages.
fn named(report: &Report, recipe: &Recipe, of: fn(&StepReport) -> &[String]) -> Vec<NamedFact> {
    let mut named = Vec::new();
    for (index, step) in report.steps.iter().enumerate() {
        let facts = recipe.step_facts().nth(index).filter(|_| recipe.merge.is_none()).unwrap_or_default();
        for id in of(step) {
            named.push(match facts.iter().find(|fact| fact.id == *id) {
                Some(fact) => NamedFact::of(fact),
                None => NamedFact { id: id.clone(), language: step.language.clone(), subject: String::new() },
            });
        }
    }
    named
}
