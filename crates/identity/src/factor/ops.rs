//! Setting up and removing second factors, and taking what an app shows.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Duration, Rng, Timestamp, mask_email, mask_phone, normalise_digits};
use serde_json::{Value, json};

use crate::Error;
use crate::account::{self, Contact, StoredAccount, subject};
use crate::code;
use crate::device;
use crate::notice::{self, Notice};
use crate::passkey;
use crate::role;
use crate::throttle::{self, Key, Scope};

use super::model::{Enrolled, StoredTotp, TotpOffer, TotpState};
use super::{rules, store};

const SECRET: &str = "identity.totp.secret";
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("totp", "secret_sealed", SECRET),
    vault::SealedColumn::new("totp", "waiting_sealed", SECRET),
];
/// What an app shows above the code.
const ISSUER: &str = "Everlit";
/// How long an offered secret waits for its first code.
const WAITING: Duration = Duration::from_mins(30);
/// How many recovery codes there are in a set: what is left when the phone with the app is gone.
const CODES: usize = 10;
/// From so many on the owner is asked to make new ones.
const FEW: i64 = 3;
/// Letters and digits that are not confused when read: 31 of them, so ten are 49 bits.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
const LENGTH: usize = 10;

/// The second factors of an account, in the caller's transaction.
pub(crate) async fn enrolled(tx: &mut Tx, id: AccountId) -> Result<Enrolled, Error> {
    let totp = store::find_totp(tx, id).await?.is_some_and(|totp| totp.secret_sealed.is_some());
    let recovery_codes = store::count_codes(tx, id).await?;
    Ok(Enrolled { totp, passkeys: passkey::count_of(tx, id).await?, recovery_codes })
}

/// The actor's own second factors.
pub async fn enrolled_of(cx: &Cx, actor: &Actor) -> Result<Enrolled, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    enrolled(&mut cx.read().await?, id).await
}

/// Since when the actor has an app.
pub async fn totp_state(cx: &Cx, actor: &Actor) -> Result<TotpState, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let found = store::find_totp(&mut cx.read().await?, id).await?;
    Ok(TotpState { confirmed_at: found.and_then(|totp| totp.confirmed_at) })
}

/// Whoever changes factors has shown one within the last minutes.
fn require_proof(cx: &Cx, actor: &Actor) -> Result<AccountId, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if actor.has_fresh_proof(cx.now()) { Ok(id) } else { Err(Error::ProofNeeded) }
}

/// Offers a secret for an app. It counts once a code of it is entered; asked again within half an hour it is the same one, so
/// that a page that is reloaded still fits what was scanned.
pub async fn offer_totp(cx: &Cx, actor: &Actor) -> Result<TotpOffer, Error> {
    let id = require_proof(cx, actor)?;
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    let found = store::find_totp(&mut tx, id).await?;
    let secret = if let Some(sealed) = found.and_then(|totp| waiting(totp, cx.now())) {
        cx.vault.open(SECRET, &sealed)?
    } else {
        let mut secret = [0; rules::SECRET_BYTES];
        cx.rng.fill(&mut secret);
        let sealed = cx.vault.seal(cx.rng.as_ref(), SECRET, &secret)?;
        store::upsert_waiting(&mut tx, id, &sealed, cx.now()).await?;
        secret.to_vec()
    };
    tx.commit().await?;
    let text = rules::base32(&secret);
    let name = match account::any_contact(cx, &account)? {
        Some(Contact::Phone(phone)) => mask_phone(&phone),
        Some(Contact::Email(email)) => mask_email(&email),
        None => id.to_string(),
    };
    Ok(TotpOffer { secret: rules::grouped(&text), uri: rules::uri(ISSUER, &name, &text) })
}

fn waiting(totp: StoredTotp, now: Timestamp) -> Option<Vec<u8>> {
    let since = totp.waiting_since.filter(|since| now.since(*since) < WAITING);
    totp.waiting_sealed.filter(|_| since.is_some())
}

/// Takes the first code of an offered secret: from now on the app is a second factor. Answers with recovery codes when the
/// account has none.
pub async fn confirm_totp(cx: &Cx, actor: &Actor, typed: &str) -> Result<Option<Vec<String>>, Error> {
    let id = require_proof(cx, actor)?;
    let code = code::parse(typed)?;
    let keys = vec![Key::new(cx, Scope::Factor, &id.to_string())];
    let claimed = throttle::claim(cx, keys.clone()).await?;
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    let found = store::find_totp(&mut tx, id).await?;
    let sealed = found.and_then(|totp| waiting(totp, cx.now())).ok_or(Error::CodeExpired)?;
    let secret = cx.vault.open(SECRET, &sealed)?;
    let Some(step) = rules::matching_step(&secret, &code, cx.now(), 0) else {
        return Err(Error::factor_wrong(claimed.left));
    };
    throttle::forget(&mut tx, cx, keys).await?;
    store::confirm(&mut tx, id, step, cx.now()).await?;
    let codes = after_adding(&mut tx, cx, &account).await?;
    let added = Notice::new(
        "security.totp_added",
        ("已启用动态口令", "Authenticator app added"),
        (
            "您的账号启用了动态口令，以后登录需要输入它。不是本人操作时，立即冻结账号。",
            "An authenticator app was added to your account and is asked for when signing in. If it was not you, freeze the account at once.",
        ),
    );
    notice::tell(&mut tx, cx, &account, added).await?;
    audit::record(&mut tx, cx, actor, subject(&account, "factor.totp_add", Value::Null)).await?;
    tx.commit().await?;
    Ok(codes)
}

/// What every new second factor brings along, in the caller's transaction: remembered devices have to show it, and an account
/// without recovery codes gets some, which are shown once.
pub(crate) async fn after_adding(
    tx: &mut Tx,
    cx: &Cx,
    account: &StoredAccount,
) -> Result<Option<Vec<String>>, Error> {
    device::forget_all(tx, account.id).await?;
    if store::count_codes(tx, account.id).await? > 0 {
        return Ok(None);
    }
    Ok(Some(write_set(tx, cx, account.id).await?))
}

/// Removes the app.
pub async fn remove_totp(cx: &Cx, actor: &Actor) -> Result<(), Error> {
    let id = require_proof(cx, actor)?;
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    let before = enrolled(&mut tx, id).await?;
    if !before.totp {
        return Err(Error::FactorUnfit);
    }
    require_removable(&mut tx, &account, before).await?;
    store::delete_totp(&mut tx, id).await?;
    if before.passkeys == 0 {
        // Recovery codes stand in for a second factor; without one they would be a way around the password.
        store::delete_codes(&mut tx, id).await?;
    }
    let removed = Notice::new(
        "security.totp_removed",
        ("已停用动态口令", "Authenticator app removed"),
        (
            "您的账号停用了动态口令，以后登录不再需要它。不是本人操作时，立即冻结账号。",
            "The authenticator app was removed from your account and is no longer asked for. If it was not you, freeze the account at once.",
        ),
    );
    notice::tell(&mut tx, cx, &account, removed).await?;
    let detail = json!({ "passkeys": before.passkeys });
    audit::record(&mut tx, cx, actor, subject(&account, "factor.totp_remove", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// Refuses to take the last second factor away from whoever has a role that demands one.
pub(crate) async fn require_removable(
    tx: &mut Tx,
    account: &StoredAccount,
    before: Enrolled,
) -> Result<(), Error> {
    let factors = before.passkeys.saturating_add(i64::from(before.totp));
    let demanded = role::rights_of(tx, &account.roles).await?.second_factor;
    if demanded && factors <= 1 { Err(Error::FactorDemanded) } else { Ok(()) }
}

/// Whether an app shows this code now; each code counts once. In the caller's transaction, with the account locked.
pub(crate) async fn take_totp(tx: &mut Tx, cx: &Cx, id: AccountId, typed: &str) -> Result<bool, Error> {
    let Ok(code) = code::parse(typed) else { return Ok(false) };
    let Some(totp) = store::find_totp(tx, id).await? else { return Ok(false) };
    let Some(sealed) = totp.secret_sealed else { return Ok(false) };
    let secret = cx.vault.open(SECRET, &sealed)?;
    match rules::matching_step(&secret, &code, cx.now(), totp.last_step) {
        Some(step) => Ok(store::take_step(tx, id, step).await?),
        None => Ok(false),
    }
}

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
async fn write_set(tx: &mut Tx, cx: &Cx, id: AccountId) -> Result<Vec<String>, Error> {
    let codes: Vec<String> = (0..CODES).map(|_| fresh_code(cx.rng.as_ref())).collect();
    let hashes = codes.iter().map(|code| hash_of(cx, id, code)).collect();
    store::replace_codes(tx, id, hashes).await?;
    Ok(codes)
}

/// `abcde-fghjk`.
fn fresh_code(rng: &dyn Rng) -> String {
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
fn hash_of(cx: &Cx, id: AccountId, typed: &str) -> Vec<u8> {
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
    if !store::take_code(tx, account.id, &hash_of(cx, account.id, typed)).await? {
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

/// Takes all second factors away, in the caller's transaction: for a recovery that proved who it is in another way.
#[allow(dead_code, reason = "the room that recovers lost factors calls it")]
pub(crate) async fn remove_all(tx: &mut Tx, id: AccountId) -> Result<(), Error> {
    store::delete_totp(tx, id).await?;
    store::delete_codes(tx, id).await?;
    device::forget_all(tx, id).await?;
    Ok(())
}

/// Forgets secrets that were offered and never confirmed.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_waiting(tx, now.minus(WAITING)).await?)
}
