//! TLS with real certificates: what is spoken, the exchange of certificates under load, clients that say nothing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use common::TestApp;
use durable::task::Tasks;
use everlit::config::Tls;
use everlit::door::{Connections, Door, Speech};
use everlit::tls::{Certificates, Files, days_left};
use kernel::{Clock, ManualClock, SystemClock, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Client, StatusCode, Version};
use rustls::pki_types::{CertificateDer, ServerName};
use testkit::{TestDb, db_test, until};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// An authority of our own.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A certificate for this machine that ends in that year: its PEM and that of its key.
    fn issue(&self, year: i32) -> (String, String) {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 6, 1);
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.0).unwrap();
        (cert.pem(), key.serialize_pem())
    }

    fn client(&self) -> Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root = reqwest::Certificate::from_der(&self.der()).unwrap();
        Client::builder().tls_certs_only([root]).redirect(reqwest::redirect::Policy::none()).build().unwrap()
    }

    /// A handshake of its own: what was negotiated, and the certificate that was shown.
    async fn handshake(
        &self,
        address: SocketAddr,
        versions: &[&'static rustls::SupportedProtocolVersion],
        speeches: &[&str],
    ) -> std::io::Result<(Option<Vec<u8>>, Vec<u8>)> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider);
        let mut config = builder
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = speeches.iter().map(|speech| speech.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        let (_, session) = stream.get_ref();
        let shown = session.peer_certificates().unwrap()[0].to_vec();
        Ok((session.alpn_protocol().map(<[u8]>::to_vec), shown))
    }
}

fn files(folder: &Path) -> Files {
    Files { cert: folder.join("cert.pem"), key: folder.join("key.pem") }
}

fn write(files: &Files, (cert, key): &(String, String)) {
    std::fs::write(&files.cert, cert).unwrap();
    std::fs::write(&files.key, key).unwrap();
}

fn quick() -> Connections {
    Connections {
        headers: Duration::from_millis(400),
        idle: Duration::from_secs(2),
        ..Connections::default()
    }
}

/// A door that answers `lamp`.
async fn open(speech: Speech, connections: Connections, tasks: &Tasks) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door { speech, trusted: Vec::new(), connections };
    let router = Router::new().route("/", get(|| async { "lamp" }));
    let served = tasks.clone();
    tasks.spawn(async move { door.serve(listener, router, &served, Duration::from_secs(5)).await });
    address
}

#[tokio::test]
async fn both_versions_and_both_speeches_are_spoken() {
    let (authority, folder, tasks) = (Authority::new(), tempfile::tempdir().unwrap(), Tasks::default());
    let files = files(folder.path());
    write(&files, &authority.issue(2060));
    let certificates = Certificates::open(files, Arc::new(SystemClock)).unwrap();
    let address = open(Speech::Tls(certificates.server().unwrap()), Connections::default(), &tasks).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for speech in ["h2", "http/1.1"] {
            let (spoken, _) = authority.handshake(address, &[version], &[speech]).await.unwrap();
            assert_eq!(spoken.as_deref(), Some(speech.as_bytes()));
        }
    }
    let answer =
        authority.client().get(format!("https://localhost:{}/", address.port())).send().await.unwrap();
    assert_eq!(answer.version(), Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), "lamp");
    // A client that trusts somebody else, and one that speaks plain HTTP, get nothing.
    assert!(
        Authority::new().client().get(format!("https://localhost:{}/", address.port())).send().await.is_err()
    );
    assert!(authority.client().get(format!("http://localhost:{}/", address.port())).send().await.is_err());
    tasks.stop().await;
}

/// Calls again and again, on kept connections and on new ones, and counts.
fn load(authority: &Authority, url: &str, done: &Arc<AtomicBool>) -> (Arc<AtomicU64>, JoinSet<Vec<String>>) {
    let answered = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for number in 0..6 {
        let (kept, url, done, answered) =
            (authority.client(), url.to_owned(), Arc::clone(done), Arc::clone(&answered));
        let root = reqwest::Certificate::from_der(&authority.der()).unwrap();
        callers.spawn(async move {
            let mut failures = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let fresh = || Client::builder().tls_certs_only([root.clone()]).build().unwrap();
                let client = if number % 2 == 0 { kept.clone() } else { fresh() };
                let said = match client.get(&url).send().await {
                    Ok(answer) => answer.error_for_status().unwrap().text().await,
                    Err(error) => Err(error),
                };
                match said {
                    Ok(text) if text == "lamp" => drop(answered.fetch_add(1, Ordering::Relaxed)),
                    other => failures.push(format!("{other:?}")),
                }
            }
            failures
        });
    }
    (answered, callers)
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_exchanged_under_load_and_no_request_fails() {
    let (authority, folder, tasks) = (Authority::new(), tempfile::tempdir().unwrap(), Tasks::default());
    let files = files(folder.path());
    write(&files, &authority.issue(2060));
    let certificates = Certificates::open(files.clone(), Arc::new(SystemClock)).unwrap();
    // Told before each look at the files.
    let looks = watch::Sender::new(0_u32);
    let mut looked = looks.subscribe();
    let told = move |_| looks.send_modify(|count| *count += 1);
    tasks.spawn_until_stop(Arc::clone(&certificates).watch(Duration::from_millis(20), told));
    let address = open(Speech::Tls(certificates.server().unwrap()), Connections::default(), &tasks).await;
    let url = format!("https://localhost:{}/", address.port());
    let done = Arc::new(AtomicBool::new(false));
    let (answered, callers) = load(&authority, &url, &done);
    let shown = async || authority.handshake(address, rustls::ALL_VERSIONS, &[]).await.unwrap().1;
    let mut seen = vec![shown().await];
    for year in 2061..2066 {
        let before = answered.load(Ordering::Relaxed);
        write(&files, &authority.issue(year));
        until(async || shown().await != *seen.last().unwrap()).await;
        seen.push(shown().await);
        // What cannot be used changes nothing: half a file, another's key, one that has run out.
        let (cert, key) = authority.issue(2070);
        let (_, others) = authority.issue(2070);
        let worn = authority.issue(2021);
        for bad in [(cert[..cert.len() / 2].to_owned(), key), (cert, others), worn] {
            write(&files, &bad);
            // The look under way may have begun before they were written; the one after it has not.
            let before = *looked.borrow_and_update();
            looked.wait_for(|count| *count >= before + 2).await.unwrap();
            assert_eq!(shown().await, *seen.last().unwrap());
        }
        until(async || answered.load(Ordering::Relaxed) > before + 20).await;
    }
    done.store(true, Ordering::Relaxed);
    assert_eq!(callers.join_all().await.concat(), Vec::<String>::new());
    seen.dedup();
    assert_eq!(seen.len(), 6, "each certificate was shown");
    assert_eq!(days_left(certificates.until(), Timestamp::parse_rfc3339("2065-05-30T00:00:00Z").unwrap()), 2);
    tasks.stop().await;
}

#[tokio::test]
async fn clients_that_say_nothing_hold_nobody_up() {
    let (authority, folder, tasks) = (Authority::new(), tempfile::tempdir().unwrap(), Tasks::default());
    let files = files(folder.path());
    write(&files, &authority.issue(2060));
    let certificates = Certificates::open(files, Arc::new(SystemClock)).unwrap();
    let connections = Connections { handshake: Duration::from_millis(300), ..quick() };
    let address = open(Speech::Tls(certificates.server().unwrap()), connections, &tasks).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    let url = format!("https://localhost:{}/", address.port());
    let answer = tokio::time::timeout(Duration::from_millis(250), authority.client().get(url).send()).await;
    assert_eq!(answer.expect("nobody waits for the silent ones").unwrap().status(), StatusCode::OK);
    for mut stream in silent {
        let closed = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut [0; 8])).await.unwrap();
        assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    }
    tasks.stop().await;
}

#[tokio::test]
async fn no_more_connections_are_served_than_there_is_room_for() {
    let tasks = Tasks::default();
    let connections = Connections { most: 2, ..Connections::default() };
    let address = open(Speech::Plain, connections, &tasks).await;
    let ask = async |stream: &mut TcpStream| {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let mut said = [0; 512];
        let count = stream.read(&mut said).await.unwrap();
        String::from_utf8_lossy(&said[..count]).into_owned()
    };
    let (mut one, mut two) =
        (TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap());
    for stream in [&mut one, &mut two] {
        assert!(ask(stream).await.ends_with("lamp"));
    }
    let mut third = TcpStream::connect(address).await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(300), ask(&mut third)).await;
    assert!(waiting.is_err(), "there is no room: {waiting:?}");
    drop(one);
    let mut said = [0; 512];
    let served = tokio::time::timeout(Duration::from_secs(10), third.read(&mut said)).await;
    let count = served.expect("a place was given back").unwrap();
    assert!(String::from_utf8_lossy(&said[..count]).ends_with("lamp"), "what it asked is answered");
    tasks.stop().await;
}

/// Says this and holds the connection; how long it took until the other side closed, and what it said.
async fn hold(address: SocketAddr, text: &str) -> (Duration, String) {
    let began = tokio::time::Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let said = rest(&mut stream, Duration::from_secs(10)).await;
    (began.elapsed(), said)
}

/// Everything up to the end of the connection, which comes in time.
async fn rest(stream: &mut TcpStream, time: Duration) -> String {
    let mut said = Vec::new();
    let _ = timeout(time, stream.read_to_end(&mut said)).await.expect("it is closed");
    String::from_utf8_lossy(&said).into_owned()
}

/// Everything up to the word that ends an answer.
async fn answer(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    while !said.ends_with(b"lamp") {
        let read =
            timeout(Duration::from_secs(10), stream.read_buf(&mut said)).await.expect("it is answered");
        assert_ne!(read.unwrap(), 0, "closed before the end of the answer");
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn headers_without_an_end_end_the_connection_and_a_quiet_one_may_stay_a_while() {
    let tasks = Tasks::default();
    let address = open(Speech::Plain, quick(), &tasks).await;
    let (took, said) = hold(address, "GET / HTTP/1.1\r\nHost: x\r\n").await;
    assert!(took < Duration::from_millis(1_500), "the headers have to come to an end: {took:?}");
    assert!(!said.contains("200 OK"));
    let (took, _) = hold(address, "").await;
    assert!(took < Duration::from_millis(1_500), "the first request has to come: {took:?}");
    let (took, said) = hold(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(said.contains("200 OK"));
    assert!(took >= Duration::from_millis(1_900), "between requests a connection may rest: {took:?}");
    tasks.stop().await;
}

#[tokio::test]
async fn stopping_ends_quiet_connections_at_once_and_lets_requests_end() {
    let tasks = Tasks::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door { speech: Speech::Plain, trusted: Vec::new(), connections: Connections::default() };
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let parked = {
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        async move || {
            entered.notify_one();
            leave.notified().await;
            "lamp"
        }
    };
    let router = Router::new().route("/", get(|| async { "lamp" })).route("/parked", get(parked));
    let served = tasks.clone();
    tasks.spawn(async move { door.serve(listener, router, &served, Duration::from_secs(10)).await });
    let mut quiet = TcpStream::connect(address).await.unwrap();
    quiet.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(answer(&mut quiet).await.contains("200 OK"));
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(b"GET /parked HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    timeout(Duration::from_secs(10), entered.notified()).await.expect("the handler is entered");
    let stop = async {
        // While the other is still being answered.
        assert_eq!(rest(&mut quiet, Duration::from_secs(2)).await, "");
        leave.notify_one();
        assert!(rest(&mut busy, Duration::from_secs(10)).await.ends_with("lamp"));
    };
    tokio::join!(tasks.stop(), stop);
}

#[db_test]
async fn a_whole_counter_over_tls_says_how_long_its_certificate_holds(t: TestDb) {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let files = files(folder.path());
    write(&files, &authority.issue(2060));
    let redirect = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let app = TestApp::start_with(t, |config| {
        config.public_url = config.public_url.replace("http://127.0.0.1", "https://localhost");
        config.tls = Some(Tls { files, redirect: Some(redirect) });
    })
    .await;
    let client = authority.client();
    let url = &app.config.public_url;
    let page = client.get(format!("{url}/login")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let header = |name: &str| page.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("strict-transport-security").as_deref(), Some("max-age=31536000; includeSubDomains"));
    assert!(
        header("set-cookie").unwrap().starts_with("__Host-")
            && header("set-cookie").unwrap().contains("Secure")
    );
    let days = days_left(Timestamp::parse_rfc3339("2060-06-01T00:00:00Z").unwrap(), app.t.cx.now());
    assert!(days > 10_000);
    until(async || {
        let ready = client.get(format!("{url}/health/ready")).send().await.unwrap().text().await.unwrap();
        ready.contains(&format!("\"certificate_days_left\":{days}"))
    })
    .await;
    let plain = client
        .get(format!("http://{redirect}/orders?x=1"))
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(plain.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(plain.headers()["location"].to_str().unwrap(), format!("{url}/orders?x=1"));
    let told = client.get(format!("http://{redirect}/api/v1/orders")).send().await.unwrap();
    assert_eq!(told.status(), StatusCode::FORBIDDEN);
    app.tasks.stop().await;
}

#[test]
fn the_end_of_a_certificate_is_read_from_it() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let files = files(folder.path());
    // Up to 2049 the year has two digits, then four.
    for year in [2030, 2049, 2050, 2099] {
        write(&files, &authority.issue(year));
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::default()));
        let certificates = Certificates::open(files.clone(), clock).unwrap();
        assert_eq!(certificates.until().to_rfc3339(), format!("{year}-06-01T00:00:00.000Z"));
    }
}
