//! What the sandbox answers, as values: only [`super::wire`] makes responses of them.

use serde::Serialize;

/// An answer, with a JSON body unless its headers say otherwise.
#[derive(Debug)]
pub(super) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers beyond those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A 200 with this body.
    pub fn ok(body: &impl Serialize) -> Result<Self, Refusal> {
        Ok(Self { status: 200, headers: Vec::new(), body: serde_json::to_vec(body)? })
    }

    /// A status without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A 200 with a file.
    pub fn file(body: Vec<u8>) -> Self {
        let media_type = ("content-type", "application/octet-stream".to_owned());
        Self { status: 200, headers: vec![media_type], body }
    }
}

/// Why a request isn't granted; becomes Intercom's `error.list`.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Intercom's word for the error.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    /// The field of the request that is at fault.
    pub field: Option<String>,
    /// Headers beyond those that every answer has.
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal without a field.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, headers: Vec::new() }
    }

    /// 400 `parameter_invalid`, which names the field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::new(400, "parameter_invalid", message.into())
        }
    }

    /// 404 for anything but a contact.
    pub fn not_found() -> Self {
        Self::new(404, "not_found", "Resource Not Found")
    }

    /// An error of a status that a fault asked for.
    pub fn told(status: u16) -> Self {
        let code = match status {
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            409 => "conflict",
            422 => "parameter_invalid",
            500..=599 => "server_error",
            _ => "client_error",
        };
        Self::new(status, code, format!("The sandbox was told to answer {status}"))
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer that tells it, under the id of the request.
    pub fn answer(self, request_id: &str) -> Answer {
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
        // Texts always encode.
        let body = serde_json::to_vec(&list).unwrap_or_default();
        Answer { status: self.status, headers: self.headers, body }
    }
}

impl From<worker::Error> for Refusal {
    fn from(error: worker::Error) -> Self {
        Self::new(500, "server_error", format!("The sandbox broke: {error}"))
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::new(500, "server_error", format!("The sandbox broke: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_reads_as_intercoms_error_list() {
        let answer = Refusal::invalid("sort", "No").answer("id-1");
        assert_eq!(answer.status, 400);
        assert_eq!(
            String::from_utf8_lossy(&answer.body),
            concat!(
                r#"{"type":"error.list","request_id":"id-1","#,
                r#""errors":[{"code":"parameter_invalid","message":"No","field":"sort"}]}"#
            )
        );
    }

    #[test]
    fn a_refusal_without_a_field_has_no_key_for_it() {
        let answer = Refusal::not_found().answer("id-1");
        assert!(!String::from_utf8_lossy(&answer.body).contains("field"));
    }
}
