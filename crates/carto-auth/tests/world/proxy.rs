//! A proxy that lets everybody through to one place, or nobody.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
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

    /// A SOCKS proxy (RFC 1928) that leads to this port, with the password of `me` (RFC 1929).
    pub async fn socks(behind: u16, password: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve_socks(stream, behind, password, Arc::clone(&heard)));
            }
        });
        Self { port, heads }
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

/// Whoever asks for no password is turned away, as is whoever has another one.
async fn serve_socks(
    mut stream: TcpStream,
    behind: u16,
    password: &str,
    heads: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let (_, methods) = (stream.read_u8().await?, read_text(&mut stream).await?);
    if !methods.contains('\u{2}') {
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, 2]).await?;
    stream.read_u8().await?;
    let (user, own) = (read_text(&mut stream).await?, read_text(&mut stream).await?);
    let is_known = user == "me" && own == password;
    stream.write_all(&[1, u8::from(!is_known)]).await?;
    if !is_known {
        return Ok(());
    }
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let host = match head[3] {
        3 => read_text(&mut stream).await?,
        _ => stream.read_u32().await?.to_string(),
    };
    let port = stream.read_u16().await?;
    heads.lock().expect("whole").push(format!("{host}:{port}"));
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    let mut there = TcpStream::connect(("127.0.0.1", behind)).await?;
    copy_bidirectional(&mut stream, &mut there).await.map(drop)
}

/// Text with its length in the byte before.
async fn read_text(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut text = vec![0; stream.read_u8().await?.into()];
    stream.read_exact(&mut text).await?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
