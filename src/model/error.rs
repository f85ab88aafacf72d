//! Errors, in all forms that Intercom's responses have.

use super::json::model;
use super::{Field, JsonType, lenient};
use serde_json::Value;

model! {
    /// The body of an error response: Intercom's `error.list`, or one of the older forms.
    ///
    /// [`ErrorList::details`] returns the errors of all forms.
    pub struct ErrorList {
        /// Intercom's id of the request, for its support.
        request_id: String,
        /// List of errors.
        errors: Vec<ErrorDetail>,
        /// Message of bodies like `{"type":"error"}` and `{"error_key"}`.
        message: String,
        /// Code of bodies like `{"error_key"}`.
        error_key: String,
    }
}

model! {
    /// One error. Older bodies have `type` instead of `code`.
    pub struct ErrorDetail {
        /// Code for programs, such as `not_found`.
        code: String,
        /// Message for people.
        message: String,
        /// Invalid field of the request.
        field: String,
    }
}

impl ErrorDetail {
    /// Makes an error with a code and a message.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into().into(), ..Self::default() }
    }

    /// Makes an error with a message only.
    fn saying(message: &str) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Returns the code, from `code` or else from `type`.
    pub fn code(&self) -> Option<&str> {
        self.code.as_str().or(self.r#type.as_str())
    }
}

impl ErrorList {
    /// Makes an error list in the form of API 2.x, with the id of the request if there is one.
    pub fn new(request_id: Option<&str>, errors: Vec<ErrorDetail>) -> Self {
        Self {
            r#type: "error.list".into(),
            request_id: request_id.map_or(Field::Absent, Field::from),
            errors: errors.into(),
            ..Self::default()
        }
    }

    /// Reads any body. A body that is not an object (HTML, nothing) has no details.
    pub fn read(body: &[u8]) -> Self {
        lenient::from_slice(body).unwrap_or_default()
    }

    /// Returns the errors, in whichever form they came.
    ///
    /// ```
    /// use intercom_edge::model::ErrorList;
    /// let errors = ErrorList::read(br#"{"errors":{"email":"is invalid"}}"#).details();
    /// assert_eq!(errors[0].field.as_str(), Some("email"));
    /// assert_eq!(errors[0].message.as_str(), Some("is invalid"));
    /// ```
    pub fn details(&self) -> Vec<ErrorDetail> {
        match &self.errors {
            Field::Known(errors) => errors.clone(),
            Field::Other(Value::String(message)) => vec![ErrorDetail::saying(message)],
            Field::Other(Value::Array(errors)) => {
                let detail = |error: &Value| match error {
                    Value::String(message) => Some(ErrorDetail::saying(message)),
                    error => ErrorDetail::from_value(error.clone()).ok(),
                };
                errors.iter().filter_map(detail).collect()
            }
            Field::Other(Value::Object(fields)) => {
                let detail = |(field, message): (&String, &Value)| ErrorDetail {
                    field: field.clone().into(),
                    message: message
                        .as_str()
                        .map_or_else(|| message.to_string(), str::to_owned)
                        .into(),
                    ..ErrorDetail::default()
                };
                fields.iter().map(detail).collect()
            }
            _ if self.message.as_str().is_some() || self.error_key.as_str().is_some() => {
                vec![ErrorDetail {
                    code: self.error_key.clone(),
                    message: self.message.clone(),
                    ..ErrorDetail::default()
                }]
            }
            _ => Vec::new(),
        }
    }
}
