//! Versions of Intercom's API, as in `Intercom-Version`, `DEFAULT_VERSION` and `UPSTREAM_VERSION`.

/// The API of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Dialect {
    /// API 1.x: its operations are bridged. Other requests are forwarded with the configured version of API 2.x.
    V1(V1Version),
    /// API 2.x or a name: requests are forwarded with this version.
    V2(String),
}

/// A version of API 1.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V1Version {
    minor: u8,
}

impl V1Version {
    /// Returns true if `?email=` gives a list. Before 1.2 it gave one person.
    pub const fn lists_by_email(self) -> bool {
        self.minor >= 2
    }
}

impl Dialect {
    /// Reads a version: `1.0` to `1.4`, `2.0` or later, or a name such as `Unstable`. Intercom checks that a
    /// version of API 2.x exists.
    pub fn parse(version: &str) -> Option<Self> {
        let number = |text: &str| {
            let plain = text == "0" || !text.starts_with('0');
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u8>().ok().filter(|_| plain && digits)
        };
        let is_v2 = match version.split_once('.') {
            Some((major, minor)) => match (number(major)?, number(minor)?) {
                (1, minor @ 0..=4) => return Some(Self::V1(V1Version { minor })),
                (major, _) => major >= 2,
            },
            None => {
                (1..=32).contains(&version.len())
                    && version.bytes().all(|byte| byte.is_ascii_alphabetic())
            }
        };
        is_v2.then(|| Self::V2(version.to_owned()))
    }

    /// Gives the version of a request to Intercom.
    pub fn upstream_version<'a>(&'a self, configured: &'a str) -> &'a str {
        match self {
            Self::V1(_) => configured,
            Self::V2(version) => version,
        }
    }
}
