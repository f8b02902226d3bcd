//! The queue of differences, and one of them with both sides beside each other and the step that helps.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{Currency, Money, Page, Permission};
use maud::{Markup, html};
use reconciliation::difference::{self, Difference, DifferenceId, Filter, Note, Remedy, State as Stands};
use reconciliation::matching::Reason;
use reconciliation::{Day, bill};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Tried, next_href};
use super::recon::{self, NAV, act_word, service, standing};
use super::words;
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::Recon;
use crate::ui::form::Choice;
use crate::ui::table::{self, Column, Row, View};
use crate::ui::{Kind, PageCx, banner, card, empty, form, link, money, time};

const PATH: &str = "/console/recon/differences";

pub(crate) fn routes() -> Routes {
    let work = Permission::Reconcile;
    Routes::new()
        .get(PATH, Permission::ReadLedger, page)
        .get("/console/recon/differences/{id}", Permission::ReadLedger, one)
        .post("/console/recon/differences/{id}/take", work, take)
        .post("/console/recon/differences/{id}/release", work, release)
        .post("/console/recon/differences/{id}/note", work, note)
        .post("/console/recon/differences/{id}/remedy", work, remedy)
        .post("/console/recon/differences/{id}/approve", work, approve)
        .post("/console/recon/differences/{id}/refuse", work, refuse)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    gateway: Option<String>,
    reason: Option<String>,
    state: Option<String>,
    from: Option<String>,
    to: Option<String>,
    waiting: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

impl Wish {
    fn filter(&self) -> Filter {
        let text = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        Filter {
            gateway: text(&self.gateway),
            reason: self.reason.as_deref().and_then(Reason::from_name),
            // What waits is what the queue is opened for.
            state: self.state.as_deref().map_or(Some(Stands::Open), Stands::from_name),
            from: self.from.as_deref().and_then(Day::parse),
            to: self.to.as_deref().and_then(Day::parse),
            assignee: None,
            proposed: if self.waiting.is_some() { difference::Only::Waiting } else { difference::Only::All },
        }
    }

    fn pairs(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("gateway", self.gateway.as_deref().unwrap_or_default()),
            ("reason", self.reason.as_deref().unwrap_or_default()),
            ("state", self.state.as_deref().unwrap_or_default()),
            ("from", self.from.as_deref().unwrap_or_default()),
            ("to", self.to.as_deref().unwrap_or_default()),
            ("waiting", self.waiting.as_deref().unwrap_or_default()),
        ]
    }
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?.at(PATH);
    let list = format!("console.recon.{:?}", wish.pairs());
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = difference::list(&app.cx, &staff.actor, &wish.filter(), request).await?;
    let people = People::load(&app, &staff, items.iter().filter_map(|d| d.assignee)).await?;
    let next = next_href(&app, &list, PATH, &wish.pairs(), next);
    let first = wish.after.as_deref().map(|_| frame::href(PATH, &wish.pairs()));
    let body = html! {
        p { (link(recon::PATH, Recon::of(frame.cx.locale).title)) }
        (views(&frame.cx, &wish))
        (rows(&frame.cx, &people, &items))
        (table::pager(&frame.cx, first.as_deref(), next.as_deref()))
    };
    Ok(frame.page(Recon::of(frame.cx.locale).queue, NAV, html! {}, body))
}

fn views(cx: &PageCx, wish: &Wish) -> Markup {
    let t = Recon::of(cx.locale);
    let current = wish.state.as_deref().unwrap_or("open");
    let view = |label, name: &'static str| {
        let pairs: Vec<_> = wish
            .pairs()
            .into_iter()
            .map(|(key, value)| if key == "state" { (key, name) } else { (key, value) })
            .collect();
        View { label, href: frame::href(PATH, &pairs), count: None, current: current == name }
    };
    let states =
        [view(t.open, "open"), view(t.timing, "timing"), view(t.closed, "closed"), view(t.all, "all")];
    html! {
        (table::views(cx, &states))
        nav.acts aria-label=(t.reason) {
            @for reason in Reason::ALL {
                @let here = wish.reason.as_deref() == Some(reason.name());
                @let name = if here { "" } else { reason.name() };
                a.chip href=(frame::href(PATH, &[("state", current), ("reason", name)]))
                    aria-current=[here.then_some("true")] { (reason.words(cx.locale)) }
            }
        }
    }
}

fn rows(cx: &PageCx, people: &People, items: &[Difference]) -> Markup {
    let t = Recon::of(cx.locale);
    if items.is_empty() {
        return empty::empty(t.none, None);
    }
    let row = |d: &Difference| {
        let target = format!("{PATH}/{}", d.id);
        Row::new(vec![
            html! { a href=(target) { (d.reason.words(cx.locale)) } },
            html! { span.num { (d.day) } },
            html! { (words::gateway(&d.gateway, cx.locale)) },
            money::signed(Money { minor: d.open_effect(), ..d.effect }),
            standing(cx, d),
            time::ago(cx, d.opened_at),
            html! { @match d.assignee { Some(id) => { (people.name(id)) } None => { (t.nobody) } } },
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.reason),
        Column::new(t.day),
        Column::new(t.gateway),
        Column::number(t.amount),
        Column::new(t.state),
        Column::new(t.since),
        Column::new(t.assignee),
    ];
    frame::table(cx, t.queue, columns, items.iter().map(row).collect())
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, frame::id(&id)?, Tried::default(), wish.done.is_some().then_some("done")).await
}

async fn show(
    app: &App,
    staff: &Staff,
    id: DifferenceId,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let d = difference::find(&app.cx, &staff.actor, id).await?;
    let notes = difference::notes(&app.cx, &staff.actor, id).await?;
    let broken = match d.bill.zip(d.line) {
        Some((bill, number)) if d.theirs.is_none() && frame.cx.may(Permission::Reconcile) => {
            Some(bill::broken_text(&app.cx, &staff.actor, bill, number).await?)
        }
        _ => None,
    };
    let ids = [d.assignee, d.proposed_by, d.signed_by].into_iter().flatten();
    let ids = ids.chain(frame::accounts(notes.iter().map(|note| note.actor.as_str())));
    let people = People::load(app, staff, ids).await?;
    let t = Recon::of(frame.cx.locale);
    let body = html! {
        @if done.is_some() { (banner::banner(Kind::Ok, t.changed, html! {})) }
        div.two {
            (card::card("sides", d.reason.words(frame.cx.locale), None, sides(&frame.cx, &people, &d, broken.as_ref())))
            (card::card("remedies", t.remedies, None, acts(&frame, &people, &d, &tried)))
        }
        (card::card("history", t.history, None, history(&frame.cx, &people, &notes)))
    };
    Ok(frame.form_page(
        &format!("{} {}", words::gateway(&d.gateway, frame.cx.locale), d.day),
        NAV,
        &tried,
        body,
    ))
}

/// Both sides beside each other.
fn sides(cx: &PageCx, people: &People, d: &Difference, broken: Option<&(String, String)>) -> Markup {
    let t = Recon::of(cx.locale);
    let amount =
        |sum: Option<Money>| html! { @match sum { Some(sum) => { (money::money(sum)) } None => { "—" } } };
    let at = |at: Option<kernel::Timestamp>| html! { @match at { Some(at) => { (time::stamp(cx, at)) } None => { "—" } } };
    let text = |text: &str| html! { @if text.is_empty() { "—" } @else { code { (text) } } };
    let row = |label: &str, theirs, ours| Row::new(vec![html! { (label) }, theirs, ours]);
    let ledger = d.ledger.zip(d.ours).map(|(minor, ours)| Money { minor, ..ours });
    let number = d.line.map(|line| line.to_string()).unwrap_or_default();
    let rows = vec![
        row(t.our_id, text(&d.our_id), text(d.linked.as_deref().unwrap_or_default())),
        row(t.gateway_id, text(&d.gateway_id), text("")),
        row(t.sum, amount(d.theirs), amount(d.ours)),
        row(t.fee, amount(d.theirs.map(|_| d.fee)), text("")),
        row(t.at, at(d.their_at), at(d.our_at)),
        row(t.in_ledger, text(""), amount(ledger)),
        row(t.line, text(&number), text(d.our_state.as_deref().unwrap_or_default())),
    ];
    let columns = vec![Column::new(t.side), Column::number(t.theirs), Column::number(t.ours)];
    html! {
        p { (standing(cx, d)) " " (t.amount) " " (money::signed(Money { minor: d.open_effect(), ..d.effect })) }
        (frame::table(cx, t.queue, columns, rows))
        @if let Some((text, why)) = broken { dl { dt { (t.broken_text) } dd { code { (text) } } dt { (t.broken_why) } dd { (why) } } }
        @if let Some(who) = d.proposed_by { p.muted { (t.proposed_by) " " (people.name(who)) } }
        @if let Some(who) = d.signed_by { p.muted { (t.signed_by) " " (people.name(who)) } }
    }
}

fn acts(frame: &Frame, people: &People, d: &Difference, tried: &Tried) -> Markup {
    let (cx, t) = (&frame.cx, Recon::of(frame.cx.locale));
    let base = format!("{PATH}/{}", d.id);
    if !cx.may(Permission::Reconcile) {
        return html! { p.muted { (t.needs) } };
    }
    let possible = difference::remedies(d);
    let choices: Vec<Choice<'_>> =
        possible.iter().map(|remedy| Choice::new(remedy.name(), remedy.words(cx.locale))).collect();
    let has = |remedy| possible.contains(&remedy);
    let step = html! {
        (tried.field("what", t.what).radios(cx, &choices))
        @if has(Remedy::Link) { (tried.field("our_id", t.link_id).optional().text(cx, 40)) }
        @if has(Remedy::BookPayout) {
            (tried.field("reference", t.bank_reference).optional().text(cx, 64))
            (tried.field("arrived", t.arrived).optional().text(cx, 20))
        }
        (frame::reason_field(cx, tried, "reason"))
        button.btn { (t.btn_do) }
    };
    html! {
        p {
            (t.assignee) " " @match d.assignee { Some(id) => { (people.name(id)) } None => { (t.nobody) } }
        }
        @if d.state != Stands::Closed {
            div.acts {
                (crate::ui::post_button(cx, &format!("{base}/take"), t.btn_take, "sec", &[]))
                @if d.assignee.is_some() { (crate::ui::post_button(cx, &format!("{base}/release"), t.btn_release, "text", &[])) }
            }
            @if d.proposed_by.is_some() {
                (form::form(cx, "decide-form", &format!("{base}/approve"), None, html! {
                    (frame::reason_field(cx, tried, "reason"))
                    div.acts {
                        button.btn { (t.btn_approve) }
                        button.btn.danger formaction={ (base) "/refuse" } { (t.btn_refuse) }
                    }
                }))
            } @else { (form::form(cx, "remedy-form", &format!("{base}/remedy"), None, step)) }
            (frame::fold(t.btn_note, tried, "note", form::form(cx, "note-form", &format!("{base}/note"), None, html! {
                (frame::reason_field(cx, tried, "note"))
                button.btn.sec { (t.btn_note) }
            })))
        }
    }
}

fn history(cx: &PageCx, people: &People, notes: &[Note]) -> Markup {
    let t = Recon::of(cx.locale);
    let row = |note: &Note| {
        Row::new(vec![
            time::stamp(cx, note.at),
            people.actor(&note.actor, cx.locale),
            html! { (act_word(cx, &note.act)) },
            html! { (note.text.as_deref().unwrap_or("—")) },
        ])
    };
    let columns = [t.at, t.assignee, t.what, t.reason].map(Column::new).into();
    frame::table(cx, t.history, columns, notes.iter().map(row).collect())
}

async fn take(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let result = difference::assign(&app.cx, &staff.actor, id).await.map_err(Refused::from);
    after(&app, &staff, id, &form, "reason", result).await
}

async fn release(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let result = difference::release(&app.cx, &staff.actor, id).await.map_err(Refused::from);
    after(&app, &staff, id, &form, "reason", result).await
}

async fn note(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let result = difference::note(&app.cx, &staff.actor, id, form.get("note")).await.map_err(Refused::from);
    after(&app, &staff, id, &form, "note", result).await
}

async fn remedy(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let result = carry_out(&app, &staff, id, &form).await;
    after(&app, &staff, id, &form, "reason", result).await
}

async fn carry_out(app: &App, staff: &Staff, id: DifferenceId, form: &PostForm) -> Result<(), Refused> {
    let (svc, actor, why) = (service(app), &staff.actor, form.get("reason"));
    let Some(remedy) = Remedy::from_name(form.get("what")) else {
        return Err(reconciliation::Error::NotPossible { allowed: "-".to_owned() }.into());
    };
    match remedy {
        Remedy::AskGateway => drop(difference::ask_gateway(&svc, actor, id, why).await?),
        Remedy::BookFee => difference::book_fee(&svc, actor, id, why).await?,
        Remedy::BookPayout => {
            let arrived = Money::parse(form.get("arrived"), Currency::CNY)
                .map_err(|_| reconciliation::Error::ReferenceNeeded)?;
            difference::book_payout(&svc, actor, id, arrived, form.get("reference")).await?;
        }
        Remedy::Link => difference::link(&svc, actor, id, form.get("our_id"), why).await?,
        Remedy::AcceptTiming => difference::accept_timing(&svc, actor, id, why).await?,
        Remedy::WriteOff => difference::propose_write_off(&svc, actor, id, why).await?,
        Remedy::Explain => difference::explain(&svc, actor, id, why).await?,
        Remedy::SignOff => difference::sign_off(&svc, actor, id, why).await?,
    }
    Ok(())
}

async fn approve(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let result = difference::approve_write_off(&service(&app), &staff.actor, id, form.get("reason")).await;
    after(&app, &staff, id, &form, "reason", result.map_err(Refused::from)).await
}

async fn refuse(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let result = difference::refuse_write_off(&service(&app), &staff.actor, id, form.get("reason")).await;
    after(&app, &staff, id, &form, "reason", result.map_err(Refused::from)).await
}

async fn after(
    app: &App,
    staff: &Staff,
    id: DifferenceId,
    form: &PostForm,
    control: &str,
    result: Result<(), Refused>,
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PATH}/{id}?done=yes"));
    frame::answer(target, form, control, |tried| show(app, staff, id, tried, None)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_shows_what_is_open_until_something_else_is_asked_for() {
        let of =
            |state: Option<&str>| Wish { state: state.map(str::to_owned), ..Wish::default() }.filter().state;
        assert_eq!(of(None), Some(Stands::Open));
        assert_eq!(of(Some("closed")), Some(Stands::Closed));
        assert_eq!(of(Some("all")), None);
    }
}
