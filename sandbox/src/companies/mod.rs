//! Companies: the organisations that contacts work for.

pub(crate) mod handlers;
pub(crate) mod scroll;
pub(crate) mod seed;
pub(crate) mod table;
