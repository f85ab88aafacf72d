//! Who calls and what they may do: caller keys, tokens of an OpenID provider, scopes, and CORS.
//!
//! It decides from plain data (headers, settings, the time). It does not know requests' targets,
//! the operations or Intercom.

pub mod caller;
pub mod cors;
pub mod scope;
pub mod token;
