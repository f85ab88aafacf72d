//! The help center: its collections and articles, and the internal articles.

pub(crate) mod article_search;
pub(crate) mod articles;
pub(crate) mod collections;
pub(crate) mod help_centers;
pub(crate) mod internal_articles;
