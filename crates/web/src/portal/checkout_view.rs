//! How the payer gets to pay where no page of a gateway takes over: a code to scan, or an account to send money to.

use connectors::Checkout;
use kernel::Money;
use maud::{Markup, html};
use ordering::payment::{Attempt, AttemptState, PaymentView};

use crate::edge::{PostForm, Visitor};
use crate::i18n::PayWords;
use crate::ui::summary::{Answer, summary_list};
use crate::ui::{PageCx, confirm, qr};

/// What was chosen of the places of [`super::pay`].
pub(super) fn screen(form: &PostForm) -> connectors::Screen {
    match form.get("screen") {
        "phone" => connectors::Screen::Phone,
        _ => connectors::Screen::Computer,
    }
}

/// The address the request came from, where it is known.
pub(super) fn payer_address(visitor: &Visitor) -> Option<String> {
    Some(visitor.actor.address.clone()).filter(|address| !address.is_empty())
}

/// The attempt that can be paid now without leaving for a gateway's page.
pub(super) fn payable_here(view: &PaymentView) -> Option<(&Attempt, &Checkout)> {
    let open = view.attempts.iter().rev().find(|attempt| attempt.state == AttemptState::Open)?;
    let checkout = open.checkout.as_ref().filter(|checkout| is_shown_here(checkout))?;
    Some((open, checkout))
}

/// Whether our own page tells how to pay.
pub(super) fn is_shown_here(checkout: &Checkout) -> bool {
    matches!(checkout, Checkout::Code { .. } | Checkout::BankTransfer { .. })
}

/// The code, or the account with everything to copy.
pub(super) fn way(cx: &PageCx, gateway: &str, checkout: &Checkout, amount: Money) -> Markup {
    let t = PayWords::of(cx.locale);
    match checkout {
        Checkout::Code { text } => {
            let app = super::orderside::method_word(cx.locale, gateway);
            html! {
                p { (t.scan(app)) }
                p { (qr::code(text, &t.scan(app))) }
                p.muted.sm { (t.scan_here) }
            }
        }
        Checkout::BankTransfer { bank, holder, account, reference } => {
            let plain = amount.to_decimal();
            let mut rows = vec![
                Answer::text(t.bank, bank.get(cx.locale), None),
                Answer { label: t.holder, value: confirm::copyable(cx, holder, t.holder), change: None },
                Answer { label: t.account, value: confirm::copyable(cx, account, t.account), change: None },
                Answer { label: t.amount, value: confirm::copyable(cx, &plain, t.amount), change: None },
            ];
            if !reference.is_empty() {
                let value = confirm::copyable(cx, reference, t.purpose);
                rows.push(Answer { label: t.purpose, value, change: None });
            }
            html! {
                p { (t.transfer) }
                (summary_list(cx, &rows))
                @if !reference.is_empty() { p.muted.sm { (t.transfer_purpose) } }
            }
        }
        Checkout::Page { .. } | Checkout::Script { .. } => html! {},
    }
}
