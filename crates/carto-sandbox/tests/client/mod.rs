//! A client of the sandbox that is as small as it can be, and the listener of its redirect.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carto_sandbox::{AUDIENCE, PUBLIC_CLIENT_ID, Sandbox};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::{Url, form_urlencoded};

pub(crate) const CALLBACK: &str = "http://localhost:10000/callback/";
/// The example of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Client {
    url: String,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self { url: sandbox.url().to_owned() }
    }

    pub(crate) fn at(url: &str) -> Self {
        Self { url: url.to_owned() }
    }

    /// A correct link to `/authorize`, with these parameters set otherwise; empty ones are left out.
    pub(crate) fn link(&self, redirect_uri: &str, changes: &[(&str, &str)]) -> String {
        let mut parameters = HashMap::from([
            ("client_id", PUBLIC_CLIENT_ID),
            ("response_type", "code"),
            ("redirect_uri", redirect_uri),
            ("audience", AUDIENCE),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "a-state"),
            ("scope", "openid offline_access"),
        ]);
        parameters.extend(changes.iter().copied());
        parameters.retain(|_, value| !value.is_empty());
        Url::parse_with_params(&format!("{}/authorize", self.url), parameters).unwrap().into()
    }

    pub(crate) fn paste_uri(&self) -> String {
        format!("{}/auth/token", self.url)
    }

    pub(crate) fn paste_link(&self, changes: &[(&str, &str)]) -> String {
        self.link(&self.paste_uri(), changes)
    }

    /// A whole sign-in by the page that shows the code.
    pub(crate) async fn sign_in(&self, sandbox: &Sandbox, changes: &[(&str, &str)]) -> Answer {
        let code = sandbox.browser().code_page(&self.paste_link(changes)).await.unwrap();
        let tokens = self.trade(&code, &self.paste_uri()).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }

    pub(crate) async fn trade(&self, code: &str, redirect_uri: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", PUBLIC_CLIENT_ID),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.post("/oauth/token", &form).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let form =
            [("grant_type", "refresh_token"), ("client_id", PUBLIC_CLIENT_ID), ("refresh_token", token)];
        self.post("/oauth/token", &form).await
    }

    pub(crate) async fn machine_token(&self, (id, secret): &(String, String)) -> Answer {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("audience", AUDIENCE),
        ];
        self.post("/oauth/token", &form).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await.unwrap()
    }

    pub(crate) async fn api(&self, path: &str, token: &str) -> Answer {
        self.send("GET", path, &[("authorization", &format!("Bearer {token}"))], "").await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[kind], &form).await.unwrap()
    }

    pub(crate) async fn post_json(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        self.send("POST", path, &headers, &body.to_string()).await.unwrap()
    }

    /// Sends one request on a connection of its own and reads until the sandbox closes it.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> std::io::Result<Answer> {
        let host = self.url.trim_start_matches("http://");
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            request.push_str(&format!("host: {host}\r\n"));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("\r\n{body}"));
        let mut stream = TcpStream::connect(host).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(Answer { status: 0, head: String::new(), body: bytes });
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Answer { status, head, body: bytes[end + 4..].to_vec() })
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {self:?}")).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn claims(&self) -> Value {
        let token = self.text("access_token");
        let payload = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }
}

/// Listens as a client does for the redirect.
pub(crate) struct Listener {
    uri: String,
    answer: Arc<Mutex<HashMap<String, String>>>,
}

impl Listener {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://localhost:{}/callback/", listener.local_addr().unwrap().port());
        let answer = Arc::new(Mutex::new(HashMap::new()));
        let received = Arc::clone(&answer);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = vec![0; 8192];
                let length = stream.read(&mut bytes).await.unwrap();
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                let target = text.split(' ').nth(1).unwrap();
                let url = Url::parse(&format!("http://localhost{target}")).unwrap();
                *received.lock().unwrap() = url.query_pairs().into_owned().collect();
                let page = "HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\nthe client's own page";
                stream.write_all(page.as_bytes()).await.unwrap();
            }
        });
        Self { uri, answer }
    }

    pub(crate) fn uri(&self) -> String {
        self.uri.clone()
    }

    pub(crate) fn answer(&self) -> HashMap<String, String> {
        self.answer.lock().unwrap().clone()
    }
}
