//! Another phone number or e-mail address (W8): a code goes to the new one, the old one is told and can undo it for a day.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Duration, Timestamp};
use risk::engine::journal_many;
use risk::{Guard, Outcome, Point};
use serde_json::json;

use crate::account::{
    self, AccountState, Contact, StoredAccount, open_email, open_phone, parse_contact, require_active,
    subject,
};
use crate::code::{self, CodeSent};
use crate::notice::{self, Notice};
use crate::token::{Token, hash_of};
use crate::{Error, device, judged, session};

use super::model::{ContactChange, ContactKind};
use super::store;

const NEW: &str = "identity.contact_change.new";
const OLD: &str = "identity.contact_change.old";
/// How long the old address can undo it.
const UNDO: Duration = Duration::from_hours(24);

pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("contact_change", "new_sealed", NEW),
    vault::SealedColumn::new("contact_change", "old_sealed", OLD),
];

/// Asks to change the actor's address to this one, as typed: sends it a code. Whether another account has it is told only to
/// whoever enters that code. What the risk engine holds up sends nothing: a person looks, and tells.
pub async fn ask(cx: &Cx, guard: &Guard, actor: &Actor, contact: &str) -> Result<CodeSent, Error> {
    let id = require_proof(cx, actor)?;
    let contact = parse_contact(contact).map_err(|error| Error::Invalid { fields: vec![error] })?;
    let kind = ContactKind::of(&contact);
    let account = require_active(&mut cx.begin().await?, id).await?;
    another(cx, &account, kind, &contact)?;
    let act = judged::about_contact(cx, guard, Point::ContactChange, id, &contact);
    let judged = judged::pass(cx, guard, actor, act).await?;
    let mut tx = cx.begin().await?;
    let account = require_active(&mut tx, id).await?;
    another(cx, &account, kind, &contact)?;
    journal_many(&mut tx, cx, &[(judged, id.raw())]).await.map_err(Error::bug)?;
    let now = cx.now();
    let change = ContactChange {
        id: cx.id(),
        account: id,
        kind: kind.name().to_owned(),
        new_sealed: cx.vault.seal_text(cx.rng.as_ref(), NEW, contact.as_str())?,
        old_sealed: None,
    };
    store::replace_change(&mut tx, &change, now, now.plus(code::VALID)).await?;
    let sent = code::send_code(&mut tx, cx, id, kind.purpose(), &contact, actor.locale).await?;
    let detail = json!({ "kind": kind.name() });
    audit::record(&mut tx, cx, actor, subject(&account, "contact.ask", detail)).await?;
    tx.commit().await?;
    Ok(sent)
}

/// What somebody has already is nothing to change to.
fn another(cx: &Cx, account: &StoredAccount, kind: ContactKind, contact: &Contact) -> Result<(), Error> {
    if current(cx, account, kind)?.as_ref() != Some(contact) {
        return Ok(());
    }
    let (zh, en) = ("这就是您现在用的，填写新的", "This is the one you have. Enter a new one");
    Err(Error::field("/contact", "identity.contact_same", zh, en))
}

/// The review of a change has ended: its owner learns whether the same asked again goes through, and never why.
pub(crate) async fn review_ended(cx: &Cx, id: AccountId, outcome: Outcome) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let Some(account) = account::lock_account(&mut tx, id).await? else { return Ok(()) };
    let notice = if outcome.is_open() {
        Notice::new(
            "security.contact_reviewed",
            ("更换联系方式已核对", "Your change of contact was checked"),
            (
                "您要换的联系方式已核对通过，一天内再提交一次即可。不是本人操作时，立即冻结账号。",
                "The contact you asked for was checked. Send it again within a day. If it was not you, freeze the account at once.",
            ),
        )
    } else {
        Notice::new(
            "security.contact_kept",
            ("联系方式没有更换", "Your contact stays as it is"),
            (
                "更换联系方式没有通过核对，原来的继续有效。不是本人操作时，立即冻结账号；有疑问可联系客服。",
                "The change of your contact was not accepted and the old one stays. If it was not you, freeze the account at once; otherwise contact support.",
            ),
        )
    };
    notice::tell(&mut tx, cx, &account, notice).await?;
    tx.commit().await?;
    Ok(())
}

/// Where a code for a change went, masked; `None` when nothing waits for one.
pub async fn waiting(cx: &Cx, actor: &Actor, kind: ContactKind) -> Result<Option<String>, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let found = store::find_change(&mut cx.read().await?, id, kind.name(), cx.now()).await?;
    let masked = |change: ContactChange| {
        let text = cx.vault.open_text(NEW, &change.new_sealed)?;
        Ok(kind.read(text).masked())
    };
    found.map(masked).transpose()
}

/// Takes the code from the new address: it becomes the account's, verified.
pub async fn confirm(cx: &Cx, actor: &Actor, kind: ContactKind, typed: &str) -> Result<(), Error> {
    let id = require_proof(cx, actor)?;
    let typed = code::parse(typed)?;
    let mut tx = cx.begin().await?;
    let account = require_active(&mut tx, id).await?;
    let change = store::find_change(&mut tx, id, kind.name(), cx.now()).await?.ok_or(Error::CodeExpired)?;
    let new = kind.read(cx.vault.open_text(NEW, &change.new_sealed)?);
    let taken = code::take(&mut tx, cx, id, kind.purpose(), &new, &typed).await?;
    if !taken.is_right() {
        let detail = json!({ "kind": kind.name() });
        audit::record(&mut tx, cx, actor, subject(&account, "contact.change_failed", detail)).await?;
        tx.commit().await?;
        return taken.refusal();
    }
    let old = current(cx, &account, kind)?;
    replace(&mut tx, cx, id, &new).await?;
    let undo = Token::new(cx.rng.as_ref());
    let old_sealed =
        old.as_ref().map(|old| cx.vault.seal_text(cx.rng.as_ref(), OLD, old.as_str())).transpose()?;
    let until = cx.now().plus(UNDO);
    store::finish_change(&mut tx, change.id, old_sealed, old.is_some().then(|| undo.hash()), until).await?;
    if let Some(old) = &old {
        let link = format!("/undo/{}", undo.expose());
        notice::tell_at(&mut tx, cx, &account, &changed(kind).linked(&link), old).await?;
    }
    let account = account::lock_account(&mut tx, id).await?.ok_or(Error::NotFound)?;
    notice::tell(&mut tx, cx, &account, changed(kind)).await?;
    let detail = json!({ "kind": kind.name() });
    audit::record(&mut tx, cx, actor, subject(&account, "contact.change", detail)).await?;
    tx.commit().await?;
    Ok(())
}

fn changed(kind: ContactKind) -> Notice {
    match kind {
        ContactKind::Phone => Notice::new(
            "security.phone_changed",
            ("手机号已更换", "Your phone number was changed"),
            (
                "您账号的手机号刚被更换。不是本人操作时，24 小时内可用发到原手机号的链接撤销。",
                "The phone number of your account was just changed. If it was not you, undo it within 24 hours with the link sent to the old number.",
            ),
        ),
        ContactKind::Email => Notice::new(
            "security.email_changed",
            ("邮箱已更换", "Your e-mail address was changed"),
            (
                "您账号的邮箱刚被更换。不是本人操作时，24 小时内可用发到原邮箱的链接撤销。",
                "The e-mail address of your account was just changed. If it was not you, undo it within 24 hours with the link sent to the old address.",
            ),
        ),
    }
}

/// What an undo link is about, without using it up.
pub async fn look_at_undo(cx: &Cx, token: &str) -> Result<ContactKind, Error> {
    let hash = hash_of(token).ok_or(Error::UndoInvalid)?;
    let found = store::find_undo(&mut cx.read().await?, hash, cx.now()).await?.ok_or(Error::UndoInvalid)?;
    ContactKind::from_name(&found.kind).ok_or(Error::UndoInvalid)
}

/// Puts the old address back and ends every session: whoever has the link owns the old address. Works once, for a day, also
/// for a frozen account.
pub async fn undo(cx: &Cx, actor: &Actor, token: &str) -> Result<(), Error> {
    let hash = hash_of(token).ok_or(Error::UndoInvalid)?;
    let mut tx = cx.begin().await?;
    let found = store::find_undo(&mut tx, hash, cx.now()).await?.ok_or(Error::UndoInvalid)?;
    let account = account::lock_account(&mut tx, found.account).await?.ok_or(Error::UndoInvalid)?;
    if account.state == AccountState::Closed || !store::undo_change(&mut tx, found.id).await? {
        return Err(Error::UndoInvalid);
    }
    let kind = ContactKind::from_name(&found.kind).ok_or(Error::UndoInvalid)?;
    let sealed = found.old_sealed.ok_or(Error::UndoInvalid)?;
    replace(&mut tx, cx, account.id, &kind.read(cx.vault.open_text(OLD, &sealed)?)).await?;
    let ended = session::end_others_of(&mut tx, account.id, None).await?;
    device::forget_all(&mut tx, account.id).await?;
    let account = account::lock_account(&mut tx, account.id).await?.ok_or(Error::NotFound)?;
    let undone = Notice::new(
        "security.contact_restored",
        ("已恢复原来的联系方式", "Your old contact is back"),
        (
            "更换已撤销，所有设备都已退出登录。请尽快修改密码。",
            "The change was undone and every device is signed out. Change your password soon.",
        ),
    );
    notice::tell(&mut tx, cx, &account, undone).await?;
    let detail = json!({ "kind": kind.name(), "sessions_ended": ended });
    audit::record(&mut tx, cx, actor, subject(&account, "contact.undo", detail)).await?;
    tx.commit().await?;
    Ok(())
}

async fn replace(tx: &mut Tx, cx: &Cx, id: AccountId, contact: &Contact) -> Result<(), Error> {
    let sealed = account::seal_contact(cx, contact, Some(cx.now()))?;
    account::update_contact(tx, id, contact, &sealed, cx.now())
        .await
        .map_err(|error| if error.is_unique() { Error::AlreadyRegistered } else { error.into() })
}

fn current(cx: &Cx, account: &StoredAccount, kind: ContactKind) -> Result<Option<Contact>, Error> {
    Ok(match kind {
        ContactKind::Phone => {
            let phone = account.phone.as_ref().map(|phone| open_phone(cx, &phone.sealed)).transpose()?;
            phone.map(Contact::Phone)
        }
        ContactKind::Email => {
            let email = account.email.as_ref().map(|email| open_email(cx, &email.sealed)).transpose()?;
            email.map(Contact::Email)
        }
    })
}

fn require_proof(cx: &Cx, actor: &Actor) -> Result<AccountId, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if actor.has_fresh_proof(cx.now()) { Ok(id) } else { Err(Error::ProofNeeded) }
}

/// Forgets changes that nobody can confirm or undo any more.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_old_changes(tx, now).await?)
}
