//! Resources that are plain JSON objects of the table `object`. A resource states its facts as
//! constants: the writable fields, the required fields, the shape of the list. The handlers here
//! serve all of them.

pub(crate) mod fields;
pub(crate) mod handlers;
pub(crate) mod table;

use crate::call::Call;
use crate::http::response::ApiError;
use fields::FieldType;
use serde_json::{Value, json};

/// A resource of the table `object`.
pub(crate) trait Resource {
    /// The name of the resource, as the response to a deletion shows it.
    const NAME: &'static str;
    /// The shape of the list.
    const LIST: ListShape = ListShape::Whole("list", "data");
    /// The fields that a caller may write.
    const FIELDS: &'static [(&'static str, FieldType)] = &[];
    /// The fields that a new object needs, each with the error message if it is missing.
    const REQUIRED: &'static [(&'static str, &'static str)] = &[];

    /// Returns the seed data, which is the same with every seed.
    fn seed() -> Vec<Value> {
        Vec::new()
    }

    /// Returns a new object, before the caller's fields are written.
    fn blank(_: &Call, id: &str) -> Value {
        json!({ "id": id })
    }

    /// Checks an object after the caller's fields were written, and sets the derived fields.
    fn finish(_: &Call, _: &mut Value) -> Result<(), ApiError> {
        Ok(())
    }

    /// Returns an object as responses show it.
    fn to_json(_: &Call, object: Value) -> Result<Value, ApiError> {
        Ok(object)
    }

    /// Returns an object as lists show it.
    fn to_list_json(call: &Call, object: Value) -> Result<Value, ApiError> {
        Self::to_json(call, object)
    }

    /// Returns the error for an unknown id.
    fn not_found() -> ApiError {
        ApiError::not_found()
    }
}

/// The shape of a list.
pub(crate) enum ListShape {
    /// All objects, oldest first: the `type` of the list, and the key of its objects.
    Whole(&'static str, &'static str),
    /// Numbered pages, the last changed object first: the default page size.
    Pages(u64),
}
