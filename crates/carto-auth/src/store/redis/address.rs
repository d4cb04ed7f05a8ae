//! Where a Redis is, and how it is shown: never with its password.

use std::fmt;
use std::str::FromStr;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};
use url::Url;

/// The address of a Redis or Valkey, with the user and the password where it has them.
///
/// Its `Display` and its `Debug` leave both out.
///
/// ```
/// use carto_auth::store::RedisAddress;
///
/// let address: RedisAddress = "rediss://fleet:secret@redis.example.com/2".parse().expect("an address");
/// assert_eq!(address.to_string(), "rediss://redis.example.com:6379/2");
/// assert!("redis://redis.example.com/2?ssl=1".parse::<RedisAddress>().is_err());
/// ```
#[derive(Clone)]
pub struct RedisAddress {
    info: ConnectionInfo,
    is_tls: bool,
}

impl RedisAddress {
    /// The schemes of an address; those with an `s` at the end speak TLS.
    const SCHEMES: [&str; 5] = ["redis", "rediss", "valkey", "valkeys", "unix"];

    /// Says whether a text is meant to be such an address.
    pub(crate) fn is_meant_by(text: &str) -> bool {
        text.split_once(':').is_some_and(|(scheme, rest)| {
            rest.starts_with("//") && Self::SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme))
        })
    }

    pub(super) fn info(&self) -> &ConnectionInfo {
        &self.info
    }

    pub(super) fn is_tls(&self) -> bool {
        self.is_tls
    }
}

impl FromStr for RedisAddress {
    type Err = String;

    /// Reads `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, the same as `valkey://` and
    /// `valkeys://`, or `unix:///path[?db=N&user=…&pass=…]`. What the text says is not in the error.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut url = Url::parse(text.trim()).map_err(|error| error.to_string())?;
        let is_tls = matches!(url.scheme(), "rediss" | "valkeys");
        if !Self::SCHEMES.contains(&url.scheme()) {
            return Err("it has another scheme".to_owned());
        }
        // Others write switches of TLS there, which would do nothing without a word.
        if url.scheme() != "unix" && url.query().is_some() || url.fragment().is_some() {
            return Err("it has something behind a `?` or a `#`, which means nothing here".to_owned());
        }
        if is_tls {
            // TLS is spoken by us: to the client, all of them are plain.
            url.set_scheme("redis").map_err(|()| "it has another scheme".to_owned())?;
        }
        let info = url.into_connection_info().map_err(|error| match error.detail() {
            Some(detail) => format!("{}: {detail}", error.category()),
            None => error.category().to_owned(),
        })?;
        let settings = info.redis_settings().clone().set_skip_set_lib_name();
        if settings.db() < 0 {
            return Err("its database is less than 0".to_owned());
        }
        Ok(Self { info: info.set_redis_settings(settings), is_tls })
    }
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.info.redis_settings().db();
        match self.info.addr() {
            ConnectionAddr::Tcp(host, port) => {
                let scheme = if self.is_tls { "rediss" } else { "redis" };
                let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                write!(f, "{scheme}://{host}:{port}/{database}")
            }
            ConnectionAddr::Unix(path) => write!(f, "unix://{}?db={database}", path.display()),
            _ => f.write_str("redis"),
        }
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisAddress").field(&self.to_string()).finish()
    }
}

impl PartialEq for RedisAddress {
    fn eq(&self, other: &Self) -> bool {
        let login = |address: &Self| {
            let settings = address.info.redis_settings();
            let text = |text: Option<&str>| text.map(str::to_owned);
            (text(settings.username()), text(settings.password()))
        };
        self.to_string() == other.to_string() && login(self) == login(other)
    }
}

impl Eq for RedisAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (text, shown) in [
            ("redis://localhost", "redis://localhost:6379/0"),
            ("redis://:canary@localhost:1/3", "redis://localhost:1/3"),
            ("rediss://canary:can%40ary@localhost", "rediss://localhost:6379/0"),
            ("valkeys://canary:canary@localhost", "rediss://localhost:6379/0"),
            (" valkey://[::1]:1 ", "redis://[::1]:1/0"),
            ("unix:///run/redis.sock?db=2&pass=canary", "unix:///run/redis.sock?db=2"),
        ] {
            let address: RedisAddress = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(address.to_string(), shown);
            assert!(!format!("{address:?} {address:#?}").contains("canary"));
            assert!(RedisAddress::is_meant_by(text.trim()));
        }
    }

    #[test]
    fn a_password_is_read_as_it_was_meant() {
        let address: RedisAddress = "redis://fleet:p%40ss+w%2Ford@h".parse().expect("an address");
        let settings = address.info().redis_settings();
        assert_eq!((settings.username(), settings.password()), (Some("fleet"), Some("p@ss+w/ord")));
    }

    #[test]
    fn what_is_no_address_says_why_without_showing_it() {
        for text in [
            "redis://",
            "redis://canary@localhost/canary",
            "redis://canary@localhost/-1",
            "redis://canary@localhost:canary",
            "rediss://canary@localhost/#insecure",
            "redis://canary@localhost/0?ssl_cert_reqs=none",
            "redis://0.0.0.0",
            "https://canary",
            "canary",
        ] {
            let error = text.parse::<RedisAddress>().expect_err(text);
            assert!(!error.is_empty() && !error.contains("canary"), "{error}");
        }
    }
}
