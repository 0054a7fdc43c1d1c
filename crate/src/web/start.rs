//! Choosing the device: WebGPU where there is an adapter and it computes what the CPU does, the CPU otherwise.

use burn::prelude::Device;
use wasm_bindgen::prelude::*;

use super::started::{DeviceReason, SelfCheck, Started};
use super::{DEVICE, SESSION, SOLVER, border};
use crate::edit::Solver;
use crate::{Result, bail};

/// Takes a device: `auto`, `webgpu` or `cpu`. Where WebGPU cannot be had or cannot be trusted, the CPU is taken and the reason told. Closed forms are
/// solved where `solver` says, `host` or `device`; if it is left out, on a GPU, but not on one that is made of software.
///
/// # Errors
/// `usage`: another word.
#[wasm_bindgen(unchecked_return_type = "Started")]
pub async fn start(
    #[wasm_bindgen(unchecked_param_type = "DeviceChoice")] choice: String,
    #[wasm_bindgen(unchecked_optional_param_type = "Solver")] solver: Option<String>,
) -> Result<JsValue, JsValue> {
    begin(&choice, solver.as_deref()).await.and_then(|started| border::to_js(&started)).map_err(|error| border::failure(&error))
}

fn on_cpu(why: DeviceReason, reason: &str, selfcheck: Option<SelfCheck>) -> Started {
    Started { device: "cpu", solver: Solver::Host, why, reason: reason.to_owned(), selfcheck }
}

async fn begin(choice: &str, solver: Option<&str>) -> Result<Started> {
    SESSION.set(None);
    let asked = solver.map(str::parse::<Solver>).transpose()?;
    let (device, mut started) = match choice {
        "cpu" => (Device::flex(), on_cpu(DeviceReason::Chosen, "chosen in the address", None)),
        #[cfg(feature = "wgpu")]
        "auto" | "webgpu" => match super::gpu::open().await {
            Ok(super::gpu::Gpu { device, name, check, is_software }) => {
                let why = if name.is_some() { DeviceReason::Named } else { DeviceReason::Unnamed };
                let reason = name.unwrap_or_else(|| "the adapter does not give its name".to_owned());
                let solver = if is_software { Solver::Host } else { Solver::Device };
                (device, Started { device: "webgpu", solver, why, reason, selfcheck: Some(check) })
            }
            Err((why, error, selfcheck)) => (Device::flex(), on_cpu(why, error.message(), selfcheck)),
        },
        // The page takes the module without kernels for a GPU only where it has found no adapter.
        #[cfg(not(feature = "wgpu"))]
        "auto" | "webgpu" => (Device::flex(), on_cpu(DeviceReason::NoAdapter, "this browser has no WebGPU adapter", None)),
        _ => bail!(Usage, "unknown device `{choice}`: expected auto, webgpu or cpu"),
    };
    if let (Some(asked), "webgpu") = (asked, started.device) {
        started.solver = asked;
    }
    DEVICE.set(Some((device, started.device)));
    SOLVER.set(started.solver);
    Ok(started)
}
