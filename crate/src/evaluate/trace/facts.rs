//! Tracing several facts under one corruption.

use super::{NOISE_FACTOR, Noise, NoiseReport, TraceOptions, TracePrompt, TracedFact, embedding_deviation, trace};
use crate::Result;
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::text::Tokenizer;

/// How facts are traced.
#[derive(Clone, Debug, PartialEq)]
pub struct TracePlan {
    /// What is restored, and where.
    pub options: TraceOptions,
    /// Noisy runs of each fact, at least one.
    pub samples: usize,
    /// Standard deviation of the noise; [`NOISE_FACTOR`] times that of the embeddings of all traced subjects where `None`.
    pub noise: Option<f64>,
    /// Seed of the noise.
    pub seed: u64,
}

/// Traces `prompts` one after another. `progress` sees (fact, done, all): the fact's place in the list and its runs, and says whether to go on.
///
/// # Errors
/// There is no subject token; a prompt is too long for the model, the device failed, or `progress` said stop.
pub async fn trace_facts(
    model: &Transformer,
    tokenizer: &Tokenizer,
    prompts: &[TracePrompt],
    plan: &TracePlan,
    mut progress: impl FnMut(usize, usize, usize) -> bool + MaybeSend,
) -> Result<(NoiseReport, Vec<TracedFact>)> {
    let (hidden, layers) = (model.config().hidden, model.config().layers);
    let deviation = embedding_deviation(model, prompts).await?;
    let scale = plan.noise.unwrap_or(NOISE_FACTOR * deviation);
    let report = NoiseReport { deviation, scale, samples: plan.samples, seed: plan.seed };
    let mut traced = Vec::with_capacity(prompts.len());
    for (index, prompt) in prompts.iter().enumerate() {
        let noise = Noise::gaussian(plan.samples, prompt.subject.len(), hidden, scale, plan.seed);
        let effects = trace(model, prompt, &noise, &plan.options, |done, all| progress(index, done, all)).await;
        let effects = effects.map_err(|error| error.at(format!("fact `{}`", prompt.fact.id)))?;
        traced.push(TracedFact::new(prompt, tokenizer.decode(&[prompt.answer])?, effects, layers));
    }
    Ok((report, traced))
}
