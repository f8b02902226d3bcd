//! A service's form: what is asked, in which order, and what counts as an answer. Pure: no I/O, no clock.
//!
//! [`Form::parse`] reads a form in either of two spellings and promises that what it accepts can be rendered, checked
//! and explained in both languages. [`Form::schema`] is always standard JSON Schema 2020-12; [`Form::check`] turns raw
//! answers into normalised ones or says everything that is wrong, in words of the catalogue [`CODES`].
//!
//! # The author's form
//!
//! What service packs contain. `fields` in the order they are asked; `steps` groups them into question pages of at most
//! five fields and may be left out (pages are then made of five fields each). A bare list of fields is a form too.
//!
//! ```yaml
//! form:
//!   steps:
//!     - {title: {zh: 给谁充值, en: Who to top up}, fields: [phone, amount]}
//!     - {title: {zh: 发票, en: Invoice}, fields: [invoice, title]}
//!   fields:
//!     - name: phone                     # [a-z][a-z0-9_]*, unique
//!       kind: phone
//!       label: {zh: 手机号, en: Mobile number}
//!       hint: {zh: 可为本人或他人充值, en: Yours or somebody else's}
//!       remember: phone                 # prefilled from the customer's earlier orders under this key
//!     - name: amount
//!       kind: money
//!       label: {zh: 金额, en: Amount}
//!       min: "10.00"                    # amounts are quoted text in yuan
//!       max: "5000.00"
//!       step: "10.00"
//!     - name: invoice
//!       kind: choice
//!       label: {zh: 发票类型, en: Invoice type}
//!       options:
//!         - {value: none, label: {zh: 不需要, en: None}}
//!         - {value: company, label: {zh: 企业发票, en: Company}, hint: {zh: 可抵扣, en: Deductible}}
//!       default: none
//!     - name: title
//!       kind: text
//!       label: {zh: 发票抬头, en: Invoice title}
//!       max: 60
//!       show_when: {field: invoice, is: company}     # or is: [company, person]
//! ```
//!
//! Keys of every field:
//!
//! | key | meaning | when absent |
//! |---|---|---|
//! | `name` | key of the answer | must be given |
//! | `kind` | see the next table | must be given |
//! | `label` | `{zh, en}`, both must be given; a noun such as 手机号, no colon | must be given |
//! | `hint` | `{zh, en}`, one line under the label | none |
//! | `noun` | `{zh, en}`: what messages call the field after 填写 / Enter: `{zh: 联系电话, en: a contact phone number}` | the label (English: with a/an); needed when the Chinese label is longer than 12 characters |
//! | `required` | `true` or `false` | `true`; for a `flag` it is `false`, and `true` means it must be ticked |
//! | `autocomplete` | HTML token, such as `name`, `tel` | by kind |
//! | `width` | `short` (10em), `medium` (16em), `long` (22em), `full` | by kind |
//! | `show_when` | `{field: NAME, is: VALUE or [VALUES]}`: asked only then; NAME is an earlier `choice` or `flag` | always asked |
//! | `remember` | a key such as `household`, under which a later order finds this answer again | not remembered |
//! | `sensitive` | `true` when the answer is personal data | `true` for `phone`, `email`, `address`, `national_id`, else `false` |
//! | `default` | the value first shown (money: quoted text in yuan); only for `text`, `paragraph`, `money`, `integer`, `choice`, `flag`; never filled in behind the customer's back | none |
//!
//! Kinds, their own keys, and the normalised answer:
//!
//! | kind | keys (default) | answer |
//! |---|---|---|
//! | `text` | `min` (1), `max` (100) in characters; `pattern` (anchored `^…$`) with `format: {zh: 需为 10 位数字, en: must be 10 digits}` and `example: "3301001234"`, all three together | text of one line, trimmed, NFC; full-width letters and digits folded when there is a pattern |
//! | `paragraph` | `max` (500) | text with line breaks |
//! | `phone` | | E.164: `+8613800000000` |
//! | `email` | | `name@example.com` |
//! | `money` | `min` (`"0.01"`), `max` (`"9999999999.99"`), `step` (none): text in yuan | integer, fen |
//! | `integer` | `min` (0), `max` (1000000000) | integer |
//! | `choice` | `options: [{value, label, hint}]`, `style: radio` or `select` (radio up to 7 options) | the value, text |
//! | `flag` | | `true` or `false` |
//! | `date` | `min_days_ahead`, `max_days_ahead`: days from today, may be negative (no limit) | `2026-11-21` |
//! | `slot` | options come from the server | the key of the time slot, text |
//! | `address` | | object: `province`, `city`, `district` (optional), `street`, `name`, `phone` |
//! | `national_id` | | 18 characters, checked by GB 11643 |
//!
//! A household, meter or account number is a `text` with a `pattern`.
//!
//! # The same as JSON Schema
//!
//! [`Form::parse`] also reads what [`Form::schema`] gives: `type: object` with `properties`, `required`, `x-steps`, and in
//! every property `x-kind`, `x-label`, `x-hint`, `x-noun`, `x-options`, `x-style`, `x-format`, `x-show-when`, `x-width`,
//! `x-remember`, `x-sensitive`, `x-autocomplete`, `x-required` (for fields shown conditionally), `x-min-days-ahead`,
//! `x-max-days-ahead` beside the standard `type`,
//! `enum`, `pattern`, `minLength`, `maxLength`, `minimum`, `maximum`, `multipleOf`, `default`, `examples`. Money is in fen
//! there. Further standard keywords may be added and have the last word over the normalised answers.
//!
//! # Answers
//!
//! The schema describes *normalised* answers, so what satisfies it satisfies [`Form::check`] (apart from what a schema
//! cannot say: calendar limits and check digits). [`Form::check`] is more generous: phones in any usual spelling, text
//! with blanks around it, `null` and empty text for "no answer". Answers to fields that are not shown are dropped.
//! [`Form::from_pairs`] reads an HTML form: names are field names, parts of an address or date follow a dot
//! (`home.city`, `start.year`).
//!
//! ```
//! use serde_json::json;
//! let form = forms::Form::parse(&json!([
//!     {"name": "phone", "kind": "phone", "label": {"zh": "手机号", "en": "Mobile number"}},
//!     {"name": "amount", "kind": "money", "label": {"zh": "金额", "en": "Amount"}, "min": "10.00", "max": "500.00"},
//! ]))
//! .expect("a good form");
//! let today = jiff::civil::date(2026, 11, 21);
//! let posted = form.from_pairs([("phone", "138 0000 0000"), ("amount", "100")].into_iter());
//! assert_eq!(form.check(&posted, today), Ok(json!({"phone": "+8613800000000", "amount": 10_000})));
//! let errors = form.check(&json!({"amount": 1}), today).unwrap_err();
//! assert_eq!(errors[0].zh, "填写手机号");
//! assert_eq!((errors[1].pointer.as_str(), errors[1].code), ("/amount", "forms.amount_range"));
//! ```

mod check;
mod form;
mod id_number;
mod messages;
mod model;
mod pairs;
mod read;
mod region;
mod schema;
mod summary;
#[cfg(test)]
mod tests;
mod value;

pub use form::Form;
pub use id_number::{BadIdNumber, Holder, IdNumber, mask_id_number};
pub use messages::CODES;
pub use model::{
    ADDRESS_PARTS, AddressPart, ChoiceOption, ChoiceStyle, Condition, Field, FieldKind, Pattern,
    SchemaProblem, Step, Width,
};
pub use region::{PROVINCES, Province};
pub use summary::SummaryRow;
