//! Bills that come late, twice, changed, cut short.

use connectors::gateway::{Bill, BillKind, BrokenLine, GatewayError};
use kernel::{Currency, Duration, Money};

use crate::bill::{self, DayState, Fetched, heads};
use crate::testing::{House, code};

#[testkit::db_test]
async fn l7_a_bill_is_asked_for_from_ten_on_and_somebody_is_called_once_when_it_is_late(t: testkit::TestDb) {
    let h = House::open(t).await;
    let day = h.today();
    h.t.clock.set(day.ends_at().plus(Duration::from_hours(9)));
    assert_eq!(bill::sweep(&h.svc).await.unwrap(), 0, "nobody asks before ten");
    h.t.clock.set(day.ends_at().plus(Duration::from_hours(10)));
    assert_eq!(bill::sweep(&h.svc).await.unwrap(), 1);
    assert_eq!(bill::sweep(&h.svc).await.unwrap(), 0, "not again at once");
    let alarms = "SELECT COUNT(*) FROM outbox WHERE topic = 'reconciliation.alarm'";
    assert_eq!(h.count(alarms).await, 0);
    for hour in [17, 18, 19] {
        h.t.clock.set(day.ends_at().plus(Duration::from_hours(hour)));
        bill::sweep(&h.svc).await.unwrap();
        assert_eq!(h.count(alarms).await, 1);
    }
    h.hand_in(day, Vec::new());
    h.t.clock.advance(Duration::from_hours(1));
    bill::sweep(&h.svc).await.unwrap();
    let known = bill::find_day(h.cx(), &h.maker, "card", day).await.unwrap();
    assert_eq!((known.state, known.version), (DayState::Matched, 1));
}

#[testkit::db_test]
async fn l7_the_same_bill_again_changes_nothing_and_another_is_told_and_matched_anew(t: testkit::TestDb) {
    let h = House::open(t).await;
    let (day, paid) = (h.today(), h.pay(10_000).await);
    h.morning_after(day);
    h.hand_in(day, vec![h.line(1, &paid, 9_000, 0)]);
    assert_eq!(h.fetch(day).await, Fetched::New);
    assert_eq!(h.reasons().await, ["amount_differs"]);
    assert_eq!(h.fetch(day).await, Fetched::Same);
    assert_eq!(heads(h.cx(), &h.maker, "card", day).await.unwrap().len(), 1);
    h.hand_in(day, vec![h.line(1, &paid, 10_000, 60)]);
    assert_eq!(h.fetch(day).await, Fetched::New);
    assert_eq!(h.reasons().await, Vec::<&str>::new());
    let kept = heads(h.cx(), &h.maker, "card", day).await.unwrap();
    assert_eq!(kept.iter().map(|head| head.version).collect::<Vec<_>>(), [1, 2]);
    assert_ne!(kept[0].hash, kept[1].hash);
    assert_eq!(h.count("SELECT COUNT(*) FROM outbox WHERE payload LIKE '%bill_changed%'").await, 1);
    assert_eq!(h.owed().await, 9_940, "the fee of the matched line is booked");
    h.sound().await;
}

#[testkit::db_test]
async fn l7_broken_lines_stop_no_other_and_all_end_matched_or_in_the_queue(t: testkit::TestDb) {
    let h = House::open(t).await;
    let day = h.today();
    let mut paid = Vec::new();
    for _ in 0..4 {
        paid.push(h.pay(10_000).await);
    }
    h.morning_after(day);
    let line = |number, id: &str, fen| h.line(number, id, fen, 0);
    let mut usd = line(4, &paid[2], 10_000);
    usd.amount.currency = Currency::USD;
    usd.fee.currency = Currency::USD;
    let mut garbage = line(8, "\u{0}\u{fffd}ÿ乱码", 10_000);
    garbage.gateway_id = "x".repeat(5_000);
    let mut huge_fee = line(9, &paid[3], 10_000);
    huge_fee.fee.minor = i64::MAX;
    let lines = vec![
        line(1, &paid[0], 10_000),
        line(2, &paid[0], 10_000),
        line(3, &paid[1], -10_000),
        usd,
        line(5, "att_0000000000001", 700),
        line(6, "", i64::MAX),
        line(7, "", 0),
        garbage,
        huge_fee,
    ];
    let broken =
        |number, text: &str, why: &str| BrokenLine { number, text: text.to_owned(), why: why.to_owned() };
    let broken = vec![
        broken(10, "2026-11-21,张三,12.345", "a fraction of a fen"),
        broken(11, "other-merchant,1.00", "another merchant"),
        broken(12, "2026-11-2", "cut off"),
    ];
    h.gateway.hand_in(day, Ok(Bill { lines, broken, total: Some(Money::cny(99)) }));
    h.fetch(day).await;
    let known = bill::find_day(h.cx(), &h.maker, "card", day).await.unwrap();
    assert_eq!(known.state, DayState::Matched);
    let head = &heads(h.cx(), &h.maker, "card", day).await.unwrap()[0];
    let queued = h.count("SELECT COUNT(*) FROM difference WHERE line_number IS NOT NULL").await;
    assert_eq!(known.matched + queued, head.lines + head.broken);
    let expected = [
        "broken",
        "broken",
        "broken",
        "broken",
        "broken",
        "broken",
        "broken",
        "currency_differs",
        "duplicate",
        "only_theirs",
        "only_theirs",
        "total_differs",
    ];
    assert_eq!(h.reasons().await, expected);
    let lost = h.queue().await.into_iter().find(|d| d.line == Some(10)).unwrap();
    let (text, why) = bill::broken_text(h.cx(), &h.maker, lost.bill.unwrap(), 10).await.unwrap();
    assert_eq!((text.as_str(), why.as_str()), ("2026-11-21,张三,12.345", "a fraction of a fen"));
}

#[testkit::db_test]
async fn l7_what_a_crash_cut_short_is_begun_again(t: testkit::TestDb) {
    let h = House::open(t).await;
    let (day, paid) = (h.today(), h.pay(10_000).await);
    h.morning_after(day);
    h.hand_in(day, vec![h.line(1, &paid, 10_000, 60)]);
    h.fetch(day).await;
    // As it is when the process ended between the bill and the matching: the bill is here, whole, and the claim is nobody's any more.
    h.t.raw("UPDATE bill_day SET state = 'fetched', next_at = 0, claim = claim + 1", vec![]).await;
    // And half of another bill that was being read.
    let half = "INSERT INTO bill (id, gateway, day, version, hash, lines, broken, whole, fetched_at)
                SELECT 77, gateway, day, 2, 'half', 9, 0, FALSE, 1 FROM bill WHERE version = 1";
    h.t.raw(half, vec![]).await;
    let asked = h.gateway.asked.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(bill::sweep(&h.svc).await.unwrap(), 1);
    let known = bill::find_day(h.cx(), &h.maker, "card", day).await.unwrap();
    assert_eq!((known.state, known.matched), (DayState::Matched, 1));
    assert_eq!(h.gateway.asked.load(std::sync::atomic::Ordering::SeqCst), asked, "the bill is here already");
    assert_eq!(heads(h.cx(), &h.maker, "card", day).await.unwrap().len(), 1, "half a bill is none");
    h.hand_in(day, vec![h.line(1, &paid, 10_000, 50)]);
    assert_eq!(h.fetch(day).await, Fetched::New);
    assert_eq!(h.owed().await, 9_950, "the fee that changed is corrected, not booked twice");
    h.sound().await;
}

#[testkit::db_test]
async fn l7_two_nodes_work_on_a_day_once(t: testkit::TestDb) {
    let h = House::open(t).await;
    let (day, paid) = (h.today(), h.pay(10_000).await);
    h.morning_after(day);
    h.hand_in(day, vec![h.line(1, &paid, 10_000, 60)]);
    // Whoever comes second finds the claim taken, or the day done.
    let runs = (0..4).map(|_| {
        let (svc, maker) = (std::sync::Arc::clone(&h.svc), h.maker.clone());
        async move { bill::fetch(&svc, &maker, "card", day).await }
    });
    let mut tasks = tokio::task::JoinSet::new();
    runs.for_each(|run| {
        tasks.spawn(run);
    });
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|r| matches!(r, Ok(Fetched::New))).count(), 1);
    for result in results.into_iter().filter(Result::is_err) {
        assert_eq!(code(result), "reconciliation.busy");
    }
    assert_eq!(h.count("SELECT COUNT(*) FROM transfer WHERE kind = 'fee'").await, 1);
    // A holder who was too slow writes nothing more.
    h.t.raw("UPDATE bill_day SET claim = claim + 1", vec![]).await;
    let id = bill::find_day(h.cx(), &h.maker, "card", day).await.unwrap().id;
    let stale = crate::bill::model::Claim { day: id, token: 1 };
    assert_eq!(
        crate::bill::ops::begin(h.cx(), stale).await.err().map(|e| kernel::Refusal::code(&e)),
        Some("reconciliation.busy")
    );
}

#[testkit::db_test]
async fn a_gateway_without_bills_is_asked_once_and_days_that_have_not_ended_are_refused(t: testkit::TestDb) {
    let h = House::open(t).await;
    let day = h.today();
    assert_eq!(code(bill::fetch(&h.svc, &h.maker, "card", day).await), "reconciliation.bad_day");
    assert_eq!(
        code(bill::fetch(&h.svc, &h.maker, "cash", day.before()).await),
        "reconciliation.gateway_unknown"
    );
    let nobody = kernel::Actor { kind: kernel::ActorKind::Anonymous, ..h.maker.clone() };
    assert_eq!(code(bill::fetch(&h.svc, &nobody, "card", day.before()).await), "reconciliation.forbidden");
    h.gateway.hand_in(day.before(), Err(GatewayError::not_offered("bill")));
    assert_eq!(h.fetch(day.before()).await, Fetched::NotOffered);
    let _ = BillKind::Payment;
}

const HEADER: &str = "kind,our_id,bank_id,amount,fee,currency,at,party,account,purpose";

#[testkit::db_test]
async fn l7_a_statement_that_comes_as_a_file_is_matched_like_one_that_was_fetched(t: testkit::TestDb) {
    let h = House::at(t, "bank_transfer").await;
    let (day, paid) = (h.today(), h.pay(13_000).await);
    let at = h.cx().now().to_jiff().to_string();
    let file = |lines: &[String], sum: &str| {
        format!("{HEADER}\r\n{}\r\ntotal,,{},{sum},,,,,,\r\n", lines.join("\r\n"), lines.len()).into_bytes()
    };
    let ours = format!("in,{paid},bt_1,130.00,0.00,CNY,{at},张三,6222,货款");
    let nobodys = format!("in,,bt_2,5.00,0.00,CNY,{at},李四,6217,谢谢");
    let whole = file(&[ours.clone(), nobodys.clone(), "in,at_1".to_owned()], "135.00");
    let hand_in = async |bytes: &[u8]| bill::hand_in(&h.svc, &h.maker, ("bank_transfer", day), bytes).await;
    assert_eq!(code(hand_in(&whole).await), "reconciliation.bad_day", "the day has not ended");
    h.morning_after(day);
    h.gateway.hand_in(day, Err(GatewayError::not_offered("bill")));
    assert_eq!(bill::fetch(&h.svc, &h.maker, "bank_transfer", day).await.unwrap(), Fetched::NotOffered);
    assert_eq!(hand_in(&whole).await.unwrap(), Fetched::New);
    assert_eq!(h.reasons().await, ["broken", "only_theirs"], "told, and the good line matched");
    let known = bill::find_day(h.cx(), &h.maker, "bank_transfer", day).await.unwrap();
    assert_eq!((known.state, known.matched), (DayState::Matched, 1));
    assert_eq!(hand_in(&whole).await.unwrap(), Fetched::Same);
    assert_eq!(heads(h.cx(), &h.maker, "bank_transfer", day).await.unwrap().len(), 1);
    assert_eq!(hand_in(&file(&[ours], "130.00")).await.unwrap(), Fetched::New, "the bank corrected it");
    assert_eq!(h.reasons().await, Vec::<&str>::new());
    h.sound().await;
}

#[testkit::db_test]
async fn l7_a_file_that_is_no_statement_of_that_day_changes_nothing(t: testkit::TestDb) {
    let h = House::at(t, "bank_transfer").await;
    let (day, at) = (h.today(), h.cx().now().to_jiff().to_string());
    h.morning_after(day);
    let hand_in =
        async |day, bytes: &[u8]| code(bill::hand_in(&h.svc, &h.maker, ("bank_transfer", day), bytes).await);
    let line = format!("in,,bt_2,5.00,0.00,CNY,{at},李四,6217,谢谢");
    let whole = format!("{HEADER}\n{line}\ntotal,,1,5.00,,,,,,\n");
    assert_eq!(hand_in(day.before(), whole.as_bytes()).await, "reconciliation.file_of_other_day");
    for broken in
        ["", "kind,our_id\n", &format!("{HEADER}\n{line}\n"), &format!("{HEADER}\ntotal,,1,5.00,,,,,,\n")]
    {
        assert_eq!(hand_in(day, broken.as_bytes()).await, "reconciliation.file_unusable", "{broken}");
    }
    assert_eq!(hand_in(day, b"\xff\xfe").await, "reconciliation.file_unusable");
    let large = vec![b'x'; bill::MOST_FILE_BYTES + 1];
    assert_eq!(hand_in(day, &large).await, "reconciliation.file_too_large");
    assert!(heads(h.cx(), &h.maker, "bank_transfer", day).await.unwrap().is_empty());
}

#[testkit::db_test]
async fn only_statements_of_bank_transfers_come_as_files(t: testkit::TestDb) {
    let h = House::open(t).await;
    h.morning_after(h.today());
    let day = h.today().before();
    let refused = bill::hand_in(&h.svc, &h.maker, ("card", day), b"").await;
    assert_eq!(code(refused), "reconciliation.not_from_files");
}
