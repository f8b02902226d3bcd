//! Who gets evidence, what is in it, and that it shows when it was changed.

use kernel::{AccountId, Actor, ActorKind, Refusal as _, Role, Text};
use testkit::{TestDb, db_test};

use super::*;
use crate::case;
use crate::testing::{CUSTOMER, act, engine, officer, payment, tables};

fn may_export(t: &TestDb, roles: Vec<Role>) -> Actor {
    let actor = Actor { kind: ActorKind::account(AccountId(8), roles), ..Actor::system("test") };
    actor.proved(t.cx.now())
}

#[db_test]
async fn w8_evidence_takes_the_right_a_fresh_proof_and_a_reason_and_stands_in_the_audit(t: TestDb) {
    tables(&t).await;
    let engine = engine(&t).await;
    for object in 1..=3 {
        let _ = act(&t, &engine, payment(CUSTOMER, 100), object).await;
    }
    let officer = officer(5);
    let id = case::open(&t.cx, &officer, AccountId(CUSTOMER), None, "a title").await.unwrap();
    case::note(&t.cx, &officer, id, "=cmd, \"quoted\"").await.unwrap();
    let why = "asked for by the court";
    let code = async |actor: &Actor, why: &str| {
        export(&t.cx, actor, id, why, Vec::new()).await.map(|_| ()).map_err(|error| error.code())
    };
    let both = vec![Role::RISK_OFFICER, Role::AUDITOR];
    let actor = may_export(&t, both.clone());
    let stale = Actor { kind: ActorKind::account(AccountId(8), both), ..Actor::system("test") };
    let reader =
        Actor { kind: ActorKind::account(AccountId(9), vec![Role::AUDITOR]), ..Actor::system("test") };
    assert_eq!(code(&reader, why).await, Err("risk.forbidden"), "who only reads exports nothing");
    assert_eq!(code(&officer, why).await, Err("risk.proof_needed"), "the right alone is no proof");
    assert_eq!(code(&stale, why).await, Err("risk.proof_needed"));
    assert_eq!(code(&actor, "").await, Err("risk.input"));
    let orders = Section {
        title: Text::new("订单", "Orders"),
        columns: vec![Text::new("编号", "Id")],
        rows: vec![vec!["17".to_owned()]],
    };
    let evidence = export(&t.cx, &actor, id, why, vec![orders]).await.unwrap();
    let counts: Vec<_> = evidence
        .sections
        .iter()
        .map(|one| (one.title.get(kernel::Locale::En).to_owned(), one.rows.len()))
        .collect();
    let rows = |title: &str| counts.iter().find(|(one, _)| one == title).map(|(_, rows)| *rows);
    assert_eq!(
        (rows("Transactions"), rows("Decisions"), rows("Devices"), rows("Orders")),
        (Some(3), Some(3), Some(1), Some(1))
    );
    for section in &evidence.sections {
        assert!(section.rows.iter().all(|row| row.len() == section.columns.len()));
    }
    let entries =
        t.raw("SELECT detail FROM audit_entry WHERE verb = 'risk.evidence_export'", Vec::new()).await;
    assert_eq!(entries.len(), 1);
    let detail = entries[0].reader().get::<String>().unwrap();
    assert!(detail.contains(&evidence.hash) && detail.contains(&evidence.number), "{detail}");
    // Whoever may see personal data gets what people wrote, and nobody else.
    let system = Actor::system("test");
    let whole = export(&t.cx, &system, id, why, Vec::new()).await.unwrap();
    let notes =
        whole.sections.iter().find(|section| section.title.get(kernel::Locale::En) == "Notes").unwrap();
    assert!(notes.to_csv(kernel::Locale::En).ends_with(",\"'=cmd, \"\"quoted\"\"\"\r\n"));
    assert_eq!(rows("Notes").is_some(), actor.may(kernel::Permission::RevealPersonalData));
}

#[test]
fn a_changed_cell_changes_the_digest() {
    let section = |cell: &str| Section {
        title: Text::new("交易", "Transactions"),
        columns: vec![Text::new("金额", "Amount")],
        rows: vec![vec![cell.to_owned()]],
    };
    assert_ne!(section("100").digest(), section("1000").digest());
    assert_eq!(section("-100").to_csv(kernel::Locale::En), "Amount\r\n-100\r\n", "a number is a number");
}
