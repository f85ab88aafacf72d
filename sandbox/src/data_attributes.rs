//! `/data_attributes`: which fields people, companies and conversations have. The standard ones are
//! in no table: nobody changes them.

use super::answer::{Answer, Refusal};
use super::operation::Call;
use super::page::List;
use super::store::Store;
use super::workspace::{ADMINS, BEGAN};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What kinds of value one may ask for.
const DATA_TYPES: [&str; 7] =
    ["string", "integer", "float", "boolean", "date", "datetime", "options"];

/// A data attribute as API 2.x shows it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename = "data_attribute")]
pub(super) struct DataAttribute {
    /// Intercom's id; custom ones only.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    name: String,
    full_name: String,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Vec<String>>,
    api_writable: bool,
    ui_writable: bool,
    messenger_writable: bool,
    custom: bool,
    archived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<i64>,
    model: String,
}

/// A row of the tables below.
pub(super) struct Known {
    model: &'static str,
    full_name: &'static str,
    label: &'static str,
    data_type: &'static str,
    options: &'static [&'static str],
    api_writable: bool,
}

const fn known(
    model: &'static str,
    full_name: &'static str,
    label: &'static str,
    data_type: &'static str,
    api_writable: bool,
) -> Known {
    Known { model, full_name, label, data_type, options: &[], api_writable }
}

/// The fields that every workspace has.
const STANDARD: [Known; 49] = [
    known("contact", "id", "ID", "string", false),
    known("contact", "external_id", "User ID", "string", true),
    known("contact", "role", "Type", "string", true),
    known("contact", "name", "Name", "string", true),
    known("contact", "email", "Email", "string", true),
    known("contact", "phone", "Phone", "string", true),
    known("contact", "owner_id", "Owner", "integer", true),
    known("contact", "created_at", "First seen", "date", false),
    known("contact", "updated_at", "Updated at", "date", false),
    known("contact", "signed_up_at", "Signed up", "date", true),
    known("contact", "last_seen_at", "Last seen", "date", true),
    known("contact", "last_contacted_at", "Last contacted", "date", false),
    known("contact", "last_replied_at", "Last heard from", "date", false),
    known("contact", "last_email_opened_at", "Last opened email", "date", false),
    known("contact", "last_email_clicked_at", "Last clicked on link in email", "date", false),
    known("contact", "language_override", "Language override", "string", true),
    known("contact", "unsubscribed_from_emails", "Unsubscribed from emails", "boolean", true),
    known("contact", "has_hard_bounced", "Has hard bounced", "boolean", false),
    known("contact", "marked_email_as_spam", "Marked email as spam", "boolean", false),
    known("contact", "browser", "Browser", "string", false),
    known("contact", "browser_version", "Browser version", "string", false),
    known("contact", "browser_language", "Browser language", "string", false),
    known("contact", "os", "OS", "string", false),
    known("contact", "location.country", "Country", "string", false),
    known("contact", "location.region", "Region", "string", false),
    known("contact", "location.city", "City", "string", false),
    known("contact", "location.country_code", "Country code", "string", false),
    known("contact", "location.continent_code", "Continent code", "string", false),
    known("contact", "referrer", "Referral URL", "string", false),
    known("contact", "utm_campaign", "UTM Campaign", "string", false),
    known("contact", "utm_content", "UTM Content", "string", false),
    known("contact", "utm_medium", "UTM Medium", "string", false),
    known("contact", "utm_source", "UTM Source", "string", false),
    known("contact", "utm_term", "UTM Term", "string", false),
    known("company", "name", "Company name", "string", true),
    known("company", "company_id", "Company ID", "string", false),
    known("company", "last_request_at", "Company last seen", "date", false),
    known("company", "remote_created_at", "Company created at", "date", true),
    known("company", "user_count", "People", "integer", false),
    known("company", "session_count", "Company web sessions", "integer", false),
    known("company", "plan.name", "Plan", "string", false),
    known("company", "monthly_spend", "Monthly Spend", "float", true),
    known("company", "size", "Company size", "integer", true),
    known("company", "industry", "Company industry", "string", true),
    known("company", "website", "Company website", "string", true),
    known("company", "id", "ID", "string", false),
    known("company", "created_at", "Created at", "date", false),
    known("company", "updated_at", "Updated at", "date", false),
    known("company", "app_id", "App ID", "string", false),
];

/// The custom ones that are there at first: those that the people and conversations of the seed
/// have.
pub(super) const CUSTOM: [Known; 6] = [
    Known {
        options: &["free", "pro", "enterprise"],
        ..known("contact", "custom_attributes.plan", "plan", "string", true)
    },
    known("contact", "custom_attributes.seats", "seats", "integer", true),
    known("contact", "custom_attributes.trial", "trial", "boolean", true),
    known("contact", "custom_attributes.renewal_at", "renewal_at", "date", true),
    known("contact", "custom_attributes.budget", "budget", "float", true),
    Known {
        options: &["Billing", "Bug", "Question"],
        ..known("conversation", "custom_attributes.issue_type", "issue_type", "string", true)
    },
];

impl From<&Known> for DataAttribute {
    fn from(known: &Known) -> Self {
        let custom = known.full_name.starts_with("custom_attributes.");
        let name = known.full_name.rsplit('.').next().unwrap_or_default();
        let options = known.options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>();
        Self {
            id: None,
            name: name.to_owned(),
            full_name: known.full_name.to_owned(),
            label: known.label.to_owned(),
            description: None,
            data_type: known.data_type.to_owned(),
            options: Some(options).filter(|options| !options.is_empty()),
            api_writable: known.api_writable,
            ui_writable: false,
            messenger_writable: true,
            custom,
            archived: false,
            admin_id: custom.then(first_admin),
            created_at: custom.then_some(BEGAN),
            updated_at: custom.then_some(BEGAN),
            model: known.model.to_owned(),
        }
    }
}

fn first_admin() -> String {
    ADMINS.map(|admin| admin.id).first().copied().unwrap_or_default().to_owned()
}

/// Keeps a new custom one, which gets its id.
pub(super) fn insert(
    store: &Store,
    mut attribute: DataAttribute,
) -> Result<DataAttribute, Refusal> {
    let id = store.count("SELECT coalesce(max(id), 0) + 1 AS n FROM data_attribute", &[])?;
    attribute.id = Some(id);
    store.run(
        "INSERT INTO data_attribute (id, entry) VALUES (?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[id.into(), serde_json::to_string(&attribute)?.into()],
    )?;
    Ok(attribute)
}

fn custom(call: &Call) -> Result<Vec<DataAttribute>, Refusal> {
    call.store.entries("SELECT entry FROM data_attribute ORDER BY id", &[])
}

/// `GET /data_attributes`.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    let model = call.arrival.query("model");
    let models = ["contact", "company", "conversation"];
    if model.as_deref().is_some_and(|model| !models.contains(&model)) {
        let message = "model must be contact, company or conversation";
        return Err(Refusal::invalid("model", message));
    }
    let archived = match call.arrival.query("include_archived").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            let name = "include_archived";
            return Err(Refusal::invalid(name, format!("{name} must be true or false")));
        }
    };
    let attributes = STANDARD.iter().map(DataAttribute::from).chain(custom(call)?);
    let asked_for = |attribute: &DataAttribute| {
        model.as_deref().is_none_or(|model| attribute.model == model)
            && (archived || !attribute.archived)
    };
    Answer::ok(&List::whole(attributes.filter(asked_for).collect()))
}

/// `POST /data_attributes`.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (name, model) = (text("name"), text("model"));
    if model != "contact" && model != "company" {
        return Err(invalid("The Data Attribute model field must be either contact or company"));
    }
    let fits = |letter: char| letter.is_alphanumeric() || " _-$£€¥".contains(letter);
    if name.trim().is_empty() || !name.chars().all(fits) {
        return Err(invalid(
            "Your name for this attribute must only contain alphanumeric characters, \
             currency symbols, and hyphens",
        ));
    }
    let data = |model: &str| if model == "contact" { "people" } else { "company" };
    if let Some(known) = custom(call)?
        .iter()
        .find(|known| known.model != "conversation" && known.name.eq_ignore_ascii_case(name))
    {
        return Err(invalid(format!(
            "You already have '{name}' in your {} data. To save this as new {} data, use a \
             different name.",
            data(&known.model),
            data(model)
        )));
    }
    let data_type = text("data_type");
    if !DATA_TYPES.contains(&data_type) {
        return Err(invalid("Data Type isn't an option"));
    }
    let listed = data_type == "options";
    let mut attribute = DataAttribute {
        id: None,
        name: name.to_owned(),
        full_name: format!("custom_attributes.{name}"),
        label: name.to_owned(),
        description: None,
        data_type: match data_type {
            "options" => "string",
            "datetime" => "date",
            other => other,
        }
        .to_owned(),
        options: None,
        api_writable: true,
        ui_writable: false,
        messenger_writable: false,
        custom: true,
        archived: false,
        admin_id: Some(first_admin()),
        created_at: Some(call.now()),
        updated_at: None,
        model: model.to_owned(),
    };
    if listed && body.get("options").is_none() {
        return Err(invalid("Options isn't an array"));
    }
    attribute.write(&body, listed, call.now())?;
    Answer::ok(&insert(call.store, attribute)?)
}

/// `PUT /data_attributes/{id}`.
pub(super) fn update(call: &Call) -> Result<Answer, Refusal> {
    let known = custom(call)?
        .into_iter()
        .find(|known| known.id.is_some_and(|id| id.to_string() == call.name));
    let mut attribute = known.ok_or_else(|| {
        let message = "We couldn't find that data attribute to update";
        Refusal::new(404, "field_not_found", message)
    })?;
    attribute.write(&call.arrival.object()?, true, call.now())?;
    call.store.run(
        "UPDATE data_attribute SET entry = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[attribute.id.into(), serde_json::to_string(&attribute)?.into()],
    )?;
    Answer::ok(&attribute)
}

impl DataAttribute {
    /// Takes what a body says that may be changed.
    fn write(&mut self, body: &Value, listed: bool, now: i64) -> Result<(), Refusal> {
        let flag = |name: &str, now: bool| match body.get(name) {
            None | Some(Value::Null) => Ok(now),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Refusal::invalid(name, format!("{name} must be true or false"))),
        };
        self.archived = flag("archived", self.archived)?;
        self.messenger_writable = flag("messenger_writable", self.messenger_writable)?;
        match body.get("description") {
            None => {}
            Some(Value::Null) => self.description = None,
            Some(Value::String(text)) => self.description = Some(text.clone()),
            Some(_) => {
                return Err(Refusal::invalid("description", "description must be a string"));
            }
        }
        if let Some(options) = body.get("options").filter(|options| listed && !options.is_null()) {
            let options = options.as_array().ok_or_else(|| invalid("Options isn't an array"))?;
            let values: Option<Vec<String>> = options
                .iter()
                .map(|option| Some(option.get("value")?.as_str()?.to_owned()))
                .collect();
            let values = values.ok_or_else(|| invalid("Each of the options needs a value"))?;
            if values.len() < 2 {
                return Err(invalid("At least two options are required"));
            }
            self.options = Some(values);
        }
        self.updated_at = Some(now);
        Ok(())
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "parameter_invalid", message)
}
