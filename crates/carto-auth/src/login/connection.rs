//! One connection to the listener, and the desk that decides what it gets.
//!
//! Only `GET` of the callback's path with this sign-in's `state` is an answer; after it, the same path
//! without a query shows how the sign-in ended, so that the code is gone from the address bar. Everything
//! else gets a 4xx.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, HOST, LOCATION};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, mpsc, oneshot};

use super::callback::{self, NotOurs};
use super::listener::{Arrival, Reply};
use super::page::{self, Page};
use crate::grant::Metadata;
use crate::secret::Secret;

/// What all connections of a listener share.
pub(super) struct Desk {
    path: String,
    port: u16,
    program: String,
    expected: Mutex<Option<Expected>>,
    arrivals: mpsc::Sender<Arrival>,
    outcome: Mutex<Option<Page>>,
    delivered: Notify,
}

/// The callback that is waited for; gone once it has come.
struct Expected {
    state: Secret,
    metadata: Metadata,
}

impl Desk {
    pub(super) fn new(path: &str, port: u16, program: &str, arrivals: mpsc::Sender<Arrival>) -> Self {
        Self {
            path: path.to_owned(),
            port,
            program: program.to_owned(),
            expected: Mutex::default(),
            arrivals,
            outcome: Mutex::default(),
            delivered: Notify::new(),
        }
    }

    pub(super) fn expect(&self, state: Secret, metadata: Metadata) {
        *lock(&self.expected) = Some(Expected { state, metadata });
    }

    /// Waits until the page that tells the outcome has been sent.
    pub(super) async fn delivered(&self) {
        self.delivered.notified().await;
    }

    async fn answer(&self, request: &Request<Incoming>, last_page: &AtomicBool) -> Response<Full<Bytes>> {
        if !self.is_our_host(request) {
            return self.not_ours(400, "This address is not the one that is waited at");
        }
        if request.uri().path() != self.path {
            return self.not_ours(404, "There is no such page here");
        }
        if request.method() != Method::GET {
            let mut response = self.not_ours(405, "Only a browser that comes back from CARTO is waited for");
            response.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET"));
            return response;
        }
        match request.uri().query() {
            None | Some("") => {
                let outcome = lock(&self.outcome).clone();
                match outcome {
                    Some(page) => {
                        last_page.store(true, Ordering::Relaxed);
                        respond(&page)
                    }
                    None => self.not_ours(400, "The sign-in that waits here has no answer yet"),
                }
            }
            Some(query) => self.take(query).await,
        }
    }

    /// Takes the callback that is waited for, and waits for what comes of it.
    async fn take(&self, query: &str) -> Response<Full<Bytes>> {
        let read = {
            let mut expected = lock(&self.expected);
            let Some(wanted) = expected.as_ref() else {
                return self.not_ours(404, "The sign-in that waited here has had its answer");
            };
            let read = callback::read(query, &wanted.state, &wanted.metadata);
            if read.is_ok() {
                *expected = None;
            }
            read
        };
        let callback = match read {
            Ok(callback) => callback,
            Err(reason) => {
                tracing::debug!(?reason, "a callback that is not this sign-in's");
                return self.not_ours(400, explain(reason));
            }
        };
        let (reply, replied) = oneshot::channel();
        if self.arrivals.send(Arrival { callback, reply }).await.is_err() {
            return self.not_ours(404, "The sign-in that waited here is over");
        }
        match replied.await {
            Ok(Reply::Outcome(page)) => {
                *lock(&self.outcome) = Some(page);
                redirect(&self.path)
            }
            Ok(Reply::Again(link)) => redirect(&link),
            Err(_) => self.not_ours(404, "The sign-in that waited here is over"),
        }
    }

    /// A page elsewhere can point its own name at this machine; it cannot hide that name (DNS rebinding).
    fn is_our_host(&self, request: &Request<Incoming>) -> bool {
        let Some(host) = request.headers().get(HOST).and_then(|host| host.to_str().ok()) else {
            return false;
        };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port == self.port.to_string() => name,
            None if self.port == 80 => host,
            _ => return false,
        };
        ["localhost", "127.0.0.1", "[::1]"].iter().any(|ours| name.eq_ignore_ascii_case(ours))
    }

    fn not_ours(&self, status: u16, reason: &str) -> Response<Full<Bytes>> {
        tracing::debug!(status, reason, program = self.program, "a request that is not this sign-in's");
        respond(&Page::not_ours(status, reason))
    }
}

/// Serves one connection to its end.
pub(super) async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, desk: Arc<Desk>) {
    let last_page = AtomicBool::new(false);
    let service = service_fn(|request| {
        let (desk, last_page) = (&desk, &last_page);
        async move { Ok::<_, Infallible>(desk.answer(&request, last_page).await) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SLOWEST_REQUEST)
        .keep_alive(false)
        // A request that comes together with the end of its connection would be dropped unheard, code and all.
        .half_close(true)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_REQUEST)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection to the listener ended early");
    }
    if last_page.load(Ordering::Relaxed) {
        desk.delivered.notify_one();
    }
}

fn respond(page: &Page) -> Response<Full<Bytes>> {
    let response =
        page::headers().iter().fold(Response::builder().status(page.status), |response, (name, value)| {
            response.header(*name, value)
        });
    response.body(Full::from(page.html.clone())).unwrap_or_default()
}

/// Sends the browser on, without the code in its address bar or in what it tells others.
fn redirect(place: &str) -> Response<Full<Bytes>> {
    let response = Response::builder().status(303).header(LOCATION, place);
    let headers = page::headers();
    let kept = headers.iter().filter(|(name, _)| *name != "content-type");
    kept.fold(response, |response, (name, value)| response.header(*name, value))
        .body(Full::default())
        .unwrap_or_default()
}

fn explain(reason: NotOurs) -> &'static str {
    match reason {
        NotOurs::State => "This is not the sign-in that is waited for",
        NotOurs::Issuer => "This answer comes from another authorization server",
        NotOurs::Repeated => "This answer says something twice",
        NotOurs::Nothing => "This answer holds neither a code nor an error",
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a client may take to send its request.
const SLOWEST_REQUEST: Duration = Duration::from_secs(10);

const MOST_HEADERS: usize = 100;

const LARGEST_REQUEST: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::environment::Environment;

    #[tokio::test]
    async fn a_browser_names_the_port_unless_it_is_that_of_http() {
        for (port, host, status) in [
            (80, "localhost", 404),
            (80, "127.0.0.1:80", 404),
            (80, "evil.example", 400),
            (10_000, "[::1]:10000", 404),
            (10_000, "localhost", 400),
            (10_000, "localhost:80", 400),
        ] {
            let reply = ask(port, &format!("GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            assert!(reply.starts_with(&format!("HTTP/1.1 {status}")), "{port} {host}: {reply}");
        }
    }

    #[tokio::test]
    async fn whoever_brings_another_answer_is_told_why_it_is_not_taken() {
        for (query, reason) in [
            ("code=c&state=other", "This is not the sign-in that is waited for"),
            (
                "code=c&state=s&iss=https://evil.example",
                "This answer comes from another authorization server",
            ),
            ("code=c&code=c&state=s", "This answer says something twice"),
            ("state=s", "This answer holds neither a code nor an error"),
        ] {
            let request = format!("GET /callback/?{query} HTTP/1.1\r\nHost: localhost:10000\r\n\r\n");
            let reply = ask(10_000, &request).await;
            assert!(reply.starts_with("HTTP/1.1 400") && reply.contains(reason), "{query}: {reply}");
        }
    }

    /// What a desk on this port, where the answer to the state `s` is waited for, answers to this request.
    async fn ask(port: u16, request: &str) -> String {
        let (arrivals, _nobody) = mpsc::channel(1);
        let desk = Desk::new("/callback/", port, "a program", arrivals);
        desk.expect(Secret::new("s"), Metadata::assumed(&Environment::default()));
        let (mut browser, ours) = tokio::io::duplex(LARGEST_REQUEST);
        browser.write_all(request.as_bytes()).await.expect("sent");
        let mut reply = String::new();
        let (read, ()) = tokio::join!(browser.read_to_string(&mut reply), serve(ours, Arc::new(desk)));
        read.expect("an answer");
        reply
    }
}
