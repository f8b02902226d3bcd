//! Paying without leaving for a gateway's page (U6): a code to scan or an account to send money to, beside what it is for and how long
//! there is. Leaving and coming back shows what is true then; the page moves on by itself when the payment has.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use connectors::Checkout;
use maud::{Markup, html};
use ordering::order::Order;
use ordering::payment::{Attempt, Status};

use super::checkout_view::{payable_here, way};
use super::orderside::{id, order_path};
use super::pay::{of_order, page_cx, wait_while};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::{Refused, Visitor};
use crate::i18n::{Common, PayWords};
use crate::ui::shell::{self, Exit};
use crate::ui::{Page, PageCx, button_link, card, confirm, money, time};

pub(super) fn router() -> Router<App> {
    Router::new().route("/pay/{order}/code", get(show)).route("/pay/{order}/code/live", get(live))
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
) -> Result<Response, Refused> {
    let order = ordering::order::query::get(&app.cx, &visitor.actor, id(&order)?).await?;
    let view = of_order(&app, &visitor, order.id).await?;
    Ok(match (view.status, payable_here(&view)) {
        (Status::ToPay, Some((open, checkout))) => {
            page(&page_cx(&app, &visitor), &order, open, checkout).into_response()
        }
        (Status::ToPay, None) => see_other(&format!("/pay/{}", order.id)),
        (Status::Authorised | Status::Paid | Status::Confirming | Status::Declined | Status::Closed, _) => {
            see_other(&format!("/pay/{}/result", order.id))
        }
    })
}

fn page(cx: &PageCx, order: &Order, open: &Attempt, checkout: &Checkout) -> Markup {
    let (t, common) = (PayWords::of(cx.locale), Common::of(cx.locale));
    let live = format!("/pay/{}/code/live", order.id);
    let body = html! {
        h1 { (t.title) }
        (card::plain(html! {
            p.muted.sm { (t.due) }
            p { (money::large(open.amount)) }
            p { (order.title.get(cx.locale)) }
            p.muted.sm { (t.payee) " " (common.brand) }
            p.muted.sm { (t.order_number) " " (confirm::reference(cx, &order.number())) }
            @if let Some(until) = order.pay_by { p { (time::countdown(cx, until)) } }
        }))
        section.stack #way { (way(cx, &open.gateway, checkout, open.amount)) }
        div.acts {
            (button_link(&format!("/pay/{}/result?attempt={}", order.id, open.id), t.btn_check, ""))
            (button_link(&format!("/pay/{}", order.id), t.btn_other, "sec"))
        }
    };
    let frame = Page::new(t.title).narrow().live(&live);
    shell::flow(cx, &frame, &order_path(order.id), Exit::Link(&order_path(order.id)), body)
}

async fn live(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
) -> Result<Response, Refused> {
    wait_while(app, visitor, id(&order)?, Status::ToPay).await
}

#[cfg(test)]
mod tests {
    use kernel::{Locale, Money, Text, Timestamp};
    use ordering::payment::{AttemptId, AttemptState, PaymentId};

    use super::*;
    use crate::portal::progress::tests::order;

    fn attempt(gateway: &str) -> Attempt {
        Attempt {
            id: AttemptId(7),
            payment: PaymentId(3),
            customer: kernel::AccountId(1),
            gateway: gateway.to_owned(),
            amount: Money::cny(5_000),
            state: AttemptState::Open,
            captured: Money::cny(0),
            refunded: Money::cny(0),
            disputed: Money::cny(0),
            outcome: None,
            words: None,
            place: None,
            checkout: None,
            gateway_id: None,
            card: None,
            sequence: 1,
            polls: 0,
            next_poll_at: None,
            captured_at: None,
            authorised_until: None,
            take_by: None,
            due: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    #[test]
    fn the_page_shows_a_code_with_amount_number_and_time_left_and_moves_on_by_itself() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/pay/x/code", order().placed_at);
            let code = Checkout::Code { text: "weixin://wxpay/bizpayurl?pr=abc".to_owned() };
            let page = page(&cx, &order(), &attempt("wechat"), &code).into_string();
            for wanted in ["<svg role=\"img\"", "¥50.00", "data-until", "data-live", "<noscript>"] {
                assert!(page.contains(wanted), "{wanted} in {page}");
            }
            assert!(page.contains(&order().number()));
            assert!(!page.contains("<form method=\"post\" action=\"/pay"), "nothing here pays a second time");
        }
    }

    #[test]
    fn what_a_bank_transfer_needs_can_be_copied_piece_by_piece() {
        let cx = PageCx::guest(Locale::Zh, "/pay/x/code", order().placed_at);
        let account = Checkout::BankTransfer {
            bank: Text::new("长明银行", "Everlit Bank"),
            holder: "长明服务有限公司".to_owned(),
            account: "6225000011112222".to_owned(),
            reference: "CM7H2K9QX4".to_owned(),
        };
        let page = page(&cx, &order(), &attempt("bank_transfer"), &account).into_string();
        for copied in ["长明服务有限公司", "6225000011112222", "50.00", "CM7H2K9QX4"] {
            assert!(page.contains(&format!("data-copy=\"{copied}\"")), "{copied}");
        }
        assert!(page.contains("长明银行"));
    }
}
