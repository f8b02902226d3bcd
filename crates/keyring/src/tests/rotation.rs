//! Rotation: interrupted, beside other nodes, with damaged values.

use kernel::{Clock, ManualClock, Timestamp};
use testkit::until;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::*;

/// A clock that tells how often it was read.
#[derive(Debug)]
struct WatchedClock {
    clock: Arc<ManualClock>,
    readings: watch::Sender<u32>,
}

impl Clock for WatchedClock {
    fn now(&self) -> Timestamp {
        self.readings.send_modify(|count| *count += 1);
        self.clock.now()
    }
}

#[db_test]
async fn a_rotation_seals_every_value_again_and_retires_the_old_key(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, ring) = place.open(1).await;
    place.fill(&cx.vault, 230).await;
    let index = cx.vault.blind_index("c", "v");
    let done = go(&cx, &ring).await.unwrap();
    assert_eq!(done, Rotated { number: 2, values: 460, retired: vec![1] });
    assert_eq!(place.states().await, owned(&[(1, "retired"), (2, "current")]));
    for (id, body) in (1..).zip(place.bodies().await) {
        assert_eq!(key_number(&body), Some(2));
        assert_eq!(cx.vault.open_text("box.body", &body).unwrap(), format!("value {id}"));
    }
    assert_eq!(cx.vault.blind_index("c", "v"), index, "indexes are not touched");
    let status = status(&cx, SEALED).await.unwrap();
    let values: Vec<i64> =
        status.keys.iter().filter(|k| k.purpose == Purpose::Seal).map(|k| k.values).collect();
    assert_eq!((values, status.behind(), status.foreign.len()), (vec![0, 460], 0, 0));
    assert_eq!(audit::verify(&cx).await.unwrap().bad, None);
}

#[db_test]
async fn a_rotation_killed_at_any_moment_goes_on_and_makes_no_further_key(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, ring) = place.open(1).await;
    place.fill(&cx.vault, 120).await;
    // Killed after publishing, after promoting, and at every tell in between: the future is dropped there.
    for stop_at in 1..=3_u32 {
        let seen = std::sync::atomic::AtomicU32::new(0);
        let stopped = Arc::new(tokio::sync::Notify::new());
        let stop = Arc::clone(&stopped);
        let mut tell = |_: Step| {
            if seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 == stop_at {
                stop.notify_one();
            }
        };
        let actor = Actor::system("test");
        tokio::select! {
            biased;
            () = stopped.notified() => {}
            done = rotate(&cx, &actor, &ring, SEALED, &mut tell) => { done.unwrap(); }
        }
    }
    while place.states().await.iter().any(|(_, state)| state == "known" || state == "old") {
        go(&cx, &ring).await.unwrap();
    }
    let states = place.states().await;
    let current = states.iter().filter(|(_, state)| state == "current").count();
    assert_eq!(
        (current, states.iter().filter(|(_, s)| s == "retired").count() + 1),
        (1, states.len()),
        "{states:?}"
    );
    assert!(states.len() <= 4, "each attempt finished the one before: {states:?}");
    let newest = u32::try_from(states.last().unwrap().0).unwrap();
    for body in place.bodies().await {
        assert_eq!(key_number(&body), Some(newest));
    }
}

#[db_test]
async fn no_value_appears_under_a_key_that_a_living_node_does_not_have(t: TestDb) {
    let place = Place::new(t).await;
    let lease = |holder: &str| {
        let (db, clock, holder) = (place.t.cx.db.clone(), place.t.clock.clone(), holder.to_owned());
        async move { NodeLease::take(&db, &*clock, holder, Presence::Beside).await.unwrap() }
    };
    let (one, two) = (lease("one").await, lease("two").await);
    let (cx, ring) = place.open(one.node).await;
    let (other_cx, other) = place.open(two.node).await;
    let watched = WatchedClock { clock: place.t.clock.clone(), readings: watch::Sender::new(0) };
    let mut readings = watched.readings.subscribe();
    let cx = Cx { clock: Arc::new(watched), ..cx };
    let mut rotating = JoinSet::new();
    rotating.spawn({
        let (cx, ring) = (cx.clone(), Arc::clone(&ring));
        async move { go(&cx, &ring).await }
    });
    // Published, and waiting for the other node.
    until(async || place.states().await.len() == 2).await;
    // Whoever looks at the nodes reads the clock. It has looked at least three times, and nothing has moved.
    let enough = *readings.borrow_and_update() + 8;
    while *readings.borrow_and_update() < enough {
        readings.changed().await.unwrap();
        assert_eq!(place.states().await, owned(&[(1, "current"), (2, "known")]));
    }
    assert_eq!(cx.vault.current(), 1);
    // It takes the key: now it may become current, and the rotation waits until the other seals with it.
    other.refresh(&place.t.cx.db, place.t.cx.now()).await.unwrap();
    until(async || place.states().await == owned(&[(1, "old"), (2, "current")])).await;
    let early = other_cx.vault.seal_text(&*place.rng, "box.body", "late writer").unwrap();
    place.t.raw("INSERT INTO box (id, body) VALUES (999, $1)", vec![Value::Bytes(early)]).await;
    assert_eq!(other_cx.vault.current(), 1);
    other.refresh(&place.t.cx.db, place.t.cx.now()).await.unwrap();
    assert_eq!(other_cx.vault.current(), 2);
    assert_eq!(rotating.join_next().await.unwrap().unwrap().unwrap().retired, [1]);
    assert_eq!(key_number(place.bodies().await.last().unwrap()), Some(2), "what the late node wrote too");
}

#[db_test]
async fn a_node_that_is_gone_is_not_waited_for(t: TestDb) {
    let place = Place::new(t).await;
    let (db, clock) = (place.t.cx.db.clone(), place.t.clock.clone());
    NodeLease::take(&db, &*clock, "gone".to_owned(), Presence::Beside).await.unwrap();
    place.t.clock.advance(Duration::from_mins(1));
    let (cx, ring) = place.open(7).await;
    assert_eq!(go(&cx, &ring).await.unwrap().number, 2);
}

#[db_test]
async fn a_value_under_an_unknown_key_makes_a_following_node_look_at_once(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, ring) = place.open(1).await;
    // The embedded database of another process sends no wake-up: opened once more, it is like that.
    let far = Cx { db: db::Db::open(place.t.url()).await.unwrap(), ..place.t.cx.clone() };
    let start = Start {
        masters: Masters::new(local(1), Vec::new()),
        node: 2,
        first_master: None,
        sealed: SEALED,
        midway: Midway::Refused,
    };
    let other = Arc::new(Keyring::open(&far.db, &*place.t.clock, &*place.rng, start).await.unwrap());
    let vault = other.vault();
    go(&cx, &ring).await.unwrap();
    let sealed = cx.vault.seal_text(&*place.rng, "c", "x").unwrap();
    assert_eq!(vault.open("c", &sealed), Err(vault::Error::UnknownKey(2)));
    let mut following = JoinSet::new();
    following.spawn(other.follow(far));
    until(async || vault.open("c", &sealed).is_ok()).await;
}

#[db_test]
async fn values_that_no_key_opens_are_named_and_keep_the_old_key(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, ring) = place.open(1).await;
    place.fill(&cx.vault, 2).await;
    let moved = cx.vault.seal_text(&*place.rng, "another.context", "x").unwrap();
    place.t.raw("UPDATE box SET body = $1 WHERE id = 1", vec![Value::Bytes(moved.clone())]).await;
    let error = go(&cx, &ring).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { column, count: 1 } if column == "box.body"), "{error}");
    assert_eq!(place.bodies().await[0], moved, "nothing is changed about it");
    assert_eq!(place.states().await, owned(&[(1, "old"), (2, "current")]));
}

#[db_test]
async fn keys_beyond_255_rotate_like_the_others(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, ring) = place.open(1).await;
    place.fill(&cx.vault, 3).await;
    place.t.raw("UPDATE data_key SET state = 'retired' WHERE purpose = 'seal'", Vec::new()).await;
    let mut late =
        place.t.raw("SELECT wrapped FROM data_key WHERE number = 1 AND purpose = 'seal'", Vec::new()).await;
    let _ = late.pop();
    let key = Key::new([3; 32]);
    for number in [255_u32, 256] {
        let context = format!("everlit.data_key.seal.{number}");
        let wrapped = local(1).wrap(&context, key.expose()).await.unwrap();
        let state = if number == 255 { "current" } else { "known" };
        place
            .t
            .raw(
                "INSERT INTO data_key (purpose, number, wrapped, wrapped_by, state, created_at) VALUES ('seal', $1, $2, $3, $4, 0)",
                params![number, wrapped, local(1).name(), state],
            )
            .await;
    }
    ring.refresh(&cx.db, cx.now()).await.unwrap();
    let done = go(&cx, &ring).await.unwrap();
    assert_eq!((done.number, done.values), (256, 6));
    for body in place.bodies().await {
        assert_eq!(body[..5], [2, 0, 0, 1, 0]);
        cx.vault.open_text("box.body", &body).unwrap();
    }
    assert_eq!(go(&cx, &ring).await.unwrap().number, 257);
    assert_eq!(status(&cx, SEALED).await.unwrap().behind(), 0);
}
