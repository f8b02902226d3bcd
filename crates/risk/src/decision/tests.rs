//! Decisions on both databases, and the time limit in time that obeys.

use std::pin::pin;
use std::time::Duration as StdDuration;

use durable::BoxError;
use kernel::{AccountId, Actor, ActorKind, Duration, PageRequest, Permission, Refusal as _, Role, Timestamp};
use serde_json::json;
use testkit::{TestDb, db_test};
use tokio::sync::oneshot;

use super::model::{Filter, Ladder, OnFailure, ReviewRule};
use super::*;
use crate::{Error, Reason};

const SUBJECT: AccountId = AccountId(77);

fn policy(on_failure: OnFailure) -> Policy {
    Policy {
        time_limit: Duration::from_millis(200),
        on_failure,
        ladder: Ladder { notify: 30, step_up: 60, stop: 85, top: Outcome::Deny },
        review: ReviewRule { lasts: Duration::from_hours(24), then: Outcome::Deny },
    }
}

fn asked(mark: i64) -> Asked {
    Asked { point: Point::Login, subject: SUBJECT, mark, inputs: json!({"city": "Shanghai-in-clear"}) }
}

fn says(score: u8) -> Candidate<'static> {
    let scored = Scored { score, reasons: vec![Reason::NewDevice], ruled: None };
    Candidate { version: format!("says-{score}"), score: Box::pin(async { Ok(scored) }) }
}

fn hangs() -> Candidate<'static> {
    Candidate { version: "hangs".to_owned(), score: Box::pin(std::future::pending()) }
}

fn fails() -> Candidate<'static> {
    let score = Box::pin(async { Err(BoxError::from("the model is gone")) });
    Candidate { version: "fails".to_owned(), score }
}

/// Says what it says when it is told to, not before.
fn asleep(score: u8) -> (oneshot::Sender<()>, Candidate<'static>) {
    let (wake, woken) = oneshot::channel();
    let scored = Scored { score, reasons: Vec::new(), ruled: None };
    let score = async move {
        woken.await?;
        Ok(scored)
    };
    (wake, Candidate { version: "asleep".to_owned(), score: Box::pin(score) })
}

/// Lets so much time go by for `judging`, which gives no answer meanwhile.
async fn pass(judging: &mut (impl Future<Output = Judged> + Unpin), millis: u64) {
    tokio::select! {
        biased;
        _ = judging => panic!("it was answered before"),
        () = tokio::time::advance(StdDuration::from_millis(millis)) => {}
    }
}

fn staff(id: i64, role: Role) -> Actor {
    Actor { kind: ActorKind::account(AccountId(id), vec![role]), ..Actor::system("test") }
}

/// Time stands still until nothing else is left to do, so the limit is exact and the test takes no time.
#[tokio::test(start_paused = true)]
async fn r1_with_the_scorer_hanging_or_failing_the_configured_result_holds() {
    let answers = [
        (OnFailure::FailOpen, Outcome::Allow),
        (OnFailure::FailClosed, Outcome::Deny),
        (OnFailure::HoldForReview, Outcome::Review),
    ];
    for (on_failure, outcome) in answers {
        let policy = policy(on_failure);
        let begun = tokio::time::Instant::now();
        let judged = weigh(&policy, asked(1), Timestamp(0), hangs(), Vec::new()).await;
        assert_eq!(begun.elapsed(), StdDuration::from_millis(200), "the answer comes at the limit");
        assert_eq!((judged.main.outcome, judged.main.failure), (outcome, Some(Failure::TooSlow)));
        assert_eq!((judged.main.score, judged.main.reasons), (None, vec![Reason::TooSlow]));

        let begun = tokio::time::Instant::now();
        let judged = weigh(&policy, asked(1), Timestamp(0), fails(), Vec::new()).await;
        assert_eq!(begun.elapsed(), StdDuration::ZERO, "a failure is not waited for");
        assert_eq!((judged.main.outcome, judged.main.failure), (outcome, Some(Failure::Failed)));
    }
}

#[tokio::test(start_paused = true)]
async fn r1_an_answer_just_in_time_counts_and_one_just_after_does_not() {
    let policy = policy(OnFailure::FailClosed);
    let (wake, scorer) = asleep(10);
    let mut judging = pin!(weigh(&policy, asked(1), Timestamp(0), scorer, Vec::new()));
    pass(&mut judging, 199).await;
    wake.send(()).unwrap();
    let judged = judging.await;
    assert_eq!((judged.main.outcome, judged.main.score), (Outcome::Allow, Some(10)));

    let (wake, scorer) = asleep(10);
    let mut judging = pin!(weigh(&policy, asked(1), Timestamp(0), scorer, Vec::new()));
    pass(&mut judging, 199).await;
    tokio::time::advance(StdDuration::from_millis(2)).await;
    let judged = judging.await;
    assert_eq!((judged.main.outcome, judged.main.score), (Outcome::Deny, None));
    wake.send(()).unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn r3_shadows_that_hang_fail_or_disagree_change_nothing_and_cost_no_more_than_the_limit() {
    let policy = policy(OnFailure::FailClosed);
    let begun = tokio::time::Instant::now();
    let judged = weigh(&policy, asked(1), Timestamp(0), says(10), vec![hangs(), fails(), says(100)]).await;
    assert_eq!(begun.elapsed(), StdDuration::from_millis(200));
    assert_eq!((judged.main.outcome, judged.main.failure), (Outcome::Allow, None));
    let shadows: Vec<_> = judged.shadows.iter().map(|shadow| (shadow.outcome, shadow.failure)).collect();
    assert_eq!(
        shadows,
        [
            (Outcome::Deny, Some(Failure::TooSlow)),
            (Outcome::Deny, Some(Failure::Failed)),
            (Outcome::Deny, None)
        ]
    );
}

#[test]
fn r2_the_ladder_has_five_steps_and_a_ruling_stands_above_it() {
    let ladder = Ladder { notify: 30, step_up: 60, stop: 85, top: Outcome::Review };
    let steps = [
        (0, Outcome::Allow),
        (29, Outcome::Allow),
        (30, Outcome::Notify),
        (59, Outcome::Notify),
        (60, Outcome::StepUp),
        (84, Outcome::StepUp),
        (85, Outcome::Review),
        (100, Outcome::Review),
    ];
    for (score, outcome) in steps {
        assert_eq!(rules::outcome(ladder, score), outcome, "{score}");
    }
    let ruled = Scored { score: 99, reasons: Vec::new(), ruled: Some(Outcome::Allow) };
    let opinion = rules::opinion(&policy(OnFailure::FailClosed), "v".to_owned(), Ok(ruled));
    assert_eq!((opinion.outcome, opinion.score), (Outcome::Allow, Some(99)));
}

#[db_test]
async fn r3_each_decision_is_a_new_row_with_sealed_inputs_and_its_shadows(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
    let policy = policy(OnFailure::HoldForReview);
    for _ in 0..2 {
        decide(&t.cx, &policy, asked(1), says(40), vec![says(95), fails()]).await.unwrap();
    }
    decide(&t.cx, &Policy { time_limit: Duration::from_millis(5), ..policy }, asked(2), hangs(), Vec::new())
        .await
        .unwrap();
    let rows = t.raw("SELECT COUNT(*) FROM risk_decision", Vec::new()).await;
    assert_eq!(rows[0].reader().get::<i64>().unwrap(), 7, "three decisions and four shadows");

    let officer = staff(5, Role::RISK_OFFICER);
    let page = list_decisions(&t.cx, &officer, Filter::All, &PageRequest::new(None, 10)).await.unwrap();
    let seen: Vec<_> =
        page.items.iter().map(|d| (d.opinion.outcome, d.opinion.score, d.opinion.failure)).collect();
    assert_eq!(
        seen,
        [
            (Outcome::Review, None, Some(Failure::TooSlow)),
            (Outcome::Notify, Some(40), None),
            (Outcome::Notify, Some(40), None),
        ]
    );
    let (decision, inputs) = show_decision(&t.cx, &officer, page.items[1].id).await.unwrap();
    assert_eq!(inputs, Some(json!({"city": "Shanghai-in-clear"})));
    let shadows = shadows_of(&t.cx, &officer, &decision).await.unwrap();
    let thought: Vec<_> = shadows.iter().map(|s| (s.version.as_str(), s.outcome)).collect();
    assert_eq!(thought, [("says-95", Outcome::Deny), ("fails", Outcome::Review)]);
    // Nothing of the inputs lies open, in no column.
    for row in t.raw("SELECT inputs_sealed, reasons, version FROM risk_decision", Vec::new()).await {
        assert!(!format!("{row:?}").contains("Shanghai"), "{row:?}");
        if let Some(db::Value::Bytes(sealed)) = row.values().first() {
            assert!(!sealed.windows(8).any(|part| part == b"Shanghai"));
        }
    }
    // Erased: the decision stays, what it was made from is gone.
    let mut tx = t.cx.begin().await.unwrap();
    crate::forget(&mut tx, &t.cx, SUBJECT).await.unwrap();
    tx.commit().await.unwrap();
    let (_, inputs) = show_decision(&t.cx, &officer, page.items[1].id).await.unwrap();
    assert_eq!(inputs, None);
    assert_eq!(audit::verify(&t.cx).await.unwrap().bad, None);
}

#[db_test]
async fn r2_a_review_nobody_looks_at_ends_with_the_configured_result(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
    for (mark, then) in [(1, Outcome::Deny), (2, Outcome::Allow)] {
        let review = ReviewRule { lasts: Duration::from_hours(2), then };
        let policy = Policy { review, ..policy(OnFailure::HoldForReview) };
        let (id, opinion) = decide(&t.cx, &policy, asked(mark), fails(), Vec::new()).await.unwrap();
        assert_eq!(opinion.outcome, Outcome::Review);
        let now = async || standing(&mut t.cx.read().await.unwrap(), &t.cx, id).await.unwrap();
        t.clock.advance(Duration::from_mins(119));
        assert_eq!(now().await, Outcome::Review);
        assert_eq!(expire_due(&t.cx).await.unwrap(), 0);
        t.clock.advance(Duration::from_mins(1));
        assert_eq!(now().await, then, "seen at once, before any job ran");
        let late = release(&t.cx, &staff(5, Role::RISK_OFFICER), id, "I know them").await.unwrap_err();
        assert_eq!(late.code(), "risk.review_ended");
        assert_eq!(expire_due(&t.cx).await.unwrap(), 1);
        assert_eq!(expire_due(&t.cx).await.unwrap(), 0);
        assert_eq!(now().await, then);
    }
    let facts =
        t.raw("SELECT payload FROM outbox WHERE topic = 'risk.review_ended' ORDER BY id", Vec::new()).await;
    let outcomes: Vec<String> = facts.iter().map(|row| row.reader().get::<String>().unwrap()).collect();
    assert!(
        outcomes[0].contains(r#""outcome":"deny""#) && outcomes[1].contains(r#""outcome":"allow""#),
        "{outcomes:?}"
    );
}

#[db_test]
async fn r4_staff_with_the_right_release_or_reject_once_with_a_reason_and_never_for_themselves(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
    let policy = policy(OnFailure::HoldForReview);
    let (id, _) = decide(&t.cx, &policy, asked(1), fails(), Vec::new()).await.unwrap();
    let officer = staff(5, Role::RISK_OFFICER);
    let refused = [
        (staff(5, Role::OPERATOR), "they called us", "risk.forbidden"),
        (staff(5, Role::CUSTOMER), "they called us", "risk.forbidden"),
        (Actor { kind: ActorKind::Anonymous, ..officer.clone() }, "they called us", "risk.sign_in_needed"),
        (staff(SUBJECT.raw(), Role::RISK_OFFICER), "it was me", "risk.own_review"),
        (officer.clone(), "ok", "risk.input"),
    ];
    for (actor, reason, code) in refused {
        for result in [release(&t.cx, &actor, id, reason).await, reject(&t.cx, &actor, id, reason).await] {
            assert_eq!(result.unwrap_err().code(), code);
        }
    }
    // The same matter again while it is under review opens no second one.
    let (again, _) = decide(&t.cx, &policy, asked(1), fails(), Vec::new()).await.unwrap();
    assert!(matches!(release(&t.cx, &officer, again, "they called us").await, Err(Error::NotFound)));

    release(&t.cx, &officer, id, " they called us ").await.unwrap();
    assert_eq!(standing(&mut t.cx.read().await.unwrap(), &t.cx, id).await.unwrap(), Outcome::Allow);
    assert_eq!(reject(&t.cx, &officer, id, "changed my mind").await.unwrap_err().code(), "risk.review_ended");
    let (decision, _) = show_decision(&t.cx, &officer, id).await.unwrap();
    let review = decision.review.unwrap();
    assert_eq!(
        (review.state, review.ended_by, review.reason.as_deref()),
        (ReviewState::Released, Some(AccountId(5)), Some("they called us"))
    );

    let (other, _) = decide(&t.cx, &policy, asked(2), fails(), Vec::new()).await.unwrap();
    reject(&t.cx, &officer, other, "the owner says no").await.unwrap();
    assert_eq!(standing(&mut t.cx.read().await.unwrap(), &t.cx, other).await.unwrap(), Outcome::Deny);
    let verbs = t.raw("SELECT verb FROM audit_entry WHERE verb <> 'risk.read' ORDER BY id", Vec::new()).await;
    let verbs: Vec<String> = verbs.iter().map(|row| row.reader().get().unwrap()).collect();
    assert_eq!(verbs, ["risk.release", "risk.reject"]);
}

#[db_test]
async fn w2_lists_need_the_permission_page_by_key_and_show_people_only_their_own(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
    for n in 0..9_u8 {
        let subject = AccountId(i64::from(n % 3) + 1);
        let asked = Asked { subject, ..asked(i64::from(n)) };
        let score = if n % 2 == 0 { 10 } else { 70 };
        decide(&t.cx, &policy(OnFailure::FailOpen), asked, says(score), Vec::new()).await.unwrap();
    }
    let page = PageRequest::new(None, 4);
    for role in [Role::OPERATOR, Role::CUSTOMER, Role::CATALOGUE_MANAGER] {
        let refused = list_decisions(&t.cx, &staff(1, role), Filter::All, &page).await.unwrap_err();
        assert_eq!(refused.code(), "risk.forbidden", "{role:?}");
    }
    let officer = staff(5, Role::RISK_OFFICER);
    assert!(officer.may(Permission::ReadRisk));
    let (mut seen, mut next) = (Vec::new(), None);
    loop {
        let page = list_decisions(&t.cx, &officer, Filter::All, &PageRequest::new(next, 4)).await.unwrap();
        seen.extend(page.items.iter().map(|d| d.id));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 9);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, none twice");
    let notable =
        list_decisions(&t.cx, &officer, Filter::Notable, &PageRequest::new(None, 50)).await.unwrap();
    assert!(notable.items.len() == 4 && notable.items.iter().all(|d| d.opinion.outcome == Outcome::StepUp));
    let of =
        list_decisions(&t.cx, &officer, Filter::Of(AccountId(2)), &PageRequest::new(None, 50)).await.unwrap();
    assert!(of.items.len() == 3 && of.items.iter().all(|d| d.subject == AccountId(2)));
    let own = list_own(&t.cx, &staff(3, Role::CUSTOMER), &PageRequest::new(None, 50)).await.unwrap();
    assert!(own.items.len() == 3 && own.items.iter().all(|d| d.subject == AccountId(3)));
}

#[db_test]
async fn every_statement_prepares(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
    for statement in crate::STATEMENTS.iter().copied().flatten() {
        t.cx.db.prepare(*statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name()));
    }
}
