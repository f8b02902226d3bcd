//! How a connection flows: which byte came when, and what is waited for. A connection that waits too long is ended.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Version;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What the requests of a connection tell its bytes.
#[derive(Debug)]
pub(super) struct Flow {
    began: Instant,
    headers: Duration,
    idle: Duration,
    under_way: AtomicUsize,
    /// Frames of HTTP/2 come without requests too; there only silence ends a connection.
    is_http2: AtomicBool,
    /// Milliseconds after the beginning at which the headers of the next request began; `NONE` between requests.
    headers_since: AtomicU64,
    last_byte: AtomicU64,
}

const NONE: u64 = u64::MAX;

/// A request under way, until its answer begins.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Flow>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Flow {
    /// The first request has to come as fast as if its first byte were here.
    pub fn new(headers: Duration, idle: Duration) -> Self {
        Self {
            began: Instant::now(),
            headers,
            idle,
            under_way: AtomicUsize::new(0),
            is_http2: AtomicBool::new(false),
            headers_since: AtomicU64::new(0),
            last_byte: AtomicU64::new(0),
        }
    }

    /// The headers of a request are complete.
    pub fn begin(self: &Arc<Self>, version: Version) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        self.headers_since.store(NONE, Ordering::Release);
        if version == Version::HTTP_2 {
            self.is_http2.store(true, Ordering::Release);
        }
        UnderWay(Arc::clone(self))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(NONE)
    }

    fn read(&self) {
        let now = self.now_ms();
        self.last_byte.store(now, Ordering::Release);
        if self.under_way.load(Ordering::Acquire) == 0 && !self.is_http2.load(Ordering::Acquire) {
            // Only the first byte of the headers starts their clock.
            let _ = self.headers_since.compare_exchange(NONE, now, Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    fn written(&self) {
        self.last_byte.store(self.now_ms(), Ordering::Release);
    }

    /// Until when the next byte has to come.
    fn deadline(&self) -> Instant {
        let at = |ms: u64, wait: Duration| {
            let since = self.began.checked_add(Duration::from_millis(ms)).unwrap_or(self.began);
            since.checked_add(wait).unwrap_or(since)
        };
        let silence = at(self.last_byte.load(Ordering::Acquire), self.idle);
        match self.headers_since.load(Ordering::Acquire) {
            NONE => silence,
            since => silence.min(at(since, self.headers)),
        }
    }
}

/// A stream whose bytes are watched.
pub(super) struct Watched<S> {
    stream: S,
    flow: Arc<Flow>,
    timer: Pin<Box<Sleep>>,
}

impl<S> Watched<S> {
    pub fn new(stream: S, flow: Arc<Flow>) -> Self {
        let timer = Box::pin(tokio::time::sleep_until(flow.deadline()));
        Self { stream, flow, timer }
    }

    /// Ready with an error once the deadline has passed. The timer is set anew only when it rings: bytes just move the deadline.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let deadline = self.flow.deadline();
            if deadline <= Instant::now() {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.timer.as_mut().reset(deadline);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Pending => this.poll_late(cx).map(Err),
            Poll::Ready(result) => {
                if buf.filled().len() > before {
                    this.flow.read();
                }
                Poll::Ready(result)
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    fn wrote(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => self.poll_late(cx).map(Err),
            done @ Poll::Ready(_) => {
                self.flow.written();
                done
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.wrote(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.wrote(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_flush(cx) {
            Poll::Pending => this.poll_late(cx).map(Err),
            done @ Poll::Ready(_) => done,
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_shutdown(cx) {
            Poll::Pending => this.poll_late(cx).map(Err),
            done @ Poll::Ready(_) => done,
        }
    }
}
