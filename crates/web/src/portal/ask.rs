//! The forms that ask for a factor: on the page for the second one and on the page for a fresh proof. One form a way, the best
//! first; each works without script.

use identity::signin::{Proof, Way, Ways};
use maud::{Markup, html};

use super::passkeys;
use super::reply::Trouble;
use crate::edge::PostForm;
use crate::i18n::FactorWords;
use crate::ui::form::{self, Field};
use crate::ui::{self, Kind, PageCx, banner};

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    /// Where the forms go; a code is sent by `{action}/code`.
    pub action: &'static str,
    pub ways: &'a Ways,
    pub next: &'a str,
    /// A form that waits to be submitted, sealed; empty when there is none.
    pub carried: &'a str,
    /// Whether a code was just sent.
    pub sent: bool,
    /// Offers to spare this device the second factor.
    pub remember: bool,
    pub demo: bool,
    pub trouble: Trouble,
}

/// All the forms.
pub(crate) fn forms(cx: &PageCx, asking: &Asking<'_>) -> Markup {
    let t = FactorWords::of(cx.locale);
    html! {
        @if asking.ways.0.is_empty() { p { (t.no_way) } }
        @if asking.ways.has(&Way::Passkey) { (passkey(cx, asking)) }
        @for way in &asking.ways.0 {
            @match way {
                Way::Passkey => {}
                Way::Totp => { (one(cx, asking, "totp", t.btn_confirm, totp(cx, asking))) }
                Way::Password => { (one(cx, asking, "password", t.btn_confirm, password(cx, asking))) }
                Way::Code { masked_to } => { (code(cx, asking, masked_to)) }
                Way::RecoveryCode => {
                    details open[asking.ways.0.len() == 1 || asking.trouble.on("recovery_code").is_some()] {
                        summary { (t.use_recovery) }
                        (one(cx, asking, "recovery_code", t.btn_confirm, recovery(cx, asking)))
                    }
                }
            }
        }
    }
}

fn passkey(cx: &PageCx, asking: &Asking<'_>) -> Markup {
    if asking.remember {
        passkeys::second_parts(cx, asking.next)
    } else {
        passkeys::proof_parts(cx, asking.next, asking.carried)
    }
}

fn totp(cx: &PageCx, asking: &Asking<'_>) -> Markup {
    let t = FactorWords::of(cx.locale);
    Field::new("totp", t.totp).hint(t.totp_hint).error(asking.trouble.on("totp")).otp(cx)
}

fn password(cx: &PageCx, asking: &Asking<'_>) -> Markup {
    let t = FactorWords::of(cx.locale);
    Field::new("password", t.password).error(asking.trouble.on("password")).password(cx, "current-password")
}

fn recovery(cx: &PageCx, asking: &Asking<'_>) -> Markup {
    let t = FactorWords::of(cx.locale);
    let field = Field::new("recovery_code", t.recovery).hint(t.recovery_hint);
    field.error(asking.trouble.on("recovery_code")).text(cx, 40)
}

fn code(cx: &PageCx, asking: &Asking<'_>, to: &str) -> Markup {
    let t = FactorWords::of(cx.locale);
    let field = Field::new("code", t.code).hint(t.code_hint).error(asking.trouble.on("code")).otp(cx);
    let again = if asking.sent { t.btn_resend } else { t.btn_send };
    html! {
        @if asking.sent {
            p { (t.code_to(to)) }
            (demo_note(cx, asking.demo))
            (one(cx, asking, "code", t.btn_confirm, field))
        } @else {
            p { (t.send_to(to)) }
        }
        form.inline method="post" action={ (asking.action) "/code" } data-once {
            (form::csrf(cx))
            (kept(asking))
            button.btn.sec { (again) }
        }
    }
}

/// Where messages are in the demo.
pub(crate) fn demo_note(cx: &PageCx, demo: bool) -> Markup {
    let t = FactorWords::of(cx.locale);
    html! {
        @if demo {
            (banner::banner(Kind::Info, t.demo_title, html! {
                p { (t.demo_outbox) " " (ui::link("/demo/outbox", t.demo_outbox_link)) }
            }))
        }
    }
}

/// One form for one way.
fn one(cx: &PageCx, asking: &Asking<'_>, way: &str, button: &str, field: Markup) -> Markup {
    let t = FactorWords::of(cx.locale);
    let id = format!("ask-{way}");
    let inside = html! {
        input type="hidden" name="way" value=(way);
        (kept(asking))
        (field)
        @if asking.remember {
            label.check { input type="checkbox" name="remember" value="true"; span { (t.remember) } }
        }
        (form::actions(cx, button, None))
    };
    form::form(cx, &id, asking.action, None, inside)
}

fn kept(asking: &Asking<'_>) -> Markup {
    html! {
        input type="hidden" name="next" value=(asking.next);
        @if !asking.carried.is_empty() { input type="hidden" name="carried" value=(asking.carried); }
    }
}

/// The factor that was shown in such a form.
pub(crate) fn shown(form: &PostForm) -> Proof {
    match form.get("way") {
        "totp" => Proof::Totp(form.get("totp").to_owned()),
        "recovery_code" => Proof::RecoveryCode(form.get("recovery_code").to_owned()),
        "code" => Proof::Code(form.get("code").to_owned()),
        _ => Proof::Password(form.get("password").to_owned()),
    }
}

/// The message belongs to the field of this name, which was filled in.
pub(crate) fn blamed(trouble: Trouble, field: &str) -> Trouble {
    let has_field = !matches!(field, "" | "passkey");
    if trouble.code == "identity.factor_wrong" && has_field { trouble.at(field) } else { trouble }
}
