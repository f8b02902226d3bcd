//! Tampering, searching, exporting, refusing: on both databases.

mod export;
mod reason;
mod refusal;
mod search;
mod tampering;

use kernel::{AccountId, Actor, ActorKind, Permission, Role};
use serde_json::json;
use testkit::TestDb;

use crate::{Entry, record};

/// Somebody who may export, right after a proof.
fn auditor(t: &TestDb) -> Actor {
    let actor =
        Actor { kind: ActorKind::account(AccountId(9), vec![Role::AUDITOR]), ..Actor::system("test") };
    assert!(actor.may(Permission::ExportAudit));
    actor.proved(t.cx.now())
}

fn customer(id: i64) -> Actor {
    Actor { kind: ActorKind::account(AccountId(id), vec![Role::CUSTOMER]), ..Actor::system("test") }
}

async fn write(t: &TestDb, actor: &Actor, verb: &'static str, object: i64, customer: Option<i64>) {
    let mut tx = t.cx.begin().await.unwrap();
    let entry = Entry {
        verb,
        object_kind: if object % 3 == 0 { "box" } else { "order" },
        object,
        customer: customer.map(AccountId),
        detail: json!({"n": object, "text": "引号\"和\n换行"}),
        reason: (object % 2 == 0).then_some("asked"),
    };
    record(&mut tx, &t.cx, actor, entry).await.unwrap();
    tx.commit().await.unwrap();
}
