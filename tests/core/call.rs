//! What each call sends, to the byte, and that no id can leave its place in the path.

#![allow(clippy::panic)]

use intercom_edge::call::conversation::Assignee;
use intercom_edge::call::{
    Call, Method, admin, company, contact, conversation, data_attribute, event, message, note,
    segment, tag, visitor,
};
use intercom_edge::model::{
    Contact, Cursor, DataModel, Filter, Group, Id, MessageType, NewMessage, Object, Operator,
    Order, Party, Recipients, Reply, ReplyType, Search, Sort,
};
use serde_json::{Value, json};

/// What a call puts on the wire, and whether it may be sent again.
fn wire<T>(call: &Call<T>) -> (Method, &str, Option<Value>, bool) {
    let body = call.body.as_deref().map(|body| {
        serde_json::from_str(body).unwrap_or_else(|error| panic!("the body is no JSON: {error}"))
    });
    (call.method, &call.target, body, call.read)
}

fn reads(target: &str) -> (Method, &str, Option<Value>, bool) {
    (Method::Get, target, None, true)
}

fn page(per_page: i64, starting_after: &str) -> Cursor {
    Cursor { per_page: per_page.into(), starting_after: starting_after.into(), ..Cursor::default() }
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
    assert_eq!(wire(&contact::list(&Cursor::default())), reads("/contacts"));
    let fifty = Cursor { per_page: 50.into(), ..Cursor::default() };
    assert_eq!(wire(&contact::list(&fifty)), reads("/contacts?per_page=50"));
    let after = Cursor { starting_after: "WzE3".into(), ..Cursor::default() };
    assert_eq!(wire(&contact::list(&after)), reads("/contacts?starting_after=WzE3"));
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
fn companies_page_by_number() {
    assert_eq!(wire(&company::list(1, None)), reads("/companies?page=1"));
    assert_eq!(wire(&company::list(3, Some(60))), reads("/companies?page=3&per_page=60"));
}

#[test]
fn companies_notes_events_and_visitors_are_found_by_what_they_are_asked_by() {
    assert_eq!(
        wire(&company::list_by("tag_id", "7", 2, Some(60))),
        reads("/companies?page=2&per_page=60&tag_id=7")
    );
    assert_eq!(wire(&company::find_by("name", "A & B")), reads("/companies?name=A%20%26%20B"));
    assert_eq!(wire(&company::get("5f")), reads("/companies/5f"));
    assert_eq!(wire(&company::scroll(None)), reads("/companies/scroll"));
    assert_eq!(wire(&company::scroll(Some("a+b"))), reads("/companies/scroll?scroll_param=a%2Bb"));
    assert_eq!(
        wire(&company::contacts("5f", 1, 50)),
        reads("/companies/5f/contacts?page=1&per_page=50")
    );
    assert_eq!(wire(&note::get("17")), reads("/notes/17"));
    assert_eq!(
        wire(&event::list([("email", "a@b.c"), ("per_page", "2")])),
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
    assert_eq!(wire(&contact::notes("5f", 2, 9)), reads("/contacts/5f/notes?page=2&per_page=9"));
    assert_eq!(
        wire(&contact::companies("5f", 1, 60)),
        reads("/contacts/5f/companies?page=1&per_page=60")
    );
}

#[test]
fn tags_segments_and_data_attributes_are_read() {
    assert_eq!(wire(&tag::get("9")), reads("/tags/9"));
    assert_eq!(wire(&segment::get("9")), reads("/segments/9"));
    assert_eq!(wire(&data_attribute::list(None, false)), reads("/data_attributes"));
    assert_eq!(
        wire(&data_attribute::list(Some(&DataModel::Company), true)),
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
        wire(&conversation::search(&search)),
        (Method::Post, "/conversations/search", Some(body), true)
    );
}

#[test]
fn what_is_done_to_a_conversation_is_a_write_by_an_admin() {
    let done = |target, body| (Method::Post, target, Some(body), false);
    assert_eq!(
        wire(&conversation::reply("503", &Reply::note("7", "Call her."))),
        done(
            "/conversations/503/reply",
            json!({"message_type": "note", "type": "admin", "admin_id": "7", "body": "Call her."})
        )
    );
    let by_contact = Reply {
        r#type: "user".into(),
        message_type: ReplyType::Comment.into(),
        intercom_user_id: Id::from("6762f157").into(),
        body: "Thanks again :)".into(),
        ..Reply::default()
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
        assert_eq!(wire(&conversation::assign("503", "7", to)), done(part, body));
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
        Group::filter("role", Operator::Equals, Filter::Text("user".into())),
        Group::filter("created_at", Operator::GreaterThan, Filter::Number(1_577_869_200.into())),
    ];
    let search = Search {
        query: Group::all(filters).into(),
        sort: Sort {
            field: "created_at".into(),
            order: Order::Descending.into(),
            ..Sort::default()
        }
        .into(),
        pagination: page(150, "W+/z==").into(),
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
    assert_eq!(
        wire(&contact::search(&search)),
        (Method::Post, "/contacts/search", Some(body), true)
    );
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
    assert_eq!(wire(&message::create(&email)), (Method::Post, "/messages", Some(body), false));
}

#[test]
fn an_in_app_message_says_inapp_in_one_word() {
    let message = NewMessage { message_type: MessageType::InApp.into(), ..NewMessage::default() };
    assert_eq!(wire(&message::create(&message)).2, Some(json!({"message_type": "inapp"})));
}

#[test]
fn a_call_read_as_another_type_sends_the_same() {
    let call = contact::search(&Search::default());
    assert_eq!(wire(&call.clone().answering::<Value>()), wire(&call));
    assert_eq!(wire(&call.clone()), wire(&call));
}

#[test]
fn methods_have_their_names() {
    let names = [Method::Get, Method::Post, Method::Put, Method::Delete].map(Method::as_str);
    assert_eq!(names, ["GET", "POST", "PUT", "DELETE"]);
}

/// The three calls that put a caller's text into a path, and where in the path it stands.
fn with_id(id: &str) -> [(&'static str, String); 3] {
    [
        ("/admins/", admin::get(id).target),
        ("/contacts/", contact::get(id).target),
        ("/contacts/find_by_external_id/", contact::find_by_external_id(id).target),
    ]
}

#[test]
fn an_id_is_one_segment_whatever_it_holds() {
    for (id, encoded) in [
        ("a-b.c_d~e", "a-b.c_d~e"),
        ("a/b", "a%2Fb"),
        ("../admins", "..%2Fadmins"),
        (r"..\admins", "..%5Cadmins"),
        ("%2e%2e", "%252e%252e"),
        ("100%", "100%25"),
        ("a?per_page=1", "a%3Fper_page%3D1"),
        ("a#b", "a%23b"),
        ("a b+c", "a%20b%2Bc"),
        ("joe@example.com", "joe%40example.com"),
        ("a;b,c:d=e&f", "a%3Bb%2Cc%3Ad%3De%26f"),
        ("a\r\nb\t\0", "a%0D%0Ab%09%00"),
        ("Tōkyo 🙂", "T%C5%8Dkyo%20%F0%9F%99%82"),
    ] {
        for (before, target) in with_id(id) {
            assert_eq!(target, format!("{before}{encoded}"), "for the id {id:?}");
        }
    }
}

/// A URL parser (of a browser, of workerd) resolves a segment `.` or `..`, percent-encoded or not,
/// before it sends: `/contacts/find_by_external_id/..` would ask for everybody.
#[test]
fn an_id_of_dots_does_not_climb_out_of_its_path() {
    for id in [".", ".."] {
        for (before, target) in with_id(id) {
            let last = target.rsplit('/').next().unwrap_or_default().to_lowercase();
            assert!(
                !matches!(last.replace("%2e", ".").as_str(), "." | ".."),
                "{target} is not sent as it stands: {before} lost its id",
            );
            assert!(target.starts_with(before), "{target}");
        }
    }
}

/// Without an id, `/contacts/` may be answered with the list of everybody, which is no contact.
#[test]
fn an_empty_id_does_not_ask_for_a_list() {
    for (before, target) in with_id("") {
        assert_ne!(target, before, "an empty id leaves no segment");
    }
}
