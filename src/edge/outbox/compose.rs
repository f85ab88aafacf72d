//! Composes the e-mail that goes out: finds its recipient, and renders its template. It also renders previews
//! of templates, and finds the people of batches.

use crate::call::{JsonText, PageRequest, admin, contact};
use crate::edge::intercom::person::{PersonRef, id_of};
use crate::edge::intercom::upstream::Intercom;
use crate::edge::outbox::protocol::{MessageSummary, PreparedMessage, StoredTemplate};
use crate::edge::outbox::render::{self, Context, Fault, Source};
use crate::edge::response::Rejection;
use crate::model::{
    Contact, Content, Field, Id, List, MessageType, NewMessage, Notification, Object, Party,
    Recipients, Role, Timestamp,
};
use serde::Serialize;
use serde_json::Value;

/// Composes the message of API 2.x for a notification. A recipient who can't get e-mail is an error.
pub async fn notification(
    intercom: &Intercom<'_>,
    template: Option<&StoredTemplate>,
    request: &[u8],
) -> Result<PreparedMessage, Rejection> {
    let Notification { to, content, from, .. } = Notification::read(request)?;
    let from = from.unwrap_or_default();
    let contact = recipient(intercom, &to).await?;
    let is = |field: &Field<bool>| field.get() == Some(&true);
    let without_email = match &contact.email {
        Field::Known(email) => email.trim().is_empty(),
        // Without the field, Intercom checks the address.
        field => *field == Field::Null,
    };
    let obstacle = if without_email {
        Some(("contact_without_email", "The person has no e-mail address: nothing was sent"))
    } else if is(&contact.unsubscribed_from_emails) {
        Some(("contact_unsubscribed", "The person has unsubscribed from e-mails: nothing was sent"))
    } else if is(&contact.has_hard_bounced) {
        Some(("contact_bounced", "E-mails to the person's address bounce: nothing was sent"))
    } else {
        None
    };
    if let Some((code, message)) = obstacle {
        return Err(Rejection::new(422, code, message).naming("to"));
    }
    let (subject, body, style) = match content {
        Content::Inline { subject, body, style } => (subject, body, style.as_str().to_owned()),
        Content::Template { variables, .. } => {
            let template = template.ok_or_else(|| {
                Rejection::not_found("The template was removed before the message went out")
            })?;
            let (subject, body) =
                rendered(intercom, template, Some(&contact), &from, &variables).await?;
            (subject, body, template.style.clone())
        }
    };
    let summary = MessageSummary::of_contact(&contact, Some(&subject));
    let id = id_of(&contact)?;
    let role = contact.role.get().map_or("", Role::as_str);
    let party = |role: &str, id: &str| Party {
        r#type: role.into(),
        id: Id::from(id).into(),
        ..Party::default()
    };
    let message = NewMessage {
        message_type: MessageType::Email.into(),
        subject: subject.into(),
        body: body.into(),
        template: style.into(),
        from: party("admin", &from).into(),
        to: Recipients::One(party(role, &id)).into(),
        ..NewMessage::default()
    };
    Ok(PreparedMessage {
        summary,
        created_at: contact.created_at.get().and_then(Timestamp::seconds),
        body: serde_json::to_vec(&message).unwrap_or_default(),
    })
}

/// Renders a template, and returns its subject and its body.
pub async fn rendered(
    intercom: &Intercom<'_>,
    template: &StoredTemplate,
    contact: Option<&Contact>,
    from: &str,
    variables: &Object,
) -> Result<(String, String), Rejection> {
    let source = Source { subject: &template.subject, body: &template.body };
    let admin = match uses_admin(template, from) {
        true => Some(fields(&intercom.ask(&admin::get(from)).await?)),
        false => None,
    };
    let contact = contact.map(fields);
    let context = Context { contact: contact.as_ref(), admin: admin.as_ref(), variables };
    let rendered = render::render(&source, &context)?;
    Ok((rendered.subject, rendered.body))
}

/// Checks if rendering a template reads the admin who sends.
pub fn uses_admin(template: &StoredTemplate, from: &str) -> bool {
    let source = Source { subject: &template.subject, body: &template.body };
    !from.is_empty() && source.uses("admin")
}

/// Finds the person that `to` of a notification or of a preview names.
pub async fn recipient(intercom: &Intercom<'_>, to: &PersonRef) -> Result<Contact, Rejection> {
    let field = format!("to.{}", to.entry().0);
    let found = intercom.find_person(to, None, &field).await?;
    let words = "There is no such person";
    let contact = found.ok_or_else(|| Rejection::not_found(words).naming(&field))?;
    id_of(&contact)?;
    Ok(contact)
}

/// Finds a page of people by a search: their ids, and the cursor of the next page.
pub async fn people(
    intercom: &Intercom<'_>,
    search: &[u8],
) -> Result<(Vec<String>, Option<String>), Rejection> {
    let list = search_people(intercom, search).await?;
    let next = list.starting_after().map(str::to_owned);
    let ids = list.items.iter().filter_map(|contact| contact.id.get()).map(Id::to_string);
    Ok((ids.collect(), next))
}

/// Counts the people whom a search finds.
pub async fn count(intercom: &Intercom<'_>, search: &[u8]) -> Result<i64, Rejection> {
    let list = search_people(intercom, search).await?;
    let count = list.total_count.get().copied();
    count.ok_or_else(|| Rejection::unreadable("the list has no total_count"))
}

async fn search_people(intercom: &Intercom<'_>, search: &[u8]) -> Result<List<Contact>, Rejection> {
    let text = std::str::from_utf8(search).map_err(|_| Rejection::broken())?;
    let search = JsonText(text.to_owned());
    intercom.list(&contact::search(&search, &PageRequest::default())).await
}

/// Gives all fields of a model, because a template may use any of them.
fn fields(model: &impl Serialize) -> Object {
    match serde_json::to_value(model) {
        Ok(Value::Object(fields)) => fields,
        _ => Object::new(),
    }
}

/// A template that can't be rendered is invalid: 422.
impl From<Fault> for Rejection {
    fn from(Fault { field, message }: Fault) -> Self {
        Self::new(422, "template_invalid", message).naming(field)
    }
}
