//! A forgotten password: a code to a verified address, then a new one. Second factors stay and are asked for at the next sign-in
//! (ASVS 6.4.3). Unknown accounts get the same answers after the same work.

use durable::Cx;
use kernel::{AccountId, Actor, Duration};
use serde_json::json;

use crate::Error;
use crate::account::{self, subject};
use crate::code::{self, Purpose, Taken};
use crate::device;
use crate::factor;
use crate::notice::{self, Notice};
use crate::password::{BESIDE, Hasher, check_password};
use crate::session;
use crate::signin::{self, Arrival, AskCode, Method, Tried};
use crate::throttle;

use super::model::ResetPassword;

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
