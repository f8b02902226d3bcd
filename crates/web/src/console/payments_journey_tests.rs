//! Payments in the hands of staff, in a browser without script, with the sandbox's card gateway behind them.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use connectors::http::Request;
use connectors::{CardGateway, Checkout, Gateways, Http, Limits, Secret};
use kernel::{AccountId, Actor, ActorKind, Money, Role};
use ordering::idempotency::{Key, fingerprint};
use ordering::payment::{self, PaymentId, RefundState, StartAttempt, Started};
use sandbox::Config;
use testkit::TestDb;
use tokio::net::TcpListener;

use super::journey_tests::{Browser, OPERATOR, counter, counter_with, person};
use crate::app::App;

const FINANCE: &str = "finance@example.com";
const LIST: &str = "/console/payments";

fn buyer(customer: AccountId) -> Actor {
    Actor { kind: ActorKind::account(customer, vec![Role::CUSTOMER]), ..Actor::system("test") }
}

/// A customer begins to top up and has not paid.
async fn begun(app: &App, staff: &mut Browser) -> (PaymentId, AccountId) {
    let account = staff.get("/console/customers").await.first("/console/customers/acc_");
    let customer: AccountId = account.trim_start_matches("/console/customers/").parse().unwrap();
    let key = Key {
        actor: customer,
        route: "POST /account/topup",
        key: "k".to_owned(),
        fingerprint: fingerprint(&serde_json::json!(1)),
    };
    let amount = Money::cny(12_300);
    let payment = payment::ops::start_top_up(&app.payments, &buyer(customer), amount, &key).await.unwrap();
    (payment.id, customer)
}

#[testkit::db_test]
async fn staff_find_a_payment_and_see_no_refund_where_nothing_was_paid(t: TestDb) {
    let (app, _) = counter(&t).await;
    let mut operator = Browser::signed_in(&app, OPERATOR).await;
    let (id, _) = begun(&app, &mut operator).await;
    let page = format!("{LIST}/{id}");
    assert!(operator.get("/console").await.html.contains("href=\"/console/payments\""), "in the navigation");
    let list = operator.get(LIST).await;
    assert!(list.html.contains(&page) && list.html.contains("¥123.00"), "{}", list.html);
    for fits in ["state=open", "from=2020-01-01", "to=2099-01-01"] {
        assert!(operator.get(&format!("{LIST}?{fits}")).await.html.contains(&page), "{fits}");
    }
    for other in ["state=paid", "unclear=1", "way=card", "way=balance", "to=2020-01-01", "from=2099-01-01"] {
        let html = operator.get(&format!("{LIST}?{other}")).await.html;
        assert!(!html.contains(&page) && html.contains("没有符合条件的支付"), "{other}");
    }
    assert_eq!(operator.get(&format!("{LIST}?q={id}")).await.to, page);
    assert!(operator.get(&format!("{LIST}?q=none")).await.html.contains("没有找到这个编号的支付"));
    let one = operator.get(&page).await;
    assert_eq!(one.status, StatusCode::OK);
    assert!(one.html.contains("余额充值") && !one.html.contains("refund-form"), "{}", one.html);
    for act in ["ask", "refund"] {
        let answer = operator.post(&page, &format!("{page}/{act}"), &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{act} is not an operator's");
    }
}

/// Pays on the gateway's page, and the gateway never tells us.
async fn pay_silently(app: &App, http: &Http, payment: PaymentId, customer: AccountId) {
    let wish = StartAttempt::new(payment, "card", kernel::Locale::Zh, "http://127.0.0.1:8024/back");
    let started = payment::attempt::start_attempt(&app.payments, &buyer(customer), wish).await.unwrap();
    let Started::Checkout { checkout: Checkout::Page { url }, .. } = started else { panic!("{started:?}") };
    let url = connectors::http::web_address(&url).unwrap();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    // The answer leads back to our return address; where it leads does not matter here.
    let body = b"card=silent".to_vec();
    let _ = http.send(Request { method: Method::POST, url, headers: &headers, body }).await;
}

#[testkit::db_test]
async fn p7_staff_ask_the_gateway_then_p10_give_a_part_back_once(t: TestDb) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config =
        Config::new(format!("http://{}", listener.local_addr().unwrap()), &Secret::from_digest([9; 32]));
    let http = Http::new(Limits::default()).unwrap();
    let clock = Arc::clone(&t.cx.clock);
    let card = CardGateway::new("card", config.card.clone().unwrap(), http.clone(), Arc::clone(&clock));
    let running = sandbox::start(listener, config, clock).unwrap();
    let card: Arc<dyn connectors::Gateway> = Arc::new(card);
    let (app, _) = counter_with(&t, Gateways::new([card])).await;
    person(&app, FINANCE, Role::FINANCE).await;
    let mut staff = Browser::signed_in(&app, FINANCE).await;
    let (id, customer) = begun(&app, &mut staff).await;
    pay_silently(&app, &http, id, customer).await;
    running.sandbox.flush().await;

    let page = format!("{LIST}/{id}");
    assert!(staff.get(&page).await.html.contains("等待付款"), "nobody told us");
    let asked = staff.post(&page, &format!("{page}/ask"), &[]).await;
    assert_eq!(asked.to, format!("{page}?done=answered"), "{}", asked.html);
    let paid = staff.get(&asked.to).await.html;
    assert!(paid.contains("渠道已答复") && paid.contains("已收款") && paid.contains("¥123.00"), "{paid}");
    let again = staff.post(&page, &format!("{page}/ask"), &[]).await;
    assert_eq!(again.to, format!("{page}?done=nothing"));
    assert!(staff.get(&format!("{LIST}?way=card&state=paid")).await.html.contains(&page));

    let action = format!("{page}/refund");
    let fields = |amount, sure| {
        vec![("key", "REFUND-1"), ("amount", amount), ("reason", "客户要求退还一部分"), ("sure", sure)]
    };
    for wrong in ["", "0", "-1", "1.234", "一百"] {
        let answer = staff.post(&page, &action, &fields(wrong, "yes")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.html.contains("href=\"#f-amount\""), "{wrong} {}", answer.html);
    }
    let over = staff.post(&page, &action, &fields("123.01", "yes")).await;
    assert_eq!(over.status, StatusCode::CONFLICT);
    assert!(over.html.contains("最多还可退 ¥123.00"), "{}", over.html);
    let sure = staff.post(&page, &action, &fields("50.00", "")).await;
    assert!(sure.html.contains("将退款 ¥50.00") && sure.html.contains("value=\"REFUND-1\""), "{}", sure.html);
    assert!(
        payment::ops::view(&app.cx, &buyer(customer), id).await.unwrap().refunds.is_empty(),
        "asked first"
    );
    for _ in 0..2 {
        let done = staff.post(&page, &action, &fields("50.00", "yes")).await;
        assert_eq!(done.to, format!("{page}?done=refunded"), "{}", done.html);
    }
    let mut registry = durable::Registry::default();
    payment::register(&mut registry, &app.payments);
    while durable::run_due(&app.cx, &registry).await.unwrap() > 0 {}
    let view = payment::ops::view(&app.cx, &buyer(customer), id).await.unwrap();
    assert_eq!(
        view.refunds.iter().map(|r| (r.state, r.amount)).collect::<Vec<_>>(),
        [(RefundState::Succeeded, Money::cny(5_000))]
    );
    let shown = staff.get(&page).await.html;
    for words in ["¥73.00", "客户要求退还一部分", "工作人员退款", "已退款"] {
        assert!(shown.contains(words), "{words} {shown}");
    }
    running.stop().await.unwrap();
}
