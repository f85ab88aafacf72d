//! Authentication and authorisation: caller keys, tokens of an OpenID provider, scopes, and CORS.
//!
//! It decides from plain data (headers, settings, the time). It does not know requests' targets,
//! the operations or Intercom.

pub mod authentication;
pub mod caller;
pub mod cors;
mod credential;
pub mod keys;
mod name;
pub mod scope;
pub mod token;
