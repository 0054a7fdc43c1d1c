//! All indirect effects of one fact.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Component, Corruption, Noise, Restoration, TracePrompt};
use crate::model::{ModelConfig, Transformer};
use crate::schedule::MaybeSend;
use crate::{Result, ensure};

/// At which tokens states are restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Positions {
    /// At each token from the subject's first on: before it, nothing is corrupted.
    #[default]
    All,
    /// At the subject's last token only.
    SubjectLast,
}

/// What is traced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceOptions {
    /// Components, in the order of the report.
    pub components: Vec<Component>,
    /// Tokens.
    pub positions: Positions,
    /// Layers whose MLP or attention outputs are restored together, centred on the cell's layer and cut off at the ends.
    pub window: usize,
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self { components: Component::ALL.to_vec(), positions: Positions::All, window: 5 }
    }
}

impl TraceOptions {
    /// The layers restored for the cell of `layer`: `[layer - floor(w / 2), layer + ceil(w / 2))` within the model for MLP and attention
    /// outputs, the layer itself for states.
    pub fn layers(&self, component: Component, layer: usize, layers: usize) -> Range<usize> {
        match component {
            Component::State => layer..layer + 1,
            Component::Mlp | Component::Attention => layer.saturating_sub(self.window / 2)..(layer + self.window.div_ceil(2)).min(layers),
        }
    }

    /// The positions of `prompt` at which states are restored.
    pub fn positions(&self, prompt: &TracePrompt) -> Range<usize> {
        match self.positions {
            Positions::All => prompt.subject.start..prompt.tokens.len(),
            Positions::SubjectLast => prompt.subject_last()..prompt.subject.end,
        }
    }
}

/// The traced effects of one fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Probability of the answer in the clean run.
    pub clean: f64,
    /// Mean probability of the answer over the corrupted runs.
    pub corrupted: f64,
    /// Indirect effects `[position][layer]`; the first position is that of `first`.
    pub effects: BTreeMap<Component, Vec<Vec<f64>>>,
    /// Position of the first row of `effects`.
    pub first: usize,
}

/// Traces `prompt`: the indirect effect of every component at every position and layer that `options` name. `progress` sees (done, all)
/// corrupted runs with something restored, and says whether to go on.
///
/// # Errors
/// The noise or the options do not fit the prompt, the prompt is too long for the model, the device failed, or `progress` said stop.
pub async fn trace(
    model: &Transformer,
    prompt: &TracePrompt,
    noise: &Noise,
    options: &TraceOptions,
    progress: impl FnMut(usize, usize) -> bool + MaybeSend,
) -> Result<Trace> {
    ensure!(options.window > 0, Usage, "a window of 0 layers restores nothing; use 1 or more");
    let layers = model.config().layers;
    let corruption = Corruption::new(model, prompt, noise).await?;
    let positions = options.positions(prompt);
    let mut restorations = Vec::with_capacity(options.components.len() * positions.len() * layers);
    for &component in &options.components {
        for position in positions.clone() {
            restorations.extend((0..layers).map(|layer| Restoration {
                component,
                layers: options.layers(component, layer, layers),
                positions: position..position + 1,
            }));
        }
    }
    let probabilities = corruption.restore(model, &restorations, progress).await?;
    let mut rows = probabilities.chunks_exact(layers.max(1)).map(|row| row.iter().map(|p| p - corruption.corrupted).collect::<Vec<f64>>());
    let effects = options.components.iter().map(|&component| (component, rows.by_ref().take(positions.len()).collect())).collect();
    Ok(Trace { clean: corruption.clean, corrupted: corruption.corrupted, effects, first: positions.start })
}

/// How many tokens would pass through the whole model for [`trace`], about: what it costs, times twice the number of parameters.
pub fn cost(config: &ModelConfig, prompt: &TracePrompt, samples: usize, options: &TraceOptions) -> f64 {
    let length = prompt.tokens.len();
    let mut token_layers = (1 + samples) * length * config.layers;
    for &component in &options.components {
        for layer in 0..config.layers {
            let range = options.layers(component, layer, config.layers);
            let first = if component == Component::State { range.start + 1 } else { range.start };
            let tokens: usize = options.positions(prompt).map(|position| length - position).sum();
            token_layers += samples * tokens * (config.layers - first);
        }
    }
    token_layers as f64 / config.layers.max(1) as f64
}
