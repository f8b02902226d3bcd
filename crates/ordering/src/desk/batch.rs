//! One batch: load the facts, decide each command, write all decisions, commit once.

use std::collections::{BTreeSet, HashMap};

use catalogue::service::Shelf;
use catalogue::stock::{self, Reserve};
use db::Tx;
use durable::{Cx, emit_many};
use kernel::{AccountId, Duration, Money};
use ledger::{AccountName, HoldId, LedgerAccountId, NewHold, TransferKind};
use serde_json::json;

use super::model::{Accepted, Placed, Prepared};
use super::rules::{Decision, Facts, decide};
use super::{judge, prepare, sending, store};
use crate::approval::{self, ApprovalId, SubjectKind};
use crate::order::{LIVE, MoneyState, OrderFact, OrderState, topic};
use crate::payment::PaymentId;
use crate::{Error, cart, draft, held, idempotency, money, payment};

/// How long an order waits for its payment, and what it reserved with it.
pub(crate) const PAY_WITHIN: Duration = Duration::from_mins(30);
/// A reservation outlives the time to pay or to decide, so that a payment or a decision on its way still finds it.
pub(crate) const RESERVATION_GRACE: Duration = Duration::from_mins(10);
/// Rounds in which a lone command may lose against other nodes before it is told to come back.
const MAX_ROUNDS: usize = 8;

/// Why a whole batch is done again.
enum Retry {
    /// A guard failed or a key was taken: somebody else moved a row since the facts were read.
    Moved,
    Failed(db::Error),
}

impl From<db::Error> for Retry {
    fn from(error: db::Error) -> Self {
        if error.is_conflict() || error.is_unique() { Self::Moved } else { Self::Failed(error) }
    }
}

/// Accounts of sellers by seller, opened once and kept: they never change.
pub(crate) type Destinations = HashMap<String, LedgerAccountId>;

/// Decides and writes a batch; the answers stand in the order of the commands.
pub(crate) async fn run(
    cx: &Cx,
    shelf: &Shelf,
    known: &mut Destinations,
    commands: &[&Prepared],
) -> Vec<Result<Placed, Error>> {
    match attempt(cx, shelf, known, commands).await {
        Ok(answers) => answers,
        Err(Retry::Failed(error)) if commands.len() == 1 => vec![Err(Error::bug(error))],
        // One by one: what made the batch fail meets only its own command.
        Err(_) => {
            let mut answers = Vec::with_capacity(commands.len());
            for command in commands {
                answers.push(alone(cx, shelf, known, command).await);
            }
            answers
        }
    }
}

async fn alone(
    cx: &Cx,
    shelf: &Shelf,
    known: &mut Destinations,
    command: &Prepared,
) -> Result<Placed, Error> {
    for _ in 0..MAX_ROUNDS {
        match attempt(cx, shelf, known, &[command]).await {
            Ok(mut answers) => {
                return answers.pop().unwrap_or_else(|| Err(Error::bug("the desk gave no answer")));
            }
            Err(Retry::Failed(error)) => return Err(Error::bug(error)),
            Err(Retry::Moved) => {}
        }
    }
    Err(Error::Busy { wait: kernel::RetryAfter(1) })
}

async fn attempt(
    cx: &Cx,
    shelf: &Shelf,
    known: &mut Destinations,
    commands: &[&Prepared],
) -> Result<Vec<Result<Placed, Error>>, Retry> {
    open_destinations(cx, known, commands).await?;
    let mut tx = cx.begin().await?;
    let mut facts = load(&mut tx, cx, shelf, commands).await?;
    let mut answers = Vec::with_capacity(commands.len());
    let mut accepted = Vec::new();
    for (place, command) in commands.iter().enumerate() {
        answers.push(match decide(&mut facts, place, command) {
            Decision::Accept => {
                let one = accept(cx, command);
                let placed = one.placed.clone();
                accepted.push(one);
                Ok(placed)
            }
            Decision::Replay(placed) => Ok(placed),
            Decision::Refuse(error) => Err(error),
        });
    }
    if accepted.is_empty() {
        return Ok(answers);
    }
    write(&mut tx, cx, &facts, known, &accepted).await?;
    tx.commit().await?;
    Ok(answers)
}

/// Sellers' accounts are opened outside the batch, so that the batch only moves them.
async fn open_destinations(cx: &Cx, known: &mut Destinations, commands: &[&Prepared]) -> Result<(), Retry> {
    let missing: BTreeSet<(String, kernel::Currency)> = commands
        .iter()
        .map(|command| (destination(command).code(command.total.currency), command.total.currency))
        .filter(|(code, _)| !known.contains_key(code))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut tx = cx.begin().await?;
    let mut opened = Vec::new();
    for command in commands {
        let name = destination(command);
        let code = name.code(command.total.currency);
        if missing.contains(&(code.clone(), command.total.currency)) {
            let account = ledger::ensure_account(&mut tx, cx, name, command.total.currency)
                .await
                .map_err(|error| Retry::Failed(db::Error::Other(error.into())))?;
            opened.push((code, account.id));
        }
    }
    tx.commit().await?;
    known.extend(opened);
    Ok(())
}

fn destination(command: &Prepared) -> AccountName<'_> {
    money::destination(command.lines.iter().map(|line| line.service.service.seller.as_str()))
}

async fn load(tx: &mut Tx, cx: &Cx, shelf: &Shelf, commands: &[&Prepared]) -> Result<Facts, db::Error> {
    let mut facts = Facts::default();
    let keys: Vec<&idempotency::Key> = commands.iter().map(|command| &command.key).collect();
    for (place, fingerprint, result) in idempotency::store::find_many(tx, cx, &keys).await? {
        facts.kept.insert(place, (fingerprint, result));
    }
    let carts: Vec<i64> = commands.iter().filter_map(|c| c.cart).map(|(cart, _)| cart.raw()).collect();
    if !carts.is_empty() {
        facts.carts = cart::store::facts(tx, carts).await?;
    }
    let drafts: Vec<i64> = commands.iter().filter_map(|c| c.draft).map(draft::DraftId::raw).collect();
    if !drafts.is_empty() {
        facts.drafts = draft::store::ordered(tx, drafts).await?;
    }
    let skus: BTreeSet<String> =
        commands.iter().flat_map(|c| &c.lines).filter_map(|line| line.sku.clone()).collect();
    if !skus.is_empty() {
        let skus: Vec<String> = skus.into_iter().collect();
        let found = stock::available(tx, &skus).await?;
        facts.stock = found.into_iter().map(|(sku, (_, left))| (sku, left)).collect();
    }
    facts.levels = prepare::levels(tx, cx, commands).await?;
    facts.wallets = wallets(tx, commands).await?;
    sending::load(tx, cx, commands, &mut facts).await?;
    let snapshot = shelf.snapshot();
    for line in commands.iter().flat_map(|c| &c.lines) {
        if let Some(version) = snapshot.service(&line.service.code) {
            facts.versions.insert(version.code.clone(), version.version);
        }
    }
    Ok(facts)
}

async fn wallets(
    tx: &mut Tx,
    commands: &[&Prepared],
) -> Result<HashMap<AccountId, (LedgerAccountId, i64)>, db::Error> {
    let mut codes: BTreeSet<String> = BTreeSet::new();
    for command in commands.iter().filter(|c| c.wallet_part() > 0) {
        codes.insert(AccountName::Wallet(command.customer).code(command.total.currency));
    }
    let codes: Vec<String> = codes.into_iter().collect();
    let accounts = ledger::load_accounts_by_code(tx, &codes).await?;
    Ok(accounts
        .into_iter()
        .filter_map(|account| Some((account.customer?, (account.id, account.debit_room().unwrap_or(0)))))
        .collect())
}

fn accept<'a>(cx: &Cx, command: &'a Prepared) -> Accepted<'a> {
    let now = cx.now();
    let free = command.total.is_zero();
    let outside = !free && command.payment.is_outside();
    let hold = (command.wallet_part() > 0).then(|| HoldId::new(&cx.ids, now));
    let (state, money) = match (free, outside) {
        (true, _) => (OrderState::InProgress, MoneyState::None),
        (false, true) => (OrderState::AwaitingPayment, MoneyState::Unpaid),
        (false, false) => (OrderState::InProgress, MoneyState::Held),
    };
    let held_until = command.holds().0.map(|hold| now.plus(hold.lasts));
    let state = if held_until.is_some() { OrderState::Held } else { state };
    // Whoever waits for a person is asked for outside money only when that person has agreed.
    let to_pay = state == OrderState::AwaitingPayment;
    let placed = Placed {
        order: command.id,
        state,
        money,
        total: command.total,
        payment_method: command.payment.name().to_owned(),
        payment: to_pay.then(|| PaymentId::new(&cx.ids, now)),
        pay_by: to_pay.then(|| now.plus(PAY_WITHIN)),
        approval: command.approval.is_some().then(|| ApprovalId::new(&cx.ids, now)),
        held_until,
        placed_at: now,
        replayed: false,
    };
    Accepted { command, placed, hold }
}

/// Writes everything about the accepted orders with one statement a table. Locks are taken in the order stock, money, rows, audit.
async fn write(
    tx: &mut Tx,
    cx: &Cx,
    facts: &Facts,
    known: &Destinations,
    accepted: &[Accepted<'_>],
) -> Result<(), Retry> {
    reserve(tx, cx, accepted).await?;
    let lane = crate::lane(tx);
    let holds = holds(facts, known, accepted)?;
    if !holds.is_empty() && !ledger::place_holds(tx, cx, lane, &holds).await? {
        return Err(Retry::Moved);
    }
    if !sending::take(tx, cx, facts, accepted).await? {
        return Err(Retry::Moved);
    }
    if !cart::store::close_many(tx, cx, &carts(accepted)).await?
        || !draft::store::close_many(tx, cx, &drafts(accepted)).await?
    {
        return Err(Retry::Moved);
    }
    store::insert_orders(tx, cx, accepted).await?;
    held::store::insert_many(tx, accepted.iter().filter_map(new_held).collect()).await?;
    let asked: Vec<_> = accepted.iter().filter_map(new_approval).collect();
    approval::ask(tx, cx, &asked).await?;
    let payments: Vec<_> = accepted.iter().filter_map(new_payment).collect();
    payment::open_many(tx, cx, &payments).await.map_err(|e| Retry::Failed(db::Error::Other(e.into())))?;
    judge::write_down(tx, cx, accepted.iter().map(|one| one.command)).await.map_err(Retry::Failed)?;
    let mut facts = Vec::with_capacity(accepted.len());
    for one in accepted {
        let fact =
            OrderFact { order: one.command.id, customer: one.command.customer, state: one.placed.state };
        let payload = serde_json::to_value(&fact).map_err(|e| db::Error::Other(e.into()))?;
        if one.placed.state == OrderState::InProgress {
            facts.push((topic::ACCEPTED, one.command.id.raw(), payload));
        }
        tx.notify(LIVE, format!("{}|{}", one.command.customer.raw(), one.command.id.raw()));
    }
    emit_many(tx, cx, facts).await?;
    let entries = accepted.iter().map(|one| (&one.command.actor, audit_entry(one))).collect();
    audit::record_many(tx, cx, entries).await?;
    Ok(())
}

fn holds(facts: &Facts, known: &Destinations, accepted: &[Accepted<'_>]) -> Result<Vec<NewHold>, Retry> {
    let mut holds = Vec::new();
    for one in accepted {
        let Some(hold) = one.hold else { continue };
        let command = one.command;
        let code = destination(command).code(command.total.currency);
        let accounts = facts.wallets.get(&command.customer).map(|(id, _)| *id).zip(known.get(&code).copied());
        let (debit, credit) = accounts.ok_or(Retry::Moved)?;
        holds.push(NewHold {
            id: hold,
            debit,
            credit,
            amount: Money::new(command.wallet_part(), command.total.currency),
            kind: TransferKind::Purchase,
            // A part waits for the rest; then the whole is set aside under the order's own key.
            business_key: if command.from_balance > 0 {
                format!("order:{}:balance", command.id)
            } else {
                format!("order:{}", command.id)
            },
            order: Some(command.id.raw()),
            customer: Some(command.customer),
            expires_at: None,
            memo: "order.placed".into(),
        });
    }
    Ok(holds)
}

async fn reserve(tx: &mut Tx, cx: &Cx, accepted: &[Accepted<'_>]) -> Result<(), Retry> {
    let (mut wishes, mut paid) = (Vec::new(), Vec::new());
    for one in accepted {
        let decided_by = one.placed.pay_by.or(one.placed.held_until);
        let expires_at = decided_by.unwrap_or(one.placed.placed_at).plus(RESERVATION_GRACE);
        for line in &one.command.lines {
            let Some(sku) = line.sku.clone() else { continue };
            let (order_id, customer, quantity) = (one.command.id.raw(), one.command.customer, line.quantity);
            wishes.push(Reserve { order_id, customer, sku, quantity, expires_at });
            if decided_by.is_none() {
                paid.push(order_id);
            }
        }
    }
    if wishes.is_empty() {
        return Ok(());
    }
    let held = stock::reserve_many(tx, cx, &wishes).await?;
    if held && (paid.is_empty() || stock::allocate_many(tx, cx, &paid).await?) {
        Ok(())
    } else {
        Err(Retry::Moved)
    }
}

fn carts(accepted: &[Accepted<'_>]) -> Vec<(cart::CartId, i64, crate::OrderId)> {
    let pick = |one: &Accepted<'_>| one.command.cart.map(|(cart, revision)| (cart, revision, one.command.id));
    accepted.iter().filter_map(pick).collect()
}

fn drafts(accepted: &[Accepted<'_>]) -> Vec<(draft::DraftId, AccountId, crate::OrderId)> {
    let pick =
        |one: &Accepted<'_>| one.command.draft.map(|draft| (draft, one.command.customer, one.command.id));
    accepted.iter().filter_map(pick).collect()
}

fn new_held(one: &Accepted<'_>) -> Option<held::Held> {
    let (hold, next) = one.command.holds();
    let hold = hold?;
    Some(held::Held {
        order: one.command.id,
        customer: one.command.customer,
        cause: hold.cause,
        began_at: one.placed.placed_at,
        expires_at: one.placed.held_until?,
        on_expiry: hold.on_expiry,
        next,
    })
}

fn new_approval(one: &Accepted<'_>) -> Option<approval::Approval> {
    let (command, placed) = (one.command, &one.placed);
    let rule = command.approval.clone()?;
    let order = (SubjectKind::Order, command.id.raw());
    let asked = approval::request_for(placed.approval?, order, rule, command.total, placed.placed_at);
    Some(approval::Approval { party: command.customer, maker: command.person, ..asked })
}

fn new_payment(one: &Accepted<'_>) -> Option<payment::NewOrderPayment> {
    Some(payment::NewOrderPayment {
        id: one.placed.payment?,
        customer: one.command.customer,
        order: one.command.id,
        amount: Money::new(
            one.command.total.minor.saturating_sub(one.command.from_balance),
            one.command.total.currency,
        ),
        expires_at: one.placed.pay_by?,
        capture: one.command.capture,
    })
}

fn audit_entry<'a>(one: &Accepted<'_>) -> audit::Entry<'a> {
    let lines: Vec<String> = one
        .command
        .lines
        .iter()
        .map(|line| format!("{}@{}", line.service.code, line.service.version))
        .collect();
    audit::Entry {
        verb: "order.place",
        object_kind: "order",
        object: one.command.id.raw(),
        customer: Some(one.command.customer),
        detail: json!({"total": one.command.total, "payment": one.command.payment.name(), "lines": lines}),
        reason: None,
    }
}
