//! Templates of e-mails, which the Worker stores.

use super::{Accept, Body, Call, Nothing};
use crate::model::{List, Preview, Template};

/// Lists the templates, each in its newest version.
pub fn list() -> Call<List<Template>> {
    Call::get("/edge/templates", &[])
}

/// Gets a version of a template; the default is the newest.
pub fn get(name: &str, version: Option<u32>) -> Call<Template> {
    Call::get("/edge/templates/{name}", &[name]).with_number("version", version.map(i64::from))
}

/// Stores a template; the body is a [`NewTemplate`](crate::model::NewTemplate). A changed text
/// becomes a new version; the same text does not.
pub fn put(name: &str, template: &impl Body) -> Call<Template> {
    Call::put("/edge/templates/{name}", &[name]).with_body(template)
}

/// Deletes a template with all its versions. The response has no body.
pub fn delete(name: &str) -> Call<Nothing> {
    Call::delete("/edge/templates/{name}", &[name]).accepting(Accept::JsonOrNothing)
}

/// Renders a template without sending it; the body is a [`PreviewRequest`](crate::model::PreviewRequest).
pub fn preview(name: &str, preview: &impl Body) -> Call<Preview> {
    Call::post("/edge/templates/{name}/preview", &[name]).with_body(preview)
}
