//! The reviewers' side: what waits, looking at it after saying why, deciding.

use audit::Entry;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Level, Page, PageRequest, Permission, Position, Text};
use serde_json::json;

use crate::account;
use crate::real_name::{self, Claim, Error, RealName};

use super::model::{Grounds, Media, Opened, Review, ReviewId, ReviewState, Side, StoredReview};
use super::ops::{REMARK, entry, read_pieces, views};
use super::{rules, store};

/// Reviews in one state: those that wait from the oldest on, others from the newest.
pub async fn queue(
    cx: &Cx,
    actor: &Actor,
    state: ReviewState,
    page: PageRequest,
) -> Result<Page<Review>, Error> {
    reviewer(actor)?;
    let mut tx = cx.read().await?;
    let rows = store::list_reviews(&mut tx, state, &page).await?;
    let rows = views(&mut tx, cx, rows).await?;
    Ok(Page::cut(rows, &page, |review| Position { key: review.submitted_at.0, id: review.id.raw() }))
}

/// How many wait.
pub async fn waiting(cx: &Cx, actor: &Actor) -> Result<i64, Error> {
    reviewer(actor)?;
    Ok(store::count_waiting(&mut cx.read().await?).await?)
}

/// One review, masked.
pub async fn find(cx: &Cx, actor: &Actor, id: ReviewId) -> Result<Review, Error> {
    reviewer(actor)?;
    let mut tx = cx.read().await?;
    let row = store::find_review(&mut tx, id).await?.ok_or(Error::NotFound)?;
    views(&mut tx, cx, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// Shows name and number in clear and opens the files to this reviewer for a quarter of an hour. The reason stays in the audit.
pub async fn open(cx: &Cx, actor: &Actor, id: ReviewId, reason: &str) -> Result<Opened, Error> {
    let me = reviewer(actor)?;
    let reason = said(reason)?;
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let review = not_own(&mut tx, me, id).await?;
    if review.state != ReviewState::Waiting {
        return Err(Error::Decided);
    }
    if rules::is_open_for_other(review.opened, me, now) {
        return Err(Error::OpenedByOther);
    }
    let sealed = review.person_sealed.as_ref().ok_or(Error::Erased)?;
    let person = real_name::open_person(cx, sealed)?;
    store::update_opened(&mut tx, id, me, now).await?;
    let entry = entry(review.account, Some(id), "identity_review.open", json!({ "review": id }));
    audit::record(&mut tx, cx, actor, Entry { reason: Some(&reason), ..entry }).await?;
    tx.commit().await?;
    let until = now.plus(rules::OPEN_FOR);
    Ok(Opened { name: person.name, number: person.number, holder: person.holder, until })
}

/// Name and number in clear once more, while the review is open to this reviewer.
pub async fn opened(cx: &Cx, actor: &Actor, id: ReviewId) -> Result<Option<Opened>, Error> {
    let me = reviewer(actor)?;
    let review = store::find_review(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)?;
    let (Some((_, at)), Some(sealed)) = (review.opened, &review.person_sealed) else { return Ok(None) };
    if review.state != ReviewState::Waiting || !rules::is_open_for(review.opened, me, cx.now()) {
        return Ok(None);
    }
    let person = real_name::open_person(cx, sealed)?;
    let until = at.plus(rules::OPEN_FOR);
    Ok(Some(Opened { name: person.name, number: person.number, holder: person.holder, until }))
}

/// One file, for the reviewer who opened the review. Each look is audited.
pub async fn document(cx: &Cx, actor: &Actor, id: ReviewId, side: Side) -> Result<(Media, Vec<u8>), Error> {
    let me = reviewer(actor)?;
    let mut tx = cx.begin().await?;
    let review = not_own(&mut tx, me, id).await?;
    if review.erased_at.is_some() {
        return Err(Error::Erased);
    }
    if review.state != ReviewState::Waiting || !rules::is_open_for(review.opened, me, cx.now()) {
        return Err(Error::NotOpened);
    }
    let files = store::list_files(&mut tx, &[id]).await?;
    let (_, file) = files.into_iter().find(|(_, file)| file.side == side).ok_or(Error::NotFound)?;
    let bytes = read_pieces(&mut tx, cx, &file).await?;
    let detail = json!({ "review": id, "side": side.name() });
    audit::record(&mut tx, cx, actor, entry(review.account, Some(id), "identity_review.read", detail))
        .await?;
    tx.commit().await?;
    Ok((file.media, bytes))
}

/// The documents are right: the account's person is known, level 3.
pub async fn approve(
    room: &RealName,
    cx: &Cx,
    actor: &Actor,
    id: ReviewId,
    reason: &str,
) -> Result<(), Error> {
    let me = reviewer(actor)?;
    let reason = said(reason)?;
    // The account is always locked before what belongs to it.
    let account = store::find_review(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)?.account;
    let mut tx = cx.begin().await?;
    real_name::account_able(account::lock_account(&mut tx, account).await?)?;
    let review = to_decide(&mut tx, cx, me, id).await?;
    let sealed = review.person_sealed.as_ref().ok_or(Error::Erased)?;
    let person = real_name::open_person(cx, sealed)?;
    let wish = Claim { account, person: &person, level: Level::Documents, consented_at: review.consented_at };
    real_name::claim(&mut tx, cx, room, wish).await?;
    let decided = Some((me, cx.now()));
    let review = StoredReview { state: ReviewState::Approved, decided, ..review };
    finish(&mut tx, cx, actor, &review, &reason).await?;
    tx.commit().await?;
    Ok(())
}

/// The documents are not right. `remark` is what the customer reads beside the grounds.
pub async fn reject(
    cx: &Cx,
    actor: &Actor,
    id: ReviewId,
    grounds: Grounds,
    remark: &str,
) -> Result<(), Error> {
    let me = reviewer(actor)?;
    let remark = said(remark)?;
    let mut tx = cx.begin().await?;
    let review = to_decide(&mut tx, cx, me, id).await?;
    let review = StoredReview {
        state: ReviewState::Rejected,
        decided: Some((me, cx.now())),
        grounds: Some(grounds),
        remark_sealed: Some(cx.vault.seal_text(cx.rng.as_ref(), REMARK, &remark)?),
        ..review
    };
    finish(&mut tx, cx, actor, &review, grounds.name()).await?;
    tx.commit().await?;
    Ok(())
}

/// A review this actor may decide about now, locked.
async fn to_decide(tx: &mut Tx, cx: &Cx, me: AccountId, id: ReviewId) -> Result<StoredReview, Error> {
    let review = not_own(tx, me, id).await?;
    if review.state != ReviewState::Waiting {
        return Err(Error::Decided);
    }
    if rules::is_open_for_other(review.opened, me, cx.now()) {
        return Err(Error::OpenedByOther);
    }
    if !rules::is_open_for(review.opened, me, cx.now()) {
        return Err(Error::NotOpened);
    }
    Ok(review)
}

async fn finish(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    review: &StoredReview,
    reason: &str,
) -> Result<(), Error> {
    if !store::decide(tx, review).await? {
        return Err(Error::Decided);
    }
    let (verb, title, body) = if review.state == ReviewState::Approved {
        (
            "identity_review.approve",
            Text::new("证件审核已通过", "Your documents were approved"),
            Text::new(
                "您的证件已由工作人员审核通过。",
                "Our staff have reviewed and approved your documents.",
            ),
        )
    } else {
        (
            "identity_review.reject",
            Text::new("证件审核未通过", "Your documents were not approved"),
            Text::new(
                "您的证件未通过审核，查看原因后可重新提交。",
                "Your documents were not approved. See why, then hand them in again.",
            ),
        )
    };
    real_name::tell(tx, cx, review.account, "identity_review", title, body).await?;
    let detail = json!({ "review": review.id, "grounds": review.grounds });
    let entry = entry(review.account, Some(review.id), verb, detail);
    audit::record(tx, cx, actor, Entry { reason: Some(reason), ..entry }).await?;
    Ok(())
}

/// The review, locked, unless it is about the reviewer: the same account, or the same person.
async fn not_own(tx: &mut Tx, me: AccountId, id: ReviewId) -> Result<StoredReview, Error> {
    let review = store::lock_review(tx, id).await?.ok_or(Error::NotFound)?;
    let known = real_name::find_person(tx, me).await?;
    let same_person = known.is_some_and(|known| known.person_index == review.person_index);
    if review.account == me || same_person { Err(Error::OwnReview) } else { Ok(review) }
}

fn reviewer(actor: &Actor) -> Result<AccountId, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if actor.may(Permission::ReviewIdentity) { Ok(id) } else { Err(Error::NotAllowed) }
}

fn said(text: &str) -> Result<String, Error> {
    let text = text.trim();
    if (2..=500).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let (zh, en) = ("填写原因，2 至 500 个字", "Enter a reason of 2 to 500 characters");
    Err(Error::field("/reason", "real_name.reason_needed", zh, en))
}
