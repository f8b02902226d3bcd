//! Accounts that share a device, a network, a payee or a phone, hop by hop.

use std::collections::{BTreeMap, BTreeSet};

use durable::Cx;
use kernel::{AccountId, Actor, Duration, Permission};

use super::store;
use crate::Error;
use crate::decision::permit;
use crate::list::Entity;

/// Further is not looked.
pub const MOST_HOPS: u8 = 3;
/// Accounts shown.
const MOST_ACCOUNTS: usize = 200;
/// What more accounts than this share ties nobody together: a company's network, a telecom.
const MOST_SHARED: usize = 25;
/// Acts are looked back at so far.
const BACK: Duration = Duration::from_days(90);
/// Rows read a step.
const MOST_ROWS: i64 = 5_000;

/// An account that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linked {
    pub account: AccountId,
    /// 0 for the one it began with.
    pub hops: u8,
}

/// What accounts share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    pub entity: Entity,
    /// The number of the device, network, payee or phone.
    pub value: i64,
    pub accounts: Vec<AccountId>,
}

/// Accounts and what ties them together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    /// The nearest first.
    pub accounts: Vec<Linked>,
    pub ties: Vec<Tie>,
    /// There is more than is shown.
    pub is_cut: bool,
}

/// Accounts tied to one within `hops` (at most [`MOST_HOPS`]) over the last 90 days. What more than 25 accounts share is
/// left out. Needs `read_risk`.
pub async fn graph(cx: &Cx, actor: &Actor, account: AccountId, hops: u8) -> Result<Graph, Error> {
    permit(actor, Permission::ReadRisk)?;
    around(cx, account, hops).await
}

pub(super) async fn around(cx: &Cx, account: AccountId, hops: u8) -> Result<Graph, Error> {
    let after = kernel::first_id_at(cx.now().minus(BACK));
    let mut tx = cx.read().await?;
    let mut found = BTreeMap::from([(account.raw(), 0_u8)]);
    let mut ties: BTreeMap<(Entity, i64), BTreeSet<i64>> = BTreeMap::new();
    let mut followed = BTreeSet::new();
    let (mut edge, mut is_cut) = (vec![account.raw()], false);
    for hop in 1..=hops.min(MOST_HOPS) {
        let rows = store::list_ties_of(&mut tx, edge, after, MOST_ROWS).await?;
        is_cut |= rows.len() >= usize::try_from(MOST_ROWS).unwrap_or(usize::MAX);
        let mut wanted: BTreeMap<Entity, BTreeSet<i64>> = BTreeMap::new();
        for (_, entity, value) in rows {
            if followed.insert((entity, value)) {
                wanted.entry(entity).or_default().insert(value);
            }
        }
        edge = Vec::new();
        for (entity, values) in wanted {
            let asked = (entity, values.into_iter().collect());
            let mut sharing: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
            for (value, other) in store::list_accounts_with(&mut tx, asked, after, MOST_ROWS).await? {
                sharing.entry(value).or_default().insert(other);
            }
            for (value, accounts) in sharing {
                if !(2..=MOST_SHARED).contains(&accounts.len()) {
                    continue;
                }
                for other in &accounts {
                    if found.contains_key(other) {
                        continue;
                    }
                    if found.len() >= MOST_ACCOUNTS {
                        is_cut = true;
                        continue;
                    }
                    found.insert(*other, hop);
                    edge.push(*other);
                }
                ties.entry((entity, value)).or_default().extend(accounts);
            }
        }
        if edge.is_empty() {
            break;
        }
    }
    Ok(shown(found, ties, is_cut))
}

fn shown(found: BTreeMap<i64, u8>, ties: BTreeMap<(Entity, i64), BTreeSet<i64>>, is_cut: bool) -> Graph {
    let known = |account: &i64| found.contains_key(account);
    let ties = ties
        .into_iter()
        .map(|((entity, value), accounts)| {
            let accounts = accounts.into_iter().filter(known).map(AccountId).collect();
            Tie { entity, value, accounts }
        })
        .collect();
    let mut accounts: Vec<Linked> =
        found.iter().map(|(account, hops)| Linked { account: AccountId(*account), hops: *hops }).collect();
    accounts.sort_by_key(|one| (one.hops, one.account.raw()));
    Graph { accounts, ties, is_cut }
}
