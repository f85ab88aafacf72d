//! Data attributes: what the workspace knows of its contacts, companies and conversations.

use super::shape::{model, words};
use super::{Id, Timestamp};

words! {
    /// What an attribute's values are.
    pub enum DataType {
        /// Text.
        Text = "string",
        /// Whole numbers.
        Integer = "integer",
        /// Numbers.
        Float = "float",
        /// True or false.
        Boolean = "boolean",
        /// Moments.
        Date = "date",
    }
}

words! {
    /// What has an attribute.
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
    /// An attribute of Intercom's or of the workspace's own (Intercom's reference, "Data
    /// Attributes").
    ///
    /// ```
    /// use intercom_edge::model::{DataAttribute, DataType, Field};
    /// let plan: DataAttribute = serde_json::from_str(r#"{"name": "plan", "data_type": "string"}"#)?;
    /// assert_eq!(plan.data_type, Field::Known(DataType::Text));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct DataAttribute = "data_attribute" {
        /// Intercom's id, of the workspace's own only.
        id: Id,
        /// What has it.
        #[ts(as = "DataModel")]
        model: DataModel,
        /// Name.
        #[ts(as = "String")]
        name: String,
        /// Name with its path, such as `custom_attributes.plan`.
        #[ts(as = "String")]
        full_name: String,
        /// Name for people.
        label: String,
        /// What it means, for people.
        description: String,
        /// What its values are.
        #[ts(as = "DataType")]
        data_type: DataType,
        /// The values that there are, if it is a list.
        options: Vec<String>,
        /// The API may write it.
        api_writable: bool,
        /// The messenger may write it.
        messenger_writable: bool,
        /// Teammates may write it.
        ui_writable: bool,
        /// It is the workspace's own.
        custom: bool,
        /// It was put aside.
        archived: bool,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
        /// Id of the admin who made it.
        admin_id: Id,
    }
}
