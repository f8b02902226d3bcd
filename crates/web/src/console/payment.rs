//! One payment with its attempts, refunds and disputes; asking its gateways once more, and giving money back in part or whole.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use kernel::{Currency, FieldError, Money, Permission};
use maud::{Markup, html};
use ordering::idempotency::{Key, fingerprint};
use ordering::payment::browse::{self, Asked};
use ordering::payment::{self, PaymentId, PaymentState, PaymentView, StartGiveBack, give_back};
use serde::Deserialize;
use serde_json::json;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, Sure, Tried};
use super::payment_view::detail;
use super::payments::{NAV, PATH};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused};
use crate::i18n::PayDesk;
use crate::ui::{Kind, PageCx, banner, card, form};

/// The longest key of a refund that is read from a form.
const KEY_MOST: usize = 64;
/// Reasons of a refund are shorter than others.
const NOTE_MOST: usize = 200;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/console/payments/{id}", Permission::ReadOrders, one)
        .post("/console/payments/{id}/ask", Permission::Reconcile, ask)
        .post("/console/payments/{id}/refund", Permission::RefundOrder, refund)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    done: Option<String>,
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, frame::id(&id)?, Tried::default(), wish.done.as_deref()).await
}

async fn show(
    app: &App,
    staff: &Staff,
    id: PaymentId,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let view = payment::ops::view(&app.cx, &staff.actor, id).await?;
    let left = browse::left(&app.cx, &staff.actor, id).await?;
    let people = People::load(app, staff, [view.payment.customer].into_iter()).await?;
    // What was sent keeps its key, so that the same wish again is the same refund.
    let key = match tried.value("key") {
        "" => kernel::encode_base32(app.cx.id()),
        sent => sent.to_owned(),
    };
    let body = html! {
        (told(&frame.cx, done))
        (detail(&frame.cx, &people, &view, left))
        (acts(&frame.cx, &view, left, &tried, &key))
    };
    Ok(frame.form_page(&id.to_string(), NAV, &tried, body))
}

fn told(cx: &PageCx, done: Option<&str>) -> Markup {
    let t = PayDesk::of(cx.locale);
    let (kind, words) = match done {
        Some("refunded") => (Kind::Ok, t.ok_refunded),
        Some("answered") => (Kind::Ok, t.ok_answered),
        Some("silent") => (Kind::Warn, t.ok_silent),
        Some("nothing") => (Kind::Info, t.ok_nothing),
        _ => return html! {},
    };
    banner::banner(kind, words, html! {})
}

fn acts(cx: &PageCx, view: &PaymentView, left: Money, tried: &Tried, key: &str) -> Markup {
    let t = PayDesk::of(cx.locale);
    let base = format!("{PATH}/{}", view.payment.id);
    let may_ask =
        cx.may(Permission::Reconcile) && view.attempts.iter().any(|attempt| attempt.state.is_asked());
    let may_refund = cx.may(Permission::RefundOrder)
        && view.payment.state == PaymentState::Paid
        && (left.is_positive() || tried.is_refused());
    let hint = t.refund_hint(&left.to_string());
    html! {
        @if may_ask {
            (card::card("ask", t.ask, None, html! {
                p.muted.sm { (t.ask_note) }
                div.acts { (crate::ui::post_button(cx, &format!("{base}/ask"), t.btn_ask, "sec", &[])) }
            }))
        }
        @if may_refund {
            (card::card("refund", t.refund, None, form::form(cx, "refund-form", &format!("{base}/refund"), None, html! {
                input type="hidden" name="key" value=(key);
                (tried.field("amount", t.refund_amount).hint(&hint).text(cx, 16))
                (frame::reason_field(cx, tried, "reason"))
                button.btn { (t.btn_refund) }
            })))
        }
    }
}

async fn ask(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: PaymentId = frame::id(&id)?;
    let asked = browse::ask_again(&app.payments, &staff.actor, id).await.map_err(Refused::from);
    let target = asked.map(|asked| {
        let word = match asked {
            Asked::Nothing => "nothing",
            Asked::Answered => "answered",
            Asked::Silent => "silent",
        };
        format!("{PATH}/{id}?done={word}")
    });
    frame::answer(target, &form, "reason", |tried| show(&app, &staff, id, tried, None)).await
}

async fn refund(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: PaymentId = frame::id(&id)?;
    let result = match wanted(id, &form) {
        Ok(input) if form.get("sure") == "yes" => refunded(&app, &staff, &input, &form).await,
        Ok(input) => return sure(&app, &staff, &input, &form).await,
        Err(refused) => Err(refused),
    };
    let target = result.map(|()| format!("{PATH}/{id}?done=refunded"));
    frame::answer(target, &form, "reason", |tried| show(&app, &staff, id, tried, None)).await
}

fn wanted(payment: PaymentId, form: &PostForm) -> Result<StartGiveBack, Refused> {
    let wrong = |name: &str, code, zh, en| {
        Refused::from(EdgeError::Shape { fields: vec![FieldError::new(format!("/{name}"), code, zh, en)] })
    };
    let amount = Money::parse(form.get("amount").trim(), Currency::CNY).ok().filter(|a| a.is_positive());
    let amount = amount.ok_or_else(|| {
        wrong(
            "amount",
            "web.refund_amount",
            "填写大于零的金额，例如 12.50",
            "Enter an amount above zero, such as 12.50",
        )
    })?;
    let note = frame::reason(form, "reason")?;
    if note.chars().count() > NOTE_MOST {
        return Err(wrong(
            "reason",
            "web.refund_reason",
            "原因最多 200 个字",
            "A reason has at most 200 characters",
        ));
    }
    Ok(StartGiveBack { payment, amount, note: note.to_owned() })
}

/// Money that left is not fetched back: it is asked once more (U10).
async fn sure(app: &App, staff: &Staff, input: &StartGiveBack, form: &PostForm) -> Result<Response, Refused> {
    let base = format!("{PATH}/{}", input.payment);
    let frame = Frame::load(app, staff).await?.at(&base);
    let t = PayDesk::of(frame.cx.locale);
    let sure = Sure {
        nav: NAV,
        title: t.refund,
        consequences: vec![
            t.refund_sure(&input.amount.to_string(), &input.payment.to_string()),
            t.refund_way.to_owned(),
            input.note.clone(),
        ],
        action: &format!("{base}/refund"),
        fields: vec![
            ("key", form.get("key")),
            ("amount", form.get("amount")),
            ("reason", form.get("reason")),
        ],
        button: t.btn_refund,
        back: &base,
    };
    Ok(frame.sure(&sure).into_response())
}

async fn refunded(app: &App, staff: &Staff, input: &StartGiveBack, form: &PostForm) -> Result<(), Refused> {
    let actor = staff.actor.account().ok_or(payment::Error::SignInNeeded)?;
    let key = Key {
        actor,
        route: "POST /console/payments/refund",
        key: form.get("key").chars().take(KEY_MOST).collect(),
        fingerprint: fingerprint(
            &json!({"payment": input.payment, "amount": input.amount, "note": input.note}),
        ),
    };
    give_back::start(&app.payments, &staff.actor, input, &key).await?;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use kernel::AccountId;
    use ordering::OrderId;
    use ordering::payment::{Payment, Purpose, Status};

    use super::*;
    use crate::console::tests::{NOW, each_language};

    pub(in crate::console) fn sample(state: PaymentState) -> Payment {
        Payment {
            id: PaymentId(11),
            customer: AccountId(7),
            purpose: Purpose::Order(OrderId(42)),
            amount: Money::cny(10_000),
            capture: catalogue::service::CaptureAt::Order,
            state,
            version: 1,
            expires_at: NOW,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    fn view(state: PaymentState) -> PaymentView {
        PaymentView {
            payment: sample(state),
            status: Status::Paid,
            attempts: Vec::new(),
            refunds: Vec::new(),
            given_back: Vec::new(),
            disputes: Vec::new(),
        }
    }

    #[test]
    fn p10_a_refund_is_offered_for_what_is_left_and_for_nothing_else() {
        each_language(|cx| {
            let shown =
                |state, left| acts(cx, &view(state), Money::cny(left), &Tried::default(), "k").into_string();
            let offered = shown(PaymentState::Paid, 6_000);
            assert!(offered.contains("refund-form") && offered.contains("¥60.00"), "{offered}");
            assert!(!shown(PaymentState::Paid, 0).contains("refund-form"));
            assert!(!shown(PaymentState::Open, 6_000).contains("refund-form"));
            offered
        });
    }

    #[test]
    fn w3_who_only_reads_is_offered_nothing() {
        let cx = PageCx {
            permissions: vec![Permission::ReadOrders],
            ..crate::console::tests::cx(kernel::Locale::Zh)
        };
        let shown = acts(&cx, &view(PaymentState::Paid), Money::cny(1), &Tried::default(), "k");
        assert_eq!(shown.into_string(), "");
    }
}
