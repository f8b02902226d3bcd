//! The vocabulary that every part of Everlit shares. Pure: no I/O, no async, no globals.
//!
//! Time and chance are arguments ([`Clock`], [`Rng`]); money is integers ([`Money`]); an id knows its kind
//! ([`typed_id!`]); a refusal knows its code, its kind and its words in both languages ([`errors!`]).

mod actor;
mod capital;
mod clock;
mod error;
pub mod hex;
mod id;
mod level;
mod locale;
mod money;
mod page;
mod permission;
mod phone;
mod rng;
mod role;
mod time;

pub use actor::{AccountId, Actor, ActorKind, PROOF_LASTS, Principal, RequestId};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{CodeInfo, FieldError, Kind, Refusal, RetryAfter};
pub use id::{
    BadId, IdGen, RawId, decode_base32, encode_base32, first_id_at, made_at, order_number,
    parse_order_number, proof_code, same_code,
};
pub use level::Level;
pub use locale::{Locale, Text};
pub use money::{Currency, Money, MoneyError};
pub use page::{Page, PageRequest, Position};
pub use permission::{Permission, Permissions};
pub use phone::{mask_email, mask_phone, normalise_digits, parse_mobile};
pub use rng::{Rng, SeededRng, SystemRng};
pub use role::Role;
pub use time::{Duration, Timestamp};
