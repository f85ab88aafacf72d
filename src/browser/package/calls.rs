//! The exports: one per call, named after the call's module and function. Ids and other names are
//! unchecked values from a page. A value that is not a text, is too long, or has half a surrogate
//! pair becomes the empty text, which every call rejects. Half a surrogate pair would otherwise
//! become U+FFFD, and so another name.

use super::exchange::Exchange;
use super::pages::{Pages, list};
use super::send;
use crate::call::conversation::Assignee;
use crate::call::export::{ExportQuery, Exported};
use crate::call::{
    Format, JsonText, Method, admin, batch, caller, company, contact, conversation, data_attribute,
    event, export, live, note, notify, outbox, raw, segment, tag, template,
};
use crate::model::Role;
use js_sys::{Array, JsString, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// The maximum length of a name. A longer text is not copied.
const LONGEST: u32 = 4096;

fn name(value: JsValue) -> String {
    let text = value.dyn_into::<JsString>().ok();
    let is_name = |text: &JsString| text.length() <= LONGEST && text.is_well_formed();
    text.filter(is_name).map(String::from).unwrap_or_default()
}

/// Exports calls that return one object, or nothing.
macro_rules! calls {
    ($($export:ident($($argument:ident),*) => $call:expr;)*) => {$(
        #[wasm_bindgen]
        pub fn $export(exchange: Exchange, $($argument: JsValue),*) -> Promise {
            $(let $argument = name($argument);)*
            send(exchange, $call)
        }
    )*};
}

/// Exports calls that send a body.
macro_rules! writes {
    ($($export:ident($($argument:ident),*; $body:ident) => $call:expr;)*) => {$(
        #[wasm_bindgen]
        pub fn $export(exchange: Exchange, $($argument: JsValue,)* body: String) -> Promise {
            $(let $argument = name($argument);)*
            let $body = &JsonText(body);
            send(exchange, $call)
        }
    )*};
}

/// Exports calls that list.
macro_rules! lists {
    ($($export:ident($($argument:ident),*) |$page:ident| $call:expr;)*) => {$(
        #[wasm_bindgen]
        pub fn $export(exchange: Exchange, $($argument: JsValue),*) -> Pages {
            $(let $argument = name($argument);)*
            list(exchange, move |$page| $call)
        }
    )*};
}

calls! {
    admin_get(id) => admin::get(&id);
    admin_me() => admin::me();
    batch_get(id) => batch::get(&id);
    batch_watch(id) => batch::watch(&id);
    batch_pause(id) => batch::pause(&id);
    batch_resume(id) => batch::resume(&id);
    batch_cancel(id) => batch::cancel(&id);
    batch_result_csv(id) => batch::result(&id, Format::Csv);
    batch_result_ndjson(id) => batch::result(&id, Format::Ndjson);
    caller_whoami() => caller::whoami();
    company_get(id) => company::get(&id);
    company_find_by_company_id(id) => company::find_by_company_id(&id);
    company_find_by_name(company) => company::find_by_name(&company);
    contact_get(id) => contact::get(&id);
    contact_find_by_external_id(id) => contact::find_by_external_id(&id);
    contact_archive(id) => contact::archive(&id);
    contact_unarchive(id) => contact::unarchive(&id);
    contact_delete(id) => contact::delete(&id);
    contact_merge(from, into) => contact::merge(&from, &into);
    contact_add_tag(id, tag) => contact::add_tag(&id, &tag);
    contact_remove_tag(id, tag) => contact::remove_tag(&id, &tag);
    contact_add_company(id, company) => contact::add_company(&id, &company);
    contact_remove_company(id, company) => contact::remove_company(&id, &company);
    conversation_get(id) => conversation::get(&id);
    conversation_open(id, admin) => conversation::open(&id, &admin);
    note_get(id) => note::get(&id);
    outbox_get(id) => outbox::get(&id);
    outbox_retry(id) => outbox::retry(&id);
    outbox_confirm(id) => outbox::confirm(&id);
    outbox_resend(id) => outbox::resend(&id);
    segment_get(id) => segment::get(&id);
    tag_get(id) => tag::get(&id);
    tag_delete(id) => tag::delete(&id);
    template_delete(id) => template::delete(&id);
}

writes! {
    batch_create(; batch) => batch::create(batch);
    company_save(; company) => company::save(company);
    company_update(id; company) => company::update(&id, company);
    contact_create(; contact) => contact::create(contact);
    contact_update(id; contact) => contact::update(&id, contact);
    contact_add_note(id; note) => contact::add_note(&id, note);
    conversation_reply(id; reply) => conversation::reply(&id, reply);
    data_attribute_create(; attribute) => data_attribute::create(attribute);
    data_attribute_update(id; attribute) => data_attribute::update(&id, attribute);
    event_create(; event) => event::create(event);
    live_ticket(; request) => live::ticket(request);
    notify_send(; notification) => notify::send(notification);
    outbox_send(; message) => outbox::send(message);
    tag_save(; tag) => tag::save(tag);
    template_put(id; template) => template::put(&id, template);
    template_preview(id; preview) => template::preview(&id, preview);
}

lists! {
    admin_list() |_page| admin::list();
    batch_list() |page| batch::list(page);
    company_contacts(id) |page| company::contacts(&id, page);
    contact_list() |page| contact::list(page);
    contact_companies(id) |page| contact::companies(&id, page);
    contact_notes(id) |page| contact::notes(&id, page);
    contact_segments(id) |_page| contact::segments(&id);
    contact_tags(id) |_page| contact::tags(&id);
    conversation_list() |page| conversation::list(page);
    event_list(contact) |page| event::list(&[("intercom_user_id", &contact)], page);
    segment_list() |_page| segment::list();
    segment_list_with_counts() |_page| segment::list_with_counts();
    tag_list() |_page| tag::list();
    template_list() |_page| template::list();
}

#[wasm_bindgen]
pub fn company_list(
    exchange: Exchange,
    tag_id: Option<String>,
    segment_id: Option<String>,
) -> Pages {
    list(exchange, move |page| {
        let filter =
            company::CompanyFilter { tag_id: tag_id.as_deref(), segment_id: segment_id.as_deref() };
        company::list(filter, page)
    })
}

#[wasm_bindgen]
pub fn contact_search(exchange: Exchange, search: String) -> Pages {
    let search = JsonText(search);
    list(exchange, move |page| contact::search(&search, page))
}

#[wasm_bindgen]
pub fn conversation_search(exchange: Exchange, search: String) -> Pages {
    let search = JsonText(search);
    list(exchange, move |page| conversation::search(&search, page))
}

#[wasm_bindgen]
pub fn conversation_assign(
    exchange: Exchange,
    id: JsValue,
    admin: &str,
    to: &str,
    to_team: bool,
    comment: Option<String>,
) -> Promise {
    let to = if to_team { Assignee::Team(to) } else { Assignee::Admin(to) };
    send(exchange, conversation::assign(&name(id), admin, to, comment.as_deref()))
}

#[wasm_bindgen]
pub fn conversation_close(
    exchange: Exchange,
    id: JsValue,
    admin: &str,
    comment: Option<String>,
) -> Promise {
    send(exchange, conversation::close(&name(id), admin, comment.as_deref()))
}

#[wasm_bindgen]
pub fn data_attribute_list(
    exchange: Exchange,
    model: Option<String>,
    include_archived: bool,
) -> Pages {
    list(exchange, move |_| data_attribute::list(model.as_deref(), include_archived))
}

/// Starts an export: as CSV, or as NDJSON with markers. `objects` is the name of the resource in the
/// package, such as `users`.
#[wasm_bindgen]
pub fn export_start(
    exchange: Exchange,
    objects: &str,
    csv: bool,
    fields: Option<String>,
    since: Option<String>,
    resume: Option<String>,
    overlap: Option<u32>,
) -> Promise {
    let (of, role) = match objects {
        "users" => (Exported::Contacts, Some(Role::User)),
        "leads" => (Exported::Contacts, Some(Role::Lead)),
        "companies" => (Exported::Companies, None),
        "conversations" => (Exported::Conversations, None),
        _ => (Exported::Contacts, None),
    };
    let query = ExportQuery {
        of,
        role,
        format: if csv { Format::Csv } else { Format::Ndjson },
        fields: fields.as_deref(),
        since: since.as_deref(),
        overlap,
        markers: !csv,
        resume: resume.as_deref(),
    };
    send(exchange, export::start(&query))
}

/// Returns the path and query of the WebSocket that a ticket opens.
#[wasm_bindgen]
pub fn live_target(ticket: JsValue) -> String {
    live::connect(&name(ticket)).target().map(str::to_owned).unwrap_or_default()
}

/// Reads a filter of messages: an array of texts in this order, `undefined` for each that is not given.
#[inline(never)]
fn filter_of(values: &Array) -> outbox::MessageFilter {
    let text = |at| Some(values.get(at)).filter(|value| !value.is_undefined()).map(name);
    let seconds = |at| text(at)?.parse().ok();
    outbox::MessageFilter {
        state: text(0).map(|state| state.as_str().into()),
        kind: None,
        contact_id: text(1),
        template: text(2),
        batch_id: text(3),
        caller: text(4),
        created_after: seconds(5),
        created_before: seconds(6),
    }
}

#[wasm_bindgen]
pub fn outbox_list(exchange: Exchange, filter: &Array) -> Pages {
    let filter = filter_of(filter);
    list(exchange, move |page| outbox::list(&filter, page))
}

#[wasm_bindgen]
pub fn outbox_counts(exchange: Exchange, filter: &Array) -> Promise {
    send(exchange, outbox::counts(&filter_of(filter)))
}

#[wasm_bindgen]
pub fn outbox_export(exchange: Exchange, filter: &Array) -> Promise {
    send(exchange, outbox::export(&filter_of(filter)))
}

#[wasm_bindgen]
pub fn template_get(exchange: Exchange, id: JsValue, version: Option<u32>) -> Promise {
    send(exchange, template::get(&name(id), version))
}

/// Sends a call of any path; `method` is `GET`, `POST`, `PUT` or `DELETE`.
#[wasm_bindgen]
pub fn raw_call(exchange: Exchange, method: &str, target: &str, body: Option<String>) -> Promise {
    let method = match method {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        _ => Method::Get,
    };
    send(exchange, raw(method, target, body.map(JsonText).as_ref()))
}
