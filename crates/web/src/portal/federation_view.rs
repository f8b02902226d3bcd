//! The pages of third-party sign-in, linked accounts and merging, as functions of what they show.

use identity::link::LinkView;
use identity::merge::{Candidate, Obstacle};
use maud::{Markup, html};

use super::auth::onward;
use super::federation::{LINKS, PartyView};
use super::reply::Trouble;
use crate::i18n::{AuthWords, FederationWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, form, shell, time};

/// Links, because they lead to another site.
pub(crate) fn buttons(cx: &PageCx, next: &str) -> Markup {
    let t = FederationWords::of(cx.locale);
    html! {
        @if !cx.parties.is_empty() {
            section.stack-s aria-labelledby="with" {
                h2.sm #with { (t.or) }
                div.acts {
                    @for (name, label) in &cx.parties {
                        (ui::button_link(&onward(&format!("/login/with/{name}"), next), &t.btn_with(label), "sec"))
                    }
                }
            }
        }
    }
}

/// One form a party.
pub(crate) fn proof_buttons(cx: &PageCx, parties: &[PartyView], next: &str) -> Markup {
    let t = FederationWords::of(cx.locale);
    html! {
        @for (name, label) in parties {
            (ui::post_button(cx, &format!("/login/prove/{name}"), &t.prove_with(label), "sec", &[("next", next)]))
        }
    }
}

fn label_of<'a>(parties: &'a [PartyView], name: &'a str) -> &'a str {
    parties.iter().find(|(known, _)| known == name).map_or(name, |(_, label)| label.as_str())
}

/// Before the browser leaves.
pub(crate) fn hop_page(cx: &PageCx, url: &str) -> Markup {
    let t = FederationWords::of(cx.locale);
    let body = html! {
        h1 { (t.hop) }
        p.muted { (t.hop_lead) }
        div.acts { (ui::button_link(url, t.btn_hop, "")) }
    };
    shell::portal(cx, &Page::new(t.hop).narrow(), body)
}

/// A way that ended nowhere.
#[derive(Debug)]
pub(crate) struct Failed<'a> {
    /// Empty when it is not known which.
    pub provider: &'a str,
    pub is_signed_in: bool,
    pub trouble: &'a Trouble,
}

pub(crate) fn failed_page(cx: &PageCx, failed: &Failed<'_>) -> Markup {
    let t = FederationWords::of(cx.locale);
    let title = if failed.is_signed_in { t.failed_link } else { t.failed };
    let again = format!("/login/with/{}", failed.provider);
    let can_again = !failed.is_signed_in && !failed.provider.is_empty();
    let body = html! {
        h1 { (title) }
        (failed.trouble.summary(cx, html! {
            @if failed.trouble.code == "identity.link_taken" { (ui::link("/me/security/merge", t.merge)) }
        }))
        div.acts {
            @if failed.is_signed_in { (ui::button_link(LINKS, t.back_to_links, "")) }
            @else {
                @if can_again { (ui::button_link(&again, t.again, "")) }
                (ui::button_link("/login", t.other_way, if can_again { "sec" } else { "" }))
            }
        }
    };
    shell::portal(cx, &Page::new(title).narrow().errors(true), body)
}

/// An identity that belongs to no account yet, and the form as it was sent.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    pub label: &'a str,
    pub known_as: Option<&'a str>,
    pub name: &'a str,
    pub contact: &'a str,
    pub trouble: Trouble,
}

/// `/login/claim`
pub(crate) fn claim_page(cx: &PageCx, claim: &Claim<'_>) -> Markup {
    let (t, auth) = (FederationWords::of(cx.locale), AuthWords::of(cx.locale));
    let wrong = |name| claim.trouble.on(name);
    let sign_in = onward("/login", "/me/security/links/claim");
    let inside = html! {
        (Field::new("contact", t.contact).hint(t.contact_hint).value(claim.contact).error(wrong("contact")).sign_in_name(cx))
        (Field::new("name", t.name).value(claim.name).error(wrong("name")).optional().autocomplete("name").text(cx, 50))
        p.muted.sm { (t.no_match) }
        p.muted.sm { (auth.privacy_note) " " (ui::link("/help/privacy", auth.privacy_link)) }
        (form::actions(cx, t.btn_register, None))
    };
    let known = match claim.known_as {
        Some(name) => t.arrived_as(claim.label, name),
        None => t.arrived(claim.label),
    };
    let body = html! {
        h1 { (t.choose) }
        p { (known) }
        (claim.trouble.summary(cx, html! {
            @if claim.trouble.code == "identity.already_registered" { (ui::link(&sign_in, t.registered_already)) }
        }))
        (card::card("fresh", t.fresh, None, html! {
            p.muted { (t.fresh_lead) }
            (form::form(cx, "register", "/login/claim/register", None, inside))
        }))
        (card::card("have", t.have, None, html! {
            p.muted { (t.have_lead) }
            (ui::button_link(&sign_in, t.btn_have, "sec"))
        }))
    };
    let page = Page::new(t.choose).narrow().errors(claim.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

/// `/me/security/links/claim`
pub(crate) fn adopt_page(cx: &PageCx, label: &str, known_as: Option<&str>) -> Markup {
    let t = FederationWords::of(cx.locale);
    let body = html! {
        h1 { (t.confirm) }
        @if let Some(name) = known_as { p { (t.arrived_as(label, name)) } }
        p { (t.confirm_what(label)) }
        (form::form(cx, "adopt", "/me/security/links/claim", None, html! {
            (form::actions(cx, t.btn_confirm, Some(ui::button_link("/", t.not_now, "sec"))))
        }))
    };
    shell::portal(cx, &Page::new(t.confirm).nav(Nav::Me).narrow(), body)
}

/// What `/me/security/links` shows.
pub(crate) struct Links<'a> {
    pub parties: &'a [PartyView],
    pub links: &'a [LinkView],
    pub done: Option<&'a str>,
    pub trouble: Trouble,
}

/// `/me/security/links`
pub(crate) fn links_page(cx: &PageCx, view: &Links<'_>) -> Markup {
    let t = FederationWords::of(cx.locale);
    let body = html! {
        (shell::back_link("/me/security", SettingsWords::of(cx.locale).security))
        h1 { (t.links) }
        (view.trouble.summary(cx, html! {}))
        @if let Some(done) = view.done { (banner::banner(Kind::Ok, done, html! {})) }
        (card::card("linked", t.links, None, html! {
            p.muted.sm { (t.links_lead) }
            @if view.links.is_empty() { p { (t.none) } }
            @else { ul.rows { @for link in view.links { (link_row(cx, view.parties, link)) } } }
        }))
        @if !view.parties.is_empty() {
            (card::card("add", t.add, None, html! {
                div.acts {
                    @for (name, label) in view.parties {
                        (ui::post_button(cx, &format!("{LINKS}/add/{name}"), &t.add_party(label), "sec", &[]))
                    }
                }
            }))
        }
        (card::card("merge", t.merge, None, html! {
            p.muted { (t.merge_short) }
            (ui::button_link("/me/security/merge", t.merge, "sec"))
        }))
    };
    shell::portal(cx, &Page::new(t.links).nav(Nav::Me).narrow().errors(view.trouble.any()), body)
}

fn link_row(cx: &PageCx, parties: &[PartyView], link: &LinkView) -> Markup {
    let t = FederationWords::of(cx.locale);
    let label = label_of(parties, &link.provider);
    let offered = parties.iter().any(|(name, _)| *name == link.provider);
    html! {
        li.row {
            div.grow {
                b { (label) } @if let Some(name) = &link.name { " · " (name) }
                @if !offered { " " (ui::status::tag(Kind::Warn, t.gone)) }
                div.muted.sm {
                    (t.since) " " (time::date(link.created_at)) " · "
                    @match link.used_at {
                        Some(at) => { (t.used) " " (time::ago(cx, at)) }
                        None => { (t.never) }
                    }
                }
            }
            form.inline method="post" action={ (LINKS) "/" (link.id) "/remove" } data-once {
                (form::csrf(cx))
                button.btn.sec.small aria-label=(t.unlink_what(label)) { (t.btn_unlink) }
            }
        }
    }
}

/// What `/me/security/merge` shows.
#[derive(Debug)]
pub(crate) struct Prove<'a> {
    pub parties: &'a [PartyView],
    pub contact: &'a str,
    pub trouble: Trouble,
}

/// `/me/security/merge`
pub(crate) fn prove_page(cx: &PageCx, prove: &Prove<'_>) -> Markup {
    let t = FederationWords::of(cx.locale);
    let wrong = |name| prove.trouble.on(name);
    let inside = html! {
        (Field::new("contact", t.contact).value(prove.contact).error(wrong("contact")).sign_in_name(cx))
        (Field::new("password", t.password).error(wrong("password")).password(cx, "off"))
        (form::actions(cx, t.btn_prove, None))
    };
    let body = html! {
        (shell::back_link(LINKS, t.links))
        h1 { (t.merge) }
        p { (t.merge_lead) }
        (prove.trouble.summary(cx, html! {}))
        (card::card("who", t.merge_who, None, form::form(cx, "prove", "/me/security/merge", None, inside)))
        @if !prove.parties.is_empty() {
            (card::card("with", t.merge_with, None, html! {
                div.acts {
                    @for (name, label) in prove.parties {
                        (ui::post_button(cx, &format!("/me/security/merge/with/{name}"), &t.prove_with(label), "sec", &[]))
                    }
                }
            }))
        }
    };
    let page = Page::new(t.merge).nav(Nav::Me).narrow().errors(prove.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

/// What `/me/security/merge/confirm` shows.
#[derive(Debug)]
pub(crate) struct Confirm<'a> {
    pub candidate: &'a Candidate,
    pub trouble: Trouble,
}

/// `/me/security/merge/confirm`
pub(crate) fn confirm_page(cx: &PageCx, confirm: &Confirm<'_>) -> Markup {
    let t = FederationWords::of(cx.locale);
    let Confirm { candidate, trouble } = confirm;
    let inside = html! {
        @if candidate.needs_second {
            (Field::new("second", t.second).hint(t.second_hint).error(trouble.on("second")).autocomplete("one-time-code").text(cx, 40))
        }
        (form::actions(cx, t.btn_merge, Some(ui::button_link(LINKS, t.not_now, "sec"))))
    };
    let body = html! {
        (shell::back_link("/me/security/merge", t.merge))
        h1 { (t.merge_check) }
        (trouble.summary(cx, html! {}))
        dl.sum {
            div { dt { (t.merge_other) } dd.num { (candidate.masked.join(cx.pick("、", ", "))) } }
            div { dt { (t.merge_until) } dd { (time::full(cx, candidate.expires_at)) } }
        }
        @if candidate.obstacles.is_empty() {
            p { (t.merge_lead) }
            (form::form(cx, "merge", "/me/security/merge/confirm", None, inside))
        } @else {
            (banner::banner(Kind::Warn, t.blocked, html! {
                ul { @for obstacle in &candidate.obstacles { li { (obstacle_words(t, *obstacle)) } } }
            }))
            div.acts { (ui::button_link(LINKS, t.back_to_links, "")) }
        }
    };
    shell::portal(cx, &Page::new(t.merge_check).nav(Nav::Me).narrow().errors(trouble.any()), body)
}

const fn obstacle_words(t: &FederationWords, obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Orders => t.blocked_orders,
        Obstacle::Money => t.blocked_money,
        Obstacle::Organisation => t.blocked_organisation,
    }
}
