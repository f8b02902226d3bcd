use connectors::Gateway as _;
use http::{Method, StatusCode};
use kernel::Locale;
use sandbox::{AnswerMode, Desk};
use serde_json::Value;

use crate::support::{World, page_of, world};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn page(world: &World, url: &str) -> String {
    let reply = world.get(url).await;
    assert_eq!(reply.status, StatusCode::OK, "{url}");
    let policy = reply.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let text = String::from_utf8(reply.body).unwrap();
    assert!(!text.contains("<script") && !text.contains(" style="), "no script, no inline style");
    text
}

#[tokio::test]
async fn the_page_of_the_gateway_speaks_both_languages_and_shows_what_is_paid() {
    let world = world().await;
    let payment = world.gateway().create_attempt(&world.payment("at_1", 130_000)).await.unwrap();
    let url = page_of(&payment).to_owned();
    let zh = page(&world, &url).await;
    for part in ["lang=\"zh-CN\"", "¥1,300.00", "话费充值 100 元 &lt;b&gt;", "8K2M-9Q7R-T4", "尾号 4242"]
    {
        assert!(zh.contains(part), "{part}");
    }
    let en = page(&world, &format!("{url}?lang=en")).await;
    for part in ["<html lang=\"en\"", "Card ending in 4242"] {
        assert!(en.contains(part), "{part}");
    }
    // The gateway is told what is paid in the payer's language only.
    let english = connectors::NewPayment { locale: Locale::En, ..world.payment("at_2", 100) };
    let payment = world.gateway().create_attempt(&english).await.unwrap();
    let en = page(&world, page_of(&payment)).await;
    assert!(en.contains("<html lang=\"en\"") && en.contains("Top-up ¥100 &lt;b&gt;"));
}

#[tokio::test]
async fn a_page_of_a_payment_that_is_over_offers_nothing_but_the_way_back() {
    let world = world().await;
    let payment = world.gateway().create_attempt(&world.payment("at_1", 100)).await.unwrap();
    let url = page_of(&payment).to_owned();
    world.choose(&url, "pay").await;
    let text = page(&world, &url).await;
    assert!(text.contains("已付款") && text.contains("返回商家") && !text.contains("<form"));
    assert_eq!(world.get(&format!("{url}x")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_that_another_site_sends_or_that_names_no_card_pays_nothing() {
    let world = world().await;
    let payment = world.gateway().create_attempt(&world.payment("at_1", 100)).await.unwrap();
    let url = page_of(&payment).to_owned();
    let foreign = [FORM, ("sec-fetch-site", "cross-site")];
    let reply = world.send(Method::POST, &url, &foreign, "card=pay").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(world.choose(&url, "gold").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.gateway().query(&world.begun("at_1")).await.unwrap().state.name(), "open");
}

#[tokio::test]
async fn knobs_are_set_as_json_and_by_form_and_mistakes_are_refused() {
    let world = world().await;
    let url = format!("{}/sandbox/knobs/telecom", world.config.public_url);
    let json = [("content-type", "application/json")];
    let put = async |body: &str| world.send(Method::PUT, &url, &json, body).await.status;
    let knobs = || world.running.sandbox.knobs(Desk::Telecom);
    assert_eq!(put(r#"{"answer":"later","delay_ms":0,"duplicate_callbacks":3}"#).await, StatusCode::OK);
    assert_eq!(
        (knobs().answer, knobs().delay_ms, knobs().duplicate_callbacks),
        (AnswerMode::Later, Some(0), 3)
    );
    assert_eq!(put(r#"{"failure_percent":101}"#).await, StatusCode::UNPROCESSABLE_ENTITY);
    for bad in [r#"{"speed":1}"#, r#"{"failure_percent":-1}"#, r#"{"answer":"maybe"}"#, "{", "7"] {
        assert_eq!(put(bad).await, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(knobs().duplicate_callbacks, 3, "a mistake changes nothing");
    let reply = world.send(Method::POST, &url, &[FORM], "answer=now&delay_ms=&failure_percent=7").await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!((knobs().answer, knobs().delay_ms, knobs().failure_percent), (AnswerMode::Now, None, 7));
    assert_eq!(put("{}").await, StatusCode::OK);
    assert_eq!(knobs(), sandbox::Knobs::default());
    let elsewhere = format!("{}/sandbox/knobs/casino", world.config.public_url);
    assert_eq!(world.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_overview_shows_what_happened_and_a_flush_hurries_it() {
    use connectors::Provider as _;
    let world = world().await;
    world.provider(Desk::Telecom).operate(&world.top_up("op_1", "13800001234")).await.unwrap();
    let url = format!("{}/sandbox", world.config.public_url);
    let text = page(&world, &url).await;
    assert!(text.contains("mobile-top-up") && text.contains("旋钮"));
    assert!(page(&world, &format!("{url}?lang=en")).await.contains("Knobs"));
    let flush = |all| format!("{url}/flush{all}");
    let counted = async |all| {
        let reply = world.send(Method::POST, &flush(all), &[], "").await;
        reply.json::<Value>().unwrap()["delivered"].clone()
    };
    assert_eq!(counted("").await, 0);
    assert_eq!(counted("?all=1").await, 1);
    let state: Value = world.get(&format!("{url}/state")).await.json().unwrap();
    assert_eq!(state["operations"][0]["answer"]["outcome"], "done");
    assert_eq!(state["deliveries"][0]["state"], "delivered");
    let style = world.get(&format!("{url}/style.css")).await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
}
