//! The two signature algorithms that the Worker accepts. `none` and shared secrets (HS256) have no value
//! here, so that neither a token nor a setting can name them.

/// A signature algorithm (RFC 7518, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA with the curve P-256 and SHA-256.
    Es256,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 2] = [Self::Rs256, Self::Es256];

    /// Finds an algorithm by its name, case-sensitively.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Gives the name in tokens, keys and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}
