//! What goes over the wire, byte by byte.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer as it came; all of it is empty where the connection was closed without one.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// The head as it was sent.
    sent: String,
    /// The head, in lower case.
    pub head: String,
    pub body: String,
}

impl Reply {
    fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Self { status, sent: head.to_owned(), head: head.to_lowercase(), body: body.to_owned() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The value of a header, which is named in lower case, in its own case.
    pub fn header_as_sent(&self, name: &str) -> Option<&str> {
        let same = |line: &&str| line.to_lowercase().starts_with(&format!("{name}: "));
        self.sent.lines().find(same).map(|line| &line[name.len() + 2..])
    }

    /// Whether it was turned away, with a word or without one.
    pub fn is_turned_away(&self) -> bool {
        self.status == 0 || (400..500).contains(&self.status)
    }
}

/// Sends these bytes and reads until the other side closes.
pub async fn ask(address: (&str, u16), request: &[u8]) -> Reply {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.expect("somebody listens");
        let (mut reader, mut writer) = stream.split();
        let mut answer = Vec::new();
        // Whoever is turned away may not get to say everything, nor hear everything.
        let (_, _) = tokio::join!(writer.write_all(request), reader.read_to_end(&mut answer));
        Reply::read(&answer)
    };
    tokio::time::timeout(Duration::from_secs(20), talk).await.expect("an answer or an end in time")
}

/// Opens an address without following where it leads.
pub async fn get(address: &str) -> Reply {
    let url = url::Url::parse(address).expect("a URL");
    let (host, port) = (url.host_str().expect("a host"), url.port().expect("a port"));
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
    ask((host, port), request.as_bytes()).await
}
