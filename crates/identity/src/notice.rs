//! Telling the owner of an account what happened to it: on every verified address and in the message centre, in the
//! transaction of what happened.

use std::collections::BTreeMap;

use db::Tx;
use durable::Cx;
use kernel::Text;
use notify::{Channel, NewMessage, Template};

use crate::Error;
use crate::account::{self, Contact, StoredAccount};
use crate::session::Client;

/// Where its owner sees and stops everything.
const SECURITY: &str = "/me/security";

/// Something the owner of an account should know.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    /// Which text, for the log.
    pub name: &'static str,
    pub title: Text,
    /// With `{placeholders}`.
    pub body: Text,
    pub values: BTreeMap<String, String>,
    /// Path of the page that shows more.
    pub link: String,
}

impl Notice {
    pub(crate) fn new(name: &'static str, title: (&str, &str), body: (&str, &str)) -> Self {
        Self {
            name,
            title: Text::new(title.0, title.1),
            body: Text::new(body.0, body.1),
            values: BTreeMap::new(),
            link: SECURITY.to_owned(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.values.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn linked(mut self, link: &str) -> Self {
        link.clone_into(&mut self.link);
        self
    }

    pub(crate) fn new_device(client: &Client) -> Self {
        Self::new(
            "security.new_device",
            ("新设备登录", "Signed in on a new device"),
            (
                "您的账号刚在新设备上登录（地址{address}）。不是本人操作时，在“登录与安全”中退出该设备或冻结账号。",
                "Your account was just opened on a new device (from {address}). If it was not you, sign that device out or freeze the account under Sign-in and security.",
            ),
        )
        .from(client)
    }

    pub(crate) fn unusual_login(client: &Client) -> Self {
        Self::new(
            "security.unusual_login",
            ("登录情况异常", "An unusual sign-in"),
            (
                "您的账号刚有一次不寻常的登录（地址{address}）。不是本人操作时，立即冻结账号并修改密码。",
                "There was an unusual sign-in to your account (from {address}). If it was not you, freeze the account at once and change the password.",
            ),
        )
        .from(client)
    }

    pub(crate) fn login_denied(client: &Client) -> Self {
        Self::new(
            "security.login_denied",
            ("已拦截一次登录", "A sign-in was stopped"),
            (
                "有人用正确的凭据登录您的账号，因情况异常已被拦截（地址{address}）。不是本人操作时，尽快修改密码；是本人操作时，可换用常用设备或联系客服。",
                "Somebody tried to sign in to your account with the right credentials, and we stopped it because it looked wrong (from {address}). If it was not you, change the password soon; if it was, use your usual device or contact support.",
            ),
        )
        .from(client)
    }

    pub(crate) fn password_changed() -> Self {
        Self::new(
            "security.password_changed",
            ("密码已修改", "Your password was changed"),
            (
                "您账号的密码刚被修改。不是本人操作时，立即冻结账号或联系客服。",
                "The password of your account was just changed. If it was not you, freeze the account at once or contact support.",
            ),
        )
    }

    fn from(self, client: &Client) -> Self {
        let address = if client.address.is_empty() { "-" } else { client.address.as_str() };
        self.with("address", address)
    }
}

/// Tells the owner of an account, in the caller's transaction: on every verified address, or on the one it was made with when
/// none is verified, and always in the message centre.
pub(crate) async fn tell(tx: &mut Tx, cx: &Cx, account: &StoredAccount, notice: Notice) -> Result<(), Error> {
    let mut contacts = account::verified_contacts(cx, account)?;
    if contacts.is_empty() {
        contacts.extend(account::any_contact(cx, account)?);
    }
    for contact in contacts {
        tell_at(tx, cx, account, &notice, &contact).await?;
    }
    write(tx, cx, account, &notice, (Channel::Inbox, String::new())).await
}

/// Tells it at one address, also one that is no longer the account's.
pub(crate) async fn tell_at(
    tx: &mut Tx,
    cx: &Cx,
    account: &StoredAccount,
    notice: &Notice,
    contact: &Contact,
) -> Result<(), Error> {
    let channel = match contact {
        Contact::Phone(_) => Channel::Sms,
        Contact::Email(_) => Channel::Email,
    };
    write(tx, cx, account, notice, (channel, contact.as_str().to_owned())).await
}

async fn write(
    tx: &mut Tx,
    cx: &Cx,
    account: &StoredAccount,
    notice: &Notice,
    (channel, to): (Channel, String),
) -> Result<(), Error> {
    let template = Template::Custom {
        name: notice.name.to_owned(),
        title: notice.title.clone(),
        body: notice.body.clone(),
        values: notice.values.clone(),
    };
    let message = NewMessage {
        channel,
        account: Some(account.id),
        to,
        locale: account.preferences.locale,
        template,
        link: Some(notice.link.clone()),
    };
    notify::send(tx, cx, message).await?;
    Ok(())
}
