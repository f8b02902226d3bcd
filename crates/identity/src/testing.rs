//! What the tests of all rooms begin with.

use durable::Cx;
use kernel::{
    AccountId, Actor, ActorKind, Duration, Locale, PageRequest, Refusal as _, RequestId, Role, Text,
};
use notify::OutboxSender;
use risk::engine::Settings;
use risk::rule::{self, NewRule, RuleState};
use risk::{Guard, Ladder, LoginPoint, LoginSettings, Origin, Outcome, Point};
use testkit::TestDb;

use crate::Error;
use crate::account::{NewAccount, Register, create_account, register};
use crate::factor::{TotpOffer, code_at, confirm_totp, offer_totp, step_at};
use crate::password::{Cost, Hasher};
use crate::role::set_second_factor;
use crate::session::{NewSession, SessionKind, SignedIn, find_session};
use crate::signin::{Arrival, LogIn, Step, log_in};

pub(crate) const PHONE: &str = "138 0013 8000";
pub(crate) const PASSWORD: &str = "门前有一棵大枣树，秋天满地红枣";
pub(crate) const HOME: &str = "192.0.2.1";

/// All tables, and a hasher that costs next to nothing.
pub(crate) async fn ready(t: &TestDb) -> Hasher {
    t.migrate(&[
        durable::MIGRATIONS,
        audit::MIGRATIONS,
        risk::MIGRATIONS,
        notify::MIGRATIONS,
        crate::MIGRATIONS,
    ])
    .await;
    Hasher::new(Cost::CHEAP, t.cx.rng.as_ref()).unwrap()
}

pub(crate) fn anonymous(address: &str) -> Actor {
    Actor {
        kind: ActorKind::Anonymous,
        request: RequestId(1),
        locale: Locale::Zh,
        address: address.to_owned(),
    }
}

pub(crate) fn acting(id: AccountId, role: Role) -> Actor {
    Actor { kind: ActorKind::account(id, vec![role]), ..anonymous(HOME) }
}

/// The code of a refusal.
pub(crate) fn code_of<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::Bug(error)) => panic!("{error:?}"),
        Err(error) => error.code(),
    }
}

pub(crate) fn registration(contact: &str) -> Register {
    Register {
        contact: contact.to_owned(),
        name: Some("林小满".to_owned()),
        password: PASSWORD.to_owned(),
        locale: Locale::Zh,
    }
}

/// What judges by the rules in the database, and has all the time it needs.
pub(crate) async fn guard(cx: &Cx) -> Guard {
    let settings = Settings::default().within(Duration::from_mins(1));
    let engine = risk::Engine::open(cx, settings, None).await.unwrap();
    let origin = Origin {
        address: HOME.to_owned(),
        user_agent: "Firefox".to_owned(),
        device: Some("mark".to_owned()),
    };
    Guard { engine, origin }
}

/// A live rule of the risk engine, made by two people.
pub(crate) async fn risk_rule(cx: &Cx, point: Point, source: &str, outcome: Outcome) {
    let officer = |id| acting(AccountId(id), Role::RISK_OFFICER);
    let new = NewRule {
        code: format!("{}_{}", point.name(), outcome.name()),
        name: Text::new("测试规则", "A rule for a test"),
        points: vec![point],
        source: source.to_owned(),
        outcome,
    };
    let id = rule::draft(cx, &officer(5), &new).await.unwrap();
    rule::ask(cx, &officer(5), id, RuleState::Shadow, "to be seen beside").await.unwrap();
    rule::ask(cx, &officer(5), id, RuleState::Live, "it did well beside").await.unwrap();
    rule::approve(cx, &officer(6), id).await.unwrap();
}

/// A customer who registered with [`PHONE`] and [`PASSWORD`].
pub(crate) async fn customer(cx: &Cx, hasher: &Hasher) -> AccountId {
    register(cx, hasher, &guard(cx).await, &anonymous(HOME), registration(PHONE)).await.unwrap().account
}

/// An account with the e-mail address `{name}@example.com`. Staff need no second factor here, unlike in a new installation.
pub(crate) async fn account(cx: &Cx, hasher: &Hasher, name: &str, role: Role) -> AccountId {
    if role.is_staff() {
        one_factor_is_enough(cx, role).await;
    }
    account_as_delivered(cx, hasher, name, role).await
}

/// Whoever holds the role is let in with a password alone.
pub(crate) async fn one_factor_is_enough(cx: &Cx, role: Role) {
    set_second_factor(cx, &Actor::system("test"), role, false).await.unwrap();
}

/// The same account under the rules of a new installation.
pub(crate) async fn account_as_delivered(cx: &Cx, hasher: &Hasher, name: &str, role: Role) -> AccountId {
    let new = NewAccount {
        phone: None,
        email: Some(format!("{name}@example.com")),
        name: None,
        password: PASSWORD.to_owned(),
        roles: vec![role],
        locale: Locale::Zh,
    };
    create_account(cx, hasher, &Actor::system("test"), new).await.unwrap()
}

/// A browser that was never here.
pub(crate) fn arrival() -> Arrival {
    Arrival {
        kind: SessionKind::Cookie,
        device: "Firefox".to_owned(),
        device_token: None,
        previous: None,
        judge: risk::LoginPoint::default(),
    }
}

pub(crate) async fn sign_in(
    cx: &Cx,
    hasher: &Hasher,
    address: &str,
    contact: &str,
    password: &str,
) -> Result<NewSession, Error> {
    step(cx, hasher, address, contact, password).await.map(Step::into_session)
}

/// The same, saying how far it leads.
pub(crate) async fn step(
    cx: &Cx,
    hasher: &Hasher,
    address: &str,
    contact: &str,
    password: &str,
) -> Result<Step, Error> {
    let input = LogIn { contact: contact.to_owned(), password: password.to_owned(), arrival: arrival() };
    log_in(cx, hasher, &anonymous(address), input).await
}

/// The code in the newest message.
pub(crate) async fn newest_code(cx: &Cx) -> String {
    let page = notify::list_outbox(cx, &OutboxSender, PageRequest::new(None, 1)).await.unwrap();
    let body = &page.items.first().unwrap().content.body;
    let digits: String = body.chars().skip_while(|c| !c.is_ascii_digit()).take(6).collect();
    assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{body}");
    digits
}

/// The secret in what an app is offered.
pub(crate) fn secret_of(offer: &TotpOffer) -> Vec<u8> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters = offer.secret.chars().filter(|c| *c != ' ');
    let bits: Vec<String> = letters.map(|c| format!("{:05b}", LETTERS.find(c).unwrap())).collect();
    bits.concat()
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect()
}

/// Sets up an app for whoever acts; the secret, and the recovery codes that came along.
pub(crate) async fn with_app(t: &TestDb, id: AccountId) -> (Vec<u8>, Vec<String>) {
    let actor = acting(id, Role::CUSTOMER).proved(t.cx.now());
    let secret = secret_of(&offer_totp(&t.cx, &actor).await.unwrap());
    let codes = confirm_totp(&t.cx, &actor, &app_shows(t, &secret)).await.unwrap();
    // The step that confirmed it is used up.
    t.clock.advance(Duration::from_secs(30));
    (secret, codes.unwrap_or_default())
}

/// What the app shows now.
pub(crate) fn app_shows(t: &TestDb, secret: &[u8]) -> String {
    code_at(secret, step_at(t.cx.now())).unwrap()
}

/// The session as the next request finds it.
pub(crate) async fn seen(cx: &Cx, session: &NewSession) -> SignedIn {
    find_session(cx, session.token.expose()).await.unwrap().unwrap()
}

/// The names of the messages that went out, oldest first.
pub(crate) async fn told(t: &TestDb) -> Vec<String> {
    let rows = t.raw("SELECT template, channel FROM message ORDER BY id", Vec::new()).await;
    let line = |row: &db::Row| {
        let mut r = row.reader();
        format!("{} {}", r.get::<String>().unwrap(), r.get::<String>().unwrap())
    };
    rows.iter().map(line).filter(|line| line.starts_with("custom.security")).collect()
}

/// A decision point that always comes to this.
pub(crate) fn judge(outcome: Outcome) -> LoginPoint {
    let always = |at: u8| if at == 0 { 0 } else { 101 };
    let (notify, step_up, stop) = match outcome {
        Outcome::Allow => (101, 101, 101),
        Outcome::Notify => (0, 101, 101),
        Outcome::StepUp => (0, 0, 101),
        Outcome::Review | Outcome::Deny => (0, 0, 0),
    };
    let mut settings = LoginSettings::default();
    for policy in [&mut settings.customer, &mut settings.staff] {
        policy.ladder =
            Ladder { notify: always(notify), step_up: always(step_up), stop: always(stop), top: outcome };
    }
    LoginPoint::new(settings, None)
}

/// The verbs in the audit, oldest first, without how the roles were set up.
pub(crate) async fn audited(t: &TestDb) -> Vec<String> {
    let rows = t.raw("SELECT verb FROM audit_entry WHERE verb <> 'role.edit' ORDER BY id", Vec::new()).await;
    rows.iter().map(|row| row.reader().get().unwrap()).collect()
}

/// A customer with a phone number and an e-mail address.
pub(crate) async fn lin(t: &TestDb, hasher: &Hasher) -> AccountId {
    let new = NewAccount {
        phone: Some(PHONE.to_owned()),
        email: Some("lin@example.com".to_owned()),
        name: None,
        password: PASSWORD.to_owned(),
        roles: vec![Role::CUSTOMER],
        locale: Locale::Zh,
    };
    create_account(&t.cx, hasher, &Actor::system("test"), new).await.unwrap()
}
