//! Data attributes.

use super::Call;
use crate::model::{DataAttribute, DataModel, List, Object};

/// Lists attributes (`GET /data_attributes`), all on one page: those of a model or of all three,
/// and the archived ones where asked.
///
/// ```
/// use intercom_edge::{call::data_attribute, model::DataModel};
/// let call = data_attribute::list(Some(&DataModel::Contact), false);
/// assert_eq!(call.target, "/data_attributes?model=contact");
/// ```
pub fn list(model: Option<&DataModel>, include_archived: bool) -> Call<List<DataAttribute>> {
    Call::get(&["data_attributes"])
        .with_query("model", model.map(DataModel::as_str))
        .with_query("include_archived", include_archived.then_some(true))
}

/// Creates an attribute (`POST /data_attributes`): `name`, `model` (contact or company) and
/// `data_type`, which no call can change.
pub fn create(attribute: &Object) -> Call<DataAttribute> {
    Call::post(&["data_attributes"], attribute)
}

/// Changes what the body names of an attribute (`PUT /data_attributes/{id}`): `archived`,
/// `description`, `options` as `[{"value": …}]`, `messenger_writable`.
pub fn update(id: &str, attribute: &Object) -> Call<DataAttribute> {
    Call::put(&["data_attributes", id], attribute)
}
