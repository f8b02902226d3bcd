//! One run over one day of one gateway.
//!
//! It reads both sides as they are, writes in pieces while it holds the claim, and at the end makes sure that nothing was left out.

use std::collections::{BTreeSet, HashMap, HashSet};

use durable::Cx;
use kernel::{Actor, Duration};
use serde_json::json;

use super::model::{Ours, Reason, Theirs, Verdict, kind_code, our_key};
use super::ops::{LOOK_UP, bill_of, booked_among, ours_of, with_ledger};
use super::rules::{self, Matcher, Side, Step};
use super::store;
use crate::bill::model::{BillDay, BillHead, Claim};
use crate::bill::ops::{CHUNK, begin};
use crate::difference::model::Draft;
use crate::difference::{self, rules as drafts};
use crate::{Day, Error, Reconciliation, bill, books, month};

/// Rows read at a time.
const PAGE: i64 = 5_000;
/// Bookings are read in windows of time that are made to hold about this many, so that a busy day fits into memory and a quiet one needs
/// few questions.
const WINDOW_ROWS: usize = 2_000;
/// The first window, the shortest and the longest.
const WINDOWS: [Duration; 3] = [Duration::from_mins(10), Duration::from_secs(5), Duration::from_hours(6)];

/// What a run counts.
#[derive(Debug, Default)]
struct Counts {
    matched: i64,
    queued: i64,
    ours: i64,
    ours_matched: i64,
    ours_queued: i64,
    pending: i64,
}

/// What a run works with.
struct Run<'a> {
    svc: &'a Reconciliation,
    cx: &'a Cx,
    claim: Claim,
    day: &'a BillDay,
    bill: BillHead,
    /// Marks what this run finds.
    seen: i64,
    /// Keys that the bill of the day before has too: a payment stands in one bill only.
    doubles: HashSet<(i64, i64)>,
    /// Ours without a line, by key and kind.
    alone: BTreeSet<(i64, i64)>,
    found: Vec<Draft>,
    counts: Counts,
}

/// Matches a day whose bill is here. It may be repeated at any time: what was found is brought up to date, what agrees by now is closed.
pub(crate) async fn run(svc: &Reconciliation, actor: &Actor, claim: Claim, day: &BillDay) -> Result<(), Error> {
    let cx = svc.cx();
    let id = day.bill.ok_or_else(|| Error::bug("a day to be matched has no bill"))?;
    let mut tx = cx.read().await?;
    let bill = bill::store::find_bill(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let before = bill_of(&mut tx, &day.gateway, day.day.before()).await?;
    let doubles = match before {
        Some(before) => store::doubles(&mut tx, id, before).await?.into_iter().collect(),
        None => HashSet::new(),
    };
    drop(tx);
    let mut run = Run {
        svc,
        cx,
        claim,
        day,
        bill,
        seen: cx.id(),
        doubles,
        alone: BTreeSet::new(),
        found: Vec::new(),
        counts: Counts::default(),
    };
    run.take_snapshot().await?;
    run.side_by_side().await?;
    run.without_number().await?;
    run.ours_alone().await?;
    run.day_before().await?;
    run.broken().await?;
    run.flush(0).await?;
    run.finish(actor).await?;
    difference::ops::look_at_timing(svc, actor, &day.gateway).await
}

impl Run<'_> {
    /// Our side as it is now, so that both sides can be read in one order.
    async fn take_snapshot(&mut self) -> Result<(), Error> {
        drop_snapshot(self.cx, self.claim, self.day.id).await?;
        let (mut from, end) = (self.day.day.begins_at(), self.day.day.ends_at());
        let [mut window, shortest, longest] = WINDOWS;
        while from < end {
            let to = from.plus(window).min(end);
            let mut tx = self.cx.read().await?;
            let booked = books::list(&mut tx, self.cx, &self.day.gateway, from, to).await?;
            if booked.len() > WINDOW_ROWS {
                window = Duration(window.0.div_euclid(2)).max(shortest);
            } else if booked.len() < WINDOW_ROWS.div_euclid(4) {
                window = Duration(window.0.saturating_mul(2)).min(longest);
            }
            let ours = with_ledger(&mut tx, &self.day.gateway, booked).await?;
            drop(tx);
            for rows in ours.chunks(CHUNK) {
                let mut tx = begin(self.cx, self.claim).await?;
                store::insert_ours(&mut tx, self.cx, self.day.id, rows).await?;
                tx.commit().await?;
            }
            from = to;
        }
        Ok(())
    }

    /// The pass over both sides.
    async fn side_by_side(&mut self) -> Result<(), Error> {
        let (mut theirs_at, mut ours_at) = ((0, i64::MAX, i64::MAX), (0, 0));
        let (mut matcher, mut alone) = (Matcher::default(), Vec::new());
        loop {
            match matcher.step() {
                Step::Need(Side::Theirs) => {
                    let mut tx = self.cx.read().await?;
                    let page = store::list_theirs(&mut tx, self.bill.id, theirs_at, PAGE).await?;
                    match page.last() {
                        Some(last) => theirs_at = (last.key, kind_code(last.kind), last.number),
                        None => matcher.end(Side::Theirs),
                    }
                    matcher.give_theirs(page);
                }
                Step::Need(Side::Ours) => {
                    let mut tx = self.cx.read().await?;
                    let page = store::list_ours(&mut tx, self.day.id, ours_at, PAGE).await?;
                    match page.last() {
                        Some(last) => ours_at = (last.key, kind_code(last.kind)),
                        None => matcher.end(Side::Ours),
                    }
                    matcher.give_ours(page);
                }
                Step::Pair(line, ours) => {
                    self.counts.ours = self.counts.ours.saturating_add(1);
                    self.counts.ours_matched = self.counts.ours_matched.saturating_add(1);
                    self.pair(line, ours);
                    self.flush(CHUNK).await?;
                }
                Step::Duplicate(line) => {
                    self.differs(line, None, Reason::Duplicate);
                    self.flush(CHUNK).await?;
                }
                Step::Theirs(line) => {
                    alone.push(line);
                    if alone.len() >= LOOK_UP {
                        self.theirs_alone(std::mem::take(&mut alone)).await?;
                    }
                }
                Step::Ours(ours) => {
                    self.counts.ours = self.counts.ours.saturating_add(1);
                    self.alone.insert((ours.key, kind_code(ours.kind)));
                }
                Step::End => break,
            }
        }
        self.theirs_alone(alone).await
    }

    fn pair(&mut self, line: Theirs, ours: Ours) {
        if self.doubles.contains(&(line.key, kind_code(line.kind))) {
            return self.differs(line, None, Reason::Duplicate);
        }
        match rules::judge(&line, &ours, self.day.day, &self.svc.terms) {
            Verdict::Matched => self.counts.matched = self.counts.matched.saturating_add(1),
            Verdict::Differs(reason) => self.differs(line, Some(ours), reason),
        }
    }

    fn differs(&mut self, line: Theirs, ours: Option<Ours>, reason: Reason) {
        self.counts.queued = self.counts.queued.saturating_add(1);
        self.found.push(drafts::of_line(self.day.day, self.bill.id, line, ours, reason));
    }

    /// Lines with a number of ours that we have not booked on this day: on another, or not at all.
    async fn theirs_alone(&mut self, lines: Vec<Theirs>) -> Result<(), Error> {
        if lines.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = lines.iter().map(|line| line.our_id.clone()).collect();
        let mut tx = self.cx.read().await?;
        let known = ours_of(&mut tx, self.svc, &self.day.gateway, &ids).await?;
        let known: HashMap<_, _> = known.into_iter().map(|o| ((o.key, kind_code(o.kind)), o)).collect();
        let mut rest = Vec::new();
        for line in lines {
            match known.get(&(line.key, kind_code(line.kind))) {
                // One that was booked today since the snapshot was taken counts as today's.
                Some(ours) => self.pair(line, ours.clone()),
                None => rest.push(line),
            }
        }
        let done = booked_among(&mut tx, &self.day.gateway, &rest).await?;
        drop(tx);
        for line in rest {
            if done.contains(&line.number) {
                self.counts.matched = self.counts.matched.saturating_add(1);
            } else {
                let reason = rules::judge_alone(&line);
                self.differs(line, None, reason);
            }
        }
        self.flush(CHUNK).await
    }

    /// Lines that name no payment of ours: by the gateway's number, today or the day before.
    async fn without_number(&mut self) -> Result<(), Error> {
        let mut after = (0, 0);
        let before = {
            let mut tx = self.cx.read().await?;
            bill::store::find_day(&mut tx, &self.day.gateway, self.day.day.before()).await?
        };
        loop {
            let mut tx = self.cx.read().await?;
            let most = i64::try_from(LOOK_UP).unwrap_or(PAGE);
            let lines = store::list_keyless(&mut tx, self.bill.id, after, most).await?;
            let Some(last) = lines.last() else { return Ok(()) };
            after = (kind_code(last.kind), last.number);
            let ids: Vec<String> =
                lines.iter().filter(|l| !l.gateway_id.is_empty()).map(|l| l.gateway_id.clone()).collect();
            let mut ours = store::ours_by_gateway_id(&mut tx, self.day.id, ids.clone()).await?;
            if let Some(before) = &before {
                ours.extend(store::ours_by_gateway_id(&mut tx, before.id, ids).await?);
            }
            let mut ours: HashMap<_, _> =
                ours.into_iter().map(|o| ((o.gateway_id.clone().unwrap_or_default(), kind_code(o.kind)), o)).collect();
            let done = booked_among(&mut tx, &self.day.gateway, &lines).await?;
            drop(tx);
            for line in lines {
                match ours.remove(&(line.gateway_id.clone(), kind_code(line.kind))) {
                    Some(o) => {
                        let key = (o.key, kind_code(o.kind));
                        let is_todays = Day::of(o.at) == self.day.day;
                        // Ours that has its line already: this one is one too many.
                        if is_todays && !self.alone.remove(&key) {
                            self.differs(line, None, Reason::Duplicate);
                            continue;
                        }
                        self.counts.ours_matched = self.counts.ours_matched.saturating_add(i64::from(is_todays));
                        self.pair(line, o);
                    }
                    None if done.contains(&line.number) => {
                        self.counts.matched = self.counts.matched.saturating_add(1);
                    }
                    None => {
                        let reason = rules::judge_alone(&line);
                        self.differs(line, None, reason);
                    }
                }
            }
            self.flush(CHUNK).await?;
        }
    }

    /// Bookings without a line: the bills of the days around may have them; the next one may still be to come.
    async fn ours_alone(&mut self) -> Result<(), Error> {
        let (gateway, day) = (&self.day.gateway, self.day.day);
        let (before, next) = {
            let mut tx = self.cx.read().await?;
            (bill_of(&mut tx, gateway, day.before()).await?, bill_of(&mut tx, gateway, day.next()).await?)
        };
        let mut tx = begin(self.cx, self.claim).await?;
        store::drop_cut_off(&mut tx, gateway, day).await?;
        tx.commit().await?;
        let alone: Vec<(i64, i64)> = std::mem::take(&mut self.alone).into_iter().collect();
        for keys in alone.chunks(LOOK_UP) {
            let numbers: Vec<i64> = keys.iter().map(|(key, _)| *key).collect();
            let mut tx = self.cx.read().await?;
            let mut elsewhere = HashSet::new();
            for bill in [before, next].into_iter().flatten() {
                let lines = store::theirs_by_key(&mut tx, bill, numbers.clone()).await?;
                elsewhere.extend(lines.into_iter().map(|line| (line.key, kind_code(line.kind))));
            }
            let wanted: HashSet<(i64, i64)> = keys.iter().copied().collect();
            let ours = store::ours_by_key(&mut tx, self.day.id, numbers).await?;
            drop(tx);
            let mut pending = Vec::new();
            for ours in ours.into_iter().filter(|o| wanted.contains(&(o.key, kind_code(o.kind)))) {
                if elsewhere.contains(&(ours.key, kind_code(ours.kind))) {
                    self.counts.ours_matched = self.counts.ours_matched.saturating_add(1);
                } else if next.is_some() {
                    self.counts.ours_queued = self.counts.ours_queued.saturating_add(1);
                    self.found.push(drafts::of_ours(day, ours));
                } else {
                    pending.push(ours);
                }
            }
            self.counts.pending = self.counts.pending.saturating_add(i64::try_from(pending.len()).unwrap_or(0));
            let mut tx = begin(self.cx, self.claim).await?;
            store::insert_cut_off(&mut tx, self.cx, gateway, day, &pending).await?;
            tx.commit().await?;
            self.flush(CHUNK).await?;
        }
        Ok(())
    }

    /// What the day before left to this bill is in it, or nowhere.
    async fn day_before(&mut self) -> Result<(), Error> {
        let (gateway, before) = (&self.day.gateway, self.day.day.before());
        loop {
            let most = i64::try_from(LOOK_UP).unwrap_or(PAGE);
            let mut tx = self.cx.read().await?;
            let rows = store::list_cut_off(&mut tx, gateway, before, 0, most).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let keys: Vec<i64> = rows.iter().map(|(_, _, our_id)| our_key(our_id)).collect();
            let lines = store::theirs_by_key(&mut tx, self.bill.id, keys).await?;
            let here: HashSet<_> = lines.into_iter().map(|l| (l.key, kind_code(l.kind))).collect();
            let missing: Vec<(i64, String)> = rows
                .iter()
                .filter(|(_, kind, our_id)| !here.contains(&(our_key(our_id), *kind)))
                .map(|(_, kind, our_id)| (*kind, our_id.clone()))
                .collect();
            let ids: Vec<String> = missing.iter().map(|(_, our_id)| our_id.clone()).collect();
            let ours = ours_of(&mut tx, self.svc, gateway, &ids).await?;
            drop(tx);
            let wanted: HashSet<_> = missing.into_iter().collect();
            let lost: Vec<Draft> = ours
                .into_iter()
                .filter(|o| wanted.contains(&(kind_code(o.kind), o.our_id.clone())))
                .map(|o| drafts::of_ours(before, o))
                .collect();
            let mut tx = begin(self.cx, self.claim).await?;
            difference::store::upsert(&mut tx, self.cx, gateway, self.seen, &lost).await?;
            store::drop_cut_off_by_id(&mut tx, rows.iter().map(|(id, ..)| *id).collect()).await?;
            if !lost.is_empty() {
                let actor = Actor::system("reconciliation");
                month::ops::touch(&mut tx, self.cx, &actor, gateway, before, "late_difference").await?;
            }
            tx.commit().await?;
        }
    }

    /// Lines that do not read, and a total that does not add up.
    async fn broken(&mut self) -> Result<(), Error> {
        let mut after = i64::MIN;
        loop {
            let page = {
                let mut tx = self.cx.read().await?;
                bill::store::list_broken(&mut tx, self.bill.id, after, PAGE).await?
            };
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (number, _) in page {
                self.found.push(drafts::of_broken(self.day.day, self.bill.id, number));
            }
            self.flush(CHUNK).await?;
        }
        if let Some(total) = self.bill.total.filter(|total| self.bill.lines_total != Some(total.minor)) {
            self.found.push(drafts::of_total(self.day.day, self.bill.id, total));
        }
        Ok(())
    }

    /// Writes what was found once there is this much of it.
    async fn flush(&mut self, least: usize) -> Result<(), Error> {
        if self.found.is_empty() || self.found.len() < least {
            return Ok(());
        }
        let found = std::mem::take(&mut self.found);
        for drafts in found.chunks(CHUNK) {
            let mut tx = begin(self.cx, self.claim).await?;
            difference::store::upsert(&mut tx, self.cx, &self.day.gateway, self.seen, drafts).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The day is matched: every line is accounted for, what agrees by now leaves the queue, the fees are booked.
    async fn finish(self, actor: &Actor) -> Result<(), Error> {
        let (cx, day, counts) = (self.cx, self.day, &self.counts);
        // L7. A line that came out nowhere is worse than a day that is not matched.
        if counts.matched.saturating_add(counts.queued) != self.bill.lines
            || counts.ours_matched.saturating_add(counts.pending).saturating_add(counts.ours_queued) != counts.ours
        {
            return Err(Error::bug(format!("{} {}: lines are missing: {counts:?}", day.gateway, day.day)));
        }
        let now = cx.now();
        let mut tx = begin(cx, self.claim).await?;
        let closed =
            difference::store::close_unseen(&mut tx, &day.gateway, day.day, self.seen, &actor.label(), now).await?;
        let (found, open) = difference::store::count_seen(&mut tx, &day.gateway, day.day, self.seen).await?;
        difference::ops::settle_fees(&mut tx, cx, &day.gateway, day.day, self.bill.id).await?;
        // Asked for once more a day later; after that a person may.
        let again = (day.matched_at.is_none()).then(|| now.plus(bill::rules::LOOK_AGAIN));
        let numbers = [counts.matched, counts.pending, counts.ours, counts.ours_matched];
        bill::store::matched(&mut tx, day.id, numbers, again, now).await?;
        if open > 0 || closed > 0 {
            month::ops::touch(&mut tx, cx, actor, &day.gateway, day.day, "late_difference").await?;
        }
        let detail = json!({
            "gateway": day.gateway, "day": day.day.to_string(), "version": self.bill.version, "lines": self.bill.lines,
            "matched": counts.matched, "differences": found, "open": open, "closed": closed, "pending": counts.pending,
        });
        let entry = difference::ops::entry("reconciliation.match", "bill_day", day.id.raw(), detail, None);
        audit::record(&mut tx, cx, actor, entry).await?;
        tx.commit().await?;
        metrics::counter!("everlit_reconciled_lines_total", "result" => "matched")
            .increment(counts.matched.unsigned_abs());
        metrics::counter!("everlit_reconciled_lines_total", "result" => "queued")
            .increment(counts.queued.unsigned_abs());
        // The day before that is not looked back at any more.
        let mut tx = cx.read().await?;
        let old = bill::store::find_day(&mut tx, &day.gateway, day.day.before().before()).await?;
        drop(tx);
        match old {
            Some(old) => drop_snapshot(cx, self.claim, old.id).await,
            None => Ok(()),
        }
    }
}

async fn drop_snapshot(cx: &Cx, claim: Claim, day: crate::bill::BillDayId) -> Result<(), Error> {
    loop {
        let mut tx = begin(cx, claim).await?;
        let dropped = store::drop_ours(&mut tx, day, PAGE).await?;
        tx.commit().await?;
        if dropped == 0 {
            return Ok(());
        }
    }
}
