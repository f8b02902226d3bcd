//! Signing in with other parties and merging accounts, through the pages, against the sandbox's parties and a scripted
//! OpenID provider, on both databases.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use common::{PASSWORD, TestApp};
use connectors::oidc::OpenIdSettings;
use everlit::config::SignIn;
use kernel::Text;
use reqwest::{Client, StatusCode};
use sandbox::oauth::openid::{AnswerTrick, CLIENT_ID, CLIENT_SECRET, Script, Scripted, TokenTrick};
use testkit::{TestDb, db_test};

/// A browser: keeps cookies by host, follows nothing by itself.
struct Browser<'a> {
    app: &'a TestApp,
    http: Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

struct Seen {
    status: StatusCode,
    location: String,
    refresh: String,
    body: String,
}

impl<'a> Browser<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self { app, http: app.http.clone(), cookies: Mutex::default() }
    }

    async fn send(&self, url: &str, form: Option<&[(&str, &str)]>) -> Seen {
        let ours = url.starts_with('/');
        let url = if ours { format!("{}{url}", self.app.base) } else { url.to_owned() };
        let ours = ours || url.starts_with(&self.app.base);
        let mut request = match form {
            Some(form) => self.http.post(url).form(form),
            None => self.http.get(url),
        };
        request = request.header("accept-language", "zh-CN");
        if ours {
            let cookies: Vec<_> =
                self.cookies.lock().unwrap().iter().map(|(k, v)| format!("{k}={v}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        let header = |name| answer.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
        Seen {
            status: answer.status(),
            location: header("location"),
            refresh: header("refresh"),
            body: answer.text().await.unwrap(),
        }
    }

    async fn open(&self, path: &str) -> Seen {
        self.send(path, None).await
    }

    /// Fills in the form of `page` that goes to `action`.
    async fn post(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Seen {
        let shown = self.open(page).await;
        let csrf = value(&shown.body, "csrf");
        let mut form = vec![("csrf", csrf.as_str())];
        form.extend_from_slice(fields);
        self.send(action, Some(&form)).await
    }

    async fn sign_in(&self, contact: &str) {
        let fields = [("contact", contact), ("password", PASSWORD)];
        let seen = self.post("/login", "/login", &fields).await;
        assert_eq!(seen.status, 303, "{}", seen.body);
    }

    /// Goes to a party of the sandbox from `url` and presses a button there; where the browser is sent back to.
    async fn press(&self, url: &str, person: &str) -> String {
        let (place, query) = url.split('#').next().unwrap().split_once('?').unwrap();
        let mut form: Vec<(String, String)> = reqwest::Url::parse(&format!("{place}?{query}"))
            .unwrap()
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        form.push(("person".to_owned(), person.to_owned()));
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let seen = self.send(place, Some(&form)).await;
        assert_eq!(seen.status, 303, "{}", seen.body);
        seen.location
    }

    /// The whole way with a party of the sandbox, for a guest.
    async fn with(&self, party: &str, person: &str, next: &str) -> Seen {
        let away = self.open(&format!("/login/with/{party}?next={next}")).await;
        assert_eq!(away.status, 303, "{}", away.body);
        let back = self.press(&away.location, person).await;
        self.open(&back).await
    }

    async fn register(&self, contact: &str) -> Seen {
        let fields = [("contact", contact), ("name", "小林")];
        self.post("/login/claim", "/login/claim/register", &fields).await
    }
}

/// The value of the first input of this name.
fn value(body: &str, name: &str) -> String {
    let at = body.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name} in {body}"));
    let tag = &body[body[..at].rfind('<').unwrap()..at + body[at..].find('>').unwrap()];
    tag.split("value=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned()).unwrap_or_default()
}

/// Where the page between a form and a party leads.
fn onward(seen: &Seen) -> String {
    assert_eq!(seen.status, 200, "{}", seen.body);
    seen.refresh.strip_prefix("0; url=").unwrap_or_else(|| panic!("no way on in {}", seen.body)).to_owned()
}

#[db_test]
async fn the_parties_stand_on_the_sign_in_page_and_let_somebody_in(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = Browser::new(&app);
    let login = lin.open("/login?next=/orders").await.body;
    for party in ["微信（沙箱）登录", "支付宝（沙箱）登录", "/login/with/wechat?next=%2Forders"]
    {
        assert!(login.contains(party), "{party} in {login}");
    }
    for (party, person, phone) in [("wechat", "xiaoman", "13900000001"), ("alipay", "laowang", "13900000002")]
    {
        let lin = Browser::new(&app);
        let back = lin.with(party, person, "/orders").await;
        assert_eq!((back.status.as_u16(), back.location.as_str()), (303, "/login/claim"), "{}", back.body);
        let made = lin.register(phone).await;
        assert_eq!(made.location, "/register/verify?next=%2Forders", "{}", made.body);
        assert_eq!(lin.open("/me/security/links").await.status, 200);
        // Another browser, later: straight in, and on to where they wanted to go.
        let other = Browser::new(&app);
        let back = other.with(party, person, "/orders").await;
        assert_eq!((back.status.as_u16(), back.location.as_str()), (303, "/orders"), "{}", back.body);
        assert!(other.open("/me").await.body.contains("小林"));
    }
    app.sound().await;
}

#[db_test]
async fn refusals_replays_and_foreign_places_lead_nowhere(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = Browser::new(&app);
    let refused = lin.with("wechat", "refuse", "/").await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("取消了授权") && refused.body.contains("/login/with/wechat"));
    let refused = lin.with("alipay", "refuse", "/").await;
    assert!(refused.body.contains("取消了授权"));

    let away = lin.open("/login/with/wechat?next=https://evil.example/").await;
    let back = lin.press(&away.location, "xiaoman").await;
    // Somebody else's browser cannot use it, and nobody can use it twice.
    let stranger = Browser::new(&app);
    stranger.open("/login/with/wechat").await;
    assert_eq!(stranger.open(&back).await.status, 409);
    assert_eq!(lin.open(&back).await.location, "/login/claim");
    let again = lin.open(&back).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("已失效"));
    let made = lin.register("13900000003").await;
    assert_eq!(made.location, "/register/verify?next=%2F", "no open redirect");

    for path in ["/login/with/nobody", "/login/return/nobody?state=x&code=y"] {
        assert_eq!(Browser::new(&app).open(path).await.status, 404, "{path}");
    }
    for path in
        ["/login/return/wechat", "/login/return/wechat?state=&code=", "/login/return/wechat?code=x&code=y"]
    {
        let seen = Browser::new(&app).open(path).await;
        assert!(matches!(seen.status.as_u16(), 409 | 422 | 400), "{path}: {}", seen.status);
    }
    assert_eq!(Browser::new(&app).open("/login/claim").await.status, 409);
    for path in ["/me/security/links", "/me/security/merge", "/me/security/merge/confirm"] {
        assert!(Browser::new(&app).open(path).await.location.starts_with("/login?next="), "{path}");
    }
    let refusals = app.number("SELECT COUNT(*) FROM audit_entry WHERE verb = 'federation.refused'").await;
    assert!(refusals >= 5, "{refusals}");
    app.sound().await;
}

#[db_test]
async fn a_customer_links_and_unlinks_and_never_locks_themselves_out(t: TestDb) {
    let app = TestApp::start(t).await;
    app.customer("13800000021").await;
    let lin = Browser::new(&app);
    lin.sign_in("13800000021").await;
    let hop = lin.post("/me/security/links", "/me/security/links/add/wechat", &[]).await;
    let back = lin.press(&onward(&hop), "chenyi").await;
    let linked = lin.open(&back).await;
    assert_eq!(linked.location, "/me/security/links?saved=linked", "{}", linked.body);
    let page = lin.open("/me/security/links?saved=linked").await.body;
    assert!(page.contains("陈医生") && page.contains("已关联"));
    // The identity opens this account now, and no other gets it.
    let elsewhere = Browser::new(&app);
    assert_eq!(elsewhere.with("wechat", "chenyi", "/me").await.location, "/me");
    app.customer("13800000022").await;
    let wang = Browser::new(&app);
    wang.sign_in("13800000022").await;
    let hop = wang.post("/me/security/links", "/me/security/links/add/wechat", &[]).await;
    let back = wang.press(&onward(&hop), "chenyi").await;
    let taken = wang.open(&back).await;
    assert_eq!(taken.status, 409);
    assert!(taken.body.contains("已关联另一个账号") && taken.body.contains("/me/security/merge"));
    // What another site says is no fresh proof: removing asks for one first.
    let remove = page.split("action=\"").find(|part| part.contains("/remove\"")).unwrap();
    let remove = remove.split('"').next().unwrap();
    let asked = elsewhere.post("/me/security/links", remove, &[]).await;
    assert_eq!(asked.status, 403, "{}", asked.body);
    let foreign = wang.post("/me/security/links", remove, &[]).await;
    assert_eq!(foreign.status, 404);
    let gone = lin.post("/me/security/links", remove, &[]).await;
    assert_eq!(gone.location, "/me/security/links?saved=unlinked", "{}", gone.body);
    assert_eq!(Browser::new(&app).with("wechat", "chenyi", "/me").await.location, "/login/claim");
    app.sound().await;
}

#[db_test]
async fn two_accounts_of_one_person_become_one_unless_business_stands_in_the_way(t: TestDb) {
    let app = TestApp::start(t).await;
    app.customer("13800000031").await;
    // An account that came about by accident, with WeChat.
    let accident = Browser::new(&app);
    accident.with("wechat", "xiaoman", "/").await;
    accident.register("lin@example.com").await;
    let lin = Browser::new(&app);
    lin.sign_in("13800000031").await;
    let hop = lin.post("/me/security/merge", "/me/security/merge/with/wechat", &[]).await;
    let back = lin.press(&onward(&hop), "xiaoman").await;
    assert_eq!(lin.open(&back).await.location, "/me/security/merge/confirm");
    let shown = lin.open("/me/security/merge/confirm").await.body;
    assert!(!shown.contains("lin@example.com"), "masked");
    let merged = lin.post("/me/security/merge/confirm", "/me/security/merge/confirm", &[]).await;
    assert_eq!(merged.location, "/me/security/links?saved=merged", "{}", merged.body);
    assert!(lin.open("/me/security/links").await.body.contains("小满"));
    assert!(accident.open("/me").await.location.starts_with("/login"), "its sessions are over");

    // One with money on it stays.
    let token = app.customer("13800000032").await;
    app.top_up(&token, 10_000).await;
    let fields = [("contact", "13800000032"), ("password", PASSWORD)];
    let proved = lin.post("/me/security/merge", "/me/security/merge", &fields).await;
    assert_eq!(proved.location, "/me/security/merge/confirm", "{}", proved.body);
    assert!(lin.open("/me/security/merge/confirm").await.body.contains("未结清"));
    let csrf = value(&lin.open("/me/security/links").await.body, "csrf");
    let refused = lin.send("/me/security/merge/confirm", Some(&[("csrf", &csrf)])).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("不能合并"), "{}", refused.body);
    let wrong = [("contact", "13800000032"), ("password", "wrong password")];
    assert_eq!(lin.post("/me/security/merge", "/me/security/merge", &wrong).await.status, 422);
    app.sound().await;
}

#[db_test]
async fn a_provider_that_lies_or_is_down_lets_nobody_in(t: TestDb) {
    let provider = Scripted::start(t.clock.clone()).await.unwrap();
    let settings = OpenIdSettings {
        name: "staff".to_owned(),
        label: Text::new("员工账号", "Staff"),
        issuer: provider.issuer().to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(CLIENT_SECRET.to_owned()),
        scopes: Vec::new(),
        insecure_loopback: true,
    };
    let app = TestApp::start_with(t, |config| {
        config.sign_in.push(SignIn::OpenId { settings, private_network: false });
    })
    .await;
    let provider = Arc::new(provider);
    let attempt = async |script: Script| {
        provider.play(Script { subject: "alice".to_owned(), ..script });
        let lin = Browser::new(&app);
        let away = lin.open("/login/with/staff?next=/orders").await;
        if away.status != 303 {
            return away;
        }
        let back = lin.send(&away.location, None).await.location;
        let seen = lin.open(&back).await;
        let me = lin.open("/me").await;
        assert!(me.location.starts_with("/login"), "nobody is in");
        seen
    };
    for (script, status, words) in [
        (Script { token: TokenTrick::AlgNone, ..Script::default() }, 403, "没有通过核验"),
        (Script { token: TokenTrick::Hs256WithPublicKey, ..Script::default() }, 403, "没有通过核验"),
        (Script { answer: AnswerTrick::OtherIss, ..Script::default() }, 403, "没有通过核验"),
        (Script { answer: AnswerTrick::Refuse, ..Script::default() }, 409, "取消了授权"),
        (Script { answer: AnswerTrick::Status(500), ..Script::default() }, 503, "暂时没有答复"),
        (Script { answer: AnswerTrick::Garbage, ..Script::default() }, 503, "暂时没有答复"),
    ] {
        let seen = attempt(script.clone()).await;
        assert_eq!(seen.status.as_u16(), status, "{script:?}");
        assert!(
            seen.body.contains(words) && seen.body.contains("换一种方式登录"),
            "{script:?}: {}",
            seen.body
        );
    }
    let honest = attempt(Script::default()).await;
    assert_eq!(honest.location, "/login/claim");
    app.sound().await;
}
