//! Runs a request's future with as few crossings as can be.
//!
//! wasm-bindgen's executor makes a promise for the future, two closures for each wait, and a
//! microtask for each wake, all of them across the boundary. Most requests wait once, for Intercom's
//! answer; for such a wait one `then` on the promise in hand is enough, and that is what [`run`]
//! does. A future that waits for anything else goes on in wasm-bindgen's executor.

use crate::edge::runtime;
use js_sys::Promise;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::Response;

/// A waiting request. JavaScript holds it in the promise's `then`. If the caller disconnects, the runtime drops
/// the `then`, and the request with it.
#[wasm_bindgen]
pub struct Task {
    future: Pin<Box<dyn Future<Output = Response>>>,
}

#[wasm_bindgen]
impl Task {
    /// Resumes the request with the value of the promise.
    pub fn resume(self, value: JsValue) -> JsValue {
        run(self, Wait::Over(value))
    }
}

/// Runs a future. Gives its response, or a promise of it.
pub fn start(future: impl Future<Output = Response> + 'static) -> JsValue {
    run(Task { future: Box::pin(future) }, Wait::None)
}

/// Runs a future that the response of a request doesn't wait for. `execution`: the runtime's context of the request.
pub fn in_background(execution: &JsValue, work: impl Future<Output = ()> + 'static) {
    let work = future_to_promise(async move {
        work.await;
        Ok(JsValue::UNDEFINED)
    });
    runtime::wait_until(execution, &work);
}

/// The state that [`run`] shares with the [`Settled`] that it polls.
enum Wait {
    /// The future hasn't waited yet.
    None,
    /// The future waits for this promise.
    For(Promise),
    /// The promise has this value.
    Over(JsValue),
}

thread_local! {
    /// Is set while [`run`] polls.
    static WAIT: RefCell<Option<Wait>> = const { RefCell::new(None) };
}

/// A waker that does nothing. A future that keeps it waits for something other than one promise.
struct Unused;

impl Wake for Unused {
    fn wake(self: Arc<Self>) {}
}

fn run(mut task: Task, wait: Wait) -> JsValue {
    let unused = Arc::new(Unused);
    let waker = Waker::from(Arc::clone(&unused));
    WAIT.set(Some(wait));
    let polled = task.future.as_mut().poll(&mut Context::from_waker(&waker));
    let waits = WAIT.take();
    drop(waker);
    match (polled, waits) {
        (Poll::Ready(response), _) => response.into(),
        (Poll::Pending, Some(Wait::For(promise))) if Arc::strong_count(&unused) == 1 => {
            runtime::resume_after(&promise, task).into()
        }
        (Poll::Pending, _) => {
            let Task { future } = task;
            future_to_promise(async move { Ok(future.await.into()) }).into()
        }
    }
}

/// Waits for a promise that never rejects.
pub const fn settled(promise: Promise) -> Settled {
    Settled { promise, slowly: None }
}

/// The future of [`settled`].
#[derive(Debug)]
pub struct Settled {
    promise: Promise,
    /// Is set if wasm-bindgen's executor waits.
    slowly: Option<JsFuture>,
}

impl Future for Settled {
    type Output = JsValue;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<JsValue> {
        if self.slowly.is_none() {
            let wait = WAIT.with_borrow_mut(|wait| match wait {
                Some(Wait::Over(_)) => wait.replace(Wait::None),
                Some(Wait::None) => wait.replace(Wait::For(self.promise.clone())),
                _ => None,
            });
            match wait {
                Some(Wait::Over(value)) => return Poll::Ready(value),
                Some(_) => return Poll::Pending,
                None => {}
            }
        }
        let promise = self.promise.clone();
        let slowly = self.slowly.get_or_insert_with(|| JsFuture::from(promise));
        Pin::new(slowly).poll(context).map(Result::unwrap_or_default)
    }
}
