//! Companies of API 1.x: lists, one company, its users, and changes. A company has the same shape in both APIs.

use crate::call::{Call, company};
use crate::edge::access::scope::Scope;
use crate::edge::bridge::Bridge;
use crate::edge::bridge::pages::NumberedPage;
use crate::edge::request::values::{self, last};
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body::{self, missing};
use crate::model::{Company, Field, Id, List, Object};
use crate::v1::PersonKind;

/// A reference to a company.
pub(super) enum CompanyRef {
    /// Intercom's id.
    Id(String),
    /// The id of the caller's own product.
    CompanyId(String),
}

impl CompanyRef {
    /// Reads the reference in an object: `id`, or else `company_id`.
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

/// A change to a person's companies.
pub(super) enum Membership {
    /// The person joins the company. The object has the company's fields, which are saved.
    Join(Object),
    /// The person leaves the company.
    Remove(CompanyRef),
}

impl Membership {
    pub(super) fn read(at: usize, company: &Object) -> Result<Self, Rejection> {
        let field = format!("companies[{at}]");
        let reference = CompanyRef::of(&field, company)?;
        let remove = body::flag(&field, company, "remove")?;
        let mut company = company.clone();
        company.remove("remove");
        Ok(if remove { Self::Remove(reference) } else { Self::Join(company) })
    }
}

impl Bridge<'_> {
    /// Gets a page of companies, the company of a `company_id` or `name`, or with `type=user` its users.
    pub(super) async fn companies(
        &self,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let page = NumberedPage::read(parameters, 50)?;
        let mut by = None;
        for name in SELECTING {
            values::alone(parameters, name, &SELECTING)?;
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
            Some(("tag_id", id)) => company::CompanyFilter { tag_id: Some(id), segment_id: None },
            Some((_, id)) => company::CompanyFilter { tag_id: None, segment_id: Some(id) },
            None => company::CompanyFilter::default(),
        };
        let list = self.intercom.list(&company::list(filter, &page.request())).await?;
        let pages = page.pages(self.origin, "companies", by.as_slice(), &list);
        let mut answer = List::new("company.list", "companies", list.items);
        answer.pages = pages.into();
        answer.total_count = list.total_count.or_null();
        self.json(&answer)
    }

    /// Gets the next companies of the workspace's only scroll.
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
        // At the end API 2.x gives no scroll_param; API 1.x repeated the last one.
        let next = next.or_else(|| scroll.map(Into::into)).unwrap_or_default();
        answer.extra.insert("scroll_param".to_owned(), next);
        self.json(&answer)
    }

    /// Gets a company by Intercom's id.
    pub(super) async fn company(&self, id: &str) -> Result<Answer, Rejection> {
        self.json(&self.intercom.ask(&company::get(id)).await?)
    }

    /// Gets a page of a company's users.
    pub(super) async fn company_users(
        &self,
        id: &str,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let page = NumberedPage::read(parameters, 50)?;
        let path = format!("companies/{id}/users");
        self.company_people(PersonKind::User, id, &page, &path, &[]).await
    }

    /// Gets a page of a company's people, without those of the other kind. `path` and `repeated` make the next
    /// page's address.
    pub(super) async fn company_people(
        &self,
        kind: PersonKind,
        id: &str,
        page: &NumberedPage,
        path: &str,
        repeated: &[(&str, &str)],
    ) -> Result<Answer, Rejection> {
        let mut people = self.intercom.list(&company::contacts(id, &page.request())).await?;
        let pages = page.pages(self.origin, path, repeated, &people);
        people.items.retain(|person| kind.matches(person));
        let mut answer = kind.list(people.items);
        answer.pages = pages.into();
        answer.total_count = people.total_count.or_null();
        answer.extra.insert("limited".to_owned(), false.into());
        self.json(&answer)
    }

    /// Finds Intercom's id of the company that a query's parameter names.
    pub(super) async fn find_company(
        &self,
        parameter: &str,
        value: &str,
    ) -> Result<String, Rejection> {
        id_in(&self.intercom.ask(&found_by(parameter, value)).await?)
    }

    /// Creates or updates the company of a `company_id`, or updates the company of an `id`.
    pub(super) async fn save_company(&self) -> Result<Answer, Rejection> {
        let company: Object = body::object(self.context).await?;
        let reference = CompanyRef::of("", &company)?;
        let saved = self.intercom.write(&save(&reference, company)).await?;
        self.json(&saved)
    }

    /// Creates or updates the company that a person joins, and gives Intercom's id.
    pub(super) async fn company_to_join(&self, company: &Object) -> Result<String, Rejection> {
        match CompanyRef::of("", company)? {
            CompanyRef::Id(id) => Ok(id),
            reference => id_in(&self.intercom.write(&save(&reference, company.clone())).await?),
        }
    }

    /// Finds Intercom's id of a company.
    pub(super) async fn company_id_of(&self, reference: &CompanyRef) -> Result<String, Rejection> {
        match reference {
            CompanyRef::Id(id) => Ok(id.clone()),
            CompanyRef::CompanyId(id) => {
                id_in(&self.intercom.ask(&company::find_by_company_id(id)).await?)
            }
        }
    }
}

/// The parameters that select companies; they can't be combined.
const SELECTING: [&str; 4] = ["company_id", "name", "tag_id", "segment_id"];

fn found_by(parameter: &str, value: &str) -> Call<Company> {
    match parameter {
        "company_id" => company::find_by_company_id(value),
        _ => company::find_by_name(value),
    }
}

/// Rejects any order but the default of API 1.x, the only one of API 2.x.
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

/// The company's fields that API 2.x accepts. It rejects others, which API 1.x ignored.
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

fn save(reference: &CompanyRef, mut company: Object) -> Call<Company> {
    company.retain(|name, _| WRITABLE.contains(&name.as_str()));
    match reference {
        CompanyRef::Id(id) => company::update(id, &company),
        CompanyRef::CompanyId(id) => {
            company.insert("company_id".to_owned(), id.clone().into());
            company::save(&company)
        }
    }
}

fn id_in(company: &Company) -> Result<String, Rejection> {
    let id = company.id.get().map(Id::to_string);
    id.ok_or_else(|| Rejection::unreadable("the company has no id"))
}
