//! Choosing the device: WebGPU where there is an adapter and it computes what the CPU does, the CPU otherwise.

use burn::prelude::Device;
use wasm_bindgen::prelude::*;

use super::started::{DeviceReason, SelfCheck, Started};
use super::{DEVICE, SESSION, border};
use crate::{Result, bail};

/// Takes a device: `auto`, `webgpu` or `cpu`. Where WebGPU cannot be had or cannot be trusted, the CPU is taken and the reason told.
///
/// # Errors
/// `usage`: another word.
#[wasm_bindgen(unchecked_return_type = "Started")]
pub async fn start(#[wasm_bindgen(unchecked_param_type = "DeviceChoice")] choice: String) -> Result<JsValue, JsValue> {
    begin(&choice).await.and_then(|started| border::to_js(&started)).map_err(|error| border::failure(&error))
}

fn on_cpu(why: DeviceReason, reason: &str, selfcheck: Option<SelfCheck>) -> Started {
    Started { device: "cpu", why, reason: reason.to_owned(), selfcheck }
}

async fn begin(choice: &str) -> Result<Started> {
    SESSION.set(None);
    let (device, started) = match choice {
        "cpu" => (Device::flex(), on_cpu(DeviceReason::Chosen, "chosen in the address", None)),
        #[cfg(feature = "wgpu")]
        "auto" | "webgpu" => match super::gpu::open().await {
            Ok((device, name, check)) => {
                let why = if name.is_some() { DeviceReason::Named } else { DeviceReason::Unnamed };
                let reason = name.unwrap_or_else(|| "the adapter does not give its name".to_owned());
                (device, Started { device: "webgpu", why, reason, selfcheck: Some(check) })
            }
            Err((why, error, selfcheck)) => (Device::flex(), on_cpu(why, error.message(), selfcheck)),
        },
        // The page takes the module without kernels for a GPU only where it has found no adapter.
        #[cfg(not(feature = "wgpu"))]
        "auto" | "webgpu" => (Device::flex(), on_cpu(DeviceReason::NoAdapter, "this browser has no WebGPU adapter", None)),
        _ => bail!(Usage, "unknown device `{choice}`: expected auto, webgpu or cpu"),
    };
    DEVICE.set(Some((device, started.device)));
    Ok(started)
}
