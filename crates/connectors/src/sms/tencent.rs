//! Tencent Cloud's short message service (腾讯云短信): `SendSms` of 2021-01-11, signed by TC3-HMAC-SHA256.
//!
//! ```text
//! POST {url}/      {"PhoneNumberSet": ["+86…"], "SmsSdkAppId": …, "SignName": …, "TemplateId": …, "TemplateParamSet": […]}
//!                  → {"Response": {"SendStatusSet": [{"Code": "Ok"}]}}
//! ```

use std::sync::Arc;

use http::Method;
use kernel::{Clock, Duration, Timestamp, hex};
use serde_json::{Value, json};

use super::sign::{hmac_sha256, host, lines, sha256_hex};
use super::{SmsCarrier, SmsError, SmsKey, SmsText, conclude, is_e164, readable};
use crate::BoxFuture;
use crate::http::{BaseUrl, Http, Reply, Request};

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const ACTION: &str = "SendSms";
const VERSION: &str = "2021-01-11";
const JSON: &str = "application/json; charset=utf-8";

/// Where the carrier is and who we are there.
#[derive(Debug, Clone)]
pub struct TencentSettings {
    /// Usually `https://sms.tencentcloudapi.com`.
    pub url: BaseUrl,
    pub key: SmsKey,
    /// Usually `ap-guangzhou`.
    pub region: String,
    /// The SdkAppId of the application (应用) in the console of the service.
    pub app_id: String,
    /// The approved signature (短信签名), without brackets.
    pub sign_name: String,
}

/// Tencent Cloud.
#[derive(Debug, Clone)]
pub struct TencentSms {
    settings: TencentSettings,
    http: Http,
    clock: Arc<dyn Clock>,
}

impl TencentSms {
    pub fn new(settings: TencentSettings, http: Http, clock: Arc<dyn Clock>) -> Self {
        Self { settings, http, clock }
    }

    async fn hand_over(&self, text: &SmsText) -> Result<(), SmsError> {
        if !is_e164(&text.to) {
            return Err(SmsError::Refused { code: "not_e164".to_owned() });
        }
        let body = json!({
            "PhoneNumberSet": [text.to],
            "SmsSdkAppId": self.settings.app_id,
            "SignName": self.settings.sign_name,
            "TemplateId": text.template,
            "TemplateParamSet": text.values.iter().map(|(_, value)| value).collect::<Vec<_>>(),
            "SessionContext": text.id,
        })
        .to_string();
        let url = self.settings.url.join(&[]);
        let (host, now) = (host(&url), self.clock.now());
        let action = ACTION.to_ascii_lowercase();
        let signed = [("content-type", JSON), ("host", host.as_str()), ("x-tc-action", &action)];
        let asked = Asked { service: "sms", at: now, headers: &signed, body: &body };
        let authorization = authorization(&self.settings.key, &asked);
        let at = now.as_secs().to_string();
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", JSON),
            ("x-tc-action", ACTION),
            ("x-tc-timestamp", &at),
            ("x-tc-version", VERSION),
            ("x-tc-region", &self.settings.region),
        ];
        let request = Request { method: Method::POST, url, headers: &headers, body: body.into_bytes() };
        judge(&self.http.send(request).await.map_err(conclude)?)
    }
}

impl SmsCarrier for TencentSms {
    fn send<'a>(&'a self, text: &'a SmsText) -> BoxFuture<'a, Result<(), SmsError>> {
        Box::pin(self.hand_over(text))
    }
}

/// What a signature covers. Headers in the order of their names, names and values lower-case.
struct Asked<'a> {
    service: &'a str,
    at: Timestamp,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
}

/// The `Authorization` header of a POST; its path is always `/`.
fn authorization(key: &SmsKey, asked: &Asked<'_>) -> String {
    let headers = lines(asked.headers);
    let names = asked.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("POST\n/\n\n{headers}\n{names}\n{}", sha256_hex(asked.body.as_bytes()));
    let day = asked.at.to_jiff().strftime("%Y-%m-%d").to_string();
    let scope = format!("{day}/{}/tc3_request", asked.service);
    let text = format!("{ALGORITHM}\n{}\n{scope}\n{}", asked.at.as_secs(), sha256_hex(canonical.as_bytes()));
    let of_day = hmac_sha256(format!("TC3{}", key.secret).as_bytes(), &day);
    let of_service = hmac_sha256(of_day.as_ref(), asked.service);
    let of_request = hmac_sha256(of_service.as_ref(), "tc3_request");
    let signature = hex::encode(hmac_sha256(of_request.as_ref(), &text).as_ref());
    format!("{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", key.id)
}

/// One number was asked for, so one status is the answer; an error is about the request as a whole.
fn judge(reply: &Reply) -> Result<(), SmsError> {
    let unknown = || SmsError::Unknown(format!("status {} and nothing that reads", reply.status));
    if !reply.status.is_success() {
        return Err(unknown());
    }
    let said: Value = serde_json::from_slice(&reply.body).map_err(|_| unknown())?;
    let statuses = said.pointer("/Response/SendStatusSet").and_then(Value::as_array);
    let code = |of: &Value| of.get("Code").and_then(Value::as_str).map(str::to_owned);
    let error = said.pointer("/Response/Error").and_then(code);
    match (error, statuses.map_or(&[][..], Vec::as_slice)) {
        (None, [one]) => match code(one) {
            Some(code) if code == "Ok" => Ok(()),
            Some(code) => Err(refusal(&code)),
            None => Err(unknown()),
        },
        (Some(code), []) => Err(refusal(&code)),
        _ => Err(unknown()),
    }
}

fn refusal(code: &str) -> SmsError {
    let (said, code) = (code, readable(code));
    let limited = |wait| SmsError::Limited { code: code.clone(), wait };
    match said {
        "LimitExceeded.PhoneNumberThirtySecondLimit" => limited(Duration::from_secs(30)),
        "LimitExceeded.DeliveryFrequencyLimit" | "LimitExceeded.GlobalSmsSendingRateLimit" => {
            limited(Duration::from_mins(1))
        }
        "LimitExceeded.PhoneNumberOneHourLimit" => limited(Duration::from_hours(1)),
        "LimitExceeded.PhoneNumberCountLimit"
        | "LimitExceeded.AppCountryOrRegionInBlacklist"
        | "FailedOperation.ContainSensitiveWord"
        | "FailedOperation.FailResolvePacket"
        | "FailedOperation.JsonParseFail"
        | "FailedOperation.PhoneNumberInBlacklist"
        | "FailedOperation.SignatureIncorrectOrUnapproved"
        | "FailedOperation.TemplateIncorrectOrUnapproved"
        | "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        | "FailedOperation.TemplateUnapprovedOrNotExist" => SmsError::Refused { code },
        "FailedOperation.InsufficientBalanceInSmsPackage" | "FailedOperation.MarketingSendTimeConstraint" => {
            SmsError::Unavailable(code)
        }
        _ => by_kind(said, code),
    }
}

/// Codes nobody listed here are judged by what stands before the dot.
fn by_kind(said: &str, code: String) -> SmsError {
    match said.split('.').next().unwrap_or_default() {
        // The other limits are those of a day.
        "LimitExceeded" => SmsError::Limited { code, wait: Duration::from_days(1) },
        "RequestLimitExceeded" => SmsError::Limited { code, wait: Duration::from_secs(5) },
        "InvalidParameter" | "InvalidParameterValue" | "MissingParameter" | "UnsupportedOperation" => {
            SmsError::Refused { code }
        }
        "AuthFailure" | "UnauthorizedOperation" | "ResourceInsufficient" | "ResourceUnavailable" => {
            SmsError::Unavailable(code)
        }
        _ => SmsError::Unknown(code),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    /// The worked example of the carrier's documentation of the signature ("签名方法 v3", `DescribeInstances`), as it stands
    /// there today and as it stood before `x-tc-action` was signed too.
    #[test]
    fn the_signature_is_the_one_of_the_documentation() {
        let body =
            r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let headers = [
            ("content-type", JSON),
            ("host", "cvm.tencentcloudapi.com"),
            ("x-tc-action", "describeinstances"),
        ];
        for (secret, signed, want) in [
            (
                "Gu5t9xGARNpq86cd98joQYCN3*******",
                3,
                "be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3",
            ),
            (
                "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
                2,
                "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
            ),
        ] {
            let key = SmsKey { id: "AKID".to_owned(), secret: secret.to_owned() };
            let at = Timestamp::from_secs(1_551_113_065);
            let asked = Asked { service: "cvm", at, headers: &headers[..signed], body };
            let made = authorization(&key, &asked);
            assert!(
                made.starts_with("TC3-HMAC-SHA256 Credential=AKID/2019-02-25/cvm/tc3_request, "),
                "{made}"
            );
            assert!(made.ends_with(&format!(", Signature={want}")), "{made}");
        }
    }

    fn answered(status: u16, body: &str) -> Result<(), SmsError> {
        let status = StatusCode::from_u16(status).unwrap();
        judge(&Reply { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() })
    }

    #[test]
    fn from_an_answer_follows_what_it_says_and_no_more() {
        let limited = |code: &str, wait| SmsError::Limited { code: code.to_owned(), wait };
        let refused = |code: &str| SmsError::Refused { code: code.to_owned() };
        let (half, hour) =
            ("LimitExceeded.PhoneNumberThirtySecondLimit", "LimitExceeded.PhoneNumberOneHourLimit");
        let (day, many) = ("LimitExceeded.PhoneNumberDailyLimit", "RequestLimitExceeded");
        let (black, wrong) =
            ("FailedOperation.PhoneNumberInBlacklist", "InvalidParameterValue.IncorrectPhoneNumber");
        let (poor, forged) =
            ("FailedOperation.InsufficientBalanceInSmsPackage", "AuthFailure.SignatureFailure");
        for (code, want) in [
            (half, limited(half, Duration::from_secs(30))),
            (hour, limited(hour, Duration::from_hours(1))),
            (day, limited(day, Duration::from_days(1))),
            (many, limited(many, Duration::from_secs(5))),
            (black, refused(black)),
            (wrong, refused(wrong)),
            (poor, SmsError::Unavailable(poor.to_owned())),
            (forged, SmsError::Unavailable(forged.to_owned())),
            ("InternalError.SendAndRecvFail", SmsError::Unknown("InternalError.SendAndRecvFail".to_owned())),
            ("FailedOperation", SmsError::Unknown("FailedOperation".to_owned())),
        ] {
            let one =
                json!({ "Response": { "SendStatusSet": [{ "Code": code }], "RequestId": "r" } }).to_string();
            assert_eq!(answered(200, &one), Err(want.clone()), "{code}");
            let whole = json!({ "Response": { "Error": { "Code": code }, "RequestId": "r" } }).to_string();
            assert_eq!(answered(200, &whole), Err(want), "{code}");
        }
        let ok = r#"{"Response":{"SendStatusSet":[{"Code":"Ok"}]}}"#;
        assert_eq!(answered(200, ok), Ok(()));
        assert!(matches!(answered(502, ok), Err(SmsError::Unknown(_))));
        for nonsense in [
            "",
            "<html>",
            "{}",
            r#"{"Response":{}}"#,
            r#"{"Response":{"SendStatusSet":[]}}"#,
            r#"[[[["Ok"]]]]"#,
        ] {
            assert!(matches!(answered(200, nonsense), Err(SmsError::Unknown(_))), "{nonsense}");
        }
    }
}
