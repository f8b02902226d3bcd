//! How passkeys look: the button beside other ways in, the part of the security page, the page that lists them.
//!
//! The buttons need script and stay hidden without it; the text beside them then names the other ways. Listing, renaming and
//! removing are plain forms.

use identity::passkey::{Party, PasskeyView, Passkeys};
use maud::{Markup, html};

use super::reply::Trouble;
use crate::i18n::PasskeyWords;
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, form, shell, status, time};

/// The page that lists them.
pub(super) const PAGE: &str = "/me/security/passkeys";
/// Where a fresh proof is asked for, and the way back.
const PROOF: &str = "/login/proof?next=/me/security/passkeys";
const MOST_PASSKEYS: usize = 10;

/// What stands below the sign-in form; nothing where passkeys cannot work. The page needs the script `passkey`, and the field
/// for the account `autocomplete="username webauthn"`.
pub(crate) fn sign_in_parts(cx: &PageCx, next: &str) -> Markup {
    let button = PasskeyWords::of(cx.locale).btn_sign_in;
    shown(
        cx,
        &Drive {
            ask: "/passkey/ask/sign-in",
            action: "/login/passkey",
            conditional: true,
            button,
            next,
            carried: "",
        },
    )
}

/// What the page for a fresh proof shows to somebody who has a passkey. `carried` is a form that waits, sealed.
pub(crate) fn proof_parts(cx: &PageCx, next: &str, carried: &str) -> Markup {
    let button = PasskeyWords::of(cx.locale).btn_prove;
    shown(
        cx,
        &Drive {
            ask: "/passkey/ask/proof",
            action: "/login/proof/passkey",
            conditional: false,
            button,
            next,
            carried,
        },
    )
}

/// What the page for the second factor shows to somebody who has a passkey.
pub(crate) fn second_parts(cx: &PageCx, next: &str) -> Markup {
    let button = PasskeyWords::of(cx.locale).btn_prove;
    shown(
        cx,
        &Drive {
            ask: "/passkey/ask/second",
            action: "/login/second/passkey",
            conditional: false,
            button,
            next,
            carried: "",
        },
    )
}

/// A form that shows a passkey.
struct Drive<'a> {
    /// Where the question comes from, and where the answer goes.
    ask: &'a str,
    action: &'a str,
    conditional: bool,
    button: &'a str,
    next: &'a str,
    carried: &'a str,
}

fn shown(cx: &PageCx, drive: &Drive<'_>) -> Markup {
    let t = PasskeyWords::of(cx.locale);
    html! {
        @if Party::of(&cx.origin).is_some() {
            form.stack #show-passkey method="post" action=(drive.action) data-passkey="get"
                data-options=(drive.ask) data-conditional[drive.conditional]
                data-prompt=(t.prompt) data-checking=(t.checking) data-cancelled=(t.cancelled) data-known=(t.known)
                data-failed=(t.failed) data-unsupported=(t.unsupported) {
                (answer_fields(cx))
                input type="hidden" name="next" value=(drive.next);
                @if !drive.carried.is_empty() { input type="hidden" name="carried" value=(drive.carried); }
                button.btn.sec data-with-passkey hidden { (drive.button) }
                p.muted.sm data-note role="status" hidden {}
            }
            noscript { p.muted.sm { (t.no_script) } }
        }
    }
}

fn answer_fields(cx: &PageCx) -> Markup {
    html! {
        (form::csrf(cx))
        input type="hidden" name="ceremony" value="";
        input type="hidden" name="credential" value="";
    }
}

/// What the page of passkeys shows.
pub(crate) struct View<'a> {
    pub passkeys: &'a Passkeys,
    /// Whether a factor was shown within the last minutes.
    pub is_fresh: bool,
    /// The name a new one gets unless the person changes it.
    pub suggested: &'a str,
    /// What was just done: `added`, `renamed`, `removed`.
    pub done: Option<&'a str>,
    pub trouble: Trouble,
}

/// `/me/security/passkeys`
pub(crate) fn page(cx: &PageCx, view: &View<'_>) -> Markup {
    let t = PasskeyWords::of(cx.locale);
    let party = Party::of(&cx.origin);
    let done = view.done.map(|what| match what {
        "added" => t.added,
        "renamed" => t.renamed,
        _ => t.removed,
    });
    let keys = &view.passkeys.keys;
    let ids: Vec<&str> = keys.iter().map(|key| key.credential_id.as_str()).collect();
    let body = html! {
        (shell::back_link("/me/security", crate::i18n::SettingsWords::of(cx.locale).security))
        h1 { (t.title) }
        (view.trouble.summary(cx, html! {}))
        @if let Some(done) = done { (banner::banner(Kind::Ok, done, html! {})) }
        @if keys.iter().any(|key| key.alarmed_at.is_some()) {
            (banner::banner(Kind::Warn, t.suspect, html! { p { (t.suspect_note) } }))
        }
        p.muted { (t.lead) }
        @if let Some((party, user)) = party.as_ref().zip(view.passkeys.user_id.as_deref()) {
            // The person's own ids, so that the browser can forget what was removed.
            div hidden data-passkey-rp=(party.id()) data-passkey-user=(user) data-passkey-ids=(ids.join(" ")) {}
        }
        @if keys.is_empty() { p { (t.none) } }
        @else { ul.rows { @for key in keys { (row(cx, key)) } } }
        @if party.is_none() { (banner::banner(Kind::Info, t.no_party, html! {})) }
        @else { (card::card("add-passkey", t.add, None, adding(cx, view))) }
    };
    let frame = Page::new(t.title).nav(Nav::Me).narrow().errors(view.trouble.any()).scripts(&["passkey"]);
    shell::portal(cx, &frame, body)
}

/// The same address for somebody whose role demands a second factor before anything else.
pub(crate) fn enrol_page(cx: &PageCx, view: &View<'_>) -> Markup {
    let t = PasskeyWords::of(cx.locale);
    let body = html! {
        (shell::back_link("/login/enrol", t.other_factor))
        h1 { (t.add) }
        (view.trouble.summary(cx, html! {}))
        p.muted { (t.lead) }
        @if Party::of(&cx.origin).is_none() { (banner::banner(Kind::Info, t.no_party, html! {})) }
        @else if !view.is_fresh { p { (t.sign_in_again) } }
        @else { (adding_form(cx, name_field(cx, view), "/console")) }
    };
    let frame = Page::new(t.add).narrow().errors(view.trouble.any()).scripts(&["passkey"]);
    shell::portal(cx, &frame, body)
}

fn name_field<'a>(cx: &PageCx, view: &'a View<'_>) -> Field<'a> {
    let t = PasskeyWords::of(cx.locale);
    Field::new("name", t.name).hint(t.name_hint).value(view.suggested).error(view.trouble.on("name"))
}

fn adding(cx: &PageCx, view: &View<'_>) -> Markup {
    let t = PasskeyWords::of(cx.locale);
    html! {
        @if view.passkeys.keys.len() >= MOST_PASSKEYS {
            p { (t.full) }
        } @else if !view.is_fresh {
            p { (t.proof_first) }
            (ui::button_link(PROOF, t.btn_prove_first, "sec"))
        } @else {
            (adding_form(cx, name_field(cx, view), PAGE))
        }
    }
}

fn adding_form(cx: &PageCx, name: Field<'_>, next: &str) -> Markup {
    let t = PasskeyWords::of(cx.locale);
    html! {
        p.muted.sm { (t.add_lead) }
        noscript { p { (t.no_script_add) } }
        form.stack #new-passkey method="post" action=(PAGE) data-passkey="create" data-options={ (PAGE) "/options" }
            data-proof=(PROOF) data-prompt=(t.prompt) data-checking=(t.checking) data-cancelled=(t.cancelled)
            data-known=(t.known) data-failed=(t.failed) data-unsupported=(t.unsupported) {
            (answer_fields(cx))
            input type="hidden" name="next" value=(next);
            div data-with-passkey hidden {
                (name.text(cx, 40))
                (form::actions(cx, t.btn_add, None))
            }
            p.muted.sm data-note role="status" hidden {}
        }
    }
}

fn row(cx: &PageCx, key: &PasskeyView) -> Markup {
    let t = PasskeyWords::of(cx.locale);
    let field = format!("name-{}", key.id);
    html! {
        li.row {
            div.grow {
                b { (key.name) } " "
                @if key.is_synced { (status::tag(Kind::Info, t.synced)) " " }
                @if key.alarmed_at.is_some() { (status::tag(Kind::Warn, t.suspect)) }
                div.muted.sm {
                    (t.created) " " (time::stamp(cx, key.created_at)) " · "
                    @match key.used_at {
                        Some(at) => { (t.used) " " (time::ago(cx, at)) }
                        None => { (t.never_used) }
                    }
                }
                details {
                    summary aria-label=(t.rename_what(&key.name)) { (t.btn_rename) }
                    form.inline method="post" action={ (PAGE) "/" (key.id) "/rename" } data-once {
                        (form::csrf(cx))
                        label.vh for=(field) { (t.name) }
                        input #(field) name="name" value=(key.name) maxlength="40" required;
                        button.btn.sec.small { (t.btn_rename) }
                    }
                }
            }
            a.btn.sec.small href={ (PAGE) "/" (key.id) "/remove" } aria-label=(t.remove_what(&key.name)) { (t.btn_remove) }
        }
    }
}

/// `/me/security/passkeys/{id}/remove`: the question before it.
pub(crate) fn remove_page(cx: &PageCx, key: &PasskeyView) -> Markup {
    let t = PasskeyWords::of(cx.locale);
    let action = format!("{PAGE}/{}/remove", key.id);
    let body = html! {
        (shell::back_link(PAGE, t.title))
        h1 { (t.remove_title) }
        p { b { (key.name) } }
        p { (t.remove_note) }
        div.acts {
            (ui::post_button(cx, &action, t.btn_confirm_remove, "danger", &[]))
            (ui::button_link(PAGE, t.keep, "sec"))
        }
    };
    shell::portal(cx, &Page::new(t.remove_title).nav(Nav::Me).narrow(), body)
}

#[cfg(test)]
mod tests {
    use identity::passkey::PasskeyId;
    use kernel::{Locale, Timestamp};

    use super::*;

    fn cx(origin: &str) -> PageCx {
        let mut cx = PageCx::guest(Locale::Zh, "/".to_owned(), Timestamp(1_795_265_100_000_000));
        origin.clone_into(&mut cx.origin);
        cx
    }

    fn key(name: &str) -> PasskeyView {
        PasskeyView {
            id: PasskeyId(7),
            name: name.to_owned(),
            credential_id: "AQID".to_owned(),
            is_synced: true,
            created_at: Timestamp(1_795_265_000_000_000),
            used_at: None,
            alarmed_at: Some(Timestamp(1_795_265_000_000_000)),
        }
    }

    fn shown(origin: &str, keys: Vec<PasskeyView>, is_fresh: bool) -> String {
        let passkeys = Passkeys { user_id: Some("BwcH".to_owned()), keys };
        let view = View {
            passkeys: &passkeys,
            is_fresh,
            suggested: "Chrome",
            done: None,
            trouble: Trouble::default(),
        };
        page(&cx(origin), &view).into_string()
    }

    #[test]
    fn on_a_bare_address_the_page_says_plainly_that_passkeys_need_a_name() {
        let t = PasskeyWords::of(Locale::Zh);
        for origin in
            ["http://127.0.0.1:8024", "http://[::1]:8024", "https://192.0.2.1", "http://counter.example"]
        {
            let page = shown(origin, Vec::new(), true);
            assert!(page.contains(t.no_party) && !page.contains("data-passkey=\"create\""), "{origin}");
            assert!(sign_in_parts(&cx(origin), "/").into_string().is_empty(), "{origin}");
        }
        for origin in ["http://localhost:8024", "https://counter.example"] {
            let page = shown(origin, Vec::new(), true);
            assert!(!page.contains(t.no_party) && page.contains("data-passkey=\"create\""), "{origin}");
            let parts = sign_in_parts(&cx(origin), "/orders").into_string();
            assert!(parts.contains("data-conditional") && parts.contains("value=\"/orders\""), "{origin}");
            assert!(parts.contains("<noscript>") && parts.contains(t.no_script), "{origin}");
        }
    }

    #[test]
    fn without_a_fresh_proof_the_page_leads_to_one_and_still_lists() {
        let page = shown("https://counter.example", vec![key("<b>旧手机</b>")], false);
        assert!(page.contains("/login/proof?next=/me/security/passkeys") && !page.contains("data-options"));
        assert!(page.contains("&lt;b&gt;旧手机&lt;/b&gt;"), "names are text");
        let t = PasskeyWords::of(Locale::Zh);
        assert!(page.contains(t.suspect_note) && page.contains(t.synced) && page.contains(t.never_used));
        assert!(page.contains("data-passkey-ids=\"AQID\""), "the browser can be told what is left");
    }

    #[test]
    fn with_ten_passkeys_there_is_no_button_for_one_more() {
        let ten: Vec<PasskeyView> = (0..10).map(|_| key("a")).collect();
        let page = shown("https://counter.example", ten, true);
        assert!(page.contains(PasskeyWords::of(Locale::Zh).full) && !page.contains("data-options"));
    }
}
