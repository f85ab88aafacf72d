//! The commands about templates.

use crate::edge::outbox::protocol::{Reply, StoredTemplate};
use crate::edge::outbox::stores::templates::TemplateStore;
use crate::edge::response::Rejection;
use crate::model::{List, NewTemplate, Template};

/// Answers the commands about templates.
#[derive(Clone, Debug)]
pub struct Templates {
    store: TemplateStore,
}

impl Templates {
    /// Answers from a store.
    pub const fn new(store: TemplateStore) -> Self {
        Self { store }
    }

    /// Finds a version of a template; the newest without a version.
    pub fn find(&self, name: &str, version: Option<i64>) -> Result<StoredTemplate, Rejection> {
        self.store.current(name, version)?.ok_or_else(|| {
            let words = match version {
                Some(_) => "There is no such version of the template",
                None => "There is no such template: store it with PUT /edge/templates/{name}",
            };
            Rejection::not_found(words).naming("template")
        })
    }

    /// Shows a version of a template; the newest without a version.
    pub fn show(&self, name: &str, version: Option<i64>) -> Result<Reply, Rejection> {
        Ok(Reply::json(200, &Template::from(&self.find(name, version)?)))
    }

    /// Lists the templates in their newest versions, by name.
    pub fn list(&self) -> Result<Reply, Rejection> {
        let templates = self.store.all()?.iter().map(Template::from).collect();
        Ok(Reply::json(200, &List::new("list", "data", templates)))
    }

    /// Stores a template. The same text again makes no new version.
    pub fn put(&self, name: &str, json: &[u8]) -> Result<Reply, Rejection> {
        let new = NewTemplate::read(json).map_err(|_| Rejection::broken())?;
        let newest = self.store.current(name, None)?;
        if let Some(known) = &newest
            && (&known.subject, &known.body, known.style.as_str())
                == (&new.subject, &new.body, new.style.as_str())
        {
            return Ok(Reply::json(200, &Template::from(known)));
        }
        self.store.insert(name, new)?;
        let status = if newest.is_some() { 200 } else { 201 };
        Ok(Reply::json(status, &Template::from(&self.find(name, None)?)))
    }

    /// Removes a template.
    pub fn delete(&self, name: &str) -> Result<Reply, Rejection> {
        self.find(name, None)?;
        self.store.remove(name)?;
        Ok(Reply::no_content())
    }
}
