//! What each call sends, to the byte, and that no id can leave its place in the path.

#![allow(clippy::panic)]

use intercom_edge::call::conversation::Assignee;
use intercom_edge::call::export::{self, ExportQuery, Exported};
use intercom_edge::call::{
    Accept, Call, Format, IdempotencyKey, InvalidArgument, JsonText, Method, PageRequest, admin,
    batch, caller, company, contact, conversation, data_attribute, event, is_repeatable, live,
    note, notify, outbox, raw, segment, tag, template, visitor,
};
use intercom_edge::model::{
    Contact, DataModel, FilterValue, Group, Id, MessageType, NewMessage, NewReply, Object,
    Operator, Order, Party, Recipients, ReplyType, Role, Search, Sort,
};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The path and the query that a call asks for.
fn target<T>(call: &Call<T>) -> &str {
    call.target().unwrap_or_else(|invalid| panic!("{:?}: {invalid}", call.operation()))
}

/// What a call puts on the wire, and whether it may be repeated.
fn wire<T>(call: &Call<T>) -> (Method, &str, Option<Value>, bool) {
    let body = call.body().map(|body| {
        serde_json::from_str(body).unwrap_or_else(|error| panic!("the body is no JSON: {error}"))
    });
    let (method, target) = (call.operation().method, target(call));
    (method, target, body, is_repeatable(method.as_str(), target))
}

fn reads(target: &str) -> (Method, &str, Option<Value>, bool) {
    (Method::Get, target, None, true)
}

fn page(per_page: u32, starting_after: &str) -> PageRequest<'_> {
    PageRequest { per_page: Some(per_page), after: Some(starting_after.into()) }
}

fn first() -> PageRequest<'static> {
    PageRequest::default()
}

fn key() -> IdempotencyKey {
    IdempotencyKey::new("order-4711").unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// A call, whatever its response is.
struct Made {
    /// The operation's name.
    name: String,
    target: Result<String, InvalidArgument>,
    /// The target of the same call with an idempotency key.
    with_key: Result<String, InvalidArgument>,
}

fn made<T>(call: &Call<T>) -> Made {
    Made {
        name: call.operation().to_string(),
        target: call.target().map(str::to_owned),
        with_key: call.clone().with_key(key()).target().map(str::to_owned),
    }
}

/// Every call with a path parameter, each parameter filled with the same id.
fn calls_of(id: &str) -> Vec<Made> {
    let (body, page) = (Object::new(), first());
    vec![
        made(&admin::get(id)),
        made(&batch::get(id)),
        made(&batch::watch(id)),
        made(&batch::pause(id)),
        made(&batch::resume(id)),
        made(&batch::cancel(id)),
        made(&batch::result(id, Format::Csv)),
        made(&batch::result(id, Format::Ndjson)),
        made(&company::get(id)),
        made(&company::contacts(id, &page)),
        made(&company::update(id, &body)),
        made(&contact::get(id)),
        made(&contact::find_by_external_id(id)),
        made(&contact::update(id, &body)),
        made(&contact::archive(id)),
        made(&contact::unarchive(id)),
        made(&contact::delete(id)),
        made(&contact::tags(id)),
        made(&contact::add_tag(id, "7")),
        made(&contact::remove_tag(id, id)),
        made(&contact::companies(id, &page)),
        made(&contact::add_company(id, "7")),
        made(&contact::remove_company(id, id)),
        made(&contact::notes(id, &page)),
        made(&contact::add_note(id, &body)),
        made(&contact::segments(id)),
        made(&conversation::get(id)),
        made(&conversation::reply(id, &body)),
        made(&conversation::assign(id, "7", Assignee::Admin("8"), None)),
        made(&conversation::close(id, "7", None)),
        made(&conversation::open(id, "7")),
        made(&data_attribute::update(id, &body)),
        made(&note::get(id)),
        made(&outbox::get(id)),
        made(&outbox::retry(id)),
        made(&segment::get(id)),
        made(&tag::get(id)),
        made(&tag::delete(id)),
        made(&template::get(id, None)),
        made(&template::put(id, &body)),
        made(&template::delete(id)),
        made(&template::preview(id, &body)),
    ]
}

/// Every call whose path has no parameter.
fn calls_of_nobody() -> Vec<Made> {
    let (body, page) = (Object::new(), first());
    vec![
        made(&admin::list()),
        made(&admin::me()),
        made(&batch::create(&body)),
        made(&batch::list(&page)),
        made(&caller::whoami()),
        made(&company::list(company::CompanyFilter::default(), &page)),
        made(&company::find_by_company_id("762")),
        made(&company::find_by_name("ACME")),
        made(&company::scroll(None)),
        made(&company::save(&body)),
        made(&export::start(&export::ExportQuery::default())),
        made(&contact::list(&page)),
        made(&contact::search(&body, &page)),
        made(&contact::create(&body)),
        made(&contact::merge("5", "6")),
        made(&conversation::list(&page)),
        made(&conversation::search(&body, &page)),
        made(&data_attribute::list(None, false)),
        made(&data_attribute::create(&body)),
        made(&event::create(&body)),
        made(&event::list(&[("user_id", "joe")], &page)),
        made(&live::connect("t")),
        made(&live::ticket(&body)),
        made(&notify::send(&body)),
        made(&outbox::send(&body)),
        made(&outbox::list(&outbox::MessageFilter::default(), &page)),
        made(&segment::list()),
        made(&segment::list_with_counts()),
        made(&tag::list()),
        made(&tag::save(&body)),
        made(&template::list()),
        made(&visitor::find("joe")),
        made(&visitor::update(&body)),
        made(&visitor::convert(&body)),
    ]
}

#[test]
fn every_get_reads_its_path_without_a_body() {
    assert_eq!(wire(&admin::list()), reads("/admins"));
    assert_eq!(wire(&admin::get("814860")), reads("/admins/814860"));
    assert_eq!(wire(&admin::me()), reads("/me"));
    assert_eq!(wire(&tag::list()), reads("/tags"));
    assert_eq!(wire(&segment::list()), reads("/segments"));
    assert_eq!(wire(&contact::get("6762f0d0")), reads("/contacts/6762f0d0"));
    assert_eq!(
        wire(&contact::find_by_external_id("john_doe")),
        reads("/contacts/find_by_external_id/john_doe"),
    );
}

#[test]
fn a_list_of_contacts_names_only_what_was_asked() {
    assert_eq!(wire(&contact::list(&first())), reads("/contacts"));
    let fifty = PageRequest { per_page: Some(50), after: None };
    assert_eq!(wire(&contact::list(&fifty)), reads("/contacts?per_page=50"));
    let after = PageRequest { per_page: None, after: Some("WzE3".into()) };
    assert_eq!(wire(&contact::list(&after)), reads("/contacts?starting_after=WzE3"));
    assert_eq!(PageRequest { per_page: None, after: None }, first());
}

#[test]
fn a_cursor_reaches_intercom_as_it_came() {
    // Base64 has `+`, `/` and `=`: unencoded, a `+` would arrive as a space.
    assert_eq!(
        wire(&contact::list(&page(150, "W+/z==&per_page=1#x"))),
        reads("/contacts?per_page=150&starting_after=W%2B%2Fz%3D%3D%26per_page%3D1%23x"),
    );
}

#[test]
fn an_export_names_what_was_asked() {
    assert_eq!(wire(&export::start(&ExportQuery::default())), reads("/edge/export?of=contacts"));
    let all = ExportQuery {
        of: Exported::Contacts,
        role: Some(Role::Lead),
        format: Format::Ndjson,
        fields: Some("id,custom_attributes.a b"),
        since: Some("W+/="),
        overlap: Some(0),
        markers: true,
        resume: Some("r&1"),
    };
    let query =
        "of=contacts&role=lead&fields=id%2Ccustom_attributes.a%20b&since=W%2B%2F%3D&overlap=0";
    let target = format!("/edge/export?{query}&markers=true&resume=r%261");
    assert_eq!(wire(&export::start(&all)), reads(&target));
    for of in Exported::ALL {
        let file = ExportQuery { of, format: Format::Csv, ..ExportQuery::default() };
        let target = format!("/edge/export?of={}&format=csv", of.as_str());
        assert_eq!(wire(&export::start(&file)), reads(&target));
        assert_eq!(export::start(&file).accept(), Accept::File);
    }
}

#[test]
fn companies_page_by_number() {
    let all = company::CompanyFilter::default();
    assert_eq!(wire(&company::list(all, &first())), reads("/companies"));
    assert_eq!(
        wire(&company::list(all, &PageRequest::number(1, None))),
        reads("/companies?page=1")
    );
    assert_eq!(
        wire(&company::list(all, &PageRequest::number(3, Some(60)))),
        reads("/companies?page=3&per_page=60")
    );
}

#[test]
fn a_cursor_that_is_a_query_takes_the_place_of_the_page_and_of_nothing_else() {
    let tagged = company::CompanyFilter { tag_id: Some("7"), segment_id: None };
    for (query, asked) in [
        ("?page=2&per_page=60", "/companies?tag_id=7&page=2&per_page=60"),
        ("?tag_id=9&page=2", "/companies?tag_id=7&page=2"),
        ("?page=2&tag_id=9&tag_id=8", "/companies?tag_id=7&page=2"),
        ("?%74ag_id=9&page=2", "/companies?tag_id=7&page=2"),
        ("?tag_id&page=2", "/companies?tag_id=7&page=2"),
        ("?tag_id=7", "/companies?tag_id=7"),
        ("?&&page=2&", "/companies?tag_id=7&page=2"),
        ("?name=a%20b%2Bc", "/companies?tag_id=7&name=a%20b%2Bc"),
        ("?after=next page", "/companies?tag_id=7&after=next%20page"),
        ("?after", "/companies?tag_id=7&after"),
        ("?page=2#x\\\r\n\"<é>", "/companies?tag_id=7&page=2%23x%5C%0D%0A%22%3C%C3%A9%3E"),
        ("?", "/companies?tag_id=7"),
    ] {
        let page = PageRequest { per_page: None, after: Some(query.into()) };
        assert_eq!(wire(&company::list(tagged, &page)), reads(asked), "for the cursor {query}");
    }
    let page =
        PageRequest { per_page: None, after: Some("?type=lead&user_id=ann&before=144".into()) };
    assert_eq!(
        wire(&event::list(&[("user_id", "joe")], &page)),
        reads("/events?type=user&user_id=joe&before=144")
    );
    assert_eq!(
        wire(&contact::list(&PageRequest::number(2, None))),
        reads("/contacts?page=2"),
        "the first parameter follows a question mark"
    );
}

/// Who decodes them could take them for the call's own.
#[test]
fn a_cursor_gives_no_parameter_whose_name_is_not_plain_letters() {
    let tagged = company::CompanyFilter { tag_id: Some("7"), segment_id: None };
    for pair in
        ["%70age=3", "tag%5Fid=9", "tag_id[]=9", "Tag_id=9", "next page", "=9", "tag id=9", "é=9"]
    {
        for query in [format!("?{pair}&page=2"), format!("?page=2&{pair}")] {
            let page = PageRequest { per_page: None, after: Some((&query).into()) };
            let call = company::list(tagged, &page);
            assert_eq!(wire(&call), reads("/companies?tag_id=7&page=2"), "for the cursor {query}");
        }
    }
}

#[test]
fn companies_notes_events_and_visitors_are_found_by_what_they_are_asked_by() {
    let tagged = company::CompanyFilter { tag_id: Some("7"), segment_id: None };
    assert_eq!(
        wire(&company::list(tagged, &PageRequest::number(2, Some(60)))),
        reads("/companies?tag_id=7&page=2&per_page=60")
    );
    let of_segment = company::CompanyFilter { tag_id: None, segment_id: Some("5f&") };
    assert_eq!(wire(&company::list(of_segment, &first())), reads("/companies?segment_id=5f%26"));
    assert_eq!(wire(&company::find_by_name("A & B")), reads("/companies?name=A%20%26%20B"));
    assert_eq!(wire(&company::find_by_company_id("7/6")), reads("/companies?company_id=7%2F6"));
    assert_eq!(wire(&company::get("5f")), reads("/companies/5f"));
    let scrolls = |target| (Method::Get, target, None, false);
    assert_eq!(wire(&company::scroll(None)), scrolls("/companies/scroll"));
    let after = "/companies/scroll?scroll_param=a%2Bb";
    assert_eq!(wire(&company::scroll(Some("a+b"))), scrolls(after));
    assert_eq!(
        wire(&company::contacts("5f", &PageRequest::number(1, Some(50)))),
        reads("/companies/5f/contacts?page=1&per_page=50")
    );
    assert_eq!(wire(&note::get("17")), reads("/notes/17"));
    let two = PageRequest { per_page: Some(2), after: None };
    assert_eq!(
        wire(&event::list(&[("email", "a@b.c")], &two)),
        reads("/events?type=user&email=a%40b.c&per_page=2")
    );
    assert_eq!(wire(&visitor::find("a b")), reads("/visitors?user_id=a%20b"));
    assert_eq!(wire(&segment::list_with_counts()), reads("/segments?include_count=true"));
}

#[test]
fn every_change_is_a_write() {
    let writes = |method, target, body| (method, target, body, false);
    let object = Object::from_iter([("name".to_owned(), json!("X"))]);
    let body = || Some(json!({"name": "X"}));
    let contact = Contact { name: "X".into(), ..Contact::default() };
    assert_eq!(wire(&contact::create(&contact)), writes(Method::Post, "/contacts", body()));
    assert_eq!(wire(&contact::update("5", &contact)), writes(Method::Put, "/contacts/5", body()));
    assert_eq!(
        wire(&contact::archive("5")),
        writes(Method::Post, "/contacts/5/archive", Some(json!({})))
    );
    assert_eq!(wire(&contact::delete("5")), writes(Method::Delete, "/contacts/5", None));
    assert_eq!(
        wire(&contact::merge("5", "6")),
        writes(Method::Post, "/contacts/merge", Some(json!({"from": "5", "into": "6"})))
    );
    assert_eq!(wire(&company::save(&object)), writes(Method::Post, "/companies", body()));
    assert_eq!(wire(&company::update("7", &object)), writes(Method::Put, "/companies/7", body()));
    let id = Some(json!({"id": "7"}));
    assert_eq!(
        wire(&contact::add_company("5", "7")),
        writes(Method::Post, "/contacts/5/companies", id.clone())
    );
    assert_eq!(
        wire(&contact::remove_company("5", "7")),
        writes(Method::Delete, "/contacts/5/companies/7", None)
    );
    assert_eq!(
        wire(&contact::unarchive("5")),
        writes(Method::Post, "/contacts/5/unarchive", Some(json!({})))
    );
    assert_eq!(wire(&contact::add_tag("5", "7")), writes(Method::Post, "/contacts/5/tags", id));
    assert_eq!(wire(&tag::save(&object)), writes(Method::Post, "/tags", body()));
    assert_eq!(wire(&tag::delete("9")), writes(Method::Delete, "/tags/9", None));
    assert_eq!(
        wire(&contact::remove_tag("5", "9")),
        writes(Method::Delete, "/contacts/5/tags/9", None)
    );
    assert_eq!(
        wire(&contact::add_note("5", &object)),
        writes(Method::Post, "/contacts/5/notes", body())
    );
    assert_eq!(wire(&event::create(&object)), writes(Method::Post, "/events", body()));
    assert_eq!(
        wire(&data_attribute::create(&object)),
        writes(Method::Post, "/data_attributes", body())
    );
    assert_eq!(
        wire(&data_attribute::update("12", &object)),
        writes(Method::Put, "/data_attributes/12", body())
    );
    assert_eq!(wire(&visitor::update(&object)), writes(Method::Put, "/visitors", body()));
    assert_eq!(wire(&visitor::convert(&object)), writes(Method::Post, "/visitors/convert", body()));
}

#[test]
fn what_belongs_to_a_person_is_listed_below_the_person() {
    assert_eq!(wire(&contact::tags("5f")), reads("/contacts/5f/tags"));
    assert_eq!(wire(&contact::segments("5f")), reads("/contacts/5f/segments"));
    assert_eq!(
        wire(&contact::notes("5f", &PageRequest::number(2, Some(9)))),
        reads("/contacts/5f/notes?page=2&per_page=9")
    );
    assert_eq!(
        wire(&contact::companies("5f", &PageRequest::number(1, Some(60)))),
        reads("/contacts/5f/companies?page=1&per_page=60")
    );
    let fifty = PageRequest { per_page: Some(50), after: None };
    assert_eq!(wire(&contact::notes("5f", &fifty)), reads("/contacts/5f/notes?per_page=50"));
}

#[test]
fn tags_segments_and_data_attributes_are_read() {
    assert_eq!(wire(&tag::get("9")), reads("/tags/9"));
    assert_eq!(wire(&segment::get("9")), reads("/segments/9"));
    assert_eq!(wire(&data_attribute::list(None, false)), reads("/data_attributes"));
    assert_eq!(
        wire(&data_attribute::list(Some(DataModel::Company.as_str()), true)),
        reads("/data_attributes?model=company&include_archived=true")
    );
}

#[test]
fn conversations_are_listed_searched_and_read() {
    assert_eq!(
        wire(&conversation::list(&page(150, "W+/z=="))),
        reads("/conversations?per_page=150&starting_after=W%2B%2Fz%3D%3D")
    );
    assert_eq!(wire(&conversation::get("503")), reads("/conversations/503"));
    let search = Search { query: Group::equals("state", "open").into(), ..Search::default() };
    let body = json!({"query": {"field": "state", "operator": "=", "value": "open"}});
    assert_eq!(
        wire(&conversation::search(&search, &first())),
        (Method::Post, "/conversations/search", Some(body), true)
    );
}

#[test]
fn what_is_done_to_a_conversation_is_a_write_by_an_admin() {
    let done = |target, body| (Method::Post, target, Some(body), false);
    assert_eq!(
        wire(&conversation::reply("503", &NewReply::note("7", "Call her."))),
        done(
            "/conversations/503/reply",
            json!({"message_type": "note", "type": "admin", "admin_id": "7", "body": "Call her."})
        )
    );
    let by_contact = NewReply {
        r#type: "user".into(),
        message_type: ReplyType::Comment.into(),
        intercom_user_id: Id::from("6762f157").into(),
        body: "Thanks again :)".into(),
        ..NewReply::default()
    };
    assert_eq!(
        wire(&conversation::reply("last", &by_contact)),
        done(
            "/conversations/last/reply",
            json!({"message_type": "comment", "type": "user", "intercom_user_id": "6762f157",
            "body": "Thanks again :)"})
        )
    );
    let part = "/conversations/503/parts";
    for (to, kind, assignee) in
        [(Assignee::Admin("8"), "admin", "8"), (Assignee::Team("0"), "team", "0")]
    {
        let body = json!({"message_type": "assignment", "type": kind, "admin_id": "7",
            "assignee_id": assignee});
        assert_eq!(wire(&conversation::assign("503", "7", to, None)), done(part, body.clone()));
        let mut commented = body;
        if let Some(fields) = commented.as_object_mut() {
            fields.insert("body".into(), "Yours?".into());
        }
        let call = conversation::assign("503", "7", to, Some("Yours?"));
        assert_eq!(wire(&call), done(part, commented));
    }
    let closed = json!({"message_type": "close", "type": "admin", "admin_id": "7"});
    assert_eq!(wire(&conversation::close("503", "7", None)), done(part, closed));
    let said = json!({"message_type": "close", "type": "admin", "admin_id": "7", "body": "Bye"});
    assert_eq!(wire(&conversation::close("503", "7", Some("Bye"))), done(part, said));
    let opened = json!({"message_type": "open", "admin_id": "7"});
    assert_eq!(wire(&conversation::open("503", "7")), done(part, opened));
}

#[test]
fn a_search_posts_but_only_reads_and_its_cursor_is_in_the_body() {
    let filters = vec![
        Group::filter("role", Operator::Equals, FilterValue::Text("user".into())),
        Group::filter(
            "created_at",
            Operator::GreaterThan,
            FilterValue::Number(1_577_869_200.into()),
        ),
    ];
    let search = Search {
        query: Group::all(filters).into(),
        sort: Sort {
            field: "created_at".into(),
            order: Order::Descending.into(),
            ..Sort::default()
        }
        .into(),
        ..Search::default()
    };
    let body = json!({
        "query": {"operator": "AND", "value": [
            {"field": "role", "operator": "=", "value": "user"},
            {"field": "created_at", "operator": ">", "value": 1_577_869_200},
        ]},
        "sort": {"field": "created_at", "order": "descending"},
        "pagination": {"per_page": 150, "starting_after": "W+/z=="},
    });
    let call = contact::search(&search, &page(150, "W+/z=="));
    assert_eq!(wire(&call), (Method::Post, "/contacts/search", Some(body.clone()), true));
    let text = JsonText(serde_json::to_string(&search).unwrap_or_else(|error| panic!("{error}")));
    let call = contact::search(&text, &page(150, "W+/z=="));
    assert_eq!(wire(&call), (Method::Post, "/contacts/search", Some(body), true));
}

#[test]
fn a_search_asks_for_no_more_of_a_page_than_was_asked() {
    let query = JsonText(r#"{"query":{"field":"a","operator":"=","value":"}"}}"#.to_owned());
    let nothing = JsonText("{}".to_owned());
    let per_page = PageRequest { per_page: Some(5), after: None };
    let after = PageRequest { per_page: None, after: Some("a\"b\\".into()) };
    for (search, page, sent) in [
        (&query, &first(), query.0.as_str()),
        (&nothing, &first(), "{}"),
        (&nothing, &per_page, r#"{"pagination":{"per_page":5}}"#),
        (&nothing, &after, r#"{"pagination":{"starting_after":"a\"b\\"}}"#),
        (
            &query,
            &page(5, "W+"),
            concat!(
                r#"{"query":{"field":"a","operator":"=","value":"}"},"#,
                r#""pagination":{"per_page":5,"starting_after":"W+"}}"#,
            ),
        ),
    ] {
        assert_eq!(contact::search(search, page).body(), Some(sent));
        assert_eq!(conversation::search(search, page).body(), Some(sent));
    }
}

#[test]
fn a_body_that_was_encoded_elsewhere_is_sent_as_it_stands() {
    let text = r#"{ "name" : "Jos\u00e9", "n": 1.0, "name":null } "#;
    let body = JsonText(text.to_owned());
    assert_eq!(contact::create(&body).body(), Some(text));
    assert_eq!(contact::update("5", &body).body(), Some(text));
    assert_eq!(outbox::send(&body).body(), Some(text));
    assert_eq!(raw(Method::Post, "/tickets", Some(&body)).body(), Some(text));
}

#[test]
fn a_message_is_a_write_and_holds_what_was_given_and_nothing_else() {
    let party = |kind: &str, id: &str| Party {
        r#type: kind.into(),
        id: Id::from(id).into(),
        ..Party::default()
    };
    let email = NewMessage {
        message_type: MessageType::Email.into(),
        subject: "Hey".into(),
        body: "How are you ?".into(),
        template: "plain".into(),
        from: party("admin", "1234567").into(),
        to: Recipients::One(party("user", "5bb2f45a")).into(),
        ..NewMessage::default()
    };
    let body = json!({
        "message_type": "email", "subject": "Hey", "body": "How are you ?", "template": "plain",
        "from": {"type": "admin", "id": "1234567"}, "to": {"type": "user", "id": "5bb2f45a"},
    });
    assert_eq!(wire(&outbox::send(&email)), (Method::Post, "/messages", Some(body), false));
}

#[test]
fn an_in_app_message_says_inapp_in_one_word() {
    let message = NewMessage { message_type: MessageType::InApp.into(), ..NewMessage::default() };
    assert_eq!(wire(&outbox::send(&message)).2, Some(json!({"message_type": "inapp"})));
}

#[test]
fn a_call_read_as_another_type_sends_the_same() {
    let call = contact::search(&Search::default(), &page(5, "W+"));
    assert_eq!(wire(&call.clone().answering::<Value>()), wire(&call));
    assert_eq!(wire(&call.clone()), wire(&call));
    let call = outbox::send(&NewMessage::default()).with_key(key());
    let other = call.clone().answering::<Value>();
    assert_eq!((other.key(), other.operation()), (call.key(), call.operation()));
    assert_eq!(tag::delete("9").answering::<Value>().accept(), tag::delete("9").accept());
}

#[test]
fn methods_have_their_names() {
    let names = [Method::Get, Method::Post, Method::Put, Method::Delete].map(Method::as_str);
    assert_eq!(names, ["GET", "POST", "PUT", "DELETE"]);
}

#[test]
fn a_call_says_what_its_response_is() {
    assert_eq!(contact::get("5").accept(), Accept::Json);
    assert_eq!(event::create(&Object::new()).accept(), Accept::JsonOrNothing);
    assert_eq!(tag::delete("9").accept(), Accept::JsonOrNothing);
    assert_eq!(template::delete("news").accept(), Accept::JsonOrNothing);
    assert_eq!(raw(Method::Get, "/tickets/5", NOTHING).accept(), Accept::JsonOrNothing);
    assert_eq!(batch::watch("b1").accept(), Accept::Events);
    assert_eq!(batch::result("b1", Format::Csv).accept(), Accept::File);
    for (accept, header, is_stream) in [
        (Accept::Json, "application/json", false),
        (Accept::JsonOrNothing, "application/json", false),
        (Accept::Events, "text/event-stream", true),
        (Accept::File, "*/*", true),
    ] {
        assert_eq!((accept.as_str(), accept.is_stream()), (header, is_stream));
    }
}

// Which calls may be sent again.

#[test]
fn what_reads_may_be_repeated_except_the_scroll() {
    assert!(contact::get("5").is_repeatable());
    assert!(contact::search(&Search::default(), &first()).is_repeatable());
    assert!(template::preview("news", &Object::new()).is_repeatable());
    for scroll in [company::scroll(None), company::scroll(Some("a"))] {
        assert!(!scroll.is_repeatable(), "each request moves the workspace's one scroll on");
    }
}

#[test]
fn what_writes_may_not_be_repeated() {
    let body = Object::new();
    for (name, is_repeatable) in [
        ("create", contact::create(&body).is_repeatable()),
        ("update", contact::update("5", &body).is_repeatable()),
        ("delete", contact::delete("5").is_repeatable()),
        ("archive", contact::archive("5").is_repeatable()),
        ("reply", conversation::reply("5", &body).is_repeatable()),
        ("send", outbox::send(&body).is_repeatable()),
        ("notify", notify::send(&body).is_repeatable()),
        ("retry", outbox::retry("m1").is_repeatable()),
        ("event", event::create(&body).is_repeatable()),
    ] {
        assert!(!is_repeatable, "{name}");
    }
}

#[test]
fn a_call_that_takes_no_key_is_rejected_with_one() {
    let takes = [
        "POST /conversations/{conversation_id}/reply",
        "POST /edge/messages/batch",
        "POST /edge/notify",
        "POST /messages",
    ];
    let mut taken = Vec::new();
    for call in calls_of("5").into_iter().chain(calls_of_nobody()) {
        match call.with_key {
            Ok(target) => {
                assert_eq!(Ok(target), call.target, "a key changes no target");
                taken.push(call.name);
            }
            Err(invalid) => assert_eq!(invalid.name, "Idempotency-Key", "{}", call.name),
        }
    }
    taken.sort();
    assert_eq!(taken, takes);
}

#[test]
fn only_what_the_outbox_sends_takes_a_key() {
    use intercom_edge::call::takes_key;
    for target in [
        "/messages",
        "/messages?a=b",
        "/conversations",
        "/conversations/last/reply",
        "/tickets/5/reply",
    ] {
        assert!(takes_key("POST", target), "{target}");
        assert!(!takes_key("PUT", target), "{target}");
    }
    for target in [
        "/conversations/5/parts",
        "/conversations//reply",
        "/conversations/5/a/reply",
        "/tickets/5/parts",
        "/contacts",
        "/messages/5",
    ] {
        assert!(!takes_key("POST", target), "{target}");
    }
}

#[test]
fn a_key_hides_no_other_argument_that_is_wrong() {
    let rejected = contact::get("..").with_key(key());
    assert_eq!(rejected.target().map_err(|invalid| invalid.name), Err("contact_id"));
}

// Operations.

/// Whether the Worker's table, or its document of its own calls, has an operation of this name.
fn is_known_to_the_worker(name: &str) -> bool {
    let (method, pattern) = name.split_once(' ').unwrap_or_default();
    if pattern.starts_with("/edge/") {
        let document = include_str!("../../src/edge/openapi.json");
        let document: Value =
            serde_json::from_str(document).unwrap_or_else(|error| panic!("{error}"));
        return document
            .get("paths")
            .and_then(|paths| paths.get(pattern)?.get(method.to_lowercase()))
            .is_some();
    }
    let table = include_str!("../../src/edge/operation/table.rs");
    let row = table
        .split("Path {")
        .find(|row| row.contains(&format!("pattern: \"{pattern}\"")))
        .unwrap_or_default();
    row.contains(&format!("(\"{method}\","))
}

#[test]
fn every_operation_has_the_name_by_which_the_worker_knows_it() {
    for call in calls_of("5").into_iter().chain(calls_of_nobody()) {
        assert!(is_known_to_the_worker(&call.name), "{}", call.name);
    }
    assert_eq!(contact::get("5").operation().to_string(), "GET /contacts/{contact_id}");
    for unknown in ["GET /contacts/{id}", "PATCH /contacts/{contact_id}", "GET /edge/notify"] {
        assert!(!is_known_to_the_worker(unknown), "{unknown}");
    }
}

#[test]
fn a_name_holds_no_id() {
    for call in calls_of("joe@example.com") {
        assert!(!call.name.contains("joe"), "{}", call.name);
    }
    assert_eq!(raw(Method::Get, "/contacts/joe", NOTHING).operation().to_string(), "GET /…");
    assert_eq!(raw(Method::Put, "/contacts/joe", NOTHING).operation().to_string(), "PUT /…");
}

// Ids.

/// The target of an operation whose parameters are filled with an encoded id.
fn filled(name: &str, encoded: &str) -> String {
    let pattern = name.split(' ').nth(1).unwrap_or_default();
    let segments =
        pattern.split('/').map(|part| if part.starts_with('{') { encoded } else { part });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn an_id_is_one_segment_whatever_it_holds() {
    for (id, encoded) in [
        ("a-b.c_d~e", "a-b.c_d~e"),
        ("a/b", "a%2Fb"),
        ("../admins", "..%2Fadmins"),
        (r"..\admins", "..%5Cadmins"),
        ("...", "..."),
        (".a", ".a"),
        ("%2e%2e", "%252e%252e"),
        ("100%", "100%25"),
        ("a?per_page=1", "a%3Fper_page%3D1"),
        ("a#b", "a%23b"),
        ("a b+c", "a%20b%2Bc"),
        (" ", "%20"),
        ("joe@example.com", "joe%40example.com"),
        ("a;b,c:d=e&f", "a%3Bb%2Cc%3Ad%3De%26f"),
        ("a\r\nb\t\0", "a%0D%0Ab%09%00"),
        ("Tōkyo 🙂", "T%C5%8Dkyo%20%F0%9F%99%82"),
        ("{contact_id}", "%7Bcontact_id%7D"),
    ] {
        for call in calls_of(id) {
            let expected = filled(&call.name, encoded);
            assert_eq!(call.target, Ok(expected), "for the id {id:?}");
        }
    }
}

/// Asserts that no call takes an id, and that each names the parameter that is wrong.
#[track_caller]
fn assert_rejected(id: &str) {
    for call in calls_of(id) {
        let Err(invalid) = call.target else { panic!("{} takes the id {id:?}", call.name) };
        let parameter = format!("{{{}}}", invalid.name);
        assert!(call.name.contains(&parameter), "{} has no {parameter}", call.name);
        assert_eq!(invalid.to_string(), format!("{}: expected {}", invalid.name, invalid.expected));
    }
}

/// A URL parser (of a browser, of workerd) resolves a segment `.` or `..`, percent-encoded or not,
/// before it sends: `/contacts/find_by_external_id/..` would ask for everybody.
#[test]
fn an_id_of_dots_is_rejected() {
    for id in [".", ".."] {
        assert_rejected(id);
    }
}

/// Without an id, `/contacts/` may be answered with the list of everybody, which is no contact.
#[test]
fn an_empty_id_is_rejected() {
    assert_rejected("");
}

#[test]
fn an_id_of_more_than_2048_characters_is_rejected() {
    for longest in ["a".repeat(2048), "é".repeat(2048), "/".repeat(2048)] {
        assert!(calls_of(&longest).iter().all(|call| call.target.is_ok()), "{longest}");
    }
    for longer in ["a".repeat(2049), "é".repeat(2049), "/".repeat(2049), "x".repeat(1 << 20)] {
        assert_rejected(&longer);
    }
}

#[test]
fn each_of_two_ids_is_looked_at() {
    for wrong in ["", ".", ".."] {
        for (rejected, name) in [
            (contact::remove_tag(wrong, "7").target(), "contact_id"),
            (contact::remove_tag("5", wrong).target(), "tag_id"),
            (contact::remove_company(wrong, "7").target(), "contact_id"),
            (contact::remove_company("5", wrong).target(), "company_id"),
        ] {
            assert_eq!(rejected.map_err(|invalid| invalid.name), Err(name), "for {wrong:?}");
        }
    }
}

/// Ids of any text, among them many that try to leave their place.
fn any_id() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => any::<String>(),
        2 => r"[./\\%2eEfF?#&;: \t\n]{0,8}",
        1 => (2040..2056_usize).prop_map(|length| "a".repeat(length)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_id_is_rejected_or_is_the_second_of_two_segments(id in any_id()) {
        match contact::get(&id).target() {
            Ok(target) => {
                let segments: Vec<_> = target.split('/').collect();
                let ["", "contacts", segment] = segments[..] else {
                    return Err(TestCaseError::fail(format!("{target} has other segments")));
                };
                let decoded = percent_decode_str(segment).decode_utf8();
                prop_assert_eq!(decoded.as_deref(), Ok(id.as_str()));
                prop_assert!(target.bytes().all(|byte| byte.is_ascii_graphic()), "{}", target);
                prop_assert!(!target.contains(['?', '#', '\\']), "{}", target);
            }
            Err(invalid) => {
                prop_assert_eq!(invalid.name, "contact_id");
                let wrong = matches!(id.as_str(), "" | "." | "..") || id.len() > 2048;
                prop_assert!(wrong, "{:?} is rejected", id);
            }
        }
    }

    #[test]
    fn any_query_of_a_cursor_leaves_the_call_its_own_parameters(
        query in prop_oneof![any::<String>(), "[tag_id%67&=?#;+ 0-9]{0,20}"],
    ) {
        let tagged = company::CompanyFilter { tag_id: Some("7"), segment_id: None };
        let cursor = format!("?{query}");
        let call = company::list(tagged, &PageRequest { per_page: None, after: Some((&cursor).into()) });
        let asked = target(&call);
        prop_assert!(asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'), "{}", asked);
        let Some(parameters) = asked.strip_prefix("/companies?") else {
            return Err(TestCaseError::fail(format!("{asked} has another path")));
        };
        let name = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default();
            percent_decode_str(name).decode_utf8_lossy().into_owned()
        };
        let own: Vec<_> = parameters.split('&').filter(|pair| name(pair) == "tag_id").collect();
        prop_assert_eq!(own, ["tag_id=7"]);
    }

    #[test]
    fn any_id_that_a_call_takes_is_taken_by_a_raw_call_too(id in any_id()) {
        if let Ok(target) = contact::get(&id).target() {
            let call = raw(Method::Get, target, NOTHING);
            prop_assert_eq!(call.target(), Ok(target));
        }
    }
}

// Calls of any path.

const NOTHING: Option<&JsonText> = None;

#[test]
fn a_raw_call_asks_for_the_path_as_it_is_given() {
    for target in [
        "/",
        "/contacts",
        "/contacts/5/tags?page=2&per_page=60",
        "/contacts/joe%40example.com",
        "/contacts/..%2Fadmins",
        "/contacts/...",
        "/contacts/..a/.b/c..",
        "/contacts/%252e%252e",
        "/contacts?next=/../admins",
        "/contacts?a=..",
        "/contacts?url=https://example.com//",
        "/contacts/",
        "/edge/notify",
    ] {
        for method in [Method::Get, Method::Post, Method::Put, Method::Delete] {
            let call = raw(method, target, NOTHING);
            assert_eq!(call.target(), Ok(target));
            assert_eq!((call.operation().method, call.body()), (method, None));
        }
    }
}

#[test]
fn a_raw_call_takes_the_addresses_of_intercoms_three_hosts() {
    for host in
        ["https://api.intercom.io", "https://api.eu.intercom.io", "https://api.au.intercom.io"]
    {
        let address = format!("{host}/contacts/5/tags?page=2");
        let call = raw(Method::Get, &address, NOTHING);
        assert_eq!(call.target(), Ok("/contacts/5/tags?page=2"), "{address}");
    }
}

#[test]
fn a_raw_call_is_rejected_whose_path_a_url_parser_would_resolve_or_cut_off() {
    for path in [
        "",
        "contacts",
        "*",
        "?a=1",
        "./contacts",
        "../contacts",
        // Another host.
        "//evil.example/x",
        "//",
        "/\\evil.example/x",
        "\\\\evil.example\\x",
        "\\/evil.example",
        // Dots, encoded or not.
        "/.",
        "/..",
        "/./a",
        "/../a",
        "/a/.",
        "/a/..",
        "/a/./b",
        "/a/../b",
        "/a/../../b",
        "/a/..?b=1",
        "/a/.?b=1",
        "/a/%2e%2e/b",
        "/a/%2E%2e/b",
        "/a/.%2e/b",
        "/a/%2E./b",
        "/a/%2e/b",
        "/a/%2e%2E",
        "/%2e%2e/a",
        "/a/..\\b",
        "/a\\..\\b",
        // What a URL parser drops: then dots remain.
        "/a/.\t./b",
        "/a/.\n./b",
        "/a/.\r./b",
        "/\t/evil.example",
        "\n//evil.example",
        // Whitespace and what ends a path.
        " /a",
        "/a ",
        "/a b",
        "/a\tb",
        "/a\nb",
        "/a\r\nHost: evil.example",
        "/a\0",
        "/a\u{7f}",
        "/a#b",
        "/a?b c",
        "/a?b#c",
        "/a?b\\c",
        "/a?b\r\nc",
        "#",
        "/#/../a",
    ] {
        for method in [Method::Get, Method::Post, Method::Put, Method::Delete] {
            let rejected = raw(method, path, NOTHING);
            assert_eq!(rejected.target().map_err(|invalid| invalid.name), Err("path"), "{path:?}");
            assert!(!rejected.is_repeatable(), "{path:?}");
        }
    }
}

#[test]
fn a_raw_call_is_rejected_whose_address_is_another_hosts() {
    for address in [
        "https://evil.example/contacts",
        "https://evil.example/https://api.intercom.io/contacts",
        "https://api.intercom.io.evil.example/x",
        "https://api.intercom.io.evil.example",
        "https://api.intercom.io@evil.example",
        "https://api.intercom.io@evil.example/x",
        "https://api.intercom.io:x@evil.example/x",
        "https://api.intercom.io:8443/x",
        "https://api.intercom.io",
        "https://api.intercom.io?x",
        "https://api.intercom.io#x",
        "https://api.intercom.io\\@evil.example/x",
        "https://api.intercom.io//evil.example/x",
        "https://api.intercom.io/../x",
        "https://api.intercom.io/a/%2E%2e/b",
        "https://api.intercom.iohttps://api.intercom.io/x",
        "https://api.intercom.iox/x",
        "https://user@api.intercom.io/x",
        "https://api.us.intercom.io/x",
        "https://app.intercom.com/x",
        "http://api.intercom.io/x",
        "https:/api.intercom.io/x",
        "//api.intercom.io/x",
        "api.intercom.io/x",
        " https://api.intercom.io/x",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ] {
        let rejected = raw(Method::Get, address, NOTHING);
        assert_eq!(rejected.target().map_err(|invalid| invalid.name), Err("path"), "{address}");
    }
}

#[test]
fn a_raw_call_may_be_repeated_as_its_path_says() {
    let is_repeatable = |method, target| raw(method, target, NOTHING).is_repeatable();
    assert!(is_repeatable(Method::Get, "/tickets/5"));
    assert!(is_repeatable(Method::Post, "/tickets/search"));
    assert!(is_repeatable(Method::Post, "https://api.eu.intercom.io/contacts/search?a=1"));
    assert!(!is_repeatable(Method::Post, "/tickets"));
    assert!(!is_repeatable(Method::Put, "/tickets/5"));
    assert!(!is_repeatable(Method::Delete, "/tickets/5"));
    assert!(!is_repeatable(Method::Get, "/companies/scroll?scroll_param=a"));
}

#[test]
fn a_raw_call_takes_a_key_where_the_outbox_does() {
    for target in ["/messages", "/edge/notify", "/edge/messages/batch", "/messages?a=1"] {
        let call = raw(Method::Post, target, NOTHING).with_key(key());
        assert_eq!((call.target(), call.key()), (Ok(target), Some("order-4711")));
        assert!(call.is_repeatable());
    }
    for (method, target) in [
        (Method::Post, "/contacts"),
        (Method::Post, "/messages/"),
        (Method::Post, "/contacts?a=/messages"),
        (Method::Put, "/messages"),
        (Method::Get, "/edge/messages/batch"),
    ] {
        let rejected = raw(method, target, NOTHING).with_key(key());
        let name = rejected.target().map_err(|invalid| invalid.name);
        assert_eq!(name, Err("Idempotency-Key"), "{target}");
    }
}

#[test]
fn a_query_without_its_value_would_find_everybody_and_is_rejected() {
    for call in [
        company::find_by_company_id("").target().map(str::to_owned),
        company::find_by_name("").target().map(str::to_owned),
        visitor::find("").target().map(str::to_owned),
    ] {
        let invalid = call.map_err(|invalid| invalid.expected);
        assert_eq!(invalid, Err("a text of 1 to 2048 characters"));
    }
}

#[test]
fn a_page_goes_into_the_body_of_a_search_wherever_its_spaces_are() {
    let page = PageRequest { per_page: Some(5), after: None };
    for (search, body) in [
        ("{}", r#"{"pagination":{"per_page":5}}"#),
        ("{ }", r#"{"pagination":{"per_page":5}}"#),
        ("{\n}\n", r#"{"pagination":{"per_page":5}}"#),
        (r#"{"query": {} } "#, r#"{"query": {},"pagination":{"per_page":5}}"#),
    ] {
        let call = contact::search(&JsonText(search.to_owned()), &page);
        assert_eq!(call.body(), Some(body));
    }
}

#[test]
fn a_page_keeps_its_size_where_the_cursor_does_not_say_it() {
    let page = PageRequest { per_page: Some(7), after: Some("?page=2".into()) };
    assert_eq!(
        company::contacts("5", &page).target(),
        Ok("/companies/5/contacts?page=2&per_page=7")
    );
    let page = PageRequest { per_page: Some(7), after: Some("?page=2&per_page=9".into()) };
    assert_eq!(
        company::contacts("5", &page).target(),
        Ok("/companies/5/contacts?page=2&per_page=9")
    );
}

#[test]
fn what_json_cannot_say_is_rejected() {
    let odd = std::collections::HashMap::from([(vec![1], 1)]);
    assert!(contact::create(&odd).target().is_err_and(|invalid| invalid.name == "body"));
}
