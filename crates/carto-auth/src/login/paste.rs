//! A code that the person pastes.
//!
//! The page behind the paste redirect shows a code; the address bar shows the whole redirect URL. Either
//! is read, through the quotes, line breaks and invisible characters that copying adds. What is pasted by
//! mistake is named and never shown again: it may be a token.

use std::fmt;

use url::Url;

use super::SignIn;
use super::callback::{self, Callback, NotOurs};
use super::pending::Pending;
use super::way::nobody_to_ask;
use crate::error::{Error, ErrorKind, Result};
use crate::grant::{AuthorizationRequest, Metadata};
use crate::platform::{Input, Notice};
use crate::secret::Secret;
use crate::token::TokenSet;

/// Whether a code may come without the `state` that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bare {
    /// Yes: the page shows nothing else. PKCE still binds the code to this sign-in.
    Accepted,
    /// No: the whole address is there to be copied.
    Refused,
}

/// What was pasted instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    Nothing,
    AuthorizeLink,
    OtherSite(String),
    OtherSignIn,
    OtherServer,
    AccessToken,
    Fragment,
    BareCode,
    NoCode,
    Unreadable,
}

impl SignIn<'_> {
    /// Signs in with a code that is pasted.
    pub(super) async fn by_paste(&self) -> Result<TokenSet> {
        let mut ask = self.ask.clone();
        let redirect_uri = self.authority.environment.paste_redirect_uri.clone();
        let mut tries = Tries::of(self.platform.prompt.input());
        loop {
            let request = self.request(&ask, &redirect_uri).await?;
            self.tell(&Notice::PasteLink(&request.link));
            let error = match self.pasted(&request, Bare::Accepted, QUESTION, &mut tries).await? {
                Callback::Code(code) => match self.authority.exchange(&request, &code).await {
                    Ok(tokens) => return Ok(tokens),
                    Err(error) => error,
                },
                Callback::Refused(refusal) => {
                    if refusal.error == "invalid_scope" && ask.offline_access {
                        ask.offline_access = false;
                        continue;
                    }
                    return Err(crate::grant::of_redirect(&refusal));
                }
            };
            // A code that was used or has ended is easily replaced while the person is still here.
            if error.oauth_code() != Some("invalid_grant") || tries.used_up() {
                return Err(error);
            }
            self.tell(&Notice::WrongPaste(
                "The server does not accept this code any more. Here is a fresh link.",
            ));
        }
    }

    /// Asks until something of this sign-in is pasted, as often as the person may try.
    pub(super) async fn pasted(
        &self,
        request: &AuthorizationRequest,
        bare: Bare,
        question: &str,
        tries: &mut Tries,
    ) -> Result<Callback> {
        loop {
            let text = self.platform.prompt.read(question).await;
            let text = text.map_err(|error| {
                Error::new(ErrorKind::PersonNeeded, "what is pasted cannot be read").because(error)
            })?;
            let Some(text) = text.map(Secret::new) else { return Err(self.nothing_came(request)) };
            let metadata = self.authority.metadata().await;
            match read(text.expose(), request, metadata, bare) {
                Ok(callback) => return Ok(callback),
                Err(mistake) if tries.another() => self.tell(&Notice::WrongPaste(&format!("{mistake}."))),
                Err(Mistake::Nothing) => return Err(self.nothing_came(request)),
                Err(mistake) => {
                    return Err(Error::new(ErrorKind::PersonNeeded, mistake.to_string())
                        .hint("sign in again with `carto-auth login --no-browser`, and paste the code that the page shows"));
                }
            }
        }
    }

    /// The input has ended without a code. The link stays good for a while where that can be kept.
    fn nothing_came(&self, request: &AuthorizationRequest) -> Error {
        let later = self.pending.as_ref().is_some_and(|path| {
            Pending::of(request, self.platform.now())
                .save(path)
                .inspect_err(|error| tracing::debug!(%error, "the sign-in cannot be ended later"))
                .is_ok()
        });
        let error = Error::new(ErrorKind::PersonNeeded, "no code was pasted").because("the input has ended");
        match nobody_to_ask(self.platform).hint_text() {
            _ if later => error.hint(
                "open the link, then end the sign-in within 10 minutes with `carto-auth login --callback -`, \
                 and give it the code or the address; a job uses `CARTO_M2M_CLIENT_ID` and \
                 `CARTO_M2M_CLIENT_SECRET`",
            ),
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// How often something wrong may be pasted.
pub(super) struct Tries(u32);

impl Tries {
    pub(super) fn of(input: Input) -> Self {
        Self(if matches!(input, Input::Terminal | Input::Notebook) { 3 } else { 1 })
    }

    /// Takes note of a try that failed; says whether there is another.
    fn another(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }

    fn used_up(&mut self) -> bool {
        !self.another()
    }
}

/// Reads what was pasted.
pub(crate) fn read(
    pasted: &str,
    request: &AuthorizationRequest,
    metadata: &Metadata,
    bare: Bare,
) -> Result<Callback, Mistake> {
    let text = strip(pasted);
    if text.is_empty() {
        return Err(Mistake::Nothing);
    }
    // A header, a line of JSON or a variable is a token all the same.
    if !text.contains("://") && holds_a_token(&text) {
        return Err(Mistake::AccessToken);
    }
    if let Some(query) = text.strip_prefix('?').or_else(|| starts_like_a_query(&text).then_some(&*text)) {
        return read_query(query, request, metadata);
    }
    if text.contains("://") || text.contains('?') {
        return read_address(&text, request, metadata);
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=|:".contains(&byte))
        || text.len() > 4096
    {
        return Err(Mistake::Unreadable);
    }
    match bare {
        Bare::Accepted => {
            tracing::info!("a code was pasted without its `state`, which could not be checked");
            Ok(Callback::Code(Secret::new(text)))
        }
        Bare::Refused => Err(Mistake::BareCode),
    }
}

fn read_address(
    text: &str,
    request: &AuthorizationRequest,
    metadata: &Metadata,
) -> Result<Callback, Mistake> {
    let expected = Url::parse(&request.redirect_uri).map_err(|_| Mistake::Unreadable)?;
    // Browsers leave the scheme out of what they show.
    let full = if text.contains("://") { text.to_owned() } else { format!("{}://{text}", expected.scheme()) };
    let url = Url::parse(&full).map_err(|_| Mistake::Unreadable)?;
    let asks = |name: &str| url.query_pairs().any(|(given, _)| given == name);
    if asks("code_challenge") || (asks("response_type") && asks("client_id")) {
        return Err(Mistake::AuthorizeLink);
    }
    let place = |url: &Url| {
        (
            url.host_str().map(str::to_owned),
            url.port_or_known_default(),
            url.path().trim_end_matches('/').to_owned(),
        )
    };
    if place(&url) != place(&expected) {
        return Err(Mistake::OtherSite(shown_host(&url)));
    }
    match (url.query(), url.fragment()) {
        (Some(query), _) if !query.is_empty() => read_query(query, request, metadata),
        (_, Some(fragment)) if starts_like_a_query(fragment) => Err(Mistake::Fragment),
        _ => Err(Mistake::NoCode),
    }
}

/// The host as a person may see it. What only looks like an address may be a secret with a `?` in it.
fn shown_host(url: &Url) -> String {
    let is_name = |name: &str| {
        let end = name.rsplit('.').next().unwrap_or_default();
        name.contains('.')
            && name.len() <= 80
            && end.len() <= 24
            && end.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    match url.host() {
        Some(url::Host::Domain(name)) if name == "localhost" || is_name(name) => name.to_owned(),
        Some(host @ (url::Host::Ipv4(_) | url::Host::Ipv6(_))) => host.to_string(),
        _ => "another site".into(),
    }
}

fn read_query(query: &str, request: &AuthorizationRequest, metadata: &Metadata) -> Result<Callback, Mistake> {
    callback::read(query, &request.state, metadata).map_err(|reason| match reason {
        NotOurs::State => Mistake::OtherSignIn,
        NotOurs::Issuer => Mistake::OtherServer,
        NotOurs::Repeated => Mistake::Unreadable,
        NotOurs::Nothing => Mistake::NoCode,
    })
}

/// Whether a JWT stands in it (RFC 7519, section 3). Its first part is a JSON object in base64, which begins with `eyJ`.
fn holds_a_token(text: &str) -> bool {
    text.starts_with("eyJ")
        || text.match_indices("eyJ").any(|(from, _)| text[from..].split('.').take(3).count() == 3)
}

fn starts_like_a_query(text: &str) -> bool {
    ["code=", "state=", "error=", "iss="].iter().any(|start| text.starts_with(start))
}

/// Takes away what copying adds: quotes, brackets, white space and invisible characters, also inside.
pub(super) fn strip(pasted: &str) -> String {
    let visible = |c: &char| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(*c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    // A bracketed paste may leave its marks where a terminal does not understand them.
    let text = pasted.replace("\u{1b}[200~", "").replace("\u{1b}[201~", "");
    let text: String = text.chars().filter(visible).collect();
    let quotes = ['"', '\'', '`', '<', '>', '“', '”', '‘', '’', '«', '»', ',', ';'];
    text.trim_matches(quotes)
        .replace("&amp;", "&")
        .replace("\\?", "?")
        .replace("\\&", "&")
        .replace("\\=", "=")
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing was pasted",
            Self::AuthorizeLink => {
                "this is the link to open, not what comes after it: open it in a browser and sign in first"
            }
            Self::OtherSite(host) => {
                return write!(f, "this is an address of {host}, not the page that shows the code");
            }
            Self::OtherSignIn => {
                "this belongs to another sign-in (its `state` is another): use the link that was shown last"
            }
            Self::OtherServer => "this comes from another authorization server (its `iss` is another)",
            Self::AccessToken => "this is an access token, not a code: it was not used or kept",
            Self::Fragment => {
                "the code stands behind a `#`, which CARTO does not do: copy the code that the page shows"
            }
            Self::BareCode => "this is a code alone: paste the whole address of the page you ended on",
            Self::NoCode => "there is no code in this address",
            Self::Unreadable => "this cannot be read as a code or as an address",
        })
    }
}

const QUESTION: &str = "Access code:";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn paste(text: &str, bare: Bare) -> Result<Callback, Mistake> {
        let request = AuthorizationRequest {
            link: String::new(),
            state: Secret::new("s"),
            verifier: Secret::new("v"),
            redirect_uri: "https://app.carto.com/auth/token".into(),
        };
        read(text, &request, &Metadata::assumed(&Environment::default()), bare)
    }

    #[test]
    fn a_code_is_read_through_what_copying_adds() {
        for text in [
            "abc-123",
            "  abc-123 \n",
            "\"abc-123\"",
            "'abc-\n123'",
            "abc\u{200b}-123\r\n",
            "<abc-123>",
            "“abc-123”",
            "\u{1b}[200~abc-123\u{1b}[201~",
        ] {
            assert_eq!(paste(text, Bare::Accepted), Ok(Callback::Code(Secret::new("abc-123"))), "{text:?}");
        }
    }

    #[test]
    fn a_whole_address_is_checked() {
        for text in [
            "https://app.carto.com/auth/token?code=c&state=s",
            "https://app.carto.com/auth/token?code=c&state=s&iss=https%3A%2F%2Fauth.carto.com%2F",
            "app.carto.com/auth/token?code=c&state=s",
            "?code=c&state=s",
            "code=c&state=s",
            "https://app.carto.com/auth/token?code=c&amp;state=s",
            "https://app.carto.com/auth/\ntoken?code=c\n&state=s",
        ] {
            assert_eq!(paste(text, Bare::Refused), Ok(Callback::Code(Secret::new("c"))), "{text}");
        }
        let error = paste("https://app.carto.com/auth/token?error=access_denied&state=s", Bare::Accepted);
        assert!(matches!(error, Ok(Callback::Refused(_))));
    }

    #[test]
    fn a_wrong_thing_is_named() {
        let site = |host: &str| Mistake::OtherSite(host.into());
        for (text, mistake) in [
            ("", Mistake::Nothing),
            (" \n\t", Mistake::Nothing),
            (
                "https://auth.carto.com/authorize?response_type=code&client_id=x&state=s",
                Mistake::AuthorizeLink,
            ),
            ("https://evil.example/auth/token?code=c&state=s", site("evil.example")),
            ("http://localhost:10000/callback/?code=c&state=s", site("localhost")),
            ("https://app.carto.com/auth/token?code=c&state=other", Mistake::OtherSignIn),
            ("https://app.carto.com/auth/token?code=c", Mistake::OtherSignIn),
            (
                "https://app.carto.com/auth/token?code=c&state=s&iss=https://evil.example",
                Mistake::OtherServer,
            ),
            ("https://app.carto.com/auth/token#code=c&state=s", Mistake::Fragment),
            ("https://app.carto.com/auth/token", Mistake::NoCode),
            ("eyJhbGciOiJIUzI1NiJ9.e30.c2ln", Mistake::AccessToken),
            ("Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln", Mistake::AccessToken),
            ("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln", Mistake::AccessToken),
            ("export CARTO_API_TOKEN=eyJhbGciOiJIUzI1NiJ9.e30.c2ln", Mistake::AccessToken),
            ("{\"access_token\": \"eyJhbGciOiJIUzI1NiJ9.e30.c2ln\"}", Mistake::AccessToken),
            ("héllo", Mistake::Unreadable),
            ("{\"code\":1}", Mistake::Unreadable),
        ] {
            assert_eq!(paste(text, Bare::Accepted), Err(mistake), "{text}");
        }
        let address = "https://app.carto.com/auth/token";
        for (rest, mistake) in [
            ("?", Mistake::NoCode),
            ("#top", Mistake::NoCode),
            ("?#top", Mistake::NoCode),
            ("?#code=c&state=s", Mistake::Fragment),
            ("?code_challenge=c", Mistake::AuthorizeLink),
        ] {
            assert_eq!(paste(&format!("{address}{rest}"), Bare::Accepted), Err(mistake), "{rest}");
        }
        for (host, shown) in [
            ("10.0.0.1", "10.0.0.1"),
            ("[::1]:10000", "[::1]"),
            ("login.example", "login.example"),
            (&"long.".repeat(17), "another site"),
        ] {
            let text = format!("http://{host}/auth/token?code=c&state=s");
            assert_eq!(paste(&text, Bare::Accepted), Err(site(shown)), "{host}");
        }
        assert_eq!(paste("abc", Bare::Refused), Err(Mistake::BareCode));
        assert_eq!(paste("eyJhbGciOiJIUzI1NiJ9.e30.c2ln?x", Bare::Accepted), Err(Mistake::AccessToken));
    }

    #[test]
    fn a_mistake_never_shows_what_was_pasted() {
        for text in [
            "https://evil.example/x?code=canary",
            "eyJcanary.e30.x",
            "canary canary{}",
            "canary?",
            "canary://x",
            "canary.7?",
            "Bearer eyJcanary.e30.x?",
        ] {
            let mistake = paste(text, Bare::Refused).expect_err("a mistake");
            assert!(!mistake.to_string().contains("canary"), "{mistake}");
        }
    }

    #[test]
    fn an_address_may_name_the_client_that_it_is_for() {
        let text = "https://app.carto.com/auth/token?code=c&state=s&client_id=x";
        assert_eq!(paste(text, Bare::Refused), Ok(Callback::Code(Secret::new("c"))));
    }

    #[test]
    fn a_code_may_be_long_and_has_an_end() {
        let code = |length: usize| paste(&"c".repeat(length), Bare::Accepted);
        assert_eq!(code(4096), Ok(Callback::Code(Secret::new("c".repeat(4096)))));
        assert_eq!(code(4097), Err(Mistake::Unreadable));
    }

    #[test]
    fn whoever_types_has_three_tries_and_a_pipe_has_one() {
        for (input, count) in
            [(Input::Terminal, 3), (Input::Notebook, 3), (Input::Pipe, 1), (Input::Nobody, 1)]
        {
            let (mut tries, mut others) = (Tries::of(input), Tries::of(input));
            let more: Vec<bool> = (0..4).map(|_| tries.another()).collect();
            assert_eq!(more, [count > 1, count > 2, false, false], "{input:?}");
            let used_up: Vec<bool> = (0..4).map(|_| others.used_up()).collect();
            assert_eq!(used_up, [count < 2, count < 3, true, true], "{input:?}");
        }
    }
}
