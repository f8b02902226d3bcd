//! What the customer sees.

use kernel::{Duration, Locale, Refusal as _};
use ordering::order::OrderId;
use serde_json::json;

use crate::progress::timeline;
use crate::testing::{Counter, Reply, actor, done, phone};

/// `title state note` of each entry.
async fn shown(c: &Counter, order: OrderId) -> Vec<String> {
    let entries = timeline(c.cx(), &c.services, &c.customer, order).await.unwrap();
    let line = |e: &crate::progress::TimelineEntry| {
        let note = e.note.as_ref().map_or(String::new(), |note| format!(" {}", note.get(Locale::Zh)));
        format!("{} {}{note}", e.title.get(Locale::Zh), e.state.name())
    };
    entries.iter().map(line).collect()
}

#[testkit::db_test]
async fn the_timeline_follows_the_work(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Done, Reply::Later]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    let fresh = [
        "提交订单 done",
        "支付 done",
        "第一步 todo",
        "第二步 todo",
        "第三步 todo",
        "开具收据 todo",
        "通知您 todo",
        "办理完成 todo",
    ];
    assert_eq!(shown(&c, order).await, fresh);
    c.work().await;
    let working = [
        "提交订单 done",
        "支付 done",
        "第一步 done 已办好",
        "第二步 current 办理中",
        "第三步 todo",
        "开具收据 todo",
        "通知您 todo",
        "办理完成 todo",
    ];
    assert_eq!(shown(&c, order).await, working);
    c.pass(Duration::from_mins(11)).await;
    assert_eq!(shown(&c, order).await[3], "第二步 current 工作人员正在处理");
    c.script.say("second-do1", done(json!({})));
    c.pass(Duration::from_mins(2)).await;
    let end = ["第三步 done 已办好", "开具收据 done", "通知您 done", "办理完成 done"];
    assert_eq!(shown(&c, order).await[4..], end);
    let entries = timeline(c.cx(), &c.services, &c.operator, order).await.unwrap();
    assert!(entries.iter().all(|entry| entry.at.is_some()));
    assert!(entries.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[testkit::db_test]
async fn a_failure_is_shown_with_the_providers_words_and_without_what_will_not_come(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Done, Reply::Refuse]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    let want = [
        "提交订单 done",
        "支付 done",
        "第一步 failed 已撤回",
        "第二步 failed 该号码是空号",
        "未能办成 failed",
    ];
    assert_eq!(shown(&c, order).await, want);
}

#[testkit::db_test]
async fn several_lines_are_told_apart_and_a_cancellation_is_shown(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later, Reply::Later, Reply::Later]);
    let order = c.place(vec![("chain", "one", phone()), ("careful", "one", phone())]).await;
    c.work().await;
    let both = shown(&c, order).await;
    assert!(both[2].contains(" · 第一步 current") && both[7].contains(" · 第一步 current"), "{both:?}");
    ordering::order::ops::cancel(c.cx(), &c.customer, order, "changed my mind").await.unwrap();
    assert!(shown(&c, order).await.contains(&"正在取消 current".to_owned()));
    let stranger = actor(c.cx(), kernel::Role::Customer);
    let foreign = timeline(c.cx(), &c.services, &stranger, order).await.unwrap_err();
    assert_eq!(foreign.code(), "fulfilment.not_found");
}
