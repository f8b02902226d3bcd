//! Money on pages (N1): `¥1,300.00`, always two decimals, U+2212 for minus, figures of one width. Never colour alone: where an
//! amount goes out, the page says so in words.

use kernel::Money;
use maud::{Markup, html};

use super::PageCx;
use crate::i18n::Common;

/// In running text and lists.
pub fn money(amount: Money) -> Markup {
    html! { span.num { (amount.to_string()) } }
}

/// The one large amount of a page.
pub fn large(amount: Money) -> Markup {
    html! { span.amt.num { (amount.to_string()) } }
}

/// In a table whose header names the unit.
pub fn plain(amount: Money) -> Markup {
    html! { span.num { (amount.to_plain()) } }
}

/// With an explicit sign, for entries of an account: `+¥50.00`, `−¥45.00`.
pub fn signed(amount: Money) -> Markup {
    html! { span.num { @if amount.is_positive() { "+" } (amount.to_string()) } }
}

/// The capital form of documents: 人民币大写：壹仟叁佰元整. Always Chinese, as the law has it.
pub fn capital(cx: &PageCx, amount: Money) -> Markup {
    html! { span { (Common::of(cx.locale).capital_rmb(&amount.to_capital())) } }
}
