//! A year of history: the real operations, one after the other, under a clock that is set to when they happened. Nothing is written
//! past the operations, so what lists and charts show is what customers' own orders will look like.

use std::sync::Arc;

use catalogue::service::{PaymentMethod, Price};
use connectors::http::Request;
use connectors::{Http, Limits};
use durable::task::Tasks;
use durable::{Registry, run_due};
use kernel::{Actor, Duration, ManualClock, Money, Rng, SeededRng, Timestamp};
use ordering::idempotency::{Key, fingerprint};
use ordering::order::Channel;
use ordering::payment::{StartAttempt, Started};
use ordering::{Desk, NewLine, PlaceOrder};
use sandbox::{AnswerMode, Config as SandboxConfig, Desk as Part, Knobs, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::names;
use super::people::{CUSTOMER_PHONE, Cast, OTHERS};
use crate::assemble::{Core, Services};
use crate::config::Config;
use crate::{Failure, wiring};

/// The same story in every demo.
const SEED: u64 = 20_261_121;
/// Before the present the clock stops; what happens then is left unfinished on purpose.
const LAST_HOUR: Duration = Duration::from_hours(1);

/// The sandbox accepts top-ups for this number and never carries them out.
const NEVER_DONE: &str = "13910000002";

/// One thing somebody does.
struct Act {
    at: Timestamp,
    who: Actor,
    what: What,
}

enum What {
    TopUp {
        fen: i64,
    },
    Order {
        service: &'static str,
        offering: &'static str,
        answers: Value,
    },
    /// Name and number are checked with the register.
    Verify {
        name: &'static str,
        number: &'static str,
    },
    /// A cleaning visit at the first free time.
    Visit {
        phone: String,
    },
}

/// Makes the history.
pub(super) async fn make(
    config: &Config,
    sandbox: &SandboxConfig,
    core: &Core,
    clock: &Arc<ManualClock>,
    cast: &Cast,
    now: Timestamp,
) -> Result<(), Failure> {
    let tasks = Tasks::default();
    let mut stage = Stage::open(config, sandbox, core, clock, &tasks).await?;
    let mut acts = script(cast, clock_start(clock), now);
    acts.sort_by_key(|act| act.at);
    let total = acts.len();
    for (index, act) in acts.into_iter().enumerate() {
        stage.advance_to(act.at, cast).await?;
        stage.perform(&act).await?;
        if index % 50 == 49 {
            println!("  {} of {total}", index.saturating_add(1));
        }
    }
    stage.last_hour(cast, now).await?;
    stage.close().await?;
    tasks.stop().await;
    Ok(())
}

fn clock_start(clock: &ManualClock) -> Timestamp {
    kernel::Clock::now(clock)
}

/// Who does what when.
fn script(cast: &Cast, start: Timestamp, now: Timestamp) -> Vec<Act> {
    let dice = SeededRng::new(SEED);
    let end = now.minus(LAST_HOUR);
    let mut acts = Vec::new();
    for (who, name, number) in names::known(cast) {
        let at = start.plus(Duration::from_days(40));
        acts.push(Act { at, who, what: What::Verify { name, number } });
    }
    regular(&mut acts, &dice, &cast.customer, CUSTOMER_PHONE, (start, end), 0);
    for ((index, other), (_, phone)) in (1_u64..).zip(&cast.others).zip(OTHERS) {
        let joined = start.plus(Duration::from_days(i64::try_from(index.saturating_mul(17)).unwrap_or(0)));
        regular(&mut acts, &dice, other, phone, (joined, end), index);
    }
    acts
}

/// A household's habits: balance topped up each month, phone and power paid, now and then something bought.
fn regular(
    acts: &mut Vec<Act>,
    dice: &SeededRng,
    who: &Actor,
    phone: &str,
    (start, end): (Timestamp, Timestamp),
    number: u64,
) {
    let main = number == 0;
    let roll = |bound: u64| i64::try_from(dice.below(bound)).unwrap_or(0);
    let household = format!("31000000{:02}", number.saturating_add(10));
    let mut month = start;
    while month.plus(Duration::from_days(28)) < end {
        let mut on = |day: i64, what: What| {
            let at = month.plus(Duration::from_days(day)).plus(Duration::from_mins(roll(900)));
            if at < end {
                acts.push(Act { at, who: who.clone(), what });
            }
        };
        on(0, What::TopUp { fen: 20_000 + roll(7) * 10_000 });
        let amount =
            ["y30", "y50", "y100"].get(usize::try_from(roll(3)).unwrap_or(0)).copied().unwrap_or("y50");
        on(2 + roll(4), order("mobile-top-up", amount, json!({ "phone": phone })));
        if main || roll(3) == 0 {
            on(9 + roll(3), order("power-bill", "bill", json!({ "household": household })));
        }
        if roll(2) == 0 {
            on(14 + roll(4), order("data-pack", "d10-30d", json!({ "phone": phone })));
        }
        if roll(5) == 0 {
            on(20 + roll(5), order("smart-bulb", "", json!({ "address": address(phone) })));
        }
        if main && roll(3) == 0 {
            on(17, What::Visit { phone: phone.to_owned() });
        }
        if main && roll(6) == 0 {
            on(24, order("wifi-router", "wifi6-white", json!({ "address": address(phone) })));
        }
        month = month.plus(Duration::from_days(30));
    }
}

fn order(service: &'static str, offering: &'static str, answers: Value) -> What {
    What::Order { service, offering, answers }
}

fn address(phone: &str) -> Value {
    json!({
        "province": "上海市", "city": "上海市", "district": "徐汇区", "street": "漕溪北路 88 号 1203 室",
        "name": "林晓", "phone": phone,
    })
}

/// Everything that runs while history is made.
struct Stage {
    cx: durable::Cx,
    clock: Arc<ManualClock>,
    services: Services,
    registry: Registry,
    desk: Desk,
    sandbox: Sandbox,
    running: sandbox::Running,
    http: Http,
    number: u64,
    /// Whether the operator is at work.
    staffed: bool,
}

impl Stage {
    async fn open(
        config: &Config,
        sandbox: &SandboxConfig,
        core: &Core,
        clock: &Arc<ManualClock>,
        tasks: &Tasks,
    ) -> Result<Self, Failure> {
        // A sandbox of its own, which answers at once and keeps nothing: the demo's begins where history ends.
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut own = sandbox.clone().moved_to(format!("http://{}", listener.local_addr()?));
        own.journal = None;
        let shared: Arc<dyn kernel::Clock> = clock.clone();
        let running = sandbox::start(listener, own.clone(), shared)?;
        let sandbox = running.sandbox.clone();
        for part in Part::ALL {
            sandbox.set_knobs(part, Knobs { answer: AnswerMode::Now, ..Knobs::default() });
        }
        let mut config = config.clone();
        for (name, partner) in &mut config.providers {
            if let Some(part) = Part::from_name(name) {
                partner.url = connectors::BaseUrl::parse(&own.base_url(part))?;
            }
        }
        super::pay_at(&mut config, &own)?;
        if let Some(register) = &mut config.real_name.partner {
            register.url = connectors::BaseUrl::parse(&own.base_url(Part::Identity))?;
        }
        let services = Services::connect(&config, &core.cx, true).await?;
        let desk = Desk::open(&core.cx, &services.shelf, &services.risk, config.desk, tasks);
        Ok(Self {
            registry: wiring::registry(&services, &desk),
            desk,
            cx: core.cx.clone(),
            clock: Arc::clone(clock),
            services,
            sandbox,
            running,
            http: Http::new(Limits::default())?,
            number: 0,
            staffed: true,
        })
    }

    /// Lets everything happen that is due until then.
    async fn advance_to(&mut self, at: Timestamp, cast: &Cast) -> Result<(), Failure> {
        loop {
            run_due(&self.cx, &self.registry).await?;
            if self.staffed {
                self.staff(cast).await?;
            }
            match durable::next_due(&self.cx).await? {
                Some(due) if due < at => self.clock.set(due.max(kernel::Clock::now(&*self.clock))),
                _ => break,
            }
        }
        self.clock.set(at);
        Ok(())
    }

    /// The operator does what waits for a person.
    async fn staff(&self, cast: &Cast) -> Result<(), Failure> {
        let page = kernel::PageRequest::new(None, 20);
        let filter = fulfilment::task::Filter::All;
        let open = fulfilment::task::list(&self.cx, &cast.operator, &filter, &page).await?;
        for task in open.items.iter().filter(|task| task.kind == fulfilment::task::TaskKind::Step) {
            fulfilment::task::claim(&self.cx, &cast.operator, task.id).await?;
            let view =
                fulfilment::task::get(&self.cx, &self.services.fulfilment, &cast.operator, task.id).await?;
            let Some(form) = &view.form else { continue };
            let answers = match form.field("technician") {
                Some(_) => json!({ "technician": "王师傅" }),
                None => json!({ "result": "done" }),
            };
            fulfilment::task::complete(
                &self.cx,
                &self.services.fulfilment,
                &cast.operator,
                task.id,
                &answers,
            )
            .await?;
        }
        Ok(())
    }

    async fn perform(&mut self, act: &Act) -> Result<(), Failure> {
        match &act.what {
            What::TopUp { fen } => self.top_up(&act.who, Money::cny(*fen)).await,
            What::Order { service, offering, answers } => {
                self.order(&act.who, service, offering, answers.clone()).await.map(|_| ())
            }
            What::Visit { phone } => self.visit(&act.who, phone).await,
            What::Verify { name, number } => {
                names::verify(&self.services, &self.cx, &act.who, name, number).await
            }
        }
    }

    fn key(&mut self, who: &Actor, route: &'static str, meaning: &Value) -> Result<Key, Failure> {
        self.number = self.number.saturating_add(1);
        let actor = who.account().ok_or("nobody")?;
        Ok(Key { actor, route, key: format!("demo-{}", self.number), fingerprint: fingerprint(meaning) })
    }

    /// By card, on the gateway's own page, as a customer would.
    async fn top_up(&mut self, who: &Actor, amount: Money) -> Result<(), Failure> {
        let key = self.key(who, "POST /wallet/top-ups", &json!(amount))?;
        let payments = Arc::clone(&self.services.payments);
        let payment = ordering::payment::ops::start_top_up(&payments, who, amount, &key).await?;
        let back = "http://127.0.0.1:8024/account";
        let attempt = StartAttempt::new(payment.id, "card", who.locale, back);
        let started = ordering::payment::attempt::start_attempt(&payments, who, attempt).await?;
        let Started::Checkout { attempt, checkout } = started else { return Ok(()) };
        let page =
            checkout.page().and_then(connectors::http::web_address).ok_or("the gateway gave no page")?;
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let pay =
            Request { method: http::Method::POST, url: page, headers: &form, body: b"card=silent".to_vec() };
        self.http.send(pay).await?;
        ordering::payment::attempt::returned(&payments, who, attempt).await?;
        Ok(())
    }

    /// A visit at the first free time.
    async fn visit(&mut self, who: &Actor, phone: &str) -> Result<(), Failure> {
        catalogue::stock::open_slots(&self.cx, &self.services.shelf).await?;
        let version =
            self.services.shelf.service("appliance-cleaning").ok_or("the service is not published")?;
        let slots =
            catalogue::stock::free_slots(&mut self.cx.read().await?, &version.service, self.cx.now()).await?;
        let Some(slot) = slots.iter().find(|slot| slot.available > 0) else { return Ok(()) };
        let answers = json!({ "visit": slot.sku, "address": address(phone) });
        self.order(who, "appliance-cleaning", "aircon-wall", answers).await.map(|_| ())
    }

    /// Priced, asked for where a provider knows the price, and placed at the desk.
    async fn order(
        &mut self,
        who: &Actor,
        service: &str,
        offering: &str,
        answers: Value,
    ) -> Result<bool, Failure> {
        let version = self.services.shelf.service(service).ok_or("the service is not published")?;
        let first = version.service.offerings.first().ok_or("the service offers nothing")?;
        let offering = version.service.offering(offering).unwrap_or(first);
        let mut line = NewLine {
            service: service.to_owned(),
            version: None,
            offering: offering.code.clone(),
            quantity: offering.quantity.min,
            answers,
            quote: None,
        };
        let total = if matches!(offering.price, Price::Quoted { .. }) {
            let provider =
                fulfilment::provider::Enquiries { cx: &self.cx, services: &self.services.fulfilment };
            let asked = ordering::quote::ask(&self.cx, &self.services.shelf, &provider, who, &line).await;
            // Nothing due this month.
            let Ok(quote) = asked else { return Ok(false) };
            line.quote = Some(quote.id);
            quote.total
        } else {
            version.price(offering, line.quantity, &line.answers, None, self.cx.now())?.total
        };
        let key = self.key(who, "demo", &json!([service, line.answers]))?;
        let new = PlaceOrder {
            actor: who.clone(),
            customer: who.account().ok_or("nobody")?,
            key,
            lines: vec![line],
            payment: PaymentMethod::Balance,
            from_balance: None,
            agreed_total: total,
            cart: None,
            draft: None,
            channel: Channel::Demo,
            hold_for: None,
            origin: risk::Origin::default(),
        };
        // A household that has run out of balance does without, as in life.
        match self.desk.place(new).await {
            Ok(_) => Ok(true),
            Err(ordering::Error::InsufficientFunds { .. } | ordering::Error::StockShort { .. }) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    /// The present: something under way, something waiting for a person, something gone wrong.
    async fn last_hour(&mut self, cast: &Cast, now: Timestamp) -> Result<(), Failure> {
        self.advance_to(now.minus(LAST_HOUR), cast).await?;
        self.top_up(&cast.customer, Money::cny(120_000)).await?;
        self.visit(&cast.customer, CUSTOMER_PHONE).await?;
        let mut others = cast.others.iter().zip(OTHERS);
        // From here on nobody is at the console: what needs a person is left for whoever tries the demo.
        self.staffed = false;
        // A visit that waits for its time and then for the crew.
        if let Some((who, (_, phone))) = others.next() {
            self.top_up(who, Money::cny(50_000)).await?;
            self.visit(who, phone).await?;
        }
        // A number at which the sandbox's operator never finishes: its deadline passes and a person has to decide.
        if let Some((who, _)) = others.next() {
            self.top_up(who, Money::cny(20_000)).await?;
            self.order(who, "mobile-top-up", "y50", json!({ "phone": NEVER_DONE })).await?;
        }
        self.advance_to(now.minus(Duration::from_mins(20)), cast).await?;
        // A parcel that has been accepted and goes on under the demo's own sandbox.
        let slow = Knobs { answer: AnswerMode::Later, delay_ms: Some(u32::MAX), ..Knobs::default() };
        self.sandbox.set_knobs(Part::Warehouse, slow);
        let parcel = json!({ "address": address(CUSTOMER_PHONE) });
        self.order(&cast.customer, "wifi-router", "wifi7-white", parcel).await?;
        self.advance_to(now, cast).await
    }

    async fn close(self) -> Result<(), Failure> {
        Ok(self.running.stop().await?)
    }
}
