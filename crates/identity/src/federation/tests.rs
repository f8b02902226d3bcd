//! Going to a party and coming back, against a real one over HTTP that lies on request.

use std::sync::Arc;

use connectors::http::{Request, web_address};
use connectors::oidc::{Issuer, Issuers, OpenId, OpenIdSettings, Surroundings};
use connectors::{Http, Limits};
use kernel::{Duration, Role, Text};
use sandbox::oauth::openid::{AnswerTrick, CLIENT_ID, CLIENT_SECRET, Script, Scripted, TokenTrick};
use serde_json::json;
use testkit::TestDb;

use super::*;
use crate::account::{AccountState, StateCommand};
use crate::freeze::change_state;
use crate::session::{SignedIn, authenticate};
use crate::signin::Step;
use crate::testing::*;
use crate::{Error, Hasher, link};

mod state;

const REDIRECT: &str = "https://counter.example/login/return/them";
const BROWSER: &str = "the-cookie-of-this-browser";

struct Stage {
    t: TestDb,
    hasher: Hasher,
    provider: Scripted,
    issuers: Issuers,
    http: Http,
}

/// What the browser brought back.
#[derive(Clone)]
struct Query {
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

impl Stage {
    async fn new(t: TestDb) -> Self {
        let hasher = ready(&t).await;
        let provider = Scripted::start(t.clock.clone()).await.unwrap();
        let http = Http::new(Limits { total: Duration::from_secs(5), ..Limits::default() }).unwrap();
        let around = Surroundings { http: http.clone(), clock: t.clock.clone() };
        let party = |name: &str| -> Arc<dyn Issuer> {
            let settings = OpenIdSettings {
                name: name.to_owned(),
                label: Text::new("他们", "Them"),
                issuer: provider.issuer().to_owned(),
                client_id: CLIENT_ID.to_owned(),
                client_secret: Some(CLIENT_SECRET.to_owned()),
                scopes: Vec::new(),
                insecure_loopback: true,
            };
            Arc::new(OpenId::new(settings, around.clone()))
        };
        let issuers = Issuers::new([party("them"), party("others")]);
        Self { t, hasher, provider, issuers, http }
    }

    fn play(&self, subject: &str, script: Script) {
        self.provider.play(Script { subject: subject.to_owned(), ..script });
    }

    async fn away(&self, actor: &kernel::Actor, purpose: Purpose) -> Result<Query, Error> {
        let wish = Begin { provider: "them", purpose, browser: BROWSER, redirect: REDIRECT, next: "/orders" };
        let away = begin(&self.t.cx, &self.issuers, actor, wish).await?;
        let url = web_address(&away.url).unwrap();
        let request = Request { method: http::Method::GET, url, headers: &[], body: Vec::new() };
        let reply = self.http.send(request).await.unwrap();
        let place = web_address(reply.headers["location"].to_str().unwrap()).unwrap();
        let get = |name: &str| {
            place.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
        };
        Ok(Query { state: get("state").unwrap(), code: get("code"), error: get("error"), iss: get("iss") })
    }

    async fn back(
        &self,
        actor: &kernel::Actor,
        query: &Query,
        session: Option<(&SignedIn, &str)>,
    ) -> Result<Finished, Error> {
        self.back_to("them", Some(BROWSER), actor, query, session).await
    }

    async fn back_to(
        &self,
        provider: &str,
        browser: Option<&str>,
        actor: &kernel::Actor,
        query: &Query,
        session: Option<(&SignedIn, &str)>,
    ) -> Result<Finished, Error> {
        let back = Return {
            provider,
            browser,
            state: &query.state,
            code: query.code.as_deref(),
            error: query.error.as_deref(),
            iss: query.iss.as_deref(),
            redirect: REDIRECT,
            arrival: arrival(),
            session,
        };
        finish(&self.t.cx, &self.issuers, actor, back).await
    }

    /// The whole way for a guest.
    async fn sign_in(&self) -> Result<Finished, Error> {
        let guest = anonymous(HOME);
        let query = self.away(&guest, Purpose::SignIn).await?;
        self.back(&guest, &query, None).await
    }

    /// Registers with the identity that waits.
    async fn register(&self, contact: &str) -> Result<RegisteredClaimed, Error> {
        let input = RegisterClaimed {
            contact: contact.to_owned(),
            name: "小林".to_owned(),
            locale: kernel::Locale::Zh,
            arrival: arrival(),
        };
        register(&self.t.cx, &guard(&self.t.cx).await, &anonymous(HOME), BROWSER, input).await
    }

    /// Why ways ended nowhere, oldest first.
    async fn whys(&self) -> Vec<String> {
        let sql = "SELECT detail FROM audit_entry WHERE verb = 'federation.refused' ORDER BY id";
        let rows = self.t.raw(sql, Vec::new()).await;
        let why = |row: &db::Row| {
            let detail: String = row.reader().get().unwrap();
            let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
            detail["why"].as_str().unwrap().to_owned()
        };
        rows.iter().map(why).collect()
    }

    /// Signed in with a password, as actor and session.
    async fn signed_in(&self, contact: &str) -> (kernel::Actor, SignedIn, String) {
        let session = sign_in(&self.t.cx, &self.hasher, HOME, contact, PASSWORD).await.unwrap();
        let token = session.token.expose().to_owned();
        let signed_in = authenticate(&self.t.cx, &token).await.unwrap().unwrap();
        (signed_in.actor(kernel::RequestId(1), HOME.to_owned()), signed_in, token)
    }
}

fn entered(finished: Finished) -> Step {
    match finished {
        Finished::Entered { step, next } => {
            assert_eq!(next, "/orders");
            step
        }
        _ => panic!("nobody was let in"),
    }
}

fn refused(result: Result<Finished, Error>) -> &'static str {
    code_of(result)
}

#[testkit::db_test]
async fn an_unknown_identity_opens_nothing_until_it_registers_and_then_its_own_account(t: TestDb) {
    let stage = Stage::new(t).await;
    let person = json!({"name": "林小满", "email": "lin@example.com", "email_verified": true});
    let person = person.as_object().unwrap().clone();
    stage.play("alice", Script { person, ..Script::default() });
    let finished = stage.sign_in().await.unwrap();
    assert!(matches!(finished, Finished::Unknown { ref next } if next == "/orders"));
    let cx = &stage.t.cx;
    let waiting = claimant(cx, BROWSER).await.unwrap();
    assert_eq!(
        (waiting.provider.as_str(), waiting.name.as_deref(), waiting.email.as_deref(), waiting.next.as_str()),
        ("them", Some("林小满"), Some("lin@example.com"), "/orders")
    );
    assert_eq!(code_of(claimant(cx, "another-browser").await), "identity.claim_expired");
    assert_eq!(code_of(stage.register("nonsense").await), "identity.invalid");

    let made = stage.register("13900139000").await.unwrap();
    let account = made.step.session().account;
    assert!(made.step.is_open());
    assert_eq!(code_of(stage.register("13900139001").await), "identity.claim_expired", "used up");
    let step = entered(stage.sign_in().await.unwrap());
    assert_eq!(step.session().account, account);
    let me = acting(account, Role::CUSTOMER);
    let links = link::list(cx, &me).await.unwrap();
    assert_eq!(links.len(), 1);
    assert_eq!((links[0].provider.as_str(), links[0].name.as_deref()), ("them", Some("林小满")));
    assert!(links[0].used_at.is_some());
    // What another site says is no fresh proof: nobody knows when it asked.
    let token = step.session().token.expose().to_owned();
    let signed_in = authenticate(cx, &token).await.unwrap().unwrap();
    assert!(!signed_in.actor(kernel::RequestId(1), String::new()).has_fresh_proof(cx.now()));
}

#[testkit::db_test]
async fn an_account_is_never_found_by_an_address_that_a_party_claims(t: TestDb) {
    let stage = Stage::new(t).await;
    let cx = &stage.t.cx;
    let victim = account(cx, &stage.hasher, "lin", Role::CUSTOMER).await;
    let person = json!({"email": "lin@example.com", "email_verified": true});
    stage.play("mallory", Script { person: person.as_object().unwrap().clone(), ..Script::default() });
    assert!(matches!(stage.sign_in().await.unwrap(), Finished::Unknown { .. }));
    assert_eq!(code_of(stage.register("lin@example.com").await), "identity.already_registered");
    assert!(link::list(cx, &acting(victim, Role::CUSTOMER)).await.unwrap().is_empty());
    // Who is not signed in, or not freshly, adds nothing either.
    assert_eq!(code_of(adopt(cx, &anonymous(HOME), BROWSER).await), "identity.sign_in_needed");
    assert_eq!(code_of(adopt(cx, &acting(victim, Role::CUSTOMER), BROWSER).await), "identity.proof_needed");
}

#[testkit::db_test]
async fn the_owner_of_an_account_signs_in_and_adds_the_identity(t: TestDb) {
    let stage = Stage::new(t).await;
    let cx = &stage.t.cx;
    let id = customer(cx, &stage.hasher).await;
    assert!(matches!(stage.sign_in().await.unwrap(), Finished::Unknown { .. }));
    let (me, _, _) = stage.signed_in(PHONE).await;
    adopt(cx, &me, BROWSER).await.unwrap();
    assert_eq!(code_of(adopt(cx, &me, BROWSER).await), "identity.claim_expired");
    assert_eq!(entered(stage.sign_in().await.unwrap()).session().account, id);
    assert!(audited(&stage.t).await.contains(&"link.add".to_owned()));
    let told =
        stage.t.raw("SELECT id FROM message WHERE template = 'custom.security.link_added'", Vec::new());
    assert!(!told.await.is_empty(), "the owner is told");
}

#[testkit::db_test]
async fn a_frozen_or_closed_account_stays_shut(t: TestDb) {
    let stage = Stage::new(t).await;
    let cx = &stage.t.cx;
    let id = customer(cx, &stage.hasher).await;
    stage.sign_in().await.unwrap();
    let (me, _, _) = stage.signed_in(PHONE).await;
    adopt(cx, &me, BROWSER).await.unwrap();
    let system = kernel::Actor::system("test");
    for (command, state, code) in [
        (StateCommand::Freeze, AccountState::Frozen, "identity.account_frozen"),
        (StateCommand::Close, AccountState::Closed, "identity.account_closed"),
    ] {
        assert_eq!(change_state(cx, &system, id, command, "测试原因").await.unwrap(), state);
        assert_eq!(refused(stage.sign_in().await), code);
    }
}

#[testkit::db_test]
async fn w8_adding_an_identity_needs_a_fresh_proof_and_belongs_to_one_account(t: TestDb) {
    let stage = Stage::new(t).await;
    let cx = &stage.t.cx;
    customer(cx, &stage.hasher).await;
    account(cx, &stage.hasher, "other", Role::CUSTOMER).await;
    let (me, mine, token) = stage.signed_in(PHONE).await;
    let (other, others, _) = stage.signed_in("other@example.com").await;
    assert_eq!(code_of(stage.away(&anonymous(HOME), Purpose::Link).await), "identity.sign_in_needed");
    let stale = acting(mine.account, Role::CUSTOMER);
    assert_eq!(code_of(stage.away(&stale, Purpose::Link).await), "identity.proof_needed");

    let query = stage.away(&me, Purpose::Link).await.unwrap();
    // The way belongs to who began it.
    assert_eq!(refused(stage.back(&other, &query, None).await), "identity.state_invalid");
    let query = stage.away(&me, Purpose::Link).await.unwrap();
    let done = stage.back(&me, &query, Some((&mine, &token))).await.unwrap();
    assert!(matches!(done, Finished::Linked { ref next } if next == "/orders"));
    // Once more changes nothing; another account does not get it.
    let query = stage.away(&me, Purpose::Link).await.unwrap();
    assert!(stage.back(&me, &query, Some((&mine, &token))).await.is_ok());
    assert_eq!(link::list(cx, &me).await.unwrap().len(), 1);
    let query = stage.away(&other, Purpose::Link).await.unwrap();
    assert_eq!(refused(stage.back(&other, &query, Some((&others, ""))).await), "identity.link_taken");
}

#[testkit::db_test]
async fn w8_a_party_that_asked_just_now_is_a_fresh_proof_of_its_own_account(t: TestDb) {
    let stage = Stage::new(t).await;
    let cx = &stage.t.cx;
    let made = {
        stage.sign_in().await.unwrap();
        stage.register("13900139000").await.unwrap()
    };
    let token = made.step.session().token.expose().to_owned();
    let signed_in = authenticate(cx, &token).await.unwrap().unwrap();
    let me = signed_in.actor(kernel::RequestId(1), HOME.to_owned());
    assert!(!me.has_fresh_proof(cx.now()));
    // Somebody else's identity proves nothing; an old session at the party neither.
    stage.play("mallory", Script::default());
    let query = stage.away(&me, Purpose::Proof).await.unwrap();
    assert_eq!(refused(stage.back(&me, &query, Some((&signed_in, &token))).await), "identity.factor_unfit");
    let old = json!({"auth_time": testkit::START.as_secs() - 3600});
    stage.play("alice", Script { claims: old.as_object().unwrap().clone(), ..Script::default() });
    let query = stage.away(&me, Purpose::Proof).await.unwrap();
    assert_eq!(
        refused(stage.back(&me, &query, Some((&signed_in, &token))).await),
        "identity.party_untrusted"
    );

    stage.play("alice", Script::default());
    let query = stage.away(&me, Purpose::Proof).await.unwrap();
    let Finished::Proved { token: new, next } =
        stage.back(&me, &query, Some((&signed_in, &token))).await.unwrap()
    else {
        panic!("no proof")
    };
    assert_eq!(next, "/orders");
    assert!(authenticate(cx, &token).await.unwrap().is_none(), "the old token is gone");
    let now = authenticate(cx, new.expose()).await.unwrap().unwrap();
    assert!(now.actor(kernel::RequestId(1), HOME.to_owned()).has_fresh_proof(cx.now()));
}

#[testkit::db_test]
async fn a_shared_address_pays_only_for_ways_that_lead_nowhere(t: TestDb) {
    let stage = Stage::new(t).await;
    let guest = anonymous(HOME);
    for _ in 0..61 {
        stage.sign_in().await.unwrap();
    }
    for _ in 0..60 {
        stage.away(&guest, Purpose::SignIn).await.unwrap();
    }
    assert_eq!(code_of(stage.away(&guest, Purpose::SignIn).await), "identity.too_many_tries");
}

#[testkit::db_test]
async fn what_is_kept_names_nobody_and_what_is_old_is_removed(t: TestDb) {
    let stage = Stage::new(t).await;
    let person = json!({"name": "林小满", "email": "lin@example.com"});
    stage.play("alice-at-them", Script { person: person.as_object().unwrap().clone(), ..Script::default() });
    let guest = anonymous(HOME);
    let query = stage.away(&guest, Purpose::SignIn).await.unwrap();
    stage.back(&guest, &query, None).await.unwrap();
    for sql in [
        "SELECT state_hash, browser_hash, secrets_sealed FROM federated_state",
        "SELECT browser_hash, subject_index, claimed_sealed FROM federated_claim",
    ] {
        for row in stage.t.raw(sql, Vec::new()).await {
            let mut r = row.reader();
            for _ in 0..3 {
                let bytes: Vec<u8> = r.get().unwrap();
                let text = String::from_utf8_lossy(&bytes);
                for secret in ["alice", "林小满", "lin@example", BROWSER, &query.state, "/orders"] {
                    assert!(!text.contains(secret), "{secret} in {sql}");
                }
            }
        }
    }
    stage.t.clock.advance(Duration::from_mins(11));
    let mut tx = stage.t.cx.begin().await.unwrap();
    assert_eq!(purge(&mut tx, stage.t.cx.now()).await.unwrap(), 2);
}
