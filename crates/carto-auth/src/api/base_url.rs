//! Where an account's API is: accounts, then `tenant_domain`, then `config.yaml`, then `apis.baseUrl`.

use url::Url;

use super::Api;
use super::accounts::Tenant;
use crate::environment::{base_url, is_loopback};
use crate::error::{Error, ErrorKind, Result, clean};
use crate::secret::Secret;

impl Api {
    /// Finds the API base URL of the account that the token belongs to.
    ///
    /// The token will be sent there, so the place is used only if it is CARTO's, the tenant's own, or one
    /// that the environment names.
    pub(crate) async fn find_base_url(&self, token: &Secret) -> Result<String> {
        let tenant = self.tenant(token).await?;
        let stated = self.stated_base_url(&tenant).await?;
        self.trusted(&stated, &tenant)
    }

    /// The API base URL that a tenant states, ready to take a path, if a token may be sent there.
    pub(super) fn trusted(&self, stated: &str, tenant: &Tenant) -> Result<String> {
        let found = base_url(stated)?;
        let url = Url::parse(&found).map_err(|error| {
            Error::new(ErrorKind::UnexpectedAnswer, "the API base URL is no URL").because(error)
        })?;
        if self.is_trusted(&url, tenant) {
            return Ok(found);
        }
        let host = clean(url.host_str().unwrap_or_default());
        Err(Error::new(ErrorKind::Config, "the account's API is at a host that is not trusted")
            .because(format!("{host} is neither under carto.com nor under {}", tenant.domain))
            .hint(format!("if it is yours, add it to the profile: `api_hosts = [\"{host}\"]`")))
    }

    fn is_trusted(&self, url: &Url, tenant: &Tenant) -> bool {
        let Some(host) = url.host_str() else { return false };
        if is_loopback(url) {
            return tenant.on_loopback;
        }
        is_or_is_under(host, "carto.com")
            || (!tenant.on_loopback && is_or_is_under(host, &tenant.domain))
            || self.environment.api_hosts.iter().any(|named| named.eq_ignore_ascii_case(host))
    }
}

fn is_or_is_under(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_under_a_domain_by_whole_labels() {
        assert!(is_or_is_under("gcp-us-east1.api.carto.com", "carto.com"));
        assert!(is_or_is_under("carto.com", "carto.com"));
        assert!(!is_or_is_under("evilcarto.com", "carto.com"));
        assert!(!is_or_is_under("carto.com.evil.example", "carto.com"));
    }
}
