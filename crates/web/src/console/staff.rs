//! Staff: who works here in which role, invitations by one-time link, and the whole table of who may do what.

use std::borrow::Cow;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use identity::customer::{AccountView, list_staff};
use identity::role::{RoleView, set_roles};
use identity::setup::{SetupLink, invite_staff};
use kernel::{AccountId, Locale, Page, Permission, Role};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, ROWS, Tried, next_href};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::People as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::form::{self, Choice};
use crate::ui::role as words;
use crate::ui::table::{self, Column, Row};
use crate::ui::{self, Kind, PageCx, banner, card, confirm, time};

const PATH: &str = "/console/staff";
const LIST: &str = "console.staff";
const NAV: ConsoleNav = ConsoleNav::Staff;

pub(crate) fn routes() -> Routes {
    let manage = Permission::ManageStaff;
    Routes::new().get(PATH, manage, page).post("/console/staff/invite", manage, invite).post(
        "/console/staff/{id}/role",
        manage,
        change_role,
    )
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    after: Option<String>,
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, &wish, Tried::default()).await
}

async fn show(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let request = seal::page(app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = list_staff(&app.cx, &staff.actor, request).await?;
    let next = next_href(app, LIST, PATH, &[], next);
    let roles = identity::role::list_roles(&app.cx, &staff.actor).await?;
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (view(&frame, &items, &roles, &tried))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
    };
    Ok(frame.form_page(Words::of(frame.cx.locale).title, NAV, &tried, body))
}

fn view(frame: &Frame, items: &[AccountView], made: &[RoleView], tried: &Tried) -> Markup {
    let cx = &frame.cx;
    let t = Words::of(cx.locale);
    let named = staff_roles(made, cx.locale);
    html! {
        (rows(frame, items, made))
        @if cx.may(Permission::ManageRoles) { p { (ui::link("/console/roles", t.roles)) } }
        div.two {
            (card::card("invite", t.invite, None, form::form(cx, "invite-form", "/console/staff/invite", None, html! {
                (tried.field("role", t.invite_role).select(cx, &choices(&named)))
                button.btn { (t.btn_invite) }
            })))
        }
    }
}

/// The staff roles there are, with their names.
fn staff_roles(roles: &[RoleView], locale: Locale) -> Vec<(Role, Cow<'static, str>)> {
    let staff = roles.iter().filter(|view| view.role.is_staff());
    staff.map(|view| (view.role, words::title(view, locale))).collect()
}

fn choices<'a>(named: &'a [(Role, Cow<'static, str>)]) -> Vec<Choice<'a>> {
    named.iter().map(|(role, name)| Choice::new(role.name(), name)).collect()
}

fn rows(frame: &Frame, items: &[AccountView], made: &[RoleView]) -> Markup {
    let cx = &frame.cx;
    let t = Words::of(cx.locale);
    let row = |account: &AccountView| {
        let title = |role: &Role| match made.iter().find(|view| view.role == *role) {
            Some(view) => words::title(view, cx.locale),
            None => words::name(*role, cx.locale),
        };
        let roles: Vec<Cow<'static, str>> = account.roles.iter().map(title).collect();
        let contact = account.phone.as_deref().or(account.email.as_deref()).unwrap_or("—");
        Row::new(vec![
            html! { (account.name.as_deref().unwrap_or(contact)) },
            html! { span.num { (contact) } },
            html! { (roles.join(" · ")) },
            super::words::account_tag(account.state, cx.locale),
            time::stamp(cx, account.created_at),
            if frame.me == Some(account.id) {
                html! { span.muted { (t.you) } }
            } else {
                role_form(cx, account, made)
            },
        ])
    };
    let columns = vec![
        Column::new(t.name),
        Column::new(t.contact),
        Column::new(t.role),
        Column::new(t.state),
        Column::new(t.since),
        Column::new(t.act),
    ];
    let rows = items.iter().map(row).collect();
    frame::table(cx, t.title, columns, rows)
}

/// The roles to choose from; what the account has now is chosen.
fn role_form(cx: &PageCx, account: &AccountView, made: &[RoleView]) -> Markup {
    let t = Words::of(cx.locale);
    let path = format!("{PATH}/{}/role", account.id);
    let now = account.roles.first().copied();
    html! {
        form.inline method="post" action=(path) data-once {
            (form::csrf(cx))
            select name="role" aria-label=(t.role) {
                @for (role, name) in staff_roles(made, cx.locale) {
                    option value=(role.name()) selected[Some(role) == now] { (name) }
                }
            }
            button.btn.sec.small { (t.btn_role) }
        }
    }
}

/// The link is shown in this one answer and nowhere else.
async fn invite(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    // No role chosen is refused like one that is no staff role.
    let role = Role::from_name(form.get("role")).unwrap_or(Role::CUSTOMER);
    match invite_staff(&app.cx, &staff.actor, role).await.map_err(Refused::from) {
        Ok(link) => {
            let frame = Frame::load(&app, &staff).await?.at(PATH);
            let t = Words::of(frame.cx.locale);
            let body = html! {
                (shown(&frame.cx, &app.settings.public_url, &link))
                (ui::button_link(PATH, t.title, "sec"))
            };
            Ok(frame::shown_once(frame.page(t.link_title, NAV, html! {}, body)))
        }
        Err(refused) => {
            let wish = Wish::default();
            frame::answer(Err(refused), &form, "role", |tried| show(&app, &staff, &wish, tried)).await
        }
    }
}

fn shown(cx: &PageCx, base: &str, link: &SetupLink) -> Markup {
    invitation(cx, &format!("{base}/setup/{}", link.token.expose()), link.role, link.expires_at)
}

fn invitation(cx: &PageCx, address: &str, role: Role, until: kernel::Timestamp) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        (banner::banner(Kind::Warn, t.link_once, html! {}))
        (card::card("link", t.link_title, None, html! {
            p { (confirm::reference(cx, address)) }
            p.muted { (t.role) " " (words::name(role, cx.locale)) " · " (t.link_until) " " (time::full(cx, until)) }
        }))
    }
}

async fn change_role(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: AccountId = frame::id(&id)?;
    let roles = Role::from_name(form.get("role")).into_iter().collect();
    let result = set_roles(&app.cx, &staff.actor, id, roles).await;
    let target = result.map(|()| format!("{PATH}?done=roles")).map_err(Refused::from);
    let wish = Wish::default();
    frame::answer(target, &form, "role", |tried| show(&app, &staff, &wish, tried)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{NOW, account, each_frame};

    #[test]
    fn staff_are_masked_and_nobody_changes_their_own_role() {
        each_frame(|frame| {
            let mut colleague = account();
            colleague.roles = vec![Role::OPERATOR];
            let mut me = colleague.clone();
            me.id = frame.me.unwrap();
            let page = view(frame, &[colleague.clone(), me.clone()], &[], &Tried::default()).into_string();
            assert!(page.contains(&format!("/console/staff/{}/role", colleague.id)));
            assert!(!page.contains(&format!("/console/staff/{}/role", me.id)));
            page
        });
    }

    #[test]
    fn the_invitation_says_that_it_is_shown_once() {
        each_frame(|frame| {
            let page = invitation(&frame.cx, "https://counter.example/setup/evl_x", Role::OPERATOR, NOW);
            let page = page.into_string();
            assert!(page.contains(Words::of(frame.cx.locale).link_once) && page.contains("/setup/evl_x"));
            page
        });
    }
}
