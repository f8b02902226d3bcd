//! Tencent Cloud's short message service as its clients see it. It answers 200 to everything.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Duration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::aliyun::text;
use super::{Asked, Dialect, Inner, No, SentSms, Wanted};

pub(super) struct Tencent;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendSms {
    phone_number_set: Vec<String>,
    sms_sdk_app_id: String,
    sign_name: String,
    template_id: String,
    #[serde(default)]
    template_param_set: Vec<String>,
    #[serde(default)]
    session_context: String,
}

impl Dialect for Tencent {
    const EVERY: Duration = Duration::from_secs(30);

    fn read(inner: &Inner, asked: &Asked<'_>) -> Result<Wanted, &'static str> {
        verify(inner, asked)?;
        if asked.header("x-tc-action") != "SendSms" || asked.header("x-tc-version") != "2021-01-11" {
            return Err("InvalidAction");
        }
        if asked.header("x-tc-region").is_empty() {
            return Err("MissingParameter");
        }
        let wanted: SendSms =
            serde_json::from_slice(asked.body).map_err(|_| "FailedOperation.JsonParseFail")?;
        if wanted.sms_sdk_app_id != inner.account.app_id {
            return Err("UnauthorizedOperation.SmsSdkAppIdVerifyFail");
        }
        let [number] = wanted.phone_number_set.as_slice() else {
            return Err("MissingParameter.EmptyPhoneNumberSet");
        };
        let text = SentSms {
            id: wanted.session_context,
            to: number.clone(),
            template: wanted.template_id,
            values: wanted.template_param_set,
        };
        Ok(Wanted { text, sign_name: wanted.sign_name, names: None })
    }

    fn turn_away(code: &str) -> Response {
        let id = "ed93f3cb-f35e-473f-b9f3-0d451b8b79c6";
        Json(json!({ "Response": { "Error": { "Code": code, "Message": code }, "RequestId": id } }))
            .into_response()
    }

    fn taken(wanted: &Wanted) -> Response {
        status("Ok", "send success", &wanted.text.to)
    }

    fn no(no: No) -> Response {
        let code = match no {
            No::Number => "InvalidParameterValue.IncorrectPhoneNumber",
            No::Blacklisted => "FailedOperation.PhoneNumberInBlacklist",
            No::Template => "FailedOperation.TemplateIncorrectOrUnapproved",
            No::Signature => "FailedOperation.SignatureIncorrectOrUnapproved",
            No::Values => "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
            No::Frequency => "LimitExceeded.PhoneNumberThirtySecondLimit",
        };
        status(code, code, "")
    }

    fn say(code: &str, message: &str) -> Response {
        status(code, message, "")
    }
}

fn status(code: &str, message: &str, number: &str) -> Response {
    let one = json!({
        "SerialNo": "5000:1045710669157053657849499619", "PhoneNumber": number, "Fee": 1,
        "SessionContext": "", "Code": code, "Message": message, "IsoCode": "CN",
    });
    let id = "a0aabda6-cf91-4f3e-a81f-9198114a2279";
    Json(json!({ "Response": { "SendStatusSet": [one], "RequestId": id } })).into_response()
}

/// What the signature covers is put together from what arrived, the key from the day the sender names.
fn verify(inner: &Inner, asked: &Asked<'_>) -> Result<(), &'static str> {
    const BAD: &str = "AuthFailure.InvalidAuthorization";
    let given = asked.header("authorization").strip_prefix("TC3-HMAC-SHA256 ").ok_or(BAD)?;
    let mut parts = given.split(", ").filter_map(|part| part.split_once('='));
    let mut part = |name: &str| match parts.next() {
        Some((is, value)) if is == name => Ok(value),
        _ => Err(BAD),
    };
    let (credential, names, signature) = (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
    let (key_id, scope) = credential.split_once('/').ok_or(BAD)?;
    if key_id != inner.account.key_id {
        return Err("AuthFailure.SecretIdNotFound");
    }
    let at: i64 = asked.header("x-tc-timestamp").parse().map_err(|_| "MissingParameter")?;
    let at = Timestamp::from_secs(at);
    if !inner.is_fresh(at, Duration::from_mins(5)) {
        return Err("AuthFailure.SignatureExpire");
    }
    let day: String = at.to_rfc3339().chars().take(10).collect();
    if scope != format!("{day}/sms/tc3_request") {
        return Err("AuthFailure.SignatureFailure");
    }
    let names: Vec<&str> = names.split(';').collect();
    if !names.is_sorted() || !names.contains(&"content-type") || !names.contains(&"host") {
        return Err(BAD);
    }
    let headers = names
        .iter()
        .fold(String::new(), |all, name| all + name + ":" + &asked.header(name).trim().to_lowercase() + "\n");
    let payload = text(&Sha256::digest(asked.body));
    let canonical = format!(
        "POST\n/\n{}\n{headers}\n{}\n{payload}",
        asked.uri.query().unwrap_or_default(),
        names.join(";")
    );
    let canonical = text(&Sha256::digest(canonical));
    let to_sign = format!("TC3-HMAC-SHA256\n{}\n{scope}\n{canonical}", at.as_secs());
    let mut key = format!("TC3{}", inner.account.secret).into_bytes();
    for step in [day.as_str(), "sms", "tc3_request", &to_sign] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| "InternalError")?;
        mac.update(step.as_bytes());
        key = mac.finalize().into_bytes().to_vec();
    }
    if signature == text(&key) { Ok(()) } else { Err("AuthFailure.SignatureFailure") }
}
