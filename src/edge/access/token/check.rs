//! The checks that a token must pass, each with its name for the log and its message for the caller.

use std::fmt;

/// The check that a token failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedCheck {
    /// The token is too long.
    Size,
    /// The token isn't three parts in base64url, the third of which is a signature.
    Format,
    /// The header isn't a JSON object, or names a member twice.
    HeaderJson,
    /// A member of the header has the wrong type.
    HeaderMember,
    /// The claims aren't a JSON object, or name a member twice.
    ClaimsJson,
    /// The header asks for an extension (`crit`, `b64`, `enc`, `zip`).
    Extension,
    /// The issuer doesn't sign with this algorithm (`alg`).
    Algorithm,
    /// No entry of `TOKEN_ISSUERS` has this issuer (`iss`).
    Issuer,
    /// The token is of another type (`typ`).
    Type,
    /// The token has no expiry (`exp`).
    ExpiryMissing,
    /// The token has expired (`exp`).
    Expired,
    /// The token isn't valid yet (`nbf`, `iat`).
    NotYetValid,
    /// A time isn't a number of seconds (`exp`, `nbf`, `iat`).
    Time,
    /// The token is for another audience (`aud`).
    Audience,
    /// The subject isn't a text (`sub`, `common_name`).
    Subject,
    /// The token has no subject (`sub`, `common_name`).
    SubjectMissing,
    /// The issuer has no key of this name (`kid`).
    KeyUnknown,
    /// Several of the issuer's keys fit (`kid`).
    KeyAmbiguous,
    /// The token's algorithm isn't its key's.
    KeyMismatch,
    /// The issuer's key isn't for signatures.
    KeyUse,
    /// The issuer publishes the private part of the key.
    KeyPublished,
    /// The issuer's key is malformed.
    KeyMalformed,
    /// The issuer's key is of an unsupported type.
    KeyType,
    /// The issuer's key is for another algorithm.
    KeyAlgorithm,
    /// The issuer's key is too weak.
    KeyWeak,
    /// The signature is wrong.
    Signature,
}

impl FailedCheck {
    /// The check's name in the log.
    pub const fn name(self) -> &'static str {
        self.name_and_message().0
    }

    const fn name_and_message(self) -> (&'static str, &'static str) {
        match self {
            Self::Size => ("size", "it is longer than 8 KiB"),
            Self::Format => ("format", "it isn't a signed token of three parts"),
            Self::HeaderJson => ("header_json", "its header isn't plain JSON"),
            Self::HeaderMember => ("header_member", "its header is malformed"),
            Self::ClaimsJson => ("claims_json", "its claims aren't plain JSON"),
            Self::Extension => ("extension", "its header asks for an unsupported extension"),
            Self::Algorithm => ("algorithm", "its algorithm isn't allowed (alg)"),
            Self::Issuer => ("issuer", "its issuer isn't configured (iss)"),
            Self::Type => ("type", "it is a token of another type (typ)"),
            Self::ExpiryMissing => ("expiry_missing", "it has no expiry (exp)"),
            Self::Expired => ("expired", "it has expired (exp)"),
            Self::NotYetValid => ("not_yet_valid", "it isn't valid yet (nbf, iat)"),
            Self::Time => ("time", "one of its times isn't a number of seconds (exp, nbf, iat)"),
            Self::Audience => ("audience", "it is for another audience (aud)"),
            Self::Subject => ("subject", "its subject is malformed (sub)"),
            Self::SubjectMissing => ("subject_missing", "it has no subject (sub)"),
            Self::KeyUnknown => ("key_unknown", "its issuer has no such key (kid)"),
            Self::KeyAmbiguous => ("key_ambiguous", "several keys of its issuer fit (kid)"),
            Self::KeyMismatch => ("key_mismatch", "its algorithm isn't that of its key"),
            Self::KeyUse => ("key_use", "its key isn't for signatures"),
            Self::KeyPublished => ("key_published", "its key is no longer secret"),
            Self::KeyMalformed => ("key_malformed", "its key is malformed"),
            Self::KeyType => ("key_type", "its key is of an unsupported type"),
            Self::KeyAlgorithm => ("key_algorithm", "its key is for another algorithm"),
            Self::KeyWeak => ("key_weak", "its key is too weak"),
            Self::Signature => ("signature", "its signature is wrong"),
        }
    }
}

/// Says what is wrong with the token, after "The token was rejected: ". It quotes nothing of the token.
impl fmt::Display for FailedCheck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name_and_message().1)
    }
}
