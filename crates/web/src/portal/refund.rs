//! Asking for the money of what was done: which parts can be asked for, why, and what happens then (U10).

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use fulfilment::refund;
use maud::{Markup, html};
use ordering::OrderId;
use ordering::order::{Line, LineId, Order, query};

use super::orderside::{id, order_path};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{Common, OrderPages};
use crate::ui::form::{self, Choice, Field};
use crate::ui::shell::{self, Exit};
use crate::ui::{Page, PageCx, button_link, card};

/// The most characters of a reason.
const REASON_MAX: usize = 500;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/orders/{id}/refund", get(look).post(ask))
}

/// An order and those of its lines whose money can be asked for now.
async fn load(app: &App, visitor: &Visitor, order: OrderId) -> Result<(Order, Vec<Line>), Refused> {
    let view = query::view(&app.cx, &visitor.actor, order).await?;
    let open = refund::refundable(&app.cx, &app.fulfilment, &visitor.actor, order).await?;
    let lines = view.lines.into_iter().filter(|line| open.contains(&line.id)).collect();
    Ok((view.order, lines))
}

async fn look(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
) -> Result<Markup, Refused> {
    let (order, lines) = load(&app, &visitor, id(&order)?).await?;
    Ok(page(&page_cx(&app, &visitor), &order, &lines, ("", ""), &Trouble::default()))
}

fn page_cx(app: &App, visitor: &Visitor) -> PageCx {
    PageCx { flow: true, ..visitor.page_cx(app) }
}

fn page(
    cx: &PageCx,
    order: &Order,
    lines: &[Line],
    (chosen, why): (&str, &str),
    trouble: &Trouble,
) -> Markup {
    let t = OrderPages::of(cx.locale);
    let path = order_path(order.id);
    let named: Vec<(String, String)> = lines
        .iter()
        .map(|line| (line.id.to_string(), format!("{} · {}", line.title.get(cx.locale), line.total)))
        .collect();
    let choices: Vec<Choice<'_>> = named.iter().map(|(id, name)| Choice::new(id, name)).collect();
    let first = named.first().map_or("", |(id, _)| id.as_str());
    let chosen = if chosen.is_empty() { first } else { chosen };
    let body = html! {
        h1 { (t.refund_title) }
        p { (order.title.get(cx.locale)) " · " span.num { (order.number()) } }
        (trouble.summary(cx, html! {}))
        @if lines.is_empty() {
            (card::plain(html! { p { (t.refund_none) } }))
            div.acts { (button_link(&path, Common::of(cx.locale).btn_back, "")) }
        } @else {
            (card::plain(html! { p { (t.refund_meaning) } }))
            (form::form(cx, "refund", &format!("{path}/refund"), None, html! {
                (Field::new("line", t.refund_what).value(chosen).error(trouble.on("line")).radios(cx, &choices))
                (Field::new("reason", t.refund_why).hint(t.refund_why_hint).value(why).error(trouble.on("reason")).textarea(cx, REASON_MAX))
                div.acts {
                    button.btn.main data-busy=(Common::of(cx.locale).working) { (t.btn_ask_refund) }
                    (button_link(&path, Common::of(cx.locale).btn_back, "sec"))
                }
            }))
        }
    };
    let frame = Page::new(t.refund_title).narrow().scripts(&["form"]).errors(trouble.any());
    shell::flow(cx, &frame, &path, Exit::Link(&path), body)
}

async fn ask(State(app): State<App>, Path(order): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let (order, lines) = load(&app, visitor, id(&order)?).await?;
    // What cannot be asked for any more is refused by the operation, in words.
    let wanted: LineId = form.id("line").ok_or(EdgeError::NotFound)?;
    let guard = visitor.guard(&app);
    let asked = refund::request(&app.cx, &app.fulfilment, &guard, &visitor.actor, wanted, form.get("reason"));
    match asked.await {
        Ok(()) => Ok(see_other(&order_path(order.id))),
        Err(error) => {
            let cx = page_cx(&app, visitor);
            let typed = (form.get("line"), form.get("reason"));
            let page = |trouble: Trouble| {
                let about_reason = trouble.code == "fulfilment.reason_needed";
                let trouble = if about_reason { trouble.at("reason") } else { trouble };
                page(&cx, &order, &lines, typed, &trouble)
            };
            Ok(reply::again(error.into(), page, visitor.locale)?.into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Locale;

    use super::*;
    use crate::console::tests::{line, order};

    #[test]
    fn u10_what_it_leads_to_stands_before_the_button_and_nothing_typed_is_lost() {
        for locale in Locale::ALL {
            let order = order();
            let cx = PageCx::guest(locale, "/orders/x/refund", order.placed_at);
            let t = OrderPages::of(locale);
            let id = line().id.to_string();
            let trouble = Trouble::field_is("reason", "wrong-words");
            let typed = (id.as_str(), "the <box> was empty");
            let shown = page(&cx, &order, &[line()], typed, &trouble).into_string();
            assert!(shown.find(t.refund_meaning) < shown.find("id=\"refund\""), "{shown}");
            assert!(shown.contains("the &lt;box&gt; was empty") && shown.contains("wrong-words"));
            assert!(shown.contains(&format!("value=\"{id}\"")));
            let none = page(&cx, &order, &[], ("", ""), &Trouble::default()).into_string();
            assert!(none.contains(t.refund_none) && !none.contains("id=\"refund\""));
        }
    }
}
