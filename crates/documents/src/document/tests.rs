//! Statements, proofs of payment, files, verification.

use kernel::{Locale, PageRequest, Refusal as _, Role, Timestamp};
use ordering::order::OrderId;
use ordering::payment::{
    Attempt, AttemptId, AttemptState, Dispute, DisputeId, DisputeState, Payment, PaymentId, PaymentState,
    PaymentView, Purpose, Status,
};

use super::{Kind, Verified, file, find, list_own, payment_proof, statement, verify};
use crate::testing::{customer, half_done_order, open, press, press_with_font, staff, top_up};

/// The last hour before now, which is over.
fn hour(cx: &durable::Cx) -> (Timestamp, Timestamp) {
    (cx.now().minus(kernel::Duration::from_hours(1)), cx.now())
}

#[testkit::db_test]
async fn l6_a_statement_is_issued_once_and_reads_the_same_ever_after(t: testkit::TestDb) {
    let cx = open(&t).await;
    let me = customer(&cx).await;
    top_up(&cx, &me, 5_000, "first").await;
    t.clock.advance(kernel::Duration::from_secs(60));
    let period = hour(&cx);
    let issued = statement(&cx, &press(), &me, Locale::Zh, period).await.unwrap();
    assert_eq!((issued.kind, issued.amount.minor), (Kind::Statement, 5_000));
    assert_eq!(issued.sheet.tables[0].rows.len(), 1);
    assert!(issued.sheet.totals[0].value.contains("伍拾元整"), "{:?}", issued.sheet.totals);
    t.clock.advance(kernel::Duration::from_secs(60));
    top_up(&cx, &me, 7_000, "second").await;
    assert_eq!(statement(&cx, &press(), &me, Locale::Zh, period).await.unwrap(), issued);
    let english = statement(&cx, &press(), &me, Locale::En, period).await.unwrap();
    assert_ne!(english.number, issued.number);
    let listed = list_own(&cx, &me, &PageRequest::new(None, 10)).await.unwrap().items;
    assert_eq!(listed, [english, issued]);
    let open_end = (cx.now(), cx.now().plus(kernel::Duration::from_hours(1)));
    let early = statement(&cx, &press(), &me, Locale::Zh, open_end).await.unwrap_err();
    assert_eq!(early.code(), "documents.period_not_over");
}

#[testkit::db_test]
async fn number_and_code_prove_a_document_and_a_changed_sheet_has_no_code(t: testkit::TestDb) {
    let cx = open(&t).await;
    let me = customer(&cx).await;
    top_up(&cx, &me, 5_000, "first").await;
    t.clock.advance(kernel::Duration::from_secs(60));
    let issued = statement(&cx, &press(), &me, Locale::Zh, hour(&cx)).await.unwrap();
    let typed = issued.code.to_lowercase().replace('-', " ");
    let found = verify(&cx, &issued.number.to_lowercase(), &typed).await.unwrap();
    assert_eq!(found, Verified::Paper { document: Box::new(issued.clone()), taken_back_by: None });
    for (number, code) in [(issued.number.as_str(), "0000-0000-00"), ("'", issued.code.as_str())] {
        assert_eq!(verify(&cx, number, code).await.unwrap_err().code(), "documents.not_found");
    }
    let mut forged = issued.sheet.clone();
    forged.totals[0].value = "¥9,000,000.00".to_owned();
    let sealed = cx.vault.seal(&*cx.rng, "paper.sheet", &serde_json::to_vec(&forged).unwrap()).unwrap();
    t.raw("UPDATE paper SET sheet_sealed = $1", vec![db::Value::Bytes(sealed)]).await;
    assert_eq!(verify(&cx, &issued.number, &issued.code).await.unwrap_err().code(), "documents.not_found");
}

#[testkit::db_test]
async fn a_proof_says_what_was_paid_and_what_came_back(t: testkit::TestDb) {
    let cx = open(&t).await;
    let me = customer(&cx).await;
    let order = half_done_order(&cx, &me).await;
    let proof = payment_proof(&cx, &press(), &me, Locale::Zh, order).await.unwrap();
    // Sixty yuan were set aside and thirty of them taken: only what was taken is a payment.
    assert_eq!(proof.amount.minor, 3_000, "{:?}", proof.sheet.tables);
    assert_eq!(proof.sheet.tables[0].rows.len(), 1);
    assert_eq!(payment_proof(&cx, &press(), &me, Locale::Zh, order).await.unwrap(), proof);
}

#[testkit::db_test]
async fn payers_read_their_own_name_on_a_proof_and_whoever_verifies_it_sees_it_masked(t: testkit::TestDb) {
    let cx = open(&t).await;
    let me = customer(&cx).await;
    let order = half_done_order(&cx, &me).await;
    for (locale, term) in [(Locale::Zh, "付款人"), (Locale::En, "Payer")] {
        let proof = payment_proof(&cx, &press(), &me, locale, order).await.unwrap();
        assert_eq!(proof.sheet.facts[0], paper::Fact::new(term, "王小明"));
        let own = find(&cx, &me, proof.id).await.unwrap();
        assert_eq!(own, proof);
        let Verified::Paper { document, .. } = verify(&cx, &proof.number, &proof.code).await.unwrap() else {
            panic!("a proof is no receipt");
        };
        assert_eq!(document.sheet.facts[0], paper::Fact::new(term, "王**"));
        assert_eq!(document.sheet.facts[1..], proof.sheet.facts[1..], "nothing else differs");
    }
}

#[testkit::db_test]
async fn the_file_of_a_document_never_changes_also_when_the_font_does(t: testkit::TestDb) {
    let cx = open(&t).await;
    let me = customer(&cx).await;
    top_up(&cx, &me, 5_000, "first").await;
    t.clock.advance(kernel::Duration::from_secs(60));
    let issued = statement(&cx, &press(), &me, Locale::Zh, hour(&cx)).await.unwrap();
    assert_eq!(file(&cx, &press(), &me, issued.id).await.unwrap_err().code(), "documents.no_font");
    let (drawn, digest) = file(&cx, &press_with_font(), &me, issued.id).await.unwrap();
    assert!(drawn.starts_with(b"%PDF-") && digest.len() == 64);
    assert_eq!(file(&cx, &press(), &me, issued.id).await.unwrap(), (drawn, digest));
}

#[testkit::db_test]
async fn w2_a_foreign_document_is_not_found(t: testkit::TestDb) {
    let cx = open(&t).await;
    let (me, stranger) = (customer(&cx).await, customer(&cx).await);
    let order = half_done_order(&cx, &me).await;
    let proof = payment_proof(&cx, &press(), &me, Locale::Zh, order).await.unwrap();
    for other in [stranger, staff(&cx, Role::OPERATOR)] {
        assert_eq!(find(&cx, &other, proof.id).await.unwrap_err().code(), "documents.not_found");
        assert_eq!(file(&cx, &press(), &other, proof.id).await.unwrap_err().code(), "documents.not_found");
        assert!(payment_proof(&cx, &press(), &other, Locale::Zh, order).await.is_err());
    }
    assert_eq!(find(&cx, &staff(&cx, Role::FINANCE), proof.id).await.unwrap(), proof);
}

/// A payment of 100 yuan by card, taken at 5.
fn taken() -> PaymentView {
    let (customer, amount, zero) = (kernel::AccountId(1), kernel::Money::cny(10_000), kernel::Money::cny(0));
    let payment = Payment {
        id: PaymentId(2),
        customer,
        purpose: Purpose::Order(OrderId(3)),
        amount,
        capture: catalogue::service::CaptureAt::Order,
        state: PaymentState::Paid,
        version: 1,
        expires_at: Timestamp(0),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    let attempt = Attempt {
        id: AttemptId(4),
        payment: payment.id,
        customer,
        gateway: "card".to_owned(),
        amount,
        state: AttemptState::Captured,
        captured: amount,
        refunded: zero,
        disputed: zero,
        outcome: None,
        words: None,
        place: None,
        checkout: None,
        gateway_id: Some("pi_1".to_owned()),
        card: None,
        sequence: 1,
        polls: 0,
        next_poll_at: None,
        captured_at: Some(Timestamp(5)),
        authorised_until: None,
        take_by: None,
        due: None,
        created_at: Timestamp(1),
        updated_at: Timestamp(99),
    };
    let (attempts, refunds, given_back, disputes) = (vec![attempt], Vec::new(), Vec::new(), Vec::new());
    PaymentView { payment, status: Status::Paid, attempts, refunds, given_back, disputes }
}

#[test]
fn a_proof_tells_the_gateways_moments_and_what_the_payers_bank_took_back_for_good() {
    let mut view = taken();
    for (id, state) in [(1, DisputeState::Open), (2, DisputeState::Won), (3, DisputeState::Lost)] {
        view.disputes.push(Dispute {
            id: DisputeId(id),
            gateway: "card".to_owned(),
            gateway_id: format!("dp_{id}"),
            attempt: AttemptId(4),
            payment: PaymentId(2),
            order: Some(OrderId(3)),
            customer: kernel::AccountId(1),
            amount: kernel::Money::cny(4_000),
            fee_minor: 0,
            reason: "fraudulent".to_owned(),
            state,
            alarm: None,
            due_by: None,
            taken_at: Some(Timestamp(6)),
            ended_at: Some(Timestamp(7)),
            created_at: Timestamp(6),
            updated_at: Timestamp(99),
        });
    }
    let parts = super::rules::through_gateways(&view);
    let told: Vec<_> = parts
        .iter()
        .map(|part| (part.at, part.moved.is_back(), part.reference.as_str(), part.amount.minor))
        .collect();
    assert_eq!(told, [(Timestamp(5), false, "pi_1", 10_000), (Timestamp(7), true, "dp_3", 4_000)]);
}
