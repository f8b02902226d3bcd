//! Invoices: one's own, the book of titles, and asking for the invoice of an order.

use ::documents::invoice::{self, Invoice, InvoiceState};
use ::documents::title::{self, NewTitle, Title};
use ::documents::{PaperId, TitleId, TitleKind};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kernel::{FieldError, Permission};
use maud::{Markup, html};
use ordering::OrderId;
use ordering::order::{Order, query};

use super::account::After;
use super::orderside::{id, order_path};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, seal};
use crate::i18n::{AccountWords, InvoiceWords as Words, OrderPages};
use crate::ui::form::{self, Choice, Field};
use crate::ui::table::{self, Column, Row, Table};
use crate::ui::{self, Kind, Nav, Page, PageCx, card, empty, link, money, shell, status, time};

const PATH: &str = "/invoices";
const TITLES: &str = "/invoices/titles";
/// What cursors of the list are sealed with.
const LIST: &str = "portal.invoices";
const LISTED: u16 = 20;
/// The choice of a title that is typed there and then.
const ANOTHER: &str = "new";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(list))
        .route(TITLES, get(titles).post(add))
        .route("/invoices/titles/{id}/remove", post(remove))
        .route("/orders/{id}/invoice", get(show).post(ask))
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(after): Query<After>,
) -> Result<Response, Refused> {
    visitor.customer()?;
    let wanted = seal::page(&app, LIST, after.after.as_deref(), None, LISTED)?;
    let found = invoice::list_own(&app.cx, &visitor.actor, &wanted).await?;
    let next = found.next.map(|position| format!("{PATH}?after={}", seal::cursor(&app, LIST, position)));
    let first = after.after.is_some().then_some(PATH);
    Ok(list_page(&visitor.page(&app).await?, &found.items, first, next.as_deref()).into_response())
}

fn list_page(cx: &PageCx, items: &[Invoice], first: Option<&str>, next: Option<&str>) -> Markup {
    let t = Words::of(cx.locale);
    let row = |it: &Invoice| {
        let path = format!("{}/invoice", order_path(it.order));
        Row::new(vec![
            link(&path, &kernel::order_number(it.order.raw())),
            html! { (it.title.name) },
            money::money(it.amount),
            state_tag(cx, it.state),
            time::stamp(cx, it.asked_at),
            papers(cx, it),
        ])
        .href(path)
    };
    let columns = vec![
        Column::new(t.order),
        Column::new(t.buyer),
        Column::number(t.amount),
        Column::new(t.state),
        Column::new(t.asked_at),
        Column::new(t.papers),
    ];
    let rows: Vec<Row<'_>> = items.iter().map(row).collect();
    let body = html! {
        (shell::back_link("/account", AccountWords::of(cx.locale).title))
        h1 { (t.title) }
        @if rows.is_empty() {
            (empty::empty(t.none, Some(ui::button_link("/orders", OrderPages::of(cx.locale).all_orders, "sec"))))
        } @else {
            (table::data_table(cx, &Table { caption: t.title, columns, rows, stack: true, ..Table::default() }))
            (table::pager(cx, first, next))
        }
        div.acts { (ui::button_link(TITLES, t.btn_titles, "sec")) }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me), body)
}

/// How an invoice stands, as customers and staff see it.
pub(crate) fn state_tag(cx: &PageCx, state: InvoiceState) -> Markup {
    let kind = match state {
        InvoiceState::Requested => Kind::Info,
        InvoiceState::Issued => Kind::Ok,
        InvoiceState::Refused => Kind::Bad,
        InvoiceState::Reversed => Kind::Warn,
    };
    status::tag(kind, state.words(cx.locale))
}

/// The documents that came of a request.
pub(crate) fn papers(cx: &PageCx, it: &Invoice) -> Markup {
    let t = Words::of(cx.locale);
    let page = |paper: PaperId| format!("/documents/{paper}");
    html! {
        @if let Some(paper) = it.paper { (link(&page(paper), t.invoice)) }
        @if let Some(red) = it.red_paper { " " (link(&page(red), t.red)) }
        @if it.paper.is_none() { "—" }
    }
}

/// A title as it is typed; nobody has said yet whose it is on the first showing.
#[derive(Debug, Default)]
struct Typed {
    /// An id, or [`ANOTHER`].
    which: String,
    kind: String,
    name: String,
    tax_number: String,
}

impl Typed {
    fn of(form: &PostForm) -> Self {
        let text = |name: &str| form.get(name).to_owned();
        Self { which: text("title"), kind: text("kind"), name: text("name"), tax_number: text("tax_number") }
    }

    fn new_title(&self) -> Result<NewTitle, Refused> {
        let kind = TitleKind::from_name(&self.kind).ok_or_else(|| wrong("/kind", |t| t.choose_kind))?;
        Ok(NewTitle { kind, name: self.name.clone(), tax_number: self.tax_number.clone() })
    }
}

/// A choice that was not made.
fn wrong(pointer: &str, words: fn(&Words) -> &'static str) -> Refused {
    let [zh, en] = [kernel::Locale::Zh, kernel::Locale::En].map(|locale| words(Words::of(locale)));
    EdgeError::Shape { fields: vec![FieldError::new(pointer, "web.choice_needed", zh, en)] }.into()
}

async fn titles(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.customer()?;
    let found = title::list(&app.cx, &visitor.actor).await?;
    let page = titles_page(&visitor.page(&app).await?, &found, &Typed::default(), &Trouble::default());
    Ok(page.into_response())
}

async fn add(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let (typed, actor) = (Typed::of(&form), &form.visitor.actor);
    let result = match typed.new_title() {
        Ok(new) => title::add(&app.cx, actor, &new).await.map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    let refused = match result {
        Ok(_) => return Ok(see_other(TITLES)),
        Err(refused) if refused.leads_away() => return Err(refused),
        Err(refused) => refused,
    };
    let found = title::list(&app.cx, actor).await?;
    let cx = form.visitor.page(&app).await?;
    reply::again(refused, |trouble| titles_page(&cx, &found, &typed, &trouble), form.visitor.locale)
}

async fn remove(
    State(app): State<App>,
    Path(text): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let title: TitleId = id(&text)?;
    title::remove(&app.cx, &form.visitor.actor, title).await?;
    Ok(see_other(TITLES))
}

fn title_words(title: &Title) -> String {
    match &title.facts.tax_number {
        Some(number) => format!("{} · {number}", title.facts.name),
        None => title.facts.name.clone(),
    }
}

fn titles_page(cx: &PageCx, titles: &[Title], typed: &Typed, trouble: &Trouble) -> Markup {
    let t = Words::of(cx.locale);
    let may = cx.may(Permission::ActAsCustomer);
    let row = |title: &Title| {
        html! {
            li.row {
                div.grow { (title_words(title)) }
                @if may {
                    form.inline method="post" action={ (TITLES) "/" (title.id) "/remove" } data-once {
                        (form::csrf(cx))
                        button.btn.text aria-label=(t.remove_what(&title.facts.name)) { (t.btn_remove) }
                    }
                }
            }
        }
    };
    let body = html! {
        (shell::back_link(PATH, t.title))
        h1 { (t.titles) }
        (trouble.summary(cx, html! {}))
        @if titles.is_empty() { (card::plain(html! { p { (t.no_titles) } })) } @else {
            (card::plain(html! { ul.rows { @for title in titles { (row(title)) } } }))
        }
        @if may {
            (card::card("new-title", t.add, None, form::form(cx, "title-form", TITLES, None, html! {
                (title_fields(cx, typed, trouble))
                (form::actions(cx, t.btn_add, None))
            })))
        }
    };
    shell::portal(
        cx,
        &Page::new(t.titles).nav(Nav::Me).narrow().errors(trouble.any()).scripts(&["form"]),
        body,
    )
}

fn title_fields(cx: &PageCx, typed: &Typed, trouble: &Trouble) -> Markup {
    let t = Words::of(cx.locale);
    let kinds = [Choice::new("person", t.person), Choice::new("company", t.company)];
    let field = |name, label, value| Field::new(name, label).value(value).error(trouble.on(name));
    html! {
        (field("kind", t.kind, &typed.kind).radios(cx, &kinds))
        (field("name", t.name, &typed.name).text(cx, 100))
        (Field { when: Some(("kind", "company")), ..field("tax_number", t.tax_number, &typed.tax_number) }.hint(t.tax_hint).text(cx, 18))
    }
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<Response, Refused> {
    visitor.customer()?;
    let order = query::get(&app.cx, &visitor.actor, id(&text)?).await?;
    Ok(of_order(&app, &visitor, &order, &Typed::default(), &Trouble::default()).await?.into_response())
}

/// The page of an order's invoice: how it stands, or the form that asks for it.
async fn of_order(
    app: &App,
    visitor: &Visitor,
    order: &Order,
    typed: &Typed,
    trouble: &Trouble,
) -> Result<Markup, Refused> {
    let found = invoice::of_order(&app.cx, &visitor.actor, order.id).await?;
    let titles = title::list(&app.cx, &visitor.actor).await?;
    Ok(order_page(&visitor.page(app).await?, order, found.as_ref(), &titles, typed, trouble))
}

async fn ask(State(app): State<App>, Path(text): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let (order, typed): (OrderId, _) = (id(&text)?, Typed::of(&form));
    let refused = match asked(&app, &form, order, &typed).await {
        Ok(()) => return Ok(see_other(&format!("{}/invoice", order_path(order)))),
        Err(refused) if refused.leads_away() => return Err(refused),
        Err(refused) => refused,
    };
    let order = query::get(&app.cx, &form.visitor.actor, order).await?;
    let trouble = Trouble::of(&refused, form.visitor.locale);
    let page = of_order(&app, &form.visitor, &order, &typed, &trouble).await?;
    reply::again(refused, |_| page, form.visitor.locale)
}

async fn asked(app: &App, form: &PostForm, order: OrderId, typed: &Typed) -> Result<(), Refused> {
    let actor = &form.visitor.actor;
    let title = match typed.which.as_str() {
        ANOTHER => title::add(&app.cx, actor, &typed.new_title()?).await?.id,
        text => text.parse().map_err(|_| wrong("/title", |t| t.choose))?,
    };
    invoice::ask(&app.cx, actor, order, title).await?;
    Ok(())
}

fn order_page(
    cx: &PageCx,
    order: &Order,
    found: Option<&Invoice>,
    titles: &[Title],
    typed: &Typed,
    trouble: &Trouble,
) -> Markup {
    let t = Words::of(cx.locale);
    // What was refused or reversed may be asked for anew.
    let stands = found.is_some_and(|it| matches!(it.state, InvoiceState::Requested | InvoiceState::Issued));
    let title = if stands { t.invoice } else { t.ask_title };
    let body = html! {
        (shell::back_link(&order_path(order.id), t.btn_order))
        h1 { (title) }
        p.muted { (order.title.get(cx.locale)) br; span.num { (order.number()) } }
        (trouble.summary(cx, html! {}))
        @if let Some(it) = found { (card::plain(standing(cx, it))) }
        @if !order.state.is_final() { (card::plain(html! { p { (t.not_ended) } })) }
        @else if !stands && cx.may(Permission::ActAsCustomer) { (ask_form(cx, order, titles, typed, trouble)) }
        p { (link(PATH, t.title)) }
    };
    shell::portal(
        cx,
        &Page::new(title).nav(Nav::Orders).narrow().errors(trouble.any()).scripts(&["form"]),
        body,
    )
}

fn standing(cx: &PageCx, it: &Invoice) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        p { (state_tag(cx, it.state)) " " (money::money(it.amount)) }
        p { (it.title.name) }
        @if let Some(reason) = &it.reason { p { (t.because) (cx.pick("：", ": ")) (reason) } }
        @if it.paper.is_some() { p { (papers(cx, it)) } }
        p.muted.sm { (t.asked_at) " " (time::full(cx, it.asked_at)) }
    }
}

fn ask_form(cx: &PageCx, order: &Order, titles: &[Title], typed: &Typed, trouble: &Trouble) -> Markup {
    let t = Words::of(cx.locale);
    let known: Vec<(String, String)> =
        titles.iter().map(|title| (title.id.to_string(), title_words(title))).collect();
    let mut choices: Vec<Choice<'_>> = known.iter().map(|(id, words)| Choice::new(id, words)).collect();
    choices.push(Choice::new(ANOTHER, t.another));
    // The newest title is the likeliest; without one only a new one remains.
    let first = known.first().map_or(ANOTHER, |(id, _)| id.as_str());
    let which = if typed.which.is_empty() { first } else { typed.which.as_str() };
    let action = format!("{}/invoice", order_path(order.id));
    card::plain(form::form(
        cx,
        "invoice-form",
        &action,
        None,
        html! {
            p.muted { (t.ask_lead) }
            @if known.is_empty() {
                input type="hidden" name="title" value=(ANOTHER);
                (title_fields(cx, typed, trouble))
            } @else {
                (Field::new("title", t.which).value(which).error(trouble.on("title")).radios(cx, &choices))
                details.more open[which == ANOTHER] {
                    summary { (t.another) }
                    div.inside.stack { (title_fields(cx, typed, trouble)) }
                }
            }
            (form::actions(cx, t.btn_ask, None))
        },
    ))
}
