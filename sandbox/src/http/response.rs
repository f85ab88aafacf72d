//! Responses and errors as values. `http::runtime` converts them to responses of the runtime.

use serde::Serialize;

/// A response, with a JSON body unless its headers name another type.
#[derive(Debug)]
pub(crate) struct ApiResponse {
    /// HTTP status.
    pub status: u16,
    /// The headers, without those that every response has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl ApiResponse {
    /// Returns a 200 with a JSON body.
    pub fn ok(body: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self { status: 200, headers: Vec::new(), body: serde_json::to_vec(body)? })
    }

    /// Returns a response without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Returns a 200 with a file.
    pub fn file(body: Vec<u8>) -> Self {
        let media_type = ("content-type", "application/octet-stream".to_owned());
        Self { status: 200, headers: vec![media_type], body }
    }
}

/// The reason why a request fails. It becomes Intercom's `error.list`.
#[derive(Debug, PartialEq)]
pub(crate) struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Intercom's code of the error.
    pub code: &'static str,
    /// The message.
    pub message: String,
    /// The invalid field of the request.
    pub field: Option<String>,
    /// The headers, without those that every response has.
    pub headers: Vec<(&'static str, String)>,
}

impl ApiError {
    /// Returns an error without a field.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, headers: Vec::new() }
    }

    /// Returns 400 `parameter_invalid` with the name of the field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::new(400, "parameter_invalid", message.into())
        }
    }

    /// Returns 404 `not_found`.
    pub fn not_found() -> Self {
        Self::new(404, "not_found", "Resource Not Found")
    }

    /// Returns the error of a fault with this status.
    pub fn of_fault(status: u16) -> Self {
        let code = match status {
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            409 => "conflict",
            422 => "parameter_invalid",
            500..=599 => "server_error",
            _ => "client_error",
        };
        Self::new(status, code, format!("A fault of the sandbox set the status {status}"))
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Returns the response with Intercom's `error.list`.
    pub fn into_response(self, request_id: &str) -> ApiResponse {
        #[derive(Serialize)]
        struct ErrorList<'a> {
            r#type: &'static str,
            request_id: &'a str,
            errors: [Detail<'a>; 1],
        }
        #[derive(Serialize)]
        struct Detail<'a> {
            code: &'static str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            field: Option<&'a str>,
        }
        let list = ErrorList {
            r#type: "error.list",
            request_id,
            errors: [Detail {
                code: self.code,
                message: &self.message,
                field: self.field.as_deref(),
            }],
        };
        // Strings always serialise.
        let body = serde_json::to_vec(&list).unwrap_or_default();
        ApiResponse { status: self.status, headers: self.headers, body }
    }
}

impl From<worker::Error> for ApiError {
    fn from(error: worker::Error) -> Self {
        Self::new(500, "server_error", format!("The sandbox failed: {error}"))
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::new(500, "server_error", format!("The sandbox failed: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_serialises_as_intercoms_error_list() {
        let response = ApiError::invalid("sort", "No").into_response("id-1");
        assert_eq!(response.status, 400);
        assert_eq!(
            String::from_utf8_lossy(&response.body),
            concat!(
                r#"{"type":"error.list","request_id":"id-1","#,
                r#""errors":[{"code":"parameter_invalid","message":"No","field":"sort"}]}"#
            )
        );
    }

    #[test]
    fn an_error_without_a_field_has_no_key_for_it() {
        let response = ApiError::not_found().into_response("id-1");
        assert!(!String::from_utf8_lossy(&response.body).contains("field"));
    }
}
