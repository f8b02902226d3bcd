//! Alibaba Cloud's short message service (阿里云短信服务): `SendSms` of 2017-05-25, signed by ACS3-HMAC-SHA256.
//!
//! ```text
//! POST {url}/?OutId=…&PhoneNumbers=…&SignName=…&TemplateCode=…&TemplateParam=…      → {"Code": "OK", "BizId": …}
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Method;
use kernel::{Clock, Duration, Rng, Timestamp, hex};
use serde_json::Value;

use super::sign::{encode, hmac_sha256, host, lines, sha256_hex};
use super::{SmsCarrier, SmsError, SmsKey, SmsText, conclude, is_e164, readable};
use crate::BoxFuture;
use crate::http::{BaseUrl, Http, Reply, Request};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const ACTION: &str = "SendSms";
const VERSION: &str = "2017-05-25";

/// Where the carrier is and who we are there.
#[derive(Debug, Clone)]
pub struct AliyunSettings {
    /// Usually `https://dysmsapi.aliyuncs.com`.
    pub url: BaseUrl,
    pub key: SmsKey,
    /// The approved signature (短信签名), without brackets.
    pub sign_name: String,
}

/// Alibaba Cloud.
#[derive(Debug, Clone)]
pub struct AliyunSms {
    settings: AliyunSettings,
    http: Http,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl AliyunSms {
    pub fn new(settings: AliyunSettings, http: Http, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { settings, http, clock, rng }
    }

    async fn hand_over(&self, text: &SmsText) -> Result<(), SmsError> {
        if !is_e164(&text.to) {
            return Err(SmsError::Refused { code: "not_e164".to_owned() });
        }
        let query = self.query(text);
        let mut url = self.settings.url.join(&[]);
        url.set_query(Some(&query));
        let mut nonce = [0; 16];
        self.rng.fill(&mut nonce);
        let (host, date, nonce) = (host(&url), date(self.clock.now()), hex::encode(&nonce));
        let digest = sha256_hex(b"");
        let signed = [
            ("host", host.as_str()),
            ("x-acs-action", ACTION),
            ("x-acs-content-sha256", &digest),
            ("x-acs-date", &date),
            ("x-acs-signature-nonce", &nonce),
            ("x-acs-version", VERSION),
        ];
        let asked = Asked { path: url.path(), query: &query, headers: &signed, digest: &digest };
        let authorization = authorization(&self.settings.key, &asked);
        // The client writes `host` itself.
        let unsigned = [("authorization", authorization.as_str()), ("accept", "application/json")];
        let headers: Vec<_> = signed.into_iter().skip(1).chain(unsigned).collect();
        let request = Request { method: Method::POST, url, headers: &headers, body: Vec::new() };
        judge(&self.http.send(request).await.map_err(conclude)?)
    }

    /// Sorted and encoded as it is signed.
    fn query(&self, text: &SmsText) -> String {
        let values: BTreeMap<&str, &str> =
            text.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // Numbers of the mainland go without their country code, all others without the plus.
        let digits = text.to.trim_start_matches('+');
        let number = text.to.strip_prefix("+86").unwrap_or(digits);
        let mut pairs = vec![
            ("OutId", text.id.clone()),
            ("PhoneNumbers", number.to_owned()),
            ("SignName", self.settings.sign_name.clone()),
            ("TemplateCode", text.template.clone()),
        ];
        if !values.is_empty() {
            pairs.push(("TemplateParam", serde_json::json!(values).to_string()));
        }
        let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

impl SmsCarrier for AliyunSms {
    fn send<'a>(&'a self, text: &'a SmsText) -> BoxFuture<'a, Result<(), SmsError>> {
        Box::pin(self.hand_over(text))
    }
}

/// What a signature covers. Headers in the order of their names, lower-case.
struct Asked<'a> {
    path: &'a str,
    query: &'a str,
    headers: &'a [(&'a str, &'a str)],
    /// Of the body.
    digest: &'a str,
}

/// The `Authorization` header of a POST.
fn authorization(key: &SmsKey, asked: &Asked<'_>) -> String {
    let headers = lines(asked.headers);
    let names = asked.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("POST\n{}\n{}\n{headers}\n{names}\n{}", asked.path, asked.query, asked.digest);
    let text = format!("{ALGORITHM}\n{}", sha256_hex(canonical.as_bytes()));
    let signature = hex::encode(hmac_sha256(key.secret.as_bytes(), &text).as_ref());
    format!("{ALGORITHM} Credential={},SignedHeaders={names},Signature={signature}", key.id)
}

/// `2026-11-21T12:45:13Z`.
fn date(now: Timestamp) -> String {
    Timestamp::from_secs(now.as_secs()).to_jiff().to_string()
}

/// The service answers 200 and a code; other statuses are of the gateway before it, which did not let the request in.
fn judge(reply: &Reply) -> Result<(), SmsError> {
    let status = reply.status;
    let said: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    let Some(code) = text("Code") else {
        return Err(SmsError::Unknown(format!("status {status} and nothing that reads")));
    };
    if status.is_success() && code == "OK" {
        return Ok(());
    }
    let code = readable(code);
    if code.starts_with("Throttling") {
        return Err(SmsError::Limited { code, wait: Duration::from_secs(5) });
    }
    if status.is_success() {
        Err(refusal(code, text("Message").unwrap_or_default()))
    } else if status.is_client_error() {
        Err(SmsError::Unavailable(code))
    } else {
        Err(SmsError::Unknown(code))
    }
}

/// `isv.` is the carrier's mark of what the caller did. Of what it says about itself (`isp.`) nothing follows.
fn refusal(code: String, message: &str) -> SmsError {
    match code.as_str() {
        "isv.BUSINESS_LIMIT_CONTROL" => SmsError::Limited { wait: how_long(message), code },
        "isv.DAY_LIMIT_CONTROL" | "isv.MONTH_LIMIT_CONTROL" => {
            SmsError::Limited { wait: Duration::from_days(1), code }
        }
        "isv.OUT_OF_SERVICE"
        | "isv.AMOUNT_NOT_ENOUGH"
        | "isv.PRODUCT_UN_SUBSCRIPT"
        | "isv.PRODUCT_UNSUBSCRIBE"
        | "isv.ACCOUNT_NOT_EXISTS"
        | "isv.ACCOUNT_ABNORMAL"
        | "isp.RAM_PERMISSION_DENY" => SmsError::Unavailable(code),
        other if other.starts_with("isv.") => SmsError::Refused { code },
        _ => SmsError::Unknown(code),
    }
}

/// Which of its rules it was stands in the words alone: 触发分钟级流控, 触发小时级流控, 触发天级流控.
fn how_long(message: &str) -> Duration {
    if message.contains("天级") {
        Duration::from_days(1)
    } else if message.contains("小时级") {
        Duration::from_hours(1)
    } else {
        Duration::from_mins(1)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    /// The worked example of the carrier's documentation of the signature ("V3版本请求体&签名机制", `RunInstances`).
    #[test]
    fn the_signature_is_the_one_of_the_documentation() {
        let key = SmsKey { id: "YourAccessKeyId".to_owned(), secret: "YourAccessKeySecret".to_owned() };
        let digest = sha256_hex(b"");
        let at = Timestamp::parse_rfc3339("2023-10-26T10:22:32Z").unwrap();
        let headers = [
            ("host", "ecs.cn-shanghai.aliyuncs.com"),
            ("x-acs-action", "RunInstances"),
            ("x-acs-content-sha256", &digest),
            ("x-acs-date", &date(at)),
            ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
            ("x-acs-version", "2014-05-26"),
        ];
        let query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
        let asked = Asked { path: "/", query, headers: &headers, digest: &digest };
        let want = "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,\
            SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,\
            Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0";
        assert_eq!(authorization(&key, &asked), want);
    }

    fn answered(status: u16, body: &str) -> Result<(), SmsError> {
        let status = StatusCode::from_u16(status).unwrap();
        judge(&Reply { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() })
    }

    #[test]
    fn from_an_answer_follows_what_it_says_and_no_more() {
        let limited = |code: &str, wait| SmsError::Limited { code: code.to_owned(), wait };
        let refused = |code: &str| SmsError::Refused { code: code.to_owned() };
        let busy = "isv.BUSINESS_LIMIT_CONTROL";
        for (status, code, message, want) in [
            (200, busy, "触发分钟级流控Permits:1", limited(busy, Duration::from_mins(1))),
            (200, busy, "触发小时级流控Permits:5", limited(busy, Duration::from_hours(1))),
            (200, busy, "触发天级流控Permits:10", limited(busy, Duration::from_days(1))),
            (400, "Throttling.User", "", limited("Throttling.User", Duration::from_secs(5))),
            (200, "isv.MOBILE_NUMBER_ILLEGAL", "", refused("isv.MOBILE_NUMBER_ILLEGAL")),
            (200, "isv.SMS_TEMPLATE_ILLEGAL", "", refused("isv.SMS_TEMPLATE_ILLEGAL")),
            (200, "isv.OUT_OF_SERVICE", "", SmsError::Unavailable("isv.OUT_OF_SERVICE".to_owned())),
            (200, "isp.SYSTEM_ERROR", "", SmsError::Unknown("isp.SYSTEM_ERROR".to_owned())),
            (400, "SignatureDoesNotMatch", "", SmsError::Unavailable("SignatureDoesNotMatch".to_owned())),
            (503, "ServiceUnavailable", "", SmsError::Unknown("ServiceUnavailable".to_owned())),
            (500, "OK", "", SmsError::Unknown("OK".to_owned())),
        ] {
            let body = serde_json::json!({ "Code": code, "Message": message }).to_string();
            assert_eq!(answered(status, &body), Err(want), "{status} {code} {message}");
        }
        assert_eq!(answered(200, r#"{"Code":"OK","Message":"OK","BizId":"1^0"}"#), Ok(()));
        for nonsense in ["", "<html>", "{}", "[\"OK\"]"] {
            assert!(matches!(answered(200, nonsense), Err(SmsError::Unknown(_))), "{nonsense}");
        }
    }
}
