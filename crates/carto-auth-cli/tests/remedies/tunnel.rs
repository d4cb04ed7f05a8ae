//! A proxy that leads every tunnel to one port of this machine, if it knows who asks; and jobs far away, which need one.
//!
//! It ends with the test's process.

use std::io::{BufRead as _, BufReader, Write as _, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::desk::Desk;
use crate::tls::certificate;

pub(crate) struct Tunnel {
    port: u16,
    leads_to: Arc<AtomicU16>,
}

impl Tunnel {
    /// One for everybody, or for whoever gives a user's name and password.
    pub(crate) fn to(port: u16, user: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tunnel =
            Self { port: listener.local_addr().unwrap().port(), leads_to: Arc::new(AtomicU16::new(port)) };
        let leads_to = Arc::clone(&tunnel.leads_to);
        let wanted = user.map(|user| format!("basic {}", STANDARD.encode(user)));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (port, wanted) = (leads_to.load(Ordering::SeqCst), wanted.clone());
                std::thread::spawn(move || serve(stream, port, wanted.as_deref()));
            }
        });
        tunnel
    }

    /// Another server is behind it from now on.
    pub(crate) fn turn_to(&self, port: u16) {
        self.leads_to.store(port, Ordering::SeqCst);
    }

    /// Its address, with the name and password of a user where there is one.
    pub(crate) fn address(&self, user: &str) -> String {
        let at = if user.is_empty() { "" } else { "@" };
        format!("http://{user}{at}127.0.0.1:{}", self.port)
    }
}

fn serve(stream: TcpStream, port: u16, wanted: Option<&str>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let told = head.lines().find(|line| line.to_lowercase().starts_with("proxy-authorization:"));
    let is_known = wanted.is_none_or(|wanted| {
        told.is_some_and(|line| {
            let (kind, rest) = line.split_at(line.rfind(' ').unwrap_or_default());
            let (wanted_kind, wanted_rest) = wanted.split_at(wanted.find(' ').unwrap());
            kind.to_lowercase().ends_with(wanted_kind) && rest == wanted_rest
        })
    });
    let mut stream = stream.into_inner();
    if !is_known {
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        return stream.write_all(refusal).ok();
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let there = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let (mut from, mut into) = (stream.try_clone().ok()?, there.try_clone().ok()?);
    std::thread::spawn(move || {
        let _ = copy(&mut from, &mut into);
        let _ = into.shutdown(Shutdown::Write);
    });
    let mut there = there;
    let _ = copy(&mut there, &mut stream);
    stream.shutdown(Shutdown::Write).ok()
}

/// A desk of a job that signs in at this address, with one authority to trust.
pub(crate) fn far_away(url: &str, trusted: &str) -> Desk {
    let mut desk = Desk::of_job();
    desk.set("CARTO_M2M_CLIENT_SECRET", "a-secret");
    desk.set("CARTO_API_BASE_URL", "https://api.example.com");
    desk.set("CARTO_AUTH_URL", url);
    desk.set("SSL_CERT_FILE", certificate(trusted));
    desk
}

/// A name that only a proxy can reach; `server` and `expired` have it in their certificates.
pub(crate) const FAR: &str = "https://auth.example.com";
