//! A real HTTP server that keeps what it was sent and answers what it is told.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) target: String,
    /// Names in lower case.
    pub(super) fields: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// An answer: its status line's end and fields, and its body in pieces.
pub(super) struct Reply {
    head: String,
    pieces: Vec<Vec<u8>>,
}

pub(super) fn reply(status: u16, fields: &[&str], body: &str) -> Reply {
    in_pieces(status, fields, &[body.as_bytes()])
}

/// Each piece is a chunk of its own, sent by itself.
pub(super) fn in_pieces(status: u16, fields: &[&str], pieces: &[&[u8]]) -> Reply {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    Reply {
        head: format!(
            "HTTP/1.1 {status} X\r\n{fields}transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        ),
        pieces: pieces.iter().map(|piece| piece.to_vec()).collect(),
    }
}

/// A server on loopback.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers each request with what `answer` makes of it and of its number, from 0.
    pub(super) async fn start(
        answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (seen.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, answer) = (kept.clone(), answer.clone());
                tokio::spawn(async move {
                    let request = read(&mut stream).await?;
                    let number = {
                        let mut kept = kept.lock().unwrap();
                        kept.push(request.clone());
                        kept.len() - 1
                    };
                    write(&mut stream, answer(&request, number)).await
                });
            }
        });
        Server { address, seen }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn write(stream: &mut TcpStream, reply: Reply) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(reply.head.as_bytes()).await?;
    for piece in reply.pieces.iter().filter(|piece| !piece.is_empty()) {
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(piece);
        chunk.extend_from_slice(b"\r\n");
        stream.write_all(&chunk).await?;
        stream.flush().await?;
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    stream.write_all(b"0\r\n\r\n").await
}

/// Reads one request whole, in whichever framing it comes.
async fn read(stream: &mut TcpStream) -> io::Result<Seen> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(seen) = parse(&bytes) {
            return Ok(seen);
        }
        match stream.read(&mut buffer).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => bytes.extend_from_slice(&buffer[..n]),
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Seen> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let body = &bytes[end + 4..];
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let mut seen = Seen {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        ..Seen::default()
    };
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        seen.fields.insert(name.to_lowercase(), value.to_owned());
    }
    if seen.field("transfer-encoding") == "chunked" {
        seen.body = dechunked(body)?;
        return Some(seen);
    }
    let length: usize = seen.field("content-length").parse().unwrap_or(0);
    seen.body = String::from_utf8_lossy(body.get(..length)?).into_owned();
    Some(seen)
}

fn dechunked(mut bytes: &[u8]) -> Option<String> {
    let mut out = Vec::new();
    loop {
        let end = bytes.windows(2).position(|w| w == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?, 16).ok()?;
        let chunk = bytes.get(end + 2..end + 2 + size)?;
        if size == 0 {
            return bytes
                .ends_with(b"\r\n\r\n")
                .then(|| String::from_utf8_lossy(&out).into_owned());
        }
        out.extend_from_slice(chunk);
        bytes = bytes.get(end + 2 + size + 2..)?;
    }
}
