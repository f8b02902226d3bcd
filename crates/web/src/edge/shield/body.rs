//! A body that may be neither endless nor slow. What is wrong with it is remembered, because a handler only sees that reading failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

/// What went wrong while a body came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    TooLarge,
    TooSlow,
}

/// Tells what went wrong.
#[derive(Debug, Clone)]
pub(super) struct Watch(Arc<AtomicU8>);

const LARGE: u8 = 1;
const SLOW: u8 = 2;

impl Watch {
    pub fn fault(&self) -> Fault {
        match self.0.load(Ordering::Acquire) {
            LARGE => Fault::TooLarge,
            SLOW => Fault::TooSlow,
            _ => Fault::None,
        }
    }

    fn failed(&self, why: u8) -> axum::Error {
        self.0.store(why, Ordering::Release);
        axum::Error::new(std::io::Error::from(std::io::ErrorKind::InvalidData))
    }
}

/// Where reading stands.
struct Reading {
    stream: axum::body::BodyDataStream,
    left: u64,
    until: Instant,
    watch: Watch,
    ended: bool,
}

impl Reading {
    async fn next(mut self) -> Option<(Result<Bytes, axum::Error>, Self)> {
        if self.ended {
            return None;
        }
        let item = match timeout_at(self.until, self.stream.next()).await {
            Err(_) => Err(self.watch.failed(SLOW)),
            Ok(None) => return None,
            Ok(Some(Err(error))) => Err(error),
            Ok(Some(Ok(bytes))) => {
                let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                match self.left.checked_sub(size) {
                    Some(left) => {
                        self.left = left;
                        Ok(bytes)
                    }
                    None => Err(self.watch.failed(LARGE)),
                }
            }
        };
        self.ended = item.is_err();
        Some((item, self))
    }
}

/// Lets at most `limit` bytes through within `time`. A request without a body stays as it is.
pub(super) fn watch(request: Request, limit: u64, time: Duration) -> (Request, Option<Watch>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let watch = Watch(Arc::default());
    let (parts, body) = request.into_parts();
    let now = Instant::now();
    let until = now.checked_add(time).unwrap_or(now);
    let reading =
        Reading { stream: body.into_data_stream(), left: limit, until, watch: watch.clone(), ended: false };
    let body = Body::from_stream(stream::unfold(reading, Reading::next));
    (Request::from_parts(parts, body), Some(watch))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use axum::body::to_bytes;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio::time::advance;

    use super::*;

    type Part = Result<&'static str, std::io::Error>;

    /// A body of what is put into the channel; it ends when nobody can put anything into it any more.
    fn body(parts: UnboundedReceiver<Part>) -> Request {
        let next = async |mut parts: UnboundedReceiver<Part>| Some((parts.recv().await?, parts));
        Request::new(Body::from_stream(stream::unfold(parts, next)))
    }

    fn sent(texts: &[&'static str]) -> Request {
        let (sender, parts) = unbounded_channel();
        for text in texts {
            sender.send(Ok(*text)).unwrap();
        }
        body(parts)
    }

    async fn read(request: Request, limit: u64, time: Duration) -> (Option<usize>, Fault) {
        let (request, watch) = watch(request, limit, time);
        let bytes = to_bytes(request.into_body(), usize::MAX).await;
        (bytes.ok().map(|bytes| bytes.len()), watch.unwrap().fault())
    }

    #[tokio::test]
    async fn a_body_comes_whole_or_is_refused_for_what_is_wrong_with_it() {
        let long = Duration::from_mins(1);
        assert_eq!(read(sent(&["lamp", "light"]), 9, long).await, (Some(9), Fault::None));
        assert_eq!(read(sent(&["lamp", "light"]), 8, long).await, (None, Fault::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn each_part_in_time_is_not_the_body_in_time() {
        let (sender, parts) = unbounded_channel();
        let mut reading = pin!(read(body(parts), 9, Duration::from_millis(100)));
        for _ in 0..3 {
            sender.send(Ok("l")).unwrap();
            tokio::select! {
                biased;
                early = &mut reading => panic!("{early:?}"),
                () = advance(Duration::from_millis(33)) => {}
            }
        }
        advance(Duration::from_millis(2)).await;
        assert_eq!(reading.await, (None, Fault::TooSlow));
        sender.send(Ok("amp")).unwrap_err();
    }

    #[test]
    fn a_request_without_a_body_is_left_alone() {
        assert!(watch(Request::new(Body::empty()), 0, Duration::ZERO).1.is_none());
    }
}
