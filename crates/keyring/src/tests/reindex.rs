//! Another key for the indexes: while nothing serves, whole or not at all.

use super::*;

const WORDS: &[IndexedColumn] = &[
    IndexedColumn::new("found", "word_index", "word_sealed", "found.word"),
    IndexedColumn::new("found", "short_index", "word_sealed", "found.word").made_by("found.short", short),
];

fn short(plain: &[u8]) -> Option<String> {
    std::str::from_utf8(plain).ok()?.get(..3).map(str::to_owned)
}

const FOUND: db::Migrations = db::Migrations {
    crate_name: "keyring_found",
    files: &[(
        "0001",
        "CREATE TABLE found (id {id}, word_sealed {bytes}, word_index {bytes}, short_index {bytes} NOT NULL);\nCREATE UNIQUE INDEX found_once ON found (word_index);\n",
    )],
};

async fn place(t: TestDb, words: usize) -> (Place, Cx, Arc<Keyring>) {
    t.migrate(&[FOUND]).await;
    let place = Place::new(t).await;
    let (cx, ring) = place.open(1).await;
    for n in 0..words {
        let word = word(n);
        let sealed = cx.vault.seal_text(&*cx.rng, "found.word", &word).unwrap();
        let row = params![
            i64::try_from(n).unwrap(),
            sealed,
            cx.vault.blind_index("found.word", &word),
            cx.vault.blind_index("found.short", &word[..3])
        ];
        let sql = "INSERT INTO found (id, word_sealed, word_index, short_index) VALUES ($1, $2, $3, $4)";
        place.t.raw(sql, row).await;
    }
    (place, cx, ring)
}

fn word(n: usize) -> String {
    format!("w{:02}-{n}", n % 50)
}

async fn find(place: &Place, vault: &Vault, n: usize) -> Option<usize> {
    let index = vault.blind_index("found.word", &word(n));
    let rows = place.t.raw("SELECT id FROM found WHERE word_index = $1", params![index]).await;
    rows.first().map(|row| usize::try_from(row.reader().get::<i64>().unwrap()).unwrap())
}

async fn states(place: &Place) -> Vec<(i64, String)> {
    let sql = "SELECT number, state FROM data_key WHERE purpose = 'index' ORDER BY number";
    let rows = place.t.raw(sql, Vec::new()).await;
    let read = |row: &db::Row| {
        let mut r = row.reader();
        (r.get().unwrap(), r.get().unwrap())
    };
    rows.iter().map(read).collect()
}

async fn again(cx: &Cx, ring: &Keyring) -> Result<Reindexed, Error> {
    reindex(cx, &Actor::system("test"), ring, WORDS, &mut |_| {}).await
}

#[db_test]
async fn every_index_is_made_anew_and_found_by_and_codes_stay_what_they_were(t: TestDb) {
    let (place, cx, ring) = place(t, 450).await;
    // Erased: nobody is left to find.
    place.t.raw("UPDATE found SET word_sealed = NULL, word_index = NULL WHERE id = 7", Vec::new()).await;
    let (old, code) = (cx.vault.blind_index("found.word", &word(9)), cx.vault.keyed("code", "123456"));
    let done = again(&cx, &ring).await.unwrap();
    assert_eq!(done, Reindexed { number: 2, values: 899 });
    assert_ne!(cx.vault.blind_index("found.word", &word(9)), old);
    assert_eq!(cx.vault.keyed("code", "123456"), code, "what is kept nowhere is still known");
    for n in [0, 9, 250, 449] {
        assert_eq!(find(&place, &cx.vault, n).await, Some(n));
    }
    let left = place.t.raw("SELECT id FROM found WHERE word_index = $1", params![old]).await;
    assert!(left.is_empty(), "nothing is found by the old key");
    let emptied = place.t.raw("SELECT short_index FROM found WHERE id = 7", Vec::new()).await;
    assert_eq!(emptied[0].reader().get::<Vec<u8>>().unwrap(), Vec::<u8>::new());
    let same_beginning = cx.vault.blind_index("found.short", "w01");
    let rows = place.t.raw("SELECT id FROM found WHERE short_index = $1", params![same_beginning]).await;
    assert_eq!(rows.len(), 9);
    assert_eq!(states(&place).await, owned(&[(1, "retired"), (2, "current")]));
    // A later start has the new key; the old one is destroyed like any other, and the next exchange goes on from there.
    let (later, _) = place.open(2).await;
    assert_eq!(find(&place, &later.vault, 449).await, Some(449));
    place.t.clock.advance(Duration::from_days(90));
    let gone = destroy_due(&cx, &Actor::system("test"), SEALED, Duration::from_days(90)).await.unwrap();
    assert_eq!(gone, [(Purpose::Index, 1)]);
    let (later, ring) = place.open(3).await;
    assert_eq!(later.vault.keyed("code", "123456"), code);
    assert_eq!(again(&later, &ring).await.unwrap(), Reindexed { number: 3, values: 898 });
    assert_eq!(audit::verify(&cx).await.unwrap().bad, None);
}

#[db_test]
async fn while_another_node_lives_nothing_is_changed(t: TestDb) {
    let (place, cx, ring) = place(t, 3).await;
    let lease = async |holder: &str| {
        let holder = holder.to_owned();
        NodeLease::take(&place.t.cx.db, &*place.t.clock, holder, Presence::Beside).await.unwrap()
    };
    let (own, other) = (lease("command").await, lease("serves").await);
    assert_eq!(own.node, 1, "the number of the ring");
    let refused = again(&cx, &ring).await.unwrap_err();
    assert!(matches!(&refused, Error::NodesLive { nodes } if *nodes == [i64::from(other.node)]), "{refused}");
    assert_eq!(states(&place).await, owned(&[(1, "current")]), "and others may start");
    place.open(4).await;
    assert_eq!(find(&place, &cx.vault, 2).await, Some(2));
    other.release(&cx).await.unwrap();
    assert_eq!(again(&cx, &ring).await.unwrap().values, 6);
}

#[db_test]
async fn killed_in_the_middle_it_goes_on_with_the_same_key_and_nobody_else_starts(t: TestDb) {
    let (place, cx, ring) = place(t, 450).await;
    let stopped = Arc::new(tokio::sync::Notify::new());
    let stop = Arc::clone(&stopped);
    let mut tell = move |made: Made| {
        if matches!(made, Made::Column { .. }) {
            stop.notify_one();
        }
    };
    let actor = Actor::system("test");
    tokio::select! {
        biased;
        () = stopped.notified() => {}
        done = reindex(&cx, &actor, &ring, WORDS, &mut tell) => { done.unwrap(); }
    }
    assert_eq!(states(&place).await, owned(&[(1, "current"), (2, "known")]));
    let masters = || Masters::new(local(1), Vec::new());
    let refused = place.try_open(2, masters(), None).await.unwrap_err();
    assert!(matches!(refused, Error::Reindexing), "{refused}");
    let start =
        Start { masters: masters(), node: 1, first_master: None, sealed: SEALED, midway: Midway::Allowed };
    let ring = Keyring::open(&cx.db, &*place.t.clock, &*place.rng, start).await.unwrap();
    let cx = Cx { vault: ring.vault(), ..cx };
    let mut told = Vec::new();
    let done = reindex(&cx, &actor, &ring, WORDS, &mut |made| told.push(made)).await.unwrap();
    assert_eq!(told[0], Made::Resumed { number: 2 });
    assert!(done.number == 2 && done.values < 900, "what was made is not made again: {done:?}");
    for n in [0, 249, 449] {
        assert_eq!(find(&place, &cx.vault, n).await, Some(n));
    }
    place.open(2).await;
}

#[db_test]
async fn a_value_that_cannot_be_read_is_named_and_the_old_key_stays(t: TestDb) {
    let (place, cx, ring) = place(t, 3).await;
    place.t.raw("UPDATE found SET word_sealed = $1 WHERE id = 1", params![vec![1_u8, 1, 0]]).await;
    let refused = again(&cx, &ring).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Unreadable { column, count: 1 } if column == "found.word_sealed"),
        "{refused}"
    );
    assert_eq!(states(&place).await, owned(&[(1, "current"), (2, "known")]));
}

#[db_test]
async fn an_installation_with_one_key_for_both_keeps_its_codes_and_indexes(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, _) = place.open(1).await;
    // As the version before left it: indexes and proofs by one key.
    place.t.raw("DELETE FROM data_key WHERE purpose = 'proof'", Vec::new()).await;
    let (before, _) = place.open(1).await;
    assert_eq!(before.vault.keyed("c", "v"), before.vault.blind_index("c", "v"));
    assert_eq!(cx.vault.blind_index("c", "v"), before.vault.blind_index("c", "v"));
    let (later, _) = place.open(2).await;
    assert_eq!(later.vault.keyed("c", "v"), before.vault.keyed("c", "v"));
}
