//! API 1.x for old callers: asks API 2.x, and answers in the shapes of 2018. [`route`] has every operation of
//! API 1.x; `docs/api-1.x.md` says which fields it carries.

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

pub use route::{Match, find};

use crate::call::Call;
use crate::edge::access::caller::Caller;
use crate::edge::config::version::V1Version;
use crate::edge::intercom::person::PersonRef;
use crate::edge::intercom::upstream::{IN_DOUBT, Intercom};
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::person::merged;
use js_sys::Uint8Array;
use route::V1Operation;
use serde::Serialize;
use worker::Env;

/// Answers a bridged call.
pub async fn answer(
    found: Match<'_>,
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
    bridge.run(found, version).await.map_err(merged)
}

/// One bridged call: its request, its caller, and the way to Intercom.
struct Bridge<'a> {
    context: &'a RequestContext<'a>,
    /// The caller. The body or the query may need a scope besides the operation's.
    caller: &'a Caller,
    env: &'a Env,
    /// The Worker's own address, for links to the next page.
    origin: &'a str,
    intercom: Intercom<'a>,
}

impl Bridge<'_> {
    async fn run(&self, found: Match<'_>, version: V1Version) -> Result<Answer, Rejection> {
        use V1Operation as Operation;
        let Match { operation, id, .. } = found;
        let parameters = || self.context.target.parameters();
        match operation {
            Operation::ListPeople(kind) => self.list(kind, version, &parameters()?).await,
            Operation::ScrollPeople(kind) => self.scroll(kind, &parameters()?).await,
            Operation::ShowPerson(kind) => self.get(kind, id).await,
            Operation::SavePerson(kind) => self.save(kind, true, None).await,
            Operation::UpdatePerson(kind) => {
                self.save(kind, false, Some(id).filter(|id| !id.is_empty())).await
            }
            Operation::RemovePerson(kind) => self.remove(kind, PersonRef::Id(id.to_owned())).await,
            Operation::RemoveNamedPerson(kind) => self.remove_named(kind, &parameters()?).await,
            Operation::ConvertLead => self.convert().await,
            Operation::EraseUser => self.erase().await,
            Operation::ShowVisitor => self.visitor(&parameters()?).await,
            Operation::UpdateVisitor => self.update_visitor().await,
            Operation::ConvertVisitor => self.convert_visitor().await,
            Operation::ListCompanies => self.companies(&parameters()?).await,
            Operation::ScrollCompanies => self.scroll_companies(&parameters()?).await,
            Operation::ShowCompany => self.company(id).await,
            Operation::SaveCompany => self.save_company().await,
            Operation::ListCompanyUsers => self.company_users(id, &parameters()?).await,
            Operation::ListTags => self.tags().await,
            Operation::SaveTag => self.save_tag().await,
            Operation::DeleteTag => self.delete_tag(id).await,
            Operation::ListNotes => self.notes(&parameters()?).await,
            Operation::ShowNote => self.note(id).await,
            Operation::CreateNote => self.create_note().await,
            Operation::ListEvents => self.events(&parameters()?).await,
            Operation::CreateEvent => self.create_event().await,
            Operation::ListConversations => self.conversations(&parameters()?).await,
            Operation::ShowConversation => self.conversation(id, &parameters()?).await,
            Operation::UpdateConversation => self.update_conversation(id, &parameters()?).await,
            Operation::Reply => self.reply(id).await,
            Operation::Count => self.count(&parameters()?).await,
            Operation::SendMessage => self.send().await,
        }
    }

    /// Passes Intercom's response on unchanged.
    async fn pass<A>(&self, call: &Call<A>) -> Result<Answer, Rejection> {
        let answer = self.intercom.fetch(call).await;
        let answer =
            answer.map_err(|it| if call.is_repeatable() { it } else { it.of_write(IN_DOUBT) })?;
        let body = Uint8Array::from(answer.body.as_slice()).into();
        Ok(Answer::of_upstream(answer.status, body).with_all(&answer.headers))
    }

    /// Makes the rejection of a call that failed after its first writes, which can't be undone: `done` says
    /// what they were.
    fn partly_done(&self, rejection: &Rejection, done: &str) -> Rejection {
        let status = rejection.status();
        let doubt = if status >= 500 { " and may have been done" } else { "" };
        let message = format!("{done}; the next step ended in {status}{doubt}");
        let partly_done = Rejection::new(status, "partly_done", message);
        let mut partly_done = partly_done.caused_like(rejection);
        if let Some(after) = rejection.header("retry-after") {
            partly_done = partly_done.with("retry-after", after);
        }
        let limits = self.intercom.limits().into_iter();
        limits.fold(partly_done, |it, (name, value)| it.with(name, value))
    }

    fn json(&self, body: &impl Serialize) -> Result<Answer, Rejection> {
        Ok(Answer::json(200, body).with_all(&self.intercom.limits()))
    }
}
