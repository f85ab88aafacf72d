//! Changes to users and leads of API 1.x: create, update, remove, convert.

use crate::call::contact;
use crate::client::Timer;
use crate::edge::access::scope::Scope;
use crate::edge::bridge::Bridge;
use crate::edge::bridge::company::Membership;
use crate::edge::intercom::person::{PersonRef, id_of, only_one};
use crate::edge::request::values;
use crate::edge::response::{Answer, Rejection};
use crate::edge::runtime::clock::Clock;
use crate::edge::translation::body::{self, invalid, missing, path, well_formed};
use crate::edge::translation::person::{
    find, is_archived, not_found, reference, reference_in_query,
};
use crate::model::json::model;
use crate::model::strict::is_id;
use crate::model::{Contact, Field, Id, Party};
use crate::v1::{PersonFields, PersonKind, User};
use serde_json::json;

/// The most companies in one call. Each takes two requests, and Cloudflare's free plan allows 50 requests per
/// call.
const MOST_COMPANIES: usize = 20;

model! {
    /// The body of `POST /contacts/convert`.
    pub struct Conversion {
        /// The lead.
        contact: Party,
        /// The user that the lead becomes, or is merged into.
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
    /// Updates the person that the body or the path's `id` names. With `may_create`, creates the person if
    /// there is none.
    pub(super) async fn save(
        &self,
        kind: PersonKind,
        may_create: bool,
        id: Option<&str>,
    ) -> Result<Answer, Rejection> {
        let mut draft: PersonFields = body::object(self.context).await?;
        body::of_v1("", &draft.extra, body::PERSON_OF_V2)?;
        well_formed("", draft.invalid_field())?;
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
                self.restore(&id_of(&person)?, &contact).await?
            }
            Some(person) => {
                self.intercom.write(&contact::update(&id_of(&person)?, &contact)).await?
            }
            None if may_create => self.create(kind, &party, contact).await?,
            None => return Err(not_found(kind)),
        };
        if memberships.is_empty() {
            return self.json(&User::from(saved));
        }
        let id = id_of(&saved)?;
        for (done, membership) in memberships.iter().enumerate() {
            let all = memberships.len();
            let done = format!("The person was saved, and {done} of {all} companies");
            self.intercom.leave_room().await;
            let joined = match self.intercom.in_time("the rest is as it was") {
                Ok(()) => self.join(&id, membership).await,
                late => late,
            };
            joined.map_err(|rejection| self.partly_done(&rejection, &done))?;
        }
        let done = "The person was saved with all companies, but can't be read back";
        let saved = self.intercom.ask(&contact::get(&id)).await;
        self.json(&User::from(saved.map_err(|rejection| self.partly_done(&rejection, done))?))
    }

    /// Creates a person. If Intercom knows a user of the same `user_id` or address after all, that user is
    /// updated: `POST /users` was an upsert.
    async fn create(
        &self,
        kind: PersonKind,
        party: &Party,
        mut contact: Contact,
    ) -> Result<Contact, Rejection> {
        contact.role = kind.role().into();
        let rejection = match self.intercom.write(&contact::create(&contact)).await {
            Err(rejection) if kind == PersonKind::User && rejection.status() == 409 => rejection,
            created => return created,
        };
        contact.role = Field::Absent;
        let conflict = rejection.upstream_message().as_deref().and_then(Conflict::of);
        if let Some(Conflict { id, is_archived: true }) = &conflict {
            let has_one_name = party.user_id.get().is_none() || party.email.get().is_none();
            if has_one_name || self.is_same_user(id, party).await? {
                self.intercom.in_time("nothing was changed")?;
                return self.restore(id, &contact).await;
            }
            return Err(rejection);
        }
        let id = match (self.user("", party, reference("", party)?).await?, conflict) {
            (Some(created_meanwhile), _) => id_of(&created_meanwhile)?,
            // Intercom's search finds a new person only after a while.
            (None, Some(Conflict { id, .. })) if self.is_same_user(&id, party).await? => id,
            _ => return Err(rejection),
        };
        self.intercom.in_time("nothing was changed")?;
        self.intercom.write(&contact::update(&id, &contact)).await
    }

    /// Returns true if the person of an id is the user that a body names.
    async fn is_same_user(&self, id: &str, party: &Party) -> Result<bool, Rejection> {
        match self.intercom.ask(&contact::get(id)).await {
            Ok(contact) => Ok(is_named(&contact, party)),
            Err(rejection) if matches!(rejection.status(), 404 | 410) => Ok(false),
            Err(rejection) => Err(rejection),
        }
    }

    /// Unarchives and updates a person. API 1.x had no archive: to save a removed user made it anew.
    async fn restore(&self, id: &str, contact: &Contact) -> Result<Contact, Rejection> {
        self.intercom.write(&contact::unarchive(id)).await?;
        let changed = match self.intercom.in_time("the rest is as it was") {
            Ok(()) => self.intercom.write(&contact::update(id, contact)).await,
            Err(late) => Err(late),
        };
        changed.map_err(|rejection| self.partly_done(&rejection, "The person was unarchived"))
    }

    /// Finds the person to update; `None` if one is to be created. A lead's `user_id` comes from Intercom, so an
    /// unknown one is an error. Leads may share an address, so it doesn't identify one.
    async fn person_to_save(
        &self,
        kind: PersonKind,
        party: &Party,
    ) -> Result<Option<Contact>, Rejection> {
        match (kind, reference("", party)?) {
            (PersonKind::Lead, None | Some(PersonRef::Email(_))) => Ok(None),
            (PersonKind::Lead, Some(lead)) => {
                let found = find(&self.intercom, Some(kind), "", &lead).await?;
                found.map(Some).ok_or_else(|| not_found(kind))
            }
            (PersonKind::User, user) => self.user("", party, user).await,
        }
    }

    /// Finds the user that a field names, if there is one. An unknown `id` is an error; an unknown `user_id` or
    /// `email` is not.
    ///
    /// As in API 1.x, a new `user_id` goes to the user who has the address and no `user_id` yet.
    async fn user(
        &self,
        field: &str,
        party: &Party,
        user: Option<PersonRef>,
    ) -> Result<Option<Contact>, Rejection> {
        let user = user.ok_or_else(|| {
            missing(&path(field, "user_id"), "An id, user_id or email must be supplied")
        })?;
        let found = find(&self.intercom, Some(PersonKind::User), field, &user).await?;
        match (found, user) {
            (None, PersonRef::Id(_)) => Err(not_found(PersonKind::User)),
            (None, PersonRef::UserId(_)) => {
                let Some(email) = party.email.as_str().filter(|email| !email.is_empty()) else {
                    return Ok(None);
                };
                let role = PersonKind::User.role();
                let mut people = self.intercom.people_with_email(email, Some(&role)).await?;
                people.retain(|person| matches!(person.external_id, Field::Null | Field::Absent));
                only_one(people, &path(field, "email"))
            }
            (found, _) => Ok(found),
        }
    }

    /// Adds a person to a company, which is created or updated first, or removes the person from it.
    async fn join(&self, person: &str, membership: &Membership) -> Result<(), Rejection> {
        let id = match membership {
            Membership::Remove(company) => self.company_id_of(company).await?,
            Membership::Join(company) => self.company_to_join(company).await?,
        };
        let call = match membership {
            Membership::Remove(_) => contact::remove_company(person, &id),
            Membership::Join(_) => contact::add_company(person, &id),
        };
        self.intercom.write(&call).await.map(drop)
    }

    /// Archives a user or deletes a lead, and answers with the person.
    pub(super) async fn remove(
        &self,
        kind: PersonKind,
        person: PersonRef,
    ) -> Result<Answer, Rejection> {
        let person = find(&self.intercom, Some(kind), "", &person).await?;
        let person = person.filter(|it| !is_archived(it)).ok_or_else(|| not_found(kind))?;
        let id = id_of(&person)?;
        self.intercom.in_time("nobody was removed")?;
        self.intercom
            .write(&match kind {
                PersonKind::User => contact::archive(&id),
                PersonKind::Lead => contact::delete(&id),
            })
            .await?;
        self.json(&User::from(person))
    }

    /// Removes the person that the query or the body names.
    pub(super) async fn remove_named(
        &self,
        kind: PersonKind,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let person = match reference_in_query(parameters)? {
            None if self.context.head.content_type.is_empty() => None,
            None => {
                let body = crate::edge::request::body::json(self.context).await?;
                let party = if body.is_empty() { Party::default() } else { body::read(&body)? };
                reference("", &party)?
            }
            person => person,
        };
        let person = person.ok_or_else(|| {
            missing("user_id", "Name the person: give id, user_id or email in the query")
        })?;
        self.remove(kind, person).await
    }

    /// Deletes a user permanently. API 1.x answered with the deletion request's number; API 2.x deletes at
    /// once and has no such number.
    pub(super) async fn erase(&self) -> Result<Answer, Rejection> {
        let erasure: Erasure = body::object(self.context).await?;
        well_formed("", erasure.invalid_field())?;
        let field = "intercom_user_id";
        let id = erasure.intercom_user_id.get().map(Id::to_string);
        let id = id.ok_or_else(|| missing(field, "intercom_user_id is required"))?;
        let user = PersonRef::Id(values::id(field, &id)?.to_owned());
        let user = find(&self.intercom, Some(PersonKind::User), field, &user).await?;
        let user = user.ok_or_else(|| not_found(PersonKind::User))?;
        self.intercom.write(&contact::delete(&id_of(&user)?)).await?;
        self.json(&json!({ "id": null }))
    }

    /// Converts a lead: merges it into the user if there is one, or else makes the lead a user.
    pub(super) async fn convert(&self) -> Result<Answer, Rejection> {
        let conversion: Conversion = body::object(self.context).await?;
        body::of_v1("", &conversion.extra, &["from", "into"])?;
        well_formed("", conversion.invalid_field())?;
        let (Some(lead), Some(user)) = (conversion.contact.get(), conversion.user.get()) else {
            let field = if conversion.contact.get().is_none() { "contact" } else { "user" };
            return Err(missing(
                field,
                "Give the contact to convert, and the user that it becomes",
            ));
        };
        let lead = reference("contact", lead)?;
        let lead =
            lead.ok_or_else(|| missing("contact", "contact has no person: give id or user_id"))?;
        let user_ref = reference("user", user)?;
        let lead = find(&self.intercom, Some(PersonKind::Lead), "contact", &lead).await?;
        let lead = id_of(&lead.ok_or_else(|| not_found(PersonKind::Lead))?)?;
        let converted = match self.user("user", user, user_ref).await? {
            Some(existing) => self.merge(&lead, &existing).await?,
            None => self.make_user(&lead, user).await?,
        };
        self.json(&User::from(converted))
    }

    async fn merge(&self, lead: &str, user: &Contact) -> Result<Contact, Rejection> {
        self.intercom.in_time("nothing was converted")?;
        self.intercom.write(&contact::merge(lead, &id_of(user)?)).await
    }

    /// Makes a lead a user with these names, or merges it into a user that was created in the meantime.
    async fn make_user(&self, lead: &str, user: &Party) -> Result<Contact, Rejection> {
        let names = Contact {
            role: PersonKind::User.role().into(),
            external_id: match &user.user_id {
                Field::Known(id) => id.to_string().into(),
                _ => Field::Absent,
            },
            email: user.email.clone(),
            ..Contact::default()
        };
        self.intercom.in_time("nothing was converted")?;
        match self.intercom.write(&contact::update(lead, &names)).await {
            Err(rejection) if rejection.status() == 409 => {
                let created = self.user("user", user, reference("user", user)?).await?;
                self.merge(lead, &created.ok_or(rejection)?).await
            }
            converted => converted,
        }
    }
}

/// The existing person that Intercom names in a 409: "An archived contact matching those details already
/// exists with id=…".
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

/// Returns true if a contact is the user that a body names: by `user_id`, or by address if the contact has no
/// `user_id` yet.
fn is_named(contact: &Contact, party: &Party) -> bool {
    let has_address = match (party.email.as_str(), contact.email.as_str()) {
        (Some(named), Some(known)) => named.to_lowercase() == known.to_lowercase(),
        _ => false,
    };
    PersonKind::User.matches(contact)
        && match (party.user_id.get(), contact.external_id.as_str()) {
            (Some(named), Some(known)) => named.is(known),
            (Some(_) | None, _) => has_address,
        }
}

fn memberships(draft: &PersonFields) -> Result<Vec<Membership>, Rejection> {
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
