//! OpenID Connect, any provider by configuration: discovery, authorization code with PKCE, a verified ID token.
//!
//! What a provider publishes about itself and its keys is kept for an hour; a token with an unknown key makes us look again,
//! at most once a minute.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use kernel::{Clock, Duration, Locale, Text, Timestamp};
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::door::Door;
use super::idtoken::{self, Claims, Expected, FRESH, Person, Truth};
use super::jose::{self, Algorithm, Distrust, KeySet, Verified};
use super::{Ask, Back, Claimed, Demand, Issuer, IssuerError, challenge, denial, plain, subject, word};
use crate::BoxFuture;
use crate::http::{Http, Reply};

/// How long a provider's documents are believed.
const KEEP: Duration = Duration::from_hours(1);
/// How often an unknown key number makes us look at the keys again.
const COOL_DOWN: Duration = Duration::from_mins(1);
const LONGEST_NAME: usize = 50;
const LONGEST_CONTACT: usize = 254;

/// One provider as the settings have it.
#[derive(Clone)]
pub struct OpenIdSettings {
    pub name: String,
    pub label: Text,
    /// Exactly as the provider writes itself.
    pub issuer: String,
    pub client_id: String,
    /// None for a public client.
    pub client_secret: Option<String>,
    /// Besides `openid`.
    pub scopes: Vec<String>,
    /// Plain HTTP on this machine is allowed, for tests.
    pub insecure_loopback: bool,
}

impl std::fmt::Debug for OpenIdSettings {
    /// Never shows the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenIdSettings({} at {})", self.name, self.issuer)
    }
}

/// What an adapter works with.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub http: Http,
    pub clock: Arc<dyn Clock>,
}

/// A provider that speaks OpenID Connect.
#[derive(Debug)]
pub struct OpenId {
    settings: OpenIdSettings,
    door: Door,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

/// What was fetched, and when.
#[derive(Debug, Default)]
struct Known {
    metadata: Option<(Timestamp, Arc<Metadata>)>,
    keys: Option<(Timestamp, Arc<KeySet>)>,
}

/// Of the discovery document what we use.
#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: String,
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    person: Person,
}

impl OpenId {
    pub fn new(settings: OpenIdSettings, around: Surroundings) -> Self {
        let door = Door { http: around.http, insecure_loopback: settings.insecure_loopback };
        Self { settings, door, clock: around.clock, known: Mutex::default() }
    }

    async fn metadata(&self) -> Result<Arc<Metadata>, IssuerError> {
        let now = self.clock.now();
        if let Some((at, metadata)) = &self.known().metadata
            && now.since(*at) < KEEP
        {
            return Ok(Arc::clone(metadata));
        }
        let place =
            format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let metadata: Metadata = read(self.door.get(self.door.address(&place)?, &[]).await?)?;
        self.check(&metadata)?;
        let metadata = Arc::new(metadata);
        self.known().metadata = Some((now, Arc::clone(&metadata)));
        Ok(metadata)
    }

    /// A document about somebody else, or a provider that cannot do what we insist on.
    fn check(&self, metadata: &Metadata) -> Result<(), IssuerError> {
        if metadata.issuer != self.settings.issuer {
            return Err(IssuerError::Untrusted("issuer of the discovery document"));
        }
        let offers = |list: &Option<Vec<String>>, wanted: &[&str]| {
            list.as_ref().is_none_or(|list| list.iter().any(|item| wanted.contains(&item.as_str())))
        };
        if !offers(&metadata.code_challenge_methods_supported, &["S256"]) {
            return Err(IssuerError::Untrusted("no PKCE with S256"));
        }
        if !offers(&metadata.id_token_signing_alg_values_supported, &Algorithm::ALL.map(Algorithm::name)) {
            return Err(IssuerError::Untrusted("no algorithm we believe"));
        }
        Ok(())
    }

    /// The keys; fetched again when they are older than `keep`.
    async fn keys(&self, metadata: &Metadata, keep: Duration) -> Result<Arc<KeySet>, IssuerError> {
        let now = self.clock.now();
        if let Some((at, keys)) = &self.known().keys
            && now.since(*at) < keep
        {
            return Ok(Arc::clone(keys));
        }
        let keys: KeySet = read(self.door.get(self.door.address(&metadata.jwks_uri)?, &[]).await?)?;
        let keys = Arc::new(keys);
        self.known().keys = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }

    async fn verify(&self, metadata: &Metadata, token: &str) -> Result<Verified<Claims>, IssuerError> {
        let keys = self.keys(metadata, KEEP).await?;
        let first = jose::verify(token, &keys);
        let verified = match first {
            Err(Distrust::UnknownKey) => jose::verify(token, &*self.keys(metadata, COOL_DOWN).await?),
            other => other,
        };
        verified.map_err(|distrust| IssuerError::Untrusted(distrust.name()))
    }

    /// Exchanges the code. The secret goes where the provider wants it; by default into the header (RFC 6749, 2.3.1).
    async fn exchange(
        &self,
        metadata: &Metadata,
        code: &str,
        back: &Back<'_>,
    ) -> Result<Tokens, IssuerError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back.redirect),
            ("code_verifier", back.verifier),
        ];
        let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
        let takes = |name: &str| methods.is_some_and(|list| list.iter().any(|method| method == name));
        let in_header = methods.is_none() || takes("client_secret_basic");
        let id = self.settings.client_id.as_str();
        let mut authorization = String::new();
        match &self.settings.client_secret {
            Some(secret) if in_header => {
                let encode =
                    |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encode(id), encode(secret));
                authorization = format!("Basic {}", STANDARD.encode(pair));
            }
            Some(secret) => form.extend([("client_id", id), ("client_secret", secret)]),
            None => form.push(("client_id", id)),
        }
        let headers = [("authorization", authorization.as_str())];
        let headers = if authorization.is_empty() { &headers[..0] } else { &headers[..] };
        let url = self.door.address(&metadata.token_endpoint)?;
        read(self.door.post_form(url, headers, &form).await?)
    }

    /// More about the person, where the provider tells it only here. It must be about the same one; its absence is no
    /// reason not to let somebody in.
    async fn person(
        &self,
        metadata: &Metadata,
        claims: &Claims,
        access_token: &str,
    ) -> Result<Person, IssuerError> {
        let Some(place) = &metadata.userinfo_endpoint else { return Ok(claims.person.clone()) };
        if claims.person.name.is_some() && claims.person.email.is_some() {
            return Ok(claims.person.clone());
        }
        let bearer = format!("Bearer {access_token}");
        let url = self.door.address(place)?;
        let answer = self.door.get(url, &[("authorization", &bearer), ("accept", "application/json")]).await;
        match answer.and_then(read::<UserInfo>) {
            Ok(info) if info.sub == claims.sub => Ok(info.person),
            Ok(_) => Err(IssuerError::Untrusted("subject of UserInfo")),
            Err(_) => Ok(claims.person.clone()),
        }
    }

    /// RFC 9207: which provider the answer comes from, where it says so.
    fn check_iss(&self, metadata: &Metadata, iss: Option<&str>) -> Result<(), IssuerError> {
        match iss {
            Some(iss) if iss == self.settings.issuer => Ok(()),
            None if !metadata.authorization_response_iss_parameter_supported => Ok(()),
            _ => Err(IssuerError::Untrusted("iss of the answer")),
        }
    }

    async fn address(&self, ask: &Ask<'_>) -> Result<String, IssuerError> {
        let metadata = self.metadata().await?;
        let mut url: Url = self.door.address(&metadata.authorization_endpoint)?;
        let mut scope = "openid".to_owned();
        for more in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            scope.push(' ');
            scope.push_str(more);
        }
        let languages = match ask.locale {
            Locale::Zh => "zh-CN zh en",
            Locale::En => "en zh-CN",
        };
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", ask.redirect)
            .append_pair("scope", &scope)
            .append_pair("state", ask.state)
            .append_pair("nonce", ask.nonce)
            .append_pair("code_challenge", &challenge(ask.verifier))
            .append_pair("code_challenge_method", "S256")
            .append_pair("ui_locales", languages);
        if ask.demand == Demand::Fresh {
            let age = FRESH.as_secs().to_string();
            url.query_pairs_mut().append_pair("prompt", "login").append_pair("max_age", &age);
        }
        Ok(url.into())
    }

    async fn identity(&self, back: &Back<'_>) -> Result<Claimed, IssuerError> {
        let metadata = self.metadata().await?;
        self.check_iss(&metadata, back.iss)?;
        let code = back.code.map_err(denial)?;
        let tokens = self.exchange(&metadata, code, back).await?;
        let Verified { claims, algorithm } = self.verify(&metadata, &tokens.id_token).await?;
        let expected = Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: back.nonce,
            access_token: &tokens.access_token,
            algorithm,
            demand: back.demand,
            now: self.clock.now(),
        };
        let authenticated_at = idtoken::check(&claims, &expected).map_err(IssuerError::Untrusted)?;
        let subject = subject(&claims.sub)?;
        let person = self.person(&metadata, &claims, &tokens.access_token).await?;
        let phone_verified = Truth::holds(person.phone_number_verified.as_ref());
        Ok(Claimed {
            issuer: claims.iss,
            subject,
            former_subject: None,
            name: plain(person.name.or(person.nickname).or(person.preferred_username), LONGEST_NAME),
            email_verified: Truth::holds(person.email_verified.as_ref()),
            email: plain(person.email, LONGEST_CONTACT),
            phone: plain(person.phone_number, LONGEST_CONTACT).filter(|_| phone_verified),
            authenticated_at,
        })
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Issuer for OpenId {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn label(&self) -> &Text {
        &self.settings.label
    }

    fn proves_afresh(&self) -> bool {
        true
    }

    fn authorize_url<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<String, IssuerError>> {
        Box::pin(self.address(ask))
    }

    fn finish<'a>(&'a self, back: &'a Back<'a>) -> BoxFuture<'a, Result<Claimed, IssuerError>> {
        Box::pin(self.identity(back))
    }
}

/// A 2xx answer as JSON; a 4xx with an OAuth error word as a refusal.
fn read<T: DeserializeOwned>(reply: Reply) -> Result<T, IssuerError> {
    if reply.status.is_success() {
        return serde_json::from_slice(&reply.body)
            .map_err(|_| IssuerError::Unavailable("the answer does not read".to_owned()));
    }
    let status = reply.status;
    let refusal = serde_json::from_slice::<OAuthError>(&reply.body).ok();
    match refusal.filter(|_| matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED)) {
        Some(OAuthError { error }) => Err(IssuerError::Refused(word(&error))),
        None => Err(IssuerError::Unavailable(format!("status {}", status.as_u16()))),
    }
}
