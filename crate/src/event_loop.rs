//! The event loop of a browser's worker, which work on its one thread has to let in. Elsewhere there is none.

/// Longest time, in milliseconds, that the one thread of a browser computes without letting other events in.
#[cfg(target_family = "wasm")]
const LONGEST_TASK: u128 = 50;

/// Lets other events in where work would otherwise keep a browser's thread to itself: without it a worker that computes on the CPU hears
/// of no cancellation. Elsewhere it does nothing.
#[cfg(not(target_family = "wasm"))]
pub(crate) async fn breathe() {}

/// Lets other events in where work would otherwise keep a browser's thread to itself: without it a worker that computes on the CPU hears
/// of no cancellation.
#[cfg(target_family = "wasm")]
pub(crate) async fn breathe() {
    use web_time::Instant;
    thread_local! {
        static LAST: std::cell::Cell<Option<Instant>> = const { std::cell::Cell::new(None) };
    }
    if LAST.get().is_none_or(|last| last.elapsed().as_millis() >= LONGEST_TASK) {
        turn().await;
        LAST.set(Some(Instant::now()));
    }
}

/// Lets one turn of the event loop pass: messages to the worker are delivered, and what the GPU's driver has to say is heard.
#[cfg(target_family = "wasm")]
pub(crate) async fn turn() {
    use gloo::timers::callback::Timeout;
    use js_sys::Promise;
    use wasm_bindgen::JsValue;
    use wasm_bindgen_futures::JsFuture;

    let promise = Promise::new(&mut |resolve, _| {
        let resolve = move || drop(resolve.call0(&JsValue::NULL));
        Timeout::new(0, resolve).forget();
    });
    // This promise is never rejected.
    let _ = JsFuture::from(promise).await;
}
