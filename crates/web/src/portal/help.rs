//! The help centre and the accessibility statement. The articles are data (`i18n::articles`).

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor};
use crate::i18n::articles::{self, Article, Block, Both, Topic};
use crate::i18n::{AccessWords, Common, HelpWords};
use crate::ui::{self, Nav, Page, PageCx, card, shell};

pub(crate) fn router() -> Router<App> {
    Router::new().route("/help", get(centre)).route("/help/{slug}", get(article)).route("/a11y", get(access))
}

/// What is looked for.
#[derive(Debug, Deserialize)]
struct Asked {
    q: Option<String>,
}

async fn centre(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let query: String = asked.q.unwrap_or_default().trim().chars().take(100).collect();
    Ok(centre_page(&visitor.page(&app).await?, &query).into_response())
}

async fn article(
    State(app): State<App>,
    visitor: Visitor,
    Path(slug): Path<String>,
) -> Result<Response, Refused> {
    let found = articles::find(&slug).ok_or(EdgeError::NotFound)?;
    Ok(article_page(&visitor.page(&app).await?, found).into_response())
}

async fn access(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    Ok(access_page(&visitor.page(&app).await?).into_response())
}

/// `/help`: what was looked for on top, then all topics.
pub(crate) fn centre_page(cx: &PageCx, query: &str) -> Markup {
    let t = HelpWords::of(cx.locale);
    let found = articles::search(query);
    let body = html! {
        h1 { (t.title) }
        p.muted { (t.lead) }
        (search_form(cx, query))
        @if !query.is_empty() {
            @if found.is_empty() { p role="status" { (t.found_none) } }
            @else { (card::card("found", &t.found(found.len(), query), None, list(cx, &found))) }
        }
        div.grid {
            @for topic in Topic::ALL {
                @let of_topic: Vec<&Article> = articles::all().filter(|article| article.topic == topic).collect();
                (card::card(topic_id(topic), topic_word(t, topic), None, list(cx, &of_topic)))
            }
        }
        p { (ui::link("/status", t.status)) }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Help).description(t.lead).public(), body)
}

fn search_form(cx: &PageCx, query: &str) -> Markup {
    let t = HelpWords::of(cx.locale);
    html! {
        form.search role="search" action="/help" {
            label.vh for="help-q" { (t.search) }
            input.in #help-q name="q" type="search" value=(query) placeholder=(t.search) autocomplete="off" maxlength="100" enterkeyhint="search";
            button.btn { (Common::of(cx.locale).btn_search) }
        }
    }
}

fn list(cx: &PageCx, articles: &[&Article]) -> Markup {
    let rows: Vec<Markup> = articles
        .iter()
        .map(|article| {
            let href = format!("/help/{}", article.slug);
            card::row(
                &href,
                html! { (article.title(cx.locale)) },
                html! { (article.summary(cx.locale)) },
                html! {},
            )
        })
        .collect();
    card::rows(&rows)
}

const fn topic_word(t: &HelpWords, topic: Topic) -> &'static str {
    match topic {
        Topic::Order => t.topic_order,
        Topic::Money => t.topic_money,
        Topic::Account => t.topic_account,
        Topic::More => t.topic_more,
    }
}

const fn topic_id(topic: Topic) -> &'static str {
    match topic {
        Topic::Order => "topic-order",
        Topic::Money => "topic-money",
        Topic::Account => "topic-account",
        Topic::More => "topic-more",
    }
}

/// `/help/{slug}`
pub(crate) fn article_page(cx: &PageCx, article: &Article) -> Markup {
    let t = HelpWords::of(cx.locale);
    let title = article.title(cx.locale);
    let related: Vec<&Article> = article.related.iter().filter_map(|slug| articles::find(slug)).collect();
    let body = html! {
        (shell::breadcrumb(cx, &[("/help", t.back)], title))
        h1 { (title) }
        p.muted { (article.summary(cx.locale)) }
        article.stack-s { @for block in article.body { (block_markup(cx, *block)) } }
        @if !related.is_empty() { (card::card("related", t.related, None, list(cx, &related))) }
    };
    let page = Page::new(title).nav(Nav::Help).narrow().description(article.summary(cx.locale)).public();
    shell::portal(cx, &page, body)
}

fn block_markup(cx: &PageCx, block: Block) -> Markup {
    let say = |text: Both| cx.locale.pick(text.0, text.1);
    html! {
        @match block {
            Block::Heading(text) => { h2 { (say(text)) } }
            Block::Text(text) => { p { (say(text)) } }
            Block::Steps(items) => { ol.numbered { @for item in items { li { (say(*item)) } } } }
            Block::List(items) => { ul.bullets { @for item in items { li { (say(*item)) } } } }
            Block::Link(href, text) => { p { (ui::link(href, say(text))) } }
            Block::Code(lines) => { pre.code tabindex="0" { code { (lines) } } }
        }
    }
}

/// `/a11y`
pub(crate) fn access_page(cx: &PageCx) -> Markup {
    let t = AccessWords::of(cx.locale);
    let works = [t.keyboard, t.reader, t.contrast, t.zoom, t.large, t.script, t.motion, t.captcha];
    let body = html! {
        h1 { (t.title) }
        p { (t.lead) }
        h2 { (t.does) }
        ul.bullets { @for item in works { li { (item) } } }
        h2 { (t.limits) }
        ul.bullets { li { (t.limit_pay) } li { (t.limit_sign) } }
        h2 { (t.tested) }
        p { (t.tested_body) }
        p { (ui::link("/me/display", t.set_display)) }
    };
    shell::portal(cx, &Page::new(t.title).narrow().description(t.lead).public(), body)
}
