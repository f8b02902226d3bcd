//! The edge towards other systems: what Everlit says to providers, payment gateways, mail servers and carriers of
//! text messages, and how it
//! believes what comes back.
//!
//! Three rules hold for everything here:
//! - **An unanswered question is unknown, never "no".** [`ProviderError::Unknown`] and [`GatewayError::Unknown`] mean "it
//!   may have happened"; `Refused` means "it did not happen". Nothing else may be concluded from an error.
//! - **Our id is the idempotency key.** The operation id, attempt id and refund id are ours; repeating a request under
//!   the same id is always safe.
//! - **What arrives is checked before it is read:** signatures are verified on the raw bytes.
//!
//! This crate keeps nothing and decides nothing: it holds no table and knows no order.

mod alipay_open;
pub mod alipay_pay;
pub mod bank;
pub mod card;
mod china;
pub mod gateway;
pub mod http;
pub mod kms;
pub mod oidc;
pub mod protocol;
pub mod provider;
mod reach;
pub mod real_name;
pub mod rsa2;
pub mod sender;
pub mod signed;
pub mod sms;
pub mod wechat_pay;

pub use alipay_pay::{AlipayPay, AlipayPaySettings};
pub use bank::{BankSettings, BankTransfer};
pub use card::{CardGateway, CardSettings};
pub use gateway::{
    Acknowledgement, AmountMismatch, Begun, Bill, BillKind, BillLine, BrokenLine, CallbackError, Capture,
    CardHint, Checkout, Dispute, DisputeState, Gateway, GatewayError, GatewayEvent, Gateways, NewPayment,
    NewRefund, Payment, PaymentState, Refund, RefundState, Report, Screen, Taken,
};
pub use http::{BaseUrl, Http, HttpError, Limits};
pub use kms::{Kms, KmsError, TransitConfig, TransitKms};
pub use protocol::{Answer, Keys, Operation, OperationId, OperationKind, Outcome, Secret};
pub use provider::{HttpProvider, Provider, ProviderError, Providers};
pub use reach::{Reach, is_public};
pub use real_name::{HttpNameCheck, NameAnswer, NameCheck, NameCheckError, NameQuestion, NameResult};
pub use sms::{
    AliyunSettings, AliyunSms, SmsCarrier, SmsError, SmsKey, SmsText, TencentSettings, TencentSms,
};
pub use wechat_pay::{ApiV3Key, Platform, WechatPay, WechatSettings};

/// A future behind a trait object: the traits here are used as `Arc<dyn …>`.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
