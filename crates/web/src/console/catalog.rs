//! The catalogue: what is published, every version ever published, and publishing a pack. A pack with a mistake is refused whole; the
//! published version stays.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use catalogue::pack::{Problem, ReadPack, SourceFile};
use catalogue::service::{self, Price, ServiceVersion, VersionInfo};
use kernel::{Locale, Permission};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, Tried};
use super::words;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, form as posted};
use crate::i18n::{Common, Packs};
use crate::ui::console::ConsoleNav;
use crate::ui::summary::{self, Answer};
use crate::ui::table::{self, Column, Row, Table};
use crate::ui::{self, Kind, PageCx, banner, card, empty, form, status, time};

const PATH: &str = "/console/catalog";
const NAV: ConsoleNav = ConsoleNav::Catalogue;
const LONGEST_NAME: usize = 80;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Permission::ReadCatalogue, page)
        .get("/console/catalog/publish", Permission::PublishCatalogue, publish_page)
        .post("/console/catalog/publish", Permission::PublishCatalogue, publish)
        .get("/console/catalog/{code}", Permission::ReadCatalogue, one)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let t = Packs::of(frame.cx.locale);
    let services = app.shelf.all();
    let people = publishers(&app, &staff, services.iter().map(|v| v.published_by.as_str())).await?;
    let tools = html! {
        @if frame.cx.may(Permission::PublishCatalogue) {
            a.btn.small href="/console/catalog/publish" { (t.publish) }
        }
    };
    let list: Vec<&ServiceVersion> = services.iter().map(AsRef::as_ref).collect();
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (view(&frame.cx, &people, &list))
    };
    Ok(frame.page(t.title, NAV, tools, body))
}

async fn publishers(app: &App, staff: &Staff, labels: impl Iterator<Item = &str>) -> Result<People, Refused> {
    People::load(app, staff, frame::accounts(labels).into_iter()).await
}

fn view(cx: &PageCx, people: &People, services: &[&ServiceVersion]) -> Markup {
    let t = Packs::of(cx.locale);
    if services.is_empty() {
        return empty::empty(t.empty, None);
    }
    let row = |version: &&ServiceVersion| {
        let target = format!("{PATH}/{}", version.code);
        let price = version.service.price_from();
        Row::new(vec![
            html! { a href=(target) { (version.service.name.get(cx.locale)) } },
            html! { code { (version.code) } },
            html! { (version.vertical.name.get(cx.locale)) },
            html! { span.num { (version.version) } },
            html! { @match price { Some(price) => { span.num { (price) } } None => { span.muted { (t.quoted) } } } },
            html! { (version.file) },
            time::stamp(cx, version.published_at),
            people.actor(&version.published_by, cx.locale),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.service),
        Column::new(t.code),
        Column::new(t.vertical),
        Column::number(t.version),
        Column::number(t.price),
        Column::new(t.file),
        Column::new(t.published),
        Column::new(t.publisher),
    ];
    let rows = services.iter().map(row).collect();
    frame::table(cx, t.title, columns, rows)
}

async fn one(State(app): State<App>, staff: Staff, Path(code): Path<String>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let history = service::history(&app.cx, &staff.actor, &code).await?;
    let newest = history.first().ok_or(EdgeError::NotFound)?.version;
    let version = app.shelf.version(&app.cx, &code, newest).await?;
    let current = app.shelf.service(&code).map(|version| version.version);
    let people = publishers(&app, &staff, history.iter().map(|info| info.published_by.as_str())).await?;
    let body = detail(&frame.cx, &people, &version, &history, current);
    Ok(frame.page(version.service.name.get(frame.cx.locale), NAV, html! {}, body))
}

fn detail(
    cx: &PageCx,
    people: &People,
    version: &ServiceVersion,
    history: &[VersionInfo],
    current: Option<i64>,
) -> Markup {
    let t = Packs::of(cx.locale);
    let service = &version.service;
    let row = |label, value| Answer { label, value, change: None };
    let methods: Vec<&str> =
        service.payment.iter().map(|method| words::payment(*method, cx.locale)).collect();
    let rows = vec![
        row(t.code, html! { code { (version.code) } }),
        row(t.vertical, html! { (version.vertical.name.get(cx.locale)) }),
        row(t.seller, html! { (service.seller) }),
        row(t.version, html! { span.num { (version.version) } }),
        row(t.level, html! { (time::length(cx.locale, service.service_level)) }),
        row(t.payment, html! { (methods.join(" · ")) }),
        row(t.cancel, html! { (service.cancel.text.get(cx.locale)) }),
        row(t.see, ui::link(&format!("/services/{}", version.code), service.name.get(cx.locale))),
    ];
    html! {
        div.two {
            div.stack {
                (card::card("offerings", t.offerings, None, offerings(cx, version)))
                (card::card("workflow", t.workflow, None, workflow(cx, version)))
                (card::card("form", t.form, None, fields(cx, version)))
            }
            div.stack {
                (card::card("facts", t.facts, None, summary::summary_list(cx, &rows)))
                (card::card("versions", t.history, None, versions(cx, people, history, current)))
            }
        }
    }
}

fn offerings(cx: &PageCx, version: &ServiceVersion) -> Markup {
    let t = Packs::of(cx.locale);
    let rows = version.service.offerings.iter().map(|offering| {
        Row::new(vec![
            html! { (offering.name.get(cx.locale)) },
            html! { code { (offering.code) } },
            html! { span.num { (price(&offering.price, cx.locale)) } },
            html! {
                @match &offering.sku {
                    Some(sku) => { a href={ "/console/stock/" (posted::encode(sku)) } { (sku) } }
                    None => { "—" }
                }
            },
        ])
    });
    let columns =
        vec![Column::new(t.service), Column::new(t.code), Column::number(t.price), Column::new(t.sku)];
    frame::table(cx, t.offerings, columns, rows.collect())
}

fn price(price: &Price, locale: Locale) -> String {
    match price {
        Price::Fixed { amount } => amount.to_string(),
        Price::PerUnit { amount, unit } => format!("{amount}/{}", unit.get(locale)),
        Price::Entered { min, max, .. } => format!("{min}–{max}"),
        Price::Quoted { min, max } => format!("{} {min}–{max}", Packs::of(locale).quoted),
    }
}

fn workflow(cx: &PageCx, version: &ServiceVersion) -> Markup {
    let t = Packs::of(cx.locale);
    let rows = version.service.workflow.iter().map(|step| {
        Row::new(vec![
            html! { (step.title.get(cx.locale)) },
            html! { code { (step.id) } },
            html! { (step.kind.name()) @if let Some(call) = step.kind.provider() { " · " (call.provider) } },
            html! { @if step.point_of_no_return { (status::word(Kind::Warn, t.no_return)) } @else { "—" } },
        ])
    });
    let columns = vec![Column::new(t.step), Column::new(t.code), Column::new(t.kind), Column::new(t.cancel)];
    frame::table(cx, t.workflow, columns, rows.collect())
}

fn fields(cx: &PageCx, version: &ServiceVersion) -> Markup {
    let (t, c) = (Packs::of(cx.locale), Common::of(cx.locale));
    let word = |yes: bool| if yes { c.yes } else { c.no };
    let rows = version.service.form.fields().iter().map(|field| {
        Row::new(vec![
            html! { (field.label.get(cx.locale)) },
            html! { code { (field.name) } },
            html! { (word(field.required)) },
            html! { (word(field.sensitive)) },
        ])
    });
    let columns =
        vec![Column::new(t.field), Column::new(t.code), Column::new(t.required), Column::new(t.personal)];
    frame::table(cx, t.form, columns, rows.collect())
}

fn versions(cx: &PageCx, people: &People, history: &[VersionInfo], current: Option<i64>) -> Markup {
    let t = Packs::of(cx.locale);
    let rows = history.iter().map(|info| {
        let short: String = info.hash.chars().take(12).collect();
        Row::new(vec![
            html! {
                span.num { (info.version) }
                @if current == Some(info.version) { " " (status::word(Kind::Ok, t.current)) }
            },
            time::stamp(cx, info.published_at),
            people.actor(&info.published_by, cx.locale),
            html! { code title=(info.hash) { (short) } },
        ])
    });
    let columns =
        vec![Column::new(t.version), Column::new(t.published), Column::new(t.publisher), Column::new(t.hash)];
    frame::table(cx, t.history, columns, rows.collect())
}

/// What a check or a publication found.
#[derive(Debug)]
enum Found {
    Nothing,
    Sound(Vec<ReadPack>),
    Problems(Vec<Problem>),
}

async fn publish_page(State(app): State<App>, staff: Staff) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    Ok(publishing(&frame, &Tried::default(), &Found::Nothing))
}

async fn publish(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let name: String = form.get("file").trim().chars().take(LONGEST_NAME).collect();
    let files = [SourceFile { name, text: form.get("text").replace("\r\n", "\n") }];
    let result = if form.get("act") == "publish" {
        service::publish(&app.cx, &staff.actor, &files).await.map(Some)
    } else {
        service::check(&files).map(|_| None)
    };
    let found = match result {
        Ok(Some(published)) => {
            // Other nodes hear of it; this one shows it at once.
            app.shelf.reload(&app.cx).await?;
            let changed = !published.changed.is_empty() || !published.withdrawn.is_empty();
            let done = if changed { "published" } else { "unchanged" };
            return Ok(posted::see_other(&format!("{PATH}?done={done}")));
        }
        Ok(None) => Found::Sound(service::check(&files)?),
        Err(service::Error::PacksRefused { problems, .. }) => Found::Problems(problems.0),
        Err(error) => return Err(error.into()),
    };
    let frame = Frame::load(&app, &staff).await?;
    let status =
        if matches!(found, Found::Problems(_)) { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = publishing(&frame, &Tried::typed(&form), &found);
    Ok((status, page).into_response())
}

fn publishing(frame: &Frame, tried: &Tried, found: &Found) -> Markup {
    let cx = &frame.cx;
    let t = Packs::of(cx.locale);
    let fields = html! {
        (tried.field("file", t.file_name).hint(t.file_hint).text(cx, LONGEST_NAME))
        (tried.field("text", t.text).textarea(cx, 200_000))
        div.acts {
            button.btn.sec[!matches!(found, Found::Nothing | Found::Problems(_))] name="act" value="check" { (t.btn_check) }
            @if matches!(found, Found::Sound(_)) { button.btn name="act" value="publish" { (t.btn_publish) } }
        }
    };
    let body = html! {
        (result(cx, found))
        p.muted { (t.intro) }
        (form::form(cx, "publish", "/console/catalog/publish", None, fields))
    };
    frame.form_page(t.publish, NAV, tried, body)
}

fn result(cx: &PageCx, found: &Found) -> Markup {
    let t = Packs::of(cx.locale);
    match found {
        Found::Nothing => html! {},
        Found::Sound(packs) => {
            let count = packs.iter().map(|read| read.pack.services.len()).sum();
            banner::banner(Kind::Ok, t.sound, html! { p { (t.services(count)) } })
        }
        Found::Problems(problems) => {
            let rows = problems.iter().map(|problem| {
                Row::new(vec![
                    html! { (problem.file) },
                    html! { span.num { (problem.line) } },
                    html! { code { (problem.rule) } },
                    html! { (problem.message(cx.locale)) },
                ])
            });
            let columns = vec![
                Column::new(t.file),
                Column::number(t.line),
                Column::new(t.rule),
                Column::new(t.problem),
            ];
            let table = Table { caption: t.problems, columns, rows: rows.collect(), ..Table::default() };
            html! {
                (form::problem_summary(t.refused, html! { p { (t.problem_count(problems.len())) } }))
                (table::data_table(cx, &table))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::each_frame;

    #[test]
    fn a_refused_pack_names_file_line_and_rule_and_says_that_nothing_changed() {
        each_frame(|frame| {
            let files =
                [SourceFile { name: "goods.yaml".to_owned(), text: "format: 1\nvertical: x\n".to_owned() }];
            let Err(service::Error::PacksRefused { problems, .. }) = service::check(&files) else {
                panic!("a pack without services is refused")
            };
            let first = problems.0[0].clone();
            let page = publishing(frame, &Tried::default(), &Found::Problems(problems.0)).into_string();
            assert!(page.contains("goods.yaml") && page.contains(first.rule));
            assert!(page.contains(Packs::of(frame.cx.locale).refused));
            assert!(!page.contains(r#"value="publish""#), "what is refused cannot be published");
            page
        });
    }

    #[test]
    fn only_a_checked_pack_can_be_published() {
        each_frame(|frame| {
            let page = publishing(frame, &Tried::default(), &Found::Nothing).into_string();
            assert!(page.contains(r#"value="check""#) && !page.contains(r#"value="publish""#));
            let page = publishing(frame, &Tried::default(), &Found::Sound(Vec::new())).into_string();
            assert!(page.contains(r#"value="publish""#));
            page
        });
    }
}
