//! The table of templates. A version never changes, and a removed one stays until no message can need it.

use crate::edge::outbox::protocol::{StoredTemplate, TemplateKey};
use crate::edge::runtime::sql::{Store, now};
use crate::model::NewTemplate;
use std::rc::Rc;
use worker::Result;

const ROW: &str = "SELECT json_object('name', name, 'version', version, 'subject', subject,
    'body', body, 'style', style, 'created', created) FROM template";

/// Reads and writes the table of templates.
#[derive(Clone, Debug)]
pub struct TemplateStore {
    sql: Rc<Store>,
}

impl TemplateStore {
    /// Reads and writes the tables of an object.
    pub const fn new(sql: Rc<Store>) -> Self {
        Self { sql }
    }

    /// Finds a version of a template; the newest without a version. Removed templates are left out.
    pub fn current(&self, name: &str, version: Option<i64>) -> Result<Option<StoredTemplate>> {
        self.sql.first(
            &format!(
                "{ROW} WHERE name = ?1 AND (?2 IS NULL OR version = ?2) AND removed IS NULL
                 ORDER BY version DESC LIMIT 1"
            ),
            vec![name.into(), version.into()],
        )
    }

    /// Finds a version of a template that may have been removed since.
    pub fn by_key(&self, key: &TemplateKey) -> Result<Option<StoredTemplate>> {
        self.sql.first(
            &format!("{ROW} WHERE name = ? AND version = ?"),
            vec![key.name.as_str().into(), key.version.into()],
        )
    }

    /// Lists the templates in their newest versions, by name.
    pub fn all(&self) -> Result<Vec<StoredTemplate>> {
        self.sql.all(
            &format!(
                "{ROW} AS one WHERE removed IS NULL AND version =
                   (SELECT max(version) FROM template WHERE name = one.name)
                 ORDER BY name"
            ),
            vec![],
        )
    }

    /// Adds a version.
    pub fn insert(&self, name: &str, template: NewTemplate) -> Result<()> {
        self.sql.run(
            "INSERT INTO template (name, version, subject, body, style, created)
             SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3, ?4, ?5 FROM template WHERE name = ?1",
            vec![
                name.into(),
                template.subject.into(),
                template.body.into(),
                template.style.as_str().into(),
                now().into(),
            ],
        )
    }

    /// Marks all versions of a template as removed.
    pub fn remove(&self, name: &str) -> Result<()> {
        self.sql.run(
            "UPDATE template SET removed = ? WHERE name = ? AND removed IS NULL",
            vec![now().into(), name.into()],
        )
    }

    /// Deletes the templates that were removed before a time.
    pub fn delete_removed(&self, before: i64) -> Result<()> {
        self.sql.run("DELETE FROM template WHERE removed <= ?", vec![before.into()])
    }
}
