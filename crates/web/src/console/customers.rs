//! Customers: an exact search, the newest first; one customer with orders and balance. Personal data is masked; in clear only with a
//! reason, once, and audited (N4, W4).

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use identity::account::{AccountState, StateCommand};
use identity::customer::{AccountView, Revealed, find_customer, list_customers, reveal, search_customers};
use identity::freeze::change_state;
use kernel::{AccountId, Page, PageRequest, Permission};
use ledger::{Balance, Entry};
use maud::{Markup, html};
use ordering::order::{Order, Which, query};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Sure, Tried, fold, href, next_href, reason_field};
use super::{orders, words};
use crate::app::App;
use crate::edge::{PostForm, Refused, form as posted, seal};
use crate::i18n::{Clients, Common, Desk};
use crate::ui::console::ConsoleNav;
use crate::ui::summary::{self, Answer};
use crate::ui::table::{self, Column, Row};
use crate::ui::{self, Kind, PageCx, banner, card, empty, form, money, time};

const PATH: &str = "/console/customers";
const LIST: &str = "console.customers";
const NAV: ConsoleNav = ConsoleNav::Customers;
/// Rows of the short lists on a customer's page.
const FEW: u16 = 10;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Permission::ReadCustomers, page)
        .get("/console/customers/{id}", Permission::ReadCustomers, one)
        .post("/console/customers/{id}/reveal", Permission::RevealPersonalData, show_clear)
        .post("/console/customers/{id}/state", Permission::ManageStaff, set_state)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    q: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Response, Refused> {
    let text = wish.q.as_deref().unwrap_or_default().trim();
    if !text.is_empty()
        && let Some(found) = search_customers(&app.cx, &staff.actor, text).await?
    {
        return Ok(posted::see_other(&format!("{PATH}/{}", found.id)));
    }
    let frame = Frame::load(&app, &staff).await?;
    let t = Clients::of(frame.cx.locale);
    let request = seal::page(&app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = list_customers(&app.cx, &staff.actor, request).await?;
    let next = next_href(&app, LIST, PATH, &[], next);
    let body = html! {
        @if !text.is_empty() { (banner::banner(Kind::Warn, t.unknown, html! {})) }
        (view(&frame.cx, &items))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
    };
    let tools = html! {
        form role="search" action=(PATH) {
            label.vh for="q" { (t.search) }
            input.in #q name="q" maxlength="254" placeholder=(t.search) autocomplete="off";
            button.btn.sec.small { (t.search_label) }
        }
    };
    Ok(frame.page(t.title, NAV, tools, body).into_response())
}

fn or_dash(text: Option<&str>) -> Markup {
    html! { @match text { Some(text) => { (text) } None => { "—" } } }
}

fn view(cx: &PageCx, items: &[AccountView]) -> Markup {
    let (t, d) = (Clients::of(cx.locale), Desk::of(cx.locale));
    if items.is_empty() {
        return empty::empty(t.empty, None);
    }
    let row = |account: &AccountView| {
        let target = format!("{PATH}/{}", account.id);
        Row::new(vec![
            html! { a.num href=(target) { (account.id) } },
            or_dash(account.name.as_deref()),
            or_dash(account.phone.as_deref()),
            or_dash(account.email.as_deref()),
            words::account_tag(account.state, cx.locale),
            time::stamp(cx, account.created_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.number),
        Column::new(t.name),
        Column::new(t.phone),
        Column::new(t.email),
        Column::new(d.state),
        Column::new(t.registered),
    ];
    let rows = items.iter().map(row).collect();
    frame::table(cx, t.title, columns, rows)
}

/// Everything the page of one customer shows.
struct Client {
    account: AccountView,
    clear: Option<Revealed>,
    balance: Balance,
    entries: Vec<Entry>,
    orders: Vec<Order>,
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, frame::id(&id)?, Tried::default(), wish.done.as_deref(), None).await
}

async fn show(
    app: &App,
    staff: &Staff,
    id: AccountId,
    tried: Tried,
    done: Option<&str>,
    clear: Option<Revealed>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let (cx, actor) = (&app.cx, &staff.actor);
    let few = PageRequest::new(None, FEW);
    let client = Client {
        account: find_customer(cx, actor, id).await?,
        clear,
        balance: ledger::wallet_balance(cx, actor, id).await?,
        entries: ledger::entries(cx, actor, id, few).await?.items,
        orders: query::list_of(cx, actor, id, Which::All, &few).await?.items,
    };
    let people = People::load(app, staff, [id].into_iter()).await?;
    let title = format!("{} {}", Clients::of(frame.cx.locale).title, people.name(id));
    let body = html! {
        (frame::done(&frame.cx, done))
        (detail(&frame, &people, &client, &tried))
    };
    Ok(frame.form_page(&title, NAV, &tried, body))
}

fn detail(frame: &Frame, people: &People, client: &Client, tried: &Tried) -> Markup {
    let cx = &frame.cx;
    let t = Clients::of(cx.locale);
    let all = href("/console/orders", &[("customer", &client.account.id.to_string())]);
    html! {
        @if client.clear.is_some() { (banner::banner(Kind::Warn, t.revealed, html! {})) }
        div.two {
            div.stack {
                (card::card("profile", t.profile, None, profile(cx, client)))
                (card::card("orders", t.orders, Some(ui::link(&all, t.all_orders)), html! {
                    @if client.orders.is_empty() { p.muted { (t.orders_empty) } }
                    @else { (orders::rows(frame, t.orders, &client.orders, people)) }
                }))
                (card::card("entries", t.entries, None, entries(cx, &client.entries)))
            }
            div.stack {
                (card::card("balance", t.balance, None, balance(cx, &client.balance)))
                (card::card("acts", t.acts, None, acts(cx, client, tried)))
            }
        }
    }
}

fn profile(cx: &PageCx, client: &Client) -> Markup {
    let (t, d, c) = (Clients::of(cx.locale), Desk::of(cx.locale), Common::of(cx.locale));
    let account = &client.account;
    let (name, phone, email) = match &client.clear {
        Some(clear) => (&clear.name, &clear.phone, &clear.email),
        None => (&account.name, &account.phone, &account.email),
    };
    let row = |label, value| Answer { label, value, change: None };
    let rows = [
        row(t.number, html! { span.num { (account.id) } }),
        row(t.name, or_dash(name.as_deref())),
        row(t.phone, or_dash(phone.as_deref())),
        row(t.email, or_dash(email.as_deref())),
        row(t.verified, html! { (if account.verified { c.yes } else { c.no }) }),
        row(d.state, words::account_tag(account.state, cx.locale)),
        row(t.registered, time::full(cx, account.created_at)),
    ];
    summary::summary_list(cx, &rows)
}

fn balance(cx: &PageCx, balance: &Balance) -> Markup {
    let t = Clients::of(cx.locale);
    let row = |label, amount| Answer { label, value: money::money(amount), change: None };
    let rows =
        [row(t.available, balance.available), row(t.held, balance.held), row(t.posted, balance.posted)];
    summary::summary_list(cx, &rows)
}

fn entries(cx: &PageCx, list: &[Entry]) -> Markup {
    let (t, d) = (Clients::of(cx.locale), Desk::of(cx.locale));
    if list.is_empty() {
        return html! { p.muted { (t.entries_empty) } };
    }
    let row = |entry: &Entry| {
        Row::new(vec![
            html! { (entry.kind.label(cx.locale)) },
            html! {
                @match entry.order {
                    Some(order) => {
                        a.num href={ "/console/orders/" (ordering::OrderId(order)) } { (kernel::order_number(order)) }
                    }
                    None => { (entry.memo) }
                }
            },
            money::signed(entry.amount),
            money::money(entry.balance),
            time::stamp(cx, entry.at),
        ])
    };
    let columns = vec![
        Column::new(t.kind),
        Column::new(d.order),
        Column::number(t.amount),
        Column::number(t.after),
        Column::new(d.at),
    ];
    let rows = list.iter().map(row).collect();
    frame::table(cx, t.entries, columns, rows)
}

fn acts(cx: &PageCx, client: &Client, tried: &Tried) -> Markup {
    let t = Clients::of(cx.locale);
    let path = |act: &str| format!("{PATH}/{}/{act}", client.account.id);
    html! {
        @if cx.may(Permission::RevealPersonalData) && client.clear.is_none() {
            (fold(t.reveal, tried, "reveal_reason", form::form(cx, "reveal", &path("reveal"), None, html! {
                (reason_field(cx, tried, "reveal_reason"))
                button.btn.sec { (Desk::of(cx.locale).btn_reveal) }
            })))
        }
        @let change = state_change(cx, client.account.state);
        @if let Some((command, title, button)) = change {
            (fold(title, tried, "state_reason", form::form(cx, "state", &path("state"), None, html! {
                (reason_field(cx, tried, "state_reason"))
                button.btn.danger.sec name="command" value=(command) { (button) }
            })))
        }
        @if !cx.may(Permission::RevealPersonalData) && change.is_none() {
            p.muted.sm { (t.read_only) }
        }
    }
}

/// What the role at the desk may do with an account in this state: the command, a title, a button.
fn state_change(cx: &PageCx, state: AccountState) -> Option<(&'static str, &'static str, &'static str)> {
    let t = Clients::of(cx.locale);
    match state {
        AccountState::Active if cx.may(Permission::FreezeAccount) => Some(("freeze", t.freeze, t.btn_freeze)),
        AccountState::Frozen if cx.may(Permission::RestoreAccount) => {
            Some(("unfreeze", t.unfreeze, t.btn_unfreeze))
        }
        AccountState::Active | AccountState::Frozen | AccountState::Closed => None,
    }
}

/// In clear, shown once; the page at the usual address stays masked.
async fn show_clear(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: AccountId = frame::id(&id)?;
    let again = |tried| show(&app, &staff, id, tried, None, None);
    let why = match frame::reason(&form, "reveal_reason") {
        Ok(why) => why,
        Err(refused) => return frame::answer(Err(refused), &form, "reveal_reason", again).await,
    };
    // Only a customer's page shows customers; staff are looked after elsewhere.
    find_customer(&app.cx, &staff.actor, id).await?;
    let clear = reveal(&app.cx, &staff.actor, id, why).await?;
    Ok(frame::shown_once(show(&app, &staff, id, Tried::default(), None, Some(clear)).await?))
}

async fn set_state(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: AccountId = frame::id(&id)?;
    let command = if form.get("command") == "freeze" { StateCommand::Freeze } else { StateCommand::Unfreeze };
    let result = match frame::reason(&form, "state_reason") {
        Ok(why) if form.get("sure") == "yes" => {
            find_customer(&app.cx, &staff.actor, id).await?;
            change_state(&app.cx, &staff.actor, id, command, why).await.map_err(Refused::from)
        }
        Ok(why) => return sure(&app, &staff, id, command, why).await,
        Err(refused) => Err(refused),
    };
    let target = result.map(|state| {
        let done = if state == AccountState::Frozen { "frozen" } else { "unfrozen" };
        format!("{PATH}/{id}?done={done}")
    });
    frame::answer(target, &form, "state_reason", |tried| show(&app, &staff, id, tried, None, None)).await
}

async fn sure(
    app: &App,
    staff: &Staff,
    id: AccountId,
    command: StateCommand,
    why: &str,
) -> Result<Response, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let account = find_customer(&app.cx, &staff.actor, id).await?;
    let t = Clients::of(frame.cx.locale);
    let (name, title, effect, button) = if command == StateCommand::Freeze {
        ("freeze", t.freeze_sure, t.freeze_effect, t.btn_freeze)
    } else {
        ("unfreeze", t.unfreeze_sure, t.unfreeze_effect, t.btn_unfreeze)
    };
    let who = account.name.or(account.phone).or(account.email).unwrap_or_else(|| id.to_string());
    let sure = Sure {
        nav: NAV,
        title,
        consequences: vec![who, effect.to_owned()],
        action: &format!("{PATH}/{id}/state"),
        fields: vec![("command", name), ("state_reason", why)],
        button,
        back: &format!("{PATH}/{id}"),
    };
    Ok(frame.sure(&sure).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{account, each_frame, order};
    use ledger::HOUSE_CURRENCY;

    fn client(clear: Option<Revealed>) -> Client {
        let balance = Balance::zero(HOUSE_CURRENCY);
        Client { account: account(), clear, balance, entries: Vec::new(), orders: vec![order()] }
    }

    #[test]
    fn w4_a_customer_is_masked_until_revealed_with_a_reason() {
        each_frame(|frame| {
            let masked = detail(frame, &People::default(), &client(None), &Tried::default()).into_string();
            assert!(masked.contains("138****0000") && masked.contains(r#"name="reveal_reason""#));
            let phone = Some("+8613800000000".to_owned());
            let clear = client(Some(Revealed { name: None, phone, email: None }));
            let page = detail(frame, &People::default(), &clear, &Tried::default()).into_string();
            assert!(page.contains("+8613800000000") && page.contains(Clients::of(frame.cx.locale).revealed));
            masked
        });
    }

    #[test]
    fn an_operator_is_told_who_may_freeze() {
        each_frame(|frame| {
            let mut cx = frame.cx.clone();
            cx.permissions
                .retain(|permission| kernel::Role::OPERATOR.built_in_permissions().contains(*permission));
            let page = acts(&cx, &client(None), &Tried::default()).into_string();
            assert!(page.contains(Clients::of(cx.locale).read_only) && !page.contains("<form"));
            view(&cx, &[account()]).into_string()
        });
    }
}
