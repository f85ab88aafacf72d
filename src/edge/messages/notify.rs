//! `POST /edge/notify`: one e-mail to one person in one call. Finding the person and filling in the
//! template are here, too, for batches and previews as well.

use crate::edge::access::caller::Caller;
use crate::edge::messages::{Outgoing, may_read_rendered, send, without_text};
use crate::edge::outbox::Job;
use crate::edge::request::body;
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection};
use crate::model::{Content, Notification};

/// Sends a notification.
pub async fn answer(context: &RequestContext<'_>, caller: &Caller) -> Result<Answer, Rejection> {
    let asked = body::json(context).await?;
    let mut notification = Notification::read(&asked)?;
    notification.from = Some(sender(context, notification.from)?);
    let template = match &notification.content {
        Content::Template { name, .. } => Some(name.clone()),
        Content::Inline { .. } => None,
    };
    let body = serde_json::to_vec(&notification).unwrap_or_default();
    let is_rendered = template.is_some();
    let message = Outgoing::message(Job::Notification, template);
    let response = send(context, caller, "edge", &asked, message, &body).await?;
    let hides = is_rendered && !may_read_rendered(caller);
    Ok(if hides { without_text(response) } else { response }.into())
}

/// The admin who sends.
pub fn sender(context: &RequestContext<'_>, from: Option<String>) -> Result<String, Rejection> {
    from.or_else(|| context.config.outbox.sender.clone()).ok_or_else(|| {
        let words = "Say which admin sends, {\"type\":\"admin\",\"id\":\"…\"}, or have the operator set \
                     SENDER_ADMIN_ID";
        Rejection::new(422, "parameter_not_found", words).naming("from")
    })
}
