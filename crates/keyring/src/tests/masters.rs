//! The first start, master keys here and in a service, what once lay open.

use super::*;

#[db_test]
async fn an_empty_installation_begins_with_random_keys_and_finds_them_again(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, _) = place.open(1).await;
    let sealed = cx.vault.seal_text(&*place.rng, "box.body", "x").unwrap();
    let legacy = Vault::with_key([1; 32]).unwrap();
    assert!(legacy.open("box.body", &sealed).is_err(), "nothing is derived from the master key");
    let (again, _) = place.open(2).await;
    assert_eq!(again.vault.open_text("box.body", &sealed).as_deref(), Ok("x"));
    assert_eq!(again.vault.blind_index("c", "v"), cx.vault.blind_index("c", "v"));
    let rows = place.t.raw("SELECT wrapped FROM data_key", Vec::new()).await;
    assert_eq!(rows.len(), 3, "for seals, for indexes, for proofs");
    assert_ne!(cx.vault.keyed("c", "v"), cx.vault.blind_index("c", "v"));
}

#[db_test]
async fn what_the_first_version_sealed_keeps_opening_and_is_found(t: TestDb) {
    let place = Place::new(t).await;
    let legacy = Vault::with_key([1; 32]).unwrap();
    place.fill(&legacy, 3).await;
    let masters = || Masters::new(local(1), Vec::new());
    assert!(matches!(place.try_open(1, masters(), None).await, Err(Error::FirstMasterNeeded)));
    let (cx, _) = place.try_open(1, masters(), Some(Key::new([1; 32]))).await.unwrap();
    assert_eq!(cx.vault.open_text("box.body", &place.bodies().await[0]).as_deref(), Ok("value 1"));
    assert_eq!(cx.vault.blind_index("c", "v"), legacy.blind_index("c", "v"));
    // The second start needs no first master key.
    place.open(2).await;
}

#[db_test]
async fn the_wrong_master_key_is_named_and_a_moved_wrapped_key_is_refused(t: TestDb) {
    let place = Place::new(t).await;
    place.open(1).await;
    let error = place.try_open(1, Masters::new(local(2), Vec::new()), None).await.unwrap_err();
    assert!(matches!(&error, Error::OtherMaster { needed, .. } if needed == local(1).name()), "{error}");
    place
        .t
        .raw(
            "UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE purpose = 'index') WHERE purpose = 'seal'",
            Vec::new(),
        )
        .await;
    let error = place.try_open(1, Masters::new(local(1), Vec::new()), None).await.unwrap_err();
    assert!(matches!(error, Error::Master { .. }), "{error}");
}

#[db_test]
async fn another_master_key_wraps_the_same_keys_and_values_stay(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, ring) = place.open(1).await;
    place.fill(&cx.vault, 2).await;
    let before = place.bodies().await;
    assert_eq!(rewrap(&cx, &Actor::system("test"), &ring, &*local(2)).await.unwrap(), 3);
    assert_eq!(
        rewrap(&cx, &Actor::system("test"), &ring, &*local(2)).await.unwrap(),
        0,
        "the second time nothing"
    );
    assert_eq!(place.bodies().await, before);
    assert!(place.try_open(1, Masters::new(local(1), Vec::new()), None).await.is_err());
    let (after, _) = place.try_open(1, Masters::new(local(2), Vec::new()), None).await.unwrap();
    after.vault.open_text("box.body", &before[0]).unwrap();
    // While both are given, a running node takes keys wrapped by either.
    place.try_open(1, Masters::new(local(1), vec![local(2)]), None).await.unwrap();
}

#[db_test]
async fn the_master_key_may_live_in_a_key_service(t: TestDb) {
    let place = Place::new(t).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = BaseUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let service = KeyService::start(listener, "s.secret");
    let transit = |token: &str| -> Arc<dyn Kms> {
        let config = TransitConfig { url: url.clone(), key: "everlit".to_owned(), token: token.to_owned() };
        assert!(!format!("{config:?}").contains(token), "the token is never printed");
        Arc::new(TransitKms::new(config, Http::new(Limits::default()).unwrap()))
    };
    let masters = Masters::new(transit("s.secret"), Vec::new());
    let (cx, ring) = place.try_open(1, masters.clone(), None).await.unwrap();
    place.fill(&cx.vault, 2).await;
    assert_eq!(go(&cx, &ring).await.unwrap().number, 2);
    // Values are sealed and opened without asking the service.
    let calls = service.calls();
    cx.vault.open_text("box.body", &place.bodies().await[0]).unwrap();
    assert_eq!(service.calls(), calls);
    let (again, _) = place.try_open(2, masters.clone(), None).await.unwrap();
    again.vault.open_text("box.body", &place.bodies().await[0]).unwrap();
    let denied = place.try_open(3, Masters::new(transit("wrong"), Vec::new()), None).await.unwrap_err();
    assert!(matches!(&denied, Error::Master { source: connectors::KmsError::Denied(403), .. }), "{denied}");
    service.set_sealed(true);
    let sealed = place.try_open(3, masters.clone(), None).await.unwrap_err();
    assert!(
        matches!(&sealed, Error::Master { source: connectors::KmsError::Unavailable(_), .. }),
        "{sealed}"
    );
    service.set_sealed(false);
    // From the service to a file of one's own and back.
    assert_eq!(rewrap(&cx, &Actor::system("test"), &ring, &*local(4)).await.unwrap(), 4);
    let (own, ring) =
        place.try_open(1, Masters::new(local(4), vec![transit("s.secret")]), None).await.unwrap();
    own.vault.open_text("box.body", &place.bodies().await[0]).unwrap();
    assert_eq!(rewrap(&own, &Actor::system("test"), &ring, &*transit("s.secret")).await.unwrap(), 4);
}

#[db_test]
async fn what_lay_in_the_clear_is_sealed_once(t: TestDb) {
    let place = Place::new(t).await;
    let (cx, _) = place.open(1).await;
    for id in 1..=3_i64 {
        let note = (id != 2).then(|| format!("note {id}"));
        let row = params![id, note, if id == 3 { "" } else { "字" }, (id == 1).then_some("word")];
        place.t.raw("INSERT INTO box (id, note, zh, en) VALUES ($1, $2, $3, $4)", row).await;
    }
    assert_eq!(seal_what_lies_open(&cx, SEALED).await.unwrap(), 4, "two notes, two rows with words");
    let rows =
        place.t.raw("SELECT note, zh, en, note_sealed, words_sealed FROM box ORDER BY id", Vec::new()).await;
    let mut seen = Vec::new();
    for row in &rows {
        let mut r = row.reader();
        let (note, zh, en): (Option<String>, String, Option<String>) =
            (r.get().unwrap(), r.get().unwrap(), r.get().unwrap());
        assert_eq!((note, zh.as_str(), en), (None, "", None));
        let open =
            |context: &str, sealed: Option<Vec<u8>>| sealed.map(|s| cx.vault.open_text(context, &s).unwrap());
        seen.push((open("box.note", r.get().unwrap()), open("box.words", r.get().unwrap())));
    }
    let text = |s: &str| Some(s.to_owned());
    assert_eq!(
        seen,
        [
            (text("note 1"), text(r#"{"en":"word","zh":"字"}"#)),
            (None, text(r#"{"zh":"字"}"#)),
            (text("note 3"), None)
        ]
    );
    // Done is done: what an old program writes there later is not looked for again.
    place.t.raw("UPDATE box SET note = 'again' WHERE id = 1", Vec::new()).await;
    assert_eq!(seal_what_lies_open(&cx, SEALED).await.unwrap(), 0);
}
