//! Searches: reads the query and the sort of a search request, and turns them into SQL.

pub(crate) mod condition;
mod days;
pub(crate) mod field;
mod operand;
pub(crate) mod sort;
