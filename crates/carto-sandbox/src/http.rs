//! A small HTTP client that goes nowhere but loopback: for the browser, and to stop a sandbox.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::control;

pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) async fn get(url: &Url) -> io::Result<Response> {
    send(url, Request::get(target(url)).body(Full::default())).await
}

pub(crate) async fn post_form(url: &Url, form: String) -> io::Result<Response> {
    let request = Request::post(target(url)).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    send(url, request.body(form.into())).await
}

/// A request to a sandbox by whoever started it.
pub(crate) async fn control(url: &Url, method: Method, token: &str) -> io::Result<Response> {
    let request = Request::builder().method(method).uri(target(url)).header(control::HEADER, token);
    send(url, request.body(Full::default())).await
}

async fn send(url: &Url, request: hyper::http::Result<Request<Full<Bytes>>>) -> io::Result<Response> {
    let mut request = request.map_err(io::Error::other)?;
    let authority = url.authority().parse().map_err(io::Error::other)?;
    request.headers_mut().insert(HOST, authority);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(dial(url).await?))
        .await
        .map_err(io::Error::other)?;
    let exchange = async {
        let (head, body) = sender.send_request(request).await.map_err(io::Error::other)?.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Response { status: head.status, headers: head.headers, body })
    };
    let mut connection = std::pin::pin!(connection);
    let mut exchange = std::pin::pin!(exchange);
    tokio::select! {
        biased;
        answer = &mut exchange => return answer,
        // The server closes after an answer that is still to be read.
        _ = &mut connection => {}
    }
    exchange.await
}

/// `localhost` is both loopback addresses in turn, whatever the system resolves it to.
async fn dial(url: &Url) -> io::Result<TcpStream> {
    let addresses: &[IpAddr] = match url.host() {
        Some(Host::Domain("localhost")) => {
            &[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
        }
        Some(Host::Ipv4(address)) if address.is_loopback() => &[IpAddr::V4(address)],
        Some(Host::Ipv6(address)) if address.is_loopback() => &[IpAddr::V6(address)],
        _ => &[],
    };
    let elsewhere = format!("{} is not on loopback over plain http", url.origin().ascii_serialization());
    let mut failure = io::Error::new(io::ErrorKind::InvalidInput, elsewhere);
    if url.scheme() != "http" {
        return Err(failure);
    }
    for address in addresses {
        match TcpStream::connect((*address, url.port().unwrap_or(80))).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn target(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}

const BODY_LIMIT: usize = 8 << 20;
