//! An authorization server behind TLS, which gives anybody a token.
//!
//! Its certificates lie beside it, with the key of the server and without that of the authority that signed
//! them: `server` is for localhost, auth.example.com and 0.0.0.0, `elsewhere` for another name, `expired`
//! for no time any more. `stranger` is an authority that signed none of them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub struct TlsServer {
    pub port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl TlsServer {
    /// A server with one of the certificates, on all addresses of IPv4.
    pub fn with(certificate: &str) -> Self {
        Self::that(certificate, Duration::ZERO, answer)
    }

    /// One that is reached at once, and says nothing for a while before a connection comes about.
    pub fn that_takes(while_it_connects: Duration) -> Self {
        Self::that("server", while_it_connects, answer)
    }

    /// One that takes the request for a token and answers it without TLS, as a box in between may.
    pub fn that_answers_in_the_clear() -> Self {
        Self::that("server", Duration::ZERO, |stream, _| {
            stream.sock.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        })
    }

    fn that(certificate: &str, pause: Duration, answer: Answers) -> Self {
        let config = Arc::new(config(certificate));
        let listener = TcpListener::bind("0.0.0.0:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = Self { port, requests: Arc::default(), connections: Arc::default() };
        let (requests, connections) = (Arc::clone(&server.requests), Arc::clone(&server.connections));
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                *connections.lock().expect("whole") += 1;
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
                let requests = Arc::clone(&requests);
                std::thread::spawn(move || {
                    std::thread::sleep(pause);
                    serve(StreamOwned::new(connection, stream), &requests, answer)
                });
            }
        });
        server
    }

    /// The requests that got through, each with its body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("whole").clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().expect("whole")
    }
}

type Stream = StreamOwned<ServerConnection, TcpStream>;

/// How a request for a token is answered.
type Answers = fn(&mut Stream, &str) -> std::io::Result<()>;

/// The path of a certificate.
pub fn certificate(name: &str) -> String {
    path(&format!("{name}.pem")).display().to_string()
}

fn config(certificate: &str) -> ServerConfig {
    let certificate =
        CertificateDer::from_pem_file(path(&format!("{certificate}.pem"))).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(path("server.key")).expect("a key");
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key")
}

/// One request a connection; whoever does not trust the certificate sends none.
fn serve(stream: Stream, requests: &Mutex<Vec<String>>, answers: Answers) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.to_lowercase();
    let length = length.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    requests.lock().expect("whole").push(head.clone() + &String::from_utf8_lossy(&body));
    let mut stream = stream.into_inner();
    if head.starts_with("POST ") { answers(&mut stream, TOKEN) } else { answer(&mut stream, "") }.ok()
}

/// Answers with this, or that there is nothing.
fn answer(stream: &mut Stream, body: &str) -> std::io::Result<()> {
    let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn path(name: &str) -> PathBuf {
    // The tests of the command stand in this world, too.
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../carto-auth/tests/world/certificates").join(name)
}

const TOKEN: &str = r#"{"access_token":"a-token","token_type":"Bearer","expires_in":3600}"#;
