//! Ways back in: by a code, by two of the staff, out of a freeze.

use kernel::{Duration, Role};
use serde_json::{Value, json};

use super::server::{Answer, PASSWORD, Server, told};

const PHONE: &str = "13800000001";
const NEW: &str = "another phrase nobody guesses";

/// A customer whose phone is verified.
async fn verified(server: &Server) -> String {
    let token = server.customer(PHONE, 0).await;
    let code = json!({"code": server.code().await});
    assert_eq!(server.act("/me/verification", &token, &code).await.status, 204);
    server.t.clock.advance(Duration::from_mins(2));
    token
}

#[testkit::db_test]
async fn a_forgotten_password_is_set_anew_and_nobody_learns_who_has_an_account(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let token = verified(&server).await;
    let asked = |contact: &str| json!({"contact": contact});
    let known = server.open_to_all("/password-resets", &asked(PHONE)).await;
    let code = server.code().await;
    let unknown = server.open_to_all("/password-resets", &asked("13800000009")).await;
    assert_eq!((known.status.as_u16(), unknown.status.as_u16()), (202, 202));
    let members =
        |answer: &Answer| answer.json().as_object().unwrap().keys().cloned().collect::<Vec<String>>();
    assert_eq!(members(&known), members(&unknown));
    assert_eq!(known.json()["expires_at"], unknown.json()["expires_at"]);

    let with = |contact: &str, code: &str| json!({"contact": contact, "code": code, "password": NEW});
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for (contact, code) in [(PHONE, wrong), ("13800000009", code.as_str())] {
        let refused = server.open_to_all("/password-resets/current", &with(contact, code)).await;
        assert_eq!(told(&refused), (401, "identity.sign_in_code_wrong".to_owned()), "{contact}");
    }
    let set = server.open_to_all("/password-resets/current", &with(PHONE, &code)).await;
    assert_eq!(set.status, 204, "{}", set.json());
    assert_eq!(server.look("/me", &token).await.status, 401, "every session ended");
    assert_eq!(server.sign_in(PHONE).await.status, 401, "the old password is gone");
    let session = json!({"contact": PHONE, "password": NEW});
    assert_eq!(server.open_to_all("/sessions", &session).await.status, 201);
    let again = server.open_to_all("/password-resets/current", &with(PHONE, &code)).await;
    assert_eq!(again.status, 401, "a code works once");
    let weak = json!({"contact": PHONE, "code": "123456", "password": "password"});
    let weak = server.open_to_all("/password-resets/current", &weak).await;
    assert_eq!(
        (weak.status.as_u16(), weak.json()["errors"][0]["pointer"].as_str()),
        (422, Some("/password"))
    );
}

/// Somebody with an app who cannot show it: signed in with the first factor.
async fn locked_out(server: &Server) -> String {
    let waiting = server.sign_in(PHONE).await.json();
    assert_eq!(waiting["stage"], "second_factor");
    waiting["token"].as_str().unwrap().to_owned()
}

#[testkit::db_test]
async fn a_lost_second_factor_goes_after_two_of_the_staff_and_a_day(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let token = verified(&server).await;
    let why = json!({"reason": "手机丢失，恢复码也在手机里"});
    let open = server.act("/recoveries", &token, &why).await;
    assert_eq!(told(&open), (401, "web.sign_in_needed".to_owned()), "only for a session that waits");
    let token = server.sign_in(PHONE).await.json()["token"].as_str().unwrap().to_owned();
    server.with_app(&token).await;
    let waiting = locked_out(&server).await;
    assert_eq!(server.look("/recoveries/current", &waiting).await.status, 404);
    let asked = server.act("/recoveries", &waiting, &why).await;
    assert_eq!((asked.status.as_u16(), &asked.json()["state"]), (201, &json!("waiting")), "{}", asked.json());
    let twice = server.act("/recoveries", &waiting, &why).await;
    assert_eq!(told(&twice), (409, "identity.recovery_under_way".to_owned()));
    let path = format!("/staff/recoveries/{}/approve", asked.json()["id"].as_str().unwrap());

    let [one, two] =
        [server.staff("one", Role::SUPERVISOR).await, server.staff("two", Role::SUPERVISOR).await];
    let clerk = server.staff("clerk", Role::OPERATOR).await;
    let ok = json!({"reason": "已电话核实本人"});
    assert_eq!(told(&server.act(&path, &clerk, &ok).await), (403, "web.forbidden".to_owned()));
    assert_eq!(told(&server.act(&path, &token, &json!({})).await), (403, "web.staff_only".to_owned()));
    let list = server.look("/staff/recoveries", &one).await.json();
    assert_eq!(list["items"][0]["reason"], why["reason"], "{list}");
    assert_eq!(server.act(&path, &one, &ok).await.json()["state"], "waiting");
    assert_eq!(told(&server.act(&path, &one, &ok).await), (409, "identity.second_person_needed".to_owned()));
    assert_eq!(server.act(&path, &two, &ok).await.json()["state"], "approved");
    let early = server.act("/recoveries/current/complete", &waiting, &json!({})).await;
    assert_eq!(told(&early), (409, "identity.recovery_waits".to_owned()));

    server.t.clock.advance(Duration::from_hours(24));
    let waiting = locked_out(&server).await;
    assert_eq!(server.look("/recoveries/current", &waiting).await.json()["state"], "approved");
    let done = server.act("/recoveries/current/complete", &waiting, &json!({})).await;
    assert_eq!(done.status, 204, "{}", done.json());
    assert_eq!(server.sign_in(PHONE).await.json()["stage"], "open");
}

#[testkit::db_test]
async fn w8_deciding_about_a_recovery_needs_a_fresh_proof_and_its_owner_can_stop_it(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let token = verified(&server).await;
    let token = server.sign_in(PHONE).await.json()["token"].as_str().map_or(token, str::to_owned);
    server.with_app(&token).await;
    let lead = server.staff("lead", Role::SUPERVISOR).await;
    server.t.clock.advance(Duration::from_mins(6));
    let waiting = locked_out(&server).await;
    let asked = server.act("/recoveries", &waiting, &json!({"reason": "lost my phone"})).await.json();
    let path = format!("/staff/recoveries/{}/refuse", asked["id"].as_str().unwrap());
    let late = server.act(&path, &lead, &json!({"reason": "not the owner"})).await;
    assert_eq!(told(&late), (403, "identity.proof_needed".to_owned()));
    assert!(late.header("www-authenticate").contains("max_age=300"));
    let foreign =
        server.act("/staff/recoveries/rcv_0000000000001/refuse", &lead, &json!({"reason": "no"})).await;
    assert_eq!(foreign.status, 403, "what needs a proof says so before anything is looked for");
    let stop = server.open_to_all("/recoveries/stop", &json!({"token": "evl_made-up"})).await;
    assert_eq!(told(&stop), (404, "identity.link_invalid".to_owned()));
    let link = server.link("/recover/stop/").await;
    let stopped = server.open_to_all("/recoveries/stop", &json!({"token": link})).await;
    assert_eq!(stopped.status, 204, "{}", stopped.json());
    assert_eq!(server.look("/me", &token).await.status, 401, "nothing the first factor opened stays open");
    let again = server.open_to_all("/recoveries/stop", &json!({"token": link})).await;
    assert_ne!(again.status, 204, "a link stops once");
}

#[testkit::db_test]
async fn an_account_is_frozen_at_once_and_unfrozen_with_two_factors_and_a_code(t: testkit::TestDb) {
    let server = Server::open(t).await;
    verified(&server).await;
    let token = server.sign_in(PHONE).await.json()["token"].as_str().unwrap().to_owned();
    let (secret, _) = server.with_app(&token).await;
    let empty = server.act("/me/freeze", &token, &json!({"reason": ""})).await;
    assert_eq!(empty.json()["errors"][0]["pointer"], "/reason");
    assert_eq!(server.act("/me/freeze", &token, &json!({"reason": "lost my phone"})).await.status, 204);
    assert_eq!(server.look("/me", &token).await.status, 401);
    assert_eq!(told(&server.sign_in(PHONE).await), (403, "identity.account_frozen".to_owned()));

    server.t.clock.advance(Duration::from_mins(5));
    let wrong = json!({"contact": PHONE, "password": "not this one, surely"});
    assert_eq!(server.open_to_all("/unfreezings", &wrong).await.status, 401);
    let begun = server.open_to_all("/unfreezings", &json!({"contact": PHONE, "password": PASSWORD})).await;
    assert_eq!(begun.status, 202, "{}", begun.json());
    assert_eq!(begun.json()["factors"], json!(["totp", "recovery_code"]));
    let code = server.code().await;
    let finish = |code: &str, more: Value| {
        let mut body = json!({"ticket": begun.json()["ticket"], "code": code});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let none = server.open_to_all("/unfreezings/current", &finish(&code, json!({}))).await;
    assert_eq!(none.json()["errors"][0]["code"], "web.one_of");
    let totp = json!({"totp": server.shown(&secret)});
    let bad = if code == "000000" { "000001" } else { "000000" };
    let refused = server.open_to_all("/unfreezings/current", &finish(bad, totp.clone())).await;
    assert_eq!(told(&refused), (422, "identity.code_wrong".to_owned()));
    let done = server.open_to_all("/unfreezings/current", &finish(&code, totp)).await;
    assert_eq!(done.status, 204, "{}", done.json());
    assert_eq!(server.sign_in(PHONE).await.status, 201);
}
