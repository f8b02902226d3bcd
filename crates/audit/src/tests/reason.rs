//! Reasons lie sealed, are covered by the chain, and entries from before are still proved.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Value, params};
use durable::Cx;
use kernel::PageRequest;
use testkit::{TestDb, db_test};
use vault::{Key, Ring, Vault, derived};

use super::{auditor, customer, write};
use crate::chain::{GENESIS, hash};
use crate::reason::Reason;
use crate::{Filter, MIGRATIONS, Stored, begin_export, search, verify, verify_export};

async fn reasons(cx: &Cx) -> Vec<Option<String>> {
    let found = search(cx, &Filter::default(), &PageRequest::new(None, 50)).await.unwrap();
    found.items.into_iter().rev().map(|entry| entry.reason).collect()
}

/// The same database with the keys exchanged: value 2 seals; the old key is there only if it is said so.
fn with_keys(t: &TestDb, old: bool) -> Cx {
    let (first, index) = derived(&Key::new([7; 32])).unwrap();
    let mut keys = BTreeMap::from([(2, Key::new([8; 32]))]);
    if old {
        keys.insert(1, first);
    }
    Cx { vault: Arc::new(Vault::new(Ring::new(&keys, 2, &index).unwrap())), ..t.cx.clone() }
}

async fn columns(t: &TestDb) -> Vec<Vec<Value>> {
    let rows = t
        .raw("SELECT reason, reason_hash, hash, reason_sealed FROM audit_entry ORDER BY id", Vec::new())
        .await;
    rows.iter().map(|row| row.values().to_vec()).collect()
}

#[db_test]
async fn a_reason_lies_sealed_and_its_digest_can_neither_be_guessed_nor_compared(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    for object in [2, 3, 4] {
        write(&t, &customer(1), "box.open", object, Some(1)).await;
    }
    assert_eq!(reasons(&t.cx).await, [Some("asked".to_owned()), None, Some("asked".to_owned())]);
    let rows = columns(&t).await;
    assert!(rows.iter().all(|row| row[0] == Value::Null), "nothing lies in the old column");
    assert_ne!(rows[0][1], rows[2][1], "the same words have two digests");
    let plain = <sha2::Sha256 as sha2::Digest>::digest(b"asked").to_vec();
    assert_ne!(rows[0][1], Value::Bytes(plain));
    assert_eq!((rows[1][1].clone(), rows[1][3].clone()), (Value::Null, Value::Null));
}

#[db_test]
async fn sealing_a_reason_again_leaves_the_chain_as_it_was(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    for object in [2, 4] {
        write(&t, &customer(1), "box.open", object, Some(1)).await;
    }
    let (before, heads) = (columns(&t).await, verify(&t.cx).await.unwrap().heads);
    let both = with_keys(&t, true);
    for row in &before {
        let Value::Bytes(sealed) = &row[3] else { panic!("sealed") };
        let plain = both.vault.open("audit.reason", sealed).unwrap();
        let again = both.vault.seal(&*both.rng, "audit.reason", &plain).unwrap();
        t.raw("UPDATE audit_entry SET reason_sealed = $1 WHERE reason_sealed = $2", params![again, sealed])
            .await;
    }
    let after = columns(&t).await;
    assert!(before.iter().zip(&after).all(|(old, new)| old[..3] == new[..3] && old[3] != new[3]));
    // The first key is needed for nothing any more.
    let proved = verify(&with_keys(&t, false)).await.unwrap();
    assert_eq!((proved.bad, proved.heads), (None, heads));
}

#[db_test]
async fn a_reason_whose_key_is_gone_is_named_and_the_search_goes_on(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    write(&t, &customer(1), "box.open", 3, Some(1)).await;
    write(&t, &customer(1), "box.open", 4, Some(1)).await;
    let without = with_keys(&t, false);
    let bad = verify(&without).await.unwrap().bad.unwrap();
    assert_eq!(bad.what, "the reason was changed, or its key is not here");
    let found = search(&without, &Filter::default(), &PageRequest::new(None, 50)).await.unwrap().items;
    let shown: Vec<_> = found.iter().map(|entry| (entry.reason.is_some(), entry.is_reason_lost)).collect();
    assert_eq!(shown, [(false, true), (false, false)]);
    assert_eq!(found[0].id, bad.id);
    let mut export = begin_export(&without, &auditor(&t), Filter::default(), "yearly review").await.unwrap();
    let mut text = String::new();
    while let Some(part) = export.next(&without).await.unwrap() {
        text.push_str(&part);
    }
    assert_eq!(verify_export(text.as_bytes()).unwrap().bad.unwrap().line, 3, "the file says it too");
}

/// An entry as the version before wrote it: the words in the row and in the chain.
async fn write_as_before(t: &TestDb, id: i64, seq: i64, previous: &[u8], words: &str) -> Vec<u8> {
    let entry = Stored {
        id,
        lane: 0,
        seq,
        at: t.cx.now(),
        actor: "acc_1".to_owned(),
        actor_id: Some(1),
        verb: "box.open".to_owned(),
        object_kind: "box".to_owned(),
        object_id: 6,
        customer_id: None,
        detail: "{}".to_owned(),
        reason: Reason::Words(words.to_owned()),
        request_id: 1,
    };
    let own = hash(previous, &entry);
    let sql = "INSERT INTO audit_entry (id, lane, seq, at, actor, actor_id, verb, object_kind, object_id, detail, reason, request_id,
                                        prev_hash, hash)
               VALUES ($1, 0, $2, $3, 'acc_1', 1, 'box.open', 'box', 6, '{}', $4, 1, $5, $6)";
    t.raw(sql, params![id, seq, entry.at, words, previous, own.clone()]).await;
    own
}

#[db_test]
async fn entries_from_before_are_proved_in_the_clear_and_sealed_beside_new_ones(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    let first = write_as_before(&t, 1, 1, &GENESIS, "第一个原因").await;
    let second = write_as_before(&t, 2, 2, &first, "第二个原因").await;
    t.raw("INSERT INTO audit_lane (lane, seq, hash) VALUES (0, 2, $1)", params![second]).await;
    let words = |more: &[&str]| -> Vec<Option<String>> {
        ["第一个原因", "第二个原因"].iter().chain(more).map(|text| Some((*text).to_owned())).collect()
    };
    assert_eq!((verify(&t.cx).await.unwrap().bad, reasons(&t.cx).await), (None, words(&[])));
    // What the first start of this version does.
    for (id, text) in [(1_i64, "第一个原因"), (2, "第二个原因")] {
        let sealed = t.cx.vault.seal_text(&*t.cx.rng, "audit.reason", text).unwrap();
        let sql = "UPDATE audit_entry SET reason_sealed = $1, reason = NULL WHERE id = $2";
        t.raw(sql, params![sealed, id]).await;
    }
    write(&t, &customer(1), "box.open", 6, Some(1)).await;
    let proved = verify(&t.cx).await.unwrap();
    assert_eq!((proved.bad, proved.entries), (None, 3));
    assert_eq!(reasons(&t.cx).await, words(&["asked"]));
    let other = t.cx.vault.seal_text(&*t.cx.rng, "audit.reason", "另一个原因").unwrap();
    t.raw("UPDATE audit_entry SET reason_sealed = $1 WHERE id = 2", params![other]).await;
    let bad = verify(&t.cx).await.unwrap().bad.unwrap();
    assert_eq!((bad.id, bad.what), (2, "the entry was changed"));
}
