//! The devices that tests run on: the CPU, and where there is an adapter a GPU; Mesa's lavapipe will do.
#![allow(dead_code, reason = "each test crate uses its part")]

use std::sync::OnceLock;

use burn::prelude::Device;
use langedit::device::DeviceChoice;

/// The GPU, opened once a process.
pub(crate) fn gpu() -> Option<Device> {
    static GPU: OnceLock<Option<Device>> = OnceLock::new();
    GPU.get_or_init(|| pollster::block_on(DeviceChoice::Wgpu(None).open()).ok()).clone()
}

/// All of them, with their names.
pub(crate) fn devices() -> impl Iterator<Item = (Device, &'static str)> {
    std::iter::once((Device::flex(), "cpu")).chain(gpu().map(|gpu| (gpu, "wgpu")))
}
