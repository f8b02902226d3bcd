//! What the work needs besides the database: the catalogue, the providers, our own address; and the few checks every
//! room makes first.

use std::sync::Arc;

use catalogue::service::Shelf;
use connectors::Providers;
use db::{Tx, Value};
use durable::Cx;
use kernel::{AccountId, Actor, Permission};
use notify::{Channel, NewMessage, Template};
use ordering::order::Order;

use crate::Error;

/// The surroundings of fulfilment, made once at start.
#[derive(Debug)]
pub struct Fulfilment {
    pub shelf: Arc<Shelf>,
    pub providers: Providers,
    /// Where providers send later answers, without a slash at the end; the provider's name is appended.
    pub callback_base: String,
    /// Where the next simulated death of the process waits.
    #[cfg(test)]
    pub(crate) death: std::sync::Mutex<Option<(&'static str, u32)>>,
}

impl Fulfilment {
    /// `callback_base`: `https://host/callbacks/providers`; answers of `telecom` come to `…/telecom`.
    pub fn new(shelf: Arc<Shelf>, providers: Providers, callback_base: impl Into<String>) -> Self {
        Self {
            shelf,
            providers,
            callback_base: callback_base.into().trim_end_matches('/').to_owned(),
            #[cfg(test)]
            death: std::sync::Mutex::new(None),
        }
    }

    /// A place where the process may die; tests make it die there.
    #[cfg(test)]
    pub(crate) fn boundary(&self, place: &'static str) -> Result<(), Error> {
        let mut death = self.death.lock().unwrap();
        match &mut *death {
            Some((waits, 1)) if *waits == place => {
                *death = None;
                Err(Error::bug(format!("killed at {place}")))
            }
            Some((waits, left)) if *waits == place => {
                *left -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A place where the process may die; tests make it die there.
    #[cfg(not(test))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same call in tests may fail")]
    pub(crate) fn boundary(&self, _place: &'static str) -> Result<(), Error> {
        Ok(())
    }
}

/// Who works, with what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work<'a> {
    pub cx: &'a Cx,
    pub services: &'a Fulfilment,
    pub actor: &'a Actor,
}

/// Everlit itself at work.
pub(crate) fn system() -> Actor {
    Actor::system("fulfilment")
}

/// The actor may do this, or is refused.
pub(crate) fn require(actor: &Actor, permission: Permission) -> Result<(), Error> {
    if actor.may(permission) { Ok(()) } else { Err(Error::Forbidden) }
}

/// Of a manual act: trimmed, 5 to 500 characters (O5).
pub(crate) fn reason(text: &str) -> Result<&str, Error> {
    let text = text.trim();
    if (5..=500).contains(&text.chars().count()) { Ok(text) } else { Err(Error::ReasonNeeded) }
}

/// Seals a JSON value for one column.
pub(crate) fn seal(cx: &Cx, context: &str, value: &impl serde::Serialize) -> Result<Vec<u8>, Error> {
    Ok(cx.vault.seal(&*cx.rng, context, &serde_json::to_vec(value)?)?)
}

/// Opens what [`seal`] sealed.
pub(crate) fn open<T: serde::de::DeserializeOwned>(
    cx: &Cx,
    context: &str,
    sealed: &[u8],
) -> Result<T, Error> {
    Ok(serde_json::from_slice(&cx.vault.open(context, sealed)?)?)
}

/// The optional column of an optional sealed value.
pub(crate) fn sealed_or_null(
    cx: &Cx,
    context: &str,
    value: Option<&impl serde::Serialize>,
) -> Result<Value, Error> {
    value.map_or(Ok(Value::Null), |value| seal(cx, context, value).map(Value::Bytes))
}

/// Tells the customer: in the message centre and where they registered.
pub(crate) async fn tell(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    template: impl Fn() -> Template + Send,
) -> Result<(), Error> {
    let link = Some(format!("/orders/{}", order.id));
    for (whom, point) in identity::organisation::addressees(tx, cx, order.customer).await? {
        let inbox = message(Channel::Inbox, whom, String::new(), point.locale, template(), link.clone());
        notify::send(tx, cx, inbox).await?;
        let to = point.contact.as_str().to_owned();
        let outside = message(point.channel(), whom, to, point.locale, template(), link.clone());
        notify::send(tx, cx, outside).await?;
    }
    Ok(())
}

fn message(
    channel: Channel,
    account: AccountId,
    to: String,
    locale: kernel::Locale,
    template: Template,
    link: Option<String>,
) -> NewMessage {
    NewMessage { channel, account: Some(account), to, locale, template, link }
}

/// What a job's log says: of a bug its source, which is not for customers.
pub(crate) fn told(error: Error) -> durable::BoxError {
    match error {
        Error::Bug(source) => source,
        other => other.into(),
    }
}
