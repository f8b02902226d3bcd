//! `/me/identity`: who an account was shown to be, the two ways to show it, taking it back. Whoever came from an order goes on with it
//! afterwards: `next` travels along.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use catalogue::service::ServiceVersion;
use identity::real_name::{self, CheckState, NewCheck, Standing};
use identity::review::{self, NewReview, Review, Upload};
use kernel::{Kind as Refusals, Level, hex};
use maud::Markup;
use serde::Deserialize;

use super::real_name_view::{self as look, Papers, Typed, View};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::{encode, local_path, see_other};
use crate::edge::problem::EdgeError;
use crate::edge::upload::{FORM_BYTES, File};
use crate::edge::{MultipartForm, PostForm, Refused, Visitor};

pub(crate) const PATH: &str = "/me/identity";
pub(super) const DOCUMENTS: &str = "/me/identity/documents";
pub(super) const WITHDRAW: &str = "/me/identity/withdraw";

pub(crate) fn router() -> Router<App> {
    let upload = get(papers).post(hand_in).layer(DefaultBodyLimit::max(FORM_BYTES));
    Router::new()
        .route(PATH, get(show).post(check))
        .route(DOCUMENTS, upload)
        .route(WITHDRAW, get(withdraw_sure).post(withdraw))
}

/// Where an order that needs a level sends its customer, and where they come back to.
pub(crate) fn path_from(next: &str) -> String {
    format!("{PATH}?next={}", encode(next))
}

/// How surely it has to be known who orders this, where it is not known of the visitor.
pub(super) async fn missing_level(
    app: &App,
    visitor: &Visitor,
    version: &ServiceVersion,
) -> Result<Option<Level>, Refused> {
    let needed = Some(version.service.requires_level).filter(|level| *level > Level::None);
    let (Some(level), Some(account)) = (needed, visitor.actor.account()) else { return Ok(needed) };
    let mut tx = app.cx.read().await.map_err(EdgeError::from)?;
    let known = real_name::level_of(&mut tx, &app.cx, account).await?;
    Ok((known < level).then_some(level))
}

#[derive(Debug, Deserialize)]
struct Wish {
    next: Option<String>,
    done: Option<String>,
}

/// A path of this site, or nothing.
fn next_of(text: &str) -> Option<String> {
    let path = local_path(text);
    (path != "/").then(|| path.to_owned())
}

fn with_next(path: &str, next: Option<&str>) -> String {
    next.map_or_else(|| path.to_owned(), |next| format!("{path}?next={}", encode(next)))
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let next = wish.next.as_deref().and_then(next_of);
    let typed = Typed { next: next.as_deref(), ..Typed::default() };
    Ok(page(&app, &visitor, wish.done.as_deref(), typed, Trouble::default()).await?.into_response())
}

async fn page(
    app: &App,
    visitor: &Visitor,
    done: Option<&str>,
    typed: Typed<'_>,
    trouble: Trouble,
) -> Result<Markup, Refused> {
    let (standing, reviews) = known(app, visitor).await?;
    let services = app.shelf.all();
    let cx = visitor.page(app).await?;
    let idem = fresh_key(app);
    let view = View {
        standing: &standing,
        reviews: &reviews,
        services: &services,
        done,
        typed,
        idem: &idem,
        is_customer: visitor.actor.may(kernel::Permission::ActAsCustomer),
        trouble,
    };
    Ok(look::page(&cx, &view))
}

async fn known(app: &App, visitor: &Visitor) -> Result<(Standing, Vec<Review>), Refused> {
    let standing = real_name::standing(&app.real_name, &app.cx, &visitor.actor).await?;
    Ok((standing, review::mine(&app.cx, &visitor.actor).await?))
}

/// A key for one sending of a form: sent twice, it is one question.
fn fresh_key(app: &App) -> String {
    let mut bytes = [0; 16];
    app.cx.rng.fill(&mut bytes);
    hex::encode(&bytes)
}

async fn check(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    visitor.account()?;
    let next = next_of(form.get("next"));
    let input = NewCheck {
        name: form.get("name").to_owned(),
        number: form.get("number").to_owned(),
        consent: form.get("consent") == "true",
        key: form.get("idem").to_owned(),
    };
    let begun = match real_name::begin(&app.real_name, &app.cx, &visitor.actor, input).await {
        Ok(begun) => begun,
        // Sent twice, or from an old page: how it stands is the answer.
        Err(real_name::Error::Running | real_name::Error::AlreadyVerified) => {
            return Ok(see_other(&with_next(PATH, next.as_deref())));
        }
        Err(error) => {
            let refused = Refused::from(error);
            let typed = Typed {
                name: form.get("name"),
                number: form.get("number"),
                consent: form.get("consent") == "true",
                next: next.as_deref(),
            };
            return again(&app, visitor, refused, typed).await;
        }
    };
    let check = real_name::ask(&app.real_name, &app.cx, begun.check.id).await?;
    Ok(match (check.state, next) {
        (CheckState::Match, Some(next)) => see_other(&next),
        (CheckState::Match, None) => see_other(&format!("{PATH}?done=match")),
        (_, next) => see_other(&with_next(PATH, next.as_deref())),
    })
}

async fn again(
    app: &App,
    visitor: &Visitor,
    refused: Refused,
    typed: Typed<'_>,
) -> Result<Response, Refused> {
    if matches!(refused.kind(), Refusals::Bug | Refusals::Unauthenticated) {
        return Err(refused);
    }
    let trouble = Trouble::of(&refused, visitor.locale);
    let page = page(app, visitor, None, typed, trouble).await?;
    reply::again(refused, |_| page, visitor.locale)
}

async fn papers(
    State(app): State<App>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let next = wish.next.as_deref().and_then(next_of);
    let (standing, reviews) = known(&app, &visitor).await?;
    if !look::may_hand_in(&standing, &reviews) {
        return Ok(see_other(&with_next(PATH, next.as_deref())));
    }
    let cx = visitor.page(&app).await?;
    let typed = Typed { next: next.as_deref(), ..Typed::default() };
    Ok(look::papers(&cx, &Papers { typed, trouble: Trouble::default() }).into_response())
}

async fn hand_in(State(app): State<App>, mut form: MultipartForm) -> Result<Response, Refused> {
    form.visitor.account()?;
    let (front, back) = (upload(form.take("front")), upload(form.take("back")));
    let visitor = &form.visitor;
    let next = next_of(form.get("next"));
    let input = NewReview {
        name: form.get("name").to_owned(),
        number: form.get("number").to_owned(),
        consent: form.get("consent") == "true",
        front,
        back,
    };
    match review::submit(&app.real_name, &app.cx, &visitor.actor, input).await {
        Ok(_) => {
            let next = next.map(|next| format!("&next={}", encode(&next))).unwrap_or_default();
            Ok(see_other(&format!("{PATH}?done=documents{next}")))
        }
        Err(review::Error::ReviewWaiting | review::Error::AlreadyVerified) => {
            Ok(see_other(&with_next(PATH, next.as_deref())))
        }
        Err(error) => {
            let refused = Refused::from(error);
            let cx = visitor.page(&app).await?;
            let typed = Typed {
                name: form.get("name"),
                number: form.get("number"),
                consent: form.get("consent") == "true",
                next: next.as_deref(),
            };
            reply::again(refused, |trouble| look::papers(&cx, &Papers { typed, trouble }), visitor.locale)
        }
    }
}

fn upload(file: File) -> Upload {
    let File { content_type, file_name, bytes, too_large } = file;
    Upload { content_type, file_name, bytes, too_large }
}

async fn withdraw_sure(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    Ok(look::withdraw(&visitor.page(&app).await?).into_response())
}

async fn withdraw(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    match real_name::withdraw(&app.cx, &form.visitor.actor).await {
        // It is gone either way.
        Ok(()) | Err(real_name::Error::NothingToWithdraw) => Ok(see_other(&format!("{PATH}?done=withdrawn"))),
        Err(error) => Err(error.into()),
    }
}
