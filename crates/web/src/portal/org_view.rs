//! How the space of an organisation looks.

use identity::organisation::{
    Belonging, DepartmentId, DepartmentView, InvitationView, InvitedTo, MemberView, OrganisationState,
    OrganisationView,
};
use identity::role::{Limits, RoleView};
use kernel::{AccountId, Currency, Money, Permission, Role, Timestamp};
use maud::{Markup, html};

use super::reply::Trouble;
use crate::i18n::{OrgWords, SettingsWords};
use crate::ui::form::{Choice, Field};
use crate::ui::table::{self, Column, Row, Table};
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, confirm, form, role, shell, status, time};

/// The organisation somebody acts for.
pub(crate) struct Space {
    pub organisation: OrganisationView,
    pub members: Vec<MemberView>,
    pub departments: Vec<DepartmentView>,
    /// `None` for who may not manage members.
    pub invitations: Option<Vec<InvitationView>>,
    pub roles: Vec<RoleView>,
}

/// `/org`
pub(crate) fn page(
    cx: &PageCx,
    me: AccountId,
    belongings: &[Belonging],
    current: Option<&Space>,
    done: Option<&str>,
    trouble: &Trouble,
) -> Markup {
    let t = OrgWords::of(cx.locale);
    let done = match done {
        Some("saved") => Some(t.done_saved),
        Some("joined") => Some(t.done_joined),
        Some("removed") => Some(t.done_removed),
        _ => None,
    };
    let body = html! {
        (shell::back_link("/me", SettingsWords::of(cx.locale).me))
        h1 { (t.title) }
        p.muted { (t.lead) }
        (trouble.summary(cx, html! {}))
        @if let Some(done) = done { (banner::banner(Kind::Ok, done, html! {})) }
        @if let Some(space) = current {
            (banner::banner(Kind::Info, &t.acting_for(&space.organisation.name), html! {
                p { (t.acting_note) }
                p { (ui::link("/org/approvals", crate::i18n::ApprovalWords::of(cx.locale).title)) }
                p { (ui::link("/org/batches", crate::i18n::BatchWords::of(cx.locale).title)) }
                (ui::post_button(cx, "/org/act", t.btn_self, "sec", &[("organisation", "")]))
            }))
            (overview(cx, &space.organisation))
            (members(cx, me, space))
            @if space.invitations.is_some() { (manage(cx, space, trouble)) }
        }
        (mine(cx, belongings))
        div.acts { (ui::button_link("/org/new", t.found, "sec")) }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me).errors(trouble.any()).scripts(&["form"]), body)
}

fn mine(cx: &PageCx, belongings: &[Belonging]) -> Markup {
    let t = OrgWords::of(cx.locale);
    html! {
        @if belongings.is_empty() {
            (card::plain(html! { p { strong { (t.none) } } p.muted { (t.none_lead) } }))
        } @else {
            (card::card("mine", t.mine, None, html! {
                ul.plain {
                    @for one in belongings {
                        li {
                            strong { (one.organisation.name) } " "
                            span.muted { (role::name(one.role, cx.locale)) } " "
                            @if one.organisation.state == OrganisationState::Suspended {
                                (status::tag(Kind::Bad, t.suspended))
                            } @else {
                                (ui::post_button(cx, "/org/act", t.btn_act, "sec small", &[("organisation", &one.organisation.id.to_string())]))
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn overview(cx: &PageCx, organisation: &OrganisationView) -> Markup {
    let t = OrgWords::of(cx.locale);
    card::card(
        "overview",
        t.overview,
        None,
        html! {
            dl.sum {
                div { dt { (t.name) } dd { (organisation.name) } }
                div { dt { (t.code) } dd.num { (organisation.code) } }
                div { dt { (t.confirmed) } dd {
                    @if organisation.confirmed_at.is_some() { (status::tag(Kind::Ok, t.confirmed)) }
                    @else { (status::tag(Kind::Warn, t.unconfirmed)) }
                } }
            }
        },
    )
}

fn members(cx: &PageCx, me: AccountId, space: &Space) -> Markup {
    let t = OrgWords::of(cx.locale);
    let manages = cx.may(Permission::ManageMembers);
    let row = |member: &MemberView| {
        let department = space.departments.iter().find(|found| Some(found.id) == member.department);
        Row::new(vec![
            html! { (member.name.as_deref().unwrap_or(&member.contact)) },
            html! { span.num { (member.contact) } },
            html! { (title(cx, &space.roles, member.role)) },
            html! { (department.map_or(t.no_department, |found| found.name.as_str())) },
            limits(cx, member.limits),
            time::stamp(cx, member.joined_at),
            html! {
                @if manages { (changing(cx, space, member)) }
                @if member.account == me || manages {
                    @let word = if member.account == me { t.btn_leave } else { t.btn_remove };
                    (ui::post_button(cx, &format!("/org/members/{}/remove", member.account), word, "text", &[]))
                }
            },
        ])
    };
    let columns = [t.member, t.contact, t.role, t.department, t.limits, t.since, t.act_column];
    let rows = space.members.iter().map(row).collect();
    card::card(
        "members",
        t.members,
        None,
        table::data_table(
            cx,
            &Table { caption: t.member, columns: columns.map(Column::new).into(), rows, ..Table::default() },
        ),
    )
}

fn title<'a>(cx: &PageCx, roles: &'a [RoleView], wanted: Role) -> std::borrow::Cow<'a, str> {
    match roles.iter().find(|view| view.role == wanted) {
        Some(view) => role::title(view, cx.locale),
        None => role::name(wanted, cx.locale),
    }
}

fn limits(cx: &PageCx, limits: Limits) -> Markup {
    let t = OrgWords::of(cx.locale);
    let one = |minor: Option<i64>| {
        html! {
            @match minor {
                Some(minor) => { (ui::money::money(Money { minor, currency: Currency::CNY })) }
                None => { span.muted { (t.no_limit) } }
            }
        }
    };
    html! { (one(limits.transaction)) " / " (one(limits.day)) }
}

/// A member's place, closed until it is wanted.
fn changing(cx: &PageCx, space: &Space, member: &MemberView) -> Markup {
    let t = OrgWords::of(cx.locale);
    let yuan = |minor: Option<i64>| {
        minor.map(|minor| Money { minor, currency: Currency::CNY }.to_plain()).unwrap_or_default()
    };
    let (transaction, day) = (yuan(member.limits.transaction), yuan(member.limits.day));
    let id = format!("member-{}", member.account);
    let names = named(cx, space);
    let department = member.department.map(|id| id.to_string()).unwrap_or_default();
    html! {
        details.more {
            summary { (t.change) }
            (form::form(cx, &id, &format!("/org/members/{}", member.account), None, html! {
                (Field::new("role", t.role).value(member.role.name()).select(cx, &role_choices(&names)))
                (Field::new("department", t.department).value(&department).optional().select(cx, &department_choices(&departments(space))))
                (Field::new("transaction_limit", t.transaction_limit).hint(t.limit_hint).value(&transaction).optional().money(cx))
                (Field::new("day_limit", t.day_limit).hint(t.limit_hint).value(&day).optional().money(cx))
                button.btn.sec { (t.btn_save) }
            }))
        }
    }
}

fn named<'a>(cx: &PageCx, space: &'a Space) -> Vec<(&'a RoleView, std::borrow::Cow<'static, str>)> {
    space.roles.iter().map(|view| (view, role::title(view, cx.locale))).collect()
}

fn role_choices<'a>(names: &'a [(&'a RoleView, std::borrow::Cow<'static, str>)]) -> Vec<Choice<'a>> {
    names.iter().map(|(view, name)| Choice::new(view.role.name(), name)).collect()
}

fn departments(space: &Space) -> Vec<(String, &str)> {
    space.departments.iter().map(|found| (found.id.to_string(), found.name.as_str())).collect()
}

fn department_choices<'a>(all: &'a [(String, &'a str)]) -> Vec<Choice<'a>> {
    all.iter().map(|(id, name)| Choice::new(id, name)).collect()
}

fn manage(cx: &PageCx, space: &Space, trouble: &Trouble) -> Markup {
    let t = OrgWords::of(cx.locale);
    let names = named(cx, space);
    let invitations = space.invitations.as_deref().unwrap_or_default();
    html! {
        (card::card("invite", t.invite, None, html! {
            (form::form(cx, "invite-form", "/org/invite", None, html! {
                (Field::new("role", t.role).value(Role::ORG_BUYER.name()).error(trouble.on("role")).select(cx, &role_choices(&names)))
                (Field::new("department", t.department).optional().error(trouble.on("department")).select(cx, &department_choices(&departments(space))))
                (Field::new("contact", t.invite_contact).hint(t.invite_hint).error(trouble.on("contact")).text(cx, 254))
                button.btn { (t.btn_invite) }
            }))
            @if !invitations.is_empty() {
                h3 { (t.waiting) }
                ul.plain {
                    @for one in invitations {
                        li {
                            (title(cx, &space.roles, one.role)) " · "
                            (one.contact.as_deref().unwrap_or(t.anybody)) " · "
                            (t.until) " " (time::stamp(cx, one.expires_at)) " "
                            (ui::post_button(cx, &format!("/org/invitations/{}/withdraw", one.id), t.btn_withdraw, "text", &[]))
                        }
                    }
                }
            }
        }))
        (card::card("departments", t.departments, None, html! {
            ul.plain {
                @for one in &space.departments { li { (department(cx, one.id, &one.name)) } }
            }
            (form::form(cx, "department-form", "/org/departments", None, html! {
                (Field::new("department_name", t.department_name).error(trouble.on("department_name")).text(cx, 80))
                button.btn.sec { (t.btn_add) }
            }))
        }))
    }
}

fn department(cx: &PageCx, id: DepartmentId, name: &str) -> Markup {
    let t = OrgWords::of(cx.locale);
    html! {
        (name) " "
        (ui::post_button(cx, &format!("/org/departments/{id}/remove"), t.btn_delete, "text", &[]))
    }
}

/// `/org/new`
pub(crate) fn found_page(cx: &PageCx, name: &str, code: &str, trouble: &Trouble) -> Markup {
    let t = OrgWords::of(cx.locale);
    let body = html! {
        (shell::back_link("/org", t.title))
        h1 { (t.found) }
        p.muted { (t.lead) }
        (trouble.summary(cx, html! {}))
        (form::form(cx, "found", "/org/new", None, html! {
            (Field::new("name", t.name).hint(t.name_hint).value(name).error(trouble.on("name")).autocomplete("organization").text(cx, 80))
            (Field::new("code", t.code).hint(t.code_hint).value(code).error(trouble.on("code")).text(cx, 18))
            (form::actions(cx, t.btn_found, None))
        }))
    };
    shell::portal(
        cx,
        &Page::new(t.found).nav(Nav::Me).narrow().errors(trouble.any()).scripts(&["form"]),
        body,
    )
}

/// The link, shown in this one answer and nowhere else.
pub(crate) fn invited_page(cx: &PageCx, address: &str, until: Timestamp) -> Markup {
    let t = OrgWords::of(cx.locale);
    let body = html! {
        h1 { (t.link_title) }
        (banner::banner(Kind::Warn, t.link_once, html! {}))
        p { (confirm::reference(cx, address)) }
        p.muted { (t.until) " " (time::full(cx, until)) }
        div.acts { (ui::button_link("/org", t.title, "sec")) }
    };
    shell::portal(cx, &Page::new(t.link_title).nav(Nav::Me).narrow(), body)
}

/// `/join/{token}`
pub(crate) fn join_page(cx: &PageCx, path: &str, invited: &InvitedTo, trouble: &Trouble) -> Markup {
    let t = OrgWords::of(cx.locale);
    let body = html! {
        h1 { (t.join) }
        (trouble.summary(cx, html! {}))
        p { (t.join_ask(&invited.organisation, &role::name(invited.role, cx.locale))) }
        @if cx.signed_in() {
            (ui::post_button(cx, path, t.btn_join, "", &[]))
        } @else {
            p { (t.join_sign_in) }
            (ui::button_link(&format!("/login?next={}", crate::edge::form::encode(path)), t.btn_join, ""))
        }
        p.muted { (t.until) " " (time::full(cx, invited.expires_at)) }
    };
    shell::portal(cx, &Page::new(t.join).narrow().errors(trouble.any()), body)
}

/// For a link that is used, too old or made up.
pub(crate) fn dead_page(cx: &PageCx) -> Markup {
    let t = OrgWords::of(cx.locale);
    let body =
        html! { h1 { (t.join) } p { (t.join_dead) } div.acts { (ui::button_link("/", t.title, "sec")) } };
    shell::portal(cx, &Page::new(t.join).narrow(), body)
}
