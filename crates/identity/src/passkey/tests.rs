//! Making passkeys, keeping them, and taking them away.

mod bad;
mod token;

use kernel::{AccountId, Actor, Duration, Role};
use testkit::TestDb;

use super::*;
use crate::Error;
use crate::account::StateCommand;
use crate::signin::{Method, Proven, Step, enter};
use crate::testing::*;
use token::{ORIGIN, RP_ID, Says, Token, encode};

const BROWSER: &str = "one browser";

fn party() -> Party {
    Party::of(ORIGIN).unwrap()
}

fn at(party: &Party) -> At<'_> {
    At { party, browser: BROWSER, agent: "Firefox" }
}

/// The same person right after showing a factor.
fn fresh(t: &TestDb, id: AccountId) -> Actor {
    acting(id, Role::CUSTOMER).proved(t.cx.now())
}

fn answer<'a>(ceremony: &'a str, credential: &'a str) -> Answer<'a> {
    Answer { ceremony, credential }
}

async fn make(t: &TestDb, id: AccountId, name: &str, says: &Says) -> Result<(Token, PasskeyId), Error> {
    let (party, me) = (party(), fresh(t, id));
    let begun = begin_adding(&t.cx, &me, at(&party)).await?;
    let (token, credential) = Token::make(&begun.options, says);
    let ceremony = begun.ceremony.to_string();
    let added = add(&t.cx, &me, at(&party), answer(&ceremony, &credential), name).await?;
    Ok((token, added.passkey))
}

async fn added(t: &TestDb, id: AccountId) -> Token {
    make(t, id, "我的手机", &Says::default()).await.unwrap().0
}

async fn show(
    t: &TestDb,
    token: &mut Token,
    purpose: Purpose,
    account: Option<AccountId>,
    says: &Says,
) -> Result<Proven, Error> {
    let party = party();
    let begun = begin_proving(&t.cx, at(&party), purpose, account).await?;
    let credential = token.sign(&begun.options, says);
    let ceremony = begun.ceremony.to_string();
    prove(&t.cx, &anonymous(HOME), at(&party), purpose, account, answer(&ceremony, &credential)).await
}

async fn sign_in_with(t: &TestDb, token: &mut Token) -> Result<Proven, Error> {
    show(t, token, Purpose::SignIn, None, &Says::default()).await
}

async fn texts_of(t: &TestDb, id: AccountId) -> Vec<String> {
    let page = kernel::PageRequest::new(None, 50);
    let me = acting(id, Role::CUSTOMER);
    let page = notify::list_inbox(&t.cx, &me, page).await.unwrap();
    page.items.into_iter().map(|message| message.content.title).collect()
}

#[testkit::db_test]
async fn a_passkey_is_made_for_an_account_and_shows_who_it_is(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut token = added(&t, id).await;
    let kept = list(&t.cx, &fresh(&t, id)).await.unwrap();
    let [key] = kept.keys.as_slice() else { panic!("one passkey") };
    assert_eq!((key.name.as_str(), key.credential_id.as_str()), ("我的手机", encode(&token.id).as_str()));
    assert!(!key.is_synced && key.used_at.is_none() && key.alarmed_at.is_none());

    t.clock.advance(Duration::from_mins(9));
    let proven = sign_in_with(&t, &mut token).await.unwrap();
    assert_eq!((proven.account, proven.method, proven.user_verified), (id, Method::Passkey, true));
    assert_eq!(list(&t.cx, &fresh(&t, id)).await.unwrap().keys[0].used_at, Some(t.cx.now()));
    assert!(audited(&t).await.contains(&"passkey.add".to_owned()));
    assert!(texts_of(&t, id).await.contains(&"新增了通行密钥".to_owned()));
}

#[testkit::db_test]
async fn what_is_asked_of_authenticators_is_what_the_standard_wants(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let token = added(&t, id).await;
    let (party, me) = (party(), fresh(&t, id));
    let first = begin_adding(&t.cx, &me, at(&party)).await.unwrap().options;
    let second = begin_adding(&t.cx, &me, at(&party)).await.unwrap().options;
    assert_eq!(first["rp"]["id"], RP_ID);
    assert_eq!(first["attestation"], "none");
    assert_eq!(first["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(first["authenticatorSelection"]["userVerification"], "required");
    let algorithms: Vec<_> =
        first["pubKeyCredParams"].as_array().unwrap().iter().map(|param| param["alg"].clone()).collect();
    assert_eq!(algorithms, [-7, -257]);
    assert_eq!(first["excludeCredentials"][0]["id"], encode(&token.id).as_str());
    assert_eq!(first["timeout"], 300_000);
    assert_eq!(first["user"]["name"], "138****8000");
    assert_eq!(first["user"]["id"], second["user"]["id"], "one handle an account");
    assert_ne!(first["challenge"], second["challenge"]);
    assert!(first["challenge"].as_str().unwrap().len() >= 22, "16 bytes at least");

    let anybody = begin_proving(&t.cx, at(&party), Purpose::SignIn, None).await.unwrap().options;
    assert_eq!(anybody["allowCredentials"], serde_json::json!([]));
    assert_eq!(
        (anybody["userVerification"].as_str(), anybody["rpId"].as_str()),
        (Some("required"), Some(RP_ID))
    );
    let mine = begin_proving(&t.cx, at(&party), Purpose::StepUp, Some(id)).await.unwrap().options;
    assert_eq!(mine["allowCredentials"][0]["id"], encode(&token.id).as_str());
    assert_eq!(mine["allowCredentials"][0]["transports"], serde_json::json!(["internal", "hybrid"]));
}

#[testkit::db_test]
async fn w7_a_passkey_counts_as_two_factors_and_opens_a_session_at_once(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut token = added(&t, id).await;
    let by_password = Proven { account: id, method: Method::Password, user_verified: false };
    let step = enter(&t.cx, &anonymous(HOME), by_password, arrival()).await.unwrap();
    assert!(matches!(step, Step::SecondFactor(_)), "the passkey is a second factor after a password");
    let proven = sign_in_with(&t, &mut token).await.unwrap();
    let step = enter(&t.cx, &anonymous(HOME), proven, arrival()).await.unwrap();
    assert!(matches!(step, Step::Open(_)));
}

#[testkit::db_test]
async fn w8_adding_and_removing_need_a_proof_of_the_last_five_minutes(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let (_, passkey) = make(&t, id, "a", &Says::default()).await.unwrap();
    let (party, me) = (party(), fresh(&t, id));
    t.clock.advance(Duration::from_secs(301));
    for stale in [me.clone(), acting(id, Role::CUSTOMER)] {
        assert_eq!(code_of(begin_adding(&t.cx, &stale, at(&party)).await), "identity.proof_needed");
        assert_eq!(code_of(remove(&t.cx, &stale, passkey).await), "identity.proof_needed");
    }
    assert_eq!(code_of(begin_adding(&t.cx, &anonymous(HOME), at(&party)).await), "identity.sign_in_needed");
    rename(&t.cx, &me, passkey, "b").await.unwrap();
    remove(&t.cx, &fresh(&t, id), passkey).await.unwrap();
    assert!(texts_of(&t, id).await.contains(&"移除了通行密钥".to_owned()));
    assert!(audited(&t).await.contains(&"passkey.remove".to_owned()));
}

#[testkit::db_test]
async fn an_account_has_ten_passkeys_at_most(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let (party, me) = (party(), fresh(&t, id));
    // Two pages ask while there is room for one.
    let late = begin_adding(&t.cx, &me, at(&party)).await.unwrap();
    for n in 0..10 {
        make(&t, id, &format!("key {n}"), &Says::default()).await.unwrap();
        t.clock.advance(Duration::from_secs(1));
    }
    let me = fresh(&t, id);
    assert_eq!(code_of(begin_adding(&t.cx, &me, at(&party)).await), "identity.too_many_passkeys");
    let (_, credential) = Token::make(&late.options, &Says::default());
    let ceremony = late.ceremony.to_string();
    let eleventh = add(&t.cx, &me, at(&party), answer(&ceremony, &credential), "x").await;
    assert_eq!(code_of(eleventh), "identity.too_many_passkeys");
    assert_eq!(list(&t.cx, &me).await.unwrap().keys.len(), 10);
}

#[testkit::db_test]
async fn passkeys_have_names_and_belong_to_one_account(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let other = account(&t.cx, &hasher, "other", Role::CUSTOMER).await;
    let (_, passkey) = make(&t, id, "  我的\t手机 ", &Says::default()).await.unwrap();
    let me = fresh(&t, id);
    let name = |keys: Passkeys| keys.keys[0].name.clone();
    assert_eq!(name(list(&t.cx, &me).await.unwrap()), "我的 手机");
    rename(&t.cx, &me, passkey, "旧手机").await.unwrap();
    assert_eq!(name(list(&t.cx, &me).await.unwrap()), "旧手机");
    for (bad, code) in [
        ("", "identity.passkey_name_empty"),
        ("   ", "identity.passkey_name_empty"),
        ("a\u{202E}b", "identity.passkey_name_hidden"),
        (&"长".repeat(41), "identity.passkey_name_long"),
    ] {
        let Err(Error::Invalid { fields }) = rename(&t.cx, &me, passkey, bad).await else {
            panic!("{bad} was taken")
        };
        assert_eq!((fields[0].code, fields[0].pointer.as_str()), (code, "/name"));
    }
    let stranger = fresh(&t, other);
    assert_eq!(code_of(rename(&t.cx, &stranger, passkey, "mine").await), "identity.passkey_not_found");
    assert_eq!(code_of(remove(&t.cx, &stranger, passkey).await), "identity.passkey_not_found");
    assert!(list(&t.cx, &stranger).await.unwrap().keys.is_empty());
}

#[testkit::db_test]
async fn the_last_way_in_is_not_taken_away(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let (_, first) = make(&t, id, "a", &Says::default()).await.unwrap();
    let (_, second) = make(&t, id, "b", &Says::default()).await.unwrap();
    // An account that came by another site has no password; its phone is not verified here.
    t.raw("UPDATE account SET password_hash = NULL", Vec::new()).await;
    let me = fresh(&t, id);
    remove(&t.cx, &me, first).await.unwrap();
    assert_eq!(code_of(remove(&t.cx, &me, second).await), "identity.last_way_in");
    t.raw("UPDATE account SET phone_verified_at = 1", Vec::new()).await;
    remove(&t.cx, &me, second).await.unwrap();
    assert!(list(&t.cx, &me).await.unwrap().keys.is_empty());
}

#[testkit::db_test]
async fn a_removed_passkey_opens_nothing_any_more(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let (mut token, passkey) = make(&t, id, "a", &Says::default()).await.unwrap();
    remove(&t.cx, &fresh(&t, id), passkey).await.unwrap();
    assert_eq!(code_of(sign_in_with(&t, &mut token).await), "identity.passkey_refused");
    assert_eq!(
        code_of(show(&t, &mut token, Purpose::StepUp, Some(id), &Says::default()).await),
        "identity.passkey_not_found"
    );
}

#[testkit::db_test]
async fn a_counter_that_goes_back_is_an_alarm_and_not_a_lock(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut token = added(&t, id).await;
    token.count = 5;
    sign_in_with(&t, &mut token).await.unwrap();
    sign_in_with(&t, &mut token).await.unwrap();
    let quiet = list(&t.cx, &fresh(&t, id)).await.unwrap();
    assert!(quiet.keys[0].alarmed_at.is_none());
    token.count = 3;
    assert_eq!(sign_in_with(&t, &mut token).await.unwrap().account, id);
    let loud = list(&t.cx, &fresh(&t, id)).await.unwrap();
    assert_eq!(loud.keys[0].alarmed_at, Some(t.cx.now()));
    let alarms = audited(&t).await.into_iter().filter(|verb| verb == "passkey.count_backwards").count();
    assert_eq!(alarms, 1);
    assert!(texts_of(&t, id).await.contains(&"通行密钥可能被复制".to_owned()));
}

#[testkit::db_test]
async fn a_synced_passkey_says_so_and_its_counter_stays_zero_without_alarm(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let synced = Says { synced: true, ..Says::default() };
    let (mut token, _) = make(&t, id, "钥匙串", &synced).await.unwrap();
    for _ in 0..2 {
        show(&t, &mut token, Purpose::SignIn, None, &synced).await.unwrap();
    }
    let kept = list(&t.cx, &fresh(&t, id)).await.unwrap();
    assert!(kept.keys[0].is_synced && kept.keys[0].alarmed_at.is_none());
    // Backup eligibility is for ever: a passkey that says otherwise is another one.
    assert_eq!(code_of(sign_in_with(&t, &mut token).await), "identity.passkey_refused");
}

#[testkit::db_test]
async fn nothing_of_a_passkey_is_in_the_tables_in_clear(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let token = added(&t, id).await;
    let party = party();
    begin_adding(&t.cx, &fresh(&t, id), at(&party)).await.unwrap();
    let handle = list(&t.cx, &fresh(&t, id)).await.unwrap().user_id.unwrap();
    let mut seen = 0;
    for table in ["passkey", "passkey_owner", "passkey_ceremony"] {
        for row in t.raw(&format!("SELECT * FROM {table}"), Vec::new()).await {
            let row = format!("{:?}", row.values());
            let raw = format!("{:?}", &token.id[..8]);
            for secret in
                ["我的手机", encode(&token.id).as_str(), raw.trim_matches(['[', ']']), &handle, BROWSER]
            {
                assert!(!row.contains(secret), "{table} shows {secret}");
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 3);
}

#[testkit::db_test]
async fn unanswered_ceremonies_are_few_and_go_away(t: TestDb) {
    ready(&t).await;
    let party = party();
    for _ in 0..20 {
        begin_proving(&t.cx, at(&party), Purpose::SignIn, None).await.unwrap();
    }
    let count = || async {
        let rows = t.raw("SELECT COUNT(*) FROM passkey_ceremony", Vec::new()).await;
        rows[0].reader().get::<i64>().unwrap()
    };
    assert_eq!(count().await, 8);
    t.clock.advance(Duration::from_mins(5));
    let mut tx = t.cx.begin().await.unwrap();
    assert_eq!(purge(&mut tx, t.cx.now()).await.unwrap(), 8);
    tx.commit().await.unwrap();
    assert_eq!(count().await, 0);
}

#[test]
fn passkeys_need_a_name_and_a_safe_connection() {
    for (url, id) in [
        ("https://counter.example", Some("counter.example")),
        ("https://counter.example:8443", Some("counter.example")),
        ("http://localhost:8080", Some("localhost")),
        ("http://127.0.0.1:8080", None),
        ("https://192.0.2.1", None),
        ("http://[::1]:8080", None),
        ("http://counter.example", None),
        ("nonsense", None),
    ] {
        assert_eq!(Party::of(url).as_ref().map(Party::id), id, "{url}");
    }
}

async fn freeze(t: &TestDb, id: AccountId) {
    crate::freeze::change_state(&t.cx, &fresh(t, id), id, StateCommand::Freeze, "手机丢了").await.unwrap();
}
