//! What the tests of all rooms begin with.

use durable::Cx;
use kernel::{AccountId, Actor, ActorKind, Locale, PageRequest, Refusal as _, RequestId, Role};
use notify::OutboxSender;
use testkit::TestDb;

use crate::Error;
use crate::account::{NewAccount, Register, create_account, register};
use crate::password::{Cost, Hasher};
use crate::session::{LogIn, NewSession, SessionKind, log_in};

pub(crate) const PHONE: &str = "138 0013 8000";
pub(crate) const PASSWORD: &str = "门前有一棵大枣树";
pub(crate) const HOME: &str = "192.0.2.1";

/// All tables, and a hasher that costs next to nothing.
pub(crate) async fn ready(t: &TestDb) -> Hasher {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, notify::MIGRATIONS, crate::MIGRATIONS]).await;
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
    Actor { kind: ActorKind::Account { id, roles: vec![role] }, ..anonymous(HOME) }
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

/// A customer who registered with [`PHONE`] and [`PASSWORD`].
pub(crate) async fn customer(cx: &Cx, hasher: &Hasher) -> AccountId {
    register(cx, hasher, &anonymous(HOME), registration(PHONE)).await.unwrap().account
}

/// An account with the e-mail address `{name}@example.com`.
pub(crate) async fn account(cx: &Cx, hasher: &Hasher, name: &str, role: Role) -> AccountId {
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

pub(crate) async fn sign_in(
    cx: &Cx,
    hasher: &Hasher,
    address: &str,
    contact: &str,
    password: &str,
) -> Result<NewSession, Error> {
    let input = LogIn {
        contact: contact.to_owned(),
        password: password.to_owned(),
        kind: SessionKind::Cookie,
        device: "Firefox".to_owned(),
        previous: None,
    };
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

/// The verbs in the audit, oldest first.
pub(crate) async fn audited(t: &TestDb) -> Vec<String> {
    let rows = t.raw("SELECT verb FROM audit_entry ORDER BY id", Vec::new()).await;
    rows.iter().map(|row| row.reader().get().unwrap()).collect()
}
