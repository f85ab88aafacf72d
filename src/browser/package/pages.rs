//! Lists, page by page.

use super::exchange::Exchange;
use super::failure::thrown;
use super::value::ItemPage;
use super::{client_of, promise, with_key};
use crate::browser::FetchResponse;
use crate::call::{Call, PageRequest};
use crate::client::{Error, pages};
use futures_util::stream::{LocalBoxStream, StreamExt};
use js_sys::Promise;
use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The call for a page.
type PageCall = Box<dyn Fn(&PageRequest<'_>) -> Call<ItemPage>>;

type Walk = LocalBoxStream<'static, Result<ItemPage, Error<FetchResponse>>>;

/// The pages of a list, from a start on.
#[wasm_bindgen]
pub struct Pages {
    /// `None` while a page is being requested.
    walk: Rc<Cell<Option<Walk>>>,
    operation: crate::call::Operation,
}

#[wasm_bindgen]
impl Pages {
    /// Requests the next page. The promise resolves to undefined after the last page.
    pub fn next(&self) -> Promise {
        let (place, operation) = (Rc::clone(&self.walk), self.operation);
        promise(Box::pin(async move {
            let Some(mut walk) = place.take() else { return Ok(JsValue::UNDEFINED) };
            let page = walk.next().await;
            place.set(Some(walk));
            match page {
                Some(Ok(page)) => Ok(page.into_value()),
                Some(Err(error)) => Err(thrown(error, operation)),
                None => Ok(JsValue::UNDEFINED),
            }
        }))
    }
}

/// Makes the pages of a list; `call` makes the call for a page.
pub fn list<T: 'static>(
    exchange: Exchange,
    call: impl Fn(&PageRequest<'_>) -> Call<T> + 'static,
) -> Pages {
    list_untyped(exchange, Box::new(move |page| call(page).answering()))
}

/// Makes the pages of a list of any type. Not generic, so its code is compiled once.
fn list_untyped(exchange: Exchange, call: PageCall) -> Pages {
    let start = PageRequest {
        per_page: exchange.per_page(),
        after: exchange.starting_after().map(Cow::Owned),
    };
    let operation = call(&start).operation();
    let key = exchange.idempotency_key();
    let walk = pages(client_of(exchange), start, move |page| with_key(call(page), key.clone()));
    Pages { walk: Rc::new(Cell::new(Some(walk.boxed_local()))), operation }
}
