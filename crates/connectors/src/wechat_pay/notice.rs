//! Notices: believed on their raw bytes, then opened, then read.

use http::HeaderMap;
use kernel::Timestamp;

use super::wire::{self, RefundDocument, Transaction};
use super::{WechatPay, WechatSettings};
use crate::gateway::{CallbackError, GatewayEvent, Report};
use crate::protocol::MAX_BODY_BYTES;

impl WechatPay {
    pub(super) fn event(&self, headers: &HeaderMap, body: &[u8]) -> Result<GatewayEvent, CallbackError> {
        if body.len() > MAX_BODY_BYTES {
            return Err(CallbackError::TooLarge);
        }
        self.trust.verify(headers, body, self.clock.now())?;
        let notice: wire::Notice = serde_json::from_slice(body)
            .map_err(|error| CallbackError::Malformed(crate::http::where_in(&error)))?;
        let resource = &notice.resource;
        let plain = self.settings.api_v3_key.open(resource).map_err(CallbackError::Malformed)?;
        let report = self.report(&resource.original_type, &plain, self.clock.now())?;
        Ok(GatewayEvent { id: notice.id, report })
    }

    fn report(&self, kind: &str, plain: &[u8], now: Timestamp) -> Result<Report, CallbackError> {
        let malformed = |error: serde_json::Error| CallbackError::Malformed(crate::http::where_in(&error));
        let WechatSettings { appid, mchid, .. } = &self.settings;
        match kind {
            "transaction" => {
                let told: Transaction = serde_json::from_slice(plain).map_err(malformed)?;
                if let Some(stranger) = told.stranger(appid, mchid) {
                    return Err(CallbackError::WrongMerchant(stranger));
                }
                let payment = told.payment(mchid, None, now);
                payment.map(Report::Payment).map_err(|error| CallbackError::Malformed(error.to_owned()))
            }
            "refund" => {
                let told: RefundDocument = serde_json::from_slice(plain).map_err(malformed)?;
                if told.mchid.as_deref() != Some(mchid) {
                    return Err(CallbackError::WrongMerchant(told.mchid.unwrap_or_default()));
                }
                let refund = told.refund(mchid, now);
                refund.map(Report::Refund).map_err(|error| CallbackError::Malformed(error.to_owned()))
            }
            other => Err(CallbackError::Malformed(format!("a notice about `{}`", wire::short(other, 40)))),
        }
    }
}
