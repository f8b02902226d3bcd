//! Keeping the book of titles.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, FieldError, Permission};

use super::model::{NewTitle, Title, TitleId};
use super::{MOST, rules, store};
use crate::Error;

/// The titles of the customer one acts for, newest first.
pub async fn list(cx: &Cx, actor: &Actor) -> Result<Vec<Title>, Error> {
    store::list(&mut cx.read().await?, cx, customer(actor, Permission::ReadOwnBusiness)?).await
}

/// Adds a title. One that is there already is answered as it is.
pub async fn add(cx: &Cx, actor: &Actor, new: &NewTitle) -> Result<Title, Error> {
    let customer = customer(actor, Permission::ActAsCustomer)?;
    let facts = rules::check(new).map_err(|fields| Error::InvalidInput { fields })?;
    let mut tx = cx.begin().await?;
    let known = store::list(&mut tx, cx, customer).await?;
    if let Some(same) = known.iter().find(|title| title.kind == new.kind && title.facts == facts) {
        return Ok(same.clone());
    }
    if known.len() >= MOST {
        let (zh, en) = ("抬头已满 50 个，先删除不用的", "There are 50 titles. Remove one that is not used");
        let fields = vec![FieldError::new("/name", "documents.too_many_titles", zh, en)];
        return Err(Error::InvalidInput { fields });
    }
    let now = cx.now();
    let title = Title { id: TitleId::new(&cx.ids, now), kind: new.kind, facts, created_at: now };
    store::insert(&mut tx, cx, customer, &title).await?;
    audit::record(&mut tx, cx, actor, entry("title.add", title.id, customer)).await?;
    tx.commit().await?;
    Ok(title)
}

/// Removes a title from the book.
pub async fn remove(cx: &Cx, actor: &Actor, id: TitleId) -> Result<(), Error> {
    let customer = customer(actor, Permission::ActAsCustomer)?;
    let mut tx = cx.begin().await?;
    if !store::remove(&mut tx, cx, customer, id).await? {
        return Err(Error::NotFound);
    }
    audit::record(&mut tx, cx, actor, entry("title.remove", id, customer)).await?;
    tx.commit().await?;
    Ok(())
}

/// A title of this customer that was not removed.
pub(crate) async fn own(tx: &mut Tx, cx: &Cx, customer: AccountId, id: TitleId) -> Result<Title, Error> {
    let known = store::list(tx, cx, customer).await?;
    known.into_iter().find(|title| title.id == id).ok_or(Error::NotFound)
}

fn customer(actor: &Actor, needed: Permission) -> Result<AccountId, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    if actor.may(needed) { Ok(customer) } else { Err(Error::Forbidden) }
}

fn entry(verb: &'static str, id: TitleId, customer: AccountId) -> audit::Entry<'static> {
    audit::Entry {
        verb,
        object_kind: "invoice_title",
        object: id.raw(),
        customer: Some(customer),
        detail: serde_json::Value::Null,
        reason: None,
    }
}
