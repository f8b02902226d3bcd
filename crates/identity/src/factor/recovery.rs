//! Recovery codes: what is left when the phone with the app is gone.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Rng, normalise_digits};
use serde_json::json;

use crate::Error;
use crate::account::{self, StoredAccount, subject};
use crate::notice::{self, Notice};

use super::ops::{enrolled, require_proof};
use super::store;

/// How many there are in a set.
const CODES: usize = 10;
/// From so many on the owner is asked to make new ones.
const FEW: i64 = 3;
/// Letters and digits that are not confused when read: 31 of them, so ten are 49 bits.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
const LENGTH: usize = 10;

/// Makes a new set of recovery codes and voids the old one (W7). They are shown here and never again.
pub async fn new_recovery_codes(cx: &Cx, actor: &Actor) -> Result<Vec<String>, Error> {
    let id = require_proof(cx, actor)?;
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    if !enrolled(&mut tx, id).await?.any() {
        return Err(Error::FactorUnfit);
    }
    let codes = write_set(&mut tx, cx, id).await?;
    let made = Notice::new(
        "security.recovery_codes",
        ("已生成新的恢复码", "New recovery codes"),
        (
            "您的账号生成了新的恢复码，旧的恢复码全部作废。不是本人操作时，立即冻结账号。",
            "New recovery codes were made for your account; the old ones no longer work. If it was not you, freeze the account at once.",
        ),
    );
    notice::tell(&mut tx, cx, &account, made).await?;
    audit::record(&mut tx, cx, actor, subject(&account, "factor.recovery_codes", json!({ "count": CODES })))
        .await?;
    tx.commit().await?;
    Ok(codes)
}

/// Writes a set in the caller's transaction.
pub(super) async fn write_set(tx: &mut Tx, cx: &Cx, id: AccountId) -> Result<Vec<String>, Error> {
    let codes: Vec<String> = (0..CODES).map(|_| code(cx.rng.as_ref())).collect();
    let hashes = codes.iter().map(|code| hash(cx, id, code)).collect();
    store::replace_codes(tx, id, hashes).await?;
    Ok(codes)
}

/// `abcde-fghjk`.
fn code(rng: &dyn Rng) -> String {
    let mut out = String::new();
    for place in 0..LENGTH {
        if place == LENGTH / 2 {
            out.push('-');
        }
        let index = usize::try_from(rng.below(31)).unwrap_or(0);
        out.push(LETTERS.get(index).copied().map_or('x', char::from));
    }
    out
}

/// Bound to the account; however it is typed.
fn hash(cx: &Cx, id: AccountId, typed: &str) -> Vec<u8> {
    let plain: String =
        normalise_digits(typed).to_lowercase().chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    cx.vault.keyed("identity.recovery_code", &format!("{id}\n{plain}"))
}

/// Uses a recovery code up, in the caller's transaction. When few are left the owner is told.
pub(crate) async fn take_recovery_code(
    tx: &mut Tx,
    cx: &Cx,
    account: &StoredAccount,
    typed: &str,
) -> Result<bool, Error> {
    if !store::take_code(tx, account.id, &hash(cx, account.id, typed)).await? {
        return Ok(false);
    }
    let left = store::count_codes(tx, account.id).await?;
    let used = if left > FEW {
        Notice::new(
            "security.recovery_code_used",
            ("用过一个恢复码", "A recovery code was used"),
            (
                "您的账号刚用过一个恢复码，还剩{left}个。不是本人操作时，立即冻结账号。",
                "A recovery code of your account was just used; {left} are left. If it was not you, freeze the account at once.",
            ),
        )
    } else {
        Notice::new(
            "security.recovery_codes_few",
            ("恢复码快用完了", "Few recovery codes are left"),
            (
                "您的账号刚用过一个恢复码，只剩{left}个，可在“登录与安全”中生成新的一组。不是本人操作时，立即冻结账号。",
                "A recovery code of your account was just used and only {left} are left. Make a new set under Sign-in and security. If it was not you, freeze the account at once.",
            ),
        )
    };
    notice::tell(tx, cx, account, used.with("left", &left.to_string())).await?;
    Ok(true)
}
