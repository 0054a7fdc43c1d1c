#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::prelude::*;

use super::*;
use crate::checkpoint;
use crate::device::{read, upload};
use crate::edit::Method;
use crate::facts::Fact;
use crate::recipe::Session;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/editing"))
}

fn model_and_requests(family: &str) -> (Transformer, Vec<Request>) {
    let checkpoint = checkpoint::open(&folder().join("../models").join(family)).unwrap();
    let session = Session::open(&checkpoint, &Device::flex(), "cpu", |_, _| ()).unwrap();
    let facts: Vec<Fact> = serde_json::from_slice(&std::fs::read(folder().join("facts.json")).unwrap()).unwrap();
    let templates: BTreeMap<String, Vec<String>> =
        serde_json::from_slice(&std::fs::read(folder().join("templates.json")).unwrap()).unwrap();
    let settings = Settings::for_model(session.config(), Method::Ft);
    let requests = facts
        .iter()
        .map(|fact| Request::new(session.tokenizer(), fact, &templates[&fact.language], settings.fact_token).unwrap())
        .collect();
    (session.model().clone(), requests)
}

/// The gradient along a direction is what the loss does along it, for both objectives and edited layers at every depth, with and without a
/// norm behind the MLP.
#[test]
fn gradients_are_what_the_loss_does() {
    let layers = [0, 1, 3];
    let objectives = [Objective::LastPosition, Objective::Autoregressive];
    for (family, objective) in ["llama", "gemma3"].into_iter().flat_map(|family| objectives.map(|objective| (family, objective))) {
        let (mut model, requests) = model_and_requests(family);
        let batch = Batch::new(&model, &requests, objective, &layers).unwrap();
        let (losses, gradients) = pollster::block_on(batch.evaluate(&model, &layers)).unwrap();
        assert_eq!((losses.len(), gradients.len()), (requests.len(), layers.len()));
        for (&layer, gradient) in layers.iter().zip(gradients) {
            let gradient = pollster::block_on(read(gradient)).unwrap();
            let shape = [model.config().hidden, model.config().inner];
            // Half the gradient's direction, half another one: a gradient of the wrong length or a turned one is seen.
            let length = gradient.iter().map(|&slope| f64::from(slope).powi(2)).sum::<f64>().sqrt();
            let direction: Vec<f32> =
                gradient.iter().enumerate().map(|(i, &slope)| slope / length as f32 + ((i * 7919) as f32).sin() / 32.0).collect();
            let expected: f64 = gradient.iter().zip(&direction).map(|(&g, &d)| f64::from(g) * f64::from(d)).sum();
            let before = model.down(layer);
            let mut mean_at = |step: f64| {
                model.set_down(layer, Some(before.clone() + upload(direction.clone(), shape, &Device::flex()).mul_scalar(step)));
                let (losses, _) = pollster::block_on(batch.evaluate(&model, &layers)).unwrap();
                losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / losses.len() as f64
            };
            let step = 1e-2;
            let found = (mean_at(step) - mean_at(-step)) / (2.0 * step);
            model.set_down(layer, None);
            assert!((found - expected).abs() < 5e-3 * expected.abs(), "{family}, {objective:?}, layer {layer}: {found} {expected}");
        }
    }
}

/// Padding is no target: a fact's loss does not depend on the facts beside it.
#[test]
fn losses_do_not_depend_on_the_neighbours() {
    let (model, requests) = model_and_requests("llama");
    for objective in [Objective::LastPosition, Objective::Autoregressive] {
        let together = Batch::new(&model, &requests, objective, &[1]).unwrap();
        let (together, _) = pollster::block_on(together.evaluate(&model, &[1])).unwrap();
        for (request, &loss) in requests.iter().zip(&together) {
            let alone = Batch::new(&model, std::slice::from_ref(request), objective, &[1]).unwrap();
            let (alone, _) = pollster::block_on(alone.evaluate(&model, &[1])).unwrap();
            assert!((alone[0] - loss).abs() < 1e-4, "{objective:?}: {} {loss}", alone[0]);
        }
    }
}
