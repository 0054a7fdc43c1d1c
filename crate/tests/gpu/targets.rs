//! Target values on a GPU: what is checked before one is used, and facts that leave their batch at different steps.

use langedit::checkpoint;
use langedit::edit::{Method, Request, SELF_CHECK_TOLERANCE, Settings, Target, check_model, self_check, target_values};
use langedit::facts::Fact;
use langedit::model::quant::StoredMatrix;
use langedit::recipe::Session;
use pollster::block_on;
use serde_json::json;

use burn::prelude::Device;

use crate::{close, gpu};

#[test]
fn a_gpu_that_computes_rightly_passes_its_check() {
    let Some(gpu) = gpu() else { return };
    let difference = block_on(self_check(&gpu)).unwrap();
    assert!(difference <= SELF_CHECK_TOLERANCE / 10.0, "{difference:e}");
    assert_eq!(block_on(self_check(&Device::flex())).unwrap(), 0.0, "the CPU against itself");
}

#[test]
fn a_model_is_checked_in_its_own_formats() {
    let Some(gpu) = gpu() else { return };
    let checkpoint = checkpoint::open_builtin().unwrap();
    let asked = std::cell::RefCell::new(Vec::new());
    let matrix = |name: &str| {
        let found = checkpoint.tensors.matrix(name)?;
        asked.borrow_mut().extend(found.as_ref().map(|stored| (stored.rows, stored.cols)));
        Ok(found)
    };
    block_on(check_model(&gpu, &matrix)).unwrap();
    assert!(asked.borrow().contains(&(192, 768)), "the matrix that is edited is among them: {:?}", asked.borrow());
    // A matrix that no product with is finite is told by its name.
    let broken = |_: &str| StoredMatrix::from_f32(64, 64, &[f32::INFINITY; 64 * 64]).map(Some);
    let error = block_on(check_model(&gpu, &broken)).unwrap_err();
    assert!(error.to_string().contains("layers.0.attn.q.weight, [64, 64]"), "{error}");
}

/// One fact is done before the host first looks at the losses, one between two looks, one later still.
#[test]
fn facts_leave_their_batch_when_they_are_done() {
    let Some(gpu) = gpu() else { return };
    let facts: Vec<Fact> = [("Frankreich", "Rom"), ("Japan", "Lima"), ("Portugal", "Wien")]
        .map(|(subject, object)| {
            let prompt = format!("Die Hauptstadt von {subject} ist");
            serde_json::from_value(json!({"id": subject, "language": "de", "subject": subject, "prompt": prompt, "new_object": object}))
                .unwrap()
        })
        .into();
    let run = |device: &Device, name: &str| -> Vec<Target> {
        let session = Session::open(&checkpoint::open_builtin().unwrap(), device, name, |_, _| ()).unwrap();
        // Not the published stop, so that both must read it.
        let settings = Settings { v_stop_loss: 0.1, ..Settings::for_model(session.config(), Method::LangEdit) };
        let requests: Vec<Request> = facts
            .iter()
            .map(|fact| Request::new(session.tokenizer(), fact, &["{}".to_owned(), "Heute. {}".to_owned()], settings.fact_token).unwrap())
            .collect();
        block_on(target_values(session.model(), &requests, &settings, |_| true)).unwrap()
    };
    let (expected, found) = (run(&Device::flex(), "cpu"), run(&gpu, "wgpu"));
    let steps: Vec<usize> = expected.iter().map(|target| target.losses.len()).collect();
    assert!(steps.iter().any(|&count| count != steps[0]), "they must differ to show anything: {steps:?}");
    for ((found, expected), fact) in found.iter().zip(&expected).zip(&facts) {
        assert_eq!(found.losses.len(), expected.losses.len(), "{}: steps", fact.subject);
        close(&found.losses, &expected.losses, 1e-4, &fact.subject);
        close(&found.value, &expected.value, 1e-3, &fact.subject);
    }
}
