//! Changes to users and leads: create or update, remove, convert.

use crate::call::contact;
use crate::client::Timer;
use crate::edge::access::scope::Scope;
use crate::edge::bridge::Bridge;
use crate::edge::bridge::company::Membership;
use crate::edge::response::{Answer, Rejection};
use crate::edge::runtime::clock::Clock;
use crate::edge::translation::body::{self, invalid, missing, path, well_formed};
use crate::edge::translation::person::{By, id_in, only_one};
use crate::edge::translation::person::{is_archived, nobody};
use crate::model::shape::model;
use crate::model::strict::is_id;
use crate::model::{Contact, Field, Id, Party};
use crate::v1::{Draft, Kind, User};
use serde_json::json;

/// How many companies one call may put a person into or take them out of: each takes two requests,
/// and Cloudflare's free plan allows 50 a call.
const MOST_COMPANIES: usize = 20;

model! {
    /// The body of `POST /contacts/convert`.
    pub struct Conversion {
        /// The lead.
        contact: Party,
        /// The user whom the lead becomes, or is merged into.
        user: Party,
    }
}

model! {
    /// The body of `POST /user_delete_requests`.
    pub struct Erasure {
        /// Intercom's id of the user.
        intercom_user_id: Id,
    }
}

impl Bridge<'_> {
    /// Changes the person whom the body or the path's `id` names, and else makes one where that's
    /// allowed.
    pub(super) async fn save(
        &self,
        kind: Kind,
        may_create: bool,
        id: Option<&str>,
    ) -> Result<Answer, Rejection> {
        let mut draft: Draft = body::object(self.context).await?;
        body::of_v1("", &draft.extra, body::PERSON_OF_V2)?;
        well_formed("", draft.misshapen())?;
        if let Some(id) = id {
            if draft.id.get().is_some_and(|named| !named.is(id)) {
                return Err(invalid("id", "The body has another id than the path"));
            }
            draft.id = Id::from(id).into();
        }
        let memberships = memberships(&draft)?;
        if !memberships.is_empty() {
            self.caller.allow(Scope::CompaniesWrite)?;
        }
        let party = draft.party();
        let person = self.person_to_save(kind, &party).await?;
        draft.companies = Field::Absent;
        let contact = draft.contact(kind, Clock.now());
        self.intercom.in_time("nothing was changed")?;
        let saved = match person {
            Some(person) if is_archived(&person) => {
                self.restore(&id_in(&person)?, &contact).await?
            }
            Some(person) => {
                self.intercom.write(&contact::update(&id_in(&person)?, &contact)).await?
            }
            None if may_create => self.create(kind, &party, contact).await?,
            None => return Err(nobody(kind)),
        };
        if memberships.is_empty() {
            return self.json(&User::from(saved));
        }
        let id = id_in(&saved)?;
        for (done, membership) in memberships.iter().enumerate() {
            let all = memberships.len();
            let done = format!("The person was saved, and {done} of {all} companies");
            self.intercom.leave_room().await;
            let joined = match self.intercom.in_time("the rest is as it was") {
                Ok(()) => self.join(&id, membership).await,
                late => late,
            };
            joined.map_err(|rejection| self.stopped(&rejection, &done))?;
        }
        let done = "The person was saved with all companies, but can't be read back";
        let saved = self.intercom.ask(&contact::get(&id)).await;
        self.json(&User::from(saved.map_err(|rejection| self.stopped(&rejection, done))?))
    }

    /// Makes a person. Where Intercom finds a user with the same name after all, that one is changed:
    /// `POST /users` was an upsert.
    async fn create(
        &self,
        kind: Kind,
        party: &Party,
        mut contact: Contact,
    ) -> Result<Contact, Rejection> {
        contact.role = kind.role().into();
        let rejection = match self.intercom.write(&contact::create(&contact)).await {
            Err(rejection) if kind == Kind::User && rejection.status() == 409 => rejection,
            created => return created,
        };
        contact.role = Field::Absent;
        let conflict = rejection.upstream_message().as_deref().and_then(Conflict::of);
        if let Some(Conflict { id, is_archived: true }) = &conflict {
            let by_one_name = party.user_id.get().is_none() || party.email.get().is_none();
            if by_one_name || self.is_meant(id, party).await? {
                self.intercom.in_time("nothing was changed")?;
                return self.restore(id, &contact).await;
            }
            return Err(rejection);
        }
        let id = match (self.user("", party, By::of("", party)?).await?, conflict) {
            (Some(made_meanwhile), _) => id_in(&made_meanwhile)?,
            // The search that looks for an address doesn't know new people yet.
            (None, Some(Conflict { id, .. })) if self.is_meant(&id, party).await? => id,
            _ => return Err(rejection),
        };
        self.intercom.in_time("nothing was changed")?;
        self.intercom.write(&contact::update(&id, &contact)).await
    }

    /// Whether the person of an id is the user whom a body names.
    async fn is_meant(&self, id: &str, party: &Party) -> Result<bool, Rejection> {
        match self.intercom.ask(&contact::get(id)).await {
            Ok(contact) => Ok(is_named(&contact, party)),
            Err(rejection) if matches!(rejection.status(), 404 | 410) => Ok(false),
            Err(rejection) => Err(rejection),
        }
    }

    /// Unarchives a person and changes them: API 1.x had no archive, and a user whom somebody writes
    /// again is there again.
    async fn restore(&self, id: &str, contact: &Contact) -> Result<Contact, Rejection> {
        self.intercom.write(&contact::unarchive(id)).await?;
        let changed = match self.intercom.in_time("the rest is as it was") {
            Ok(()) => self.intercom.write(&contact::update(id, contact)).await,
            Err(late) => Err(late),
        };
        changed.map_err(|rejection| self.stopped(&rejection, "The person was unarchived"))
    }

    /// Who is to be changed; nobody where one is to be made. A lead's `user_id` is Intercom's, so
    /// that an unknown one is a mistake, and leads may share an address, so that it names nobody.
    async fn person_to_save(
        &self,
        kind: Kind,
        party: &Party,
    ) -> Result<Option<Contact>, Rejection> {
        match (kind, By::of("", party)?) {
            (Kind::Lead, None | Some(By::Email(_))) => Ok(None),
            (Kind::Lead, Some(by)) => {
                self.intercom.find(Some(kind), "", &by).await?.map(Some).ok_or_else(|| nobody(kind))
            }
            (Kind::User, by) => self.user("", party, by).await,
        }
    }

    /// The user whom a field names, if there is one; an unknown `id` is a mistake, an unknown
    /// `user_id` or `email` is not.
    ///
    /// As in API 1.x, a new `user_id` goes to the user who has the address and no `user_id` yet.
    async fn user(
        &self,
        field: &str,
        party: &Party,
        by: Option<By>,
    ) -> Result<Option<Contact>, Rejection> {
        let by = by.ok_or_else(|| {
            missing(&path(field, "user_id"), "An id, user_id or email must be supplied")
        })?;
        let found = self.intercom.find(Some(Kind::User), field, &by).await?;
        match (found, by) {
            (None, By::Id(_)) => Err(nobody(Kind::User)),
            (None, By::UserId(_)) => {
                let Some(email) = party.email.as_str().filter(|email| !email.is_empty()) else {
                    return Ok(None);
                };
                let mut people = self.intercom.with_address(Kind::User, email).await?;
                people.retain(|person| matches!(person.external_id, Field::Null | Field::Absent));
                only_one(field, people)
            }
            (found, _) => Ok(found),
        }
    }

    /// Puts a person into a company, which is made or changed on the way, or takes them out.
    async fn join(&self, person: &str, membership: &Membership) -> Result<(), Rejection> {
        let id = match membership {
            Membership::Remove(named) => self.company_id_of(named).await?,
            Membership::Join(company) => self.company_to_join(company).await?,
        };
        let call = match membership {
            Membership::Remove(_) => contact::remove_company(person, &id),
            Membership::Join(_) => contact::add_company(person, &id),
        };
        self.intercom.write(&call).await.map(drop)
    }

    /// Archives a user or deletes a lead, and answers who that was.
    pub(super) async fn remove(&self, kind: Kind, by: By) -> Result<Answer, Rejection> {
        let person = self.intercom.find(Some(kind), "", &by).await?;
        let person = person.filter(|it| !is_archived(it)).ok_or_else(|| nobody(kind))?;
        let id = id_in(&person)?;
        self.intercom.in_time("nobody was removed")?;
        self.intercom
            .write(&match kind {
                Kind::User => contact::archive(&id),
                Kind::Lead => contact::delete(&id),
            })
            .await?;
        self.json(&User::from(person))
    }

    pub(super) async fn remove_named(
        &self,
        kind: Kind,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let by = match By::of_query(parameters)? {
            None if self.context.head.content_type.is_empty() => None,
            None => {
                let body = crate::edge::request::body::json(self.context).await?;
                let party = if body.is_empty() { Party::default() } else { body::read(&body)? };
                By::of("", &party)?
            }
            by => by,
        };
        let by = by.ok_or_else(|| {
            missing("user_id", "Say who is meant: give id, user_id or email in the query")
        })?;
        self.remove(kind, by).await
    }

    /// Deletes a user for good. API 1.x answered the number of the request to do so; API 2.x does it
    /// at once and has none.
    pub(super) async fn erase(&self) -> Result<Answer, Rejection> {
        let erasure: Erasure = body::object(self.context).await?;
        well_formed("", erasure.misshapen())?;
        let field = "intercom_user_id";
        let id = erasure.intercom_user_id.get().map(Id::to_string);
        let id = id.ok_or_else(|| missing(field, "intercom_user_id is required"))?;
        let by = By::Id(crate::edge::request::values::id(field, &id)?.to_owned());
        let user = self.intercom.find(Some(Kind::User), field, &by).await?;
        let user = user.ok_or_else(|| nobody(Kind::User))?;
        self.intercom.write(&contact::delete(&id_in(&user)?)).await?;
        self.json(&json!({ "id": null }))
    }

    /// Makes a lead a user: merged into the user if there is one, and else by its new names.
    pub(super) async fn convert(&self) -> Result<Answer, Rejection> {
        let conversion: Conversion = body::object(self.context).await?;
        body::of_v1("", &conversion.extra, &["from", "into"])?;
        well_formed("", conversion.misshapen())?;
        let (Some(lead), Some(user)) = (conversion.contact.get(), conversion.user.get()) else {
            let field = if conversion.contact.get().is_none() { "contact" } else { "user" };
            return Err(missing(
                field,
                "Give the contact to convert, and the user that it becomes",
            ));
        };
        let by = By::of("contact", lead)?;
        let by =
            by.ok_or_else(|| missing("contact", "contact names nobody: give id or user_id"))?;
        let user_by = By::of("user", user)?;
        let lead = self.intercom.find(Some(Kind::Lead), "contact", &by).await?;
        let lead = id_in(&lead.ok_or_else(|| nobody(Kind::Lead))?)?;
        let existing = self.user("user", user, user_by).await?;
        self.intercom.in_time("nothing was converted")?;
        let converted = match existing {
            Some(existing) => {
                self.intercom.write(&contact::merge(&lead, &id_in(&existing)?)).await?
            }
            None => {
                let names = Contact {
                    role: Kind::User.role().into(),
                    external_id: match &user.user_id {
                        Field::Known(id) => id.to_string().into(),
                        _ => Field::Absent,
                    },
                    email: user.email.clone(),
                    ..Contact::default()
                };
                match self.intercom.write(&contact::update(&lead, &names)).await {
                    // Somebody made that user meanwhile.
                    Err(rejection) if rejection.status() == 409 => {
                        let user_by = By::of("user", user)?;
                        let made = self.user("user", user, user_by).await?.ok_or(rejection)?;
                        self.intercom.in_time("nothing was converted")?;
                        self.intercom.write(&contact::merge(&lead, &id_in(&made)?)).await?
                    }
                    converted => converted?,
                }
            }
        };
        self.json(&User::from(converted))
    }
}

/// The person of whom Intercom says, in a 409, that they exist: "An archived contact matching those
/// details already exists with id=…".
#[derive(Debug, PartialEq, Eq)]
struct Conflict {
    id: String,
    is_archived: bool,
}

impl Conflict {
    fn of(message: &str) -> Option<Self> {
        let (before, rest) = message.rsplit_once(" id=").or_else(|| message.rsplit_once("(id="))?;
        let end = rest.find(|letter| !is_id(&String::from(letter)));
        let id = rest.get(..end.unwrap_or(rest.len())).filter(|id| is_id(id))?;
        let is_archived = before.to_ascii_lowercase().contains("archived");
        Some(Self { id: id.to_owned(), is_archived })
    }
}

/// Whether a contact is the user whom a body names: the one of its `user_id`, or without one yet the
/// one of its address.
fn is_named(contact: &Contact, party: &Party) -> bool {
    let has_address = match (party.email.as_str(), contact.email.as_str()) {
        (Some(named), Some(known)) => named.to_lowercase() == known.to_lowercase(),
        _ => false,
    };
    Kind::User.holds(contact)
        && match (party.user_id.get(), contact.external_id.as_str()) {
            (Some(named), Some(known)) => named.is(known),
            (Some(_) | None, _) => has_address,
        }
}

fn memberships(draft: &Draft) -> Result<Vec<Membership>, Rejection> {
    let companies = draft.companies.get().map(Vec::as_slice).unwrap_or_default();
    if companies.len() > MOST_COMPANIES {
        let words = format!("One call takes at most {MOST_COMPANIES} companies");
        return Err(invalid("companies", &words));
    }
    companies.iter().enumerate().map(|(at, company)| Membership::read(at, company)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Conflict, is_named};
    use crate::model::{Contact, Party};

    #[test]
    fn a_conflict_says_who_exists() {
        let conflict = |message: &str| Conflict::of(message).map(|it| (it.id, it.is_archived));
        let exists = "contact matching those details already exists with id=";
        assert_eq!(conflict(&format!("A {exists}a1")), Some(("a1".into(), false)));
        assert_eq!(conflict(&format!("An archived {exists}a1.")), Some(("a1".into(), true)));
        assert_eq!(conflict("A contact has this external_id=a1"), None);
        assert_eq!(conflict("Multiple existing users match this email address"), None);
        assert_eq!(conflict(&format!("A {exists}")), None);
    }

    #[test]
    fn a_body_names_the_user_of_its_user_id_or_else_of_its_address() {
        let named = |contact: &str, party: &str| {
            let contact: Contact = serde_json::from_str(contact).unwrap();
            let party: Party = serde_json::from_str(party).unwrap();
            is_named(&contact, &party)
        };
        let user = r#"{"role":"user","external_id":"u-1","email":"A@example.com"}"#;
        assert!(named(user, r#"{"user_id":"u-1","email":"b@example.com"}"#));
        assert!(named(user, r#"{"email":"a@example.com"}"#));
        assert!(!named(user, r#"{"user_id":"u-2","email":"a@example.com"}"#));
        let nameless = r#"{"role":"user","external_id":null,"email":"a@example.com"}"#;
        assert!(named(nameless, r#"{"user_id":"u-2","email":"a@example.com"}"#));
        assert!(!named(nameless, r#"{"user_id":"u-2"}"#));
        let lead = r#"{"role":"lead","external_id":"u-1","email":"a@example.com"}"#;
        assert!(!named(lead, r#"{"user_id":"u-1"}"#));
    }
}
