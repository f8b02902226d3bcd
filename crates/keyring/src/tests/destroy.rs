//! Retired keys are destroyed in time, and not before nothing lies under them.

use super::*;

const KEEP: Duration = Duration::from_days(90);

async fn due(cx: &Cx) -> Vec<(Purpose, u32)> {
    destroy_due(cx, &Actor::system("test"), SEALED, KEEP).await.unwrap()
}

#[db_test]
async fn a_retired_key_is_destroyed_when_it_was_kept_long_enough_and_audited(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, ring) = place.open(1).await;
    place.fill(&cx.vault, 3).await;
    let before = place.bodies().await[0].clone();
    assert_eq!(go(&cx, &ring).await.unwrap().retired, [1]);
    place.t.clock.advance(Duration::from_days(89));
    assert_eq!(due(&cx).await, []);
    cx.vault.open_text("box.body", &before).unwrap();
    place.t.clock.advance(Duration::from_days(1));
    assert_eq!(due(&cx).await, [(Purpose::Seal, 1)]);
    assert_eq!(due(&cx).await, [], "once");
    ring.refresh(&cx.db, cx.now()).await.unwrap();
    assert_eq!(cx.vault.open("box.body", &before), Err(vault::Error::UnknownKey(1)), "a node drops it");
    let rows = place.t.raw("SELECT wrapped FROM data_key WHERE state = 'destroyed'", Vec::new()).await;
    assert_eq!((rows.len(), rows[0].reader().get::<Vec<u8>>().unwrap()), (1, Vec::new()));
    let seen = status(&cx, SEALED).await.unwrap();
    let gone = seen.keys.iter().find(|key| key.state == KeyState::Destroyed).unwrap();
    assert_eq!((gone.number, gone.destroyed_at), (1, Some(cx.now())));
    // A start, a rotation and another master key go on without it.
    let (again, ring) = place.open(2).await;
    again.vault.open_text("box.body", &place.bodies().await[0]).unwrap();
    assert_eq!(rewrap(&again, &Actor::system("test"), &ring, &*local(2)).await.unwrap(), 3);
    let filter = audit::Filter { verb: Some("keys.destroy".to_owned()), ..audit::Filter::default() };
    let acts = audit::search(&cx, &filter, &kernel::PageRequest::new(None, 10)).await.unwrap().items;
    assert_eq!((acts.len(), acts[0].object_id, acts[0].actor.as_str()), (1, 1, "system:test"));
    assert_eq!(audit::verify(&cx).await.unwrap().bad, None);
}

#[db_test]
async fn a_value_that_turned_up_keeps_its_key_and_a_value_of_a_destroyed_key_is_damage(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, ring) = place.open(1).await;
    place.fill(&cx.vault, 2).await;
    let before = place.bodies().await[0].clone();
    go(&cx, &ring).await.unwrap();
    // As from a backup of which one table was put back.
    let put_back = || place.t.raw("UPDATE box SET body = $1 WHERE id = 1", params![before.clone()]);
    put_back().await;
    place.t.clock.advance(KEEP);
    assert_eq!(due(&cx).await, [], "it is still needed");
    go(&cx, &ring).await.unwrap();
    assert_eq!(due(&cx).await, [(Purpose::Seal, 1)], "the next rotation took the value along");
    put_back().await;
    let seen = status(&cx, SEALED).await.unwrap();
    assert_eq!(seen.foreign, [("box.body".to_owned(), 1)]);
}
