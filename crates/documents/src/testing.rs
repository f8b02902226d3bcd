//! A counter for the tests of this crate: the demo's services, a desk, customers with money, and a press with a font of this machine.

use catalogue::pack::SourceFile;
use catalogue::service::{PaymentMethod, Shelf};
use durable::Cx;
use durable::task::Tasks;
use kernel::{Actor, ActorKind, Locale, Money, RequestId, Role, Text};
use ordering::idempotency::{Key, fingerprint};
use ordering::order::{self, Channel, LineState, NewEvent, OrderId};
use ordering::{Desk, DeskLimits, NewLine, PlaceOrder};
use serde_json::json;
use testkit::TestDb;

use crate::Press;

const TABLES: [db::Migrations; 10] = [
    durable::MIGRATIONS,
    audit::MIGRATIONS,
    risk::MIGRATIONS,
    notify::MIGRATIONS,
    identity::MIGRATIONS,
    ledger::MIGRATIONS,
    catalogue::MIGRATIONS,
    ordering::MIGRATIONS,
    fulfilment::MIGRATIONS,
    crate::MIGRATIONS,
];

/// The tables, and what the operations need.
pub(crate) async fn open(t: &TestDb) -> Cx {
    t.migrate(&TABLES).await;
    t.cx.clone()
}

/// A registered customer.
pub(crate) async fn customer(cx: &Cx) -> Actor {
    let hasher = identity::Hasher::new(identity::password::Cost::CHEAP, &*cx.rng).unwrap();
    let account = identity::account::NewAccount {
        phone: Some(format!("138{:08}", cx.rng.below(100_000_000))),
        email: None,
        name: Some("王小明".to_owned()),
        password: "门前有一棵大枣树，秋天满地红枣".to_owned(),
        roles: vec![Role::CUSTOMER],
        locale: Locale::Zh,
    };
    let id = identity::account::create_account(cx, &hasher, &Actor::system("test"), account).await.unwrap();
    as_role(cx, Role::CUSTOMER, Some(id))
}

/// Somebody who works here.
pub(crate) fn staff(cx: &Cx, role: Role) -> Actor {
    as_role(cx, role, None)
}

fn as_role(cx: &Cx, role: Role, id: Option<kernel::AccountId>) -> Actor {
    let id = id.unwrap_or_else(|| kernel::AccountId::new(&cx.ids, cx.now()));
    Actor {
        kind: ActorKind::account(id, vec![role]),
        request: RequestId(1),
        locale: Locale::Zh,
        address: "192.0.2.1".to_owned(),
    }
}

/// A press without a font.
pub(crate) fn press() -> Press {
    Press {
        issuer: Text::new("长明", "Everlit"),
        verify_url: "https://counter.example/verify".to_owned(),
        font: None,
    }
}

/// The same with a Chinese font of this machine.
pub(crate) fn press_with_font() -> Press {
    let path = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
    let bytes = std::fs::read(path).expect("a Chinese font is installed (on Debian: fonts-noto-cjk)");
    Press { font: Some(paper::Font::read(bytes, 2).unwrap()), ..press() }
}

/// Money for a customer's balance.
pub(crate) async fn top_up(cx: &Cx, customer: &Actor, fen: i64, key: &str) {
    let mut tx = cx.begin().await.unwrap();
    let top_up = ledger::TopUp {
        customer: customer.account().unwrap(),
        gateway: "card",
        amount: Money::cny(fen),
        business_key: key.to_owned(),
    };
    let lane = ledger::Lane(u16::try_from(tx.lane()).unwrap());
    ledger::credit_top_up(&mut tx, cx, lane, top_up).await.unwrap();
    tx.commit().await.unwrap();
}

/// Orders two top-ups of 30 yuan from the balance; the first is done, the second fails.
pub(crate) async fn half_done_order(cx: &Cx, customer: &Actor) -> OrderId {
    top_up(cx, customer, 10_000, "wallet").await;
    catalogue::service::publish(cx, &Actor::system("test"), &packs()).await.unwrap();
    let shelf = Shelf::load(cx).await.unwrap();
    let patient = risk::engine::Settings::default().within(kernel::Duration::from_mins(1));
    let risk = risk::Engine::open(cx, patient, None).await.unwrap();
    let tasks = Tasks::default();
    let desk = Desk::open(cx, &shelf, &risk, DeskLimits::default(), &tasks);
    let me = customer.account().unwrap();
    let line = NewLine {
        service: "mobile-top-up".to_owned(),
        version: None,
        offering: "y30".to_owned(),
        quantity: 1,
        answers: json!({"phone": "13800000009"}),
        quote: None,
    };
    let key = "one".to_owned();
    let order = PlaceOrder {
        actor: customer.clone(),
        customer: me,
        key: Key { actor: me, route: "POST /orders", fingerprint: fingerprint(&json!(1)), key },
        lines: vec![line.clone(), line],
        payment: PaymentMethod::Balance,
        from_balance: None,
        agreed_total: Money::cny(6_000),
        cart: None,
        draft: None,
        channel: Channel::Api,
        hold_for: None,
        origin: risk::Origin::default(),
    };
    let id = desk.place(order).await.unwrap().order;
    end_lines(cx, id).await;
    id
}

async fn end_lines(cx: &Cx, id: OrderId) {
    let system = Actor::system("test");
    let lines = order::ops::lines(&mut cx.read().await.unwrap(), cx, id).await.unwrap();
    for (line, to) in lines.iter().zip([LineState::Completed, LineState::Failed]) {
        for state in [LineState::InProgress, to] {
            let mut tx = cx.begin().await.unwrap();
            let event = NewEvent::public("state");
            order::ops::change_line(&mut tx, cx, &system, line.id, state, event).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}

fn packs() -> Vec<SourceFile> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/telecom.yaml");
    vec![SourceFile { name: "telecom.yaml".to_owned(), text: std::fs::read_to_string(path).unwrap() }]
}
