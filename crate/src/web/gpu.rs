//! The GPU through WebGPU: opening it, checking it, and hearing of what goes wrong with it later.

use std::sync::Arc;

use burn::prelude::Device;
use burn::tensor::wgpu::WgpuSetup;
use burn_wgpu::wgpu::{DeviceLostReason, DeviceType};

use super::hooks::post;
use super::started::{DeviceReason, SelfCheck};
use crate::device::{is_broken, mark_broken};
use crate::edit::{SELF_CHECK_TOLERANCE, self_check};
use crate::event_loop::turn;
use crate::{Error, ErrorKind, Result};

/// A GPU that computes what the CPU does.
pub(super) struct Gpu {
    pub(super) device: Device,
    /// Where it gives one.
    pub(super) name: Option<String>,
    pub(super) check: SelfCheck,
    /// Whether the browser computes it in software.
    pub(super) is_software: bool,
}

/// The GPU, or why not.
pub(super) async fn open() -> Result<Gpu, (DeviceReason, Error, Option<SelfCheck>)> {
    let (device, setup) = Device::wgpu_options().tasks_max(32).init_with_setup_async().await.map_err(|error| {
        gloo::console::info!(format!("no WebGPU adapter: {error}"));
        (DeviceReason::NoAdapter, Error::new(ErrorKind::Device, "this browser has no WebGPU adapter"), None)
    })?;
    watch(&setup);
    let maximum_difference =
        self_check(&device).await.map_err(|error| (DeviceReason::Selfcheck, error.at("the WebGPU self-check failed"), None))?;
    let passed = maximum_difference <= SELF_CHECK_TOLERANCE;
    let check = SelfCheck { maximum_difference, tolerance: SELF_CHECK_TOLERANCE, passed };
    // Browsers report a rejected shader after the dispatch, in a later turn of the event loop.
    turn().await;
    if !check.passed || is_broken() {
        let message = format!("the WebGPU self-check failed: {:.1e} from the CPU", check.maximum_difference);
        return Err((DeviceReason::Selfcheck, Error::new(ErrorKind::Device, message), Some(check)));
    }
    let info = setup.adapter.get_info();
    let is_software = info.device_type == DeviceType::Cpu;
    let name = [info.name, info.driver].into_iter().find(|name| !name.is_empty());
    Ok(Gpu { device, name, check, is_software })
}

/// Marks the GPU as broken when it reports an error that no call asked for, or when it is lost.
fn watch(setup: &WgpuSetup) {
    setup.device.on_uncaptured_error(Arc::new(|error| {
        mark_broken();
        gloo::console::warn!(format!("uncaptured GPU error: {error}"));
    }));
    setup.device.set_device_lost_callback(|reason, message| {
        mark_broken();
        // A device that failed its self-check is given up by ourselves.
        if !matches!(reason, DeviceLostReason::Destroyed) {
            gloo::console::warn!(format!("the GPU was lost: {message}"));
            post("gpu_lost", format!("the GPU was lost: {message}"));
        }
    });
}
