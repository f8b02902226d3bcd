//! The words of the product itself, in both languages. A missing text does not compile.
//!
//! One file an area, both languages side by side:
//!
//! ```ignore
//! super::texts! {
//!     /// The words of the cart.
//!     Cart {
//!         title: "购物车" / "Cart";
//!         btn_pay: "去付款" / "Pay";
//!     }
//!     fns {
//!         lines(count: usize): "共 {count} 项" / "{count} items";
//!     }
//! }
//! ```
//!
//! Use: `let t = Cart::of(cx.locale); t.title; t.lines(3)`. Add the file below as `mod` + `pub use` and its `TEXTS` to
//! [`AREAS`]: then the copy lint reads it (full-width punctuation in Chinese; a text whose name begins with `btn_` fits a button).

mod account;
mod api_docs;
mod approval;
pub mod articles;
mod articles_account;
mod articles_order;
mod auth;
mod batch;
mod cart;
mod common;
mod console;
mod console_audit;
mod console_business;
mod console_history;
mod console_order;
mod console_risk;
mod console_risk_work;
mod console_system;
mod console_task;
mod console_words;
mod console_work;
mod data;
mod documents;
mod federation;
mod flow;
mod form;
mod help;
mod home;
mod identity;
mod keys;
mod ledger;
mod messages;
mod order;
mod org;
mod passkey;
mod pay;
mod pay_desk;
mod payee;
mod privacy;
mod problem;
mod receipt;
mod recon;
mod recover;
mod roles;
mod security;
mod service;
mod settings;
mod shell;
mod shield;
mod standing;
mod state;
mod statement;
mod time;

pub use account::{AccountWords, TopUpWords};
pub use api_docs::ApiDocs;
pub use approval::ApprovalWords;
pub use auth::AuthWords;
pub use batch::BatchWords;
pub use cart::CartWords;
pub use common::Common;
pub use console::ConsoleShell;
pub use console_audit::AuditSearch;
pub use console_business::{Clients, Packs, Stock};
pub use console_history::Happened;
pub use console_order::OrderDesk;
pub use console_risk::RiskDesk;
pub use console_risk_work::{RiskFigures, RiskLists, RiskRules, RiskWork};
pub use console_system::{AuditLog, Health, People};
pub use console_task::{Fallout, Tasks};
pub use console_words::Desk;
pub use console_work::{Queue, StaffEntry, Work};
pub use data::Data;
pub use documents::{DocumentWords, InvoiceDesk, InvoiceWords};
pub use federation::FederationWords;
pub use flow::FlowWords;
pub use form::FormWords;
pub use help::{AccessWords, HelpWords, StatusWords};
pub use home::HomeWords;
pub use identity::{IdentityDesk, IdentityWords};
pub use keys::KeyWords;
pub use ledger::{LedgerWords, SettleWords};
pub use messages::{MessageWords, OutboxWords};
pub use order::OrderPages;
pub use org::{OrgDesk, OrgWords};
pub use passkey::PasskeyWords;
pub use pay::PayWords;
pub use pay_desk::{PayDesk, PayFigures};
pub use payee::PayeeWords;
pub use privacy::PrivacyWords;
pub use problem::Problem;
pub use receipt::ReceiptWords;
pub use recon::Recon;
pub use recover::RecoverWords;
pub use roles::{PermissionNames, RoleNames, RolePages};
pub use security::{FactorWords, SecurityWords};
pub use service::ServiceWords;
pub use settings::SettingsWords;
pub use shell::Shell;
pub use shield::{Gate, Incidents};
pub use standing::StandingWords;
pub use state::State;
pub use statement::StatementWords;
pub use time::TimeWords;

/// One text in both languages, with its name; `{…}` are its arguments.
pub type Entry = (&'static str, &'static str, &'static str);

/// Every area, for the copy lint.
pub const AREAS: &[(&str, &[Entry])] = &[
    ("account", AccountWords::TEXTS),
    ("api_docs", ApiDocs::TEXTS),
    ("approval", ApprovalWords::TEXTS),
    ("top_up", TopUpWords::TEXTS),
    ("statement", StatementWords::TEXTS),
    ("ledger", LedgerWords::TEXTS),
    ("settle", SettleWords::TEXTS),
    ("auth", AuthWords::TEXTS),
    ("batch", BatchWords::TEXTS),
    ("common", Common::TEXTS),
    ("console", ConsoleShell::TEXTS),
    ("console_entry", StaffEntry::TEXTS),
    ("console_payments", PayDesk::TEXTS),
    ("console_payment_figures", PayFigures::TEXTS),
    ("console_recon", Recon::TEXTS),
    ("console_work", Work::TEXTS),
    ("console_queue", Queue::TEXTS),
    ("console_words", Desk::TEXTS),
    ("console_history", Happened::TEXTS),
    ("console_order", OrderDesk::TEXTS),
    ("console_tasks", Tasks::TEXTS),
    ("console_fallout", Fallout::TEXTS),
    ("console_packs", Packs::TEXTS),
    ("console_stock", Stock::TEXTS),
    ("console_clients", Clients::TEXTS),
    ("console_audit", AuditLog::TEXTS),
    ("console_audit_search", AuditSearch::TEXTS),
    ("console_risk", RiskDesk::TEXTS),
    ("console_risk_work", RiskWork::TEXTS),
    ("console_risk_figures", RiskFigures::TEXTS),
    ("console_risk_rules", RiskRules::TEXTS),
    ("console_risk_lists", RiskLists::TEXTS),
    ("console_health", Health::TEXTS),
    ("console_people", People::TEXTS),
    ("data", Data::TEXTS),
    ("documents", DocumentWords::TEXTS),
    ("invoices", InvoiceWords::TEXTS),
    ("invoice_desk", InvoiceDesk::TEXTS),
    ("form", FormWords::TEXTS),
    ("help", HelpWords::TEXTS),
    ("access", AccessWords::TEXTS),
    ("service_status", StatusWords::TEXTS),
    ("keys", KeyWords::TEXTS),
    ("messages", MessageWords::TEXTS),
    ("outbox", OutboxWords::TEXTS),
    ("privacy", PrivacyWords::TEXTS),
    ("problem", Problem::TEXTS),
    ("cart", CartWords::TEXTS),
    ("federation", FederationWords::TEXTS),
    ("flow", FlowWords::TEXTS),
    ("home", HomeWords::TEXTS),
    ("identity", IdentityWords::TEXTS),
    ("identity_desk", IdentityDesk::TEXTS),
    ("order", OrderPages::TEXTS),
    ("organisation", OrgWords::TEXTS),
    ("organisation_desk", OrgDesk::TEXTS),
    ("passkey", PasskeyWords::TEXTS),
    ("pay", PayWords::TEXTS),
    ("payee", PayeeWords::TEXTS),
    ("receipt", ReceiptWords::TEXTS),
    ("recover", RecoverWords::TEXTS),
    ("role_names", RoleNames::TEXTS),
    ("permission_names", PermissionNames::TEXTS),
    ("role_pages", RolePages::TEXTS),
    ("factor", FactorWords::TEXTS),
    ("security", SecurityWords::TEXTS),
    ("service", ServiceWords::TEXTS),
    ("standing", StandingWords::TEXTS),
    ("settings", SettingsWords::TEXTS),
    ("shell", Shell::TEXTS),
    ("gate", Gate::TEXTS),
    ("incidents", Incidents::TEXTS),
    ("state", State::TEXTS),
    ("time", TimeWords::TEXTS),
];

/// Declares one area: a struct with a `&'static str` a text, a method a text with arguments, and `of(locale)`.
macro_rules! texts {
    (
        $(#[$doc:meta])*
        $name:ident {
            $( $field:ident: $zh:literal / $en:literal; )*
        }
        $( fns { $( $func:ident($($arg:ident: $ty:ty),* $(,)?): $fzh:literal / $fen:literal; )* } )?
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            /// The language of these texts.
            pub locale: ::kernel::Locale,
            $( pub $field: &'static str, )*
        }

        impl $name {
            const ZH: Self = Self { locale: ::kernel::Locale::Zh, $( $field: $zh, )* };
            const EN: Self = Self { locale: ::kernel::Locale::En, $( $field: $en, )* };

            /// Every text of this area, for the copy lint.
            pub const TEXTS: &'static [$crate::i18n::Entry] = &[
                $( (stringify!($field), $zh, $en), )*
                $( $( (stringify!($func), $fzh, $fen), )* )?
            ];

            /// The texts in `locale`.
            pub const fn of(locale: ::kernel::Locale) -> &'static Self {
                match locale {
                    ::kernel::Locale::Zh => &Self::ZH,
                    ::kernel::Locale::En => &Self::EN,
                }
            }

            $( $(
                pub fn $func(&self, $($arg: $ty),*) -> String {
                    match self.locale {
                        ::kernel::Locale::Zh => format!($fzh),
                        ::kernel::Locale::En => format!($fen),
                    }
                }
            )* )?
        }
    };
}
pub(crate) use texts;

#[cfg(test)]
mod tests;
