//! The table of routes and permissions, and samples for the pages' own tests.

use catalogue::service::PaymentMethod;
use catalogue::stock::{StockItem, StockItemId};
use fulfilment::fallout::FalloutItem;
use fulfilment::flow::{Flow, FlowState};
use fulfilment::task::{TaskKind, TaskState};
use fulfilment::{FlowId, Task, TaskId};
use identity::account::AccountState;
use identity::customer::AccountView;
use kernel::{AccountId, Duration, Locale, Money, Permission, Role, Text, Timestamp};
use ordering::order::{Channel, Line, LineState, MoneyState, Order, OrderState};
use ordering::{LineId, OrderId};

use super::frame::Frame;
use crate::ui::PageCx;

/// 2026-11-21 20:45:13 in Beijing.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_795_265_113);

pub(crate) fn cx(locale: Locale) -> PageCx {
    PageCx {
        csrf: "token".to_owned(),
        name: Some("林岚".to_owned()),
        is_staff: true,
        permissions: Permission::ALL.to_vec(),
        ..PageCx::guest(locale, "/console", NOW)
    }
}

/// Renders in both languages: Chinese where a person reads Chinese, none of it in the English page's own words.
pub(crate) fn each_language(render: impl Fn(&PageCx) -> String) {
    let pages: Vec<String> = Locale::ALL.into_iter().map(|locale| render(&cx(locale))).collect();
    assert_ne!(pages[0], pages[1], "both languages say the same");
    for page in pages {
        assert!(!page.contains("style=\"") && !page.contains("onclick"), "{page}");
    }
}

pub(crate) fn each_frame(render: impl Fn(&Frame) -> String) {
    each_language(|cx| render(&Frame { cx: cx.clone(), me: Some(AccountId(99)), counts: Vec::new() }));
}

pub(crate) fn order() -> Order {
    Order {
        id: OrderId(42),
        customer: AccountId(7),
        state: OrderState::InProgress,
        money: MoneyState::Held,
        version: 1,
        total: Money::cny(130_000),
        payment: PaymentMethod::Balance,
        hold: None,
        title: Text::new("宽带新装", "Broadband"),
        line_count: 1,
        channel: Channel::Portal,
        placed_at: NOW.minus(Duration::from_hours(3)),
        updated_at: NOW,
        due_at: NOW.plus(Duration::from_hours(21)),
        pay_by: None,
        finished_at: None,
        reason: None,
    }
}

pub(crate) fn line() -> Line {
    Line {
        id: LineId(43),
        order: OrderId(42),
        customer: AccountId(7),
        position: 0,
        service: "broadband".to_owned(),
        service_version: 1,
        offering: "500m".to_owned(),
        quantity: 1,
        unit: Money::cny(130_000),
        total: Money::cny(130_000),
        seller: "telecom".to_owned(),
        sku: None,
        fee: Money::cny(0),
        state: LineState::Fallout,
        version: 1,
        title: Text::new("宽带新装 500M", "Broadband 500M"),
        answers: serde_json::json!({}),
        result: None,
        updated_at: NOW,
        beneficiary: None,
    }
}

pub(crate) fn fallout_item() -> FalloutItem {
    let flow = Flow {
        id: FlowId(44),
        line: LineId(43),
        order: OrderId(42),
        customer: AccountId(7),
        service: "broadband".to_owned(),
        service_version: 1,
        state: FlowState::Fallout,
        version: 1,
        position: 0,
        goal: None,
        cause: Some("deadline".to_owned()),
        message: None,
        started_at: NOW,
        updated_at: NOW,
        fallout_at: Some(NOW),
        ended_at: None,
    };
    let repairs = fulfilment::flow::rules::repairs(&flow);
    FalloutItem { flow, order: order(), line: line(), step: Some(Text::new("开通", "Activate")), repairs }
}

pub(crate) fn task() -> Task {
    Task {
        id: TaskId(45),
        kind: TaskKind::Step,
        queue: "visits".to_owned(),
        flow: Some(FlowId(44)),
        step: None,
        line: Some(LineId(43)),
        order: OrderId(42),
        customer: AccountId(7),
        title: Text::new("上门安装", "Install at home"),
        state: TaskState::Open,
        version: 1,
        assignee: None,
        answers: None,
        due_at: NOW.plus(Duration::from_mins(10)),
        alerted_at: None,
        created_at: NOW.minus(Duration::from_hours(4)),
        claimed_at: None,
        ended_at: None,
    }
}

pub(crate) fn stock_item(free: i64) -> StockItem {
    StockItem {
        id: StockItemId(46),
        sku: "slot:home:2026-11-22:0900-1100".to_owned(),
        on_hand: free,
        allocated: 0,
        reserved: 0,
        updated_at: NOW,
    }
}

pub(crate) fn account() -> AccountView {
    AccountView {
        id: AccountId(7),
        state: AccountState::Active,
        roles: vec![Role::CUSTOMER],
        name: Some("林*".to_owned()),
        phone: Some("138****0000".to_owned()),
        email: None,
        verified: true,
        created_at: NOW,
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one line a route: a table")]
fn w3_each_route_of_the_console_demands_a_permission_of_staff() {
    use Permission as P;
    let wanted = [
        ("GET", "/console", P::ReadOrders),
        ("GET", "/console/orders", P::ReadOrders),
        ("GET", "/console/late", P::ReadOrders),
        ("GET", "/console/orders/{id}", P::ReadOrders),
        ("POST", "/console/orders/{id}/cancel", P::WorkOrders),
        ("POST", "/console/orders/{id}/ask", P::WorkOrders),
        ("POST", "/console/orders/{id}/note", P::WorkOrders),
        ("POST", "/console/orders/{id}/reveal", P::RevealPersonalData),
        ("GET", "/console/tasks", P::WorkOrders),
        ("GET", "/console/tasks/{id}", P::WorkOrders),
        ("POST", "/console/tasks/{id}/claim", P::WorkOrders),
        ("POST", "/console/tasks/{id}/release", P::WorkOrders),
        ("POST", "/console/tasks/{id}/complete", P::WorkOrders),
        ("POST", "/console/tasks/{id}/hand-over", P::WorkOrders),
        ("POST", "/console/tasks/{id}/decide", P::RefundOrder),
        ("GET", "/console/fallout", P::WorkOrders),
        ("GET", "/console/fallout/{id}", P::WorkOrders),
        ("POST", "/console/fallout/{id}", P::WorkOrders),
        ("GET", "/console/catalog", P::ReadCatalogue),
        ("GET", "/console/catalog/publish", P::PublishCatalogue),
        ("POST", "/console/catalog/publish", P::PublishCatalogue),
        ("GET", "/console/catalog/{code}", P::ReadCatalogue),
        ("GET", "/console/stock", P::ReadStock),
        ("GET", "/console/stock/{sku}", P::ReadStock),
        ("POST", "/console/stock/{sku}", P::WriteStock),
        ("GET", "/console/customers", P::ReadCustomers),
        ("GET", "/console/customers/{id}", P::ReadCustomers),
        ("POST", "/console/customers/{id}/reveal", P::RevealPersonalData),
        ("POST", "/console/customers/{id}/state", P::ManageStaff),
        ("GET", "/console/ledger", P::ReadLedger),
        ("GET", "/console/ledger/sort", P::ReadLedger),
        ("GET", "/console/ledger/account", P::ReadLedger),
        ("GET", "/console/ledger/holds", P::ReadLedger),
        ("GET", "/console/adjustments", P::ReadLedger),
        ("POST", "/console/adjustments", P::BookLedger),
        ("GET", "/console/adjustments/{id}", P::ReadLedger),
        ("POST", "/console/adjustments/{id}/approve", P::ApproveLedger),
        ("POST", "/console/adjustments/{id}/refuse", P::ApproveLedger),
        ("POST", "/console/adjustments/{id}/withdraw", P::BookLedger),
        ("GET", "/console/settlements", P::ReadLedger),
        ("POST", "/console/settlements", P::BookLedger),
        ("POST", "/console/settlements/run", P::BookLedger),
        ("GET", "/console/settlements/{id}", P::ReadLedger),
        ("POST", "/console/payouts", P::BookLedger),
        ("GET", "/console/payouts/{id}", P::ReadLedger),
        ("POST", "/console/payouts/{id}/approve", P::ApproveLedger),
        ("POST", "/console/payouts/{id}/refuse", P::ApproveLedger),
        ("GET", "/console/invoices", P::IssueInvoices),
        ("GET", "/console/invoices/{id}", P::IssueInvoices),
        ("POST", "/console/invoices/{id}/issue", P::IssueInvoices),
        ("POST", "/console/invoices/{id}/refuse", P::IssueInvoices),
        ("POST", "/console/invoices/{id}/reverse", P::IssueInvoices),
        ("GET", "/console/identities", P::ReviewIdentity),
        ("GET", "/console/identities/{id}", P::ReviewIdentity),
        ("GET", "/console/identities/{id}/documents/{side}", P::ReviewIdentity),
        ("POST", "/console/identities/{id}/open", P::ReviewIdentity),
        ("POST", "/console/identities/{id}/approve", P::ReviewIdentity),
        ("POST", "/console/identities/{id}/reject", P::ReviewIdentity),
        ("GET", "/console/audit", P::ReadAudit),
        ("POST", "/console/audit/verify", P::ReadAudit),
        ("POST", "/console/audit/export", P::ExportAudit),
        ("GET", "/console/risk", P::ReadRisk),
        ("GET", "/console/risk/{id}", P::ReadRisk),
        ("POST", "/console/risk/{id}/release", P::DecideRisk),
        ("POST", "/console/risk/{id}/reject", P::DecideRisk),
        ("GET", "/console/risk/desk", P::DecideRisk),
        ("POST", "/console/risk/desk/{id}", P::DecideRisk),
        ("GET", "/console/risk/figures", P::ReadRisk),
        ("GET", "/console/risk/cases", P::ReadRisk),
        ("POST", "/console/risk/cases", P::DecideRisk),
        ("GET", "/console/risk/cases/{id}", P::ReadRisk),
        ("POST", "/console/risk/cases/{id}/note", P::DecideRisk),
        ("POST", "/console/risk/cases/{id}/assign", P::DecideRisk),
        ("POST", "/console/risk/cases/{id}/link", P::DecideRisk),
        ("POST", "/console/risk/cases/{id}/close", P::DecideRisk),
        ("POST", "/console/risk/cases/{id}/freeze", P::FreezeAccount),
        ("POST", "/console/risk/cases/{id}/evidence", P::ExportEvidence),
        ("GET", "/console/risk/rules", P::ReadRisk),
        ("POST", "/console/risk/rules", P::ManageRisk),
        ("GET", "/console/risk/rules/{id}", P::ReadRisk),
        ("POST", "/console/risk/rules/{id}/ask", P::ManageRisk),
        ("POST", "/console/risk/rules/{id}/approve", P::ManageRisk),
        ("POST", "/console/risk/rules/{id}/decline", P::ManageRisk),
        ("POST", "/console/risk/rules/{id}/try", P::ManageRisk),
        ("GET", "/console/risk/rules/{id}/runs/{run}", P::ReadRisk),
        ("GET", "/console/risk/lists", P::ReadRisk),
        ("POST", "/console/risk/lists", P::ManageRisk),
        ("POST", "/console/risk/lists/{id}/approve", P::ManageRisk),
        ("POST", "/console/risk/lists/{id}/remove", P::ManageRisk),
        ("GET", "/console/risk/models", P::ReadRisk),
        ("POST", "/console/risk/models/back", P::ManageRisk),
        ("POST", "/console/risk/models/{id}/change", P::ManageRisk),
        ("POST", "/console/risk/models/{id}/thresholds", P::ManageRisk),
        ("GET", "/console/health", P::ReadHealth),
        ("POST", "/console/health/jobs/{id}/retry", P::WorkOrders),
        ("POST", "/console/health/ledger", P::ReadHealth),
        ("GET", "/console/incidents", P::ReadIncidents),
        ("GET", "/console/incidents/{id}", P::ReadIncidents),
        ("POST", "/console/incidents/{id}/acknowledge", P::ManageShield),
        ("POST", "/console/incidents/{id}/close", P::ManageShield),
        ("POST", "/console/incidents/{id}/lift", P::ManageShield),
        ("GET", "/console/shield", P::ReadIncidents),
        ("POST", "/console/shield/entries", P::ManageShield),
        ("POST", "/console/shield/entries/{id}/remove", P::ManageShield),
        ("GET", "/console/staff", P::ManageStaff),
        ("POST", "/console/staff/invite", P::ManageStaff),
        ("POST", "/console/staff/{id}/role", P::ManageStaff),
        ("GET", "/console/roles", P::ManageRoles),
        ("POST", "/console/roles", P::ManageRoles),
        ("GET", "/console/roles/{code}", P::ManageRoles),
        ("POST", "/console/roles/{code}", P::ManageRoles),
        ("POST", "/console/roles/{code}/remove", P::ManageRoles),
        ("GET", "/console/payments", P::ReadOrders),
        ("GET", "/console/payments/figures", P::ReadOrders),
        ("GET", "/console/payments/{id}", P::ReadOrders),
        ("POST", "/console/payments/{id}/ask", P::Reconcile),
        ("POST", "/console/payments/{id}/refund", P::RefundOrder),
        ("GET", "/console/recon", P::ReadLedger),
        ("POST", "/console/recon/days/{gateway}/{day}/fetch", P::Reconcile),
        ("POST", "/console/recon/statement", P::Reconcile),
        ("GET", "/console/recon/differences", P::ReadLedger),
        ("GET", "/console/recon/differences/{id}", P::ReadLedger),
        ("POST", "/console/recon/differences/{id}/take", P::Reconcile),
        ("POST", "/console/recon/differences/{id}/release", P::Reconcile),
        ("POST", "/console/recon/differences/{id}/note", P::Reconcile),
        ("POST", "/console/recon/differences/{id}/remedy", P::Reconcile),
        ("POST", "/console/recon/differences/{id}/approve", P::Reconcile),
        ("POST", "/console/recon/differences/{id}/refuse", P::Reconcile),
        ("GET", "/console/recon/months/{gateway}/{month}", P::ReadLedger),
        ("POST", "/console/recon/months/{gateway}/{month}/propose", P::Reconcile),
        ("POST", "/console/recon/months/{gateway}/{month}/close", P::Reconcile),
        ("POST", "/console/recon/months/{gateway}/{month}/withdraw", P::Reconcile),
        ("POST", "/console/recon/months/{gateway}/{month}/csv", P::ReadLedger),
        ("GET", "/console/recoveries", P::RestoreAccount),
        ("POST", "/console/recoveries/{id}/approve", P::RestoreAccount),
        ("POST", "/console/recoveries/{id}/refuse", P::RestoreAccount),
        ("GET", "/console/clients", P::ManageClients),
        ("POST", "/console/clients/{id}/revoke", P::ManageClients),
        ("GET", "/console/organisations", P::ManageOrganisations),
        ("POST", "/console/organisations", P::ManageOrganisations),
        ("GET", "/console/organisations/{id}", P::ManageOrganisations),
        ("POST", "/console/organisations/{id}/confirm", P::ManageOrganisations),
        ("POST", "/console/organisations/{id}/state", P::ManageOrganisations),
    ];
    let routes = super::routes();
    assert_eq!(routes.table(), wanted);
    for (_, path, permission) in routes.table() {
        assert!(!Role::CUSTOMER.built_in_permissions().contains(*permission), "{path} is open to customers");
    }
}

/// A handler that takes no `Staff` would let anybody in; only signing in and joining are for everybody.
#[test]
fn w3_each_handler_of_the_console_takes_somebody_with_the_permission() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/console");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "login.rs" || name.ends_with("tests.rs") {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        for handler in source.split("\nasync fn ").skip(1) {
            let head = handler.split("{\n").next().unwrap();
            let takes_state = head.contains("State(app)");
            assert!(!takes_state || head.contains("staff: Staff"), "{}: {head}", path.display());
        }
    }
}

#[test]
fn the_navigation_asks_for_what_its_page_asks_for() {
    use crate::ui::console::ConsoleNav as Nav;
    let routes = super::routes();
    for nav in
        Nav::WORK.into_iter().chain(Nav::BUSINESS).chain(Nav::MONEY).chain(Nav::TRUST).chain(Nav::SYSTEM)
    {
        let page = routes.table().iter().find(|(method, path, _)| *method == "GET" && *path == nav.href());
        let (_, _, permission) = page.unwrap();
        assert_eq!(*permission, nav.permission(), "{}", nav.href());
    }
}
