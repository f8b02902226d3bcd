//! Every page of this half of the portal in both languages: one first heading, references that resolve, nothing inline, errors said
//! where they belong, and hostile text escaped.

use std::collections::HashSet;

use identity::account::{AccountState, Preferences, Profile};
use identity::session::{SessionId, SessionKind, SessionView};
use identity::setup::LinkView;
use identity::signin::Method;
use kernel::{AccountId, Duration, Locale, Money, Permission, Role, Text, Timestamp};
use ledger::{Balance, Entry, MonthFlow, TransferId, TransferKind};
use maud::Markup;
use notify::{Channel, Content, InboxMessage, MessageId, MessageState, OutboxMessage};
use ordering::payment::{
    Attempt, AttemptId, AttemptState, Payment, PaymentId, PaymentState, PaymentView, Purpose, Status,
};

use super::reply::Trouble;
use super::{
    account, auth, demo, display, help, messages, security_samples, settings, setup, status, topup_view,
};
use crate::i18n::articles;
use crate::ui::PageCx;

/// 2026-11-21 20:45:13 in Beijing.
const NOW: Timestamp = Timestamp::from_secs(1_795_265_113);
const HOSTILE: &str = r#""><script>alert('1')</script>&"#;

fn guest(locale: Locale) -> PageCx {
    PageCx { csrf: "c5rf".to_owned(), ..PageCx::guest(locale, "/here", NOW) }
}

fn customer(locale: Locale) -> PageCx {
    let permissions = vec![Permission::ActAsCustomer];
    PageCx { name: Some("林女士".to_owned()), unread: 2, permissions, ..guest(locale) }
}

fn trouble(name: &str) -> Trouble {
    Trouble::field_is(name, "wrong-words")
}

fn profile() -> Profile {
    Profile {
        id: AccountId(7),
        state: AccountState::Active,
        roles: vec![Role::OPERATOR],
        name: Some(HOSTILE.to_owned()),
        phone: Some("+8613812345678".to_owned()),
        phone_verified: false,
        email: None,
        email_verified: false,
        preferences: Preferences::default(),
        created_at: NOW,
    }
}

fn session(id: i64, kind: SessionKind) -> SessionView {
    let device = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0".to_owned();
    let address = HOSTILE.to_owned();
    let methods = vec![Method::Password];
    SessionView {
        id: SessionId(id),
        kind,
        device,
        address,
        methods,
        created_at: NOW,
        seen_at: NOW,
        expires_at: NOW,
    }
}

fn entries() -> Vec<Entry> {
    let entry = |id, kind, minor, order| Entry {
        transfer: TransferId(id),
        kind,
        amount: Money::cny(minor),
        balance: Money::cny(20_000),
        order,
        memo: HOSTILE.to_owned(),
        at: NOW,
    };
    vec![entry(2, TransferKind::Purchase, -5_000, Some(99)), entry(1, TransferKind::TopUp, 25_000, None)]
}

fn months() -> Vec<MonthFlow> {
    let flow = |month| MonthFlow {
        year: 2026,
        month,
        income: Money::cny(25_000),
        outgo: Money::cny(i64::from(month) * 1_000),
        closing: Money::cny(0),
    };
    (1..=12).map(flow).collect()
}

fn payment(status: Status) -> PaymentView {
    let payment = Payment {
        id: PaymentId(11),
        customer: AccountId(7),
        purpose: Purpose::TopUp,
        amount: Money::cny(20_000),
        capture: catalogue::service::CaptureAt::Order,
        state: PaymentState::Open,
        version: 1,
        expires_at: NOW.plus(Duration::from_mins(20)),
        created_at: NOW,
        updated_at: NOW,
    };
    let attempt = Attempt {
        id: AttemptId(12),
        payment: payment.id,
        customer: payment.customer,
        gateway: "card".to_owned(),
        amount: payment.amount,
        state: AttemptState::Open,
        captured: Money::cny(0),
        refunded: Money::cny(0),
        disputed: Money::cny(0),
        outcome: None,
        words: Some(Text::new("银行拒绝", HOSTILE)),
        place: None,
        checkout: None,
        captured_at: None,
        authorised_until: None,
        take_by: None,
        due: None,
        gateway_id: None,
        card: Some((HOSTILE.to_owned(), "4242".to_owned())),
        sequence: 1,
        polls: 0,
        next_poll_at: None,
        created_at: NOW,
        updated_at: NOW,
    };
    PaymentView {
        payment,
        status,
        attempts: vec![attempt],
        refunds: Vec::new(),
        given_back: Vec::new(),
        disputes: Vec::new(),
    }
}

fn content() -> Content {
    Content {
        title: HOSTILE.to_owned(),
        body: HOSTILE.to_owned(),
        link: Some("/orders".to_owned()),
        values: std::collections::BTreeMap::new(),
    }
}

fn signing_in(locale: Locale) -> Vec<(&'static str, Markup)> {
    let cx = guest(locale);
    let said = Trouble { message: Some("wrong-words".to_owned()), ..Trouble::default() };
    let (contact, next) = (HOSTILE, "/orders");
    let link = LinkView { role: Role::ADMINISTRATOR, expires_at: NOW };
    vec![
        (
            "login",
            auth::login_page(&cx, &auth::Login { contact: "", next: "/", trouble: Trouble::default() }),
        ),
        ("login refused", auth::login_page(&cx, &auth::Login { contact, next, trouble: said })),
        (
            "register",
            auth::register_page(
                &cx,
                &auth::SignUp { contact, name: contact, next, trouble: trouble("contact") },
            ),
        ),
        (
            "verify",
            auth::verify_page(
                &customer(locale),
                &auth::Verify {
                    to: "138****5678",
                    next,
                    sent_again: true,
                    demo: true,
                    trouble: trouble("code"),
                },
            ),
        ),
        (
            "setup",
            setup::setup_page(
                &cx,
                &setup::Setup { token: "evl_x", link, contact, name: contact, trouble: trouble("password") },
            ),
        ),
        ("dead link", setup::dead_page(&cx)),
    ]
}

fn own_pages(locale: Locale) -> Vec<(&'static str, Markup)> {
    let cx = customer(locale);
    let profile = profile();
    let (months, entries) = (months(), entries());
    let money = Money::cny(20_000);
    let held = [ledger::chart::OpenHold {
        id: ledger::HoldId(3),
        kind: ledger::TransferKind::Purchase,
        amount: Money::cny(5_000),
        order: Some(42),
        debit: "customer:x:wallet".to_owned(),
        credit: "seller:telecom:revenue".to_owned(),
        created_at: NOW,
        expires_at: None,
    }];
    let balance = Balance { posted: money, held: Money::cny(5_000), available: Money::cny(15_000) };
    let inbox = [InboxMessage { id: MessageId(5), content: content(), created_at: NOW, read_at: None }];
    let me = settings::Me { profile: &profile, name: Some(HOSTILE), saved: true, trouble: trouble("name") };
    let used = account::Account {
        balance,
        months: &months,
        recent: &entries,
        held: &held,
        transfers: true,
        withdraws: true,
    };
    let unused = account::Account { recent: &[], held: &[], transfers: false, withdraws: false, ..used };
    vec![
        ("me", settings::me_page(&cx, &me)),
        ("display", display::display_page(&cx, true)),
        ("account", account::account_page(&cx, &used)),
        ("new account", account::account_page(&cx, &unused)),
        (
            "transactions",
            account::transactions_page(
                &cx,
                &account::Transactions {
                    entries: &entries,
                    is_first: false,
                    next: Some("/account/transactions?after=x"),
                },
            ),
        ),
        (
            "messages",
            messages::messages_page(&cx, &messages::Inbox { messages: &inbox, is_first: true, next: None }),
        ),
        (
            "no messages",
            messages::messages_page(&cx, &messages::Inbox { messages: &[], is_first: true, next: None }),
        ),
    ]
}

fn top_ups(locale: Locale) -> Vec<(&'static str, Markup)> {
    let cx = customer(locale);
    let ask = topup_view::Ask {
        amount: HOSTILE,
        gateway: "",
        gateways: &["card", HOSTILE],
        available: Money::cny(1),
        key: "k",
        next: "/pay/x",
        on_phone: true,
        trouble: trouble("amount"),
    };
    let state = |status| {
        let view = payment(status);
        let outcome = topup_view::Outcome {
            view: &view,
            available: Money::cny(1),
            gateway: "card",
            next: "/pay/x",
            trouble: Trouble::default(),
        };
        topup_view::state_page(&cx, &outcome)
    };
    vec![
        ("top up question", topup_view::ask_page(&cx, &ask)),
        ("to pay", state(Status::ToPay)),
        ("confirming", state(Status::Confirming)),
        ("declined", state(Status::Declined)),
        ("paid", state(Status::Paid)),
        ("closed", state(Status::Closed)),
    ]
}

fn public_pages(locale: Locale) -> Vec<(&'static str, Markup)> {
    let cx = guest(locale);
    let sent = [OutboxMessage {
        id: MessageId(6),
        channel: Channel::Sms,
        to: "+8613812345678".to_owned(),
        content: content(),
        state: MessageState::Sent,
        created_at: NOW,
        sent_at: None,
    }];
    let well = status::Facts { stopping: false, database: true, behind: Some(Duration::ZERO), late: Some(0) };
    let ill = status::Facts { stopping: true, database: false, behind: None, late: Some(100) };
    let mut pages = vec![
        ("help", help::centre_page(&cx, "")),
        ("help search", help::centre_page(&cx, HOSTILE)),
        ("help found", help::centre_page(&cx, locale.pick("退款", "refund"))),
        ("a11y", help::access_page(&cx)),
        ("status", status::status_page(&cx, &well)),
        ("status, ill", status::status_page(&cx, &ill)),
        ("outbox", demo::outbox_page(&cx, &demo::Outbox { messages: &sent, is_first: true, next: None })),
        ("empty outbox", demo::outbox_page(&cx, &demo::Outbox { messages: &[], is_first: true, next: None })),
    ];
    pages.extend(articles::all().map(|article| (article.slug, help::article_page(&cx, article))));
    pages
}

fn each(check: impl Fn(&str, &str, Locale)) {
    for locale in Locale::ALL {
        let sessions = [session(1, SessionKind::Cookie), session(2, SessionKind::Bearer)];
        let owner = (&profile(), &sessions[..]);
        let pages = [
            signing_in(locale),
            security_samples::for_guests(&guest(locale), HOSTILE),
            security_samples::for_owners(&customer(locale), HOSTILE, owner, NOW),
            own_pages(locale),
            top_ups(locale),
            public_pages(locale),
        ];
        for (name, page) in pages.into_iter().flatten() {
            check(name, &page.into_string(), locale);
        }
    }
}

/// The values of one attribute.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    html.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_page_has_its_language_and_one_first_heading() {
    each(|name, html, locale| {
        assert!(html.contains(&format!("<html lang=\"{}\"", locale.tag())), "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
    });
}

#[test]
fn no_page_carries_inline_code_or_lets_hostile_text_through() {
    each(|name, html, _| {
        for bad in [" style=", "<style", " onclick=", "javascript:", "<script>", "alert('1')</script>"] {
            assert!(!html.contains(bad), "{name}: {bad}");
        }
    });
}

#[test]
fn ids_are_unique_and_references_resolve() {
    each(|name, html, locale| {
        let ids = values(html, "id");
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len(), "{name} in {}: an id twice among {ids:?}", locale.tag());
        for attribute in ["for", "aria-labelledby", "aria-describedby"] {
            for list in values(html, attribute) {
                for id in list.split(' ') {
                    assert!(known.contains(id), "{name}: {attribute} {id}");
                }
            }
        }
    });
}

#[test]
fn every_form_that_posts_carries_the_token_and_keeps_no_password() {
    each(|name, html, _| {
        let forms = html.matches("method=\"post\"").count();
        assert_eq!(html.matches("name=\"csrf\"").count(), forms, "{name}");
        for part in html.split("<input").filter(|part| part.contains("type=\"password\"")) {
            let tag = part.split('>').next().unwrap_or_default();
            assert!(tag.contains("value=\"\""), "{name}: {tag}");
        }
    });
}

#[test]
fn pages_that_were_refused_say_so_in_title_summary_and_at_the_field() {
    each(|name, html, _| {
        if html.contains("wrong-words") {
            assert!(html.contains("role=\"alert\""), "{name}");
            assert!(html.contains("<title>错误：") || html.contains("<title>Error: "), "{name}");
        }
    });
}

#[test]
fn while_a_top_up_is_not_known_nobody_is_offered_to_pay_again() {
    for (name, page) in top_ups(Locale::Zh) {
        let html = page.into_string();
        let offers = html.contains("/pay\"");
        assert_eq!(offers, matches!(name, "to pay" | "declined"), "{name}");
        let live = html.contains("data-live=");
        assert_eq!(live, matches!(name, "to pay" | "declined" | "confirming"), "{name}");
    }
}
