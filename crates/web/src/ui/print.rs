//! Documents as print pages (D4, V5): receipt, statement, confirmation. On screen a sheet of paper; in print only the sheet.

use kernel::{Money, Timestamp};
use maud::{Markup, html};

use super::{PageCx, money, time};
use crate::i18n::{Common, Data};

/// One line of a document.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    pub item: &'a str,
    pub quantity: u64,
    pub unit_price: Money,
    pub amount: Money,
}

/// A document: kind and number, facts, lines, total in figures and capitals, who issued it when.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// 电子收据, 对账单.
    pub title: &'a str,
    pub number: &'a str,
    pub facts: Vec<(&'a str, String)>,
    pub lines: Vec<Line<'a>>,
    pub total: Money,
    pub issuer: &'a str,
    pub issued_at: Timestamp,
    /// Below the total: how to verify, what it is not. May be empty.
    pub note: &'a str,
}

/// The sheet. The print button needs script; without it the browser's own print command does the same.
pub fn sheet(cx: &PageCx, sheet: &Sheet<'_>) -> Markup {
    let (t, data) = (Common::of(cx.locale), Data::of(cx.locale));
    html! {
        article.sheet {
            header { h1 { (sheet.title) } p.num.muted.sm { (sheet.number) } }
            dl.facts2 { @for (term, value) in &sheet.facts { div { dt { (term) } dd.num { (value) } } } }
            table {
                thead {
                    tr {
                        th scope="col" { (data.item) }
                        th.r scope="col" { (data.quantity) }
                        th.r scope="col" { (data.unit_price_yuan) }
                        th.r scope="col" { (data.amount_yuan) }
                    }
                }
                tbody {
                    @for line in &sheet.lines {
                        tr {
                            th scope="row" { (line.item) }
                            td.r.num { (line.quantity) }
                            td.r { (money::plain(line.unit_price)) }
                            td.r { (money::plain(line.amount)) }
                        }
                    }
                }
            }
            p.sum-total { (t.total) " " (money::large(sheet.total)) }
            p.capital { (money::capital(cx, sheet.total)) }
            footer.sm.muted {
                @if !sheet.note.is_empty() { p { (sheet.note) } }
                p { (sheet.issuer) " · " (time::full(cx, sheet.issued_at)) }
            }
        }
        p.noprint { button.btn.js-only type="button" data-print { (t.btn_print) } }
    }
}
