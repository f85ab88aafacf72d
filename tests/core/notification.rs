//! What the Worker's own calls take: every rule of docs/messages.md, and that no bytes are read as
//! anything else than what they say.

#![allow(clippy::unwrap_used)]

use intercom_edge::model::{
    Audience, Content, Group, InvalidField, NewBatch, NewTemplate, Notification, PreviewRequest,
    Recipient, RequestBuilder, Style, To, is_template_name,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The field that is at fault.
fn fault<T: TryFrom<Value, Error = InvalidField>>(body: Value) -> Option<String> {
    T::try_from(body).err().map(|error| error.field)
}

fn inline() -> Value {
    json!({"to": {"id": "5bb2f45a"}, "subject": "Hi", "body": "<p>Hi</p>"})
}

fn filled() -> Value {
    json!({"to": {"email": "ann@example.com"}, "template": "welcome"})
}

/// A body with one field put in place of what it had; `null` stands for none.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    body
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(
        json!(1),
        |inner, level| if level % 2 == 0 { json!({"a": inner}) } else { json!([inner]) },
    )
}

#[test]
fn both_kinds_are_read_whole() {
    let read = Notification::try_from(inline()).unwrap();
    assert_eq!((&read.to, &read.from), (&To::id("5bb2f45a"), &None));
    let Content::Inline { subject, body, style } = read.content else { panic!("it is inline") };
    assert_eq!((subject.as_str(), body.as_str(), style), ("Hi", "<p>Hi</p>", Style::Plain));

    let body = with(filled(), "/variables", json!({"plan": {"name": "pro"}}));
    let read =
        Notification::try_from(with(body, "/from", json!({"type": "admin", "id": "814860"})))
            .unwrap();
    assert_eq!(read.to, To::email("ann@example.com"));
    assert_eq!(read.from.as_deref(), Some("814860"));
    let Content::Template { name, variables } = read.content else { panic!("it is a template") };
    assert_eq!((name.as_str(), &variables["plan"]["name"]), ("welcome", &json!("pro")));
}

#[test]
fn what_is_wrong_is_named() {
    for (body, field) in [
        (json!([]), ""),
        (json!("x"), ""),
        (json!({}), "to"),
        // Who reads.
        (with(filled(), "/to", json!("ann@example.com")), "to"),
        (with(filled(), "/to", json!({})), "to"),
        (with(filled(), "/to", json!({"id": null})), "to"),
        (with(filled(), "/to/id", json!("7")), "to"),
        (with(filled(), "/to", json!({"emial": "ann@example.com"})), "to.emial"),
        (with(filled(), "/to/email", json!(7)), "to.email"),
        (with(filled(), "/to/email", json!("ann")), "to.email"),
        (with(filled(), "/to/email", json!("@example.com")), "to.email"),
        (with(filled(), "/to/email", json!("ann@")), "to.email"),
        (with(filled(), "/to/email", json!("ann @example.com")), "to.email"),
        (with(filled(), "/to/email", json!("ann@example.com\n")), "to.email"),
        (with(filled(), "/to/email", json!(format!("{}@b.c", "a".repeat(252)))), "to.email"),
        (with(filled(), "/to", json!({"id": "a/b"})), "to.id"),
        (with(filled(), "/to", json!({"id": 7})), "to.id"),
        (with(filled(), "/to", json!({"id": ""})), "to.id"),
        (with(filled(), "/to", json!({"user_id": ".."})), "to.user_id"),
        (with(filled(), "/to", json!({"user_id": "a/b"})), "to.user_id"),
        (with(filled(), "/to", json!({"user_id": "a\u{7}"})), "to.user_id"),
        (with(filled(), "/to", json!({"user_id": "x".repeat(256)})), "to.user_id"),
        // What it says.
        (with(filled(), "/template", Value::Null), "template"),
        (with(filled(), "/template", json!("Welcome")), "template"),
        (with(filled(), "/template", json!(7)), "template"),
        (with(filled(), "/tempalte", json!("welcome")), "tempalte"),
        (with(filled(), "/subject", json!("Hi")), "subject"),
        (with(filled(), "/body", json!("Hi")), "body"),
        (with(filled(), "/style", json!("plain")), "style"),
        (with(filled(), "/variables", json!([])), "variables"),
        (with(filled(), "/variables", json!("x")), "variables"),
        (with(filled(), "/variables", nested(9)), "variables"),
        (with(filled(), "/variables", json!({"a": "x".repeat(65_536)})), "variables"),
        (with(inline(), "/variables", json!({})), "variables"),
        (with(inline(), "/subject", Value::Null), "subject"),
        (with(inline(), "/subject", json!(" \t")), "subject"),
        (with(inline(), "/subject", json!("Hi\r\nBcc: all@example.com")), "subject"),
        (with(inline(), "/subject", json!("Hi\u{2028}")), "subject"),
        (with(inline(), "/subject", json!("x".repeat(1025))), "subject"),
        (with(inline(), "/body", Value::Null), "body"),
        (with(inline(), "/body", json!("\n")), "body"),
        (with(inline(), "/body", json!(["Hi"])), "body"),
        (with(inline(), "/body", json!("x".repeat(262_145))), "body"),
        (with(inline(), "/style", json!("fancy")), "style"),
        (with(inline(), "/style", json!(true)), "style"),
        // Who sends.
        (with(inline(), "/from", json!("814860")), "from"),
        (with(inline(), "/from", json!({})), "from.type"),
        (with(inline(), "/from", json!({"type": "user", "id": "7"})), "from.type"),
        (with(inline(), "/from", json!({"type": "admin"})), "from.id"),
        (with(inline(), "/from", json!({"type": "admin", "id": 7})), "from.id"),
        (with(inline(), "/from", json!({"type": "admin", "id": "7", "name": "x"})), "from.name"),
    ] {
        let shown: String = body.to_string().chars().take(200).collect();
        assert_eq!(fault::<Notification>(body).as_deref(), Some(field), "{shown}");
    }
}

#[test]
fn the_largest_of_everything_is_taken() {
    for body in [
        with(inline(), "/subject", json!("x".repeat(1024))),
        with(inline(), "/body", json!("x".repeat(262_144))),
        with(inline(), "/body", json!("two\nlines")),
        with(inline(), "/to", json!({"user_id": "ユーザー 1"})),
        with(inline(), "/to", json!({"user_id": "auth0|john@example.com"})),
        with(inline(), "/to", json!({"email": "a@b"})),
        with(inline(), "/style", json!("personal")),
        with(inline(), "/variables", Value::Null),
        with(filled(), "/variables", nested(7)),
        with(filled(), "/variables", json!({"a": nested(7)})),
        with(filled(), "/variables", json!({"a": "x".repeat(65_536 - 8)})),
        with(filled(), "/template", json!("0.a_b-c")),
    ] {
        let shown: String = body.to_string().chars().take(200).collect();
        assert_eq!(fault::<Notification>(body), None, "{shown}");
    }
}

#[test]
fn an_error_quotes_nobody() {
    let secret = "ann.secret@example.com\n";
    for pointer in ["/to/email", "/from", "/template", "/variables", "/subject", "/style"] {
        let error = Notification::try_from(with(filled(), pointer, json!(secret))).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let error = Notification::read(b"{\"to\": ann.secret}").unwrap_err();
    assert_eq!(error.to_string(), "The body is not JSON, or nested too deep");
    let long = Notification::try_from(json!({"x\n".repeat(500): 1})).unwrap_err();
    assert_eq!(long.field, "x".repeat(64), "a name is cut, and holds no line break");
}

#[test]
fn names_of_templates() {
    for name in ["a", "7", "welcome", "welcome-2.de_ch", &"x".repeat(64)] {
        assert!(is_template_name(name), "{name}");
    }
    for name in ["", ".", "..", "-a", "_a", "A", "a b", "a/b", "ä", "a%2F", &"x".repeat(65)] {
        assert!(!is_template_name(name), "{name}");
    }
}

#[test]
fn a_builder_makes_what_json_makes_and_keeps_the_same_rules() {
    let built = Notification::inline(To::id("5bb2f45a"), "Hi", "<p>Hi</p>");
    assert_eq!(built.clone().build(), Notification::try_from(inline()));
    let all = built.style(Style::Personal).from_admin("814860").build().unwrap();
    assert_eq!(
        serde_json::to_value(&all).unwrap(),
        json!({
            "to": {"id": "5bb2f45a"}, "subject": "Hi", "body": "<p>Hi</p>", "style": "personal",
            "from": {"type": "admin", "id": "814860"},
        })
    );

    fn field<T: TryFrom<Value, Error = InvalidField>>(draft: RequestBuilder<T>) -> Option<String> {
        draft.build().err().map(|error| error.field)
    }
    let template = || Notification::template(To::email("ann@example.com"), "welcome");
    assert_eq!(field(template()), None);
    assert_eq!(field(template().variables(7)).as_deref(), Some("variables"));
    assert_eq!(field(template().style(Style::Plain)).as_deref(), Some("style"));
    assert_eq!(field(template().from_admin("")).as_deref(), Some("from.id"));
    assert_eq!(field(Notification::inline(To::id("."), "Hi", "Hi")).as_deref(), Some("to.id"));
    assert_eq!(field(NewBatch::to([], "news")).as_deref(), Some("to"));
    assert_eq!(NewTemplate::new(" ", "x", Style::Plain).unwrap_err().field, "subject");
}

#[test]
fn a_batch_names_its_people_or_searches_them() {
    let people =
        |count: usize| -> Value { (0..count).map(|n| json!({"id": n.to_string()})).collect() };
    let search = json!({"query": {"field": "role", "operator": "=", "value": "user"}});
    let body = |audience: Value| {
        let mut body = json!({"template": "news"});
        body.as_object_mut().unwrap().extend(audience.as_object().unwrap().clone());
        body
    };
    for (audience, field) in [
        (json!({}), Some("to")),
        (json!({"to": []}), Some("to")),
        (json!({"to": {"id": "7"}}), Some("to")),
        (json!({"to": people(10_000)}), None),
        (json!({"to": people(10_001)}), Some("to")),
        (json!({"to": [{"id": "7"}, "8"]}), Some("to[1]")),
        (json!({"to": [{"id": "7", "user_id": "7"}]}), Some("to[0]")),
        (json!({"to": [{"id": "7"}, {"id": "8/9"}]}), Some("to[1].id")),
        (json!({"to": [{"id": "7", "variables": 1}]}), Some("to[0].variables")),
        (json!({"to": [{"id": "7", "name": "Joe"}]}), Some("to[0].name")),
        (json!({"to": people(1), "search": search}), Some("search")),
        (json!({"search": search}), None),
        (json!({"search": []}), Some("search")),
        (json!({"search": {}}), Some("search.query")),
        (json!({"search": {"query": "all"}}), Some("search.query")),
        (json!({"search": {"query": {}, "sort": 7}}), Some("search.sort")),
        (
            json!({"search": {"query": {}, "pagination": {"per_page": 5}}}),
            Some("search.pagination"),
        ),
        (json!({"to": people(1), "version": 0}), Some("version")),
        (json!({"to": people(1), "version": "2"}), Some("version")),
        (json!({"to": people(1), "version": 1.5}), Some("version")),
        (json!({"to": people(1), "subject": "Hi"}), Some("subject")),
    ] {
        let shown: String = audience.to_string().chars().take(200).collect();
        assert_eq!(fault::<NewBatch>(body(audience)).as_deref(), field, "{shown}");
    }
    let query = Group::equals("role", "user");
    let read = NewBatch::search(&query, "news").version(2).build().unwrap();
    let Audience::Search(search) = &read.audience else { panic!("it is a search") };
    assert_eq!((search.query.get(), read.version), (Some(&query), Some(2)));
}

#[test]
fn the_same_name_of_the_same_person_has_the_same_key() {
    let key = |body: Value| Recipient::try_from(body).unwrap().key();
    let ann = key(json!({"email": "Ann@Example.COM", "variables": {"plan": "free"}}));
    assert_eq!(ann, key(json!({"email": "ann@example.com"})));
    assert_eq!(ann, "email:ann@example.com");
    assert_ne!(key(json!({"user_id": "Ann"})), key(json!({"user_id": "ann"})), "ids are exact");
    assert_ne!(key(json!({"user_id": "ann"})), key(json!({"id": "ann"})));
}

#[test]
fn templates_and_previews_keep_the_same_rules() {
    for (body, field) in [
        (json!({"subject": "Hi {{ contact.name }}", "body": "x"}), None),
        (json!({"subject": "Hi", "body": "x", "style": "personal"}), None),
        (json!({"subject": "Hi"}), Some("body")),
        (json!({"subject": "Hi\n", "body": "x"}), Some("subject")),
        (json!({"subject": "Hi", "body": "x", "style": 7}), Some("style")),
        (json!({"subject": "Hi", "body": "x", "name": "news"}), Some("name")),
    ] {
        assert_eq!(fault::<NewTemplate>(body.clone()).as_deref(), field, "{body}");
    }
    for (body, field) in [
        (json!({}), None),
        (json!({"to": {"user_id": "joe"}, "variables": {}, "version": 1}), None),
        (json!({"to": {}}), Some("to")),
        (json!({"version": -1}), Some("version")),
        (json!({"from": {"type": "admin", "id": "a/b"}}), Some("from.id")),
        (json!({"subject": "Hi"}), Some("subject")),
    ] {
        assert_eq!(fault::<PreviewRequest>(body.clone()).as_deref(), field, "{body}");
    }
}

/// Any JSON, of the field names that mean something and others.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        8 => proptest::sample::select(vec![
            "to", "id", "user_id", "email", "template", "variables", "subject", "body", "style",
            "from", "type", "version", "search", "query",
        ])
        .prop_map(str::to_owned),
        1 => ".{0,8}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        proptest::sample::select(vec!["a@b.c", "welcome", "admin", "plain", "7"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => btree_map(name.clone(), inner, 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn any_person() -> impl Strategy<Value = To> {
    prop_oneof![
        "[A-Za-z0-9_-]{1,128}".prop_map(To::Id),
        "[a-zé ]{1,40}@?[0-9|:.]{1,20}".prop_map(To::UserId),
        "[!-?A-~é]{1,40}@[a-z0-9.-]{1,80}".prop_map(To::Email),
    ]
}

fn any_variables() -> impl Strategy<Value = Value> {
    btree_map(".{0,8}", any_json(), 0..4)
        .prop_map(|entries| Value::Object(entries.into_iter().collect()))
}

fn any_notification() -> impl Strategy<Value = Notification> {
    let template = (any_person(), "[a-z0-9][a-z0-9._-]{0,63}", any_variables())
        .prop_map(|(to, name, variables)| Notification::template(to, &name).variables(variables));
    let style = prop_oneof![Just(Style::Plain), Just(Style::Personal)];
    let inline = (any_person(), "[^\\p{Cc}\u{2028}\u{2029}]{0,40}x", ".{0,80}x", style).prop_map(
        |(to, subject, body, style)| Notification::inline(to, &subject, &body).style(style),
    );
    (prop_oneof![template, inline], proptest::option::of("[a-z0-9]{1,20}")).prop_map(
        |(draft, from)| {
            let draft = match from {
                Some(id) => draft.from_admin(&id),
                None => draft,
            };
            draft.build().unwrap()
        },
    )
}

/// What was read is written as what reads as the same.
fn survives<T>(read: &T, again: fn(&[u8]) -> Result<T, InvalidField>) -> Result<(), TestCaseError>
where
    T: serde::Serialize + PartialEq + std::fmt::Debug,
{
    let json = serde_json::to_vec(read).unwrap();
    let again = again(&json);
    prop_assert_eq!(again.as_ref(), Ok(read));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200), json in any_json()) {
        for bytes in [bytes, json.to_string().into_bytes()] {
            if let Ok(read) = Notification::read(&bytes) { survives(&read, Notification::read)?; }
            if let Ok(read) = NewBatch::read(&bytes) { survives(&read, NewBatch::read)?; }
            if let Ok(read) = NewTemplate::read(&bytes) { survives(&read, NewTemplate::read)?; }
            if let Ok(read) = PreviewRequest::read(&bytes) { survives(&read, PreviewRequest::read)?; }
            if let Ok(read) = Recipient::read(&bytes) { survives(&read, Recipient::read)?; }
        }
    }

    #[test]
    fn a_notification_survives(notification in any_notification()) {
        survives(&notification, Notification::read)?;
    }

    #[test]
    fn a_batch_survives(people in vec((any_person(), any_variables()), 1..8), all in any_variables()) {
        let people = people.into_iter().map(|(to, variables)| {
            let Value::Object(variables) = variables else { unreachable!() };
            Recipient { to, variables }
        });
        survives(&NewBatch::to(people, "news").variables(all).build().unwrap(), NewBatch::read)?;
    }

    #[test]
    fn a_preview_survives(to in any_person(), variables in any_variables(), version in 1u32..) {
        let preview = PreviewRequest::draft().to(to).variables(variables).version(version);
        survives(&preview.build().unwrap(), PreviewRequest::read)?;
    }

    #[test]
    fn an_unknown_field_is_never_passed_over(name in "[a-z_]{1,20}", value in any_json()) {
        let known = ["to", "template", "subject", "body", "variables", "from", "style"];
        prop_assume!(!known.contains(&name.as_str()));
        let body = with(filled(), &format!("/{name}"), value);
        prop_assert_eq!(fault::<Notification>(body), Some(name));
    }
}
