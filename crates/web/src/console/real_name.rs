//! The desk for identity documents: what waits, from the oldest on; one review, masked until a reason is given; its files, which only the
//! reviewer who opened it gets, as downloads in a sandbox; the decision, with a reason.

use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use identity::review::{
    self, DocumentFile, Grounds, Media, Opened, Review, ReviewId, ReviewState, Side, approve, document, find,
    opened, queue, reject,
};
use kernel::{AccountId, Page, Permission};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Tried, next_href};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::IdentityDesk;
use crate::portal::real_name_view::{grounds_words, holder_words, review_tag};
use crate::ui::console::ConsoleNav;
use crate::ui::form::{self, Choice};
use crate::ui::summary::{self, Answer};
use crate::ui::table::{self, Column, Row};
use crate::ui::{self, Kind, PageCx, banner, card, empty, time};

const PATH: &str = "/console/identities";
const LIST: &str = "console.identities";
const NAV: ConsoleNav = ConsoleNav::Identities;
const NEEDS: Permission = Permission::ReviewIdentity;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, NEEDS, page)
        .get("/console/identities/{id}", NEEDS, one)
        .get("/console/identities/{id}/documents/{side}", NEEDS, file)
        .post("/console/identities/{id}/open", NEEDS, open)
        .post("/console/identities/{id}/approve", NEEDS, yes)
        .post("/console/identities/{id}/reject", NEEDS, no)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    state: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Response, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let t = IdentityDesk::of(frame.cx.locale);
    let state = wish.state.as_deref().and_then(ReviewState::from_name).unwrap_or(ReviewState::Waiting);
    let request = seal::page(&app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = queue(&app.cx, &staff.actor, state, request).await?;
    let people = People::load(&app, &staff, items.iter().map(|review| review.account)).await?;
    let base = format!("{PATH}?state={}", state.name());
    let next = next_href(&app, LIST, PATH, &[("state", state.name())], next);
    let body = html! {
        (done(&frame.cx, wish.done.as_deref()))
        (list(&frame.cx, &people, &items, state))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| base.as_str()), next.as_deref()))
    };
    let tabs = [
        (ReviewState::Waiting, t.queue),
        (ReviewState::Rejected, t.rejected),
        (ReviewState::Approved, t.approved),
        (ReviewState::Withdrawn, t.withdrawn),
    ];
    let tools = html! {
        @for (each, label) in tabs {
            a.btn.small.sec aria-current=[(each == state).then_some("page")] href={ (PATH) "?state=" (each.name()) } { (label) }
        }
    };
    Ok(frame.page(t.title, NAV, tools, body).into_response())
}

/// What an act led to, after the redirect.
fn done(cx: &PageCx, code: Option<&str>) -> Markup {
    let t = IdentityDesk::of(cx.locale);
    let text = match code.unwrap_or_default() {
        "approved" => t.ok_approved,
        "rejected" => t.ok_rejected,
        _ => return html! {},
    };
    banner::banner(Kind::Ok, text, html! {})
}

fn list(cx: &PageCx, people: &People, items: &[Review], state: ReviewState) -> Markup {
    let t = IdentityDesk::of(cx.locale);
    if items.is_empty() {
        let words = if state == ReviewState::Waiting { t.empty } else { t.empty_other };
        return empty::empty(words, None);
    }
    let row = |review: &Review| {
        let target = format!("{PATH}/{}", review.id);
        Row::new(vec![
            html! { a.num href=(target) { (review.id) } },
            people.customer(review.account),
            html! { (review.name.as_deref().unwrap_or("—")) },
            html! { span.num { (review.number.as_deref().unwrap_or("—")) } },
            review_tag(review.state, cx.locale),
            time::stamp(cx, review.submitted_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.number),
        Column::new(t.customer),
        Column::new(t.name),
        Column::new(t.id_number),
        Column::new(t.state),
        Column::new(t.submitted),
    ];
    frame::table(cx, t.title, columns, items.iter().map(row).collect())
}

async fn one(State(app): State<App>, staff: Staff, Path(id): Path<String>) -> Result<Markup, Refused> {
    show(&app, &staff, frame::id(&id)?, Tried::default()).await
}

/// One review; in clear as long as it is open to whoever looks.
async fn show(app: &App, staff: &Staff, id: ReviewId, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let found = find(&app.cx, &staff.actor, id).await?;
    let clear = opened(&app.cx, &staff.actor, id).await?;
    let looking = found.opened.map(|(who, _)| who).into_iter();
    let people = People::load(app, staff, std::iter::once(found.account).chain(looking)).await?;
    let title = format!("{} {id}", IdentityDesk::of(frame.cx.locale).one);
    let body = detail(&frame, &people, &found, clear.as_ref(), &tried);
    Ok(frame.form_page(&title, NAV, &tried, body))
}

fn detail(frame: &Frame, people: &People, review: &Review, clear: Option<&Opened>, tried: &Tried) -> Markup {
    let cx = &frame.cx;
    let t = IdentityDesk::of(cx.locale);
    html! {
        @if clear.is_some() { (banner::banner(Kind::Warn, t.shown, html! {})) }
        div.two {
            div.stack {
                (card::card("given", t.given, None, given(cx, people, review, clear)))
                (card::card("files", t.files, None, files(cx, review, clear.is_some(), tried)))
            }
            div.stack {
                @if review.state == ReviewState::Waiting {
                    (card::card("decide", t.decide, None, html! {
                        @if clear.is_some() { (decide(cx, review.id, tried)) }
                        @else { p.muted { (t.decide_first) } }
                    }))
                }
            }
        }
    }
}

fn given(cx: &PageCx, people: &People, review: &Review, clear: Option<&Opened>) -> Markup {
    let t = IdentityDesk::of(cx.locale);
    let masked = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".to_owned());
    let (name, number) = match clear {
        Some(clear) => (clear.name.clone(), clear.number.clone()),
        None => (masked(&review.name), masked(&review.number)),
    };
    let row = |label, value| Answer { label, value, change: None };
    let mut rows = vec![
        row(t.customer, people.customer(review.account)),
        row(t.name, html! { (name) }),
        row(t.id_number, html! { span.num { (number) } }),
        row(t.submitted, time::full(cx, review.submitted_at)),
        row(t.state, review_tag(review.state, cx.locale)),
    ];
    if let Some(clear) = clear {
        rows.push(row(t.holder, html! { (holder_words(&clear.holder, cx.locale)) }));
    }
    if let Some((who, at)) = review.opened.filter(|_| review.state == ReviewState::Waiting) {
        rows.push(row(t.opened_by, html! { (person(people, who)) " " (time::stamp(cx, at)) }));
    }
    if let Some((_, at)) = review.decided {
        rows.push(row(t.decided, time::full(cx, at)));
    }
    if let Some(grounds) = review.grounds {
        rows.push(row(t.grounds, html! { (grounds_words(grounds, cx.locale)) }));
    }
    if let Some(remark) = &review.remark {
        rows.push(row(t.remark, html! { (remark) }));
    }
    summary::summary_list(cx, &rows)
}

fn person(people: &People, id: AccountId) -> String {
    people.name(id)
}

fn files(cx: &PageCx, review: &Review, is_open: bool, tried: &Tried) -> Markup {
    let t = IdentityDesk::of(cx.locale);
    if review.erased_at.is_some() {
        return html! { p.muted { (t.erased) } };
    }
    if !is_open {
        return html! {
            p.muted { (t.closed) }
            @if review.state == ReviewState::Waiting {
                (form::form(cx, "open", &format!("{PATH}/{}/open", review.id), None, html! {
                    (frame::reason_field(cx, tried, "open_reason"))
                    button.btn.main { (t.btn_open) }
                }))
            }
        };
    }
    html! { @for file in &review.files { (picture(cx, review.id, file)) } }
}

/// A picture beside the data; what is no picture only as a download.
fn picture(cx: &PageCx, id: ReviewId, file: &DocumentFile) -> Markup {
    let t = IdentityDesk::of(cx.locale);
    let side = if file.side == Side::Front { t.front } else { t.back };
    let target = format!("{PATH}/{id}/documents/{}", file.side.name());
    html! {
        figure.paper {
            figcaption { b { (side) } " " span.muted.sm { (t.size(file.bytes.saturating_add(1023) / 1024)) } }
            @if file.media.is_image() { img src=(target) alt=(side) loading="lazy"; }
            p { (ui::link(&target, t.btn_download)) }
        }
    }
}

fn decide(cx: &PageCx, id: ReviewId, tried: &Tried) -> Markup {
    let t = IdentityDesk::of(cx.locale);
    let words: Vec<(Grounds, &str)> =
        Grounds::ALL.into_iter().map(|grounds| (grounds, grounds_words(grounds, cx.locale))).collect();
    let choices: Vec<Choice<'_>> =
        words.iter().map(|(grounds, words)| Choice::new(grounds.name(), words)).collect();
    html! {
        (form::form(cx, "approve", &format!("{PATH}/{id}/approve"), None, html! {
            (tried.field("approve_reason", t.approve_reason).hint(t.approve_hint).textarea(cx, 500))
            button.btn.main { (t.btn_approve) }
        }))
        hr;
        (form::form(cx, "reject", &format!("{PATH}/{id}/reject"), None, html! {
            (tried.field("grounds", t.grounds).radios(cx, &choices))
            (tried.field("remark", t.remark).hint(t.remark_hint).textarea(cx, 500))
            button.btn.danger.sec { (t.btn_reject) }
        }))
    }
}

async fn open(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: ReviewId = frame::id(&id)?;
    let result = match frame::reason(&form, "open_reason") {
        Ok(why) => review::open(&app.cx, &staff.actor, id, why).await.map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    let target = result.map(|_| format!("{PATH}/{id}"));
    frame::answer(target, &form, "open_reason", |tried| show(&app, &staff, id, tried)).await
}

async fn yes(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: ReviewId = frame::id(&id)?;
    let result = match frame::reason(&form, "approve_reason") {
        Ok(why) => approve(&app.real_name, &app.cx, &staff.actor, id, why).await.map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    let target = result.map(|()| format!("{PATH}?done=approved"));
    frame::answer(target, &form, "approve_reason", |tried| show(&app, &staff, id, tried)).await
}

async fn no(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: ReviewId = frame::id(&id)?;
    let result = match (Grounds::from_name(form.get("grounds")), frame::reason(&form, "remark")) {
        (Some(grounds), Ok(remark)) => {
            reject(&app.cx, &staff.actor, id, grounds, remark).await.map_err(Refused::from)
        }
        (_, Err(refused)) => Err(refused),
        (None, Ok(_)) => Err(no_grounds()),
    };
    let target = result.map(|()| format!("{PATH}?done=rejected"));
    frame::answer(target, &form, "remark", |tried| show(&app, &staff, id, tried)).await
}

fn no_grounds() -> Refused {
    let field = kernel::FieldError::new("/grounds", "web.grounds_needed", "选择原因", "Choose the grounds");
    EdgeError::Shape { fields: vec![field] }.into()
}

/// One file. It came from somebody we do not know: nothing in it may run, and no address of ours shows it as a page.
async fn file(
    State(app): State<App>,
    staff: Staff,
    Path((id, side)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let id: ReviewId = frame::id(&id)?;
    let side = Side::from_name(&side).ok_or(EdgeError::NotFound)?;
    let (media, bytes) = document(&app.cx, &staff.actor, id, side).await?;
    download(&format!("{id}-{}", side.name()), media, bytes)
}

/// The file as a download.
pub(crate) fn download(name: &str, media: Media, bytes: Vec<u8>) -> Result<Response, Refused> {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'"),
    );
    let end = media.extensions().first().copied().unwrap_or("bin");
    let name = format!("attachment; filename=\"{name}.{end}\"");
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(EdgeError::bug)?);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{NOW, each_frame};

    fn sample(state: ReviewState) -> Review {
        Review {
            id: ReviewId(71),
            account: AccountId(7),
            state,
            name: Some("林*".to_owned()),
            number: Some("3*************1244".to_owned()),
            submitted_at: NOW,
            opened: Some((AccountId(99), NOW)),
            decided: (state != ReviewState::Waiting).then_some((AccountId(99), NOW)),
            grounds: (state == ReviewState::Rejected).then_some(Grounds::Unreadable),
            remark: None,
            erased_at: None,
            files: vec![
                DocumentFile { id: 1, side: Side::Front, media: Media::Jpeg, bytes: 2048 },
                DocumentFile { id: 2, side: Side::Back, media: Media::Pdf, bytes: 1 },
            ],
        }
    }

    #[test]
    fn a_review_is_masked_and_without_pictures_until_it_is_opened() {
        each_frame(|frame| {
            let show = |review: &Review, clear: Option<&Opened>| {
                detail(frame, &People::default(), review, clear, &Tried::default()).into_string()
            };
            let waiting = sample(ReviewState::Waiting);
            let masked = show(&waiting, None);
            assert!(masked.contains("3*************1244") && masked.contains(r#"name="open_reason""#));
            assert!(!masked.contains("<img") && !masked.contains("/approve"));
            let clear = Opened {
                name: "林小满".to_owned(),
                number: "330106199003071244".to_owned(),
                holder: "citizen".to_owned(),
                until: NOW,
            };
            let open = show(&waiting, Some(&clear));
            assert!(
                open.contains("330106199003071244") && open.contains("/approve") && open.contains("/reject")
            );
            assert_eq!(open.matches("<img").count(), 1, "a PDF is only downloaded");
            let decided = show(&sample(ReviewState::Rejected), None);
            assert!(!decided.contains("<form"), "{decided}");
            masked
        });
    }

    #[test]
    fn the_queue_says_when_it_is_empty() {
        each_frame(|frame| {
            let items = [sample(ReviewState::Waiting)];
            let full = list(&frame.cx, &People::default(), &items, ReviewState::Waiting).into_string();
            assert!(full.contains("/console/identities/idr_"));
            list(&frame.cx, &People::default(), &[], ReviewState::Waiting).into_string() + &full
        });
    }
}
