//! P1, P2 and P4: the order desk itself, beside writers that do nothing but write.

use std::sync::Arc;

use catalogue::service::{PaymentMethod, Shelf};
use durable::task::Tasks;
use everlit::telemetry;
use kernel::{Actor, Money};
use ordering::idempotency::{Key, fingerprint};
use ordering::order::Channel;
use ordering::{Desk, DeskLimits, NewLine, PlaceOrder};
use serde_json::json;

use super::Run;
use crate::load::{Client, full};
use crate::report::{Line, Section, Verdict};
use crate::server::sum_of;
use crate::site::{Scratch, connect, customers, publish, set_stock};
use crate::usage::Meter;
use crate::wire::Wish;
use crate::{Engine, Failure, pgbench, raw};

const CUSTOMERS: usize = 2_000;
/// Enough for every order of a run: ¥10,000,000 each.
const WEALTH: i64 = 1_000_000_000;

/// What everybody orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goods {
    /// Something without stock.
    TopUps,
    /// One thing of which there is a stock, from one merchant.
    OneSku,
}

pub(super) async fn p1(run: &mut Run<'_>) -> Result<Section, Failure> {
    let mut section = Section::new("P1: the desk on PostgreSQL");
    let mut limit: f64 = 0.0;
    for (size, pipelined) in [(64, false), (256, false), (256, true)] {
        let scratch = ready(run, Engine::Postgres).await?;
        let writer = raw::postgres::Writer::open(connect(&scratch.url).await?, size, pipelined).await?;
        let meter = Meter::of_this_process(scratch.postmaster().await?);
        let load = full(vec![writer], run.times, meter).await?;
        scratch.close().await?;
        let how = if pipelined { ", pipelined" } else { "" };
        let line = Line::of(format!("limit: raw writer, {size} a transaction{how}"), &load);
        if !pipelined {
            limit = limit.max(line.per_second);
        }
        section.lines.push(line.with_batch(Some(f64::from(size_of(size))), None));
    }
    let tpcb = pgbench::tpcb(&run.server, run.options.secs).await?;
    section.lines.push(Line::bare("limit: pgbench TPC-B, 8 clients", tpcb));
    let desk = run.desk(Engine::Postgres).await?;
    section.verdicts.push(Verdict::ratio("at least 0.7 × the raw writer", desk.per_second, limit, 0.7));
    section.verdicts.push(Verdict::ratio("at least 2 × pgbench", desk.per_second, tpcb, 2.0));
    section.lines.push(desk);
    Ok(section)
}

pub(super) async fn p2(run: &mut Run<'_>) -> Result<Section, Failure> {
    let mut section = Section::new("P2: the desk on SQLite");
    let mut limit: f64 = 0.0;
    for size in [1, 64, 256] {
        let scratch = ready(run, Engine::Sqlite).await?;
        let file = scratch.file().ok_or("the embedded database has a file")?;
        let writer = raw::sqlite::Writer::open(&file, size)?;
        let load = full(vec![writer], run.times, Meter::of_this_process(None)).await?;
        scratch.close().await?;
        let line = Line::of(format!("limit: raw writer, {size} a commit"), &load);
        limit = limit.max(line.per_second);
        section.lines.push(line.with_batch(Some(f64::from(size_of(size))), None));
    }
    let desk = run.desk(Engine::Sqlite).await?;
    section.verdicts.push(Verdict::ratio("at least 0.7 × the raw writer", desk.per_second, limit, 0.7));
    section.lines.push(desk);
    Ok(section)
}

pub(super) async fn p4(run: &mut Run<'_>) -> Result<Section, Failure> {
    let mut section = Section::new("P4: everybody buys one thing from one merchant");
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let base = run.desk(engine).await?;
        let one = measure(run, engine, Goods::OneSku).await?;
        let what = format!("at least 0.8 × the desk on {engine}");
        section.verdicts.push(Verdict::ratio(what, one.per_second, base.per_second, 0.8));
        section.lines.push(Line { what: format!("{}, for comparison", base.what), ..base });
        section.lines.push(one);
    }
    section.notes.push(
        "An order of goods writes more rows than a top-up: a reservation, its allocation, the stock item."
            .to_owned(),
    );
    Ok(section)
}

fn size_of(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// An installation with services and customers.
async fn ready(run: &Run<'_>, engine: Engine) -> Result<Scratch, Failure> {
    let scratch = Scratch::new(engine, run.server(engine)).await?;
    let cx = scratch.open().await?;
    publish(&cx).await?;
    customers(&cx, CUSTOMERS, WEALTH).await?;
    Ok(scratch)
}

/// The desk under as many callers as asked for, from the command to its answer.
pub(super) async fn measure(run: &Run<'_>, engine: Engine, goods: Goods) -> Result<Line, Failure> {
    let scratch = Scratch::new(engine, run.server(engine)).await?;
    let cx = scratch.open().await?;
    publish(&cx).await?;
    set_stock(&cx, "bulb-white-2", catalogue::stock::MAX_ON_HAND).await?;
    let buyers = Arc::new(customers(&cx, CUSTOMERS, WEALTH).await?);
    let shelf = Shelf::load(&cx).await?;
    let risk = risk::Engine::open(&cx, risk::engine::Settings::default(), None).await?;
    let tasks = Tasks::default();
    let desk = Desk::open(&cx, &shelf, &risk, DeskLimits::default(), &tasks);
    let callers = (0..run.options.callers)
        .map(|place| Caller { desk: desk.clone(), buyers: Arc::clone(&buyers), place, number: 0, goods })
        .collect();
    let meter = Meter::of_this_process(scratch.postmaster().await?);
    let before = Queue::read();
    let load = full(callers, run.times, meter).await?;
    let queue = Queue::read().since(&before);
    tasks.stop().await;
    drop((desk, cx));
    scratch.close().await?;
    if let Some(trouble) = &load.trouble {
        eprintln!("bench: the desk on {engine} refused: {trouble}");
    }
    let what = match goods {
        Goods::TopUps => format!("desk on {engine}, {} callers", run.options.callers),
        Goods::OneSku => format!("desk on {engine}, one SKU"),
    };
    Ok(Line::of(what, &load).with_batch(queue.batch(), queue.wait_ms()))
}

/// What the desk counted of itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Queue {
    orders: f64,
    batches: f64,
    waited: f64,
}

impl Queue {
    fn read() -> Self {
        Self::of(&telemetry::render())
    }

    pub(super) fn of(text: &str) -> Self {
        Self {
            orders: sum_of(text, "everlit_desk_batch_orders_sum"),
            batches: sum_of(text, "everlit_desk_batch_orders_count"),
            waited: sum_of(text, "everlit_desk_queue_seconds_sum"),
        }
    }

    pub(super) fn since(self, before: &Self) -> Self {
        Self {
            orders: self.orders - before.orders,
            batches: self.batches - before.batches,
            waited: self.waited - before.waited,
        }
    }

    /// Orders of a commit, on average.
    pub(super) fn batch(&self) -> Option<f64> {
        (self.batches > 0.0).then(|| self.orders / self.batches)
    }

    /// How long the oldest of a batch had waited, on average.
    pub(super) fn wait_ms(&self) -> Option<f64> {
        (self.batches > 0.0).then(|| self.waited / self.batches * 1e3)
    }
}

/// Somebody at the desk, again and again.
struct Caller {
    desk: Desk,
    buyers: Arc<Vec<Actor>>,
    place: usize,
    number: usize,
    goods: Goods,
}

impl Caller {
    fn order(&mut self) -> Result<PlaceOrder, Failure> {
        self.number += 1;
        // Neighbours in time are not neighbours in the table.
        let pick = (self.place * 31 + self.number * 7919) % self.buyers.len().max(1);
        let actor = self.buyers.get(pick).ok_or("nobody buys")?.clone();
        let wish = match self.goods {
            Goods::TopUps => Wish::top_up("13800001234"),
            Goods::OneSku => Wish::bulbs(),
        };
        let customer = actor.account().ok_or("a buyer without account")?;
        let meaning = json!([wish.service, wish.offering, wish.answers, wish.total]);
        let key = Key {
            actor: customer,
            route: "POST /orders",
            key: format!("bench-{}-{}", self.place, self.number),
            fingerprint: fingerprint(&meaning),
        };
        let line = NewLine {
            service: wish.service.to_owned(),
            version: None,
            offering: wish.offering.to_owned(),
            quantity: 1,
            answers: wish.answers,
            quote: None,
        };
        Ok(PlaceOrder {
            actor,
            customer,
            key,
            lines: vec![line],
            payment: PaymentMethod::Balance,
            from_balance: None,
            agreed_total: Money::cny(wish.total),
            cart: None,
            draft: None,
            channel: Channel::Api,
            hold_for: None,
            origin: risk::Origin::default(),
        })
    }
}

impl Client for Caller {
    async fn call(&mut self) -> Result<(), Failure> {
        let order = self.order()?;
        Box::pin(self.desk.place(order)).await?;
        Ok(())
    }
}
