//! What a card payment may go through: authorised and captured later, asked back by the bank, taken after a refusal, disputed.

use connectors::card::SigningSecrets;
use connectors::gateway::{CallbackError, Dispute, DisputeState, Report};
use connectors::{Capture, CardGateway, CardSettings, Gateway as _, GatewayError, Payment, PaymentState};
use http::{HeaderMap, Method, StatusCode};
use kernel::{Clock as _, Duration, Money};
use sandbox::Desk;
use serde_json::json;

use crate::support::{World, client, page_of, world};

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

async fn authorise(world: &World, attempt: &str) -> Payment {
    let new = connectors::NewPayment { capture: Capture::Later, ..world.payment(attempt, 1_000) };
    let payment = world.gateway().create_attempt(&new).await.unwrap();
    world.choose(page_of(&payment), "pay").await;
    world.gateway().query(&world.begun(attempt)).await.unwrap()
}

async fn reports(world: &World) -> Vec<Report> {
    let gateway = world.gateway();
    let callbacks = world.callbacks().await;
    callbacks.iter().map(|c| gateway.verify_callback(&c.headers, &c.body).unwrap().report).collect()
}

fn states(reports: &[Report]) -> Vec<&'static str> {
    let name = |report: &Report| match report {
        Report::Payment(payment) => payment.state.name(),
        Report::Refund(_) => "refund",
        Report::Dispute(_) => "dispute",
    };
    reports.iter().map(name).collect()
}

fn captured(payment: &Payment) -> Option<i64> {
    match payment.state {
        PaymentState::Captured { captured, .. } => Some(captured.minor),
        _ => None,
    }
}

#[tokio::test]
async fn a_part_of_what_was_authorised_is_taken_once_and_the_rest_is_released() {
    let world = world().await;
    let held = authorise(&world, "at_1").await;
    let until = world.clock.now().plus(Duration::from_days(7));
    assert_eq!(held.state, PaymentState::Authorised { authorised: Money::cny(1_000), until });
    assert_eq!(held.agrees(Money::cny(1_000)), Ok(()));
    let gateway = world.gateway();
    for wrong in [1_001, 0, -1] {
        let error = gateway.capture("at_1", Money::cny(wrong)).await.unwrap_err();
        assert!(matches!(error, GatewayError::Refused { retriable: false, .. }), "{wrong}: {error:?}");
    }
    let foreign = Money::new(400, kernel::Currency::USD);
    assert!(gateway.capture("at_1", foreign).await.is_err(), "another currency");
    let taken = gateway.capture("at_1", Money::cny(400)).await.unwrap();
    assert_eq!(captured(&taken), Some(400));
    assert_eq!(
        captured(&gateway.capture("at_1", Money::cny(400)).await.unwrap()),
        Some(400),
        "the same again"
    );
    assert!(gateway.capture("at_1", Money::cny(600)).await.is_err(), "the rest is gone");
    assert_eq!(states(&reports(&world).await), ["authorised", "captured"]);
    let day = held.updated_at;
    assert!(day <= taken.updated_at && held.sequence < taken.sequence);
}

#[tokio::test]
async fn what_was_authorised_is_let_go_by_closing_it_or_by_time() {
    let world = world().await;
    authorise(&world, "at_1").await;
    assert_eq!(world.gateway().close(&world.begun("at_1")).await.unwrap().state, PaymentState::Closed);
    assert!(world.gateway().capture("at_1", Money::cny(1)).await.is_err());
    authorise(&world, "at_2").await;
    world.clock.advance(Duration::from_days(7));
    world.callbacks().await;
    assert_eq!(world.gateway().query(&world.begun("at_2")).await.unwrap().state, PaymentState::Closed);
}

#[tokio::test]
async fn the_bank_may_ask_back_and_the_payer_approves_refuses_or_leaves() {
    let world = world().await;
    for (answer, now, after) in
        [("approve", "captured", "captured"), ("refuse", "declined", "declined"), ("leave", "open", "open")]
    {
        let attempt = format!("at_{answer}");
        let payment = world.gateway().create_attempt(&world.payment(&attempt, 100)).await.unwrap();
        let asked = world.choose(page_of(&payment), "secure").await;
        let question = asked.headers["location"].to_str().unwrap().to_owned();
        assert!(question.contains("/card/3ds/"), "{question}");
        assert_eq!(world.gateway().query(&world.begun(&attempt)).await.unwrap().state, PaymentState::Open);
        let text = String::from_utf8(world.get(&question).await.body).unwrap();
        assert!(text.contains("银行需要确认是您本人") && !text.contains("<script"));
        let foreign = [FORM[0], ("sec-fetch-site", "cross-site")];
        let reply = world.send(Method::POST, &question, &foreign, "answer=approve").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        let reply = world.send(Method::POST, &question, &FORM, &format!("answer={answer}")).await;
        assert_eq!(reply.headers["location"], world.payment(&attempt, 100).return_url);
        assert_eq!(
            world.gateway().query(&world.begun(&attempt)).await.unwrap().state.name(),
            now,
            "{answer}"
        );
        reports(&world).await;
        let last = world.gateway().query(&world.begun(&attempt)).await.unwrap();
        assert_eq!(last.state.name(), after);
        if answer == "refuse" {
            let PaymentState::Declined { code, .. } = last.state else { panic!() };
            assert_eq!(code, "payment_intent_authentication_failure");
        }
    }
    assert_eq!(world.gateway().close(&world.begun("at_leave")).await.unwrap().state, PaymentState::Closed);
}

#[tokio::test]
async fn p8_money_taken_after_a_refusal_outranks_everything_told_before() {
    let world = world().await;
    world.set(Desk::Card, json!({ "late_callbacks_percent": 50, "duplicate_callbacks": 1 }));
    for (attempt, first) in [("at_1", "late"), ("at_2", "slow"), ("at_3", "decline"), ("at_4", "secure")] {
        let payment = world.gateway().create_attempt(&world.payment(attempt, 100)).await.unwrap();
        world.choose(page_of(&payment), first).await;
        if first == "decline" {
            world.choose(page_of(&payment), "pay").await;
        }
        let told = reports(&world).await;
        let of = |report: &Report| match report {
            Report::Payment(payment) => (payment.sequence, payment.state.name()),
            other => panic!("{other:?}"),
        };
        let newest = told.iter().map(of).max().unwrap();
        let now = world.gateway().query(&world.begun(attempt)).await.unwrap();
        assert_eq!(newest.1, if first == "secure" { "open" } else { "captured" });
        assert_eq!(
            newest,
            (now.sequence, now.state.name()),
            "{first}: callbacks and query agree on the newest"
        );
        let older = told.iter().map(of).filter(|report| report.1 != newest.1);
        assert!(older.into_iter().all(|report| report.0 < newest.0), "{first}");
    }
}

#[tokio::test]
async fn p7_a_create_whose_answer_was_lost_is_found_by_our_id_and_repeated_without_harm() {
    let world = world().await;
    for knob in ["hang_percent", "garbage_percent", "failure_percent"] {
        let attempt = format!("at_{knob}");
        world.set(Desk::Card, json!({ knob: 100 }));
        let impatient = world.impatient_gateway(Duration::from_millis(200));
        let new = world.payment(&attempt, 100);
        assert!(matches!(impatient.create_attempt(&new).await, Err(GatewayError::Unknown { .. })), "{knob}");
        assert!(
            matches!(impatient.query(&world.begun(&attempt)).await, Err(GatewayError::Unknown { .. })),
            "{knob}"
        );
        assert!(
            matches!(impatient.close(&world.begun(&attempt)).await, Err(GatewayError::Unknown { .. })),
            "{knob}"
        );
        world.set(Desk::Card, json!({}));
        let known = world.gateway().query(&world.begun(&attempt)).await;
        if knob == "failure_percent" {
            assert_eq!(known, Err(GatewayError::NotKnown), "it went down before it did anything");
            continue;
        }
        let known = known.unwrap();
        assert_eq!(world.gateway().create_attempt(&new).await.unwrap(), known);
        world.choose(page_of(&known), "pay").await;
        assert_eq!(captured(&world.gateway().query(&world.begun(&attempt)).await.unwrap()), Some(100));
    }
    world.set(Desk::Card, json!({ "busy_percent": 100 }));
    let busy = world.gateway().query(&world.begun("at_hang_percent")).await.unwrap_err();
    assert!(matches!(busy, GatewayError::Refused { retriable: true, .. }), "{busy:?}");
}

async fn turn(world: &World, intent: &str, turn: &str) -> StatusCode {
    let url = format!("{}/card/dispute/{intent}", world.config.public_url);
    world.send(Method::POST, &url, &FORM, &format!("turn={turn}")).await.status
}

fn disputes(reports: Vec<Report>) -> Vec<Dispute> {
    let dispute = |report| match report {
        Report::Dispute(dispute) => dispute,
        other => panic!("{other:?}"),
    };
    reports.into_iter().map(dispute).collect()
}

#[tokio::test]
async fn a_dispute_is_opened_answered_and_won_or_lost_and_told_each_time() {
    let world = world().await;
    for (attempt, end, state) in [("at_1", "win", DisputeState::Won), ("at_2", "lose", DisputeState::Lost)] {
        let payment = world.gateway().create_attempt(&world.payment(attempt, 1_000)).await.unwrap();
        let intent = payment.gateway_id.clone();
        assert_eq!(turn(&world, &intent, "open").await, StatusCode::CONFLICT, "nothing was paid");
        world.choose(page_of(&payment), "pay").await;
        assert_eq!(states(&reports(&world).await), ["captured"]);
        let page =
            String::from_utf8(world.get(&format!("{}/sandbox", world.config.public_url)).await.body).unwrap();
        assert!(page.contains(&format!("/card/dispute/{intent}")) && page.contains("发起拒付"));

        assert_eq!(turn(&world, &intent, "open").await, StatusCode::SEE_OTHER);
        let opened = disputes(reports(&world).await);
        assert_eq!(opened.len(), 2, "created, and the money withdrawn");
        let first = &opened[0];
        assert_eq!(
            (&first.attempt_id, first.state),
            (&intent, DisputeState::Open),
            "by the gateway's own number"
        );
        assert_eq!((first.amount, first.fee), (Money::cny(1_000), Money::cny(1_500)));
        assert_eq!(first.reason, "fraudulent");
        assert_eq!(first.due_by, Some(world.clock.now().plus(Duration::from_days(7))));

        assert_eq!(turn(&world, &intent, "review").await, StatusCode::SEE_OTHER);
        assert_eq!(turn(&world, &intent, end).await, StatusCode::SEE_OTHER);
        let ended = disputes(reports(&world).await);
        assert!(ended.iter().all(|dispute| dispute.dispute_id == first.dispute_id));
        assert_eq!(ended.last().unwrap().state, state);
        for again in ["open", "review", "win", "lose"] {
            assert_eq!(turn(&world, &intent, again).await, StatusCode::CONFLICT, "{again} after {end}");
        }
    }
    assert_eq!(turn(&world, "pi_nobody", "open").await, StatusCode::NOT_FOUND);
    assert_eq!(turn(&world, "pi_nobody", "burn").await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn p3_forged_cut_replayed_and_foreign_callbacks_are_not_believed() {
    let world = world().await;
    let payment = world.gateway().create_attempt(&world.payment("at_1", 100)).await.unwrap();
    world.choose(page_of(&payment), "pay").await;
    let callback = world.callbacks().await.remove(0);
    let gateway = world.gateway();
    let text = std::str::from_utf8(&callback.body).unwrap();
    assert!(gateway.verify_callback(&callback.headers, &callback.body).is_ok());
    let signature = |result| matches!(result, Err(CallbackError::Signature(_)));
    let cut = &callback.body[..callback.body.len() - 1];
    assert!(signature(gateway.verify_callback(&callback.headers, cut)), "cut");
    assert!(
        signature(gateway.verify_callback(&callback.headers, text.replace("100", "900").as_bytes())),
        "changed"
    );
    assert!(signature(gateway.verify_callback(&HeaderMap::new(), &callback.body)), "unsigned");
    world.clock.advance(Duration::from_secs(301));
    assert!(signature(gateway.verify_callback(&callback.headers, &callback.body)), "replayed later");

    let card = world.config.card.clone().unwrap();
    let signed = |body: &str| {
        let value = card.webhook.sign(world.clock.now(), body.as_bytes());
        HeaderMap::from_iter([(http::HeaderName::from_static("stripe-signature"), value.parse().unwrap())])
    };
    let told = |body: &str| gateway.verify_callback(&signed(body), body.as_bytes());
    assert!(told(text).is_ok(), "the same event signed anew");
    let live_event = text.replace("\"livemode\":false", "\"livemode\":true");
    assert!(matches!(told(&live_event), Err(CallbackError::WrongMerchant(_))), "another mode");
    assert_ne!(live_event, text);
    for broken in [
        "{}".to_owned(),
        "null".to_owned(),
        text.replace("payment_intent.succeeded", "customer.created"),
        text.replace("\"amount\":100", "\"amount\":1.5"),
        text.replace("\"amount\":100", "\"amount\":99999999999999999999"),
        text.replace("\"cny\"", "\"xyz\""),
        text.replace("\"attempt_id\"", "\"other_id\""),
        text.replace("\"succeeded\"", "\"suceeded\""),
    ] {
        assert!(matches!(told(&broken), Err(CallbackError::Malformed(_))), "{broken}");
    }
    let negative = told(&text.replace("\"amount_received\":100", "\"amount_received\":-100")).unwrap();
    let Report::Payment(negative) = negative.report else { panic!() };
    assert!(negative.agrees(Money::cny(100)).is_err());
    let large = format!("{text}{}", " ".repeat(70_000));
    assert!(matches!(told(&large), Err(CallbackError::TooLarge)));
}

#[tokio::test]
async fn a_secret_is_exchanged_without_a_moment_in_which_nothing_verifies() {
    let world = world().await;
    let payment = world.gateway().create_attempt(&world.payment("at_1", 100)).await.unwrap();
    world.choose(page_of(&payment), "pay").await;
    let callback = world.callbacks().await.remove(0);
    let card = world.config.card.clone().unwrap();
    let with = |webhook| {
        let settings = CardSettings { webhook, ..card.clone() };
        CardGateway::new("card", settings, client(Duration::from_secs(1)), world.clock.clone())
    };
    let stranger = SigningSecrets::parse("whsec_a_secret_of_somebody_else").unwrap();
    let verified = |gateway: CardGateway| gateway.verify_callback(&callback.headers, &callback.body).is_ok();
    assert!(!verified(with(stranger)));
    assert!(verified(with(card.webhook.clone())));
}

#[tokio::test]
async fn a_request_without_the_key_does_nothing() {
    let world = world().await;
    let url = format!("{}/v1/refunds", world.config.base_url(Desk::Card));
    for headers in [vec![], vec![("authorization", "Bearer sk_test_0000000000000000")]] {
        let reply = world.send(Method::POST, &url, &headers, "amount=1").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
    let mut settings = world.config.card.clone().unwrap();
    settings.secret_key = connectors::card::ApiKey::parse("sk_test_0000000000000000").unwrap();
    let stranger = CardGateway::new("card", settings, client(Duration::from_secs(5)), world.clock.clone());
    let error = stranger.create_attempt(&world.payment("at_1", 100)).await.unwrap_err();
    assert!(matches!(error, GatewayError::Refused { retriable: false, .. }), "{error:?}");
    assert_eq!(world.gateway().query(&world.begun("at_1")).await, Err(GatewayError::NotKnown));
}
