//! Signing in and out.

use kernel::{Duration, Locale, Refusal as _, RequestId, Role};
use testkit::TestDb;

use super::*;
use crate::signin::{Arrival, LogIn, log_in};
use crate::testing::*;

#[testkit::db_test]
async fn signing_in_opens_a_session_that_says_who_it_is_until_signing_out(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let session = sign_in(cx, &hasher, HOME, "+86 138-0013-8000", PASSWORD).await.unwrap();
    let signed_in = authenticate(cx, session.token.expose()).await.unwrap().unwrap();
    assert_eq!((signed_in.account, signed_in.session), (id, session.id));
    assert_eq!((signed_in.kind, signed_in.is_staff()), (SessionKind::Cookie, false));
    let actor = signed_in.actor(RequestId(7), HOME.to_owned());
    assert_eq!((actor.account(), actor.request), (Some(id), RequestId(7)));

    log_out(cx, &actor, session.token.expose()).await.unwrap();
    assert!(authenticate(cx, session.token.expose()).await.unwrap().is_none());
    log_out(cx, &actor, session.token.expose()).await.unwrap();
    assert_eq!(audited(&t).await, ["account.register", "session.log_in", "session.end"]);
}

#[testkit::db_test]
async fn a_token_is_kept_only_as_a_hash_and_anything_else_opens_nothing(t: TestDb) {
    let hasher = ready(&t).await;
    customer(&t.cx, &hasher).await;
    let session = sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let token = session.token.expose().to_owned();
    assert!(token.starts_with("evl_") && token.len() == 47);
    assert_eq!(format!("{:?}", session.token), "Token");
    let rows = t.raw("SELECT token_hash FROM session", Vec::new()).await;
    let kept: Vec<u8> = rows.first().unwrap().reader().get().unwrap();
    assert_eq!(kept.len(), 32);
    for other in ["", "evl_", "x", &token[4..], &format!("{token}A"), &token.to_uppercase(), &"密".repeat(47)]
    {
        assert!(authenticate(&t.cx, other).await.unwrap().is_none(), "{other}");
    }
}

#[testkit::db_test]
async fn signing_in_again_makes_a_new_token_and_ends_the_one_that_came_along(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    customer(cx, &hasher).await;
    let first = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let arrival = Arrival {
        kind: SessionKind::Bearer,
        device: "curl\u{1b}[31m".to_owned(),
        device_token: None,
        previous: Some(first.token.expose().to_owned()),
        judge: risk::LoginPoint::default(),
    };
    let input = LogIn { contact: PHONE.to_owned(), password: PASSWORD.to_owned(), arrival };
    let second = log_in(cx, &hasher, &anonymous(HOME), input).await.unwrap().into_session();
    assert_ne!(first.token, second.token);
    assert!(authenticate(cx, first.token.expose()).await.unwrap().is_none());
    let me = acting(second.account, Role::CUSTOMER);
    let all = list_sessions(cx, &me).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].kind, all[0].device.as_str(), all[0].address.as_str()),
        (SessionKind::Bearer, "curl[31m", HOME)
    );
}

#[testkit::db_test]
async fn a_session_ends_by_itself_after_two_weeks_and_for_staff_after_a_working_day(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    customer(cx, &hasher).await;
    account(cx, &hasher, "desk", Role::OPERATOR).await;
    let life = [(PHONE, Duration::from_days(14)), ("desk@example.com", Duration::from_hours(12))];
    for (contact, life) in life {
        let session = sign_in(cx, &hasher, HOME, contact, PASSWORD).await.unwrap();
        assert_eq!(session.expires_at.since(cx.now()), life);
        // Somebody works with it all the time: only its age ends it.
        while cx.now().plus(Duration::from_mins(20)) < session.expires_at {
            t.clock.advance(Duration::from_mins(20));
            assert!(authenticate(cx, session.token.expose()).await.unwrap().is_some(), "{contact}");
        }
        t.clock.advance(Duration(session.expires_at.since(cx.now()).0 - 1));
        assert!(authenticate(cx, session.token.expose()).await.unwrap().is_some(), "{contact}");
        t.clock.advance(Duration(1));
        assert!(authenticate(cx, session.token.expose()).await.unwrap().is_none(), "{contact}");
        assert!(list_sessions(cx, &acting(session.account, Role::CUSTOMER)).await.unwrap().is_empty());
    }
}

#[testkit::db_test]
async fn a_staff_browser_that_nobody_uses_for_half_an_hour_is_signed_out(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    customer(cx, &hasher).await;
    account(cx, &hasher, "desk", Role::OPERATOR).await;
    for (contact, open_after) in [("desk@example.com", false), (PHONE, true)] {
        let session = sign_in(cx, &hasher, HOME, contact, PASSWORD).await.unwrap();
        t.clock.advance(Duration::from_mins(29));
        assert!(authenticate(cx, session.token.expose()).await.unwrap().is_some(), "{contact}");
        t.clock.advance(Duration::from_mins(30));
        let open = authenticate(cx, session.token.expose()).await.unwrap().is_some();
        assert_eq!(open, open_after, "{contact}");
    }
}

#[testkit::db_test]
async fn last_seen_is_written_at_most_every_five_minutes(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    customer(cx, &hasher).await;
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let me = acting(session.account, Role::CUSTOMER);
    let start = cx.now();
    for (minutes, seen_after) in [(4, 0), (1, 5), (4, 5), (10, 19)] {
        t.clock.advance(Duration::from_mins(minutes));
        authenticate(cx, session.token.expose()).await.unwrap().unwrap();
        let seen = list_sessions(cx, &me).await.unwrap()[0].seen_at;
        assert_eq!(seen.since(start), Duration::from_mins(seen_after));
    }
}

#[testkit::db_test]
async fn people_end_their_own_sessions_and_nobody_elses(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let me = acting(customer(cx, &hasher).await, Role::CUSTOMER);
    let other = acting(account(cx, &hasher, "other", Role::CUSTOMER).await, Role::CUSTOMER);
    let here = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let there = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    assert_eq!(code_of(end_session(cx, &other, there.id).await), "identity.session_not_found");
    assert_eq!(code_of(end_session(cx, &anonymous(HOME), there.id).await), "identity.sign_in_needed");
    end_session(cx, &me, there.id).await.unwrap();
    assert!(authenticate(cx, there.token.expose()).await.unwrap().is_none());
    assert_eq!(code_of(end_session(cx, &me, there.id).await), "identity.session_not_found");

    sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    assert_eq!(end_other_sessions(cx, &me, here.id).await.unwrap(), 2);
    let left: Vec<_> = list_sessions(cx, &me).await.unwrap().into_iter().map(|s| s.id).collect();
    assert_eq!(left, [here.id]);
}

#[testkit::db_test]
async fn an_account_has_at_most_a_hundred_sessions(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let me = acting(customer(cx, &hasher).await, Role::CUSTOMER);
    let first = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    for _ in 0..100 {
        sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    }
    assert_eq!(list_sessions(cx, &me).await.unwrap().len(), 100);
    assert!(authenticate(cx, first.token.expose()).await.unwrap().is_none(), "the oldest went");
}

#[test]
fn a_forms_token_belongs_to_one_cookie() {
    let vault = vault::Vault::with_key([7; 32]).unwrap();
    let other = vault::Vault::with_key([8; 32]).unwrap();
    let token = csrf_token(&vault, "evl_a");
    assert!(csrf_matches(&vault, "evl_a", &token));
    for (vault, cookie, given) in [
        (&vault, "evl_b", token.as_str()),
        (&other, "evl_a", token.as_str()),
        (&vault, "evl_a", ""),
        (&vault, "evl_a", &token[1..]),
    ] {
        assert!(!csrf_matches(vault, cookie, given), "{cookie} {given}");
    }
}

#[testkit::db_test]
async fn w6_a_wrong_password_and_an_unknown_account_get_the_same_answers(t: TestDb) {
    let hasher = ready(&t).await;
    customer(&t.cx, &hasher).await;
    for _ in 0..7 {
        let known = sign_in(&t.cx, &hasher, "192.0.2.2", PHONE, "wrong password").await.unwrap_err();
        let unknown =
            sign_in(&t.cx, &hasher, "192.0.2.3", "13700137000", "wrong password").await.unwrap_err();
        let nonsense = sign_in(&t.cx, &hasher, "192.0.2.4", "<script>", "wrong password").await.unwrap_err();
        for other in [&unknown, &nonsense] {
            assert_eq!(known.code(), other.code());
            assert_eq!(known.message(Locale::Zh), other.message(Locale::Zh));
            assert_eq!(known.retry_after_secs(), other.retry_after_secs());
        }
    }
}

#[testkit::db_test]
async fn everything_expired_is_removed_by_the_purge(t: TestDb) {
    let hasher = ready(&t).await;
    customer(&t.cx, &hasher).await;
    sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    t.clock.advance(Duration::from_days(15));
    let mut registry = durable::Registry::default();
    registry.schedule("identity.purge", Duration::from_hours(1), crate::PurgeJob);
    durable::run_due(&t.cx, &registry).await.unwrap();
    t.clock.advance(Duration::from_hours(2));
    durable::run_due(&t.cx, &registry).await.unwrap();
    for table in ["session", "one_time_code", "throttle"] {
        let rows = t.raw(&format!("SELECT COUNT(*) FROM {table}"), Vec::new()).await;
        assert_eq!(rows.first().unwrap().reader().get::<i64>().unwrap(), 0, "{table}");
    }
}
