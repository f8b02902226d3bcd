//! What the tests of all rooms share: a migrated ledger with a customer, a gateway and a seller.
//!
//! Which tests show which numbered behaviour, each on both databases:
//!
//! | number | shown by |
//! |---|---|
//! | L1 | `chart` (`l1_each_currency_…`), `property_tests`, and [`Books::assert_sound`] at the end of every test |
//! | L2 | `hold` (`l2_…`), `chart` (`l2_what_is_set_aside_…`) |
//! | L3 | `hold` (`l3_…`), `allowance` (`l3_of_a_hundred_parallel_spends_…`) |
//! | L4 | `transfer` (`l4_…`), `adjustment` (`l4_a_reversal_…`) |
//! | L5 | `proof` (`l5_…`) |
//! | L6 | `statement` (`l6_…`), `chart` (`l6_a_balance_at_a_moment_…`) |
//! | W1 | `adjustment` (`w1_…`), `payout` (`w1_…`) |
//! | P7 | `payout` (`p7_…`) |
//!
//! L7 is about gateways and shown where they are: in `ordering` and in reconciliation.

use db::Tx;
use kernel::{AccountId, Actor, ActorKind, Currency, Locale, Money, Refusal as _, RequestId, Role};

use crate::*;

/// A ledger with its usual accounts.
pub(crate) struct Books {
    pub t: testkit::TestDb,
    pub customer: AccountId,
    pub wallet: LedgerAccountId,
    pub gateway: LedgerAccountId,
    pub seller: LedgerAccountId,
}

pub(crate) const LANE: Lane = Lane::desk(0);

impl Books {
    pub async fn open(t: testkit::TestDb) -> Self {
        t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, MIGRATIONS]).await;
        let customer = AccountId::new(&t.cx.ids, t.cx.now());
        let mut tx = t.cx.begin().await.unwrap();
        let open = async |tx: &mut Tx, name| ensure_account(tx, &t.cx, name, Currency::CNY).await.unwrap().id;
        let wallet = open(&mut tx, AccountName::Wallet(customer)).await;
        let gateway = open(&mut tx, AccountName::Gateway("card")).await;
        let seller = open(&mut tx, AccountName::Revenue("telecom")).await;
        tx.commit().await.unwrap();
        Self { t, customer, wallet, gateway, seller }
    }

    /// With money in the wallet.
    pub async fn with_balance(t: testkit::TestDb, fen: i64) -> Self {
        let books = Self::open(t).await;
        books.post(books.top_up("first", fen)).await.unwrap();
        books
    }

    pub fn top_up(&self, key: &str, fen: i64) -> NewTransfer {
        self.transfer(key, self.gateway, self.wallet, TransferKind::TopUp, fen)
    }

    pub fn purchase(&self, key: &str, fen: i64) -> NewTransfer {
        self.transfer(key, self.wallet, self.seller, TransferKind::Purchase, fen)
    }

    fn transfer(
        &self,
        key: &str,
        debit: LedgerAccountId,
        credit: LedgerAccountId,
        kind: TransferKind,
        fen: i64,
    ) -> NewTransfer {
        NewTransfer {
            debit,
            credit,
            amount: Money::cny(fen),
            kind,
            business_key: key.to_owned(),
            order: None,
            customer: Some(self.customer),
            memo: "test".into(),
        }
    }

    pub fn hold(&self, key: &str, fen: i64) -> NewHold {
        NewHold {
            id: HoldId::new(&self.t.cx.ids, self.t.cx.now()),
            debit: self.wallet,
            credit: self.seller,
            amount: Money::cny(fen),
            kind: TransferKind::Purchase,
            business_key: key.to_owned(),
            order: Some(7),
            customer: Some(self.customer),
            expires_at: None,
            memo: "order.placed".into(),
        }
    }

    /// Posts in a transaction of its own.
    pub async fn post(&self, new: NewTransfer) -> Result<Transfer, Error> {
        let mut tx = self.t.cx.begin().await?;
        let posted = post_transfer(&mut tx, &self.t.cx, LANE, new).await?;
        tx.commit().await?;
        Ok(posted)
    }

    pub async fn place(&self, new: NewHold) -> Result<Hold, Error> {
        let mut tx = self.t.cx.begin().await?;
        let placed = place(&mut tx, &self.t.cx, LANE, new).await?;
        tx.commit().await?;
        Ok(placed)
    }

    pub async fn post_hold(&self, hold: HoldId, take: Take) -> Result<TransferId, Error> {
        let mut tx = self.t.cx.begin().await?;
        let posted = post(&mut tx, &self.t.cx, LANE, hold, take).await?;
        tx.commit().await?;
        Ok(posted)
    }

    pub async fn void_hold(&self, hold: HoldId) -> Result<(), Error> {
        let mut tx = self.t.cx.begin().await?;
        void(&mut tx, &self.t.cx, LANE, hold).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn reverse(&self, transfer: TransferId) -> Result<Transfer, Error> {
        let mut tx = self.t.cx.begin().await?;
        let reversed = reverse(&mut tx, &self.t.cx, LANE, transfer, "test.mistake").await?;
        tx.commit().await?;
        Ok(reversed)
    }

    pub fn owner(&self) -> Actor {
        account(self.customer, Role::CUSTOMER)
    }

    /// Posted and held, in fen.
    pub async fn balance(&self) -> (i64, i64) {
        let balance = wallet_balance(&self.t.cx, &self.owner(), self.customer).await.unwrap();
        (balance.posted.minor, balance.held.minor)
    }

    /// The books are right (L1): the proof finds nothing.
    pub async fn assert_sound(&self) -> Report {
        let report = verify(&self.t.cx).await.unwrap();
        assert_eq!(report.faults, vec![], "the proof found faults");
        for total in &report.totals {
            assert_eq!(total.debits_posted, total.credits_posted, "{}", total.currency);
            assert_eq!(total.debits_pending, total.credits_pending, "{}", total.currency);
        }
        report
    }
}

pub(crate) fn account(id: AccountId, role: Role) -> Actor {
    Actor {
        kind: ActorKind::account(id, vec![role]),
        request: RequestId(1),
        locale: Locale::Zh,
        address: String::new(),
    }
}

/// The code and the words of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (&'static str, String) {
    let error = result.unwrap_err();
    (error.code(), error.message(Locale::Zh))
}

/// Runs `count` tasks at once and collects their answers in no particular order.
pub(crate) async fn at_once<T, F, Fut>(count: u16, task: F) -> Vec<T>
where
    T: Send + 'static,
    F: Fn(u16) -> Fut,
    Fut: Future<Output = T> + Send + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..count {
        tasks.spawn(task(number));
    }
    tasks.join_all().await
}
