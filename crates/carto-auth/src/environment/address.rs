//! Addresses that may be sent a secret: https, or http on this very machine.

use url::{Host, Url};

use crate::error::{Error, ErrorKind, Result};

/// Reads a URL that secrets may be sent to.
///
/// `what` names the setting in the error, as in "the accounts URL".
///
/// # Errors
///
/// [`ErrorKind::Config`] when it is no URL, is neither https nor http on loopback, or carries a user name,
/// a query or a fragment.
pub(crate) fn secure_url(text: &str, what: &str) -> Result<Url> {
    let wrong = |why: &str, hint: String| {
        Error::new(ErrorKind::Config, format!("the {what} `{}` {why}", shown(text))).hint(hint)
    };
    let example = || format!("write the {what} like `https://host.example.com`");
    if text.trim().is_empty() {
        return Err(Error::new(ErrorKind::Config, format!("the {what} is empty")).hint(example()));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(wrong("has a space or a control character in it", example()));
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            return Err(wrong(
                "has no scheme",
                format!("write it with `https://` in front: `https://{}`", shown(text)),
            ));
        }
        Err(error) => return Err(wrong("is no URL", example()).because(error)),
    };
    match url.scheme() {
        "https" if url.host().is_some() => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(wrong(
                "would send secrets in the clear",
                format!("use `https{}`", shown(text).trim_start_matches("http")),
            ));
        }
        _ => return Err(wrong("is not an https URL", example())),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has a user name in it", "leave out what stands before the `@`".into()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has more than a host and a path", "leave out what follows `?` or `#`".into()));
    }
    Ok(url)
}

/// Reads an API base URL and gives it without a slash at the end, ready to take a path.
///
/// # Errors
///
/// As [`secure_url`].
pub(crate) fn base_url(text: &str) -> Result<String> {
    let url = secure_url(text.trim(), "API base URL")?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Says whether a URL names this very machine.
///
/// The name `localhost` counts; it is always dialled at 127.0.0.1 and ::1 and never looked up.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// The text of a setting as an error or a status may show it: without what stands before an `@`, which may be a
/// password, and after a `?` or `#`, which may be a token, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut clean: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    if let Some(at) = clean.rfind('@') {
        let start = clean.find("//").map_or(0, |slashes| slashes + 2).min(at);
        clean = format!("{}…{}", &clean[..start], &clean[at..]);
    }
    match clean.find(['?', '#']) {
        Some(end) if end + 1 < clean.len() => format!("{}…", &clean[..=end]),
        _ => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_loses_its_last_slashes_and_keeps_its_path() {
        for (text, expected) in [
            ("https://gcp-us-east1.api.carto.com", "https://gcp-us-east1.api.carto.com"),
            ("https://gcp-us-east1.api.carto.com///", "https://gcp-us-east1.api.carto.com"),
            (" https://maps.example.com/api/ ", "https://maps.example.com/api"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://münchen.example", "https://xn--mnchen-3ya.example"),
            ("https://10.0.0.7:8443/api", "https://10.0.0.7:8443/api"),
        ] {
            assert_eq!(base_url(text).expect(text), expected);
        }
    }

    #[test]
    fn an_address_that_would_leak_a_secret_is_refused() {
        for text in [
            "",
            "  ",
            "gcp-us-east1.api.carto.com",
            "http://gcp-us-east1.api.carto.com",
            "http://127.0.0.1.example.com",
            "https://me:canary@example.com",
            "http://me:canary@example.com",
            "me:canary@example.com",
            "https://example.com?token=canary",
            "https://example.com#canary",
            "https://me:can#ary?@example.com?canary",
            "https://exa mple.com",
            "https://example.com/\u{7}",
            "file:///etc/passwd",
            "ftp://example.com",
            "https://",
        ] {
            let error = base_url(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Config, "{text}");
            assert!(error.hint_text().is_some(), "{text}");
            assert!(!format!("{error:?}").contains("canary"), "{text}");
        }
    }
}
