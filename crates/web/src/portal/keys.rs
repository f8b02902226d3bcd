//! Programs that act for somebody: their keys, made and ended by whoever they act for.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::client::{self, ClientId, ClientView, KeyId, NewClient, NewKey};
use kernel::{Permission, Permissions};
use maud::{Markup, html};
use serde::Deserialize;

use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{KeyWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, confirm, form, role, shell, status, time};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/me/keys", get(list).post(create))
        .route("/me/keys/{client}/rotate", post(rotate))
        .route("/me/keys/{client}/revoke", post(revoke))
        .route("/me/keys/{client}/{key}/end", post(end))
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Done {
    done: Option<String>,
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> Result<Response, Refused> {
    visitor.account()?;
    Ok(show(&app, &visitor, done.done.is_some(), None, Trouble::default()).await?.into_response())
}

async fn show(
    app: &App,
    visitor: &Visitor,
    done: bool,
    typed: Option<&PostForm>,
    trouble: Trouble,
) -> Result<Markup, Refused> {
    let clients = client::list(&app.cx, &visitor.actor).await?;
    let cx = visitor.page(app).await?;
    Ok(page(&cx, &clients, done, typed, &trouble))
}

fn page(
    cx: &PageCx,
    clients: &[ClientView],
    done: bool,
    typed: Option<&PostForm>,
    trouble: &Trouble,
) -> Markup {
    let t = KeyWords::of(cx.locale);
    let body = html! {
        (shell::back_link("/me", SettingsWords::of(cx.locale).me))
        h1 { (t.title) }
        p.muted { (t.lead) }
        (trouble.summary(cx, html! {}))
        @if done { (banner::banner(Kind::Ok, t.done, html! {})) }
        @if clients.is_empty() { p { (t.none) } }
        @for one in clients { (client_card(cx, one)) }
        (card::card("new", t.new, None, new(cx, typed, trouble)))
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me).errors(trouble.any()).scripts(&["form"]), body)
}

fn client_card(cx: &PageCx, one: &ClientView) -> Markup {
    let t = KeyWords::of(cx.locale);
    let scopes: Vec<&str> = one.scopes.iter().map(|scope| role::permission(scope, cx.locale)).collect();
    let path = format!("/me/keys/{}", one.id);
    card::card(
        &one.id.to_string(),
        &one.name,
        None,
        html! {
            dl.sum {
                div { dt { (t.state) } dd {
                    @if one.revoked_at.is_some() { (status::tag(Kind::Bad, t.revoked)) } @else { (status::tag(Kind::Ok, t.active)) }
                } }
                div { dt { (t.client_id) } dd.num { (one.id) } }
                div { dt { (t.scopes) } dd { (scopes.join(" · ")) } }
                @for key in &one.keys {
                    div {
                        dt { (t.key) }
                        dd {
                            (t.ends_with) " " span.num { (key.hint) } " · " (t.expires) " " (time::stamp(cx, key.expires_at)) " · " (t.used) " "
                            @match key.used_at { Some(at) => { (time::stamp(cx, at)) } None => { (t.never) } }
                        }
                        dd.act { (ui::post_button(cx, &format!("{path}/{}/end", key.id), t.btn_end, "text", &[])) }
                    }
                }
            }
            @if one.revoked_at.is_none() {
                p.muted.sm { (t.rotate_note) }
                div.acts {
                    (ui::post_button(cx, &format!("{path}/rotate"), t.btn_rotate, "sec", &[]))
                    (ui::post_button(cx, &format!("{path}/revoke"), t.btn_revoke, "danger", &[]))
                }
            }
        },
    )
}

fn new(cx: &PageCx, typed: Option<&PostForm>, trouble: &Trouble) -> Markup {
    let t = KeyWords::of(cx.locale);
    let value =
        |name: &str, usual: &'static str| typed.map_or(usual.to_owned(), |form| form.get(name).to_owned());
    let (name, days) = (value("name", ""), value("days", "90"));
    let ticked = |scope: Permission| {
        typed.is_none_or(|form| form.pairs().any(|pair| pair == ("scopes", scope.name())))
    };
    form::form(
        cx,
        "new-key",
        "/me/keys",
        None,
        html! {
            (Field::new("name", t.name).hint(t.name_hint).value(&name).error(trouble.on("name")).text(cx, 60))
            fieldset.field id="f-scopes" {
                legend { (t.scopes) }
                @if let Some(error) = trouble.on("scopes") { p.err { (error) } }
                @for scope in &cx.permissions {
                    label.tick {
                        input type="checkbox" name="scopes" value=(scope.name()) checked[ticked(*scope)];
                        " " (role::permission(*scope, cx.locale))
                    }
                }
            }
            (Field::new("days", t.days).hint(t.days_hint).value(&days).error(trouble.on("days")).code(cx, "[0-9]*", 3))
            (form::actions(cx, t.btn_new, None))
        },
    )
}

async fn create(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let scopes: Permissions = form
        .pairs()
        .filter(|(name, _)| *name == "scopes")
        .filter_map(|(_, value)| Permission::from_name(value))
        .collect();
    let input =
        NewClient { name: form.get("name").to_owned(), scopes, days: form.number("days").unwrap_or(0) };
    match client::create(&app.cx, &form.visitor.actor, input).await {
        Ok(key) => made(&app, &form, &key).await,
        Err(error) => again(&app, &form, error.into()).await,
    }
}

/// The key is in this one answer and nowhere else.
async fn made(app: &App, form: &PostForm, key: &NewKey) -> Result<Response, Refused> {
    let cx = form.visitor.page(app).await?;
    let t = KeyWords::of(cx.locale);
    let body = html! {
        h1 { (t.once_title) }
        (banner::banner(Kind::Warn, t.once, html! { p { (t.how) } }))
        p { (t.client_id) } p { (confirm::reference(&cx, &key.client.to_string())) }
        p { (t.secret) } p { (confirm::reference(&cx, key.token.expose())) }
        p.muted { (t.expires) " " (time::full(&cx, key.expires_at)) }
        div.acts { (ui::button_link("/me/keys", t.title, "sec")) }
    };
    Ok(shell::portal(&cx, &Page::new(t.once_title).nav(Nav::Me).narrow(), body).into_response())
}

async fn again(app: &App, form: &PostForm, refused: Refused) -> Result<Response, Refused> {
    if refused.code().ends_with(".proof_needed") {
        return Err(refused);
    }
    let trouble = Trouble::of(&refused, form.visitor.locale);
    let page = show(app, &form.visitor, false, Some(form), trouble).await?;
    reply::again(refused, |_| page, form.visitor.locale)
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| EdgeError::NotFound.into())
}

async fn rotate(
    State(app): State<App>,
    Path(client): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let client: ClientId = id(&client)?;
    match client::rotate(&app.cx, &form.visitor.actor, client).await {
        Ok(key) => made(&app, &form, &key).await,
        Err(error) => Err(error.into()),
    }
}

async fn revoke(
    State(app): State<App>,
    Path(client): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    client::revoke(&app.cx, &form.visitor.actor, id(&client)?).await?;
    Ok(see_other("/me/keys?done=1"))
}

async fn end(
    State(app): State<App>,
    Path((client, key)): Path<(String, String)>,
    form: PostForm,
) -> Result<Response, Refused> {
    let (client, key): (ClientId, KeyId) = (id(&client)?, id(&key)?);
    client::end_key(&app.cx, &form.visitor.actor, client, key).await?;
    Ok(see_other("/me/keys?done=1"))
}
