//! WebAuthn as this site speaks it: who we are to authenticators, what we ask of them, and when an answer counts. Pure but
//! for the challenge, which the library draws.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{AccountId, FieldError};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use webauthn_rs::prelude::{
    Credential, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::Error;
use crate::account::AccountState;
use crate::notice::Notice;

use super::model::{Owned, VALID};

/// Answers are a few hundred bytes, with an attestation a few thousand. Longer ones are not read.
pub(crate) const LONGEST_ANSWER: usize = 16 * 1024;
/// WebAuthn level 3, 4: a credential id has at most 1023 bytes.
const LONGEST_CREDENTIAL_ID: usize = 1023;
const LONGEST_NAME: usize = 40;
/// ES256 and RS256. EdDSA (-8) cannot be offered: the library reads such keys and cannot check their signatures.
const ALGORITHMS: [i64; 2] = [-7, -257];
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "internal", "hybrid", "smart-card"];

/// This site as authenticators know it. Made from the public address only, never from a request.
#[derive(Debug, Clone)]
pub struct Party {
    webauthn: Webauthn,
    id: String,
}

impl Party {
    /// `None` where passkeys cannot work: on a bare network address, and without TLS anywhere but on `localhost`.
    pub fn of(public_url: &str) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let id = origin.domain()?.to_owned();
        let is_secure = origin.scheme() == "https" || (origin.scheme() == "http" && id == "localhost");
        let builder = WebauthnBuilder::new(&id, &origin).ok().filter(|_| is_secure)?;
        let secs = u64::try_from(VALID.as_secs()).ok()?;
        let webauthn =
            builder.rp_name("长明 Everlit").timeout(std::time::Duration::from_secs(secs)).build().ok()?;
        Some(Self { webauthn, id })
    }

    /// The RP id: a domain.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What to ask the browser for a new passkey, and what to keep until it answers. `name` is what the person's list of
    /// passkeys shows; `known` are the credential ids the account has.
    pub(crate) fn ask_new(
        &self,
        handle: [u8; 16],
        name: &str,
        known: Vec<Vec<u8>>,
    ) -> Result<(Value, Vec<u8>), Error> {
        let (options, state) = self
            .webauthn
            .start_passkey_registration(Uuid::from_bytes(handle), name, name, Some(known))
            .map_err(Error::bug)?;
        let mut options = public_key(&options)?;
        let params: Vec<Value> =
            ALGORITHMS.iter().map(|alg| json!({ "type": "public-key", "alg": alg })).collect();
        merge(&mut options, "pubKeyCredParams", params.into());
        // Discoverable, so that nobody has to type who they are; verified, so that it counts as two factors.
        merge(
            &mut options,
            "authenticatorSelection",
            json!({ "residentKey": "required", "requireResidentKey": true, "userVerification": "required" }),
        );
        Ok((options, serde_json::to_vec(&state).map_err(Error::bug)?))
    }

    /// What to ask for an assertion. `allowed` are credential ids with transports; none means whichever the person chooses.
    pub(crate) fn ask_proof(&self, allowed: &[(Vec<u8>, String)]) -> Result<(Value, Vec<u8>), Error> {
        let (options, state) = self.webauthn.start_discoverable_authentication().map_err(Error::bug)?;
        let mut options = public_key(&options)?;
        let allowed: Vec<Value> = allowed
            .iter()
            .map(|(id, transports)| {
                let transports: Vec<&str> = transports.split(',').filter(|word| !word.is_empty()).collect();
                json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id), "transports": transports })
            })
            .collect();
        merge(&mut options, "allowCredentials", allowed.into());
        merge(&mut options, "extensions", json!({}));
        Ok((options, serde_json::to_vec(&state).map_err(Error::bug)?))
    }

    /// Checks type, challenge, origin, RP id, presence, verification and algorithm of a new credential.
    pub(crate) fn check_new(&self, answer: &NewAnswer, state: &[u8]) -> Result<Made, Doubt> {
        let state: PasskeyRegistration = serde_json::from_slice(state).map_err(|_| Doubt("state"))?;
        let passkey =
            self.webauthn.finish_passkey_registration(&answer.0, &state).map_err(|error| doubt(&error))?;
        let id = passkey.cred_id().clone();
        if id != answer.0.raw_id || id.len() > LONGEST_CREDENTIAL_ID {
            return Err(Doubt("credential_id"));
        }
        let credential = Credential::from(passkey);
        Ok(Made {
            id,
            sign_count: credential.counter,
            backup_eligible: credential.backup_eligible,
            backup_state: credential.backup_state,
            transports: transports(answer),
            credential: serde_json::to_vec(&Passkey::from(credential)).map_err(|_| Doubt("state"))?,
        })
    }

    /// Checks type, challenge, origin, RP id, presence, verification and signature of an assertion. The counter is the
    /// caller's to judge: going backwards is an alarm, not a refusal.
    pub(crate) fn check_proof(
        &self,
        answer: &ProofAnswer,
        state: &[u8],
        credential: &[u8],
    ) -> Result<Shown, Doubt> {
        if is_framed(answer) {
            return Err(Doubt("origin"));
        }
        let state: DiscoverableAuthentication = serde_json::from_slice(state).map_err(|_| Doubt("state"))?;
        let passkey: Passkey = serde_json::from_slice(credential).map_err(|_| Doubt("state"))?;
        let mut credential = Credential::from(passkey);
        credential.counter = 0;
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(&answer.0, state, &credential)
            .map_err(|error| doubt(&error))?;
        if !result.user_verified() {
            return Err(Doubt("verification"));
        }
        Ok(Shown { sign_count: result.counter(), backup_state: result.backup_state() })
    }
}

/// Where a ceremony takes place: this site, in this browser.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    pub party: &'a Party,
    /// What only this browser has: made from its session or guest cookie.
    pub browser: &'a str,
    /// The browser, as it calls itself.
    pub agent: &'a str,
}

/// Why an answer does not count, in a word for the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doubt(pub &'static str);

/// A credential that was made.
pub(crate) struct Made {
    pub id: Vec<u8>,
    pub sign_count: u32,
    pub backup_eligible: bool,
    pub backup_state: bool,
    pub transports: String,
    /// For the table, to be sealed.
    pub credential: Vec<u8>,
}

/// What an assertion said besides who it was.
pub(crate) struct Shown {
    pub sign_count: u32,
    pub backup_state: bool,
}

/// An attestation as it was read.
pub(crate) struct NewAnswer(RegisterPublicKeyCredential);

/// An assertion as it was read.
pub(crate) struct ProofAnswer(PublicKeyCredential);

impl NewAnswer {
    pub(crate) fn read(text: &str) -> Result<Self, Doubt> {
        let answer: RegisterPublicKeyCredential = read(text)?;
        fits(&answer.id, answer.raw_id.as_ref(), &answer.type_)?;
        Ok(Self(answer))
    }
}

impl ProofAnswer {
    pub(crate) fn read(text: &str) -> Result<Self, Doubt> {
        let answer: PublicKeyCredential = read(text)?;
        fits(&answer.id, answer.raw_id.as_ref(), &answer.type_)?;
        Ok(Self(answer))
    }

    pub(crate) fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }

    pub(crate) fn user_handle(&self) -> Option<&[u8]> {
        self.0.get_user_unique_id()
    }
}

/// The length is looked at before anything is parsed.
fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Doubt> {
    if text.len() > LONGEST_ANSWER {
        return Err(Doubt("oversized"));
    }
    serde_json::from_str(text).map_err(|_| Doubt("malformed"))
}

fn fits(id: &str, raw_id: &[u8], kind: &str) -> Result<(), Doubt> {
    let same = URL_SAFE_NO_PAD.decode(id).is_ok_and(|bytes| bytes == raw_id);
    if kind == "public-key" && same && !raw_id.is_empty() { Ok(()) } else { Err(Doubt("malformed")) }
}

/// Whether the assertion was made inside a frame of another site, which ours never are.
fn is_framed(answer: &ProofAnswer) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Client {
        cross_origin: Option<bool>,
        top_origin: Option<String>,
    }
    let client = serde_json::from_slice::<Client>(answer.0.response.client_data_json.as_ref());
    client.is_ok_and(|client| client.cross_origin == Some(true) || client.top_origin.is_some())
}

/// Whether this passkey may answer for this account. Somebody who has not said who they are must bring the handle.
pub(crate) fn belongs(
    answer: &ProofAnswer,
    owned: &Owned,
    handle: &[u8],
    account: Option<AccountId>,
) -> Result<(), Doubt> {
    let handle_fits = match answer.user_handle() {
        Some(given) => given.ct_eq(handle).into(),
        None => account.is_some(),
    };
    if account.is_some_and(|account| account != owned.key.account) {
        Err(Doubt("foreign"))
    } else if !handle_fits {
        Err(Doubt("handle"))
    } else if owned.state != AccountState::Active {
        Err(Doubt("state"))
    } else {
        Ok(())
    }
}

/// The credential id inside what the table keeps of a credential.
pub(crate) fn id_of(credential: &[u8]) -> Result<Vec<u8>, Error> {
    let passkey: Passkey = serde_json::from_slice(credential).map_err(Error::bug)?;
    Ok(passkey.cred_id().clone())
}

/// A credential id as it is indexed.
pub(crate) fn text_of(credential_id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(credential_id)
}

/// The same, from what the table keeps of a credential.
pub(crate) fn text_of_id(credential: &[u8]) -> Option<String> {
    id_of(credential).ok().map(|id| text_of(&id))
}

/// What the browser says of how the authenticator is reached: a hint, kept as far as we know the words.
fn transports(answer: &NewAnswer) -> String {
    let said = serde_json::to_value(&answer.0.response.transports).unwrap_or_default();
    let said: Vec<&str> = said.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    TRANSPORTS.into_iter().filter(|word| said.contains(word)).collect::<Vec<_>>().join(",")
}

fn doubt(error: &WebauthnError) -> Doubt {
    Doubt(match error {
        WebauthnError::InvalidClientDataType => "type",
        WebauthnError::MismatchedChallenge => "challenge",
        WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => "origin",
        WebauthnError::InvalidRPIDHash => "rp_id",
        WebauthnError::UserNotPresent => "presence",
        WebauthnError::UserNotVerified => "verification",
        WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => "signature",
        WebauthnError::CredentialAlteredAlgFromRequest => "algorithm",
        WebauthnError::CredentialBackupEligibilityInconsistent
        | WebauthnError::CredentialMayNotBeHardwareBound => "backup",
        _ => "malformed",
    })
}

/// The options inside `{"publicKey": …}`.
fn public_key(options: &impl serde::Serialize) -> Result<Value, Error> {
    let mut options = serde_json::to_value(options).map_err(Error::bug)?;
    options.get_mut("publicKey").map(Value::take).ok_or_else(|| Error::bug("no options were made"))
}

fn merge(options: &mut Value, name: &str, value: Value) {
    if let Some(members) = options.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Whether a counter shows that there may be a copy of the passkey (WebAuthn level 3, 7.2 step 22). Synced passkeys do not
/// count: theirs is always zero.
pub(crate) const fn counts_backwards(kept: u32, shown: u32) -> bool {
    (kept > 0 || shown > 0) && shown <= kept
}

/// A passkey's name as people write it. The error points to `/name`.
pub(crate) fn check_name(text: &str) -> Result<String, Error> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
    };
    let (code, zh, en) = if name.is_empty() {
        ("identity.passkey_name_empty", "给通行密钥起个名字，例如我的手机", "Name the passkey, like My phone")
    } else if name.chars().any(hidden) {
        (
            "identity.passkey_name_hidden",
            "名字里有看不见的字符，重新输入",
            "The name has invisible characters. Type it again",
        )
    } else if name.chars().count() > LONGEST_NAME {
        ("identity.passkey_name_long", "名字最多 40 个字", "Use at most 40 characters for the name")
    } else {
        return Ok(name);
    };
    Err(Error::Invalid { fields: vec![FieldError::new("/name", code, zh, en)] })
}

/// Where passkeys are listed and taken away.
const PASSKEYS: &str = "/me/security/passkeys";

pub(crate) fn added(name: &str) -> Notice {
    let body = (
        "您的账号新增了通行密钥“{name}”，可用它登录。不是本人操作时，立即移除它并修改密码。",
        "The passkey “{name}” was added to your account and can sign in. If it was not you, remove it and change the password.",
    );
    let title = ("新增了通行密钥", "A passkey was added");
    Notice::new("security.passkey_added", title, body).with("name", name).linked(PASSKEYS)
}

pub(crate) fn removed(name: &str) -> Notice {
    let body = (
        "通行密钥“{name}”已从您的账号移除，不能再用它登录。不是本人操作时，立即修改密码。",
        "The passkey “{name}” was removed from your account and signs in no more. If it was not you, change the password.",
    );
    let title = ("移除了通行密钥", "A passkey was removed");
    Notice::new("security.passkey_removed", title, body).with("name", name).linked(PASSKEYS)
}

pub(crate) fn alarmed(name: &str) -> Notice {
    let body = (
        "通行密钥“{name}”的使用次数与记录不符，它可能被复制过。不放心时移除它，再重新添加一个。",
        "The passkey “{name}” does not count as it should: there may be a copy of it. If in doubt, remove it and add a new one.",
    );
    let title = ("通行密钥可能被复制", "A passkey may have been copied");
    Notice::new("security.passkey_alarm", title, body).with("name", name).linked(PASSKEYS)
}
