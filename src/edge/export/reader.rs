//! Reads a page of Intercom's for an export. There are several readers, because the runtime gives each object six
//! connections at a time.

use crate::client::{DEADLINE, Failure, Response, requested_wait};
use crate::edge::config::Config;
use crate::edge::export::protocol::{PageQuery, PageReply};
use crate::edge::export::rows::Rows;
use crate::edge::export::search;
use crate::edge::intercom::upstream::whole;
use crate::edge::request::context::Trace;
use crate::edge::runtime;
use crate::edge::runtime::clock::milliseconds;

/// Reads a page. Returns the rows beside the reply, or Intercom's error.
pub async fn read(config: &Config, query: &PageQuery) -> (PageReply, Vec<u8>) {
    let call = search::page(query);
    let (Ok(upstream), Ok(target)) = (config.upstream(), call.target()) else {
        return (PageReply::default(), Vec::new());
    };
    let begun = runtime::now();
    let method = call.operation().method.as_str();
    let time = milliseconds(DEADLINE);
    let answer = upstream.ask(method, target, &config.upstream_version, call.body(), time);
    let response = match whole(answer, DEADLINE, begun, &Trace::default()).await {
        Ok(response) => response,
        Err(failure) => {
            let timed_out = failure == Failure::Timeout;
            return (PageReply { timed_out, ..PageReply::default() }, Vec::new());
        }
    };
    let wait = requested_wait(runtime::now(), |name| response.header(name));
    let limit = response.rate_limit();
    let reply = PageReply {
        status: response.status,
        rate_limit: limit.map(|limit| (limit.limit, limit.remaining, limit.reset.as_secs())),
        took: u64::from(milliseconds(runtime::now().saturating_sub(begun))),
        wait: wait.map(|wait| wait.as_millis().try_into().unwrap_or(u64::MAX)),
        ..PageReply::default()
    };
    if response.status != 200 {
        return (reply, response.body);
    }
    match query.selection.write(&response.body, query.range.as_ref(), query.limit) {
        Ok(Rows { text, count: rows, total, next, is_over_limit }) => {
            (PageReply { rows, total, next, is_over_limit, ..reply }, text)
        }
        Err(reason) => (PageReply { unreadable: Some(reason.to_owned()), ..reply }, Vec::new()),
    }
}
