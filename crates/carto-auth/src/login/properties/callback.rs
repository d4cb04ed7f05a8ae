//! What holds for whatever a browser asks for while a sign-in waits.

use std::cell::OnceCell;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use super::{STATE, decoded, metadata, unknown};
use crate::canary::{check_error, check_secrecy};
use crate::grant;
use crate::login::callback::{Callback, NotOurs, read};
use crate::login::connection::{self, Desk};
use crate::login::listener::Reply;
use crate::login::page::Page;
use crate::secret::Secret;

/// Only the answer to this sign-in ends it, and nothing of a request comes back.
pub(crate) fn callback(request: &[u8]) {
    let (taken, answer) = visit(request);
    let shown = String::from_utf8_lossy(&answer);
    let status = shown.get(9..12).and_then(|status| status.parse::<u16>().ok());
    check_secrecy(&shown);
    assert!(!shown.contains(STATE), "the state comes back: {shown}");
    match &taken {
        None if is_answer(request) => panic!("an answer that is not taken: {shown}"),
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
    let found = read(&String::from_utf8_lossy(query_of(request)), &other, &metadata());
    assert!(matches!(found, Err(NotOurs::State | NotOurs::Repeated)), "another state: {found:?}");
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
    assert_eq!(values(query, "state"), [STATE]);
    assert!(is_issuer(query));
    match taken {
        Callback::Code(code) => assert_eq!(values(query, "code"), [code.expose()]),
        Callback::Refused(_) => assert!(values(query, "error").iter().any(|error| !error.is_empty())),
    }
}

/// Says whether a request is certainly the answer that is waited for, and as plain as a browser sends it.
fn is_answer(request: &[u8]) -> bool {
    let query = query_of(request);
    let is_plain = query.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%&=+".contains(byte));
    let rest = format!(" HTTP/1.1\r\nHost: localhost:{PORT}\r\n\r\n");
    let plain = [b"GET /callback/?", query, rest.as_bytes()];
    let codes = values(query, "code");
    is_plain
        && request == plain.concat()
        && values(query, "state") == [STATE]
        && codes.len() == 1
        && !codes[0].is_empty()
        && values(query, "error").is_empty()
        && values(query, "error_description").is_empty()
        && is_issuer(query)
}

fn is_issuer(query: &[u8]) -> bool {
    let issuers = values(query, "iss");
    issuers.len() < 2 && issuers.iter().all(|iss| ISSUERS.contains(&&**iss))
}

fn values(query: &[u8], wanted: &str) -> Vec<String> {
    let pairs = query.split(|byte| *byte == b'&').map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        (decoded(&pair[..at]), decoded(pair.get(at + 1..).unwrap_or_default()))
    });
    pairs.filter(|(name, _)| name == wanted).map(|(_, value)| value).collect()
}

fn check_host(request: &[u8]) {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let hosts = text.lines().filter_map(|line| line.strip_prefix("host:")).map(str::trim);
    let ours = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{PORT}"));
    assert!(hosts.clone().any(|host| ours.iter().any(|ours| host == ours)), "another host: {text}");
}

/// What stands behind the `?` of a request's first line.
fn query_of(request: &[u8]) -> &[u8] {
    let line =
        request.trim_ascii_start().split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let target = line.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let target = target.split(|byte| *byte == b'#').next().unwrap_or_default();
    target.iter().position(|byte| *byte == b'?').map_or(b"", |at| &target[at + 1..])
}

thread_local! {
    static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
}

const PORT: u16 = 10000;

/// More than a request takes to be answered.
const TURNS: usize = 16;

/// What CARTO's server may call itself.
const ISSUERS: [&str; 2] = ["https://auth.carto.com", "https://auth.carto.com/"];
