//! The header `Intercom-Version`.

use crate::http::response::ApiError;

/// The newest minor version that the sandbox supports.
const NEWEST_MINOR: u8 = 17;

/// A version of Intercom's API.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Version {
    /// `2.` with this minor version.
    Two(u8),
    /// `Unstable` or `Preview`, with the spelling of the header.
    Unstable(String),
}

impl Version {
    /// The default of the workspace, for requests without the header and for webhooks.
    pub const DEFAULT: Self = Self::Two(14);

    /// Reads the header. Without one, the default of the workspace applies, which is 2.14.
    pub fn read(header: Option<&str>) -> Result<Self, ApiError> {
        let Some(text) = header.map(str::trim) else { return Ok(Self::DEFAULT) };
        if text.eq_ignore_ascii_case("unstable") || text.eq_ignore_ascii_case("preview") {
            return Ok(Self::Unstable(text.to_owned()));
        }
        text.strip_prefix("2.")
            .and_then(|minor| minor.parse().ok())
            .filter(|minor| *minor <= NEWEST_MINOR)
            .map(Self::Two)
            // `parse` also accepts `2.014` and `2.+4`; Intercom does not.
            .filter(|version| version.to_string() == text)
            .ok_or_else(|| {
                ApiError::new(
                    400,
                    "intercom_version_invalid",
                    "The requested version could not be found",
                )
            })
    }

    /// Returns true if `owner_id` is a string: from 2.16 on. Before, it is a number.
    pub fn has_string_owner(&self) -> bool {
        !matches!(self, Self::Two(minor) if *minor < 16)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Two(minor) => write!(formatter, "2.{minor}"),
            Self::Unstable(word) => formatter.write_str(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_2_x_is_supported_and_no_other_version() {
        for text in ["2.0", "2.9", "2.14", "2.17", "Unstable", "preview"] {
            assert_eq!(
                Version::read(Some(text)).map(|version| version.to_string()),
                Ok(text.into())
            );
        }
        assert_eq!(Version::read(None), Ok(Version::Two(14)));
        for text in ["1.4", "1.0", "2", "2.", "2.18", "2.014", "2.-1", "3.0", "", "nonsense"] {
            let code = Version::read(Some(text)).map_err(|error| error.code);
            assert_eq!(code, Err("intercom_version_invalid"), "{text}");
        }
    }

    #[test]
    fn the_owner_is_a_string_from_2_16_on() {
        assert!(!Version::Two(15).has_string_owner());
        assert!(Version::Two(16).has_string_owner());
        assert!(Version::Unstable("Preview".into()).has_string_owner());
    }
}
