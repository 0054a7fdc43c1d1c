//! Progress to the page, and the page's wish to stop.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

use js_sys::Function;
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::border;
use crate::event_loop::turn;
use crate::recipe::{Activity, Observer, Report};
use crate::{Error, ErrorKind, Result};

/// Set by [`cancel`], cleared when a call begins.
static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Asks the running call to stop at its next pause.
#[wasm_bindgen]
pub fn cancel() {
    CANCELLED.store(true, Ordering::Relaxed);
}

/// What the page is told while a call runs.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub(super) struct Progress<'a, S: Serialize> {
    /// What is being done.
    pub(super) stage: S,
    /// Units done.
    pub(super) done: usize,
    /// Of how many.
    pub(super) total: usize,
    /// Step of the recipe, from 1; 0 before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<usize>,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) steps: Option<usize>,
    /// The text so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<&'a str>,
    /// The report so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) report: Option<&'a Report>,
}

/// Passes an experiment's progress on to a JavaScript function.
pub(super) struct Watcher<'a> {
    function: &'a Function,
}

impl<'a> Watcher<'a> {
    /// Watches a call that begins now.
    pub(super) fn begin(function: &'a Function) -> Self {
        CANCELLED.store(false, Ordering::Relaxed);
        Self { function }
    }

    /// Tells the page.
    pub(super) fn tell<S: Serialize>(&self, progress: &Progress<'_, S>) {
        if let Ok(value) = border::to_js(progress) {
            // A page that throws in its progress display has a defect of its own; the experiment goes on.
            let _ = self.function.call1(&JsValue::NULL, &value);
        }
    }

    /// Lets the worker hear of a cancellation, and stops the call where there is one.
    ///
    /// # Errors
    /// `Cancelled`.
    pub(super) async fn rest(&self) -> Result<()> {
        self.pause().await;
        if self.cancelled() { Err(Error::new(ErrorKind::Cancelled, "cancelled")) } else { Ok(()) }
    }
}

impl Observer for Watcher<'_> {
    fn progress(&mut self, activity: Activity, step: usize, steps: usize, done: usize, total: usize) {
        self.tell(&Progress { stage: activity, done, total, step: Some(step), steps: Some(steps), text: None, report: None });
    }

    fn partial(&mut self, report: &Report) {
        let done = report.steps.len();
        self.tell(&Progress { stage: "step", done, total: 0, step: Some(done), steps: None, text: None, report: Some(report) });
    }

    fn cancelled(&self) -> bool {
        CANCELLED.load(Ordering::Relaxed)
    }

    fn pause(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(turn())
    }
}
