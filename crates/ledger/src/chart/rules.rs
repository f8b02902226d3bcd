//! Which sort an account is of, and sums seen from its side.

use kernel::Money;

use super::model::{AccountSort, SortTotal, Sum};
use crate::account::AccountKind;

/// The sort that an account's code tells.
pub(crate) fn sort_of(code: &str) -> Option<AccountSort> {
    let plain = code.split('@').next()?;
    let mut parts = plain.split(':');
    let (first, last) = (parts.next()?, plain.rsplit(':').next()?);
    AccountSort::from_code(match first {
        "customer" | "seller" => last,
        other => other,
    })
}

/// Seen from the side an account grows on.
pub(crate) fn own_side(kind: AccountKind, debits: i64, credits: i64) -> i64 {
    if kind.grows_with_debits() { debits.saturating_sub(credits) } else { credits.saturating_sub(debits) }
}

/// Adds accounts up by sort and currency, in the order of the chart.
pub(crate) fn add_up(sums: &[Sum]) -> Vec<SortTotal> {
    let mut totals: Vec<SortTotal> = Vec::new();
    for sum in sums {
        let Some(sort) = sort_of(&sum.code) else { continue };
        let money = |minor| Money::new(minor, sum.currency);
        let held = if sum.kind.grows_with_debits() { sum.credits_pending } else { sum.debits_pending };
        let posted = own_side(sum.kind, sum.debits_posted, sum.credits_posted);
        let net = sum.debits_posted.saturating_sub(sum.credits_posted);
        match totals.iter_mut().find(|total| total.sort == sort && total.currency == sum.currency) {
            Some(total) => {
                total.accounts = total.accounts.saturating_add(sum.accounts);
                total.posted.minor = total.posted.minor.saturating_add(posted);
                total.held.minor = total.held.minor.saturating_add(held);
                total.net_debit.minor = total.net_debit.minor.saturating_add(net);
            }
            None => totals.push(SortTotal {
                sort,
                kind: sum.kind,
                guard: sum.guard,
                currency: sum.currency,
                accounts: sum.accounts,
                posted: money(posted),
                held: money(held),
                net_debit: money(net),
            }),
        }
    }
    totals.sort_by_key(|total| (total.currency, total.sort));
    totals
}
