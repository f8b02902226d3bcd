//! Forms: label above, hint below it, error between hint and control (F1); width tells the length that is expected.
//!
//! Native controls with native constraints. With script the form is `novalidate` and the server's errors are shown; without,
//! the browser checks what it can and the server the rest. A field that had an error is checked again on blur (F2).

mod address;
mod choice;
mod errors;
mod schema;

use maud::{Markup, html};

pub use address::{AddressBook, SavedAddress};
pub use choice::{Choice, SlotChoice, SlotDay};
pub use errors::{Wrong, error_summary, errors_of, id_of, problem_summary};
pub use schema::{render_field, render_slot_field, today};

use super::PageCx;
use crate::i18n::{Common, FormWords};

/// How wide a control is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldWidth {
    /// 10em: amounts, quantities.
    Short,
    /// 16em: phone numbers, dates.
    Medium,
    /// 22em: identity numbers.
    Long,
    #[default]
    Full,
}

impl FieldWidth {
    const fn class(self) -> &'static str {
        match self {
            Self::Short => "w-s",
            Self::Medium => "w-m",
            Self::Long => "w-l",
            Self::Full => "",
        }
    }
}

/// One question. Build it, then render it as the control it needs: `Field::new("phone", "手机号").value(v).phone(cx)`.
///
/// States: plain, optional (says so), with error (`aria-invalid`, bar at the side, message tied by `aria-describedby`).
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub hint: Option<&'a str>,
    pub value: &'a str,
    pub error: Option<&'a str>,
    pub optional: bool,
    pub width: FieldWidth,
    pub autocomplete: Option<&'a str>,
    /// Asked only when an earlier field has one of these values; script hides it meanwhile. `(field, "a b")`.
    pub when: Option<(&'a str, &'a str)>,
}

/// What the native `<input>` gets besides the field's own facts.
#[derive(Debug, Clone, Copy, Default)]
struct Native<'a> {
    kind: &'a str,
    inputmode: Option<&'a str>,
    pattern: Option<&'a str>,
    maxlength: Option<usize>,
    min: Option<&'a str>,
    max: Option<&'a str>,
    step: Option<&'a str>,
}

impl<'a> Field<'a> {
    pub const fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            hint: None,
            value: "",
            error: None,
            optional: false,
            width: FieldWidth::Full,
            autocomplete: None,
            when: None,
        }
    }

    pub const fn hint(mut self, text: &'a str) -> Self {
        self.hint = Some(text);
        self
    }

    /// What was typed before; kept also when it was wrong.
    pub const fn value(mut self, text: &'a str) -> Self {
        self.value = text;
        self
    }

    pub const fn error(mut self, message: Option<&'a str>) -> Self {
        self.error = message;
        self
    }

    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub const fn width(mut self, width: FieldWidth) -> Self {
        self.width = width;
        self
    }

    pub const fn autocomplete(mut self, token: &'a str) -> Self {
        self.autocomplete = Some(token);
        self
    }

    /// One line of text of at most `max` characters.
    pub fn text(self, cx: &PageCx, max: usize) -> Markup {
        self.input(cx, Native { kind: "text", maxlength: Some(max), ..Native::default() })
    }

    /// One line that must fit `pattern` (as in HTML): a household or account number. Digits get a numeric keyboard.
    pub fn code(self, cx: &PageCx, pattern: &str, max: usize) -> Markup {
        let digits = pattern.contains("[0-9]") || pattern.contains(r"\d");
        let inputmode = (digits && !pattern.contains("[A-Z")).then_some("numeric");
        let native = Native {
            kind: "text",
            inputmode,
            pattern: Some(pattern),
            maxlength: Some(max),
            ..Native::default()
        };
        self.input(cx, native)
    }

    /// A mainland mobile number, in any usual spelling.
    pub fn phone(self, cx: &PageCx) -> Markup {
        let field =
            Self { width: FieldWidth::Medium, autocomplete: self.autocomplete.or(Some("tel")), ..self };
        field.input(
            cx,
            Native { kind: "tel", inputmode: Some("tel"), maxlength: Some(24), ..Native::default() },
        )
    }

    pub fn email(self, cx: &PageCx) -> Markup {
        let field = Self { autocomplete: self.autocomplete.or(Some("email")), ..self };
        field.input(
            cx,
            Native { kind: "email", inputmode: Some("email"), maxlength: Some(254), ..Native::default() },
        )
    }

    /// A phone number or an e-mail address: what people sign in with.
    pub fn sign_in_name(self, cx: &PageCx) -> Markup {
        let field = Self { autocomplete: Some("username"), ..self };
        field.input(cx, Native { kind: "text", maxlength: Some(254), ..Native::default() })
    }

    /// A whole number with the browser's own up and down; `−` and `+` buttons with script.
    pub fn stepper(self, cx: &PageCx, min: i64, max: i64) -> Markup {
        let t = FormWords::of(cx.locale);
        let (min, max) = (min.to_string(), max.to_string());
        let native = Native {
            kind: "number",
            inputmode: Some("numeric"),
            min: Some(&min),
            max: Some(&max),
            step: Some("1"),
            ..Native::default()
        };
        let control = html! {
            div.stepper {
                button.btn.sec.js-only type="button" data-step="-1" aria-label={ (t.btn_less) " " (self.label) } { "−" }
                (self.control(native))
                button.btn.sec.js-only type="button" data-step="1" aria-label={ (t.btn_more) " " (self.label) } { "+" }
            }
        };
        self.wrap(cx, control)
    }

    /// An amount in yuan (F5): takes `1,300`, `１３００`, `1300.5`; script shows how it is read.
    pub fn money(self, cx: &PageCx) -> Markup {
        let field = Self { width: FieldWidth::Short, ..self };
        let native =
            Native { kind: "text", inputmode: Some("decimal"), maxlength: Some(20), ..Native::default() };
        let control = html! {
            div.affix {
                span aria-hidden="true" { "¥" }
                (field.control(native))
                output.muted.sm.num for=(id_of(field.name)) data-money {}
            }
        };
        field.wrap(cx, control)
    }

    /// A password. Paste and managers are welcome (F6); `autocomplete` is `current-password` or `new-password`.
    pub fn password(self, cx: &PageCx, autocomplete: &'a str) -> Markup {
        let t = FormWords::of(cx.locale);
        let field = Self { autocomplete: Some(autocomplete), ..self };
        let control = html! {
            div.affix {
                (field.control(Native { kind: "password", maxlength: Some(256), ..Native::default() }))
                button.btn.ghost.js-only type="button" data-show=(id_of(field.name)) data-hide=(t.btn_hide) aria-pressed="false" {
                    (t.btn_show)
                }
            }
        };
        field.wrap(cx, control)
    }

    /// A one-time code: one input, offered by the phone, never sent by itself (F6).
    pub fn otp(self, cx: &PageCx) -> Markup {
        let field = Self { width: FieldWidth::Short, autocomplete: Some("one-time-code"), ..self };
        let native = Native {
            kind: "text",
            inputmode: Some("numeric"),
            pattern: Some("[0-9]{6}"),
            maxlength: Some(6),
            ..Native::default()
        };
        field.input(cx, native)
    }

    /// An 18-character identity number.
    pub fn national_id(self, cx: &PageCx) -> Markup {
        let field = Self { width: FieldWidth::Long, ..self };
        field.input(cx, Native { kind: "text", maxlength: Some(20), ..Native::default() })
    }

    /// A day, with the browser's own calendar; `min` and `max` as `2026-11-21`.
    pub fn date(self, cx: &PageCx, min: Option<&str>, max: Option<&str>) -> Markup {
        let field = Self { width: FieldWidth::Medium, ..self };
        field.input(cx, Native { kind: "date", min, max, ..Native::default() })
    }

    /// A moment on the clock of Beijing, to the minute, with the browser's own calendar: `2026-11-21T20:45`.
    pub fn moment(self, cx: &PageCx) -> Markup {
        let field = Self { width: FieldWidth::Medium, ..self };
        field.input(cx, Native { kind: "datetime-local", ..Native::default() })
    }

    /// Several lines with a count of what is left (script only; the limit itself is native).
    pub fn textarea(self, cx: &PageCx, max: usize) -> Markup {
        let t = FormWords::of(cx.locale);
        let id = id_of(self.name);
        let control = html! {
            textarea.in #(id) name=(self.name) rows="4" maxlength=(max) required[!self.optional && self.when.is_none()]
                aria-invalid=[self.error.map(|_| "true")] aria-describedby=[self.described_by()] {
                (self.value)
            }
            p.hint.js-only data-count=(id) data-left=(t.characters_left(max)) data-max=(max) {
                (t.characters_left(max.saturating_sub(self.value.chars().count())))
            }
        };
        self.wrap(cx, control)
    }

    fn input(self, cx: &PageCx, native: Native<'_>) -> Markup {
        self.wrap(cx, self.control(native))
    }

    fn control(&self, native: Native<'_>) -> Markup {
        html! {
            input class={ "in " (self.width.class()) } #(id_of(self.name)) name=(self.name) type=(native.kind) value=(self.value)
                inputmode=[native.inputmode] pattern=[native.pattern] maxlength=[native.maxlength]
                min=[native.min] max=[native.max] step=[native.step]
                autocomplete=(self.autocomplete.unwrap_or("off"))
                required[!self.optional && self.when.is_none()]
                aria-invalid=[self.error.map(|_| "true")] aria-describedby=[self.described_by()];
        }
    }

    /// The ids of hint and error, in reading order.
    fn described_by(&self) -> Option<String> {
        let id = id_of(self.name);
        let hint = self.hint.map(|_| format!("{id}-h"));
        let error = self.error.map(|_| format!("{id}-e"));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// Label, hint and error around one control.
    fn wrap(&self, cx: &PageCx, control: Markup) -> Markup {
        html! {
            div.field.bad[self.error.is_some()] data-when=[self.when.map(|w| w.0)] data-is=[self.when.map(|w| w.1)] {
                label for=(id_of(self.name)) { (self.label_text(cx)) }
                (self.remarks(cx))
                (control)
            }
        }
    }

    /// The same around a group of controls.
    fn wrap_group(&self, cx: &PageCx, controls: Markup) -> Markup {
        html! {
            div.field.bad[self.error.is_some()] data-when=[self.when.map(|w| w.0)] data-is=[self.when.map(|w| w.1)] {
                fieldset aria-describedby=[self.described_by()] {
                    legend { (self.label_text(cx)) }
                    (self.remarks(cx))
                    (controls)
                }
            }
        }
    }

    fn label_text(&self, cx: &PageCx) -> Markup {
        html! {
            (self.label)
            @if self.optional { (cx.pick("", " ")) span.opt-mark { (Common::of(cx.locale).optional) } }
        }
    }

    fn remarks(&self, cx: &PageCx) -> Markup {
        let id = id_of(self.name);
        html! {
            @if let Some(hint) = self.hint { p.hint id={ (id) "-h" } { (hint) } }
            @if let Some(error) = self.error {
                p.err id={ (id) "-e" } { span.vh { (FormWords::of(cx.locale).error_prefix) } (error) }
            }
        }
    }
}

/// The hidden token every POST form carries.
pub fn csrf(cx: &PageCx) -> Markup {
    html! { input type="hidden" name="csrf" value=(cx.csrf); }
}

/// The hidden key that makes a repeated submission return the first result.
pub fn idem(key: &str) -> Markup {
    html! { input type="hidden" name="idem" value=(key); }
}

/// A POST form: token, sent once, `id` for buttons outside it. `autosave` is where drafts go 800 ms after the last input.
pub fn form(cx: &PageCx, id: &str, action: &str, autosave: Option<&str>, inside: Markup) -> Markup {
    let t = FormWords::of(cx.locale);
    html! {
        form.stack #(id) method="post" action=(action) data-once data-autosave=[autosave]
            data-saving=[autosave.map(|_| t.autosave_saving)] data-saved=[autosave.map(|_| t.autosave_done("{}"))]
            data-offline=[autosave.map(|_| t.autosave_offline)] {
            (csrf(cx))
            (inside)
            @if autosave.is_some() {
                p.sm.muted.js-only data-autosave-note role="status" { (t.autosave_idle) }
            }
        }
    }
}

/// The button that goes on, and what stands beside it. One primary button a page (U2).
/// While sending it says so and cannot fire twice (W1).
pub fn actions(cx: &PageCx, primary: &str, beside: Option<Markup>) -> Markup {
    html! {
        div.acts {
            button.btn.main data-busy=(Common::of(cx.locale).working) { (primary) }
            @if let Some(beside) = beside { (beside) }
        }
    }
}

/// "第 2 步，共 3 步" and a thin bar (U4). `about` names the service.
pub fn steps(cx: &PageCx, step: usize, of: usize, about: &str) -> Markup {
    let t = Common::of(cx.locale);
    html! {
        div.steps {
            p { b { (t.step(step, of)) } span.muted { (about) } }
            progress max=(of) value=(step) aria-label=(t.progress(step, of)) {}
        }
    }
}
