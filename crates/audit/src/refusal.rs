//! Acts that were refused: recorded, but a flood of them not more than once a minute.

use db::{Result, params};
use durable::Cx;
use kernel::Actor;
use serde_json::json;

use crate::{Entry, record};

/// Routes are templates; anything longer is cut.
const LONGEST_ROUTE: usize = 120;
/// Marks older than this are removed by whoever comes next.
const KEEP_MINUTES: i64 = 5;

db::statements! {
    MARK = "INSERT INTO audit_refusal (minute, actor, route) VALUES ($1, $2, $3) ON CONFLICT (minute, actor, route) DO NOTHING";
    FORGET = "DELETE FROM audit_refusal WHERE minute < $1";
}

/// Records that `actor` was refused at `route` with the refusal's `code`; `false` when the same was recorded within this minute.
///
/// `route` is the template (`POST /console/orders/{id}/reveal`), never the address typed: what a stranger can make up would fill the record.
pub async fn note_refusal(cx: &Cx, actor: &Actor, route: &str, code: &str) -> Result<bool> {
    let route: String = route.chars().take(LONGEST_ROUTE).collect();
    let minute = cx.now().as_secs().div_euclid(60);
    let mut tx = cx.begin().await?;
    if tx.execute(&MARK, params![minute, actor.label(), &route]).await? == 0 {
        return Ok(false);
    }
    tx.execute(&FORGET, params![minute.saturating_sub(KEEP_MINUTES)]).await?;
    let detail = json!({"route": route, "code": code});
    let (verb, object_kind) = ("access.refuse", "route");
    let entry = Entry { verb, object_kind, object: 0, customer: actor.customer(), detail, reason: None };
    record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(true)
}
