//! Tags: API 1.x puts one on many people, named as it names them, and takes it off, in one call.

use crate::call::{contact, tag};
use crate::edge::bridge::Bridge;
use crate::edge::bridge::company;
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body::{self, invalid, missing, well_formed};
use crate::edge::translation::person::nobody;
use crate::edge::translation::person::{By, id_in};
use crate::model::shape::model;
use crate::model::{Field, Id, List, Object, Party, Tag};
use crate::v1::Kind;
use serde_json::{Value, json};

/// How many requests one call may become: Cloudflare's free plan allows 50.
const MOST_REQUESTS: usize = 40;

model! {
    /// The body of `POST /tags`.
    pub struct Tagging {
        /// Intercom's id, of a tag to rename.
        id: Id,
        /// The tag's name; it is made where there is none yet.
        name: String,
        /// Whom to tag, or with `"untag":true` to untag.
        users: Vec<Party>,
        /// Which companies to tag, or with `"untag":true` to untag.
        companies: Vec<Object>,
    }
}

/// A person, and whether the tag is to be put on or taken off.
struct Entry {
    field: String,
    by: By,
    untag: bool,
}

impl Entry {
    fn read(at: usize, user: &Party) -> Result<Self, Rejection> {
        let field = format!("users[{at}]");
        let by = By::of(&field, user)?;
        let by = by.ok_or_else(|| missing(&field, "Name each user by id, user_id or email"))?;
        let untag = body::flag(&field, &user.extra, "untag")?;
        Ok(Self { field, by, untag })
    }

    /// Whether the person is looked up: one named by Intercom's id is taken at the caller's word, but
    /// for untagging, where 404 is to mean that there is nothing to take off.
    fn looked_up(&self) -> bool {
        self.untag || !matches!(self.by, By::Id(_))
    }

    /// How many requests it takes by itself: one to find the person, one to untag.
    fn requests(&self) -> usize {
        usize::from(self.looked_up()) + usize::from(self.untag)
    }
}

impl Bridge<'_> {
    /// All tags.
    pub(super) async fn tags(&self) -> Result<Answer, Rejection> {
        let tags = self.intercom.list(&tag::list()).await?.items.into_iter().map(shown).collect();
        self.json(&List::new("tag.list", "tags", tags))
    }

    /// Makes or renames a tag, and puts it on or takes it off people or companies.
    pub(super) async fn save_tag(&self) -> Result<Answer, Rejection> {
        let tagging: Tagging = body::object(self.context).await?;
        well_formed("", tagging.misshapen())?;
        let name = tagging.name.as_str().filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| missing("name", "The tag's name is missing"))?;
        match (&tagging.users, &tagging.companies) {
            (Field::Known(_), Field::Known(_)) => {
                Err(invalid("companies", "Tag users or companies, not both in one call"))
            }
            (Field::Known(users), _) => self.json(&shown(self.tag_users(name, users).await?)),
            (_, Field::Known(companies)) => {
                for (at, entry) in companies.iter().enumerate() {
                    let field = format!("companies[{at}]");
                    company::Named::of(&field, entry)?;
                    body::flag(&field, entry, "untag")?;
                }
                self.tag(json!({ "name": name, "companies": companies })).await
            }
            _ => match tagging.id.get() {
                Some(id) => {
                    let id = crate::edge::request::values::id("id", &id.to_string())?.to_owned();
                    self.tag(json!({ "id": id, "name": name })).await
                }
                None => self.tag(json!({ "name": name })).await,
            },
        }
    }

    async fn tag(&self, tag: Value) -> Result<Answer, Rejection> {
        self.json(&shown(self.intercom.write(&tag::save(&object(tag))).await?))
    }

    /// Finds everybody first, so that a name that means nobody changes nothing; then tags all in one
    /// request, and untags each by one.
    async fn tag_users(&self, name: &str, users: &[Party]) -> Result<Tag, Rejection> {
        let entries = users.iter().enumerate().map(|(at, user)| Entry::read(at, user));
        let entries: Vec<Entry> = entries.collect::<Result<_, _>>()?;
        if entries.is_empty() {
            return Err(missing("users", "users names nobody"));
        }
        let needed: usize = entries.iter().map(Entry::requests).sum();
        if needed > MOST_REQUESTS {
            let words = format!(
                "This takes {needed} requests of Intercom, and one call may take {MOST_REQUESTS}: \
                 one for each user named by user_id or email, and two for each to untag"
            );
            return Err(invalid("users", &words));
        }
        let (mut to_tag, mut to_untag) = (Vec::new(), Vec::new());
        for entry in entries {
            self.intercom.in_time("nobody was tagged or untagged")?;
            if entry.looked_up() {
                self.intercom.leave_room().await;
            }
            let Entry { field, by, untag } = entry;
            if untag {
                let found = self.intercom.find(None, &field, &by).await?;
                to_untag.push(id_in(&found.ok_or_else(|| nobody(Kind::User).naming(&field))?)?);
            } else {
                to_tag.push(self.intercom.id_of(None, &field, by).await?);
            }
        }
        let mut tag = None;
        if !to_tag.is_empty() {
            let users: Vec<Value> = to_tag.iter().map(|id| json!({ "id": id })).collect();
            let call = tag::save(&object(json!({ "name": name, "users": users })));
            tag = Some(self.intercom.write(&call).await?);
        }
        let tag = match tag {
            Some(tag) => tag,
            None => self.tag_named(name).await?,
        };
        let tag_id = tag.id.get().map(Id::to_string).unwrap_or_default();
        for (done, id) in to_untag.iter().enumerate() {
            let tagged = to_tag.len();
            self.intercom.leave_room().await;
            let untagged = match self.intercom.in_time("the rest is as it was") {
                Ok(()) => self.intercom.write(&contact::remove_tag(id, &tag_id)).await.map(drop),
                late => late,
            };
            match untagged {
                // The person doesn't have the tag.
                Err(rejection) if rejection.status() == 404 => {}
                Err(rejection) if tagged + done > 0 => {
                    let all = to_untag.len();
                    let words =
                        format!("{tagged} people were tagged, and {done} of {all} untagged");
                    return Err(self.stopped(&rejection, &words));
                }
                untagged => untagged?,
            }
        }
        Ok(tag)
    }

    /// The tag of a name; capital and small letters are the same.
    async fn tag_named(&self, name: &str) -> Result<Tag, Rejection> {
        let name = name.to_lowercase();
        let tags = self.intercom.list(&tag::list()).await?.items;
        let is = |tag: &Tag| tag.name.as_str().is_some_and(|it| it.to_lowercase() == name);
        let found = tags.into_iter().find(is);
        found.ok_or_else(|| Rejection::not_found("There is no tag of this name").naming("name"))
    }

    /// Deletes a tag, off everybody who has it.
    pub(super) async fn delete_tag(&self, id: &str) -> Result<Answer, Rejection> {
        self.pass(&tag::delete(id)).await
    }
}

/// A tag as API 1.x shows it.
fn shown(tag: Tag) -> Tag {
    let (id, name) = (tag.id.or_null(), tag.name.or_null());
    Tag { r#type: "tag".into(), id, name, ..Tag::default() }
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
