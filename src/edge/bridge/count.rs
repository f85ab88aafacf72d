//! Counts of API 1.x, from the totals of lists.

use crate::call::{PageRequest, company, segment, tag};
use crate::edge::access::scope::Scope;
use crate::edge::bridge::Bridge;
use crate::edge::request::values::last;
use crate::edge::response::{Answer, Rejection};
use crate::model::{Group, Object, Search};
use crate::v1::PersonKind;
use serde_json::{Value, json};

/// The types that are counted, in the order of API 1.x.
const COUNTED: [&str; 5] = ["company", "segment", "tag", "user", "lead"];

impl Bridge<'_> {
    /// Counts all types, one `type`, or with `type=user&count=segment` the users of each segment.
    pub(super) async fn count(&self, parameters: &[(String, String)]) -> Result<Answer, Rejection> {
        match (last(parameters, "type"), last(parameters, "count")) {
            (None, None) => self.count_all(&COUNTED).await,
            (Some(kind), None) => match COUNTED.iter().find(|known| **known == kind) {
                Some(known) => self.count_all(&[known]).await,
                None => Err(not_carried(kind)),
            },
            (Some("user"), Some("segment")) => self.count_segments().await,
            (kind, _) => Err(not_carried(kind.unwrap_or_default())),
        }
    }

    async fn count_all(&self, kinds: &[&str]) -> Result<Answer, Rejection> {
        kinds.iter().try_for_each(|kind| self.caller.allow(scope_to_count(kind)))?;
        let mut counts = Object::new();
        counts.insert("type".to_owned(), "count.hash".into());
        for kind in kinds {
            self.intercom.leave_room().await;
            let count = match *kind {
                "company" => self
                    .intercom
                    .list(&company::list(
                        company::CompanyFilter::default(),
                        &PageRequest::number(1, Some(1)),
                    ))
                    .await?
                    .total_count
                    .get()
                    .copied(),
                "segment" => {
                    i64::try_from(self.intercom.list(&segment::list()).await?.items.len()).ok()
                }
                "tag" => i64::try_from(self.intercom.list(&tag::list()).await?.items.len()).ok(),
                "user" => self.count_people(PersonKind::User).await?,
                _ => self.count_people(PersonKind::Lead).await?,
            };
            counts.insert((*kind).to_owned(), json!({ "count": count }));
        }
        self.json(&counts)
    }

    async fn count_people(&self, kind: PersonKind) -> Result<Option<i64>, Rejection> {
        let query = Group::equals("role", kind.role().as_str());
        let search = Search { query: query.into(), ..Search::default() };
        Ok(self.intercom.search_people(&search.page(1, None)).await?.total_count.get().copied())
    }

    async fn count_segments(&self) -> Result<Answer, Rejection> {
        self.caller.allow(Scope::SegmentsRead)?;
        let segments = self.intercom.list(&segment::list_with_counts()).await?.items;
        let counts = segments.into_iter().map(|segment| {
            let mut count = Object::new();
            let name = segment.name.as_str().unwrap_or_default().to_owned();
            count.insert(name, segment.count.get().copied().into());
            Value::Object(count)
        });
        let counts: Vec<Value> = counts.collect();
        self.json(&json!({ "type": "count", "user": { "segment": counts } }))
    }
}

/// Gives the scope of the list in API 2.x that has the same total.
fn scope_to_count(kind: &str) -> Scope {
    match kind {
        "company" => Scope::CompaniesRead,
        "segment" => Scope::SegmentsRead,
        "tag" => Scope::TagsRead,
        _ => Scope::ContactsRead,
    }
}

fn not_carried(kind: &str) -> Rejection {
    let instead = match kind {
        "conversation" => "POST /conversations/search gives a total_count",
        "company" => "GET /companies gives each company's user_count, and a total_count by tag_id",
        _ => "POST /contacts/search by tag_id or segment_id gives a total_count",
    };
    Rejection::new(410, "gone", format!("API 2.x doesn't count these: {instead}")).naming("type")
}
