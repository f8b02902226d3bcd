//! TLS in the binary. Promises: TLS 1.2 and 1.3 with ring; certificates are exchanged while requests run and none of them fails; files that
//! cannot be used leave the old certificate in place and an error in the log.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use kernel::{Clock, Timestamp};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::Failure;

/// How often the files are looked at.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// PEM: the certificate of this server first, then those between it and the authority.
    pub cert: PathBuf,
    /// PEM: PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// The certificate as it is used.
#[derive(Debug)]
struct Loaded {
    key: Arc<CertifiedKey>,
    until: Timestamp,
}

/// Size and time of both files: another pair means that somebody wrote them.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// The certificate of this server, which can be exchanged.
#[derive(Debug)]
pub struct Certificates {
    files: Files,
    clock: Arc<dyn Clock>,
    current: ArcSwap<Loaded>,
    seen: Mutex<Stamp>,
}

impl Certificates {
    /// Reads the files. A certificate that has run out is served all the same, with an error in the log: a warning in browsers is better
    /// than no service, and the exchange is watched for.
    pub fn open(files: Files, clock: Arc<dyn Clock>) -> Result<Arc<Self>, Failure> {
        let seen = stamp(&files);
        let loaded = load(&files)?;
        if loaded.until <= clock.now() {
            tracing::error!(until = loaded.until.to_rfc3339(), "the certificate has run out");
        }
        Ok(Arc::new(Self { files, clock, current: ArcSwap::from_pointee(loaded), seen: Mutex::new(seen) }))
    }

    /// When the certificate runs out.
    pub fn until(&self) -> Timestamp {
        self.current.load().until
    }

    /// What a listener needs: HTTP/2 and HTTP/1.1 over TLS 1.3 and 1.2.
    pub fn server(self: &Arc<Self>) -> Result<Arc<ServerConfig>, Failure> {
        let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config =
            builder.with_protocol_versions(&versions)?.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = ring::Ticketer::new()?;
        Ok(Arc::new(config))
    }

    /// Takes the files as they are now. New handshakes get the new certificate; connections go on with theirs.
    pub fn reload(&self) -> Result<(), Failure> {
        *self.seen() = stamp(&self.files);
        let new = load(&self.files)?;
        let now = self.clock.now();
        if new.until <= now && self.until() > now {
            return Err(format!("the new certificate ran out at {}", new.until.to_rfc3339()).into());
        }
        self.current.store(Arc::new(new));
        Ok(())
    }

    /// Whether the files are not those that were read last.
    fn is_changed(&self) -> bool {
        stamp(&self.files) != *self.seen()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Stamp> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches the files, and SIGHUP, for as long as the process runs; tells `told` when the certificate runs out.
    pub async fn watch(self: Arc<Self>, every: Duration, told: impl Fn(Timestamp) + Send) {
        let mut hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok();
        loop {
            told(self.until());
            let days = i32::try_from(days_left(self.until(), self.clock.now())).unwrap_or(i32::MAX);
            metrics::gauge!("everlit_tls_certificate_days_left").set(f64::from(days));
            let asked = async {
                match &mut hangup {
                    Some(signal) => drop(signal.recv().await),
                    None => std::future::pending().await,
                }
            };
            let is_asked = tokio::select! {
                () = asked => true,
                () = tokio::time::sleep(every) => false,
            };
            if !is_asked && !self.is_changed() {
                continue;
            }
            match self.reload() {
                Ok(()) => tracing::info!(until = self.until().to_rfc3339(), "the certificate was exchanged"),
                Err(error) => {
                    metrics::counter!("everlit_tls_reload_failures_total").increment(1);
                    tracing::error!(%error, "the new certificate cannot be used; the old one stays");
                }
            }
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.load().key))
    }
}

/// Whole days until then; negative when it is over.
pub fn days_left(until: Timestamp, now: Timestamp) -> i64 {
    until.since(now).as_secs().div_euclid(86_400)
}

/// Whether anybody but its owner may read the key.
pub fn is_exposed(key: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(key).is_ok_and(|data| data.permissions().mode() & 0o007 != 0)
}

fn stamp(files: &Files) -> Stamp {
    [&files.cert, &files.key].map(|path| {
        let data = std::fs::metadata(path).ok()?;
        Some((data.modified().ok()?, data.len()))
    })
}

fn load(files: &Files) -> Result<Loaded, Failure> {
    let said = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .map_err(|error| said(&files.cert, &error))?;
    let first = chain.first().ok_or_else(|| said(&files.cert, &"holds no certificate"))?;
    let until = not_after(first).ok_or_else(|| said(&files.cert, &"does not say until when it holds"))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| said(&files.key, &error))?;
    let key = CertifiedKey::from_der(chain, key, &ring::default_provider())
        .map_err(|error| format!("{} and {}: {error}", files.cert.display(), files.key.display()))?;
    Ok(Loaded { key: Arc::new(key), until })
}

/// The end of a certificate's validity, straight from its DER:
/// `SEQUENCE { SEQUENCE { [0] version?, serial, algorithm, issuer, SEQUENCE { notBefore, notAfter }, … } … }`.
fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(der)?;
    let (_, mut rest, _) = element(certificate)?;
    let (tag, _, after_version) = element(rest)?;
    if tag == 0xA0 {
        rest = after_version;
    }
    for _ in ["serial", "algorithm", "issuer"] {
        (_, _, rest) = element(rest)?;
    }
    let (_, validity, _) = element(rest)?;
    let (_, _, after_begin) = element(validity)?;
    let (tag, end, _) = element(after_begin)?;
    let text = std::str::from_utf8(end).ok()?;
    // UTCTime has two digits of the year, up to 2049; GeneralizedTime four.
    let text = match tag {
        0x17 if text.get(..2)? < "50" => format!("20{text}"),
        0x17 => format!("19{text}"),
        0x18 => text.to_owned(),
        _ => return None,
    };
    let part = |range: std::ops::Range<usize>| text.get(range);
    let (date, time) =
        ((part(0..4)?, part(4..6)?, part(6..8)?), (part(8..10)?, part(10..12)?, part(12..14)?));
    Timestamp::parse_rfc3339(&format!("{}-{}-{}T{}:{}:{}Z", date.0, date.1, date.2, time.0, time.1, time.2))
}

/// Tag and content of the first DER element, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = der else { return None };
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(*length & 0x7F))?;
        let length = digits
            .iter()
            .try_fold(0_usize, |sum, digit| sum.checked_mul(256)?.checked_add(usize::from(*digit)))?;
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}
