//! The home page: what people do most, what is under way, the account; for guests what there is and how it works.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use catalogue::service::Snapshot;
use kernel::{Money, PageRequest};
use ledger::MonthFlow;
use maud::{Markup, html};
use ordering::draft::Draft;
use ordering::order::{Order, Which, query};

use super::filling::first_page;
use super::orders;
use crate::app::App;
use crate::edge::{Refused, Visitor};
use crate::i18n::{Common, HomeWords, Shell, TimeWords};
use crate::ui::chart::{Chart, Unit, chart};
use crate::ui::shell::{self, Nav};
use crate::ui::{Kind, Page, PageCx, banner, button_link, card, link, money, ring, time};

/// Rows of orders and drafts.
const ROWS: u16 = 5;
const DRAFTS: usize = 3;
/// Services in the quick grid; the last place leads to all.
const QUICK: usize = 7;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/", get(home))
}

/// What a person who signed in sees of their own.
struct Own {
    running: Vec<Order>,
    drafts: Vec<Draft>,
    available: Money,
    months: Vec<MonthFlow>,
}

impl Own {
    async fn load(app: &App, visitor: &Visitor) -> Result<Self, Refused> {
        let (cx, actor, account) = (&app.cx, &visitor.actor, visitor.customer()?);
        let running = query::list_own(cx, actor, Which::Open, &PageRequest::new(None, ROWS)).await?.items;
        let mut drafts = ordering::draft::list(cx, actor).await?;
        let cart = ordering::cart::get(cx, actor).await?;
        // What lies in the cart is not begun any more.
        let in_cart = |draft: &Draft| {
            cart.lines.iter().any(|line| line.service == draft.service && line.offering == draft.offering)
        };
        drafts.retain(|draft| !in_cart(draft) && app.shelf.service(&draft.service).is_some());
        // Of one service begun several times the latest is offered.
        let mut services = HashSet::new();
        drafts.retain(|draft| services.insert(draft.service.clone()));
        drafts.truncate(DRAFTS);
        let available = ledger::wallet_balance(cx, actor, account).await?.available;
        let months = ledger::monthly(cx, actor, account).await?;
        Ok(Self { running, drafts, available, months })
    }
}

async fn home(State(app): State<App>, visitor: Visitor) -> Result<Markup, Refused> {
    let snapshot = app.shelf.snapshot();
    let customer = visitor.actor.may(kernel::Permission::ActAsCustomer);
    let own =
        if customer && visitor.signed_in.is_some() { Some(Own::load(&app, &visitor).await?) } else { None };
    let outbox = durable::outbox_age(&app.cx).await;
    // Slow when facts wait to be handed on; otherwise everything is taken at once.
    let slow = outbox.map_or(true, |age| age > kernel::Duration::from_mins(2));
    Ok(page(&visitor.page(&app).await?, &snapshot, own.as_ref(), slow))
}

fn page(cx: &PageCx, snapshot: &Arc<Snapshot>, own: Option<&Own>, slow: bool) -> Markup {
    let t = HomeWords::of(cx.locale);
    let body = html! {
        (card::hero(html! {
            p.muted { (greeting(cx)) }
            (card::heading(&[t.hero_1, t.hero_2]))
            (shell::search_box(cx, ""))
            (strip(cx, snapshot.services.len(), slow))
        }, ring::now(cx)))
        (quick(cx, snapshot))
        @match own {
            Some(own) => { (of_customer(cx, snapshot, own)) }
            None => { (of_guest(cx, snapshot)) }
        }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Home).scripts(&["chart"]).public(), body)
}

fn greeting(cx: &PageCx) -> String {
    match cx.name.as_deref() {
        Some(name) if !name.is_empty() => TimeWords::of(cx.locale).greeting(time::greeting(cx), name),
        Some(_) => time::greeting(cx).to_owned(),
        None => HomeWords::of(cx.locale).guest.to_owned(),
    }
}

fn strip(cx: &PageCx, services: usize, slow: bool) -> Markup {
    let (hour, minute) = time::hour_minute(cx.now);
    let kind = if slow { Kind::Warn } else { Kind::Ok };
    banner::status_strip(
        cx,
        kind,
        html! {
            span.num { (format!("{hour:02}:{minute:02}")) } " · " (HomeWords::of(cx.locale).open_now(services))
            " · " a href="/status" { (Shell::of(cx.locale).service_status) }
        },
    )
}

fn quick(cx: &PageCx, snapshot: &Snapshot) -> Markup {
    let t = HomeWords::of(cx.locale);
    let all = t.all_services(snapshot.services.len());
    let hrefs: Vec<String> =
        snapshot.services.iter().take(QUICK).map(|v| format!("/services/{}", v.code)).collect();
    let mut actions: Vec<card::Quick<'_>> = snapshot
        .services
        .iter()
        .zip(&hrefs)
        .map(|(v, href)| card::Quick { href, icon: &v.service.icon, label: v.service.name.get(cx.locale) })
        .collect();
    actions.push(card::Quick { href: "/services", icon: "more", label: &all });
    card::quick_grid(t.quick, &actions)
}

fn of_customer(cx: &PageCx, snapshot: &Snapshot, own: &Own) -> Markup {
    let t = HomeWords::of(cx.locale);
    let running: Vec<Markup> = own.running.iter().map(|order| orders::row(cx, order)).collect();
    html! {
        @if !own.drafts.is_empty() {
            (card::card("drafts", t.drafts, None, card::rows(&drafts(cx, snapshot, &own.drafts))))
        }
        div.grid {
            (card::card("running", t.running, Some(link("/orders", t.all_orders)), html! {
                @if running.is_empty() {
                    p.muted { (t.none_running) }
                } @else { (card::rows(&running)) }
            }))
            (card::card("account", t.account, Some(link("/account", t.details)), html! {
                p.muted.sm { (t.available) }
                p { (money::large(own.available)) }
                (chart(cx, &bars(cx, &own.months)))
                p { (link("/account/topup", t.top_up)) }
            }))
        }
    }
}

fn bars<'a>(cx: &PageCx, months: &[MonthFlow]) -> Chart<'a> {
    let t = HomeWords::of(cx.locale);
    let labels = months.iter().map(|flow| t.month_label(flow.month)).collect();
    let values = months.iter().map(|flow| flow.outgo.minor).collect();
    let mut bars = Chart::bars("spending", t.chart, Unit::Money, labels, t.spending, values);
    bars.axis = t.month;
    bars
}

fn drafts(cx: &PageCx, snapshot: &Snapshot, drafts: &[Draft]) -> Vec<Markup> {
    let t = HomeWords::of(cx.locale);
    let row = |draft: &Draft| {
        let version = snapshot.service(&draft.service)?;
        let when = time::short(cx, draft.updated_at);
        Some(card::row(
            &first_page(&version, draft),
            html! { (version.service.name.get(cx.locale)) },
            html! { (t.draft_saved(&when)) },
            html! {
                (crate::ui::status::tag(Kind::Plain, crate::i18n::State::of(cx.locale).draft))
                a.lift.sm href={ "/o/" (draft.id) "/discard" } aria-label=(t.discard_what(version.service.name.get(cx.locale))) {
                    (t.discard)
                }
            },
        ))
    };
    drafts.iter().filter_map(row).collect()
}

fn of_guest(cx: &PageCx, snapshot: &Snapshot) -> Markup {
    let (t, shell) = (HomeWords::of(cx.locale), Shell::of(cx.locale));
    let rows: Vec<Markup> = snapshot
        .verticals
        .iter()
        .map(|vertical| {
            card::row(
                &format!("/services/{}", vertical.code),
                html! { (vertical.name.get(cx.locale)) },
                html! { (vertical.summary.get(cx.locale)) },
                html! {},
            )
        })
        .collect();
    html! {
        div.grid {
            (card::card("verticals", t.verticals, Some(link("/services", Common::of(cx.locale).all)), card::rows(&rows)))
            (card::card("how", t.how, None, html! {
                ol.stack-s { @for (number, text) in [(1, t.how_1), (2, t.how_2), (3, t.how_3)] { li { (number) ". " (text) } } }
                @if !cx.signed_in() {
                    p.muted.sm { (t.sign_in) }
                    div.acts {
                        (button_link("/login", shell.btn_sign_in, ""))
                        (button_link("/register", shell.btn_register, "sec"))
                    }
                }
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Locale;

    use super::*;
    use crate::portal::progress::tests::order;

    #[test]
    fn guests_and_customers_each_have_their_home() {
        let months: Vec<MonthFlow> = (1..=12)
            .map(|month| MonthFlow {
                year: 2026,
                month,
                income: Money::cny(0),
                outgo: Money::cny(i64::from(month) * 100),
                closing: Money::cny(0),
            })
            .collect();
        let own =
            Own { running: vec![order()], drafts: Vec::new(), available: Money::cny(1_248_036), months };
        for locale in Locale::ALL {
            let t = HomeWords::of(locale);
            let mut cx = PageCx::guest(locale, "/", order().placed_at);
            let guest = page(&cx, &Arc::default(), None, false).into_string();
            assert!(guest.contains(t.hero_1) && guest.contains("<wbr>") && guest.contains("/register"));
            cx.name = Some(locale.pick("林女士", "Ms Lin").to_owned());
            let home = page(&cx, &Arc::default(), Some(&own), true).into_string();
            assert!(home.contains("¥12,480.36") && home.contains(&order().number()) && home.contains("<svg"));
            assert!(!home.contains("/register"));
        }
    }
}
