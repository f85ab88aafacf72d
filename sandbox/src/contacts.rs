//! `/contacts`: lists, search, and one contact and what belongs to it.

use super::answer::{Answer, Refusal};
use super::body::{missing, text};
use super::draft::Draft;
use super::listing::{self, Listing};
use super::operation::Call;
use super::page::List;
use super::person::{Contact, Person};
use super::search::Condition;
use super::workspace::Segment;
use super::{companies, conversations, tags, tickets};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A contact's row.
#[derive(Deserialize)]
pub(super) struct Row {
    state: String,
    merged_into: Option<String>,
    /// When somebody made it, in milliseconds since 1970; 0 for the people of the seed.
    pub made_at_ms: u64,
    body: String,
}

impl Row {
    /// The person, if neither archived nor merged.
    pub fn active(&self) -> Result<Option<Person>, Refusal> {
        Ok(if self.state == "active" { Some(self.person()?) } else { None })
    }

    /// The role, whatever the state.
    pub fn role(&self) -> Result<String, Refusal> {
        Ok(self.person()?.role)
    }

    fn person(&self) -> Result<Person, Refusal> {
        Ok(serde_json::from_str(&self.body)?)
    }
}

/// The row of Intercom's id.
pub(super) fn row(call: &Call, id: &str) -> Result<Option<Row>, Refusal> {
    call.store.row(
        "SELECT state, merged_into, made_at_ms, body FROM contact WHERE id = (?1 ->> '$[0]')",
        &[id.into()],
    )
}

/// The person that a path names.
pub(super) fn person(call: &Call) -> Result<Person, Refusal> {
    here(row(call, &call.name)?)
}

/// The person of a row: 404 if there is none, 410 if they were merged into another.
fn here(row: Option<Row>) -> Result<Person, Refusal> {
    let row = row.ok_or_else(|| Refusal::new(404, "not_found", "User Not Found"))?;
    match &row.merged_into {
        Some(into) => Err(Refusal::new(
            410,
            "contact_merged",
            format!("This contact was merged into contact {into}"),
        )
        .with_header("link", format!("</contacts/{into}>; rel=\"canonical\""))),
        None => row.person(),
    }
}

pub(super) fn shown(call: &Call, person: &Person) -> Result<Answer, Refusal> {
    Answer::ok(&Contact { person, version: &call.version })
}

/// `GET /contacts`: everybody, newest first.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    page(call, Listing::of_query(call, Condition::everybody(), 10)?)
}

/// `POST /contacts/search`.
pub(super) fn search(call: &Call) -> Result<Answer, Refusal> {
    page(call, Listing::of_search(call, Condition::everybody().indexed(call.now_ms), 50)?)
}

fn page(call: &Call, listing: Listing) -> Result<Answer, Refusal> {
    let page = listing.page::<Person>(call)?;
    let contacts = page.items.iter().map(|person| Contact { person, version: &call.version });
    Answer::ok(&List::page(contacts.collect(), page.total_count, page.pages))
}

/// `GET /contacts/{id}`. An archived person is marked, as in the answer of `archive`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    let row = row(call, &call.name)?;
    let is_archived = row.as_ref().is_some_and(|row| row.state == "archived");
    let person = here(row)?;
    let contact = Contact { person: &person, version: &call.version };
    if !is_archived {
        return Answer::ok(&contact);
    }
    #[derive(Serialize)]
    struct Archived<'a> {
        #[serde(flatten)]
        contact: Contact<'a>,
        archived: bool,
    }
    Answer::ok(&Archived { contact, archived: true })
}

/// `GET /contacts/find_by_external_id/{external_id}`.
pub(super) fn show_by_external_id(call: &Call) -> Result<Answer, Refusal> {
    let row = call.store.row(
        "SELECT state, merged_into, made_at_ms, body FROM contact
         WHERE external_id = (?1 ->> '$[0]') AND state <> 'archived'",
        &[call.name.as_str().into()],
    )?;
    shown(call, &here(row)?)
}

/// `POST /contacts`.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let draft = Draft::read(&call.arrival.object()?)?;
    let number = call.store.count("SELECT coalesce(max(rowid), 0) + 1 AS n FROM contact", &[])?;
    let person = draft.create(call.now(), number)?;
    settle(call, &person)?;
    shown(call, &person)
}

/// `PUT /contacts/{id}`.
pub(super) fn update(call: &Call) -> Result<Answer, Refusal> {
    let before = person(call)?;
    let draft = Draft::read(&call.arrival.object()?)?;
    let after = draft.update(before.clone(), call.now());
    if after.external_id != before.external_id
        || after.email != before.email
        || after.role != before.role
    {
        refuse_twin(call, &after)?;
    }
    keep(call, &after)?;
    shown(call, &after)
}

/// Keeps a person who was changed.
pub(super) fn keep(call: &Call, person: &Person) -> Result<(), Refusal> {
    call.store.run(
        "UPDATE contact SET body = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[person.id.as_str().into(), serde_json::to_string(person)?.into()],
    )
}

/// Moves somebody new in.
pub(super) fn settle(call: &Call, person: &Person) -> Result<(), Refusal> {
    refuse_twin(call, person)?;
    call.store.run(
        "INSERT INTO contact (state, made_at_ms, body) VALUES ('active', ?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[call.now_ms.into(), serde_json::to_string(person)?.into()],
    )
}

/// Everybody active who has an id, an external id or an address; users before leads.
pub(super) fn named(call: &Call, column: &str, name: &str) -> Result<Vec<Person>, Refusal> {
    let select = format!(
        "SELECT body AS entry FROM contact WHERE state = 'active' AND {column} = (?1 ->> '$[0]') \
         ORDER BY role DESC, id"
    );
    call.store.entries(&select, &[name.into()])
}

/// Finds everybody active whom an object names as API 2.x names the contact of a reply: by
/// `intercom_user_id`, `user_id` or `email`.
pub(super) fn of_customer(call: &Call, customer: &Value) -> Result<Vec<Person>, Refusal> {
    let names = [("intercom_user_id", "id"), ("user_id", "external_id"), ("email", "email")];
    let named = names.iter().find_map(|(name, column)| Some((column, text(customer, name)?)));
    let (column, name) = named.ok_or_else(|| missing("user"))?;
    self::named(call, column, name)
}

/// `POST /contacts/merge`: the lead goes into the user, with what belongs to it.
pub(super) fn merge(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let person = |name: &str, role: &str| {
        let id = body.get(name).and_then(Value::as_str).ok_or_else(|| {
            Refusal::new(400, "parameter_not_found", format!("{name} not specified"))
        })?;
        let person = here(row(call, id)?)?;
        if person.role == role {
            Ok(person)
        } else {
            Err(Refusal::invalid(name, format!("{name} must be a {role}")))
        }
    };
    let (from, mut into) = (person("from", "lead")?, person("into", "user")?);
    let add = |mine: &mut Vec<String>, theirs: &[String]| {
        for id in theirs {
            if !mine.contains(id) {
                mine.push(id.clone());
            }
        }
    };
    add(&mut into.tags, &from.tags);
    add(&mut into.companies, &from.companies);
    add(&mut into.opted_in, &from.opted_in);
    add(&mut into.opted_out, &from.opted_out);
    into.notes.extend(from.notes);
    into.updated_at = call.now();
    keep(call, &into)?;
    call.store.run(
        "UPDATE contact SET state = 'merged', merged_into = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[from.id.as_str().into(), into.id.as_str().into()],
    )?;
    conversations::hand_over(call, &from.id, &into)?;
    tickets::hand_over(call, &from.id, &into)?;
    shown(call, &into)
}

/// External ids are unique, and so are the e-mail addresses of users; leads may share theirs.
fn refuse_twin(call: &Call, person: &Person) -> Result<(), Refusal> {
    #[derive(Deserialize)]
    struct Twin {
        id: String,
        state: String,
    }
    let twin: Option<Twin> = call.store.row(
        "SELECT id, state FROM contact
         WHERE state <> 'merged' AND id <> (?1 ->> '$[0]')
         AND (external_id = (?1 ->> '$[1]')
              OR (role = 'user' AND (?1 ->> '$[2]') = 'user' AND email = (?1 ->> '$[3]') COLLATE NOCASE))
         ORDER BY state, id",
        &[
            person.id.as_str().into(),
            person.external_id.clone().into(),
            person.role.as_str().into(),
            person.email.clone().into(),
        ],
    )?;
    twin.map_or(Ok(()), |twin| {
        let who = if twin.state == "archived" { "An archived contact" } else { "A contact" };
        let message = format!("{who} matching those details already exists with id={}", twin.id);
        Err(Refusal::new(409, "conflict", message))
    })
}

/// What archiving, deleting and blocking answer.
#[derive(Serialize)]
struct Gone<'a> {
    r#type: &'static str,
    id: &'a str,
    external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archived: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<bool>,
}

impl<'a> Gone<'a> {
    fn new(person: &'a Person) -> Self {
        Self {
            r#type: "contact",
            id: &person.id,
            external_id: person.external_id.as_deref(),
            archived: None,
            deleted: None,
            blocked: None,
        }
    }
}

/// `POST /contacts/{id}/archive`.
pub(super) fn archive(call: &Call) -> Result<Answer, Refusal> {
    let person = person(call)?;
    set_state(call, "archived")?;
    Answer::ok(&Gone { archived: Some(true), ..Gone::new(&person) })
}

/// `POST /contacts/{id}/unarchive`.
pub(super) fn unarchive(call: &Call) -> Result<Answer, Refusal> {
    let person = person(call)?;
    set_state(call, "active")?;
    Answer::ok(&Gone { archived: Some(false), ..Gone::new(&person) })
}

/// Answers `POST /contacts/{id}/block`: the contact and their conversations are archived.
pub(super) fn block(call: &Call) -> Result<Answer, Refusal> {
    let person = person(call)?;
    set_state(call, "archived")?;
    conversations::close_all(call, &person.id)?;
    Answer::ok(&Gone { blocked: Some(true), ..Gone::new(&person) })
}

fn set_state(call: &Call, state: &str) -> Result<(), Refusal> {
    call.store.run(
        "UPDATE contact SET state = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[call.name.as_str().into(), state.into()],
    )
}

/// `DELETE /contacts/{id}`.
pub(super) fn delete(call: &Call) -> Result<Answer, Refusal> {
    let person = person(call)?;
    call.store
        .run("DELETE FROM contact WHERE id = (?1 ->> '$[0]')", &[call.name.as_str().into()])?;
    Answer::ok(&Gone { deleted: Some(true), ..Gone::new(&person) })
}

/// `GET /contacts/{id}/tags`.
pub(super) fn tags(call: &Call) -> Result<Answer, Refusal> {
    let person = person(call)?;
    let tags = tags::all(call.store)?.into_iter().filter(|tag| person.tags.contains(&tag.id));
    Answer::ok(&List::whole(tags.map(|tag| tag.applied(person.created_at)).collect()))
}

/// `GET /contacts/{id}/segments`.
pub(super) fn segments(call: &Call) -> Result<Answer, Refusal> {
    let person = person(call)?;
    Answer::ok(&List::whole(person.segments.iter().filter_map(|id| Segment::find(id)).collect()))
}

/// `GET /contacts/{id}/companies`.
pub(super) fn companies(call: &Call) -> Result<Answer, Refusal> {
    let person = person(call)?;
    listing::numbered(call, companies::of_ids(call.store, &person.companies)?, 50)
}
