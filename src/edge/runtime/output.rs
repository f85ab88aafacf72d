//! A stream that is written piece by piece.

use crate::edge::runtime::task::settled;
use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{ReadableStream, Response};

#[wasm_bindgen(module = "/src/edge/runtime/output.js")]
extern "C" {
    type Output;

    #[wasm_bindgen(constructor)]
    fn new() -> Output;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &Output) -> ReadableStream;

    #[wasm_bindgen(method)]
    fn write(this: &Output, text: &str) -> Promise;

    #[wasm_bindgen(method)]
    fn pipe(this: &Output, response: &Response) -> Promise;

    #[wasm_bindgen(method)]
    fn close(this: &Output) -> Promise;

    #[wasm_bindgen(method)]
    fn abort(this: &Output) -> Promise;
}

/// The reader of the stream has left.
#[derive(Debug)]
pub struct Left;

/// A stream that is written.
pub struct Stream(Output);

impl Stream {
    /// Makes a stream.
    pub fn new() -> Self {
        Self(Output::new())
    }

    /// Returns the end that is read.
    pub fn readable(&self) -> ReadableStream {
        self.0.readable()
    }

    /// Writes a text.
    pub async fn write(&self, text: &str) -> Result<(), Left> {
        written(self.0.write(text)).await
    }

    /// Writes the body of a response. It passes as a stream of the runtime.
    pub async fn pipe(&self, response: &Response) -> Result<(), Left> {
        written(self.0.pipe(response)).await
    }

    /// Ends the stream.
    pub async fn close(&self) {
        let _ = written(self.0.close()).await;
    }

    /// Breaks the stream off, so that its reader doesn't take it for complete.
    pub async fn abort(&self) {
        let _ = written(self.0.abort()).await;
    }
}

async fn written(promise: Promise) -> Result<(), Left> {
    settled(promise).await.is_truthy().then_some(()).ok_or(Left)
}
