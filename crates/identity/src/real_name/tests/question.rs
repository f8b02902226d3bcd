//! A question to the provider: asked under one id until it has an end, whatever dies or is down meanwhile.

use super::*;

#[testkit::db_test]
async fn one_key_is_one_question_however_often_it_is_sent(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let cx = &t.cx;
    let lin = customer(&t, &hasher, "lin").await;
    let both = futures_util::future::join_all((0..6).map(|_| begin(&room, cx, &lin, input(LIN, "k")))).await;
    let fresh = both.iter().filter(|begun| !begun.as_ref().unwrap().replayed).count();
    assert_eq!(fresh, 1);
    assert_eq!(code_of(begin(&room, cx, &lin, input(CHEN, "k")).await), "real_name.key_used");
    assert_eq!(code_of(begin(&room, cx, &lin, input(LIN, "other")).await), "real_name.running");
    assert_eq!(code_of(begin(&room, cx, &lin, input(LIN, "")).await), "real_name.key_used");
    let id = both[0].as_ref().unwrap().check.id;
    futures_util::future::join_all((0..4).map(|_| ask(&room, cx, id))).await;
    assert_eq!((provider.charges(), level(cx, &lin).await), (1, Level::RealName));
    let answers = audited(&t).await.iter().filter(|verb| *verb == "real_name.answer").count();
    assert_eq!(answers, 1);
}

#[testkit::db_test]
async fn a_question_whose_asking_died_is_asked_again_under_the_same_id(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let cx = &t.cx;
    let lin = customer(&t, &hasher, "lin").await;
    let begun = begin(&room, cx, &lin, input(LIN, "k")).await.unwrap();
    // Asked, looked up, and then we are gone.
    *provider.hangs.lock().unwrap() = true;
    let died =
        tokio::time::timeout(std::time::Duration::from_millis(50), ask(&room, cx, begun.check.id)).await;
    assert!(died.is_err());
    *provider.hangs.lock().unwrap() = false;
    let registry = jobs(&room);
    run_due(cx, &registry).await.unwrap();
    assert_eq!(provider.asked().len(), 1, "the job leaves the first asking some time");
    t.clock.advance(Duration::from_secs(11));
    run_due(cx, &registry).await.unwrap();
    assert_eq!((provider.asked().len(), provider.charges()), (2, 1));
    assert_eq!(level(cx, &lin).await, Level::RealName);
    assert_eq!(durable::job_counts(cx).await.unwrap().total, 1, "an e-mail is left to deliver");
    let inbox = notify::list_inbox(cx, &lin, PageRequest::new(None, 5)).await.unwrap().items;
    assert!(inbox.iter().any(|message| message.content.title == "实名认证已通过"));
}

#[testkit::db_test]
async fn a_provider_that_is_down_is_asked_again_and_given_up_without_counting(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let cx = &t.cx;
    let (lin, registry) = (customer(&t, &hasher, "lin").await, jobs(&room));
    let unknown = || Err(NameCheckError::Unknown("no answer in time".to_owned()));
    let lying = Err(NameCheckError::NotBelieved("bad signature".to_owned()));
    provider
        .answer(LIN.1, vec![unknown(), Ok(NameResult::Unavailable), lying, unknown(), Ok(NameResult::Match)]);
    assert_eq!(verify(&room, cx, &lin, LIN, "k").await.unwrap(), CheckState::Asking);
    assert!(standing(&room, cx, &lin).await.unwrap().running().is_some());
    settle(&t, &registry).await;
    assert_eq!((level(cx, &lin).await, provider.charges()), (Level::RealName, 1));
    assert!(audited(&t).await.contains(&"real_name.disbelieved".to_owned()));

    let chen = customer(&t, &hasher, "chen").await;
    provider.answer(CHEN.1, vec![unknown()]);
    assert_eq!(verify(&room, cx, &chen, CHEN, "k").await.unwrap(), CheckState::Asking);
    settle(&t, &registry).await;
    let now = standing(&room, cx, &chen).await.unwrap();
    assert_eq!((now.checks[0].state, now.level, now.left), (CheckState::Unavailable, Level::Contact, 5));
    provider.answer(CHEN.1, vec![Ok(NameResult::Match)]);
    assert_eq!(verify(&room, cx, &chen, CHEN, "k2").await.unwrap(), CheckState::Match);
}

/// Lets an hour of jobs happen.
async fn settle(t: &TestDb, registry: &Registry) {
    for _ in 0..60 {
        t.clock.advance(Duration::from_mins(1));
        run_due(&t.cx, registry).await.unwrap();
    }
}

#[testkit::db_test]
async fn the_first_answer_holds_when_a_provider_changes_its_mind(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let cx = &t.cx;
    let lin = customer(&t, &hasher, "lin").await;
    provider.answer(LIN.1, vec![Ok(NameResult::Mismatch), Ok(NameResult::Match)]);
    let begun = begin(&room, cx, &lin, input(LIN, "k")).await.unwrap();
    assert_eq!(ask(&room, cx, begun.check.id).await.unwrap().state, CheckState::Mismatch);
    assert_eq!(ask(&room, cx, begun.check.id).await.unwrap().state, CheckState::Mismatch);
    t.clock.advance(Duration::from_mins(1));
    run_due(cx, &jobs(&room)).await.unwrap();
    assert_eq!((level(cx, &lin).await, provider.asked().len()), (Level::Contact, 1));
}
