//! Tests that `openapi.json` describes the models that the Worker writes: the same fields, types, required
//! and nullable fields, and words, in both directions.

use crate::edge::outbox::batches::progress::progress;
use crate::edge::outbox::batches::store::Batch;
use crate::edge::outbox::message::Message;
use crate::edge::outbox::protocol::{StoredTemplate, Viewer};
use crate::model::json::Described;
use crate::model::{
    self, BatchState, Caller, CredentialKind, ExportProgress, ExportState, KnownRemovals, LiveEnd,
    LiveEndReason, LiveEvent, LiveGap, LiveGapReason, LiveReady, LiveTicket, MessageCounts,
    MessageKind, MessageState, OutboxMessage, Preview, Removal, RemovalReason, StateChange,
    StoredAnswer, Template, TemplateVersion,
};
use serde_json::{Value, json};

/// The fields of a message that a list leaves out.
const UNLISTED: [&str; 2] = ["request", "answer"];

fn document() -> Value {
    serde_json::from_str(include_str!("../openapi.json")).unwrap()
}

/// Finds the schema of a component.
fn component(name: &str) -> Value {
    document()["components"]["schemas"][name].clone()
}

/// Resolves a schema: without `$ref` and without the alternative `null`.
fn resolved(schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return document().pointer(reference.trim_start_matches('#')).unwrap().clone();
    }
    let alternatives = schema["oneOf"].as_array();
    match alternatives.and_then(|all| all.iter().find(|one| one["type"] != "null")) {
        Some(alternative) => resolved(alternative),
        None => schema.clone(),
    }
}

/// Lists the types that a schema allows; none if it allows any.
fn types(schema: &Value) -> Vec<String> {
    match &schema["type"] {
        Value::String(one) => vec![one.clone()],
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// Checks if a schema allows `null`.
fn is_nullable(schema: &Value) -> bool {
    let is_null = |schema: &Value| types(schema) == ["null"];
    match schema["oneOf"].as_array() {
        Some(alternatives) => alternatives.iter().any(is_null),
        None if schema.get("$ref").is_some() || schema.get("enum").is_some() => false,
        None => types(schema).is_empty() || types(schema).contains(&"null".to_owned()),
    }
}

/// Lists the names that a schema requires.
fn required(schema: &Value) -> Vec<String> {
    let names = schema["required"].as_array().unwrap();
    names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Lists the names of a schema's properties.
fn properties(schema: &Value) -> Vec<String> {
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

/// Lists the differences between a model and a schema. `unlisted`: the fields of the model that the schema leaves
/// out.
fn differences<T: Described>(schema: &Value, unlisted: &[&str]) -> Vec<String> {
    let schema = &resolved(schema);
    let mut found = Vec::new();
    let mut expect = |right: bool, difference: String| {
        if !right {
            found.push(difference);
        }
    };
    expect(schema["additionalProperties"] == false, "it is open to more fields".to_owned());
    let fields = T::FIELDS.iter().filter(|(name, ..)| !unlisted.contains(name));
    let mut names: Vec<String> = fields.clone().map(|(name, ..)| (*name).to_owned()).collect();
    if let [kind] = T::KINDS {
        names.push("type".to_owned());
        expect(schema["properties"]["type"]["const"] == *kind, format!("type isn't {kind}"));
        expect(required(schema).contains(&"type".to_owned()), "type isn't required".to_owned());
    }
    for name in properties(schema) {
        expect(names.contains(&name), format!("the model has no {name}"));
    }
    for (name, rust, typescript) in fields {
        let Some(property) = schema["properties"].get(name) else {
            expect(false, format!("the schema has no {name}"));
            continue;
        };
        // As TypeScript declares it: such a field is always there, and never null.
        let is_always = !typescript.is_empty()
            && !typescript.contains("optional")
            && !typescript.contains("Field <")
            && !typescript.contains("Field<");
        let is_required = required(schema).contains(&(*name).to_owned());
        let is_certain = is_required && !is_nullable(property);
        expect(
            is_always == is_certain,
            format!("{name} is {}always there", if is_always { "" } else { "not " }),
        );
        for difference in type_differences(property, rust) {
            expect(false, format!("{name}: {difference}"));
        }
    }
    found
}

/// Lists the differences between a field's type and a schema.
fn type_differences(schema: &Value, rust: &str) -> Vec<String> {
    let is_type = |expected: &str| {
        let types = types(schema).into_iter().filter(|one| one != "null").collect::<Vec<_>>();
        let differs = types != [expected];
        differs.then(|| format!("{rust} is described as {types:?}")).into_iter().collect()
    };
    match rust {
        "String" | "Id" => is_type("string"),
        "i64" | "Timestamp" => is_type("integer"),
        "Number" => is_type("number"),
        "bool" => is_type("boolean"),
        // Any JSON: what a caller or Intercom sent.
        "Object" => types(schema).into_iter().collect(),
        "Style" => word_differences(schema, &["plain", "personal"]),
        "MessageState" => word_differences(schema, &words(MessageState::ALL, MessageState::as_str)),
        "MessageKind" => word_differences(schema, &words(MessageKind::ALL, MessageKind::as_str)),
        "ExportState" => word_differences(schema, &words(ExportState::ALL, ExportState::as_str)),
        "KnownRemovals" => {
            word_differences(schema, &words(KnownRemovals::ALL, KnownRemovals::as_str))
        }
        "RemovalReason" => {
            word_differences(schema, &words(RemovalReason::ALL, RemovalReason::as_str))
        }
        "LiveEndReason" => {
            word_differences(schema, &words(LiveEndReason::ALL, LiveEndReason::as_str))
        }
        "LiveGapReason" => {
            word_differences(schema, &words(LiveGapReason::ALL, LiveGapReason::as_str))
        }
        "CredentialKind" => {
            word_differences(schema, &words(CredentialKind::ALL, CredentialKind::as_str))
        }
        "Vec<ErrorDetail>" => Vec::new(),
        "Vec<String>" => is_type("array"),
        "BatchState" => word_differences(schema, &words(BatchState::ALL, BatchState::as_str)),
        "TemplateVersion" => differences::<TemplateVersion>(schema, &[]),
        "StoredAnswer" => differences::<StoredAnswer>(schema, &[]),
        "Vec<StateChange>" => differences::<StateChange>(&schema["items"], &[]),
        _ => vec![format!("the test doesn't know the type {rust}")],
    }
}

fn words<T>(all: &'static [T], word: fn(&T) -> &str) -> Vec<&'static str> {
    all.iter().map(word).collect()
}

fn word_differences(schema: &Value, words: &[&str]) -> Vec<String> {
    let described = resolved(schema)["enum"].clone();
    let differs = described != json!(words);
    differs.then(|| format!("{words:?} are described as {described}")).into_iter().collect()
}

/// Checks what the Worker writes against a schema: `full` has a value in every field, and `sparse` in those
/// only that always have one.
fn check_samples(name: &str, full: &Value, sparse: &Value) {
    let schema = component(name);
    for sample in [full, sparse] {
        let sample = sample.as_object().unwrap();
        for field in sample.keys() {
            assert!(properties(&schema).contains(field), "{name}: {field} is not described");
        }
    }
    for field in properties(&schema) {
        assert!(full.get(&field).is_some_and(|value| !value.is_null()), "{name}: {field} in full");
        let property = &schema["properties"][&field];
        let is_required = required(&schema).contains(&field);
        match sparse.get(&field) {
            None => assert!(!is_required, "{name}: {field} is missing"),
            Some(Value::Null) => assert!(is_nullable(property), "{name}: {field} is null"),
            Some(_) => assert!(is_required, "{name}: {field} is always there"),
        }
    }
}

fn message(fields: Value) -> Message {
    let mut all = json!({
        "number": 1, "id": "0b8a5e0e-7c1f-4a52-9d8e-0f6f3a1f2b11", "caller": "news",
        "kind": "message", "state": "queued", "created": 1_600_000_000_999_i64,
        "history": [{"state": "queued", "at": 1_600_000_000_999_i64}], "job": "notification",
        "made": false,
    });
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

fn batch(fields: Value) -> Batch {
    let mut all = json!({
        "number": 1, "id": "0b8a5e0e-7c1f-4a52-9d8e-0f6f3a1f2b11", "caller": "news",
        "fingerprint": "", "created": 1_600_000_000_999_i64, "paused": false,
        "cancelled": false, "template": {"name": "news", "version": 2}, "sender": "7",
        "variables": {}, "duplicates": 0,
    });
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

#[test]
fn the_document_describes_the_models() {
    for (name, found) in [
        ("OutboxMessage", differences::<OutboxMessage>(&component("OutboxMessage"), &UNLISTED)),
        ("StoredMessage", differences::<OutboxMessage>(&component("StoredMessage"), &[])),
        ("MessageCounts", differences::<MessageCounts>(&component("MessageCounts"), &[])),
        ("Caller", differences::<Caller>(&component("Caller"), &[])),
        ("Batch", differences::<model::Batch>(&component("Batch"), &[])),
        ("ExportProgress", differences::<ExportProgress>(&component("ExportProgress"), &[])),
        ("Removal", differences::<Removal>(&component("Removal"), &[])),
        ("LiveEnd", differences::<LiveEnd>(&component("LiveEnd"), &[])),
        ("LiveEvent", differences::<LiveEvent>(&component("LiveEvent"), &[])),
        ("LiveGap", differences::<LiveGap>(&component("LiveGap"), &[])),
        ("LiveReady", differences::<LiveReady>(&component("LiveReady"), &[])),
        ("LiveTicket", differences::<LiveTicket>(&component("LiveTicket"), &[])),
        ("Template", differences::<Template>(&component("Template"), &[])),
        ("Preview", differences::<Preview>(&component("Preview"), &[])),
    ] {
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn a_field_on_one_side_only_is_found() {
    let schema = component("Batch");
    let changed = |change: fn(&mut Value)| {
        let mut schema = schema.clone();
        change(&mut schema);
        differences::<model::Batch>(&schema, &[])
    };
    assert_eq!(changed(|it| it["properties"]["more"] = json!({})), ["the model has no more"]);
    let removed = changed(|it| drop(it["properties"].as_object_mut().unwrap().remove("rate")));
    assert_eq!(removed, ["the schema has no rate"]);
    let nullable = changed(|it| it["properties"]["total"]["type"] = json!(["integer", "null"]));
    assert_eq!(nullable, ["total is always there"]);
    let words = changed(|it| it["properties"]["state"]["enum"] = json!(["done"]));
    assert_eq!(words.len(), 1, "{words:?}");
    let text = changed(|it| it["properties"]["total"]["type"] = json!("string"));
    assert_eq!(text.len(), 1, "{text:?}");
    let optional = changed(|it| it["required"] = json!(["type"]));
    assert!(optional.len() > 9, "{optional:?}");
}

#[test]
fn the_worker_writes_messages_as_described() {
    let full = message(json!({
        "key": "order-4711", "conversation": "5", "contact": "6", "message": "7", "batch": "8",
        "template": {"name": "news", "version": 2},
        "answer": {"status": 200, "upstream": true, "headers": []},
        "email": "ann@example.com", "name": "Ann", "subject": "Hi", "copy_of": "9",
        "history": [{
            "state": "queued", "at": 1_600_000_000_999_i64, "cause": "Because", "confirmed_by": "ann",
        }],
    }));
    let viewer = Viewer { contacts: true, rendered: true, ..Viewer::default() };
    let sparse = message(json!({}));
    let json = |message: OutboxMessage| serde_json::to_value(message).unwrap();
    let listed = [&full, &sparse].map(|message| json(message.into()));
    check_samples("OutboxMessage", &listed[0], &listed[1]);
    let shown = [
        json(full.with_bodies(&viewer, Some(b"{\"a\":1}"), b"plain text")),
        json(sparse.with_bodies(&viewer, None, b"")),
    ];
    check_samples("StoredMessage", &shown[0], &shown[1]);
    assert_eq!(shown[0]["request"], json!({"a": 1}));
    assert_eq!(shown[0]["answer"], json!({"status": 200, "body": "plain text"}));
    assert_eq!(shown[0]["created_at"], 1_600_000_000);
    assert_eq!(shown[0]["history"][0]["cause"], "Because");
    assert_eq!(shown[1]["history"], json!([{"state": "queued", "at": 1_600_000_000}]));
}

#[test]
fn a_caller_sees_recipients_and_rendered_texts_only_with_the_scopes() {
    let message = |template: Value| {
        message(json!({
            "template": template, "contact": "6", "email": "ann@example.com", "name": "Ann",
            "subject": "Hi Ann",
        }))
    };
    let template = json!({"name": "news", "version": 2});
    let subject = json!("Hi Ann");
    for (contacts, rendered, template, subject) in [
        (true, true, &template, &subject),
        (true, false, &template, &Value::Null),
        (false, false, &template, &Value::Null),
        (false, false, &Value::Null, &subject),
    ] {
        let viewer = Viewer { contacts, rendered, ..Viewer::default() };
        let message = message(template.clone());
        let listed = serde_json::to_value(message.listed(&viewer)).unwrap();
        let shown = message.with_bodies(&viewer, Some(b"{\"a\":1}"), b"{}");
        let shown = serde_json::to_value(shown).unwrap();
        for json in [&listed, &shown] {
            let case = format!("{contacts} {rendered} {template}");
            assert_eq!(json["contact_id"], "6", "{case}");
            assert_eq!(json["recipient_email"].is_string(), contacts, "{case}");
            assert_eq!(json["recipient_name"].is_string(), contacts, "{case}");
            assert_eq!(&json["subject"], subject, "{case}");
        }
        assert_eq!(shown["request"].is_object(), rendered || template.is_null());
    }
}

#[test]
fn the_worker_writes_batches_as_described() {
    let counts = [(MessageState::Sent, 3), (MessageState::Queued, 5)];
    let now = 1_600_000_004_999;
    let running = batch(json!({"search": {}, "cause": "The search was answered 500"}));
    let mut full = serde_json::to_value(progress(&running, &counts, 3, now)).unwrap();
    assert_eq!(full["finished_at"], Value::Null);
    let finished = batch(json!({"finished": now}));
    let mut sparse = serde_json::to_value(progress(&finished, &counts, 0, now)).unwrap();
    assert_eq!(sparse["state"], "done");
    // No batch is finished and goes on.
    full["finished_at"] = sparse["finished_at"].take();
    check_samples("Batch", &full, &sparse);
    let expected = json!({
        "type": "edge.batch", "id": "0b8a5e0e-7c1f-4a52-9d8e-0f6f3a1f2b11", "caller": "news",
        "state": "collecting", "created_at": 1_600_000_000, "finished_at": 1_600_000_004,
        "template": {"name": "news", "version": 2}, "total": 8, "queued": 5, "sending": 0,
        "sent": 3, "failed": 0, "unknown": 0, "duplicates": 0, "rate": 0.8,
        "estimated_end_at": 1_600_000_011, "cause": "The search was answered 500",
    });
    assert_eq!(full, expected);
}

#[test]
fn the_worker_writes_templates_as_described() {
    for style in ["plain", "personal"] {
        let stored = StoredTemplate {
            name: "news".to_owned(),
            version: 2,
            subject: "Hi".to_owned(),
            body: "<p>Hi</p>".to_owned(),
            style: style.to_owned(),
            created: 1_600_000_000_999,
        };
        let template = serde_json::to_value(Template::from(&stored)).unwrap();
        check_samples("Template", &template, &template);
        assert_eq!(
            (&template["style"], &template["created_at"]),
            (&json!(style), &json!(1_600_000_000))
        );
    }
}
