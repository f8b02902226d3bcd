//! Reading the figures.

use durable::Cx;
use kernel::{Actor, Duration, Permission, Timestamp};

use super::model::Figures;
use super::store;
use crate::decision::permit;
use crate::registry::{FAMILY, store as models};
use crate::{Error, Outcome};

/// The longest time that is counted over.
pub const LONGEST: Duration = Duration::from_days(31);

/// The figures from a moment until now, in parts of this length. Needs `read_risk`.
pub async fn show(cx: &Cx, actor: &Actor, from: Timestamp, part: Duration) -> Result<Figures, Error> {
    permit(actor, Permission::ReadRisk)?;
    let now = cx.now();
    let (from, part) = (from.max(now.minus(LONGEST)), part.max(Duration::from_mins(1)));
    let since = kernel::first_id_at(from);
    let mut tx = cx.read().await?;
    let mut figures = Figures::default();
    let parts = now.since(from).0.checked_div(part.0).unwrap_or(0).saturating_add(1);
    figures.days.resize(usize::try_from(parts).unwrap_or_default(), super::Day::default());
    for (point, outcome, number, count) in store::list_decisions(&mut tx, since, from, part).await? {
        match figures.decisions.iter_mut().find(|(p, o, _)| (*p, *o) == (point, outcome)) {
            Some((_, _, sum)) => *sum = sum.saturating_add(count),
            None => figures.decisions.push((point, outcome, count)),
        }
        if let Some(day) = usize::try_from(number).ok().and_then(|number| figures.days.get_mut(number)) {
            let to = match outcome {
                Outcome::Allow | Outcome::Notify => &mut day.let_through,
                Outcome::StepUp => &mut day.step_up,
                Outcome::Review => &mut day.reviewed,
                Outcome::Deny => &mut day.denied,
            };
            *to = to.saturating_add(count);
        }
    }
    figures.decisions.sort_unstable_by_key(|(point, outcome, _)| (*point, *outcome));
    figures.load = store::find_load(&mut tx, since, now).await?;
    for one in store::list_alarms(&mut tx, since).await? {
        let alarms = &mut figures.alarms;
        alarms.all = alarms.all.saturating_add(one.alarms.all);
        alarms.confirmed = alarms.confirmed.saturating_add(one.alarms.confirmed);
        alarms.cleared = alarms.cleared.saturating_add(one.alarms.cleared);
        figures.held.extend(one.held);
    }
    figures.rules = store::list_rules(&mut tx, since).await?;
    figures.rules.sort_by_key(|rule| std::cmp::Reverse(rule.live.saturating_add(rule.shadow)));
    figures.model = models::find_live(&mut tx, cx, FAMILY.code()).await?.map(|kept| super::LiveModel {
        id: kept.id,
        version: format!("model-{}", kept.hash.get(..8).unwrap_or(&kept.hash)),
        since: kept.live_since,
        figures: serde_json::from_value(kept.figures).ok(),
    });
    Ok(figures)
}
