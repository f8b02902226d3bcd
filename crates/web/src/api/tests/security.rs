//! One's own sessions, devices, password, contacts and factors; and nobody else's.

use axum::http::Method;
use kernel::{Duration, Role};
use serde_json::json;

use shield::{Signal, Verdict};

use super::server::{PASSWORD, Server, told};

const LIN: &str = "13800000001";
const CHEN: &str = "13800000002";

async fn elsewhere(server: &Server) -> String {
    let body = json!({"contact": LIN, "password": PASSWORD}).to_string();
    let headers = [("user-agent", "cli/2")];
    let made = server.call(Method::POST, "/api/v1/sessions", None, &headers, Some(&body)).await;
    made.json()["token"].as_str().unwrap().to_owned()
}

#[testkit::db_test]
async fn w2_sessions_and_devices_are_seen_and_ended_by_their_owner_alone(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let (lin, chen) = (server.customer(LIN, 0).await, server.customer(CHEN, 0).await);
    let other = elsewhere(&server).await;
    let list = server.look("/me/sessions", &lin).await.json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{list}");
    let away = items.iter().find(|one| one["current"] == json!(false)).unwrap();
    assert_eq!((&away["device"], &away["methods"]), (&json!("cli/2"), &json!(["password"])));
    let path = format!("/me/sessions/{}", away["id"].as_str().unwrap());
    assert_eq!(told(&server.delete(&path, &chen).await), (404, "identity.session_not_found".to_owned()));
    assert_eq!(server.look("/me", &other).await.status, 200, "nobody else ended it");
    assert_eq!(server.delete(&path, &lin).await.status, 204);
    assert_eq!(server.look("/me", &other).await.status, 401);

    let devices = server.look("/me/devices", &lin).await.json();
    let named = |device: &str| {
        let all = devices["items"].as_array().unwrap();
        let one = all.iter().find(|one| one["device"] == device).unwrap();
        format!("/me/devices/{}", one["id"].as_str().unwrap())
    };
    assert_eq!(server.delete(&named("cli/2"), &chen).await.status, 404);
    let other = elsewhere(&server).await;
    assert_eq!(server.delete(&named("cli/2"), &lin).await.status, 204);
    assert_eq!(server.look("/me", &other).await.status, 401, "what is open on a device ends with it");
    elsewhere(&server).await;
    assert_eq!(server.delete("/me/sessions", &lin).await.json(), json!({"ended": 1}));

    let first = server.look("/me/logins?limit=1", &lin).await.json();
    assert_eq!(
        (first["items"].as_array().unwrap().len(), &first["items"][0]["outcome"]),
        (1, &json!("open"))
    );
    let next = format!("/me/logins?after={}", first["next"].as_str().unwrap());
    assert!(!server.look(&next, &lin).await.json()["items"].as_array().unwrap().is_empty());
    for path in ["/me/sessions/nonsense", "/me/devices/ses_1"] {
        assert_eq!(server.delete(path, &lin).await.status, 404, "{path}");
    }
}

#[testkit::db_test]
async fn w8_password_and_contact_change_with_a_proof_and_end_other_sessions(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer(LIN, 0).await;
    let other = elsewhere(&server).await;
    let new = "another phrase nobody guesses";
    let wrong = json!({"current": "not this one, surely", "password": new});
    let refused = server.put("/me/password", &lin, &wrong).await;
    assert_eq!(told(&refused), (401, "identity.wrong_credentials".to_owned()));
    let right = json!({"current": PASSWORD, "password": new});
    assert_eq!(server.put("/me/password", &lin, &right).await.status, 204);
    assert_eq!(
        server.look("/me", &other).await.status,
        401,
        "other sessions end unless something else is said"
    );
    assert_eq!(server.sign_in(LIN).await.status, 401);

    server.t.clock.advance(Duration::from_mins(6));
    let wish = json!({"contact": "lin+new@example.com"});
    let early = server.act("/me/contacts", &lin, &wish).await;
    assert_eq!(told(&early), (403, "identity.proof_needed".to_owned()));
    let proof = json!({"password": new});
    let lin = server.act("/sessions/current/proof", &lin, &proof).await.json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(server.act("/me/contacts", &lin, &wish).await.status, 202);
    let code = json!({"code": server.code().await});
    let nothing = server.act("/me/contacts/phone/confirm", &lin, &code).await;
    assert_eq!(told(&nothing), (409, "identity.code_expired".to_owned()));
    assert_eq!(server.act("/me/contacts/fax/confirm", &lin, &code).await.status, 404);
    assert_eq!(server.act("/me/contacts/email/confirm", &lin, &code).await.status, 204);
    let me = server.look("/me", &lin).await.json();
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("lin+new@example.com"), &json!(true)));
    let wish = json!({"contact": "lin+other@example.com"});
    server.t.clock.advance(Duration::from_mins(2));
    assert_eq!(server.act("/me/contacts", &lin, &wish).await.status, 202);
    let code = json!({"code": server.code().await});
    assert_eq!(server.act("/me/contacts/email/confirm", &lin, &code).await.status, 204);
    let link = json!({"token": server.link("/undo/").await});
    assert_eq!(server.open_to_all("/contact-undos", &link).await.status, 204);
    assert_eq!(server.look("/me", &lin).await.status, 401, "whoever has the link owns the old address");
    let undo = server.open_to_all("/contact-undos", &json!({"token": "evl_made-up"})).await;
    assert_eq!(told(&undo), (404, "identity.undo_invalid".to_owned()));
}

#[testkit::db_test]
async fn a_contact_is_verified_by_the_code_that_came(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer(LIN, 0).await;
    let code = server.code().await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = server.act("/me/verification", &lin, &json!({"code": wrong})).await;
    assert_eq!(told(&refused), (422, "identity.code_wrong".to_owned()));
    server.t.clock.advance(Duration::from_mins(2));
    let sent = server.act("/me/verification/codes", &lin, &json!({})).await;
    assert_eq!((sent.status.as_u16(), &sent.json()["sent_to"]), (202, &json!("138****0001")));
    let code = json!({"code": server.code().await});
    assert_eq!(server.act("/me/verification", &lin, &code).await.status, 204);
    assert_eq!(server.look("/me", &lin).await.json()["phone_verified"], json!(true));
    let again = server.act("/me/verification", &lin, &code).await;
    assert_eq!(told(&again), (409, "identity.already_verified".to_owned()));
}

#[testkit::db_test]
async fn w7_factors_are_set_up_and_removed_with_a_fresh_proof(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer(LIN, 0).await;
    let none = server.act("/me/factors/recovery-codes", &lin, &json!({})).await;
    assert_eq!(told(&none), (409, "identity.factor_unfit".to_owned()), "codes stand in for a factor");
    assert_eq!(server.act("/me/factors/totp", &lin, &json!({})).await.status, 201);
    let wrong = server.act("/me/factors/totp/confirm", &lin, &json!({"code": "000000"})).await;
    assert_eq!(told(&wrong), (422, "identity.factor_wrong".to_owned()));
    let (secret, codes) = server.with_app(&lin).await;
    assert_eq!(codes.len(), 10);
    let factors = server.look("/me/factors", &lin).await.json();
    assert_eq!((&factors["totp"], &factors["recovery_codes"]), (&json!(true), &json!(10)));
    assert_eq!(server.act("/me/factors/recovery-codes", &lin, &json!({})).await.status, 201);

    server.t.clock.advance(Duration::from_mins(6));
    for answer in [
        server.act("/me/factors/recovery-codes", &lin, &json!({})).await,
        server.act("/me/factors/totp", &lin, &json!({})).await,
        server.delete("/me/factors/totp", &lin).await,
        server.delete("/me/factors/passkeys/pky_0000000000001", &lin).await,
    ] {
        assert_eq!(told(&answer), (403, "identity.proof_needed".to_owned()));
    }
    let proof = json!({"totp": server.shown(&secret)});
    let proved = server.act("/sessions/current/proof", &lin, &proof).await;
    assert_eq!(proved.status, 201, "{}", proved.json());
    let lin = proved.json()["token"].as_str().unwrap().to_owned();
    let foreign = server.delete("/me/factors/passkeys/pky_0000000000001", &lin).await;
    assert_eq!(told(&foreign), (404, "identity.passkey_not_found".to_owned()));
    assert_eq!(server.delete("/me/factors/totp", &lin).await.status, 204);
    assert_eq!(server.look("/me/factors", &lin).await.json()["totp"], json!(false));
}

#[testkit::db_test]
async fn w5_a_role_that_demands_a_second_factor_sets_one_up_before_anything_else(t: testkit::TestDb) {
    let server = Server::open(t).await;
    server.hired("root", Role::ADMINISTRATOR).await;
    let session = server.sign_in("root@example.com").await.json();
    assert_eq!(session["stage"], "enrol");
    let token = session["token"].as_str().unwrap();
    for path in ["/me", "/me/factors", "/staff/roles"] {
        assert_eq!(server.look(path, token).await.status, 401, "{path}");
    }
    let offer = server.act("/me/factors/totp", token, &json!({})).await.json();
    let code = json!({"code": server.shown(offer["secret"].as_str().unwrap())});
    let added = server.act("/me/factors/totp/confirm", token, &code).await.json();
    assert_eq!(added["recovery_codes"].as_array().map(Vec::len), Some(10), "{added}");
    let opened = added["session"]["token"].as_str().unwrap();
    assert_eq!(added["session"]["stage"], "open");
    assert_eq!(server.look("/staff/roles", opened).await.status, 200);
    assert_eq!(server.look("/staff/roles", token).await.status, 401, "it goes on under a new token");
}

#[testkit::db_test]
async fn a_key_does_business_and_nothing_to_the_account_itself(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer(LIN, 0).await;
    let wish = json!({"name": "ERP", "scopes": ["act_as_customer", "read_own_business"], "days": 90});
    let made = server.act("/api-keys", &lin, &wish).await.json();
    let key = made["token"].as_str().unwrap();
    assert_eq!(server.look("/orders", key).await.status, 200);
    for path in ["/me/sessions", "/me/devices", "/me/logins", "/me/factors", "/me/consents", "/api-keys"] {
        assert_eq!(told(&server.look(path, key).await), (403, "web.session_needed".to_owned()), "{path}");
    }
    for path in ["/me/freeze", "/me/erasure", "/me/exports", "/organisations", "/invitations/accept"] {
        let answer = server.act(path, key, &json!({})).await;
        assert_eq!(told(&answer), (403, "web.session_needed".to_owned()), "{path}");
    }
    assert_eq!(server.look("/staff/roles", key).await.code(), "web.staff_only");
}

/// The server as this address meets it, from which as many accounts were tried as are let pass.
fn suspect(server: &mut Server, address: &str) {
    let address: std::net::SocketAddr = address.parse().unwrap();
    for n in 0..16 {
        let account = format!("{n}@example.com");
        server.app.shield.note(address.ip(), &Signal::SignInFailed { account: &account });
    }
    assert_eq!(server.app.shield.judge(address.ip()), Verdict::Welcome);
    server.address = Some(address);
}

#[testkit::db_test]
async fn whatever_is_guessed_over_the_api_counts_as_stuffing(t: testkit::TestDb) {
    let settings = shield::Settings { limits: shield::Limits::off(), ..shield::Settings::default() };
    let mut server = Server::guarded(t, settings).await;
    let lin = server.customer(LIN, 0).await;
    let verified = json!({"code": server.code().await});
    assert_eq!(server.act("/me/verification", &lin, &verified).await.status, 204);
    server.with_app(&lin).await;
    let waiting = server.sign_in(LIN).await.json()["token"].as_str().unwrap().to_owned();
    let unproved = server.customer(CHEN, 0).await;
    let nonsense = format!("{:0>64}", 7);
    let guesses = [
        ("/sessions", "", json!({"contact": LIN, "password": "not this one, surely"})),
        ("/sessions/current/proof", waiting.as_str(), json!({"totp": "000000"})),
        ("/sessions/current/proof", unproved.as_str(), json!({"password": "not this one, surely"})),
        (
            "/me/password",
            unproved.as_str(),
            json!({"current": "not this one, surely", "password": "another phrase nobody guesses"}),
        ),
        (
            "/password-resets/current",
            "",
            json!({"contact": LIN, "code": "000000", "password": "another phrase nobody guesses"}),
        ),
        ("/unfreezings", "", json!({"contact": CHEN, "password": "not this one, surely"})),
        ("/unfreezings/current", "", json!({"ticket": nonsense, "code": "000000", "totp": "000000"})),
    ];
    for (n, (path, token, body)) in guesses.iter().enumerate() {
        let address = format!("203.0.{n}.9:4000");
        suspect(&mut server, &address);
        let method = if *path == "/me/password" { Method::PUT } else { Method::POST };
        let token = (!token.is_empty()).then_some(*token);
        let body = body.to_string();
        let told = server.call(method, &format!("/api/v1{path}"), token, &[], Some(&body)).await;
        assert!(told.status.is_client_error(), "{path}: {}", told.json());
        let judged = server.app.shield.judge(address.split(':').next().unwrap().parse().unwrap());
        assert!(matches!(judged, Verdict::BlockedUntil(_)), "{path}: {} {judged:?}", told.json());
    }
}
