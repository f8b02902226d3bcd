//! Sending, delivering and reading messages.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use db::Value;
use kernel::{
    AccountId, Actor, ActorKind, Duration, Locale, PageRequest, Refusal as _, RequestId, Role, Text,
};
use testkit::TestDb;

use super::*;
use crate::channel::{Channel, OutboxSender, Outgoing, SendError, Sender, Senders, Sending};
use crate::template::{CodePurpose, OrderUpdate, Template};

const LIN: AccountId = AccountId(41);

/// Answers from a list, then well; keeps what it got.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<SendError>>,
    got: Mutex<Vec<(MessageId, String, String)>>,
}

impl Sender for Scripted {
    fn send<'a>(&'a self, message: &'a Outgoing) -> Sending<'a> {
        self.got.lock().unwrap().push((message.id, message.to.clone(), message.content.body.clone()));
        let answer = self.answers.lock().unwrap().pop_front().map_or(Ok(()), Err);
        Box::pin(std::future::ready(answer))
    }
}

fn wiring(sms: Arc<Scripted>) -> durable::Registry {
    let mut registry = durable::Registry::default();
    registry.handle(DELIVER_JOB, DeliverJob { senders: Senders { sms, email: Arc::new(OutboxSender) } });
    registry
}

fn person(id: AccountId) -> Actor {
    Actor {
        kind: ActorKind::account(id, vec![Role::CUSTOMER]),
        request: RequestId(1),
        locale: Locale::Zh,
        address: String::new(),
    }
}

fn code_message() -> NewMessage {
    NewMessage {
        channel: Channel::Sms,
        account: Some(LIN),
        to: "+8613800138000".to_owned(),
        locale: Locale::Zh,
        template: Template::Code {
            purpose: CodePurpose::VerifyPhone,
            code: "042137".to_owned(),
            valid_minutes: 10,
        },
        link: None,
    }
}

fn inbox_message(update: OrderUpdate) -> NewMessage {
    NewMessage {
        channel: Channel::Inbox,
        account: Some(LIN),
        to: String::new(),
        locale: Locale::Zh,
        template: Template::Order {
            update,
            service: Text::new("话费充值", "Mobile top-up"),
            number: "01HV-6K2M".to_owned(),
        },
        link: Some("/orders/ord_1".to_owned()),
    }
}

async fn ready(t: &TestDb) {
    t.migrate(&[durable::MIGRATIONS, crate::MIGRATIONS]).await;
}

async fn send_one(t: &TestDb, message: NewMessage) -> MessageId {
    let mut tx = t.cx.begin().await.unwrap();
    let id = send(&mut tx, &t.cx, message).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn outbox_states(t: &TestDb) -> Vec<MessageState> {
    let page = list_outbox(&t.cx, &OutboxSender, PageRequest::new(None, 10)).await.unwrap();
    page.items.iter().map(|message| message.state).collect()
}

#[testkit::db_test]
async fn a_message_goes_out_after_the_commit_and_only_then(t: TestDb) {
    ready(&t).await;
    let sms = Arc::new(Scripted::default());
    let registry = wiring(Arc::clone(&sms));
    let mut tx = t.cx.begin().await.unwrap();
    send(&mut tx, &t.cx, code_message()).await.unwrap();
    drop(tx);
    durable::run_due(&t.cx, &registry).await.unwrap();
    assert!(sms.got.lock().unwrap().is_empty(), "what was rolled back is not told");

    let id = send_one(&t, code_message()).await;
    assert_eq!(outbox_states(&t).await, [MessageState::Queued]);
    durable::run_due(&t.cx, &registry).await.unwrap();
    let got = sms.got.lock().unwrap().clone();
    assert_eq!(got.len(), 1);
    assert_eq!((got[0].0, got[0].1.as_str()), (id, "+8613800138000"));
    assert!(got[0].2.contains("042137"));
    assert_eq!(outbox_states(&t).await, [MessageState::Sent]);
}

#[testkit::db_test]
async fn a_message_is_tried_again_until_it_is_delivered(t: TestDb) {
    ready(&t).await;
    let sms = Arc::new(Scripted::default());
    sms.answers.lock().unwrap().extend((0..3).map(|_| SendError::Temporary("no route".to_owned())));
    let registry = wiring(Arc::clone(&sms));
    let id = send_one(&t, code_message()).await;
    for wait_secs in [0, 5, 30, 120] {
        assert_eq!(outbox_states(&t).await, [MessageState::Queued]);
        t.clock.advance(Duration::from_secs(wait_secs));
        durable::run_due(&t.cx, &registry).await.unwrap();
    }
    assert_eq!(outbox_states(&t).await, [MessageState::Sent]);
    let got = sms.got.lock().unwrap().clone();
    assert_eq!(got.len(), 4);
    assert!(got.iter().all(|(same, ..)| *same == id));
}

#[testkit::db_test]
async fn what_can_never_arrive_and_what_failed_for_hours_is_given_up(t: TestDb) {
    ready(&t).await;
    let sms = Arc::new(Scripted::default());
    let registry = wiring(Arc::clone(&sms));
    sms.answers.lock().unwrap().push_back(SendError::Permanent("no such number".to_owned()));
    send_one(&t, code_message()).await;
    durable::run_due(&t.cx, &registry).await.unwrap();
    assert_eq!(outbox_states(&t).await, [MessageState::Failed]);

    sms.answers.lock().unwrap().extend((0..100).map(|_| SendError::Temporary("no route".to_owned())));
    send_one(&t, code_message()).await;
    for _ in 0..10 {
        durable::run_due(&t.cx, &registry).await.unwrap();
        t.clock.advance(Duration::from_hours(3));
    }
    assert_eq!(outbox_states(&t).await, [MessageState::Failed, MessageState::Failed]);
    assert_eq!(sms.got.lock().unwrap().len(), 1 + 8);
    assert_eq!(durable::run_due(&t.cx, &registry).await.unwrap(), 0, "no job is left");
}

#[testkit::db_test]
async fn address_and_words_are_sealed(t: TestDb) {
    ready(&t).await;
    send_one(&t, code_message()).await;
    send_one(&t, inbox_message(OrderUpdate::Paid)).await;
    for table in ["message", "job", "outbox"] {
        for row in t.raw(&format!("SELECT * FROM {table}"), Vec::new()).await {
            for value in row.values() {
                let text = match value {
                    Value::Text(text) => text.clone(),
                    Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    _ => continue,
                };
                for secret in ["13800138000", "042137", "验证码", "话费"] {
                    assert!(!text.contains(secret), "{table}: {text}");
                }
            }
        }
    }
}

#[testkit::db_test]
async fn the_message_centre_shows_ones_own_messages_and_counts_the_unread(t: TestDb) {
    ready(&t).await;
    let (cx, me, other) = (&t.cx, person(LIN), person(AccountId(42)));
    send_one(&t, code_message()).await;
    let mut made = Vec::new();
    for update in [OrderUpdate::Placed, OrderUpdate::Paid, OrderUpdate::Completed] {
        t.clock.advance(Duration::from_mins(1));
        made.push(send_one(&t, inbox_message(update)).await);
    }
    made.reverse();
    let first = list_inbox(cx, &me, PageRequest::new(None, 2)).await.unwrap();
    assert_eq!(first.items.iter().map(|m| m.id).collect::<Vec<_>>(), made[..2]);
    assert_eq!(first.items[0].content.link.as_deref(), Some("/orders/ord_1"));
    let rest = list_inbox(cx, &me, PageRequest::new(first.next, 2)).await.unwrap();
    assert_eq!(rest.items.iter().map(|m| m.id).collect::<Vec<_>>(), made[2..]);
    assert!(rest.next.is_none());

    assert_eq!(unread_count(cx, &me).await.unwrap(), 3);
    assert_eq!(unread_count(cx, &other).await.unwrap(), 0);
    let foreign = mark_read(cx, &other, made[0]).await.unwrap_err();
    assert_eq!(foreign.code(), "notify.not_found");
    for _ in 0..2 {
        mark_read(cx, &me, made[0]).await.unwrap();
        assert_eq!(unread_count(cx, &me).await.unwrap(), 2);
    }
    mark_all_read(cx, &me).await.unwrap();
    assert_eq!(unread_count(cx, &me).await.unwrap(), 0);
    let nobody = Actor { kind: ActorKind::Anonymous, ..me };
    assert_eq!(unread_count(cx, &nobody).await.unwrap_err().code(), "notify.sign_in_needed");
}
