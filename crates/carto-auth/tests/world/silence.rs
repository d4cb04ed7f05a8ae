//! Servers that say nothing, or too little.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};

/// A black hole: whoever connects to it hears nothing, as the queue of those before them is full.
pub struct BlackHole {
    pub port: u16,
    _listener: TcpListener,
    _before: Vec<TcpStream>,
}

impl BlackHole {
    pub fn open() -> Self {
        Self::at(0)
    }

    /// One at this port, where somebody was before.
    pub fn at(port: u16) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("a socket that is used again");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], port))).expect("a port");
        let listener = socket.listen(0).expect("listens");
        let address = listener.local_addr().expect("an address");
        let mut before = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
            before.push(stream);
            assert!(before.len() < 100, "the queue is never full");
        }
        Self { port: address.port(), _listener: listener, _before: before }
    }
}

/// A port that takes every request, says this at once, and then a byte of the rest each second.
pub async fn trickle(at_once: &'static str, rest: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                // Something of the request is enough.
                stream.read_u8().await?;
                stream.write_all(at_once.as_bytes()).await?;
                for byte in rest.bytes() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    stream.write_all(&[byte]).await?;
                }
                std::future::pending::<std::io::Result<()>>().await
            });
        }
    });
    port
}
