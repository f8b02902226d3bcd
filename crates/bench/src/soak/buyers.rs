//! The customers: each comes once, orders, pays or does not, changes their mind. Chance is seeded; how their steps meet is not.

use std::collections::BTreeMap;

use catalogue::service::PaymentMethod;
use connectors::Checkout;
use connectors::http::{Reply, Request, web_address};
use kernel::{AccountId, Actor, ActorKind, Locale, Money, RequestId, Rng as _, Role, SeededRng};
use ordering::idempotency::{Key, fingerprint};
use ordering::order::{Channel, OrderState};
use ordering::payment::{PaymentId, StartAttempt, StartGiveBack, Started};
use ordering::{NewLine, OrderId, PlaceOrder};
use serde_json::json;

use super::Options;
use super::town::Town;
use crate::Failure;
use crate::site::customers;

/// ¥1,000 each.
const BALANCE: i64 = 100_000;
/// Payers whose steps go on at the same time.
const AT_ONCE: usize = 12;

/// What customers were told, and how often what happened.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Every order that was acknowledged, with its payment where it has one.
    pub orders: BTreeMap<OrderId, Option<PaymentId>>,
    pub counts: BTreeMap<String, i64>,
    pub faults: Vec<String>,
}

impl Told {
    fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }
}

pub(super) struct Buyers {
    people: Vec<Actor>,
    dice: SeededRng,
    next: usize,
    ticks: usize,
    staff: AccountId,
    /// Orders somebody may cancel later: who, which, from which tick on.
    fickle: Vec<(Actor, OrderId, usize)>,
    /// Payers who come again after a failure.
    again: Vec<(Actor, PaymentId, usize)>,
}

/// One payer at one gateway.
struct Errand {
    who: Actor,
    payment: PaymentId,
    method: PaymentMethod,
    way: &'static str,
    comes_back: bool,
}

impl Buyers {
    pub async fn new(town: &Town, options: &Options) -> Result<Self, Failure> {
        Ok(Self {
            people: customers(&town.cx, options.customers, BALANCE).await?,
            dice: SeededRng::new(options.seed),
            next: 0,
            ticks: options.ticks(),
            staff: AccountId::new(&town.cx.ids, town.now()),
            fickle: Vec::new(),
            again: Vec::new(),
        })
    }

    fn roll(&self, percent: u64) -> bool {
        self.dice.below(100) < percent
    }

    fn one_of<T: Copy>(&self, all: &[T], otherwise: T) -> T {
        let place = usize::try_from(self.dice.below(all.len() as u64)).unwrap_or(0);
        all.get(place).copied().unwrap_or(otherwise)
    }

    /// What everybody does in this tick whose time has come.
    pub async fn act(&mut self, town: &Town, tick: usize, told: &mut Told) -> Result<(), Failure> {
        let until = self.people.len() * (tick + 1) / self.ticks.max(1);
        let mut errands = Vec::new();
        while self.next < until {
            let Some(who) = self.people.get(self.next).cloned() else { break };
            self.next += 1;
            errands.extend(self.order(town, who, tick, told).await?);
        }
        let (due, later) = std::mem::take(&mut self.again).into_iter().partition(|one| one.2 <= tick);
        self.again = later;
        let due: Vec<(Actor, PaymentId, usize)> = due;
        for (who, payment, _) in due {
            errands.push(self.errand(who, payment, None));
        }
        for some in errands.chunks(AT_ONCE) {
            let done = futures_util::future::join_all(some.iter().map(|errand| pay(town, errand))).await;
            for (errand, result) in some.iter().zip(done) {
                let what = result?;
                told.count(format!("payer at {}: {what}", errand.method.name()));
                if what != "paid" && self.roll(50) {
                    self.again.push((errand.who.clone(), errand.payment, tick + 20));
                }
            }
        }
        self.cancel(town, tick, told).await
    }

    async fn order(
        &mut self,
        town: &Town,
        who: Actor,
        tick: usize,
        told: &mut Told,
    ) -> Result<Option<Errand>, Failure> {
        use PaymentMethod as M;
        let method = self.one_of(
            &[
                M::Balance,
                M::Card,
                M::Card,
                M::Card,
                M::Wechat,
                M::Wechat,
                M::Alipay,
                M::Alipay,
                M::BankTransfer,
            ],
            M::Balance,
        );
        let new = self.wish(&who, method)?;
        let placed = Box::pin(town.desk.place(new.clone())).await?;
        if self.roll(15) {
            let again = Box::pin(town.desk.place(new)).await?;
            if again.order != placed.order {
                told.faults.push(format!("the same key made {} and {}", placed.order, again.order));
            }
            told.count("orders sent twice");
        }
        told.orders.insert(placed.order, placed.payment);
        told.count(format!("orders by {}", method.name()));
        if self.roll(8) {
            let after = usize::try_from(self.dice.below(60)).unwrap_or(0);
            self.fickle.push((who.clone(), placed.order, tick + after));
        }
        Ok(placed.payment.map(|payment| self.errand(who, payment, Some(method))))
    }

    /// ¥30 for a number, for some ¥10 for another too, which now and then is not in service: then a part goes back.
    fn wish(&self, who: &Actor, method: PaymentMethod) -> Result<PlaceOrder, Failure> {
        let number = self.dice.below(10_000_000);
        let end = if self.roll(10) { "0000" } else { "1234" };
        let line = |offering: &str, phone: String| NewLine {
            service: "mobile-top-up".to_owned(),
            version: None,
            offering: offering.to_owned(),
            quantity: 1,
            answers: json!({"phone": phone}),
            quote: None,
        };
        let mut lines = vec![line("y30", format!("138{:04}1234", number % 10_000))];
        let mut total = 3_000;
        if self.roll(30) {
            lines.push(line("y10", format!("139{:04}{end}", number / 1_000)));
            total += 1_000;
        }
        let customer = who.account().ok_or("a buyer without account")?;
        let part = method.is_outside() && self.roll(15);
        let key = Key {
            actor: customer,
            route: "POST /orders",
            key: format!("soak-{}", self.next),
            fingerprint: fingerprint(&json!([total, method.name(), number])),
        };
        Ok(PlaceOrder {
            actor: who.clone(),
            customer,
            key,
            lines,
            payment: method,
            from_balance: part.then(|| Money::cny(700)),
            agreed_total: Money::cny(total),
            cart: None,
            draft: None,
            channel: Channel::Api,
            hold_for: None,
            origin: risk::Origin::default(),
        })
    }

    fn errand(&self, who: Actor, payment: PaymentId, method: Option<PaymentMethod>) -> Errand {
        use PaymentMethod as M;
        let outside = [M::Card, M::Wechat, M::Alipay, M::BankTransfer];
        let method = method.unwrap_or_else(|| self.one_of(&outside, M::Card));
        let way = match method {
            M::Card => self.one_of(
                &[
                    "pay", "pay", "pay", "pay", "pay", "decline", "silent", "slow", "late", "secure",
                    "leave", "another",
                ],
                "pay",
            ),
            _ => {
                self.one_of(&["pay", "pay", "pay", "pay", "pay", "decline", "silent", "slow", "leave"], "pay")
            }
        };
        Errand { who, payment, method, way, comes_back: self.roll(60) }
    }

    async fn cancel(&mut self, town: &Town, tick: usize, told: &mut Told) -> Result<(), Failure> {
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.fickle).into_iter().partition(|one| one.2 <= tick);
        self.fickle = later;
        for (who, order, _) in due {
            let asked = ordering::order::ops::cancel(&town.cx, &who, order, "changed_mind", None).await;
            told.count(if asked.is_ok() { "cancellations asked for" } else { "cancellations too late" });
        }
        Ok(())
    }

    /// Staff give back a part of one in twenty of the orders that were paid from outside.
    pub async fn give_back(&mut self, town: &Town, told: &mut Told) -> Result<(), Failure> {
        let kind = ActorKind::account(self.staff, vec![Role::SUPERVISOR]);
        let clerk = Actor { kind, request: RequestId(2), locale: Locale::Zh, address: String::new() };
        let paid: Vec<(OrderId, PaymentId)> =
            told.orders.iter().filter_map(|(order, payment)| Some((*order, (*payment)?))).collect();
        for (order, payment) in paid {
            if !self.roll(5) {
                continue;
            }
            let found = {
                let mut tx = town.cx.begin().await?;
                let found = ordering::order::ops::find(&mut tx, &town.cx, order).await?;
                tx.commit().await?;
                found
            };
            if found.is_none_or(|found| found.state != OrderState::Completed) {
                continue;
            }
            let amount = Money::cny(500);
            let input = StartGiveBack { payment, amount, note: "客户多付".to_owned() };
            let key = Key {
                actor: self.staff,
                route: "soak",
                key: format!("give-back-{order}"),
                fingerprint: fingerprint(&json!(amount)),
            };
            let clerk = clerk.clone().proved(town.now());
            match ordering::payment::give_back::start(&town.services.payments, &clerk, &input, &key).await {
                Ok(_) => told.count("parts given back by staff"),
                Err(error) => told.count(format!("parts not given back: {error}")),
            }
        }
        Ok(())
    }
}

/// How it went for the payer, in a word.
async fn pay(town: &Town, errand: &Errand) -> Result<&'static str, Failure> {
    let payments = &town.services.payments;
    let back = format!("http://127.0.0.1:9/pay/return/{}", ordering::payment::RETURN_PLACE);
    let mut input = StartAttempt::new(errand.payment, errand.method.name(), errand.who.locale, &back);
    input.payer_address = Some("192.0.2.1".to_owned());
    let started = match ordering::payment::attempt::start_attempt(payments, &errand.who, input).await {
        Ok(Started::Checkout { attempt, checkout }) => (attempt, checkout),
        Ok(Started::AlreadyPaid) => return Ok("paid before"),
        Ok(Started::Confirming) => return Ok("told to wait"),
        Err(_) => return Ok("sent away"),
    };
    let (attempt, checkout) = started;
    if errand.way == "leave" || !choose(town, errand, &checkout).await {
        return Ok("left");
    }
    if errand.comes_back {
        ordering::payment::attempt::returned(payments, &errand.who, attempt).await?;
    }
    Ok(if errand.way == "decline" { "declined" } else { "paid" })
}

/// Does on the gateway's page, or at the payer's bank, what was chosen.
async fn choose(town: &Town, errand: &Errand, checkout: &Checkout) -> bool {
    match checkout {
        Checkout::BankTransfer { account, reference, .. } => {
            let amount = match ordering::payment::ops::view(&town.cx, &errand.who, errand.payment).await {
                Ok(view) => view.payment.amount,
                Err(_) => return false,
            };
            if errand.way == "decline" {
                return false;
            }
            let form = format!(
                "account={account}&amount={}&purpose={reference}&payer=%E6%9E%97%E6%99%93&payer_account=6200",
                amount.to_decimal()
            );
            post(town, &format!("{}/bank/send", town.sandbox_url), form).await.is_some()
        }
        Checkout::Code { text } => post(town, text, format!("way={}", errand.way)).await.is_some(),
        Checkout::Page { url } if errand.method == PaymentMethod::Card => {
            // One card is declined, and the next one is tried on the same page.
            let cards: &[&str] = if errand.way == "another" { &["decline", "pay"] } else { &[errand.way] };
            for card in cards {
                if post(town, url, format!("card={card}")).await.is_none() {
                    return false;
                }
            }
            if errand.way == "secure" {
                let question = url.replace("/card/pay/", "/card/3ds/");
                return post(town, &question, "answer=approve".to_owned()).await.is_some();
            }
            true
        }
        Checkout::Page { url } => {
            let Some(cashier) = fetch(town, url).await else { return false };
            let Some(page) = cashier.headers.get("location").and_then(|to| to.to_str().ok()) else {
                return false;
            };
            post(town, page, format!("way={}", errand.way)).await.is_some()
        }
        Checkout::Script { .. } => false,
    }
}

async fn fetch(town: &Town, url: &str) -> Option<Reply> {
    let url = web_address(url)?;
    town.http.send(Request { method: http::Method::GET, url, headers: &[], body: Vec::new() }).await.ok()
}

async fn post(town: &Town, url: &str, form: String) -> Option<Reply> {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let request = Request {
        method: http::Method::POST,
        url: web_address(url)?,
        headers: &headers,
        body: form.into_bytes(),
    };
    let reply = town.http.send(request).await.ok()?;
    (reply.status.is_success() || reply.status.is_redirection()).then_some(reply)
}
