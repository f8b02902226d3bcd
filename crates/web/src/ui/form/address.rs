//! An address: saved ones to pick, or its parts filled in. The parts are those of [`forms::ADDRESS_PARTS`]; a part of the field
//! `home` is named `home.city`.

use forms::{ADDRESS_PARTS, AddressPart, PROVINCES};
use maud::{Markup, html};

use super::{Choice, Field, FieldWidth, Wrong, id_of};
use crate::i18n::FormWords;
use crate::ui::PageCx;

/// An address used before.
#[derive(Debug, Clone)]
pub struct SavedAddress {
    /// Sent as `NAME.saved`.
    pub key: String,
    /// The place in one line, the person in a second.
    pub text: String,
}

/// The addresses to pick from, above the parts. Empty: only the parts.
#[derive(Debug, Clone, Default)]
pub struct AddressBook {
    pub saved: Vec<SavedAddress>,
    pub chosen: Option<String>,
}

impl Field<'_> {
    /// The parts in the order an envelope has them, each a field of its own. `values` and `errors` are named `home.city`.
    pub fn address(
        self,
        cx: &PageCx,
        values: &[(String, String)],
        errors: &[Wrong],
        book: &AddressBook,
    ) -> Markup {
        let t = FormWords::of(cx.locale);
        let parts = html! { @for part in ADDRESS_PARTS { (self.part(cx, part, values, errors)) } };
        let saved_name = format!("{}.saved", self.name);
        let choices: Vec<Choice<'_>> = book
            .saved
            .iter()
            .map(|saved| Choice::new(&saved.key, &saved.text))
            .chain([Choice::new("new", t.address_new)])
            .collect();
        let chosen = book.chosen.as_deref().unwrap_or_default();
        html! {
            div.field.group.bad[self.error.is_some()] data-when=[self.when.map(|w| w.0)] data-is=[self.when.map(|w| w.1)] {
                fieldset #(id_of(self.name)) tabindex="-1" aria-describedby=[self.described_by()] {
                    legend { (self.label_text(cx)) }
                    (self.remarks(cx))
                    @if !book.saved.is_empty() {
                        (Field::new(&saved_name, t.address_saved).value(chosen).radios(cx, &choices))
                    }
                    div.parts data-when=[(!book.saved.is_empty()).then_some(saved_name.as_str())] data-is="new" { (parts) }
                }
            }
        }
    }

    fn part(&self, cx: &PageCx, part: &AddressPart, values: &[(String, String)], errors: &[Wrong]) -> Markup {
        let t = FormWords::of(cx.locale);
        let name = format!("{}.{}", self.name, part.name);
        let value = values.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v.as_str());
        let error = errors.iter().find(|e| e.name == name).map(|e| e.message.as_str());
        let mut field = Field::new(&name, cx.locale.pick(part.zh, part.en))
            .value(value)
            .error(error)
            .autocomplete(part.autocomplete);
        field.optional = !part.required || self.optional;
        match part.name {
            "province" => {
                let choices: Vec<Choice<'_>> =
                    PROVINCES.iter().map(|p| Choice::new(p.name, p.name)).collect();
                field.width(FieldWidth::Medium).select(cx, &choices)
            }
            "phone" => field.phone(cx),
            "street" => field.hint(t.address_street_hint).text(cx, part.max),
            _ => field.width(FieldWidth::Medium).text(cx, part.max),
        }
    }
}
