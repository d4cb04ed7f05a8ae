//! Whose token it is: `GET /accounts` of CARTO's account service.

use serde_json::Value;

use super::{Api, ITS_BASE_URL, not_accepted};
use crate::environment::{is_loopback, secure_url};
use crate::error::{Error, ErrorKind, Result, clean};
use crate::http::Call;
use crate::secret::Secret;

/// Where the account of a token lives.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tenant {
    /// A bare DNS name, or a loopback host with a port in the sandbox.
    pub(super) domain: String,
    /// Whether it is on this machine.
    pub(super) on_loopback: bool,
    /// `https`, or what the account service is reached with on this machine.
    pub(super) scheme: String,
}

impl Api {
    /// Asks for the tenant of the account that the token belongs to.
    pub(super) async fn tenant(&self, token: &Secret) -> Result<Tenant> {
        let base = secure_url(&self.environment.accounts_url, "accounts URL")?;
        let address = format!("{}/accounts", base.as_str().trim_end_matches('/'));
        let answer = self.sender.send(Call::get(secure_url(&address, "accounts URL")?).bearer(token)).await?;
        match answer.status {
            200..300 => {}
            401 | 403 => return Err(not_accepted(&answer)),
            _ => return Err(answer.unexpected("an account")),
        }
        let domain = match answer.json::<Value>() {
            Some(Value::Object(mut body)) => body.remove("tenant_domain"),
            _ => return Err(answer.unexpected("an account")),
        };
        match domain {
            Some(Value::String(domain)) if !domain.is_empty() => tenant(&domain, &base),
            _ => Err(Error::new(ErrorKind::Refused, "the person has no CARTO account yet")
                .because("the account service names no `tenant_domain`")
                .hint(
                    "sign in once at https://app.carto.com, and again here with `carto-auth login --force`",
                )),
        }
    }
}

/// Accepts a bare DNS name. A host of this machine is accepted from an account service on this machine.
pub(super) fn tenant(domain: &str, accounts: &url::Url) -> Result<Tenant> {
    let local = url::Url::parse(&format!("{}://{domain}", accounts.scheme())).ok().filter(is_loopback);
    if let Some(url) = local.filter(|url| is_loopback(accounts) && url.path() == "/" && url.query().is_none())
        && url.username().is_empty()
    {
        return Ok(Tenant { domain: domain.into(), on_loopback: true, scheme: accounts.scheme().into() });
    }
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = labels.last().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    if labels.len() < 2 || domain.len() > 253 || is_number || !labels.iter().all(is_label) {
        return Err(Error::new(
            ErrorKind::UnexpectedAnswer,
            "the account service names a tenant that is no domain",
        )
        .because(format!("`tenant_domain` is `{}`", clean(domain)))
        .hint(ITS_BASE_URL));
    }
    Ok(Tenant { domain: domain.to_ascii_lowercase(), on_loopback: false, scheme: "https".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_a_bare_domain() {
        let accept = |domain: &str, accounts: &str| {
            tenant(domain, &url::Url::parse(accounts).expect("a URL")).map(|tenant| tenant.scheme)
        };
        let carto = "https://accounts.app.carto.com";
        assert_eq!(accept("clausa.app.carto.com", carto).expect("CARTO's"), "https");
        assert_eq!(accept("carto.example.com", carto).expect("one's own"), "https");
        for domain in [
            "localhost",
            "localhost:8080",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]:1",
            "10.0.0.1",
            "a.b:1",
            "a.b/c",
            "a.b?c",
            "a.b#c",
            "me@a.b",
            "a..b",
            "-a.b",
            "a b.c",
            "evil.example/.carto.com",
            "xn--é.com",
            "",
        ] {
            assert!(accept(domain, carto).is_err(), "{domain}");
        }
        assert_eq!(accept("127.0.0.1:8080", "http://127.0.0.1:8080").expect("the sandbox"), "http");
        assert_eq!(accept("localhost:8080", "https://localhost:8080").expect("a test"), "https");
        assert!(accept("me@127.0.0.1:8080", "http://127.0.0.1:8080").is_err());
    }
}
