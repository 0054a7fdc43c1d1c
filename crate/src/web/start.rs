//! Choosing the device: WebGPU where there is an adapter and it computes what the CPU does, the CPU otherwise.

use burn::prelude::Device;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::selfcheck::{self, SelfCheck};
use super::watch::turn;
use super::{DEVICE, SESSION, border, hooks};
use crate::device::is_broken;
use crate::{Error, ErrorKind, Result, bail};

/// What `start` tells.
#[derive(Serialize)]
struct Started {
    device: &'static str,
    reason: String,
    selfcheck: Option<SelfCheck>,
}

/// Takes a device: `auto`, `webgpu` or `cpu`. Where WebGPU cannot be had or cannot be trusted, the CPU is taken and the reason told.
///
/// # Errors
/// `usage`: another word.
#[wasm_bindgen]
pub async fn start(choice: String) -> Result<JsValue, JsValue> {
    begin(&choice).await.and_then(|started| border::give(&started)).map_err(|error| border::failure(&error))
}

async fn begin(choice: &str) -> Result<Started> {
    SESSION.set(None);
    let (device, started) = match choice {
        "cpu" => (Device::flex(), Started { device: "cpu", reason: "as asked for".to_owned(), selfcheck: None }),
        "auto" | "webgpu" => match webgpu().await {
            Ok((device, adapter, check)) => (device, Started { device: "webgpu", reason: adapter, selfcheck: Some(check) }),
            Err((error, selfcheck)) => (Device::flex(), Started { device: "cpu", reason: error.message().to_owned(), selfcheck }),
        },
        _ => bail!(Usage, "unknown device `{choice}`: expected auto, webgpu or cpu"),
    };
    DEVICE.set(Some((device, started.device)));
    Ok(started)
}

/// The GPU with its name and its self-check, or why not.
async fn webgpu() -> Result<(Device, String, SelfCheck), (Error, Option<SelfCheck>)> {
    let (device, setup) = Device::wgpu_options().tasks_max(32).init_with_setup_async().await.map_err(|error| {
        gloo::console::info!(format!("no WebGPU adapter: {error}"));
        (Error::new(ErrorKind::Device, "this browser has no WebGPU adapter"), None)
    })?;
    hooks::watch(&setup);
    let check = selfcheck::run(&device).await.map_err(|error| (error.at("the WebGPU self-check failed"), None))?;
    // Browsers report a rejected shader after the dispatch, in a later turn of the event loop.
    turn().await;
    if !check.passed || is_broken() {
        let message = format!("the WebGPU self-check failed: {:.1e} from the CPU", check.maximum_difference);
        return Err((Error::new(ErrorKind::Device, message), Some(check)));
    }
    let info = setup.adapter.get_info();
    let name = [info.name, info.driver]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "the adapter keeps its name to itself".to_owned());
    Ok((device, name, check))
}
