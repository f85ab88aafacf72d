//! The caller of the Worker.

use super::Timestamp;
use super::json::{model, open_enum};

open_enum! {
    /// The kind of a caller's credential.
    pub enum CredentialKind {
        /// A caller key.
        Key = "key",
        /// A token in `Authorization`.
        Token = "token",
        /// A token of Cloudflare Access.
        Access = "access",
    }
}

model! {
    /// The caller that the Worker sees, the response of `GET /edge/whoami`.
    pub struct Caller {
        /// Name of the caller, as in the Worker's log.
        #[ts(as = "String")]
        name: String,
        /// Scopes by their names, without `*`.
        #[ts(as = "Vec<String>")]
        scopes: Vec<String>,
        /// Expiry of the credential; null if it does not expire.
        expires_at: Timestamp,
        /// Kind of the credential.
        #[ts(as = "CredentialKind")]
        credential: CredentialKind,
    }
}
