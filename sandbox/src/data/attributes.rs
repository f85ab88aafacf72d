//! `/data_attributes`: the attributes of contacts, companies and conversations. The standard ones
//! are constants: no request changes them.

use crate::admins::admin::Admin;
use crate::call::Call;
use crate::http::body::flag;
use crate::http::response::{ApiError, ApiResponse};
use crate::list::pages::List;
use crate::store::Store;
use crate::workspace::CREATED_AT;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The data types of a new attribute.
const DATA_TYPES: [&str; 7] =
    ["string", "integer", "float", "boolean", "date", "datetime", "options"];

/// A data attribute as API 2.x shows it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename = "data_attribute")]
pub(crate) struct DataAttribute {
    /// Intercom's id. Standard attributes have none.
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

/// A row of [`STANDARD`] and [`CUSTOM`].
struct Definition {
    model: &'static str,
    full_name: &'static str,
    label: &'static str,
    data_type: &'static str,
    options: &'static [&'static str],
    api_writable: bool,
}

const fn definition(
    model: &'static str,
    full_name: &'static str,
    label: &'static str,
    data_type: &'static str,
    api_writable: bool,
) -> Definition {
    Definition { model, full_name, label, data_type, options: &[], api_writable }
}

/// The standard attributes.
const STANDARD: [Definition; 49] = [
    definition("contact", "id", "ID", "string", false),
    definition("contact", "external_id", "User ID", "string", true),
    definition("contact", "role", "Type", "string", true),
    definition("contact", "name", "Name", "string", true),
    definition("contact", "email", "Email", "string", true),
    definition("contact", "phone", "Phone", "string", true),
    definition("contact", "owner_id", "Owner", "integer", true),
    definition("contact", "created_at", "First seen", "date", false),
    definition("contact", "updated_at", "Updated at", "date", false),
    definition("contact", "signed_up_at", "Signed up", "date", true),
    definition("contact", "last_seen_at", "Last seen", "date", true),
    definition("contact", "last_contacted_at", "Last contacted", "date", false),
    definition("contact", "last_replied_at", "Last heard from", "date", false),
    definition("contact", "last_email_opened_at", "Last opened email", "date", false),
    definition("contact", "last_email_clicked_at", "Last clicked on link in email", "date", false),
    definition("contact", "language_override", "Language override", "string", true),
    definition("contact", "unsubscribed_from_emails", "Unsubscribed from emails", "boolean", true),
    definition("contact", "has_hard_bounced", "Has hard bounced", "boolean", false),
    definition("contact", "marked_email_as_spam", "Marked email as spam", "boolean", false),
    definition("contact", "browser", "Browser", "string", false),
    definition("contact", "browser_version", "Browser version", "string", false),
    definition("contact", "browser_language", "Browser language", "string", false),
    definition("contact", "os", "OS", "string", false),
    definition("contact", "location.country", "Country", "string", false),
    definition("contact", "location.region", "Region", "string", false),
    definition("contact", "location.city", "City", "string", false),
    definition("contact", "location.country_code", "Country code", "string", false),
    definition("contact", "location.continent_code", "Continent code", "string", false),
    definition("contact", "referrer", "Referral URL", "string", false),
    definition("contact", "utm_campaign", "UTM Campaign", "string", false),
    definition("contact", "utm_content", "UTM Content", "string", false),
    definition("contact", "utm_medium", "UTM Medium", "string", false),
    definition("contact", "utm_source", "UTM Source", "string", false),
    definition("contact", "utm_term", "UTM Term", "string", false),
    definition("company", "name", "Company name", "string", true),
    definition("company", "company_id", "Company ID", "string", false),
    definition("company", "last_request_at", "Company last seen", "date", false),
    definition("company", "remote_created_at", "Company created at", "date", true),
    definition("company", "user_count", "People", "integer", false),
    definition("company", "session_count", "Company web sessions", "integer", false),
    definition("company", "plan.name", "Plan", "string", false),
    definition("company", "monthly_spend", "Monthly Spend", "float", true),
    definition("company", "size", "Company size", "integer", true),
    definition("company", "industry", "Company industry", "string", true),
    definition("company", "website", "Company website", "string", true),
    definition("company", "id", "ID", "string", false),
    definition("company", "created_at", "Created at", "date", false),
    definition("company", "updated_at", "Updated at", "date", false),
    definition("company", "app_id", "App ID", "string", false),
];

/// The custom attributes that the seed data of contacts and conversations has.
const CUSTOM: [Definition; 6] = [
    Definition {
        options: &["free", "pro", "enterprise"],
        ..definition("contact", "custom_attributes.plan", "plan", "string", true)
    },
    definition("contact", "custom_attributes.seats", "seats", "integer", true),
    definition("contact", "custom_attributes.trial", "trial", "boolean", true),
    definition("contact", "custom_attributes.renewal_at", "renewal_at", "date", true),
    definition("contact", "custom_attributes.budget", "budget", "float", true),
    Definition {
        options: &["Billing", "Bug", "Question"],
        ..definition("conversation", "custom_attributes.issue_type", "issue_type", "string", true)
    },
];

impl From<&Definition> for DataAttribute {
    fn from(definition: &Definition) -> Self {
        let is_custom = definition.full_name.starts_with("custom_attributes.");
        let name = definition.full_name.rsplit('.').next().unwrap_or_default();
        let options =
            definition.options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>();
        Self {
            id: None,
            name: name.to_owned(),
            full_name: definition.full_name.to_owned(),
            label: definition.label.to_owned(),
            description: None,
            data_type: definition.data_type.to_owned(),
            options: Some(options).filter(|options| !options.is_empty()),
            api_writable: definition.api_writable,
            ui_writable: false,
            messenger_writable: true,
            custom: is_custom,
            archived: false,
            admin_id: is_custom.then(|| Admin::first().id.to_owned()),
            created_at: is_custom.then_some(CREATED_AT),
            updated_at: is_custom.then_some(CREATED_AT),
            model: definition.model.to_owned(),
        }
    }
}

/// Inserts the custom attributes of the seed data.
pub(crate) fn insert_seed(store: &Store) -> Result<(), ApiError> {
    CUSTOM.iter().try_for_each(|attribute| insert(store, attribute.into()).map(drop))
}

/// Inserts a new custom attribute, and returns it with its id.
fn insert(store: &Store, mut attribute: DataAttribute) -> Result<DataAttribute, ApiError> {
    let id = store.count("SELECT coalesce(max(id), 0) + 1 AS n FROM data_attribute", &[])?;
    attribute.id = Some(id);
    store.run(
        "INSERT INTO data_attribute (id, entry) VALUES (?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[id.into(), serde_json::to_string(&attribute)?.into()],
    )?;
    Ok(attribute)
}

/// Returns all custom attributes.
fn custom(call: &Call) -> Result<Vec<DataAttribute>, ApiError> {
    call.store.entries("SELECT entry FROM data_attribute ORDER BY id", &[])
}

/// Answers `GET /data_attributes`.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    let model = call.request.query("model");
    let models = ["contact", "company", "conversation"];
    if model.as_deref().is_some_and(|model| !models.contains(&model)) {
        let message = "model must be contact, company or conversation";
        return Err(ApiError::invalid("model", message));
    }
    let includes_archived = match call.request.query("include_archived").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            let name = "include_archived";
            return Err(ApiError::invalid(name, format!("{name} must be true or false")));
        }
    };
    let attributes = STANDARD.iter().map(DataAttribute::from).chain(custom(call)?);
    let matches = |attribute: &DataAttribute| {
        model.as_deref().is_none_or(|model| attribute.model == model)
            && (includes_archived || !attribute.archived)
    };
    ApiResponse::ok(&List::whole(attributes.filter(matches).collect()))
}

/// Answers `POST /data_attributes`.
pub(crate) fn create(call: &Call) -> Result<ApiResponse, ApiError> {
    let body = call.request.object()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (name, model) = (text("name"), text("model"));
    if model != "contact" && model != "company" {
        return Err(invalid("The Data Attribute model field must be either contact or company"));
    }
    let is_allowed = |letter: char| letter.is_alphanumeric() || " _-$£€¥".contains(letter);
    if name.trim().is_empty() || !name.chars().all(is_allowed) {
        return Err(invalid(
            "Your name for this attribute must only contain alphanumeric characters, \
             currency symbols, and hyphens",
        ));
    }
    reject_duplicate(call, name, model)?;
    let data_type = text("data_type");
    if !DATA_TYPES.contains(&data_type) {
        return Err(invalid("Data Type isn't an option"));
    }
    let has_options = data_type == "options";
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
        admin_id: Some(Admin::first().id.to_owned()),
        created_at: Some(call.now()),
        updated_at: None,
        model: model.to_owned(),
    };
    if has_options && body.get("options").is_none() {
        return Err(invalid("Options isn't an array"));
    }
    attribute.write(&body, has_options, call.now())?;
    ApiResponse::ok(&insert(call.store, attribute)?)
}

/// Returns 400 if a custom attribute of contacts or companies has the name.
fn reject_duplicate(call: &Call, name: &str, model: &str) -> Result<(), ApiError> {
    let data_name = |model: &str| if model == "contact" { "people" } else { "company" };
    let attributes = custom(call)?;
    let duplicate = attributes
        .iter()
        .find(|known| known.model != "conversation" && known.name.eq_ignore_ascii_case(name));
    match duplicate {
        Some(known) => Err(invalid(format!(
            "You already have '{name}' in your {} data. To save this as new {} data, use a \
             different name.",
            data_name(&known.model),
            data_name(model)
        ))),
        None => Ok(()),
    }
}

/// Answers `PUT /data_attributes/{id}`.
pub(crate) fn update(call: &Call) -> Result<ApiResponse, ApiError> {
    let known = custom(call)?
        .into_iter()
        .find(|known| known.id.is_some_and(|id| id.to_string() == call.param));
    let mut attribute = known.ok_or_else(|| {
        let message = "We couldn't find that data attribute to update";
        ApiError::new(404, "field_not_found", message)
    })?;
    attribute.write(&call.request.object()?, true, call.now())?;
    call.store.run(
        "UPDATE data_attribute SET entry = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[attribute.id.into(), serde_json::to_string(&attribute)?.into()],
    )?;
    ApiResponse::ok(&attribute)
}

impl DataAttribute {
    /// Writes the writable fields of a body; options only if `has_options`.
    fn write(&mut self, body: &Value, has_options: bool, now: i64) -> Result<(), ApiError> {
        self.archived = flag(body, "archived")?.unwrap_or(self.archived);
        self.messenger_writable =
            flag(body, "messenger_writable")?.unwrap_or(self.messenger_writable);
        match body.get("description") {
            None => {}
            Some(Value::Null) => self.description = None,
            Some(Value::String(text)) => self.description = Some(text.clone()),
            Some(_) => {
                return Err(ApiError::invalid("description", "description must be a string"));
            }
        }
        if let Some(options) =
            body.get("options").filter(|options| has_options && !options.is_null())
        {
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

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "parameter_invalid", message)
}
