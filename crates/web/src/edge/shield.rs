//! The gate: what every request passes before a handler sees it, and what is learnt from the answer.
//!
//! In this order: who is kept out; which host was meant; how large it is; how often it came; then the handler, with a body that may not be
//! endless or slow, and a time after which the answer is that it took too long. Refusals get their form like all others (see [`by_form`]).

mod body;
mod class;
mod client;
mod tell;

use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use kernel::{AccountId, RetryAfter};
use shield::{Class, Error, Network, Party, Reading, Signal, UNKNOWN, Verdict};

use super::problem::{self, EdgeError, Refused, Told};
use super::visitor::Visitor;
use crate::app::App;

pub(crate) use client::SpokenFor;
pub use client::{Hosts, address};

/// After a time-out, look again in this many seconds.
const LOOK_AGAIN_SECS: i64 = 5;

/// What the gate knows of a request, for who finds out later whose it is.
#[derive(Debug, Clone)]
struct Counted(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    class: Class,
    account: OnceLock<Reading>,
}

/// The gate itself.
pub async fn gate(
    State((app, hosts)): State<(App, Arc<Hosts>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let ip = client::take_address(&app, &mut request).unwrap_or(UNKNOWN);
    let class = class::of(request.method(), request.uri().path());
    let refused = match app.shield.judge(ip) {
        Verdict::Welcome => None,
        Verdict::Denied => Some(Error::Denied),
        Verdict::BlockedUntil(until) => {
            let after = RetryAfter(until.since(app.cx.now()).as_secs().max(1));
            Some(Error::Blocked { after })
        }
    };
    if let Some(refused) = refused {
        return tell::kept_out(&app, &request, refused);
    }
    if let Err(refused) = well_formed(&app, &hosts, class, &request) {
        if let Refusing::Odd(what, _) = &refused {
            app.shield.note(ip, &Signal::Malformed { what });
        }
        return refused.answer();
    }
    let reading = app.shield.take(class, Party::Address(Network::customer(ip)));
    if let Some(over) = reading.filter(Reading::is_over) {
        let mut response = too_many(over).into_response();
        tell::budget(response.headers_mut(), class, Some(over), None);
        return response;
    }
    let address = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if let Some(pattern) = shield::probe::injection(address) {
        app.shield.note(ip, &Signal::Injection { pattern, path: request.uri().path() });
    }
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let counts = Arc::new(Counts { class, account: OnceLock::new() });
    request.extensions_mut().insert(Counted(Arc::clone(&counts)));
    let mut response = timed(&app, class, request, next).await;
    learn(&app, ip, class, &path, route.as_ref().map(MatchedPath::as_str), &response);
    tell::budget(response.headers_mut(), class, reading, counts.account.get().copied());
    response
}

/// Runs the handler with a watched body and a time limit. A stream is an answer as soon as it begins.
async fn timed(app: &App, class: Class, request: Request, next: Next) -> Response {
    let sizes = *app.shield.sizes();
    let (limit, time) = match class {
        Class::Upload => (sizes.upload_bytes, sizes.upload_time),
        _ => (sizes.body_bytes, sizes.body_time),
    };
    let (request, watch) = body::watch(request, limit, time);
    let time = if watch.is_some() { time.saturating_add(sizes.handler_time) } else { sizes.handler_time };
    let answered = tokio::time::timeout(time, next.run(request)).await;
    let fault = match watch.as_ref().map(body::Watch::fault) {
        Some(body::Fault::TooLarge) => Some(Refused::from(EdgeError::TooLarge)),
        Some(body::Fault::TooSlow) => Some(Refused::from(Error::TooSlow)),
        _ => None,
    };
    match (fault, answered) {
        (Some(fault), _) => {
            let mut response = fault.into_response();
            // What is left of the body is not waited for.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            response
        }
        (None, Ok(response)) => response,
        (None, Err(_)) => {
            metrics::counter!("everlit_shield_timed_out_total", "class" => class.name()).increment(1);
            Refused::from(Error::TimedOut { after: RetryAfter(LOOK_AGAIN_SECS) }).into_response()
        }
    }
}

/// Why a request is refused before anybody looks at what it wants.
enum Refusing {
    /// No browser sends it: a sign of probing.
    Odd(&'static str, Error),
    TooLarge,
}

impl Refusing {
    fn answer(self) -> Response {
        let mut response = match self {
            Self::Odd(_, error) => Refused::from(error).into_response(),
            Self::TooLarge => Refused::from(EdgeError::TooLarge).into_response(),
        };
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

fn well_formed(app: &App, hosts: &Hosts, class: Class, request: &Request) -> Result<(), Refusing> {
    let sizes = app.shield.sizes();
    let headers = request.headers();
    let address_bytes = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    if address_bytes > sizes.address_bytes {
        return Err(Refusing::Odd("long address", Error::AddressTooLong));
    }
    let bytes = headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len()));
    if headers.len() > sizes.headers || bytes.sum::<usize>() > sizes.header_bytes {
        return Err(Refusing::Odd("large headers", Error::HeadersTooLarge));
    }
    // Machines that watch call by address, and nothing they are told leads anywhere.
    if class != Class::Health {
        match hosts.judge(request) {
            client::Host::Ours => {}
            client::Host::Foreign => return Err(Refusing::Odd("foreign host", Error::WrongHost)),
            client::Host::Unclear => return Err(Refusing::Odd("unclear host", Error::Malformed)),
        }
    }
    let limit = if class == Class::Upload { sizes.upload_bytes } else { sizes.body_bytes };
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > limit) { Err(Refusing::TooLarge) } else { Ok(()) }
}

fn too_many(over: Reading) -> Refused {
    Error::TooMany { after: RetryAfter(over.wait_secs) }.into()
}

/// Counts a request for the account or API client it turned out to be of; once a request.
pub fn count_account(
    app: &App,
    extensions: &axum::http::Extensions,
    account: AccountId,
) -> Result<(), Refused> {
    let Some(Counted(counts)) = extensions.get::<Counted>() else { return Ok(()) };
    let Some(reading) = app.shield.take(counts.class, Party::Account(account.raw())) else { return Ok(()) };
    // The first reading is told; a handler that asks twice is counted once more, which does no harm.
    let _ = counts.account.set(reading);
    if reading.is_over() { Err(too_many(reading)) } else { Ok(()) }
}

/// Refusals that mean that a password, a code or another proof was wrong.
const NOT_THEM: &[&str] = &[
    "identity.wrong_credentials",
    "identity.wrong_credentials_wait",
    "identity.sign_in_code_wrong",
    "identity.code_wrong",
    "identity.code_expired",
    "identity.factor_wrong",
    "identity.passkey_refused",
];

/// Passes on how a try to get in as `account` ended, and takes note when the proof was wrong. Called by every way in.
pub fn tried<T, E: Into<Refused>>(
    app: &App,
    visitor: &Visitor,
    account: &str,
    result: Result<T, E>,
) -> Result<T, Refused> {
    result.map_err(|error| {
        let refused = error.into();
        if let (true, Ok(ip)) = (NOT_THEM.contains(&refused.code()), visitor.actor.address.parse()) {
            app.shield.note(ip, &Signal::SignInFailed { account });
        }
        refused
    })
}

/// The same for a factor beside the first, of an account that is known: second factors and fresh proofs are guessed like passwords.
pub fn tried_factor<T, E: Into<Refused>>(
    app: &App,
    visitor: &Visitor,
    account: AccountId,
    result: Result<T, E>,
) -> Result<T, Refused> {
    tried(app, visitor, &account.to_string(), result)
}

/// The same for the second step of unfreezing. Its ticket is made anew each time: what counts is whose it is.
pub fn tried_ticket<T, E: Into<Refused>>(
    app: &App,
    visitor: &Visitor,
    ticket: &str,
    result: Result<T, E>,
) -> Result<T, Refused> {
    match identity::freeze::whose(&app.cx, ticket) {
        Some(account) => tried_factor(app, visitor, account, result),
        None => tried(app, visitor, ticket, result),
    }
}

/// On an answer to a callback: its signature was right and it was taken in. The status says nothing of it, each protocol has its own.
#[derive(Debug, Clone, Copy)]
pub struct SignedRightly;

/// On an answer: whose secret was wrong, where the handler knows no visitor.
#[derive(Debug, Clone)]
pub struct TriedAs(pub String);

/// Signs of probing in an answer.
fn learn(
    app: &App,
    ip: std::net::IpAddr,
    class: Class,
    path: &str,
    route: Option<&str>,
    response: &Response,
) {
    let status = response.status();
    if let Some(TriedAs(account)) = response.extensions().get() {
        app.shield.note(ip, &Signal::SignInFailed { account });
    }
    if response.extensions().get::<SignedRightly>().is_some() {
        app.shield.vouch(ip);
    }
    let code = response.extensions().get::<Told>().map_or("", |told| told.0);
    let signal = match (class, status) {
        (Class::Callback, StatusCode::UNAUTHORIZED) => {
            Signal::ForgedCallback { route: route.unwrap_or(path) }
        }
        (_, StatusCode::FORBIDDEN) if code == "web.forgery" => Signal::Forgery { path },
        (_, StatusCode::NOT_FOUND) => match route.filter(|route| names_a_thing(route)) {
            Some(route) => Signal::ForeignId { route, path },
            None => Signal::NotFound { path },
        },
        _ => return,
    };
    app.shield.note(ip, &signal);
}

/// Routes of one thing of somebody's; help pages and services are everybody's and links to them grow old.
fn names_a_thing(route: &str) -> bool {
    let public = ["/help/", "/services/", "/api/v1/services/", "/assets/"];
    route.contains('{') && !route.contains("{*") && !public.iter().any(|start| route.starts_with(start))
}

/// Around everything: refusals of the gate and of the framework as problem+json for programs, as a page for people.
pub async fn by_form(State(app): State<App>, request: Request, next: Next) -> Response {
    if class::is_for_programs(request.uri().path()) {
        problem::as_json(State(app), request, next).await
    } else {
        problem::as_page(State(app), request, next).await
    }
}
