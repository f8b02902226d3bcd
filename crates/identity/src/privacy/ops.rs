//! Agreeing and taking back; a copy of what is known; and the end of an account.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Locale, PageRequest};
use serde_json::{Value, json};

use crate::Error;
use crate::account::{self, check_reason, subject};
use crate::merge::Obstacle;
use crate::notice::{self, Notice};
use crate::standing::Standing;
use crate::{client, device, organisation, real_name, session};

use super::model::{ACCOUNT_ERASED, AccountErased, ConsentId, ConsentPurpose, ConsentView};
use super::store;

/// Agrees to a purpose. Doing it again changes nothing.
pub async fn give_consent(cx: &Cx, actor: &Actor, purpose: ConsentPurpose) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    if note_consent(&mut tx, cx, id, purpose).await? > 0 {
        let detail = json!({ "purpose": purpose, "version": purpose.version() });
        audit::record(&mut tx, cx, actor, subject(&account, "consent.give", detail)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The same in the caller's transaction, for an account that is just being made.
pub(crate) async fn note_consent(
    tx: &mut Tx,
    cx: &Cx,
    id: AccountId,
    purpose: ConsentPurpose,
) -> Result<u64, Error> {
    Ok(store::give(tx, ConsentId::new(&cx.ids, cx.now()), id, purpose, cx.now()).await?)
}

/// The reverse in the caller's transaction.
pub(crate) async fn note_withdrawal(
    tx: &mut Tx,
    cx: &Cx,
    id: AccountId,
    purpose: ConsentPurpose,
) -> Result<u64, Error> {
    Ok(store::withdraw(tx, id, purpose, cx.now()).await?)
}

/// Takes an agreement back, as easily as it was given (PIPL Art. 15). What was kept for that purpose alone goes with it.
pub async fn withdraw_consent(cx: &Cx, actor: &Actor, purpose: ConsentPurpose) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if !purpose.is_optional() {
        return Err(Error::ConsentNeeded);
    }
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    let mut changed = note_withdrawal(&mut tx, cx, id, purpose).await?;
    if purpose == ConsentPurpose::RealName {
        changed = changed.saturating_add(real_name::erase(&mut tx, cx, id).await?);
    }
    if changed > 0 {
        let detail = json!({ "purpose": purpose });
        audit::record(&mut tx, cx, actor, subject(&account, "consent.withdraw", detail)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What the actor agreed to, newest first.
pub async fn consents(cx: &Cx, actor: &Actor) -> Result<Vec<ConsentView>, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    Ok(store::list(&mut cx.read().await?, id).await?)
}

/// A copy of what identity knows of the actor, for the person (PIPL Art. 45). Secrets are not part of it: they cannot be used
/// elsewhere. The act is audited; it needs a fresh proof (W8).
pub async fn export(cx: &Cx, actor: &Actor) -> Result<Value, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let profile = account::profile(cx, actor).await?;
    let devices = device::list_devices(cx, actor).await?;
    let logins = device::list_logins(cx, actor, PageRequest::new(None, PageRequest::MAX)).await?;
    let belongings = organisation::belongings(cx, actor).await?;
    let clients = client::list(cx, actor).await?;
    let body = json!({
        "account": {
            "id": id, "name": profile.name, "phone": profile.phone, "phone_verified": profile.phone_verified,
            "email": profile.email, "email_verified": profile.email_verified, "roles": profile.roles,
            "preferences": profile.preferences, "created_at": profile.created_at,
        },
        "devices": devices.iter().map(|one| json!({ "device": one.device, "seen_at": one.seen_at })).collect::<Vec<_>>(),
        "logins": logins.items.iter().map(|one| json!({ "at": one.at, "device": one.device, "address": one.address })).collect::<Vec<_>>(),
        "organisations": belongings.iter().map(|one| json!({ "name": one.organisation.name, "role": one.role })).collect::<Vec<_>>(),
        "clients": clients.iter().map(|one| json!({ "id": one.id, "name": one.name, "scopes": one.scopes.to_text() })).collect::<Vec<_>>(),
        "consents": consents(cx, actor).await?,
    });
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    audit::record(&mut tx, cx, actor, subject(&account, "account.export", Value::Null)).await?;
    tx.commit().await?;
    Ok(body)
}

/// Closes the actor's account for good and erases the person (PIPL Art. 47). Refused while something is open: orders under way,
/// money on the balance, an organisation that would lose its last owner. Orders and entries of the books stay under their number
/// for as long as the law wants them (E-Commerce Law Art. 31: three years).
pub async fn close_own(cx: &Cx, actor: &Actor, standing: &dyn Standing, reason: &str) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let reason = check_reason(reason)?;
    let belongings = organisation::belongings(cx, actor).await?;
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    if account.is_staff() {
        return Err(Error::OwnAccount);
    }
    let mut obstacles = standing.unfinished(&mut tx, id).await.map_err(Error::bug)?;
    if belongings.iter().any(|one| one.role == kernel::Role::ORG_OWNER) {
        obstacles.push(Obstacle::Organisation);
    }
    if let Some(first) = obstacles.first() {
        return Err(Error::AccountInUse { zh: what(*first, Locale::Zh), en: what(*first, Locale::En) });
    }
    let told = Notice::new(
        "security.erased",
        ("账号已注销", "Your account is closed"),
        (
            "您的账号已按您的要求注销，个人信息已删除；依法须保存的订单与账务记录仅以编号保留三年。",
            "Your account is closed as you asked and your personal data is erased. Orders and books stay under their number for three years, as the law wants.",
        ),
    );
    notice::tell(&mut tx, cx, &account, told).await?;
    real_name::erase(&mut tx, cx, id).await?;
    risk::forget(&mut tx, cx, id).await.map_err(Error::bug)?;
    session::end_others_of(&mut tx, id, None).await?;
    store::erase(&mut tx, id, cx.now()).await?;
    durable::emit(&mut tx, cx, ACCOUNT_ERASED, id.0, &AccountErased { account_id: id }).await?;
    let entry = audit::Entry { reason: Some(&reason), ..subject(&account, "account.erase", Value::Null) };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

const fn what(obstacle: Obstacle, locale: Locale) -> &'static str {
    match (obstacle, locale) {
        (Obstacle::Orders, Locale::Zh) => "还有办理中的订单",
        (Obstacle::Orders, Locale::En) => "orders are under way",
        (Obstacle::Money, Locale::Zh) => "余额尚未用完或退回",
        (Obstacle::Money, Locale::En) => "there is money on the balance",
        (Obstacle::Organisation, Locale::Zh) => "您是企业的管理员",
        (Obstacle::Organisation, Locale::En) => "you own an organisation",
    }
}
