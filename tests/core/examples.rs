//! No field lost, no value changed: every example body of a typed operation is decoded, encoded
//! again and compared as JSON.
//!
//! The bodies are Intercom's own examples, read in place from `../shared/intercom/`, outside this
//! repository. So the test is ignored unless `cargo test -- --include-ignored` asks for it.
//! `INTERCOM_EXAMPLES=a.jsonl:b.jsonl cargo test --test examples -- --ignored` runs it on other files
//! of the same form, `{version, method, path, operationId, status, kind, body}` a line.

#![allow(clippy::indexing_slicing, clippy::panic)]

use intercom_edge::model::{
    Admin, Company, Contact, Conversation, DataAttribute, DataEvent, ErrorList, List, Me, Message,
    NewMessage, NewReply, Note, Search, Segment, Tag,
};
use intercom_edge::v1;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Decodes a body and encodes it again.
type RoundTrip = fn(&str) -> serde_json::Result<Value>;

fn through<T: DeserializeOwned + Serialize>(body: &str) -> serde_json::Result<Value> {
    serde_json::to_value(serde_json::from_str::<T>(body)?)
}

/// How an example's body is typed; `None` for what this crate doesn't type.
fn typed(example: &Value) -> Option<RoundTrip> {
    let text = |key: &str| example.get(key).and_then(Value::as_str).unwrap_or_default();
    if !example.get("body")?.is_object() {
        return None;
    }
    if example.get("status").and_then(Value::as_u64).is_some_and(|status| status >= 400) {
        return Some(through::<ErrorList>);
    }
    match text("version").starts_with("1.") {
        true => typed_1x(text("method"), text("path"), text("kind")),
        false => typed_2x(text("operationId"), text("kind")),
    }
}

fn typed_2x(operation: &str, kind: &str) -> Option<RoundTrip> {
    Some(match (operation, kind) {
        ("ListContacts" | "SearchContacts" | "ListAttachedContacts", "response") => {
            through::<List<Contact>>
        }
        ("SearchContacts" | "searchConversations", "request") => through::<Search>,
        (
            "ShowContact"
            | "ShowContactByExternalId"
            | "CreateContact"
            | "UpdateContact"
            | "MergeContact"
            | "DeleteContact",
            _,
        ) => through::<Contact>,
        ("listAdmins", "response") => through::<List<Admin>>,
        ("retrieveAdmin" | "setAwayAdmin", "response") => through::<Admin>,
        ("identifyAdmin", "response") => through::<Me>,
        ("createMessage", "request") => through::<NewMessage>,
        ("createMessage", "response") => through::<Message>,
        ("listTags" | "listTagsForAContact", "response") => through::<List<Tag>>,
        (
            "createTag"
            | "findTag"
            | "attachTagToContact"
            | "detachTagFromContact"
            | "attachTagToConversation"
            | "detachTagFromConversation"
            | "attachTagToTicket"
            | "detachTagFromTicket",
            "response",
        ) => through::<Tag>,
        (
            "listSegments" | "listSegmentsForAContact" | "ListAttachedSegmentsForCompanies",
            "response",
        ) => through::<List<Segment>>,
        ("retrieveSegment", "response") => through::<Segment>,
        (
            "retrieveCompany"
            | "listAllCompanies"
            | "scrollOverAllCompanies"
            | "listCompaniesForAContact",
            "response",
        ) => through::<List<Company>>,
        (
            "RetrieveACompanyById"
            | "UpdateCompany"
            | "createOrUpdateCompany"
            | "attachContactToACompany"
            | "detachContactFromACompany",
            "response",
        ) => through::<Company>,
        ("listNotes", "response") => through::<List<Note>>,
        ("createNote" | "retrieveNote", "response") => through::<Note>,
        ("listConversations" | "searchConversations", "response") => through::<List<Conversation>>,
        (
            "retrieveConversation"
            | "updateConversation"
            | "replyConversation"
            | "manageConversation"
            | "attachContactToConversation"
            | "detachContactFromConversation",
            "response",
        ) => through::<Conversation>,
        ("replyConversation", "request") => through::<NewReply>,
        ("createConversation", "response") => through::<Message>,
        ("lisDataAttributes", "response") => through::<List<DataAttribute>>,
        ("createDataAttribute" | "updateDataAttribute", "response") => through::<DataAttribute>,
        ("lisDataEvents", "response") => through::<List<DataEvent>>,
        _ => return None,
    })
}

fn typed_1x(method: &str, path: &str, kind: &str) -> Option<RoundTrip> {
    let path = path.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    Some(match (method, segments.as_slice(), kind) {
        ("GET", ["users" | "contacts"] | ["users" | "contacts", "scroll"], "response") => {
            through::<v1::UserList>
        }
        ("GET", ["users" | "contacts", _], _) | ("POST", ["users"], _) => through::<v1::User>,
        ("GET", ["admins"], _) => through::<List<Admin>>,
        ("GET", ["admins", _], _) => through::<Admin>,
        ("GET", ["me"], _) => through::<Me>,
        ("POST", ["messages"], "request") => through::<NewMessage>,
        ("POST", ["messages"], "response") => through::<v1::AdminMessage>,
        ("GET", ["companies"], _) => through::<List<Company>>,
        ("GET", ["companies", _], _) => through::<Company>,
        ("GET", ["segments", _], _) => through::<Segment>,
        ("GET", ["tags"], _) => through::<List<Tag>>,
        ("POST", ["tags"], _) => through::<Tag>,
        _ => return None,
    })
}

/// Says it past the test harness, which swallows what a passing test prints.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn files() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("INTERCOM_EXAMPLES") {
        return std::env::split_paths(&named).collect();
    }
    ["examples-2.14.jsonl", "examples-1.x.jsonl"]
        .map(|name| PathBuf::from("../shared/intercom").join(name))
        .into()
}

#[test]
#[ignore = "reads examples in ../shared/intercom"]
fn every_example_survives_a_decode_and_an_encode() {
    let (mut checked, mut left) = (BTreeMap::new(), BTreeMap::new());
    let mut failures = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let at = format!("{}:{}", file.display(), number + 1);
            let example: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{at}: {error}"));
            let name = match example["operationId"].as_str() {
                Some(operation) => operation.to_owned(),
                None => format!(
                    "{} {}",
                    example["method"].as_str().unwrap_or("?"),
                    example["path"].as_str().unwrap_or("?"),
                ),
            };
            let Some(round_trip) = typed(&example) else {
                *left.entry(name).or_insert(0) += 1;
                continue;
            };
            *checked.entry(name).or_insert(0) += 1;
            match round_trip(&example["body"].to_string()) {
                Ok(again) if again == example["body"] => {}
                Ok(again) => failures.push(format!("{at}: {}\n  became {again}", example["body"])),
                Err(error) => failures.push(format!("{at}: {error}")),
            }
        }
    }
    let sum = |counts: &BTreeMap<String, usize>| counts.values().sum::<usize>();
    for (name, count) in &checked {
        say(&format!("checked {count:3}  {name}"));
    }
    for (name, count) in &left {
        say(&format!("left    {count:3}  {name}"));
    }
    say(&format!("{} bodies checked, {} left (not typed)", sum(&checked), sum(&left)));
    assert!(failures.is_empty(), "{} bodies changed:\n{}", failures.len(), failures.join("\n"));
    assert!(!checked.is_empty(), "no body of a typed operation in these files");
}
