//! API 1.x for callers that still speak it: its calls are asked of API 2.x and answered in the shapes
//! of 2018. [`route`] has all of them; `docs/api-1.x.md` says field by field what carries.

mod change;
mod company;
mod conversation;
mod count;
mod cursors;
mod event;
mod message;
mod note;
mod pages;
mod parameters;
mod people;
mod query;
mod reply;
mod route;
mod tag;
mod visitor;

pub use route::{Asked, Route, route};

use crate::call::Call;
use crate::edge::access::caller::Caller;
use crate::edge::config::version::V1Version;
use crate::edge::intercom::upstream::{IN_DOUBT, Intercom};
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::person::{By, merged};
use js_sys::Uint8Array;
use serde::Serialize;
use worker::Env;

/// Answers a bridged call.
pub async fn answer(
    asked: Asked<'_>,
    version: V1Version,
    context: &RequestContext<'_>,
    caller: &Caller,
) -> Result<Answer, Rejection> {
    bridged(asked, version, context, caller).await.map_err(merged)
}

async fn bridged(
    asked: Asked<'_>,
    version: V1Version,
    context: &RequestContext<'_>,
    caller: &Caller,
) -> Result<Answer, Rejection> {
    let bridge = Bridge {
        caller,
        context,
        env: context.env,
        origin: context.target.origin,
        intercom: Intercom::of(context),
    };
    let Asked { route, id, .. } = asked;
    let parameters = || context.target.parameters();
    match route {
        Route::ListPeople(kind) => bridge.list(kind, version, &parameters()?).await,
        Route::ScrollPeople(kind) => bridge.scroll(kind, &parameters()?).await,
        Route::ShowPerson(kind) => bridge.get(kind, id).await,
        Route::SavePerson(kind) => bridge.save(kind, true, None).await,
        Route::UpdatePerson(kind) => {
            bridge.save(kind, false, Some(id).filter(|id| !id.is_empty())).await
        }
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
        Route::ListNotes => bridge.trace(&parameters()?).await,
        Route::ShowNote => bridge.note(id).await,
        Route::CreateNote => bridge.create_note().await,
        Route::ListEvents => bridge.events(&parameters()?).await,
        Route::CreateEvent => bridge.create_event().await,
        Route::ListConversations => bridge.conversations(&parameters()?).await,
        Route::ShowConversation => bridge.conversation(id, &parameters()?).await,
        Route::UpdateConversation => bridge.update_conversation(id, &parameters()?).await,
        Route::Reply => bridge.reply(id).await,
        Route::Count => bridge.count(&parameters()?).await,
        Route::SendMessage => bridge.send().await,
    }
}

/// What answering one bridged call needs.
struct Bridge<'a> {
    context: &'a RequestContext<'a>,
    /// Who asks: what a call does besides, as its body or query says, needs a scope of its own.
    caller: &'a Caller,
    env: &'a Env,
    /// The Worker's own address, for links to the next page.
    origin: &'a str,
    intercom: Intercom<'a>,
}

impl Bridge<'_> {
    /// Passes Intercom's answer on as it came.
    async fn pass<A>(&self, call: &Call<A>) -> Result<Answer, Rejection> {
        let answer = self.intercom.fetch(call).await;
        let answer =
            answer.map_err(|it| if call.is_repeatable() { it } else { it.of_write(IN_DOUBT) })?;
        let body = Uint8Array::from(answer.body.as_slice()).into();
        Ok(Answer::of_upstream(answer.status, body).with_all(&answer.headers))
    }

    /// A refusal in the middle of a call that takes several writes: what was done stays done, so the
    /// error says what that is.
    fn stopped(&self, rejection: &Rejection, done: &str) -> Rejection {
        let status = rejection.status();
        let doubt = if status >= 500 { " and may have been done" } else { "" };
        let words = format!("{done}; the next step ended in {status}{doubt}");
        let mut stopped = Rejection::new(status, "partly_done", words);
        if let Some(after) = rejection.header("retry-after") {
            stopped = stopped.with("retry-after", after);
        }
        self.intercom.limits().into_iter().fold(stopped, |it, (name, value)| it.with(name, value))
    }

    fn json(&self, body: &impl Serialize) -> Result<Answer, Rejection> {
        Ok(Answer::json(200, body).with_all(&self.intercom.limits()))
    }
}
