//! A key management service with the transit interface, to try the port for master keys against: it wraps and unwraps, checks its
//! token, binds what it wraps to the associated data, and can be sealed, as the real ones are after a restart.
//!
//! ```text
//! POST /v1/transit/encrypt/{key}   {"plaintext": base64, "associated_data": base64}    → {"data": {"ciphertext": "vault:v1:…"}}
//! POST /v1/transit/decrypt/{key}   {"ciphertext": "vault:v1:…", "associated_data": …}  → {"data": {"plaintext": base64}}
//! ```

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use kernel::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Key, associated data and plain text by ciphertext. Plain text is kept here and nowhere given away but to who asks rightly: what
/// matters to a client is the interface, not how this side keeps its secrets.
type Vaulted = HashMap<String, (String, String, String)>;

#[derive(Debug)]
struct Inner {
    token: String,
    sealed: AtomicBool,
    calls: AtomicU32,
    vaulted: Mutex<Vaulted>,
}

/// The service, running until it is dropped.
#[derive(Debug)]
pub struct KeyService {
    inner: Arc<Inner>,
    stop: CancellationToken,
}

impl Drop for KeyService {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl KeyService {
    /// Serves on `listener`; clients say `token`.
    pub fn start(listener: TcpListener, token: &str) -> Self {
        let inner = Arc::new(Inner {
            token: token.to_owned(),
            sealed: AtomicBool::new(false),
            calls: AtomicU32::new(0),
            vaulted: Mutex::default(),
        });
        let router = Router::new()
            .route("/v1/transit/encrypt/{key}", post(encrypt))
            .route("/v1/transit/decrypt/{key}", post(decrypt))
            .layer(from_fn_with_state(Arc::clone(&inner), admit))
            .with_state(Arc::clone(&inner));
        let stop = CancellationToken::new();
        let serve = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        #[allow(clippy::disallowed_methods, reason = "tied to `KeyService`: stopped by its drop")]
        drop(tokio::spawn(std::future::IntoFuture::into_future(serve)));
        Self { inner, stop }
    }

    /// A sealed service answers 503 to everything.
    pub fn set_sealed(&self, sealed: bool) {
        self.inner.sealed.store(sealed, Ordering::SeqCst);
    }

    /// How often it was asked.
    pub fn calls(&self) -> u32 {
        self.inner.calls.load(Ordering::SeqCst)
    }
}

impl Inner {
    fn vaulted(&self) -> MutexGuard<'_, Vaulted> {
        self.vaulted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the caller may not even ask.
    fn turns_away(&self, headers: &HeaderMap) -> Option<Response> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.sealed.load(Ordering::SeqCst) {
            return Some(refusal(StatusCode::SERVICE_UNAVAILABLE, "Vault is sealed"));
        }
        let token = headers.get("x-vault-token").and_then(|value| value.to_str().ok());
        (token != Some(self.token.as_str())).then(|| refusal(StatusCode::FORBIDDEN, "permission denied"))
    }
}

/// Before any question: whoever may not ask hears why.
async fn admit(State(inner): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    match inner.turns_away(request.headers()) {
        Some(refused) => refused,
        None => next.run(request).await,
    }
}

fn refusal(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({"errors": [why]}))).into_response()
}

fn text(body: &Value, name: &str) -> String {
    body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

async fn encrypt(
    State(inner): State<Arc<Inner>>,
    Path(key): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    let (plain, bound) = (text(&body, "plaintext"), text(&body, "associated_data"));
    if plain.is_empty() {
        return refusal(StatusCode::BAD_REQUEST, "missing plaintext");
    }
    let mut vaulted = inner.vaulted();
    let mut digest = Sha256::new();
    digest.update(vaulted.len().to_le_bytes());
    digest.update(&key);
    digest.update(&bound);
    let ciphertext = format!("vault:v1:{}", hex::encode(&digest.finalize()));
    vaulted.insert(ciphertext.clone(), (key, bound, plain));
    Json(json!({"data": {"ciphertext": ciphertext, "key_version": 1}})).into_response()
}

async fn decrypt(
    State(inner): State<Arc<Inner>>,
    Path(key): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    let bound = text(&body, "associated_data");
    match inner.vaulted().get(&text(&body, "ciphertext")) {
        Some((of, to, plain)) if *of == key && *to == bound => {
            Json(json!({"data": {"plaintext": plain}})).into_response()
        }
        _ => refusal(StatusCode::BAD_REQUEST, "cipher: message authentication failed"),
    }
}
