//! Components escape what they are given, and say times and lengths as people read them.

use kernel::{Duration, Locale, Money, Timestamp};
use maud::{Markup, html};

use super::form::{AddressBook, Choice, Field, SavedAddress, Wrong};
use super::*;

/// 2026-11-21 20:45:13 in Beijing.
const NOW: Timestamp = Timestamp::from_secs(1_795_265_113);
const HOSTILE: &str = r#""><script>alert('1')</script>&"#;

fn cx(locale: Locale) -> PageCx {
    PageCx {
        csrf: HOSTILE.to_owned(),
        name: Some(HOSTILE.to_owned()),
        permissions: kernel::Permission::ALL.to_vec(),
        ..PageCx::guest(locale, format!("/{HOSTILE}"), NOW)
    }
}

/// Every component, with hostile text wherever it takes text.
fn hostile(cx: &PageCx) -> Vec<(&'static str, Markup)> {
    let x = HOSTILE;
    let sheet = print::Sheet {
        title: x,
        number: x,
        facts: vec![(x, x.to_owned())],
        lines: vec![print::Line { item: x, quantity: 1, unit_price: Money::cny(1), amount: Money::cny(1) }],
        total: Money::cny(1),
        issuer: x,
        issued_at: NOW,
        note: x,
    };
    let bars = chart::Chart::bars(x, x, chart::Unit::Count, vec![x.to_owned()], x, vec![1]);
    let row = table::Row { cells: vec![html! { (x) }], href: Some(x.to_owned()), key: Some((x, x)) };
    let rows = table::Table {
        caption: x,
        columns: vec![table::Column::new(x)],
        rows: vec![row],
        select: Some(x),
        stack: true,
    };
    vec![
        ("portal", shell::portal(cx, &Page::new(x).description(x).live(x).public(), html! { (x) })),
        ("flow", shell::flow(cx, &Page::new(x), x, shell::Exit::Form(x), html! {})),
        ("console", console::shell(cx, &Page::new(x), console::ConsoleNav::Work, &[], html! {}, html! {})),
        ("crumbs", shell::breadcrumb(cx, &[(x, x)], x)),
        ("search", shell::search_box(cx, x)),
        ("buttons", html! { (button_link(x, x, "")) (link(x, x)) (post_button(cx, x, x, "", &[(x, x)])) }),
        ("banner", banner::banner(Kind::Bad, x, html! { (x) })),
        ("card", card::card(x, x, None, html! { (x) })),
        ("quick", card::quick_grid(x, &[card::Quick { href: x, icon: x, label: x }])),
        (
            "service",
            card::service(&card::Service { href: x, icon: x, name: x, summary: x, price: x, time: x }),
        ),
        ("recommendation", card::recommendation(cx, x, x, x)),
        ("row", card::row(x, html! { (x) }, html! {}, html! {})),
        ("disclosure", card::disclosure(x, html! { (x) })),
        ("heading", card::heading(&[x, x])),
        ("chart", chart::chart(cx, &bars)),
        ("donut", chart::donut(cx, x, x, chart::Unit::Count, &[(x, 1)])),
        ("confirm", confirm::confirmation(cx, x, x, html! {}, html! {})),
        ("empty", empty::empty(x, None)),
        (
            "guide",
            guide::guide(cx, &guide::Guide { who: x, need: x, price: x, time: x, refund: x, staffed: None }),
        ),
        ("print", print::sheet(cx, &sheet)),
        ("ring", ring::progress(200, x)),
        (
            "stat",
            stat::tile(&stat::Stat { label: x, value: x.to_owned(), note: x, href: Some(x), kind: None }),
        ),
        ("tag", status::tag(Kind::Ok, x)),
        ("summary", summary::summary_list(cx, &[summary::Answer::text(x, x, Some(x))])),
        (
            "price",
            summary::price_table(
                cx,
                &[summary::PriceLine { label: x, note: x, amount: Money::cny(1) }],
                Money::cny(1),
            ),
        ),
        ("table", table::data_table(cx, &rows)),
        ("chips", table::chips(cx, &[table::Chip { label: x, without: x.to_owned() }], x)),
        (
            "views",
            table::views(cx, &[table::View { label: x, href: x.to_owned(), count: None, current: true }]),
        ),
        ("pager", table::pager(cx, Some(x), Some(x))),
        (
            "timeline",
            timeline::timeline(
                cx,
                x,
                &[timeline::Item { step: timeline::Step::Now, title: x, at: None, detail: html! { (x) } }],
            ),
        ),
    ]
}

/// Every control of a form, with hostile text wherever it takes text.
fn hostile_controls(cx: &PageCx) -> Vec<(&'static str, Markup)> {
    let x = HOSTILE;
    let field = Field::new(x, x).hint(x).value(x).error(Some(x)).autocomplete(x);
    let choices = [Choice { hint: Some(x), ..Choice::new(x, x) }];
    let book =
        AddressBook { saved: vec![SavedAddress { key: x.to_owned(), text: x.to_owned() }], chosen: None };
    let wrong = [Wrong { name: x.to_owned(), message: x.to_owned() }];
    vec![
        ("form", form::form(cx, x, x, Some(x), form::actions(cx, x, None))),
        ("errors", form::error_summary(cx, &wrong)),
        ("text", field.text(cx, 9)),
        ("code", field.code(cx, x, 9)),
        ("phone", field.phone(cx)),
        ("money", field.money(cx)),
        ("password", field.password(cx, x)),
        ("stepper", field.stepper(cx, 0, 9)),
        ("date", field.date(cx, Some(x), Some(x))),
        ("textarea", field.textarea(cx, 9)),
        ("radios", field.radios(cx, &choices)),
        ("pills", field.pills(cx, &choices)),
        ("select", field.select(cx, &choices)),
        ("checkbox", field.checkbox(cx, html! { (x) })),
        ("address", field.address(cx, &[], &wrong, &book)),
    ]
}

#[test]
fn every_component_escapes_what_it_is_given_in_both_languages() {
    for locale in Locale::ALL {
        for (name, markup) in hostile(&cx(locale)).into_iter().chain(hostile_controls(&cx(locale))) {
            let html = markup.into_string();
            assert!(!html.contains("<script>"), "{name}: {html}");
            assert!(!html.contains(r#"""&gt;"#), "{name} breaks out of an attribute: {html}");
        }
    }
}

#[test]
fn stamps_are_said_as_people_read_them() {
    let at = |text| Timestamp::parse_rfc3339(text).unwrap();
    for (stamp, zh, en) in [
        ("2026-11-21T20:31:00+08:00", "今天 20:31", "Today 20:31"),
        ("2026-11-21T00:00:00+08:00", "今天 00:00", "Today 00:00"),
        ("2026-11-20T23:59:59+08:00", "昨天 23:59", "Yesterday 23:59"),
        ("2026-11-22T09:00:00+08:00", "明天 09:00", "Tomorrow 09:00"),
        ("2026-11-19T20:31:00+08:00", "11-19 20:31", "11-19 20:31"),
        ("2025-11-19T20:31:00+08:00", "2025-11-19", "2025-11-19"),
    ] {
        assert_eq!(time::short(&cx(Locale::Zh), at(stamp)), zh);
        assert_eq!(time::short(&cx(Locale::En), at(stamp)), en);
    }
    assert_eq!(time::full_text(Locale::Zh, NOW), "2026-11-21 20:45:13（北京时间）");
    assert_eq!(time::day_text(Locale::Zh, NOW), "11 月 21 日 周六");
    assert_eq!(time::day_text(Locale::En, NOW), "Sat 21 Nov");
}

#[test]
fn lengths_of_time_are_said_in_their_two_largest_units() {
    for (seconds, zh, en) in [
        (0, "0 秒", "0 s"),
        (130, "2 分 10 秒", "2 min 10 s"),
        (3600, "1 小时", "1 h"),
        (97_200, "1 天 3 小时", "1 d 3 h"),
        (86_401, "1 天", "1 d"),
        (-5, "0 秒", "0 s"),
    ] {
        assert_eq!(time::length(Locale::Zh, Duration::from_secs(seconds)), zh);
        assert_eq!(time::length(Locale::En, Duration::from_secs(seconds)), en);
    }
}

#[test]
fn navigation_shows_only_what_a_person_may_do() {
    let mut operator = cx(Locale::Zh);
    operator.permissions = vec![kernel::Permission::ReadOrders];
    let html = console::shell(&operator, &Page::new("x"), console::ConsoleNav::Work, &[], html! {}, html! {})
        .into_string();
    assert!(html.contains("/console/orders") && !html.contains("/console/audit"));
}

#[test]
fn the_flow_has_no_tabs_and_the_portal_has() {
    let cx = cx(Locale::Zh);
    let flow = shell::flow(&cx, &Page::new("x"), "/", shell::Exit::Link("/"), html! {}).into_string();
    assert!(!flow.contains(r#"class="tabs""#) && !flow.contains("<footer"));
    assert!(shell::portal(&cx, &Page::new("x"), html! {}).into_string().contains(r#"class="tabs""#));
}

#[test]
fn theme_and_text_size_are_on_the_document_without_script() {
    let mut cx = cx(Locale::Zh);
    (cx.theme, cx.text_size) = (Theme::Dark, TextSize::Large);
    let html = shell::portal(&cx, &Page::new("x"), html! {}).into_string();
    assert!(html.contains(r#"data-theme="dark" data-text="large""#));
    assert_eq!(Theme::from_name("nonsense"), Theme::System);
}

#[test]
fn the_language_link_keeps_the_rest_of_the_address() {
    assert_eq!(page::with_lang("/a?x=1&lang=en&y=2", Locale::Zh), "/a?x=1&y=2&lang=zh-CN");
    assert_eq!(page::with_lang("/a", Locale::En), "/a?lang=en");
}

#[test]
fn icons_are_found_by_name_and_no_two_share_one() {
    for icon in Icon::ALL {
        assert_eq!(Icon::from_name(icon.name()), Some(*icon));
    }
    assert_eq!(Icon::from_name("unicorn"), None);
}
