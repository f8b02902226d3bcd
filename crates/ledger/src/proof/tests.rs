//! The proof on both databases: it finds nothing where nothing is wrong, and names what was tampered with.

use std::sync::Arc;

use kernel::{AccountId, Currency, Duration, Money, Role, Timestamp};

use crate::test_support::{Books, account as person, at_once};
use crate::*;

/// A ledger with one of everything.
struct Case {
    books: Books,
    transfer: TransferId,
    posting: TransferId,
    pending: HoldId,
    posted: HoldId,
    voided: HoldId,
}

impl Case {
    async fn open(t: testkit::TestDb) -> Self {
        let books = Books::with_balance(t, 100_000).await;
        let transfer = books.post(books.purchase("buy", 1_000)).await.unwrap().id;
        let place = async |key| books.place(books.hold(key, 500)).await.unwrap().id;
        let (pending, posted, voided) =
            (place("pending").await, place("posted").await, place("voided").await);
        let posting = books.post_hold(posted, Take::Part(300)).await.unwrap();
        books.void_hold(voided).await.unwrap();
        books.assert_sound().await;
        Self { books, transfer, posting, pending, posted, voided }
    }
}

/// The proof after a tampering names the row in its first fault, and is content again once the row is put back.
async fn names_it(case: &Case, tamper: &str, put_back: &str, fault: &str) {
    case.books.t.raw(tamper, vec![]).await;
    let report = verify(&case.books.t.cx).await.unwrap();
    let first = report.faults.first().map(ToString::to_string).unwrap_or_default();
    assert!(first.contains(fault), "{tamper}\nfound: {first}\nwanted: {fault}");
    case.books.t.raw(put_back, vec![]).await;
    case.books.assert_sound().await;
}

#[testkit::db_test]
async fn l5_a_changed_transfer_is_named(t: testkit::TestDb) {
    let case = Case::open(t).await;
    let Case { transfer, posting, posted, .. } = &case;
    let (id, seller, wallet) = (transfer.0, case.books.seller.0, case.books.wallet.0);
    for (set, back) in [
        ("amount = 999".to_owned(), "amount = 1000".to_owned()),
        ("memo = 'other'".to_owned(), "memo = 'test'".to_owned()),
        ("kind = 'fee'".to_owned(), "kind = 'purchase'".to_owned()),
        ("created_at = created_at + 1".to_owned(), "created_at = created_at - 1".to_owned()),
        ("order_id = 9".to_owned(), "order_id = NULL".to_owned()),
        (
            format!("debit_account = {seller}, credit_account = {wallet}"),
            format!("debit_account = {wallet}, credit_account = {seller}"),
        ),
        ("entry = entry + 100".to_owned(), "entry = entry - 100".to_owned()),
    ] {
        let change = |set: &str| format!("UPDATE transfer SET {set} WHERE id = {id}");
        names_it(&case, &change(&set), &change(&back), &format!("transfer {transfer}")).await;
    }
    // A transfer that posts a hold must agree with it.
    let change = |amount: i64| format!("UPDATE transfer SET amount = {amount} WHERE id = {}", posting.0);
    names_it(&case, &change(301), &change(300), &format!("hold {posted}")).await;
}

#[testkit::db_test]
async fn l5_a_changed_hold_is_named(t: testkit::TestDb) {
    let case = Case::open(t).await;
    let Case { pending, posted, voided, .. } = &case;
    for (hold, set, back) in [
        (pending, "amount = 499", "amount = 500"),
        (pending, "expires_at = 5", "expires_at = NULL"),
        (
            pending,
            "state = 'voided', closed_at = 1, closed_entry = 1",
            "state = 'pending', closed_at = NULL, closed_entry = NULL",
        ),
        (posted, "posted_amount = 299", "posted_amount = 300"),
        (posted, "closed_entry = closed_entry + 9", "closed_entry = closed_entry - 9"),
        (voided, "state = 'expired'", "state = 'voided'"),
        (voided, "closed_at = closed_at + 1", "closed_at = closed_at - 1"),
    ] {
        let change = |set: &str| format!("UPDATE hold SET {set} WHERE id = {}", hold.0);
        names_it(&case, &change(set), &change(back), &format!("hold {hold}")).await;
    }
}

#[testkit::db_test]
async fn l5_changed_totals_name_the_account(t: testkit::TestDb) {
    let case = Case::open(t).await;
    let wallet = format!("customer:{}:wallet", case.books.customer);
    let change = |set: &str| format!("UPDATE ledger_account SET {set} WHERE id = {}", case.books.wallet.0);
    for (set, back) in [
        ("credits_posted = credits_posted + 1", "credits_posted = credits_posted - 1"),
        ("debits_posted = debits_posted - 1", "debits_posted = debits_posted + 1"),
        ("debits_pending = debits_pending - 1", "debits_pending = debits_pending + 1"),
    ] {
        names_it(&case, &change(set), &change(back), &wallet).await;
    }
}

#[testkit::db_test]
async fn l5_a_removed_or_slipped_in_row_is_named(t: testkit::TestDb) {
    let case = Case::open(t).await;
    let (id, entry) = (case.transfer.0, "(SELECT entry FROM transfer WHERE business_key = 'buy')");
    let copy = |new_id: &str, key: &str| {
        format!(
            "INSERT INTO transfer (id, debit_account, credit_account, amount, currency, kind, business_key, memo, created_at, entry)
             SELECT {new_id}, debit_account, credit_account, amount, currency, kind, '{key}', memo, created_at, entry
             FROM transfer WHERE id = {id}"
        )
    };
    names_it(
        &case,
        &copy("5", "forged"),
        "DELETE FROM transfer WHERE id = 5",
        "transfer trf_0000000000005 (5): it is not in the chain",
    )
    .await;
    let hidden = 99;
    let hide = |from: i64, to: i64| format!("UPDATE transfer SET id = {to} WHERE id = {from}");
    names_it(&case, &hide(id, hidden), &hide(hidden, id), &format!("transfer {}", case.transfer)).await;
    let move_entry = |by: i64| format!("UPDATE ledger_entry SET id = id + ({by}) WHERE object_id = {id}");
    names_it(&case, &move_entry(1_000), &move_entry(-1_000), "ledger_entry").await;
    let stray = format!(
        "INSERT INTO ledger_entry (id, fact, object_id, hash) SELECT id + 1000, fact, object_id, hash FROM ledger_entry WHERE id = {entry}"
    );
    names_it(
        &case,
        &stray,
        &format!("DELETE FROM ledger_entry WHERE id = {entry} + 1000"),
        "it lies beyond the head of its lane",
    )
    .await;
}

#[testkit::db_test]
async fn l5_a_changed_chain_is_named(t: testkit::TestDb) {
    let case = Case::open(t).await;
    let rows = case.books.t.raw("SELECT lane, seq FROM ledger_lane", vec![]).await;
    let (lane, seq): (i64, i64) = {
        let mut r = rows[0].reader();
        (r.get().unwrap(), r.get().unwrap())
    };
    let (short, long) = (seq - 1, seq);
    let cut = |seq: i64| format!("UPDATE ledger_lane SET seq = {seq} WHERE lane = {lane}");
    names_it(&case, &cut(short), &cut(long), &format!("lane {lane}")).await;
    names_it(&case, &cut(seq + 1), &cut(long), "the entry is missing").await;
    let swap = |a: &str, b: &str| {
        format!("UPDATE ledger_entry SET fact = '{b}' WHERE object_id = {} AND fact = '{a}'", case.voided.0)
    };
    names_it(&case, &swap("release", "hold"), &format!(
        "UPDATE ledger_entry SET fact = 'release' WHERE id = (SELECT closed_entry FROM hold WHERE id = {})",
        case.voided.0
    ), &format!("hold {}", case.voided))
    .await;
}

#[testkit::db_test]
async fn the_proof_holds_while_others_write(t: testkit::TestDb) {
    let books = Arc::new(Books::with_balance(t, 1_000_000).await);
    let writing = at_once(3, |desk| {
        let books = Arc::clone(&books);
        async move {
            let (cx, lane) = (&books.t.cx, Lane::desk(desk));
            for round in 0..20 {
                let batch: Vec<NewHold> =
                    (0..10).map(|n| books.hold(&format!("{desk}:{round}:{n}"), 10)).collect();
                let mut tx = cx.begin().await.unwrap();
                assert!(place_holds(&mut tx, cx, lane, &batch).await.unwrap());
                tx.commit().await.unwrap();
                let posts: Vec<PostHold> =
                    batch.iter().map(|hold| PostHold { hold: hold.id, take: Take::Part(7) }).collect();
                let mut tx = cx.begin().await.unwrap();
                assert!(post_holds(&mut tx, cx, lane, &posts).await.unwrap().iter().all(Result::is_ok));
                tx.commit().await.unwrap();
            }
        }
    });
    let mut writing = std::pin::pin!(writing);
    let mut proofs = 0;
    loop {
        tokio::select! {
            _ = &mut writing => break,
            _ = books.assert_sound() => proofs += 1,
        }
    }
    assert!(proofs > 0, "no proof ran while others wrote");
    let report = books.assert_sound().await;
    assert_eq!((report.holds, report.transfers, report.entries), (600, 601, 1_201));
    assert_eq!(chain::heads(&books.t.cx).await.unwrap(), report.heads);
    assert_eq!(books.balance().await, (1_000_000 - 600 * 7, 0));
}

/// A seller who was settled, paid out and corrected; a month that was shown; a limit that was used.
async fn lived_in(t: testkit::TestDb) -> Books {
    t.clock.set(Timestamp::parse_rfc3339("2026-10-30T10:00:00+08:00").unwrap());
    let books = Books::with_balance(t, 50_000).await;
    let (cx, finance) = (&books.t.cx, person(AccountId(10), Role::FINANCE));
    books.post(books.purchase("sold", 10_000)).await.unwrap();
    settlement::agree(cx, &finance, settlement::tests::agreement("telecom", 500)).await.unwrap();
    books.t.clock.advance(Duration::from_days(3));
    settlement::run_due(cx).await.unwrap();
    let wanted = payout::NewPayout {
        seller: "telecom".to_owned(),
        currency: Currency::CNY,
        amount: None,
        key: "k".to_owned(),
    };
    payout::request(cx, &finance, wanted).await.unwrap();
    let wallet = AccountName::Wallet(books.customer).code(HOUSE_CURRENCY);
    let wanted = adjustment::NewAdjustment {
        wanted: adjustment::Wanted::Booking {
            debit: "adjustment:goodwill".to_owned(),
            credit: wallet,
            amount: Money::cny(100),
        },
        reason: "补偿客户".to_owned(),
        key: "k".to_owned(),
    };
    let asked = adjustment::request(cx, &finance, wanted).await.unwrap();
    adjustment::approve(cx, &person(AccountId(11), Role::FINANCE), asked.id).await.unwrap();
    let month = statement::month_bounds(2026, 10).unwrap();
    statement::sheet(cx, &books.owner(), books.customer, HOUSE_CURRENCY, month).await.unwrap();
    let mut tx = cx.begin().await.unwrap();
    let (kind, level) = (allowance::AllowanceKind::TopUp, kernel::Level::RealName);
    allowance::take(&mut tx, cx, books.customer, kind, Money::cny(100), level, "k").await.unwrap();
    tx.commit().await.unwrap();
    let report = books.assert_sound().await;
    assert_eq!((report.statements, report.settlements), (1, 3));
    books
}

#[testkit::db_test]
async fn l5_a_changed_limit_statement_settlement_payout_or_correction_is_found_and_named(t: testkit::TestDb) {
    let books = lived_in(t).await;
    for (table, change, back) in [
        ("ledger_allowance", "used = used + 1 WHERE span = 'day'", "used = used - 1 WHERE span = 'day'"),
        ("ledger_allowance", "used = used + 1 WHERE span = 'open'", "used = used - 1 WHERE span = 'open'"),
        ("ledger_allowance_use", "amount = amount + 1", "amount = amount - 1"),
        ("ledger_statement", "closing = closing + 1", "closing = closing - 1"),
        ("ledger_statement", "digest = digest || 'x'", "digest = substr(digest, 1, 64)"),
        (
            "settlement",
            "turnover = turnover + 1, payable = payable + 1 WHERE payable > 0",
            "turnover = turnover - 1, payable = payable - 1 WHERE payable > 0",
        ),
        ("settlement", "commission_bp = commission_bp + 9", "commission_bp = commission_bp - 9"),
        (
            "settlement",
            "commission = commission + 1, payable = payable - 1 WHERE payable > 0",
            "commission = commission - 1, payable = payable + 1 WHERE payable > 0",
        ),
        ("payout", "amount = amount + 1", "amount = amount - 1"),
        ("adjustment", "amount = amount + 1", "amount = amount - 1"),
        ("adjustment", "debit_account = debit_account + 1", "debit_account = debit_account - 1"),
    ] {
        books.t.raw(&format!("UPDATE {table} SET {change}"), vec![]).await;
        let faults = verify(&books.t.cx).await.unwrap().faults;
        let expected = if table == "ledger_allowance_use" { "ledger_allowance" } else { table };
        assert_eq!(faults.iter().map(|f| f.table).collect::<Vec<_>>(), [expected], "{change}");
        assert!(!faults[0].name.is_empty() && faults[0].id != 0);
        books.t.raw(&format!("UPDATE {table} SET {back}"), vec![]).await;
        books.assert_sound().await;
    }
}
