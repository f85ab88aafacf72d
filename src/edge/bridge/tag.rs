//! Tags of API 1.x: one call tags and untags many people, by `id`, `user_id` or `email`.

use crate::call::{contact, tag};
use crate::edge::bridge::Bridge;
use crate::edge::bridge::company;
use crate::edge::intercom::person::{PersonRef, id_of};
use crate::edge::request::values;
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body::{self, invalid, missing, well_formed};
use crate::edge::translation::person::{find, find_id, not_found, reference};
use crate::model::json::model;
use crate::model::{Field, Id, List, Object, Party, Tag};
use crate::v1::PersonKind;
use serde_json::{Value, json};

/// The most requests to Intercom of one call: Cloudflare's free plan allows 50.
const MOST_REQUESTS: usize = 40;

model! {
    /// The body of `POST /tags`.
    pub struct Tagging {
        /// Intercom's id of the tag to rename.
        id: Id,
        /// The tag's name. A tag that doesn't exist is created.
        name: String,
        /// The people to tag, or with `"untag":true` to untag.
        users: Vec<Party>,
        /// The companies to tag, or with `"untag":true` to untag.
        companies: Vec<Object>,
    }
}

/// A person to tag or to untag.
struct Entry {
    field: String,
    person: PersonRef,
    untag: bool,
}

impl Entry {
    fn read(at: usize, user: &Party) -> Result<Self, Rejection> {
        let field = format!("users[{at}]");
        let person = reference(&field, user)?;
        let person =
            person.ok_or_else(|| missing(&field, "Name each user by id, user_id or email"))?;
        let untag = body::flag(&field, &user.extra, "untag")?;
        Ok(Self { field, person, untag })
    }

    /// Returns true if the person is looked up. A person to tag by Intercom's id isn't. A person to untag always
    /// is, so that a 404 of the untagging means that the person doesn't have the tag.
    fn looked_up(&self) -> bool {
        self.untag || !matches!(self.person, PersonRef::Id(_))
    }

    /// Counts the requests of this entry: one to find the person, one to untag.
    fn requests(&self) -> usize {
        usize::from(self.looked_up()) + usize::from(self.untag)
    }
}

impl Bridge<'_> {
    /// Lists all tags.
    pub(super) async fn tags(&self) -> Result<Answer, Rejection> {
        let tags = self.intercom.list(&tag::list()).await?.items.into_iter().map(in_v1).collect();
        self.json(&List::new("tag.list", "tags", tags))
    }

    /// Creates or renames a tag, and tags or untags people or companies.
    pub(super) async fn save_tag(&self) -> Result<Answer, Rejection> {
        let tagging: Tagging = body::object(self.context).await?;
        well_formed("", tagging.invalid_field())?;
        let name = tagging.name.as_str().filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| missing("name", "The tag's name is missing"))?;
        match (&tagging.users, &tagging.companies) {
            (Field::Known(_), Field::Known(_)) => {
                Err(invalid("companies", "Tag users or companies, not both in one call"))
            }
            (Field::Known(users), _) => self.json(&in_v1(self.tag_users(name, users).await?)),
            (_, Field::Known(companies)) => {
                for (at, entry) in companies.iter().enumerate() {
                    let field = format!("companies[{at}]");
                    company::CompanyRef::of(&field, entry)?;
                    body::flag(&field, entry, "untag")?;
                }
                self.tag(json!({ "name": name, "companies": companies })).await
            }
            _ => match tagging.id.get() {
                Some(id) => {
                    let id = values::id("id", &id.to_string())?.to_owned();
                    self.tag(json!({ "id": id, "name": name })).await
                }
                None => self.tag(json!({ "name": name })).await,
            },
        }
    }

    async fn tag(&self, tag: Value) -> Result<Answer, Rejection> {
        self.json(&in_v1(self.intercom.write(&tag::save(&object(tag))).await?))
    }

    /// Finds all people first, so that an unknown person changes nothing. Then tags all in one request, and
    /// untags each in a request of its own.
    async fn tag_users(&self, name: &str, users: &[Party]) -> Result<Tag, Rejection> {
        let entries = users.iter().enumerate().map(|(at, user)| Entry::read(at, user));
        let entries: Vec<Entry> = entries.collect::<Result<_, _>>()?;
        if entries.is_empty() {
            return Err(missing("users", "users is empty"));
        }
        let needed: usize = entries.iter().map(Entry::requests).sum();
        if needed > MOST_REQUESTS {
            let words = format!(
                "This call needs {needed} requests to Intercom, and may use {MOST_REQUESTS}: \
                 one for each user named by user_id or email, and two for each to untag"
            );
            return Err(invalid("users", &words));
        }
        let (to_tag, to_untag) = self.ids_of(entries).await?;
        let tag = if to_tag.is_empty() {
            self.tag_named(name).await?
        } else {
            let users: Vec<Value> = to_tag.iter().map(|id| json!({ "id": id })).collect();
            let call = tag::save(&object(json!({ "name": name, "users": users })));
            self.intercom.write(&call).await?
        };
        self.untag(&tag, &to_untag, to_tag.len()).await?;
        Ok(tag)
    }

    /// Finds Intercom's ids of the people to tag and of the people to untag.
    async fn ids_of(&self, entries: Vec<Entry>) -> Result<(Vec<String>, Vec<String>), Rejection> {
        let (mut to_tag, mut to_untag) = (Vec::new(), Vec::new());
        for entry in entries {
            self.intercom.in_time("nobody was tagged or untagged")?;
            if entry.looked_up() {
                self.intercom.leave_room().await;
            }
            let Entry { field, person, untag } = entry;
            if untag {
                let found = find(&self.intercom, None, &field, &person).await?;
                to_untag.push(id_of(
                    &found.ok_or_else(|| not_found(PersonKind::User).naming(&field))?,
                )?);
            } else {
                to_tag.push(find_id(&self.intercom, None, &field, person).await?);
            }
        }
        Ok((to_tag, to_untag))
    }

    /// Untags people, after `tagged` people were tagged.
    async fn untag(&self, tag: &Tag, people: &[String], tagged: usize) -> Result<(), Rejection> {
        let tag_id = tag.id.get().map(Id::to_string).unwrap_or_default();
        for (done, id) in people.iter().enumerate() {
            self.intercom.leave_room().await;
            let untagged = match self.intercom.in_time("the rest is as it was") {
                Ok(()) => self.intercom.write(&contact::remove_tag(id, &tag_id)).await.map(drop),
                late => late,
            };
            match untagged {
                // The person doesn't have the tag.
                Err(rejection) if rejection.status() == 404 => {}
                Err(rejection) if tagged + done > 0 => {
                    let all = people.len();
                    let words =
                        format!("{tagged} people were tagged, and {done} of {all} untagged");
                    return Err(self.partly_done(&rejection, &words));
                }
                untagged => untagged?,
            }
        }
        Ok(())
    }

    /// Finds a tag by its name, case-insensitively.
    async fn tag_named(&self, name: &str) -> Result<Tag, Rejection> {
        let name = name.to_lowercase();
        let tags = self.intercom.list(&tag::list()).await?.items;
        let is = |tag: &Tag| tag.name.as_str().is_some_and(|it| it.to_lowercase() == name);
        let found = tags.into_iter().find(is);
        found.ok_or_else(|| Rejection::not_found("There is no tag with this name").naming("name"))
    }

    /// Deletes a tag, and so removes it from everybody.
    pub(super) async fn delete_tag(&self, id: &str) -> Result<Answer, Rejection> {
        self.pass(&tag::delete(id)).await
    }
}

/// Translates a tag to API 1.x.
fn in_v1(tag: Tag) -> Tag {
    let (id, name) = (tag.id.or_null(), tag.name.or_null());
    Tag { r#type: "tag".into(), id, name, ..Tag::default() }
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
