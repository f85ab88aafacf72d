//! What the client does with Intercom's answers: what it sends again and when, what it keeps of an
//! error, and how it walks pages. The answers are scripted and the clock moves only when somebody
//! waits; an unscripted request fails its test.

#![allow(clippy::panic)]

use futures_executor::block_on;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use intercom_edge::call::{
    Call, IdempotencyKey, JsonText, Method, Nothing, PageRequest, company, contact, conversation,
    event, outbox, raw, tag, template,
};
use intercom_edge::client::{
    BufferedResponse, Client, DEADLINE, Error, Failure, Page, RateLimit, Request, Response, Retry,
    Timer, Transport, pages,
};
use intercom_edge::model::{Contact, Group, List, Message, NewMessage, Object, Search};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::pin::pin;
use std::time::Duration;

type Answer = Result<BufferedResponse, Failure>;
type Failed = Error<BufferedResponse>;

const START: Duration = Duration::from_secs(1_700_000_000);
const RETRY: Retry =
    Retry { deadline: DEADLINE, after_rate_limit: 3, after_failure: 2, jitter: Duration::ZERO };

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A request as it was sent.
#[derive(Debug)]
struct Sent {
    method: Method,
    target: String,
    body: Option<String>,
    attempt: u32,
    timeout: Duration,
    /// When, since the test began.
    at: Duration,
}

/// Intercom and the clock, both scripted.
struct Script {
    now: Cell<Duration>,
    /// By how much a wait is longer than asked for, as a browser's is in a hidden tab.
    oversleep: Duration,
    answers: RefCell<VecDeque<(Duration, Answer)>>,
    sent: RefCell<Vec<Sent>>,
}

impl Script {
    /// Answers that come at once.
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::slow(answers.into_iter().map(|answer| (Duration::ZERO, answer)))
    }

    /// Answers, and how long each takes to come.
    fn slow(answers: impl IntoIterator<Item = (Duration, Answer)>) -> Self {
        Self {
            now: Cell::new(START),
            oversleep: Duration::ZERO,
            answers: RefCell::new(answers.into_iter().collect()),
            sent: RefCell::default(),
        }
    }

    const fn client(&self) -> Client<&Self, &Self> {
        Client::new(self, self, RETRY)
    }

    /// Asks for one contact.
    fn read(&self) -> Result<Contact, Failed> {
        block_on(self.client().send(&contact::get("joe")))
    }

    /// Sends an empty message.
    fn write(&self) -> Result<Message, Failed> {
        block_on(self.client().send(&outbox::send(&NewMessage::default())))
    }

    /// Sends an empty message with an idempotency key.
    fn write_with_key(&self) -> Result<Message, Failed> {
        let key = IdempotencyKey::new("order-4711").unwrap_or_else(|invalid| panic!("{invalid}"));
        block_on(self.client().send(&outbox::send(&NewMessage::default()).with_key(key)))
    }

    fn requests(&self) -> usize {
        self.sent.borrow().len()
    }

    /// When the requests were sent, since the test began.
    fn times(&self) -> Vec<Duration> {
        self.sent.borrow().iter().map(|sent| sent.at).collect()
    }

    fn targets(&self) -> Vec<String> {
        self.sent.borrow().iter().map(|sent| sent.target.clone()).collect()
    }

    fn elapsed(&self) -> Duration {
        self.now.get() - START
    }
}

impl Transport for Script {
    type Response = BufferedResponse;

    async fn send(&self, request: Request<'_>) -> Answer {
        self.sent.borrow_mut().push(Sent {
            method: request.method(),
            target: request.target.to_owned(),
            body: request.body.map(str::to_owned),
            attempt: request.attempt,
            timeout: request.timeout,
            at: self.elapsed(),
        });
        let next = self.answers.borrow_mut().pop_front();
        let Some((takes, answer)) = next else {
            panic!("a request that nobody expected: {request:?}")
        };
        self.now.set(self.now.get() + takes.min(request.timeout));
        if takes > request.timeout { Err(Failure::Timeout) } else { answer }
    }
}

impl Timer for Script {
    fn now(&self) -> Duration {
        self.now.get()
    }

    async fn sleep(&self, pause: Duration) {
        self.now.set(self.now.get() + pause + self.oversleep);
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
    let headers =
        headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(BufferedResponse { status, headers, body: body.as_ref().to_vec() })
}

fn status(status: u16) -> Answer {
    answer(status, &[], r#"{"type":"error.list","errors":[]}"#)
}

fn joe() -> Answer {
    answer(200, &[], r#"{"type":"contact","id":"joe"}"#)
}

/// A 429 whose window turns so many seconds after the test began.
fn limited(turns_at: u64) -> Answer {
    let reset = (START + seconds(turns_at)).as_secs().to_string();
    let headers = [
        ("x-ratelimit-limit", "83"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    answer(429, &headers, r#"{"type":"error.list","errors":[{"code":"rate_limit_exceeded"}]}"#)
}

/// The error of an answer that is none.
fn error_of(answer: Answer) -> Failed {
    match answer {
        Ok(response) => Error::Status(response),
        Err(failure) => Error::Failed(failure),
    }
}

/// The status that a call ended with.
fn ended_with<T>(result: &Result<T, Failed>) -> Option<u16> {
    match result {
        Err(Error::Status(response)) => Some(response.status),
        _ => None,
    }
}

// Arguments.

#[test]
fn a_call_that_no_request_can_carry_is_not_sent() {
    let script = Script::new([]);
    let client = script.client();
    let key = IdempotencyKey::new("order-4711").unwrap_or_else(|invalid| panic!("{invalid}"));
    for (call, name) in [
        (contact::get(""), "contact_id"),
        (contact::get("."), "contact_id"),
        (contact::get(".."), "contact_id"),
        (contact::get(&"a".repeat(2049)), "contact_id"),
        (contact::find_by_external_id(".."), "external_id"),
        (contact::get("joe").with_key(key), "Idempotency-Key"),
        (raw(Method::Get, "/contacts/..", None::<&JsonText>).answering(), "path"),
    ] {
        let result = block_on(client.send(&call));
        let Err(Error::Invalid(invalid)) = result else { panic!("{name}: {result:?}") };
        assert_eq!(invalid.name, name);
        assert_eq!(Error::<()>::Invalid(invalid).to_string(), invalid.to_string());
        assert_eq!(Request::of(&call), Err(invalid));
    }
    assert_eq!((script.requests(), script.elapsed()), (0, Duration::ZERO));
}

#[test]
fn a_walk_of_a_call_that_no_request_can_carry_ends_before_it_sends() {
    let script = Script::new([]);
    let walk = pages(script.client(), PageRequest::default(), |page| contact::notes("..", page));
    let ends: Vec<_> = block_on(walk.collect());
    let [Err(Error::Invalid(invalid))] = &ends[..] else { panic!("{ends:?}") };
    assert_eq!((invalid.name, script.requests()), ("contact_id", 0));
}

// Writes.

#[test]
fn a_message_is_sent_once_whatever_happens_to_it() {
    let endings = [408, 429, 500, 502, 503, 504]
        .map(status)
        .into_iter()
        .chain([limited(1)])
        .chain([Failure::Timeout, Failure::Connection, Failure::Aborted].map(Err));
    for ending in endings {
        let script = Script::new([ending.clone()]);
        assert_eq!(script.write(), Err(error_of(ending)));
        assert_eq!(script.requests(), 1);
        assert_eq!(script.elapsed(), Duration::ZERO, "nor is anything waited for");
    }
}

#[test]
fn a_message_whose_answer_is_cut_off_is_not_sent_again() {
    let script = Script::new([answer(200, &[], r#"{"type":"admin_message","id":"#)]);
    let sent = script.write();
    assert!(matches!(sent, Err(Error::Unreadable { .. })), "{sent:?}");
    assert_eq!(script.requests(), 1);
}

// 429.

#[test]
fn a_read_is_sent_again_once_the_window_has_turned_and_not_before() {
    let script = Script::new([limited(7), joe()]);
    assert_eq!(
        script.read().map(|contact| contact.id.get().map(ToString::to_string)),
        Ok(Some("joe".into()))
    );
    let [first, second] = script.times()[..] else { panic!("{:?}", script.times()) };
    assert_eq!(first, Duration::ZERO);
    assert!(second >= seconds(7), "sent at {second:?}, before the window turned");
    assert!(second < seconds(8), "sent at {second:?}, long after the window turned");
}

#[test]
fn a_search_is_a_read_and_is_sent_again_word_for_word() {
    let script = Script::new([limited(2), answer(200, &[], r#"{"type":"list","data":[]}"#)]);
    let found = block_on(script.client().send(&contact::search(&Search::default(), &start())));
    assert!(found.is_ok(), "{found:?}");
    let sent = script.sent.borrow();
    let [first, second] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(
        (second.method, &second.target, &second.body),
        (first.method, &first.target, &first.body)
    );
    assert_eq!((first.method, first.body.as_deref()), (Method::Post, Some("{}")));
}

#[test]
fn a_window_that_turns_after_the_deadline_gives_the_429_at_once() {
    let script = Script::new([limited(31)]);
    let result = script.read();
    let Err(Error::Status(response)) = result else { panic!("{result:?}") };
    assert_eq!(Ok(response), limited(31), "with its limit headers, which say when to come back");
    assert_eq!(script.elapsed(), Duration::ZERO);
}

#[test]
fn a_429_without_limit_headers_backs_off_and_then_is_the_answer() {
    let script = Script::new([status(429), status(429), status(429), status(429)]);
    assert_eq!(ended_with(&script.read()), Some(429));
    let times = script.times();
    assert_eq!(times.len(), 1 + 3);
    let pauses: Vec<_> =
        times.iter().zip(times.iter().skip(1)).map(|(one, next)| *next - *one).collect();
    assert!(
        pauses.is_sorted() && pauses.first() >= Some(&Duration::from_millis(250)),
        "{pauses:?}"
    );
}

#[test]
fn a_429_that_never_ends_is_the_answer_after_the_agreed_tries() {
    let script = Script::new((1..=4).map(limited));
    assert_eq!(ended_with(&script.read()), Some(429));
    assert_eq!(script.requests(), 1 + 3);
}

// A 429, and then no time left.

/// How long an answer takes that never comes.
const NEVER: Duration = seconds(3_600);

#[test]
fn a_read_whose_time_runs_out_after_a_429_gives_the_429() {
    let script = Script::slow([(Duration::ZERO, limited(2)), (NEVER, joe())]);
    assert_eq!(script.read(), Err(error_of(limited(2))), "it says when to come back");
    assert_eq!((script.requests(), script.elapsed()), (2, DEADLINE));
}

#[test]
fn a_read_that_its_caller_gave_up_after_a_429_gives_the_429() {
    let script = Script::new([limited(2), Err(Failure::Aborted)]);
    assert_eq!(script.read(), Err(error_of(limited(2))));
    assert_eq!(script.requests(), 2);
}

#[test]
fn a_search_whose_time_runs_out_after_a_429_gives_the_429() {
    let script = Script::slow([(Duration::ZERO, limited(2)), (NEVER, joe())]);
    let found = block_on(script.client().send(&contact::search(&Search::default(), &start())));
    assert_eq!(found, Err(error_of(limited(2))));
}

#[test]
fn the_last_of_several_429s_is_given() {
    for last in [limited(5), status(429), answer(429, &[("retry-after", "1")], "")] {
        let answers = [limited(1), limited(3), last.clone()];
        let answers = answers.into_iter().map(|answer| (Duration::ZERO, answer));
        let script = Script::slow(answers.chain([(NEVER, joe())]));
        assert_eq!(script.read(), Err(error_of(last)));
        assert_eq!(script.requests(), 4);
    }
    let script =
        Script::slow([(Duration::ZERO, status(503)), (Duration::ZERO, limited(3)), (NEVER, joe())]);
    assert_eq!(script.read(), Err(error_of(limited(3))), "what came before it doesn't count");
}

#[test]
fn a_429_is_not_given_if_another_failure_came_after_it() {
    for between in [status(502), status(503), Err(Failure::Connection), Err(Failure::Timeout)] {
        for last in [Failure::Timeout, Failure::Aborted] {
            let takes = if last == Failure::Timeout { NEVER } else { Duration::ZERO };
            let script = Script::slow([
                (Duration::ZERO, limited(2)),
                (Duration::ZERO, between.clone()),
                (takes, Err(last)),
            ]);
            let retry = Retry { after_failure: 3, ..RETRY };
            let result = block_on(Client::new(&script, &script, retry).send(&contact::get("joe")));
            assert_eq!(result, Err(Error::Failed(last)), "after {between:?}");
            assert_eq!(script.requests(), 3);
        }
    }
}

#[test]
fn a_connection_that_fails_after_a_429_is_the_failure() {
    let script =
        Script::slow([(Duration::ZERO, limited(2)), (seconds(27), Err(Failure::Connection))]);
    assert_eq!(script.read(), Err(Error::Failed(Failure::Connection)));
    assert_eq!(script.requests(), 2);
}

#[test]
fn another_status_after_a_429_is_the_answer() {
    for code in [404, 500] {
        let script = Script::new([limited(2), status(code)]);
        assert_eq!(script.read(), Err(error_of(status(code))));
    }
}

/// It may have arrived the second time: then the limit says nothing of it.
#[test]
fn a_write_with_a_key_whose_time_runs_out_after_a_429_does_not_give_the_429() {
    let script = Script::slow([(Duration::ZERO, limited(2)), (NEVER, joe())]);
    assert_eq!(script.write_with_key(), Err(Error::Failed(Failure::Timeout)));
    assert_eq!((script.requests(), script.elapsed()), (2, DEADLINE));
    let script = Script::new([limited(2), Err(Failure::Aborted)]);
    assert_eq!(script.write_with_key(), Err(Error::Failed(Failure::Aborted)));
}

#[test]
fn a_write_with_a_key_whose_limit_never_ends_gives_the_429() {
    let script = Script::new((1..=4).map(limited));
    assert_eq!(script.write_with_key(), Err(error_of(limited(4))));
}

// Failures.

#[test]
fn a_read_without_an_answer_is_sent_again_as_often_as_agreed() {
    let failures = [502, 503, 504].map(status).into_iter();
    for ending in failures.chain([Failure::Timeout, Failure::Connection].map(Err)) {
        let script = Script::new(vec![ending.clone(); 3]);
        assert_eq!(script.read(), Err(error_of(ending)));
        assert_eq!(script.requests(), 1 + 2);
        assert!(script.elapsed() > Duration::ZERO, "there is a pause between");
    }
}

#[test]
fn a_read_that_recovers_gives_the_value() {
    let script = Script::new([status(503), Err(Failure::Connection), joe()]);
    assert!(script.read().is_ok());
    assert_eq!(script.requests(), 3);
}

#[test]
fn any_other_status_is_the_answer_at_once() {
    for code in
        [300, 301, 304, 400, 401, 402, 403, 404, 406, 408, 409, 410, 422, 500, 501, 505, 520]
    {
        let script = Script::new([status(code)]);
        assert_eq!(ended_with(&script.read()), Some(code));
        assert_eq!(script.requests(), 1, "{code}");
    }
}

#[test]
fn every_status_from_200_to_299_is_success() {
    for code in [200, 201, 202, 207, 299] {
        let script = Script::new([answer(code, &[], "{}")]);
        assert_eq!(script.read(), Ok(Contact::default()), "{code}");
    }
}

#[test]
fn a_read_that_its_caller_gave_up_is_not_sent_again() {
    let script = Script::new([Err(Failure::Aborted), joe()]);
    assert_eq!(script.read(), Err(Error::Failed(Failure::Aborted)));
    assert_eq!(script.requests(), 1);
}

// Time.

#[test]
fn each_try_gets_what_is_left_of_the_time() {
    let script =
        Script::slow([(seconds(12), status(503)), (seconds(12), status(503)), (seconds(1), joe())]);
    assert!(script.read().is_ok());
    for (sent, attempt) in script.sent.borrow().iter().zip(1..) {
        assert_eq!(sent.timeout, DEADLINE - sent.at, "sent after {:?}", sent.at);
        assert!(sent.timeout > Duration::ZERO);
        assert_eq!(sent.attempt, attempt, "each try knows how many came before");
    }
    assert_eq!(script.requests(), 3);
}

#[test]
fn all_tries_together_end_by_the_deadline() {
    for takes in [1, 9, 10, 14, 15, 29, 30, 31, 100] {
        let endless = || (seconds(takes), Err(Failure::Connection));
        let script = Script::slow([endless(), endless(), endless()]);
        assert!(script.read().is_err());
        assert!(script.elapsed() <= DEADLINE, "{takes} s a try took {:?}", script.elapsed());
    }
}

#[test]
fn a_try_that_used_up_the_time_is_the_last() {
    let script = Script::slow([(seconds(31), joe())]);
    assert_eq!(script.read(), Err(Error::Failed(Failure::Timeout)));
    assert_eq!((script.requests(), script.elapsed()), (1, DEADLINE));
}

/// A hidden tab's timers run once a minute.
#[test]
fn a_wait_that_outlasts_the_deadline_is_not_followed_by_a_request_without_time() {
    let script = Script { oversleep: seconds(60), ..Script::new([limited(2), joe()]) };
    let result = script.read();
    assert_eq!(ended_with(&result), Some(429), "{result:?}");
    assert_eq!(script.requests(), 1, "{:?}", script.sent.borrow());
}

// What an error keeps.

#[test]
fn an_error_keeps_status_headers_request_id_and_the_raw_body() {
    let body = r#"{"type":"error.list", "request_id":"b2i3",
        "errors":[{"code":"unauthorized","message":"Access Token InvalidField"}], "new":1 }"#;
    let script =
        Script::new([answer(401, &[("x-request-id", "h1"), ("x-ratelimit-limit", "83")], body)]);
    let result = script.read();
    let Err(Error::Status(response)) = result else { panic!("{result:?}") };
    assert_eq!(response.status, 401);
    assert_eq!(response.status(), 401);
    assert_eq!(response.header("x-request-id").as_deref(), Some("h1"));
    assert_eq!(response.header("x-request"), None);
    assert_eq!(response.body, body.as_bytes(), "to the byte");
    let errors = response.errors();
    assert_eq!(errors.request_id.as_str(), Some("b2i3"));
    assert_eq!(errors.details().first().and_then(|error| error.code()), Some("unauthorized"));
}

#[test]
fn a_response_says_what_is_left_of_the_limit() {
    let limit = RateLimit { limit: 83, remaining: 0, reset: START + seconds(31) };
    let result = Script::new([limited(31)]).read();
    let Err(Error::Status(response)) = result else { panic!("{result:?}") };
    assert_eq!(response.rate_limit(), Some(limit));
}

#[test]
fn an_error_that_is_not_intercoms_is_kept_too() {
    for body in ["<html><h1>403 Forbidden</h1></html>", "", "null", "[1]", "\u{0}\u{ff}"] {
        let script = Script::new([answer(403, &[], body)]);
        let result = script.read();
        let Err(Error::Status(response)) = result else { panic!("{result:?}") };
        assert_eq!((response.status, &response.body[..]), (403, body.as_bytes()));
        assert!(response.errors().details().is_empty());
        assert_eq!(response.rate_limit(), None);
    }
}

#[test]
fn the_text_of_an_error_quotes_no_body() {
    let script = Script::new([answer(404, &[], r#"{"message":"SECRET"}"#)]);
    let text = script.read().map_err(|error| error.to_string());
    assert_eq!(text, Err("the response's status is an error".to_owned()));
}

#[test]
fn a_success_that_cannot_be_read_says_so_and_quotes_nothing() {
    let bodies: [&[u8]; 17] = [
        b"",
        b" \n ",
        b"<html><body>SECRET</body></html>",
        b"SECRET",
        b"\"SECRET\"",
        b"[\"SECRET\"]",
        b"null",
        b"true",
        b"31337",
        br#"{"email":"SECRET@example.com","na"#,
        br#"{"email":"SECRET@example.com""#,
        br#"{"email":"SECRET@exam"#,
        br#"{"SECRET":31337,}"#,
        b"{\"email\":\"SECRET\xff",
        b"{\"email\":\"SECRET\n\"",
        br#"{"email":"SECRET\ud83d",}"#,
        br#"{"type":"contact"} SECRET"#,
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(body);
        let script = Script::new([answer(200, &[], body)]);
        let result = script.read();
        let Err(Error::Unreadable { reason, response }) = &result else {
            panic!("{shown}: {result:?}")
        };
        assert_eq!((response.status, &response.body[..]), (200, body), "it is kept as it came");
        let text = result.as_ref().map_err(ToString::to_string).err().unwrap_or_default();
        for text in [&text, reason] {
            let quoted = ["SECRET", "31337", "email", "example", "html"]
                .iter()
                .any(|part| text.contains(part));
            assert!(!quoted, "{shown} is quoted by: {text}");
        }
        assert_eq!(script.requests(), 1, "{shown} is not asked for again");
    }
}

#[test]
fn an_unreadable_success_says_what_is_wrong() {
    for (body, says) in [
        ("", "empty"),
        (r#"{"email":"joe"#, "ends too early"),
        ("<html>", "not JSON"),
        ("[]", "not the expected JSON"),
    ] {
        let text = Script::new([answer(200, &[], body)]).read().map_err(|error| error.to_string());
        assert!(text.clone().is_err_and(|text| text.contains(says)), "{body}: {text:?}");
    }
}

#[test]
fn an_answer_can_be_fetched_as_it_came() {
    let script = Script::new([answer(200, &[("etag", "x")], "<not even JSON>")]);
    let call = contact::get("joe");
    let request = Request::of(&call).unwrap_or_else(|invalid| panic!("{invalid}"));
    let response = block_on(script.client().exchange(request));
    assert_eq!(
        response.map_err(|error| error.to_string()),
        answer(200, &[("etag", "x")], "<not even JSON>").map_err(|error| error.to_string())
    );
}

#[test]
fn an_exchange_gets_the_time_of_the_policy_whatever_the_request_has() {
    let call = contact::get("joe");
    let request = Request::of(&call).unwrap_or_else(|invalid| panic!("{invalid}"));
    assert_eq!((request.timeout, request.attempt), (DEADLINE, 1));
    let script = Script::new([joe()]);
    let retry = Retry { deadline: seconds(7), ..RETRY };
    let request = Request { timeout: seconds(99), attempt: 5, ..request };
    let response = block_on(Client::new(&script, &script, retry).exchange(request));
    assert!(response.is_ok(), "{response:?}");
    let sent = script.sent.borrow();
    let [sent] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!((sent.timeout, sent.attempt), (seconds(7), 1));
}

#[test]
fn an_empty_body_is_read_where_one_may_come() {
    let empty = |status| Script::new([answer(status, &[], "")]);
    let event = event::create(&Object::new());
    assert_eq!(block_on(empty(202).client().send(&event)), Ok(Nothing));
    assert_eq!(block_on(empty(200).client().send(&tag::delete("9"))), Ok(Nothing));
    assert_eq!(block_on(empty(204).client().send(&template::delete("news"))), Ok(Nothing));
    let call = raw(Method::Delete, "/contacts/5", None::<&JsonText>);
    assert_eq!(block_on(empty(204).client().send(&call)), Ok(None));
    let script = Script::new([answer(200, &[], r#"{"id":"5","deleted":true}"#)]);
    let body = Object::from_iter([("id".into(), json!("5")), ("deleted".into(), json!(true))]);
    assert_eq!(block_on(script.client().send(&call)), Ok(Some(body)));
    for nothing in [answer(200, &[], "<html>"), answer(200, &[], "[]")] {
        let result = block_on(Script::new([nothing]).client().send(&call));
        assert!(matches!(result, Err(Error::Unreadable { .. })), "{result:?}");
    }
}

// Pages.

/// A page of contacts with these ids, and what its `pages` say.
fn page(ids: &[&str], pages: Option<Value>) -> Answer {
    let data: Vec<_> = ids.iter().map(|id| json!({"type": "contact", "id": id})).collect();
    let mut list = json!({"type": "list", "data": data});
    if let (Some(pages), Some(list)) = (pages, list.as_object_mut()) {
        list.insert("pages".into(), pages);
    }
    answer(200, &[], list.to_string())
}

/// A page that another follows.
fn page_before(ids: &[&str], cursor: &str) -> Answer {
    let next = json!({"page": 2, "starting_after": cursor});
    page(
        ids,
        Some(json!({"type": "pages", "page": 1, "next": next, "per_page": 2, "total_pages": 9})),
    )
}

fn last_page(ids: &[&str]) -> Answer {
    page(ids, None)
}

/// The first page, as long as Intercom makes it.
fn start() -> PageRequest<'static> {
    PageRequest::default()
}

fn id(contact: Contact) -> String {
    contact.id.into_known().map(|id| id.to_string()).unwrap_or_default()
}

/// The people of a list, page after page.
fn people<'a>(
    script: &'a Script,
    start: PageRequest<'static>,
    call: impl Fn(&PageRequest<'_>) -> Call<List<Contact>> + 'a,
) -> impl Stream<Item = Result<Contact, Failed>> + 'a {
    pages(script.client(), start, call)
        .map_ok(|page| stream::iter(page.items.into_iter().map(Ok)))
        .try_flatten()
}

/// The ids of a whole walk, and the error that ended it.
fn walk(script: &Script) -> (Vec<String>, Option<Failed>) {
    walk_of(script, start(), contact::list)
}

/// The ids of a whole walk from a page on, and the error that ended it.
fn walk_of(
    script: &Script,
    start: PageRequest<'static>,
    call: impl Fn(&PageRequest<'_>) -> Call<List<Contact>>,
) -> (Vec<String>, Option<Failed>) {
    let mut people = pin!(people(script, start, call));
    let mut ids = Vec::new();
    while let Some(person) = block_on(people.next()) {
        match person {
            Ok(person) => ids.push(id(person)),
            Err(error) => {
                assert_eq!(block_on(people.next()), None, "an error ends the walk");
                return (ids, Some(error));
            }
        }
    }
    (ids, None)
}

/// Texts as a walk gives them.
fn ids<const N: usize>(ids: [&str; N]) -> Vec<String> {
    ids.map(String::from).to_vec()
}

/// The next item's id, and how many requests were sent by then.
fn next_of(
    people: &mut (impl Stream<Item = Result<Contact, Failed>> + Unpin),
    script: &Script,
) -> (Option<String>, usize) {
    let person =
        block_on(people.next()).map(|person| person.map_or_else(|error| panic!("{error}"), id));
    (person, script.requests())
}

#[test]
fn a_walk_gives_everybody_in_order_and_ends() {
    let script = Script::new([
        page_before(&["1", "2"], "WzE+/w=="),
        page_before(&["3", "4"], "b"),
        last_page(&["5"]),
    ]);
    assert_eq!(walk(&script), (["1", "2", "3", "4", "5"].map(String::from).to_vec(), None));
    assert_eq!(
        script.targets(),
        ["/contacts", "/contacts?starting_after=WzE%2B%2Fw%3D%3D", "/contacts?starting_after=b"],
    );
}

#[test]
fn every_way_to_say_last_page_ends_the_walk() {
    for pages in [
        None,
        Some(Value::Null),
        Some(json!({})),
        Some(json!({"type": "pages", "page": 1, "per_page": 50, "total_pages": 1})),
        Some(json!({"type": "pages", "next": null, "page": 1})),
        Some(json!({"type": "pages", "next": {"page": 2}})),
        Some(json!({"type": "pages", "next": {"page": 2, "starting_after": null}})),
    ] {
        let script = Script::new([page(&["1"], pages.clone())]);
        assert_eq!(walk(&script), (vec!["1".to_owned()], None), "{pages:?}");
    }
}

#[test]
fn an_empty_page_does_not_end_the_walk() {
    let script = Script::new([
        page_before(&[], "a"),
        page_before(&["1"], "b"),
        page_before(&[], "c"),
        page_before(&[], "d"),
        last_page(&["2"]),
    ]);
    assert_eq!(walk(&script), (vec!["1".to_owned(), "2".to_owned()], None));
}

#[test]
fn text_that_is_no_json_costs_neither_the_person_nor_the_page() {
    for name in [&b"x\\ud83d"[..], b"x\xff", b"x\n"] {
        let body = [
            b"{\"type\":\"list\",\"data\":[{\"id\":\"1\",\"name\":\"",
            name,
            b"\"},{\"id\":\"2\"}]}",
        ]
        .concat();
        let script = Script::new([answer(200, &[], body)]);
        assert_eq!(walk(&script), (vec!["1".to_owned(), "2".to_owned()], None));
        let body = [b"{\"id\":\"1\",\"name\":\"", name, b"\"}"].concat();
        let person = Script::new([answer(200, &[], body)]).read();
        let name = person.ok().and_then(|person| person.name.into_known()).unwrap_or_default();
        assert!(["x\u{fffd}", "x\n"].contains(&name.as_str()), "{name:?}");
    }
    let errors = BufferedResponse {
        status: 422,
        headers: Vec::new(),
        body: br#"{"errors":[{"code":"invalid","message":"name \ud83d"}]}"#.to_vec(),
    };
    let details = errors.errors().details();
    assert_eq!(details.first().and_then(|error| error.message.as_str()), Some("name \u{fffd}"));
}

#[test]
fn an_item_that_cannot_be_read_costs_no_other() {
    for data in [r#"[{"id":"1"},null]"#, r#"["2",{"id":"1"},7]"#] {
        let body = format!(r#"{{"type":"list","data":{data}}}"#);
        assert_eq!(walk(&Script::new([answer(200, &[], body)])), (vec!["1".to_owned()], None));
    }
}

#[test]
fn what_is_no_list_is_not_taken_for_an_empty_one() {
    for data in [r#"{"1":{"id":"1"}}"#, "null", "7"] {
        let body = format!(r#"{{"type":"list","data":{data}}}"#);
        let script = Script::new([answer(200, &[], body)]);
        let walked: Vec<_> = block_on(pages(script.client(), start(), contact::list).collect());
        let [Err(error @ Error::Unreadable { .. })] = &walked[..] else { panic!("{walked:?}") };
        assert!(!format!("{error:?}").contains("\"id\""), "it quotes nobody: {error:?}");
    }
    let script = Script::new([last_page(&[])]);
    let empty: Vec<_> = block_on(pages(script.client(), start(), contact::list).collect());
    assert!(matches!(&empty[..], [Ok(page)] if page.items.is_empty()), "{empty:?}");
}

#[test]
fn nobody_at_all_is_an_empty_walk() {
    let script = Script::new([last_page(&[])]);
    assert_eq!(walk(&script), (vec![], None));
}

#[test]
fn a_cursor_that_comes_again_ends_the_walk_with_an_error() {
    let circles: [&[&str]; 4] = [&["A", "A"], &["A", "B", "A"], &["A", "B", "B"], &["", ""]];
    for circle in circles {
        // The page after a cursor holds one person, named after the cursor.
        let asked = ["start"].iter().chain(circle);
        let answers = asked.zip(circle).map(|(asked, next)| page_before(&[asked], next));
        let script = Script::new(answers);
        let (ids, error) = walk(&script);
        assert_eq!(error, Some(Error::Endless), "{circle:?}");
        assert_eq!(script.requests(), circle.len(), "no cursor of {circle:?} is followed twice");
        let once: HashSet<_> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "nobody comes twice: {ids:?}");
    }
}

/// So a search answers when its cursor is put where Intercom doesn't look for it.
#[test]
fn a_first_page_that_comes_again_repeats_nobody() {
    let script = Script::new(vec![page_before(&["1", "2"], "A"); 2]);
    assert_eq!(walk(&script), (vec!["1".to_owned(), "2".to_owned()], Some(Error::Endless)));
}

#[test]
fn a_cursor_from_which_a_walk_began_is_not_followed_again() {
    let script = Script::new([page_before(&["1"], "b"), page_before(&["2"], "a")]);
    let from = PageRequest { per_page: None, after: Some("a".into()) };
    assert_eq!(walk_of(&script, from, contact::list), (ids(["1"]), Some(Error::Endless)));
    assert_eq!(script.targets(), ["/contacts?starting_after=a", "/contacts?starting_after=b"]);
}

#[test]
fn twenty_empty_pages_in_a_row_do_not_end_a_walk() {
    let empty = |from: u32| (from..from + 20).map(|at| page_before(&[], &at.to_string()));
    let answers =
        empty(0).chain([page_before(&["1"], "a")]).chain(empty(20)).chain([last_page(&["2"])]);
    let script = Script::new(answers);
    assert_eq!(walk(&script), (ids(["1", "2"]), None));
    assert_eq!(script.requests(), 42);
    let script = Script::new(empty(0).chain([last_page(&[])]));
    assert_eq!(walk(&script), (vec![], None), "the last page may be empty too");
}

#[test]
fn more_than_twenty_empty_pages_in_a_row_end_a_walk_with_an_error() {
    let empty = (0..21).map(|at| page_before(&[], &at.to_string()));
    let script = Script::new([page_before(&["1"], "a")].into_iter().chain(empty));
    assert_eq!(walk(&script), (ids(["1"]), Some(Error::Endless)));
    assert_eq!(script.requests(), 22);
}

#[test]
fn a_list_without_end_says_so() {
    assert_eq!(Error::<()>::Endless.to_string(), "the list has no end");
}

#[test]
fn an_error_ends_the_walk_after_those_who_came_before_it() {
    for (ending, error) in [
        (status(500), error_of(status(500))),
        (Err(Failure::Aborted), Error::Failed(Failure::Aborted)),
        (
            answer(200, &[], ""),
            Error::Unreadable {
                reason: "the body is empty".to_owned(),
                response: BufferedResponse { status: 200, headers: vec![], body: vec![] },
            },
        ),
    ] {
        let script = Script::new([page_before(&["1", "2"], "a"), ending, last_page(&["3"])]);
        assert_eq!(walk(&script), (vec!["1".to_owned(), "2".to_owned()], Some(error)));
        assert_eq!(script.requests(), 2, "nothing is asked for after an error");
    }
}

#[test]
fn a_limit_in_the_middle_of_a_walk_loses_and_repeats_nobody() {
    let script = Script::new([
        page_before(&["1"], "a"),
        limited(3),
        page_before(&["2"], "b"),
        status(503),
        last_page(&["3"]),
    ]);
    assert_eq!(walk(&script), (["1", "2", "3"].map(String::from).to_vec(), None));
}

#[test]
fn each_page_has_the_whole_time() {
    let answers = (0..4).map(|at| (seconds(20), page_before(&[], &at.to_string())));
    let script = Script::slow(answers.chain([(seconds(20), last_page(&["1"]))]));
    assert_eq!(walk(&script), (vec!["1".to_owned()], None));
    assert_eq!(script.elapsed(), seconds(100));
}

#[test]
fn nothing_is_asked_for_before_it_is_needed() {
    let script = Script::new([page_before(&["1", "2"], "a"), last_page(&["3"])]);
    let mut people = pin!(people(&script, start(), contact::list));
    assert_eq!(script.requests(), 0, "making a walk sends nothing");
    assert_eq!(next_of(&mut people, &script), (Some("1".into()), 1));
    assert_eq!(
        next_of(&mut people, &script),
        (Some("2".into()), 1),
        "the first page is not used up"
    );
    assert_eq!(next_of(&mut people, &script), (Some("3".into()), 2));
    assert_eq!(next_of(&mut people, &script), (None, 2));
}

#[test]
fn a_walk_that_is_dropped_asks_for_nothing_more() {
    let script = Script::new([page_before(&["1"], "a"), last_page(&["2"])]);
    let one: Vec<_> = block_on(people(&script, start(), contact::list).take(1).collect());
    assert_eq!((one.len(), script.requests()), (1, 1));
    let _never_polled = people(&script, start(), contact::list);
    assert_eq!(script.requests(), 1);
}

#[test]
fn pages_come_whole() {
    let script = Script::new([page_before(&["1", "2"], "a"), last_page(&[])]);
    let sizes: Vec<_> = block_on(
        pages(script.client(), start(), contact::list)
            .map(|page| page.map_or(usize::MAX, |page: List<Contact>| page.items.len()))
            .collect(),
    );
    assert_eq!(sizes, [2, 0]);
}

#[test]
fn a_walk_outlives_who_made_it() {
    fn walk(script: &Script) -> impl Stream<Item = Result<List<Contact>, Failed>> {
        let client = script.client();
        let id = "5f".to_owned();
        pages(client, start(), move |page| company::contacts(&id, page))
    }
    let script = Script::new([page(&["1"], None)]);
    assert_eq!(block_on(walk(&script).count()), 1);
    assert_eq!(script.targets(), ["/companies/5f/contacts"]);
}

#[test]
fn a_walk_begins_where_it_is_told_and_keeps_the_length_of_its_pages() {
    let script = Script::new([page_before(&["1"], "b"), last_page(&["2"])]);
    let from = PageRequest { per_page: Some(2), after: Some("a".into()) };
    assert_eq!(walk_of(&script, from, contact::list), (ids(["1", "2"]), None));
    assert_eq!(
        script.targets(),
        ["/contacts?per_page=2&starting_after=a", "/contacts?per_page=2&starting_after=b"]
    );
}

#[test]
fn a_numbered_list_is_walked_by_its_numbers() {
    let numbered = |ids: &[&str], number: u32| {
        let pages = json!({"type": "pages", "page": number, "per_page": 2, "total_pages": 3});
        page(ids, Some(pages))
    };
    let answers = || [numbered(&["1", "2"], 1), numbered(&["3", "4"], 2), numbered(&["5"], 3)];
    let of_company = |page: &PageRequest<'_>| company::contacts("5f", page);
    let script = Script::new(answers());
    let two = PageRequest { per_page: Some(2), after: None };
    assert_eq!(walk_of(&script, two, of_company), (ids(["1", "2", "3", "4", "5"]), None));
    assert_eq!(
        script.targets(),
        [
            "/companies/5f/contacts?per_page=2",
            "/companies/5f/contacts?page=2&per_page=2",
            "/companies/5f/contacts?page=3&per_page=2",
        ]
    );
    let script = Script::new(answers().into_iter().skip(1));
    let second = PageRequest::number(2, Some(2));
    assert_eq!(walk_of(&script, second, of_company), (ids(["3", "4", "5"]), None));
    assert_eq!(
        script.targets(),
        ["/companies/5f/contacts?page=2&per_page=2", "/companies/5f/contacts?page=3&per_page=2"]
    );
}

#[test]
fn a_number_that_comes_again_ends_the_walk_with_an_error() {
    let again = || page(&["1"], Some(json!({"page": 1, "per_page": 2, "total_pages": 3})));
    let script = Script::new([again(), again()]);
    let of_company = |page: &PageRequest<'_>| company::contacts("5f", page);
    assert_eq!(walk_of(&script, start(), of_company), (ids(["1"]), Some(Error::Endless)));
}

#[test]
fn a_list_that_goes_on_by_time_is_walked_by_its_addresses_and_keeps_its_person() {
    let next = "https://api.intercom.io/events?type=user&user_id=ann&before=144&per_page=1";
    let script = Script::new([
        answer(
            200,
            &[],
            json!({"type": "event.list", "events": [{"event_name": "a"}],
            "pages": {"next": next}})
            .to_string(),
        ),
        answer(
            200,
            &[],
            json!({"type": "event.list", "events": [{"event_name": "b"}]}).to_string(),
        ),
    ]);
    let one = PageRequest { per_page: Some(1), after: None };
    let events = pages(script.client(), one, |page| event::list(&[("user_id", "joe")], page));
    let sizes: Vec<_> = block_on(events.map_ok(|page| page.items.len()).collect());
    assert_eq!(sizes, [Ok(1), Ok(1)]);
    assert_eq!(
        script.targets(),
        [
            "/events?type=user&user_id=joe&per_page=1",
            "/events?type=user&user_id=joe&before=144&per_page=1",
        ]
    );
}

#[test]
fn a_search_is_walked_by_the_cursor_in_its_body() {
    let script = Script::new([page_before(&["1"], "W+/=="), last_page(&["2"])]);
    let long = PageRequest { per_page: Some(150), after: None };
    let search = Search { query: Group::equals("role", "user").into(), ..Search::default() };
    let found = walk_of(&script, long.clone(), |page| contact::search(&search, page));
    assert_eq!(found, (ids(["1", "2"]), None));
    let sent = script.sent.borrow();
    let bodies: Vec<Value> =
        sent.iter().filter_map(|sent| serde_json::from_str(sent.body.as_deref()?).ok()).collect();
    let query = json!({"field": "role", "operator": "=", "value": "user"});
    assert_eq!(
        bodies,
        [
            json!({"query": query, "pagination": {"per_page": 150}}),
            json!({"query": query, "pagination": {"per_page": 150, "starting_after": "W+/=="}}),
        ],
    );
    assert!(sent.iter().all(|sent| sent.target == "/contacts/search"), "{sent:?}");
    let script = Script::new([page(&["1"], None)]);
    let found = pages(script.client(), long, |page| conversation::search(&search, page));
    assert_eq!(block_on(found.count()), 1);
    assert_eq!(script.targets(), ["/conversations/search"]);
}

#[test]
fn a_page_tells_its_next_and_whether_it_is_empty() {
    let read = |answer: Answer| -> List<Contact> {
        let body = answer.map(|response| response.body).unwrap_or_default();
        serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{error}"))
    };
    let page = read(page_before(&["1"], "a"));
    assert_eq!((page.next().as_deref(), page.is_empty()), (Some("a"), false));
    let page = read(last_page(&[]));
    assert_eq!((page.next(), page.is_empty()), (None, true));
}
