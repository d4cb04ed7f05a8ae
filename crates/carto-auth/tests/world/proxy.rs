//! A proxy that lets everybody through to one place, or nobody.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

pub struct Proxy {
    pub port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Every tunnel leads to this port of this machine, whatever host it was asked for.
    pub async fn to(port: u16) -> Self {
        Self::start(Some(port)).await
    }

    /// It wants another password (407).
    pub async fn that_refuses() -> Self {
        Self::start(None).await
    }

    /// What it was asked, without what went through.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("whole").clone()
    }

    async fn start(behind: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, behind, Arc::clone(&heard)));
            }
        });
        Self { port, heads }
    }
}

async fn serve(
    stream: TcpStream,
    behind: Option<u16>,
    heads: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await? > 0 {}
    heads.lock().expect("whole").push(head);
    let Some(port) = behind else {
        return stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            .await;
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let mut there = TcpStream::connect(("127.0.0.1", port)).await?;
    copy_bidirectional(&mut stream, &mut there).await.map(drop)
}
