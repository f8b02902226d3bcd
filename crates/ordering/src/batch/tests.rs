//! Files of orders, on both databases: a wrong line stops no other, the same file makes nothing twice, every line is checked as an order
//! of its own (W1), another organisation's file is not found (W2).

use durable::{Registry, run_due};
use encoding_rs::GB18030;
use kernel::{Actor, ActorKind, Duration, PageRequest, Role, Text};
use testkit::{TestDb, db_test};

use super::*;
use crate::approval::tests::{House, by_role, rule, stranger};
use crate::approval::{self, ApprovalId, Verdict, decide_many, look_at_many};
use crate::order::{Channel, OrderState, query as orders};

const TOP_UP: (&str, &str) = ("mobile-top-up", "y10");
const ORDERS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM orders";

fn registry(h: &House) -> Registry {
    let mut registry = Registry::default();
    register(&mut registry, &h.c.desk, &h.c.shelf);
    approval::register(&mut registry);
    registry
}

async fn hand_in(h: &House, who: &Actor, text: &str) -> Result<BatchId, Error> {
    let (service, offering) = TOP_UP;
    let new = NewBatch { service, offering, name: "十一月.csv", bytes: text.as_bytes() };
    upload(&h.c.t.cx, &h.c.shelf, who, new).await
}

async fn seen(h: &House, who: &Actor, id: BatchId) -> BatchView {
    view(&h.c.t.cx, &h.c.shelf, who, id).await.unwrap()
}

async fn order_all(h: &House, who: &Actor, id: BatchId) -> BatchView {
    submit(&h.c.t.cx, who, id, &risk::Origin::default()).await.unwrap();
    run_due(&h.c.t.cx, &registry(h)).await.unwrap();
    seen(h, who, id).await
}

fn states(view: &BatchView) -> Vec<(i64, EntryState)> {
    view.entries.iter().map(|entry| (entry.line, entry.state)).collect()
}

#[db_test]
async fn a_wrong_line_is_told_with_its_column_and_stops_no_other(t: TestDb) {
    use EntryState::{Ordered, Ready, Wrong};
    let h = House::open(t).await;
    let id = hand_in(&h, &h.buyer, "充值号码\n13800000001\n1380000\n=1+1\n13800000002\n").await.unwrap();
    let before = seen(&h, &h.viewer, id).await;
    assert_eq!(states(&before), [(2, Ready), (3, Wrong), (4, Wrong), (5, Ready)]);
    assert!(!before.is_maker && before.columns[0].key == "phone");
    let wrong = &before.entries[1];
    assert_eq!((wrong.cells[0].as_str(), wrong.wrong[0].column.as_str()), ("1380000", "phone"));
    assert!(!wrong.wrong[0].zh.is_empty() && !wrong.wrong[0].en.is_empty());
    assert_eq!(before.entries[2].cells[0], "=1+1", "kept as it was typed");
    let after = order_all(&h, &h.buyer, id).await;
    assert_eq!(states(&after), [(2, Ordered), (3, Wrong), (4, Wrong), (5, Ordered)]);
    assert_eq!((after.batch.state, h.c.number(ORDERS).await), (BatchState::Open, 2));
    assert_eq!(h.available().await, 1_000_000 - 2_000);
    let mended =
        mend(&h.c.t.cx, &h.c.shelf, &h.buyer, (id, 3), vec!["138 0000 0003".to_owned()]).await.unwrap();
    assert_eq!((mended.state, mended.amount.map(|one| one.minor)), (Ready, Some(1_000)));
    let twin = mend(&h.c.t.cx, &h.c.shelf, &h.buyer, (id, 4), vec!["13800000003".to_owned()]).await.unwrap();
    assert_eq!(twin.state, EntryState::Repeated, "the same as line 3");
    keep(&h.c.t.cx, &h.buyer, (id, 4)).await.unwrap();
    let done = order_all(&h, &h.buyer, id).await;
    assert_eq!((done.batch.state, done.counts.ordered, h.c.number(ORDERS).await), (BatchState::Done, 4, 4));
    let order = done.entries[0].order.unwrap();
    assert_eq!(orders::get(&h.c.t.cx, &h.buyer, order).await.unwrap().channel, Channel::File);
    let late = mend(&h.c.t.cx, &h.c.shelf, &h.buyer, (id, 2), vec!["13800000009".to_owned()]).await;
    assert!(matches!(late, Err(Error::Ordered)));
    h.c.sound().await;
}

#[db_test]
async fn the_same_file_makes_nothing_twice_and_the_same_line_only_when_it_is_meant(t: TestDb) {
    let h = House::open(t).await;
    let cx = &h.c.t.cx;
    let id = hand_in(&h, &h.buyer, "充值号码\n13800000001\n13800000002\n").await.unwrap();
    let again = hand_in(&h, &h.second, "\u{feff}Mobile number\r\n\"13800000001\"\r\n13800000002\r\n").await;
    assert!(matches!(again, Err(Error::Known { batch }) if batch == id), "{again:?}");
    let two = order_all(&h, &h.buyer, id).await;
    assert_eq!(two.counts.ordered, 2);
    let nothing = submit(cx, &h.buyer, id, &risk::Origin::default()).await;
    assert!(matches!(nothing, Err(Error::NothingReady)));
    // Another file with one line of the first: it is asked about, and stays unordered.
    let other = hand_in(&h, &h.buyer, "充值号码\n13800000002\n13800000004\n").await.unwrap();
    let view = order_all(&h, &h.buyer, other).await;
    assert_eq!(states(&view), [(2, EntryState::Repeated), (3, EntryState::Ordered)]);
    assert_eq!(h.c.number(ORDERS).await, 3);
    keep(cx, &h.buyer, (other, 2)).await.unwrap();
    order_all(&h, &h.buyer, other).await;
    assert_eq!(h.c.number(ORDERS).await, 4);
    // What was ordered long ago is ordered again like anything else.
    h.c.t.clock.advance(Duration::from_days(31));
    let later = hand_in(&h, &h.buyer, "充值号码\n13800000004\n").await.unwrap();
    assert_eq!(states(&seen(&h, &h.buyer, later).await), [(2, EntryState::Ready)]);
    h.c.sound().await;
}

#[db_test]
async fn two_files_with_the_same_line_that_are_submitted_one_after_the_other_order_it_once(t: TestDb) {
    let h = House::open(t).await;
    let one = hand_in(&h, &h.buyer, "充值号码\n13800000001\n").await.unwrap();
    let two = hand_in(&h, &h.second, "充值号码\n13800000001\n\n13800000005\n").await.unwrap();
    assert_eq!(seen(&h, &h.second, two).await.counts.ready, 2, "nothing is ordered yet");
    order_all(&h, &h.buyer, one).await;
    let view = order_all(&h, &h.second, two).await;
    assert_eq!(states(&view), [(2, EntryState::Repeated), (4, EntryState::Ordered)]);
    assert_eq!(h.c.number(ORDERS).await, 2);
}

#[db_test]
async fn a_process_that_dies_between_two_lines_goes_on_without_ordering_one_twice(t: TestDb) {
    let h = House::open(t).await;
    let cx = &h.c.t.cx;
    let id = hand_in(&h, &h.buyer, "充值号码\n13800000001\n13800000002\n").await.unwrap();
    submit(cx, &h.buyer, id, &risk::Origin::default()).await.unwrap();
    assert!(matches!(submit(cx, &h.buyer, id, &risk::Origin::default()).await, Err(Error::Placing)));
    run_due(cx, &registry(&h)).await.unwrap();
    assert_eq!(h.c.number(ORDERS).await, 2);
    // As if it had died after the orders and before it wrote down that they are there.
    let forget =
        "UPDATE order_batch_line SET state = 'ready', order_id = NULL, approval_id = NULL, ordered_at = NULL";
    h.c.t.raw(forget, Vec::new()).await;
    h.c.t.raw("UPDATE order_batch SET state = 'open'", Vec::new()).await;
    let after = order_all(&h, &h.buyer, id).await;
    assert_eq!((after.counts.ordered, h.c.number(ORDERS).await), (2, 2));
    assert_eq!(h.available().await, 1_000_000 - 2_000);
    h.c.sound().await;
}

#[db_test]
async fn what_the_desk_refuses_is_told_at_its_line_and_can_be_tried_again(t: TestDb) {
    let h = House::open(t).await;
    let cx = &h.c.t.cx;
    let limit = "UPDATE membership SET transaction_limit = 999 WHERE account_id = $1";
    h.c.t.raw(limit, db::params![h.buyer.account().unwrap()]).await;
    let id = hand_in(&h, &h.buyer, "充值号码\n13800000001\n").await.unwrap();
    let refused = order_all(&h, &h.buyer, id).await;
    assert_eq!(states(&refused), [(2, EntryState::Refused)]);
    assert!(refused.entries[0].wrong[0].zh.contains("限额"), "{:?}", refused.entries[0].wrong);
    h.c.t.raw("UPDATE membership SET transaction_limit = NULL", Vec::new()).await;
    assert_eq!(order_all(&h, &h.buyer, id).await.counts.ordered, 1);
    // Whoever left the organisation orders nothing more for it.
    let id = hand_in(&h, &h.buyer, "充值号码\n13800000006\n").await.unwrap();
    submit(cx, &h.buyer, id, &risk::Origin::default()).await.unwrap();
    h.c.t.raw("DELETE FROM membership WHERE account_id = $1", db::params![h.buyer.account().unwrap()]).await;
    run_due(cx, &registry(&h)).await.unwrap();
    let stopped = seen(&h, &h.viewer, id).await;
    assert_eq!(stopped.batch.stopped.as_deref(), Some("batch.forbidden"));
    assert_eq!((stopped.batch.state, stopped.counts.ready), (BatchState::Open, 1));
}

#[db_test]
async fn w8_a_file_of_transfers_wants_a_fresh_proof(t: TestDb) {
    let h = House::open(t).await;
    let cx = &h.c.t.cx;
    let text = "收款人户名,收款银行,收款账号,转账金额,用途,转给谁\n王建国,中国银行,6222 0200 0000 0000,800,工资,个人\n王芳,中国银行,6222020000000001,12.345,工资,person\n";
    let new = NewBatch { service: "bank-transfer", offering: "any", name: "x", bytes: text.as_bytes() };
    let id = upload(cx, &h.c.shelf, &h.buyer, new).await.unwrap();
    let view = seen(&h, &h.buyer, id).await;
    let wrong: Vec<(i64, &str)> = view
        .entries
        .iter()
        .flat_map(|entry| entry.wrong.iter().map(|wrong| (entry.line, wrong.column.as_str())))
        .collect();
    assert_eq!(wrong, [(2, "account"), (3, "amount")], "{:?}", view.entries);
    let cells = ["个人", "王建国", "中国银行", "6222020000000000", "800", "工资"].map(str::to_owned).to_vec();
    mend(cx, &h.c.shelf, &h.buyer, (id, 2), cells).await.unwrap();
    h.c.t.clock.advance(Duration::from_mins(6));
    let stale = submit(cx, &h.buyer, id, &risk::Origin::default()).await;
    assert!(matches!(stale, Err(Error::ProofNeeded)));
}

#[db_test]
async fn w1_the_lines_of_a_file_are_checked_at_once_or_one_by_one_and_never_by_their_maker(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER), by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    let text = "充值号码\n13800000001\n13800000002\n13800000003\n13800000004\n";
    let id = hand_in(&h, &h.buyer, text).await.unwrap();
    let view = order_all(&h, &h.buyer, id).await;
    let asked: Vec<ApprovalId> = view.entries.iter().filter_map(|entry| entry.approval).collect();
    assert_eq!((asked.len(), h.available().await), (4, 1_000_000 - 4_000), "each waits with its money");
    let at = |level: i64, from: usize| asked[from..].iter().map(|one| (*one, level)).collect::<Vec<_>>();
    let own = decide_many(cx, &h.buyer, &at(0, 0), Verdict::Agree).await.unwrap();
    assert_eq!((own.done, own.refused.len()), (0, 4));
    assert!(own.refused.iter().all(|(_, error)| matches!(error, approval::Error::OwnRequest)));
    let first = decide_many(cx, &h.owner, &at(0, 0), Verdict::Agree).await.unwrap();
    assert_eq!((first.done, first.refused.len()), (4, 0));
    let twice = decide_many(cx, &h.owner, &at(1, 0), Verdict::Agree).await.unwrap();
    assert!(twice.done == 0 && matches!(twice.refused[0].1, approval::Error::CheckedBefore));
    let old = decide_many(cx, &h.other, &at(0, 0), Verdict::Agree).await.unwrap();
    assert!(old.done == 0 && matches!(old.refused[0].1, approval::Error::LevelMoved), "an old page");
    // One by one: the first is returned, the others pass.
    let short = decide_many(cx, &h.other, &at(1, 0)[..1], Verdict::Return("不行")).await;
    assert!(matches!(short, Err(approval::Error::InvalidInput { .. })));
    let back = decide_many(cx, &h.other, &at(1, 0)[..1], Verdict::Return("号码不是员工的")).await.unwrap();
    let rest = decide_many(cx, &h.other, &at(1, 1), Verdict::Agree).await.unwrap();
    assert_eq!((back.done, rest.done), (1, 3));
    let state = async |n: usize| h.state(view.entries[n].order.unwrap()).await.0;
    assert_eq!((state(0).await, state(3).await), (OrderState::Cancelled, OrderState::InProgress));
    assert_eq!(h.available().await, 1_000_000 - 3_000);
    let looked = look_at_many(cx, &h.viewer, &asked).await.unwrap();
    assert!(looked.len() == 4 && looked.iter().all(|(_, mine)| *mine == approval::Mine::Over));
    h.c.sound().await;
}

#[db_test]
async fn w8_agreeing_to_much_in_sum_wants_a_fresh_proof(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    let text = (0..6).map(|n| format!("1380000000{n}\n")).collect::<String>();
    let new = NewBatch {
        service: TOP_UP.0,
        offering: TOP_UP.1,
        name: "x",
        bytes: &format!("充值号码\n{text}").into_bytes(),
    };
    let id = upload(cx, &h.c.shelf, &h.buyer, new).await.unwrap();
    let view = order_all(&h, &h.buyer, id).await;
    let picked: Vec<(ApprovalId, i64)> =
        view.entries.iter().filter_map(|entry| entry.approval).map(|one| (one, 0)).collect();
    h.c.t.raw("UPDATE approval_request SET amount = 100000", Vec::new()).await;
    h.c.t.clock.advance(Duration::from_mins(6));
    let stale = decide_many(cx, &h.owner, &picked, Verdict::Agree).await;
    assert!(matches!(stale, Err(approval::Error::ProofNeeded)), "{stale:?}");
    assert_eq!(decide_many(cx, &h.owner, &picked[..4], Verdict::Agree).await.unwrap().done, 4);
    let fresh = h.owner.clone().proved(cx.now());
    assert_eq!(decide_many(cx, &fresh, &picked[4..], Verdict::Agree).await.unwrap().done, 2);
}

#[db_test]
async fn checkers_hear_of_a_file_in_one_message(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    for (number, who) in (0_u8..).zip([&h.owner, &h.other, &h.buyer]) {
        let mail = cx.vault.seal_text(&*cx.rng, "identity.account.email", &format!("m{number}@example.com"));
        let sql =
            "UPDATE account SET email_sealed = $2, email_index = $3, email_verified_at = 1 WHERE id = $1";
        h.c.t.raw(sql, db::params![who.account().unwrap(), mail.unwrap(), vec![number]]).await;
    }
    let id = hand_in(&h, &h.buyer, "充值号码\n13800000001\n13800000002\n13800000003\n").await.unwrap();
    let view = order_all(&h, &h.buyer, id).await;
    let told = "SELECT CAST(COUNT(*) AS BIGINT) FROM message WHERE account_id = $1";
    let count = async |who: &Actor| {
        h.c.t.raw(told, db::params![who.account().unwrap()]).await[0].reader().get::<i64>().unwrap()
    };
    let settle = async || {
        run_due(cx, &registry(&h)).await.unwrap();
        h.c.t.clock.advance(Duration::from_secs(21));
        run_due(cx, &registry(&h)).await.unwrap();
    };
    settle().await;
    assert_eq!((count(&h.owner).await, count(&h.other).await, count(&h.buyer).await), (2, 2, 0));
    let picked: Vec<(ApprovalId, i64)> =
        view.entries.iter().filter_map(|entry| entry.approval).map(|one| (one, 0)).collect();
    decide_many(cx, &h.owner, &picked, Verdict::Agree).await.unwrap();
    settle().await;
    assert_eq!((count(&h.owner).await, count(&h.other).await, count(&h.buyer).await), (2, 2, 2));
}

#[db_test]
async fn w2_a_file_is_its_organisations_and_only_its_maker_changes_it(t: TestDb) {
    let h = House::open(t).await;
    let cx = &h.c.t.cx;
    let id = hand_in(&h, &h.buyer, "充值号码\n13800000001\n").await.unwrap();
    let stranger = stranger(&h.c).await;
    let none = risk::Origin::default();
    assert!(matches!(view(cx, &h.c.shelf, &stranger, id).await, Err(Error::NotFound)));
    assert!(matches!(submit(cx, &stranger, id, &none).await, Err(Error::NotFound)));
    assert!(matches!(discard(cx, &stranger, id).await, Err(Error::NotFound)));
    let page = PageRequest::new(None, 20);
    assert!(list(cx, &stranger, &page).await.unwrap().items.is_empty());
    assert_eq!(list(cx, &h.viewer, &page).await.unwrap().items.len(), 1);
    // Colleagues look and do not touch; whoever acts for themselves has no files.
    assert!(matches!(submit(cx, &h.second, id, &none).await, Err(Error::NotMaker)));
    assert!(matches!(discard(cx, &h.owner, id).await, Err(Error::NotMaker)));
    assert!(matches!(submit(cx, &h.viewer, id, &none).await, Err(Error::Forbidden)));
    assert!(matches!(hand_in(&h, &h.viewer, "充值号码\n13800000002\n").await, Err(Error::Forbidden)));
    let own = Actor {
        kind: ActorKind::account(h.buyer.account().unwrap(), vec![Role::CUSTOMER]),
        ..h.buyer.clone()
    };
    assert!(matches!(hand_in(&h, &own, "充值号码\n13800000002\n").await, Err(Error::NotFound)));
    discard(cx, &h.buyer, id).await.unwrap();
    assert!(matches!(view(cx, &h.c.shelf, &h.buyer, id).await, Err(Error::NotFound)));
    let again = hand_in(&h, &h.buyer, "充值号码\n13800000001\n").await.unwrap();
    order_all(&h, &h.buyer, again).await;
    assert!(matches!(discard(cx, &h.buyer, again).await, Err(Error::HasOrders)), "orders came of it");
}

fn two() -> Vec<Column> {
    let column = |key: &str, zh: &str, en: &str, required| Column {
        key: key.to_owned(),
        label: Text::new(zh, en),
        hint: None,
        required,
    };
    vec![column("payee", "户名", "Payee", true), column("note", "备注", "Note", false)]
}

fn cells(bytes: &[u8]) -> Vec<(i64, Vec<String>)> {
    rules::read(&two(), bytes).unwrap().into_iter().map(|line| (line.line, line.cells)).collect()
}

fn row(line: i64, payee: &str, note: &str) -> (i64, Vec<String>) {
    (line, vec![payee.to_owned(), note.to_owned()])
}

#[test]
fn a_file_is_read_in_every_usual_spelling() {
    let want = vec![row(2, "王建国", "工资")];
    let plain = "户名,备注\r\n王建国,工资\r\n";
    assert_eq!(cells(plain.as_bytes()), want);
    assert_eq!(cells(format!("\u{feff}{plain}").as_bytes()), want);
    assert_eq!(cells(&GB18030.encode(plain).0), want);
    assert_eq!(cells("Note,PAYEE\n工资,王建国".as_bytes()), want, "in any order, in English");
    assert_eq!(
        cells("户名\n\n\"王\n\"\"国\"\"\"\n,\n赵".as_bytes()),
        [row(3, "王\n\"国\"", ""), row(6, "赵", "")]
    );
    assert_eq!(cells("户名,备注\n'=1+1,'x".as_bytes()), [row(2, "=1+1", "'x")]);
}

#[test]
fn a_file_that_is_none_is_refused_with_what_to_do() {
    let check = |bytes: &[u8]| rules::read(&two(), bytes).unwrap_err();
    assert!(matches!(check(b""), Error::Empty));
    assert!(matches!(check("户名\n".as_bytes()), Error::Empty));
    assert!(matches!(check(b"\xff\xfea\x00,\x00"), Error::Encoding));
    assert!(matches!(check(b"a,b\n\xff\xff"), Error::Encoding));
    assert!(matches!(check("户名,金额\nx,1".as_bytes()), Error::HeadingUnknown { names } if names == "金额"));
    assert!(matches!(check("备注\nx".as_bytes()), Error::HeadingMissing { names } if names == "户名"));
    assert!(matches!(check("户名,Payee\nx,y".as_bytes()), Error::HeadingTwice { names } if names == "Payee"));
    assert!(matches!(check(&vec![b'x'; MOST_BYTES + 1]), Error::TooLarge { .. }));
    let many = format!("户名\n{}", "x\n".repeat(MOST_LINES + 1));
    assert!(matches!(check(many.as_bytes()), Error::TooManyLines { .. }));
    let most = format!("户名\n{}", "x\n".repeat(MOST_LINES));
    assert_eq!(cells(most.as_bytes()).len(), MOST_LINES);
    let long = rules::read(&two(), "户名,备注\na,b,c".as_bytes()).unwrap();
    assert!(long[0].too_long);
}

#[db_test]
async fn what_needs_a_question_or_a_time_first_is_not_ordered_by_file(t: TestDb) {
    let h = House::open(t).await;
    let offered = |service: &str, offering: &str| is_offered(&h.c.shelf.service(service).unwrap(), offering);
    assert!(offered("mobile-top-up", "y10") && offered("bank-transfer", "any"));
    assert!(!offered("power-bill", "bill"), "its price is asked for first");
    assert!(!offered("mobile-top-up", "none"), "there is no such offering");
    for version in h.c.shelf.all().iter().filter(|version| version.service.slots().is_some()) {
        let any = version.service.offerings.iter().any(|offering| is_offered(version, &offering.code));
        assert!(!any, "{} needs a time", version.code);
    }
    let new = NewBatch { service: "power-bill", offering: "bill", name: "x", bytes: b"x" };
    let refused = upload(&h.c.t.cx, &h.c.shelf, &h.buyer, new).await;
    assert!(matches!(refused, Err(Error::NotOffered)));
}
