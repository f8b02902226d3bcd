//! Documents: what is taken for one, who sees them, who decides, when they are gone.

use std::sync::Arc;

use durable::{Cx, Registry, run_due};
use kernel::{Actor, Duration, Level, PageRequest, Refusal as _, Role};
use proptest::prelude::*;
use testkit::TestDb;

use super::rules::{self, BadFile};
use super::*;
use crate::real_name::{self, RealName, level_of, standing, withdraw};
use crate::testing::{account, acting, anonymous, audited, ready};

const NUMBER: &str = "330106199003071244";

/// A PNG of this size: right in structure, with nothing to see.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8], data: &[u8]| {
        bytes.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(kind);
        bytes.extend_from_slice(data);
        bytes.extend_from_slice(&[0; 4]);
    };
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend_from_slice(&[8, 2, 0, 0, 0]);
    chunk(b"IHDR", &head);
    chunk(b"IDAT", &[7; 100]);
    chunk(b"IEND", &[]);
    bytes
}

/// A JPEG of this size with tables and a comment before the frame.
fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes =
        b"\xFF\xD8\xFF\xE0\x00\x04JF\xFF\xFE\x00\x05abc\xFF\xFF\xC4\x00\x03x\xFF\xC2\x00\x0B\x08".to_vec();
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(b"\x01\x01\x11\x00\xFF\xDA\x00\x02picture\xFF\xD9");
    bytes
}

fn pdf(inside: &str) -> Vec<u8> {
    format!("%PDF-1.7\n{inside}\ntrailer\n%%EOF\n").into_bytes()
}

fn upload(content_type: &str, file_name: &str, bytes: Vec<u8>) -> Upload {
    Upload { content_type: content_type.to_owned(), file_name: file_name.to_owned(), bytes, too_large: false }
}

fn code_of<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::Bug(error)) => panic!("{error:?}"),
        Err(error) => error.code(),
    }
}

fn papers() -> NewReview {
    // Longer than one piece.
    let mut front = jpeg(1600, 1000);
    front.extend((0..600_000_u32).map(|i| i.to_le_bytes()[0]));
    NewReview {
        name: "林小满".to_owned(),
        number: NUMBER.to_owned(),
        consent: true,
        front: upload("image/jpeg", "正面.JPG", front),
        back: upload("image/png", "back.png", png(900, 600)),
    }
}

struct Scene {
    room: Arc<RealName>,
    lin: Actor,
    desk: Actor,
    other: Actor,
}

async fn scene(t: &TestDb) -> Scene {
    let hasher = ready(t).await;
    let cx = &t.cx;
    Scene {
        room: Arc::new(RealName::default()),
        lin: acting(account(cx, &hasher, "lin", Role::CUSTOMER).await, Role::CUSTOMER),
        desk: acting(account(cx, &hasher, "desk", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR),
        other: acting(account(cx, &hasher, "other", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR),
    }
}

async fn level(cx: &Cx, who: &Actor) -> Level {
    level_of(&mut cx.read().await.unwrap(), cx, who.account().unwrap()).await.unwrap()
}

#[testkit::db_test]
async fn documents_are_looked_at_with_a_reason_and_approved(t: TestDb) {
    let Scene { room, lin, desk, other } = scene(&t).await;
    let cx = &t.cx;
    let handed_in = submit(&room, cx, &lin, papers()).await.unwrap();
    assert_eq!(handed_in.number.as_deref(), Some("3*************1244"));
    assert_eq!(waiting(cx, &desk).await.unwrap(), 1);
    let page = queue(cx, &desk, ReviewState::Waiting, PageRequest::new(None, 10)).await.unwrap();
    assert_eq!((page.items[0].id, page.items[0].files.len()), (handed_in.id, 2));
    let id = handed_in.id;

    // Nothing in clear, no file and no decision before a reason.
    assert_eq!(opened(cx, &desk, id).await.unwrap().map(|o| o.name), None);
    assert_eq!(code_of(document(cx, &desk, id, Side::Front).await), "real_name.not_opened");
    assert_eq!(code_of(approve(&room, cx, &desk, id, "清晰一致").await), "real_name.not_opened");
    assert_eq!(code_of(open(cx, &desk, id, " ").await), "real_name.invalid");
    let clear = open(cx, &desk, id, "审核证件").await.unwrap();
    assert_eq!((clear.name.as_str(), clear.number.as_str()), ("林小满", NUMBER));
    assert!(
        opened(cx, &desk, id).await.unwrap().is_some() && opened(cx, &other, id).await.unwrap().is_none()
    );
    let (media, bytes) = document(cx, &desk, id, Side::Front).await.unwrap();
    assert_eq!((media, bytes), (Media::Jpeg, papers().front.bytes));
    // A colleague leaves it alone for a while.
    assert_eq!(code_of(open(cx, &other, id, "审核证件").await), "real_name.opened_by_other");
    assert_eq!(
        code_of(reject(cx, &other, id, Grounds::Expired, "过期了").await),
        "real_name.opened_by_other"
    );
    assert_eq!(code_of(document(cx, &other, id, Side::Back).await), "real_name.not_opened");
    t.clock.advance(Duration::from_mins(16));
    assert_eq!(code_of(document(cx, &desk, id, Side::Front).await), "real_name.not_opened");
    open(cx, &other, id, "同事下班").await.unwrap();
    approve(&room, cx, &other, id, "清晰一致").await.unwrap();
    assert_eq!(level(cx, &lin).await, Level::Documents);
    assert_eq!(code_of(reject(cx, &other, id, Grounds::Expired, "过期了").await), "real_name.decided");
    assert_eq!(code_of(document(cx, &other, id, Side::Front).await), "real_name.not_opened");
    let verbs = audited(&t).await;
    for verb in ["submit", "open", "read", "approve"] {
        assert!(verbs.contains(&format!("identity_review.{verb}")), "{verb}");
    }
    let inbox = notify::list_inbox(cx, &lin, PageRequest::new(None, 5)).await.unwrap().items;
    assert_eq!(inbox[0].content.title, "证件审核已通过");
    assert_eq!(code_of(submit(&room, cx, &lin, papers()).await), "real_name.already_verified");
}

#[testkit::db_test]
async fn a_rejection_says_why_and_the_next_try_may_pass(t: TestDb) {
    let Scene { room, lin, desk, .. } = scene(&t).await;
    let cx = &t.cx;
    let first = submit(&room, cx, &lin, papers()).await.unwrap().id;
    assert_eq!(code_of(submit(&room, cx, &lin, papers()).await), "real_name.review_waiting");
    open(cx, &desk, first, "审核证件").await.unwrap();
    assert_eq!(code_of(reject(cx, &desk, first, Grounds::Unreadable, "").await), "real_name.invalid");
    reject(cx, &desk, first, Grounds::Unreadable, "右上角反光，号码看不清").await.unwrap();
    let told = mine(cx, &lin).await.unwrap();
    assert_eq!(
        (told[0].state, told[0].grounds, told[0].remark.as_deref()),
        (ReviewState::Rejected, Some(Grounds::Unreadable), Some("右上角反光，号码看不清"))
    );
    assert_eq!(level(cx, &lin).await, Level::Contact);
    let second = submit(&room, cx, &lin, papers()).await.unwrap().id;
    open(cx, &desk, second, "审核证件").await.unwrap();
    reject(cx, &desk, second, Grounds::Incomplete, "缺少背面").await.unwrap();
    submit(&room, cx, &lin, papers()).await.unwrap();
    withdraw(cx, &lin).await.unwrap();
    let refused = submit(&room, cx, &lin, papers()).await.unwrap_err();
    assert_eq!((refused.code(), refused.retry_after_secs()), ("real_name.too_many_tries", Some(86_401)));
    t.clock.advance(Duration::from_days(1));
    submit(&room, cx, &lin, papers()).await.unwrap();
}

#[testkit::db_test]
async fn of_two_decisions_at_once_one_counts(t: TestDb) {
    let Scene { room, lin, desk, .. } = scene(&t).await;
    let cx = &t.cx;
    let id = submit(&room, cx, &lin, papers()).await.unwrap().id;
    open(cx, &desk, id, "审核证件").await.unwrap();
    let (yes, no) = tokio::join!(
        approve(&room, cx, &desk, id, "清晰一致"),
        reject(cx, &desk, id, Grounds::Doubtful, "有涂改")
    );
    let codes = [code_of(yes), code_of(no)];
    assert!(codes.contains(&"ok") && codes.contains(&"real_name.decided"), "{codes:?}");
    let state = mine(cx, &lin).await.unwrap()[0].state;
    assert_eq!(state == ReviewState::Approved, level(cx, &lin).await == Level::Documents);
}

#[testkit::db_test]
async fn nobody_reviews_without_the_permission_or_about_themselves(t: TestDb) {
    let Scene { room, lin, desk, .. } = scene(&t).await;
    let cx = &t.cx;
    let id = submit(&room, cx, &lin, papers()).await.unwrap().id;
    let page = || PageRequest::new(None, 10);
    for (who, want) in
        [(&lin, "real_name.not_allowed"), (&anonymous("192.0.2.9"), "real_name.sign_in_needed")]
    {
        assert_eq!(code_of(waiting(cx, who).await), want);
        assert_eq!(code_of(queue(cx, who, ReviewState::Waiting, page()).await), want);
        assert_eq!(code_of(find(cx, who, id).await), want);
        assert_eq!(code_of(open(cx, who, id, "看看").await), want);
        assert_eq!(code_of(opened(cx, who, id).await), want);
        assert_eq!(code_of(document(cx, who, id, Side::Front).await), want);
        assert_eq!(code_of(approve(&room, cx, who, id, "看看").await), want);
        assert_eq!(code_of(reject(cx, who, id, Grounds::Expired, "看看").await), want);
    }
    assert_eq!(code_of(submit(&room, cx, &desk, papers()).await), "real_name.not_allowed");
    assert_eq!(code_of(find(cx, &desk, ReviewId(5)).await), "real_name.not_found");
    assert_eq!(code_of(open(cx, &desk, ReviewId(5), "看看").await), "real_name.not_found");
    // Whoever holds both a customer's and a reviewer's rights in one account, and whoever is the same person.
    let both = acting(lin.account().unwrap(), Role::ADMINISTRATOR);
    assert_eq!(code_of(open(cx, &both, id, "看看").await), "real_name.own_review");
    let person = "INSERT INTO real_name (account_id, person_index, slot, level, person_sealed, consented_at, proved_at)
        SELECT $1, person_index, 0, 'real_name', person_sealed, 0, 0 FROM identity_review";
    t.raw(person, db::params![desk.account().unwrap()]).await;
    assert_eq!(code_of(open(cx, &desk, id, "看看").await), "real_name.own_review");
    assert_eq!(code_of(approve(&room, cx, &desk, id, "看看").await), "real_name.own_review");
    assert_eq!(code_of(document(cx, &desk, id, Side::Front).await), "real_name.own_review");
}

#[testkit::db_test]
async fn a_person_with_another_account_is_not_approved_here(t: TestDb) {
    let Scene { room, lin, desk, .. } = scene(&t).await;
    let cx = &t.cx;
    let hasher = ready(&t).await;
    let twin = acting(account(cx, &hasher, "twin", Role::CUSTOMER).await, Role::CUSTOMER);
    for (who, want) in [(&lin, "ok"), (&twin, "real_name.person_taken")] {
        let id = submit(&room, cx, who, papers()).await.unwrap().id;
        open(cx, &desk, id, "审核证件").await.unwrap();
        assert_eq!(code_of(approve(&room, cx, &desk, id, "清晰一致").await), want);
    }
    assert_eq!(level(cx, &twin).await, Level::Contact);
    let others = NewReview { number: "110105198808153018".to_owned(), ..papers() };
    assert_eq!(code_of(submit(&room, cx, &lin, others).await), "real_name.other_person");
}

#[testkit::db_test]
async fn everything_wrong_with_the_papers_is_said_at_once(t: TestDb) {
    let Scene { room, lin, .. } = scene(&t).await;
    let bad = NewReview {
        name: String::new(),
        number: "1".to_owned(),
        consent: false,
        front: Upload::default(),
        back: upload("image/png", "a.png", b"GIF89a".to_vec()),
    };
    let error = submit(&room, &t.cx, &lin, bad).await.unwrap_err();
    let pointers: Vec<_> = error.fields().iter().map(|field| field.pointer.as_str()).collect();
    assert_eq!(pointers, ["/name", "/number", "/consent", "/front", "/back"]);
    assert_eq!(mine(&t.cx, &lin).await.unwrap(), []);
}

#[testkit::db_test]
async fn files_lie_sealed_in_pieces_that_cannot_change_places_and_are_gone_in_time(t: TestDb) {
    let Scene { room, lin, desk, .. } = scene(&t).await;
    let cx = &t.cx;
    let id = submit(&room, cx, &lin, papers()).await.unwrap().id;
    let pieces =
        t.raw("SELECT sealed FROM identity_document_part ORDER BY document_id, position", Vec::new()).await;
    assert_eq!(pieces.len(), 4, "600 kB in pieces of 256 kB, and a small one");
    for row in &pieces {
        let sealed: Vec<u8> = row.reader().get().unwrap();
        assert!(sealed.len() < 300_000 && !sealed.windows(7).any(|window| window == b"picture"));
    }
    open(cx, &desk, id, "审核证件").await.unwrap();
    t.raw("UPDATE identity_document_part SET position = 9 - position WHERE position < 2", Vec::new()).await;
    assert!(matches!(document(cx, &desk, id, Side::Front).await, Err(Error::Bug(_))));
    t.raw("UPDATE identity_document_part SET position = 9 - position WHERE position > 5", Vec::new()).await;
    document(cx, &desk, id, Side::Front).await.unwrap();
    reject(cx, &desk, id, Grounds::Unreadable, "看不清").await.unwrap();

    let mut registry = Registry::default();
    real_name::register(&mut registry, &room);
    let left = async || {
        run_due(cx, &registry).await.unwrap();
        let rows = t.raw("SELECT CAST(COUNT(*) AS BIGINT) FROM identity_document_part", Vec::new()).await;
        rows[0].reader().get::<i64>().unwrap()
    };
    t.clock.advance(Duration::from_days(29));
    assert_eq!(left().await, 4);
    t.clock.advance(Duration::from_days(2));
    assert_eq!(left().await, 0);
    let gone = &mine(cx, &lin).await.unwrap()[0];
    assert!(gone.erased_at.is_some() && gone.name.is_none() && gone.remark.is_none());
    assert_eq!(audited(&t).await.last().unwrap(), "identity_review.erase");
}

#[testkit::db_test]
async fn withdrawing_takes_waiting_documents_back_at_once(t: TestDb) {
    let Scene { room, lin, desk, .. } = scene(&t).await;
    let cx = &t.cx;
    let id = submit(&room, cx, &lin, papers()).await.unwrap().id;
    open(cx, &desk, id, "审核证件").await.unwrap();
    withdraw(cx, &lin).await.unwrap();
    assert_eq!(code_of(document(cx, &desk, id, Side::Front).await), "real_name.erased");
    assert_eq!(code_of(approve(&room, cx, &desk, id, "清晰一致").await), "real_name.decided");
    assert_eq!(mine(cx, &lin).await.unwrap()[0].state, ReviewState::Withdrawn);
    assert_eq!(waiting(cx, &desk).await.unwrap(), 0);
    assert_eq!(standing(&room, cx, &lin).await.unwrap().level, Level::Contact);
    assert_eq!(t.raw("SELECT 1 FROM identity_document_part", Vec::new()).await.len(), 0);
}

#[test]
fn a_file_is_taken_for_what_its_content_is() {
    for (content_type, name, bytes, want) in [
        ("image/jpeg", "a.jpg", jpeg(1600, 1000), Ok(Media::Jpeg)),
        ("image/jpg", "a.JPEG", jpeg(1600, 1000), Ok(Media::Jpeg)),
        ("", "", jpeg(1600, 1000), Ok(Media::Jpeg)),
        ("application/octet-stream", "scan.png", png(900, 600), Ok(Media::Png)),
        ("application/pdf", "id.pdf", pdf("/Type /Catalog"), Ok(Media::Pdf)),
        ("image/jpeg", "a.jpg", Vec::new(), Err(BadFile::Missing)),
        ("image/jpeg", "a.jpg", [jpeg(1600, 1000), vec![0; MAX_FILE_BYTES]].concat(), Err(BadFile::TooLarge)),
        ("image/gif", "a.gif", b"GIF89a................".to_vec(), Err(BadFile::Kind)),
        ("image/jpeg", "a.jpg", b"<html><script>".to_vec(), Err(BadFile::Kind)),
        ("image/svg+xml", "a.svg", b"<svg onload=x>".to_vec(), Err(BadFile::Kind)),
        ("image/png", "a.jpg", jpeg(1600, 1000), Err(BadFile::Differs)),
        ("image/jpeg", "a.png", jpeg(1600, 1000), Err(BadFile::Differs)),
        ("text/html", "a.html", jpeg(1600, 1000), Err(BadFile::Differs)),
        ("image/jpeg", "a.jpg.exe", jpeg(1600, 1000), Err(BadFile::Differs)),
        ("image/jpeg", "a.jpg", jpeg(199, 1000), Err(BadFile::Dimensions)),
        ("image/jpeg", "a.jpg", jpeg(12_001, 1000), Err(BadFile::Dimensions)),
        ("image/png", "a.png", png(50_000, 50_000), Err(BadFile::Dimensions)),
        ("image/png", "a.png", png(9_000, 9_000), Err(BadFile::Dimensions)),
        ("image/png", "a.png", png(0, 600), Err(BadFile::Dimensions)),
        ("image/png", "a.png", png(900, 600)[..40].to_vec(), Err(BadFile::Damaged)),
        ("image/jpeg", "a.jpg", jpeg(1600, 1000)[..20].to_vec(), Err(BadFile::Damaged)),
        ("image/jpeg", "a.jpg", b"\xFF\xD8\xFF\xD9".to_vec(), Err(BadFile::Damaged)),
        ("application/pdf", "a.pdf", b"%PDF-1.7 and no end".to_vec(), Err(BadFile::Damaged)),
        (
            "application/pdf",
            "a.pdf",
            pdf("/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"),
            Err(BadFile::Active),
        ),
        ("application/pdf", "a.pdf", pdf("/Launch"), Err(BadFile::Active)),
    ] {
        let length = bytes.len();
        let found = rules::examine(&upload(content_type, name, bytes));
        assert_eq!(found, want, "{content_type} {name} of {length} bytes");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_examiner_panic_or_run_for_ever(
        start in prop::sample::select(vec![&b"\xFF\xD8\xFF"[..], b"\x89PNG\r\n\x1a\n", b"%PDF-", b""]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = rules::examine(&upload("", "", [start, &rest].concat()));
    }
}
