//! Exports: all contacts, companies or conversations as one stream, read in parallel within the rate limit.
//!
//! A cursor makes a list sequential. So an export divides the objects into disjoint [ranges](range) of creation dates,
//! and reads each by a cursor of its own. One object of the class `Exporter` [runs](run) the export, others
//! [read](reader) pages for it. The pages' rows pass through the first object and the Worker as streams of the runtime:
//! no code sees them.

mod fields;
mod object;
mod pending;
mod plan;
mod protocol;
mod query;
mod range;
mod reader;
mod removals;
mod rows;
mod run;
mod search;
mod token;

use crate::call::Format;
use crate::call::export::Exported;
use crate::edge::access::caller::Caller;
use crate::edge::access::scope::Scope;
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection, StoredResponse, kind};
use crate::edge::runtime;
use crate::edge::runtime::object_rpc;
use protocol::{Command, EXPORTERS};

/// Answers `GET /edge/export`.
pub async fn answer(context: &RequestContext<'_>, caller: &Caller) -> Result<Answer, Rejection> {
    if context.head.method != "GET" {
        return Err(Rejection::method_not_allowed("GET"));
    }
    let parameters = context.target.parameters()?;
    let of = query::exported(&parameters)?;
    caller.allow(match of {
        Exported::Contacts => Scope::ContactsRead,
        Exported::Companies => Scope::CompaniesRead,
        Exported::Conversations => Scope::ConversationsRead,
    })?;
    let id = runtime::random_uuid();
    let job = query::read(id.clone(), of, &parameters)?;
    let media_type = match job.selection.format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Ndjson => "application/x-ndjson",
    };
    context.config.require(EXPORTERS)?;
    let object = (EXPORTERS, &*id);
    let command = Command::Run(Box::new(job));
    match object_rpc::stream::<StoredResponse>(context.env, object, &command).await {
        Ok(Ok(stream)) => {
            let stream = web_sys::Response::from(stream).body().into();
            Ok(Answer::stream(stream, media_type).with("x-request-id", id.as_str()))
        }
        Ok(Err((response, body))) => Err(Rejection::response(StoredResponse { body, ..response })),
        Err(error) => {
            let words = "The object that runs the export was stopped: begin again";
            Err(Rejection::new(502, "bad_gateway", words).caused_by(&kind(&error)))
        }
    }
}
