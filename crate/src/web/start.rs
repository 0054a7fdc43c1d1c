//! Choosing the device: WebGPU where there is an adapter and it computes what the CPU does, the CPU otherwise.

use burn::prelude::Device;
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::{DEVICE, SESSION, border};
use crate::{Result, bail};

/// How the GPU compares with the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub(super) struct SelfCheck {
    /// Largest |gpu - cpu| / (1 + |cpu|) over all results; infinite (null in JSON) where a result is not finite.
    pub(super) maximum_difference: f64,
    /// What is allowed.
    pub(super) tolerance: f64,
    /// Whether all lie within.
    pub(super) passed: bool,
}

/// What `start` tells.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct Started {
    #[tsify(type = "'webgpu' | 'cpu'")]
    device: &'static str,
    reason: String,
    selfcheck: Option<SelfCheck>,
}

/// Takes a device: `auto`, `webgpu` or `cpu`. Where WebGPU cannot be had or cannot be trusted, the CPU is taken and the reason told.
///
/// # Errors
/// `usage`: another word.
#[wasm_bindgen(unchecked_return_type = "Started")]
pub async fn start(#[wasm_bindgen(unchecked_param_type = "DeviceChoice")] choice: String) -> Result<JsValue, JsValue> {
    begin(&choice).await.and_then(|started| border::give(&started)).map_err(|error| border::failure(&error))
}

async fn begin(choice: &str) -> Result<Started> {
    SESSION.set(None);
    let (device, started) = match choice {
        "cpu" => (Device::flex(), Started { device: "cpu", reason: "as asked for".to_owned(), selfcheck: None }),
        #[cfg(feature = "wgpu")]
        "auto" | "webgpu" => match super::gpu::open().await {
            Ok((device, adapter, check)) => (device, Started { device: "webgpu", reason: adapter, selfcheck: Some(check) }),
            Err((error, selfcheck)) => (Device::flex(), Started { device: "cpu", reason: error.message().to_owned(), selfcheck }),
        },
        // The page takes the module without kernels for a GPU only where it has found no adapter.
        #[cfg(not(feature = "wgpu"))]
        "auto" | "webgpu" => {
            let reason = "this browser has no WebGPU adapter".to_owned();
            (Device::flex(), Started { device: "cpu", reason, selfcheck: None })
        }
        _ => bail!(Usage, "unknown device `{choice}`: expected auto, webgpu or cpu"),
    };
    DEVICE.set(Some((device, started.device)));
    Ok(started)
}
