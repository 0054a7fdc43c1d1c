//! Ways in which the module and the GPU report trouble outside a call: panics, log messages, uncaptured errors, a lost device.

use log::{Level, LevelFilter, Log, Metadata, Record};
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

use super::border;
use crate::device::mark_broken;

/// What the page is told without having asked; `kind` is `panicked` or `gpu_lost`. Calls that wait then may wait for ever: nothing wakes
/// the future that a panic or a lost GPU has left behind.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct Notice {
    #[tsify(type = "'panicked' | 'gpu_lost'")]
    kind: &'static str,
    message: String,
}

/// Posts a notice from the worker to the page.
pub(super) fn post(kind: &'static str, message: String) {
    // Outside a worker there is nobody to tell; a message that cannot be posted leaves what happens next to speak for itself.
    if let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>()
        && let Ok(notice) = border::to_js(&Notice { kind, message })
    {
        let _ = scope.post_message(&notice);
    }
}

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
        post("panicked", info.to_string());
    }));
    if log::set_logger(&Listener).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}
