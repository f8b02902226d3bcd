//! Roles: what each may do and up to which amount, who may do one thing, and changing it.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use identity::role::{self, EditRole, Limits, RoleView};
use kernel::{Currency, FieldError, Locale, Money, Permission, Permissions, Role, Text};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, Tried};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused};
use crate::i18n::RolePages as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::form::{self, Choice, Field};
use crate::ui::role as words;
use crate::ui::table::{Column, Row};
use crate::ui::{self, Kind, PageCx, card, status};

const PATH: &str = "/console/roles";
const NAV: ConsoleNav = ConsoleNav::Roles;
const MONEY: Currency = Currency::CNY;

pub(crate) fn routes() -> Routes {
    let manage = Permission::ManageRoles;
    Routes::new()
        .get(PATH, manage, page)
        .post(PATH, manage, create)
        .get("/console/roles/{code}", manage, one)
        .post("/console/roles/{code}", manage, save)
        .post("/console/roles/{code}/remove", manage, remove)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    /// "Who may do this…"
    permission: Option<String>,
    /// "…over this amount?", in yuan.
    amount: Option<String>,
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, &wish, Tried::default()).await
}

async fn show(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let roles = role::list_roles(&app.cx, &staff.actor).await?;
    let asked = wish.permission.as_deref().and_then(Permission::from_name);
    let amount = wish.amount.as_deref().and_then(|text| Money::parse(text, MONEY).ok());
    let answer = match asked {
        Some(permission) => {
            let minor = amount.map(|amount| amount.minor);
            Some(role::who_may(&app.cx, &staff.actor, permission, minor).await?)
        }
        None => None,
    };
    let t = Words::of(frame.cx.locale);
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        p.muted { (t.lead) }
        (card::card("who", t.who, None, who(&frame.cx, wish, answer.as_deref())))
        (card::card("matrix", t.matrix, None, matrix(&frame.cx, &roles)))
        (card::card("new-role", t.new, None, new(&frame.cx, &tried)))
    };
    Ok(frame.form_page(t.title, NAV, &tried, body))
}

fn who(cx: &PageCx, wish: &Wish, answer: Option<&[(RoleView, bool)]>) -> Markup {
    let t = Words::of(cx.locale);
    let choices: Vec<Choice<'_>> = Permission::ALL
        .iter()
        .map(|permission| Choice::new(permission.name(), words::permission(*permission, cx.locale)))
        .collect();
    let permission = wish.permission.as_deref().unwrap_or_default();
    let inside = html! {
        (Field::new("permission", t.who_permission).value(permission).select(cx, &choices))
        (Field::new("amount", t.who_amount).value(wish.amount.as_deref().unwrap_or_default()).money(cx))
        button.btn.sec { (t.btn_who) }
    };
    html! {
        form.stack method="get" action=(PATH) { (inside) }
        @if let Some(roles) = answer {
            ul.plain role="status" {
                @for (role, within) in roles {
                    li {
                        a href={ (PATH) "/" (role.role.name()) } { (words::title(role, cx.locale)) } " "
                        @if *within { (status::tag(Kind::Ok, t.within)) } @else { (status::tag(Kind::Bad, t.beyond)) }
                    }
                }
                @if roles.is_empty() { li.muted { (t.who_nobody) } }
            }
        }
    }
}

/// One row a role, one column a permission would be too wide for any screen: a role's permissions stand in its row.
fn matrix(cx: &PageCx, roles: &[RoleView]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |role: &RoleView| {
        let kind = match (role.role.is_built_in(), role.version) {
            (true, 0) => (Kind::Plain, t.as_delivered),
            (true, _) => (Kind::Warn, t.changed),
            (false, _) => (Kind::Info, t.made_here),
        };
        let listed: Vec<&str> =
            role.permissions.iter().map(|permission| words::permission(permission, cx.locale)).collect();
        Row::new(vec![
            html! { a href={ (PATH) "/" (role.role.name()) } { (words::title(role, cx.locale)) } },
            status::tag(kind.0, kind.1),
            html! { span.long { (listed.join(if cx.locale == Locale::Zh { "、" } else { ", " })) } },
            html! { @if role.second_factor { (t.may) } @else { (t.may_not) } },
            limit(cx, role.limits.transaction),
            limit(cx, role.limits.day),
        ])
    };
    let columns = [t.role, t.as_delivered, t.permissions, t.second_factor, t.transaction_limit, t.day_limit];
    frame::table(cx, t.matrix, columns.map(Column::new).into(), roles.iter().map(row).collect())
}

fn limit(cx: &PageCx, minor: Option<i64>) -> Markup {
    html! {
        @if let Some(minor) = minor { (ui::money::money(Money { minor, currency: MONEY })) }
        @else { span.muted { (Words::of(cx.locale).no_limit) } }
    }
}

fn new(cx: &PageCx, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    form::form(
        cx,
        "new-role-form",
        PATH,
        None,
        html! {
            (tried.field("role", t.code).hint(t.code_hint).text(cx, 24))
            (tried.field("title_zh", t.title_zh).text(cx, 40))
            (tried.field("title_en", t.title_en).text(cx, 40))
            button.btn { (t.btn_new) }
        },
    )
}

async fn create(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let done = match Role::from_name(form.get("role").trim()) {
        Some(role) => {
            let title =
                Text { zh: form.get("title_zh").to_owned(), en: Some(form.get("title_en").to_owned()) };
            let edit = EditRole {
                role,
                title,
                permissions: Permissions::NONE,
                second_factor: role.is_staff(),
                limits: Limits::default(),
                version: 0,
            };
            let path = format!("{PATH}/{}", role.name());
            role::edit_role(&app.cx, &staff.actor, edit).await.map(|()| path).map_err(Refused::from)
        }
        None => Err(wrong("/role", "web.role_code", |t| t.code_wrong)),
    };
    let wish = Wish::default();
    frame::answer(done, &form, "role", |tried| show(&app, &staff, &wish, tried)).await
}

fn wrong(pointer: &str, code: &'static str, say: fn(&Words) -> &'static str) -> Refused {
    let field = FieldError::new(pointer, code, say(Words::of(Locale::Zh)), say(Words::of(Locale::En)));
    EdgeError::Shape { fields: vec![field] }.into()
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(code): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show_one(&app, &staff, &code, &wish, Tried::default()).await
}

async fn show_one(
    app: &App,
    staff: &Staff,
    code: &str,
    wish: &Wish,
    tried: Tried,
) -> Result<Markup, Refused> {
    let roles = role::list_roles(&app.cx, &staff.actor).await?;
    let role = roles.iter().find(|view| view.role.name() == code).ok_or(EdgeError::NotFound)?;
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{code}"));
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (editor(&frame.cx, role, &tried))
    };
    Ok(frame.form_page(&words::title(role, frame.cx.locale), NAV, &tried, body))
}

fn editor(cx: &PageCx, role: &RoleView, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let path = format!("{PATH}/{}", role.role.name());
    let names = (words::name(role.role, Locale::Zh), words::name(role.role, Locale::En));
    let (zh, en) = match &role.title {
        Some(title) => (title.zh.clone(), title.en.clone().unwrap_or_default()),
        None => (names.0.into_owned(), names.1.into_owned()),
    };
    let keep =
        |name: &str, stored: String| if tried.is_refused() { tried.value(name).to_owned() } else { stored };
    let yuan = |minor: Option<i64>| {
        minor.map(|minor| Money { minor, currency: MONEY }.to_plain()).unwrap_or_default()
    };
    let (zh, en) = (keep("title_zh", zh), keep("title_en", en));
    let transaction = keep("transaction_limit", yuan(role.limits.transaction));
    let day = keep("day_limit", yuan(role.limits.day));
    let ticked = |name: &str, stored: bool| {
        if tried.is_refused() { tried.pairs().any(|(n, v)| n == name || v == name) } else { stored }
    };
    html! {
        (card::plain(form::form(cx, "role-form", &path, None, html! {
            input type="hidden" name="version" value=(role.version);
            (Field::new("title_zh", t.title_zh).value(&zh).error(tried.error("title_zh")).text(cx, 40))
            (Field::new("title_en", t.title_en).value(&en).error(tried.error("title_en")).text(cx, 40))
            fieldset.field id="f-permissions" {
                legend { (t.permissions) }
                @if let Some(error) = tried.error("permissions") { p.err { (error) } }
                @for permission in Permission::ALL {
                    label.tick {
                        input type="checkbox" name="permissions" value=(permission.name())
                            checked[ticked(permission.name(), role.permissions.contains(*permission))];
                        " " (words::permission(*permission, cx.locale))
                    }
                }
            }
            label.tick {
                input type="checkbox" name="second_factor" value="yes" checked[ticked("second_factor", role.second_factor)];
                " " (t.second_factor)
            }
            (Field::new("transaction_limit", t.transaction_limit).hint(t.limit_hint).value(&transaction).error(tried.error("transaction_limit")).optional().money(cx))
            (Field::new("day_limit", t.day_limit).hint(t.limit_hint).value(&day).error(tried.error("day_limit")).optional().money(cx))
            (form::actions(cx, t.btn_save, Some(ui::button_link(PATH, t.title, "sec"))))
        })))
        @if role.version > 0 {
            (card::card("remove", if role.role.is_built_in() { t.reset } else { t.remove }, None, html! {
                p.muted { (if role.role.is_built_in() { t.reset_note } else { t.remove_note }) }
                form method="post" action={ (path) "/remove" } data-once {
                    (form::csrf(cx))
                    input type="hidden" name="version" value=(role.version);
                    button.btn.danger { (if role.role.is_built_in() { t.reset } else { t.remove }) }
                }
            }))
        }
    }
}

async fn save(
    State(app): State<App>,
    staff: Staff,
    Path(code): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let role = Role::from_name(&code).ok_or(EdgeError::NotFound)?;
    let done = match edited(role, &form) {
        Ok(edit) => role::edit_role(&app.cx, &staff.actor, edit).await.map_err(Refused::from),
        Err(fields) => Err(EdgeError::Shape { fields }.into()),
    };
    let target = done.map(|()| format!("{PATH}/{code}?done=roles"));
    let wish = Wish::default();
    frame::answer(target, &form, "permissions", |tried| show_one(&app, &staff, &code, &wish, tried)).await
}

fn edited(role: Role, form: &PostForm) -> Result<EditRole, Vec<FieldError>> {
    let mut problems = Vec::new();
    let mut limit = |name: &str| match form.get(name).trim() {
        "" => None,
        text => {
            let amount = Money::parse(text, MONEY).ok().map(|amount| amount.minor);
            if amount.is_none() {
                let (zh, en) = ("填写金额，如 5000.00", "Enter an amount like 5000.00");
                problems.push(FieldError::new(format!("/{name}"), "web.limit_amount", zh, en));
            }
            amount
        }
    };
    let limits = Limits { transaction: limit("transaction_limit"), day: limit("day_limit") };
    if !problems.is_empty() {
        return Err(problems);
    }
    let chosen = form.pairs().filter(|(name, _)| *name == "permissions");
    Ok(EditRole {
        role,
        title: Text { zh: form.get("title_zh").to_owned(), en: Some(form.get("title_en").to_owned()) },
        permissions: chosen.filter_map(|(_, name)| Permission::from_name(name)).collect(),
        second_factor: form.has("second_factor"),
        limits,
        version: form.number("version").unwrap_or(0),
    })
}

async fn remove(
    State(app): State<App>,
    staff: Staff,
    Path(code): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let role = Role::from_name(&code).ok_or(EdgeError::NotFound)?;
    let version = form.number("version").unwrap_or(0);
    let done = role::remove_role(&app.cx, &staff.actor, role, version).await;
    let target = done.map(|()| format!("{PATH}?done=roles")).map_err(Refused::from);
    let wish = Wish::default();
    frame::answer(target, &form, "role", |tried| show_one(&app, &staff, &code, &wish, tried)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::each_frame;

    fn view(role: Role, version: i64) -> RoleView {
        RoleView {
            role,
            title: None,
            permissions: role.built_in_permissions(),
            second_factor: true,
            limits: Limits { transaction: Some(500_000), day: None },
            version,
        }
    }

    #[test]
    fn a_role_shows_what_it_may_and_up_to_which_amount() {
        each_frame(|frame| {
            let page = matrix(&frame.cx, &[view(Role::FINANCE, 2)]).into_string();
            let t = Words::of(frame.cx.locale);
            assert!(page.contains("5,000.00") && page.contains(t.no_limit) && page.contains(t.changed));
            assert!(page.contains(words::permission(Permission::RefundOrder, frame.cx.locale)));
            page
        });
    }

    #[test]
    fn only_what_a_role_has_is_ticked_and_what_was_changed_can_go_back() {
        each_frame(|frame| {
            let page = editor(&frame.cx, &view(Role::AUDITOR, 1), &Tried::default()).into_string();
            assert!(
                page.contains("value=\"read_audit\" checked")
                    && !page.contains("value=\"refund_order\" checked")
            );
            assert!(page.contains("/console/roles/auditor/remove"));
            page
        });
    }

    #[test]
    fn who_may_says_so_when_nobody_may() {
        each_frame(|frame| {
            let page = who(&frame.cx, &Wish::default(), Some(&[])).into_string();
            assert!(page.contains(Words::of(frame.cx.locale).who_nobody));
            page
        });
    }
}
