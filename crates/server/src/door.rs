//! Where connections come in. Promises: accepting never waits for anybody's handshake; nobody holds a connection by sending nothing, or one
//! byte at a time, or by not reading; one address cannot take all connections; plain HTTP is spoken on this machine and to trusted proxies only.

mod flow;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use durable::task::Tasks;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use shield::Network;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use flow::{Flow, Watched};

/// How many connections there may be, and how long each may do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    pub most: u32,
    /// From one address (IPv6: one /64). This machine and trusted proxies may have all.
    pub per_address: u32,
    pub handshake: Duration,
    /// From the first byte of a request to the end of its headers, and from connecting to the first request.
    pub headers: Duration,
    /// Without a byte in either direction.
    pub idle: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            most: 10_000,
            per_address: 256,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(30),
            idle: Duration::from_secs(75),
        }
    }
}

/// What is spoken at a door.
#[derive(Debug, Clone)]
pub enum Speech {
    Tls(Arc<ServerConfig>),
    /// Plain HTTP with whoever comes: a listener on this machine, or one that only redirects.
    Plain,
    /// Plain HTTP with this machine and trusted proxies; others are told why not.
    PlainWithTrusted,
}

/// One listener's rules.
#[derive(Debug, Clone)]
pub struct Door {
    pub speech: Speech,
    pub trusted: Vec<Network>,
    pub connections: Connections,
}

/// What a stranger is told who speaks plain HTTP where only proxies may.
const STRANGER: &[u8] = b"HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 64\r\nconnection: close\r\n\r\nPlain HTTP is served to trusted proxies only (trusted_proxies).\n";
/// Pause after a failed accept, for example when there are no file descriptors left.
const PAUSE: Duration = Duration::from_millis(50);
/// Streams side by side in one HTTP/2 connection.
const STREAMS: u32 = 128;
const HTTP2_HEADER_BYTES: u32 = 32 * 1_024;
const HTTP1_BUFFER_BYTES: usize = 64 * 1_024;
const PING_EVERY: Duration = Duration::from_secs(20);

/// How many connections each address has.
type Taken = Arc<Mutex<HashMap<Network, u32>>>;

/// A connection's place; given back when dropped.
struct Place(Option<(Taken, Network)>);

impl Drop for Place {
    fn drop(&mut self) {
        let Some((taken, network)) = self.0.take() else { return };
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&network);
            }
        }
    }
}

impl Door {
    fn is_trusted(&self, address: IpAddr) -> bool {
        address.to_canonical().is_loopback() || self.trusted.iter().any(|network| network.contains(address))
    }

    /// A place for a connection from there; `None` when that address has enough of them.
    fn place(&self, taken: &Taken, address: IpAddr) -> Option<Place> {
        if self.is_trusted(address) {
            return Some(Place(None));
        }
        let network = Network::customer(address);
        let mut counts = taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= self.connections.per_address {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Place(Some((Arc::clone(taken), network))))
    }

    /// Answers until `tasks` stop, then lets requests under way end, for `drain` at most.
    pub async fn serve(self, listener: TcpListener, router: Router, tasks: &Tasks, drain: Duration) {
        let stop = tasks.stopping().clone();
        let cut = CancellationToken::new();
        let most = self.connections.most;
        let room = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS)));
        let door = Arc::new(self);
        let taken = Taken::default();
        loop {
            let next = async {
                let room = Arc::clone(&room).acquire_owned().await;
                (room, listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                next = next => next,
                () = stop.cancelled() => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "accept");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let Some(place) = door.place(&taken, peer.ip()) else {
                metrics::counter!("everlit_connections_refused_total").increment(1);
                continue;
            };
            let (door, router, stop, cut) = (Arc::clone(&door), router.clone(), stop.clone(), cut.clone());
            tasks.spawn(async move {
                door.welcome(stream, peer, router, &stop, &cut).await;
                drop((permit, place));
            });
        }
        drop(listener);
        if tokio::time::timeout(drain, room.acquire_many(most)).await.is_err() {
            tracing::warn!("some requests did not end in time");
        }
        cut.cancel();
    }

    async fn welcome(
        &self,
        mut stream: TcpStream,
        peer: SocketAddr,
        router: Router,
        stop: &CancellationToken,
        cut: &CancellationToken,
    ) {
        // Answers are written in one go; waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        match &self.speech {
            Speech::PlainWithTrusted if !self.is_trusted(peer.ip()) => {
                metrics::counter!("everlit_connections_refused_total").increment(1);
                let _ = tokio::time::timeout(PAUSE, stream.write_all(STRANGER)).await;
            }
            Speech::Plain | Speech::PlainWithTrusted => self.converse(stream, peer, router, stop, cut).await,
            Speech::Tls(config) => {
                let handshake = TlsAcceptor::from(Arc::clone(config)).accept(stream);
                match tokio::time::timeout(self.connections.handshake, handshake).await {
                    Ok(Ok(stream)) => self.converse(stream, peer, router, stop, cut).await,
                    _ => metrics::counter!("everlit_tls_handshake_failures_total").increment(1),
                }
            }
        }
    }

    async fn converse<S>(
        &self,
        stream: S,
        peer: SocketAddr,
        router: Router,
        stop: &CancellationToken,
        cut: &CancellationToken,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let flow = Arc::new(Flow::new(self.connections.headers, self.connections.idle));
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&flow)));
        let inner = TowerToHyperService::new(router);
        let service = service_fn(move |mut request: Request<Incoming>| {
            let under_way = flow.begin(request.version());
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = inner.call(request.map(Body::new));
            async move {
                let answer = answer.await;
                drop(under_way);
                answer
            }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().max_buf_size(HTTP1_BUFFER_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HTTP2_HEADER_BYTES)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_EVERY);
        let mut connection = pin!(builder.serve_connection(io, service));
        let mut told = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(error, "a connection ended badly");
                    }
                    return;
                }
                () = stop.cancelled(), if !told => {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = cut.cancelled() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
