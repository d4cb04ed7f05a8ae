//! An API base URL as an error may show it.
//!
//! People paste the secret into the wrong line. What stands where an address is wanted is shown only when
//! it looks like an address.

use url::Url;

use crate::environment::base_url;
use crate::error::{Error, ErrorKind, Result};

/// Reads an API base URL and gives it without a slash at the end, as [`base_url`] does.
///
/// # Errors
///
/// [`ErrorKind::Config`] when it cannot be used. The message shows the text only where that is safe.
pub(crate) fn checked_base_url(text: &str) -> Result<String> {
    let text = text.trim();
    if !text.is_empty() && !is_showable(text) {
        let why = if text.contains('@') { "has a user name in it" } else { "is no address" };
        return Err(Error::new(ErrorKind::Config, format!("the API base URL {why}"))
            .hint("write the API base URL like `https://gcp-us-east1.api.carto.com`"));
    }
    base_url(text)
}

/// Says whether a text looks like an address and holds nothing that may be a password.
fn is_showable(text: &str) -> bool {
    let has_host = match Url::parse(text) {
        Ok(url) => url.has_host() || matches!(url.scheme(), "file" | "http" | "https"),
        Err(_) => text.contains("://") || looks_like_a_host(text),
    };
    has_host && !text.contains('@') && !text.contains("eyJ")
}

fn looks_like_a_host(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or_default();
    host.len() <= 80 && host.contains('.') && host.chars().all(|c| c.is_alphanumeric() || ".-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for text in [
            "canary-secret",
            "eyJcanary.eyJ.sig",
            "https://me:canary@example.com",
            "http://me:canary@example.com",
            "me:canary@example.com",
            "1me:canary@example.com/",
            "me.x:canary@example.com",
            "canary:canary",
        ] {
            let error = checked_base_url(text).expect_err(text);
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn a_wrong_address_is_shown() {
        for text in
            ["gcp-us-east1.api.carto.com", "http://maps.example.com", "file:///etc/x", "ftp://x.example"]
        {
            let error = checked_base_url(text).expect_err(text);
            assert!(error.to_string().contains(text), "{error}");
        }
        assert_eq!(checked_base_url(" https://a.example/api/ ").expect("good"), "https://a.example/api");
    }
}
