//! The journal of risk decisions: newest first, those to notice or of one account; one decision with its reasons in words, what it was
//! made from and what shadows thought; the end of a review (R2, R3, R4).

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{Page, Permission};
use maud::{Markup, html};
use risk::decision::{self, Filter};
use risk::{Decision, DecisionId};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Tried, href, next_href};
use super::risk_parts::bar;
use super::risk_view::{detail, outcome, reasons, review_state, score};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::RiskDesk;
use crate::ui::console::ConsoleNav;
use crate::ui::form::Field;
use crate::ui::table::{self, Chip, Column, Row, View};
use crate::ui::{Kind, PageCx, banner, empty, time};

pub(super) const PATH: &str = "/console/risk";
const NAV: ConsoleNav = ConsoleNav::Risk;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Permission::ReadRisk, page)
        .get("/console/risk/{id}", Permission::ReadRisk, one)
        .post("/console/risk/{id}/release", Permission::DecideRisk, release)
        .post("/console/risk/{id}/reject", Permission::DecideRisk, reject)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    view: Option<String>,
    account: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

impl Wish {
    fn account(&self) -> &str {
        self.account.as_deref().unwrap_or_default().trim()
    }

    fn wants_all(&self) -> bool {
        self.view.as_deref() == Some("all")
    }

    /// `None` when what was typed is no id.
    fn filter(&self) -> Option<Filter> {
        match self.account() {
            "" if self.wants_all() => Some(Filter::All),
            "" => Some(Filter::Notable),
            id => id.parse().ok().map(Filter::Of),
        }
    }
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let t = RiskDesk::of(frame.cx.locale);
    let Some(filter) = wish.filter() else {
        let body = html! { (filters(&frame.cx, &wish, Some(t.unreadable))) };
        return Ok(frame.page(t.title, NAV, html! {}, body));
    };
    let list = format!("console.risk.{filter:?}");
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = risk::list_decisions(&app.cx, &staff.actor, filter, &request).await?;
    let people = People::load(&app, &staff, items.iter().map(|item| item.subject)).await?;
    let kept = [("view", wish.view.as_deref().unwrap_or_default()), ("account", wish.account())];
    let next = next_href(&app, &list, PATH, &kept, next);
    let first = wish.after.as_deref().map(|_| href(PATH, &kept));
    let body = html! {
        (bar(&frame.cx, PATH))
        (filters(&frame.cx, &wish, None))
        (view(&frame.cx, &people, &items))
        (table::pager(&frame.cx, first.as_deref(), next.as_deref()))
    };
    Ok(frame.page(t.title, NAV, html! {}, body))
}

fn filters(cx: &PageCx, wish: &Wish, error: Option<&str>) -> Markup {
    let t = RiskDesk::of(cx.locale);
    let of_account = t.of_account(wish.account());
    let chips = if wish.account().is_empty() {
        Vec::new()
    } else {
        vec![Chip {
            label: &of_account,
            without: href(PATH, &[("view", wish.view.as_deref().unwrap_or_default())]),
        }]
    };
    let one = |label, name: &str, current| View {
        label,
        href: href(PATH, &[("view", name)]),
        count: None,
        current,
    };
    let free = wish.account().is_empty();
    let views = [one(t.notable, "", free && !wish.wants_all()), one(t.all, "all", free && wish.wants_all())];
    let account =
        Field::new("account", t.account).hint(t.account_hint).value(wish.account()).error(error).optional();
    html! {
        (table::views(cx, &views))
        (table::filter_bar(cx, PATH, account.text(cx, 40)))
        (table::chips(cx, &chips, PATH))
    }
}

fn view(cx: &PageCx, people: &People, items: &[Decision]) -> Markup {
    let t = RiskDesk::of(cx.locale);
    if items.is_empty() {
        return empty::empty(t.empty, None);
    }
    let row = |decision: &Decision| {
        let target = format!("{PATH}/{}", decision.id);
        Row::new(vec![
            html! { a href=(target) { (time::stamp(cx, decision.made_at)) } },
            html! { (decision.point.words(cx.locale)) },
            html! { a href=(href(PATH, &[("account", &decision.subject.to_string())])) { (people.name(decision.subject)) } },
            score(cx, &decision.opinion),
            reasons(cx, &decision.opinion.reasons),
            outcome(cx, decision.opinion.outcome),
            html! { @match &decision.review { Some(review) => { (review_state(cx, review.state)) } None => { "—" } } },
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.at),
        Column::new(t.point),
        Column::new(t.subject),
        Column::number(t.score),
        Column::new(t.reasons),
        Column::new(t.outcome),
        Column::new(t.review),
    ];
    frame::table(cx, t.title, columns, items.iter().map(row).collect())
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, &id, Tried::default(), wish.done.as_deref()).await
}

async fn show(
    app: &App,
    staff: &Staff,
    id: &str,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let id: DecisionId = frame::id(id)?;
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let (decision, inputs) = decision::show_decision(&app.cx, &staff.actor, id).await?;
    let shadows = decision::shadows_of(&app.cx, &staff.actor, &decision).await?;
    let named = decision.review.as_ref().and_then(|review| review.ended_by);
    let people = People::load(app, staff, named.into_iter().chain([decision.subject])).await?;
    let t = RiskDesk::of(frame.cx.locale);
    let told = match done {
        Some("released") => banner::banner(Kind::Ok, t.ok_released, html! {}),
        Some("rejected") => banner::banner(Kind::Ok, t.ok_rejected, html! {}),
        _ => html! {},
    };
    let body = html! {
        (told)
        (bar(&frame.cx, PATH))
        (detail(&frame.cx, &people, &decision, inputs.as_ref(), &shadows, &tried))
    };
    Ok(frame.form_page(t.decision, NAV, &tried, body))
}

async fn release(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let decision = frame::id(&id)?;
    let result = decision::release(&app.cx, &staff.actor, decision, form.get("release_reason")).await;
    answer(&app, &staff, &id, &form, result, ("release_reason", "released")).await
}

async fn reject(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let decision = frame::id(&id)?;
    let result = decision::reject(&app.cx, &staff.actor, decision, form.get("reject_reason")).await;
    answer(&app, &staff, &id, &form, result, ("reject_reason", "rejected")).await
}

async fn answer(
    app: &App,
    staff: &Staff,
    id: &str,
    form: &PostForm,
    result: Result<(), risk::Error>,
    (focus, done): (&str, &str),
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PATH}/{id}?done={done}")).map_err(Refused::from);
    frame::answer(target, form, focus, |tried| show(app, staff, id, tried, None)).await
}

#[cfg(test)]
mod tests {
    use kernel::AccountId;
    use risk::{Reason, ReviewState};

    use super::*;
    use crate::console::risk_view::tests::decision;
    use crate::console::tests::each_language;

    #[test]
    fn the_list_tells_score_reasons_and_outcome_in_words() {
        each_language(|cx| {
            let page = view(cx, &People::default(), &[decision(Some(ReviewState::Pending)), decision(None)])
                .into_string();
            for word in [Reason::NewDevice.words(cx.locale), Reason::NewNetwork.words(cx.locale), "91"] {
                assert!(page.contains(word), "{word}");
            }
            assert!(
                page.contains("/console/risk/rsk_") && page.contains(&format!("account={}", AccountId(7)))
            );
            page
        });
    }

    #[test]
    fn the_filter_is_notable_all_or_one_account() {
        let wish = |view: &str, account: &str| {
            Wish { view: Some(view.to_owned()), account: Some(account.to_owned()), ..Wish::default() }
                .filter()
        };
        assert_eq!(wish("", ""), Some(Filter::Notable));
        assert_eq!(wish("all", " "), Some(Filter::All));
        assert_eq!(wish("all", &AccountId(7).to_string()), Some(Filter::Of(AccountId(7))));
        for nonsense in ["7", "ord_0000000000007", "'; --"] {
            assert_eq!(wish("", nonsense), None, "{nonsense}");
        }
    }
}
