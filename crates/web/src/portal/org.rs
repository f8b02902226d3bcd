//! The space of an organisation: acting for it, its members, departments and invitations. Views are in [`super::org_view`].

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::organisation::{self as org, Found, Invite, OrganisationKind, Place};
use identity::role::{Limits, RoleView};
use kernel::{AccountId, Currency, Locale, Money, Role};
use maud::Markup;
use serde::Deserialize;

use super::org_view::{self as view, Space};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::{encode, see_other};
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::OrgWords;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/org", get(space))
        .route("/org/act", post(act))
        .route("/org/new", get(new).post(found))
        .route("/org/invite", post(invite))
        .route("/org/invitations/{id}/withdraw", post(withdraw))
        .route("/org/departments", post(add_department))
        .route("/org/departments/{id}/remove", post(remove_department))
        .route("/org/members/{id}", post(change_member))
        .route("/org/members/{id}/remove", post(remove_member))
        .route("/join/{token}", get(look_at_invitation).post(join))
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Done {
    done: Option<String>,
}

async fn space(
    State(app): State<App>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> Result<Response, Refused> {
    Ok(show(&app, &visitor, done.done.as_deref(), Trouble::default()).await?.into_response())
}

async fn show(app: &App, visitor: &Visitor, done: Option<&str>, trouble: Trouble) -> Result<Markup, Refused> {
    let me = visitor.account()?;
    let cx = visitor.page(app).await?;
    let actor = &visitor.actor;
    let belongings = org::belongings(&app.cx, actor).await?;
    let current = match actor.principal().and_then(|own| own.acting_for) {
        Some(_) => Some(Space {
            organisation: org::current(&app.cx, actor).await?,
            members: org::members(&app.cx, actor).await?,
            departments: org::departments(&app.cx, actor).await?,
            invitations: if actor.may(kernel::Permission::ManageMembers) {
                Some(org::invitations(&app.cx, actor).await?)
            } else {
                None
            },
            roles: member_roles(app).await?,
        }),
        None => None,
    };
    Ok(view::page(&cx, me, &belongings, current.as_ref(), done, &trouble))
}

/// The roles that members can hold.
pub(super) async fn member_roles(app: &App) -> Result<Vec<RoleView>, Refused> {
    let system = kernel::Actor::system("organisation");
    let all = identity::role::list_roles(&app.cx, &system).await?;
    Ok(all.into_iter().filter(|view| view.role.is_of_organisation()).collect())
}

async fn act(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let token = form.visitor.token.as_deref().ok_or(EdgeError::SignInNeeded)?;
    let target = match form.get("organisation") {
        "" => None,
        text => Some(text.parse().map_err(|_| EdgeError::NotFound)?),
    };
    org::act_for(&app.cx, &form.visitor.actor, token, target).await?;
    Ok(see_other("/org"))
}

async fn new(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    let cx = visitor.page(&app).await?;
    Ok(view::found_page(&cx, "", "", &Trouble::default()).into_response())
}

async fn found(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let (name, code) = (form.get("name"), form.get("code"));
    let input = Found { kind: OrganisationKind::Enterprise, name: name.to_owned(), code: code.to_owned() };
    match org::found(&app.cx, &visitor.actor, input).await {
        Ok(id) => {
            let token = visitor.token.as_deref().ok_or(EdgeError::SignInNeeded)?;
            org::act_for(&app.cx, &visitor.actor, token, Some(id)).await?;
            Ok(see_other("/org?done=saved"))
        }
        Err(error) => {
            let cx = visitor.page(&app).await?;
            reply::again(error.into(), |trouble| view::found_page(&cx, name, code, &trouble), visitor.locale)
        }
    }
}

/// After an act: the space again, with what was done or what is wrong.
async fn after(
    app: &App,
    form: &PostForm,
    result: Result<(), Refused>,
    done: &str,
) -> Result<Response, Refused> {
    match result {
        Ok(()) => Ok(see_other(&format!("/org?done={done}"))),
        Err(refused) if refused.code().ends_with(".proof_needed") => Err(refused),
        Err(refused) => {
            let trouble = Trouble::of(&refused, form.visitor.locale);
            let page = show(app, &form.visitor, None, trouble).await?;
            reply::again(refused, |_| page, form.visitor.locale)
        }
    }
}

async fn invite(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let wish = Invite {
        role: Role::from_name(form.get("role")).unwrap_or(Role::CUSTOMER),
        department: form.id("department"),
        contact: form.get("contact").to_owned(),
    };
    match org::invite(&app.cx, &form.visitor.actor, &app.settings.public_url, wish).await {
        Ok(invitation) => {
            let cx = form.visitor.page(&app).await?;
            let address = format!("{}/join/{}", app.settings.public_url, invitation.token.expose());
            Ok(view::invited_page(&cx, &address, invitation.expires_at).into_response())
        }
        Err(error) => after(&app, &form, Err(error.into()), "").await,
    }
}

async fn withdraw(
    State(app): State<App>,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = id.parse().map_err(|_| EdgeError::NotFound)?;
    let result = org::withdraw(&app.cx, &form.visitor.actor, id).await.map_err(Refused::from);
    after(&app, &form, result, "removed").await
}

async fn add_department(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let added = org::add_department(&app.cx, &form.visitor.actor, form.get("department_name")).await;
    after(&app, &form, added.map(|_| ()).map_err(Refused::from), "saved").await
}

async fn remove_department(
    State(app): State<App>,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = id.parse().map_err(|_| EdgeError::NotFound)?;
    let result = org::remove_department(&app.cx, &form.visitor.actor, id).await.map_err(Refused::from);
    after(&app, &form, result, "removed").await
}

async fn change_member(
    State(app): State<App>,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: AccountId = id.parse().map_err(|_| EdgeError::NotFound)?;
    let result = match place(&form) {
        Ok(place) => org::change_member(&app.cx, &form.visitor.actor, id, place).await.map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    after(&app, &form, result, "saved").await
}

fn place(form: &PostForm) -> Result<Place, Refused> {
    let limit = |name: &str| match form.get(name).trim() {
        "" => Ok(None),
        text => Money::parse(text, Currency::CNY).map(|amount| Some(amount.minor)).map_err(|_| {
            let say = |locale| OrgWords::of(locale).limit_wrong;
            let field = kernel::FieldError::new(
                format!("/{name}"),
                "web.limit_amount",
                say(Locale::Zh),
                say(Locale::En),
            );
            Refused::from(EdgeError::Shape { fields: vec![field] })
        }),
    };
    Ok(Place {
        role: Role::from_name(form.get("role")).unwrap_or(Role::CUSTOMER),
        department: form.id("department"),
        limits: Limits { transaction: limit("transaction_limit")?, day: limit("day_limit")? },
    })
}

async fn remove_member(
    State(app): State<App>,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: AccountId = id.parse().map_err(|_| EdgeError::NotFound)?;
    let result = org::remove_member(&app.cx, &form.visitor.actor, id).await.map_err(Refused::from);
    after(&app, &form, result, "removed").await
}

async fn look_at_invitation(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    let path = format!("/join/{}", encode(&token));
    let invited = org::look_at_invitation(&app.cx, &token).await;
    let cx = visitor.page(&app).await?;
    match invited {
        Ok(invited) => Ok(view::join_page(&cx, &path, &invited, &Trouble::default()).into_response()),
        Err(error) => reply::again(error.into(), |_| view::dead_page(&cx), visitor.locale),
    }
}

async fn join(
    State(app): State<App>,
    Path(token): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    visitor.account()?;
    match org::join(&app.cx, &visitor.actor, &token).await {
        Ok(_) => Ok(see_other("/org?done=joined")),
        Err(identity::Error::LinkInvalid) => {
            let cx = visitor.page(&app).await?;
            reply::again(identity::Error::LinkInvalid.into(), |_| view::dead_page(&cx), visitor.locale)
        }
        Err(error) => {
            let invited = org::look_at_invitation(&app.cx, &token).await?;
            let cx = visitor.page(&app).await?;
            let path = format!("/join/{}", encode(&token));
            reply::again(
                error.into(),
                |trouble| view::join_page(&cx, &path, &invited, &trouble),
                visitor.locale,
            )
        }
    }
}
