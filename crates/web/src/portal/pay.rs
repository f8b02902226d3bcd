//! Paying an order through a gateway or from the balance (U6): amount, number, time left; the way to the bank; and what truly came of it. A payment
//! without a known end is never called failed.

use std::convert::Infallible;
use std::time::Duration as Pause;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use catalogue::service::{CaptureAt, PaymentMethod};
use futures_util::stream;
use kernel::{Kind as Refusing, Money};
use maud::{Markup, html};
use ordering::OrderId;
use ordering::order::{Order, OrderState};
use ordering::payment::{
    self, FromBalance, PaymentView, RETURN_PLACE, StartAttempt, Started, Status, attempt,
};
use serde::Deserialize;

use super::check_page::methods;
use super::checkout_view::{payable_here, payer_address, screen};
use super::orderside::{id, method_word, order_path};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::live::{Ear, HEARTBEAT};
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{Common, PayWords};
use crate::ui::form::{self, Choice, Field};
use crate::ui::shell::{self, Exit};
use crate::ui::{Kind, Page, PageCx, banner, button_link, card, confirm, money, ring, time};

/// How often a waiting page looks by itself, and after how many looks it says that news will be sent (a minute).
const LOOK_EVERY: Pause = Pause::from_secs(5);
const LOOKS: u32 = 12;

pub(crate) fn router() -> Router<App> {
    super::pay_code::router()
        .route("/pay/{order}", get(show).post(start))
        .route("/pay/{order}/result", get(result))
        .route("/pay/{order}/live", get(live))
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
) -> Result<Response, Refused> {
    let order = ordering::order::query::get(&app.cx, &visitor.actor, id(&order)?).await?;
    if order.state != OrderState::AwaitingPayment {
        return Ok(see_other(&order_path(order.id)));
    }
    let payment = of_order(&app, &visitor, order.id).await?;
    if payment.status == Status::Confirming {
        return Ok(see_other(&format!("/pay/{}/result", order.id)));
    }
    let begun = payable_here(&payment).and_then(|(open, _)| PaymentMethod::from_name(&open.gateway));
    let ways = Ways { begun, ..Ways::load(&app, &visitor, &order, "").await? };
    Ok(page(&page_cx(&app, &visitor), &order, &ways, None).into_response())
}

/// How the order can be paid, and what there is to pay it with.
struct Ways {
    offered: Vec<PaymentMethod>,
    chosen: PaymentMethod,
    balance: Money,
    /// What is still to be paid: a part may have been set aside in the balance.
    due: Money,
    capture: CaptureAt,
    /// A payment that was begun on our own page and can go on there.
    begun: Option<PaymentMethod>,
    on_phone: bool,
}

impl Ways {
    /// What was chosen before stays chosen.
    async fn load(app: &App, visitor: &Visitor, order: &Order, typed: &str) -> Result<Self, Refused> {
        let mut offered = payment::wallet::offered(&app.payments, &app.shelf, order.id).await?;
        // Whatever was sold, what is to be paid from outside can go on that way.
        if order.payment.is_outside() && !offered.contains(&order.payment) {
            offered.push(order.payment);
        }
        // What was used last stands first.
        let last = payment::ops::last_method(&app.cx, &visitor.actor).await?;
        offered.sort_by_key(|method| Some(*method) != last);
        let balance = ledger::wallet_balance(&app.cx, &visitor.actor, order.customer).await?.available;
        let payment = of_order(app, visitor, order.id).await?.payment;
        let chosen = PaymentMethod::from_name(typed).unwrap_or(order.payment);
        Ok(Self {
            offered,
            chosen,
            balance,
            due: payment.amount,
            capture: payment.capture,
            begun: None,
            on_phone: visitor.is_on_phone(),
        })
    }
}

pub(super) fn page_cx(app: &App, visitor: &Visitor) -> PageCx {
    PageCx { flow: true, ..visitor.page_cx(app) }
}

pub(super) async fn of_order(app: &App, visitor: &Visitor, order: OrderId) -> Result<PaymentView, Refused> {
    Ok(payment::ops::of_order(&app.cx, &visitor.actor, order).await?.ok_or(EdgeError::NotFound)?)
}

/// A computer shows a code or a page, a phone opens the app: asked, because guessing is often wrong. The guess is chosen already.
pub(super) fn places(cx: &PageCx, beside: &str, offered: &[PaymentMethod], on_phone: bool) -> Markup {
    let t = PayWords::of(cx.locale);
    let guess = if on_phone { "phone" } else { "computer" };
    let apps = [PaymentMethod::Wechat, PaymentMethod::Alipay];
    html! {
        @if offered.iter().any(|method| apps.contains(method)) {
            (Field { when: Some((beside, "wechat alipay")), ..Field::new("screen", t.place).value(guess) }.radios(cx, &[
                Choice::new("computer", t.place_scan), Choice::new("phone", t.place_here),
            ]))
        }
    }
}

fn page(cx: &PageCx, order: &Order, ways: &Ways, problem: Option<&str>) -> Markup {
    let (t, common) = (PayWords::of(cx.locale), Common::of(cx.locale));
    let amount = ways.due.to_string();
    let body = html! {
        @if let Some(problem) = problem { (form::problem_summary(t.not_started, html! { p { (problem) } })) }
        h1 { (t.title) }
        (card::plain(html! {
            p.muted.sm { (t.due) }
            p { (money::large(ways.due)) }
            p { (order.title.get(cx.locale)) }
            p.muted.sm { (t.payee) " " (common.brand) }
            p.muted.sm { (t.order_number) " " (confirm::reference(cx, &order.number())) }
            @if let Some(until) = order.pay_by { p { (time::countdown(cx, until)) } }
        }))
        @if let Some(begun) = ways.begun {
            (banner::banner(Kind::Info, &t.waits(method_word(cx.locale, begun.name())), html! {
                p { (button_link(&format!("/pay/{}/code", order.id), t.btn_go_on, "small")) }
            }))
        }
        (form::form(cx, "pay", &format!("/pay/{}", order.id), None, html! {
            (methods(cx, &ways.offered, ways.chosen, ways.balance, ways.due))
            (places(cx, "method", &ways.offered, ways.on_phone))
            (banner::note(html! { p { (if ways.capture == CaptureAt::Completion { t.authorise } else { t.escrow }) } }))
            (form::actions(cx, &common.confirm_amount(&amount), None))
        }))
    };
    let frame = Page::new(t.title).narrow().errors(problem.is_some()).scripts(&["form"]);
    shell::flow(cx, &frame, &order_path(order.id), Exit::Link(&order_path(order.id)), body)
}

/// To the gateway's own page, or ours with a code or an account; whoever paid already, or may have, is not led there again.
async fn start(
    State(app): State<App>,
    Path(order): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let order = ordering::order::query::get(&app.cx, &visitor.actor, id(&order)?).await?;
    let payment = of_order(&app, visitor, order.id).await?;
    let result = format!("/pay/{}/result", order.id);
    if form.get("method") == PaymentMethod::Balance.name() {
        let id = payment.payment.id;
        return match payment::wallet::pay_from_balance(&app.payments, &app.shelf, &visitor.actor, id).await {
            Ok(FromBalance::Paid | FromBalance::AlreadyPaid) => {
                Ok(see_other(&format!("{}/done", order_path(order.id))))
            }
            Ok(FromBalance::Confirming) => Ok(see_other(&result)),
            Err(error) => refused(&app, &form, &order, error.into()).await,
        };
    }
    let by = PaymentMethod::from_name(form.get("method")).unwrap_or(order.payment);
    let input = StartAttempt {
        payment: payment.payment.id,
        gateway: by.name().to_owned(),
        locale: visitor.locale,
        return_url: format!("{}{result}?attempt={RETURN_PLACE}", app.settings.public_url),
        screen: screen(&form),
        payer_address: payer_address(visitor),
    };
    match attempt::start_attempt(&app.payments, &visitor.actor, input).await {
        Ok(Started::Checkout { checkout, .. }) => Ok(match checkout.page() {
            Some(page) => see_other(page),
            None => see_other(&format!("/pay/{}/code", order.id)),
        }),
        Ok(Started::AlreadyPaid | Started::Confirming) => Ok(see_other(&result)),
        Err(error) => refused(&app, &form, &order, error.into()).await,
    }
}

/// The page again with the reason on top, where another way to pay may help.
async fn refused(app: &App, form: &PostForm, order: &Order, refused: Refused) -> Result<Response, Refused> {
    if !matches!(refused.kind(), Refusing::Unavailable | Refusing::Conflict) {
        return Err(refused);
    }
    let cx = page_cx(app, &form.visitor);
    let why = refused.message(cx.locale);
    let ways = Ways::load(app, &form.visitor, order, form.get("method")).await?;
    Ok((refused.status(), page(&cx, order, &ways, Some(&why))).into_response())
}

#[derive(Debug, Default, Deserialize)]
struct Returned {
    attempt: Option<String>,
}

/// What came of it. The gateway is asked when the browser comes back from it; the page tells what is known then.
async fn result(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
    Query(returned): Query<Returned>,
) -> Result<Response, Refused> {
    let id: OrderId = id(&order)?;
    let view = match returned.attempt.as_deref().and_then(|text| text.parse().ok()) {
        Some(attempt) => attempt::returned(&app.payments, &visitor.actor, attempt).await?,
        None => of_order(&app, &visitor, id).await?,
    };
    let order = ordering::order::query::get(&app.cx, &visitor.actor, id).await?;
    if view.payment.purpose.order() != Some(order.id) {
        return Err(EdgeError::NotFound.into());
    }
    if matches!(view.status, Status::Paid | Status::Authorised) {
        return Ok(see_other(&format!("{}/done", order_path(order.id))));
    }
    Ok(result_page(&page_cx(&app, &visitor), &order, view.payment.amount, view.status).into_response())
}

fn result_page(cx: &PageCx, order: &Order, due: Money, status: Status) -> Markup {
    let t = PayWords::of(cx.locale);
    let live = format!("/pay/{}/live", order.id);
    let frame = Page::new(t.result_title).narrow();
    let frame = if status == Status::Confirming { frame.live(&live) } else { frame };
    let body = outcome(cx, order, due, status, false);
    shell::flow(cx, &frame, &order_path(order.id), Exit::Link(&order_path(order.id)), body)
}

/// The true state, what it means, and the way on. `due`: what this payment is for, which may be a part of the order; `waited`: the bank
/// has taken its minute.
fn outcome(cx: &PageCx, order: &Order, due: Money, status: Status, waited: bool) -> Markup {
    let t = PayWords::of(cx.locale);
    let (kind, title, text) = match status {
        Status::Confirming if waited => (Kind::Info, t.confirming, t.later),
        Status::Confirming => (Kind::Info, t.confirming, t.confirming_body),
        Status::ToPay => (Kind::Warn, t.to_pay, t.to_pay_body),
        Status::Declined => (Kind::Bad, t.declined, t.declined_body),
        Status::Closed => (Kind::Plain, t.closed, t.closed_body),
        Status::Paid | Status::Authorised => (Kind::Ok, status.words(cx.locale), ""),
    };
    let w = crate::i18n::State::of(cx.locale);
    let word = match status {
        Status::Confirming => w.confirming_payment,
        Status::ToPay | Status::Declined => w.awaiting_payment,
        Status::Closed => w.expired,
        Status::Authorised => w.authorised,
        Status::Paid => w.paid,
    };
    let again = matches!(status, Status::ToPay | Status::Declined);
    html! {
        section class={ "confirm " (kind.class()) } #result data-announce=(title) {
            @if status == Status::Confirming { (ring::busy(title)) }
            h1 { (title) }
            p { (crate::ui::status::tag(kind, word)) }
            p { (text) }
            p { (money::large(due)) }
            p.muted { (t.order_number) " " (confirm::reference(cx, &order.number())) }
            @if again { @if let Some(until) = order.pay_by { p { (time::countdown(cx, until)) } } }
            div.acts {
                @if again { (button_link(&format!("/pay/{}", order.id), t.btn_retry, "")) }
                (button_link(&order_path(order.id), t.btn_order, "sec"))
            }
        }
    }
}

/// What a waiting page hears: go on when it is decided, and after a minute that news will be sent.
struct Waiting {
    app: App,
    visitor: Visitor,
    order: OrderId,
    /// What the page that waits shows.
    shown: Status,
    ear: Ear,
    looks: u32,
    /// The page was led on: nothing follows, or it would be told so for as long as it takes to leave.
    led_on: bool,
}

async fn live(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
) -> Result<Response, Refused> {
    wait_while(app, visitor, id(&order)?, Status::Confirming).await
}

/// A stream that leads on as soon as the payment shows anything but `shown`.
pub(super) async fn wait_while(
    app: App,
    visitor: Visitor,
    order: OrderId,
    shown: Status,
) -> Result<Response, Refused> {
    ordering::order::query::get(&app.cx, &visitor.actor, order).await?;
    let ear = app.live.hear();
    let waiting = Waiting { app, visitor, order, shown, ear, looks: 0, led_on: false };
    let events = stream::unfold(waiting, |mut waiting| async move {
        let event = waiting.next().await?;
        Some((Ok::<_, Infallible>(event), waiting))
    });
    let quiet = [("x-accel-buffering", "no"), ("cache-control", "no-cache")];
    Ok((quiet, Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))).into_response())
}

impl Waiting {
    async fn next(&mut self) -> Option<Event> {
        if self.led_on {
            return None;
        }
        loop {
            // Also at once: it may have been decided before the stream began.
            let view = of_order(&self.app, &self.visitor, self.order).await.ok()?;
            if view.status != self.shown {
                self.led_on = true;
                return Some(Event::default().event("go").data(format!("/pay/{}/result", self.order)));
            }
            self.looks = self.looks.saturating_add(1);
            if self.looks == LOOKS && self.shown == Status::Confirming {
                let order =
                    ordering::order::query::get(&self.app.cx, &self.visitor.actor, self.order).await.ok()?;
                let due = view.payment.amount;
                let part = outcome(&self.visitor.page_cx(&self.app), &order, due, Status::Confirming, true);
                return Some(Event::default().event("patch").data(part.into_string()));
            }
            let order = self.order;
            tokio::select! {
                () = self.ear.wait(|change| change.order == order) => {}
                () = tokio::time::sleep(LOOK_EVERY), if self.looks < LOOKS => {}
                () = self.app.tasks.stopping().cancelled() => return None,
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use kernel::Locale;

    use super::*;
    use crate::portal::progress::tests::order;

    #[test]
    fn every_result_has_words_in_both_languages_and_no_unknown_end_is_called_failed() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/pay/x/result", order().placed_at);
            for status in [Status::ToPay, Status::Confirming, Status::Declined, Status::Closed] {
                let page = result_page(&cx, &order(), order().total, status).into_string();
                assert!(page.contains("¥50.00") && page.contains(&order().number()), "{status:?}");
            }
            let waiting = result_page(&cx, &order(), order().total, Status::Confirming).into_string();
            assert!(waiting.contains(PayWords::of(locale).confirming) && waiting.contains("data-live"));
            assert!(!waiting.contains(PayWords::of(locale).declined));
        }
    }

    #[test]
    fn the_pay_page_names_amount_number_and_time_left() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/pay/x", order().placed_at);
            let mut ways = Ways {
                offered: PaymentMethod::ALL.to_vec(),
                chosen: PaymentMethod::Card,
                balance: Money::cny(4_000),
                due: order().total,
                capture: CaptureAt::Order,
                begun: None,
                on_phone: false,
            };
            let at_a_desk = page(&cx, &order(), &ways, None).into_string();
            ways.on_phone = true;
            let page = page(&cx, &order(), &ways, None).into_string();
            for (page, place) in [(&at_a_desk, "computer"), (&page, "phone")] {
                assert!(page.contains(&format!("value=\"{place}\" checked")), "{place} in {page}");
                assert!(page.contains("/form."), "the script that hides the place is missing");
            }
            assert!(
                page.contains("¥50.00") && page.contains("data-until") && page.contains(&order().number())
            );
            let short = crate::i18n::FlowWords::of(locale).short("¥10.00");
            assert!(page.contains(&short) && page.contains("/account/topup?next=%2Fpay%2Fx"), "{page}");
        }
    }
}
