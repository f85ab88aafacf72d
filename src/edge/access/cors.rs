//! CORS (the Fetch standard): which pages of other origins may call, and what they may read.

use crate::edge::response::{Answer, Rejection};
use crate::edge::runtime::RequestHead;

/// Origins, exactly as browsers send them: `https://dashboard.example`, with a port if it isn't the scheme's
/// default.
#[derive(Debug, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Reads `ALLOWED_ORIGINS`: origins, separated by commas.
    pub fn parse(list: &str) -> Result<Self, String> {
        let origins = list.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins.map(checked).collect::<Result<_, _>>().map(Self).map_err(|()| {
            "ALLOWED_ORIGINS must be origins such as https://dashboard.example or \
             capacitor://localhost, with commas between them: no path, no *"
                .to_owned()
        })
    }

    /// Returns true if a page of this origin may call.
    pub fn allow(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }
}

/// Checks that a text is an origin that a browser sends.
pub fn checked(origin: &str) -> Result<String, ()> {
    let (scheme, host) = origin.split_once("://").ok_or(())?;
    let sound =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]_".contains(&byte);
    // A browser omits the scheme's default port.
    let own_port = match scheme {
        "https" => host.ends_with(":443"),
        "http" => host.ends_with(":80"),
        _ => !is_app_scheme(scheme),
    };
    let sound = !host.is_empty() && host.bytes().all(sound) && !own_port;
    if sound { Ok(origin.to_owned()) } else { Err(()) }
}

/// Returns true if a scheme may be that of an app (`capacitor://localhost`) or a browser extension. Pages of the
/// other schemes have the origin `null` or none.
fn is_app_scheme(scheme: &str) -> bool {
    const OTHERS: [&str; 10] =
        ["about", "blob", "data", "file", "filesystem", "ftp", "javascript", "null", "ws", "wss"];
    let sound =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(sound)
        && !OTHERS.contains(&scheme)
}

/// Answers a preflight request, which has no credential. `requested` gives the headers that the page wants to
/// send.
pub fn preflight(
    head: &RequestHead<'_>,
    allowed: bool,
    requested: impl FnOnce() -> String,
) -> Option<Result<Answer, Rejection>> {
    if head.method != "OPTIONS" || head.access_control_request_method.is_empty() {
        return None;
    }
    Some(if allowed {
        Ok(Answer::empty(204)
            .with("access-control-allow-methods", METHODS)
            .with("access-control-allow-headers", allowed_headers(&requested()))
            .with("access-control-max-age", "86400"))
    } else {
        Err(Rejection::forbidden(
            "Pages of this origin may not call: the operator lists the allowed origins in ALLOWED_ORIGINS",
        )
        .naming("Origin"))
    })
}

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// Lists the headers that a page may send: [`REQUEST_HEADERS`], and the requested ones that [`may_be_sent`].
///
/// An allowed header reaches the Worker only: `runtime.js` lists those that are forwarded to Intercom. Pages
/// send headers for tracing and caching, too many to list.
fn allowed_headers(requested: &str) -> String {
    let requested = requested.split(',').map(|name| name.trim().to_ascii_lowercase());
    let mut names: Vec<String> = REQUEST_HEADERS.split(", ").map(str::to_owned).collect();
    for name in requested.filter(|name| may_be_sent(name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// Returns true if a page may send a header. It may not be one that makes a server or proxy use another method,
/// address, host or caller, nor one that only a browser sets.
fn may_be_sent(name: &str) -> bool {
    const NAMES: [&str; 26] = [
        "_method",
        "client-ip",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "true-client-ip",
        "upgrade",
        "via",
        "x-authorization",
        "x-client-ip",
        "x-host",
        "x-original-url",
        "x-real-ip",
        "x-rewrite-url",
        "x-user",
    ];
    const BEGINNINGS: [&str; 9] = [
        "access-control-",
        "cf-",
        "proxy-",
        "sec-",
        "x-forwarded",
        "x-http-method",
        "x-method",
        "x-original-",
        "x-remote-",
    ];
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=256).contains(&name.len())
        && name != "*"
        && name.bytes().all(token)
        && !NAMES.contains(&name)
        && !BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

/// The headers that Intercom's SDK and this project's package send.
const REQUEST_HEADERS: &str = "accept, accept-language, authorization, content-type, \
    idempotency-key, if-none-match, intercom-version, prefer, user-agent, x-fern-language, \
    x-fern-runtime, x-fern-runtime-version, x-fern-sdk-name, x-fern-sdk-version";

/// Rejects a write by another site's page with a credential that the browser sends without being asked.
/// `Sec-Fetch-Site` tells the site, or `Origin` in an old browser. A request with neither comes from no browser.
pub fn check_same_site(head: &RequestHead<'_>, own: &str, allowed: bool) -> Result<(), Rejection> {
    let safe = matches!(head.method, "GET" | "HEAD" | "OPTIONS");
    let same = match head.sec_fetch_site {
        "same-origin" | "none" => true,
        "" => head.origin.is_empty() || head.origin == own,
        _ => false,
    };
    if safe || same || allowed {
        Ok(())
    } else {
        Err(Rejection::forbidden(
            "Another site's page made this request: a write needs a page of the Worker's own \
             origin, or of one in ALLOWED_ORIGINS",
        )
        .naming("Origin"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Origins, REQUEST_HEADERS, RequestHead, allowed_headers, check_same_site};

    #[test]
    fn origins_are_exact() {
        let origins = Origins::parse("https://a.example , http://localhost:5173").unwrap();
        for origin in ["https://a.example", "http://localhost:5173"] {
            assert!(origins.allow(origin), "{origin}");
        }
        for origin in [
            "",
            "null",
            "http://a.example",
            "https://a.example:443",
            "https://a.example.evil.example",
            "https://evil-a.example",
            "https://A.example",
            "http://localhost",
        ] {
            assert!(!origins.allow(origin), "{origin}");
        }
        assert!(!Origins::parse("").unwrap().allow(""));
    }

    #[test]
    fn an_app_and_an_extension_have_origins_too() {
        for origin in [
            "capacitor://localhost",
            "ionic://localhost",
            "tauri://localhost",
            "app://-",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "moz-extension://0b8a5e0e-7c1f-4a52-9d8e-0f6f3a1f2b11",
        ] {
            let origins = Origins::parse(origin).unwrap();
            assert!(origins.allow(origin), "{origin}");
            assert!(!origins.allow("null") && !origins.allow(&format!("{origin}x")));
        }
    }

    #[test]
    fn a_page_may_send_what_changes_nothing() {
        let more = |asked: &str| {
            let allowed = allowed_headers(asked);
            allowed.strip_prefix(REQUEST_HEADERS).unwrap().to_owned()
        };
        assert_eq!(more(""), "");
        assert_eq!(more("authorization,Content-Type"), "");
        assert_eq!(
            more("baggage, TraceParent,x-datadog-trace-id,x-request-id,pragma,baggage"),
            ", baggage, traceparent, x-datadog-trace-id, x-request-id, pragma"
        );
        for name in [
            "X-HTTP-Method-Override",
            "x-http-method",
            "x-method-override",
            "_method",
            "cookie",
            "host",
            "x-forwarded-for",
            "x-forwarded",
            "forwarded",
            "x-original-url",
            "x-rewrite-url",
            "proxy-authorization",
            "x-authorization",
            "cf-access-jwt-assertion",
            "cf-connecting-ip",
            "x-real-ip",
            "transfer-encoding",
            "sec-fetch-site",
            "access-control-allow-origin",
            "*",
            "a b",
            "a\r\nb",
        ] {
            assert_eq!(more(name), "", "{name}");
        }
    }

    #[test]
    fn what_no_browser_calls_an_origin_is_refused() {
        for list in [
            "*",
            "null",
            "https://*.example",
            "https://a.example/",
            "https://a.example/path",
            "a.example",
            "https://",
            "https://A.example",
            "file://x",
            "data://x",
            "Capacitor://localhost",
            "1app://localhost",
            "://localhost",
            "capacitor://localhost/",
            "https://a.example https://b.example",
            "https://a.example:443",
            "http://a.example:80",
        ] {
            assert!(Origins::parse(list).is_err(), "{list}");
        }
    }

    #[test]
    fn a_write_of_another_site_is_refused() {
        let own = "https://worker.example";
        let passes = |method, sec_fetch_site, origin, allowed| {
            let head = RequestHead { method, sec_fetch_site, origin, ..RequestHead::default() };
            check_same_site(&head, own, allowed).is_ok()
        };
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            assert!(passes(method, "same-origin", own, false));
            assert!(passes(method, "none", "", false));
            assert!(passes(method, "", "", false), "no browser");
            assert!(passes(method, "", own, false));
            assert!(passes(method, "cross-site", "https://a.example", true));
            assert!(!passes(method, "cross-site", "https://a.example", false));
            assert!(!passes(method, "same-site", "https://x.worker.example", false));
            assert!(!passes(method, "", "https://a.example", false));
            assert!(!passes(method, "", "null", false));
            assert!(!passes(method, "cross-site", "", false));
            assert!(!passes(method, "anything", own, false));
        }
        assert!(passes("GET", "cross-site", "https://a.example", false));
    }
}
