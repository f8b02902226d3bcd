//! Two carriers of text messages, to try the port for SMS against: they check signatures with code of their own, know which
//! templates were approved and how their placeholders are called, keep to a frequency, and misbehave when told to.
//!
//! ```text
//! POST /   with x-acs-action    Alibaba Cloud's SendSms, see `aliyun`
//! POST /   with x-tc-action     Tencent Cloud's SendSms, see `tencent`
//! ```

mod aliyun;
mod tencent;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode, Uri};
use kernel::{Clock, Duration, Timestamp};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What a client of these carriers is configured with.
#[derive(Debug, Clone)]
pub struct SmsAccount {
    pub key_id: String,
    pub secret: String,
    /// Tencent's SdkAppId.
    pub app_id: String,
    pub sign_name: String,
    /// Approved templates and the names of their placeholders, in order.
    pub templates: BTreeMap<String, Vec<String>>,
}

/// What the next request meets instead of an honest answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsMood {
    /// Not sent, with this code and these words of the carrier.
    Say { code: String, message: String },
    /// Sent, and no answer until the carrier stops.
    Hang,
    /// Sent, and an answer that makes no sense.
    Garbage,
    /// Not sent: a bare 502 of something in between.
    Down,
}

/// A text as it went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentSms {
    /// `OutId`, `SessionContext`: the sender's own number.
    pub id: String,
    /// As the carrier was given it.
    pub to: String,
    pub template: String,
    /// What stands at the placeholders, in order.
    pub values: Vec<String>,
}

/// A number nothing is sent to: Tencent's carrier has it on its black list, Alibaba's calls it no number.
pub const BLACKLISTED: &str = "13000000000";

#[derive(Default)]
struct Desk {
    moods: VecDeque<SmsMood>,
    sent: Vec<SentSms>,
    last: BTreeMap<String, Timestamp>,
    nonces: BTreeSet<String>,
}

struct Inner {
    account: SmsAccount,
    clock: Arc<dyn Clock>,
    desk: Mutex<Desk>,
    stop: CancellationToken,
}

/// The carriers, running until they are dropped.
pub struct SmsCarriers(Arc<Inner>);

impl std::fmt::Debug for SmsCarriers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmsCarriers({})", self.0.account.key_id)
    }
}

impl Drop for SmsCarriers {
    fn drop(&mut self) {
        self.0.stop.cancel();
    }
}

impl SmsCarriers {
    /// Serves on `listener`.
    pub fn start(listener: TcpListener, account: SmsAccount, clock: Arc<dyn Clock>) -> Self {
        let stop = CancellationToken::new();
        let inner = Arc::new(Inner { account, clock, desk: Mutex::default(), stop: stop.clone() });
        let router = Router::new().route("/", post(receive)).with_state(Arc::clone(&inner));
        let serve = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        #[allow(clippy::disallowed_methods, reason = "tied to `SmsCarriers`: stopped by its drop")]
        drop(tokio::spawn(std::future::IntoFuture::into_future(serve)));
        Self(inner)
    }

    /// What the next requests meet, one each; after them all is well again.
    pub fn expect(&self, moods: impl IntoIterator<Item = SmsMood>) {
        self.0.desk().moods.extend(moods);
    }

    /// What went out so far, the oldest first.
    pub fn sent(&self) -> Vec<SentSms> {
        self.0.desk().sent.clone()
    }
}

impl Inner {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the carrier's clock and the sender's are near enough.
    fn is_fresh(&self, at: Timestamp, within: Duration) -> bool {
        let (now, at) = (self.clock.now().as_secs(), at.as_secs());
        now.abs_diff(at) <= u64::try_from(within.as_secs()).unwrap_or(0)
    }
}

/// What a carrier reads before it thinks.
struct Asked<'a> {
    uri: &'a Uri,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

impl Asked<'_> {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Why a text is not sent, in no carrier's words yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum No {
    Number,
    Blacklisted,
    Template,
    Signature,
    Values,
    Frequency,
}

/// One way to be asked and to answer.
trait Dialect {
    /// The shortest time between two texts to one number.
    const EVERY: Duration;

    /// Signature, then content. An error is a code of the carrier: something is wrong before it is about a text.
    fn read(inner: &Inner, asked: &Asked<'_>) -> Result<Wanted, &'static str>;
    /// The answer to such a request.
    fn turn_away(code: &str) -> Response;
    fn taken(wanted: &Wanted) -> Response;
    fn no(no: No) -> Response;
    fn say(code: &str, message: &str) -> Response;
}

/// A request that was understood.
struct Wanted {
    text: SentSms,
    sign_name: String,
    /// The names that came with the values, where the carrier has names.
    names: Option<Vec<String>>,
}

async fn receive(State(inner): State<Arc<Inner>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let asked = Asked { uri: &uri, headers: &headers, body: &body };
    if headers.contains_key("x-acs-action") {
        serve::<aliyun::Aliyun>(&inner, &asked).await
    } else if headers.contains_key("x-tc-action") {
        serve::<tencent::Tencent>(&inner, &asked).await
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

async fn serve<D: Dialect>(inner: &Inner, asked: &Asked<'_>) -> Response {
    let wanted = match D::read(inner, asked) {
        Ok(wanted) => wanted,
        Err(code) => return D::turn_away(code),
    };
    let mood = inner.desk().moods.pop_front();
    match mood {
        Some(SmsMood::Say { code, message }) => return D::say(&code, &message),
        Some(SmsMood::Down) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(SmsMood::Hang | SmsMood::Garbage) | None => {}
    }
    if let Err(no) = judge(inner, &wanted, D::EVERY) {
        return D::no(no);
    }
    match mood {
        Some(SmsMood::Hang) => {
            inner.stop.cancelled().await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Some(SmsMood::Garbage) => (StatusCode::OK, "<html>{\"Code\": \"O").into_response(),
        _ => D::taken(&wanted),
    }
}

/// Sends it, or says why not.
fn judge(inner: &Inner, wanted: &Wanted, every: Duration) -> Result<(), No> {
    let text = &wanted.text;
    let number = text.to.trim_start_matches("+86");
    let mobile = number.len() == 11 && number.starts_with('1') && number.bytes().all(|b| b.is_ascii_digit());
    if !mobile {
        return Err(No::Number);
    }
    if number == BLACKLISTED {
        return Err(No::Blacklisted);
    }
    if wanted.sign_name != inner.account.sign_name {
        return Err(No::Signature);
    }
    let places = inner.account.templates.get(&text.template).ok_or(No::Template)?;
    let filled = wanted.names.as_ref().is_none_or(|names| {
        let (mut names, mut places) = (names.clone(), places.clone());
        names.sort();
        places.sort();
        names == places
    });
    if !filled || text.values.len() != places.len() || text.values.iter().any(String::is_empty) {
        return Err(No::Values);
    }
    let now = inner.clock.now();
    let mut desk = inner.desk();
    if desk.last.get(number).is_some_and(|last| now.since(*last) < every) {
        return Err(No::Frequency);
    }
    desk.last.insert(number.to_owned(), now);
    desk.sent.push(text.clone());
    Ok(())
}
