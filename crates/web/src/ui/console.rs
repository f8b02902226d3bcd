//! The frame of the staff console: side navigation by permission, title bar, command palette, keys.
//!
//! Keyboard: `Ctrl K` palette, `/` filter, `J K` move, `Enter` open, `X` select, `?` list of keys; single keys can be turned off.
//! Without script the same places are links and buttons; on a narrow screen the navigation is a disclosure.

use kernel::{Locale, Permission};
use maud::{Markup, html};

use super::page::{self, Page, Surface};
use super::{Icon, PageCx, icon, ring, shell};
use crate::i18n::{Common, ConsoleShell, Shell};

/// The entries of the console's navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleNav {
    Work,
    Orders,
    Tasks,
    Fallout,
    Catalogue,
    Stock,
    Customers,
    Organisations,
    Ledger,
    Adjustments,
    Settlements,
    Invoices,
    Payments,
    Reconciliation,
    Identities,
    Recoveries,
    RiskDesk,
    Risk,
    RiskCases,
    RiskRules,
    Incidents,
    Audit,
    Health,
    Staff,
    Roles,
    Clients,
}

impl ConsoleNav {
    pub const WORK: [Self; 4] = [Self::Work, Self::Orders, Self::Tasks, Self::Fallout];
    pub const BUSINESS: [Self; 4] = [Self::Catalogue, Self::Stock, Self::Customers, Self::Organisations];
    pub const MONEY: [Self; 6] = [
        Self::Payments,
        Self::Reconciliation,
        Self::Ledger,
        Self::Adjustments,
        Self::Settlements,
        Self::Invoices,
    ];
    pub const TRUST: [Self; 7] = [
        Self::Identities,
        Self::Recoveries,
        Self::RiskDesk,
        Self::Risk,
        Self::RiskCases,
        Self::RiskRules,
        Self::Incidents,
    ];
    pub const SYSTEM: [Self; 5] = [Self::Audit, Self::Health, Self::Staff, Self::Roles, Self::Clients];

    pub const fn href(self) -> &'static str {
        match self {
            Self::Work => "/console",
            Self::Orders => "/console/orders",
            Self::Tasks => "/console/tasks",
            Self::Fallout => "/console/fallout",
            Self::Catalogue => "/console/catalog",
            Self::Stock => "/console/stock",
            Self::Customers => "/console/customers",
            Self::Organisations => "/console/organisations",
            Self::Ledger => "/console/ledger",
            Self::Adjustments => "/console/adjustments",
            Self::Settlements => "/console/settlements",
            Self::Invoices => "/console/invoices",
            Self::Payments => "/console/payments",
            Self::Reconciliation => "/console/recon",
            Self::Identities => "/console/identities",
            Self::Recoveries => "/console/recoveries",
            Self::RiskDesk => "/console/risk/desk",
            Self::Risk => "/console/risk",
            Self::RiskCases => "/console/risk/cases",
            Self::RiskRules => "/console/risk/rules",
            Self::Incidents => "/console/incidents",
            Self::Audit => "/console/audit",
            Self::Health => "/console/health",
            Self::Staff => "/console/staff",
            Self::Roles => "/console/roles",
            Self::Clients => "/console/clients",
        }
    }

    /// Who sees this entry.
    pub const fn permission(self) -> Permission {
        match self {
            Self::Work | Self::Orders | Self::Payments => Permission::ReadOrders,
            Self::Tasks | Self::Fallout => Permission::WorkOrders,
            Self::Catalogue => Permission::ReadCatalogue,
            Self::Stock => Permission::ReadStock,
            Self::Customers => Permission::ReadCustomers,
            Self::Organisations => Permission::ManageOrganisations,
            Self::Reconciliation | Self::Ledger | Self::Adjustments | Self::Settlements => {
                Permission::ReadLedger
            }
            Self::Invoices => Permission::IssueInvoices,
            Self::Identities => Permission::ReviewIdentity,
            Self::Recoveries => Permission::RestoreAccount,
            Self::RiskDesk => Permission::DecideRisk,
            Self::Risk | Self::RiskCases | Self::RiskRules => Permission::ReadRisk,
            Self::Incidents => Permission::ReadIncidents,
            Self::Audit => Permission::ReadAudit,
            Self::Health => Permission::ReadHealth,
            Self::Staff => Permission::ManageStaff,
            Self::Roles => Permission::ManageRoles,
            Self::Clients => Permission::ManageClients,
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Work => Icon::Home,
            Self::Orders | Self::Roles | Self::Ledger | Self::RiskCases | Self::RiskRules => Icon::List,
            Self::Tasks | Self::Recoveries | Self::Adjustments | Self::Reconciliation | Self::RiskDesk => {
                Icon::Check
            }
            Self::Fallout | Self::Risk => Icon::Alert,
            Self::Catalogue | Self::Clients | Self::Settlements | Self::Payments => Icon::Grid,
            Self::Invoices => Icon::Receipt,
            Self::Stock => Icon::Box,
            Self::Customers | Self::Organisations => Icon::Users,
            Self::Identities | Self::Staff => Icon::User,
            Self::Incidents | Self::Audit => Icon::Shield,
            Self::Health => Icon::Pulse,
        }
    }

    fn label(self, locale: Locale) -> &'static str {
        let t = ConsoleShell::of(locale);
        match self {
            Self::Work => t.work,
            Self::Orders => t.orders,
            Self::Tasks => t.tasks,
            Self::Fallout => t.fallout,
            Self::Catalogue => t.catalogue,
            Self::Stock => t.stock,
            Self::Customers => t.customers,
            Self::Organisations => t.organisations,
            Self::Ledger => t.ledger,
            Self::Adjustments => t.adjustments,
            Self::Settlements => t.settlements,
            Self::Invoices => t.invoices,
            Self::Payments => t.payments,
            Self::Reconciliation => t.reconciliation,
            Self::Identities => t.identities,
            Self::Recoveries => t.recoveries,
            Self::RiskDesk => t.risk_desk,
            Self::Risk => t.risk,
            Self::RiskCases => t.risk_cases,
            Self::RiskRules => t.risk_rules,
            Self::Incidents => t.incidents,
            Self::Audit => t.audit,
            Self::Health => t.health,
            Self::Staff => t.staff,
            Self::Roles => t.roles,
            Self::Clients => t.clients,
        }
    }
}

/// A console page. `heading` is the `h1` in the title bar; `tools` stand right of it (filter, buttons); `counts` are the
/// numbers of waiting items beside the entries.
pub fn shell(
    cx: &PageCx,
    page: &Page<'_>,
    current: ConsoleNav,
    counts: &[(ConsoleNav, u64)],
    tools: Markup,
    body: Markup,
) -> Markup {
    let t = ConsoleShell::of(cx.locale);
    let inside = html! {
        body.staff {
            (page::skip_link(cx))
            div.console {
                (side(cx, current, counts))
                div.cbody {
                    header.ctop {
                        h1 { (page.title) }
                        span.sp {}
                        (tools)
                        button.btn.sec.small.js-only type="button" data-palette {
                            (icon(Icon::Search)) (t.btn_command) kbd { "Ctrl K" }
                        }
                        div.ctools { (shell::lang_switch(cx)) (shell::theme_switch(cx)) }
                    }
                    (page::live_parts(cx, page))
                    main #main.cmain.stack data-live=[page.live] { (body) }
                }
            }
            (palette(cx))
            (keys(cx))
        }
    };
    page::document(cx, page, Surface::Console, &inside)
}

fn side(cx: &PageCx, current: ConsoleNav, counts: &[(ConsoleNav, u64)]) -> Markup {
    let t = ConsoleShell::of(cx.locale);
    html! {
        nav.side aria-label=(t.nav) {
            a.brand href="/console" { (ring::mark()) span { (t.brand) } }
            details.sidenav {
                summary { (icon(Icon::Menu)) (t.nav_toggle) }
                (group(cx, t.group_work, &ConsoleNav::WORK, current, counts))
                (group(cx, t.group_business, &ConsoleNav::BUSINESS, current, counts))
                (group(cx, t.group_money, &ConsoleNav::MONEY, current, counts))
                (group(cx, t.group_trust, &ConsoleNav::TRUST, current, counts))
                (group(cx, t.group_system, &ConsoleNav::SYSTEM, current, counts))
                div.sideend {
                    a href="/" { (icon(Icon::Out)) span { (t.portal) } }
                    @if let Some(name) = &cx.name { p.sm.muted { (name) } }
                    (super::post_button(cx, "/logout", Shell::of(cx.locale).btn_sign_out, "text", &[]))
                }
            }
        }
    }
}

fn group(
    cx: &PageCx,
    title: &str,
    entries: &[ConsoleNav],
    current: ConsoleNav,
    counts: &[(ConsoleNav, u64)],
) -> Markup {
    let seen: Vec<ConsoleNav> = entries.iter().copied().filter(|nav| cx.may(nav.permission())).collect();
    html! {
        @if !seen.is_empty() {
            h2 { (title) }
            ul {
                @for nav in seen {
                    li {
                        a href=(nav.href()) aria-current=[(nav == current).then_some("page")] {
                            (icon(nav.icon())) span { (nav.label(cx.locale)) }
                            @if let Some((_, count)) = counts.iter().find(|(of, count)| *of == nav && *count > 0) {
                                span.count.num { (count) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The command palette: script fills it from the links and `[data-command]` buttons of the page.
fn palette(cx: &PageCx) -> Markup {
    let t = ConsoleShell::of(cx.locale);
    html! {
        dialog #palette.palette aria-label=(t.palette_title) {
            input.in type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
                aria-label=(t.palette_title) placeholder=(t.palette_title) autocomplete="off";
            ul #palette-list role="listbox" aria-label=(t.btn_command) {}
            p.muted.sm data-empty hidden { (t.palette_empty) }
        }
    }
}

fn keys(cx: &PageCx) -> Markup {
    let t = ConsoleShell::of(cx.locale);
    let rows = [
        ("J K", t.keys_move),
        ("Enter", t.keys_open),
        ("X", t.keys_select),
        ("/", t.keys_filter),
        ("Ctrl K", t.keys_palette),
        ("?", t.keys_help),
    ];
    html! {
        dialog #keys.dialog aria-labelledby="keys-title" {
            h2 #keys-title { (t.keys_title) }
            dl.keys {
                @for (key, what) in rows { div { dt { kbd { (key) } } dd { (what) } } }
            }
            label.check { input type="checkbox" data-keys-off; span { (t.keys_off) } }
            form method="dialog" { button.btn.sec { (Common::of(cx.locale).btn_close) } }
        }
    }
}
