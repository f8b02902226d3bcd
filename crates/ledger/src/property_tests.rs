//! Random commands against the real ledger and against a model of a few lines: both must agree on every answer and every total.

use kernel::{Currency, Duration, Money, Refusal as _};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::test_support::Books;
use crate::*;

const ACCOUNTS: usize = 8;
/// The first account of the second currency.
const YEN: usize = 5;
/// The first account of each currency is the outside world and has no limit; the others may not go below zero.
const UNLIMITED: [usize; 2] = [0, YEN];

fn currency(account: usize) -> Currency {
    if account < YEN { Currency::CNY } else { Currency::JPY }
}

#[derive(Debug, Clone)]
enum Command {
    Post { debit: usize, credit: usize, amount: i64, key: u8 },
    Batch(Vec<(usize, usize, i64)>),
    Place { debit: usize, credit: usize, amount: i64, lasting: bool },
    PostHold { nth: usize, take: i64 },
    Void { nth: usize },
    Reverse { nth: usize },
    Wait,
}

fn command() -> impl Strategy<Value = Command> {
    let pair = (0..ACCOUNTS, 0..ACCOUNTS, -2_i64..60);
    prop_oneof![
        3 => (pair.clone(), any::<u8>()).prop_map(|((debit, credit, amount), key)| Command::Post { debit, credit, amount, key: key % 24 }),
        4 => (0..YEN, 10_i64..200).prop_map(|(credit, amount)| Command::Post { debit: 0, credit, amount, key: 255 }),
        3 => (YEN..ACCOUNTS, 10_i64..200).prop_map(|(credit, amount)| Command::Post { debit: YEN, credit, amount, key: 255 }),
        2 => proptest::collection::vec(pair.clone(), 0..6).prop_map(Command::Batch),
        4 => (pair, any::<bool>()).prop_map(|((debit, credit, amount), lasting)| Command::Place { debit, credit, amount, lasting }),
        3 => (0..20_usize, -1_i64..70).prop_map(|(nth, take)| Command::PostHold { nth, take }),
        2 => (0..20_usize).prop_map(|nth| Command::Void { nth }),
        2 => (0..20_usize).prop_map(|nth| Command::Reverse { nth }),
        1 => Just(Command::Wait),
    ]
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Totals {
    debits: i64,
    credits: i64,
    debits_pending: i64,
    credits_pending: i64,
}

#[derive(Debug, Clone, Copy)]
struct ModelHold {
    id: HoldId,
    debit: usize,
    credit: usize,
    amount: i64,
    /// `None` while pending.
    end: Option<&'static str>,
    lasting: bool,
}

#[derive(Debug, Clone, Copy)]
struct ModelTransfer {
    id: TransferId,
    debit: usize,
    credit: usize,
    amount: i64,
    reversed: bool,
}

/// The ledger as simple as it can be said.
#[derive(Debug, Default)]
struct Model {
    totals: [Totals; ACCOUNTS],
    transfers: Vec<ModelTransfer>,
    holds: Vec<ModelHold>,
    keys: std::collections::BTreeMap<u8, (usize, usize, i64)>,
    unique: u32,
}

const OK: &str = "ok";

impl Model {
    fn room(&self, account: usize) -> i64 {
        let t = self.totals[account];
        if UNLIMITED.contains(&account) { i64::MAX } else { t.credits - t.debits - t.debits_pending }
    }

    fn form(debit: usize, credit: usize, amount: i64) -> &'static str {
        match () {
            () if amount <= 0 => "ledger.bad_amount",
            () if debit == credit => "ledger.same_account",
            () => OK,
        }
    }

    fn check(&self, debit: usize, credit: usize, amount: i64) -> &'static str {
        match Self::form(debit, credit, amount) {
            OK if currency(debit) != currency(credit) => "ledger.currency_mismatch",
            OK if amount > self.room(debit) => "ledger.insufficient_funds",
            other => other,
        }
    }

    fn moved(&mut self, debit: usize, credit: usize, amount: i64) {
        self.totals[debit].debits += amount;
        self.totals[credit].credits += amount;
    }

    fn pend(&mut self, debit: usize, credit: usize, amount: i64) {
        self.totals[debit].debits_pending += amount;
        self.totals[credit].credits_pending += amount;
    }
}

/// Both ledgers and the accounts they share.
struct Run<'a> {
    books: &'a Books,
    accounts: Vec<LedgerAccountId>,
    model: Model,
    case: u32,
}

impl Run<'_> {
    fn key(&mut self, key: u8) -> String {
        self.model.unique += 1;
        if key == 255 {
            format!("{}:unique:{}", self.case, self.model.unique)
        } else {
            format!("{}:{key}", self.case)
        }
    }

    fn new_transfer(&self, key: String, debit: usize, credit: usize, amount: i64) -> NewTransfer {
        NewTransfer {
            debit: self.accounts[debit],
            credit: self.accounts[credit],
            amount: Money::new(amount, currency(debit)),
            ..self.books.top_up(&key, amount)
        }
    }

    /// Runs one command on both; they answer the same.
    async fn step(&mut self, command: &Command) -> Result<(), String> {
        let (expected, got) = match command {
            Command::Post { debit, credit, amount, key } => self.post(*debit, *credit, *amount, *key).await,
            Command::Batch(batch) => self.batch(batch).await,
            Command::Place { debit, credit, amount, lasting } => {
                self.place(*debit, *credit, *amount, *lasting).await
            }
            Command::PostHold { nth, take } => self.post_hold(*nth, *take).await,
            Command::Void { nth } => self.void(*nth).await,
            Command::Reverse { nth } => self.reverse(*nth).await,
            Command::Wait => self.wait().await,
        };
        if expected == got { Ok(()) } else { Err(format!("{command:?}: expected {expected}, got {got}")) }
    }

    async fn post(
        &mut self,
        debit: usize,
        credit: usize,
        amount: i64,
        key: u8,
    ) -> (&'static str, &'static str) {
        let content = (debit, credit, amount);
        let form = Model::form(debit, credit, amount);
        let known = self.model.keys.get(&key).copied();
        let expected = match known {
            _ if form != OK => form,
            Some(first) if first == content => OK,
            Some(_) => "ledger.key_reused",
            None => self.model.check(debit, credit, amount),
        };
        let name = self.key(key);
        let got = self.books.post(self.new_transfer(name, debit, credit, amount)).await;
        if expected == OK && known.is_none() {
            if let Ok(transfer) = &got {
                let id = transfer.id;
                self.model.transfers.push(ModelTransfer { id, debit, credit, amount, reversed: false });
            }
            self.model.moved(debit, credit, amount);
            if key != 255 {
                self.model.keys.insert(key, content);
            }
        }
        (expected, code(&got))
    }

    async fn batch(&mut self, batch: &[(usize, usize, i64)]) -> (&'static str, &'static str) {
        let mut spent = [0_i64; ACCOUNTS];
        let mut fits = true;
        for (debit, credit, amount) in batch {
            fits &= Model::form(*debit, *credit, *amount) == OK && currency(*debit) == currency(*credit);
            spent[*debit] += amount;
            spent[*credit] -= amount;
        }
        // All at once: what comes in within the batch may go out in it.
        fits &= (0..ACCOUNTS).all(|account| spent[account] <= self.model.room(account));
        let new: Vec<NewTransfer> = batch
            .iter()
            .map(|(debit, credit, amount)| {
                let name = self.key(255);
                self.new_transfer(name, *debit, *credit, *amount)
            })
            .collect();
        let cx = &self.books.t.cx;
        let mut tx = cx.begin().await.unwrap();
        let done = post_transfers(&mut tx, cx, Lane::desk(3), &new).await.unwrap();
        // Also a refused batch is committed: it left nothing behind.
        tx.commit().await.unwrap();
        if fits {
            for (debit, credit, amount) in batch {
                self.model.moved(*debit, *credit, *amount);
            }
        }
        let word = |fits: bool| if fits { OK } else { "refused" };
        (word(fits), word(done))
    }

    async fn place(
        &mut self,
        debit: usize,
        credit: usize,
        amount: i64,
        lasting: bool,
    ) -> (&'static str, &'static str) {
        let expected = self.model.check(debit, credit, amount);
        let key = self.key(255);
        let until = self.books.t.cx.now().plus(Duration::from_secs(1));
        let new = NewHold {
            debit: self.accounts[debit],
            credit: self.accounts[credit],
            amount: Money::new(amount, currency(debit)),
            expires_at: (!lasting).then_some(until),
            ..self.books.hold(&key, amount)
        };
        let id = new.id;
        let got = self.books.place(new).await;
        if expected == OK {
            self.model.pend(debit, credit, amount);
            self.model.holds.push(ModelHold { id, debit, credit, amount, end: None, lasting });
        }
        (expected, code(&got))
    }

    async fn post_hold(&mut self, nth: usize, take: i64) -> (&'static str, &'static str) {
        let Some(hold) = self.model.holds.get_mut(nth) else { return (OK, OK) };
        // −1 stands for all of it.
        let (take, amount) = if take < 0 { (Take::All, hold.amount) } else { (Take::Part(take), take) };
        let expected = match hold.end {
            Some(end) => end,
            None if amount == 0 => "ledger.bad_amount",
            None if amount > hold.amount => "ledger.more_than_held",
            None => OK,
        };
        let got = self.books.post_hold(hold.id, take).await;
        if expected == OK {
            hold.end = Some("ledger.already_posted");
            let ModelHold { debit, credit, amount: held, .. } = *hold;
            self.model.pend(debit, credit, -held);
            self.model.moved(debit, credit, amount);
            if let Ok(id) = got {
                self.model.transfers.push(ModelTransfer { id, debit, credit, amount, reversed: false });
            }
        }
        (expected, code(&got))
    }

    async fn void(&mut self, nth: usize) -> (&'static str, &'static str) {
        let Some(hold) = self.model.holds.get_mut(nth) else { return (OK, OK) };
        let expected = hold.end.unwrap_or(OK);
        let got = self.books.void_hold(hold.id).await;
        if expected == OK {
            hold.end = Some("ledger.already_voided");
            let ModelHold { debit, credit, amount, .. } = *hold;
            self.model.pend(debit, credit, -amount);
        }
        (expected, code(&got))
    }

    async fn reverse(&mut self, nth: usize) -> (&'static str, &'static str) {
        let Some(original) = self.model.transfers.get(nth).copied() else { return (OK, OK) };
        let ModelTransfer { id, debit, credit, amount, reversed } = original;
        let expected =
            if reversed { "ledger.already_reversed" } else { self.model.check(credit, debit, amount) };
        let got = self.books.reverse(id).await;
        if expected == OK {
            self.model.transfers[nth].reversed = true;
            self.model.moved(credit, debit, amount);
            if let Ok(new) = &got {
                let reversal =
                    ModelTransfer { id: new.id, debit: credit, credit: debit, amount, reversed: false };
                self.model.transfers.push(reversal);
            }
        }
        (expected, code(&got))
    }

    /// Time passes and the job runs: holds that do not last expire.
    async fn wait(&mut self) -> (&'static str, &'static str) {
        self.books.t.clock.advance(Duration::from_secs(2));
        let expired = expire_due(&self.books.t.cx, Lane::desk(3), 200).await.unwrap();
        let mut expected = 0;
        for place in 0..self.model.holds.len() {
            let hold = self.model.holds[place];
            if hold.end.is_none() && !hold.lasting {
                self.model.holds[place].end = Some("ledger.expired");
                self.model.pend(hold.debit, hold.credit, -hold.amount);
                expected += 1;
            }
        }
        if expired == expected { (OK, OK) } else { (OK, "another number of holds expired") }
    }

    async fn totals_agree(&self) -> Result<(), String> {
        let mut tx = self.books.t.cx.read().await.unwrap();
        let rows = load_accounts(&mut tx, &self.accounts).await.unwrap();
        for (place, id) in self.accounts.iter().enumerate() {
            let row = rows.iter().find(|row| row.id == *id).unwrap();
            let real = Totals {
                debits: row.debits_posted,
                credits: row.credits_posted,
                debits_pending: row.debits_pending,
                credits_pending: row.credits_pending,
            };
            let model = self.model.totals[place];
            if real != model {
                return Err(format!("account {place}: expected {model:?}, got {real:?}"));
            }
        }
        Ok(())
    }
}

fn code<T>(result: &Result<T, Error>) -> &'static str {
    result.as_ref().err().map_or(OK, |error| error.code())
}

/// Runs the commands on fresh accounts of the same database.
async fn run(books: &Books, commands: &[Command], case: u32) -> Result<(), String> {
    let cx = &books.t.cx;
    let mut tx = cx.begin().await.unwrap();
    let mut accounts = Vec::new();
    for place in 0..ACCOUNTS {
        let code = format!("{case}-{place}");
        let name = if UNLIMITED.contains(&place) {
            AccountName::Gateway(&code)
        } else {
            AccountName::Suspense(&code)
        };
        accounts.push(ensure_account(&mut tx, cx, name, currency(place)).await.unwrap().id);
    }
    tx.commit().await.unwrap();
    let mut run = Run { books, accounts, model: Model::default(), case };
    for command in commands {
        run.step(command).await?;
    }
    // What is left open must not expire into the next case.
    run.wait().await;
    run.totals_agree().await
}

#[testkit::db_test]
async fn l1_the_ledger_agrees_with_a_simple_model_on_random_commands_in_two_currencies(t: testkit::TestDb) {
    const CASES: u32 = 80;
    let books = Books::open(t).await;
    let mut runner = TestRunner::deterministic();
    let strategy = proptest::collection::vec(command(), 1..60);
    let mut case = 0;
    for _ in 0..CASES {
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        case += 1;
        let Err(mut reason) = run(&books, &tree.current(), case).await else { continue };
        let mut smallest = tree.current();
        // Shrink by hand: the property is asynchronous.
        while case < 2_000 {
            case += 1;
            let go_on = match run(&books, &tree.current(), case).await {
                Err(again) => {
                    (reason, smallest) = (again, tree.current());
                    tree.simplify()
                }
                Ok(()) => tree.complicate(),
            };
            if !go_on {
                break;
            }
        }
        panic!("{reason}\nin {smallest:#?}");
    }
    let report = books.assert_sound().await;
    assert_eq!(report.totals.iter().map(|t| t.currency.as_str()).collect::<Vec<_>>(), ["CNY", "JPY"]);
    assert!(report.transfers > 100 && report.holds > 50, "too little happened: {report:?}");
}
