//! Controls to choose with: cards, lists, ticks, time slots.

use kernel::Timestamp;
use maud::{Markup, html};

use super::{Field, id_of};
use crate::i18n::FormWords;
use crate::ui::{PageCx, time};

/// One answer to choose.
#[derive(Debug, Clone, Default)]
pub struct Choice<'a> {
    pub value: &'a str,
    pub label: &'a str,
    pub hint: Option<&'a str>,
    /// At the end of the card: a price, a balance.
    pub end: Option<Markup>,
    pub disabled: bool,
}

impl<'a> Choice<'a> {
    pub fn new(value: &'a str, label: &'a str) -> Self {
        Self { value, label, ..Self::default() }
    }
}

/// One time slot.
#[derive(Debug, Clone)]
pub struct SlotChoice<'a> {
    pub key: &'a str,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Nothing left: shown, not choosable.
    pub full: bool,
}

/// The slots of one day.
#[derive(Debug, Clone)]
pub struct SlotDay<'a> {
    pub day: Timestamp,
    pub slots: Vec<SlotChoice<'a>>,
}

impl Field<'_> {
    /// Answers as cards, one to be chosen. Arrow keys move within the group.
    pub fn radios(self, cx: &PageCx, choices: &[Choice<'_>]) -> Markup {
        self.wrap_group(
            cx,
            html! {
                div.opts { @for (index, choice) in choices.iter().enumerate() { (self.card(index, choice)) } }
            },
        )
    }

    /// Short answers side by side: amounts, days.
    pub fn pills(self, cx: &PageCx, choices: &[Choice<'_>]) -> Markup {
        self.wrap_group(cx, html! {
            div.pills { @for (index, choice) in choices.iter().enumerate() { (self.card(index, choice)) } }
        })
    }

    fn card(&self, index: usize, choice: &Choice<'_>) -> Markup {
        html! {
            label.opt {
                input type="radio" id=(self.nth_id(index)) name=(self.name) value=(choice.value)
                    checked[!choice.value.is_empty() && choice.value == self.value] disabled[choice.disabled]
                    required[!self.optional && self.when.is_none()];
                span.grow {
                    span { (choice.label) }
                    @if let Some(hint) = choice.hint { span.muted.sm { (hint) } }
                }
                @if let Some(end) = &choice.end { span.end { (end) } }
            }
        }
    }

    /// The first control carries the field's id: the error summary points there.
    fn nth_id(&self, index: usize) -> String {
        let id = id_of(self.name);
        if index == 0 { id } else { format!("{id}-{index}") }
    }

    /// A native list with 未选择 on top.
    pub fn select(self, cx: &PageCx, choices: &[Choice<'_>]) -> Markup {
        self.wrap(cx, html! {
            select class={ "in " (self.width.class()) } #(id_of(self.name)) name=(self.name)
                autocomplete=[self.autocomplete] required[!self.optional && self.when.is_none()]
                aria-invalid=[self.error.map(|_| "true")] aria-describedby=[self.described_by()] {
                option value="" { (FormWords::of(cx.locale).choose) }
                @for choice in choices {
                    option value=(choice.value) selected[choice.value == self.value] disabled[choice.disabled] { (choice.label) }
                }
            }
        })
    }

    /// One tick, sent as `true`. `text` may hold a link (an agreement).
    pub fn checkbox(self, cx: &PageCx, text: Markup) -> Markup {
        html! {
            div.field.bad[self.error.is_some()] data-when=[self.when.map(|w| w.0)] data-is=[self.when.map(|w| w.1)] {
                (self.remarks(cx))
                label.opt {
                    input type="checkbox" #(id_of(self.name)) name=(self.name) value="true"
                        checked[matches!(self.value, "true" | "on")] required[!self.optional && self.when.is_none()]
                        aria-invalid=[self.error.map(|_| "true")] aria-describedby=[self.described_by()];
                    span.grow { (text) }
                }
            }
        }
    }

    /// Time slots by day: hours as pills; a full one is shown and says so, evenings are marked.
    pub fn slots(self, cx: &PageCx, days: &[SlotDay<'_>]) -> Markup {
        let mut index = 0_usize;
        let mut next = || {
            let id = self.nth_id(index);
            index = index.saturating_add(1);
            id
        };
        self.wrap_group(
            cx,
            html! {
                div.slots {
                    @for day in days {
                        div role="group" aria-label=(time::day_text(cx.locale, day.day)) {
                            p.day aria-hidden="true" { (time::day_text(cx.locale, day.day)) }
                            div.pills { @for slot in &day.slots { (self.slot(cx, &next(), slot)) } }
                        }
                    }
                }
            },
        )
    }

    fn slot(&self, cx: &PageCx, id: &str, slot: &SlotChoice<'_>) -> Markup {
        let t = FormWords::of(cx.locale);
        let evening = time::hour_minute(slot.from).0 >= 18;
        html! {
            label.opt {
                input type="radio" id=(id) name=(self.name) value=(slot.key) checked[slot.key == self.value]
                    disabled[slot.full] required[!self.optional && self.when.is_none()];
                span.grow {
                    span.num { (time::range_text(slot.from, slot.to)) }
                    @if slot.full { span.muted.sm { (t.slot_full) } }
                    @else if evening { span.muted.sm { (t.slot_night) } }
                }
            }
        }
    }
}
