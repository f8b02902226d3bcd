//! Reading files: each list and each file obeys who asks (W2).

use catalogue::service::Shelf;
use durable::Cx;
use kernel::{Actor, Page, PageRequest, Permission, Position};

use super::error::Error;
use super::model::{Batch, BatchId, BatchView, Counts};
use super::{ops, rules, store};

/// Files of the organisation the actor acts for, the newest first, with how their lines stand.
pub async fn list(cx: &Cx, actor: &Actor, page: &PageRequest) -> Result<Page<(Batch, Counts)>, Error> {
    let (party, _) = ops::member(actor, Permission::ReadOwnBusiness)?;
    let mut tx = cx.read().await?;
    let found = store::list(&mut tx, cx, party, page).await?;
    let counts = store::counts(&mut tx, found.iter().map(|batch| batch.id.raw()).collect()).await?;
    let all = found.into_iter().zip(counts).map(|(batch, (_, counts))| (batch, counts)).collect();
    Ok(Page::cut(all, page, |(one, _): &(Batch, Counts)| Position { key: one.id.raw(), id: one.id.raw() }))
}

/// One file with all its lines; another organisation's is not found.
pub async fn view(cx: &Cx, shelf: &Shelf, actor: &Actor, id: BatchId) -> Result<BatchView, Error> {
    let (party, who) = ops::member(actor, Permission::ReadOwnBusiness)?;
    let mut tx = cx.read().await?;
    let found = store::find(&mut tx, cx, id).await?.filter(|batch| batch.party == party);
    let batch = found.ok_or(Error::NotFound)?;
    let entries = store::list_entries(&mut tx, cx, id).await?;
    let counts = store::counts(&mut tx, vec![id.raw()]).await?;
    let columns = match shelf.service(&batch.service) {
        Some(version) => rules::columns(&version, &batch.offering),
        None => Vec::new(),
    };
    let is_maker = batch.maker == who && actor.may(Permission::ActAsCustomer);
    let counts = counts.first().map(|(_, counts)| *counts).unwrap_or_default();
    Ok(BatchView { batch, counts, entries, columns, is_maker })
}
