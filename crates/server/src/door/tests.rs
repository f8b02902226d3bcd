//! Places at the door, and how long somebody may take to speak: the wire is memory and time obeys, so the limits are met exactly.

use axum::routing::get;
use tokio::io::{AsyncReadExt as _, DuplexStream, duplex};
use tokio::task::JoinSet;
use tokio::time::{Instant, advance};

use super::*;

fn door() -> Door {
    let connections = Connections { per_address: 2, ..Connections::default() };
    Door { speech: Speech::PlainWithTrusted, trusted: vec!["10.0.0.0/24".parse().unwrap()], connections }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn one_address_cannot_take_all_places_and_gives_them_back() {
    let (door, taken) = (door(), Taken::default());
    let first = door.place(&taken, ip("192.0.2.7"));
    let second = door.place(&taken, ip("192.0.2.7"));
    assert!(first.is_some() && second.is_some());
    assert!(door.place(&taken, ip("192.0.2.7")).is_none());
    assert!(door.place(&taken, ip("192.0.2.8")).is_some());
    drop(first);
    assert!(door.place(&taken, ip("192.0.2.7")).is_some());
    drop(second);
    assert!(taken.lock().unwrap().is_empty(), "nothing is remembered of who is gone");
}

#[test]
fn a_v6_customer_is_one_and_proxies_are_not_counted() {
    let (door, taken) = (door(), Taken::default());
    let places: Vec<_> = (1..=3).map(|n| door.place(&taken, ip(&format!("2001:db8:1:2::{n}")))).collect();
    assert!(places[0].is_some() && places[1].is_some() && places[2].is_none());
    let proxied: Vec<_> = (0..50).map(|_| door.place(&taken, ip("10.0.0.2"))).collect();
    assert!(proxied.iter().all(Option::is_some));
}

#[test]
fn plain_http_is_for_this_machine_and_trusted_proxies() {
    for (address, trusted) in [
        ("127.0.0.1", true),
        ("::1", true),
        ("::ffff:127.0.0.1", true),
        ("10.0.0.9", true),
        ("::ffff:10.0.0.9", true),
        ("10.0.1.9", false),
        ("192.0.2.7", false),
    ] {
        assert_eq!(door().is_trusted(ip(address)), trusted, "{address}");
    }
}

#[test]
fn a_stranger_is_told_in_a_whole_answer() {
    let text = std::str::from_utf8(STRANGER).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
}

/// Somebody who speaks with a door that answers `lamp`, and what stops the door.
struct Guest {
    wire: DuplexStream,
    stop: CancellationToken,
    _door: JoinSet<()>,
}

impl Guest {
    /// The door knows of them when this returns.
    async fn enter() -> Self {
        let connections = Connections {
            headers: Duration::from_millis(400),
            idle: Duration::from_secs(2),
            ..Connections::default()
        };
        let door = Door { speech: Speech::Plain, trusted: Vec::new(), connections };
        let router = Router::new().route("/", get(async || "lamp"));
        let (wire, far) = duplex(HTTP1_BUFFER_BYTES);
        let (stop, cut) = (CancellationToken::new(), CancellationToken::new());
        let told = stop.clone();
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let mut doors = JoinSet::new();
        doors.spawn(async move { door.converse(far, peer, router, &told, &cut).await });
        tokio::task::yield_now().await;
        Self { wire, stop, _door: doors }
    }

    /// Whether it could still be said.
    async fn say(&mut self, text: &str) -> bool {
        self.wire.write_all(text.as_bytes()).await.is_ok()
    }

    /// Everything the door says until it ends the connection.
    async fn rest(&mut self) -> String {
        let mut said = Vec::new();
        self.wire.read_to_end(&mut said).await.unwrap();
        String::from_utf8_lossy(&said).into_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn headers_that_drip_end_the_connection() {
    let (mut guest, began) = (Guest::enter().await, Instant::now());
    let mut line = "GET / HTTP/1.1\r\n".to_owned();
    let mut number = 0;
    while guest.say(&line).await {
        advance(Duration::from_millis(50)).await;
        number += 1;
        line = format!("X-{number}: y\r\n");
        assert!(began.elapsed() < Duration::from_millis(500), "each byte came in time, the headers did not");
    }
    assert!(began.elapsed() >= Duration::from_millis(400));
    assert!(!guest.rest().await.contains("200 OK"));
}

#[tokio::test(start_paused = true)]
async fn the_first_request_has_to_come_and_between_requests_a_connection_may_rest() {
    let (mut silent, began) = (Guest::enter().await, Instant::now());
    assert_eq!(silent.rest().await, "");
    assert_eq!(began.elapsed(), Duration::from_millis(400));

    let (mut guest, began) = (Guest::enter().await, Instant::now());
    assert!(guest.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await);
    assert!(guest.rest().await.contains("200 OK"));
    assert_eq!(began.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_who_has_said_nothing_at_once() {
    let (mut silent, began) = (Guest::enter().await, Instant::now());
    silent.stop.cancel();
    assert_eq!(silent.rest().await, "");
    assert_eq!(began.elapsed(), Duration::ZERO);
}
