//! What the customer sees.

use kernel::{Duration, Locale, Refusal as _};
use ordering::order::OrderId;
use serde_json::json;

use crate::progress::{outcomes, timeline};
use crate::task::{self, tests::visit};
use crate::testing::{Counter, Reply, actor, done, page, phone};

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
    ordering::order::ops::cancel(c.cx(), &c.customer, order, "changed my mind", None).await.unwrap();
    assert!(shown(&c, order).await.contains(&"正在取消 current".to_owned()));
    let stranger = actor(c.cx(), kernel::Role::CUSTOMER);
    let foreign = timeline(c.cx(), &c.services, &stranger, order).await.unwrap_err();
    assert_eq!(foreign.code(), "fulfilment.not_found");
}

/// What staff write down is for staff; of it and of what providers report, the customer sees what the pack names.
#[testkit::db_test]
async fn the_customer_sees_of_a_result_only_what_the_pack_names(t: testkit::TestDb) {
    const NOTE: &str = "客户脾气急，下次请派老师傅";
    let c = Counter::open(t).await;
    let order = visit(&c).await;
    for answers in [json!({"technician": "王师傅"}), json!({"result": "partly", "note": NOTE})] {
        c.pass(Duration::from_days(8)).await;
        let open = task::list(c.cx(), &c.operator, &task::Filter::All, &page()).await.unwrap().items;
        task::claim(c.cx(), &c.operator, open[0].id).await.unwrap();
        task::complete(c.cx(), &c.services, &c.operator, open[0].id, &answers).await.unwrap();
    }
    c.work().await;
    let kept = c.view(order).await.lines[0].result.clone().unwrap();
    assert_eq!(kept["note"], NOTE, "staff keep it");
    for who in [&c.customer, &c.operator] {
        let seen = outcomes(c.cx(), &c.services, who, order).await.unwrap();
        let read: Vec<_> = seen.iter().map(|o| (o.label.get(Locale::Zh), o.words.get(Locale::Zh))).collect();
        assert_eq!(read, [("上门师傅", "王师傅"), ("清洗结果", "部分完成")]);
        assert_eq!(seen[1].words.get(Locale::En), "Partly done");
    }
    let own = ordering::order::query::view(c.cx(), &c.customer, order).await.unwrap();
    assert!(own.lines.iter().all(|line| line.result.is_none()));
    let told = format!("{own:?} {:?}", crate::document::receipt(c.cx(), &c.customer, order).await.unwrap());
    assert!(!told.contains(NOTE) && told.contains("长明家政"), "{told}");
    let stranger = actor(c.cx(), kernel::Role::CUSTOMER);
    let foreign = outcomes(c.cx(), &c.services, &stranger, order).await.unwrap_err();
    assert_eq!(foreign.code(), "fulfilment.not_found");
}
