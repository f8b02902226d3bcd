//! What every console page shares: the frame with its counts, the form that comes back when it was refused, the page that asks once
//! more before something final, people by their masked names.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use identity::customer::AccountView;
use kernel::{AccountId, FieldError, Kind, Locale, Permission, Position};
use maud::{Markup, html};
use ordering::order::Order;

use super::access::Staff;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, form as posted, seal};
use crate::i18n::{Common, Desk};
use crate::ui::console::{self, ConsoleNav};
use crate::ui::form::{self, Field, Wrong};
use crate::ui::table::{self, Column, Row, Table};
use crate::ui::{Kind as Tone, Page, PageCx, banner, empty};

/// Rows of one page of a list (S1).
pub(crate) const ROWS: u16 = 50;
/// A reason has this many characters.
const REASON: std::ops::RangeInclusive<usize> = 5..=500;

/// The frame of one page: who looks, and what waits beside the entries of the navigation.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub cx: PageCx,
    pub me: Option<AccountId>,
    pub counts: Vec<(ConsoleNav, u64)>,
}

impl Frame {
    pub async fn load(app: &App, staff: &Staff) -> Result<Self, Refused> {
        let cx = staff.page(app).await?;
        let mut counts = Vec::new();
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        if cx.may(Permission::WorkOrders) {
            let fallout = fulfilment::fallout::count(&app.cx, &staff.actor).await?;
            counts.push((ConsoleNav::Fallout, count(fallout)));
        }
        if cx.may(Permission::WorkOrders) {
            let queues = fulfilment::task::queues(&app.cx, &staff.actor).await?;
            counts.push((ConsoleNav::Tasks, count(queues.iter().map(|queue| queue.open).sum())));
        }
        Ok(Self { cx, me: staff.actor.account(), counts })
    }

    /// The page stands at this address, also when a POST to another one shows it: switches of language and colours lead there.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.cx.path = path.into();
        self
    }

    pub fn page(&self, title: &str, nav: ConsoleNav, tools: Markup, body: Markup) -> Markup {
        console::shell(&self.cx, &Page::new(title), nav, &self.counts, tools, body)
    }

    /// The same for a page that may show a refused form.
    pub fn form_page(&self, title: &str, nav: ConsoleNav, tried: &Tried, body: Markup) -> Markup {
        let page = Page::new(title).errors(tried.is_refused()).scripts(&["form"]);
        let body = html! { (tried.summary(&self.cx)) (body) };
        console::shell(&self.cx, &page, nav, &self.counts, html! {}, body)
    }

    /// Asks once more before something final: what it leads to, and a form that carries everything on (U10).
    pub fn sure(&self, sure: &Sure<'_>) -> Markup {
        let t = Desk::of(self.cx.locale);
        let fields = html! {
            input type="hidden" name="sure" value="yes";
            @for (name, value) in &sure.fields { input type="hidden" name=(name) value=(value); }
            div.acts {
                button.btn.danger data-busy=(Common::of(self.cx.locale).working) { (sure.button) }
                a.btn.sec href=(sure.back) { (t.btn_back) }
            }
        };
        let consequences = html! { ul.plain { @for text in &sure.consequences { li { (text) } } } };
        let body = html! {
            (banner::banner(Tone::Warn, t.sure_title, consequences))
            (form::form(&self.cx, "sure", sure.action, None, fields))
        };
        self.page(sure.title, sure.nav, html! {}, body)
    }
}

/// A final act that is asked about once more.
#[derive(Debug)]
pub(crate) struct Sure<'a> {
    pub nav: ConsoleNav,
    pub title: &'a str,
    pub consequences: Vec<String>,
    pub action: &'a str,
    pub fields: Vec<(&'a str, &'a str)>,
    pub button: &'a str,
    pub back: &'a str,
}

/// A form that was refused, to be shown again with everything typed still there; empty on the first showing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tried {
    wrong: Vec<Wrong>,
    message: Option<String>,
    typed: Vec<(String, String)>,
    /// As the room said it, for controls that a schema draws.
    pub fields: Vec<FieldError>,
}

impl Tried {
    /// `focus` is the control that a refusal about "the reason" or "the text" means.
    pub fn new(refused: &Refused, form: &PostForm, focus: &str) -> Self {
        let locale = form.visitor.locale;
        let mut wrong = form::errors_of(refused.fields(), locale);
        for error in &mut wrong {
            if error.name == "reason" {
                focus.clone_into(&mut error.name);
            }
        }
        let about_text = ["reason_needed", "reason_missing", "text_needed"];
        if wrong.is_empty() && about_text.iter().any(|tail| refused.code().ends_with(tail)) {
            wrong.push(Wrong { name: focus.to_owned(), message: refused.message(locale) });
        }
        Self {
            message: wrong.is_empty().then(|| refused.message(locale)),
            wrong,
            typed: form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            fields: refused.fields().to_vec(),
        }
    }

    /// A form with a file that was refused: what was wrong stands at the control `name`.
    pub fn at(refused: &Refused, locale: Locale, name: &str, typed: Vec<(String, String)>) -> Self {
        let wrong = vec![Wrong { name: name.to_owned(), message: refused.message(locale) }];
        Self { wrong, message: None, typed, fields: Vec::new() }
    }

    /// What was typed, with nothing wrong about it: for a form in two steps.
    pub fn typed(form: &PostForm) -> Self {
        let typed = form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { typed, ..Self::default() }
    }

    pub fn is_refused(&self) -> bool {
        !self.wrong.is_empty() || self.message.is_some()
    }

    /// What was typed into a control; empty on the first showing.
    pub fn value(&self, name: &str) -> &str {
        self.typed.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }

    /// Everything typed, in the order of the page.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.typed.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn error(&self, name: &str) -> Option<&str> {
        self.wrong.iter().find(|error| error.name == name).map(|error| error.message.as_str())
    }

    /// A control with what was typed and what is wrong with it.
    pub fn field<'a>(&'a self, name: &'a str, label: &'a str) -> Field<'a> {
        Field::new(name, label).value(self.value(name)).error(self.error(name))
    }

    fn summary(&self, cx: &PageCx) -> Markup {
        self.summary_called(cx, Desk::of(cx.locale).not_done)
    }

    /// What is wrong, at the top of the page (F3); `title` says what did not happen.
    pub fn summary_called(&self, cx: &PageCx, title: &str) -> Markup {
        html! {
            (form::error_summary(cx, &self.wrong))
            @if let Some(message) = &self.message { (form::problem_summary(title, html! { p { (message) } })) }
        }
    }
}

/// After an act: its result, or the page again with what is wrong. Refusals that are not about this form go on as they are.
pub(crate) async fn answer<F>(
    result: Result<String, Refused>,
    form: &PostForm,
    focus: &str,
    again: impl FnOnce(Tried) -> F,
) -> Result<Response, Refused>
where
    F: Future<Output = Result<Markup, Refused>>,
{
    match result {
        Ok(target) => Ok(posted::see_other(&target)),
        Err(refused) if matches!(refused.kind(), Kind::Invalid | Kind::Conflict) => {
            let page = again(Tried::new(&refused, form, focus)).await?;
            Ok((refused.status(), page).into_response())
        }
        Err(refused) => Err(refused),
    }
}

/// A page as an answer to a POST that shows something once: never stored, and the way back leads to the list.
pub(crate) fn shown_once(page: Markup) -> Response {
    (StatusCode::OK, page).into_response()
}

/// The reason in a control, checked before anything is asked.
pub(crate) fn reason<'a>(form: &'a PostForm, name: &str) -> Result<&'a str, Refused> {
    let text = form.get(name).trim();
    if REASON.contains(&text.chars().count()) {
        return Ok(text);
    }
    let (zh, en) = ("填写原因，5 至 500 个字", "Enter a reason of 5 to 500 characters");
    Err(EdgeError::Shape { fields: vec![FieldError::new(format!("/{name}"), "web.reason_needed", zh, en)] }
        .into())
}

/// An act that is closed until it is wanted, and open when it came back with something wrong.
pub(crate) fn fold(title: &str, tried: &Tried, name: &str, body: Markup) -> Markup {
    html! { details.more open[tried.error(name).is_some()] { summary { (title) } div.inside { (body) } } }
}

/// The control for a reason.
pub(crate) fn reason_field(cx: &PageCx, tried: &Tried, name: &str) -> Markup {
    let t = Desk::of(cx.locale);
    tried.field(name, t.reason).hint(t.reason_hint).textarea(cx, 500)
}

/// An id in a path; what is none leads nowhere.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| EdgeError::NotFound.into())
}

/// Errors of the layer below the rooms.
pub(crate) fn db(error: db::Error) -> Refused {
    EdgeError::from(error).into()
}

/// `base` with those of the pairs that have a value.
pub(crate) fn href(base: &str, pairs: &[(&str, &str)]) -> String {
    let query: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", posted::encode(value)))
        .collect();
    if query.is_empty() { base.to_owned() } else { format!("{base}?{}", query.join("&")) }
}

/// The address of the next page.
pub(crate) fn next_href(
    app: &App,
    list: &str,
    base: &str,
    pairs: &[(&str, &str)],
    next: Option<Position>,
) -> Option<String> {
    let cursor = seal::cursor(app, list, next?);
    let mut all = pairs.to_vec();
    all.push(("after", &cursor));
    Some(href(base, &all))
}

/// Accounts by id, masked, for lists that show whose things are.
#[derive(Debug, Clone, Default)]
pub(crate) struct People(HashMap<AccountId, AccountView>);

impl People {
    pub async fn load(
        app: &App,
        staff: &Staff,
        ids: impl Iterator<Item = AccountId>,
    ) -> Result<Self, Refused> {
        let mut ids: Vec<AccountId> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        if !staff.actor.may(Permission::ReadCustomers) {
            return Ok(Self::default());
        }
        let views = identity::customer::views(&app.cx, &staff.actor, &ids).await?;
        Ok(Self(views.into_iter().map(|view| (view.id, view)).collect()))
    }

    pub async fn of_orders(app: &App, staff: &Staff, orders: &[Order]) -> Result<Self, Refused> {
        Self::load(app, staff, orders.iter().map(|order| order.customer)).await
    }

    /// The masked name, else the masked contact, else the number.
    pub fn name(&self, id: AccountId) -> String {
        let view = self.0.get(&id);
        let known = view.and_then(|v| v.name.clone().or_else(|| v.phone.clone()).or_else(|| v.email.clone()));
        known.unwrap_or_else(|| id.to_string())
    }

    /// A customer as a link to their page.
    pub fn customer(&self, id: AccountId) -> Markup {
        html! { a href={ "/console/customers/" (id) } { (self.name(id)) } }
    }

    /// Who did something, from the label that histories and audit keep.
    pub fn actor(&self, label: &str, locale: Locale) -> Markup {
        let t = Desk::of(locale);
        match (label.parse::<AccountId>(), label.strip_prefix("system:")) {
            (Ok(id), _) => html! { span title=(id) { (self.name(id)) } },
            (Err(_), Some(part)) => html! { span.muted { (t.system) " " (part) } },
            (Err(_), None) if label == "anonymous" => html! { span.muted { (t.guest) } },
            (Err(_), None) => html! { (label) },
        }
    }
}

/// The accounts among labels of actors.
pub(crate) fn accounts<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<AccountId> {
    labels.filter_map(|label| label.parse().ok()).collect()
}

/// A table inside a card: its name differs from the card's, so that both can be found by it. Heads over nothing are not shown.
pub(crate) fn table(cx: &PageCx, caption: &str, columns: Vec<Column<'_>>, rows: Vec<Row<'_>>) -> Markup {
    if rows.is_empty() {
        return empty::empty(Desk::of(cx.locale).none_yet, None);
    }
    let caption = Desk::of(cx.locale).table_of(caption);
    table::data_table(cx, &Table { caption: &caption, columns, rows, ..Table::default() })
}

/// What an act led to, after the redirect: `?done=code`.
pub(crate) fn done(cx: &PageCx, code: Option<&str>) -> Markup {
    let t = Desk::of(cx.locale);
    let text = match code.unwrap_or_default() {
        "cancelled" => t.ok_cancelled,
        "asked" => t.ok_asked,
        "noted" => t.ok_noted,
        "claimed" => t.ok_claimed,
        "released" => t.ok_released,
        "completed" => t.ok_completed,
        "handed_over" => t.ok_handed_over,
        "decided" => t.ok_decided,
        "retry" => t.ok_retry,
        "skip" => t.ok_skip,
        "force_complete" => t.ok_force_complete,
        "fail" => t.ok_fail,
        "refund" => t.ok_refund,
        "published" => t.ok_published,
        "unchanged" => t.ok_unchanged,
        "adjusted" => t.ok_adjusted,
        "frozen" => t.ok_frozen,
        "unfrozen" => t.ok_unfrozen,
        "roles" => t.ok_roles,
        "revived" => t.ok_revived,
        _ => return html! {},
    };
    banner::banner(Tone::Ok, text, html! {})
}
