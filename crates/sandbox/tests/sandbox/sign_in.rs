//! The adapters for parties that say who somebody is, against those parties over real HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use connectors::http::web_address;
use connectors::oidc::{
    Alipay, AlipaySettings, Ask, Back, Claimed, Demand, Issuer, IssuerError, OpenId, OpenIdSettings,
    Surroundings, WeChat, WeChatSettings,
};
use connectors::{BaseUrl, Reach};
use http::{Method, StatusCode};
use kernel::{Clock, Duration, Locale, ManualClock, Text};
use sandbox::oauth::openid::{
    Algorithm, AnswerTrick, CLIENT_ID, CLIENT_SECRET, Script, Scripted, TokenTrick,
};
use serde_json::{Map, Value, json};

use crate::support::{START, World, client, world};

const REDIRECT: &str = "http://127.0.0.1:9/login/return/them";
const STATE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn ask(demand: Demand) -> Ask<'static> {
    Ask { state: STATE, nonce: "n-0S6", verifier: VERIFIER, redirect: REDIRECT, demand, locale: Locale::Zh }
}

fn back<'a>(code: Result<&'a str, &'a str>, iss: Option<&'a str>, demand: Demand) -> Back<'a> {
    Back { code, iss, nonce: "n-0S6", verifier: VERIFIER, redirect: REDIRECT, demand }
}

/// What the browser is sent back with, after a page or none.
fn returned(location: &str) -> BTreeMap<String, String> {
    let url = web_address(location).unwrap();
    assert!(location.starts_with(REDIRECT), "{location}");
    url.query_pairs().into_owned().collect()
}

struct Stage {
    clock: Arc<ManualClock>,
    provider: Scripted,
    issuer: OpenId,
}

impl Stage {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let provider = Scripted::start(clock.clone()).await.unwrap();
        let issuer = OpenId::new(settings(provider.issuer()), around(&clock));
        Self { clock, provider, issuer }
    }

    /// A client that knows nothing yet: as after a restart.
    fn fresh(&self) -> OpenId {
        OpenId::new(settings(self.provider.issuer()), around(&self.clock))
    }

    async fn attempt(&self, issuer: &OpenId, demand: Demand) -> Result<Claimed, IssuerError> {
        let url = issuer.authorize_url(&ask(demand)).await?;
        let request = connectors::http::Request {
            method: Method::GET,
            url: web_address(&url).unwrap(),
            headers: &[],
            body: Vec::new(),
        };
        let reply = client(Duration::from_secs(5)).send(request).await.unwrap();
        let query = returned(reply.headers["location"].to_str().unwrap());
        assert_eq!(query["state"], STATE);
        let code = query.get("code").map(String::as_str).ok_or(query.get("error").map_or("", String::as_str));
        issuer.finish(&back(code, query.get("iss").map(String::as_str), demand)).await
    }

    async fn play(&self, script: Script) -> Result<Claimed, IssuerError> {
        self.provider.play(Script { subject: "alice".to_owned(), ..script });
        self.attempt(&self.fresh(), Demand::Usual).await
    }
}

fn settings(issuer: &str) -> OpenIdSettings {
    OpenIdSettings {
        name: "them".to_owned(),
        label: Text::new("他们", "Them"),
        issuer: issuer.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(CLIENT_SECRET.to_owned()),
        scopes: vec!["profile".to_owned()],
        insecure_loopback: true,
    }
}

fn around(clock: &Arc<ManualClock>) -> Surroundings {
    Surroundings { http: client(Duration::from_millis(400)), clock: clock.clone() }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn why(result: Result<Claimed, IssuerError>) -> IssuerError {
    match result {
        Ok(claimed) => panic!("{} was let in", claimed.subject),
        Err(error) => error,
    }
}

#[tokio::test]
async fn somebody_is_known_by_issuer_and_subject_whatever_the_token_is_signed_with() {
    let stage = Stage::new().await;
    for algorithm in Algorithm::ALL {
        let person = object(json!({"name": "林小满", "email": "lin@example.com", "email_verified": true}));
        let claimed = stage.play(Script { algorithm, person, ..Script::default() }).await;
        let claimed = claimed.unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
        assert_eq!((claimed.issuer.as_str(), claimed.subject.as_str()), (stage.provider.issuer(), "alice"));
        assert_eq!(claimed.name.as_deref(), Some("林小满"));
        assert_eq!((claimed.email.as_deref(), claimed.email_verified), (Some("lin@example.com"), true));
        assert_eq!(claimed.authenticated_at, Some(START));
    }
    // A provider that tells nothing but who it is.
    let claimed = stage.play(Script::default()).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(claimed.name.is_none() && claimed.email.is_none() && !claimed.email_verified);
}

#[tokio::test]
async fn a_token_that_is_not_right_in_every_claim_is_not_believed() {
    let stage = Stage::new().await;
    let now = START.as_secs();
    for (claims, claim) in [
        (json!({"nonce": "other"}), "nonce"),
        (json!({"nonce": null}), "nonce"),
        (json!({"aud": "another-client"}), "aud"),
        (json!({"aud": [CLIENT_ID, "another-client"]}), "azp"),
        (json!({"iss": "https://other.example"}), "iss"),
        (json!({"exp": now - 61, "iat": now - 700}), "exp"),
        (json!({"iat": now + 120}), "iat"),
        (json!({"at_hash": "AAAA"}), "at_hash"),
        (json!({"sub": ""}), "subject"),
        (json!({"sub": "a\u{0}b"}), "subject"),
        (json!({"exp": null}), "malformed token"),
    ] {
        let error = why(stage.play(Script { claims: object(claims.clone()), ..Script::default() }).await);
        assert_eq!(error, IssuerError::Untrusted(claim), "{claims}");
    }
    // A minute of difference between the clocks is nobody's fault.
    for claims in [json!({"exp": now - 59}), json!({"iat": now + 59})] {
        assert!(stage.play(Script { claims: object(claims), ..Script::default() }).await.is_ok());
    }
}

#[tokio::test]
async fn a_token_that_is_not_signed_by_a_published_key_is_not_believed() {
    let stage = Stage::new().await;
    for (token, why_not) in [
        (TokenTrick::AlgNone, "algorithm"),
        (TokenTrick::Hs256WithPublicKey, "algorithm"),
        (TokenTrick::MixedKeys, "algorithm"),
        (TokenTrick::UnknownKey, "unknown key"),
        (TokenTrick::Changed, "signature"),
    ] {
        for algorithm in Algorithm::ALL {
            let error = why(stage.play(Script { token, algorithm, ..Script::default() }).await);
            assert_eq!(error, IssuerError::Untrusted(why_not), "{token:?} {algorithm:?}");
        }
    }
    let cut = why(stage.play(Script { token: TokenTrick::Truncated, ..Script::default() }).await);
    assert!(matches!(cut, IssuerError::Untrusted("malformed token" | "signature")), "{cut:?}");
}

#[tokio::test]
async fn a_provider_that_lies_refuses_or_is_not_there_is_told_apart() {
    let stage = Stage::new().await;
    let unavailable = |error: &IssuerError| matches!(error, IssuerError::Unavailable(_));
    for answer in
        [AnswerTrick::Status(500), AnswerTrick::Status(503), AnswerTrick::Garbage, AnswerTrick::Hang]
    {
        let error = why(stage.play(Script { answer, ..Script::default() }).await);
        assert!(unavailable(&error), "{answer:?}: {error:?}");
    }
    for (answer, want) in [
        (AnswerTrick::OtherIssuer, IssuerError::Untrusted("issuer of the discovery document")),
        (AnswerTrick::WeakOnly, IssuerError::Untrusted("no algorithm we believe")),
        (AnswerTrick::OtherPerson, IssuerError::Untrusted("subject of UserInfo")),
        (AnswerTrick::OtherIss, IssuerError::Untrusted("iss of the answer")),
        (AnswerTrick::NoIss, IssuerError::Untrusted("iss of the answer")),
        (AnswerTrick::Refuse, IssuerError::Denied),
    ] {
        assert_eq!(why(stage.play(Script { answer, ..Script::default() }).await), want, "{answer:?}");
    }
    let issuer = stage.fresh();
    drop(stage.provider);
    tokio::task::yield_now().await;
    let gone = issuer.authorize_url(&ask(Demand::Usual)).await.unwrap_err();
    assert!(unavailable(&gone), "{gone:?}");
}

#[tokio::test]
async fn a_code_works_once_and_only_with_the_verifier_it_was_asked_with() {
    let stage = Stage::new().await;
    let iss = Some(stage.provider.issuer());
    let code = async || {
        let url = stage.issuer.authorize_url(&ask(Demand::Usual)).await.unwrap();
        let request = connectors::http::Request {
            method: Method::GET,
            url: web_address(&url).unwrap(),
            headers: &[],
            body: Vec::new(),
        };
        let reply = client(Duration::from_secs(5)).send(request).await.unwrap();
        returned(reply.headers["location"].to_str().unwrap())["code"].clone()
    };
    let refused = IssuerError::Refused("invalid_grant".to_owned());
    let first = code().await;
    assert!(stage.issuer.finish(&back(Ok(&first), iss, Demand::Usual)).await.is_ok());
    assert_eq!(why(stage.issuer.finish(&back(Ok(&first), iss, Demand::Usual)).await), refused);
    let second = code().await;
    let stolen = Back { verifier: "another-verifier", ..back(Ok(&second), iss, Demand::Usual) };
    assert_eq!(why(stage.issuer.finish(&stolen).await), refused);
    assert_eq!(why(stage.issuer.finish(&back(Ok("made-up"), iss, Demand::Usual)).await), refused);
}

#[tokio::test]
async fn changed_keys_are_looked_up_and_made_up_ones_at_most_once_a_minute() {
    let stage = Stage::new().await;
    let attempt = async || stage.attempt(&stage.issuer, Demand::Usual).await;
    assert!(attempt().await.is_ok());
    assert!(attempt().await.is_ok());
    assert_eq!(stage.provider.fetched_keys(), 1);
    stage.provider.rotate().unwrap();
    // Within the minute nobody can make us ask again; after it the new keys are found.
    assert_eq!(why(attempt().await), IssuerError::Untrusted("unknown key"));
    assert_eq!(stage.provider.fetched_keys(), 1);
    stage.clock.advance(Duration::from_mins(1));
    assert!(attempt().await.is_ok());
    assert_eq!(stage.provider.fetched_keys(), 2);
}

#[tokio::test]
async fn w8_a_fresh_proof_is_asked_for_and_an_old_one_is_not_taken() {
    let stage = Stage::new().await;
    let url = stage.issuer.authorize_url(&ask(Demand::Fresh)).await.unwrap();
    assert!(url.contains("prompt=login") && url.contains("max_age=300"), "{url}");
    assert!(stage.attempt(&stage.issuer, Demand::Fresh).await.is_ok());
    let claims = object(json!({"auth_time": START.as_secs() - 400}));
    stage.provider.play(Script { claims, subject: "alice".to_owned(), ..Script::default() });
    assert_eq!(why(stage.attempt(&stage.issuer, Demand::Fresh).await), IssuerError::Untrusted("auth_time"));
    assert!(stage.attempt(&stage.issuer, Demand::Usual).await.is_ok());
}

#[tokio::test]
async fn a_provider_on_this_machine_or_in_a_private_network_is_not_asked_unless_it_is_allowed() {
    let stage = Stage::new().await;
    let settings = OpenIdSettings { insecure_loopback: false, ..settings(stage.provider.issuer()) };
    let strict = OpenId::new(settings.clone(), around(&stage.clock));
    let error = strict.authorize_url(&ask(Demand::Usual)).await.unwrap_err();
    assert_eq!(error, IssuerError::Untrusted("address"));
    let limits = connectors::Limits { total: Duration::from_secs(2), ..connectors::Limits::default() };
    let http = connectors::Http::within(limits, Reach::Public).unwrap();
    for place in ["https://10.0.0.1", "https://localhost", "https://[::1]"] {
        let settings = OpenIdSettings { issuer: place.to_owned(), ..settings.clone() };
        let public = OpenId::new(settings, Surroundings { http: http.clone(), clock: stage.clock.clone() });
        let error = public.authorize_url(&ask(Demand::Usual)).await.unwrap_err();
        assert!(
            matches!(&error, IssuerError::Unavailable(why) if why.contains("no connection")),
            "{place} {error}"
        );
    }
}

fn wechat(world: &World, secret: &str) -> WeChat {
    let base = BaseUrl::parse(&format!("{}/wechat", world.config.public_url)).unwrap();
    let settings = WeChatSettings {
        name: "wechat".to_owned(),
        label: Text::new("微信", "WeChat"),
        app_id: world.config.sign_in.wechat_app_id.clone(),
        secret: secret.to_owned(),
        page: base.clone(),
        api: base,
    };
    WeChat::new(settings, world.http.clone())
}

fn alipay(world: &World) -> Alipay {
    let base = BaseUrl::parse(&format!("{}/alipay", world.config.public_url)).unwrap();
    let settings = AlipaySettings {
        name: "alipay".to_owned(),
        label: Text::new("支付宝", "Alipay"),
        app_id: world.config.sign_in.alipay_app_id.clone(),
        private_key: world.config.sign_in.shop_key().unwrap(),
        alipay_key: world.config.sign_in.alipay_key().unwrap(),
        page: base.clone(),
        gateway: base,
    };
    Alipay::new(settings, Surroundings { http: world.http.clone(), clock: world.clock.clone() })
}

/// Presses the button of somebody on the party's page.
async fn press(world: &World, issuer: &dyn Issuer, person: &str) -> BTreeMap<String, String> {
    let url = issuer.authorize_url(&ask(Demand::Usual)).await.unwrap();
    let page = world.get(&url).await;
    let text = String::from_utf8(page.body).unwrap();
    assert_eq!(page.status, StatusCode::OK, "{text}");
    assert!(text.contains("（沙箱）") && !text.contains("<script"), "{text}");
    let (place, query) = url.split('#').next().unwrap().split_once('?').unwrap();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let reply = world.send(Method::POST, place, &form, &format!("{query}&person={person}")).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    returned(reply.headers["location"].to_str().unwrap())
}

#[tokio::test]
async fn wechat_says_who_somebody_is_in_its_own_dialect() {
    let world = world().await;
    let secret = world.config.sign_in.wechat_secret.clone();
    let issuer = wechat(&world, &secret);
    let query = press(&world, &issuer, "xiaoman").await;
    assert_eq!(query["state"], STATE);
    let claimed = issuer.finish(&back(Ok(&query["code"]), None, Demand::Usual)).await;
    let claimed = claimed.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(claimed.name.as_deref(), Some("小满"));
    // Known by the unionid; a link of earlier may be under the openid.
    assert!(claimed.former_subject.is_some_and(|former| former != claimed.subject));
    assert!(claimed.email.is_none() && !issuer.proves_afresh());

    let used = why(issuer.finish(&back(Ok(&query["code"]), None, Demand::Usual)).await);
    assert_eq!(used, IssuerError::Refused("errcode 40163".to_owned()));
    let made_up = why(issuer.finish(&back(Ok("made-up"), None, Demand::Usual)).await);
    assert_eq!(made_up, IssuerError::Refused("errcode 40029".to_owned()));
    let other = press(&world, &issuer, "laowang").await;
    let wrong = why(wechat(&world, "wrong").finish(&back(Ok(&other["code"]), None, Demand::Usual)).await);
    assert_eq!(wrong, IssuerError::Refused("errcode 40125".to_owned()));
    let refused = press(&world, &issuer, "refuse").await;
    assert!(!refused.contains_key("code") && refused["state"] == STATE);
}

#[tokio::test]
async fn alipay_is_believed_by_its_signature_and_believes_ours() {
    let world = world().await;
    let issuer = alipay(&world);
    let query = press(&world, &issuer, "laowang").await;
    let claimed = issuer.finish(&back(Ok(&query["auth_code"]), None, Demand::Usual)).await;
    let claimed = claimed.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(claimed.name.as_deref(), Some("老王在路上"));
    let again = press(&world, &issuer, "laowang").await;
    let same = issuer.finish(&back(Ok(&again["auth_code"]), None, Demand::Usual)).await;
    assert!(same.is_ok_and(|same| same.subject == claimed.subject));

    let used = why(issuer.finish(&back(Ok(&query["auth_code"]), None, Demand::Usual)).await);
    assert_eq!(used, IssuerError::Refused("isv.code-invalid".to_owned()));
    let refused = press(&world, &issuer, "refuse").await;
    assert_eq!(refused["error"], "access_denied");
    let base = BaseUrl::parse(&format!("{}/alipay", world.config.public_url)).unwrap();
    let sign_in = &world.config.sign_in;
    let with = |ours, theirs| {
        let settings = AlipaySettings {
            name: "alipay".to_owned(),
            label: Text::new("支付宝", "Alipay"),
            app_id: sign_in.alipay_app_id.clone(),
            private_key: connectors::oidc::SigningKey::parse(ours).unwrap(),
            alipay_key: connectors::oidc::VerifyingKey::parse(theirs).unwrap(),
            page: base.clone(),
            gateway: base.clone(),
        };
        Alipay::new(settings, Surroundings { http: world.http.clone(), clock: world.clock.clone() })
    };
    let (shop, shop_public) =
        (include_str!("../../src/oauth/shop.pem"), include_str!("../../src/oauth/shop.pub.pem"));
    let (alipay, alipay_public) =
        (include_str!("../../src/oauth/alipay.pem"), include_str!("../../src/oauth/alipay.pub.pem"));
    let third = press(&world, &issuer, "chenyi").await;
    let code = back(Ok(&third["auth_code"]), None, Demand::Usual);
    // Signed with a key that Alipay does not know as ours, and the code is not used up by it.
    let stranger = why(with(alipay, alipay_public).finish(&code).await);
    assert_eq!(stranger, IssuerError::Refused("isv.invalid-signature".to_owned()));
    // An answer that is signed with another key than Alipay's.
    assert_eq!(why(with(shop, shop_public).finish(&code).await), IssuerError::Untrusted("signature"));
}

#[tokio::test]
async fn the_sandbox_leads_back_to_this_machine_only() {
    let world = world().await;
    let sign_in = &world.config.sign_in;
    for url in [
        format!(
            "{}/wechat/connect/qrconnect?appid={}&redirect_uri=https%3A%2F%2Fevil.example&response_type=code&scope=snsapi_login&state=1",
            world.config.public_url, sign_in.wechat_app_id
        ),
        format!(
            "{}/alipay/oauth2/publicAppAuthorize.htm?app_id={}&redirect_uri=javascript%3Aalert(1)&scope=auth_user&state=1",
            world.config.public_url, sign_in.alipay_app_id
        ),
    ] {
        assert_eq!(world.get(&url).await.status, StatusCode::BAD_REQUEST, "{url}");
    }
    assert!(world.clock.now() >= START);
}
