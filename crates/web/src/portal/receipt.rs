//! The receipt as a print page (D4), and `/verify`, where anybody who holds number and code sees what it says.

use ::documents::{Document as Paper, Kind as PaperKind, Verified};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use fulfilment::document::{self, Document};
use kernel::Money;
use maud::{Markup, html};
use ordering::order::{Order, query};
use serde::Deserialize;

use super::orderside::{id, method_word, order_path};
use crate::app::App;
use crate::edge::{Refused, Visitor};
use crate::i18n::{Common, DocumentWords, ReceiptWords};
use crate::ui::form::Field;
use crate::ui::shell::{self, Nav};
use crate::ui::summary::{Answer, summary_list};
use crate::ui::{Kind, Page, PageCx, banner, button_link, card, empty, link, print, time};

pub(crate) fn router() -> Router<App> {
    Router::new().route("/orders/{id}/receipt", get(show)).route("/verify", get(verify))
}

/// Which of an order's receipts, from 1.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    n: Option<usize>,
}

impl Which {
    /// Its place among them, from 0.
    pub(super) fn place(&self) -> usize {
        self.n.unwrap_or(1).saturating_sub(1)
    }
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
    Query(which): Query<Which>,
) -> Result<Markup, Refused> {
    let order = query::get(&app.cx, &visitor.actor, id(&order)?).await?;
    let receipts = document::receipt(&app.cx, &visitor.actor, order.id).await?;
    let place = which.place();
    let url = format!("{}/verify", app.settings.public_url);
    Ok(page(&visitor.page(&app).await?, &order, &receipts, place, &url))
}

fn page(cx: &PageCx, order: &Order, receipts: &[Document], place: usize, verify_url: &str) -> Markup {
    let t = ReceiptWords::of(cx.locale);
    let path = order_path(order.id);
    // A number that is none shows the first.
    let place = if place < receipts.len() { place } else { 0 };
    let chosen = receipts.get(place);
    let body = html! {
        (shell::back_link(&path, t.back))
        @match chosen {
            Some(receipt) => {
                (sheet(cx, receipt, verify_url))
                p.noprint { (button_link(&format!("{path}/receipt.pdf?n={}", place.saturating_add(1)), DocumentWords::of(cx.locale).pdf, "sec")) }
            }
            None => { h1 { (t.title) } (empty::empty(t.none, Some(button_link(&path, t.back, "sec")))) }
        }
        @if receipts.len() > 1 {
            nav.noprint aria-label=(t.others) {
                p.muted { (t.others) }
                ul { @for (index, receipt) in receipts.iter().enumerate() {
                    @let number = index.saturating_add(1);
                    li { (link(&format!("{path}/receipt?n={number}"), &t.other(number))) " · " (receipt.facts.item.get(cx.locale)) }
                } }
            }
        }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Orders).narrow(), body)
}

fn sheet(cx: &PageCx, receipt: &Document, verify_url: &str) -> Markup {
    let t = ReceiptWords::of(cx.locale);
    let facts = &receipt.facts;
    let mut rows = vec![
        (t.order_number, facts.order_number.clone()),
        (t.placed_at, time::full_text(cx.locale, facts.placed_at)),
        (t.paid_with, method_word(cx.locale, &facts.payment).to_owned()),
        (t.seller, facts.payee(cx.locale).to_owned()),
        (t.currency_label, t.currency.to_owned()),
        (t.code, receipt.code.clone()),
    ];
    rows.extend(facts.rows.iter().map(|row| (row.label.get(cx.locale), row.value.get(cx.locale).to_owned())));
    print::sheet(
        cx,
        &print::Sheet {
            title: t.title,
            number: &receipt.number,
            facts: rows,
            lines: vec![print::Line {
                item: facts.item.get(cx.locale),
                quantity: u64::try_from(facts.quantity).unwrap_or(1),
                unit_price: facts.unit,
                amount: facts.total,
            }],
            total: facts.total,
            issuer: Common::of(cx.locale).brand,
            issued_at: receipt.issued_at,
            note: &t.note(verify_url),
        },
    )
}

/// What stands on the paper.
#[derive(Debug, Default, Deserialize)]
struct Given {
    number: Option<String>,
    code: Option<String>,
}

async fn verify(
    State(app): State<App>,
    visitor: Visitor,
    Query(given): Query<Given>,
) -> Result<Markup, Refused> {
    let (number, code) = (given.number.unwrap_or_default(), given.code.unwrap_or_default());
    let found = if number.trim().is_empty() && code.trim().is_empty() {
        Found::NotAsked
    } else {
        match ::documents::document::verify(&app.cx, number.trim(), code.trim()).await {
            Ok(Verified::Receipt(document)) => Found::True(document),
            Ok(Verified::Paper { document, taken_back_by }) => Found::Paper(document, taken_back_by),
            Err(::documents::Error::NotFound) => Found::False,
            Err(error) => return Err(error.into()),
        }
    };
    Ok(verify_page(&visitor.page(&app).await?, &number, &code, &found))
}

/// What is known about the paper.
enum Found {
    NotAsked,
    False,
    True(Box<Document>),
    /// Any other kind, with the number of what took it back.
    Paper(Box<Paper>, Option<String>),
}

fn verify_page(cx: &PageCx, number: &str, code: &str, found: &Found) -> Markup {
    let t = ReceiptWords::of(cx.locale);
    let body = html! {
        h1 { (t.verify_title) }
        p.muted { (t.verify_intro) }
        @match found {
            Found::True(document) => { (banner::banner(Kind::Ok, t.verify_true, html! { p { (t.verify_compare) } })) (facts(cx, document)) }
            Found::Paper(document, taken_back_by) => { (paper(cx, document, taken_back_by.as_deref())) }
            Found::False => { (banner::banner(Kind::Bad, t.verify_false, html! {})) }
            Found::NotAsked => {}
        }
        form.stack action="/verify" {
            (Field::new("number", t.verify_number).hint(t.verify_hint_number).value(number).text(cx, 40))
            (Field::new("code", t.code).hint(t.verify_hint_code).value(code).text(cx, 40))
            div.acts { button.btn.main { (t.btn_verify) } }
        }
    };
    shell::portal(cx, &Page::new(t.verify_title).narrow().public(), body)
}

/// What the document says, without the answers: whoever holds the paper has them on it.
fn facts(cx: &PageCx, document: &Document) -> Markup {
    let t = ReceiptWords::of(cx.locale);
    let facts = &document.facts;
    let (amount, issued) = (amount_text(facts.total), time::full_text(cx.locale, document.issued_at));
    let rows = [
        Answer::text(t.number, &document.number, None),
        Answer::text(t.order_number, &facts.order_number, None),
        Answer::text(t.item, facts.item.get(cx.locale), None),
        Answer::text(t.amount, &amount, None),
        Answer::text(t.seller, facts.payee(cx.locale), None),
        Answer::text(t.issued_at, &issued, None),
    ];
    card::plain(summary_list(cx, &rows))
}

/// Says whether it still counts, and what stands on it. Facts only where they are of business, so that a name of a person is not told.
fn paper(cx: &PageCx, document: &Paper, taken_back_by: Option<&str>) -> Markup {
    let (t, words) = (ReceiptWords::of(cx.locale), DocumentWords::of(cx.locale));
    let (amount, issued) = (document.amount.to_string(), time::full_text(cx.locale, document.issued_at));
    let mut rows = vec![
        Answer::text(words.kind, document.kind.words(cx.locale), None),
        Answer::text(words.number, &document.number, None),
        Answer::text(t.amount, &amount, None),
        Answer::text(t.issued_at, &issued, None),
    ];
    let shown: &[_] = if document.kind == PaperKind::Statement { &[] } else { &document.sheet.facts };
    rows.extend(
        shown.iter().chain(&document.sheet.totals).map(|fact| Answer::text(&fact.term, &fact.value, None)),
    );
    html! {
        @match taken_back_by {
            Some(number) => { (banner::banner(Kind::Bad, words.taken_back, html! { p { (words.taken_back_by(number)) } })) }
            None => { (banner::banner(Kind::Ok, words.true_paper, html! { p { (t.verify_compare) } })) }
        }
        (card::plain(summary_list(cx, &rows)))
    }
}

/// `¥50.00（伍拾元整）`: both forms, as documents have them.
fn amount_text(amount: Money) -> String {
    format!("{amount}（{}）", amount.to_capital())
}

#[cfg(test)]
mod tests {
    use fulfilment::DocumentId;
    use fulfilment::document::Facts;
    use kernel::{AccountId, Locale, Text};
    use ordering::LineId;

    use super::*;
    use crate::portal::progress::tests::order;

    fn receipt() -> Document {
        let order = order();
        Document {
            id: DocumentId(9),
            kind: "receipt".to_owned(),
            number: kernel::order_number(9),
            order: order.id,
            line: LineId(3),
            customer: AccountId(7),
            facts: Facts {
                order_number: order.number(),
                service: Text::new("话费充值", "Mobile top-up"),
                item: order.title.clone(),
                offering: Text::new("50 元", "¥50"),
                quantity: 1,
                unit: order.total,
                total: order.total,
                total_capital: order.total.to_capital(),
                payment: "balance".to_owned(),
                seller: "telecom-demo".to_owned(),
                seller_name: Some(Text::new("演示通信公司", "Demo Telecom")),
                placed_at: order.placed_at,
                issued_at: order.placed_at,
                rows: Vec::new(),
            },
            code: "7Q2M-9K4T-XB".to_owned(),
            issued_at: order.placed_at,
        }
    }

    #[test]
    fn the_receipt_has_number_amount_capitals_and_code() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/orders/x/receipt", order().placed_at);
            let page = page(&cx, &order(), &[receipt()], 0, "http://127.0.0.1:8024/verify").into_string();
            for part in ["50.00", "伍拾元整", "7Q2M-9K4T-XB", &kernel::order_number(9), &order().number()]
            {
                assert!(page.contains(part), "{part}");
            }
            assert!(page.contains(receipt().facts.payee(locale)) && !page.contains("telecom-demo"));
        }
    }

    #[test]
    fn verification_tells_true_from_false() {
        for locale in Locale::ALL {
            let (cx, t) = (PageCx::guest(locale, "/verify", order().placed_at), ReceiptWords::of(locale));
            let told = |found| verify_page(&cx, "", "", &found).into_string();
            assert!(told(Found::True(Box::new(receipt()))).contains(t.verify_true));
            assert!(told(Found::False).contains(t.verify_false));
            let fresh = told(Found::NotAsked);
            assert!(!fresh.contains(t.verify_true) && !fresh.contains(t.verify_false));
        }
    }
}
