//! `--layers auto`: layers chosen by causal tracing of the facts that are about to be edited.

use super::progress::ProgressBars;
use crate::Result;
use crate::device::is_cpu;
use crate::edit::settings::parameters;
use crate::evaluate::trace::{
    AnswerRule, ChosenLayers, Component, FEWEST_FACTS, Positions, TraceOptions, TracePlan, TracePrompt, average, choose_layers, cost,
    select, trace_facts,
};
use crate::facts::Fact;
use crate::recipe::Session;

/// Facts that are traced at most.
const FACTS: usize = 12;
/// Noisy runs of each: fewer than for a figure, since only one token's effects are averaged.
const SAMPLES: usize = 5;
/// Facts that are asked at most in the search for known ones.
const CANDIDATES: usize = 120;
/// Floating-point operations that choosing layers may take on a CPU (minutes on a few cores) and on a GPU.
const CPU_OPERATIONS: f64 = 4e13;
const GPU_OPERATIONS: f64 = 1e16;

/// The layers to edit `facts` at, `default` being those without evidence.
///
/// MLP outputs are restored in windows as wide as `default`, at the last subject token only, on facts that the model knows; where too few
/// are known, on what it predicts instead.
///
/// # Errors
/// A prompt is too long for the model, the device failed, or the user interrupted.
pub(super) async fn chosen_layers(
    session: &Session,
    facts: &[Fact],
    default: &[usize],
    seed: u64,
    bars: &mut ProgressBars,
) -> Result<ChosenLayers> {
    let candidates = interleaved(facts);
    let mut known = true;
    let mut prompts = prompts(session, &candidates, AnswerRule::Known, bars).await?;
    if prompts.len() < FEWEST_FACTS {
        known = false;
        prompts = self::prompts(session, &candidates, AnswerRule::Predicted, bars).await?;
    }
    if prompts.len() < FEWEST_FACTS {
        return Ok(ChosenLayers::fallback(default, format!("only {} facts can be traced, fewer than {FEWEST_FACTS}", prompts.len())));
    }
    let options = TraceOptions { components: vec![Component::Mlp], positions: Positions::SubjectLast, window: default.len().max(1) };
    let affordable = affordable(session, &prompts, &options);
    if affordable < FEWEST_FACTS {
        return Ok(ChosenLayers::fallback(default, format!("tracing {FEWEST_FACTS} facts would take too long on this device")));
    }
    prompts.truncate(affordable);

    let plan = TracePlan { options, samples: SAMPLES, noise: None, seed };
    bars.start("tracing facts to choose layers", prompts.len() as u64);
    let traced = trace_facts(session.model(), session.tokenizer(), &prompts, &plan, |fact, done, all| {
        bars.set((fact + usize::from(done == all)) as u64);
        !bars.interrupted()
    });
    let (_, traced) = traced.await?;
    bars.finish();
    let mut chosen = choose_layers(&average(&traced), plan.options.window, default);
    if !known {
        chosen.reason += "; the model knows too few of the facts, so its predictions were traced";
    }
    Ok(chosen)
}

/// The facts in turns by language, so that the first few are of all languages.
fn interleaved(facts: &[Fact]) -> Vec<Fact> {
    let mut seen = std::collections::BTreeMap::new();
    let mut turns: Vec<(usize, &Fact)> = facts
        .iter()
        .map(|fact| {
            let turn = seen.entry(fact.language.as_str()).or_insert(0);
            *turn += 1;
            (*turn, fact)
        })
        .collect();
    turns.sort_by_key(|(turn, _)| *turn);
    turns.into_iter().take(CANDIDATES).map(|(_, fact)| fact.clone()).collect()
}

async fn prompts(session: &Session, facts: &[Fact], rule: AnswerRule, bars: &mut ProgressBars) -> Result<Vec<TracePrompt>> {
    bars.start("choosing facts to trace", FACTS as u64);
    let found = select(session.model(), session.tokenizer(), facts, FACTS, rule, |found| {
        bars.set(found as u64);
        !bars.interrupted()
    });
    Ok(found.await?.prompts)
}

/// How many of `prompts` can be traced within the device's budget.
fn affordable(session: &Session, prompts: &[TracePrompt], options: &TraceOptions) -> usize {
    let config = session.config();
    let budget = if is_cpu(session.model().device()) { CPU_OPERATIONS } else { GPU_OPERATIONS };
    let mut spent = 0.0;
    let fits = |prompt: &&TracePrompt| {
        spent += 2.0 * parameters(config) as f64 * cost(config, prompt, SAMPLES, options);
        spent <= budget
    };
    prompts.iter().take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_facts_are_of_all_languages() {
        let fact = |id: &str, language: &str| Fact { id: id.to_owned(), language: language.to_owned(), ..Fact::default() };
        let facts = [fact("1", "en"), fact("2", "en"), fact("3", "en"), fact("1", "zh"), fact("2", "zh")];
        let order: Vec<String> = interleaved(&facts).iter().map(|fact| format!("{}{}", fact.language, fact.id)).collect();
        assert_eq!(order, ["en1", "zh1", "en2", "zh2", "en3"]);
    }
}
