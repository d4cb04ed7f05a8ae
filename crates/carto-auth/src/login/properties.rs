//! What holds for whatever a browser or a person brings.

use std::cell::OnceCell;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use super::callback::{self, Callback, NotOurs};
use super::connection::{self, Desk};
use super::listener::Reply;
use super::page::Page;
use super::paste::{self, Bare, Mistake};
use crate::canary::{CANARY, check_error, check_secrecy, check_words};
use crate::environment::Environment;
use crate::grant::{self, AuthorizationRequest, Metadata};
use crate::secret::Secret;

/// Only the answer to this sign-in ends it, and nothing of a request comes back.
pub(crate) fn callback(request: &[u8]) {
    let (taken, answer) = visit(request);
    let shown = String::from_utf8_lossy(&answer);
    let status = shown.get(9..12).and_then(|status| status.parse::<u16>().ok());
    check_secrecy(&shown);
    assert!(!shown.contains(STATE), "the state comes back: {shown}");
    match &taken {
        None => assert!(status.is_none_or(|status| (400..500).contains(&status) || status == 505), "{shown}"),
        Some(taken) => {
            assert_eq!(status, Some(303));
            assert!(shown.contains("\r\nlocation: /callback/\r\n"), "{shown}");
            assert!(request.trim_ascii_start().starts_with(b"GET "), "another method");
            check_host(request);
            check_taken(taken, query_of(request));
        }
    }
    let other = Secret::new(unknown(request));
    let read = callback::read(&String::from_utf8_lossy(query_of(request)), &other, &metadata());
    assert!(matches!(read, Err(NotOurs::State | NotOurs::Repeated)), "another state: {read:?}");
}

/// What is pasted ends the sign-in only with its state, or as a bare code; a mistake is named and not shown.
pub(crate) fn paste(bytes: &[u8]) {
    let Some((mode, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let bare = if mode % 2 == 0 { Bare::Accepted } else { Bare::Refused };
    let read = paste::read(text, &asked(STATE), &metadata(), bare);
    match &read {
        Ok(Callback::Code(code)) if !holds_state(text) => {
            let code = code.expose();
            assert_eq!(bare, Bare::Accepted);
            assert!((1..=4096).contains(&code.len()) && code.is_ascii() && !code.contains(['?', '&', ' ']));
            assert!(!code.starts_with("eyJ"), "an access token");
        }
        Ok(_) => assert!(holds_state(text), "another state: {read:?}"),
        Err(mistake) => check_mistake(mistake),
    }
    let other = paste::read(text, &asked(&unknown(bytes)), &metadata(), Bare::Refused);
    assert!(other.is_err(), "another state: {other:?}");
    let decorated = paste::read(&format!(" \"{text}\u{200b}\"\r\n"), &asked(STATE), &metadata(), bare);
    assert_eq!(read, decorated, "what copying adds changes it");
}

/// Sends a request to a desk that waits for [`STATE`]; gives the callback that was taken, and the answer.
fn visit(request: &[u8]) -> (Option<Callback>, Vec<u8>) {
    let (sender, mut arrivals) = mpsc::channel(1);
    let desk = Arc::new(Desk::new("/callback/", PORT, "a program", sender));
    desk.expect(Secret::new(STATE), metadata());
    let (mut browser, stream) = tokio::io::duplex(64 * 1024);
    let mut taken = None;
    let visit = async {
        let serving = connection::serve(stream, desk);
        let browsing = async {
            let _ = browser.write_all(request).await;
            // A browser that hangs up too early gets no answer.
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            let _ = browser.shutdown().await;
            let mut answer = Vec::new();
            let _ = browser.read_to_end(&mut answer).await;
            answer
        };
        let program = async {
            if let Some(arrival) = arrivals.recv().await {
                let _ = arrival.reply.send(Reply::Outcome(page_of(&arrival.callback)));
                taken = Some(arrival.callback);
            }
        };
        tokio::join!(serving, browsing, program).1
    };
    let answer = RUNTIME.with(|runtime| {
        let make = || Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.get_or_init(make).block_on(visit)
    });
    (taken, answer)
}

/// The page that shows how it ended; the server's words are text on it, whatever they are.
fn page_of(callback: &Callback) -> Page {
    let Callback::Refused(refusal) = callback else { return Page::signed_in("a program") };
    let error = grant::of_redirect(refusal);
    check_error(&error);
    let page = Page::failed(&error);
    let words = page.html.split_once("<div role=\"status\">").and_then(|(_, rest)| rest.split_once("</div>"));
    let (words, _) = words.expect("what happened");
    let marks = ["<p>", "</p>", "<b>", "</b>", "<code>", "</code>"];
    let bare = marks.iter().fold(words.to_owned(), |text, mark| text.replace(mark, ""));
    assert!(!bare.contains(['<', '>', '"', '\'']), "{words}");
    page
}

fn check_taken(taken: &Callback, query: &[u8]) {
    let values = |wanted: &str| -> Vec<String> {
        let pairs = query.split(|byte| *byte == b'&').map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (decoded(&pair[..at]), decoded(pair.get(at + 1..).unwrap_or_default()))
        });
        pairs.filter(|(name, _)| name == wanted).map(|(_, value)| value).collect()
    };
    assert_eq!(values("state"), [STATE]);
    assert!(matches!(&*values("iss"), [] | [_]));
    assert!(values("iss").iter().all(|iss| iss.trim_end_matches('/') == "https://auth.carto.com"));
    match taken {
        Callback::Code(code) => assert_eq!(values("code"), [code.expose()]),
        Callback::Refused(_) => assert!(values("error").iter().any(|error| !error.is_empty())),
    }
}

fn check_host(request: &[u8]) {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let hosts = text.lines().filter_map(|line| line.strip_prefix("host:")).map(str::trim);
    let ours = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{PORT}"));
    assert!(hosts.clone().any(|host| ours.iter().any(|ours| host == ours)), "another host: {text}");
}

fn check_mistake(mistake: &Mistake) {
    let told = mistake.to_string();
    check_words(&told);
    assert!(told.len() <= 200, "{told}");
    // The host of an address is shown, whatever it is; a token with a `?` behind it is no address.
    let host = if let Mistake::OtherSite(host) = mistake { host.as_str() } else { "" };
    assert!(!host.starts_with("eyj"), "{told}");
    let is_host = host.contains(['.', ':']) || host == "localhost";
    check_secrecy(&if is_host { told.replace(host, "") } else { told }.to_lowercase());
}

/// What stands behind the `?` of a request's first line.
fn query_of(request: &[u8]) -> &[u8] {
    let line =
        request.trim_ascii_start().split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let target = line.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let target = target.split(|byte| *byte == b'#').next().unwrap_or_default();
    target.iter().position(|byte| *byte == b'?').map_or(b"", |at| &target[at + 1..])
}

fn holds_state(text: &str) -> bool {
    decoded(paste::strip(text).as_bytes()).contains(&format!("state={STATE}"))
}

/// Percent-decoding as it is taught, and not as the product does it.
fn decoded(bytes: &[u8]) -> String {
    let (mut found, mut rest) = (Vec::new(), bytes);
    while let Some((first, others)) = rest.split_first() {
        let digits = others.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let code = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        let (byte, taken) = match (first, code) {
            (b'%', Some(code)) => (code, 3),
            (b'+', _) => (b' ', 1),
            _ => (*first, 1),
        };
        found.push(byte);
        rest = &rest[taken..];
    }
    String::from_utf8_lossy(&found).into_owned()
}

/// A state that nobody could write into these bytes.
fn unknown(bytes: &[u8]) -> String {
    format!("{:x}", u128::from_be_bytes(Sha256::digest(bytes)[..16].try_into().expect("16 bytes")))
}

fn asked(state: &str) -> AuthorizationRequest {
    AuthorizationRequest {
        link: String::new(),
        state: Secret::new(state),
        verifier: Secret::new(CANARY),
        redirect_uri: "https://app.carto.com/auth/token".into(),
    }
}

fn metadata() -> Metadata {
    Metadata::assumed(&Environment::default())
}

thread_local! {
    static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
}

/// Short, so that the fuzzer keeps it whole more often.
const STATE: &str = "sTaTe";

const PORT: u16 = 10000;

/// More than a request takes to be answered.
const TURNS: usize = 16;
