//! Which API a caller speaks, by Intercom's own rule: the header `Intercom-Version`.

use super::answer::Refusal;

/// The API that a request is in.
#[derive(Debug, PartialEq, Eq)]
pub enum Dialect {
    /// API 1.x: its own calls are bridged, the rest goes upstream in the configured version of API
    /// 2.x.
    V1(Version),
    /// Any other, forwarded as it stands in the version that upstream is to use.
    V2(String),
}

/// A version of API 1.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    minor: u8,
}

impl Version {
    /// Whether `?email=` gives a list; before 1.2 it gave one person.
    pub const fn lists_by_email(self) -> bool {
        self.minor >= 2
    }
}

impl Dialect {
    /// The dialect that the header asks for, or else the configured one.
    pub fn of(header: &str, default: &str) -> Result<Self, Refusal> {
        let version = if header.is_empty() { default } else { header }.trim();
        match version.strip_prefix("1.") {
            Some(minor @ ("0" | "1" | "2" | "3" | "4")) => {
                Ok(Self::V1(Version { minor: minor.parse().unwrap_or_default() }))
            }
            Some(_) => Err(Refusal::new(
                400,
                "intercom_version_invalid",
                "API 1.x has the versions 1.0 to 1.4; for API 2.x send Intercom-Version: 2.14",
            )
            .naming("Intercom-Version")),
            None => Ok(Self::V2(version.to_owned())),
        }
    }

    /// The version to ask upstream for.
    pub fn upstream_version<'a>(&'a self, configured: &'a str) -> &'a str {
        match self {
            Self::V1(_) => configured,
            Self::V2(version) => version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    fn dialect(header: &str, default: &str) -> Option<String> {
        let dialect = Dialect::of(header, default).ok()?;
        let bridged = matches!(dialect, Dialect::V1(_));
        Some(format!(
            "{} {}",
            if bridged { "bridged" } else { "as it stands" },
            dialect.upstream_version("2.14")
        ))
    }

    #[test]
    fn the_header_decides_and_else_the_setting() {
        assert_eq!(dialect("", "1.4").unwrap(), "bridged 2.14");
        assert_eq!(dialect("", "2.11").unwrap(), "as it stands 2.11");
        assert_eq!(dialect("1.1", "2.11").unwrap(), "bridged 2.14");
        assert_eq!(dialect("2.16", "1.4").unwrap(), "as it stands 2.16");
        assert_eq!(dialect("Unstable", "1.4").unwrap(), "as it stands Unstable");
        assert_eq!(dialect("1.5", "1.4"), None);
        assert_eq!(dialect("1.x", "1.4"), None);
    }
}
