//! `/edge/templates`: what messages are rendered from.

use super::super::answer::{Answer, Refusal};
use super::super::body;
use super::super::caller::Caller;
use super::super::outbox::{self, Command, Template};
use super::super::scope::Scope;
use super::super::template::{self, Source};
use super::super::upstream::Intercom;
use super::super::visit::Visit;
use super::notify::{asks_for_admin, person, rendered, sender};
use super::tell;
use crate::client::decode_json;
use crate::model::{NewTemplate, Preview, is_template_name};
use serde_json::json;

/// Answers a path below `/edge/templates`, given by its segments.
pub async fn answer(
    visit: &Visit<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Result<Answer, Refusal> {
    caller.allow(Scope::MessagesAdmin)?;
    let name = || match segments {
        [name, ..] if is_template_name(name) => Ok((*name).to_owned()),
        _ => {
            let words = "A template's name has 1 to 64 lower-case letters, digits, ., _ and -, and \
                         begins with a letter or digit";
            Err(Refusal::new(422, "parameter_invalid", words).naming("name"))
        }
    };
    let mut text = Vec::new();
    let command = match (segments, visit.facts.method) {
        ([], "GET" | "HEAD") => Command::ListTemplates,
        ([_], "GET" | "HEAD") => Command::ShowTemplate { name: name()?, version: version(visit)? },
        ([_], "PUT") => {
            let name = name()?;
            text = body::json(visit).await?;
            let NewTemplate { subject, body, .. } = NewTemplate::read(&text)?;
            template::check(&Source { subject: &subject, body: &body })?;
            Command::PutTemplate { name }
        }
        ([_], "DELETE") => Command::DeleteTemplate { name: name()? },
        ([_, "preview"], "POST") => return preview(visit, caller, name()?).await,
        ([_, "preview"], _) => return Err(Refusal::method_not_allowed("POST")),
        ([_], _) => return Err(Refusal::method_not_allowed("GET, HEAD, PUT, DELETE")),
        ([], _) => return Err(Refusal::method_not_allowed("GET, HEAD")),
        _ => return Err(Refusal::not_found("The Worker has nothing at this path")),
    };
    Ok(tell(visit, outbox::ask(visit.env, &command, &text).await?).into())
}

/// Renders a template without sending it.
async fn preview(visit: &Visit<'_>, caller: &Caller, name: String) -> Result<Answer, Refusal> {
    let Preview { to, variables, from, version, .. } = Preview::read(&body::json(visit).await?)?;
    if to.is_some() {
        caller.allow(Scope::ContactsRead)?;
    }
    let command = Command::FetchTemplate { name, version: version.map(i64::from) };
    let found = outbox::ask(visit.env, &command, &[]).await?.told;
    if found.status != 200 {
        return Ok(found.into());
    }
    let template: Template = decode_json(&found.body).map_err(|_| Refusal::broken())?;
    let from = sender(visit, from).unwrap_or_default();
    if asks_for_admin(&template, &from) {
        caller.allow(Scope::AdminsRead)?;
    }
    let intercom = Intercom::of(visit);
    let contact = match &to {
        Some(to) => Some(person(&intercom, to).await?),
        None => None,
    };
    let (subject, body) =
        rendered(&intercom, &template, contact.as_ref(), &from, &variables).await?;
    let preview = json!({
        "type": "edge.preview", "subject": subject, "body": body, "template": template.which(),
    });
    Ok(Answer::json(200, &preview).with_all(&intercom.limits()))
}

/// The version that the query asks for.
fn version(visit: &Visit<'_>) -> Result<Option<i64>, Refusal> {
    let mut version = None;
    for (name, value) in visit.target.parameters()? {
        if name != "version" {
            return Err(Refusal::parameter(&name, "The only parameter is version"));
        }
        version = Some(super::own::number(&name, &value, 1, i64::from(u32::MAX))?);
    }
    Ok(version)
}
