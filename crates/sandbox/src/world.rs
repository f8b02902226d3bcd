//! Everything the sandbox remembers, and the agenda of what is still to happen. Synchronous: nothing here waits.

use std::collections::{BTreeMap, BTreeSet};

use connectors::{Keys, OperationId};
use kernel::Timestamp;

use crate::bank::{self, Collection, Receipt};
use crate::card::{self, PaymentRecord};
use crate::config::{Config, Desk, Merchants};
use crate::delivery::{Delivery, DeliveryState};
use crate::desk::{self, OperationRecord};
use crate::dice;
use crate::journal::{Entry, Journal};
use crate::knobs::{Knobs, Trouble};
use crate::real_name::NameRecord;
use crate::trade::{self, Trade, TradeKey};

pub(crate) type OperationKey = (Desk, OperationId);

/// Something that happens at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The next step of an operation.
    Step(OperationKey),
    /// The bank decides.
    Settle(OperationId),
    /// A refund that was pending goes through.
    Refund(OperationId),
    /// An open payment ends.
    Expire(OperationId),
    /// Nobody has sent the money that was expected.
    Lapse(OperationId),
    /// A transfer back that was pending goes through.
    Return(OperationId),
    /// The bank decides about a trade, or a refund of it goes through.
    Trade(TradeKey),
    /// A trade nobody paid ends.
    TradeExpire(TradeKey),
    /// A callback is sent (again).
    Deliver(String),
}

#[derive(Debug)]
pub(crate) struct World {
    pub seed: u64,
    pub public_url: String,
    pub merchant_id: String,
    /// Makes the numbers of payments, which open their pages, impossible to guess.
    pub card_keys: Option<Keys>,
    pub operations: BTreeMap<OperationKey, OperationRecord>,
    pub payments: BTreeMap<OperationId, PaymentRecord>,
    /// Payments that the bank expects, and the money that came in.
    pub collections: BTreeMap<OperationId, Collection>,
    pub receipts: BTreeMap<String, Receipt>,
    /// Of WeChat Pay and Alipay.
    pub trades: BTreeMap<TradeKey, Trade>,
    /// Makes the words that open their pages impossible to guess.
    pub page_secret: String,
    pub merchants: Merchants,
    pub deliveries: BTreeMap<String, Delivery>,
    /// Operations cancelled before they arrived, as well as after.
    pub cancelled: BTreeSet<OperationKey>,
    /// Power bills by household and period, and the operation that pays them.
    pub paid: BTreeMap<(String, String), OperationId>,
    /// Checks of names; in memory only.
    pub name_checks: BTreeMap<OperationId, NameRecord>,
    /// Deliveries on their way.
    pub in_flight: BTreeSet<String>,
    agenda: BTreeSet<(Timestamp, Due)>,
    requests: BTreeMap<(Desk, String), u64>,
    knobs: BTreeMap<Desk, Knobs>,
    journal: Option<Journal>,
}

impl World {
    pub fn open(config: &Config) -> std::io::Result<Self> {
        let mut world = Self {
            seed: config.seed,
            public_url: config.public_url.clone(),
            merchant_id: config.merchant_id.clone(),
            card_keys: config.keys(Desk::Card).cloned(),
            operations: BTreeMap::new(),
            payments: BTreeMap::new(),
            collections: BTreeMap::new(),
            receipts: BTreeMap::new(),
            trades: BTreeMap::new(),
            page_secret: config.page_secret.clone(),
            merchants: config.merchants.clone(),
            deliveries: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            paid: BTreeMap::new(),
            name_checks: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            agenda: BTreeSet::new(),
            requests: BTreeMap::new(),
            knobs: config.knobs.clone(),
            journal: None,
        };
        if let Some(path) = &config.journal {
            for entry in Journal::read(path)? {
                world.recall(entry);
            }
            world.deliveries.retain(|_, delivery| delivery.state == DeliveryState::Waiting);
            world.agenda = world.everything_due();
            world.journal = Some(Journal::replace(path, &world.entries())?);
        }
        Ok(world)
    }

    fn recall(&mut self, entry: Entry) {
        match entry {
            Entry::Operation(record) => self.index(*record),
            Entry::Payment(record) => {
                self.payments.insert(record.attempt_id(), *record);
            }
            Entry::Collection(known) => {
                self.collections.insert(known.attempt_id(), *known);
            }
            Entry::Receipt(receipt) => {
                self.receipts.insert(receipt.id.clone(), *receipt);
            }
            Entry::Trade(trade) => {
                self.trades.insert(trade.key(), *trade);
            }
            Entry::Delivery(delivery) => {
                self.deliveries.insert(delivery.id.clone(), *delivery);
            }
            Entry::Knobs(desk, knobs) => {
                self.knobs.insert(desk, knobs);
            }
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let operations = self.operations.values().cloned().map(|r| Entry::Operation(Box::new(r)));
        let payments = self.payments.values().cloned().map(|r| Entry::Payment(Box::new(r)));
        let collections = self.collections.values().cloned().map(|c| Entry::Collection(Box::new(c)));
        let receipts = self.receipts.values().cloned().map(|r| Entry::Receipt(Box::new(r)));
        let trades = self.trades.values().cloned().map(|trade| Entry::Trade(Box::new(trade)));
        let deliveries = self.deliveries.values().cloned().map(|d| Entry::Delivery(Box::new(d)));
        let knobs = self.knobs.iter().map(|(desk, knobs)| Entry::Knobs(*desk, knobs.clone()));
        let money = payments.chain(collections).chain(receipts).chain(trades);
        operations.chain(money).chain(deliveries).chain(knobs).collect()
    }

    fn everything_due(&self) -> BTreeSet<(Timestamp, Due)> {
        let steps = self.operations.values().filter_map(OperationRecord::due);
        let payments = self.payments.values().flat_map(PaymentRecord::due);
        let trades = self.trades.values().flat_map(Trade::due);
        let deliveries = self.deliveries.values().filter_map(Delivery::due);
        let collections = self.collections.values().flat_map(Collection::due);
        steps.chain(payments).chain(collections).chain(trades).chain(deliveries).collect()
    }

    fn write(&mut self, entry: &Entry) {
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.append(entry)
        {
            tracing::error!(%error, "the sandbox journal cannot be written");
        }
    }

    fn index(&mut self, record: OperationRecord) {
        if let Some(target) = record.undoes() {
            self.cancelled.insert((record.desk, target));
        }
        if let Some(bill) = record.pays() {
            self.paid.insert(bill, record.request.operation_id.clone());
        }
        self.operations.insert(record.key(), record);
    }

    pub fn keep_operation(&mut self, record: OperationRecord) {
        self.agenda.extend(record.due());
        self.write(&Entry::Operation(Box::new(record.clone())));
        self.index(record);
    }

    pub fn keep_payment(&mut self, record: PaymentRecord) {
        self.agenda.extend(record.due());
        self.write(&Entry::Payment(Box::new(record.clone())));
        self.payments.insert(record.attempt_id(), record);
    }

    pub fn keep_collection(&mut self, known: Collection) {
        self.agenda.extend(known.due());
        self.write(&Entry::Collection(Box::new(known.clone())));
        self.collections.insert(known.attempt_id(), known);
    }

    pub fn keep_receipt(&mut self, receipt: Receipt) {
        self.write(&Entry::Receipt(Box::new(receipt.clone())));
        self.receipts.insert(receipt.id.clone(), receipt);
    }

    pub fn keep_trade(&mut self, trade: Trade) {
        self.agenda.extend(trade.due());
        self.write(&Entry::Trade(Box::new(trade.clone())));
        self.trades.insert(trade.key(), trade);
    }

    pub fn keep_delivery(&mut self, delivery: Delivery) {
        self.agenda.extend(delivery.due());
        self.write(&Entry::Delivery(Box::new(delivery.clone())));
        self.deliveries.insert(delivery.id.clone(), delivery);
    }

    pub fn knobs(&self, desk: Desk) -> Knobs {
        self.knobs.get(&desk).cloned().unwrap_or_default()
    }

    pub fn set_knobs(&mut self, desk: Desk, knobs: Knobs) {
        self.write(&Entry::Knobs(desk, knobs.clone()));
        self.knobs.insert(desk, knobs);
    }

    /// What goes wrong with the next request about `id`.
    pub fn trouble(&mut self, desk: Desk, id: &str) -> Trouble {
        let number = self.requests.entry((desk, id.to_owned())).or_default();
        *number = number.saturating_add(1);
        let number = *number;
        Trouble::of(&self.knobs(desk), self.seed, id, number)
    }

    /// Whether `percent` hits the thing with this id, once and for all.
    pub fn hits(&self, percent: u8, purpose: &str, id: &str) -> bool {
        dice::hits(percent, self.seed, purpose, id, 0)
    }

    pub fn next_at(&self) -> Option<Timestamp> {
        self.agenda.first().map(|(at, _)| *at)
    }

    /// Lets happen what is due at `until` and hands out the deliveries to be sent. Payments expire by `now` only: letting
    /// the future come early must not take the payer's page away.
    pub fn take_due(&mut self, until: Timestamp, now: Timestamp) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        loop {
            let early = |due: &Due| !matches!(due, Due::Expire(_) | Due::Lapse(_) | Due::TradeExpire(_));
            let due: Vec<(Timestamp, Due)> = self
                .agenda
                .iter()
                .take_while(|(at, _)| *at <= until)
                .filter(|(at, due)| *at <= now || early(due))
                .cloned()
                .collect();
            if due.is_empty() {
                return deliveries;
            }
            for entry in due {
                self.agenda.remove(&entry);
                deliveries.extend(self.happen(entry, now));
            }
        }
    }

    /// An entry that no longer fits its record was overtaken, and nothing happens.
    fn happen(&mut self, (at, due): (Timestamp, Due), now: Timestamp) -> Option<Delivery> {
        let when = at.min(now);
        match due {
            Due::Step(key) => desk::step(self, &key, at, when),
            Due::Settle(attempt) => card::settle(self, &attempt, at, when),
            Due::Refund(attempt) => card::settle_refunds(self, &attempt, at, when),
            Due::Expire(attempt) => card::expire(self, &attempt, when),
            Due::Lapse(attempt) => bank::lapse(self, &attempt, when),
            Due::Return(attempt) => bank::settle_returns(self, &attempt, at, when),
            Due::Trade(key) => trade::happen(self, &key, at, when),
            Due::TradeExpire(key) => trade::expire(self, &key, when),
            Due::Deliver(id) => {
                let delivery = self.deliveries.get(&id).filter(|d| d.is_waiting_since(at))?;
                self.in_flight.insert(id);
                return Some(delivery.clone());
            }
        }
        None
    }

    /// Puts a delivery that was handed out back as it was.
    pub fn hand_back(&mut self, delivery: &Delivery) {
        self.in_flight.remove(&delivery.id);
        self.agenda.extend(delivery.due());
    }
}
