//! The Worker's own calls: what each sends, and which of them a client sends again.

#![allow(clippy::unwrap_used)]

use futures_executor::block_on;
use intercom_edge::call::outbox::{self, MessageFilter};
use intercom_edge::call::{
    Accept, Call, Format, IdempotencyKey, Method, PageRequest, batch, is_repeatable, notify,
    template,
};
use intercom_edge::client::{
    BufferedResponse, Client, DEADLINE, Error, Failure, Outcome, Request, Retry, Timer, Transport,
};
use intercom_edge::model::{
    Batch, Message, MessageKind, MessageState, NewBatch, NewMessage, NewTemplate, Notification,
    OutboxMessage, Preview, PreviewRequest, Style, Template, To,
};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

const RETRY: Retry =
    Retry { deadline: DEADLINE, after_rate_limit: 2, after_failure: 2, jitter: Duration::ZERO };

/// What a call puts on the wire, and whether it may be sent again.
fn wire<T>(call: &Call<T>) -> (Method, &str, Option<Value>, bool) {
    let body = call.body().map(|body| serde_json::from_str(body).unwrap());
    (call.operation().method, call.target().unwrap(), body, call.is_repeatable())
}

fn key() -> IdempotencyKey {
    IdempotencyKey::new("order-4711").unwrap()
}

fn notification() -> Notification {
    Notification::template(To::user_id("joe"), "welcome").build().unwrap()
}

#[test]
fn each_call_sends_what_the_worker_takes() {
    let reads = |target| (Method::Get, target, None, true);
    let posts = |target, body| (Method::Post, target, body, false);
    let body = json!({"to": {"user_id": "joe"}, "template": "welcome"});
    assert_eq!(wire(&notify::send(&notification())), posts("/edge/notify", Some(body)));

    assert_eq!(wire(&template::list()), reads("/edge/templates"));
    assert_eq!(wire(&template::get("news", None)), reads("/edge/templates/news"));
    assert_eq!(wire(&template::get("../a", Some(2))), reads("/edge/templates/..%2Fa?version=2"));
    let text = NewTemplate::new("News", "Hi", Style::Personal).unwrap();
    let body = json!({"subject": "News", "body": "Hi", "style": "personal"});
    assert_eq!(
        wire(&template::put("news", &text)),
        (Method::Put, "/edge/templates/news", Some(body), false)
    );
    assert_eq!(
        wire(&template::delete("news")),
        (Method::Delete, "/edge/templates/news", None, false)
    );
    let preview = PreviewRequest::draft().to(To::id("5")).version(2).build().unwrap();
    let body = json!({"to": {"id": "5"}, "version": 2});
    assert_eq!(
        wire(&template::preview("news", &preview)),
        (Method::Post, "/edge/templates/news/preview", Some(body), true)
    );

    let filter = MessageFilter {
        state: Some(MessageState::Failed),
        kind: Some(MessageKind::Message),
        created_after: Some(1),
        created_before: Some(2),
        batch_id: Some("b&1".into()),
        caller: Some("news".into()),
        contact_id: Some("5".into()),
        template: Some("welcome".into()),
    };
    let filtered = |path: &str, page: &str| {
        format!(
            "/edge/messages{path}?state=failed&kind=message&created_after=1&created_before=2\
             &batch_id=b%261&caller=news&contact_id=5&template=welcome{page}"
        )
    };
    let page = PageRequest { per_page: Some(9), after: Some("W+".into()) };
    let listed = filtered("", "&per_page=9&starting_after=W%2B");
    assert_eq!(wire(&outbox::list(&filter, &page)), reads(&listed));
    let counted = filtered("/counts", "");
    assert_eq!(wire(&outbox::counts(&filter)), reads(&counted));
    let exported = filtered("/export", "");
    let export = outbox::export(&filter);
    assert_eq!(wire(&export), reads(&exported));
    assert_eq!(export.accept(), Accept::File);
    let all = PageRequest::default();
    assert_eq!(wire(&outbox::list(&MessageFilter::default(), &all)), reads("/edge/messages"));
    assert_eq!(wire(&outbox::get("m1")), reads("/edge/messages/m1"));
    assert_eq!(wire(&outbox::retry("m1")), posts("/edge/messages/m1/retry", None));
    assert_eq!(wire(&outbox::confirm("m1")), posts("/edge/messages/m1/confirm", None));
    assert_eq!(wire(&outbox::resend("m1")), posts("/edge/messages/m1/resend", None));
    let keyed = outbox::resend("m1").with_key(key());
    assert!(keyed.target().is_ok() && keyed.is_repeatable());

    let news = NewBatch::to([To::id("5").into()], "news").build().unwrap();
    let body = json!({"template": "news", "to": [{"id": "5"}]});
    assert_eq!(wire(&batch::create(&news)), posts("/edge/messages/batch", Some(body)));
    assert_eq!(
        wire(&batch::list(&page)),
        reads("/edge/messages/batch?per_page=9&starting_after=W%2B")
    );
    assert_eq!(wire(&batch::get("b1")), reads("/edge/messages/batch/b1"));
    assert_eq!(wire(&batch::watch("b1")), reads("/edge/messages/batch/b1"));
    assert_eq!(batch::watch("b1").accept(), Accept::Events, "the same path, read as it changes");
    assert_eq!(wire(&batch::pause("b1")), posts("/edge/messages/batch/b1/pause", None));
    assert_eq!(wire(&batch::resume("b1")), posts("/edge/messages/batch/b1/resume", None));
    assert_eq!(wire(&batch::cancel("b1")), posts("/edge/messages/batch/b1/cancel", None));
    assert_eq!(
        wire(&batch::result("b1", Format::Csv)),
        reads("/edge/messages/batch/b1/result.csv")
    );
    assert_eq!(
        wire(&batch::result("b1", Format::Ndjson)),
        reads("/edge/messages/batch/b1/result.ndjson")
    );
}

#[test]
fn a_key_makes_a_write_repeatable_and_stays_with_the_call() {
    let message = NewMessage::default();
    assert!(!outbox::send(&message).is_repeatable());
    let call = outbox::send(&message).with_key(key());
    assert!(call.is_repeatable() && !is_repeatable("POST", call.target().unwrap()));
    for call in [call.clone(), call.clone().answering()] {
        assert_eq!(call.key(), Some("order-4711"));
        let request = Request::of(&call).unwrap();
        assert_eq!((request.idempotency_key, request.is_repeatable), (Some("order-4711"), true));
    }
    let news = NewBatch::to([To::id("5").into()], "news").build().unwrap();
    assert!(batch::create(&news).with_key(key()).is_repeatable());
    assert!(notify::send(&notification()).with_key(key()).is_repeatable());
    let without = outbox::send(&message);
    let request = Request::of(&without).unwrap();
    assert_eq!((request.idempotency_key, request.is_repeatable), (None, false));
}

#[test]
fn a_key_changes_nothing_else_of_a_call() {
    let (plain, keyed) =
        (notify::send(&notification()), notify::send(&notification()).with_key(key()));
    assert_eq!((keyed.target(), keyed.body()), (plain.target(), plain.body()));
    assert_eq!((keyed.operation(), keyed.accept()), (plain.operation(), plain.accept()));
}

#[test]
fn a_key_is_visible_ascii() {
    for text in ["a", "order-4711", "!~", &"x".repeat(255)] {
        let key = IdempotencyKey::new(text).unwrap();
        assert_eq!(key.as_str(), text);
        assert_eq!(key.into_string(), text);
    }
    for text in ["", " ", "a b", "a\n", "a\0", "ключ", "é", "\u{7f}", &"x".repeat(256)] {
        assert!(IdempotencyKey::new(text).is_err(), "{text:?}");
    }
}

type Answer = Result<BufferedResponse, Failure>;

/// The Worker and the clock, both scripted.
struct Script {
    now: Cell<Duration>,
    answers: RefCell<VecDeque<Answer>>,
    keys: RefCell<Vec<Option<String>>>,
}

impl Transport for Script {
    type Response = BufferedResponse;

    async fn send(&self, request: Request<'_>) -> Answer {
        self.keys.borrow_mut().push(request.idempotency_key.map(str::to_owned));
        self.answers.borrow_mut().pop_front().unwrap()
    }
}

impl Timer for Script {
    fn now(&self) -> Duration {
        self.now.get()
    }

    async fn sleep(&self, pause: Duration) {
        self.now.set(self.now.get() + pause);
    }
}

fn answer(status: u16, headers: &[&str]) -> Answer {
    let value = |name: &str| if name == "retry-after" { "7" } else { "m1" }.to_owned();
    let headers = headers.iter().map(|name| ((*name).to_owned(), value(name))).collect();
    Ok(BufferedResponse { status, headers, body: br#"{"id": "9"}"#.to_vec() })
}

/// How often a notification with a key was sent, how long that took, and the last status.
fn sent(answers: impl IntoIterator<Item = Answer>) -> (usize, Duration, u16) {
    let script = Script {
        now: Cell::new(Duration::ZERO),
        answers: RefCell::new(answers.into_iter().collect()),
        keys: RefCell::default(),
    };
    let call = notify::send(&notification()).with_key(key());
    let client = Client::new(&script, &script, RETRY);
    let status = match block_on(client.exchange(Request::of(&call).unwrap())) {
        Ok(response) | Err(Error::Status(response)) => response.status,
        Err(_) => 0,
    };
    let keys = script.keys.borrow();
    assert!(keys.iter().all(|key| key.as_deref() == Some("order-4711")), "the same key each time");
    (keys.len(), script.now.get(), status)
}

#[test]
fn with_a_key_a_write_is_sent_until_the_outbox_answers() {
    let outbox = ["x-intercom-edge-message"];
    for lost in [Err(Failure::Connection), answer(502, &[]), answer(503, &[]), answer(429, &[])] {
        let (times, _, status) = sent([lost.clone(), lost, answer(200, &outbox)]);
        assert_eq!((times, status), (3, 200));
    }
    for status in [429, 502, 503, 504] {
        let (times, took, last) = sent([answer(status, &outbox)]);
        assert_eq!((times, took, last), (1, Duration::ZERO, status), "it is written down");
    }
    assert_eq!(sent([Err(Failure::Aborted)]).0, 1);
}

#[test]
fn a_call_on_its_way_is_waited_for_as_the_answer_says_and_till_the_deadline() {
    let busy = || answer(409, &["retry-after", "x-intercom-edge-message"]);
    assert_eq!(sent([busy(), busy(), answer(200, &[])]), (3, Duration::from_secs(14), 200));
    assert_eq!(sent([busy(), busy(), busy(), busy(), busy()]), (5, Duration::from_secs(28), 409));
    assert_eq!(sent([answer(409, &[])]), (1, Duration::ZERO, 409), "another conflict is final");
}

#[test]
fn what_is_settled_or_busy_is_no_reason_to_repeat_a_write_without_a_key() {
    for outcome in [Outcome::Busy(Duration::from_secs(1)), Outcome::Settled] {
        assert_eq!(RETRY.pause(false, 1, Duration::ZERO, Duration::ZERO, &outcome), None);
    }
    assert_eq!(RETRY.pause(true, 1, Duration::ZERO, Duration::ZERO, &Outcome::Settled), None);
}

#[test]
fn what_the_worker_answers_is_read_whole_and_kept() {
    fn kept<T: serde::de::DeserializeOwned + serde::Serialize>(body: &Value) -> T {
        let read: T = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(&serde_json::to_value(&read).unwrap(), body);
        read
    }
    let read: OutboxMessage = kept(&json!({
        "type": "edge.message", "id": "m1", "caller": "mailer", "state": "unknown", "created_at": 1_763_900_000,
        "history": [
            {"state": "queued", "at": 1_763_900_000},
            {"state": "unknown", "at": 1_763_900_001, "cause": "Intercom answered 502"},
        ],
        "idempotency_key": "order-4711", "message_id": null, "contact_id": null, "batch_id": null, "template": null,
        "request": {"message_type": "email"}, "answer": {"status": 502, "body": {"type": "error.list"}}, "later": 1,
    }));
    assert_eq!(read.state.get(), Some(&MessageState::Unknown));
    assert_eq!(read.invalid_field(), None);
    let read: Batch = kept(&json!({
        "type": "edge.batch", "id": "b1", "caller": "news", "state": "paused", "created_at": 1, "finished_at": null,
        "template": {"name": "news", "version": 3}, "total": 10, "queued": 1, "sending": 2, "sent": 3, "failed": 4,
        "unknown": 0, "duplicates": 5, "rate": 61.5, "estimated_end_at": 2,
    }));
    assert_eq!(read.invalid_field(), None);
    let read: Template = kept(&json!({
        "type": "edge.template", "name": "news", "version": 1, "style": "plain", "subject": "Hi", "body": "Hi",
        "created_at": 1,
    }));
    assert_eq!(read.style.get(), Some(&Style::Plain));
    let read: Preview = kept(
        &json!({"type": "edge.preview", "subject": "Hi", "body": "Hi", "template": {"name": "news", "version": 1}}),
    );
    assert_eq!(read.invalid_field(), None);
    let _: Message = kept(&json!({"type": "admin_message", "id": "9"}));
}
