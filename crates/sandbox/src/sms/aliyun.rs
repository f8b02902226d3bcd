//! Alibaba Cloud's short message service as its clients see it.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::StatusCode;
use kernel::{Duration, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Asked, Dialect, Inner, No, SentSms, Wanted};

pub(super) struct Aliyun;

/// What must be signed, whatever else is.
const SIGNED: [&str; 6] =
    ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

impl Dialect for Aliyun {
    const EVERY: Duration = Duration::from_mins(1);

    fn read(inner: &Inner, asked: &Asked<'_>) -> Result<Wanted, &'static str> {
        verify(inner, asked)?;
        if asked.header("x-acs-action") != "SendSms" || asked.header("x-acs-version") != "2017-05-25" {
            return Err("InvalidAction.NotFound");
        }
        let query = asked.uri.query().unwrap_or_default();
        let pairs: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let get = |name: &str| pairs.get(name).cloned().unwrap_or_default();
        let values: BTreeMap<String, String> = match pairs.get("TemplateParam") {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_str(text).map_err(|_| "isv.INVALID_JSON_PARAM")?,
        };
        let template = get("TemplateCode");
        let places = inner.account.templates.get(&template).cloned().unwrap_or_default();
        let in_order = places.iter().filter_map(|place| values.get(place).cloned()).collect();
        let text = SentSms { id: get("OutId"), to: get("PhoneNumbers"), template, values: in_order };
        Ok(Wanted { text, sign_name: get("SignName"), names: Some(values.into_keys().collect()) })
    }

    /// What is wrong with the parameters the service says; all else the gateway before it, which knows signatures, not texts.
    fn turn_away(code: &str) -> Response {
        if code.starts_with("isv.") {
            return Self::say(code, code);
        }
        let document =
            json!({ "Code": code, "Message": code, "HostId": "dysmsapi.aliyuncs.com", "RequestId": "1" });
        (StatusCode::BAD_REQUEST, Json(document)).into_response()
    }

    fn taken(wanted: &Wanted) -> Response {
        let document = json!({
            "Code": "OK", "Message": "OK",
            "BizId": format!("{}^0", wanted.text.id),
            "RequestId": "F655A8D5-B967-440B-8683-DAD6FF8DE990",
        });
        Json(document).into_response()
    }

    fn no(no: No) -> Response {
        match no {
            No::Number | No::Blacklisted => Self::say("isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误"),
            No::Template => Self::say("isv.SMS_TEMPLATE_ILLEGAL", "模板不合法（不存在或被拉黑）"),
            No::Signature => Self::say("isv.SMS_SIGNATURE_ILLEGAL", "签名不合法（不存在或被拉黑）"),
            No::Values => Self::say("isv.TEMPLATE_MISSING_PARAMETERS", "模板变量中存在未赋值变量"),
            No::Frequency => Self::say("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"),
        }
    }

    fn say(code: &str, message: &str) -> Response {
        Json(json!({ "Code": code, "Message": message, "RequestId": "0A974B78-02BF-4C79-ADF3-90CFBA1B55B1" }))
            .into_response()
    }
}

fn verify(inner: &Inner, asked: &Asked<'_>) -> Result<(), &'static str> {
    let given =
        asked.header("authorization").strip_prefix("ACS3-HMAC-SHA256 ").ok_or("IncompleteSignature")?;
    let parts: BTreeMap<&str, &str> = given.split(',').filter_map(|part| part.split_once('=')).collect();
    let part = |name: &str| parts.get(name).copied().ok_or("IncompleteSignature");
    if part("Credential")? != inner.account.key_id {
        return Err("InvalidAccessKeyId.NotFound");
    }
    let names: Vec<&str> = part("SignedHeaders")?.split(';').collect();
    if !names.is_sorted() || SIGNED.iter().any(|needed| !names.contains(needed)) {
        return Err("IncompleteSignature");
    }
    let digest = text(&Sha256::digest(asked.body));
    if asked.header("x-acs-content-sha256") != digest {
        return Err("SignatureDoesNotMatch");
    }
    let mut canonical =
        format!("POST\n{}\n{}\n", asked.uri.path(), sorted(asked.uri.query().unwrap_or_default()));
    for name in &names {
        canonical.push_str(&format!("{name}:{}\n", asked.header(name).trim()));
    }
    canonical.push_str(&format!("\n{}\n{digest}", names.join(";")));
    let mut mac =
        Hmac::<Sha256>::new_from_slice(inner.account.secret.as_bytes()).map_err(|_| "InternalError")?;
    mac.update(b"ACS3-HMAC-SHA256\n");
    mac.update(text(&Sha256::digest(canonical)).as_bytes());
    if part("Signature")? != text(&mac.finalize().into_bytes()) {
        return Err("SignatureDoesNotMatch");
    }
    let at = Timestamp::parse_rfc3339(asked.header("x-acs-date")).ok_or("InvalidTimeStamp.Format")?;
    if !inner.is_fresh(at, Duration::from_mins(15)) {
        return Err("InvalidTimeStamp.Expired");
    }
    let nonce = asked.header("x-acs-signature-nonce").to_owned();
    if nonce.is_empty() || !inner.desk().nonces.insert(nonce) {
        return Err("SignatureNonceUsed");
    }
    Ok(())
}

/// The query as it has to be signed, whatever it looked like on the way: read, sorted, and written strictly again.
fn sorted(query: &str) -> String {
    let pairs: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let strict = |text: &str| -> String {
        text.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push('%');
                out.push_str(&text_upper(byte));
            }
            out
        })
    };
    pairs
        .iter()
        .map(|(name, value)| format!("{}={}", strict(name), strict(value)))
        .collect::<Vec<_>>()
        .join("&")
}

fn text_upper(byte: u8) -> String {
    format!("{byte:02X}")
}

/// Lower-case hex.
pub(super) fn text(bytes: &[u8]) -> String {
    kernel::hex::encode(bytes)
}
