//! What the pages of risk share: the way between them, a summary's row, amounts.

use kernel::{Currency, Money, Permission};
use maud::{Markup, html};

use crate::i18n::RiskWork;
use crate::ui::summary::Answer;
use crate::ui::{PageCx, money};

/// The pages of risk, as far as one may open them.
pub(super) fn bar(cx: &PageCx, here: &str) -> Markup {
    let t = RiskWork::of(cx.locale);
    let all = [
        (t.desk, "/console/risk/desk", Permission::DecideRisk),
        (t.journal, "/console/risk", Permission::ReadRisk),
        (t.figures, "/console/risk/figures", Permission::ReadRisk),
        (t.cases, "/console/risk/cases", Permission::ReadRisk),
        (t.rules, "/console/risk/rules", Permission::ReadRisk),
        (t.lists, "/console/risk/lists", Permission::ReadRisk),
        (t.models, "/console/risk/models", Permission::ReadRisk),
    ];
    let seen = all.into_iter().filter(|(_, _, needs)| cx.may(*needs));
    // A name of its own: a list of cases has views beside it.
    html! {
        nav.views aria-label=(t.pages) {
            ul {
                @for (label, href, _) in seen {
                    li { a href=(href) aria-current=[(href == here).then_some("page")] { (label) } }
                }
            }
        }
    }
}

pub(super) fn row(label: &str, value: Markup) -> Answer<'_> {
    Answer { label, value, change: None }
}

/// An amount with the code of its currency; one that is not known here stands as it is.
pub(super) fn amount(amount: Option<&(i64, String)>) -> Markup {
    let Some((minor, code)) = amount else { return html! { "—" } };
    if let Some(currency) = Currency::from_code(code) {
        return money::money(Money::new(*minor, currency));
    }
    html! { span.num { (minor) " " (code) } }
}
