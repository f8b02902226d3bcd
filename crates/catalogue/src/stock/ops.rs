//! Reserving, keeping, giving back; corrections by people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::Tx;
use durable::Cx;
use kernel::{Actor, Page, PageRequest, Permission, Position, RawId, Timestamp};

use super::model::{
    Adjust, Change, MAX_ON_HAND, NewItem, Reservation, ReservationState, Reserve, Shift, Slot, StockFilter,
    StockItem, StockItemId,
};
use super::{Error, rules, store};
use crate::service::Service;

/// Reservations that end in one transaction.
const EXPIRE_BATCH: usize = 500;

/// What can still be promised of each of these items; unknown ones are missing. No lock is taken: the guard of
/// [`reserve_many`] decides.
pub async fn available(tx: &mut Tx, skus: &[String]) -> db::Result<HashMap<String, (StockItemId, i64)>> {
    if skus.is_empty() {
        return Ok(HashMap::new());
    }
    let found = store::find_many(tx, distinct(skus.iter())).await?;
    Ok(found.into_iter().map(|item| (item.sku.clone(), (item.id, item.available()))).collect())
}

/// Promises all wishes or none: `false` when some item is unknown or has too little left, and then the caller rolls
/// back. Wishes for the same item are summed first (S2).
pub async fn reserve_many(tx: &mut Tx, cx: &Cx, wishes: &[Reserve]) -> db::Result<bool> {
    if wishes.is_empty() {
        return Ok(true);
    }
    let items = store::lock_skus(tx, distinct(wishes.iter().map(|wish| &wish.sku))).await?;
    let ids: HashMap<&str, StockItemId> = items.iter().map(|item| (item.sku.as_str(), item.id)).collect();
    let now = cx.now();
    let mut shifts: BTreeMap<StockItemId, Shift> = BTreeMap::new();
    let mut rows = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let Some(item) = ids.get(wish.sku.as_str()).copied().filter(|_| wish.quantity > 0) else {
            return Ok(false);
        };
        let shift = shifts.entry(item).or_default();
        shift.reserved = shift.reserved.saturating_add(wish.quantity);
        rows.push((cx.ids.next(now), item, wish));
    }
    if !store::shift_locked(tx, &shifts, now).await? {
        return Ok(false);
    }
    store::insert_reservations(tx, rows, now).await?;
    Ok(true)
}

/// Keeps what an order was promised, because it is paid. What was given back meanwhile is taken again if it is still there;
/// `false` when it is not (the caller refunds), and then nothing of the order has changed. Repeating it changes nothing,
/// also after a line of the paid order was given back.
pub async fn allocate(tx: &mut Tx, cx: &Cx, order_id: RawId) -> db::Result<bool> {
    let live = store::lock_of_orders(tx, &[order_id], ReservationState::Live).await?;
    let lost = if store::is_kept(tx, order_id).await? { Vec::new() } else { lost(tx, order_id).await? };
    let mut shifts: BTreeMap<StockItemId, Shift> = BTreeMap::new();
    for r in &live {
        add(
            &mut shifts,
            r,
            Shift { allocated: r.quantity, reserved: r.quantity.saturating_neg(), on_hand: 0 },
        );
    }
    for r in &lost {
        add(&mut shifts, r, Shift { allocated: r.quantity, ..Shift::default() });
    }
    // The guard refuses row by row; asking first keeps the order's other lines untouched when one is short. The rows
    // stay locked in between.
    if !lost.is_empty() && !fits(tx, &shifts).await? {
        return Ok(false);
    }
    if !store::shift(tx, &shifts, cx.now()).await? {
        return Ok(false);
    }
    store::mark(tx, live.iter().chain(&lost).map(|r| r.id).collect(), ReservationState::Allocated).await?;
    Ok(true)
}

/// What was given back of an order that was never paid.
async fn lost(tx: &mut Tx, order_id: RawId) -> db::Result<Vec<Reservation>> {
    let mut lost = store::lock_of_orders(tx, &[order_id], ReservationState::Expired).await?;
    lost.extend(store::lock_of_orders(tx, &[order_id], ReservationState::Released).await?);
    Ok(lost)
}

/// Keeps what these orders were promised, with a handful of statements. Only live reservations are looked at: an order
/// paid after its reservation ended goes through [`allocate`].
pub async fn allocate_many(tx: &mut Tx, cx: &Cx, orders: &[RawId]) -> db::Result<bool> {
    let to = |quantity: i64| Shift { allocated: quantity, reserved: quantity.saturating_neg(), on_hand: 0 };
    transfer(tx, cx, orders, (ReservationState::Live, ReservationState::Allocated), to).await
}

/// What an order was promised and is not kept yet stays promised until then: somebody decided that it is still to be paid.
pub async fn extend(tx: &mut Tx, order_id: RawId, until: Timestamp) -> db::Result<()> {
    store::extend(tx, order_id, until).await
}

/// Gives back what an order was promised, open or paid. Repeating it changes nothing.
pub async fn release(tx: &mut Tx, cx: &Cx, order_id: RawId) -> db::Result<()> {
    release_many(tx, cx, &[order_id]).await
}

/// As [`release`], for many orders at once.
pub async fn release_many(tx: &mut Tx, cx: &Cx, orders: &[RawId]) -> db::Result<()> {
    let live = |quantity: i64| Shift { reserved: quantity.saturating_neg(), ..Shift::default() };
    let kept = |quantity: i64| Shift { allocated: quantity.saturating_neg(), ..Shift::default() };
    let given = ReservationState::Released;
    let held = transfer(tx, cx, orders, (ReservationState::Live, given), live).await?
        && transfer(tx, cx, orders, (ReservationState::Allocated, given), kept).await?;
    sound(held)
}

/// An order has ended. What its done lines were promised, `done` as item and quantity of each, has left the house and is no longer on
/// hand; the rest is free again. All items are moved at once, so that they are locked in the order of their ids. Repeating it changes
/// nothing.
pub async fn settle(tx: &mut Tx, cx: &Cx, order_id: RawId, done: &[(String, i64)]) -> db::Result<()> {
    let live = store::lock_of_orders(tx, &[order_id], ReservationState::Live).await?;
    let kept = store::lock_of_orders(tx, &[order_id], ReservationState::Allocated).await?;
    let items = store::find_many(tx, distinct(done.iter().map(|(sku, _)| sku))).await?;
    let id_of = |sku: &String| items.iter().find(|item| item.sku == *sku).map(|item| item.id);
    let mut leaving: Vec<(StockItemId, i64)> =
        done.iter().filter_map(|(sku, quantity)| Some((id_of(sku)?, *quantity))).collect();
    let mut shifts = BTreeMap::new();
    let (mut taken, mut released) = (Vec::new(), Vec::new());
    for r in &live {
        add(&mut shifts, r, Shift { reserved: r.quantity.saturating_neg(), ..Shift::default() });
        released.push(r.id);
    }
    for r in &kept {
        let mut shift = Shift { allocated: r.quantity.saturating_neg(), ..Shift::default() };
        if let Some(place) = leaving.iter().position(|left| *left == (r.item, r.quantity)) {
            leaving.swap_remove(place);
            shift.on_hand = r.quantity.saturating_neg();
            taken.push(r.id);
        } else {
            released.push(r.id);
        }
        add(&mut shifts, r, shift);
    }
    sound(store::shift(tx, &shifts, cx.now()).await?)?;
    store::mark(tx, taken, ReservationState::Taken).await?;
    store::mark(tx, released, ReservationState::Released).await
}

/// Ends every reservation whose time is over; how many.
pub async fn expire_due(cx: &Cx) -> Result<usize, Error> {
    let mut ended: usize = 0;
    loop {
        let mut tx = cx.begin().await?;
        let now = cx.now();
        let due = store::lock_due(&mut tx, now, i64::try_from(EXPIRE_BATCH).unwrap_or(1)).await?;
        if due.is_empty() {
            return Ok(ended);
        }
        let mut shifts = BTreeMap::new();
        for r in &due {
            add(&mut shifts, r, Shift { reserved: r.quantity.saturating_neg(), ..Shift::default() });
        }
        sound(store::shift(&mut tx, &shifts, now).await?)?;
        store::mark(&mut tx, due.iter().map(|r| r.id).collect(), ReservationState::Expired).await?;
        tx.commit().await?;
        ended = ended.saturating_add(due.len());
        if due.len() < EXPIRE_BATCH {
            return Ok(ended);
        }
    }
}

/// A person corrects what is on hand; by the same guard as every order (S4). Gives the item as it is then.
pub async fn adjust(cx: &Cx, actor: &Actor, input: Adjust) -> Result<StockItem, Error> {
    if !actor.may(Permission::WriteStock) {
        return Err(Error::Forbidden);
    }
    let reason = input.reason.trim();
    if !(5..=200).contains(&reason.chars().count()) {
        return Err(Error::ReasonMissing);
    }
    let mut tx = cx.begin().await?;
    let item = store::lock(&mut tx, &input.sku).await?.ok_or(Error::NotFound)?;
    let on_hand = match input.change {
        Change::Count(count) => count,
        Change::By(difference) => item.on_hand.saturating_add(difference),
    };
    if !(0..=MAX_ON_HAND).contains(&on_hand) {
        return Err(Error::OutOfRange { max: MAX_ON_HAND });
    }
    let shift = Shift { on_hand: on_hand.saturating_sub(item.on_hand), ..Shift::default() };
    if !store::shift_locked(&mut tx, &BTreeMap::from([(item.id, shift)]), cx.now()).await? {
        return Err(Error::BelowPromised { promised: item.allocated.saturating_add(item.reserved) });
    }
    let entry = audit::Entry {
        verb: "stock.adjust",
        object_kind: "stock_item",
        object: item.id.raw(),
        customer: None,
        detail: serde_json::json!({ "sku": item.sku, "from": item.on_hand, "to": on_hand }),
        reason: Some(reason),
    };
    let after = store::find(&mut tx, &input.sku).await?.ok_or(Error::NotFound)?;
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(after)
}

/// One item, for staff.
pub async fn get(cx: &Cx, actor: &Actor, sku: &str) -> Result<StockItem, Error> {
    if !actor.may(Permission::ReadStock) {
        return Err(Error::Forbidden);
    }
    store::find(&mut cx.read().await?, sku).await?.ok_or(Error::NotFound)
}

/// Items for staff, newest first.
pub async fn list(
    cx: &Cx,
    actor: &Actor,
    filter: StockFilter,
    page: PageRequest,
) -> Result<Page<StockItem>, Error> {
    if !actor.may(Permission::ReadStock) {
        return Err(Error::Forbidden);
    }
    let items = store::list(&mut cx.read().await?, filter, &page).await?;
    Ok(Page::cut(items, &page, |item| Position { key: item.id.raw(), id: item.id.raw() }))
}

/// The times of a service that can be chosen now, full ones too, in their order.
pub async fn free_slots(tx: &mut Tx, service: &Service, now: Timestamp) -> db::Result<Vec<Slot>> {
    let Some(plan) = service.slots() else { return Ok(Vec::new()) };
    let offered: BTreeMap<String, Timestamp> = rules::bookable(service, plan, now)
        .into_iter()
        .filter_map(|item| Some((item.sku, item.slot?.starts_at)))
        .collect();
    let (Some(first), Some(last)) = (offered.values().min(), offered.values().max()) else {
        return Ok(Vec::new());
    };
    let mut slots = store::slots_of(tx, &service.code, *first, *last).await?;
    slots.retain(|slot| offered.contains_key(&slot.sku));
    Ok(slots)
}

/// Makes the stock items of the next days' times; how many were new. Repeating it changes nothing.
pub async fn open_slots(cx: &Cx, shelf: &crate::service::Shelf) -> Result<u64, Error> {
    let now = cx.now();
    let items: Vec<NewItem> =
        shelf.all().iter().flat_map(|version| rules::slots(&version.service, now)).collect();
    if items.is_empty() {
        return Ok(0);
    }
    let mut tx = cx.begin().await?;
    let new = open_items(&mut tx, cx, items).await?;
    tx.commit().await?;
    Ok(new)
}

pub(crate) async fn open_items(tx: &mut Tx, cx: &Cx, items: Vec<NewItem>) -> db::Result<u64> {
    let now = cx.now();
    let ids = items.iter().map(|_| cx.ids.next(now)).collect();
    store::open(tx, ids, items, now).await
}

/// Moves every reservation of these orders from one state to the other.
async fn transfer(
    tx: &mut Tx,
    cx: &Cx,
    orders: &[RawId],
    (from, to): (ReservationState, ReservationState),
    shift: impl Fn(i64) -> Shift,
) -> db::Result<bool> {
    if orders.is_empty() {
        return Ok(true);
    }
    let found = store::lock_of_orders(tx, orders, from).await?;
    let mut shifts = BTreeMap::new();
    for r in &found {
        add(&mut shifts, r, shift(r.quantity));
    }
    if !store::shift(tx, &shifts, cx.now()).await? {
        return Ok(false);
    }
    store::mark(tx, found.iter().map(|r| r.id).collect(), to).await?;
    Ok(true)
}

fn add(shifts: &mut BTreeMap<StockItemId, Shift>, reservation: &Reservation, by: Shift) {
    let sum = shifts.entry(reservation.item).or_default();
    sum.on_hand = sum.on_hand.saturating_add(by.on_hand);
    sum.allocated = sum.allocated.saturating_add(by.allocated);
    sum.reserved = sum.reserved.saturating_add(by.reserved);
}

/// Whether each locked item has room for its shift.
async fn fits(tx: &mut Tx, shifts: &BTreeMap<StockItemId, Shift>) -> db::Result<bool> {
    let items = store::lock_ids(tx, shifts.keys().map(|id| id.raw()).collect()).await?;
    let room = |item: &StockItem| {
        let shift = shifts.get(&item.id).copied().unwrap_or_default();
        item.available() >= shift.allocated.saturating_add(shift.reserved).saturating_sub(shift.on_hand)
    };
    Ok(items.len() == shifts.len() && items.iter().all(room))
}

/// Giving back can always be done; where the totals say otherwise they are wrong, and nothing may be committed.
fn sound(held: bool) -> db::Result<()> {
    if held { Ok(()) } else { Err(db::Error::Other("stock totals are below what reservations say".into())) }
}

fn distinct<'a>(skus: impl Iterator<Item = &'a String>) -> Vec<String> {
    skus.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}
