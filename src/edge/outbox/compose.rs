//! Composes the e-mail that goes out: finds its recipient, and renders its template. Previews of templates
//! and the recipients of batches come from here, too.

use crate::call::{Body, JsonText, PageRequest, admin, contact};
use crate::edge::intercom::upstream::Intercom;
use crate::edge::outbox::Template;
use crate::edge::outbox::render::{self, Context, Fault, Source};
use crate::edge::outbox::sender::Made;
use crate::edge::response::Rejection;
use crate::model::{Content, Group, List, Notification, Object, Search, To};
use serde_json::{Value, json};

/// The body of API 2.x for a notification, and its reader. One who can get no e-mail is an error.
pub async fn notification(
    intercom: &Intercom<'_>,
    template: Option<&Template>,
    asked: &[u8],
) -> Result<Made, Rejection> {
    let Notification { to, content, from, .. } = Notification::read(asked)?;
    let from = from.unwrap_or_default();
    let contact = person(intercom, &to).await?;
    let text = |field: &str| contact.get(field).and_then(Value::as_str).unwrap_or_default();
    let is = |field: &str| contact.get(field) == Some(&Value::Bool(true));
    let without_email = match contact.get("email") {
        Some(Value::String(email)) => email.trim().is_empty(),
        // A contact that doesn't tell is Intercom's to judge.
        known => known == Some(&Value::Null),
    };
    let obstacle = if without_email {
        Some(("contact_without_email", "The person has no e-mail address: nothing was sent"))
    } else if is("unsubscribed_from_emails") {
        Some(("contact_unsubscribed", "The person has unsubscribed from e-mails: nothing was sent"))
    } else if is("has_hard_bounced") {
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
    let message = json!({
        "message_type": "email",
        "subject": subject,
        "body": body,
        "template": style,
        "from": { "type": "admin", "id": from },
        "to": { "type": text("role"), "id": text("id") },
    });
    Ok(Made {
        contact: Some(text("id").to_owned()),
        created_at: contact.get("created_at").and_then(Value::as_i64),
        body: serde_json::to_vec(&message).unwrap_or_default(),
    })
}

/// A template, filled in: its subject and its text.
pub async fn rendered(
    intercom: &Intercom<'_>,
    template: &Template,
    contact: Option<&Object>,
    from: &str,
    variables: &Object,
) -> Result<(String, String), Rejection> {
    let source = Source { subject: &template.subject, body: &template.body };
    let admin = match asks_for_admin(template, from) {
        true => Some(intercom.ask(&admin::get(from).answering::<Object>()).await?),
        false => None,
    };
    let context = Context { contact, admin: admin.as_ref(), variables };
    let rendered = render::render(&source, &context)?;
    Ok((rendered.subject, rendered.body))
}

/// Whether rendering a template reads the admin who sends.
pub fn asks_for_admin(template: &Template, from: &str) -> bool {
    let source = Source { subject: &template.subject, body: &template.body };
    !from.is_empty() && source.asks_for("admin")
}

/// The person whom a notification names, as API 2.x has them.
pub async fn person(intercom: &Intercom<'_>, to: &To) -> Result<Object, Rejection> {
    let (field, value) = to.entry();
    let field = format!("to.{field}");
    let nobody = || Rejection::not_found("Nobody was found by this").naming(&field);
    let found = match to {
        To::Id(id) => intercom.ask(&contact::get(id).answering::<Object>()).await,
        To::UserId(id) => {
            intercom.ask(&contact::find_by_external_id(id).answering::<Object>()).await
        }
        To::Email(_) => {
            let query = Group::equals("email", value);
            let search = Search { query: query.into(), ..Search::default() };
            let mut people = page(intercom, &search.page(50, None)).await?.items;
            if people.len() > 1 {
                let ids: Vec<&str> = people.iter().filter_map(id_of).collect();
                let words = format!(
                    "Several people have this address; name one by id: {}. Nothing was sent",
                    ids.join(", ")
                );
                let ids = ids.into();
                return Err(Rejection::new(409, "conflict", words)
                    .naming(&field)
                    .holding("ids", ids));
            }
            people.pop().ok_or_else(nobody)
        }
    };
    match found {
        Ok(person) if id_of(&person).is_some() => Ok(person),
        Ok(_) => Err(Rejection::unreadable("the contact has no id")),
        Err(rejection) if rejection.status() == 404 => Err(nobody()),
        Err(rejection) => Err(rejection),
    }
}

/// Intercom's ids of a page of people whom a search finds, and the cursor of the next page.
pub async fn people(
    intercom: &Intercom<'_>,
    search: &[u8],
) -> Result<(Vec<String>, Option<String>), Rejection> {
    let list = page(intercom, &json_text(search)?).await?;
    let next = list.starting_after().map(str::to_owned);
    Ok((list.items.iter().filter_map(id_of).map(str::to_owned).collect(), next))
}

/// How many people a search finds.
pub async fn count(intercom: &Intercom<'_>, search: &[u8]) -> Result<i64, Rejection> {
    let list = page(intercom, &json_text(search)?).await?;
    let count = list.total_count.get().copied();
    count.ok_or_else(|| Rejection::unreadable("the list has no total_count"))
}

/// A page of people, whole: templates may use any field.
async fn page(intercom: &Intercom<'_>, search: &impl Body) -> Result<List<Object>, Rejection> {
    let call = contact::search(search, &PageRequest::default()).answering();
    let list: List<Object> = intercom.ask(&call).await?;
    if list.key.is_none() {
        return Err(Rejection::unreadable("it is not a list of contacts"));
    }
    Ok(list)
}

fn json_text(search: &[u8]) -> Result<JsonText, Rejection> {
    let text = std::str::from_utf8(search).map_err(|_| Rejection::broken())?;
    Ok(JsonText(text.to_owned()))
}

fn id_of(person: &Object) -> Option<&str> {
    person.get("id").and_then(Value::as_str)
}

/// What is wrong with a template, or with what it is filled with.
impl From<Fault> for Rejection {
    fn from(Fault { field, message }: Fault) -> Self {
        Self::new(422, "template_invalid", message).naming(field)
    }
}
