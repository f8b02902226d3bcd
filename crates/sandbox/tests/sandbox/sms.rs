//! The carriers of text messages as their clients see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use connectors::{
    AliyunSettings, AliyunSms, BaseUrl, SmsCarrier, SmsError, SmsKey, SmsText, TencentSettings, TencentSms,
};
use kernel::{Duration, ManualClock, SystemRng};
use sandbox::sms::{BLACKLISTED, SentSms, SmsAccount, SmsCarriers, SmsMood};

use crate::support::{START, client};

const PATIENT: Duration = Duration::from_secs(10);
const SIGN: &str = "长明 & Söhne";

struct Street {
    carriers: SmsCarriers,
    clock: Arc<ManualClock>,
    url: BaseUrl,
}

async fn street() -> Street {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = BaseUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let clock = Arc::new(ManualClock::at(START));
    let template = |id: &str, places: &[&str]| {
        (id.to_owned(), places.iter().map(|&place| place.to_owned()).collect::<Vec<_>>())
    };
    let account = SmsAccount {
        key_id: "LTAI-test".to_owned(),
        secret: "hush".to_owned(),
        app_id: "1400006666".to_owned(),
        sign_name: SIGN.to_owned(),
        templates: BTreeMap::from([template("T1", &["code", "minutes"]), template("T2", &[])]),
    };
    let carriers = SmsCarriers::start(listener, account, clock.clone());
    Street { carriers, clock, url }
}

/// Both clients, with what is needed to be somebody else.
fn clients(street: &Street, secret: &str, sign_name: &str, patience: Duration) -> [Box<dyn SmsCarrier>; 2] {
    let key = SmsKey { id: "LTAI-test".to_owned(), secret: secret.to_owned() };
    let (url, clock, http) = (street.url.clone(), street.clock.clone(), client(patience));
    let sign_name = sign_name.to_owned();
    let aliyun = AliyunSettings { url: url.clone(), key: key.clone(), sign_name: sign_name.clone() };
    let (region, app_id) = ("ap-guangzhou".to_owned(), "1400006666".to_owned());
    let tencent = TencentSettings { url, key, region, app_id, sign_name };
    [
        Box::new(AliyunSms::new(aliyun, http.clone(), clock.clone(), Arc::new(SystemRng))),
        Box::new(TencentSms::new(tencent, http, clock)),
    ]
}

fn text(id: &str, to: &str) -> SmsText {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    SmsText {
        id: id.to_owned(),
        to: to.to_owned(),
        template: "T1".to_owned(),
        values: vec![pair("code", "04 + 2/1~'37=&%*"), pair("minutes", "十")],
    }
}

fn refused(result: Result<(), SmsError>) -> String {
    match result {
        Err(SmsError::Refused { code }) => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn both_carriers_take_a_signed_text_and_get_its_values_whole() {
    let street = street().await;
    for (at, (carrier, to)) in
        clients(&street, "hush", SIGN, PATIENT).iter().zip(["13800138000", "+8613800138000"]).enumerate()
    {
        let id = format!("msg_{at}");
        assert_eq!(carrier.send(&text(&id, "+8613800138000")).await, Ok(()), "{carrier:?}");
        let values = vec!["04 + 2/1~'37=&%*".to_owned(), "十".to_owned()];
        let want = SentSms { id, to: to.to_owned(), template: "T1".to_owned(), values };
        assert_eq!(street.carriers.sent().last(), Some(&want));
        street.clock.advance(Duration::from_mins(1));
        let bare =
            SmsText { template: "T2".to_owned(), values: Vec::new(), ..text("bare", "+8613800138000") };
        assert_eq!(carrier.send(&bare).await, Ok(()), "a template without placeholders: {carrier:?}");
        street.clock.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn a_wrong_secret_and_a_wrong_clock_send_nothing_and_say_so() {
    let street = street().await;
    for carrier in clients(&street, "guessed", SIGN, PATIENT) {
        let said = carrier.send(&text("m", "+8613800138000")).await;
        let Err(SmsError::Unavailable(code)) = said else { panic!("{said:?}") };
        assert!(code == "SignatureDoesNotMatch" || code == "AuthFailure.SignatureFailure", "{code}");
    }
    let behind = Arc::new(ManualClock::at(START.minus(Duration::from_hours(1))));
    let late = Street { clock: behind, carriers: street.carriers, url: street.url };
    for carrier in clients(&late, "hush", SIGN, PATIENT) {
        let said = carrier.send(&text("m", "+8613800138000")).await;
        let Err(SmsError::Unavailable(code)) = said else { panic!("{said:?}") };
        assert!(code == "InvalidTimeStamp.Expired" || code == "AuthFailure.SignatureExpire", "{code}");
    }
    assert!(late.carriers.sent().is_empty());
}

#[tokio::test]
async fn what_can_never_be_sent_is_refused_for_good() {
    let street = street().await;
    for carrier in clients(&street, "hush", SIGN, PATIENT) {
        refused(carrier.send(&text("m", "+861234")).await);
        refused(carrier.send(&text("m", &format!("+86{BLACKLISTED}"))).await);
        assert_eq!(refused(carrier.send(&text("m", "13800138000")).await), "not_e164");
        let foreign = SmsText { template: "T9".to_owned(), ..text("m", "+8613800138000") };
        refused(carrier.send(&foreign).await);
        let mut short = text("m", "+8613800138000");
        short.values.pop();
        refused(carrier.send(&short).await);
    }
    for carrier in clients(&street, "hush", "别人", PATIENT) {
        refused(carrier.send(&text("m", "+8613800138000")).await);
    }
    assert!(street.carriers.sent().is_empty());
}

#[tokio::test]
async fn a_second_text_within_the_carriers_time_is_limited_and_goes_after_it() {
    let street = street().await;
    for carrier in clients(&street, "hush", SIGN, PATIENT) {
        assert_eq!(carrier.send(&text("a", "+8613800138000")).await, Ok(()));
        let Err(SmsError::Limited { wait, .. }) = carrier.send(&text("b", "+8613800138000")).await else {
            panic!("not limited by {carrier:?}")
        };
        street.clock.advance(wait);
        assert_eq!(carrier.send(&text("b", "+8613800138000")).await, Ok(()));
        street.clock.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn without_an_answer_that_reads_nobody_knows_whether_it_went() {
    let street = street().await;
    for carrier in clients(&street, "hush", SIGN, Duration::from_millis(300)) {
        for (mood, goes) in [(SmsMood::Hang, true), (SmsMood::Garbage, true), (SmsMood::Down, false)] {
            let before = street.carriers.sent().len();
            street.carriers.expect([mood.clone()]);
            let said = carrier.send(&text("m", "+8613800138000")).await;
            assert!(matches!(said, Err(SmsError::Unknown(_))), "{mood:?}: {said:?}");
            assert_eq!(street.carriers.sent().len() > before, goes, "{mood:?}");
            street.clock.advance(Duration::from_mins(1));
        }
    }
}

#[tokio::test]
async fn what_a_carrier_says_of_a_number_is_not_repeated() {
    let street = street().await;
    for carrier in clients(&street, "hush", SIGN, PATIENT) {
        let (code, message) = ("isv.NEW_RULE 13800138000".to_owned(), "13800138000 已停机".to_owned());
        street.carriers.expect([SmsMood::Say { code, message }]);
        let said = carrier.send(&text("m", "+8613800138000")).await.unwrap_err();
        assert!(!format!("{said} {said:?}").contains("138"), "{said:?}");
    }
}

#[tokio::test]
async fn a_carrier_that_cannot_be_reached_was_told_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = BaseUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let street = Street { url, ..street().await };
    for carrier in clients(&street, "hush", SIGN, PATIENT) {
        let said = carrier.send(&text("m", "+8613800138000")).await;
        assert!(matches!(said, Err(SmsError::Unavailable(_))), "{said:?}");
    }
}
