//! Which layers to edit, with the evidence for them.

use serde::{Deserialize, Serialize};

use super::{Component, PositionClass, TraceAverage};

/// Fewest traced facts that say anything about a model's layers.
pub const FEWEST_FACTS: usize = 5;
/// Standard errors that the largest average effect must be above 0.
const SIGNIFICANT: f64 = 2.0;

/// How edit layers were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "snake_case")]
pub enum LayerRule {
    /// By causal tracing: the window of MLP outputs whose restoration at the last subject token recovers most.
    Traced,
    /// The model's default, published or by depth, because tracing gave no evidence or was not possible.
    Default,
}

/// Chosen edit layers, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct ChosenLayers {
    /// The layers, from 0, ascending.
    pub layers: Vec<usize>,
    /// How they were chosen.
    pub rule: LayerRule,
    /// Why, in words.
    pub reason: String,
    /// Facts that were traced.
    pub facts: usize,
    /// Layers restored together.
    pub window: usize,
    /// By layer: average indirect effect of the MLP window around it at the last subject token; empty where nothing was traced.
    pub effects: Vec<f64>,
}

impl ChosenLayers {
    /// The default layers `layers`, because of `reason`.
    pub fn fallback(layers: &[usize], reason: impl Into<String>) -> Self {
        Self { layers: layers.to_vec(), rule: LayerRule::Default, reason: reason.into(), facts: 0, window: 0, effects: Vec::new() }
    }
}

/// The layers that `average` recommends: the window `[l - floor(w / 2), l + ceil(w / 2))` of MLP outputs whose restoration at the last
/// subject token has the largest average indirect effect, l being its centre. They are what carries the fact there, so they are what an
/// edit has to change. `default` is kept where fewer than [`FEWEST_FACTS`] facts were traced, or the largest effect is not 2 standard
/// errors above 0.
pub fn choose_layers(average: &TraceAverage, window: usize, default: &[usize]) -> ChosenLayers {
    let class = average.effects.get(&Component::Mlp).and_then(|classes| classes.get(&PositionClass::SubjectLast));
    let Some(effect) = class.filter(|effect| !effect.mean.is_empty()) else {
        return ChosenLayers::fallback(default, "no MLP outputs were traced at the last subject token");
    };
    let evidence =
        |layers: Vec<usize>, rule, reason| ChosenLayers { layers, rule, reason, facts: effect.facts, window, effects: effect.mean.clone() };
    if effect.facts < FEWEST_FACTS {
        let reason = format!("{} traced facts are fewer than {FEWEST_FACTS}", effect.facts);
        return evidence(default.to_vec(), LayerRule::Default, reason);
    }
    let peak = (0..effect.mean.len()).fold(0, |best, layer| if effect.mean[layer] > effect.mean[best] { layer } else { best });
    let (largest, error) = (effect.mean[peak], effect.standard_error.get(peak).copied().unwrap_or(0.0));
    if largest <= SIGNIFICANT * error || largest <= 0.0 {
        let reason = format!(
            "the largest average effect, {largest:.4} at layer {peak}, is not above {SIGNIFICANT} standard errors, {SIGNIFICANT} x {error:.4} = \
             {:.4}: it may be chance",
            SIGNIFICANT * error
        );
        return evidence(default.to_vec(), LayerRule::Default, reason);
    }
    let layers: Vec<usize> = (peak.saturating_sub(window / 2)..(peak + window.div_ceil(2)).min(effect.mean.len())).collect();
    let reason = format!(
        "restoring the MLP outputs of {window} layers around layer {peak} at the last subject token recovers most: \
         {largest:.4} of the answer's probability (standard error {error:.4}, {} facts)",
        effect.facts
    );
    evidence(layers, LayerRule::Traced, reason)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::ClassEffect;
    use super::*;

    fn traced(facts: usize, mean: &[f64], error: f64) -> TraceAverage {
        let effect = ClassEffect { facts, mean: mean.to_vec(), standard_error: vec![error; mean.len()] };
        TraceAverage {
            facts,
            effects: BTreeMap::from([(Component::Mlp, BTreeMap::from([(PositionClass::SubjectLast, effect)]))]),
            ..TraceAverage::default()
        }
    }

    #[test]
    fn the_best_window_is_chosen() {
        let mean = [0.0, 0.1, 0.3, 0.2, 0.1, 0.0];
        let chosen = choose_layers(&traced(9, &mean, 0.01), 3, &[5]);
        assert_eq!((chosen.rule, chosen.layers), (LayerRule::Traced, vec![1, 2, 3]));
        assert!(chosen.reason.contains("layer 2") && chosen.reason.contains("9 facts"), "{}", chosen.reason);
        assert_eq!(choose_layers(&traced(9, &mean, 0.01), 4, &[5]).layers, [0, 1, 2, 3]);
        assert_eq!(choose_layers(&traced(9, &[0.4, 0.1, 0.0], 0.01), 4, &[5]).layers, [0, 1]);
    }

    /// The sentence holds as it is read: 0.0504 is above 0.0383, but not above twice that.
    #[test]
    fn what_may_be_chance_says_against_what() {
        let reason = choose_layers(&traced(9, &[0.0, 0.0504, 0.0], 0.0383), 1, &[1]).reason;
        assert!(reason.contains("0.0504 at layer 1, is not above 2 standard errors, 2 x 0.0383 = 0.0766"), "{reason}");
    }

    #[test]
    fn without_evidence_the_default_stays() {
        let mean = [0.0, 0.1, 0.3];
        for average in [traced(4, &mean, 0.01), traced(9, &mean, 0.2), traced(9, &[-0.1, -0.2, 0.0], 0.0), TraceAverage::default()] {
            let chosen = choose_layers(&average, 1, &[1]);
            assert_eq!((chosen.rule, chosen.layers.as_slice()), (LayerRule::Default, &[1][..]), "{}", chosen.reason);
        }
    }
}
