//! What the client does with Intercom's answers: what it sends again and when, what it keeps of an
//! error, and how it walks pages. The answers are scripted and the clock moves only when somebody
//! waits; an unscripted request fails its test.

#![allow(clippy::panic)]

use futures_executor::block_on;
use futures_util::stream::{Stream, StreamExt};
use intercom_edge::call::{Method, contact, message};
use intercom_edge::client::{
    Client, DEADLINE, Error, Failure, Request, Response, Retry, Timer, Transport, items, pages,
};
use intercom_edge::model::{Contact, Cursor, List, NewMessage, Search};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::pin::pin;
use std::time::Duration;

type Answer = Result<Response<Vec<u8>>, Failure>;

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
    fn read(&self) -> Result<Contact, Error<Vec<u8>>> {
        block_on(self.client().send(&contact::get("joe")))
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

impl Transport for &Script {
    type Body = Vec<u8>;

    async fn send(&self, request: Request<'_>) -> Answer {
        self.sent.borrow_mut().push(Sent {
            method: request.method,
            target: request.target.to_owned(),
            body: request.body.map(str::to_owned),
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

impl Timer for &Script {
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
    Ok(Response { status, headers, body: body.as_ref().to_vec() })
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

/// The status that a call ended with.
fn ended_with<T>(result: &Result<T, Error<Vec<u8>>>) -> Option<u16> {
    match result {
        Err(Error::Status(response)) => Some(response.status),
        _ => None,
    }
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
        let sent = block_on(script.client().send(&message::create(&NewMessage::default())));
        let error = match ending {
            Ok(response) => Error::Status(response),
            Err(failure) => Error::Failed(failure),
        };
        assert_eq!(sent, Err(error));
        assert_eq!(script.requests(), 1);
        assert_eq!(script.elapsed(), Duration::ZERO, "nor is anything waited for");
    }
}

#[test]
fn a_message_whose_answer_is_cut_off_is_not_sent_again() {
    let script = Script::new([answer(200, &[], r#"{"type":"admin_message","id":"#)]);
    let sent = block_on(script.client().send(&message::create(&NewMessage::default())));
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
    let found = block_on(script.client().send(&contact::search(&Search::default())));
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

// Failures.

#[test]
fn a_read_without_an_answer_is_sent_again_as_often_as_agreed() {
    let failures = [502, 503, 504].map(status).into_iter();
    for ending in failures.chain([Failure::Timeout, Failure::Connection].map(Err)) {
        let script = Script::new(vec![ending.clone(); 3]);
        let error = match ending {
            Ok(response) => Error::Status(response),
            Err(failure) => Error::Failed(failure),
        };
        assert_eq!(script.read(), Err(error));
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
    for sent in script.sent.borrow().iter() {
        assert_eq!(sent.timeout, DEADLINE - sent.at, "sent after {:?}", sent.at);
        assert!(sent.timeout > Duration::ZERO);
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
        "errors":[{"code":"unauthorized","message":"Access Token Invalid"}], "new":1 }"#;
    let script =
        Script::new([answer(401, &[("x-request-id", "h1"), ("x-ratelimit-limit", "83")], body)]);
    let result = script.read();
    let Err(Error::Status(response)) = result else { panic!("{result:?}") };
    assert_eq!(response.status, 401);
    assert_eq!(response.header("x-request-id"), Some("h1"));
    assert_eq!(response.body, body.as_bytes(), "to the byte");
    let errors = response.errors();
    assert_eq!(errors.request_id.as_str(), Some("b2i3"));
    assert_eq!(errors.details().first().and_then(|error| error.code()), Some("unauthorized"));
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
    assert_eq!(text, Err("Intercom answered 404".to_owned()));
}

#[test]
fn a_success_that_cannot_be_read_says_so_and_quotes_nothing() {
    let bodies: [&[u8]; 16] = [
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
        b"{\"email\":\"SECRET\xff\"}",
        b"{\"email\":\"SECRET\n\"}",
        br#"{"type":"contact"} SECRET"#,
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(body);
        let script = Script::new([answer(200, &[], body)]);
        let result = script.read();
        let Err(error @ Error::Unreadable { .. }) = result else { panic!("{shown}: {result:?}") };
        for text in [error.to_string(), format!("{error:?}")] {
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
    let response = block_on(script.client().fetch(&contact::get("joe")));
    assert_eq!(
        response.map_err(|error| error.to_string()),
        answer(200, &[("etag", "x")], "<not even JSON>").map_err(|error| error.to_string())
    );
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

/// The call for the page after a cursor.
fn listing(cursor: Option<&str>) -> intercom_edge::call::Call<List<Contact>> {
    contact::list(&Cursor {
        starting_after: cursor.map(Into::into).unwrap_or_default(),
        ..Cursor::default()
    })
}

fn id(contact: Contact) -> String {
    contact.id.into_known().map(|id| id.to_string()).unwrap_or_default()
}

/// The ids of a whole walk, and the error that ended it.
fn walk(script: &Script) -> (Vec<String>, Option<Error<Vec<u8>>>) {
    let client = script.client();
    let mut people = pin!(items(&client, listing));
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

/// The next item's id, and how many requests were sent by then.
fn next_of(
    people: &mut (impl Stream<Item = Result<Contact, Error<Vec<u8>>>> + Unpin),
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

/// Either everybody else comes or an error does: passing over the whole page in silence is neither.
#[test]
fn a_page_with_an_item_that_cannot_be_read_is_not_taken_for_an_empty_one() {
    for data in [r#"[{"id":"1"},null]"#, r#"[{"id":"1"},"2"]"#, r#"[7]"#, r#"{"1":{"id":"1"}}"#] {
        let body = format!(r#"{{"type":"list","data":{data}}}"#);
        let script = Script::new([answer(200, &[], body)]);
        assert_ne!(walk(&script), (vec![], None), "{data}");
    }
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
        assert_eq!(error, Some(Error::Repeats), "{circle:?}");
        assert_eq!(script.requests(), circle.len(), "no cursor of {circle:?} is followed twice");
        let once: HashSet<_> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "nobody comes twice: {ids:?}");
    }
}

/// So a search answers when its cursor is put where Intercom doesn't look for it.
#[test]
fn a_first_page_that_comes_again_repeats_nobody() {
    let script = Script::new(vec![page_before(&["1", "2"], "A"); 2]);
    assert_eq!(walk(&script), (vec!["1".to_owned(), "2".to_owned()], Some(Error::Repeats)));
}

#[test]
fn an_error_ends_the_walk_after_those_who_came_before_it() {
    for (ending, error) in [
        (status(500), Error::Status(status(500).unwrap_or_else(|failure| panic!("{failure}")))),
        (answer(200, &[], ""), Error::Unreadable { reason: "the body is empty".to_owned() }),
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
    let client = script.client();
    let mut people = pin!(items(&client, listing));
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
    let client = script.client();
    let people: Vec<_> = block_on(items(&client, listing).take(1).collect());
    assert_eq!((people.len(), script.requests()), (1, 1));
    let _never_polled = items(&client, listing);
    assert_eq!(script.requests(), 1);
}

#[test]
fn pages_come_whole() {
    let script = Script::new([page_before(&["1", "2"], "a"), last_page(&[])]);
    let client = script.client();
    let sizes: Vec<_> = block_on(
        pages(&client, listing)
            .map(|page| page.map_or(usize::MAX, |page: List<Contact>| page.items.len()))
            .collect(),
    );
    assert_eq!(sizes, [2, 0]);
}

#[test]
fn a_search_is_walked_by_the_cursor_in_its_body() {
    let script = Script::new([page_before(&["1"], "W+/=="), last_page(&["2"])]);
    let client = script.client();
    let people: Vec<_> = block_on(
        items(&client, |cursor| {
            let starting_after = cursor.map(Into::into).unwrap_or_default();
            let pagination = Cursor { per_page: 150.into(), starting_after, ..Cursor::default() };
            contact::search(&Search { pagination: pagination.into(), ..Search::default() })
        })
        .map(|person| person.map(id))
        .collect(),
    );
    assert_eq!(people, [Ok("1".to_owned()), Ok("2".to_owned())]);
    let sent = script.sent.borrow();
    let bodies: Vec<Value> =
        sent.iter().filter_map(|sent| serde_json::from_str(sent.body.as_deref()?).ok()).collect();
    assert_eq!(
        bodies,
        [
            json!({"pagination": {"per_page": 150}}),
            json!({"pagination": {"per_page": 150, "starting_after": "W+/=="}}),
        ],
    );
    assert!(sent.iter().all(|sent| sent.target == "/contacts/search"), "{sent:?}");
}
