//! Handing documents in, keeping them in pieces, erasing them.

use audit::Entry;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Level, Permission, Timestamp};
use serde_json::{Value, json};

use crate::account;
use crate::privacy::{self, ConsentPurpose};
use crate::real_name::{self, Error, RealName};

use super::model::{
    DocumentFile, Media, NewReview, Review, ReviewId, ReviewState, Side, StoredReview, Upload,
};
use super::{rules, store};

/// What is sealed here; the person is listed with the other persons.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("identity_review", "remark_sealed", REMARK),
    vault::SealedColumn::new("identity_document_part", "sealed", FILE),
];

/// What the seals are bound to.
const FILE: &str = "identity.review.file";
pub(super) const REMARK: &str = "identity.review.remark";
/// Before a piece's content, inside the seal: which file, which place, so that pieces cannot change places.
const HEAD_BYTES: usize = 16;

/// Hands in documents. What waits already has to be decided first; what was rejected may be handed in anew.
pub async fn submit(room: &RealName, cx: &Cx, actor: &Actor, input: NewReview) -> Result<Review, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.may(Permission::ActAsCustomer) {
        return Err(Error::NotAllowed);
    }
    let now = cx.now();
    let (person, files) = checked(&input, now)?;
    let mut tx = cx.begin().await?;
    real_name::account_able(account::lock_account(&mut tx, id).await?)?;
    let index = real_name::index_of(cx, &person);
    if let Some(known) = real_name::find_person(&mut tx, id).await?.filter(|known| known.slot.is_some()) {
        if known.person_index != index {
            return Err(Error::OtherPerson);
        }
        if known.level >= Level::Documents {
            return Err(Error::AlreadyVerified);
        }
    }
    let earlier = store::list_of_account(&mut tx, id).await?;
    if earlier.iter().any(|review| review.state == ReviewState::Waiting) {
        return Err(Error::ReviewWaiting);
    }
    let day = kernel::Duration::from_days(1);
    let today: Vec<Timestamp> =
        earlier.iter().map(|review| review.submitted_at).filter(|at| now.since(*at) < day).collect();
    let most = usize::try_from(room.policy.reviews_a_day).unwrap_or(0);
    if let Some(oldest) = most.checked_sub(1).and_then(|place| today.get(place)) {
        audit::record(&mut tx, cx, actor, entry(id, None, "identity_review.throttled", Value::Null)).await?;
        tx.commit().await?;
        return Err(real_name::too_many(oldest.plus(day).since(now)));
    }
    let review = StoredReview {
        id: ReviewId::new(&cx.ids, now),
        account: id,
        state: ReviewState::Waiting,
        person_index: index,
        person_sealed: Some(real_name::seal_person(cx, &person)?),
        consented_at: now,
        submitted_at: now,
        opened: None,
        decided: None,
        grounds: None,
        remark_sealed: None,
        erased_at: None,
    };
    store::insert_review(&mut tx, &review).await?;
    privacy::note_consent(&mut tx, cx, id, ConsentPurpose::RealName).await?;
    let mut kept = Vec::new();
    for (side, media, upload) in files {
        let bytes = i64::try_from(upload.bytes.len()).unwrap_or(i64::MAX);
        let file = DocumentFile { id: cx.id(), side, media, bytes };
        store::insert_file(&mut tx, review.id, &file).await?;
        write_pieces(&mut tx, cx, file.id, &upload.bytes).await?;
        kept.push(file);
    }
    let detail = json!({
        "review": review.id,
        "holder": person.holder,
        "files": kept.iter().map(|file| json!({"side": file.side.name(), "media": file.media.name()})).collect::<Vec<_>>(),
    });
    audit::record(&mut tx, cx, actor, entry(id, Some(review.id), "identity_review.submit", detail)).await?;
    tx.commit().await?;
    view(cx, &review, kept)
}

/// A file that was found good: which side, of which kind.
type Examined<'a> = (Side, Media, &'a Upload);

/// Person and files; everything that is wrong is said at once.
fn checked(input: &NewReview, now: Timestamp) -> Result<(real_name::Person, Vec<Examined<'_>>), Error> {
    let mut fields = Vec::new();
    let today = real_name::today(now);
    let person = match real_name::parse_person(&input.name, &input.number, input.consent, today) {
        Ok(person) => Some(person),
        Err(Error::Invalid { fields: wrong }) => {
            fields.extend(wrong);
            None
        }
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for (side, upload) in [(Side::Front, &input.front), (Side::Back, &input.back)] {
        match rules::examine(upload) {
            Ok(media) => files.push((side, media, upload)),
            Err(bad) => fields.push(bad.at(side)),
        }
    }
    match person {
        Some(person) if fields.is_empty() => Ok((person, files)),
        _ => Err(Error::Invalid { fields }),
    }
}

async fn write_pieces(tx: &mut Tx, cx: &Cx, file: i64, bytes: &[u8]) -> Result<(), Error> {
    for (position, piece) in (0_i64..).zip(bytes.chunks(rules::PIECE_BYTES)) {
        let mut plain = Vec::with_capacity(HEAD_BYTES.saturating_add(piece.len()));
        plain.extend_from_slice(&file.to_be_bytes());
        plain.extend_from_slice(&position.to_be_bytes());
        plain.extend_from_slice(piece);
        let sealed = cx.vault.seal(cx.rng.as_ref(), FILE, &plain)?;
        store::insert_piece(tx, file, position, sealed).await?;
    }
    Ok(())
}

pub(super) async fn read_pieces(tx: &mut Tx, cx: &Cx, file: &DocumentFile) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    for (position, sealed) in (0_i64..).zip(store::list_pieces(tx, file.id).await?) {
        let plain = cx.vault.open(FILE, &sealed)?;
        let head = [file.id.to_be_bytes(), position.to_be_bytes()].concat();
        let piece =
            plain.strip_prefix(head.as_slice()).ok_or_else(|| Error::bug("a piece is out of place"))?;
        bytes.extend_from_slice(piece);
    }
    if i64::try_from(bytes.len()).is_ok_and(|length| length == file.bytes) {
        Ok(bytes)
    } else {
        Err(Error::bug("a document is not whole"))
    }
}

/// The actor's own, newest first.
pub async fn mine(cx: &Cx, actor: &Actor) -> Result<Vec<Review>, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.read().await?;
    let rows = store::list_of_account(&mut tx, id).await?;
    views(&mut tx, cx, rows).await
}

pub(super) const fn entry<'a>(
    account: AccountId,
    review: Option<ReviewId>,
    verb: &'static str,
    detail: Value,
) -> Entry<'a> {
    let (object_kind, object) = match review {
        Some(id) => ("identity_review", id.0),
        None => ("account", account.0),
    };
    Entry { verb, object_kind, object, customer: Some(account), detail, reason: None }
}

/// Takes back what waits and erases every file of an account; in the caller's transaction. How many reviews changed.
pub(crate) async fn erase_all_of(tx: &mut Tx, cx: &Cx, account: AccountId) -> Result<u64, Error> {
    let now = cx.now();
    store::withdraw_of(tx, account, now).await?;
    let mut changed = 0_u64;
    for id in store::list_kept_of(tx, account).await? {
        changed = changed.saturating_add(store::erase(tx, id, now).await?);
    }
    Ok(changed)
}

/// Erases what was decided before a time, a few at once so that nobody waits long.
pub(crate) async fn erase_due(cx: &Cx, before: Timestamp) -> Result<(), Error> {
    loop {
        let due = store::list_due(&mut cx.read().await?, before).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut tx = cx.begin().await?;
        let now = cx.now();
        let mut erased = Vec::new();
        for id in due {
            if store::erase(&mut tx, id, now).await? == 1 {
                erased.push(id);
            }
        }
        let system = Actor::system("real_name");
        let entries = erased.iter().map(|id| {
            let entry = Entry {
                verb: "identity_review.erase",
                object_kind: "identity_review",
                object: id.raw(),
                customer: None,
                detail: Value::Null,
                reason: None,
            };
            (&system, entry)
        });
        audit::record_many(&mut tx, cx, entries.collect()).await?;
        tx.commit().await?;
    }
}

pub(super) async fn views(tx: &mut Tx, cx: &Cx, rows: Vec<StoredReview>) -> Result<Vec<Review>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ReviewId> = rows.iter().map(|row| row.id).collect();
    let files = store::list_files(tx, &ids).await?;
    let of = |id: ReviewId| files.iter().filter(|(review, _)| *review == id).map(|(_, file)| *file).collect();
    rows.iter().map(|row| view(cx, row, of(row.id))).collect()
}

fn view(cx: &Cx, row: &StoredReview, files: Vec<DocumentFile>) -> Result<Review, Error> {
    let person = row.person_sealed.as_ref().map(|sealed| real_name::open_person(cx, sealed)).transpose()?;
    let (name, number) = person.as_ref().map(real_name::shown).unzip();
    let remark = row.remark_sealed.as_ref().map(|sealed| cx.vault.open_text(REMARK, sealed)).transpose()?;
    Ok(Review {
        id: row.id,
        account: row.account,
        state: row.state,
        name,
        number,
        submitted_at: row.submitted_at,
        opened: row.opened,
        decided: row.decided,
        grounds: row.grounds,
        remark,
        erased_at: row.erased_at,
        files,
    })
}
