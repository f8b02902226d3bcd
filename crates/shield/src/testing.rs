//! People for the tests of this crate.

use kernel::{AccountId, Actor, ActorKind, Role};

pub(crate) const TABLES: &[db::Migrations] = &[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS];

pub(crate) fn officer() -> Actor {
    Actor { kind: ActorKind::account(AccountId(1), vec![Role::SECURITY_OFFICER]), ..Actor::system("test") }
}

pub(crate) fn customer() -> Actor {
    Actor { kind: ActorKind::account(AccountId(2), vec![Role::CUSTOMER]), ..Actor::system("test") }
}
