//! A lost second factor: asked for by whoever knows the first, agreed to by two members of staff, announced at every step,
//! stopped by its owner at any moment, and used only once a day has passed. A forgotten password: a code to a verified address,
//! then a new one; second factors stay and are asked for at the next sign-in (ASVS 6.4.3), and unknown accounts get the same
//! answers after the same work.

use audit::Entry;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Duration, Page, PageRequest, Permission, Position, Timestamp};
use serde_json::{Value, json};

use crate::Error;
use crate::account::{self, StoredAccount, check_reason, require, subject};
use crate::code::{self, Purpose, Taken};
use crate::device;
use crate::factor;
use crate::notice::{self, Notice};
use crate::passkey;
use crate::password::{BESIDE, Hasher, check_password};
use crate::session::{self, SignedIn, Stage};
use crate::signin::{self, Arrival, AskCode, Method, Tried};
use crate::throttle;
use crate::token::{Token, hash_of};

use super::model::{
    LASTS, RecoveryId, RecoveryState, RecoveryView, ResetPassword, StoredRecovery, WAITING_TIME,
};
use super::store;

const REASON: &str = "identity.recovery.reason";
pub(crate) const SEALED: &[vault::SealedColumn] =
    &[vault::SealedColumn::new("recovery", "reason_sealed", REASON)];

/// Asks staff to take the second factors away. Only a session that waits for one may ask; its first factor was right.
pub async fn request(
    cx: &Cx,
    actor: &Actor,
    pending: &SignedIn,
    reason: &str,
) -> Result<RecoveryView, Error> {
    if pending.stage != Stage::SecondFactor {
        return Err(Error::SignInNeeded);
    }
    let reason = check_reason(reason)?;
    let (now, token) = (cx.now(), Token::new(cx.rng.as_ref()));
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, pending.account).await?;
    if !factor::enrolled(&mut tx, account.id).await?.any() {
        return Err(Error::FactorUnfit);
    }
    if store::find_live(&mut tx, account.id).await?.is_some() {
        return Err(Error::RecoveryUnderWay);
    }
    let row = StoredRecovery {
        id: RecoveryId::new(&cx.ids, now),
        account: account.id,
        state: RecoveryState::Waiting,
        reason_sealed: cx.vault.seal_text(cx.rng.as_ref(), REASON, &reason)?,
        first_by: None,
        second_by: None,
        opens_at: now.plus(WAITING_TIME),
        expires_at: now.plus(LASTS),
        created_at: now,
    };
    store::insert_recovery(&mut tx, &row, token.hash())
        .await
        .map_err(|error| if error.is_unique() { Error::RecoveryUnderWay } else { error.into() })?;
    let told = Notice::new(
        "security.recovery_asked",
        ("有人申请解除双重验证", "Somebody asks to remove your second factor"),
        (
            "有人用正确的密码或验证码申请解除您账号的双重验证，最早 24 小时后生效。不是本人操作时，立即打开本消息中的链接阻止。",
            "Somebody who knows your password or code asked to remove the second factor of your account. It takes effect in 24 hours at the earliest. If it was not you, open the link in this message to stop it.",
        ),
    )
    .linked(&format!("/recover/stop/{}", token.expose()));
    notice::tell(&mut tx, cx, &account, told).await?;
    audit::record(&mut tx, cx, actor, about(&row, "recovery.request", Value::Null)).await?;
    tx.commit().await?;
    view(cx, row)
}

/// The request of a session that waits for a second factor, if there is one.
pub async fn of_pending(cx: &Cx, pending: &SignedIn) -> Result<Option<RecoveryView>, Error> {
    let found = store::find_live(&mut cx.read().await?, pending.account).await?;
    found.map(|row| view(cx, row)).transpose()
}

/// Stops a request by the link in the message about it.
pub async fn stop(cx: &Cx, actor: &Actor, token: &str) -> Result<(), Error> {
    let hash = hash_of(token).ok_or(Error::LinkInvalid)?;
    let mut tx = cx.begin().await?;
    let row = store::find_by_stop(&mut tx, hash).await?.ok_or(Error::LinkInvalid)?;
    end(&mut tx, cx, actor, &row, (RecoveryState::Stopped, "recovery.stop", None)).await?;
    // Whoever asked knows the first factor: nothing it opened stays open.
    session::end_others_of(&mut tx, row.account, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Every request, newest first.
pub async fn list(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<RecoveryView>, Error> {
    require(actor, Permission::RestoreAccount)?;
    let rows = store::list_recoveries(&mut cx.read().await?, &page).await?;
    let views = rows.into_iter().map(|row| view(cx, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(views, &page, |view| Position { key: view.id.0, id: view.id.0 }))
}

/// Agrees to a request, after asking the person by another way who they are. Two different members of staff have to, neither of them
/// the owner.
pub async fn approve(cx: &Cx, actor: &Actor, id: RecoveryId, reason: &str) -> Result<RecoveryState, Error> {
    let (by, reason) = decider(cx, actor, reason)?;
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let row = decidable(&mut tx, id, by, now).await?;
    let state = if store::agree_first(&mut tx, id, by, now).await? {
        RecoveryState::Waiting
    } else if store::agree_second(&mut tx, id, by, now).await? {
        RecoveryState::Approved
    } else {
        return Err(Error::SecondPersonNeeded);
    };
    if state == RecoveryState::Approved {
        let told = Notice::new(
            "security.recovery_approved",
            ("双重验证即将解除", "Your second factor will be removed"),
            (
                "解除双重验证的申请已通过核实，等待时间过后即可使用。不是本人操作时，立即冻结账号。",
                "The request to remove your second factor was approved and can be used after the waiting time. If it was not you, freeze the account at once.",
            ),
        );
        let account = owner(&mut tx, row.account).await?;
        notice::tell(&mut tx, cx, &account, told).await?;
    }
    let entry = Entry { reason: Some(&reason), ..about(&row, "recovery.approve", json!({ "state": state })) };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(state)
}

/// Refuses a request.
pub async fn refuse(cx: &Cx, actor: &Actor, id: RecoveryId, reason: &str) -> Result<(), Error> {
    let (by, reason) = decider(cx, actor, reason)?;
    let mut tx = cx.begin().await?;
    let row = decidable(&mut tx, id, by, cx.now()).await?;
    end(&mut tx, cx, actor, &row, (RecoveryState::Refused, "recovery.refuse", Some(&reason))).await?;
    tx.commit().await?;
    Ok(())
}

fn decider(cx: &Cx, actor: &Actor, reason: &str) -> Result<(AccountId, String), Error> {
    require(actor, Permission::RestoreAccount)?;
    let by = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    Ok((by, check_reason(reason)?))
}

async fn decidable(
    tx: &mut Tx,
    id: RecoveryId,
    by: AccountId,
    now: Timestamp,
) -> Result<StoredRecovery, Error> {
    let row = store::lock_recovery(tx, id).await?.ok_or(Error::NotFound)?;
    if row.account == by {
        return Err(Error::OwnAccount);
    }
    let open = row.state == RecoveryState::Waiting && now < row.expires_at;
    if open { Ok(row) } else { Err(Error::WrongState) }
}

/// Uses an approved request: every second factor and every remembered device goes, and so does every session. Then the first factor
/// opens the account again; a role that demands a second one asks to set one up.
pub async fn complete(cx: &Cx, actor: &Actor, pending: &SignedIn) -> Result<(), Error> {
    if pending.stage != Stage::SecondFactor {
        return Err(Error::SignInNeeded);
    }
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, pending.account).await?;
    let row = store::find_live(&mut tx, account.id).await?.ok_or(Error::WrongState)?;
    if row.state != RecoveryState::Approved || now >= row.expires_at {
        return Err(Error::WrongState);
    }
    if now < row.opens_at {
        return Err(Error::RecoveryWaits);
    }
    factor::remove_all(&mut tx, account.id).await?;
    passkey::remove_all(&mut tx, account.id).await?;
    session::end_others_of(&mut tx, account.id, None).await?;
    end(&mut tx, cx, actor, &row, (RecoveryState::Done, "recovery.complete", None)).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a request, tells the owner, and writes it down.
async fn end(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    row: &StoredRecovery,
    (state, verb, reason): (RecoveryState, &'static str, Option<&str>),
) -> Result<(), Error> {
    if !store::finish(tx, row.id, state, cx.now()).await? {
        return Err(Error::WrongState);
    }
    let account = owner(tx, row.account).await?;
    let (zh, en) = match state {
        RecoveryState::Done => (
            "您账号的双重验证已解除，所有设备都已退出登录。请重新登录并设置新的双重验证。",
            "The second factor of your account is removed and every device is signed out. Sign in and set up a new one.",
        ),
        RecoveryState::Stopped => (
            "解除双重验证的申请已被阻止，所有设备都已退出登录。建议修改密码。",
            "The request to remove your second factor was stopped and every device is signed out. We suggest a new password.",
        ),
        _ => ("解除双重验证的申请未通过核实。", "The request to remove your second factor was refused."),
    };
    let told =
        Notice::new("security.recovery_ended", ("双重验证申请有结果", "About your second factor"), (zh, en));
    notice::tell(tx, cx, &account, told).await?;
    let entry = Entry { reason, ..about(row, verb, Value::Null) };
    audit::record(tx, cx, actor, entry).await?;
    Ok(())
}

async fn owner(tx: &mut Tx, id: AccountId) -> Result<StoredAccount, Error> {
    account::find_account(tx, id).await?.ok_or(Error::NotFound)
}

fn about<'a>(row: &StoredRecovery, verb: &'static str, detail: Value) -> Entry<'a> {
    let customer = Some(row.account);
    Entry { verb, object_kind: "recovery", object: row.id.0, customer, detail, reason: None }
}

fn view(cx: &Cx, row: StoredRecovery) -> Result<RecoveryView, Error> {
    Ok(RecoveryView {
        id: row.id,
        account: row.account,
        state: row.state,
        reason: cx.vault.open_text(REASON, &row.reason_sealed)?,
        first_by: row.first_by,
        second_by: row.second_by,
        opens_at: row.opens_at,
        expires_at: row.expires_at,
        created_at: row.created_at,
    })
}

/// Asks for a code to a phone number or an e-mail address, as typed. It is sent if that is the verified address of an account.
pub async fn ask_reset(cx: &Cx, actor: &Actor, contact: &str) -> Result<AskCode, Error> {
    signin::ask(cx, actor, contact, Purpose::Reset).await
}

/// Sets a new password. Every session ends, and the owner is told on every address.
pub async fn reset_password(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    input: ResetPassword,
    arrival: &Arrival,
) -> Result<(), Error> {
    let digits = code::parse(&input.code)?;
    let typed = vec![input.contact.trim().to_owned()];
    // What nobody may have; how long it has to be here is told to whoever has the code.
    let new = check_password(&input.password, &typed, BESIDE)
        .map_err(|error| Error::Invalid { fields: vec![error] })?;
    let tried = Tried::claim(cx, actor, &input.contact).await?;
    // Hashed before anybody looks whether there is an account, so that both answers take as long.
    let hash = hasher.hash(cx.rng.as_ref(), &new).await?;
    let found = tried.account(cx).await?;
    // No account has the number 0: the same statements run, and find nothing.
    let id = found.as_ref().map_or(AccountId(0), |account| account.id);
    let mut tx = cx.begin().await?;
    let taken = match &tried.contact {
        Some(contact) => code::take(&mut tx, cx, id, Purpose::Reset, contact, &digits).await?,
        None => Taken::Gone,
    };
    if !taken.is_right() || found.is_none() {
        tx.commit().await?;
        signin::note_failure(cx, actor, (found.as_ref(), &tried), Method::Code, &arrival.device).await?;
        let wait = tried.claimed.wait;
        return Err(if wait > Duration::ZERO { Error::too_many(wait) } else { Error::SignInCodeWrong });
    }
    let account = account::require_active(&mut tx, id).await?;
    let least = hasher.least_beside(factor::enrolled(&mut tx, id).await?);
    check_password(&new, &account::personal(cx, &account)?, least)
        .map_err(|error| Error::Invalid { fields: vec![error] })?;
    throttle::forget(&mut tx, cx, tried.keys).await?;
    account::update_password(&mut tx, id, &hash, cx.now()).await?;
    let ended = session::end_others_of(&mut tx, id, None).await?;
    device::forget_all(&mut tx, id).await?;
    let told = Notice::new(
        "security.password_reset",
        ("密码已重设", "Your password was reset"),
        (
            "您账号的密码刚通过验证码重设，所有设备都已退出登录。不是本人操作时，立即冻结账号或联系客服。",
            "The password of your account was just reset with a code, and every device is signed out. If it was not you, freeze the account or contact support at once.",
        ),
    );
    notice::tell(&mut tx, cx, &account, told).await?;
    let detail = json!({ "sessions_ended": ended });
    audit::record(&mut tx, cx, actor, subject(&account, "password.reset", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends what nobody used in time.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::expire(tx, now).await?)
}
