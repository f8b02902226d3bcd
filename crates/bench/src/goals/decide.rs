//! A decision in the path of an order, as the desk will ask for it: histories read from the database, rules, the learned score.

use std::sync::Arc;
use std::time::{Duration as Span, Instant};

use durable::Cx;
use kernel::{AccountId, Actor, ActorKind, Money, Role, Text};
use risk::engine::{Settings, journal_many};
use risk::rule::{self, NewRule, RuleState};
use risk::{Act, Outcome, Point};
use serde_json::json;
use tokio::task::JoinSet;

use super::risk::quantile;
use crate::site::Scratch;
use crate::{Engine, Failure};

/// As many at once as there are desks' callers that need a processor.
const CALLERS: usize = 4;
const CUSTOMERS: usize = 2_000;
const PAYEES: usize = 300;
/// Acts of each caller before times are taken: histories have to be there.
const WARM: usize = 500;

/// Milliseconds of each decision, sorted, and how many were made without a score in time.
pub(super) struct Decisions {
    pub engine: Engine,
    pub millis: Vec<f64>,
    pub failed: usize,
}

impl Decisions {
    pub(super) fn quantile(&self, share: f64) -> f64 {
        quantile(&self.millis, share)
    }
}

/// Decides for some seconds on an installation with two live rules and a live model.
pub(super) async fn measure(
    engine: Engine,
    server: Option<&str>,
    model: &[u8],
    secs: f64,
) -> Result<Decisions, Failure> {
    let scratch = Scratch::new(engine, server).await?;
    let cx = scratch.open().await?;
    let actor = Actor::system("bench");
    let id = risk::registry::add(&cx, &actor, model).await?;
    risk::registry::promote(&cx, &actor, id, "measured by the bench").await?;
    rules(&cx).await?;
    let judge = risk::Engine::open(&cx, Settings::default(), None).await?;
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(call(cx.clone(), Arc::clone(&judge), caller, Span::from_secs_f64(secs)));
    }
    let (mut millis, mut failed) = (Vec::new(), 0);
    while let Some(done) = callers.join_next().await {
        let (some, without) = done??;
        millis.extend(some);
        failed += without;
    }
    millis.sort_by(f64::total_cmp);
    drop((judge, cx));
    scratch.close().await?;
    Ok(Decisions { engine, millis, failed })
}

async fn rules(cx: &Cx) -> Result<(), Failure> {
    let officer = |id: i64| Actor {
        kind: ActorKind::account(AccountId(id), vec![Role::RISK_OFFICER]),
        ..Actor::system("bench")
    };
    for (code, source) in [
        ("many", "act.amount > 10000000 && customer.count_1d > 50"),
        ("taken", "payee.fraud_run > 3 && payee.new && customer.since_last > 60"),
    ] {
        let new = NewRule {
            code: code.to_owned(),
            source: source.to_owned(),
            points: vec![Point::Payment],
            outcome: Outcome::Review,
            name: Text::new("测量", "Measured"),
        };
        let id = rule::draft(cx, &officer(1), &new).await?;
        rule::ask(cx, &officer(1), id, RuleState::Shadow, "measured by the bench").await?;
        rule::ask(cx, &officer(1), id, RuleState::Live, "measured by the bench").await?;
        rule::approve(cx, &officer(2), id).await?;
    }
    Ok(())
}

async fn call(
    cx: Cx,
    judge: Arc<risk::Engine>,
    caller: usize,
    length: Span,
) -> Result<(Vec<f64>, usize), Failure> {
    let (mut millis, mut failed) = (Vec::new(), 0);
    let mut end = None;
    for number in 0.. {
        if number == WARM {
            end = Some(Instant::now() + length);
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            break;
        }
        let asked = act(caller * 1_000_003 + number * 7_919);
        let began = Instant::now();
        let judged = judge.judge(&cx, asked).await;
        if end.is_some() {
            millis.push(began.elapsed().as_secs_f64() * 1e3);
            failed += usize::from(judged.failure().is_some());
        }
        let mut tx = cx.begin().await?;
        journal_many(&mut tx, &cx, &[(judged, number as i64)]).await?;
        tx.commit().await?;
    }
    Ok((millis, failed))
}

/// Somebody pays somebody something.
fn act(number: usize) -> Act {
    let customer = number % CUSTOMERS;
    Act {
        point: Point::Payment,
        subject: AccountId(10_000 + customer as i64),
        person: None,
        amount: Some(Money::cny(500 + (number % 97) as i64 * 100)),
        payee: Some(50_000 + (number % PAYEES) as i64),
        phone: None,
        origin: risk::Origin {
            address: format!("203.0.113.{}", customer % 250),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0".to_owned(),
            device: Some(format!("device of {customer}")),
        },
        facts: json!({"service": "mobile-topup"}),
        mark: 0,
        is_first: true,
    }
}
