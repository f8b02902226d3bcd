//! Reading a customer's wallet.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Currency, Duration, Money, Page, PageRequest, Position, Timestamp};

use super::model::{Counterparty, Entry, MonthFlow, Movement, Sheet, Statement};
use super::{rules, store};
use crate::Error;
use crate::account::ops::{authorise, find_by_code};
use crate::account::{Account, AccountName, HOUSE_CURRENCY, LedgerAccountId, load_accounts};

/// The most lines of one statement.
const MAX_LINES: usize = 10_000;
/// The most months of a list: ten years.
const MAX_MONTHS: usize = 120;
/// The longest period of one statement: a leap year.
const MAX_PERIOD: Duration = Duration::from_days(366);

/// The movements of a customer's balance, newest first, each with the balance after it.
pub async fn entries(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    page: PageRequest,
) -> Result<Page<Entry>, Error> {
    authorise(actor, customer)?;
    let mut tx = cx.db.read().await?;
    let Some(wallet) = wallet_of(&mut tx, customer).await? else {
        return Ok(Page { items: Vec::new(), next: None });
    };
    let movements = store::list_newest(&mut tx, wallet.id, page.after, page.fetch()).await?;
    let Some(newest) = movements.first() else { return Ok(Page { items: Vec::new(), next: None }) };
    let last = Position { key: newest.at.0, id: newest.transfer.0 };
    let balance = store::sum_up_to(&mut tx, wallet.id, last).await?;
    let entries = rules::run_backward(Money::new(balance, wallet.currency), movements);
    Ok(Page::cut(entries, &page, |entry| Position { key: entry.at.0, id: entry.transfer.0 }))
}

/// What came in and went out in each of the last twelve months, oldest first; months without movements are there with zeros.
pub async fn monthly(cx: &Cx, actor: &Actor, customer: AccountId) -> Result<Vec<MonthFlow>, Error> {
    authorise(actor, customer)?;
    let months = rules::months(cx.now());
    let mut tx = cx.db.read().await?;
    let Some(wallet) = wallet_of(&mut tx, customer).await? else {
        return Ok(rules::flows(&months, &[], Money::zero(HOUSE_CURRENCY)));
    };
    let days = store::sum_by_day(&mut tx, wallet.id, rules::BEIJING, rules::chart_start(&months)).await?;
    let balance = store::sum_up_to(&mut tx, wallet.id, Position::START).await?;
    Ok(rules::flows(&months, &days, Money::new(balance, wallet.currency)))
}

/// The months a customer's balance has existed in, newest first, each with what came in, went out and was there at its end.
pub async fn months(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    currency: Currency,
) -> Result<Vec<MonthFlow>, Error> {
    authorise(actor, customer)?;
    let mut tx = cx.db.read().await?;
    let Some(wallet) = wallet_in(&mut tx, customer, currency).await? else { return Ok(Vec::new()) };
    // What was booked at the very first moment may be older than the account by a clock's difference between nodes.
    let months = rules::months_since(wallet.created_at, cx.now(), MAX_MONTHS);
    let days = store::sum_by_day(&mut tx, wallet.id, rules::BEIJING, rules::chart_start(&months)).await?;
    let balance = store::sum_up_to(&mut tx, wallet.id, Position::START).await?;
    let mut flows = rules::flows(&months, &days, Money::new(balance, currency));
    flows.reverse();
    Ok(flows)
}

/// The statement from `from` until before `to`: at most a year and ten thousand lines. One whose end is not in the future is final and
/// reads the same whenever it is asked for.
pub async fn statement(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Statement, Error> {
    let Sheet { opening, lines, income, outgo, closing, is_final, .. } =
        sheet(cx, actor, customer, HOUSE_CURRENCY, (from, to)).await?;
    let entries = lines.into_iter().map(|line| line.entry).collect();
    Ok(Statement { customer, from, to, opening, entries, income, outgo, closing, is_final })
}

/// The same as it is printed: in any currency, numbered, each line with who stands on the other side, and with a digest of it all.
pub async fn sheet(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    currency: Currency,
    (from, to): (Timestamp, Timestamp),
) -> Result<Sheet, Error> {
    authorise(actor, customer)?;
    if from >= to || to.since(from) > MAX_PERIOD {
        return Err(Error::BadPeriod);
    }
    // Whoever is writing to the wallet finishes first, and whoever comes later takes a later time.
    let mut tx = cx.db.begin().await?;
    let mut now = cx.now();
    if let Some(wallet) = wallet_in(&mut tx, customer, currency).await? {
        crate::account::store::lock(&mut tx, wallet.id).await?;
        now = cx.now();
    }
    let sheet = read_sheet(&mut tx, customer, currency, (from, to)).await?;
    let sheet = Sheet { is_final: to <= now, ..sheet };
    if to.plus(rules::CLOCKS_APART) <= now && rules::is_month(from, to) {
        store::insert_kept(&mut tx, cx, &sheet).await?;
        tx.commit().await?;
    }
    Ok(sheet)
}

/// The sheet as the rows bring it now. What `is_final` says is for the caller to know.
pub(crate) async fn read_sheet(
    tx: &mut Tx,
    customer: AccountId,
    currency: Currency,
    (from, to): (Timestamp, Timestamp),
) -> Result<Sheet, Error> {
    let (mut opening, mut movements) = (Money::zero(currency), Vec::new());
    if let Some(wallet) = wallet_in(tx, customer, currency).await? {
        let before = Position { key: from.0.saturating_sub(1), id: i64::MAX };
        opening = Money::new(store::sum_up_to(tx, wallet.id, before).await?, wallet.currency);
        let limit = i64::try_from(MAX_LINES).unwrap_or(i64::MAX).saturating_add(1);
        movements = store::list_oldest(tx, wallet.id, (from, to), limit).await?;
    }
    if movements.len() > MAX_LINES {
        return Err(Error::TooManyEntries { most: MAX_LINES });
    }
    let mut others: Vec<LedgerAccountId> = movements.iter().map(|movement| movement.other).collect();
    others.sort_unstable();
    others.dedup();
    let others = load_accounts(tx, &others).await?;
    let with = |movement: &Movement| {
        let other = others.iter().find(|account| account.id == movement.other);
        rules::counterparty(other.map_or("", |account| account.code.as_str()), customer)
    };
    let parties: Vec<Counterparty> = movements.iter().map(with).collect();
    Ok(rules::sheet(customer, (from, to), opening, movements, parties))
}

async fn wallet_in(
    tx: &mut Tx,
    customer: AccountId,
    currency: Currency,
) -> Result<Option<Account>, db::Error> {
    find_by_code(tx, &AccountName::Wallet(customer).code(currency)).await
}

async fn wallet_of(tx: &mut Tx, customer: AccountId) -> Result<Option<Account>, db::Error> {
    wallet_in(tx, customer, HOUSE_CURRENCY).await
}
