//! Starting a form, keeping what was typed, finding it again on another device.

use catalogue::service::ServiceVersion;
use durable::Cx;
use kernel::{AccountId, Actor, Duration, Permission, hex};
use serde_json::{Map, Value};

use super::{Draft, DraftId, store};
use crate::Error;
use crate::order;
use crate::quote::QuoteId;

/// Older drafts are no longer offered to go on with.
const OFFERED_FOR: Duration = Duration::from_days(14);

/// What a step of the form brings.
#[derive(Debug, Clone)]
pub struct Change {
    /// The revision the page was made from; an older one is a conflict (another device).
    pub revision: i64,
    pub offering: Option<String>,
    pub quantity: Option<i64>,
    /// Answers typed on this page; they replace those of the same name.
    pub answers: Map<String, Value>,
    /// Names of the page's fields that were left empty.
    pub emptied: Vec<String>,
}

/// Begins a form with what is already known of the customer (U2).
pub async fn start(
    cx: &Cx,
    actor: &Actor,
    version: &ServiceVersion,
    offering: &str,
    quantity: i64,
) -> Result<Draft, Error> {
    let customer = customer(actor)?;
    let now = cx.now();
    let mut nonce = [0; 16];
    cx.rng.fill(&mut nonce);
    let draft = Draft {
        id: DraftId::new(&cx.ids, now),
        customer,
        service: version.code.clone(),
        service_version: version.version,
        offering: offering.to_owned(),
        quantity,
        answers: Value::Object(remembered(cx, customer, version).await?),
        quote: None,
        idem: hex::encode(&nonce),
        revision: 1,
        order: None,
        created_at: now,
        updated_at: now,
    };
    let mut tx = cx.begin().await?;
    store::insert(&mut tx, cx, &draft).await?;
    tx.commit().await?;
    Ok(draft)
}

/// A draft of the actor's own.
pub async fn get(cx: &Cx, actor: &Actor, id: DraftId) -> Result<Draft, Error> {
    let customer = customer(actor)?;
    let draft = store::find(&mut cx.read().await?, cx, id).await?;
    draft.filter(|draft| draft.customer == customer).ok_or(Error::NotFound)
}

/// Forms begun and not sent yet, the latest first.
pub async fn list(cx: &Cx, actor: &Actor) -> Result<Vec<Draft>, Error> {
    let since = cx.now().minus(OFFERED_FOR);
    Ok(store::of_customer(&mut cx.read().await?, cx, customer(actor)?, since).await?)
}

/// Keeps what a page brought, right or wrong: nothing typed is lost. A changed answer makes an enquiry's quote void.
pub async fn save(cx: &Cx, actor: &Actor, id: DraftId, change: Change) -> Result<Draft, Error> {
    let mut draft = get(cx, actor, id).await?;
    if let Some(order) = draft.order {
        return Err(Error::CartOrdered { order });
    }
    if draft.revision != change.revision {
        return Err(Error::DraftChanged);
    }
    let before = draft.answers.clone();
    let mut answers = match draft.answers {
        Value::Object(answers) => answers,
        _ => Map::new(),
    };
    for name in &change.emptied {
        answers.remove(name);
    }
    answers.extend(change.answers);
    draft.answers = Value::Object(answers);
    draft.offering = change.offering.unwrap_or(draft.offering);
    draft.quantity = change.quantity.unwrap_or(draft.quantity);
    if draft.answers != before {
        draft.quote = None;
    }
    write(cx, draft).await
}

/// Forgets a draft and everything typed into it. One that became an order stays, and says which.
pub async fn discard(cx: &Cx, actor: &Actor, id: DraftId) -> Result<(), Error> {
    let draft = get(cx, actor, id).await?;
    let mut tx = cx.begin().await?;
    if store::delete(&mut tx, id, draft.customer).await? {
        return Ok(tx.commit().await?);
    }
    let now = store::find(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    Err(now.order.map_or(Error::Stale, |order| Error::CartOrdered { order }))
}

/// Keeps the enquiry's quote with the draft.
pub async fn set_quote(cx: &Cx, actor: &Actor, id: DraftId, quote: QuoteId) -> Result<Draft, Error> {
    let draft = get(cx, actor, id).await?;
    write(cx, Draft { quote: Some(quote), ..draft }).await
}

async fn write(cx: &Cx, mut draft: Draft) -> Result<Draft, Error> {
    draft.updated_at = cx.now();
    let mut tx = cx.begin().await?;
    if !store::update(&mut tx, cx, &draft).await? {
        return Err(Error::DraftChanged);
    }
    tx.commit().await?;
    draft.revision = draft.revision.saturating_add(1);
    Ok(draft)
}

fn customer(actor: &Actor) -> Result<AccountId, Error> {
    let account = actor.customer().ok_or(Error::SignInNeeded)?;
    if actor.may(Permission::ActAsCustomer) { Ok(account) } else { Err(Error::Forbidden) }
}

/// Answers of earlier orders under the keys that the form remembers by.
async fn remembered(
    cx: &Cx,
    customer: AccountId,
    version: &ServiceVersion,
) -> Result<Map<String, Value>, Error> {
    let mut known = Map::new();
    let form = &version.service.form;
    if form.fields().iter().all(|field| field.remember.is_none()) {
        return Ok(known);
    }
    for line in order::query::latest_lines(cx, customer).await? {
        for field in form.fields().iter().filter(|field| field.remember.is_some()) {
            // Services use the same field name for the same thing; the key says that it may be reused.
            if let Some(answer) = line.answers.get(&field.name).filter(|_| !known.contains_key(&field.name)) {
                known.insert(field.name.clone(), answer.clone());
            }
        }
    }
    Ok(known)
}
