//! The Worker's templates.

use super::Call;
use crate::model::{List, NewTemplate, Object, Preview, Rendered, Template};

/// Lists the templates (`GET /edge/templates`), each in its newest version.
pub fn list() -> Call<List<Template>> {
    Call::get(&["edge", "templates"])
}

/// Gets a version of a template (`GET /edge/templates/{name}`), the newest unless told.
pub fn get(name: &str, version: Option<u32>) -> Call<Template> {
    Call::get(&["edge", "templates", name]).with_query("version", version)
}

/// Stores a template (`PUT /edge/templates/{name}`). Another text is a new version; the same text
/// isn't.
pub fn put(name: &str, template: &NewTemplate) -> Call<Template> {
    Call::put(&["edge", "templates", name], template)
}

/// Removes a template with all its versions (`DELETE /edge/templates/{name}`); the answer has no
/// body.
pub fn delete(name: &str) -> Call<Object> {
    Call::delete(&["edge", "templates", name])
}

/// Renders a template without sending it (`POST /edge/templates/{name}/preview`).
pub fn preview(name: &str, preview: &Preview) -> Call<Rendered> {
    Call::post(&["edge", "templates", name, "preview"], preview)
}
