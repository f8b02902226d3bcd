//! An OpenID provider for tests: it does what the standard says, over real HTTP, until a [`Script`] makes it lie.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use connectors::http::web_address;
use connectors::oidc::challenge;
use http::{HeaderMap, StatusCode, header};
use kernel::Clock;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256, Sha512};
use tokio::net::TcpListener;

pub use super::token::{Algorithm, TokenTrick};
use super::token::{Keys, sign};

/// What clients of the provider are called.
pub const CLIENT_ID: &str = "everlit";
/// And what they know.
pub const CLIENT_SECRET: &str = "a secret: with % signs";

/// What else can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerTrick {
    #[default]
    Honest,
    /// The token endpoint answers with this status and no document.
    Status(u16),
    /// With text that is no document.
    Garbage,
    /// Never.
    Hang,
    /// The discovery document is about another provider.
    OtherIssuer,
    /// UserInfo is about somebody else.
    OtherPerson,
    /// The browser comes back with another provider's `iss`.
    OtherIss,
    /// The browser comes back without the `iss` that the provider promises.
    NoIss,
    /// The person refuses.
    Refuse,
    /// Discovery offers only what we do not believe.
    WeakOnly,
}

/// How the provider behaves next.
#[derive(Debug, Clone, Default)]
pub struct Script {
    pub algorithm: Algorithm,
    pub token: TokenTrick,
    pub answer: AnswerTrick,
    /// Put into the ID token; `null` takes a claim out.
    pub claims: Map<String, Value>,
    /// What is known about the person, besides `sub`.
    pub person: Map<String, Value>,
    /// Who is at the browser.
    pub subject: String,
}

/// A provider that runs until it is dropped.
#[derive(Debug)]
pub struct Scripted {
    inner: Arc<Inner>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Inner {
    issuer: String,
    clock: Arc<dyn Clock>,
    state: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    script: Script,
    keys: Keys,
    codes: BTreeMap<String, Asked>,
    tokens: BTreeMap<String, String>,
    serial: u64,
    fetched_keys: u64,
}

/// What a code stands for.
#[derive(Debug, Clone)]
struct Asked {
    nonce: String,
    challenge: String,
    redirect: String,
}

type Pairs = BTreeMap<String, String>;
type Here = State<Arc<Inner>>;

impl Scripted {
    /// Starts it on a free port of this machine, honest.
    pub async fn start(clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let keys = Keys::make(1).map_err(std::io::Error::other)?;
        let memory = Memory {
            script: Script { subject: "alice".to_owned(), ..Script::default() },
            keys,
            codes: BTreeMap::new(),
            tokens: BTreeMap::new(),
            serial: 0,
            fetched_keys: 0,
        };
        let inner = Arc::new(Inner { issuer, clock, state: Mutex::new(memory) });
        let router = router(Arc::clone(&inner));
        #[allow(clippy::disallowed_methods, reason = "tied to `Scripted`: ended by drop")]
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { inner, task })
    }

    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// Changes how it behaves from now on.
    pub fn play(&self, script: Script) {
        self.inner.memory().script = script;
    }

    /// Exchanges the keys for others under new numbers.
    pub fn rotate(&self) -> std::io::Result<()> {
        let mut memory = self.inner.memory();
        memory.keys = Keys::make(memory.keys.number.saturating_add(1)).map_err(std::io::Error::other)?;
        Ok(())
    }

    /// How often somebody asked for the keys.
    pub fn fetched_keys(&self) -> u64 {
        self.inner.memory().fetched_keys
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Inner {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn word(&mut self, kind: &str) -> String {
        self.serial = self.serial.wrapping_add(1);
        format!("{kind}-{}", self.serial)
    }
}

fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/authorize", get(authorize))
        .route("/token", post(token))
        .route("/userinfo", get(userinfo))
        .with_state(inner)
}

async fn discovery(State(inner): Here) -> Json<Value> {
    let base = &inner.issuer;
    let answer = inner.memory().script.answer;
    let issuer = if answer == AnswerTrick::OtherIssuer { "https://other.example" } else { base };
    let algorithms: &[&str] =
        if answer == AnswerTrick::WeakOnly { &["HS256", "none"] } else { &["RS256", "ES256", "EdDSA"] };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(inner): Here) -> Json<Value> {
    let mut memory = inner.memory();
    memory.fetched_keys = memory.fetched_keys.saturating_add(1);
    Json(memory.keys.public())
}

/// Nobody has to press anything: the browser goes straight back.
async fn authorize(State(inner): Here, Query(query): Query<Pairs>) -> Response {
    let get = |name: &str| query.get(name).cloned().unwrap_or_default();
    let well = get("client_id") == CLIENT_ID
        && get("response_type") == "code"
        && get("code_challenge_method") == "S256"
        && get("scope").split(' ').any(|scope| scope == "openid");
    let Some(mut url) = web_address(&get("redirect_uri")).filter(|_| well) else {
        return (StatusCode::BAD_REQUEST, "invalid_request").into_response();
    };
    let mut memory = inner.memory();
    let answer = memory.script.answer;
    if answer == AnswerTrick::Refuse {
        url.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        let code = memory.word("code");
        let asked =
            Asked { nonce: get("nonce"), challenge: get("code_challenge"), redirect: get("redirect_uri") };
        memory.codes.insert(code.clone(), asked);
        url.query_pairs_mut().append_pair("code", &code);
    }
    url.query_pairs_mut().append_pair("state", &get("state"));
    match answer {
        AnswerTrick::NoIss => {}
        AnswerTrick::OtherIss => {
            url.query_pairs_mut().append_pair("iss", "https://other.example");
        }
        _ => {
            url.query_pairs_mut().append_pair("iss", &inner.issuer);
        }
    }
    Redirect::to(url.as_str()).into_response()
}

async fn token(State(inner): Here, headers: HeaderMap, Form(form): Form<Pairs>) -> Response {
    let answer = inner.memory().script.answer;
    match answer {
        AnswerTrick::Status(status) => {
            return StatusCode::from_u16(status).unwrap_or_default().into_response();
        }
        AnswerTrick::Garbage => return "<h1>welcome</h1>".into_response(),
        AnswerTrick::Hang => std::future::pending::<()>().await,
        _ => {}
    }
    let get = |name: &str| form.get(name).map_or("", String::as_str);
    if !knows_the_secret(&headers) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let mut memory = inner.memory();
    let asked = memory.codes.remove(get("code"));
    let fits = |asked: &Asked| {
        get("grant_type") == "authorization_code"
            && asked.redirect == get("redirect_uri")
            && asked.challenge == challenge(get("code_verifier"))
    };
    let Some(asked) = asked.filter(fits) else { return refusal(StatusCode::BAD_REQUEST, "invalid_grant") };
    let access_token = memory.word("access");
    let subject = memory.script.subject.clone();
    memory.tokens.insert(access_token.clone(), subject);
    let claims = claims(&inner, &memory.script, &asked, &access_token);
    let script = &memory.script;
    let id_token = sign(&memory.keys, script.algorithm, script.token, &claims);
    Json(json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": 3600, "id_token": id_token,
    }))
    .into_response()
}

fn claims(inner: &Inner, script: &Script, asked: &Asked, access_token: &str) -> Value {
    let now = inner.clock.now().as_secs();
    let hash = match script.algorithm {
        Algorithm::Rs256 | Algorithm::Es256 => Sha256::digest(access_token).to_vec(),
        Algorithm::EdDsa => Sha512::digest(access_token).to_vec(),
    };
    let half = hash.len() / 2;
    let mut claims = Map::new();
    let standard = json!({
        "iss": inner.issuer, "sub": script.subject, "aud": CLIENT_ID, "nonce": asked.nonce,
        "iat": now, "exp": now.saturating_add(600), "auth_time": now,
        "at_hash": URL_SAFE_NO_PAD.encode(hash.get(..half).unwrap_or_default()),
    });
    claims.extend(standard.as_object().cloned().unwrap_or_default());
    for (name, value) in &script.claims {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
    Value::Object(claims)
}

/// `client_secret_basic`: both halves are encoded as in a form first (RFC 6749, 2.3.1).
fn knows_the_secret(headers: &HeaderMap) -> bool {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let wanted = STANDARD.encode(format!("{}:{}", encode(CLIENT_ID), encode(CLIENT_SECRET)));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given.and_then(|value| value.strip_prefix("Basic ")) == Some(wanted.as_str())
}

fn refusal(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

async fn userinfo(State(inner): Here, headers: HeaderMap) -> Response {
    let memory = inner.memory();
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let subject = given.and_then(|value| memory.tokens.get(value.strip_prefix("Bearer ")?));
    let Some(subject) = subject else { return StatusCode::UNAUTHORIZED.into_response() };
    let other = memory.script.answer == AnswerTrick::OtherPerson;
    let mut info = memory.script.person.clone();
    info.insert("sub".to_owned(), if other { "mallory".into() } else { subject.as_str().into() });
    Json(Value::Object(info)).into_response()
}
