//! Companies: pages, one, their users, and changes. A company itself has the same shape in both.

use super::super::answer::{Answer, Refusal};
use super::super::scope::Scope;
use super::body::{self, missing};
use super::query::{self, Numbered};
use super::{Bridge, query::last};
use crate::call::{Call, company};
use crate::model::{Company, Field, Id, List, Object};
use crate::v1::Kind;
use serde_json::Value;

/// By what a company is named.
pub(super) enum Named {
    /// Intercom's id.
    Id(String),
    /// The id of the caller's own product.
    CompanyId(String),
}

impl Named {
    /// The name in an object: `id`, or else `company_id`.
    pub(super) fn of(field: &str, company: &Object) -> Result<Self, Refusal> {
        let name = |key: &str| match Field::<Id>::of(company, key) {
            Field::Absent | Field::Null => Ok(None),
            Field::Known(id) if !id.is("") => Ok(Some(id.to_string())),
            _ => {
                let words = format!("{key} is a text or a whole number");
                Err(body::invalid(&body::path(field, key), &words))
            }
        };
        if let Some(id) = name("id")? {
            return Ok(Self::Id(query::id(&body::path(field, "id"), &id)?.to_owned()));
        }
        let id = name("company_id")?;
        id.map(Self::CompanyId).ok_or_else(|| {
            missing(&body::path(field, "company_id"), "Name the company by id or company_id")
        })
    }
}

/// What is to become of a person in a company.
pub(super) enum Membership {
    /// The person joins the company, which is written as the object says.
    Join(Object),
    /// The person leaves it.
    Remove(Named),
}

impl Membership {
    pub(super) fn read(at: usize, company: &Object) -> Result<Self, Refusal> {
        let named = Named::of(&format!("companies[{at}]"), company)?;
        let mut company = company.clone();
        Ok(match company.remove("remove") {
            Some(Value::Bool(true)) => Self::Remove(named),
            _ => Self::Join(company),
        })
    }
}

impl Bridge<'_> {
    /// A page of companies, the company of a `company_id` or `name`, or with `type=user` its users.
    pub(super) async fn companies(
        &self,
        parameters: &[(String, String)],
    ) -> Result<Answer, Refusal> {
        for name in ["company_id", "name"] {
            let Some(value) = last(parameters, name) else { continue };
            query::text(name, value)?;
            let call = match name {
                "name" => company::find_by_name(value),
                _ => company::find_by_company_id(value),
            };
            let found = self.intercom.ask(&call).await?;
            return match last(parameters, "type") {
                // n8n says `users`.
                Some("user" | "users") => {
                    self.caller.allow(Scope::ContactsRead)?;
                    self.company_users(&id_in(&found)?, parameters).await
                }
                _ => self.json(&found),
            };
        }
        let page = Numbered::read(parameters)?;
        let filter = ["tag_id", "segment_id"]
            .iter()
            .find_map(|name| last(parameters, name).map(|value| (*name, value)));
        let by = match filter {
            Some(("tag_id", value)) => company::Filter { tag_id: Some(value), segment_id: None },
            Some((_, value)) => company::Filter { tag_id: None, segment_id: Some(value) },
            None => company::Filter::default(),
        };
        if let Some((name, value)) = filter {
            query::text(name, value)?;
        }
        let list = self.intercom.ask(&company::list(by, &page.request())).await?;
        let pages = page.pages(self.origin, "companies", filter, &list);
        let mut answer = List::new("company.list", "companies", list.items);
        answer.pages = pages.into();
        answer.total_count = list.total_count.or_null();
        self.json(&answer)
    }

    /// The next companies of the workspace's one scroll.
    pub(super) async fn scroll_companies(
        &self,
        parameters: &[(String, String)],
    ) -> Result<Answer, Refusal> {
        let scroll = last(parameters, "scroll_param");
        if let Some(scroll) = scroll {
            query::cursor("scroll_param", scroll)?;
        }
        let list = self.intercom.ask(&company::scroll(scroll)).await?;
        let mut answer = List::new("company.list", "companies", list.items);
        let next = list.extra.get("scroll_param").filter(|next| !next.is_null()).cloned();
        // At the end API 2.x names none any more; API 1.x went on naming the same.
        let next = next.or_else(|| scroll.map(Into::into)).unwrap_or_default();
        answer.extra.insert("scroll_param".to_owned(), next);
        self.json(&answer)
    }

    /// One company by Intercom's id.
    pub(super) async fn company(&self, id: &str) -> Result<Answer, Refusal> {
        self.json(&self.intercom.ask(&company::get(id)).await?)
    }

    /// A page of a company's people, its leads left out.
    pub(super) async fn company_users(
        &self,
        id: &str,
        parameters: &[(String, String)],
    ) -> Result<Answer, Refusal> {
        let page = Numbered::read(parameters)?;
        let mut people = self.intercom.ask(&company::contacts(id, &page.request())).await?;
        let pages = page.pages(self.origin, &format!("companies/{id}/users"), None, &people);
        people.items.retain(|person| Kind::User.holds(person));
        let mut answer = Kind::User.list(people.items);
        answer.pages = pages.into();
        answer.total_count = people.total_count.or_null();
        self.json(&answer)
    }

    /// Makes or changes the company of a `company_id`, or changes the one of an `id`.
    pub(super) async fn save_company(&self) -> Result<Answer, Refusal> {
        let company: Object = body::object(self.visit).await?;
        let named = Named::of("", &company)?;
        let saved = self.intercom.write(&save(&named, company)).await?;
        self.json(&saved)
    }

    /// Intercom's id of a company that a person is to join; it is made or changed on the way.
    pub(super) async fn company_to_join(&self, company: &Object) -> Result<String, Refusal> {
        match Named::of("", company)? {
            Named::Id(id) => Ok(id),
            named => id_in(&self.intercom.write(&save(&named, company.clone())).await?),
        }
    }

    /// Intercom's id of a company.
    pub(super) async fn company_id_of(&self, named: &Named) -> Result<String, Refusal> {
        match named {
            Named::Id(id) => Ok(id.clone()),
            Named::CompanyId(id) => {
                id_in(&self.intercom.ask(&company::find_by_company_id(id)).await?)
            }
        }
    }
}

/// What API 2.x lets one write of a company, and what else it refuses; API 1.x ignored the rest.
const WRITABLE: [&str; 8] = [
    "name",
    "plan",
    "size",
    "website",
    "industry",
    "custom_attributes",
    "remote_created_at",
    "monthly_spend",
];

fn save(named: &Named, mut company: Object) -> Call<Company> {
    company.retain(|name, _| WRITABLE.contains(&name.as_str()));
    match named {
        Named::Id(id) => company::update(id, &company),
        Named::CompanyId(id) => {
            company.insert("company_id".to_owned(), id.clone().into());
            company::save(&company)
        }
    }
}

fn id_in(company: &Company) -> Result<String, Refusal> {
    let id = company.id.get().map(Id::to_string);
    id.ok_or_else(|| Refusal::unreadable("the company has no id"))
}
