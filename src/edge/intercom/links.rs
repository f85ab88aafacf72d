//! Rewrites links to Intercom in Intercom's JSON, in the few responses that have some, to lead through the
//! Worker: a client that follows a link to Intercom would send its caller key there.
//!
//! Only these responses are read before they are forwarded. All their other bytes stay unchanged.

use crate::edge::operation::Operation;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The longest response whose links are rewritten, in bytes.
pub const LIMIT: u32 = 1 << 20;

/// The members of a response that have a link, each by its path of names. `*` means every item of an array.
pub type Members = &'static [&'static [&'static str]];

/// The next page of a list. Lists of contacts, conversations and tickets have a cursor there, and aren't read.
const NEXT: Members = &[&["pages", "next"]];

/// The responses that have links, by method and path. Intercom's description of API 2.14 has a link as
/// `pages.next` of content sources, external pages and a contact's companies; its examples, of events; older
/// versions, of every list with numbered pages.
const LINKED: [(&str, &str, Members); 29] = [
    ("GET", "/admins/activity_logs", NEXT),
    ("GET", "/ai/content_import_sources", NEXT),
    ("GET", "/ai/external_pages", NEXT),
    ("GET", "/articles", NEXT),
    ("GET", "/articles/search", NEXT),
    ("GET", "/calls", CALLS),
    ("GET", "/calls/{call_id}", CALL),
    ("GET", "/companies", NEXT),
    ("GET", "/companies/{company_id}/contacts", NEXT),
    ("GET", "/companies/{company_id}/notes", NEXT),
    ("GET", "/contacts/{contact_id}/companies", NEXT),
    ("GET", "/contacts/{contact_id}/notes", NEXT),
    ("GET", "/events", NEXT),
    ("GET", "/export/content/data/{job_identifier}", JOB),
    ("GET", "/export/reporting_data/{job_identifier}", JOB),
    ("GET", "/help_center/collections", NEXT),
    ("GET", "/help_center/help_centers", NEXT),
    ("GET", "/internal_articles", NEXT),
    ("GET", "/internal_articles/search", NEXT),
    ("GET", "/jobs/status/{job_id}", JOB),
    ("GET", "/news/news_items", NEXT),
    ("GET", "/news/newsfeeds", NEXT),
    ("GET", "/news/newsfeeds/{newsfeed_id}/items", NEXT),
    ("POST", "/calls/search", CALLS),
    ("POST", "/companies/list", NEXT),
    ("POST", "/export/cancel/{job_identifier}", JOB),
    ("POST", "/export/content/data", JOB),
    ("POST", "/export/reporting_data/enqueue", JOB),
    ("POST", "/tickets/enqueue", JOB),
];

const CALL: Members = &[
    &["recording_url"],
    &["transcription_url"],
    &["fin_recording_url"],
    &["fin_transcription_url"],
];

const CALLS: Members = &[
    &["pages", "next"],
    &["data", "*", "recording_url"],
    &["data", "*", "transcription_url"],
    &["data", "*", "fin_recording_url"],
    &["data", "*", "fin_transcription_url"],
];

const JOB: Members = &[&["url"], &["resource_url"], &["download_url"]];

/// Gives the members of an operation's responses that may have a link; none for most.
pub fn of(operation: &Operation) -> Members {
    let linked = LINKED
        .iter()
        .find(|(method, pattern, _)| *pattern == operation.pattern && *method == operation.method);
    linked.map_or(&[], |(.., members)| members)
}

/// Rewrites the links of a response. `through` gives the new address of a link, or `None` to leave it. Gives
/// `None` if nothing changes.
pub fn rewrite(
    body: &str,
    members: Members,
    through: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let mut found = Vec::new();
    members.iter().for_each(|path| find(body, path, &mut found));
    let new = found.into_iter().filter_map(|link| {
        let at = link.as_ptr().addr() - body.as_ptr().addr();
        let url: String = serde_json::from_str(link).ok()?;
        Some((at..at + link.len(), serde_json::to_string(&through(&url)?).ok()?))
    });
    let mut new: Vec<_> = new.collect();
    new.sort_by_key(|(range, _)| range.start);
    let mut rewritten = body.to_owned();
    // From the end, so that the earlier ranges stay valid.
    for (range, link) in new.iter().rev() {
        rewritten.replace_range(range.clone(), link);
    }
    (!new.is_empty()).then_some(rewritten)
}

/// Rewrites the links to Intercom in the header `Link`; `None` if there are none. `at_upstream` gives the path
/// and query of an address at Intercom.
pub fn in_header<'a>(
    value: &'a str,
    origin: &str,
    at_upstream: impl Fn(&'a str) -> Option<&'a str>,
) -> Option<String> {
    let rewritten = value.split('<').map(|part| {
        let through = part.split_once('>').and_then(|(url, rest)| {
            Some(Cow::Owned([origin, at_upstream(url)?, ">", rest].concat()))
        });
        through.unwrap_or(Cow::Borrowed(part))
    });
    Some(rewritten.collect::<Vec<_>>().join("<")).filter(|rewritten| rewritten != value)
}

/// Finds the JSON text at a path.
fn find<'a>(json: &'a str, path: &[&str], found: &mut Vec<&'a str>) {
    match path {
        [] => found.push(json),
        ["*", rest @ ..] => {
            let items: Vec<&'a RawValue> = serde_json::from_str(json).unwrap_or_default();
            items.into_iter().for_each(|item| find(item.get(), rest, found));
        }
        [name, rest @ ..] => {
            let members: BTreeMap<Cow<'a, str>, &'a RawValue> =
                serde_json::from_str(json).unwrap_or_default();
            if let Some(value) = members.get(*name) {
                find(value.get(), rest, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CALL, CALLS, JOB, LINKED, Members, NEXT, in_header, of, rewrite};
    use crate::edge::operation;
    use proptest::prelude::*;

    fn through(url: &str) -> Option<String> {
        url.strip_prefix("https://intercom").map(|path| format!("http://worker{path}"))
    }

    fn rewritten(body: &str, members: Members) -> Option<String> {
        rewrite(body, members, through)
    }

    #[test]
    fn a_link_leads_through_the_worker_and_every_other_byte_stays() {
        for (body, expected) in [
            (
                r#"{"events":[{"a":1e400,"b":"\ud800"}],"pages" : {"next":"https://intercom/events?a=b","n":5}}"#,
                r#"{"events":[{"a":1e400,"b":"\ud800"}],"pages" : {"next":"http://worker/events?a=b","n":5}}"#,
            ),
            // Escaped as Rails does it.
            (
                r#"{"pages":{"next":"https:\/\/intercom\/events?a=b\u0026c=\u00e9"}}"#,
                r#"{"pages":{"next":"http://worker/events?a=b&c=é"}}"#,
            ),
            // The last of several counts, as it does for readers.
            (
                r#"{"pages":{"next":"https://intercom/1","next":"https://intercom/2"}}"#,
                r#"{"pages":{"next":"https://intercom/1","next":"http://worker/2"}}"#,
            ),
        ] {
            assert_eq!(rewritten(body, NEXT).as_deref(), Some(expected));
        }
    }

    #[test]
    fn several_links_are_rewritten_whatever_their_order() {
        let body = r#"{"transcription_url":"https://intercom/b","id":"1",
            "url":"https://intercom/","recording_url":"https://intercom/a"}"#;
        let expected = r#"{"transcription_url":"http://worker/b","id":"1",
            "url":"https://intercom/","recording_url":"http://worker/a"}"#;
        assert_eq!(rewritten(body, CALL).as_deref(), Some(expected));
        let body = r#"{"download_url":"https://intercom/download/1","url":null}"#;
        let expected = r#"{"download_url":"http://worker/download/1","url":null}"#;
        assert_eq!(rewritten(body, JOB).as_deref(), Some(expected));
    }

    #[test]
    fn links_of_every_item_are_rewritten() {
        let body = r#"{"pages":{"next":"https://intercom/n"},"data":[{"recording_url":"https://intercom/1"},
            null,[],{"fin_recording_url":"https://intercom/22","recording_url":"x"}]}"#;
        let expected = body.replace("https://intercom", "http://worker");
        assert_eq!(rewritten(body, CALLS), Some(expected));
        assert_eq!(rewritten(r#"{"data":{"recording_url":"https://intercom/1"}}"#, CALLS), None);
    }

    #[test]
    fn what_is_no_link_to_intercom_stays() {
        for body in [
            r#"{"pages":{"next":"https://elsewhere.example/events"}}"#,
            r#"{"pages":{"next":{"starting_after":"https://intercom/"}}}"#,
            r#"{"pages":{"next":null}}"#,
            r#"{"pages":null}"#,
            r#"{"pages":"https://intercom/"}"#,
            r#"{"next":"https://intercom/"}"#,
            r#"{"data":[{"pages":{"next":"https://intercom/"}}]}"#,
            r#"[{"pages":{"next":"https://intercom/"}}]"#,
            r#"{"pages":{"next":"https://intercom/"}"#,
            "",
            "null",
            "<html>",
        ] {
            assert_eq!(rewritten(body, NEXT), None, "{body}");
        }
    }

    #[test]
    fn links_of_the_header_lead_through_the_worker() {
        let through =
            |value| in_header(value, "https://worker", |url| url.strip_prefix("https://intercom"));
        for (value, expected) in [
            (
                "<https://intercom/contacts/2>; rel=\"canonical\"",
                Some("<https://worker/contacts/2>; rel=\"canonical\""),
            ),
            (
                "<https://a.example/>; rel=a, <https://intercom/b>; rel=b",
                Some("<https://a.example/>; rel=a, <https://worker/b>; rel=b"),
            ),
            ("</contacts/2>; rel=\"canonical\"", None),
            ("https://intercom/contacts/2", None),
            ("<https://intercom/contacts/2", None),
            ("", None),
        ] {
            assert_eq!(through(value).as_deref(), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_text_nothing_panics(body: String, before in "\\PC*", after in "\\PC*") {
            let _ = rewritten(&body, NEXT);
            let text = |text: &str| serde_json::to_string(text).unwrap();
            let with = |host: &str| {
                let link = text(&format!("{host}/{after}"));
                format!(r#"{{{}:[1],"pages":{{"a":{},"next":{link}}}}}"#, text(&format!("x{before}")), text(&after))
            };
            prop_assert_eq!(rewritten(&with("https://intercom"), NEXT), Some(with("http://worker")));
        }
    }

    #[test]
    fn every_answer_with_links_is_one_of_an_operation() {
        for (method, pattern, members) in LINKED {
            let path: Vec<&str> = pattern
                .split('/')
                .map(|part| if part.starts_with('{') { "5" } else { part })
                .collect();
            let operation = operation::find(method, &path.join("/")).unwrap();
            assert_eq!(
                (operation.pattern, of(&operation)),
                (pattern, members),
                "{method} {pattern}"
            );
        }
    }

    /// Every list with a link as the next page is in the table.
    #[test]
    #[ignore = "reads examples in ../shared/intercom"]
    fn the_lists_of_api_2_14_with_links_are_known() {
        let examples = std::fs::read_to_string("../shared/intercom/examples-2.14.jsonl").unwrap();
        let mut found = 0;
        for line in examples.lines() {
            let example: serde_json::Value = serde_json::from_str(line).unwrap();
            if example["kind"] != "response" || !example["body"]["pages"]["next"].is_string() {
                continue;
            }
            let [method, path] = ["method", "path"].map(|name| example[name].as_str().unwrap());
            let filled: Vec<&str> = path
                .split('/')
                .map(|part| if part.starts_with('{') { "5" } else { part })
                .collect();
            let operation = operation::find(method, &filled.join("/")).unwrap();
            assert_eq!(of(&operation), NEXT, "{method} {path}");
            found += 1;
        }
        assert!(found > 0);
    }
}
