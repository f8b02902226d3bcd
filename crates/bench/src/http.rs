//! A small HTTP/1.1 client: one connection kept open, requests made beforehand, answers read to their end. Small so that what is
//! measured is the server.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Failure;

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    /// Whether it says that nothing ran again.
    pub replayed: bool,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What it is, in one line, for messages.
    pub fn brief(&self) -> String {
        let text: String = self.text().chars().take(300).collect();
        format!("{} {text}", self.status)
    }
}

/// A request, written out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub token: Option<&'a str>,
    pub key: Option<&'a str>,
    pub body: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub const fn get(path: &'a str, token: Option<&'a str>) -> Self {
        Self { method: "GET", path, token, key: None, body: None }
    }

    pub const fn post(path: &'a str, token: &'a str, key: &'a str, body: &'a str) -> Self {
        Self { method: "POST", path, token: Some(token), key: Some(key), body: Some(body) }
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n", self.method, self.path);
        if let Some(token) = self.token {
            out.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if let Some(key) = self.key {
            out.push_str(&format!("Idempotency-Key: {key}\r\n"));
        }
        if let Some(body) = self.body {
            out.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        out.push_str("\r\n");
        out.push_str(self.body.unwrap_or_default());
        out.into_bytes()
    }
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8192) })
    }

    pub async fn send(&mut self, request: &Request<'_>) -> Result<Answer, Failure> {
        self.send_written(&request.write()).await
    }

    pub async fn send_written(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        self.stream.write_all(request).await?;
        let head_end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = Head::read(self.buffer.get(..head_end).unwrap_or_default())?;
        let body = match head.length {
            Some(length) => {
                while self.buffer.len() < head_end + length {
                    self.more().await?;
                }
                let body = self.buffer.get(head_end..head_end + length).unwrap_or_default().to_vec();
                self.buffer.drain(..head_end + length);
                body
            }
            None if head.chunked => {
                self.buffer.drain(..head_end);
                self.chunks().await?
            }
            None => {
                self.buffer.drain(..head_end);
                Vec::new()
            }
        };
        Ok(Answer { status: head.status, replayed: head.replayed, body })
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(at) = find(&self.buffer, b"\r\n") {
                    break at;
                }
                self.more().await?;
            };
            let size = String::from_utf8_lossy(self.buffer.get(..line).unwrap_or_default()).into_owned();
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            let end = line + 2 + size + 2;
            while self.buffer.len() < end {
                self.more().await?;
            }
            body.extend_from_slice(self.buffer.get(line + 2..line + 2 + size).unwrap_or_default());
            self.buffer.drain(..end);
            if size == 0 {
                return Ok(body);
            }
        }
    }

    async fn more(&mut self) -> Result<(), Failure> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(())
    }
}

struct Head {
    status: u16,
    length: Option<usize>,
    chunked: bool,
    replayed: bool,
}

impl Head {
    fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(bytes)?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status line")?.parse()?;
        let mut head = Self { status, length: None, chunked: false, replayed: false };
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Some(value.trim().parse()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.chunked = value.trim().eq_ignore_ascii_case("chunked");
            } else if name.eq_ignore_ascii_case("idempotent-replayed") {
                head.replayed = value.trim() == "true";
            }
        }
        Ok(head)
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
