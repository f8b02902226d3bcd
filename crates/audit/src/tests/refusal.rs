//! Refused acts are recorded, a flood of them once a minute.

use kernel::{Actor, ActorKind, Duration, PageRequest};
use testkit::{TestDb, db_test};

use super::customer;
use crate::{Filter, MIGRATIONS, note_refusal, search, verify};

#[db_test]
async fn w4_a_refused_act_is_recorded_once_a_minute_for_each_person_and_route(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    let nobody = Actor { kind: ActorKind::Anonymous, ..Actor::system("test") };
    let (reveal, export) = ("POST /console/orders/{id}/reveal", "POST /console/audit/export");
    let mut recorded = 0;
    for second in 0..150 {
        for (actor, route) in
            [(customer(1), reveal), (customer(1), export), (customer(2), reveal), (nobody.clone(), reveal)]
        {
            recorded += usize::from(note_refusal(&t.cx, &actor, route, "web.forbidden").await.unwrap());
        }
        t.clock.advance(Duration::from_secs(1));
        assert!(second > 0 || recorded == 4);
    }
    assert!((12..=16).contains(&recorded), "{recorded} within two and a half minutes");
    let found = search(&t.cx, &Filter::default(), &PageRequest::new(None, 100)).await.unwrap();
    assert_eq!(found.items.len(), recorded);
    assert!(
        found
            .items
            .iter()
            .all(|entry| entry.verb == "access.refuse" && entry.detail.contains("web.forbidden"))
    );
    assert_eq!(verify(&t.cx).await.unwrap().bad, None);

    t.clock.advance(Duration::from_hours(1));
    note_refusal(&t.cx, &nobody, &"长".repeat(1_000), "web.forbidden").await.unwrap();
    let marks = t.raw("SELECT COUNT(*) FROM audit_refusal", Vec::new()).await;
    assert_eq!(marks[0].reader().get::<i64>().unwrap(), 1, "old marks are removed");
}

/// Both see no mark yet; one of them writes it.
#[db_test]
async fn two_at_the_same_moment_are_one(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    let (one, other) = (customer(1), customer(1));
    let both = tokio::join!(
        note_refusal(&t.cx, &one, "GET /console", "x"),
        note_refusal(&t.cx, &other, "GET /console", "x")
    );
    assert!(both.0.unwrap() ^ both.1.unwrap());
}
