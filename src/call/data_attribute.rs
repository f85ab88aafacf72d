//! Data attributes.

use super::{Body, Call};
use crate::model::{DataAttribute, List};

/// Lists attributes, all on one page: those of one model (`contact`, `company` or `conversation`)
/// or of all three, and also the archived ones if `include_archived` is true.
///
/// ```
/// use intercom_edge::{call::data_attribute, model::DataModel};
/// let call = data_attribute::list(Some(DataModel::Contact.as_str()), false);
/// assert_eq!(call.target(), Ok("/data_attributes?model=contact"));
/// ```
pub fn list(model: Option<&str>, include_archived: bool) -> Call<List<DataAttribute>> {
    Call::get("/data_attributes", &[])
        .with_query("model", model)
        .with_query("include_archived", include_archived.then_some("true"))
}

/// Creates an attribute: `name`, `model` (`contact` or `company`) and `data_type`, which no call
/// can change later.
pub fn create(attribute: &impl Body) -> Call<DataAttribute> {
    Call::post("/data_attributes", &[]).with_body(attribute)
}

/// Updates the fields of an attribute that the body names: `archived`, `description`, `options` as
/// `[{"value": …}]`, `messenger_writable`.
pub fn update(id: &str, attribute: &impl Body) -> Call<DataAttribute> {
    Call::put("/data_attributes/{data_attribute_id}", &[id]).with_body(attribute)
}
