//! The pages around signing in and the security centre with hostile words in them, for the tests of all pages.

use identity::account::Profile;
use identity::contact::ContactKind;
use identity::device::{DeviceId, DeviceView, LoginId, LoginView, Outcome};
use identity::factor::{Enrolled, TotpOffer};
use identity::session::{SessionId, SessionView};
use identity::signin::{Method, Way, Ways};
use kernel::Timestamp;
use maud::Markup;

use super::ask::Asking;
use super::reply::Trouble;
use super::{code_login, contact, devices, factors, freeze, proof, second, security};
use crate::ui::PageCx;

fn wrong(name: &str) -> Trouble {
    Trouble::field_is(name, "wrong-words")
}

fn all_ways(to: &str) -> Ways {
    let code = Way::Code { masked_to: to.to_owned() };
    Ways(vec![Way::Passkey, Way::Totp, Way::Password, code, Way::RecoveryCode])
}

/// What guests see.
pub(super) fn for_guests(cx: &PageCx, hostile: &str) -> Vec<(&'static str, Markup)> {
    let ways = all_ways(hostile);
    let asking = Asking {
        action: "/login/second",
        sent: true,
        remember: true,
        demo: true,
        trouble: wrong("totp"),
        ..asking_like(&ways)
    };
    let none = Ways::default();
    let nothing = asking_like(&none);
    let offer = TotpOffer { secret: "ABCD EFGH".to_owned(), uri: format!("otpauth://totp/{hostile}") };
    let enrol =
        factors::Setup { offer: &offer, since: None, enrolling: true, next: "/", trouble: wrong("code") };
    let code = code_login::CodeLogin {
        contact: hostile,
        next: "/orders",
        sent_to: Some(hostile),
        demo: true,
        trouble: wrong("code"),
    };
    let finish =
        freeze::Finish { ticket: "00ff", ways: &ways, to: hostile, demo: true, trouble: wrong("sms") };
    vec![
        ("second", second::second_page(cx, &asking)),
        ("second without a way", second::second_page(cx, &nothing)),
        ("enrol", factors::setup_page(cx, &enrol)),
        ("code", code_login::code_page(cx, &code_login::CodeLogin::default())),
        ("code entered", code_login::code_page(cx, &code)),
        ("unfreeze", freeze::unfreeze_page(cx, hostile, wrong("contact"))),
        ("unfreeze, second half", freeze::finish_page(cx, &finish)),
        ("undo", contact::undo_page(cx, "evl_x", ContactKind::Email)),
        ("undo too late", contact::dead_page(cx)),
    ]
}

fn asking_like(ways: &Ways) -> Asking<'_> {
    Asking {
        action: "/login/proof",
        ways,
        next: "/orders",
        carried: "",
        sent: false,
        remember: false,
        demo: false,
        trouble: Trouble::default(),
    }
}

/// What somebody signed in sees.
pub(super) fn for_owners(
    cx: &PageCx,
    hostile: &str,
    (profile, sessions): (&Profile, &[SessionView]),
    now: Timestamp,
) -> Vec<(&'static str, Markup)> {
    let known = [DeviceView {
        id: DeviceId(3),
        device: hostile.to_owned(),
        address: hostile.to_owned(),
        remembered_until: Some(now),
        created_at: now,
        seen_at: now,
    }];
    let logins: Vec<LoginView> = Outcome::ALL
        .into_iter()
        .zip(Method::ALL)
        .map(|(outcome, method)| LoginView {
            id: LoginId(4),
            outcome,
            method,
            device: hostile.to_owned(),
            address: hostile.to_owned(),
            reasons: vec!["new_device".to_owned(), hostile.to_owned()],
            at: now,
        })
        .collect();
    let view = security::Security {
        profile,
        enrolled: Enrolled { totp: true, passkeys: 1, recovery_codes: 2 },
        sessions,
        current: SessionId(1),
        devices: &known,
        logins: &logins,
        done: Some("others"),
        trouble: wrong("current"),
    };
    let ways = all_ways(hostile);
    let asked = Asking { carried: hostile, trouble: wrong("password"), ..asking_like(&ways) };
    let offer = TotpOffer { secret: "ABCD EFGH".to_owned(), uri: format!("otpauth://totp/{hostile}") };
    let app = factors::Setup {
        offer: &offer,
        since: Some(now),
        enrolling: false,
        next: "/me",
        trouble: wrong("code"),
    };
    let change = contact::View {
        kind: ContactKind::Phone,
        contact: hostile,
        waiting: None,
        demo: true,
        trouble: wrong("contact"),
    };
    let waiting =
        contact::View { waiting: Some(hostile), trouble: wrong("code"), contact: "", ..change_like(&change) };
    vec![
        ("security", security::security_page(cx, &view)),
        ("logins", devices::logins_page(cx, &logins, Some("x"))),
        ("proof", proof::proof_page(cx, &asked, maud::html! {})),
        ("app", factors::setup_page(cx, &app)),
        ("recovery codes", factors::about_page(cx, view.enrolled)),
        ("recovery codes without a factor", factors::about_page(cx, Enrolled::default())),
        ("contact", contact::contact_page(cx, &change)),
        ("contact waiting", contact::contact_page(cx, &waiting)),
        ("freeze", freeze::sure_page(cx)),
    ]
}

fn change_like<'a>(view: &contact::View<'a>) -> contact::View<'a> {
    contact::View {
        kind: view.kind,
        contact: view.contact,
        waiting: view.waiting,
        demo: view.demo,
        trouble: Trouble::default(),
    }
}
