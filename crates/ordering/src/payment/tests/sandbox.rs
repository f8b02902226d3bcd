//! The same over real HTTP, against the sandbox's card gateway with its signed callbacks.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use connectors::http::Request;
use connectors::{AlipayPay, CardGateway, Checkout, Gateways, Http, Limits, Secret, WechatPay};
use kernel::Money;
use sandbox::{Believed, Config};
use tokio::net::TcpListener;

use super::gateway::Scripted;
use super::till::{PRICE, Till};
use crate::order::{LineState, MoneyState, OrderState};
use crate::payment::{AttemptState, Payments, RefundState, Started, Status, ops};

async fn take(
    State(svc): State<Arc<Payments>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    match ops::callback(&svc, &name, &headers, &body).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

/// The sandbox, and our gateway for cards that talks to it over HTTP.
async fn card_gateway(t: &testkit::TestDb) -> (sandbox::Running, Http, Arc<dyn connectors::Gateway>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config =
        Config::new(format!("http://{}", listener.local_addr().unwrap()), &Secret::from_digest([9; 32]));
    let clock = Arc::clone(&t.cx.clock);
    let http = Http::new(Limits::default()).unwrap();
    let card = CardGateway::new("card", config.card.clone().unwrap(), http.clone(), Arc::clone(&clock));
    let running = sandbox::start(listener, config, clock).unwrap();
    (running, http, Arc::new(card))
}

/// Chooses a card on the gateway's page, as a browser would.
async fn choose(http: &Http, page: &str, card: &str) {
    let url = connectors::http::web_address(page).unwrap();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("card={card}").into_bytes();
    // The answer leads back to our return address; where it leads does not matter here.
    let _ = http.send(Request { method: axum::http::Method::POST, url, headers: &headers, body }).await;
}

#[testkit::db_test]
async fn a_card_payment_over_http_is_declined_paid_and_refunded(t: testkit::TestDb) {
    let (running, http, card) = card_gateway(&t).await;
    let ours = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback_base = format!("http://{}/callbacks", ours.local_addr().unwrap());

    let unused = Arc::new(Scripted::new("unused", t.cx.db.clone()));
    let gateways = Gateways::new([card]);
    let mut till = Till::with(t, gateways, Arc::clone(&unused), unused).await;
    till.svc = Arc::new(Payments { callback_base, ..(*till.svc).clone() });
    let router = Router::new().route("/callbacks/{name}", post(take)).with_state(Arc::clone(&till.svc));

    let story = async {
        let (order, payment) = till.order().await;
        let page = |started| match started {
            Started::Checkout { checkout: Checkout::Page { url }, .. } => url,
            other => panic!("{other:?}"),
        };
        let first = page(till.start(payment, "card").await.unwrap());
        choose(&http, &first, "decline").await;
        running.sandbox.flush().await;
        assert_eq!(till.view(payment).await.status, Status::Declined);

        let second = page(till.start(payment, "card").await.unwrap());
        assert_ne!(first, second);
        choose(&http, &second, "pay").await;
        running.sandbox.flush().await;
        till.check_order(order, OrderState::InProgress, MoneyState::Held).await;

        // Without a callback the browser's return finds out.
        let top_up = till.top_up().await;
        let Started::Checkout { attempt, checkout: Checkout::Page { url } } =
            till.start(top_up, "card").await.unwrap()
        else {
            panic!("no page")
        };
        choose(&http, &url, "silent").await;
        running.sandbox.flush().await;
        assert_eq!(till.view(top_up).await.status, Status::ToPay);
        assert_eq!(till.returned(attempt).await.status, Status::Paid);
        assert_eq!(till.balance(till.wallet()).await, (10_000, 0));

        let hold = till.order_now(order).await.hold.unwrap();
        let mut tx = till.t.cx.begin().await.unwrap();
        let lane = crate::lane(&tx);
        ledger::void(&mut tx, &till.t.cx, lane, hold).await.unwrap();
        tx.commit().await.unwrap();
        let due = crate::order::RefundDue {
            order,
            amount: PRICE,
            reason: "cancelled".to_owned(),
            business_key: "back".to_owned(),
        };
        let actor = kernel::Actor::system("test");
        crate::payment::give_back::open_due(&till.t.cx, &actor, &due).await.unwrap();
        till.work().await;
        assert_eq!(till.view(payment).await.refunds[0].state, RefundState::Succeeded);
        assert_eq!(till.balance(till.escrow()).await, (0, 0));
        till.sound().await;
    };
    tokio::select! {
        served = axum::serve(ours, router) => panic!("{served:?}"),
        () = story => {}
    }
    running.stop().await.unwrap();
}

#[testkit::db_test]
async fn p9_what_nobody_has_paid_yet_is_known_after_a_restart_and_ends_at_its_time(t: testkit::TestDb) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config =
        Config::new(format!("http://{}", listener.local_addr().unwrap()), &Secret::from_digest([9; 32]));
    let (clock, rng) = (Arc::clone(&t.cx.clock), Arc::clone(&t.cx.rng));
    let http = Http::new(Limits::default()).unwrap();
    let node = || {
        let alipay = AlipayPay::new(config.alipay("alipay").unwrap(), http.clone(), Arc::clone(&clock));
        let wechat = config.wechat("wechat", Believed::PublicKey).unwrap();
        let wechat = WechatPay::new(wechat, http.clone(), Arc::clone(&clock), Arc::clone(&rng));
        let (alipay, wechat): (Arc<dyn connectors::Gateway>, Arc<dyn connectors::Gateway>) =
            (Arc::new(alipay), Arc::new(wechat));
        Gateways::new([alipay, wechat])
    };
    let running = sandbox::start(listener, config.clone(), Arc::clone(&clock)).unwrap();
    let unused = Arc::new(Scripted::new("unused", t.cx.db.clone()));
    let mut till = Till::with(t, node(), Arc::clone(&unused), unused).await;
    let (by_alipay, page) = till.order().await;
    let (by_wechat, code) = till.order().await;
    let first = [till.start(page, "alipay").await.unwrap(), till.start(code, "wechat").await.unwrap()];
    till.svc = Arc::new(Payments { gateways: node(), ..(*till.svc).clone() });
    let again = [till.start(page, "alipay").await.unwrap(), till.start(code, "wechat").await.unwrap()];
    assert_eq!(again, first, "the customer is led to where it can be paid");
    till.work_in(kernel::Duration::from_mins(31)).await;
    till.check_order(by_wechat, OrderState::Cancelled, MoneyState::Released).await;
    till.check_order(by_alipay, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    till.work_in(kernel::Duration::from_mins(5)).await;
    till.check_order(by_alipay, OrderState::Cancelled, MoneyState::Released).await;
    till.sound().await;
    running.stop().await.unwrap();
}

#[testkit::db_test]
async fn what_is_authorised_over_http_is_taken_in_part_let_go_or_lost(t: testkit::TestDb) {
    let (running, http, card) = card_gateway(&t).await;
    let unused = Arc::new(Scripted::new("unused", t.cx.db.clone()));
    let mut till = Till::with(t, Gateways::new([card]), Arc::clone(&unused), unused).await;
    till.capture = catalogue::service::CaptureAt::Completion;
    let mut authorised = Vec::new();
    for _ in 0..3 {
        let (order, payment) = till.order_of(&[("telecom", 6_000), ("telecom", 4_000)], None).await;
        let Started::Checkout { attempt, checkout: Checkout::Page { url } } =
            till.start(payment, "card").await.unwrap()
        else {
            panic!("no page")
        };
        choose(&http, &url, "pay").await;
        assert_eq!(till.returned(attempt).await.status, Status::Authorised);
        till.check_order(order, OrderState::InProgress, MoneyState::Authorised).await;
        authorised.push((order, payment));
    }
    assert_eq!(till.transfers().await, 0);
    let [(part, paid), (none, free), (slow, lost)] = authorised[..] else { panic!("three orders") };

    // A capture is taken at the gateway, and nobody of us hears it before the process ends.
    till.end(part, &[LineState::Completed, LineState::Failed]).await;
    let attempt = till.view(paid).await.attempts[0].id.to_string();
    let gateway = Arc::clone(till.svc.gateways.get("card").unwrap());
    gateway.capture(&attempt, Money::cny(6_000)).await.unwrap();
    till.end(none, &[LineState::Failed, LineState::Failed]).await;
    till.work().await;
    till.check_order(part, OrderState::Partial, MoneyState::PartCaptured).await;
    assert_eq!(till.balance(ledger::AccountName::Gateway("card")).await.0, 6_000);
    till.check_order(none, OrderState::Failed, MoneyState::Released).await;
    assert_eq!(till.view(free).await.status, Status::Closed);
    assert!(gateway.capture(&attempt, Money::cny(4_000)).await.is_err(), "what was let go is gone");

    // Nobody looked for longer than the bank keeps it.
    till.begin_work(slow).await;
    till.t.clock.advance(kernel::Duration::from_hours(8 * 24));
    till.work().await;
    till.check_order(slow, OrderState::InProgress, MoneyState::Uncollected).await;
    assert_eq!(till.view(lost).await.attempts[0].state, AttemptState::Uncollected);
    assert_eq!(till.facts(crate::payment::topic::ALARM).await.len(), 1);
    till.sound().await;
    running.stop().await.unwrap();
}
