//! What makes an account acceptable, and how its state may change. Pure.

use kernel::{FieldError, Role, parse_mobile};
use unicode_normalization::UnicodeNormalization as _;

use crate::Error;
use crate::password::check_password;

use super::model::{AccountState, Contact};

const LONGEST_NAME: usize = 50;
/// RFC 5321: a path of 256 with its brackets.
const LONGEST_EMAIL: usize = 254;
const LONGEST_REASON: usize = 500;

/// What can happen to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateCommand {
    Freeze,
    Unfreeze,
    Close,
}

impl StateCommand {
    pub const ALL: [Self; 3] = [Self::Freeze, Self::Unfreeze, Self::Close];

    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Freeze => "account.freeze",
            Self::Unfreeze => "account.unfreeze",
            Self::Close => "account.close",
        }
    }
}

/// The state after `command`; `None` where it is not allowed. Closed is for good.
pub(crate) const fn on(state: AccountState, command: StateCommand) -> Option<AccountState> {
    use AccountState::{Active, Closed, Frozen};
    match (state, command) {
        (Active, StateCommand::Freeze) => Some(Frozen),
        (Frozen, StateCommand::Unfreeze) => Some(Active),
        (Active | Frozen, StateCommand::Close) => Some(Closed),
        (Active, StateCommand::Unfreeze)
        | (Frozen, StateCommand::Freeze)
        | (Closed, StateCommand::Freeze | StateCommand::Unfreeze | StateCommand::Close) => None,
    }
}

/// A new account's fields after checking.
pub(crate) struct Checked {
    pub phone: Option<Contact>,
    pub email: Option<Contact>,
    pub name: Option<String>,
    pub password: String,
}

/// Checks all fields at once, so that a form shows every mistake.
pub(crate) fn check_new(
    contacts: Vec<Result<Contact, FieldError>>,
    name: Option<&str>,
    (password, least): (&str, usize),
) -> Result<Checked, Error> {
    let mut fields = Vec::new();
    let (mut phone, mut email) = (None, None);
    for contact in contacts {
        match contact {
            Ok(contact @ Contact::Phone(_)) => phone = Some(contact),
            Ok(contact @ Contact::Email(_)) => email = Some(contact),
            Err(error) => fields.push(error),
        }
    }
    let name = name.map_or(Ok(None), parse_name).unwrap_or_else(|error| {
        fields.push(error);
        None
    });
    let personal: Vec<&str> =
        [&phone, &email].into_iter().flatten().map(Contact::as_str).chain(name.as_deref()).collect();
    let password = check_password(password, &personal, least).unwrap_or_else(|error| {
        fields.push(error);
        String::new()
    });
    if fields.is_empty() {
        Ok(Checked { phone, email, name, password })
    } else {
        Err(Error::Invalid { fields })
    }
}

/// Reads a mobile number or an e-mail address as typed. The error points to `/contact`.
pub fn parse_contact(text: &str) -> Result<Contact, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        let (zh, en) = ("填写手机号或邮箱", "Enter a mobile number or e-mail address");
        return Err(FieldError::new("/contact", "identity.contact_empty", zh, en));
    }
    let contact = if text.contains(['@', '＠']) { parse_email(text) } else { parse_phone(text) };
    contact.map_err(|error| FieldError { pointer: "/contact".to_owned(), ..error })
}

/// Reads a mobile number. The error points to `/phone`.
pub(crate) fn parse_phone(text: &str) -> Result<Contact, FieldError> {
    parse_mobile(text).map(Contact::Phone).ok_or_else(|| {
        FieldError::new(
            "/phone",
            "identity.phone_format",
            "手机号需为 11 位数字，例如 138 0000 0000",
            "Mobile number must be 11 digits, like 138 0000 0000",
        )
    })
}

/// Reads an e-mail address: ASCII, one host with a dot. Whether it exists, a code will show. The error points to `/email`.
pub(crate) fn parse_email(text: &str) -> Result<Contact, FieldError> {
    let plain = kernel::normalise_digits(text).trim().to_ascii_lowercase();
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-');
    let label = |l: &str| {
        !l.is_empty() && l.len() <= 63 && l.bytes().all(part) && !l.starts_with('-') && !l.ends_with('-')
    };
    let good = plain.len() <= LONGEST_EMAIL
        && plain.split_once('@').is_some_and(|(name, host)| {
            (1..=64).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b))
                && name.split('.').all(|atom| !atom.is_empty())
                && host.contains('.')
                && host.split('.').all(label)
        });
    if good {
        return Ok(Contact::Email(plain));
    }
    Err(FieldError::new(
        "/email",
        "identity.email_format",
        "邮箱需像 name@example.com 这样填写",
        "E-mail must look like name@example.com",
    ))
}

/// A name as people write it, any script; nothing that hides or reorders text. Empty means none. The error points to
/// `/name`.
pub(crate) fn parse_name(text: &str) -> Result<Option<String>, FieldError> {
    let name: String = text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Ok(None);
    }
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
    };
    if name.chars().any(hidden) {
        let (zh, en) = ("姓名里有看不见的字符，重新输入", "The name has invisible characters. Type it again");
        return Err(FieldError::new("/name", "identity.name_hidden", zh, en));
    }
    if name.chars().count() > LONGEST_NAME {
        let (zh, en) = ("姓名最多 50 个字", "Use at most 50 characters for the name");
        return Err(FieldError::new("/name", "identity.name_long", zh, en));
    }
    Ok(Some(name))
}

/// Why somebody in staff did something to a customer: said in a few words. The error points to `/reason`.
pub(crate) fn check_reason(text: &str) -> Result<String, Error> {
    let reason = text.trim();
    if reason.chars().count() < 2 {
        return Err(Error::field("/reason", "identity.reason_empty", "填写原因", "Enter a reason"));
    }
    if reason.chars().count() > LONGEST_REASON {
        let (zh, en) = ("原因最多 500 个字", "Use at most 500 characters for the reason");
        return Err(Error::field("/reason", "identity.reason_long", zh, en));
    }
    Ok(reason.to_owned())
}

/// An account is a customer's or a member of staff's, never both and never nobody's.
pub(crate) fn roles_fit(roles: &[Role]) -> bool {
    let staff = roles.iter().filter(|role| role.is_staff()).count();
    !roles.is_empty() && (staff == 0 || staff == roles.len())
}
