//! Staff: who works here in which role, invitations by one-time link, and the whole table of who may do what.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use identity::customer::{AccountView, list_staff};
use identity::role::set_roles;
use identity::setup::{SetupLink, invite_staff};
use kernel::{AccountId, Locale, Page, Permission, Role};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, ROWS, Tried, next_href};
use super::words;
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::People as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::form::{self, Choice};
use crate::ui::table::{self, Column, Row};
use crate::ui::{self, Kind, PageCx, banner, card, confirm, status, time};

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
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (view(&frame, &items, &tried))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
    };
    Ok(frame.form_page(Words::of(frame.cx.locale).title, NAV, &tried, body))
}

fn view(frame: &Frame, items: &[AccountView], tried: &Tried) -> Markup {
    let cx = &frame.cx;
    let t = Words::of(cx.locale);
    html! {
        (rows(frame, items))
        div.two {
            (card::card("matrix", t.matrix, None, matrix(cx)))
            (card::card("invite", t.invite, None, form::form(cx, "invite-form", "/console/staff/invite", None, html! {
                (tried.field("role", t.invite_role).select(cx, &choices(cx.locale)))
                button.btn { (t.btn_invite) }
            })))
        }
    }
}

fn choices(locale: Locale) -> Vec<Choice<'static>> {
    let staff = Role::ALL.into_iter().filter(|role| role.is_staff());
    staff.map(|role| Choice::new(role.name(), words::role(role, locale))).collect()
}

fn rows(frame: &Frame, items: &[AccountView]) -> Markup {
    let cx = &frame.cx;
    let t = Words::of(cx.locale);
    let row = |account: &AccountView| {
        let roles: Vec<&str> = account.roles.iter().map(|role| words::role(*role, cx.locale)).collect();
        let contact = account.phone.as_deref().or(account.email.as_deref()).unwrap_or("—");
        Row::new(vec![
            html! { (account.name.as_deref().unwrap_or(contact)) },
            html! { span.num { (contact) } },
            html! { (roles.join(" · ")) },
            words::account_tag(account.state, cx.locale),
            time::stamp(cx, account.created_at),
            if frame.me == Some(account.id) {
                html! { span.muted { (t.you) } }
            } else {
                role_form(cx, account)
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

/// One button: with two roles, changing means the other one.
fn role_form(cx: &PageCx, account: &AccountView) -> Markup {
    let t = Words::of(cx.locale);
    let other = Role::ALL.into_iter().find(|role| role.is_staff() && !account.roles.contains(role));
    let path = format!("{PATH}/{}/role", account.id);
    html! {
        @if let Some(role) = other {
            form.inline method="post" action=(path) data-once {
                (form::csrf(cx))
                input type="hidden" name="role" value=(role.name());
                button.btn.sec.small { (t.btn_role) " → " (words::role(role, cx.locale)) }
            }
        }
    }
}

fn matrix(cx: &PageCx) -> Markup {
    let t = Words::of(cx.locale);
    let row = |permission: Permission| {
        let mut cells = vec![html! { (named(t, permission)) }];
        for role in Role::ALL {
            cells.push(if role.permits(permission) {
                status::word(Kind::Ok, t.may)
            } else {
                status::word(Kind::Plain, t.may_not)
            });
        }
        Row::new(cells)
    };
    let mut columns = vec![Column::new(t.permission)];
    columns.extend(Role::ALL.into_iter().map(|role| Column::new(words::role(role, cx.locale))));
    let rows = Permission::ALL.into_iter().map(row).collect();
    frame::table(cx, t.matrix, columns, rows)
}

const fn named(t: &Words, permission: Permission) -> &'static str {
    match permission {
        Permission::ActAsCustomer => t.act_as_customer,
        Permission::ReadOrders => t.read_orders,
        Permission::WorkOrders => t.work_orders,
        Permission::RefundOrder => t.refund_order,
        Permission::ReadCatalogue => t.read_catalogue,
        Permission::PublishCatalogue => t.publish_catalogue,
        Permission::ReadStock => t.read_stock,
        Permission::WriteStock => t.write_stock,
        Permission::ReadCustomers => t.read_customers,
        Permission::RevealPersonalData => t.reveal,
        Permission::ReadAudit => t.read_audit,
        Permission::ReadHealth => t.read_health,
        Permission::ManageStaff => t.manage_staff,
    }
}

/// The link is shown in this one answer and nowhere else.
async fn invite(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    // No role chosen is refused like one that is no staff role.
    let role = Role::from_name(form.get("role")).unwrap_or(Role::Customer);
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
            p.muted { (t.role) " " (words::role(role, cx.locale)) " · " (t.link_until) " " (time::full(cx, until)) }
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
            colleague.roles = vec![Role::Operator];
            let mut me = colleague.clone();
            me.id = frame.me.unwrap();
            let page = view(frame, &[colleague.clone(), me.clone()], &Tried::default()).into_string();
            assert!(page.contains(&format!("/console/staff/{}/role", colleague.id)));
            assert!(!page.contains(&format!("/console/staff/{}/role", me.id)));
            page
        });
    }

    #[test]
    fn the_invitation_says_that_it_is_shown_once() {
        each_frame(|frame| {
            let page = invitation(&frame.cx, "https://counter.example/setup/evl_x", Role::Operator, NOW);
            let page = page.into_string();
            assert!(page.contains(Words::of(frame.cx.locale).link_once) && page.contains("/setup/evl_x"));
            page
        });
    }
}
