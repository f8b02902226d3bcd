//! Those who order until the line goes dead, and who ask again afterwards.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::{Rng as _, SeededRng};

use super::book::{Book, Known, Sent};
use super::scene::{Buyer, Scene};
use crate::Failure;
use crate::http::{Answer, Connection, Request};
use crate::wire::{ORDERS, Wish, order_id};

/// Between two requests of a buyer at most, so that the work behind the orders keeps up and is under way at the kill too.
const BREATH_MS: u64 = 16;
/// After a restart a request that is told to come back is sent again until then.
const PATIENCE: Duration = Duration::from_secs(20);

/// Orders, cancels and leaves orders unpaid until the connection breaks.
pub(super) async fn buy(buyer: Buyer, seed: u64, book: Arc<Book>) {
    let rng = SeededRng::new(seed);
    let Ok(mut connection) = Connection::open(buyer.address).await else { return };
    let mut own: Vec<String> = Vec::new();
    for number in 0_u64.. {
        let chance = rng.below(100);
        let key = format!("crash-{seed:x}-{number}");
        let ordered = if chance < 85 { None } else { own.pop() };
        let going_on = match ordered {
            Some(order) => cancel(&buyer, &mut connection, &order, &key, &book).await,
            None => match place(&buyer, &mut connection, &wish(&rng, chance), &key, &book).await {
                Ok(placed) => {
                    own.extend(placed);
                    true
                }
                Err(_) => false,
            },
        };
        if !going_on {
            return;
        }
        tokio::time::sleep(Duration::from_millis(rng.below(BREATH_MS))).await;
    }
}

fn wish(rng: &SeededRng, chance: u64) -> Wish {
    match chance {
        0..20 => Wish::bulbs(),
        20..30 => Wish::top_up(&phone(rng)).by_card(),
        // A number the operator does not know: refused there, the money comes back.
        30..34 => Wish::top_up("13800000000"),
        // Taken on, then refused.
        34..38 => Wish::top_up("13800000003"),
        _ => Wish::top_up(&phone(rng)),
    }
}

/// One that the operator serves.
fn phone(rng: &SeededRng) -> String {
    format!("138{:04}{:04}", rng.below(10_000), 1_000 + rng.below(9_000))
}

async fn place(
    buyer: &Buyer,
    connection: &mut Connection,
    wish: &Wish,
    key: &str,
    book: &Book,
) -> Result<Option<String>, Failure> {
    let body = wish.body();
    book.send(key, buyer.place, &body);
    let answer = connection.send(&Request::post(ORDERS, &buyer.token, key, &body)).await?;
    let known = known(&answer, key, book);
    book.learn(key, known.clone());
    Ok(if let Known::Order(id) = known { Some(id) } else { None })
}

/// What an answer tells. That a server is overloaded tells nothing; that it failed is a fault.
fn known(answer: &Answer, key: &str, book: &Book) -> Known {
    match (answer.status, order_id(&answer.json())) {
        (201, Some(id)) => Known::Order(id),
        (409 | 429 | 503, _) if answer.text().contains("in_flight") || answer.status != 409 => Known::Nothing,
        (400..500, _) => Known::Refused,
        _ => {
            book.fault(format!("request {key} was answered {}", answer.brief()));
            Known::Nothing
        }
    }
}

/// Asks to cancel. An order that can no longer be cancelled is no fault.
async fn cancel(buyer: &Buyer, connection: &mut Connection, order: &str, key: &str, book: &Book) -> bool {
    let path = format!("{ORDERS}/{order}/cancel");
    match connection.send(&Request::post(&path, &buyer.token, key, "{}")).await {
        Ok(answer) => {
            match answer.status {
                200 => book.cancelled(),
                400..500 | 503 => {}
                _ => book.fault(format!("cancelling {order} was answered {}", answer.brief())),
            }
            true
        }
        Err(_) => false,
    }
}

/// After a restart: what was answered is there and answers the same; what was not is sent again and runs once.
pub(super) async fn reconcile(scene: &Scene, book: &Book) -> Result<(), Failure> {
    let mut connection = Connection::open(scene.start.address).await?;
    for (key, sent) in book.to_check() {
        let buyer = scene.buyer(sent.buyer);
        match &sent.known {
            Known::Refused => {}
            Known::Order(id) => is_there(&mut connection, &buyer, &key, &sent, id, book).await?,
            Known::Nothing => {
                let first = repeat(&mut connection, &buyer, &key, &sent, book).await?;
                let found = known(&first, &key, book);
                book.resolved(first.replayed);
                book.learn(&key, found.clone());
                match found {
                    Known::Order(id) => is_there(&mut connection, &buyer, &key, &sent, &id, book).await?,
                    Known::Refused => {}
                    Known::Nothing => book.fault(format!("request {key} has no answer after a restart")),
                }
            }
        }
    }
    Ok(())
}

/// The order can be read, and its request sent again answers with the same order, nothing done again.
async fn is_there(
    connection: &mut Connection,
    buyer: &Buyer,
    key: &str,
    sent: &Sent,
    id: &str,
    book: &Book,
) -> Result<(), Failure> {
    let read = connection.send(&Request::get(&format!("{ORDERS}/{id}"), Some(&buyer.token))).await?;
    if read.status != 200 {
        book.fault(format!("order {id} was answered and is not there: {}", read.brief()));
    }
    let again = repeat(connection, buyer, key, sent, book).await?;
    let same = order_id(&again.json());
    if again.status != 201 || !again.replayed || same.as_deref() != Some(id) {
        book.fault(format!("request {key} made {id} and, sent again, {}", again.brief()));
    }
    Ok(())
}

/// Sends a request again, until it is not told to come back.
async fn repeat(
    connection: &mut Connection,
    buyer: &Buyer,
    key: &str,
    sent: &Sent,
    book: &Book,
) -> Result<Answer, Failure> {
    let began = Instant::now();
    loop {
        let answer = connection.send(&Request::post(ORDERS, &buyer.token, key, &sent.body)).await?;
        if known(&answer, key, book) != Known::Nothing || began.elapsed() > PATIENCE {
            return Ok(answer);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
