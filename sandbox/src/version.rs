//! The header `Intercom-Version`.

use super::answer::Refusal;

/// The newest 2.x that the sandbox takes.
const NEWEST_MINOR: u8 = 17;

/// Which version of API 2.x a request speaks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Version {
    /// `2.` and this.
    Two(u8),
    /// `Unstable` or `Preview`, as it was written.
    Unstable(String),
}

impl Version {
    /// Reads the header; without it the workspace's own default answers, which is 2.14 here.
    pub fn read(header: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = header.map(str::trim) else { return Ok(Self::Two(14)) };
        if text.eq_ignore_ascii_case("unstable") || text.eq_ignore_ascii_case("preview") {
            return Ok(Self::Unstable(text.to_owned()));
        }
        text.strip_prefix("2.")
            .and_then(|minor| minor.parse().ok())
            .filter(|minor| *minor <= NEWEST_MINOR)
            .map(Self::Two)
            // Only as Intercom writes it: not `2.014` or `2.+4`.
            .filter(|version| version.to_string() == text)
            .ok_or_else(|| {
                Refusal::new(
                    400,
                    "intercom_version_invalid",
                    "The requested version could not be found",
                )
            })
    }

    /// From 2.16 on `owner_id` is a text; before, it is a number.
    pub fn owner_is_text(&self) -> bool {
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
    fn all_of_2_is_spoken_and_nothing_else() {
        for text in ["2.0", "2.9", "2.14", "2.17", "Unstable", "preview"] {
            assert_eq!(
                Version::read(Some(text)).map(|version| version.to_string()),
                Ok(text.into())
            );
        }
        assert_eq!(Version::read(None), Ok(Version::Two(14)));
        for text in ["1.4", "1.0", "2", "2.", "2.18", "2.014", "2.-1", "3.0", "", "nonsense"] {
            let code = Version::read(Some(text)).map_err(|refusal| refusal.code);
            assert_eq!(code, Err("intercom_version_invalid"), "{text}");
        }
    }

    #[test]
    fn the_owner_became_a_text_in_2_16() {
        assert!(!Version::Two(15).owner_is_text());
        assert!(Version::Two(16).owner_is_text());
        assert!(Version::Unstable("Preview".into()).owner_is_text());
    }
}
