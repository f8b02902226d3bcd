//! Real names over the whole product: a customer who is asked for one on the way to an order, documents and the desk that
//! reviews them, the API. Pages over real HTTP, the register of the sandbox over real HTTP, both databases.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

mod common;

use std::collections::BTreeMap;
use std::sync::Mutex;

use common::{PASSWORD, TestApp, order, read};
use identity::account::NewAccount;
use kernel::{Actor, Locale, Role};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use sandbox::PEOPLE;
use serde_json::{Value, json};
use testkit::{TestDb, db_test};

const LIN: (&str, &str) = PEOPLE[1];
const ZHOU: (&str, &str) = PEOPLE[2];

/// A browser: keeps cookies, follows nothing by itself.
struct Browser<'a> {
    app: &'a TestApp,
    cookies: Mutex<BTreeMap<String, String>>,
}

struct Seen {
    status: StatusCode,
    location: String,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Seen {
    fn body(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn has(&self, text: &str) -> bool {
        self.body().contains(text)
    }

    /// The value of the first input of this name.
    fn value(&self, name: &str) -> String {
        let body = self.body();
        let at = body.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {body}"));
        let tag = &body[body[..at].rfind('<').unwrap()..at + body[at..].find('>').unwrap()];
        tag.split("value=\"")
            .nth(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .unwrap_or_default()
    }
}

impl<'a> Browser<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: Mutex::new(BTreeMap::new()) }
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Seen {
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut request = self.app.request(method, path, "").header("Cookie", cookies.join("; "));
        request = request.header("Accept-Language", "zh-CN");
        if !kind.is_empty() {
            request = request.header("Content-Type", kind).body(body);
        }
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get("location").map_or("", |l| l.to_str().unwrap()).to_owned();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Seen { status, location, headers, bytes: answer.bytes().await.unwrap().to_vec() }
    }

    async fn open(&self, path: &str) -> Seen {
        self.send(Method::GET, path, "", Vec::new()).await
    }

    /// Opens `page` and sends a form of it, with the token it has.
    async fn post(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Seen {
        let csrf = self.open(page).await.value("csrf");
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &csrf).extend_pairs(fields);
        let kind = "application/x-www-form-urlencoded";
        self.send(Method::POST, action, kind, form.finish().into_bytes()).await
    }

    /// The same with files: `(name, type, file name, bytes)`.
    async fn upload(
        &self,
        csrf: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &str, Vec<u8>)],
    ) -> Seen {
        let mut body = Vec::new();
        let texts = std::iter::once(("csrf", csrf)).chain(fields.iter().copied());
        for (name, value) in texts {
            body.extend(
                format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (name, kind, file, bytes) in files {
            let head = format!(
                "--XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {kind}\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--XX--\r\n");
        self.send(Method::POST, "/me/identity/documents", "multipart/form-data; boundary=XX", body).await
    }

    async fn sign_in(&self, login: &str, contact: &str) {
        let done = self.post(login, login, &[("contact", contact), ("password", PASSWORD)]).await;
        assert_eq!(done.status, 303, "{}", done.body());
    }
}

fn person<'a>((name, number): (&'a str, &'a str), idem: &'a str, next: &'a str) -> [(&'a str, &'a str); 5] {
    [("name", name), ("number", number), ("consent", "true"), ("idem", idem), ("next", next)]
}

fn plan() -> Value {
    json!({"phone": "13800000021", "owner": "林小满", "effective": "next_month", "consent": true})
}

#[db_test]
async fn an_order_that_needs_a_name_leads_to_the_check_and_back(t: TestDb) {
    let app = TestApp::start(t).await;
    let token = app.customer("13800000021").await;
    app.top_up(&token, 50_000).await;
    let lin = Browser::new(&app);
    lin.sign_in("/login", "13800000021").await;
    let guide = lin.open("/services/plan-change").await;
    assert!(
        guide.has("/me/identity?next=%2Fservices%2Fplan-change") && guide.has("需要2 级"),
        "{}",
        guide.body()
    );
    assert!(!lin.open("/services/mobile-top-up").await.has("/me/identity?next"));

    let start = [("offering", "p39"), ("quantity", "1")];
    let mut page = lin.post("/services/plan-change", "/services/plan-change/start", &start).await.location;
    for step in [
        vec![("offering", "p39"), ("phone", "13800000021"), ("owner", "林小满")],
        vec![("effective", "next_month"), ("consent", "true")],
    ] {
        let mut fields = step;
        let revision = lin.open(&page).await.value("revision");
        fields.push(("revision", &revision));
        let next = lin.post(&page, &page, &fields).await;
        assert_eq!(next.status, 303, "{}", next.body());
        page = next.location;
    }
    assert!(page.ends_with("/check"), "{page}");
    // Said before anything is sent, and again by the desk when it is sent all the same.
    let verify =
        format!("/me/identity?next={}", form_urlencoded::byte_serialize(page.as_bytes()).collect::<String>());
    let check = lin.open(&page).await;
    assert!(check.has(&verify) && check.has("认证等级"), "{}", check.body());
    let (idem, version, total) = (check.value("idem"), check.value("version"), check.value("total"));
    let send = [("idem", idem.as_str()), ("version", &version), ("total", &total), ("method", "balance")];
    let refused = lin.post(&page, &page, &send).await;
    assert!(refused.status == 409 && refused.has(&verify), "{} {}", refused.status, refused.body());
    let sent = app.post("/api/v1/orders", &token, "k1", &order("plan-change", "p39", plan(), 3_900)).await;
    let (status, problem) = read(sent).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("ordering.level_needed")));
    assert_eq!(app.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await, 0);

    let form = lin.open(&verify).await;
    let tick = form.body().split("name=\"consent\"").nth(1).unwrap().split('>').next().unwrap().to_owned();
    assert!(!tick.contains("checked"), "consent is never ticked beforehand: {tick}");
    let unticked = [("name", LIN.0), ("number", LIN.1), ("idem", "a"), ("next", page.as_str())];
    let wrong = lin.post(&verify, "/me/identity", &unticked).await;
    assert!(wrong.status == 422 && wrong.has("href=\"#f-consent\"") && wrong.has(LIN.1), "{}", wrong.body());
    let mismatch = lin.post(&verify, "/me/identity", &person((LIN.0, ZHOU.1), "b", &page)).await;
    assert_eq!((mismatch.status, mismatch.location.as_str()), (StatusCode::SEE_OTHER, verify.as_str()));
    let told = lin.open(&verify).await;
    assert!(told.has("不一致") && told.has("还可核验 4 次") && !told.has(ZHOU.1), "{}", told.body());
    let done = lin.post(&verify, "/me/identity", &person(LIN, "c", &page)).await;
    assert_eq!((done.status, &done.location), (StatusCode::SEE_OTHER, &page), "{}", done.body());
    // A double click is the same question.
    assert_eq!(
        lin.post(&verify, "/me/identity", &person(LIN, "c", "//evil.example")).await.location,
        "/me/identity?done=match"
    );
    assert_eq!(app.sandbox.sandbox.name_checks().len(), 2);

    let placed = lin.post(&page, &page, &send).await;
    assert!(placed.status == 303 && placed.location.ends_with("/done"), "{}", placed.body());
    let me = lin.open("/me/identity").await;
    assert!(me.has("林*") && !me.has("林小满") && !me.has(LIN.1), "{}", me.body());

    // The same person elsewhere.
    app.customer("13800000022").await;
    let twin = Browser::new(&app);
    twin.sign_in("/login", "13800000022").await;
    twin.post("/me/identity", "/me/identity", &person(LIN, "k", "")).await;
    assert!(twin.open("/me/identity").await.has("/me/security/merge"));
    // Taking it back.
    assert!(lin.open("/me/identity/withdraw").await.has("立即删除"));
    let gone = lin.post("/me/identity/withdraw", "/me/identity/withdraw", &[]).await;
    assert_eq!(gone.location, "/me/identity?done=withdrawn");
    assert!(lin.open(&gone.location).await.has("1 级") || lin.open(&gone.location).await.has("0 级"));
    app.settle().await;
    app.sound().await;
}

#[db_test]
async fn trouble_at_the_register_is_waited_for_and_told(t: TestDb) {
    let app = TestApp::start(t).await;
    let token = app.customer("13800000021").await;
    let lin = Browser::new(&app);
    lin.sign_in("/login", "13800000021").await;
    // Signed with a key that nobody gave the register: not believed, asked again, given up, not counted.
    let asked =
        lin.post("/me/identity", "/me/identity", &person(("谎先生", "370102198609099070"), "a", "")).await;
    assert_eq!(asked.location, "/me/identity");
    assert!(lin.open("/me/identity").await.has("正在核验"));
    app.settle().await;
    let page = lin.open("/me/identity").await;
    assert!(page.has("没有应答") && page.has("还可核验 5 次") && page.has("0 级"), "{}", page.body());
    let (_, now) = app.get("/api/v1/real-name", &token).await;
    assert_eq!((now["level"].as_i64(), now["checks"][0]["state"].as_str()), (Some(0), Some("unavailable")));
    let lied = &app.sandbox.sandbox.name_checks()[0];
    assert!(lied.asked > 2 && lied.charged == 1, "{lied:?}");
    app.sound().await;
}

/// A JPEG of 1600 × 1000 as far as anybody looks, `fill` bytes long behind its header.
fn jpeg(fill: usize) -> Vec<u8> {
    let mut bytes = b"\xFF\xD8\xFF\xC0\x00\x0B\x08\x03\xE8\x06\x40\x01\x01\x11\x00\xFF\xDA\x00\x02".to_vec();
    bytes.resize(bytes.len() + fill, 7);
    bytes
}

fn papers(fill: usize) -> [(&'static str, &'static str, &'static str, Vec<u8>); 2] {
    [("front", "image/jpeg", "正面.jpg", jpeg(fill)), ("back", "image/jpeg", "back.jpeg", jpeg(100))]
}

const UPLOAD: &str = "/me/identity/documents";

#[db_test]
async fn documents_go_to_a_reviewer_who_says_why_they_look_and_what_they_decide(t: TestDb) {
    let app = TestApp::start(t).await;
    app.customer("13800000021").await;
    let lin = Browser::new(&app);
    lin.sign_in("/login", "13800000021").await;
    let csrf = lin.open(UPLOAD).await.value("csrf");
    let fields = [("name", LIN.0), ("number", LIN.1), ("consent", "true")];
    for forged in ["", "made-up"] {
        assert_eq!(lin.upload(forged, &fields, &papers(10)).await.status, 403, "{forged}");
    }
    let gif = [("front", "image/gif", "a.gif", b"GIF89a...".to_vec())];
    let wrong = lin.upload(&csrf, &fields, &gif).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body());
    for part in ["href=\"#f-front\"", "href=\"#f-back\"", "不是 JPG", "选择照片"] {
        assert!(wrong.has(part), "{part}: {}", wrong.body());
    }
    let large = lin.upload(&csrf, &fields, &papers(10 * 1024 * 1024)).await;
    assert!(large.status == 422 && large.has("小于 10 MB"), "{} {}", large.status, large.body());
    let handed_in = lin.upload(&csrf, &fields, &papers(3_000_000)).await;
    assert_eq!(
        (handed_in.status, handed_in.location.as_str()),
        (StatusCode::SEE_OTHER, "/me/identity?done=documents"),
        "{}",
        handed_in.body()
    );
    assert!(lin.open("/me/identity").await.has("正在审核"));
    assert_eq!(lin.open(UPLOAD).await.location, "/me/identity", "nothing more can be handed in");
    // Of the files and the name nothing lies open.
    for sql in ["SELECT sealed FROM identity_document_part", "SELECT person_sealed FROM identity_review"] {
        for row in app.t.raw(sql, Vec::new()).await {
            let bytes: Vec<u8> = row.reader().get().unwrap();
            assert!(
                !bytes.windows(20).any(|w| w == [7; 20]) && !String::from_utf8_lossy(&bytes).contains(LIN.1)
            );
        }
    }

    let desk = reviewer(&app).await;
    let queue = desk.open("/console/identities").await;
    assert!(queue.has("林*") && !queue.has(LIN.1), "{}", queue.body());
    let one =
        queue.body().split("/console/identities/idr_").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let one = format!("/console/identities/idr_{one}");
    let (front, act) = (format!("{one}/documents/front"), |act: &str| format!("{one}/{act}"));
    assert_eq!(desk.open(&front).await.status, 409);
    assert!(!desk.open(&one).await.has("<img"));
    let early = desk.post(&one, &act("approve"), &[("approve_reason", "照片清晰一致")]).await;
    assert_eq!(early.status, 409, "{}", early.body());
    let mute = desk.post(&one, &act("open"), &[("open_reason", "看")]).await;
    assert!(mute.status == 422 && mute.has("href=\"#f-open_reason\""), "{}", mute.body());
    let open = desk.post(&one, &act("open"), &[("open_reason", "例行审核证件")]).await;
    assert_eq!(open.location, one, "{}", open.body());
    assert!(desk.open(&one).await.has(LIN.1));

    let file = desk.open(&front).await;
    assert_eq!((file.status, file.bytes.len()), (StatusCode::OK, jpeg(3_000_000).len()));
    let header = |name: &str| file.headers[name].to_str().unwrap().to_owned();
    assert!(header("content-disposition").starts_with("attachment"), "{:?}", file.headers);
    assert!(header("content-security-policy").contains("sandbox") && header("content-type") == "image/jpeg");
    assert!(header("cache-control").contains("no-store") && header("x-content-type-options") == "nosniff");
    // The customer's own browser, and nobody's, get neither list nor file.
    for path in ["/console/identities", one.as_str(), front.as_str()] {
        assert_eq!(lin.open(path).await.status, 403, "{path}");
        assert_eq!(Browser::new(&app).open(path).await.status, 303, "{path}");
    }
    let groundless = desk.post(&one, &act("reject"), &[("remark", "右上角反光看不清")]).await;
    assert!(groundless.status == 422 && groundless.has("href=\"#f-grounds\""), "{}", groundless.body());
    let no = [("grounds", "unreadable"), ("remark", "右上角反光看不清")];
    assert_eq!(desk.post(&one, &act("reject"), &no).await.location, "/console/identities?done=rejected");
    let told = lin.open("/me/identity").await;
    assert!(told.has("看不清楚") && told.has("右上角反光看不清"), "{}", told.body());
    assert_eq!(desk.open(&front).await.status, 409, "decided is closed");

    lin.upload(&csrf, &fields, &papers(50)).await;
    let queue = desk.open("/console/identities").await.body();
    let two = queue.split("/console/identities/idr_").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let two = format!("/console/identities/idr_{two}");
    desk.post(&two, &format!("{two}/open"), &[("open_reason", "例行审核证件")]).await;
    let yes = desk.post(&two, &format!("{two}/approve"), &[("approve_reason", "照片清晰一致")]).await;
    assert_eq!(yes.location, "/console/identities?done=approved", "{}", yes.body());
    assert!(lin.open("/me/identity").await.has("3 级"));
    app.settle().await;
    app.sound().await;
}

async fn reviewer(app: &TestApp) -> Browser<'_> {
    let system = Actor::system("test");
    identity::role::set_second_factor(&app.t.cx, &system, Role::ADMINISTRATOR, false).await.unwrap();
    let hasher = identity::Hasher::new(identity::password::Cost::CHEAP, app.t.cx.rng.as_ref()).unwrap();
    let new = NewAccount {
        phone: None,
        email: Some("desk@example.com".to_owned()),
        name: None,
        password: PASSWORD.to_owned(),
        roles: vec![Role::ADMINISTRATOR],
        locale: Locale::Zh,
    };
    identity::account::create_account(&app.t.cx, &hasher, &system, new).await.unwrap();
    let browser = Browser::new(app);
    browser.sign_in("/console/login", "desk@example.com").await;
    browser
}

#[db_test]
async fn programs_ask_once_a_key_and_see_where_they_stand(t: TestDb) {
    let app = TestApp::start(t).await;
    let token = app.customer("13800000021").await;
    let body = |(name, number): (&str, &str)| json!({"name": name, "number": number, "consent": true});
    let path = "/api/v1/real-name";
    let call = async |key: &str, body: &Value| read(app.post(path, &token, key, body).await).await;
    let code = |(status, problem): (StatusCode, Value)| {
        (status.as_u16(), problem["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(app.get(path, "").await.0, 401);
    assert_eq!(code(read(app.post(path, "", "k", &body(LIN)).await).await).0, 401);
    assert_eq!(code(call("", &body(LIN)).await), (400, "ordering.idempotency_key_required".to_owned()));
    let (status, wrong) = call("k", &json!({"name": "", "number": "1", "consent": false})).await;
    assert_eq!((status.as_u16(), wrong["errors"].as_array().unwrap().len()), (422, 3));
    assert_eq!(call("k", &json!({"name": "林小满"})).await.0, 422);

    let (status, first) = call("k1", &body((LIN.0, ZHOU.1))).await;
    assert_eq!((status.as_u16(), first["state"].as_str()), (201, Some("mismatch")), "{first}");
    let again = app.post(path, &token, "k1", &body((LIN.0, ZHOU.1))).await;
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(read(again).await.1, first);
    assert_eq!(code(call("k1", &body(LIN)).await), (422, "real_name.key_used".to_owned()));
    assert_eq!(call("k2", &body(LIN)).await.1["state"], "match");
    assert_eq!(code(call("k3", &body(LIN)).await), (409, "real_name.already_verified".to_owned()));
    let (_, now) = app.get(path, &token).await;
    assert_eq!(
        (now["level"].as_i64(), now["person"]["number"].as_str()),
        (Some(2), Some("3*************1244"))
    );
    assert_eq!(app.sandbox.sandbox.name_checks().len(), 2);
    let other = app.customer("13800000022").await;
    let (_, theirs) = app.get(path, &other).await;
    assert_eq!((theirs["level"].as_i64(), theirs["checks"].as_array().unwrap().len()), (Some(0), 0));
    let taken = read(app.post(path, &other, "k", &body(LIN)).await).await;
    assert_eq!((taken.0.as_u16(), taken.1["state"].as_str()), (201, Some("taken")));
    app.sound().await;
}
