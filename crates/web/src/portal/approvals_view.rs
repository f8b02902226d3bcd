//! How checking looks (S3): what will be done field by field, who made it, who has agreed, and what whoever looks may do.

use std::collections::BTreeMap;

use identity::organisation::MemberView;
use identity::policy::{Checker, Level, OnExpiry, Policy, Rule, Subject};
use identity::role::RoleView;
use kernel::{AccountId, Currency, Money, Permission, Role};
use maud::{Markup, html};
use ordering::approval::{Approval, ApprovalState, ApprovalView, Mine, Proposed, SubjectKind, SubjectView};
use ordering::order::OrderView;

use super::approvals::LEVELS;
use super::reply::Trouble;
use crate::i18n::{ApprovalWords, OrgWords};
use crate::ui::form::{Choice, Field, FieldWidth};
use crate::ui::summary::{Answer, summary_list};
use crate::ui::table::{View, pager, views};
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, empty, form, money, role, shell, status, time};

/// What things are called: colleagues by account, services by code.
#[derive(Debug, Default)]
pub(crate) struct Names {
    people: BTreeMap<i64, String>,
    services: BTreeMap<String, String>,
}

impl Names {
    pub fn of(members: &[MemberView], services: &[(String, String)]) -> Self {
        let name = |member: &MemberView| member.name.clone().unwrap_or_else(|| member.contact.clone());
        Self {
            people: members.iter().map(|member| (member.account.raw(), name(member))).collect(),
            services: services.iter().cloned().collect(),
        }
    }

    pub fn get<'a>(&'a self, cx: &PageCx, account: AccountId) -> &'a str {
        self.people.get(&account.raw()).map_or(ApprovalWords::of(cx.locale).former, String::as_str)
    }
}

/// Members whose role lets them check: whoever else is named would keep a request waiting for nothing.
#[derive(Debug, Default)]
pub(crate) struct Able(Vec<AccountId>);

impl Able {
    pub fn of(members: &[MemberView], roles: &[RoleView]) -> Self {
        let may = |role: Role| {
            roles.iter().any(|view| view.role == role && view.permissions.contains(Permission::ApproveOrders))
        };
        Self(members.iter().filter(|member| may(member.role)).map(|member| member.account).collect())
    }
}

/// One request.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    pub found: &'a ApprovalView,
    /// The answers of each line of an order, under the form it was ordered with.
    pub answers: &'a [Vec<(String, String)>],
    pub names: &'a Names,
    /// What was typed as a reason.
    pub reason: &'a str,
    pub trouble: Trouble,
}

fn state_tag(cx: &PageCx, state: ApprovalState) -> Markup {
    let t = ApprovalWords::of(cx.locale);
    let (kind, word) = match state {
        ApprovalState::Open => (Kind::Warn, t.open),
        ApprovalState::Approved => (Kind::Ok, t.approved),
        ApprovalState::Returned => (Kind::Bad, t.returned),
        ApprovalState::Withdrawn => (Kind::Plain, t.withdrawn),
        ApprovalState::Expired => (Kind::Plain, t.expired),
    };
    status::tag(kind, word)
}

fn what(t: &ApprovalWords, approval: &Approval) -> &'static str {
    match approval.subject {
        SubjectKind::Order => t.an_order,
        SubjectKind::Policy => t.a_policy,
    }
}

/// `/org/approvals`
pub(crate) fn list_page(
    cx: &PageCx,
    items: &[(Approval, Mine)],
    names: &Names,
    tab: &str,
    next: Option<&str>,
    done: Option<&str>,
) -> Markup {
    let t = ApprovalWords::of(cx.locale);
    let done = match done {
        Some("approved") => Some(t.done_approved),
        Some("returned") => Some(t.done_returned),
        Some("withdrawn") => Some(t.done_withdrawn),
        _ => None,
    };
    let tabs = [("open", t.tab_open), ("all", t.tab_all)];
    let view = |(word, label)| View {
        label,
        href: format!("/org/approvals?tab={word}"),
        count: None,
        current: word == tab,
    };
    let tabs: Vec<View<'_>> = tabs.map(view).into();
    let rows: Vec<Markup> = items.iter().map(|(approval, mine)| row(cx, approval, *mine, names)).collect();
    let body = html! {
        (shell::back_link("/org", OrgWords::of(cx.locale).title))
        h1 { (t.title) }
        p.muted { (t.lead) }
        @if let Some(done) = done { (banner::banner(Kind::Ok, done, html! {})) }
        (views(cx, &tabs))
        @if rows.is_empty() { (empty::empty(t.none, None)) } @else { (card::rows(&rows)) }
        (pager(cx, None, next))
        div.acts { (ui::button_link("/org/approvals/rules", t.btn_rules, "sec")) }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me), body)
}

fn row(cx: &PageCx, approval: &Approval, mine: Mine, names: &Names) -> Markup {
    let t = ApprovalWords::of(cx.locale);
    let below = html! {
        (names.get(cx, approval.maker)) " · " (time::stamp(cx, approval.created_at))
        @if approval.state == ApprovalState::Open { " · " (t.until) " " (time::stamp(cx, approval.expires_at)) }
    };
    let title = html! {
        (what(t, approval)) " "
        @if matches!(mine, Mine::MayCheck { .. }) { (status::tag(Kind::Info, t.yours)) }
    };
    let end = html! {
        @if approval.subject == SubjectKind::Order { (money::money(approval.amount)) " " }
        (state_tag(cx, approval.state))
    };
    card::row(&format!("/org/approvals/{}", approval.id), title, below, end)
}

/// `/org/approvals/{id}`
pub(crate) fn request_page(cx: &PageCx, sheet: &Sheet<'_>) -> Markup {
    let t = ApprovalWords::of(cx.locale);
    let found = sheet.found;
    let approval = &found.approval;
    let level = approval.level.saturating_add(1).to_string();
    let levels = approval.rule.levels.len().to_string();
    let body = html! {
        (shell::back_link("/org/approvals", t.title))
        h1 { (what(t, approval)) " " (state_tag(cx, approval.state)) }
        (sheet.trouble.summary(cx, html! {}))
        (card::card("request", t.request, None, html! {
            dl.sum {
                div { dt { (t.maker) } dd { (sheet.names.get(cx, approval.maker)) } }
                div { dt { (t.made) } dd { (time::full(cx, approval.created_at)) } }
                @if approval.state == ApprovalState::Open {
                    div { dt { (t.until) } dd { (time::full(cx, approval.expires_at)) } }
                    div { dt { (t.level) } dd.num { (t.level_of(&level, &levels)) } }
                }
                @if approval.escalated { div { dt { (t.escalated) } dd { (t.escalated_why) } } }
                @for one in &found.decisions {
                    div {
                        dt { (t.checked_by) }
                        dd { (sheet.names.get(cx, one.checker)) " · " (if one.agreed { t.agreed } else { t.sent_back }) " · " (time::stamp(cx, one.at)) }
                    }
                }
                @if let Some(reason) = &approval.reason { div { dt { (t.reason) } dd { (reason) } } }
            }
        }))
        @match &found.subject {
            SubjectView::Order(order) => { (order_card(cx, order, sheet.answers)) }
            SubjectView::Policy(proposed) => { (policy_diff(cx, proposed, sheet.names)) }
        }
        (what_to_do(cx, sheet))
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me).narrow().errors(sheet.trouble.any()), body)
}

fn order_card(cx: &PageCx, view: &OrderView, answers: &[Vec<(String, String)>]) -> Markup {
    let t = ApprovalWords::of(cx.locale);
    let order = &view.order;
    html! {
        (card::card("order", order.title.get(cx.locale), Some(ui::link(&format!("/orders/{}", order.id), t.to_order)), html! {
            p { (money::large(order.total)) }
            p.muted { (money::capital(cx, order.total)) }
            @for (index, line) in view.lines.iter().enumerate() {
                @let quantity = line.quantity.to_string();
                @let mut rows = vec![
                    Answer::text(t.line, line.title.get(cx.locale), None),
                    Answer::text(t.quantity, &quantity, None),
                    Answer { label: t.amount, value: money::money(line.total), change: None },
                ];
                @let of_line = answers.get(index).map(Vec::as_slice).unwrap_or_default();
                @let () = rows.extend(of_line.iter().map(|(label, value)| Answer::text(label, value, None)));
                (summary_list(cx, &rows))
            }
        }))
    }
}

/// Each rule that came, went or changed, field by field.
fn policy_diff(cx: &PageCx, proposed: &Proposed, names: &Names) -> Markup {
    let t = ApprovalWords::of(cx.locale);
    let changes = identity::policy::differences(&proposed.before, &proposed.after);
    html! {
        @for (index, (before, after)) in changes.iter().enumerate() {
            (card::card(&format!("change-{index}"), match (before, after) {
                (None, _) => t.rule_new,
                (_, None) => t.rule_gone,
                _ => t.rule_changed,
            }, None, html! {
                dl.sum {
                    @let old = before.map(|rule| fields(cx, rule, names));
                    @let new = after.map(|rule| fields(cx, rule, names));
                    @for (place, label) in [t.subject, t.above, t.levels, t.lasts, t.on_expiry].into_iter().enumerate() {
                        @let was = old.as_ref().and_then(|fields| fields.get(place));
                        @let is = new.as_ref().and_then(|fields| fields.get(place));
                        div {
                            dt { (label) }
                            dd {
                                @if was == is {
                                    @if let Some(same) = is { (same) }
                                } @else {
                                    @if let Some(was) = was { del { (was) } " " }
                                    @if let Some(is) = is { ins { (is) } }
                                }
                            }
                        }
                    }
                }
            }))
        }
        @if changes.is_empty() { (card::plain(html! { p { (t.rule_same) } })) }
    }
}

/// A rule in words: what, above, who, how long, what then.
fn fields(cx: &PageCx, rule: &Rule, names: &Names) -> [String; 5] {
    let t = ApprovalWords::of(cx.locale);
    let subject = match &rule.subject {
        Subject::Any => t.any.to_owned(),
        Subject::Transfer => t.transfer.to_owned(),
        Subject::Service(code) => names.services.get(code).unwrap_or(code).clone(),
    };
    let level = |level: &Level| {
        let names = level.checkers.iter().map(|one| checker(cx, *one, names));
        names.collect::<Vec<_>>().join("/")
    };
    let levels: Vec<String> = rule.levels.iter().map(level).collect();
    let on_expiry = match rule.on_expiry {
        OnExpiry::Reject => t.expiry_reject,
        OnExpiry::Escalate => t.expiry_escalate,
    };
    [
        subject,
        Money::new(rule.above_minor, Currency::CNY).to_string(),
        levels.join(" → "),
        t.hours(&rule.lasts_hours.to_string()),
        on_expiry.to_owned(),
    ]
}

fn checker(cx: &PageCx, checker: Checker, names: &Names) -> String {
    match checker {
        Checker::Role(found) => role::name(found, cx.locale).into_owned(),
        Checker::Member(account) => names.get(cx, account).to_owned(),
    }
}

fn what_to_do(cx: &PageCx, sheet: &Sheet<'_>) -> Markup {
    let t = ApprovalWords::of(cx.locale);
    let approval = &sheet.found.approval;
    let path = format!("/org/approvals/{}", approval.id);
    let level = approval.level.to_string();
    match sheet.found.mine {
        Mine::MayCheck { proof } => html! {
            @if proof { p.muted { (t.proof_first) } }
            div.acts { (ui::post_button(cx, &format!("{path}/approve"), t.btn_approve, "main", &[("level", &level)])) }
            (card::card("return", t.return_title, None, html! {
                (form::form(cx, "return-form", &format!("{path}/return"), None, html! {
                    (Field::new("reason", t.reason).hint(t.reason_hint).value(sheet.reason).error(sheet.trouble.on("reason")).textarea(cx, 200))
                    button.btn.sec { (t.btn_return) }
                }))
            }))
        },
        Mine::Maker => html! {
            (banner::banner(Kind::Info, t.own, html! {}))
            div.acts { (ui::post_button(cx, &format!("{path}/withdraw"), t.btn_withdraw, "sec", &[])) }
        },
        Mine::CheckedBefore => banner::banner(Kind::Info, t.checked_before, html! {}),
        Mine::NotChecker => banner::banner(Kind::Info, t.not_checker, html! {}),
        Mine::Over => html! {},
    }
}

/// `/org/approvals/rules`
pub(crate) fn rules_page(
    cx: &PageCx,
    policy: &Policy,
    names: &Names,
    able: &Able,
    services: &[(String, String)],
    typed: &(dyn Fn(&str) -> String + Send + Sync),
    trouble: &Trouble,
) -> Markup {
    let t = ApprovalWords::of(cx.locale);
    let manages = cx.may(Permission::ManageMembers);
    let version = policy.version.to_string();
    let body = html! {
        (shell::back_link("/org/approvals", t.title))
        h1 { (t.rules_title) }
        p.muted { (t.rules_lead) }
        (trouble.summary(cx, html! {}))
        @if policy.rules.is_empty() { (card::plain(html! { p { (t.rules_none) } })) }
        @for (index, rule) in policy.rules.iter().enumerate() {
            @let place = index.to_string();
            (card::card(&format!("rule-{index}"), &format!("{} {}", t.rule, index.saturating_add(1)), None, html! {
                dl.sum {
                    @for (label, value) in [t.subject, t.above, t.levels, t.lasts, t.on_expiry].into_iter().zip(fields(cx, rule, names)) {
                        div { dt { (label) } dd { (value) } }
                    }
                }
                @if manages {
                    (ui::post_button(cx, "/org/approvals/rules/remove", t.btn_remove, "text", &[("rule", &place), ("version", &version)]))
                }
            }))
        }
        @if manages { (rule_form(cx, &version, (names, able), services, typed, trouble)) }
    };
    shell::portal(
        cx,
        &Page::new(t.rules_title).nav(Nav::Me).narrow().errors(trouble.any()).scripts(&["form"]),
        body,
    )
}

fn rule_form(
    cx: &PageCx,
    version: &str,
    (names, able): (&Names, &Able),
    services: &[(String, String)],
    typed: &(dyn Fn(&str) -> String + Send + Sync),
    trouble: &Trouble,
) -> Markup {
    let t = ApprovalWords::of(cx.locale);
    let codes: Vec<(String, &str)> =
        services.iter().map(|(code, name)| (format!("service:{code}"), name.as_str())).collect();
    let mut subjects = vec![Choice::new("any", t.any), Choice::new("transfer", t.transfer)];
    subjects.extend(codes.iter().map(|(value, name)| Choice::new(value, name)));
    let owner = format!("role:{}", Role::ORG_OWNER.name());
    let owner_name = role::name(Role::ORG_OWNER, cx.locale);
    let members: Vec<(String, &str)> =
        able.0.iter().map(|id| (format!("member:{id}"), names.get(cx, *id))).collect();
    let mut checkers = vec![Choice::new(&owner, &owner_name)];
    checkers.extend(members.iter().map(|(value, name)| Choice::new(value, name)));
    let value = |name: &str, default: &str| {
        let text = typed(name);
        if text.is_empty() { default.to_owned() } else { text }
    };
    let expiries = [Choice::new("reject", t.expiry_reject), Choice::new("escalate", t.expiry_escalate)];
    let labels: [(&str, &str); LEVELS] =
        [("level_0", t.level_1), ("level_1", t.level_2), ("level_2", t.level_3)];
    card::card(
        "new-rule",
        t.rule_add,
        None,
        html! {
            (form::form(cx, "rule-form", "/org/approvals/rules", None, html! {
                input type="hidden" name="version" value=(version);
                (Field::new("subject", t.subject).value(&value("subject", "any")).error(trouble.on("subject")).select(cx, &subjects))
                (Field::new("above", t.above).hint(t.above_hint).value(&typed("above")).error(trouble.on("above")).money(cx))
                @for (index, (name, label)) in labels.into_iter().enumerate() {
                    @let text = if index == 0 { value(name, &owner) } else { typed(name) };
                    @let field = Field::new(name, label).value(&text).error(trouble.on(name));
                    @if index == 0 { (field.select(cx, &checkers)) } @else { (field.optional().select(cx, &checkers)) }
                }
                (Field::new("lasts", t.lasts).hint(t.lasts_hint).value(&value("lasts", "24")).error(trouble.on("lasts")).width(FieldWidth::Short).code(cx, "[0-9]*", 3))
                (Field::new("on_expiry", t.on_expiry).value(&value("on_expiry", "reject")).radios(cx, &expiries))
                (form::actions(cx, t.btn_add, None))
            }))
        },
    )
}
