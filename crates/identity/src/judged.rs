//! Asking the risk engine before an account is made or an address exchanged. What does not go on is written down alone and refused without
//! saying why; what goes on is written down with the deed.

use durable::Cx;
use kernel::{AccountId, Actor};
use risk::engine::{self, journal_alone};
use risk::{Act, Guard, Judged, Point, Stop};
use serde_json::json;

use crate::Error;
use crate::account::Contact;

/// What is asked of an address at a point. The address is what makes two acts the same.
pub(crate) fn about_contact(
    cx: &Cx,
    guard: &Guard,
    point: Point,
    subject: AccountId,
    contact: &Contact,
) -> Act {
    let (kind, phone) = match contact {
        Contact::Phone(text) => ("phone", Some(text.clone())),
        Contact::Email(_) => ("email", None),
    };
    Act {
        point,
        subject,
        person: None,
        amount: None,
        payee: None,
        phone,
        origin: guard.origin.clone(),
        facts: json!({ "kind": kind }),
        mark: engine::payee(&cx.vault, "contact", contact.as_str()),
        is_first: false,
    }
}

/// What was said of an act that goes on, to be written with it; what does not go on is refused.
pub(crate) async fn pass(cx: &Cx, guard: &Guard, actor: &Actor, act: Act) -> Result<Judged, Error> {
    let judged = guard.engine.judge(cx, act).await;
    let Some(stop) = judged.stop(actor, cx.now()) else { return Ok(judged) };
    let object = judged.subject().raw();
    journal_alone(cx, judged, object).await.map_err(Error::bug)?;
    Err(match stop {
        Stop::ProofNeeded => Error::ProofNeeded,
        Stop::Review => Error::UnderReview,
        Stop::Denied => Error::NotAccepted,
    })
}
