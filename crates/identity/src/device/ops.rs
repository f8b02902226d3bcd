//! Recognising devices, remembering and forgetting them, and keeping what was tried.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Page, PageRequest, Position, Timestamp};
use serde_json::json;

use crate::Error;
use crate::session::{self, Client, SessionId, SessionKind};
use crate::signin::{Arrival, Remember};
use crate::token::{Token, hash_of};

use super::model::{
    DeviceId, DeviceView, EVENTS_KEPT, Event, FORGOTTEN_AFTER, KnownDevice, LoginId, LoginView, Noted,
    Novelty, REMEMBERED, StoredLogin,
};
use super::store;

const CLIENT: &str = "identity.device.client";
const EVENT: &str = "identity.login_event.client";
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("known_device", "client_sealed", CLIENT),
    vault::SealedColumn::new("login_event", "client_sealed", EVENT),
];
const PROGRAM: &str = "identity.device.program";

/// The account's device this comes from, if it was used before.
pub(crate) async fn recognise(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    arrival: &Arrival,
) -> Result<Option<KnownDevice>, Error> {
    match mark(cx, arrival) {
        Some(mark) => Ok(store::find_device(tx, account, &mark).await?),
        None => Ok(None),
    }
}

/// Whether a second factor was shown on it lately and it was asked to be remembered.
pub(crate) fn is_remembered(device: Option<&KnownDevice>, now: Timestamp) -> bool {
    device.and_then(|device| device.remembered_until).is_some_and(|until| now < until)
}

/// What a device is found by: a browser's token; a program has none and is known by its name.
fn mark(cx: &Cx, arrival: &Arrival) -> Option<Vec<u8>> {
    match arrival.kind {
        SessionKind::Cookie => arrival.device_token.as_deref().and_then(hash_of).map(Vec::from),
        SessionKind::Bearer => Some(cx.vault.keyed(PROGRAM, &arrival.device)),
    }
}

/// Notes that the account was opened on this device, and remembers it where that was wished. A browser that is new to the
/// account, or remembered, gets a new token: one that somebody put there beforehand is worth nothing.
pub(crate) async fn note(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    arrival: &Arrival,
    client: &Client,
    remember: Remember,
) -> Result<Noted, Error> {
    let now = cx.now();
    let known = recognise(tx, cx, account, arrival).await?;
    let old = mark(cx, arrival);
    let sealed = seal(cx, CLIENT, client)?;
    let remember = remember == Remember::ThisDevice && arrival.kind == SessionKind::Cookie;
    let fresh = arrival.kind == SessionKind::Cookie && (known.is_none() || remember);
    let token = fresh.then(|| Token::new(cx.rng.as_ref()));
    let new = token.as_ref().map(|token| token.hash().to_vec());
    if let (Some(old), Some(new)) = (&old, &new) {
        store::update_token(tx, old, new).await?;
    }
    let (id, novelty) = if let Some(device) = known {
        store::update_device(tx, device.id, &sealed, now).await?;
        (device.id, Novelty::Known)
    } else {
        let novelty = if store::has_device(tx, account).await? { Novelty::New } else { Novelty::First };
        let id = DeviceId::new(&cx.ids, now);
        let mark = new.or(old).unwrap_or_default();
        store::insert_device(tx, id, account, &mark, &sealed, now).await?;
        (id, novelty)
    };
    if remember {
        store::update_remembered(tx, id, now.plus(REMEMBERED)).await?;
    }
    Ok(Noted { id, novelty, token })
}

/// The actor's devices, last used first.
pub async fn list_devices(cx: &Cx, actor: &Actor) -> Result<Vec<DeviceView>, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let now = cx.now();
    let rows = store::list_devices(&mut cx.read().await?, account).await?;
    let view = |row: KnownDevice| {
        let client = open(cx, CLIENT, &row.client_sealed)?;
        Ok(DeviceView {
            id: row.id,
            device: client.device,
            address: client.address,
            remembered_until: row.remembered_until.filter(|until| now < *until),
            created_at: row.created_at,
            seen_at: row.seen_at,
        })
    };
    rows.into_iter().map(view).collect()
}

/// Forgets one of the actor's devices and ends what is open on it, but `current`.
pub async fn forget_device(
    cx: &Cx,
    actor: &Actor,
    id: DeviceId,
    current: Option<SessionId>,
) -> Result<(), Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    if store::delete_device(&mut tx, account, id).await? == 0 {
        return Err(Error::DeviceNotFound);
    }
    let ended = session::end_of_device(&mut tx, account, id, current).await?;
    let detail = json!({ "device": id, "sessions_ended": ended });
    session::note_act(&mut tx, cx, actor, account, "device.forget", detail).await?;
    tx.commit().await?;
    Ok(())
}

/// No device of the account spares a second factor any more, in the caller's transaction.
pub(crate) async fn forget_all(tx: &mut Tx, account: AccountId) -> Result<u64, Error> {
    Ok(store::forget_all(tx, account).await?)
}

/// Writes a try to sign in, in the caller's transaction.
pub(crate) async fn record(tx: &mut Tx, cx: &Cx, event: Event<'_>) -> Result<(), Error> {
    let now = cx.now();
    let row = StoredLogin {
        id: LoginId::new(&cx.ids, now),
        outcome: event.outcome,
        method: event.method,
        client_sealed: seal(cx, EVENT, event.client)?,
        reasons: event.reasons.join(","),
        at: now,
    };
    store::insert_event(tx, (event.account, event.device), (event.score, &row.reasons), &row).await?;
    Ok(())
}

/// What was tried on the actor's account, newest first.
pub async fn list_logins(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<LoginView>, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let rows = store::list_events(&mut cx.read().await?, account, &page).await?;
    let view = |row: StoredLogin| {
        let client = open(cx, EVENT, &row.client_sealed)?;
        Ok(LoginView {
            id: row.id,
            outcome: row.outcome,
            method: row.method,
            device: client.device,
            address: client.address,
            reasons: row.reasons.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect(),
            at: row.at,
        })
    };
    let views = rows.into_iter().map(view).collect::<Result<Vec<_>, Error>>()?;
    Ok(Page::cut(views, &page, |view| Position { key: view.at.0, id: view.id.0 }))
}

/// Removes devices nobody uses and tries of long ago.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    let devices = store::delete_unused(tx, now.minus(FORGOTTEN_AFTER)).await?;
    let events = store::delete_old_events(tx, now.minus(EVENTS_KEPT)).await?;
    Ok(devices.saturating_add(events))
}

fn seal(cx: &Cx, context: &str, client: &Client) -> Result<Vec<u8>, Error> {
    let bytes = serde_json::to_vec(client).map_err(Error::bug)?;
    Ok(cx.vault.seal(cx.rng.as_ref(), context, &bytes)?)
}

fn open(cx: &Cx, context: &str, sealed: &[u8]) -> Result<Client, Error> {
    serde_json::from_slice(&cx.vault.open(context, sealed)?).map_err(Error::bug)
}
