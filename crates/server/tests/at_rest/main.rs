//! What lies on the disk: nothing personal that can be read, under keys that change while people order.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

mod before;
#[path = "../common/mod.rs"]
mod common;
mod indexes;
mod rotation;
mod staff;

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{PASSWORD, TestApp, order, read, top_up_order};
use kernel::{AccountId, Actor, ActorKind, Role};
use keyring::SealedColumn;
use reqwest::Method;
use sandbox::{Desk, Knobs};
use serde_json::{Value, json};
use testkit::{TestDb, db_test};

const NAME: &str = "慕容凤凰";
const PHONE: &str = "13987650011";
const EMAIL: &str = "murong.fenghuang@xiyu-mail.example";
const STREET: &str = "落雁坡八百里弄堂73号";
const RECEIVER: &str = "欧阳无忌";
const RECEIVER_PHONE: &str = "13911223345";
const ID_NUMBER: &str = "11010519491231002X";
const NOTE: &str = "门口那只猫叫阿斯巴甜";
const TECHNICIAN: &str = "司徒雷霆万钧";
const QUESTION: &str = "请问您家二楼窗户是朝向鼓楼吗";
const ANSWER: &str = "朝向的是钟楼旁边那棵歪脖子树";
const WHY: &str = "不想要了因为婆婆从嘉峪关回来";
const STAFF_NOTE: &str = "客人嗓音沙哑自称慕容家三姑";
const HOUSEHOLD: &str = "3301007654";
const TOP_UP_NUMBER: &str = "13800000000";

const PERSONAL: &[&str] = &[
    NAME,
    PHONE,
    EMAIL,
    STREET,
    RECEIVER,
    RECEIVER_PHONE,
    ID_NUMBER,
    NOTE,
    TECHNICIAN,
    QUESTION,
    ANSWER,
    WHY,
    STAFF_NOTE,
    HOUSEHOLD,
    PASSWORD,
];

/// Every line that is logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Logging as an operator who looks for a fault would set it, into memory.
fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let out = log.clone();
        tracing_subscriber::fmt()
            // Crates of others say what is sent to whom at these levels; nobody runs a service with that.
            .with_env_filter("trace,hyper=info,hyper_util=info,h2=info,reqwest=info,rustls=info,tokio_postgres=info,lettre=info,mio=info,tower_http=info")
            .with_ansi(false)
            .with_writer(move || out.clone())
            .init();
        log
    })
}

/// A value as it might lie somewhere: as it is, in hex, in base64 at any of its three alignments, escaped for JSON and for a URL.
fn shapes(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    let hex = kernel::hex::encode(bytes);
    let mut all = vec![bytes.to_vec(), hex.clone().into_bytes(), hex.to_uppercase().into_bytes()];
    for shift in 0..3 {
        let coded = STANDARD.encode([&vec![0; shift][..], bytes].concat());
        // What depends on the neighbours is cut off on both sides.
        let core = &coded.trim_end_matches('=')[[0, 2, 3][shift]..];
        all.push(core.as_bytes()[..core.len() - 1].to_vec());
        all.push(core[..core.len() - 1].replace('+', "-").replace('/', "_").into_bytes());
    }
    let escaped: Vec<String> = value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let url: Vec<String> = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    all.push(escaped.concat().into_bytes());
    all.push(url.concat().into_bytes());
    all
}

/// Every shape is text, so it is looked for as text: what is none was replaced and hides nothing.
fn holds(place: &str, needle: &[u8]) -> bool {
    place.contains(std::str::from_utf8(needle).unwrap())
}

fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything that lies in the database: the files, or every row of every table.
async fn on_disk(t: &TestDb) -> Vec<(String, String)> {
    if let Some(file) = t.cx.db.file() {
        let parts = ["", "-wal", "-shm"].map(|part| format!("{}{part}", file.display()));
        return parts
            .into_iter()
            .filter_map(|path| Some((path.clone(), as_text(&std::fs::read(path).ok()?))))
            .collect();
    }
    let mut all = Vec::new();
    for table in t.cx.db.schema().await.unwrap() {
        let sql = format!("SELECT CAST(row_of.* AS TEXT) FROM {} row_of", table.name);
        for row in t.raw(&sql, Vec::new()).await {
            all.push((table.name.clone(), row.reader().get::<String>().unwrap()));
        }
    }
    all
}

/// An address as forms take it.
fn address() -> Value {
    json!({
        "province": "浙江省", "city": "杭州市", "district": "西湖区", "street": STREET, "name": RECEIVER,
        "phone": RECEIVER_PHONE,
    })
}

async fn register(app: &TestApp, contact: &str) -> (String, AccountId) {
    let account = json!({"contact": contact, "password": PASSWORD, "name": NAME});
    let made = app.post("/api/v1/accounts", "", "", &account).await;
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    let session = json!({"contact": contact, "password": PASSWORD});
    let (status, session) = read(app.post("/api/v1/sessions", "", "", &session).await).await;
    assert_eq!(status, 201, "{session}");
    let newest = app.number("SELECT MAX(id) FROM account").await;
    (session["token"].as_str().unwrap().to_owned(), AccountId(newest))
}

fn actor(account: AccountId, role: Role) -> Actor {
    Actor { kind: ActorKind::account(account, vec![role]), ..Actor::system("test") }
}

/// Somebody does everything that is written down anywhere; what partners sent meanwhile.
async fn journey(app: &TestApp) -> Vec<String> {
    let cx = &app.t.cx;
    let (token, me) = register(app, PHONE).await;
    let (_, other) = register(app, EMAIL).await;
    let (me, staff) = (actor(me, Role::CUSTOMER), actor(other, Role::OPERATOR));
    app.top_up(&token, 90_000).await;
    // Who it is, asked at the registry's side.
    let person = json!({"name": NAME, "number": ID_NUMBER, "consent": true});
    let (status, asked) = read(app.post("/api/v1/real-name", &token, "n1", &person).await).await;
    assert!(status.is_success(), "{asked}");
    // A refused top-up: the provider says why.
    let placed = app.post("/api/v1/orders", &token, "k1", &top_up_order(TOP_UP_NUMBER)).await;
    assert_eq!(placed.status(), 201);
    // A form with an address and free text, half filled in on a page, put into the basket, and ordered.
    let bulb = app.services.shelf.service("smart-bulb").unwrap();
    let draft = ordering::draft::start(cx, &me, &bulb, "white-2", 1).await.unwrap();
    let answers = json!({"address": address(), "note": format!("{NOTE}，证件号 {ID_NUMBER}")});
    let change = ordering::draft::Change {
        revision: draft.revision,
        offering: None,
        quantity: None,
        answers: answers.as_object().unwrap().clone(),
        emptied: Vec::new(),
    };
    ordering::draft::save(cx, &me, draft.id, change).await.unwrap();
    let line = json!({"service": "power-bill", "offering": "bill", "answers": {"household": HOUSEHOLD}});
    // A provider that babbles is complained about in the log.
    let knobs = Knobs { garbage_percent: 100, ..Knobs::default() };
    app.sandbox.sandbox.set_knobs(Desk::Power, knobs);
    assert!(!app.post("/api/v1/quotes", &token, "", &line).await.status().is_success());
    app.sandbox.sandbox.set_knobs(Desk::Power, Knobs::default());
    let quote = app.post("/api/v1/quotes", &token, "", &line).await;
    assert!(quote.status().is_success(), "{}", quote.text().await.unwrap());
    let (_, times) = app.get("/api/v1/services/appliance-cleaning/slots", &token).await;
    let visit = times["items"].as_array().unwrap().last().unwrap()["code"].clone();
    let mut wish = answers;
    wish["visit"] = visit;
    wish["brand"] = json!(NOTE);
    let cleaning = order("appliance-cleaning", "aircon-wall", wish.clone(), 9_900);
    let (status, placed) = read(app.post("/api/v1/orders", &token, "k2", &cleaning).await).await;
    assert_eq!(status, 201, "{placed}");
    let (status, again) = read(app.post("/api/v1/orders", &token, "k2", &cleaning).await).await;
    assert_eq!((status.as_u16(), &again), (201, &placed), "the kept answer opens");
    app.settle().await;
    staff_work(app, &me, &staff, placed["id"].as_str().unwrap()).await;
    // Another one is cancelled with words of one's own.
    let router = order("wifi-router", "wifi6-white", json!({"address": address(), "note": NOTE}), 19_900);
    let (status, bought) = read(app.post("/api/v1/orders", &token, "k3", &router).await).await;
    assert_eq!(status, 201, "{bought}");
    let cancel = format!("/api/v1/orders/{}/cancel", bought["id"].as_str().unwrap());
    let (status, cancelled) = read(app.post(&cancel, &token, "c1", &json!({"reason": WHY})).await).await;
    assert_eq!(status, 200, "{cancelled}");
    let cancel = format!("/api/v1/orders/{}/cancel", placed["id"].as_str().unwrap());
    let (status, asked) = read(app.post(&cancel, &token, "c2", &json!({"reason": WHY})).await).await;
    assert_eq!(status, 200, "{asked}");
    // Searches carry what was typed in the address of the request.
    for path in
        [format!("/search?q={PHONE}"), format!("/api/v1/services?q={NAME}"), format!("/nothing/{EMAIL}")]
    {
        app.request(Method::GET, &path, &token).send().await.unwrap();
    }
    app.post("/api/v1/orders", &token, "k9", &json!({"lines": NAME, "total": PHONE})).await;
    app.post("/api/v1/sessions", "", "", &json!({"contact": EMAIL, "password": "a wrong one"})).await;
    let sent = staff::from_partners(app, &token).await;
    staff::explain(app, me.account().unwrap()).await;
    app.settle().await;
    sent
}

/// Staff ask, the customer answers, a task is done, and its words are kept.
async fn staff_work(app: &TestApp, me: &Actor, staff: &Actor, id: &str) {
    let (cx, fulfilment) = (&app.t.cx, &app.services.fulfilment);
    let id = id.parse().unwrap();
    let lines = ordering::order::ops::lines(&mut cx.read().await.unwrap(), cx, id).await.unwrap();
    fulfilment::question::ask_customer(cx, staff, lines[0].id, QUESTION).await.unwrap();
    fulfilment::question::report_information(cx, me, id, ANSWER).await.unwrap();
    let tasks = fulfilment::task::of_order(cx, staff, id).await.unwrap();
    let task = tasks.first().unwrap().id;
    fulfilment::task::claim(cx, staff, task).await.unwrap();
    fulfilment::task::complete(cx, fulfilment, staff, task, &json!({"technician": TECHNICIAN}))
        .await
        .unwrap();
    let mut tx = cx.begin().await.unwrap();
    let order = ordering::order::ops::lock(&mut tx, cx, id).await.unwrap().unwrap();
    let note = ordering::order::NewEvent::internal("note").because(STAFF_NOTE);
    ordering::order::ops::note(&mut tx, cx, staff, &order, note).await.unwrap();
    tx.commit().await.unwrap();
    let view = ordering::order::query::view(cx, staff, id).await.unwrap();
    assert!(
        view.events.iter().any(|event| event.reason.as_deref() == Some(STAFF_NOTE)),
        "it can be read again"
    );
}

#[db_test]
async fn nothing_personal_is_found_on_the_disk_or_in_the_log(t: TestDb) {
    let log = log();
    let app = TestApp::start_with(t, |config| config.shield.blocks = true).await;
    let sent = journey(&app).await;
    let wanted: Vec<&str> =
        PERSONAL.iter().chain(staff::WORDS).copied().chain(sent.iter().map(String::as_str)).collect();
    app.sound().await;
    let places = on_disk(&app.t).await;
    // What is looked for would be found: something that is not personal is.
    assert!(places.iter().any(|(_, text)| holds(text, b"appliance-cleaning")));
    let mut found = BTreeSet::new();
    for value in &wanted {
        for shape in shapes(value) {
            for (place, _) in places.iter().filter(|(_, text)| holds(text, &shape)) {
                found.insert(format!("{value} in {place} as {}", String::from_utf8_lossy(&shape)));
            }
        }
    }
    let logged = as_text(&log.0.lock().unwrap());
    assert!(
        holds(&logged, b"INFO") || holds(&logged, b"DEBUG") || holds(&logged, b"WARN"),
        "something was logged"
    );
    for value in &wanted {
        for shape in shapes(value).iter().filter(|shape| holds(&logged, shape)) {
            let line = logged.lines().find(|line| holds(line, shape)).unwrap_or_default();
            found.insert(format!("{value} in the log: {line}"));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_search_finds_what_lies_open_in_any_shape() {
    for (place, value) in [
        (format!("xx{NAME}yy").into_bytes(), NAME),
        (STANDARD.encode(format!("a{STREET}b")).into_bytes(), STREET),
        (STANDARD.encode(format!("ab{STREET}b")).into_bytes(), STREET),
        (STANDARD.encode(format!("abc{STREET}")).into_bytes(), STREET),
        (kernel::hex::encode(PHONE.as_bytes()).into_bytes(), PHONE),
        (json!(NOTE).to_string().into_bytes(), NOTE),
    ] {
        let place = as_text(&[&[0xE6, 0xFF][..], &place, &[0x85]].concat());
        assert!(shapes(value).iter().any(|shape| holds(&place, shape)), "{value}");
        assert!(!shapes(WHY).iter().any(|shape| holds(&place, shape)));
    }
}

#[tokio::test]
async fn what_a_mail_server_says_about_an_address_is_not_repeated() {
    use connectors::sender::{Letter, Sender as _, SmtpConfig, SmtpSecurity, SmtpSender};
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        write.write_all(b"220 mail.example ESMTP\r\n").await.unwrap();
        let mut lines = BufReader::new(read).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match line.split(' ').next().unwrap_or_default() {
                "RCPT" => format!("550 5.1.1 <{EMAIL}>: Recipient {NAME} rejected\r\n"),
                _ => "250 ok\r\n".to_owned(),
            };
            write.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let config = SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port,
        security: SmtpSecurity::Plain,
        login: None,
        from: "Everlit <counter@example.com>".to_owned(),
        timeout: kernel::Duration::from_secs(5),
    };
    let letter = Letter {
        id: "1".to_owned(),
        to: EMAIL.to_owned(),
        subject: "s".to_owned(),
        text: "t".to_owned(),
        html: None,
    };
    let error = SmtpSender::new(&config).unwrap().send(&letter).await.unwrap_err().to_string();
    assert!(error.contains("550"), "{error}");
    assert!(!error.contains(EMAIL) && !error.contains(NAME) && !error.contains("murong"), "{error}");
}

/// Columns of bytes that hold nothing anybody could read: digests, keyed indexes, wrapped keys.
fn is_unreadable(column: &str) -> bool {
    ["hash", "index", "fingerprint", "throttle_key", "wrapped"].iter().any(|end| column.ends_with(end))
}

#[db_test]
async fn every_column_of_bytes_is_sealed_and_listed_or_a_digest(t: TestDb) {
    t.migrate(&everlit::MIGRATIONS).await;
    let sealed: Vec<SealedColumn> = everlit::sealed().collect();
    let schema = t.cx.db.schema().await.unwrap();
    let mut missing = Vec::new();
    for table in &schema {
        for column in &table.columns {
            let listed = sealed.iter().any(|c| c.table == table.name && c.column == column.name);
            if column.name.ends_with("sealed") && !listed
                || column.kind == "bytes" && !listed && !is_unreadable(&column.name)
            {
                missing.push(format!("{}.{}", table.name, column.name));
            }
        }
    }
    assert!(missing.is_empty(), "in no SEALED list, so no rotation reaches them: {missing:?}");
    for column in &sealed {
        // Every list names what is there.
        db::ColumnDoor::of(&schema, column.table, column.column, column.clear).unwrap();
    }
    assert!(sealed.len() > 20, "only {} columns are listed", sealed.len());
}
