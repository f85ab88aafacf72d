//! A reader's WebSocket, which the runtime holds while the object hibernates
//! (<https://developers.cloudflare.com/durable-objects/best-practices/websockets/>).

use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::WebSocket;

#[wasm_bindgen]
extern "C" {
    /// A WebSocket. `worker` copies each text that it sends, and deserialises attachments.
    #[derive(Clone, Debug)]
    pub type Socket;

    #[wasm_bindgen(method, catch, js_name = send)]
    fn send_text(this: &Socket, text: &JsString) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = close)]
    fn close_with(this: &Socket, code: u16, reason: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = serializeAttachment)]
    fn serialize_attachment(this: &Socket, text: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = deserializeAttachment)]
    fn deserialize_attachment(this: &Socket) -> Result<JsValue, JsValue>;
}

/// The close code after an `edge.end`. The codes from 4000 on are the application's (RFC 6455, section 7.4.2).
pub const ENDED: u16 = 4000;

impl Socket {
    /// Uses a WebSocket of `worker`.
    pub fn of(socket: &WebSocket) -> Self {
        let socket: &web_sys::WebSocket = socket.as_ref();
        socket.unchecked_ref::<Self>().clone()
    }

    /// Sends a text. The runtime reports a reader that has left by an event.
    pub fn send(&self, text: &JsString) {
        let _ = self.send_text(text);
    }

    /// Closes the WebSocket; does nothing if it is closed.
    pub fn close(&self, code: u16, reason: &str) {
        let _ = self.close_with(code, reason);
    }

    /// Confirms the close of the other side with its code, or with 1000 if that code must not be sent (RFC 6455,
    /// section 7.4.1).
    pub fn answer_close(&self, code: usize) {
        let sent = u16::try_from(code).ok().filter(|code| !matches!(code, 1004..=1006 | 1015));
        self.close(sent.unwrap_or(1000), "");
    }

    /// Stores a text that is kept during hibernation.
    pub fn attach(&self, text: &str) {
        let _ = self.serialize_attachment(text);
    }

    /// Returns the stored text.
    pub fn attached(&self) -> Option<String> {
        self.deserialize_attachment().ok()?.as_string()
    }
}
