//! `/edge/templates`: stores, shows, lists, removes and previews templates.

use crate::client::decode_json;
use crate::edge::access::caller::Caller;
use crate::edge::access::scope::Scope;
use crate::edge::intercom::upstream::Intercom;
use crate::edge::messages::notify::sender;
use crate::edge::messages::response_of;
use crate::edge::outbox;
use crate::edge::outbox::compose::{recipient, rendered, uses_admin};
use crate::edge::outbox::protocol::{Command, StoredTemplate};
use crate::edge::outbox::render::{self, Source};
use crate::edge::request::body;
use crate::edge::request::context::RequestContext;
use crate::edge::request::values::whole_number;
use crate::edge::response::{Answer, Rejection};
use crate::model::{NewTemplate, Preview, PreviewRequest, TemplateVersion, is_template_name};

/// Answers a path below `/edge/templates`, given by its segments.
pub async fn answer(
    context: &RequestContext<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Result<Answer, Rejection> {
    caller.allow(match context.head.method {
        "PUT" | "DELETE" => Scope::TemplatesWrite,
        _ => Scope::TemplatesRead,
    })?;
    let name = || match segments {
        [name, ..] if is_template_name(name) => Ok((*name).to_owned()),
        _ => {
            let words = "A template's name has 1 to 64 lower-case letters, digits, ., _ and -, and \
                         begins with a letter or digit";
            Err(Rejection::new(422, "parameter_invalid", words).naming("name"))
        }
    };
    let mut text = Vec::new();
    let command = match (segments, context.head.method) {
        ([], "GET" | "HEAD") => Command::ListTemplates,
        ([_], "GET" | "HEAD") => {
            Command::ShowTemplate { name: name()?, version: version(context)? }
        }
        ([_], "PUT") => {
            let name = name()?;
            text = body::json(context).await?;
            let NewTemplate { subject, body, .. } = NewTemplate::read(&text)?;
            render::check(&Source { subject: &subject, body: &body })?;
            Command::PutTemplate { name }
        }
        ([_], "DELETE") => Command::DeleteTemplate { name: name()? },
        ([_, "preview"], "POST") => return preview(context, caller, name()?).await,
        ([_, "preview"], _) => return Err(Rejection::method_not_allowed("POST")),
        ([_], _) => return Err(Rejection::method_not_allowed("GET, HEAD, PUT, DELETE")),
        ([], _) => return Err(Rejection::method_not_allowed("GET, HEAD")),
        _ => return Err(Rejection::not_found("The Worker has nothing at this path")),
    };
    Ok(response_of(context, outbox::ask(context.env, &command, &text).await?).into())
}

/// Renders a template without sending it.
async fn preview(
    context: &RequestContext<'_>,
    caller: &Caller,
    name: String,
) -> Result<Answer, Rejection> {
    let PreviewRequest { to, variables, from, version, .. } =
        PreviewRequest::read(&body::json(context).await?)?;
    if to.is_some() {
        caller.allow(Scope::ContactsRead)?;
    }
    let command = Command::FetchTemplate { name, version: version.map(i64::from) };
    let found = outbox::ask(context.env, &command, &[]).await?.response;
    if found.status != 200 {
        return Ok(found.into());
    }
    let template: StoredTemplate = decode_json(&found.body).map_err(|_| Rejection::broken())?;
    let from = sender(context, from).unwrap_or_default();
    if uses_admin(&template, &from) {
        caller.allow(Scope::AdminsRead)?;
    }
    let intercom = Intercom::of(context);
    let contact = match &to {
        Some(to) => Some(recipient(&intercom, to).await?),
        None => None,
    };
    let (subject, body) =
        rendered(&intercom, &template, contact.as_ref(), &from, &variables).await?;
    let preview = Preview {
        r#type: "edge.preview".into(),
        subject: subject.into(),
        body: body.into(),
        template: TemplateVersion::from(&template.key()).into(),
        ..Preview::default()
    };
    Ok(Answer::json(200, &preview).with_all(&intercom.limits()))
}

/// Reads the version from the query.
fn version(context: &RequestContext<'_>) -> Result<Option<i64>, Rejection> {
    let mut version = None;
    for (name, value) in context.target.parameters()? {
        if name != "version" {
            return Err(Rejection::parameter(&name, "The only parameter is version"));
        }
        version = Some(whole_number(&name, &value, 1, i64::from(u32::MAX))?);
    }
    Ok(version)
}
