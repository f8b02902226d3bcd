//! Payouts to sellers: who asked, where the money goes, how it stands; somebody else lets it go (W1).

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{Currency, Permission};
use ledger::payout::{self, NewPayout, Payout, PayoutId, PayoutState};
use ledger::settlement::Agreement;
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, Tried};
use super::ledger_settle::{self, PATH};
use crate::app::App;
use crate::edge::{PostForm, Refused};
use crate::i18n::{LedgerWords, SettleWords as Words};
use crate::ui::console::ConsoleNav;
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, card, form, link, money, status, time};

pub(super) const PAYOUTS: &str = "/console/payouts";
const NAV: ConsoleNav = ConsoleNav::Settlements;

pub(crate) fn routes() -> Routes {
    let (read, book, check) = (Permission::ReadLedger, Permission::BookLedger, Permission::ApproveLedger);
    Routes::new()
        .post(PAYOUTS, book, ask)
        .get("/console/payouts/{id}", read, payout_page)
        .post("/console/payouts/{id}/approve", check, approve)
        .post("/console/payouts/{id}/refuse", check, refuse)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    done: Option<String>,
}

pub(super) fn payout_rows(cx: &PageCx, items: &[Payout]) -> Markup {
    let (t, l) = (Words::of(cx.locale), LedgerWords::of(cx.locale));
    let row = |one: &Payout| {
        let target = format!("{PAYOUTS}/{}", one.id);
        Row::new(vec![
            link(&target, &one.id.to_string()),
            html! { code { (one.seller) } },
            money::money(one.amount),
            state(t, one.state),
            time::stamp(cx, one.created_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(l.number),
        Column::new(t.seller),
        Column::number(l.amount),
        Column::new(l.state),
        Column::new(l.asked),
    ];
    frame::table(cx, t.payouts, columns, items.iter().map(row).collect())
}

fn state(t: &Words, state: PayoutState) -> Markup {
    match state {
        PayoutState::Waiting => status::tag(Kind::Warn, t.s_waiting),
        PayoutState::Approved => status::tag(Kind::Info, t.s_approved),
        PayoutState::Sent => status::tag(Kind::Info, t.s_sent),
        PayoutState::Paid => status::tag(Kind::Ok, t.s_paid),
        PayoutState::Failed => status::tag(Kind::Bad, t.s_failed),
        PayoutState::Refused => status::tag(Kind::Bad, t.s_refused),
    }
}

async fn ask(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let currency = Currency::from_code(form.get("currency")).unwrap_or(ledger::HOUSE_CURRENCY);
    let new = NewPayout {
        seller: form.get("seller").to_owned(),
        currency,
        amount: None,
        key: form.get("key").to_owned(),
    };
    let result = payout::request(&app.cx, &staff.actor, new).await.map_err(Refused::from);
    let target = result.map(|payout| format!("{PAYOUTS}/{}?done=asked", payout.id));
    let wish = ledger_settle::Wish::default();
    frame::answer(target, &form, "seller", |tried| ledger_settle::show(&app, &staff, &wish, tried)).await
}

async fn payout_page(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show_payout(&app, &staff, frame::id(&id)?, wish.done.as_deref(), Tried::default()).await
}

async fn show_payout(
    app: &App,
    staff: &Staff,
    id: PayoutId,
    done: Option<&str>,
    tried: Tried,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PAYOUTS}/{id}"));
    let (payout, agreement) = payout::get(&app.cx, &staff.actor, id).await?;
    let people = People::load(app, staff, [Some(payout.maker), payout.checker].into_iter().flatten()).await?;
    let body = html! {
        (frame::done(&frame.cx, done))
        (payout_detail(&frame, &people, (&payout, &agreement), &tried))
    };
    Ok(frame.form_page(&payout.id.to_string(), NAV, &tried, body))
}

fn payout_detail(
    frame: &Frame,
    people: &People,
    (payout, agreement): (&Payout, &Agreement),
    tried: &Tried,
) -> Markup {
    let (cx, t, l) = (&frame.cx, Words::of(frame.cx.locale), LedgerWords::of(frame.cx.locale));
    let path = format!("{PAYOUTS}/{}", payout.id);
    let mine = frame.me == Some(payout.maker) || frame.me == Some(agreement.maker);
    let waits = payout.state == PayoutState::Waiting;
    html! {
        p { (link(PATH, t.title)) " " (state(t, payout.state)) }
        (card::plain(html! {
            dl.sum {
                div { dt { (t.seller) } dd { code { (payout.seller) } } }
                div { dt { (l.amount) } dd { (money::large(payout.amount)) } }
                div { dt { (t.to_account) } dd { (agreement.bank.bank) " " span.num { (agreement.bank.masked()) } " · " (t.version(agreement.version)) } }
                div { dt { (l.maker) } dd { (people.name(payout.maker)) } }
                @if let Some(checker) = payout.checker { div { dt { (l.checker) } dd { (people.name(checker)) } } }
                @if let Some(reference) = &payout.reference { div { dt { (t.reference) } dd.num { (reference) } } }
                @if let Some(outcome) = &payout.outcome { div { dt { (t.outcome) } dd { code { (outcome) } } } }
            }
        }))
        @if waits && mine { p.muted { (l.own) } }
        @else if waits && cx.may(Permission::ApproveLedger) {
            (form::form(cx, "approve", &format!("{path}/approve"), None, html! { button.btn { (t.btn_approve) } }))
            (form::form(cx, "refuse", &format!("{path}/refuse"), None, html! {
                (frame::reason_field(cx, tried, "reason"))
                button.btn.danger { (l.btn_refuse) }
            }))
        }
    }
}

async fn approve(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: PayoutId = frame::id(&id)?;
    let result = payout::approve(&app.cx, &staff.actor, id).await;
    after(&app, &staff, id, &form, result.map_err(Refused::from)).await
}

async fn refuse(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: PayoutId = frame::id(&id)?;
    let result = payout::refuse(&app.cx, &staff.actor, id, form.get("reason")).await;
    after(&app, &staff, id, &form, result.map_err(Refused::from)).await
}

async fn after(
    app: &App,
    staff: &Staff,
    id: PayoutId,
    form: &PostForm,
    result: Result<(), Refused>,
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PAYOUTS}/{id}?done=decided"));
    frame::answer(target, form, "reason", |tried| show_payout(app, staff, id, None, tried)).await
}

#[cfg(test)]
mod tests {
    use kernel::{AccountId, Money};
    use ledger::HoldId;
    use ledger::settlement::{AgreementId, Bank, Rhythm};

    use super::*;
    use crate::console::tests::{NOW, each_frame};

    fn sample(maker: i64) -> Payout {
        Payout {
            id: PayoutId(5),
            seller: "telecom".to_owned(),
            amount: Money::cny(9_800),
            agreement: AgreementId(6),
            hold: HoldId(7),
            state: PayoutState::Waiting,
            maker: AccountId(maker),
            checker: None,
            reference: None,
            outcome: None,
            asked: 0,
            next_ask_at: None,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    fn agreement(maker: i64) -> Agreement {
        Agreement {
            id: AgreementId(6),
            seller: "telecom".to_owned(),
            currency: Currency::CNY,
            version: 2,
            commission_bp: 200,
            rhythm: Rhythm::Daily,
            starts_at: NOW,
            bank: Bank {
                holder: "HOLDER".to_owned(),
                bank: "BANK".to_owned(),
                account: "6222020200112233".to_owned(),
            },
            maker: AccountId(maker),
            created_at: NOW,
        }
    }

    #[test]
    fn w1_neither_who_asked_nor_who_wrote_down_the_account_sees_a_button_and_the_account_is_covered() {
        each_frame(|frame| {
            let people = People::default();
            let page = |maker, agreed| {
                let (payout, agreement) = (sample(maker), agreement(agreed));
                payout_detail(frame, &people, (&payout, &agreement), &Tried::default()).into_string()
            };
            // Whoever looks is account 99.
            assert!(!page(99, 7).contains("/approve") && !page(7, 99).contains("/approve"));
            let other = page(7, 8);
            assert!(other.contains("/approve") && other.contains("/refuse"));
            assert!(other.contains("************2233") && !other.contains("6222"));
            other + &payout_rows(&frame.cx, &[sample(7)]).into_string()
        });
    }
}
