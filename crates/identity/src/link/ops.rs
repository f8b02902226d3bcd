//! Listing, adding and removing links.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Timestamp};
use serde_json::json;

use crate::Error;
use crate::account::{self, StoredAccount, subject};
use crate::notice::{self, Notice};
use crate::passkey;

use super::model::{LinkId, LinkView, MOST_LINKS, NewLink, StoredLink};
use super::{rules, store};

/// The actor's own links, oldest first.
pub async fn list(cx: &Cx, actor: &Actor) -> Result<Vec<LinkView>, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let rows = store::list_links(&mut cx.read().await?, account).await?;
    let view = |row: StoredLink| {
        Ok(LinkView {
            id: row.id,
            name: row.name_sealed.map(|sealed| cx.vault.open_text(store::NAME, &sealed)).transpose()?,
            provider: row.provider,
            created_at: row.created_at,
            used_at: row.used_at,
        })
    };
    rows.into_iter().map(view).collect()
}

/// Removes one of the actor's own links, unless it is the last way in. Needs a fresh proof.
pub async fn remove(cx: &Cx, actor: &Actor, id: LinkId) -> Result<(), Error> {
    let own = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, own).await?;
    let links = store::count_links(&mut tx, own).await?;
    let passkeys = passkey::count_of(&mut tx, own).await?;
    let Some(provider) = store::delete_link(&mut tx, id, own).await? else {
        return Err(Error::ThirdPartyLinkNotFound);
    };
    if !rules::has_another_way(&account, passkeys, links) {
        return Err(Error::LastWayIn);
    }
    let title = ("已解除第三方账号", "A third-party account was unlinked");
    let body = (
        "一个第三方账号已不能再登录您的账号。不是本人操作时，尽快修改密码或冻结账号。",
        "A third-party account no longer opens your account. If it was not you, change the password or freeze the account soon.",
    );
    notice::tell(&mut tx, cx, &account, Notice::new("security.link_removed", title, body)).await?;
    let detail = json!({ "provider": provider, "link": id });
    audit::record(&mut tx, cx, actor, subject(&account, "link.remove", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// Which account an identity opens, by the index it is known by or was known by.
pub(crate) async fn find(
    tx: &mut Tx,
    index: &[u8],
    former: Option<&[u8]>,
) -> Result<Option<(LinkId, AccountId)>, Error> {
    let found = match (store::find_link(tx, index).await?, former) {
        (None, Some(former)) => store::find_link(tx, former).await?,
        (found, _) => found,
    };
    Ok(found.map(|link| (link.id, link.account)))
}

/// Links an identity to an account, in the caller's transaction, and tells the owner. The caller audits it last.
pub(crate) async fn add(
    tx: &mut Tx,
    cx: &Cx,
    account: &StoredAccount,
    new: NewLink<'_>,
) -> Result<LinkId, Error> {
    if store::count_links(tx, account.id).await? >= MOST_LINKS {
        return Err(Error::TooManyLinks);
    }
    let now = cx.now();
    let seal = |name: &str| cx.vault.seal_text(cx.rng.as_ref(), store::NAME, name);
    let link = StoredLink {
        id: LinkId::new(&cx.ids, now),
        account: new.account,
        provider: new.provider.to_owned(),
        name_sealed: new.name.map(seal).transpose()?,
        created_at: now,
        used_at: None,
    };
    store::insert_link(tx, &link, new.subject_index)
        .await
        .map_err(|error| if error.is_unique() { Error::LinkTaken } else { error.into() })?;
    let title = ("已关联第三方账号", "A third-party account was linked");
    let body = (
        "一个第三方账号现在可以登录您的账号。不是本人操作时，在“登录与安全”中解除并修改密码。",
        "A third-party account now opens your account. If it was not you, unlink it under Sign-in and security and change the password.",
    );
    notice::tell(tx, cx, account, Notice::new("security.link_added", title, body)).await?;
    Ok(link.id)
}

/// Notes that a link was used, in the caller's transaction.
pub(crate) async fn note_use(tx: &mut Tx, id: LinkId, index: &[u8], now: Timestamp) -> Result<(), Error> {
    Ok(store::update_used(tx, id, index, now).await?)
}

/// Gives all links of one account to another; how many.
pub(crate) async fn move_all(tx: &mut Tx, from: AccountId, to: AccountId) -> Result<u64, Error> {
    Ok(store::move_links(tx, from, to).await?)
}

/// How many identities open an account.
pub(crate) async fn count_of(tx: &mut Tx, account: AccountId) -> Result<i64, Error> {
    Ok(store::count_links(tx, account).await?)
}
