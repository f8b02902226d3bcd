//! How a question page and the enquiry page look. Pure: data in, HTML out.

use catalogue::service::{Shown, ShownKind};
use catalogue::stock::Slot;
use forms::FieldKind;
use kernel::{FieldError, Locale, Money};
use maud::{Markup, html};
use ordering::quote::Quote;
use serde_json::Value;

use super::catalogue::{Left, offering_field, quantity_field};
use super::filling::Filling;
use crate::i18n::{Common, FlowWords};
use crate::ui::form::{self, AddressBook, SlotChoice, SlotDay, errors_of};
use crate::ui::shell::{self, Exit};
use crate::ui::summary::{Answer, summary_list};
use crate::ui::{Page, PageCx, banner, card, money, time};

/// One question page.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    /// Its number in the flow, from 1.
    pub number: usize,
    /// Its place in the form, from 0.
    pub index: usize,
    pub fields: Vec<forms::Field>,
    /// The times to choose from.
    pub slots: Vec<Slot>,
    pub left: Left,
    pub errors: Vec<FieldError>,
    /// A refusal that is about no single field.
    pub problem: Option<String>,
    /// Somebody changed the draft elsewhere.
    pub conflict: bool,
    /// It was come to from the check page and goes back there.
    pub back: bool,
}

/// The page of one theme: errors, where it stands, the questions, one button.
pub(super) fn question(cx: &PageCx, filling: &Filling, page: &Question) -> Markup {
    let (t, common) = (FlowWords::of(cx.locale), Common::of(cx.locale));
    let service = &filling.version.service;
    let title = title(cx.locale, filling, page.index);
    let wrong = errors_of(&page.errors, cx.locale);
    let error = |name: &str| wrong.iter().find(|e| e.name == name).map(|e| e.message.as_str());
    let path = format!("/o/{}/{}", filling.draft.id, page.number);
    let action = if page.back { format!("{path}?back=check") } else { path.clone() };
    let of = filling.stops().len().saturating_add(1);
    let body = html! {
        (form::error_summary(cx, &wrong))
        @if let Some(problem) = &page.problem { (form::problem_summary(t.not_done_title, html! { p { (problem) } })) }
        @if page.conflict {
            (form::problem_summary(t.conflict_title, html! {
                p { (t.conflict_body) }
                p { a href=(path) { (t.conflict_other) } }
            }))
        }
        (form::steps(cx, page.number, of, service.name.get(cx.locale)))
        h1 { (title) }
        (form::form(cx, "step", &action, Some(&format!("{path}/save")), html! {
            input type="hidden" name="revision" value=(filling.draft.revision);
            @if page.index == 0 {
                (offering_field(cx, service, &page.left, &filling.draft.offering, error("offering")))
                (quantity_field(cx, service, filling.draft.quantity, error("quantity")))
            }
            @for field in &page.fields { (one_field(cx, filling, page, field)) }
            (form::actions(cx, common.btn_save_continue, None))
        }))
        p.sm { a href={ "/o/" (filling.draft.id) "/discard" } { (t.btn_discard) } }
    };
    let any = !wrong.is_empty() || page.problem.is_some() || page.conflict;
    let frame = Page::new(title).narrow().scripts(&["form"]).errors(any);
    shell::flow(cx, &frame, &back_path(filling, page.number, page.back), Exit::Form("step"), body)
}

/// Whether what was typed is to be forgotten.
pub(super) fn discard(cx: &PageCx, filling: &Filling) -> Markup {
    let (t, common) = (FlowWords::of(cx.locale), Common::of(cx.locale));
    let back = super::filling::first_page(&filling.version, &filling.draft);
    let body = html! {
        h1 { (t.discard_title) }
        p { (filling.version.service.name.get(cx.locale)) " · " (t.saved(&time::short(cx, filling.draft.updated_at))) }
        p { (t.discard_body) }
        (form::form(cx, "discard", &format!("/o/{}/discard", filling.draft.id), None, html! {
            div.acts {
                button.btn.danger.main data-busy=(common.working) { (t.btn_discard) }
                (crate::ui::button_link(&back, t.btn_go_on, "sec"))
            }
        }))
    };
    shell::flow(cx, &Page::new(t.discard_title).narrow(), &back, Exit::Link("/"), body)
}

/// The step's own title, or one that fits every form.
fn title(locale: Locale, filling: &Filling, index: usize) -> &str {
    let t = FlowWords::of(locale);
    let own = filling.form().steps().get(index).map(|step| step.title.get(locale));
    match own {
        Some(title) if !title.is_empty() => title,
        Some(_) => t.details_title,
        None => t.choose_title,
    }
}

/// One page back: the check page, the page before, or the guide.
fn back_path(filling: &Filling, number: usize, to_check: bool) -> String {
    match number.checked_sub(1) {
        _ if to_check => filling.check_path(),
        Some(before) if before > 0 => format!("/o/{}/{before}", filling.draft.id),
        _ => {
            let (offering, quantity) = (&filling.draft.offering, filling.draft.quantity);
            format!("/services/{}?offering={offering}&quantity={quantity}", filling.draft.service)
        }
    }
}

fn one_field(cx: &PageCx, filling: &Filling, page: &Question, field: &forms::Field) -> Markup {
    let (whole, answers) = (&filling.version.service.form, &filling.draft.answers);
    if matches!(field.kind, FieldKind::Slot) {
        return form::render_slot_field(cx, whole, field, answers, &page.errors, &days(&page.slots));
    }
    form::render_field(cx, whole, field, answers, &page.errors, &AddressBook::default())
}

/// Slots under their days.
fn days(slots: &[Slot]) -> Vec<SlotDay<'_>> {
    let mut days: Vec<(jiff::civil::Date, SlotDay<'_>)> = Vec::new();
    for slot in slots {
        let choice =
            SlotChoice { key: &slot.sku, from: slot.starts_at, to: slot.ends_at, full: slot.available <= 0 };
        match days.last_mut() {
            Some((date, day)) if *date == slot.date() => day.slots.push(choice),
            _ => days.push((slot.date(), SlotDay { day: slot.starts_at, slots: vec![choice] })),
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

/// What the provider answered, until when it holds, and the way on.
pub(super) fn enquiry(
    cx: &PageCx,
    filling: &Filling,
    number: usize,
    quote: Option<&Quote>,
    problem: Option<&str>,
) -> Markup {
    let (t, common) = (FlowWords::of(cx.locale), Common::of(cx.locale));
    let service = &filling.version.service;
    let of = filling.stops().len().saturating_add(1);
    let fresh = quote.filter(|quote| quote.expires_at > cx.now);
    let action = format!("/o/{}/{number}", filling.draft.id);
    let body = html! {
        @if let Some(problem) = problem { (form::problem_summary(t.not_done_title, html! { p { (problem) } })) }
        (form::steps(cx, number, of, service.name.get(cx.locale)))
        h1 { (t.enquiry_title) }
        @match (fresh, quote) {
            (Some(quote), _) => { (answered(cx, filling, quote)) }
            (None, Some(_)) => { (banner::note(html! { p { (t.enquiry_expired) } })) }
            (None, None) => { (banner::note(html! { p { (t.enquiry_missing) } })) }
        }
        (form::form(cx, "step", &action, None, html! {
            @if fresh.is_some() {
                (form::actions(cx, common.btn_continue, Some(html! {
                    button.btn.sec name="again" value="1" { (t.btn_query) }
                })))
            } @else {
                (form::actions(cx, t.btn_query, None))
            }
        }))
    };
    let frame = Page::new(t.enquiry_title).narrow().errors(problem.is_some());
    shell::flow(cx, &frame, &back_path(filling, number, false), Exit::Link("/"), body)
}

fn answered(cx: &PageCx, filling: &Filling, quote: &Quote) -> Markup {
    let t = FlowWords::of(cx.locale);
    let shows = filling.version.service.enquiry.as_ref().map_or(&[][..], |enquiry| enquiry.shows.as_slice());
    let facts = quote.facts.clone().unwrap_or_default();
    let rows: Vec<(String, String)> = shows
        .iter()
        .filter_map(|shown| {
            Some((shown.label.get(cx.locale).to_owned(), fact(shown, facts.get(&shown.key)?)))
        })
        .collect();
    let answers: Vec<Answer<'_>> =
        rows.iter().map(|(label, value)| Answer::text(label, value, None)).collect();
    card::plain(html! {
        (summary_list(cx, &answers))
        p.muted.sm { (t.enquiry_due) }
        p { (money::large(quote.total)) }
        p.muted.sm { (t.valid_until(&time::short(cx, quote.expires_at))) }
    })
}

/// One member of a provider's answer, as a person reads it. It comes from outside: whatever it is, it is shown as text.
fn fact(shown: &Shown, value: &Value) -> String {
    let plain = || value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    match shown.kind {
        ShownKind::Text | ShownKind::Date => plain(),
        ShownKind::Money => {
            serde_json::from_value::<Money>(value.clone()).map_or_else(|_| plain(), |money| money.to_string())
        }
    }
}

/// The chosen time, read from its stock item `slot:SERVICE:DATE:WINDOW`: `2026-11-22 09:00–11:00`.
pub(super) fn slot_text(sku: &str) -> String {
    let read = || {
        let mut parts = sku.strip_prefix("slot:")?.rsplit(':');
        let (window, date) = (parts.next()?, parts.next()?);
        let (from, to) = window.split_once('-')?;
        let clock = |text: &str| Some(format!("{}:{}", text.get(..2)?, text.get(2..)?));
        Some(format!("{date} {}–{}", clock(from)?, clock(to)?))
    };
    read().unwrap_or_else(|| sku.to_owned())
}

#[cfg(test)]
mod tests {
    use super::slot_text;

    #[test]
    fn a_slot_is_read_from_its_stock_item() {
        assert_eq!(slot_text("slot:appliance-cleaning:2026-11-22:0900-1100"), "2026-11-22 09:00–11:00");
        for odd in ["", "slot:", "slot:x", "slot:x:y:z", "router-white", "slot:钟:点:九-十"] {
            assert_eq!(slot_text(odd), odd);
        }
    }
}
