//! Fills the database with the seed data of all resources.

use crate::admins::activity_log::ActivityLog;
use crate::admins::admin::Admins;
use crate::admins::away_status_reasons::AwayStatusReasons;
use crate::admins::teams::Teams;
use crate::contacts::subscriptions::SubscriptionTypes;
use crate::contacts::visitors;
use crate::data::attributes;
use crate::help_center::articles::Articles;
use crate::help_center::collections::Collections;
use crate::help_center::help_centers::HelpCenters;
use crate::help_center::internal_articles::InternalArticles;
use crate::http::response::ApiError;
use crate::resource::table::insert_seed;
use crate::store::Store;
use crate::tickets::types::{TicketStates, TicketTypes};
use crate::{companies, contacts, conversations, tags, tickets};

/// Replaces all data by the seed data, with this many contacts.
pub(crate) fn reset(store: &Store, seed: u64, contacts: u64) -> Result<(), ApiError> {
    store.create_tables()?;
    contacts::seed::insert_seed(store, seed, contacts)?;
    tags::table::insert_seed(store)?;
    companies::seed::insert_seed(store)?;
    visitors::insert_seed(store)?;
    conversations::seed::insert_seed(store, seed, contacts)?;
    attributes::insert_seed(store)?;
    insert_seed::<Admins>(store)?;
    insert_seed::<AwayStatusReasons>(store)?;
    insert_seed::<ActivityLog>(store)?;
    insert_seed::<Teams>(store)?;
    insert_seed::<SubscriptionTypes>(store)?;
    insert_seed::<HelpCenters>(store)?;
    insert_seed::<Collections>(store)?;
    insert_seed::<Articles>(store)?;
    insert_seed::<InternalArticles>(store)?;
    insert_seed::<TicketTypes>(store)?;
    insert_seed::<TicketStates>(store)?;
    tickets::seed::insert_seed(store, seed, contacts)?;
    store.create_indexes_and_triggers()
}
