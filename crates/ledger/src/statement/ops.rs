//! Reading a customer's wallet.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Duration, Money, Page, PageRequest, Position, Timestamp};

use super::model::{Entry, MonthFlow, Statement};
use super::{rules, store};
use crate::Error;
use crate::account::ops::{authorise, find_by_code};
use crate::TransferKind;
use crate::account::{Account, AccountName, HOUSE_CURRENCY, LedgerAccountId};

/// The most lines of one statement.
const MAX_LINES: usize = 10_000;
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

/// The statement from `from` until before `to`: at most a year and ten thousand lines. One whose end is not in the future is final and
/// reads the same whenever it is asked for.
pub async fn statement(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Statement, Error> {
    authorise(actor, customer)?;
    if from >= to || to.since(from) > MAX_PERIOD {
        return Err(Error::BadPeriod);
    }
    // A transaction only for its lock: whoever is writing to the wallet finishes first, and whoever comes later takes a later time.
    let mut tx = cx.db.begin().await?;
    let (mut opening, mut movements, mut now) = (Money::zero(HOUSE_CURRENCY), Vec::new(), cx.now());
    if let Some(wallet) = wallet_of(&mut tx, customer).await? {
        crate::account::store::lock(&mut tx, wallet.id).await?;
        now = cx.now();
        let before = Position { key: from.0.saturating_sub(1), id: i64::MAX };
        opening = Money::new(store::sum_up_to(&mut tx, wallet.id, before).await?, wallet.currency);
        let limit = i64::try_from(MAX_LINES).unwrap_or(i64::MAX).saturating_add(1);
        movements = store::list_oldest(&mut tx, wallet.id, (from, to), limit).await?;
    }
    drop(tx);
    if movements.len() > MAX_LINES {
        return Err(Error::TooManyEntries { most: MAX_LINES });
    }
    let (entries, closing) = rules::run_forward(opening, movements);
    let sum = |side: fn(i64) -> i64| {
        let minor = entries.iter().fold(0_i64, |sum, entry| sum.saturating_add(side(entry.amount.minor)));
        Money { minor, ..opening }
    };
    let (income, outgo) = (sum(|minor| minor.max(0)), sum(|minor| minor.min(0).saturating_neg()));
    Ok(Statement { customer, from, to, opening, entries, income, outgo, closing, is_final: to <= now })
}

/// Debits less credits of an account since `from`, in minor units, without transfers of some kinds: what of a house account's balance is
/// newer than somebody else's statement of it.
pub async fn net_since(
    tx: &mut Tx,
    account: LedgerAccountId,
    from: Timestamp,
    except: &[TransferKind],
) -> Result<i64, db::Error> {
    let except = except.iter().map(|kind| kind.code().to_owned()).collect();
    store::net_since(tx, account, from, except).await
}

async fn wallet_of(tx: &mut Tx, customer: AccountId) -> Result<Option<Account>, db::Error> {
    find_by_code(tx, &AccountName::Wallet(customer).code(HOUSE_CURRENCY)).await
}
