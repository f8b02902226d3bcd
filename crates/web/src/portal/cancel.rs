//! Cancelling, with its consequences before the click (U10); and answering what staff asked.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use fulfilment::cancel::{CancelView, Possible, can_cancel};
use fulfilment::question::{self, Question, QuestionId};
use kernel::{Kind as Refusing, Money};
use maud::{Markup, html};
use ordering::OrderId;
use ordering::order::{MoneyState, Order, query};

use super::orderside::{id, order_path};
use super::progress_page::{reason_field, reasons};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{Common, OrderPages};
use crate::ui::form::{self, Field};
use crate::ui::shell::{self, Exit};
use crate::ui::summary::{Answer, summary_list};
use crate::ui::{Page, PageCx, button_link, card};

/// The most characters of an answer.
const ANSWER_MAX: usize = 1000;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/orders/{id}/cancel", get(ask).post(cancel))
        .route("/orders/{id}/questions/{question}", get(questions).post(answer))
}

async fn ask(State(app): State<App>, visitor: Visitor, Path(order): Path<String>) -> Result<Markup, Refused> {
    let order = query::get(&app.cx, &visitor.actor, id(&order)?).await?;
    let view = can_cancel(&app.cx, &app.fulfilment, &visitor.actor, order.id).await?;
    Ok(page(&page_cx(&app, &visitor), &order, &view, None))
}

fn page_cx(app: &App, visitor: &Visitor) -> PageCx {
    PageCx { flow: true, ..visitor.page_cx(app) }
}

fn page(cx: &PageCx, order: &Order, view: &CancelView, problem: Option<&str>) -> Markup {
    let t = OrderPages::of(cx.locale);
    let path = order_path(order.id);
    let paid = matches!(order.money, MoneyState::Held | MoneyState::Captured | MoneyState::PartCaptured);
    let meaning = match view.possible {
        Possible::Now if order.money == MoneyState::Authorised => t.cancel_authorised,
        Possible::Now if !paid => t.cancel_unpaid,
        Possible::Now => t.cancel_now,
        Possible::Request => t.cancel_request,
        Possible::No => t.cancel_no,
    };
    let button = if view.possible == Possible::Request { t.btn_ask_refund } else { t.btn_cancel_confirm };
    let body = html! {
        @if let Some(problem) = problem { (form::problem_summary(t.cancel_no, html! { p { (problem) } })) }
        h1 { (t.cancel_title) }
        p { (order.title.get(cx.locale)) " · " span.num { (order.number()) } }
        (card::card("consequences", t.cancel_ask, None, html! {
            p { (meaning) }
            @if let Some(fee) = view.fee.filter(|_| view.possible == Possible::Now && order.money == MoneyState::Authorised) {
                (summary_list(cx, &[Answer::text(t.cancel_fee, &fee.to_string(), None)]))
            }
            @if view.possible == Possible::Now && paid { (money_back(cx, order, view.fee)) }
            @for text in &view.texts { p.muted { (t.cancel_until(text.get(cx.locale))) } }
        }))
        @if view.possible == Possible::No {
            div.acts { (button_link(&path, Common::of(cx.locale).btn_back, "")) }
        } @else {
            (form::form(cx, "cancel", &format!("{path}/cancel"), None, html! {
                (reason_field(cx))
                div.acts {
                    button.btn.danger.main data-busy=(Common::of(cx.locale).working) { (button) }
                    (button_link(&path, t.btn_keep, "sec"))
                }
            }))
        }
    };
    let frame = Page::new(t.cancel_title).narrow().errors(problem.is_some());
    shell::flow(cx, &frame, &path, Exit::Link(&path), body)
}

/// What comes back, what it costs, where it goes and when.
fn money_back(cx: &PageCx, order: &Order, fee: Option<Money>) -> Markup {
    let t = OrderPages::of(cx.locale);
    let rest = fee.and_then(|fee| order.total.checked_sub(fee).ok()).filter(|rest| rest.minor >= 0);
    let back = rest.unwrap_or(order.total).to_string();
    let cost = fee.map(|fee| fee.to_string());
    let mut rows = vec![Answer::text(t.cancel_refund, &back, None)];
    rows.extend(cost.as_deref().map(|cost| Answer::text(t.cancel_fee, cost, None)));
    let outside = order.payment.is_outside();
    html! {
        (summary_list(cx, &rows))
        p.muted.sm { (if outside { t.cancel_to_card } else { t.cancel_to_balance }) }
    }
}

async fn cancel(
    State(app): State<App>,
    Path(order): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let id: OrderId = id(&order)?;
    let known =
        reasons(visitor.locale).into_iter().map(|(code, _)| code).find(|code| *code == form.get("reason"));
    match ordering::order::ops::cancel(&app.cx, &visitor.actor, id, known.unwrap_or("other"), None).await {
        Ok(_) => Ok(see_other(&order_path(id))),
        Err(error) => {
            let refused = Refused::from(error);
            if refused.kind() != Refusing::Conflict {
                return Err(refused);
            }
            let order = query::get(&app.cx, &visitor.actor, id).await?;
            let view = can_cancel(&app.cx, &app.fulfilment, &visitor.actor, id).await?;
            let cx = page_cx(&app, visitor);
            let why = refused.message(cx.locale);
            Ok((refused.status(), page(&cx, &order, &view, Some(&why))).into_response())
        }
    }
}

/// The open questions of an order, when `id` is one of its questions.
async fn open(
    app: &App,
    visitor: &Visitor,
    order: OrderId,
    id: QuestionId,
) -> Result<Vec<Question>, Refused> {
    let mut all = question::list(&app.cx, &visitor.actor, order).await?;
    if !all.iter().any(|question| question.id == id) {
        return Err(EdgeError::NotFound.into());
    }
    all.retain(|question| question.answered_at.is_none());
    Ok(all)
}

async fn questions(
    State(app): State<App>,
    visitor: Visitor,
    Path((order, question)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let order = query::get(&app.cx, &visitor.actor, id(&order)?).await?;
    let open = open(&app, &visitor, order.id, id(&question)?).await?;
    if open.is_empty() {
        return Ok(see_other(&order_path(order.id)));
    }
    let action = format!("{}/questions/{question}", order_path(order.id));
    Ok(question_page(&page_cx(&app, &visitor), &order, &open, &action, "", None).into_response())
}

fn question_page(
    cx: &PageCx,
    order: &Order,
    open: &[Question],
    action: &str,
    typed: &str,
    wrong: Option<&str>,
) -> Markup {
    let t = OrderPages::of(cx.locale);
    let path = order_path(order.id);
    let errors: Vec<form::Wrong> = wrong
        .iter()
        .map(|text| form::Wrong { name: "answer".to_owned(), message: (*text).to_owned() })
        .collect();
    let body = html! {
        (form::error_summary(cx, &errors))
        h1 { (t.question_title) }
        p { (order.title.get(cx.locale)) " · " span.num { (order.number()) } }
        (card::plain(html! {
            p.muted { (t.question_intro) }
            @for question in open { p { (question.text) } }
        }))
        (form::form(cx, "answer", action, None, html! {
            (Field::new("answer", t.question_label).hint(t.shown_to_staff).value(typed).error(wrong).textarea(cx, ANSWER_MAX))
            p.muted.sm { (t.question_hint) }
            (form::actions(cx, Common::of(cx.locale).btn_submit, None))
        }))
    };
    let frame = Page::new(t.question_title).narrow().scripts(&["form"]).errors(wrong.is_some());
    shell::flow(cx, &frame, &path, Exit::Link(&path), body)
}

async fn answer(
    State(app): State<App>,
    Path((order, question)): Path<(String, String)>,
    form: PostForm,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let order = query::get(&app.cx, &visitor.actor, id(&order)?).await?;
    let open = open(&app, visitor, order.id, id(&question)?).await?;
    if open.is_empty() {
        return Ok(see_other(&order_path(order.id)));
    }
    match question::report_information(&app.cx, &visitor.actor, order.id, form.get("answer")).await {
        Ok(_) => Ok(see_other(&order_path(order.id))),
        Err(fulfilment::Error::TextNeeded) => {
            let cx = page_cx(&app, visitor);
            let why = kernel::Refusal::message(&fulfilment::Error::TextNeeded, cx.locale);
            let action = format!("{}/questions/{question}", order_path(order.id));
            let page = question_page(&cx, &order, &open, &action, form.get("answer"), Some(&why));
            Ok(crate::edge::form::again(page))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Locale, Text};

    use super::*;
    use crate::portal::progress::tests::order;

    #[test]
    fn u10_the_consequences_stand_before_the_button() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/orders/x/cancel", order().placed_at);
            let order = Order { money: MoneyState::Held, ..order() };
            let view =
                |possible, fee| CancelView {
                    possible, fee, texts: vec![Text::new("规则原文", "The rule")]
                };
            let with_fee =
                page(&cx, &order, &view(Possible::Now, Some(Money::cny(5_00))), None).into_string();
            assert!(with_fee.contains("¥45.00") && with_fee.contains("¥5.00"));
            assert!(with_fee.find("¥45.00") < with_fee.find("id=\"cancel\""));
            let never = page(&cx, &order, &view(Possible::No, None), None).into_string();
            assert!(!never.contains("id=\"cancel\""));
            let request = page(&cx, &order, &view(Possible::Request, None), None).into_string();
            assert!(request.contains(OrderPages::of(locale).btn_ask_refund));
        }
    }
}
