//! Batches: one template to many people, as the Worker takes and reports them.

use super::notification::To;
use super::shape::{model, words};
use super::strict::{Draft, Fields, Invalid, Sender, TEMPLATE, read};
use super::template::TemplateVersion;
use super::{Field, Group, Object, Search, Shape, Timestamp};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Number, Value, json};

/// How many people a batch may name.
pub const MAX_RECIPIENTS: usize = 10_000;

/// What `POST /edge/messages/batch` sends, and to whom.
///
/// ```
/// use intercom_edge::model::{Audience, NewBatch, Recipient, To};
/// use serde_json::json;
///
/// let news = NewBatch::to([To::user_id("john_doe").into()], "news").check()?;
/// assert_eq!(serde_json::to_value(&news)?, json!({"template": "news", "to": [{"user_id": "john_doe"}]}));
///
/// let wrong = NewBatch::read(br#"{"template": "news", "to": [{"id": "7"}, {"email": "ann"}]}"#);
/// assert_eq!(wrong.map_err(|error| error.field), Err("to[1].email".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[cfg_attr(feature = "types", ts(rename = "BatchFields", optional_fields))]
#[non_exhaustive]
pub struct NewBatch {
    /// The template's name.
    pub template: String,
    /// Which version of it; the newest without one.
    pub version: Option<u32>,
    /// Who reads it.
    // The package has a way of its own to search.
    #[cfg_attr(feature = "types", ts(skip))]
    pub audience: Audience,
    /// What the template finds as `variables`, but for a recipient's own.
    #[cfg_attr(feature = "types", ts(as = "Option<Object>", optional))]
    pub variables: Object,
    /// The admin who sends it, by Intercom's id; the Worker's own sender without one.
    #[cfg_attr(feature = "types", ts(as = "Option<Sender<'static>>"))]
    pub from: Option<String>,
}

/// Who reads a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Audience {
    /// These people, 1 to [`MAX_RECIPIENTS`], as they were listed.
    To(Vec<Recipient>),
    /// The people whom `POST /contacts/search` finds.
    Search(Box<Search>),
}

/// One of a batch's people.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(rename = "BatchRecipient"))]
pub struct Recipient {
    /// The person.
    #[cfg_attr(feature = "types", ts(flatten))]
    pub to: To,
    /// What the template finds as `variables` for this person, besides the batch's.
    #[cfg_attr(feature = "types", ts(as = "Option<Object>", optional))]
    pub variables: Object,
}

impl NewBatch {
    /// Reads a body.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn read(json: &[u8]) -> Result<Self, Invalid> {
        read(json)
    }

    /// A batch for these people.
    pub fn to(people: impl IntoIterator<Item = Recipient>, template: &str) -> Draft<Self> {
        let people: Vec<Value> = people.into_iter().map(Value::from).collect();
        Draft::new().with("to", people).with("template", template)
    }

    /// A batch for the people whom a search finds.
    pub fn search(query: &Group, template: &str) -> Draft<Self> {
        let search = json!({ "query": query });
        Draft::new().with("search", search).with("template", template)
    }
}

impl Draft<NewBatch> {
    /// The same, of an older version of the template.
    #[must_use]
    pub fn version(self, version: u32) -> Self {
        self.with("version", version)
    }
}

impl TryFrom<Value> for NewBatch {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        let known = ["template", "version", "to", "search", "variables", "from"];
        let mut fields = Fields::of(value, String::new(), &known)?;
        Ok(Self {
            template: fields.required_text("template", TEMPLATE)?,
            version: fields.version()?,
            audience: Audience::of(&mut fields)?,
            variables: fields.variables()?,
            from: fields.from()?,
        })
    }
}

impl Serialize for NewBatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("template", &self.template)?;
        if let Some(version) = &self.version {
            map.serialize_entry("version", version)?;
        }
        match &self.audience {
            Audience::To(people) => map.serialize_entry("to", people)?,
            Audience::Search(search) => map.serialize_entry("search", search)?,
        }
        if !self.variables.is_empty() {
            map.serialize_entry("variables", &self.variables)?;
        }
        if let Some(id) = &self.from {
            map.serialize_entry("from", &Sender(id))?;
        }
        map.end()
    }
}

impl Audience {
    fn of(fields: &mut Fields) -> Result<Self, Invalid> {
        let search = fields.object("search", &["query", "sort"])?;
        match (fields.take("to"), search) {
            (Some(Value::Array(people)), None) if (1..=MAX_RECIPIENTS).contains(&people.len()) => {
                let path = |index| format!("to[{index}]");
                let people = people.into_iter().enumerate();
                let people = people.map(|(index, person)| Recipient::of(person, path(index)));
                people.collect::<Result<_, _>>().map(Self::To)
            }
            (Some(_), None) => Err(fields.invalid("to", "This is a list of 1 to 10000 people")),
            (None, Some(search)) => Self::found(search),
            (None, None) => Err(fields.invalid("to", "Give either to or search")),
            (Some(_), Some(_)) => Err(fields.invalid("search", "Give either to or search")),
        }
    }

    /// A search of every page: which page is not for the caller to say.
    fn found(mut search: Fields) -> Result<Self, Invalid> {
        let query = search.take("query").unwrap_or_default();
        let sort = search.take("sort").unwrap_or_default();
        let Ok(query) = Group::from_value(query) else {
            return Err(search.invalid("query", "A query is a filter, or an AND or OR of filters"));
        };
        let sort = match Field::read(sort) {
            Field::Known(sort) => Field::Known(sort),
            Field::Absent | Field::Null => Field::Absent,
            Field::Other(_) => {
                return Err(search.invalid("sort", "A sort is an object of field and order"));
            }
        };
        Ok(Self::Search(Box::new(Search { query: query.into(), sort, ..Search::default() })))
    }
}

impl Recipient {
    /// Reads one, which stands alone.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn read(json: &[u8]) -> Result<Self, Invalid> {
        read(json)
    }

    /// A text that is the same for the same name of the same person.
    pub fn key(&self) -> String {
        self.to.key()
    }

    fn of(value: Value, path: String) -> Result<Self, Invalid> {
        let mut fields = Fields::of(value, path, &["id", "user_id", "email", "variables"])?;
        Ok(Self { to: To::among(&mut fields)?, variables: fields.variables()? })
    }
}

impl From<To> for Recipient {
    fn from(to: To) -> Self {
        Self { to, variables: Object::new() }
    }
}

impl TryFrom<Value> for Recipient {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        Self::of(value, String::new())
    }
}

impl From<Recipient> for Value {
    fn from(recipient: Recipient) -> Self {
        let mut value = Self::from(recipient.to);
        if let (Self::Object(fields), false) = (&mut value, recipient.variables.is_empty()) {
            fields.insert("variables".to_owned(), recipient.variables.into());
        }
        value
    }
}

impl Serialize for Recipient {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (name, text) = self.to.entry();
        map.serialize_entry(name, text)?;
        if !self.variables.is_empty() {
            map.serialize_entry("variables", &self.variables)?;
        }
        map.end()
    }
}

words! {
    /// How far a batch is.
    pub enum BatchState {
        /// A search's people are being found.
        Collecting = "collecting",
        /// It sends.
        Sending = "sending",
        /// It sends nothing until it is resumed.
        Paused = "paused",
        /// Nothing is left to send.
        Done = "done",
        /// It was given up; what had gone out stays sent.
        Cancelled = "cancelled",
    }
}

model! {
    /// How a batch is getting on, an `edge.batch`.
    #[ts(rename = "BatchProgress")]
    pub struct Batch = "edge.batch" {
        /// Its id.
        #[ts(as = "String")]
        id: String,
        /// The caller who made it.
        #[ts(as = "String")]
        caller: String,
        /// How far it is.
        #[ts(as = "BatchState")]
        state: BatchState,
        /// When it was made.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// When it was done or cancelled.
        finished_at: Timestamp,
        /// What it sends.
        #[ts(as = "TemplateVersion")]
        template: TemplateVersion,
        /// How many people it has, each counted once.
        #[ts(as = "i64")]
        total: i64,
        /// How many messages wait.
        #[ts(as = "i64")]
        queued: i64,
        /// How many are on their way.
        #[ts(as = "i64")]
        sending: i64,
        /// How many Intercom accepted.
        #[ts(as = "i64")]
        sent: i64,
        /// How many were not sent.
        #[ts(as = "i64")]
        failed: i64,
        /// Of how many nobody knows whether they arrived.
        #[ts(as = "i64")]
        unknown: i64,
        /// How many were listed again.
        #[ts(as = "i64")]
        duplicates: i64,
        /// Messages a second, of late.
        rate: Number,
        /// When it will be done at that rate.
        estimated_end_at: Timestamp,
    }
}
