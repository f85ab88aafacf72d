//! A front end in Rust, through a Worker: lists the workspace's users in a page, and greets one of them.
//! The page calls both functions from `<script type="module">`, as wasm-bindgen exports them.

use futures_util::TryStreamExt;
use intercom_edge::browser::{Clock, Fetch};
use intercom_edge::call::{IdempotencyKey, PageRequest, admin, contact, outbox};
use intercom_edge::client::{Client, Retry, pages};
use intercom_edge::model::{Group, MessageType, NewMessage, Party, Recipients, Search};
use std::pin::pin;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

fn client(worker: &str, caller_key: &str) -> Result<Client<Fetch, Clock>, JsError> {
    Ok(Client::new(Fetch::new(worker, caller_key)?, Clock, Retry::default()))
}

/// Lists the users, page by page, in the element `users`; returns how many there are.
#[wasm_bindgen]
pub async fn list_users(worker: String, caller_key: String) -> Result<usize, JsError> {
    let document = web_sys::window().and_then(|window| window.document());
    let list = document.as_ref().and_then(|document| document.get_element_by_id("users"));
    let (Some(document), Some(list)) = (document, list) else {
        return Err(JsError::new("the page has no element `users`"));
    };
    let users = Search { query: Group::equals("role", "user").into(), ..Search::default() };
    let start = PageRequest { per_page: Some(50), after: None };
    let client = client(&worker, &caller_key)?;
    let mut people = pin!(pages(client, start, move |page| contact::search(&users, page)));
    let mut count = 0;
    while let Some(page) = people.try_next().await? {
        for user in page.items {
            let item = document.create_element("li").map_err(|_| JsError::new("no element"))?;
            item.set_text_content(user.name.as_str());
            list.append_child(&item).map_err(|_| JsError::new("no list"))?;
            count += 1;
        }
    }
    Ok(count)
}

/// Sends a message to a user, once however often it is called; returns the message's id.
#[wasm_bindgen]
pub async fn greet(worker: String, caller_key: String, user_id: String) -> Result<String, JsError> {
    let client = client(&worker, &caller_key)?;
    let user = client.send(&contact::find_by_external_id(&user_id)).await?;
    let me = client.send(&admin::me()).await?;
    let party = |kind: &str, id| Party { r#type: kind.into(), id, ..Party::default() };
    let message = NewMessage {
        message_type: MessageType::InApp.into(),
        body: "How are you?".into(),
        from: party("admin", me.id).into(),
        to: Recipients::One(party("user", user.id)).into(),
        ..NewMessage::default()
    };
    let key = IdempotencyKey::new(format!("greeting-{user_id}"))?;
    let sent = client.send(&outbox::send(&message).with_key(key)).await?;
    Ok(sent.id.get().map(ToString::to_string).unwrap_or_default())
}
