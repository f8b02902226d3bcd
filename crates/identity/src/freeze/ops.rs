//! Freezing, unfreezing and closing. Freezing is one step for the owner and for staff; the way back is longer: staff with the
//! permission and a reason, or the owner with two factors and a code to a verified address.

use durable::Cx;
use kernel::{AccountId, Actor, Permission, Timestamp, hex};
use risk::engine::Alarmed;
use serde_json::json;

use crate::Error;
use crate::account::{self, AccountState, StateCommand, StoredAccount, check_reason, on, require, subject};
use crate::code::{self, Purpose};
use crate::factor;
use crate::notice::{self, Notice};
use crate::password::Hasher;
use crate::proof::{self, Proof};
use crate::session;
use crate::signin::{self, Method, Ways, Whose};
use crate::throttle::{self, Key, Scope};

use super::model::Unfreezing;
use super::rules;

const TICKET: &str = "identity.unfreeze.ticket";
/// Letters; a real one has fewer than half of it. Nobody reads what is longer.
const TICKET_LONGEST: usize = 2_048;

/// Freezes, unfreezes or closes an account, with a reason. Staff may do it to others as far as their permissions go, customers
/// may freeze or close their own. Its sessions end, and its owner is told.
pub async fn change_state(
    cx: &Cx,
    actor: &Actor,
    id: AccountId,
    command: StateCommand,
    reason: &str,
) -> Result<AccountState, Error> {
    let reason = check_reason(reason)?;
    let mut tx = cx.begin().await?;
    let found = account::lock_account(&mut tx, id).await?;
    let own = actor.account() == Some(id);
    match &found {
        Some(account) if own && account.is_staff() => return Err(Error::OwnAccount),
        Some(_) if own && command != StateCommand::Unfreeze => {}
        _ => require(actor, permission_for(command))?,
    }
    let account = found.ok_or(Error::NotFound)?;
    let state = on(account.state, command).ok_or(Error::WrongState)?;
    account::update_state(&mut tx, id, state, cx.now()).await?;
    account::update_frozen_by_owner(&mut tx, id, own && state == AccountState::Frozen).await?;
    session::end_others_of(&mut tx, id, None).await?;
    notice::tell(&mut tx, cx, &account, told(command)).await?;
    let detail = json!({ "from": account.state, "to": state });
    let entry = audit::Entry { reason: Some(&reason), ..subject(&account, command.verb(), detail) };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(state)
}

const fn permission_for(command: StateCommand) -> Permission {
    match command {
        StateCommand::Freeze => Permission::FreezeAccount,
        StateCommand::Unfreeze => Permission::RestoreAccount,
        StateCommand::Close => Permission::ManageStaff,
    }
}

fn told(command: StateCommand) -> Notice {
    match command {
        StateCommand::Freeze => Notice::new(
            "security.frozen",
            ("账号已冻结", "Your account is frozen"),
            (
                "您的账号已冻结，所有设备都已退出登录，冻结期间不能登录。解冻可在登录页办理，或联系客服。",
                "Your account is frozen and every device is signed out. To unfreeze it go to the sign-in page or contact support.",
            ),
        )
        .linked("/login/unfreeze"),
        StateCommand::Unfreeze => Notice::new(
            "security.unfrozen",
            ("账号已解冻", "Your account works again"),
            (
                "您的账号已解冻，可以重新登录。不是本人操作时，立即联系客服。",
                "Your account is no longer frozen and you can sign in. If it was not you, contact support at once.",
            ),
        ),
        StateCommand::Close => Notice::new(
            "security.closed",
            ("账号已注销", "Your account is closed"),
            (
                "您的账号已注销，不能再登录。不是本人操作时，立即联系客服。",
                "Your account is closed for good. If it was not you, contact support at once.",
            ),
        ),
    }
}

/// Tells whoever seems to have acted what stands out in the account, and leads to the brake. A burst is told a few times, then at longer
/// and longer intervals: who is alarmed is not to be buried.
pub(crate) async fn alarm(cx: &Cx, alarmed: &Alarmed) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let Some(account) = account::lock_account(&mut tx, alarmed.person).await? else { return Ok(()) };
    if account.state != AccountState::Active {
        return Ok(());
    }
    let key = Key::new(cx, Scope::Alarm, &account.id.to_string());
    match throttle::claim_in(&mut tx, cx, vec![key]).await {
        Ok(_) => {}
        Err(Error::TooManyTries { .. }) => return Ok(()),
        Err(error) => return Err(error),
    }
    notice::tell(&mut tx, cx, &account, rules::alarm(alarmed)).await?;
    tx.commit().await?;
    Ok(())
}

/// The owner of a frozen account shows the password; a code goes to a verified address. Counted and answered like signing in.
pub async fn begin_unfreezing(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    contact: &str,
    password: &str,
) -> Result<Unfreezing, Error> {
    let account = signin::check_password(cx, hasher, actor, contact, password).await?;
    let mut tx = cx.begin().await?;
    let account = account::lock_account(&mut tx, account.id).await?.ok_or(Error::NotFound)?;
    let ways = check_frozen(&mut tx, &account).await?;
    let contacts = account::verified_contacts(cx, &account)?;
    let contact = contacts.first().ok_or(Error::FactorUnfit)?;
    let sent = code::send_code(&mut tx, cx, account.id, Purpose::Unfreeze, contact, actor.locale).await?;
    let detail = json!({ "channel": contact.channel().name() });
    audit::record(&mut tx, cx, actor, subject(&account, "account.unfreeze_asked", detail)).await?;
    tx.commit().await?;
    let note = format!("{}\n{}", account.id.0, sent.expires_at.0);
    let sealed = cx.vault.seal_text(cx.rng.as_ref(), TICKET, &note)?;
    Ok(Unfreezing { ticket: hex::encode(&sealed), ways, sent })
}

/// Only an account that its owner froze, with a second factor, can be unfrozen by its owner.
async fn check_frozen(tx: &mut db::Tx, account: &StoredAccount) -> Result<Ways, Error> {
    if account.state != AccountState::Frozen {
        return Err(Error::WrongState);
    }
    let enrolled = factor::enrolled(tx, account.id).await?;
    if !enrolled.any() || !account::is_frozen_by_owner(tx, account.id).await? {
        return Err(Error::UnfreezeByStaff);
    }
    Ok(proof::strong_ways(enrolled))
}

/// The second factor and the code: the account works again.
pub async fn finish_unfreezing(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    ticket: &str,
    (code, shown): (&str, Proof),
) -> Result<(), Error> {
    let code = code::parse(code)?;
    let id = whose(cx, ticket).ok_or(Error::CodeExpired)?;
    if shown.method() == Method::Password || shown.method() == Method::Code {
        return Err(Error::FactorUnfit);
    }
    let method = shown.method();
    take_code(cx, actor, id, method, &code).await?;
    let mut checked = proof::check_frozen(cx, hasher, actor, id, &shown, Purpose::Unfreeze).await?;
    check_frozen(&mut checked.tx, &checked.account).await?;
    let account = checked.account;
    if let Some(wrong) = checked.wrong {
        note_failure(&mut checked.tx, cx, actor, &account, method).await?;
        checked.tx.commit().await?;
        return Err(wrong);
    }
    account::update_state(&mut checked.tx, id, AccountState::Active, cx.now()).await?;
    account::update_frozen_by_owner(&mut checked.tx, id, false).await?;
    notice::tell(&mut checked.tx, cx, &account, told(StateCommand::Unfreeze)).await?;
    let detail = json!({ "from": AccountState::Frozen, "to": AccountState::Active, "method": method });
    audit::record(&mut checked.tx, cx, actor, subject(&account, StateCommand::Unfreeze.verb(), detail))
        .await?;
    checked.tx.commit().await?;
    Ok(())
}

/// The code first: a wrong one costs no recovery code.
async fn take_code(cx: &Cx, actor: &Actor, id: AccountId, method: Method, code: &str) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let account = account::lock_account(&mut tx, id).await?.ok_or(Error::NotFound)?;
    check_frozen(&mut tx, &account).await?;
    let contacts = account::verified_contacts(cx, &account)?;
    let contact = contacts.first().ok_or(Error::FactorUnfit)?;
    let taken = code::take(&mut tx, cx, id, Purpose::Unfreeze, contact, code).await?;
    if !taken.is_right() {
        note_failure(&mut tx, cx, actor, &account, method).await?;
    }
    tx.commit().await?;
    taken.refusal()
}

async fn note_failure(
    tx: &mut db::Tx,
    cx: &Cx,
    actor: &Actor,
    account: &StoredAccount,
    method: Method,
) -> Result<(), Error> {
    signin::note_risk(tx, cx, actor, Whose::Of(account.id)).await?;
    let detail = json!({ "method": method });
    audit::record(tx, cx, actor, subject(account, "account.unfreeze_failed", detail)).await?;
    Ok(())
}

/// Whose ticket it is: of an account that showed its password a short while ago, or of none.
pub fn whose(cx: &Cx, ticket: &str) -> Option<AccountId> {
    let sealed = (ticket.len() <= TICKET_LONGEST).then(|| hex::decode(ticket)).flatten()?;
    let note = cx.vault.open_text(TICKET, &sealed).ok()?;
    let (id, until) = note.split_once('\n')?;
    let until = Timestamp(until.parse().ok()?);
    (cx.now() < until).then(|| id.parse().ok().map(AccountId)).flatten()
}
