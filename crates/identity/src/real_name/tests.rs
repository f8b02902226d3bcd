//! Names and numbers: what is taken, what a provider's answer leads to, one person and their accounts, crashes, withdrawal.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use connectors::{BoxFuture, NameCheck, NameCheckError, NameQuestion, NameResult};
use durable::{Cx, Registry, run_due};
use kernel::{AccountId, Actor, Duration, Level, PageRequest, Refusal as _, Role};
use testkit::TestDb;

use super::*;
use crate::account::StateCommand;
use crate::freeze::change_state;
use crate::privacy::{self, ConsentPurpose};
use crate::testing::{account, acting, anonymous, audited, ready};

mod question;
mod words;

const LIN: (&str, &str) = ("林小满", "330106199003071244");
const CHEN: (&str, &str) = ("陈敏", "110105198808153018");

/// A provider that answers by a script: per number, one answer after the other, the last for ever. Counts what it charges.
#[derive(Debug)]
struct Scripted {
    cx: Cx,
    answers: Mutex<BTreeMap<String, Vec<Result<NameResult, NameCheckError>>>>,
    asked: Mutex<Vec<String>>,
    /// It looks the person up and never answers, as when we are killed meanwhile.
    hangs: Mutex<bool>,
}

impl Scripted {
    fn room(t: &TestDb) -> (Arc<RealName>, Arc<Self>) {
        let provider = Arc::new(Self {
            cx: t.cx.clone(),
            answers: Mutex::default(),
            asked: Mutex::default(),
            hangs: Mutex::new(false),
        });
        let room = RealName { provider: Some(provider.clone()), policy: Policy::default() };
        (Arc::new(room), provider)
    }

    fn answer(&self, number: &str, answers: Vec<Result<NameResult, NameCheckError>>) {
        self.answers.lock().unwrap().insert(number.to_owned(), answers);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Different requests, which is what is charged for.
    fn charges(&self) -> usize {
        let mut asked = self.asked();
        asked.sort();
        asked.dedup();
        asked.len()
    }
}

impl NameCheck for Scripted {
    fn ask<'a>(&'a self, question: &'a NameQuestion) -> BoxFuture<'a, Result<NameResult, NameCheckError>> {
        Box::pin(async move {
            // Nobody holds the writer while the provider is asked.
            let begun = tokio::time::timeout(std::time::Duration::from_secs(5), self.cx.begin()).await;
            drop(begun.expect("a provider is called inside a transaction").unwrap());
            self.asked.lock().unwrap().push(question.request_id.to_string());
            if *self.hangs.lock().unwrap() {
                return std::future::pending().await;
            }
            let mut answers = self.answers.lock().unwrap();
            let list = answers.entry(question.number.clone()).or_insert_with(|| vec![Ok(NameResult::Match)]);
            if list.len() > 1 { list.remove(0) } else { list[0].clone() }
        })
    }
}

fn code_of<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::Bug(error)) => panic!("{error:?}"),
        Err(error) => error.code(),
    }
}

fn input((name, number): (&str, &str), key: &str) -> NewCheck {
    NewCheck { name: name.to_owned(), number: number.to_owned(), consent: true, key: key.to_owned() }
}

/// Begins and asks, as a page does.
async fn verify(
    room: &RealName,
    cx: &Cx,
    who: &Actor,
    person: (&str, &str),
    key: &str,
) -> Result<CheckState, Error> {
    let begun = begin(room, cx, who, input(person, key)).await?;
    Ok(ask(room, cx, begun.check.id).await?.state)
}

async fn level(cx: &Cx, who: &Actor) -> Level {
    level_of(&mut cx.read().await.unwrap(), cx, who.account().unwrap()).await.unwrap()
}

async fn customer(t: &TestDb, hasher: &crate::Hasher, name: &str) -> Actor {
    acting(account(&t.cx, hasher, name, Role::CUSTOMER).await, Role::CUSTOMER)
}

fn jobs(room: &Arc<RealName>) -> Registry {
    let mut registry = Registry::default();
    register(&mut registry, room);
    registry
}

#[testkit::db_test]
async fn a_match_raises_the_level_and_only_masks_are_shown(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let cx = &t.cx;
    let lin = customer(&t, &hasher, "lin").await;
    assert_eq!(level(cx, &lin).await, Level::Contact);
    assert_eq!(level_of(&mut cx.read().await.unwrap(), cx, AccountId(5)).await.unwrap(), Level::None);
    let spelled = (" 林小满 ", "330106 19900307 1244");
    assert_eq!(verify(&room, cx, &lin, spelled, "k").await.unwrap(), CheckState::Match);
    assert_eq!(level(cx, &lin).await, Level::RealName);
    let standing = standing(&room, cx, &lin).await.unwrap();
    let person = standing.person.as_ref().unwrap();
    assert_eq!((person.name.as_str(), person.number.as_str()), ("林*", "3*************1244"));
    assert_eq!((standing.level, standing.left, standing.running()), (Level::RealName, 4, None));
    assert_eq!(standing.checks[0].number.as_deref(), Some("3*************1244"));
    assert_eq!(provider.charges(), 1);
    assert!(audited(&t).await.ends_with(&["real_name.check".to_owned(), "real_name.answer".to_owned()]));
    for (table, column) in [("real_name", "person_sealed"), ("name_check", "person_sealed")] {
        let rows = t.raw(&format!("SELECT {column} FROM {table}"), Vec::new()).await;
        let sealed: Vec<u8> = rows[0].reader().get().unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("330106"), "{table}");
    }
    let audit = t.raw("SELECT detail FROM audit_entry", Vec::new()).await;
    for row in audit {
        let detail: String = row.reader().get().unwrap();
        assert!(!detail.contains("林") && !detail.contains("1244"), "{detail}");
    }
    assert_eq!(code_of(verify(&room, cx, &lin, LIN, "k2").await), "real_name.already_verified");
}

#[testkit::db_test]
async fn every_wrong_field_is_said_at_once_and_nobody_is_asked(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let lin = customer(&t, &hasher, "lin").await;
    let check = |name: &'static str, number: &'static str, consent: bool, want: &'static [&'static str]| {
        let (room, cx, lin) = (Arc::clone(&room), t.cx.clone(), lin.clone());
        async move {
            let input = NewCheck { consent, ..input((name, number), "k") };
            let error = begin(&room, &cx, &lin, input).await.unwrap_err();
            let found: Vec<_> = error.fields().iter().map(|f| format!("{} {}", f.pointer, f.code)).collect();
            assert_eq!(found, want, "{name} {number}");
        }
    };
    check(
        "",
        "",
        false,
        &[
            "/name real_name.name_empty",
            "/number real_name.number_empty",
            "/consent real_name.consent_needed",
        ],
    )
    .await;
    check("林", "12", true, &["/name real_name.name_length", "/number real_name.number_shape"]).await;
    check(
        "林4满",
        "110105194912310021",
        true,
        &["/name real_name.name_characters", "/number real_name.number_check_digit"],
    )
    .await;
    check("林小满", "660105194912310021", true, &["/number real_name.number_region"]).await;
    check("林小满", "110105194902300021", true, &["/number real_name.number_birth"]).await;
    check("林小满", "110105201501015133", true, &["/number real_name.guardian_needed"]).await;
    check("林小满", "330106199003071244", false, &["/consent real_name.consent_needed"]).await;
    assert!(provider.asked().is_empty());
    assert!(!audited(&t).await.iter().any(|verb| verb.starts_with("real_name")));
}

#[testkit::db_test]
async fn no_match_leaves_the_level_and_five_tries_a_day_are_enough(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let cx = &t.cx;
    let lin = customer(&t, &hasher, "lin").await;
    provider
        .answer(LIN.1, vec![Ok(NameResult::Mismatch), Ok(NameResult::NotFound), Ok(NameResult::Mismatch)]);
    for (key, want) in [
        ("1", CheckState::Mismatch),
        ("2", CheckState::NotFound),
        ("3", CheckState::Mismatch),
        ("4", CheckState::Mismatch),
        ("5", CheckState::Mismatch),
    ] {
        assert_eq!(verify(&room, cx, &lin, LIN, key).await.unwrap(), want, "{key}");
        t.clock.advance(Duration::from_hours(1));
    }
    assert_eq!(level(cx, &lin).await, Level::Contact);
    assert_eq!(standing(&room, cx, &lin).await.unwrap().left, 0);
    let refused = verify(&room, cx, &lin, LIN, "6").await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.retry_after_secs()),
        ("real_name.too_many_tries", Some(19 * 3600 + 1))
    );
    assert!(refused.message(kernel::Locale::Zh).contains("20 小时"));
    assert_eq!(audited(&t).await.last().unwrap(), "real_name.throttled");
    // The same key is answered as before; another person's tries are not counted here.
    let again = begin(&room, cx, &lin, input(LIN, "5")).await.unwrap();
    assert!(again.replayed && again.check.state == CheckState::Mismatch);
    let chen = customer(&t, &hasher, "chen").await;
    assert_eq!(verify(&room, cx, &chen, CHEN, "1").await.unwrap(), CheckState::Match);
    t.clock.advance(Duration::from_secs(19 * 3600 + 1));
    assert_eq!(verify(&room, cx, &lin, LIN, "6").await.unwrap(), CheckState::Mismatch);
    assert_eq!(provider.charges(), 7);
}

#[testkit::db_test]
async fn one_person_has_one_account_however_many_ask_at_once(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, _) = Scripted::room(&t);
    let cx = &t.cx;
    let mut people = Vec::new();
    for number in 0..5 {
        people.push(customer(&t, &hasher, &format!("lin{number}")).await);
    }
    let all = futures_util::future::join_all(people.iter().map(|who| verify(&room, cx, who, LIN, "k"))).await;
    let states: Vec<_> = all.into_iter().map(Result::unwrap).collect();
    assert_eq!(states.iter().filter(|state| **state == CheckState::Match).count(), 1, "{states:?}");
    assert_eq!(states.iter().filter(|state| **state == CheckState::Taken).count(), 4, "{states:?}");
    // Whoever only guesses number or name learns nothing of the account: that is told after a match alone.
    let winner = states.iter().position(|state| *state == CheckState::Match).unwrap();
    let (holder, loser) = (&people[winner], &people[(winner + 1) % 5]);
    // The first account is closed: the person is free again.
    change_state(cx, holder, holder.account().unwrap(), StateCommand::Close, "不再使用").await.unwrap();
    assert_eq!(verify(&room, cx, loser, LIN, "again").await.unwrap(), CheckState::Match);
    assert_eq!(level(cx, holder).await, Level::Contact);

    let two = RealName { policy: Policy { accounts_a_person: 2, ..Policy::default() }, ..(*room).clone() };
    let of_two = [holder.account(), loser.account()];
    let others: Vec<&Actor> = people.iter().filter(|who| !of_two.contains(&who.account())).collect();
    assert_eq!(verify(&two, cx, others[0], LIN, "two").await.unwrap(), CheckState::Match);
    assert_eq!(verify(&two, cx, others[1], LIN, "three").await.unwrap(), CheckState::Taken);
}

#[testkit::db_test]
async fn who_may_not_be_verified_is_told_why(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let cx = &t.cx;
    let lin = customer(&t, &hasher, "lin").await;
    let staff = acting(account(cx, &hasher, "desk", Role::OPERATOR).await, Role::OPERATOR);
    let nobody = anonymous("192.0.2.9");
    assert_eq!(code_of(begin(&room, cx, &nobody, input(LIN, "k")).await), "real_name.sign_in_needed");
    assert_eq!(code_of(standing(&room, cx, &nobody).await), "real_name.sign_in_needed");
    assert_eq!(code_of(begin(&room, cx, &staff, input(LIN, "k")).await), "real_name.not_allowed");
    let none = RealName::default();
    assert_eq!(code_of(begin(&none, cx, &lin, input(LIN, "k")).await), "real_name.not_offered");
    assert!(!standing(&none, cx, &lin).await.unwrap().offered);
    let begun = begin(&room, cx, &lin, input(LIN, "k")).await.unwrap();
    let chen = customer(&t, &hasher, "chen").await;
    assert_eq!(code_of(check(cx, &chen, begun.check.id).await), "real_name.not_found");
    assert_eq!(check(cx, &lin, begun.check.id).await.unwrap().state, CheckState::Asking);
    change_state(cx, &chen, chen.account().unwrap(), StateCommand::Freeze, "手机丢了").await.unwrap();
    assert_eq!(code_of(begin(&room, cx, &chen, input(CHEN, "k")).await), "real_name.account_not_active");
    assert!(provider.asked().is_empty());
}

#[testkit::db_test]
async fn taking_the_consent_back_erases_everything_and_lowers_the_level(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let cx = &t.cx;
    let lin = customer(&t, &hasher, "lin").await;
    assert_eq!(code_of(withdraw(cx, &lin).await), "real_name.nothing_to_withdraw");
    verify(&room, cx, &lin, LIN, "k").await.unwrap();
    withdraw(cx, &lin).await.unwrap();
    let now = standing(&room, cx, &lin).await.unwrap();
    assert_eq!((now.level, now.person, now.checks[0].number.clone()), (Level::Contact, None, None));
    assert_eq!(audited(&t).await.last().unwrap(), "real_name.withdraw");
    // A question on its way finds nobody to raise.
    provider.answer(LIN.1, vec![Err(NameCheckError::Unknown(String::new())), Ok(NameResult::Match)]);
    let begun = begin(&room, cx, &lin, input(LIN, "k2")).await.unwrap();
    ask(&room, cx, begun.check.id).await.unwrap();
    withdraw(cx, &lin).await.unwrap();
    assert_eq!(ask(&room, cx, begun.check.id).await.unwrap().state, CheckState::Withdrawn);
    assert_eq!(level(cx, &lin).await, Level::Contact);
    // The person is free for another account, and for this one again.
    verify(&room, cx, &lin, LIN, "k3").await.unwrap();
    assert_eq!(level(cx, &lin).await, Level::RealName);
}

#[testkit::db_test]
async fn the_consent_stands_among_the_others_and_is_taken_back_there_or_here(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, _) = Scripted::room(&t);
    let cx = &t.cx;
    let lin = customer(&t, &hasher, "lin").await;
    let live = async || {
        let all = privacy::consents(cx, &lin).await.unwrap();
        all.iter().any(|one| one.purpose == ConsentPurpose::RealName && one.withdrawn_at.is_none())
    };
    assert!(!live().await);
    verify(&room, cx, &lin, LIN, "k").await.unwrap();
    assert!(live().await);
    privacy::withdraw_consent(cx, &lin, ConsentPurpose::RealName).await.unwrap();
    assert!(!live().await);
    let now = standing(&room, cx, &lin).await.unwrap();
    assert_eq!((now.level, now.person), (Level::Contact, None), "what was kept for it went along");
    verify(&room, cx, &lin, LIN, "k2").await.unwrap();
    withdraw(cx, &lin).await.unwrap();
    assert!(!live().await);
}

#[testkit::db_test]
async fn whoever_closes_the_account_takes_name_number_and_documents_along(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, _) = Scripted::room(&t);
    let cx = &t.cx;
    let lin = customer(&t, &hasher, "lin").await;
    verify(&room, cx, &lin, LIN, "k").await.unwrap();
    let me = lin.clone().proved(cx.now());
    privacy::close_own(cx, &me, &crate::merge::Unhindered, "不再使用了，请删除").await.unwrap();
    for table in ["real_name", "name_check"] {
        assert!(t.raw(&format!("SELECT 1 FROM {table}"), Vec::new()).await.is_empty(), "{table}");
    }
    // The person is free: a new account may be theirs.
    let again = customer(&t, &hasher, "again").await;
    verify(&room, cx, &again, LIN, "k").await.unwrap();
    assert_eq!(level(cx, &again).await, Level::RealName);
}

#[testkit::db_test]
async fn of_two_accounts_that_become_one_the_proof_stays(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, _) = Scripted::room(&t);
    let cx = &t.cx;
    let (old, new) = (customer(&t, &hasher, "old").await, customer(&t, &hasher, "new").await);
    let (from, into) = (old.account().unwrap(), new.account().unwrap());
    let merge = async || {
        let mut tx = cx.begin().await.unwrap();
        hand_over(&mut tx, from, into).await.unwrap();
        tx.commit().await.unwrap();
    };
    merge().await;
    assert_eq!(level(cx, &new).await, Level::Contact, "nothing was known");
    verify(&room, cx, &old, LIN, "k").await.unwrap();
    merge().await;
    assert_eq!((level(cx, &new).await, level(cx, &old).await), (Level::RealName, Level::Contact));
    // Somebody else's proof does not replace one's own.
    verify(&room, cx, &old, CHEN, "k2").await.unwrap();
    merge().await;
    let known = standing(&room, cx, &new).await.unwrap().person.unwrap();
    assert_eq!((known.name.as_str(), level(cx, &old).await), ("林*", Level::Contact));
}

#[testkit::db_test]
async fn names_and_numbers_that_came_to_nothing_are_forgotten_in_time(t: TestDb) {
    let hasher = ready(&t).await;
    let (room, provider) = Scripted::room(&t);
    let (cx, registry) = (&t.cx, jobs(&room));
    let lin = customer(&t, &hasher, "lin").await;
    provider.answer(LIN.1, vec![Ok(NameResult::Mismatch), Ok(NameResult::Match)]);
    verify(&room, cx, &lin, LIN, "k").await.unwrap();
    t.clock.advance(Duration::from_days(20));
    verify(&room, cx, &lin, LIN, "k2").await.unwrap();
    t.clock.advance(Duration::from_days(11));
    run_due(cx, &registry).await.unwrap();
    let checks = standing(&room, cx, &lin).await.unwrap().checks;
    assert_eq!((checks[1].number.is_none(), checks[0].number.is_some()), (true, true));
    assert_eq!(level(cx, &lin).await, Level::RealName);
}
