//! What the queue of differences should hold: what a gateway's bills say, compared with what the gateway itself has in its books. Nothing of
//! ours is asked, so that what stands in the queue besides is our own mistake.

use std::collections::{BTreeMap, BTreeSet};

use connectors::gateway::{Bill, BillKind, BillLine};
use reconciliation::Day;

use super::theirs::{self, Booked};
use super::town::{GATEWAYS, Town};
use super::{Outcome, check};
use crate::Failure;

/// Gateway, reason, and what it is about: our number, else the gateway's; empty for what is counted only.
type Difference = (String, String, String);

/// What one booking is found by: whether it went back, and our number of it.
type Booking = (bool, String);

/// The days whose bills are there: of the trade, and two after it.
const DAYS: i64 = 3;

pub(super) async fn compare(town: &Town, outcome: &mut Outcome) -> Result<(), Failure> {
    let books = theirs::read(town).await?;
    let mut expected: BTreeMap<Difference, i64> = BTreeMap::new();
    for (name, _) in GATEWAYS {
        town.behave();
        let honest = fetch(town, name).await?;
        town.lie_on_bills();
        let told = fetch(town, name).await?;
        outcome.count(
            format!("lines in the bills of {name}"),
            told.iter().map(|bill| bill.lines.len() as i64).sum(),
        );
        let truth = Truth::of(&books, name, &honest);
        for lie in injected(&honest, &truth) {
            outcome.faults.push(format!("the honest bills of {name} and its books: {lie:?}"));
        }
        for (reason, about) in injected(&told, &truth) {
            *expected.entry((name.to_owned(), reason.to_owned(), about)).or_default() += 1;
        }
    }
    let mut found: BTreeMap<Difference, i64> = BTreeMap::new();
    let sql = "SELECT gateway, reason, our_id, gateway_id FROM difference WHERE state <> 'closed'";
    for row in town.cx.read().await?.raw(sql, Vec::new()).await? {
        let mut r = row.reader();
        let (gateway, reason): (String, String) = (r.get()?, r.get()?);
        let (ours, theirs): (String, String) = (r.get()?, r.get()?);
        let about = match reason.as_str() {
            "broken" | "total_differs" => String::new(),
            _ if ours.is_empty() => theirs,
            _ => ours,
        };
        *found.entry((gateway, reason, about)).or_default() += 1;
    }
    for ((gateway, reason, _), count) in &found {
        outcome.count(format!("in the queue: {gateway} {reason}"), *count);
    }
    let lies = expected.values().sum::<i64>();
    outcome.look(
        "lies in the gateways' bills: each is in the queue, and nothing else is",
        usize::try_from(lies)?,
    );
    for key in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        let (should, does) = (expected.get(key).unwrap_or(&0), found.get(key).unwrap_or(&0));
        outcome.expect(should == does, || {
            format!("the queue has {does} of {key:?} where {should} were put there")
        });
    }
    let open = "SELECT CAST(COUNT(*) AS BIGINT) FROM bill_day WHERE state <> 'matched'";
    let open = check::number(&town.cx, open).await?;
    outcome.expect(open == 0, || format!("{open} days of bills are not matched"));
    Ok(())
}

/// The newest day first.
async fn fetch(town: &Town, name: &str) -> Result<Vec<Bill>, Failure> {
    let gateway = town.services.payments.gateways.get(name).ok_or("no such gateway")?;
    let today = Day::of(town.now());
    let mut bills = Vec::new();
    for back in 1..=DAYS {
        bills.push(gateway.bill(Day(today.0 - back).date()).await?);
    }
    Ok(bills)
}

/// What a gateway knows.
#[derive(Debug, Default)]
struct Truth {
    /// In fen.
    booked: BTreeMap<Booking, i64>,
    /// By the gateway's own number.
    names: BTreeMap<Booking, String>,
    /// Of the newest day: the next bill may still have it, so nobody misses it yet.
    young: BTreeSet<Booking>,
}

impl Truth {
    fn of(books: &BTreeMap<String, Booked>, gateway: &str, honest: &[Bill]) -> Self {
        let mut truth = Self::default();
        for (attempt, booked) in books.iter().filter(|(_, booked)| booked.gateway == gateway) {
            if booked.taken > 0 {
                truth.booked.insert((false, attempt.clone()), booked.taken);
            }
            let back = booked.given_back.iter().map(|(refund, fen)| ((true, refund.clone()), *fen));
            truth.booked.extend(back);
        }
        for (place, bill) in honest.iter().enumerate() {
            for line in &bill.lines {
                let back = line.kind == BillKind::Refund;
                truth.names.insert((back, line.gateway_id.clone()), line.our_id.clone());
                if place == 0 {
                    truth.young.insert((back, line.our_id.clone()));
                }
            }
        }
        truth
    }
}

/// Every lie in the bills, with the reason that belongs to it.
fn injected(bills: &[Bill], truth: &Truth) -> Vec<(&'static str, String)> {
    let mut lies = Vec::new();
    let mut seen = BTreeSet::new();
    // Lines with a number of ours first: they say which others are one too many.
    for by_our_number in [true, false] {
        for line in bills.iter().flat_map(|bill| &bill.lines) {
            let back = line.kind == BillKind::Refund;
            let key = (back, line.our_id.clone());
            if truth.booked.contains_key(&key) != by_our_number {
                continue;
            }
            let about = if line.our_id.is_empty() { line.gateway_id.clone() } else { line.our_id.clone() };
            let named = truth.names.get(&(back, line.gateway_id.clone()));
            let key = if by_our_number { key } else { (back, named.cloned().unwrap_or_default()) };
            match truth.booked.get(&key) {
                None => lies.push(("only_theirs", about)),
                Some(_) if !seen.insert(key) => lies.push(("duplicate", about)),
                Some(fen) if *fen != line.amount.minor => lies.push(("amount_differs", about)),
                Some(_) => {}
            }
        }
    }
    for bill in bills {
        lies.extend(bill.broken.iter().map(|_| ("broken", String::new())));
        let sign = |line: &BillLine| if line.kind == BillKind::Refund { -1 } else { 1 };
        let sum: i64 = bill.lines.iter().map(|line| sign(line) * line.amount.minor).sum();
        if bill.total.is_some_and(|total| total.minor != sum) {
            lies.push(("total_differs", String::new()));
        }
    }
    let missing = truth.booked.keys().filter(|key| !seen.contains(*key) && !truth.young.contains(*key));
    lies.extend(missing.map(|(_, our_id)| ("only_ours", our_id.clone())));
    lies
}

#[cfg(test)]
mod tests {
    use kernel::{Money, Timestamp};

    use super::*;

    fn line(our_id: &str, gateway_id: &str, fen: i64) -> BillLine {
        BillLine {
            number: 1,
            kind: BillKind::Payment,
            our_id: our_id.to_owned(),
            gateway_id: gateway_id.to_owned(),
            amount: Money::cny(fen),
            fee: Money::cny(0),
            at: Timestamp(0),
        }
    }

    fn bill(lines: &[BillLine], total: i64) -> Bill {
        Bill { lines: lines.to_vec(), total: Some(Money::cny(total)), ..Bill::default() }
    }

    #[test]
    fn every_lie_of_a_bill_is_named() {
        let named = [("a", 1), ("b", 2), ("c", 3), ("d", 4)];
        let books = named.map(|(id, fen)| {
            (id.to_owned(), Booked { gateway: "card", taken: fen, given_back: BTreeMap::new() })
        });
        let [a, b, c, d] = [("a", 1), ("b", 2), ("c", 3), ("d", 4)].map(|(id, fen)| line(id, id, fen));
        let honest = [bill(&[], 0), bill(&[a.clone(), b, c, d], 10)];
        let truth = Truth::of(&books.into(), "card", &honest);
        assert_eq!(injected(&honest, &truth), []);
        let told =
            [line("aX", "a", 1), a.clone(), a, line("b", "b", 5), line("x", "x", 1), line("dX", "d", 4)];
        let expected = [
            ("duplicate", "a"),
            ("amount_differs", "b"),
            ("duplicate", "aX"),
            ("only_theirs", "x"),
            ("total_differs", ""),
            ("only_ours", "c"),
        ];
        let found = injected(&[bill(&[], 0), bill(&told, 10)], &truth);
        assert_eq!(found, expected.map(|(reason, id)| (reason, id.to_owned())));
    }

    #[test]
    fn what_the_next_bill_may_still_have_is_not_missed() {
        let books = [("a".to_owned(), Booked { gateway: "card", taken: 1, given_back: BTreeMap::new() })];
        let young = Truth::of(&books.clone().into(), "card", &[bill(&[line("a", "a", 1)], 1), bill(&[], 0)]);
        assert_eq!(injected(&[bill(&[], 0), bill(&[], 0)], &young), []);
        let old = Truth::of(&books.into(), "card", &[bill(&[], 0), bill(&[line("a", "a", 1)], 1)]);
        assert_eq!(injected(&[bill(&[], 0), bill(&[], 0)], &old), [("only_ours", "a".to_owned())]);
    }
}
