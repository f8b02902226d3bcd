//! Whether two accounts can become one. Pure.

use crate::Error;
use crate::account::StoredAccount;
use crate::factor::Enrolled;
use crate::signin::Method;

use super::model::Obstacle;

/// Customers only, and two of them.
pub(crate) fn check_pair(account: &StoredAccount, other: &StoredAccount) -> Result<(), Error> {
    if account.id == other.id {
        return Err(Error::MergeSame);
    }
    if account.is_staff() || other.is_staff() {
        return Err(Error::MergeStaff);
    }
    Ok(())
}

/// Whether the other account's second factor is still due: it is as well guarded as before.
pub(crate) fn needs_second(method: Method, enrolled: Enrolled) -> bool {
    enrolled.any() && method != Method::Passkey
}

/// The refusal that names everything in the way.
pub(crate) fn blocked(obstacles: &[Obstacle]) -> Result<(), Error> {
    if obstacles.is_empty() {
        return Ok(());
    }
    let words = |pick: fn(Obstacle) -> &'static str| obstacles.iter().copied().map(pick).collect::<Vec<_>>();
    Err(Error::MergeBlocked { zh: words(zh).join("、"), en: words(en).join(" and ") })
}

const fn zh(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Orders => "订单",
        Obstacle::Money => "资金",
        Obstacle::Organisation => "所属企业",
    }
}

const fn en(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Orders => "orders",
        Obstacle::Money => "money",
        Obstacle::Organisation => "an organisation",
    }
}
