//! Ways in which the module and the GPU report trouble outside a call: panics, log messages, uncaptured errors, a lost device.

use std::sync::Arc;

use burn::tensor::wgpu::WgpuSetup;
use js_sys::{JsString, Reflect};
use log::{Level, LevelFilter, Log, Metadata, Record};
use wasm_bindgen::JsValue;

use crate::device::mark_broken;

/// The worker's global property that holds the last panic's message: after a panic the module itself can no longer be asked.
const PANIC: &str = "langedit_panic";

/// Listens to the log. A shader that the browser rejects is reported there and nowhere else: the kernel's whole submission is
/// dropped and its buffers keep what they held, so from then on nothing that the GPU computed can be trusted.
struct Listener;

impl Log for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        if record.level() == Level::Error && record.target().starts_with("cubecl_wgpu") {
            mark_broken();
        }
        gloo::console::warn!(format!("{} {}: {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// Installs the panic hook and the log.
pub(super) fn install() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        // Without the property the worker reports the trap that follows, only less clearly.
        let _ = Reflect::set(&js_sys::global(), &JsString::from(PANIC), &JsValue::from_str(&info.to_string()));
    }));
    if log::set_logger(&Listener).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}

/// Marks the GPU as broken when it reports an error that no call asked for, or when it is lost.
pub(super) fn watch(setup: &WgpuSetup) {
    setup.device.on_uncaptured_error(Arc::new(|error| {
        mark_broken();
        gloo::console::warn!(format!("uncaptured GPU error: {error}"));
    }));
    setup.device.set_device_lost_callback(|reason, message| {
        mark_broken();
        gloo::console::warn!(format!("the GPU was lost ({reason:?}): {message}"));
    });
}
