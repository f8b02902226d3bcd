//! What the sandbox's WeChat Pay and Alipay book: trades that a payer decides on a page, and what was given back of them. How
//! they are asked and told of is each one's own.

use kernel::{Duration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::Desk;
use crate::knobs::AnswerMode;
use crate::world::{Due, World};
use crate::{alipay_pay, dice, wechat_pay};

/// How long the bank takes when the payer chose so.
const SLOW_BANK_MS: i64 = 45_000;
/// How long a refund is under way.
const REFUND_MS: i64 = 5_000;
/// After which an order that was closed turns out to be paid, by a knob.
const LATE_MS: i64 = 3_000;

pub(crate) type TradeKey = (Desk, String);

/// One order of a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trade {
    pub desk: Desk,
    /// The merchant's number.
    pub number: String,
    /// `native`, `page`, …
    pub kind: String,
    pub subject: String,
    pub fen: i64,
    pub notify_url: String,
    pub return_url: Option<String>,
    /// Who pays, where the merchant said so.
    pub payer: Option<String>,
    pub expires_at: Timestamp,
    /// Opens its page; not to be guessed.
    pub token: String,
    /// Whether it can be asked about. With Alipay it is nothing until somebody opens its page.
    pub known: bool,
    /// Whether it was asked for under the name of a public key (WeChat Pay).
    pub public_key: bool,
    pub state: TradeState,
    pub paid_at: Option<Timestamp>,
    /// When the bank decides.
    pub bank_at: Option<Timestamp>,
    /// The payer chose that nobody is told.
    pub silent: bool,
    /// Counts what was told of it.
    pub told: u64,
    pub refunds: Vec<Back>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TradeState {
    Waiting,
    /// The bank has not decided.
    Paying,
    Paid,
    /// The bank said no.
    Failed,
    Closed,
}

/// Money on its way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Back {
    pub number: String,
    pub fen: i64,
    pub state: BackState,
    pub settle_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BackState {
    Pending,
    Done,
    Failed,
}

/// Why money is not given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoBack {
    NotPaid,
    /// The number was used for another amount or trade.
    Taken,
    TooMuch,
    NotPositive,
}

/// What the payer chooses on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Pay,
    Decline,
    /// Pays, and the merchant is never told.
    Silent,
    /// Pays, and the bank takes its time.
    Slow,
}

impl Choice {
    pub const ALL: [Self; 4] = [Self::Pay, Self::Decline, Self::Silent, Self::Slow];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Decline => "decline",
            Self::Silent => "silent",
            Self::Slow => "slow",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

impl Trade {
    pub fn key(&self) -> TradeKey {
        (self.desk, self.number.clone())
    }

    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == TradeState::Waiting && now < self.expires_at
    }

    pub fn due(&self) -> Vec<(Timestamp, Due)> {
        let expire =
            (self.state == TradeState::Waiting).then(|| (self.expires_at, Due::TradeExpire(self.key())));
        let bank = self.bank_at.map(|at| (at, Due::Trade(self.key())));
        let refunds = self.refunds.iter().filter_map(|back| back.settle_at);
        let refunds = refunds.map(|at| (at, Due::Trade(self.key())));
        expire.into_iter().chain(bank).chain(refunds).collect()
    }

    /// What was given back.
    pub fn given_back(&self) -> i64 {
        self.sum(|back| back.state == BackState::Done)
    }

    fn sum(&self, counts: impl Fn(&&Back) -> bool) -> i64 {
        self.refunds.iter().filter(counts).map(|back| back.fen).sum()
    }

    /// The gateway's own number.
    pub fn gateway_number(&self) -> String {
        format!("42000024{}", dice::number("trade", &self.number, 19))
    }
}

/// A word that opens a page.
pub(crate) fn token(world: &World, desk: Desk, number: &str) -> String {
    let bits = |n| dice::bits(world.seed, &world.page_secret, number, n);
    format!("{}{:016x}{:016x}", desk.name(), bits(0), bits(1))
}

pub(crate) fn find(world: &World, desk: Desk, number: &str) -> Option<Trade> {
    world.trades.get(&(desk, number.to_owned())).cloned()
}

pub(crate) fn by_token(world: &World, token: &str) -> Option<Trade> {
    world.trades.values().find(|trade| trade.token == token).cloned()
}

/// The payer decides. Nothing happens when the trade is no longer open.
pub(crate) fn choose(world: &mut World, key: &TradeKey, choice: Choice, now: Timestamp) {
    let Some(mut trade) = world.trades.get(key).filter(|trade| trade.is_open(now)).cloned() else { return };
    match choice {
        Choice::Pay => return paid(world, trade, now),
        Choice::Silent => {
            trade.silent = true;
            return paid(world, trade, now);
        }
        Choice::Slow => {
            trade.state = TradeState::Paying;
            let delay = world.knobs(trade.desk).delay_ms.map_or(SLOW_BANK_MS, i64::from);
            trade.bank_at = Some(now.plus(Duration::from_millis(delay)));
        }
        // Alipay lets the payer choose another card; WeChat Pay gives the order up.
        Choice::Decline if trade.desk == Desk::Wechat => trade.state = TradeState::Failed,
        Choice::Decline => {}
    }
    world.keep_trade(trade);
}

fn paid(world: &mut World, mut trade: Trade, now: Timestamp) {
    trade.state = TradeState::Paid;
    trade.paid_at = Some(now);
    trade.bank_at = None;
    tell(world, trade, None, now);
}

/// An open trade is closed; any other stays what it is. Answers whether it is closed now.
pub(crate) fn close(world: &mut World, key: &TradeKey, now: Timestamp) -> bool {
    let Some(mut trade) = world.trades.get(key).cloned() else { return false };
    if trade.state == TradeState::Waiting {
        trade.state = TradeState::Closed;
        if world.hits(world.knobs(trade.desk).paid_after_close_percent, "late", &trade.number) {
            trade.bank_at = Some(now.plus(Duration::from_millis(LATE_MS)));
        }
        world.keep_trade(trade);
        return true;
    }
    trade.state == TradeState::Closed
}

/// Gives money back, never more than was taken, once for each number.
pub(crate) fn give_back(
    world: &mut World,
    key: &TradeKey,
    number: &str,
    fen: i64,
    now: Timestamp,
) -> Result<(Trade, Back), NoBack> {
    let mut trade = world.trades.get(key).cloned().ok_or(NoBack::NotPaid)?;
    let used = world.trades.values().filter(|other| other.desk == trade.desk);
    let used = used.flat_map(|other| other.refunds.iter().map(move |back| (other, back)));
    if let Some((other, back)) = used.into_iter().find(|(_, back)| back.number == number) {
        let same = other.number == trade.number && back.fen == fen;
        return if same { Ok((trade.clone(), back.clone())) } else { Err(NoBack::Taken) };
    }
    if trade.state != TradeState::Paid {
        return Err(NoBack::NotPaid);
    }
    let left = trade.fen.saturating_sub(trade.sum(|back| back.state != BackState::Failed));
    if fen <= 0 {
        return Err(NoBack::NotPositive);
    }
    if fen > left {
        return Err(NoBack::TooMuch);
    }
    let knobs = world.knobs(trade.desk);
    // WeChat Pay always takes its time; Alipay gives back at once.
    let slow = match knobs.answer {
        AnswerMode::Natural => trade.desk == Desk::Wechat,
        AnswerMode::Now => false,
        AnswerMode::Later => true,
    };
    let refused = world.hits(knobs.refusal_percent, "refusal", number);
    let delay = knobs.delay_ms.map_or(REFUND_MS, i64::from);
    let (state, settle_at) = match (refused, slow) {
        (true, _) => (BackState::Failed, None),
        (false, true) => (BackState::Pending, Some(now.plus(Duration::from_millis(delay)))),
        (false, false) => (BackState::Done, None),
    };
    let done_at = (state == BackState::Done).then_some(now);
    let back = Back { number: number.to_owned(), fen, state, settle_at, done_at };
    trade.refunds.push(back.clone());
    if state == BackState::Pending {
        world.keep_trade(trade.clone());
    } else {
        tell(world, trade.clone(), Some(&back), now);
    }
    Ok((trade, back))
}

/// Something of a trade is due: the bank decides, or a refund goes through.
pub(crate) fn happen(world: &mut World, key: &TradeKey, at: Timestamp, when: Timestamp) {
    let Some(trade) = world.trades.get(key).cloned() else { return };
    if trade.bank_at == Some(at) {
        paid(world, trade, when);
    }
    while let Some(mut trade) = world.trades.get(key).cloned() {
        let Some(back) = trade.refunds.iter_mut().find(|back| back.settle_at == Some(at)) else { return };
        back.settle_at = None;
        back.state = BackState::Done;
        back.done_at = Some(when);
        let back = back.clone();
        tell(world, trade, Some(&back), when);
    }
}

/// Nobody paid in time. WeChat Pay says nothing then, Alipay does.
pub(crate) fn expire(world: &mut World, key: &TradeKey, when: Timestamp) {
    let Some(mut trade) = world.trades.get(key).cloned() else { return };
    if trade.state == TradeState::Waiting {
        trade.state = TradeState::Closed;
        if trade.desk == Desk::Alipay && trade.known {
            tell(world, trade, None, when);
        } else {
            world.keep_trade(trade);
        }
    }
}

/// Keeps what changed and tells the merchant, unless the payer chose silence.
fn tell(world: &mut World, mut trade: Trade, back: Option<&Back>, now: Timestamp) {
    trade.told = trade.told.saturating_add(1);
    if !trade.silent {
        match trade.desk {
            Desk::Wechat => wechat_pay::notify::announce(world, &trade, back, now),
            _ => alipay_pay::notify::announce(world, &trade, back, now),
        }
    }
    world.keep_trade(trade);
}
