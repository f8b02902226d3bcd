//! Invoices from the wish to the red letter.

use kernel::{PageRequest, Refusal as _, Role};

use super::{InvoiceState, ask, find, issue, list, list_own, refuse, reverse};
use crate::document::{self, Verified};
use crate::testing::{customer, half_done_order, open, press, staff};
use crate::title::{NewTitle, TitleKind, add};

fn company() -> NewTitle {
    NewTitle {
        kind: TitleKind::Company,
        name: "长明演示有限公司".to_owned(),
        tax_number: "91350100M000100Y43".to_owned(),
    }
}

#[testkit::db_test]
async fn an_invoice_is_about_what_was_kept_and_is_taken_back_by_a_red_one(t: testkit::TestDb) {
    let cx = open(&t).await;
    let (me, clerk) = (customer(&cx).await, staff(&cx, Role::FINANCE));
    let order = half_done_order(&cx, &me).await;
    let title = add(&cx, &me, &company()).await.unwrap();
    let asked = ask(&cx, &me, order, title.id).await.unwrap();
    assert_eq!((asked.amount.minor, asked.state), (3_000, InvoiceState::Requested));
    assert_eq!(ask(&cx, &me, order, title.id).await.unwrap_err().code(), "documents.invoice_exists");
    let waiting = list(&cx, &clerk, InvoiceState::Requested, &PageRequest::new(None, 10)).await.unwrap();
    assert_eq!(waiting.items, std::slice::from_ref(&asked));

    let issued = issue(&cx, &press(), &clerk, asked.id, "2644 2000 0000 1234 5678").await.unwrap();
    let paper = document::find(&cx, &me, issued.paper.unwrap()).await.unwrap();
    let text = serde_json::to_string(&paper.sheet).unwrap();
    for part in ["91350100M000100Y43", "26442000000012345678", "叁拾元整", "30.00"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let again = issue(&cx, &press(), &clerk, asked.id, "").await.unwrap_err();
    assert_eq!(again.code(), "documents.illegal_transition");

    let gone = reverse(&cx, &press(), &clerk, asked.id, "客户抬头填写有误").await.unwrap();
    let red = document::find(&cx, &me, gone.red_paper.unwrap()).await.unwrap();
    assert_eq!((red.amount.minor, red.takes_back), (-3_000, issued.paper));
    let told = document::verify(&cx, &paper.number, &paper.code).await.unwrap();
    assert_eq!(told, Verified::Paper { document: Box::new(paper), taken_back_by: Some(red.number) });
    // Now a new one can be asked for.
    ask(&cx, &me, order, title.id).await.unwrap();
    let own = list_own(&cx, &me, &PageRequest::new(None, 10)).await.unwrap().items;
    assert_eq!(own.len(), 2);
}

/// What a lost dispute over an order moves, in fen: what is lost, and what of it was still owed here.
async fn lose(cx: &durable::Cx, me: &kernel::Actor, order: ordering::OrderId, (lost, owed): (i64, i64)) {
    use ledger::{AccountName, TransferKind};
    let customer = me.customer().unwrap();
    let (fees, kept) = (AccountName::Fees("card"), AccountName::Disputed("card"));
    let moves = [
        (fees, kept, TransferKind::DisputeLost, lost),
        (AccountName::Wallet(customer), fees, TransferKind::DisputeCovered, owed),
    ];
    let mut tx = cx.begin().await.unwrap();
    for (debit, credit, kind, fen) in moves.into_iter().filter(|(.., fen)| *fen > 0) {
        let debit = ledger::ensure_account(&mut tx, cx, debit, kernel::Currency::CNY).await.unwrap();
        let credit = ledger::ensure_account(&mut tx, cx, credit, kernel::Currency::CNY).await.unwrap();
        let new = ledger::NewTransfer {
            debit: debit.id,
            credit: credit.id,
            amount: kernel::Money::cny(fen),
            kind,
            business_key: format!("{kind:?}:{lost}"),
            order: Some(order.raw()),
            customer: Some(customer),
            memo: "test".into(),
        };
        ledger::post_transfer(&mut tx, cx, ledger::Lane(0), new).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[testkit::db_test]
async fn what_the_payer_got_back_from_the_bank_is_not_invoiced(t: testkit::TestDb) {
    let cx = open(&t).await;
    let (me, clerk) = (customer(&cx).await, staff(&cx, Role::FINANCE));
    // Thirty yuan were kept and thirty given back.
    let order = half_done_order(&cx, &me).await;
    let title = add(&cx, &me, &company()).await.unwrap();
    lose(&cx, &me, order, (1_000, 400)).await;
    let asked = ask(&cx, &me, order, title.id).await.unwrap();
    assert_eq!(asked.amount.minor, 2_400, "4 of the 10 that were lost had not been kept");
    lose(&cx, &me, order, (2_400, 0)).await;
    let refused = issue(&cx, &press(), &clerk, asked.id, "").await.unwrap_err();
    assert_eq!(refused.code(), "documents.amount_changed");
    refuse(&cx, &clerk, asked.id, "银行已退款").await.unwrap();
    assert_eq!(ask(&cx, &me, order, title.id).await.unwrap_err().code(), "documents.nothing_paid");
}

#[testkit::db_test]
async fn two_clerks_at_once_issue_one_invoice(t: testkit::TestDb) {
    let cx = open(&t).await;
    let (me, clerk) = (customer(&cx).await, staff(&cx, Role::FINANCE));
    let order = half_done_order(&cx, &me).await;
    let title = add(&cx, &me, &company()).await.unwrap();
    let asked = ask(&cx, &me, order, title.id).await.unwrap();
    let press = press();
    let (one, other) =
        tokio::join!(issue(&cx, &press, &clerk, asked.id, ""), issue(&cx, &press, &clerk, asked.id, ""));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    let papers = t.raw("SELECT COUNT(*) FROM paper", Vec::new()).await;
    assert_eq!(papers[0].reader().get::<i64>().unwrap(), 1);
}

#[testkit::db_test]
async fn a_refused_request_says_why_and_only_staff_decide(t: testkit::TestDb) {
    let cx = open(&t).await;
    let (me, clerk) = (customer(&cx).await, staff(&cx, Role::FINANCE));
    let order = half_done_order(&cx, &me).await;
    let title = add(&cx, &me, &company()).await.unwrap();
    let asked = ask(&cx, &me, order, title.id).await.unwrap();
    for other in [me.clone(), staff(&cx, Role::OPERATOR)] {
        let refused = issue(&cx, &press(), &other, asked.id, "").await.unwrap_err();
        assert_eq!(refused.code(), "documents.forbidden");
    }
    assert_eq!(refuse(&cx, &clerk, asked.id, "短").await.unwrap_err().code(), "documents.invalid_input");
    let wrong = issue(&cx, &press(), &clerk, asked.id, "12ab").await.unwrap_err();
    assert_eq!(wrong.fields()[0].pointer, "/tax_platform_number");
    refuse(&cx, &clerk, asked.id, "请改用公司抬头申请").await.unwrap();
    let seen = find(&cx, &me, asked.id).await.unwrap();
    assert_eq!((seen.state, seen.reason.as_deref()), (InvoiceState::Refused, Some("请改用公司抬头申请")));
    let late = reverse(&cx, &press(), &clerk, asked.id, "红冲一张没有开的票").await.unwrap_err();
    assert_eq!(late.code(), "documents.illegal_transition");
}

#[testkit::db_test]
async fn w2_an_order_or_title_of_somebody_else_is_not_found(t: testkit::TestDb) {
    let cx = open(&t).await;
    let (me, stranger) = (customer(&cx).await, customer(&cx).await);
    let order = half_done_order(&cx, &me).await;
    let mine = add(&cx, &me, &company()).await.unwrap();
    let theirs = add(&cx, &stranger, &company()).await.unwrap();
    assert_eq!(ask(&cx, &stranger, order, theirs.id).await.unwrap_err().code(), "documents.not_found");
    assert_eq!(ask(&cx, &me, order, theirs.id).await.unwrap_err().code(), "documents.not_found");
    let asked = ask(&cx, &me, order, mine.id).await.unwrap();
    assert_eq!(find(&cx, &stranger, asked.id).await.unwrap_err().code(), "documents.not_found");
}
