//! How `/me/identity` looks: level and person, the check, the documents, the history. Pure.

use std::sync::Arc;

use catalogue::service::ServiceVersion;
use identity::real_name::{Check, CheckState, KnownPerson, Standing};
use identity::review::{Grounds, Review, ReviewState};
use kernel::{Level, Locale, Timestamp};
use maud::{Markup, html};

use super::real_name::{DOCUMENTS, PATH, WITHDRAW};
use super::reply::Trouble;
use crate::edge::form::encode;
use crate::i18n::{Common, IdentityWords, SettingsWords};
use crate::ui::form::{self, Field, id_of};
use crate::ui::summary::{Answer, summary_list};
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, shell, status, time};

/// What was typed before, and where the customer came from.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Typed<'a> {
    pub name: &'a str,
    pub number: &'a str,
    pub consent: bool,
    pub next: Option<&'a str>,
}

/// What the page shows.
pub(super) struct View<'a> {
    pub standing: &'a Standing,
    pub reviews: &'a [Review],
    pub services: &'a [Arc<ServiceVersion>],
    /// What was just done: `match`, `documents`, `withdrawn`.
    pub done: Option<&'a str>,
    pub typed: Typed<'a>,
    pub idem: &'a str,
    pub is_customer: bool,
    pub trouble: Trouble,
}

/// What the page of the upload shows.
pub(super) struct Papers<'a> {
    pub typed: Typed<'a>,
    pub trouble: Trouble,
}

/// `1 级·联系方式已验证`.
pub(crate) fn level_words(level: Level, locale: Locale) -> &'static str {
    let t = IdentityWords::of(locale);
    match level {
        Level::None => t.level_0,
        Level::Contact => t.level_1,
        Level::RealName => t.level_2,
        Level::Documents => t.level_3,
    }
}

/// Who orders must be known so surely; said before the first question, with the way to get there and back.
pub(super) fn level_note(cx: &PageCx, version: &ServiceVersion, level: Level) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let verify = super::real_name::path_from(&format!("/services/{}", version.code));
    let words = t.needs(level_words(level, cx.locale));
    banner::note(html! { p { (words) " " (ui::link(&verify, t.btn_verify)) } })
}

/// Why documents were rejected, in the customer's words.
pub(crate) fn grounds_words(grounds: Grounds, locale: Locale) -> &'static str {
    let t = IdentityWords::of(locale);
    match grounds {
        Grounds::Unreadable => t.grounds_unreadable,
        Grounds::Incomplete => t.grounds_incomplete,
        Grounds::Differs => t.grounds_differs,
        Grounds::Expired => t.grounds_expired,
        Grounds::Doubtful => t.grounds_doubtful,
    }
}

/// Which document a number stands on.
pub(crate) fn holder_words(holder: &str, locale: Locale) -> &'static str {
    let t = IdentityWords::of(locale);
    match holder {
        "residence_permit" => t.holder_residence_permit,
        "foreign_resident" => t.holder_foreign_resident,
        _ => t.holder_citizen,
    }
}

pub(super) fn may_hand_in(standing: &Standing, reviews: &[Review]) -> bool {
    standing.level < Level::Documents && !reviews.iter().any(|review| review.state == ReviewState::Waiting)
}

pub(super) fn page(cx: &PageCx, view: &View<'_>) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let standing = view.standing;
    let checks = view.is_customer && standing.level < Level::RealName;
    let body = html! {
        (shell::back_link("/me", SettingsWords::of(cx.locale).me))
        h1 { (t.title) }
        p.muted { (t.lead) }
        (view.trouble.summary(cx, html! {}))
        (news(cx, view))
        (card::card("level", t.level, None, html! {
            p { (status::tag(level_kind(standing.level), level_words(standing.level, cx.locale))) }
            @if let Some(person) = &standing.person { (known(cx, person)) }
        }))
        @if checks && standing.offered && standing.running().is_none() {
            (card::card("check", t.check, None, check_form(cx, view)))
        }
        @if view.is_customer && standing.level < Level::Documents {
            (card::card("documents", t.documents, None, documents(cx, view)))
        }
        (card::card("levels", t.levels, None, levels(cx, view)))
        (card::card("history", t.history, None, history(cx, view)))
        @if standing.person.is_some() || !standing.checks.is_empty() || !view.reviews.is_empty() {
            p.sm { (ui::link(WITHDRAW, t.withdraw)) }
        }
    };
    let page = Page::new(t.title).nav(Nav::Me).narrow().errors(view.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

const fn level_kind(level: Level) -> Kind {
    match level {
        Level::None => Kind::Plain,
        Level::Contact => Kind::Info,
        Level::RealName | Level::Documents => Kind::Ok,
    }
}

fn known(cx: &PageCx, person: &KnownPerson) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let rows = [
        Answer::text(t.name, &person.name, None),
        Answer { label: t.number, value: html! { span.num { (person.number) } }, change: None },
        Answer::text(t.holder, holder_words(&person.holder, cx.locale), None),
        Answer { label: t.proved, value: time::full(cx, person.proved_at), change: None },
    ];
    summary_list(cx, &rows)
}

/// What happened last, said once on top: done, running, or why not.
fn news(cx: &PageCx, view: &View<'_>) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let standing = view.standing;
    let go_on = view.typed.next.filter(|_| standing.level >= Level::RealName);
    let last = standing.checks.first().filter(|_| standing.level < Level::RealName);
    let failed = last.filter(|_| view.done.is_none() && !view.trouble.any()).and_then(|check| {
        let (kind, words) = match check.state {
            CheckState::Mismatch => (Kind::Bad, t.failed_mismatch),
            CheckState::NotFound => (Kind::Bad, t.failed_not_found),
            CheckState::Unavailable => (Kind::Warn, t.failed_unavailable),
            CheckState::Taken => (Kind::Bad, t.failed_taken),
            CheckState::Asking | CheckState::Match | CheckState::Withdrawn => return None,
        };
        Some((kind, words, check.state == CheckState::Taken))
    });
    let done = match view.done {
        Some("match") if standing.level >= Level::RealName => Some(t.done_match),
        Some("documents") => Some(t.done_documents),
        Some("withdrawn") if standing.person.is_none() => Some(t.done_withdrawn),
        _ => None,
    };
    html! {
        @if let Some(words) = done { (banner::banner(Kind::Ok, words, html! {})) }
        @if let Some(next) = go_on { p { (ui::button_link(next, t.btn_go_on, "main")) } }
        @if standing.running().is_some() {
            (banner::banner(Kind::Info, t.running, html! {
                p { (t.running_lead) }
                p { (ui::link(&here(view.typed.next), Common::of(cx.locale).btn_refresh)) }
            }))
        }
        @if let Some((kind, words, is_taken)) = failed {
            (banner::banner(kind, words, html! { @if is_taken { p { (ui::link("/me/security/merge", t.merge)) } } }))
        }
    }
}

fn here(next: Option<&str>) -> String {
    next.map_or_else(|| PATH.to_owned(), |next| format!("{PATH}?next={}", encode(next)))
}

fn check_form(cx: &PageCx, view: &View<'_>) -> Markup {
    let t = IdentityWords::of(cx.locale);
    if view.standing.left == 0 {
        return html! { p { (t.no_tries) } };
    }
    let inside = html! {
        (form::idem(view.idem))
        (person_fields(cx, view.typed, &view.trouble, t.consent_check))
        (form::actions(cx, t.btn_check, None))
        p.muted.sm { (t.left(view.standing.left)) }
    };
    form::form(cx, "check", PATH, None, inside)
}

/// Name, number, consent, and where to go on. The tick is never set beforehand (PIPL, 电子商务法 Art. 19).
fn person_fields(cx: &PageCx, typed: Typed<'_>, trouble: &Trouble, consent: &str) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let ticked = if typed.consent { "true" } else { "" };
    html! {
        @if let Some(next) = typed.next { input type="hidden" name="next" value=(next); }
        (Field::new("name", t.name).hint(t.name_hint).value(typed.name).error(trouble.on("name")).autocomplete("name").text(cx, 50))
        (Field::new("number", t.number).hint(t.number_hint).value(typed.number).error(trouble.on("number")).national_id(cx))
        (Field::new("consent", "").value(ticked).error(trouble.on("consent")).checkbox(cx, html! { (consent) }))
        p.muted.sm { (t.consent_note) }
    }
}

fn documents(cx: &PageCx, view: &View<'_>) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let latest = view.reviews.first();
    let target = view
        .typed
        .next
        .map_or_else(|| DOCUMENTS.to_owned(), |next| format!("{DOCUMENTS}?next={}", encode(next)));
    match latest.map(|review| (review.state, review)) {
        Some((ReviewState::Waiting, review)) => html! {
            p { (status::tag(Kind::Info, t.waiting)) " " span.muted.sm { (time::stamp(cx, review.submitted_at)) } }
            p.muted { (t.waiting_lead) }
        },
        Some((ReviewState::Rejected, review)) => html! {
            (banner::banner(Kind::Bad, t.rejected, html! {
                @if let Some(grounds) = review.grounds { p { (grounds_words(grounds, cx.locale)) } }
                @if let Some(remark) = &review.remark { p { (t.remark) (Common::of(cx.locale).separator) (remark) } }
            }))
            p { (ui::button_link(&target, t.btn_again, "sec")) }
        },
        _ => html! {
            @if !view.standing.offered { p { (t.not_offered) } }
            p.muted { (t.how_3) }
            p { (ui::button_link(&target, t.btn_documents, "sec")) }
        },
    }
}

/// What each level takes and which services ask for it.
fn levels(cx: &PageCx, view: &View<'_>) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let how = [(Level::Contact, t.how_1), (Level::RealName, t.how_2), (Level::Documents, t.how_3)];
    let asks = |level: Level| -> Vec<(&str, &str)> {
        let named = view.services.iter().filter(|version| version.service.requires_level == level);
        named.map(|version| (version.code.as_str(), version.service.name.get(cx.locale))).collect()
    };
    let one = |(level, how): (Level, &str)| {
        let services = asks(level);
        let title = html! {
            (level_words(level, cx.locale)) " "
            @if view.standing.level >= level { (status::tag(Kind::Ok, t.reached)) }
        };
        html! {
            li.row {
                div.grow {
                    b { (title) }
                    div.muted.sm {
                        (how)
                        br;
                        @if services.is_empty() { (t.opens_none) }
                        @for (index, (code, name)) in services.iter().enumerate() {
                            @if index > 0 { (cx.pick("、", ", ")) }
                            a href={ "/services/" (code) } { (name) }
                        }
                    }
                }
            }
        }
    };
    html! {
        ul.rows { @for level in how { (one(level)) } }
        p.muted.sm { (t.opens_all) }
    }
}

fn history(cx: &PageCx, view: &View<'_>) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let checks = view.standing.checks.iter().map(|check| (check.created_at, check_row(cx, check)));
    let reviews = view.reviews.iter().map(|review| (review.submitted_at, review_row(cx, review)));
    let mut all: Vec<(Timestamp, Markup)> = checks.chain(reviews).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    html! {
        @if all.is_empty() { p.muted { (t.history_empty) } }
        @else { ul.rows { @for (_, row) in &all { (row) } } }
    }
}

fn row(cx: &PageCx, title: &str, tag: Markup, number: Option<&str>, at: Timestamp) -> Markup {
    let t = IdentityWords::of(cx.locale);
    html! {
        li.row {
            div.grow {
                b { (title) } " " (tag)
                div.muted.sm { span.num { (number.unwrap_or(t.not_filled)) } " · " (time::stamp(cx, at)) }
            }
        }
    }
}

fn check_row(cx: &PageCx, check: &Check) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let (kind, words) = match check.state {
        CheckState::Asking => (Kind::Info, t.state_asking),
        CheckState::Match => (Kind::Ok, t.state_match),
        CheckState::Mismatch => (Kind::Bad, t.state_mismatch),
        CheckState::NotFound => (Kind::Bad, t.state_not_found),
        CheckState::Unavailable => (Kind::Warn, t.state_unavailable),
        CheckState::Taken => (Kind::Bad, t.state_taken),
        CheckState::Withdrawn => (Kind::Plain, t.state_withdrawn),
    };
    row(cx, t.kind_check, status::tag(kind, words), check.number.as_deref(), check.created_at)
}

fn review_row(cx: &PageCx, review: &Review) -> Markup {
    let t = IdentityWords::of(cx.locale);
    row(
        cx,
        t.kind_documents,
        review_tag(review.state, cx.locale),
        review.number.as_deref(),
        review.submitted_at,
    )
}

/// How a review stands.
pub(crate) fn review_tag(state: ReviewState, locale: Locale) -> Markup {
    let t = IdentityWords::of(locale);
    let (kind, words) = match state {
        ReviewState::Waiting => (Kind::Info, t.state_waiting),
        ReviewState::Approved => (Kind::Ok, t.state_approved),
        ReviewState::Rejected => (Kind::Bad, t.state_rejected),
        ReviewState::Withdrawn => (Kind::Plain, t.state_withdrawn),
    };
    status::tag(kind, words)
}

pub(super) fn papers(cx: &PageCx, papers: &Papers<'_>) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let file = |name: &str, label: &str| {
        let (id, error) = (id_of(name), papers.trouble.on(name));
        html! {
            div.field.bad[error.is_some()] {
                label for=(id) { (label) }
                @if let Some(error) = error { p.err id={ (id) "-e" } { (error) } }
                input.in #(id) type="file" name=(name) required accept="image/jpeg,image/png,application/pdf"
                    aria-invalid=[error.map(|_| "true")] aria-describedby=[error.map(|_| format!("{id}-e"))];
            }
        }
    };
    let body = html! {
        (shell::back_link(&here(papers.typed.next), t.title))
        h1 { (t.documents) }
        (papers.trouble.summary(cx, html! {}))
        p { (t.documents_lead) }
        form.stack #papers method="post" action=(DOCUMENTS) enctype="multipart/form-data" data-once {
            // The token stands before the files: without it nothing that follows is read.
            (form::csrf(cx))
            (person_fields(cx, papers.typed, &papers.trouble, t.consent_documents))
            (file("front", t.front))
            (file("back", t.back))
            (form::actions(cx, t.btn_upload, None))
        }
    };
    let page = Page::new(t.documents).nav(Nav::Me).narrow().errors(papers.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

/// What it leads to, before the click (U10).
pub(super) fn withdraw(cx: &PageCx) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let body = html! {
        (shell::back_link(PATH, t.title))
        h1 { (t.withdraw_sure) }
        (banner::banner(Kind::Warn, t.withdraw, html! {
            ul.plain { @for words in [t.withdraw_erases, t.withdraw_level, t.withdraw_orders] { li { (words) } } }
        }))
        (form::form(cx, "withdraw", WITHDRAW, None, html! {
            div.acts {
                button.btn.danger data-busy=(Common::of(cx.locale).working) { (t.btn_withdraw) }
                a.btn.sec href=(PATH) { (Common::of(cx.locale).btn_back) }
            }
        }))
    };
    shell::portal(cx, &Page::new(t.withdraw).nav(Nav::Me).narrow(), body)
}
