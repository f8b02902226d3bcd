//! Every combination of filters, against a plain comparison; and the plan of each query.

use kernel::{Actor, Duration, PageRequest, Rng as _, SeededRng, Timestamp};
use testkit::{TestDb, db_test};

use super::{customer, write};
use crate::search::{Found, STATEMENTS};
use crate::{Filter, MIGRATIONS, search, verbs};

const VERBS: [&str; 4] = ["box.open", "order.cancel", "order.place", "session.open"];

async fn some(t: &TestDb, count: i64) {
    t.migrate(&[MIGRATIONS]).await;
    let dice = SeededRng::new(5);
    let pick = |bound: u64| i64::try_from(dice.below(bound)).unwrap();
    for _ in 0..count {
        let actor = match pick(4) {
            0 => Actor::system("relay"),
            n => customer(n),
        };
        let verb = VERBS[usize::try_from(pick(4)).unwrap()];
        write(t, &actor, verb, pick(6), (pick(3) > 0).then(|| pick(3) + 1)).await;
        t.clock.advance(Duration::from_mins(pick(90)));
    }
}

async fn all_of(t: &TestDb, filter: &Filter, per_page: u16) -> Vec<Found> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = search(&t.cx, filter, &PageRequest::new(after, per_page)).await.unwrap();
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

fn fits(entry: &Found, filter: &Filter) -> bool {
    filter.object.as_ref().is_none_or(|(kind, id)| entry.object_kind == *kind && entry.object_id == *id)
        && filter.customer.is_none_or(|id| entry.customer_id == Some(id.raw()))
        && filter.actor.as_ref().is_none_or(|actor| entry.actor == *actor)
        && filter.verb.as_ref().is_none_or(|verb| entry.verb == *verb)
        && filter.from.is_none_or(|from| entry.at >= from)
        && filter.to.is_none_or(|to| entry.at < to)
}

#[db_test]
async fn w4_every_combination_of_filters_brings_exactly_what_fits_page_by_page(t: TestDb) {
    some(&t, 160).await;
    let all = all_of(&t, &Filter::default(), 100).await;
    assert_eq!(all.len(), 160);
    assert!(all.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first");
    let start: Timestamp = all[159].at;
    let mut hits = 0;
    for combination in 0..64 {
        let filter = Filter {
            object: (combination & 1 > 0).then(|| ("order".to_owned(), 4)),
            customer: (combination & 2 > 0).then_some(kernel::AccountId(2)),
            actor: (combination & 4 > 0).then(|| customer(1).label()),
            verb: (combination & 8 > 0).then(|| "order.place".to_owned()),
            from: (combination & 16 > 0).then(|| start.plus(Duration::from_hours(20))),
            to: (combination & 32 > 0).then(|| start.plus(Duration::from_hours(90))),
        };
        let found: Vec<i64> = all_of(&t, &filter, 7).await.iter().map(|entry| entry.id).collect();
        let wanted: Vec<i64> =
            all.iter().filter(|entry| fits(entry, &filter)).map(|entry| entry.id).collect();
        assert_eq!(found, wanted, "{filter:?}");
        hits += usize::from(!found.is_empty());
    }
    assert!(hits > 40, "only {hits} combinations found anything");
    let by_system = Filter { actor: Some("system:relay".to_owned()), ..Filter::default() };
    assert!(all_of(&t, &by_system, 50).await.len() > 10);
    assert_eq!(verbs(&t.cx).await.unwrap(), VERBS);
}

/// No search reads the table from one end to the other: each goes by the index of what leads it.
#[db_test]
async fn w4_no_search_scans_the_table(t: TestDb) {
    some(&t, 5).await;
    let engine = t.cx.db.engine();
    let indexes = [
        ("BY_OBJECT", "audit_entry_by_object"),
        ("BY_CUSTOMER", "audit_entry_by_customer"),
        ("BY_ACTOR", "audit_entry_by_actor"),
        ("BY_VERB", "audit_entry_by_verb"),
        ("BY_TIME", "audit_entry"),
        ("VERBS", "audit_entry_by_verb"),
    ];
    for (name, index) in indexes {
        let statement = STATEMENTS.iter().find(|statement| statement.name() == name).unwrap();
        // Values in place of parameters: an explanation takes none.
        let mut text = statement.rendered(engine).to_owned();
        let values = ["9", "9", "0", "0", "9", "'order'", "4", "2", "'acc_1'", "'order.place'"];
        for (number, value) in (1..11_usize).zip(values).rev() {
            text = text.replace(&format!("${number}"), value).replace(&format!("?{number}"), value);
        }
        let plan = t.plan(&text).await;
        // With many writers the planner takes whichever of the indexes its statistics praise.
        let index = if t.has_many_writers() { "using audit_entry_" } else { index };
        assert!(plan.contains(index), "{name}: {plan}");
        let scans = ["SCAN audit_entry\"", "Seq Scan on audit_entry", "TEMP B-TREE"];
        assert!(!scans.iter().any(|scan| plan.contains(scan)), "{name}: {plan}");
    }
}
