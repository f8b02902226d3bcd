//! How the check page looks: answers with a way to change each, what it costs, the rules, how to pay. Pure.

use catalogue::service::{CaptureAt, PaymentMethod, Priced};
use forms::FieldKind;
use kernel::{Locale, Money};
use maud::{Markup, html};
use ordering::quote::Quote;
use serde_json::Value;

use super::filling::Filling;
use super::form_page::slot_text;
use crate::edge::Refused;
use crate::i18n::{Common, FlowWords, PayWords};
use crate::ui::form::{self, Choice, Field};
use crate::ui::shell::{self, Exit};
use crate::ui::summary::{Answer, PriceLine, price_table, summary_list};
use crate::ui::{Page, PageCx, banner, card, link, time};

/// What the check page shows besides the draft.
pub(super) struct Sheet<'a> {
    /// The checked answers.
    pub answers: &'a Value,
    pub priced: &'a Priced,
    pub quote: Option<&'a Quote>,
    /// What the customer can spend.
    pub balance: Money,
    pub offered: Vec<PaymentMethod>,
    pub method: PaymentMethod,
    pub problem: Option<Markup>,
    /// What would stand in the way, said before anything is sent.
    pub notice: Option<Markup>,
}

pub(super) fn page(cx: &PageCx, filling: &Filling, sheet: &Sheet<'_>) -> Markup {
    let (t, common) = (FlowWords::of(cx.locale), Common::of(cx.locale));
    let service = &filling.version.service;
    let total = sheet.priced.total;
    let of = filling.stops().len().saturating_add(1);
    let path = filling.check_path();
    let button =
        if total.is_zero() { common.btn_submit.to_owned() } else { common.pay_amount(&total.to_string()) };
    let body = html! {
        @if let Some(problem) = &sheet.problem { (problem) }
        @if let Some(notice) = &sheet.notice { (notice) }
        (form::steps(cx, of, of, service.name.get(cx.locale)))
        h1 { (t.check_title) }
        (answers(cx, filling, sheet))
        (card::card("fees", t.fees, None, html! {
            (fees(cx, sheet.priced))
            @if let Some(quote) = sheet.quote {
                p.muted.sm { (t.valid_until(&time::short(cx, quote.expires_at))) }
            }
        }))
        (banner::note(html! { p { (service.cancel.text.get(cx.locale)) } }))
        (form::form(cx, "order", &path, None, html! {
            (form::idem(&filling.draft.idem))
            input type="hidden" name="version" value=(filling.version.version);
            input type="hidden" name="total" value=(total.minor);
            @if !total.is_zero() {
                (methods(cx, &sheet.offered, sheet.method, sheet.balance, total))
                @if service.capture == CaptureAt::Completion {
                    (banner::note(html! { p { (PayWords::of(cx.locale).authorise) } }))
                } @else {
                    (part(cx, &sheet.offered, sheet.balance, total))
                }
            }
            (form::actions(cx, &button, None))
        }))
        (crate::ui::post_button(cx, &format!("/o/{}/cart", filling.draft.id), t.btn_cart, "sec block", &[]))
    };
    let frame = Page::new(t.check_title).narrow().errors(sheet.problem.is_some());
    let before = filling.stops().len();
    let back = if before == 0 {
        format!("/services/{}", filling.draft.service)
    } else {
        format!("/o/{}/{before}", filling.draft.id)
    };
    shell::flow(cx, &frame, &back, Exit::Link("/"), body)
}

/// The parts of the total and the total.
pub(super) fn fees(cx: &PageCx, priced: &Priced) -> Markup {
    let lines: Vec<PriceLine<'_>> = priced
        .parts
        .iter()
        .map(|part| PriceLine { label: part.label.get(cx.locale), note: "", amount: part.amount })
        .collect();
    price_table(cx, &lines, priced.total)
}

/// The ways to pay; the balance says how much there is and how much is missing.
pub(super) fn methods(
    cx: &PageCx,
    offered: &[PaymentMethod],
    chosen: PaymentMethod,
    balance: Money,
    total: Money,
) -> Markup {
    let t = FlowWords::of(cx.locale);
    let missing = total.checked_sub(balance).ok().filter(|missing| missing.is_positive());
    let spend = t.available(&balance.to_string());
    let hint = missing.map_or_else(String::new, |missing| t.short(&missing.to_string()));
    let choice = |method: &PaymentMethod| match method {
        PaymentMethod::Balance => Choice {
            hint: Some(hint.as_str()).filter(|hint| !hint.is_empty()),
            end: Some(html! { span.muted.sm.num { (spend) } }),
            ..Choice::new("balance", t.balance)
        },
        PaymentMethod::Card => Choice { hint: Some(t.card_hint), ..Choice::new("card", t.card) },
        PaymentMethod::Wechat => Choice { hint: Some(t.scan_hint), ..Choice::new("wechat", t.wechat) },
        PaymentMethod::Alipay => Choice { hint: Some(t.scan_hint), ..Choice::new("alipay", t.alipay) },
        PaymentMethod::BankTransfer => {
            Choice { hint: Some(t.bank_transfer_hint), ..Choice::new("bank_transfer", t.bank_transfer) }
        }
    };
    let choices: Vec<Choice<'_>> = offered.iter().map(choice).collect();
    html! {
        (Field::new("method", t.method).value(chosen.name()).radios(cx, &choices))
        @if missing.is_some() && offered.contains(&PaymentMethod::Balance) {
            p.sm { a href={ "/account/topup?next=" (crate::edge::form::encode(&cx.path)) } { (t.top_up) } }
        }
    }
}

/// Where the balance is not enough: what there is of it pays a part, and the rest comes another way. The amount that was shown is the
/// amount that is sent.
pub(super) fn part(cx: &PageCx, offered: &[PaymentMethod], balance: Money, total: Money) -> Markup {
    let t = FlowWords::of(cx.locale);
    let helps = balance.is_positive() && balance.currency == total.currency && balance.minor < total.minor;
    let both = offered.contains(&PaymentMethod::Balance) && offered.iter().any(|method| method.is_outside());
    html! {
        @if helps && both {
            input type="hidden" name="part" value=(balance.minor);
            (Field::new("use_part", t.balance).optional().checkbox(cx, html! { (t.use_part(&balance.to_string())) }))
        }
    }
}

/// What was ticked of [`part`]; nothing where the whole comes from the balance.
pub(super) fn chosen_part(
    form: &crate::edge::PostForm,
    method: PaymentMethod,
    total: Money,
) -> Option<Money> {
    let ticked = matches!(form.get("use_part"), "on" | "true") && method.is_outside();
    let minor = form.number("part").filter(|minor| ticked && *minor > 0)?;
    Some(Money::new(minor, total.currency))
}

/// What was chosen and answered, one card for each page of the form.
fn answers(cx: &PageCx, filling: &Filling, sheet: &Sheet<'_>) -> Markup {
    let t = FlowWords::of(cx.locale);
    let (service, draft) = (&filling.version.service, &filling.draft);
    let choice_path = format!("/o/{}/1?back=check#f-offering", draft.id);
    let quantity_path = format!("/o/{}/1?back=check#f-quantity", draft.id);
    let offering = service.offering(&draft.offering);
    let quantity = draft.quantity.to_string();
    let mut chosen = vec![Answer::text(t.service, service.name.get(cx.locale), None)];
    if let Some(offering) = offering.filter(|_| service.offerings.len() > 1) {
        chosen.push(Answer::text(t.offering, offering.name.get(cx.locale), Some(&choice_path)));
    }
    if offering.is_some_and(|offering| offering.quantity.max > 1) {
        chosen.push(Answer::text(t.quantity, &quantity, Some(&quantity_path)));
    }
    let rows = rows(cx.locale, filling, sheet.answers);
    let steps = filling.form().steps();
    let of_step = |step: usize| -> Vec<Answer<'_>> {
        let rows = rows.iter().filter(|row| row.step == step);
        rows.map(|row| Answer::text(&row.label, &row.value, Some(&row.change))).collect()
    };
    if steps.len() <= 1 {
        chosen.extend(of_step(0));
        return card::card("what", t.what, None, summary_list(cx, &chosen));
    }
    html! {
        (card::card("what", t.what, None, summary_list(cx, &chosen)))
        @for (index, step) in steps.iter().enumerate() {
            (card::card(&format!("step-{index}"), step.title.get(cx.locale), None, summary_list(cx, &of_step(index))))
        }
    }
}

struct Row {
    label: String,
    value: String,
    step: usize,
    change: String,
}

fn rows(locale: Locale, filling: &Filling, answers: &Value) -> Vec<Row> {
    let form = filling.form();
    let row = |row: forms::SummaryRow| {
        let slot = form.field(&row.field).is_some_and(|field| matches!(field.kind, FieldKind::Slot));
        let value = if slot { slot_text(&row.value) } else { row.value };
        Row { label: row.label, value, step: row.step, change: filling.change_path(&row.field) }
    };
    form.summary(answers, locale).into_iter().map(row).collect()
}

/// A refusal on top of the page: what is wrong, that nothing was charged, what can be done.
pub(super) fn refusal(locale: Locale, refused: &Refused, choices: Markup) -> Markup {
    let t = FlowWords::of(locale);
    form::problem_summary(t.refused_title, html! { p { (refused.message(locale)) } (choices) })
}

/// Not enough balance: pay by card or add to the balance; the way back is this page.
pub(super) fn short_choices(locale: Locale, path: &str) -> Markup {
    let t = FlowWords::of(locale);
    let top_up = format!("/account/topup?next={}", crate::edge::form::encode(path));
    html! {
        ul {
            li { (link("#f-method", t.use_card)) }
            li { (link(&top_up, t.top_up)) }
        }
        p { (t.keeps) }
    }
}
