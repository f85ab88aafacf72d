//! The handlers that every resource has: list, show, create, update, delete.

use crate::call::Call;
use crate::http::body::set;
use crate::http::response::{ApiError, ApiResponse};
use crate::list::numbered::{self, MAX_PER_PAGE};
use crate::resource::fields::{require, write};
use crate::resource::table::{all, find, insert, next_id, remove, save};
use crate::resource::{ListShape, Resource};
use serde_json::{Value, json};

/// Responds with the list of all objects.
pub(crate) fn list<T: Resource>(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut objects = all::<T>(call.store)?;
    match T::LIST {
        ListShape::Whole(list_type, key) => {
            // Intercom's SDK requests pages of some of these lists, until a page is empty.
            if call.request.query("page").is_some() {
                objects = numbered::page(call, objects, MAX_PER_PAGE)?.items;
            }
            let objects: Result<Vec<Value>, ApiError> =
                objects.into_iter().map(|object| T::to_list_json(call, object)).collect();
            ApiResponse::ok(&json!({ "type": list_type, key: objects? }))
        }
        ListShape::Pages(per_page) => {
            // The sort is stable: of objects that changed in the same second, the newest is first.
            objects.reverse();
            objects.sort_by_key(|object| {
                std::cmp::Reverse(object.get("updated_at").and_then(Value::as_i64))
            });
            let objects: Result<Vec<Value>, ApiError> =
                objects.into_iter().map(|object| T::to_list_json(call, object)).collect();
            numbered::respond(call, objects?, per_page)
        }
    }
}

/// Responds with the object that the path names.
pub(crate) fn show<T: Resource>(call: &Call) -> Result<ApiResponse, ApiError> {
    ApiResponse::ok(&T::to_json(call, find::<T>(call.store, &call.param)?)?)
}

/// Creates an object from the body and responds with it.
pub(crate) fn create<T: Resource>(call: &Call) -> Result<ApiResponse, ApiError> {
    let body = call.request.object()?;
    let mut object = T::blank(call, &next_id(call.store)?);
    apply::<T>(call, &body, &mut object)?;
    insert::<T>(call.store, &object, call.now_ms)?;
    ApiResponse::ok(&T::to_json(call, object)?)
}

/// Changes the object that the path names and responds with it.
pub(crate) fn update<T: Resource>(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut object = find::<T>(call.store, &call.param)?;
    let body = call.request.object()?;
    apply::<T>(call, &body, &mut object)?;
    set(&mut object, "updated_at", call.now());
    save::<T>(call.store, &object)?;
    ApiResponse::ok(&T::to_json(call, object)?)
}

/// Writes the fields of a body into an object, and checks it.
fn apply<T: Resource>(call: &Call, body: &Value, object: &mut Value) -> Result<(), ApiError> {
    write(T::FIELDS, body, object)?;
    require(T::REQUIRED, object)?;
    T::finish(call, object)
}

/// Deletes the object that the path names.
pub(crate) fn delete<T: Resource>(call: &Call) -> Result<ApiResponse, ApiError> {
    find::<T>(call.store, &call.param)?;
    remove::<T>(call.store, &call.param)?;
    ApiResponse::ok(&json!({"id": call.param, "object": T::NAME, "deleted": true}))
}
