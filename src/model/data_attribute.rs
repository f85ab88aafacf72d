//! Data attributes: the fields of the workspace's contacts, companies and conversations.

use super::json::{model, open_enum};
use super::{Id, Timestamp};

open_enum! {
    /// The type of an attribute's values.
    pub enum DataType {
        /// Text.
        Text = "string",
        /// Whole numbers.
        Integer = "integer",
        /// Numbers.
        Float = "float",
        /// True or false.
        Boolean = "boolean",
        /// Dates.
        Date = "date",
    }
}

open_enum! {
    /// The kind of object that has an attribute.
    pub enum DataModel {
        /// Users and leads.
        Contact = "contact",
        /// Companies.
        Company = "company",
        /// Conversations.
        Conversation = "conversation",
    }
}

model! {
    /// A standard or custom attribute (Intercom's reference, "Data Attributes").
    ///
    /// ```
    /// use intercom_edge::model::{DataAttribute, DataType, Field};
    /// let plan: DataAttribute = serde_json::from_str(r#"{"name": "plan", "data_type": "string"}"#)?;
    /// assert_eq!(plan.data_type, Field::Known(DataType::Text));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct DataAttribute = "data_attribute" {
        /// Intercom's id; custom attributes only.
        id: Id,
        /// Kind of object that has the attribute.
        #[ts(as = "DataModel")]
        model: DataModel,
        /// Name.
        #[ts(as = "String")]
        name: String,
        /// Name with its path, such as `custom_attributes.plan`.
        #[ts(as = "String")]
        full_name: String,
        /// Name that the interface shows.
        label: String,
        /// Description of the attribute.
        description: String,
        /// Type of the values.
        #[ts(as = "DataType")]
        data_type: DataType,
        /// Allowed values, if the attribute is a list.
        options: Vec<String>,
        /// True if the API can write the attribute.
        api_writable: bool,
        /// True if the messenger can write the attribute.
        messenger_writable: bool,
        /// True if teammates can write the attribute.
        ui_writable: bool,
        /// True if the workspace defined the attribute.
        custom: bool,
        /// True if the attribute is archived.
        archived: bool,
        /// Time of creation.
        created_at: Timestamp,
        /// Time of the last change.
        updated_at: Timestamp,
        /// Id of the admin who created the attribute.
        admin_id: Id,
    }
}
