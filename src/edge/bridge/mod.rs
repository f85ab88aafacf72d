//! API 1.x for callers that still speak it: its calls are asked of API 2.x and answered in the shapes
//! of 2018. [`route`] has all of them; `docs/api-1.x.md` says field by field what carries.

mod body;
mod change;
mod company;
mod count;
mod event;
mod message;
mod named;
mod note;
mod people;
mod query;
mod route;
mod tag;
mod visitor;

pub use route::{Asked, Route, route};

use super::answer::{Answer, Refusal};
use super::caller::Caller;
use super::clock::Clock;
use super::dialect::Version;
use super::upstream::{self, Upstream};
use super::visit::Visit;
use crate::call::Call;
use crate::client::{Client, DEADLINE, Decode, Error, RateLimit, Request, Response, Timer};
use futures_util::future::{FutureExt, LocalBoxFuture};
use js_sys::Uint8Array;
use named::By;
use std::cell::RefCell;
use std::time::Duration;
use worker::Env;

/// Answers a bridged call.
pub async fn answer(
    asked: Asked<'_>,
    version: Version,
    visit: &Visit<'_>,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    let bridge = Bridge {
        caller,
        visit,
        env: visit.env,
        origin: visit.target.origin,
        limits: RefCell::default(),
    };
    let Asked { route, id, .. } = asked;
    let parameters = || visit.target.parameters();
    match route {
        Route::ListPeople(kind) => bridge.list(kind, version, &parameters()?).await,
        Route::ScrollPeople(kind) => bridge.scroll(kind, &parameters()?).await,
        Route::ShowPerson(kind) => bridge.get(kind, id).await,
        Route::SavePerson(kind) => bridge.save(kind, true).await,
        Route::UpdatePerson(kind) => bridge.save(kind, false).await,
        Route::RemovePerson(kind) => bridge.remove(kind, By::Id(id.to_owned())).await,
        Route::RemoveNamedPerson(kind) => bridge.remove_named(kind, &parameters()?).await,
        Route::ConvertLead => bridge.convert().await,
        Route::EraseUser => bridge.erase().await,
        Route::ShowVisitor => bridge.visitor(&parameters()?).await,
        Route::UpdateVisitor => bridge.update_visitor().await,
        Route::ConvertVisitor => bridge.convert_visitor().await,
        Route::ListCompanies => bridge.companies(&parameters()?).await,
        Route::ScrollCompanies => bridge.scroll_companies(&parameters()?).await,
        Route::ShowCompany => bridge.company(id).await,
        Route::SaveCompany => bridge.save_company().await,
        Route::ListCompanyUsers => bridge.company_users(id, &parameters()?).await,
        Route::ListTags => bridge.tags().await,
        Route::SaveTag => bridge.save_tag().await,
        Route::DeleteTag => bridge.delete_tag(id).await,
        Route::ListNotes => bridge.notes(&parameters()?).await,
        Route::ShowNote => bridge.note(id).await,
        Route::CreateNote => bridge.create_note().await,
        Route::ListEvents => bridge.events(&parameters()?).await,
        Route::CreateEvent => bridge.create_event().await,
        Route::Count => bridge.count(&parameters()?).await,
        Route::SendMessage => bridge.send().await,
    }
}

/// How much of a call's time must be left, after what leads up to it, for its own page or message.
const RESERVE: Duration = Duration::from_secs(10);

/// What is said where Intercom gave no answer that tells whether it wrote.
const IN_DOUBT: &str = "it may have been done all the same: look before you ask again";

/// What answering one bridged call needs.
struct Bridge<'a> {
    visit: &'a Visit<'a>,
    /// Who asks: what a call does besides, as its body or query says, needs a scope of its own.
    caller: &'a Caller,
    env: &'a Env,
    /// The Worker's own address, for links to the next page.
    origin: &'a str,
    /// Intercom's limit headers of its latest answer.
    limits: RefCell<Vec<(String, String)>>,
}

impl Bridge<'_> {
    /// Asks Intercom and reads the answer.
    async fn ask<A>(&self, call: &Call<A>) -> Result<A, Refusal>
    where
        Vec<u8>: Decode<A>,
    {
        let answer = self.fetch(call).await?;
        answer.body.decode().map_err(|reason| Error::Unreadable { reason }.into())
    }

    /// Has Intercom write something; if it may have done so all the same, the error says that.
    async fn write<A>(&self, call: &Call<A>) -> Result<A, Refusal>
    where
        Vec<u8>: Decode<A>,
    {
        self.ask(call).await.map_err(|refusal| refusal.of_write(IN_DOUBT))
    }

    /// Passes Intercom's answer on as it came.
    async fn pass<A>(&self, call: &Call<A>) -> Result<Answer, Refusal> {
        let answer = self.fetch(call).await;
        let answer = answer.map_err(|it| if call.read { it } else { it.of_write(IN_DOUBT) })?;
        let body = Uint8Array::from(answer.body.as_slice()).into();
        Ok(Answer::of_upstream(answer.status, body).with_all(&answer.headers))
    }

    /// Apart from what waits for it: there are dozens of calls, and one piece of code asks them all.
    fn fetch<'b, A>(
        &'b self,
        call: &'b Call<A>,
    ) -> LocalBoxFuture<'b, Result<Response<Vec<u8>>, Refusal>> {
        self.exchange(Request::of(call), call.read).boxed_local()
    }

    async fn exchange(
        &self,
        request: Request<'_>,
        read: bool,
    ) -> Result<Response<Vec<u8>>, Refusal> {
        let retry = upstream::retry(self.time_left());
        let client = Client::new(Upstream::of(self.visit), Clock, retry);
        let answer = client.exchange(request, read).await?;
        self.remember_limits(&answer);
        Ok(answer)
    }

    /// All that a call asks of Intercom shares one deadline.
    fn time_left(&self) -> Duration {
        DEADLINE.saturating_sub(Clock.now().saturating_sub(self.visit.arrived))
    }

    /// Waits where work of many requests would take what the workspace's other apps and people need
    /// of this window: a fifth of it stays free.
    async fn leave_room(&self) {
        let limit = {
            let limits = self.limits.borrow();
            let header = |name: &str| limits.iter().find(|(known, _)| known == name);
            RateLimit::from_headers(|name| header(name).map(|(_, value)| value.as_str()))
        };
        let pause = limit.map_or(Duration::ZERO, |limit| limit.pause(0.2, Clock.now()));
        if !pause.is_zero() {
            Clock.sleep(pause).await;
        }
    }

    fn remember_limits(&self, response: &Response<Vec<u8>>) {
        let limits = response.headers.iter().filter(|(name, _)| name.starts_with("x-ratelimit-"));
        self.limits.replace(limits.cloned().collect());
    }

    /// Refuses to begin what time no longer allows; `nothing` says what wasn't done.
    fn in_time(&self, nothing: &str) -> Result<(), Refusal> {
        if self.time_left() >= RESERVE {
            return Ok(());
        }
        let words = format!("Intercom took too long over what leads up to it: {nothing}");
        Err(Refusal::new(504, "gateway_timeout", words))
    }

    /// A refusal in the middle of a call that takes several writes: what was done stays done, so the
    /// error says what that is.
    fn stopped(&self, refusal: &Refusal, done: &str) -> Refusal {
        let status = refusal.status();
        let doubt = if status >= 500 { " and may have been done" } else { "" };
        let words = format!("{done}; the next step ended in {status}{doubt}");
        let limits = self.limits.borrow();
        let stopped = Refusal::new(status, "partly_done", words);
        limits.iter().fold(stopped, |stopped, (name, value)| stopped.with(name.clone(), value))
    }

    fn json(&self, body: &impl serde::Serialize) -> Result<Answer, Refusal> {
        Ok(Answer::json(200, body).with_all(&self.limits.borrow()))
    }
}
