//! Trade with fraud in it, from the published parameters of the Fraud Detection Handbook's simulator (Le Borgne, Siblini, Lebichot, Bontempi;
//! chapter 3): who buys where, how often, for how much, and the three ways in which fraud comes in. Integers in, integers out; the same
//! seed gives the same rows.
#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "draws from distributions; what comes out is whole"
)]

use std::collections::{HashMap, HashSet};

use kernel::{Duration, Rng as _, SeededRng, Timestamp};

use crate::replay::Act;

const DAY_SECS: i64 = 86_400;
/// Sides of the square people and terminals stand in.
const SIDE: f64 = 100.0;
/// How far people go.
const RADIUS: f64 = 5.0;
/// Mean amounts, in whole units of the currency.
const MEAN_AMOUNT: (f64, f64) = (5.0, 100.0);
const MOST_A_DAY: f64 = 4.0;
const NOON_SECS: f64 = 43_200.0;
const SPREAD_SECS: f64 = 20_000.0;
/// Fraud 1: above this.
const OBVIOUS_MINOR: i64 = 22_000;
/// Fraud 2: terminals that fall a day, and for how long.
const TERMINALS_A_DAY: usize = 2;
const TERMINAL_DAYS: i64 = 28;
/// Fraud 3: customers whose details leak a day, for how long, which share of their acts, and how much larger they get.
const CUSTOMERS_A_DAY: usize = 3;
const CUSTOMER_DAYS: i64 = 14;
const ONE_IN: usize = 3;
const TIMES: i64 = 5;

/// How much trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct World {
    pub customers: usize,
    pub terminals: usize,
    pub days: i64,
    pub seed: u64,
    /// Midnight of the first day.
    pub begins: Timestamp,
}

impl World {
    /// As published: 5,000 customers, 10,000 terminals, 183 days from 1 April 2018.
    pub const fn published(seed: u64) -> Self {
        Self {
            customers: 5_000,
            terminals: 10_000,
            days: 183,
            seed,
            begins: Timestamp::from_secs(1_522_540_800),
        }
    }

    /// One customer and terminal in `part`, over a square that shrinks with them. As many fall victim a day as in the large world, so the
    /// share of fraud is larger.
    pub const fn small(part: usize, days: i64, seed: u64) -> Self {
        let part = if part == 0 { 1 } else { part };
        Self { customers: 5_000 / part, terminals: 10_000 / part, days, ..Self::published(seed) }
    }

    /// Midnight of a day.
    pub const fn day(&self, day: i64) -> Timestamp {
        self.begins.plus(Duration::from_days(day))
    }
}

/// Which way an act became fraud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scenario {
    Honest,
    Obvious,
    Terminal,
    Customer,
}

/// One act and what nobody knows of it yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    pub id: i64,
    pub at: Timestamp,
    pub customer: i64,
    pub terminal: i64,
    pub amount_minor: i64,
    pub scenario: Scenario,
}

impl Trade {
    /// As the features see it; the label is known after `delay`.
    pub fn act(&self, delay: Duration) -> Act {
        let fraud = self.scenario != Scenario::Honest;
        Act {
            id: self.id,
            happening: risk::feature::Happening {
                at: self.at,
                customer: self.customer,
                payee: Some(self.terminal),
                device: None,
                network: None,
                amount_minor: self.amount_minor,
                place: None,
                stopped: false,
            },
            fraud,
            // Honest acts stay without a label: nobody writes to say that all was well.
            known_at: fraud.then(|| self.at.plus(delay)),
        }
    }
}

struct Customer {
    mean: f64,
    a_day: f64,
    terminals: Vec<usize>,
}

/// All trade of a world, by time.
pub fn simulate(world: &World) -> Vec<Trade> {
    let chance = Chance(SeededRng::new(world.seed));
    let mut trades = honest(world, &chance);
    trades.sort_by_key(|trade| (trade.at, trade.customer, trade.terminal, trade.amount_minor));
    for (trade, id) in trades.iter_mut().zip(1..) {
        trade.id = id;
    }
    obvious(&mut trades);
    fallen_terminals(world, &chance, &mut trades);
    leaked_customers(world, &chance, &mut trades);
    trades
}

fn honest(world: &World, chance: &Chance) -> Vec<Trade> {
    // A smaller world is a smaller square, so that as many terminals are within reach.
    let side = SIDE * (world.terminals as f64 / 10_000.0).sqrt();
    let point = || (chance.between(0.0, side), chance.between(0.0, side));
    let terminals: Vec<(f64, f64)> = (0..world.terminals).map(|_| point()).collect();
    let customers: Vec<Customer> = (0..world.customers)
        .map(|_| {
            let (x, y) = point();
            let mean = chance.between(MEAN_AMOUNT.0, MEAN_AMOUNT.1);
            let a_day = chance.between(0.0, MOST_A_DAY);
            let near = |at: &(f64, f64)| (at.0 - x).powi(2) + (at.1 - y).powi(2) < RADIUS * RADIUS;
            let terminals =
                (0..).zip(&terminals).filter(|(_, at)| near(at)).map(|(number, _)| number).collect();
            Customer { mean, a_day, terminals }
        })
        .collect();
    let mut trades = Vec::new();
    for (number, customer) in (0..).zip(&customers) {
        for day in 0..world.days {
            for _ in 0..chance.poisson(customer.a_day) {
                let secs = chance.normal(NOON_SECS, SPREAD_SECS);
                let amount = chance.amount(customer.mean);
                let Some(terminal) = chance.pick(&customer.terminals) else { continue };
                if secs <= 0.0 || secs >= DAY_SECS as f64 {
                    continue;
                }
                trades.push(Trade {
                    id: 0,
                    at: world.day(day).plus(Duration::from_secs(secs as i64)),
                    customer: number,
                    terminal: i64::try_from(*terminal).unwrap_or(i64::MAX),
                    amount_minor: (amount * 100.0).round() as i64,
                    scenario: Scenario::Honest,
                });
            }
        }
    }
    trades
}

fn obvious(trades: &mut [Trade]) {
    for trade in trades.iter_mut().filter(|trade| trade.amount_minor > OBVIOUS_MINOR) {
        trade.scenario = Scenario::Obvious;
    }
}

fn fallen_terminals(world: &World, chance: &Chance, trades: &mut [Trade]) {
    let mut fallen: HashMap<i64, Vec<i64>> = HashMap::new();
    for day in 0..world.days {
        for terminal in chance.some(world.terminals, TERMINALS_A_DAY) {
            fallen.entry(terminal).or_default().push(day);
        }
    }
    for trade in trades.iter_mut() {
        let day = day_of(world, trade.at);
        let since = fallen.get(&trade.terminal).into_iter().flatten();
        if since.into_iter().any(|fell| (*fell..fell.saturating_add(TERMINAL_DAYS)).contains(&day)) {
            trade.scenario = Scenario::Terminal;
        }
    }
}

fn leaked_customers(world: &World, chance: &Chance, trades: &mut [Trade]) {
    let mut acts: HashMap<i64, Vec<usize>> = HashMap::new();
    for (place, trade) in trades.iter().enumerate() {
        acts.entry(trade.customer).or_default().push(place);
    }
    for day in 0..world.days {
        for customer in chance.some(world.customers, CUSTOMERS_A_DAY) {
            let (from, to) = (world.day(day), world.day(day.saturating_add(CUSTOMER_DAYS)));
            let within = |place: &&usize| trades.get(**place).is_some_and(|t| t.at >= from && t.at < to);
            let mut open: Vec<usize> =
                acts.get(&customer).into_iter().flatten().filter(within).copied().collect();
            for _ in 0..open.len() / ONE_IN {
                let Some(place) = chance.take(&mut open) else { break };
                if let Some(trade) = trades.get_mut(place) {
                    trade.amount_minor = trade.amount_minor.saturating_mul(TIMES);
                    trade.scenario = Scenario::Customer;
                }
            }
        }
    }
}

fn day_of(world: &World, at: Timestamp) -> i64 {
    at.since(world.begins).as_secs().div_euclid(DAY_SECS)
}

/// Draws.
struct Chance(SeededRng);

impl Chance {
    /// 0 to below 1, with 53 bits.
    fn unit(&self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.unit()
    }

    /// Marsaglia's polar method.
    fn normal(&self, mean: f64, deviation: f64) -> f64 {
        loop {
            let (one, two) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let square = one * one + two * two;
            if square > 0.0 && square < 1.0 {
                return mean + deviation * one * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// Knuth's method: fine for means of a few.
    fn poisson(&self, mean: f64) -> u32 {
        let limit = (-mean).exp();
        let (mut count, mut product) = (0, self.unit());
        while product > limit {
            count += 1;
            product *= self.unit();
        }
        count
    }

    /// Half the mean as deviation; what would be below nothing is drawn anew, evenly.
    fn amount(&self, mean: f64) -> f64 {
        let amount = self.normal(mean, mean / 2.0);
        if amount < 0.0 { self.between(0.0, mean * 2.0) } else { amount }
    }

    fn below(&self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.0.below(bound)).unwrap_or(0)
    }

    fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    fn take<T>(&self, from: &mut Vec<T>) -> Option<T> {
        let place = self.below(from.len());
        (place < from.len()).then(|| from.swap_remove(place))
    }

    /// Different numbers below a bound.
    fn some(&self, bound: usize, count: usize) -> Vec<i64> {
        let mut chosen = Vec::new();
        let mut seen = HashSet::new();
        while chosen.len() < count.min(bound) {
            let number = self.below(bound);
            if seen.insert(number) {
                chosen.push(i64::try_from(number).unwrap_or(i64::MAX));
            }
        }
        chosen
    }
}
