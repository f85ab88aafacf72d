//! Batches of the Worker: one template to many people.

use super::json::{model, open_enum};
use super::notification::To;
use super::strict::{Fields, InvalidField, RequestBuilder, Sender, TEMPLATE, read};
use super::template::TemplateVersion;
use super::{Field, Group, JsonType, Object, Search, Timestamp};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Number, Value, json};

/// The maximum number of people in the `to` of a batch.
pub const MAX_RECIPIENTS: usize = 10_000;

/// The body of `POST /edge/messages/batch`: a template and its recipients.
///
/// ```
/// use intercom_edge::model::{Audience, NewBatch, Recipient, To};
/// use serde_json::json;
///
/// let news = NewBatch::to([To::user_id("john_doe").into()], "news").build()?;
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
    /// Name of the template.
    pub template: String,
    /// Version of the template; the default is the newest.
    pub version: Option<u32>,
    /// Recipients.
    // The package has a way of its own to search.
    #[cfg_attr(feature = "types", ts(skip))]
    pub audience: Audience,
    /// Values for `variables` in the template; a recipient's own values replace them.
    #[cfg_attr(feature = "types", ts(as = "Option<Object>", optional))]
    pub variables: Object,
    /// Intercom's id of the admin who sends the messages; the default is the Worker's configured
    /// sender.
    #[cfg_attr(feature = "types", ts(as = "Option<Sender<'static>>"))]
    pub from: Option<String>,
}

/// The recipients of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Audience {
    /// A list of people: 1 to [`MAX_RECIPIENTS`].
    To(Vec<Recipient>),
    /// All people that `POST /contacts/search` finds.
    Search(Box<Search>),
}

/// A recipient of a batch.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(rename = "BatchRecipient"))]
pub struct Recipient {
    /// The person.
    #[cfg_attr(feature = "types", ts(flatten))]
    pub to: To,
    /// Values for `variables` in the template, for this person only; they replace the batch's.
    #[cfg_attr(feature = "types", ts(as = "Option<Object>", optional))]
    pub variables: Object,
}

impl NewBatch {
    /// Reads and checks a request body.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn read(json: &[u8]) -> Result<Self, InvalidField> {
        read(json)
    }

    /// Makes a batch for a list of people.
    pub fn to(people: impl IntoIterator<Item = Recipient>, template: &str) -> RequestBuilder<Self> {
        let people: Vec<Value> = people.into_iter().map(Value::from).collect();
        RequestBuilder::new().with("to", people).with("template", template)
    }

    /// Makes a batch for all people that a search finds.
    pub fn search(query: &Group, template: &str) -> RequestBuilder<Self> {
        let search = json!({ "query": query });
        RequestBuilder::new().with("search", search).with("template", template)
    }
}

impl RequestBuilder<NewBatch> {
    /// Sets the version of the template.
    #[must_use]
    pub fn version(self, version: u32) -> Self {
        self.with("version", version)
    }
}

impl TryFrom<Value> for NewBatch {
    type Error = InvalidField;

    fn try_from(value: Value) -> Result<Self, InvalidField> {
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
    fn of(fields: &mut Fields) -> Result<Self, InvalidField> {
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

    /// Reads a search. It always covers all pages, so `pagination` is not allowed.
    fn found(mut search: Fields) -> Result<Self, InvalidField> {
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
    /// Reads one recipient from JSON.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn read(json: &[u8]) -> Result<Self, InvalidField> {
        read(json)
    }

    /// Returns a key that is equal for equal references to a person; e-mail addresses compare
    /// without case.
    pub fn key(&self) -> String {
        self.to.key()
    }

    fn of(value: Value, path: String) -> Result<Self, InvalidField> {
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
    type Error = InvalidField;

    fn try_from(value: Value) -> Result<Self, InvalidField> {
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

open_enum! {
    /// The state of a batch.
    pub enum BatchState {
        /// The batch is still collecting the people of its search.
        Collecting = "collecting",
        /// The batch is sending.
        Sending = "sending",
        /// The batch is paused until someone resumes it.
        Paused = "paused",
        /// The batch is done: it has nothing left to send.
        Done = "done",
        /// The batch is cancelled; messages that were sent stay sent.
        Cancelled = "cancelled",
    }
}

model! {
    /// A batch and its progress, an `edge.batch`.
    #[ts(rename = "BatchProgress")]
    pub struct Batch = "edge.batch" {
        /// Id of the batch.
        #[ts(as = "String")]
        id: String,
        /// Name of the caller who created the batch.
        #[ts(as = "String")]
        caller: String,
        /// State of the batch.
        #[ts(as = "BatchState")]
        state: BatchState,
        /// Time of creation.
        #[ts(as = "i64")]
        created_at: Timestamp,
        /// Time at which the batch was done or cancelled.
        #[ts(as = "Field<i64>")]
        finished_at: Timestamp,
        /// Template and version that the batch sends.
        #[ts(as = "TemplateVersion")]
        template: TemplateVersion,
        /// Number of people, each counted once.
        #[ts(as = "i64")]
        total: i64,
        /// Number of messages that wait.
        #[ts(as = "i64")]
        queued: i64,
        /// Number of messages that are being sent.
        #[ts(as = "i64")]
        sending: i64,
        /// Number of messages that Intercom accepted.
        #[ts(as = "i64")]
        sent: i64,
        /// Number of messages that were not sent.
        #[ts(as = "i64")]
        failed: i64,
        /// Number of messages that may or may not have been sent: no response arrived.
        #[ts(as = "i64")]
        unknown: i64,
        /// Number of recipients that were listed more than once.
        #[ts(as = "i64")]
        duplicates: i64,
        /// Messages per second in the last minute.
        #[ts(as = "Number")]
        rate: Number,
        /// Estimated time of completion at that rate.
        #[ts(as = "Field<i64>")]
        estimated_end_at: Timestamp,
        /// Why its search failed or was ended early; absent without a failure.
        cause: String,
    }
}
