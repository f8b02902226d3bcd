//! The values of one order's rows, of the sizes real ones have.

use std::collections::BTreeMap;

use kernel::{Clock as _, SystemClock};

/// The hash chain the raw writers append to; nobody else does.
pub(super) const LANE: i64 = 900;
/// What a top-up costs, in fen.
pub(super) const AMOUNT: i64 = 1_000;

/// How many bytes the risk engine keeps of what it judged an order by.
const GROUNDS: usize = 820;
/// Whoever is paid, as the risk engine counts it.
pub(super) const PAYEE: i64 = 7_000_000_001;

/// One order.
#[derive(Debug, Clone)]
pub(super) struct One {
    pub order: i64,
    pub line: i64,
    pub hold: i64,
    pub events: [i64; 2],
    pub key_row: i64,
    pub fact: i64,
    pub audit: i64,
    pub entry: i64,
    pub decision: i64,
    pub sequence: i64,
    pub customer: i64,
    pub wallet: i64,
    pub key: String,
    pub business_key: String,
    pub result: String,
    pub payload: String,
    pub actor: String,
    pub answers: Vec<u8>,
    /// What the risk engine judged it by, sealed.
    pub grounds: Vec<u8>,
    pub hash: Vec<u8>,
    pub at: i64,
}

/// Makes orders.
#[derive(Debug)]
pub(super) struct Source {
    next_id: i64,
    sequence: i64,
    chance: u64,
    /// Customers with their wallets.
    wallets: Vec<(i64, i64)>,
}

impl Source {
    pub fn new(wallets: Vec<(i64, i64)>) -> Self {
        // Ids of real orders are times too, so new rows come after what is there.
        Self { next_id: SystemClock.now().0 << 11, sequence: 0, chance: 1, wallets }
    }

    pub fn batch(&mut self, size: usize) -> Vec<One> {
        let at = SystemClock.now().0;
        (0..size).map(|_| self.one(at)).collect()
    }

    fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    fn chance(&mut self) -> u64 {
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.chance >> 16
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(4)).flat_map(|_| (self.chance() as u32).to_le_bytes()).take(count).collect()
    }

    fn one(&mut self, at: i64) -> One {
        let order = self.id();
        let pick = self.chance() as usize % self.wallets.len().max(1);
        let (customer, wallet) = self.wallets.get(pick).copied().unwrap_or_default();
        self.sequence += 1;
        let sequence = self.sequence;
        One {
            order,
            line: self.id(),
            hold: self.id(),
            events: [self.id(), self.id()],
            key_row: self.id(),
            fact: self.id(),
            audit: self.id(),
            decision: self.id(),
            entry: (LANE << 44) + sequence,
            sequence,
            customer,
            wallet,
            key: format!("bench-{order:x}"),
            business_key: format!("order:ord_{order:013x}"),
            result: format!(
                r#"{{"order":{order},"state":"in_progress","money":"held","total":{{"minor":1000,"currency":"CNY"}},"payment_method":"balance","payment":null,"pay_by":null,"placed_at":{at}}}"#
            ),
            payload: format!(r#"{{"order":{order},"customer":{customer},"state":"in_progress"}}"#),
            actor: format!("account:acc_{customer:013x}"),
            answers: self.bytes(66),
            grounds: self.bytes(GROUNDS),
            hash: self.bytes(32),
            at,
        }
    }
}

/// What each account moves by in a batch, in the order of their ids, the merchant's last.
pub(super) fn moves(orders: &[One], merchant: i64) -> (BTreeMap<i64, i64>, (i64, i64)) {
    let mut wallets: BTreeMap<i64, i64> = BTreeMap::new();
    for one in orders {
        *wallets.entry(one.wallet).or_default() += AMOUNT;
    }
    (wallets, (merchant, AMOUNT * orders.len() as i64))
}

/// What is said of every order for the record.
pub(super) const DETAIL: &str =
    r#"{"lines":["mobile-top-up@1"],"payment":"balance","total":{"currency":"CNY","minor":1000}}"#;
