//! Taking models in, letting them run beside, making one live, and the way back.

use durable::Cx;
use kernel::{Actor, Duration, FieldError, Page, PageRequest, Permission, Position};
use serde_json::{Value, json};

use super::model::{Capacity, Kept, ModelId, ModelState, Wanted};
use super::{rules, store};
use crate::decision::{permit, reason as check_reason};
use crate::engine::{CHANNEL, Family, PointPolicy, Thresholds};
use crate::model::Model;
use crate::{Error, Point};

/// Models are of payments, transfers and withdrawals.
pub(crate) const FAMILY: Family = Family::Money;
/// Scores are looked back at so far.
const MOST_DAYS: i64 = 90;

/// Models, the newest first. Needs `read_risk`.
pub async fn list(cx: &Cx, actor: &Actor, page: &PageRequest) -> Result<Page<Kept>, Error> {
    permit(actor, Permission::ReadRisk)?;
    let found = store::list(&mut cx.read().await?, cx, page.after.id, page.fetch()).await?;
    Ok(Page::cut(found, page, |kept| Position { key: kept.id.raw(), id: kept.id.raw() }))
}

/// The bytes of a model. Needs `manage_risk`.
pub async fn file(cx: &Cx, actor: &Actor, id: ModelId) -> Result<Vec<u8>, Error> {
    permit(actor, Permission::ManageRisk)?;
    store::find_file(&mut cx.read().await?, cx, id.raw()).await?.ok_or(Error::NoSuchEntry)
}

/// Takes in a model file, as a candidate. The very same file is there only once. Needs `manage_risk`.
pub async fn add(cx: &Cx, actor: &Actor, bytes: &[u8]) -> Result<ModelId, Error> {
    permit(actor, Permission::ManageRisk)?;
    let model = Model::parse(bytes).map_err(|error| Error::BadModel { why: error.to_string() })?;
    let (about, now) = (model.about(), cx.now());
    let kept = Kept {
        id: ModelId(cx.ids.next(now)),
        hash: kernel::hex::encode(model.hash()),
        size_bytes: i64::try_from(bytes.len()).map_err(Error::bug)?,
        data_from: about.from,
        data_to: about.to,
        figures: serde_json::to_value(about.figures).map_err(Error::bug)?,
        state: ModelState::Candidate,
        thresholds: PointPolicy::of(Point::Payment).thresholds,
        made_by: actor.account(),
        made_at: now,
        live_since: None,
        wanted: None,
    };
    let mut tx = cx.begin().await?;
    let new = store::New { kept: &kept, family: FAMILY.code(), hash: model.hash(), file: bytes };
    if !store::insert(&mut tx, cx, &new).await? {
        let found = store::find_by_hash(&mut tx, cx, FAMILY.code(), model.hash()).await?;
        return found.map(|kept| kept.id).ok_or(Error::NoSuchEntry);
    }
    let detail =
        json!({"hash": kept.hash, "rows": about.rows, "frauds": about.frauds, "source": about.source});
    audit::record(&mut tx, cx, actor, entry("risk.model_add", kept.id, detail, None)).await?;
    tx.commit().await?;
    Ok(kept.id)
}

/// Lets a candidate or retired model score beside the live one. Needs `manage_risk`.
pub async fn shadow(cx: &Cx, actor: &Actor, id: ModelId, reason: &str) -> Result<(), Error> {
    let from = [ModelState::Candidate, ModelState::Retired];
    change(cx, actor, id, (&from, ModelState::Shadow), ("risk.model_shadow", reason)).await
}

/// Takes a candidate, shadow or live model out of service; without a live one, lists and rules alone judge. Needs `manage_risk`.
pub async fn retire(cx: &Cx, actor: &Actor, id: ModelId, reason: &str) -> Result<(), Error> {
    let from = [ModelState::Candidate, ModelState::Shadow, ModelState::Live];
    change(cx, actor, id, (&from, ModelState::Retired), ("risk.model_retire", reason)).await
}

/// Makes a model live, with the thresholds it has; the one that was live is retired. That changes what happens to customers, so it takes
/// two people: the first call notes that it is wanted, and somebody else's makes it so. A command at the machine itself, behind which
/// stands no account, needs no second. The state it has now. Needs `manage_risk`. Whether it is good enough is decided before.
pub async fn promote(cx: &Cx, actor: &Actor, id: ModelId, reason: &str) -> Result<ModelState, Error> {
    permit(actor, Permission::ManageRisk)?;
    let reason = checked(reason)?;
    let (mut tx, now) = (cx.begin().await?, cx.now());
    let kept = store::lock(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    if kept.state == ModelState::Live {
        return Err(Error::WrongState);
    }
    let asked_by = kept.wanted.map(|wanted| wanted.by);
    let (verb, state) = match (actor.account(), asked_by) {
        (Some(by), Some(first)) if by == first => return Err(Error::SamePerson),
        (Some(by), None) => {
            let wanted = Wanted { by, at: now, reason: reason.to_owned() };
            store::update_wanted(&mut tx, cx, id, &wanted).await?;
            ("risk.model_ask", kept.state)
        }
        (by @ Some(_), Some(_)) | (by @ None, _) => {
            store::update_live(&mut tx, FAMILY.code(), id, by, now).await?;
            tx.notify(CHANNEL, "model");
            ("risk.model_promote", ModelState::Live)
        }
    };
    let detail = json!({
        "hash": kept.hash, "from": kept.state.name(), "to": state.name(), "asked_by": asked_by.map(|by| by.to_string()),
    });
    audit::record(&mut tx, cx, actor, entry(verb, id, detail, Some(reason))).await?;
    tx.commit().await?;
    Ok(state)
}

async fn change(
    cx: &Cx,
    actor: &Actor,
    id: ModelId,
    (from, to): (&[ModelState], ModelState),
    (verb, reason): (&'static str, &str),
) -> Result<(), Error> {
    permit(actor, Permission::ManageRisk)?;
    let reason = checked(reason)?;
    let (mut tx, now) = (cx.begin().await?, cx.now());
    let kept = store::lock(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    if !from.contains(&kept.state) {
        return Err(Error::WrongState);
    }
    store::update_state(&mut tx, id, to, actor.account(), now).await?;
    tx.notify(CHANNEL, "model");
    let detail = json!({"hash": kept.hash, "from": kept.state.name(), "to": to.name()});
    audit::record(&mut tx, cx, actor, entry(verb, id, detail, Some(reason))).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes the model live that was live before, on which two people agreed then; which one. Needs `manage_risk`.
pub async fn roll_back(cx: &Cx, actor: &Actor, reason: &str) -> Result<ModelId, Error> {
    permit(actor, Permission::ManageRisk)?;
    let reason = checked(reason)?;
    let mut tx = cx.begin().await?;
    let before = store::find_before(&mut tx, cx, FAMILY.code()).await?.ok_or(Error::NoSuchEntry)?;
    store::update_live(&mut tx, FAMILY.code(), before.id, actor.account(), cx.now()).await?;
    tx.notify(CHANNEL, "model");
    let detail = json!({"hash": before.hash});
    audit::record(&mut tx, cx, actor, entry("risk.model_roll_back", before.id, detail, Some(reason))).await?;
    tx.commit().await?;
    Ok(before.id)
}

/// The thresholds that would have let at most `reviews_a_day` acts be reviewed, going by what the model scored over the last `days`
/// (1 to 90), live or beside. Changes nothing. Needs `read_risk`.
pub async fn thresholds_for(
    cx: &Cx,
    actor: &Actor,
    id: ModelId,
    reviews_a_day: i64,
    days: i64,
) -> Result<Capacity, Error> {
    permit(actor, Permission::ReadRisk)?;
    let mut fields = Vec::new();
    if !(0..=1_000_000).contains(&reviews_a_day) {
        fields.push(FieldError::new(
            "/reviews_a_day",
            "risk.capacity",
            "每天的复查数为 0 至 1000000",
            "0 to 1000000 reviews a day",
        ));
    }
    if !(1..=MOST_DAYS).contains(&days) {
        fields.push(FieldError::new("/days", "risk.capacity_days", "天数为 1 至 90", "1 to 90 days"));
    }
    if !fields.is_empty() {
        return Err(Error::Input { fields });
    }
    let mut tx = cx.read().await?;
    let kept = store::find(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    let version = format!("model-{}", kept.hash.get(..8).unwrap_or_default());
    let after = kernel::first_id_at(cx.now().minus(Duration::from_days(days)));
    let scores = store::list_scores(&mut tx, after, &version).await?;
    Ok(rules::for_capacity(&scores, reviews_a_day.saturating_mul(days), kept.thresholds))
}

/// Sets the thresholds of a model; whoever asked for it with others has to ask again. Needs `manage_risk`.
pub async fn set_thresholds(
    cx: &Cx,
    actor: &Actor,
    id: ModelId,
    thresholds: Thresholds,
    reason: &str,
) -> Result<(), Error> {
    permit(actor, Permission::ManageRisk)?;
    let reason = checked(reason)?;
    if !thresholds.is_sound() {
        return Err(Error::Input {
            fields: vec![FieldError::new(
                "/thresholds",
                "risk.thresholds",
                "阈值为 1 至 101，且加验 ≤ 复查 ≤ 拒绝",
                "Thresholds are 1 to 101, step-up ≤ review ≤ deny",
            )],
        });
    }
    let mut tx = cx.begin().await?;
    let kept = store::lock(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    store::update_thresholds(&mut tx, id, thresholds).await?;
    tx.notify(CHANNEL, "model");
    let words = |one: Thresholds| json!([one.step_up, one.review, one.deny]);
    let detail = json!({"hash": kept.hash, "from": words(kept.thresholds), "to": words(thresholds)});
    audit::record(&mut tx, cx, actor, entry("risk.model_thresholds", id, detail, Some(reason))).await?;
    tx.commit().await?;
    Ok(())
}

fn checked(reason: &str) -> Result<&str, Error> {
    check_reason(reason).map_err(|field| Error::Input { fields: vec![field] })
}

fn entry<'a>(verb: &'static str, id: ModelId, detail: Value, reason: Option<&'a str>) -> audit::Entry<'a> {
    audit::Entry { verb, object_kind: "risk_model", object: id.raw(), customer: None, detail, reason }
}
