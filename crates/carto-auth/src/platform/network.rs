//! Proxies and certificates: read here and handed to the HTTP client, which reads no environment itself.

use std::path::{Path, PathBuf};

use super::Variables;

/// How this machine reaches the network.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// The proxy for https addresses, with its user name and password where it has them.
    pub https_proxy: Option<String>,
    /// The proxy for http addresses.
    pub http_proxy: Option<String>,
    /// Hosts that are reached without a proxy, as in `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// A file of certificates that takes the place of the platform's (`SSL_CERT_FILE`).
    pub certificate_file: Option<PathBuf>,
    /// Folders of certificates that take the place of the platform's (`SSL_CERT_DIR`).
    pub certificate_folders: Vec<PathBuf>,
    /// Files of certificates that join the others (`REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`).
    pub more_certificates: Vec<PathBuf>,
}

impl Network {
    /// What these variables say, in capitals or not, as curl and Python read them.
    pub fn of(variables: &Variables) -> Self {
        let proxy = |names: &[&str]| variables.first(names).map(|(_, value)| value.trim().to_owned());
        // In a CGI program, `HTTP_PROXY` is a header that the visitor sent ("httpoxy").
        let http_names: &[&str] = if variables.get("REQUEST_METHOD").is_some() {
            &["http_proxy", "all_proxy", "ALL_PROXY"]
        } else {
            &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
        };
        let folders = variables.get("SSL_CERT_DIR").map(std::env::split_paths);
        Self {
            https_proxy: proxy(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            http_proxy: proxy(http_names),
            no_proxy: proxy(&["no_proxy", "NO_PROXY"]),
            certificate_file: variables.get("SSL_CERT_FILE").map(PathBuf::from),
            certificate_folders: folders.into_iter().flatten().collect(),
            more_certificates: ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
                .iter()
                .filter_map(|name| variables.get(name).map(PathBuf::from))
                .collect(),
        }
    }

    /// The certificates to trust, each in DER, and what could not be read.
    ///
    /// The platform's, unless a file or folders take their place as OpenSSL does it, and those that join.
    pub fn certificates(&self) -> Certificates {
        let mut found = if self.certificate_file.is_some() || !self.certificate_folders.is_empty() {
            let mut found = Certificates::default();
            if let Some(file) = &self.certificate_file {
                found.take(load(Some(file), None));
            }
            for folder in &self.certificate_folders {
                found.take(load(None, Some(folder)));
            }
            found
        } else {
            platforms_own()
        };
        for path in &self.more_certificates {
            let is_folder = path.is_dir();
            let path = path.as_path();
            found.take(load((!is_folder).then_some(path), is_folder.then_some(path)));
        }
        found
    }
}

/// What was found of certificates.
#[derive(Debug, Default)]
pub struct Certificates {
    /// The certificates, in DER.
    pub roots: Vec<rustls::pki_types::CertificateDer<'static>>,
    /// What could not be read, one sentence each.
    pub faults: Vec<String>,
}

impl Certificates {
    fn take(&mut self, result: rustls_native_certs::CertificateResult) {
        self.roots.extend(result.certs);
        self.faults.extend(result.errors.iter().map(ToString::to_string));
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Proxies may hold passwords.
        f.debug_struct("Network")
            .field("https_proxy", &self.https_proxy.as_ref().map(|_| "[redacted]"))
            .field("http_proxy", &self.http_proxy.as_ref().map(|_| "[redacted]"))
            .field("no_proxy", &self.no_proxy)
            .field("certificate_file", &self.certificate_file)
            .field("certificate_folders", &self.certificate_folders)
            .field("more_certificates", &self.more_certificates)
            .finish()
    }
}

/// The certificates of the system, where systems keep them; the variables that lead elsewhere were read
/// before.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn platforms_own() -> Certificates {
    let mut found = Certificates::default();
    let exists = |path: &&&str| Path::new(path).exists();
    let file = BUNDLES.iter().find(exists).map(Path::new);
    let folder = if file.is_some() { None } else { FOLDERS.iter().find(exists).map(Path::new) };
    if file.is_some() || folder.is_some() {
        found.take(load(file, folder));
    }
    found
}

/// The certificates of the system's own store.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn platforms_own() -> Certificates {
    let mut found = Certificates::default();
    found.take(rustls_native_certs::load_native_certs());
    found
}

/// Where Debian, Fedora, openSUSE, Alpine and the BSDs keep them in one file.
#[cfg(all(unix, not(target_vendor = "apple")))]
const BUNDLES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// Where there is only a folder of them.
#[cfg(all(unix, not(target_vendor = "apple")))]
const FOLDERS: [&str; 3] = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/openssl/certs"];

fn load(file: Option<&Path>, folder: Option<&Path>) -> rustls_native_certs::CertificateResult {
    rustls_native_certs::load_certs_from_paths(file, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(pairs: &[(&str, &str)]) -> Network {
        Network::of(&pairs.iter().copied().collect())
    }

    #[test]
    fn a_proxy_is_read_as_curl_reads_it() {
        let both = network(&[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:2")]);
        assert_eq!(both.https_proxy.as_deref(), Some("http://b:2"));
        assert_eq!(network(&[("ALL_PROXY", "socks5://c:3")]).http_proxy.as_deref(), Some("socks5://c:3"));
        assert_eq!(network(&[("HTTP_PROXY", "http://d"), ("REQUEST_METHOD", "GET")]).http_proxy, None);
        assert_eq!(network(&[("HTTPS_PROXY", "")]), Network::default());
    }

    #[test]
    fn a_proxy_password_never_prints() {
        let network = network(&[("HTTPS_PROXY", "http://me:canary@proxy:3128")]);
        assert!(!format!("{network:?}").contains("canary"));
    }
}
