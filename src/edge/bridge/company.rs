//! Companies: pages, one, their users, and changes. A company itself has the same shape in both.

use crate::call::{Call, company};
use crate::edge::access::scope::Scope;
use crate::edge::bridge::Bridge;
use crate::edge::bridge::query::Numbered;
use crate::edge::request::values::{self, last};
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body::{self, missing};
use crate::model::{Company, Field, Id, List, Object};
use crate::v1::Kind;

/// By what a company is named.
pub(super) enum Named {
    /// Intercom's id.
    Id(String),
    /// The id of the caller's own product.
    CompanyId(String),
}

impl Named {
    /// The name in an object: `id`, or else `company_id`.
    pub(super) fn of(field: &str, company: &Object) -> Result<Self, Rejection> {
        let name = |key: &str| match Field::<Id>::of(company, key) {
            Field::Absent | Field::Null => Ok(None),
            Field::Known(id) if !id.is("") => Ok(Some(id.to_string())),
            _ => {
                let words = format!("{key} is a text or a whole number");
                Err(body::invalid(&body::path(field, key), &words))
            }
        };
        if let Some(id) = name("id")? {
            return Ok(Self::Id(values::id(&body::path(field, "id"), &id)?.to_owned()));
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
    pub(super) fn read(at: usize, company: &Object) -> Result<Self, Rejection> {
        let field = format!("companies[{at}]");
        let named = Named::of(&field, company)?;
        let remove = body::flag(&field, company, "remove")?;
        let mut company = company.clone();
        company.remove("remove");
        Ok(if remove { Self::Remove(named) } else { Self::Join(company) })
    }
}

impl Bridge<'_> {
    /// A page of companies, the company of a `company_id` or `name`, or with `type=user` its users.
    pub(super) async fn companies(
        &self,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let page = Numbered::read(parameters)?;
        let mut by = None;
        for name in CHOOSING {
            values::alone(parameters, name, &CHOOSING)?;
            let Some(value) = last(parameters, name) else { continue };
            by = Some((name, values::text(name, value)?));
        }
        check_order(parameters)?;
        let of_users = match last(parameters, "type") {
            None => false,
            // n8n says `users`.
            Some("user" | "users") if matches!(by, Some(("company_id" | "name", _))) => true,
            Some(_) => {
                let words = "type is user, beside company_id or name: it lists a company's users";
                return Err(Rejection::parameter("type", words));
            }
        };
        let filter = match by {
            Some((name @ ("company_id" | "name"), value)) if of_users => {
                self.caller.allow(Scope::ContactsRead)?;
                let id = self.find_company(name, value).await?;
                return self.company_users(&id, parameters).await;
            }
            Some((name @ ("company_id" | "name"), value)) => {
                return self.json(&self.intercom.ask(&found_by(name, value)).await?);
            }
            Some(("tag_id", id)) => company::Filter { tag_id: Some(id), segment_id: None },
            Some((_, id)) => company::Filter { tag_id: None, segment_id: Some(id) },
            None => company::Filter::default(),
        };
        let list = self.intercom.list(&company::list(filter, &page.request())).await?;
        let pages = page.pages(self.origin, "companies", by.as_slice(), &list);
        let mut answer = List::new("company.list", "companies", list.items);
        answer.pages = pages.into();
        answer.total_count = list.total_count.or_null();
        self.json(&answer)
    }

    /// The next companies of the workspace's one scroll.
    pub(super) async fn scroll_companies(
        &self,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let scroll = last(parameters, "scroll_param");
        if let Some(scroll) = scroll {
            values::cursor("scroll_param", scroll)?;
        }
        let list = self.intercom.list(&company::scroll(scroll)).await?;
        let mut answer = List::new("company.list", "companies", list.items);
        let next = list.extra.get("scroll_param").filter(|next| !next.is_null()).cloned();
        // At the end API 2.x names none any more; API 1.x went on naming the same.
        let next = next.or_else(|| scroll.map(Into::into)).unwrap_or_default();
        answer.extra.insert("scroll_param".to_owned(), next);
        self.json(&answer)
    }

    /// One company by Intercom's id.
    pub(super) async fn company(&self, id: &str) -> Result<Answer, Rejection> {
        self.json(&self.intercom.ask(&company::get(id)).await?)
    }

    /// A page of a company's users.
    pub(super) async fn company_users(
        &self,
        id: &str,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let page = Numbered::read(parameters)?;
        let path = format!("companies/{id}/users");
        self.company_people(Kind::User, id, &page, &path, &[]).await
    }

    /// A page of a company's people of one kind, those of the other left out. `path` and `repeated`
    /// make the next page's address.
    pub(super) async fn company_people(
        &self,
        kind: Kind,
        id: &str,
        page: &Numbered,
        path: &str,
        repeated: &[(&str, &str)],
    ) -> Result<Answer, Rejection> {
        let mut people = self.intercom.list(&company::contacts(id, &page.request())).await?;
        let pages = page.pages(self.origin, path, repeated, &people);
        people.items.retain(|person| kind.holds(person));
        let mut answer = kind.list(people.items);
        answer.pages = pages.into();
        answer.total_count = people.total_count.or_null();
        self.json(&answer)
    }

    /// Intercom's id of the company that a query's parameter names.
    pub(super) async fn find_company(
        &self,
        parameter: &str,
        value: &str,
    ) -> Result<String, Rejection> {
        id_in(&self.intercom.ask(&found_by(parameter, value)).await?)
    }

    /// Makes or changes the company of a `company_id`, or changes the one of an `id`.
    pub(super) async fn save_company(&self) -> Result<Answer, Rejection> {
        let company: Object = body::object(self.context).await?;
        let named = Named::of("", &company)?;
        let saved = self.intercom.write(&save(&named, company)).await?;
        self.json(&saved)
    }

    /// Intercom's id of a company that a person is to join; it is made or changed on the way.
    pub(super) async fn company_to_join(&self, company: &Object) -> Result<String, Rejection> {
        match Named::of("", company)? {
            Named::Id(id) => Ok(id),
            named => id_in(&self.intercom.write(&save(&named, company.clone())).await?),
        }
    }

    /// Intercom's id of a company.
    pub(super) async fn company_id_of(&self, named: &Named) -> Result<String, Rejection> {
        match named {
            Named::Id(id) => Ok(id.clone()),
            Named::CompanyId(id) => {
                id_in(&self.intercom.ask(&company::find_by_company_id(id)).await?)
            }
        }
    }
}

/// What companies are chosen by, one at a time.
const CHOOSING: [&str; 4] = ["company_id", "name", "tag_id", "segment_id"];

fn found_by(parameter: &str, value: &str) -> Call<Company> {
    match parameter {
        "company_id" => company::find_by_company_id(value),
        _ => company::find_by_name(value),
    }
}

/// API 2.x gives companies in one order, the one that was API 1.x's default.
fn check_order(parameters: &[(String, String)]) -> Result<(), Rejection> {
    match last(parameters, "order") {
        None | Some("desc") => Ok(()),
        Some("asc") => {
            let words = "API 2.x has no ascending order here: POST /companies/list has it";
            Err(Rejection::new(410, "gone", words).naming("order"))
        }
        Some(_) => Err(Rejection::parameter("order", "order is asc or desc")),
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

fn id_in(company: &Company) -> Result<String, Rejection> {
    let id = company.id.get().map(Id::to_string);
    id.ok_or_else(|| Rejection::unreadable("the company has no id"))
}
