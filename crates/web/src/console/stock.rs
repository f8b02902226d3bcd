//! Goods and slots: what is on hand, promised and free; corrections with a reason, by the same guard as every order (S4).

use axum::extract::{Path, Query, State};
use axum::response::Response;
use catalogue::stock::{self, Adjust, Change, StockFilter, StockItem};
use kernel::{FieldError, Page, Permission};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, ROWS, Tried, next_href, reason_field};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, form as posted, seal};
use crate::i18n::{State as StateWords, Stock};
use crate::ui::console::ConsoleNav;
use crate::ui::form::Choice;
use crate::ui::summary::{self, Answer};
use crate::ui::table::{self, Column, Row, View};
use crate::ui::{Kind, PageCx, card, empty, form, status, time};

const PATH: &str = "/console/stock";
const NAV: ConsoleNav = ConsoleNav::Stock;
/// So few are little.
const LOW: i64 = 5;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Permission::ReadStock, page)
        .get("/console/stock/{sku}", Permission::ReadStock, one)
        .post("/console/stock/{sku}", Permission::WriteStock, adjust)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    view: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

impl Wish {
    fn filter(&self) -> StockFilter {
        if self.view.as_deref() == Some("slots") { StockFilter::Slots } else { StockFilter::Goods }
    }
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let filter = wish.filter();
    let list = format!("console.stock.{filter:?}");
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = stock::list(&app.cx, &staff.actor, filter, request).await?;
    let kept = [("view", wish.view.as_deref().unwrap_or_default())];
    let next = next_href(&app, &list, PATH, &kept, next);
    let first = wish.after.as_deref().map(|_| frame::href(PATH, &kept));
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (view(&frame.cx, filter, &items))
        (table::pager(&frame.cx, first.as_deref(), next.as_deref()))
    };
    Ok(frame.page(Stock::of(frame.cx.locale).title, NAV, html! {}, body))
}

fn address(sku: &str) -> String {
    format!("{PATH}/{}", posted::encode(sku))
}

fn view(cx: &PageCx, filter: StockFilter, items: &[StockItem]) -> Markup {
    let t = Stock::of(cx.locale);
    let views = [
        View { label: t.goods, href: PATH.to_owned(), count: None, current: filter == StockFilter::Goods },
        View {
            label: t.slots,
            href: frame::href(PATH, &[("view", "slots")]),
            count: None,
            current: filter == StockFilter::Slots,
        },
    ];
    let row = |item: &StockItem| {
        let target = address(&item.sku);
        let number = |n: i64| html! { span.num { (n) } };
        Row::new(vec![
            html! { a href=(target) { (item.sku) } },
            number(item.available()),
            number(item.on_hand),
            number(item.allocated),
            number(item.reserved),
            level(cx, item),
            time::stamp(cx, item.updated_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.sku),
        Column::number(t.available),
        Column::number(t.on_hand),
        Column::number(t.allocated),
        Column::number(t.reserved),
        Column::new(t.state),
        Column::new(t.updated),
    ];
    let rows = items.iter().map(row).collect();
    html! {
        (table::views(cx, &views))
        @if items.is_empty() { (empty::empty(t.empty, None)) }
        @else { (frame::table(cx, t.title, columns, rows)) }
    }
}

fn level(cx: &PageCx, item: &StockItem) -> Markup {
    let t = StateWords::of(cx.locale);
    match item.available() {
        ..=0 => status::word(Kind::Bad, t.out_of_stock),
        1..LOW => status::word(Kind::Warn, t.low_stock),
        _ => status::word(Kind::Ok, t.in_stock),
    }
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(sku): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, &sku, Tried::default(), wish.done.as_deref()).await
}

async fn show(
    app: &App,
    staff: &Staff,
    sku: &str,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?;
    let item = stock::get(&app.cx, &staff.actor, sku).await?;
    let body = html! {
        (frame::done(&frame.cx, done))
        (detail(&frame.cx, &item, &tried))
    };
    Ok(frame.form_page(&item.sku, NAV, &tried, body))
}

fn detail(cx: &PageCx, item: &StockItem, tried: &Tried) -> Markup {
    let t = Stock::of(cx.locale);
    let row = |label, value| Answer { label, value, change: None };
    let number = |n: i64| html! { span.num { (n) } };
    let rows = [
        row(t.sku, html! { code { (item.sku) } }),
        row(t.state, level(cx, item)),
        row(t.available, number(item.available())),
        row(t.on_hand, number(item.on_hand)),
        row(t.allocated, number(item.allocated)),
        row(t.reserved, number(item.reserved)),
        row(t.updated, time::full(cx, item.updated_at)),
    ];
    let how = [Choice::new("count", t.count), Choice { hint: Some(t.by_hint), ..Choice::new("by", t.by) }];
    let mut change = tried.field("change", t.how);
    if change.value.is_empty() {
        change = change.value("count");
    }
    let fields = html! {
        (change.radios(cx, &how))
        (tried.field("number", t.number).text(cx, 12))
        (reason_field(cx, tried, "reason"))
        button.btn { (t.btn_adjust) }
    };
    html! {
        div.two {
            (card::card("facts", t.facts, None, summary::summary_list(cx, &rows)))
            (card::card("adjust", t.adjust, None, html! {
                @if cx.may(Permission::WriteStock) { (form::form(cx, "adjust-form", &address(&item.sku), None, fields)) }
                @else { p.muted { (t.needs) } }
            }))
        }
    }
}

async fn adjust(
    State(app): State<App>,
    staff: Staff,
    Path(sku): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let result = correct(&app, &staff, &sku, &form).await;
    let target = result.map(|()| format!("{}?done=adjusted", address(&sku)));
    frame::answer(target, &form, "reason", |tried| show(&app, &staff, &sku, tried, None)).await
}

async fn correct(app: &App, staff: &Staff, sku: &str, form: &PostForm) -> Result<(), Refused> {
    let Some(number) = form.number("number") else {
        let (zh, en) = ("填写整数，例如 12", "Enter a whole number, like 12");
        let fields = vec![FieldError::new("/number", "web.number_needed", zh, en)];
        return Err(EdgeError::Shape { fields }.into());
    };
    let change = if form.get("change") == "by" { Change::By(number) } else { Change::Count(number) };
    let wish = Adjust { sku: sku.to_owned(), change, reason: form.get("reason").to_owned() };
    stock::adjust(&app.cx, &staff.actor, wish).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{each_language, stock_item};

    #[test]
    fn what_is_free_is_told_by_number_and_word() {
        each_language(|cx| {
            let items = [(0, Kind::Bad), (4, Kind::Warn), (50, Kind::Ok)];
            for (free, kind) in items {
                let page = level(cx, &stock_item(free)).into_string();
                assert!(page.contains(kind.class()), "{free}");
            }
            let page = view(cx, StockFilter::Goods, &[stock_item(4)]).into_string();
            assert!(page.contains("/console/stock/slot%3Ahome%3A2026-11-22%3A0900-1100"));
            page
        });
    }

    #[test]
    fn the_correction_asks_for_a_reason() {
        each_language(|cx| {
            let page = detail(cx, &stock_item(4), &Tried::default()).into_string();
            assert!(page.contains(r#"name="reason""#) && page.contains(r#"name="number""#));
            page
        });
    }
}
