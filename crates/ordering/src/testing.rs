//! A counter for the tests of this crate: the real services, a desk, customers with money.

use std::sync::Arc;

use catalogue::pack::SourceFile;
use catalogue::service::{PaymentMethod, Shelf};
use durable::task::Tasks;
use kernel::{AccountId, Actor, ActorKind, Locale, Money, RequestId, Role};
use serde_json::{Value, json};
use testkit::TestDb;

use crate::idempotency::{Key, fingerprint};
use crate::order::Channel;
use crate::{Desk, DeskLimits, Error, NewLine, PlaceOrder, Placed};

pub(crate) struct Counter {
    pub t: TestDb,
    pub shelf: Arc<Shelf>,
    pub risk: Arc<risk::Engine>,
    pub desk: Desk,
    pub tasks: Tasks,
}

/// The tables an order touches.
pub(crate) const TABLES: [db::Migrations; 6] = [
    durable::MIGRATIONS,
    audit::MIGRATIONS,
    risk::MIGRATIONS,
    ledger::MIGRATIONS,
    catalogue::MIGRATIONS,
    crate::MIGRATIONS,
];

impl Counter {
    pub async fn open(t: TestDb) -> Self {
        Self::with(t, DeskLimits::default()).await
    }

    pub async fn with(t: TestDb, limits: DeskLimits) -> Self {
        Self::judged_by(t, limits, risk::engine::Settings::default()).await
    }

    /// A counter whose engine answers to silence as told. It has time, however busy the machine is.
    pub async fn judged_by(t: TestDb, limits: DeskLimits, settings: risk::engine::Settings) -> Self {
        t.migrate(&TABLES).await;
        let shelf = shelf(&t).await;
        let tasks = Tasks::default();
        let settings = settings.within(kernel::Duration::from_mins(1));
        let risk = risk::Engine::open(&t.cx, settings, None).await.unwrap();
        let desk = Desk::open(&t.cx, &shelf, &risk, limits, &tasks);
        Self { t, shelf, risk, desk, tasks }
    }

    /// A customer who has had this much for a month.
    pub async fn customer(&self, fen: i64) -> Actor {
        let month_ago = self.t.cx.now().minus(kernel::Duration::from_days(30));
        let id =
            AccountId::new(&kernel::IdGen::new(u16::try_from(self.t.cx.rng.below(1000)).unwrap()), month_ago);
        if fen > 0 {
            self.fund(id, fen).await;
        }
        Actor {
            kind: ActorKind::account(id, vec![Role::CUSTOMER]),
            request: RequestId(1),
            locale: Locale::Zh,
            address: "192.0.2.1".to_owned(),
        }
    }

    /// Puts money on somebody's balance.
    pub async fn fund(&self, id: AccountId, fen: i64) {
        let mut tx = self.t.cx.begin().await.unwrap();
        let top_up = ledger::TopUp {
            customer: id,
            gateway: "card",
            amount: Money::cny(fen),
            business_key: format!("test:{id}"),
        };
        let lane = crate::lane(&tx);
        ledger::credit_top_up(&mut tx, &self.t.cx, lane, top_up).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn place(&self, order: PlaceOrder) -> Result<Placed, Error> {
        self.desk.place(order).await
    }

    /// One number out of the database.
    pub async fn number(&self, sql: &str) -> i64 {
        self.t.raw(sql, Vec::new()).await[0].reader().get().unwrap()
    }

    /// Sums to zero and unbroken: asked at the end of tests.
    pub async fn sound(&self) {
        let report = ledger::verify(&self.t.cx).await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(audit::verify(&self.t.cx).await.unwrap().bad, None);
    }

    pub async fn available(&self, actor: &Actor) -> i64 {
        ledger::wallet_balance(&self.t.cx, actor, actor.customer().unwrap()).await.unwrap().available.minor
    }

    pub async fn set_stock(&self, sku: &str, on_hand: i64) {
        let adjust = catalogue::stock::Adjust {
            sku: sku.to_owned(),
            change: catalogue::stock::Change::Count(on_hand),
            reason: "counted for a test".to_owned(),
        };
        catalogue::stock::adjust(&self.t.cx, &Actor::system("test"), adjust).await.unwrap();
    }
}

/// The demo's services, published.
pub(crate) async fn shelf(t: &TestDb) -> Arc<Shelf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services");
    let mut files: Vec<SourceFile> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| SourceFile {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(path).unwrap(),
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    catalogue::service::publish(&t.cx, &Actor::system("test"), &files).await.unwrap();
    Shelf::load(&t.cx).await.unwrap()
}

pub(crate) fn line(service: &str, offering: &str, quantity: i64, answers: Value) -> NewLine {
    NewLine {
        service: service.to_owned(),
        version: None,
        offering: offering.to_owned(),
        quantity,
        answers,
        quote: None,
    }
}

/// ¥10 for a number.
pub(crate) fn top_up() -> NewLine {
    line("mobile-top-up", "y10", 1, json!({"phone": "13800000001"}))
}

/// A router, of which there are few.
pub(crate) fn router(quantity: i64) -> NewLine {
    let address = json!({"province": "上海市", "city": "上海市", "district": "徐汇区", "street": "漕溪北路 88 号", "name": "林晓", "phone": "13800000001"});
    line("wifi-router", "wifi7-black", quantity, json!({"address": address}))
}

pub(crate) fn order(actor: &Actor, key: &str, lines: Vec<NewLine>, total: i64) -> PlaceOrder {
    let meaning = json!({"lines": lines.iter().map(|l| json!([l.service, l.offering, l.quantity, l.answers])).collect::<Vec<_>>(), "total": total});
    PlaceOrder {
        actor: actor.clone(),
        customer: actor.customer().unwrap(),
        key: Key {
            actor: actor.customer().unwrap(),
            route: "POST /orders",
            key: key.to_owned(),
            fingerprint: fingerprint(&meaning),
        },
        lines,
        payment: PaymentMethod::Balance,
        from_balance: None,
        agreed_total: Money::cny(total),
        cart: None,
        draft: None,
        channel: Channel::Api,
        hold_for: None,
        origin: risk::Origin::default(),
    }
}

pub(crate) fn by_card(order: PlaceOrder) -> PlaceOrder {
    PlaceOrder { payment: PaymentMethod::Card, ..order }
}
