//! Errors, in every shape that Intercom's answers show.

use super::shape::model;
use super::{Field, Shape, lenient};
use serde_json::Value;

model! {
    /// An error's body: Intercom's `error.list`, and the older shapes that still come.
    ///
    /// [`ErrorList::details`] reads all of them alike.
    pub struct ErrorList {
        /// Intercom's id of the request, worth quoting to its support.
        request_id: String,
        /// One or several errors.
        errors: Vec<ErrorDetail>,
        /// The only text of `{"type":"error"}` and of `{"error_key"}` bodies.
        message: String,
        /// The only code of `{"error_key"}` bodies.
        error_key: String,
    }
}

model! {
    /// One error. Old bodies write `type` for `code`.
    pub struct ErrorDetail {
        /// A word that programs may compare, such as `not_found`.
        code: String,
        /// A sentence for people.
        message: String,
        /// The field of the request that is at fault.
        field: String,
    }
}

impl ErrorDetail {
    /// An error of the crate's own, in Intercom's shape.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into().into(), ..Self::default() }
    }

    /// An error of which only the sentence is known.
    fn saying(message: &str) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// The code, under whichever name it came.
    pub fn code(&self) -> Option<&str> {
        self.code.as_str().or(self.r#type.as_str())
    }
}

impl ErrorList {
    /// Errors in the shape of API 2.x, with the id of the request if there is one.
    pub fn new(request_id: Option<&str>, errors: Vec<ErrorDetail>) -> Self {
        Self {
            r#type: "error.list".into(),
            request_id: request_id.map_or(Field::Absent, Field::from),
            errors: errors.into(),
            ..Self::default()
        }
    }

    /// Reads a body, whatever it is; one that isn't an object (HTML, nothing) has no details.
    pub fn read(body: &[u8]) -> Self {
        lenient::from_slice(body).unwrap_or_default()
    }

    /// The errors, whatever shape they came in.
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
