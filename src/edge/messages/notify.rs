//! `POST /edge/notify`: one e-mail to one person in one call.

use crate::edge::access::caller::Caller;
use crate::edge::messages::{Outgoing, may_read_rendered, send};
use crate::edge::outbox::protocol::{Job, MessageSummary};
use crate::edge::outbox::without_text;
use crate::edge::request::body;
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection};
use crate::model::{Content, Notification};

/// Sends a notification.
pub async fn answer(context: &RequestContext<'_>, caller: &Caller) -> Result<Answer, Rejection> {
    let request = body::json(context).await?;
    let mut notification = Notification::read(&request)?;
    notification.from = Some(sender(context, notification.from)?);
    let template = match &notification.content {
        Content::Template { name, .. } => Some(name.clone()),
        Content::Inline { .. } => None,
    };
    let body = serde_json::to_vec(&notification).unwrap_or_default();
    let is_rendered = template.is_some();
    let summary = MessageSummary::of_request(&body);
    let message = Outgoing::message(Job::Notification, template, summary);
    let response = send(context, caller, "edge", &request, message, &body).await?;
    let is_hidden = is_rendered && !may_read_rendered(caller);
    Ok(if is_hidden { without_text(response) } else { response }.into())
}

/// The id of the admin who sends: the one of the request, or the operator's default.
pub fn sender(context: &RequestContext<'_>, from: Option<String>) -> Result<String, Rejection> {
    from.or_else(|| context.config.outbox.sender.clone()).ok_or_else(|| {
        let words = "Say which admin sends, {\"type\":\"admin\",\"id\":\"…\"}, or have the operator set \
                     SENDER_ADMIN_ID";
        Rejection::new(422, "parameter_not_found", words).naming("from")
    })
}
