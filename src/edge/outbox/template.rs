//! The outbox's table of templates. A version is never changed, and one that was removed stays until
//! no message can need it.

use crate::edge::outbox::message::Version;
use crate::edge::outbox::{Inner, Reply};
use crate::edge::response::Rejection;
use crate::edge::runtime::sql::now;
use crate::model::NewTemplate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use worker::Result;

/// A version of a template.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Template {
    /// The template's name.
    pub name: String,
    /// The version.
    pub version: i64,
    /// The subject, unrendered.
    pub subject: String,
    /// The text, unrendered.
    pub body: String,
    /// Intercom's `template`: `plain` or `personal`.
    pub style: String,
    /// When it was stored, in milliseconds since 1970.
    pub created: i64,
}

const ROW: &str = "SELECT json_object('name', name, 'version', version, 'subject', subject,
    'body', body, 'style', style, 'created', created) FROM template";

impl Template {
    /// Which it is.
    pub fn which(&self) -> Version {
        Version { name: self.name.clone(), version: self.version }
    }

    fn shown(&self) -> Value {
        json!({
            "type": "edge.template",
            "name": self.name,
            "version": self.version,
            "style": self.style,
            "subject": self.subject,
            "body": self.body,
            "created_at": self.created.div_euclid(1000),
        })
    }
}

impl Inner {
    /// A template in a version that may have been removed since.
    pub(super) fn source(&self, which: &Version) -> Result<Option<Template>> {
        self.store.first(
            &format!("{ROW} WHERE name = ? AND version = ?"),
            vec![which.name.as_str().into(), which.version.into()],
        )
    }

    /// A template in its newest version, or in another.
    pub(super) fn template(
        &self,
        name: &str,
        version: Option<i64>,
    ) -> std::result::Result<Template, Rejection> {
        let found = self.store.first(
            &format!(
                "{ROW} WHERE name = ?1 AND (?2 IS NULL OR version = ?2) AND removed IS NULL
                 ORDER BY version DESC LIMIT 1"
            ),
            vec![name.into(), version.into()],
        )?;
        found.ok_or_else(|| {
            let words = match version {
                Some(_) => "There is no such version of the template",
                None => "There is no such template: store it with PUT /edge/templates/{name}",
            };
            Rejection::not_found(words).naming("template")
        })
    }

    pub(super) fn show_template(
        &self,
        name: &str,
        version: Option<i64>,
    ) -> std::result::Result<Reply, Rejection> {
        Ok(Reply::json(200, &self.template(name, version)?.shown()))
    }

    pub(super) fn list_templates(&self) -> std::result::Result<Reply, Rejection> {
        let templates: Vec<Template> = self.store.all(
            &format!(
                "{ROW} AS one WHERE removed IS NULL AND version =
                   (SELECT max(version) FROM template WHERE name = one.name)
                 ORDER BY name"
            ),
            vec![],
        )?;
        let data: Vec<Value> = templates.iter().map(Template::shown).collect();
        Ok(Reply::json(200, &json!({ "type": "list", "data": data })))
    }

    /// Stores a template. The same text again makes no new version.
    pub(super) fn put_template(
        &self,
        name: &str,
        text: &[u8],
    ) -> std::result::Result<Reply, Rejection> {
        let text = NewTemplate::read(text).map_err(|_| Rejection::broken())?;
        let newest = self.template(name, None).ok();
        let style = text.style.as_str();
        if let Some(known) = &newest
            && (&known.subject, &known.body, known.style.as_str())
                == (&text.subject, &text.body, style)
        {
            return Ok(Reply::json(200, &known.shown()));
        }
        self.store.run(
            "INSERT INTO template (name, version, subject, body, style, created)
             SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3, ?4, ?5 FROM template WHERE name = ?1",
            vec![
                name.into(),
                text.subject.into(),
                text.body.into(),
                style.into(),
                now().into(),
            ],
        )?;
        let status = if newest.is_some() { 200 } else { 201 };
        Ok(Reply::json(status, &self.template(name, None)?.shown()))
    }

    pub(super) fn delete_template(&self, name: &str) -> std::result::Result<Reply, Rejection> {
        self.template(name, None)?;
        self.store.run(
            "UPDATE template SET removed = ? WHERE name = ? AND removed IS NULL",
            vec![now().into(), name.into()],
        )?;
        Ok(Reply::no_content())
    }
}
