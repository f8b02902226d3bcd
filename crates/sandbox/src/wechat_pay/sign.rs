//! Who signs what, in code of the sandbox's own.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, Uri};
use kernel::Timestamp;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::{Value, json};

use super::Said;
use crate::config::{Config, Desk};
use crate::world::World;
use crate::{dice, rsa};

pub(super) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000080242026112100000000000001";

/// A certificate of this WeChat Pay and its key.
pub(super) struct Signer {
    pub serial: &'static str,
    pub certificate: &'static str,
    key: &'static str,
}

/// The one in use and the one that follows.
pub(super) const SIGNERS: [Signer; 2] = [
    Signer {
        serial: "3770E0F865E10D49F8851944B5667557A66049EF",
        certificate: include_str!("platform.crt.pem"),
        key: include_str!("platform.pem"),
    },
    Signer {
        serial: "02FF2E299021814BE230A30BB26A8B447A64AB88",
        certificate: include_str!("next.crt.pem"),
        key: include_str!("next.pem"),
    },
];

/// A request as it is signed.
pub(crate) struct Asked<'a> {
    pub method: Method,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// Whether the merchant wants to be answered under the name of the public key.
pub(super) fn wants_public_key(headers: &HeaderMap) -> bool {
    headers.get("wechatpay-serial").is_some_and(|id| id == PUBLIC_KEY_ID)
}

/// Whether the merchant's signature is good.
pub(super) fn check(config: &Config, asked: &Asked<'_>, now: Timestamp) -> Result<(), &'static str> {
    let header = asked.headers.get("authorization").and_then(|value| value.to_str().ok());
    let list = header.and_then(|text| text.strip_prefix("WECHATPAY2-SHA256-RSA2048 ")).ok_or("缺少签名")?;
    let part = |name: &str| {
        let mut pairs = list.split(',').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(own, _)| *own == name).map(|(_, value)| value.trim_matches('"'))
    };
    let get = |name| part(name).ok_or("签名不完整");
    if get("mchid")? != config.merchants.wechat_mchid || get("serial_no")? != super::SHOP_SERIAL {
        return Err("商户号或证书序列号不对");
    }
    let timestamp = get("timestamp")?;
    let at: i64 = timestamp.parse().map_err(|_| "时间戳不对")?;
    if at.abs_diff(now.as_secs()) > 300 {
        return Err("时间戳过期");
    }
    let target = asked.uri.path_and_query().map_or("/", |target| target.as_str());
    let body = std::str::from_utf8(asked.body).map_err(|_| "报文不是文本")?;
    let text = format!("{}\n{target}\n{timestamp}\n{}\n{body}\n", asked.method, get("nonce_str")?);
    if rsa::verify(include_str!("shop.rsa.pem"), &text, get("signature")?) {
        Ok(())
    } else {
        Err("签名错误")
    }
}

/// The headers of a message, signed.
pub(super) fn headers(
    world: &World,
    id: &str,
    body: &str,
    public_key: bool,
    at: Timestamp,
) -> [(&'static str, String); 4] {
    let next = world.hits(world.knobs(Desk::Wechat).next_certificate_percent, "certificate", id);
    let [now, then] = &SIGNERS;
    let signer = if next { then } else { now };
    let serial = if public_key { PUBLIC_KEY_ID } else { signer.serial };
    let key = if public_key { now.key } else { signer.key };
    let nonce = format!(
        "{:016x}{:016x}",
        dice::bits(world.seed, "nonce", id, 0),
        dice::bits(world.seed, "nonce", id, 1)
    );
    let timestamp = at.as_secs().to_string();
    let signature = rsa::sign(key, &format!("{timestamp}\n{nonce}\n{body}\n"));
    [
        ("wechatpay-serial", serial.to_owned()),
        ("wechatpay-timestamp", timestamp),
        ("wechatpay-nonce", nonce),
        ("wechatpay-signature", signature),
    ]
}

/// Signs an answer, unless a knob says otherwise.
pub(super) fn answer(world: &World, said: Said, public_key: bool, now: Timestamp) -> Response {
    let knobs = world.knobs(Desk::Wechat);
    let id = format!("{}/{}", said.body, now.as_micros());
    let signed = headers(world, &id, &said.body, public_key, now);
    let mut response = Response::builder().status(said.status).header("content-type", "application/json");
    if !world.hits(knobs.unsigned_answer_percent, "unsigned", &id) {
        for (name, value) in signed {
            response = response.header(name, value);
        }
    }
    let forged = world.hits(knobs.forged_answer_percent, "forged", &id);
    let body = if forged { said.body.replace("NOTPAY", "SUCCESS").replace('{', "{ ") } else { said.body };
    response.body(Body::from(body)).unwrap_or_default()
}

/// Seals something with the merchant's APIv3 key.
pub(super) fn seal(world: &World, purpose: &str, plain: &str, id: &str) -> Value {
    let nonce =
        format!("{:016x}", dice::bits(world.seed, purpose, id, 0)).chars().take(12).collect::<String>();
    let key = UnboundKey::new(&AES_256_GCM, world.merchants.wechat_api_v3_key.as_bytes());
    let mut bytes = plain.as_bytes().to_vec();
    let number: Result<[u8; 12], _> = nonce.as_bytes().try_into();
    if let (Ok(key), Ok(number)) = (key, number) {
        let number = Nonce::assume_unique_for_key(number);
        let sealed =
            LessSafeKey::new(key).seal_in_place_append_tag(number, Aad::from(purpose.as_bytes()), &mut bytes);
        if sealed.is_err() {
            bytes.clear();
        }
    }
    json!({
        "algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": purpose, "ciphertext": STANDARD.encode(bytes),
    })
}
