//! Talking with gateways about one attempt: opening, asking, closing. Rows are committed before a gateway is called and no transaction is
//! open while it is (P11); what it says goes through [`complete::report`].

use std::sync::Arc;

use catalogue::service::{CaptureAt, PaymentMethod};
use connectors::gateway::{Begun, Gateway, GatewayError, NewPayment};
use kernel::{Actor, Permission, RetryAfter, Text};
use serde_json::json;

use super::complete::{self, entry, move_attempt};
use super::model::{
    Attempt, AttemptId, AttemptState, Payment, PaymentId, PaymentState, PaymentView, Payments, Place,
    Purpose, RETURN_PLACE, StartAttempt, Started,
};
use super::{Error, ops, rules, store};
use crate::order;

/// How often an attempt is begun anew because another request was faster.
pub(super) const ROUNDS: u32 = 3;
const TRY_AGAIN: RetryAfter = RetryAfter(10);

/// Whether a gateway answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    Answer,
    Silence,
}

/// The customer wants to pay at a gateway.
///
/// Earlier attempts are resolved first (P7): one at the same gateway and for the same screen that can still be paid is used again, others
/// are closed there (P2).
/// While one has no known end the answer is [`Started::Confirming`]: nobody is led to pay twice.
pub async fn start_attempt(svc: &Payments, actor: &Actor, input: StartAttempt) -> Result<Started, Error> {
    let gateway = svc.gateways.get(&input.gateway).cloned().ok_or(Error::GatewayUnknown)?;
    let by = PaymentMethod::from_name(&input.gateway).ok_or(Error::GatewayUnknown)?;
    for _ in 0..ROUNDS {
        let payment = own_payment(svc, actor, input.payment).await?;
        if payment.capture == CaptureAt::Completion && !by.can_authorise() {
            return Err(Error::CannotAuthorise);
        }
        let wanted = Some((input.gateway.as_str(), Place::of(&input.screen)));
        if let Some(answer) = clear_the_way(svc, actor, &payment, wanted).await? {
            return Ok(answer);
        }
        if let Some(attempt) = insert(svc, actor, &input).await? {
            return open(svc, actor, gateway.as_ref(), &attempt, &input).await;
        }
    }
    Ok(Started::Confirming)
}

/// Only whom it concerns pays; to everybody else it does not exist.
pub(super) async fn own_payment(svc: &Payments, actor: &Actor, id: PaymentId) -> Result<Payment, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    let found = store::find_payment(&mut svc.cx.read().await?, id).await?;
    let payment = found.filter(|payment| payment.customer == customer).ok_or(Error::NotFound)?;
    if actor.may(Permission::ActAsCustomer) { Ok(payment) } else { Err(Error::Forbidden) }
}

/// Resolves what went before. `None`: nothing stands in the way of a new attempt.
pub(super) async fn clear_the_way(
    svc: &Payments,
    actor: &Actor,
    payment: &Payment,
    wanted: Option<(&str, Place)>,
) -> Result<Option<Started>, Error> {
    let mut usable = None;
    for attempt in attempts(svc, payment.id).await?.into_iter().filter(|a| a.state.is_asked()) {
        let heard = ask(svc, actor, &attempt).await?;
        let attempt = find(svc, attempt.id).await?;
        if attempt.state != AttemptState::Open {
            continue;
        }
        let fits = wanted.is_some_and(|(gateway, place)| {
            attempt.gateway == gateway && attempt.place.is_none_or(|made_for| made_for == place)
        });
        let here = fits && attempt.checkout.is_some() && usable.is_none();
        match (heard, here) {
            (Heard::Silence, _) => return Err(Error::GatewayUnavailable { wait: TRY_AGAIN }),
            (Heard::Answer, true) => usable = Some(attempt),
            (Heard::Answer, false) => close(svc, actor, &attempt).await?,
        }
    }
    let payment = own_payment(svc, actor, payment.id).await?;
    match payment.state {
        PaymentState::Paid | PaymentState::Authorised => return Ok(Some(Started::AlreadyPaid)),
        PaymentState::Closed => return Err(Error::Ended),
        PaymentState::Open => {}
    }
    let others = attempts(svc, payment.id).await?;
    let usable_id = usable.as_ref().map(|attempt| attempt.id);
    if others.iter().any(|attempt| attempt.state.is_asked() && Some(attempt.id) != usable_id) {
        return Ok(Some(Started::Confirming));
    }
    if payment.expires_at <= svc.cx.now() {
        return Err(Error::Ended);
    }
    Ok(usable.and_then(|a| Some(Started::Checkout { attempt: a.id, checkout: a.checkout? })))
}

/// Writes the attempt down before anybody is called. `None` when another request has begun one meanwhile.
async fn insert(svc: &Payments, actor: &Actor, input: &StartAttempt) -> Result<Option<Attempt>, Error> {
    let cx = &svc.cx;
    let mut tx = cx.begin().await?;
    let (order, payment) = complete::lock_payment(&mut tx, cx, input.payment).await?;
    let now = cx.now();
    let payable = order.is_none_or(|order| order.state == order::OrderState::AwaitingPayment);
    if payment.state != PaymentState::Open || payment.expires_at <= now || !payable {
        return Err(Error::Ended);
    }
    if store::list_attempts(&mut tx, &svc.cx, payment.id)
        .await?
        .iter()
        .any(|attempt| attempt.state.is_asked())
    {
        tx.commit().await?;
        return Ok(None);
    }
    let zero = kernel::Money { minor: 0, ..payment.amount };
    let attempt = Attempt {
        id: AttemptId::new(&cx.ids, now),
        payment: payment.id,
        customer: payment.customer,
        gateway: input.gateway.clone(),
        amount: payment.amount,
        state: AttemptState::Opening,
        captured: zero,
        refunded: zero,
        disputed: zero,
        outcome: None,
        words: None,
        place: Some(Place::of(&input.screen)),
        checkout: None,
        gateway_id: None,
        card: None,
        sequence: 0,
        polls: 0,
        next_poll_at: rules::next_poll(0, now),
        captured_at: None,
        authorised_until: None,
        take_by: None,
        due: None,
        created_at: now,
        updated_at: now,
    };
    store::insert_attempt(&mut tx, &attempt).await?;
    let detail = json!({"attempt": attempt.id, "gateway": attempt.gateway, "amount": attempt.amount});
    audit::record(&mut tx, cx, actor, entry("payment.attempt", &payment, detail)).await?;
    tx.commit().await?;
    Ok(Some(attempt))
}

/// Opens the attempt at the gateway and answers with how the payer gets to pay.
async fn open(
    svc: &Payments,
    actor: &Actor,
    gateway: &dyn Gateway,
    attempt: &Attempt,
    input: &StartAttempt,
) -> Result<Started, Error> {
    let new = match describe(svc, attempt, input).await {
        Ok(new) => new,
        Err(error) => {
            give_up(svc, actor, attempt, AttemptState::Failed, "not_sent").await?;
            return Err(error);
        }
    };
    let reported = match gateway.create_attempt(&new).await {
        Ok(reported) => reported,
        Err(GatewayError::Unknown { detail }) => {
            tracing::warn!(attempt = %attempt.id, detail, "the gateway did not answer");
            doubt(svc, actor, attempt).await?;
            return Ok(Started::Confirming);
        }
        Err(GatewayError::Refused { code, retriable, .. }) => {
            give_up(svc, actor, attempt, AttemptState::Failed, &code).await?;
            return Err(if retriable {
                Error::GatewayUnavailable { wait: TRY_AGAIN }
            } else {
                Error::GatewayRefused
            });
        }
        Err(GatewayError::NotKnown) => {
            give_up(svc, actor, attempt, AttemptState::Failed, "not_known").await?;
            return Err(Error::GatewayRefused);
        }
    };
    complete::report(svc, actor, &attempt.gateway, &reported).await?;
    let attempt = find(svc, attempt.id).await?;
    match (attempt.state, attempt.checkout) {
        (AttemptState::Open, Some(checkout)) => Ok(Started::Checkout { attempt: attempt.id, checkout }),
        (AttemptState::Captured | AttemptState::Authorised, _) => Ok(Started::AlreadyPaid),
        (AttemptState::Closed | AttemptState::Failed | AttemptState::Declined, _) => {
            // It ended here while the gateway was opening it: nobody may pay it there.
            if !reported.state.is_final()
                && let Err(error) = gateway.close(&Begun::of(&new, reported.checkout)).await
            {
                tracing::warn!(attempt = new.attempt_id, %error, "an abandoned attempt could not be closed");
            }
            Err(Error::Ended)
        }
        _ => Ok(Started::Confirming),
    }
}

async fn describe(svc: &Payments, attempt: &Attempt, input: &StartAttempt) -> Result<NewPayment, Error> {
    let return_url = input.return_url.replace(RETURN_PLACE, &attempt.id.to_string());
    if connectors::http::web_address(&return_url).is_none() {
        return Err(Error::BadReturnAddress);
    }
    let mut tx = svc.cx.read().await?;
    let payment = store::find_payment(&mut tx, attempt.payment).await?.ok_or(Error::NotFound)?;
    let (description, reference) = match payment.purpose {
        Purpose::Order(id) => {
            let order = order::ops::find(&mut tx, &svc.cx, id).await?.ok_or(Error::NotFound)?;
            (order.title.clone(), order.number())
        }
        Purpose::TopUp => (Text::new("余额充值", "Balance top-up"), kernel::order_number(payment.id.raw())),
    };
    Ok(NewPayment {
        attempt_id: attempt.id.to_string(),
        amount: attempt.amount,
        description,
        reference,
        locale: input.locale,
        return_url,
        callback_url: format!("{}/{}", svc.callback_base.trim_end_matches('/'), attempt.gateway),
        expires_at: payment.expires_at,
        screen: input.screen.clone(),
        payer_address: input.payer_address.clone(),
        capture: match payment.capture {
            CaptureAt::Order => connectors::Capture::Now,
            CaptureAt::Completion => connectors::Capture::Later,
        },
    })
}

/// The payer's browser came back from the gateway. That proves nothing, so the gateway is asked.
pub async fn returned(svc: &Payments, actor: &Actor, id: AttemptId) -> Result<PaymentView, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    let found = store::find_attempt(&mut svc.cx.read().await?, &svc.cx, id).await?;
    let attempt = found.filter(|attempt| attempt.customer == customer).ok_or(Error::NotFound)?;
    if attempt.state.is_asked() && ask(svc, actor, &attempt).await? == Heard::Silence {
        doubt(svc, actor, &attempt).await?;
    }
    ops::view(&svc.cx, actor, attempt.payment).await
}

/// An attempt as its gateway is asked about it.
pub async fn begun(svc: &Payments, id: AttemptId) -> Result<Begun, Error> {
    let mut tx = svc.cx.read().await?;
    let attempt = store::find_attempt(&mut tx, &svc.cx, id).await?.ok_or(Error::NotFound)?;
    let payment = store::find_payment(&mut tx, attempt.payment).await?.ok_or(Error::NotFound)?;
    let Attempt { amount, checkout, .. } = attempt;
    Ok(Begun { attempt_id: id.to_string(), amount, expires_at: payment.expires_at, checkout })
}

/// Asks the gateway how an attempt stands and takes the answer in.
pub(super) async fn ask(svc: &Payments, actor: &Actor, attempt: &Attempt) -> Result<Heard, Error> {
    let Some(gateway) = at(svc, attempt) else { return Ok(Heard::Silence) };
    match gateway.query(&begun(svc, attempt.id).await?).await {
        Ok(reported) => {
            complete::report(svc, actor, &attempt.gateway, &reported).await?;
            Ok(Heard::Answer)
        }
        Err(GatewayError::NotKnown) => not_known(svc, actor, attempt).await,
        Err(error) => {
            tracing::warn!(attempt = %attempt.id, %error, "the gateway does not say how a payment stands");
            Ok(Heard::Silence)
        }
    }
}

/// The gateway does not know it. When it never did, nobody was ever sent to its page, so nobody can pay it; unless our request is still on its
/// way. What it once knew it may have forgotten, or it knows only what a payer has begun: that ends when the time to pay is over for good.
async fn not_known(svc: &Payments, actor: &Actor, attempt: &Attempt) -> Result<Heard, Error> {
    if !attempt.state.is_asked() {
        return Ok(Heard::Answer);
    }
    let under_way =
        attempt.state == AttemptState::Opening && svc.cx.now().since(attempt.created_at) < rules::UNDER_WAY;
    let never_heard = attempt.sequence == 0 && attempt.state.is_live();
    let forgotten = attempt.state.is_live() && is_over_for_good(svc, attempt).await?;
    if under_way || !(never_heard || forgotten) {
        return Ok(Heard::Silence);
    }
    give_up(svc, actor, attempt, AttemptState::Closed, "not_known").await?;
    Ok(Heard::Answer)
}

/// The time to pay is over by so much that nothing begun before can still be under way.
async fn is_over_for_good(svc: &Payments, attempt: &Attempt) -> Result<bool, Error> {
    let payment = store::find_payment(&mut svc.cx.read().await?, attempt.payment).await?;
    let payment = payment.ok_or(Error::NotFound)?;
    // A bank that is deciding knows the payment; if its gateway says otherwise, a person has to look.
    let may_end = attempt.state != AttemptState::Processing;
    Ok(may_end && svc.cx.now() >= payment.expires_at.plus(rules::FORGOTTEN_AFTER))
}

/// Makes sure that nobody can pay an open attempt any more, as far as the gateway says.
pub(super) async fn close(svc: &Payments, actor: &Actor, attempt: &Attempt) -> Result<(), Error> {
    let Some(gateway) = at(svc, attempt) else { return Ok(()) };
    match gateway.close(&begun(svc, attempt.id).await?).await {
        Ok(reported) => complete::report(svc, actor, &attempt.gateway, &reported).await,
        // Whether it is closed is not known; only that it may be paid.
        Err(error) => {
            tracing::warn!(attempt = %attempt.id, %error, "the gateway does not say whether a payment is closed");
            doubt(svc, actor, attempt).await
        }
    }
}

pub(super) fn at<'a>(svc: &'a Payments, attempt: &Attempt) -> Option<&'a Arc<dyn Gateway>> {
    let gateway = svc.gateways.get(&attempt.gateway);
    if gateway.is_none() {
        tracing::error!(attempt = %attempt.id, gateway = attempt.gateway, "no such gateway is set up");
    }
    gateway
}

/// P7: no answer means unknown. What is kept for us stays what it is: it is known what is asked for next.
async fn doubt(svc: &Payments, actor: &Actor, attempt: &Attempt) -> Result<(), Error> {
    if attempt.state.is_kept() {
        return Ok(());
    }
    settle(svc, actor, attempt, AttemptState::Unknown, None).await
}

/// Ends an attempt at which the gateway did nothing.
async fn give_up(
    svc: &Payments,
    actor: &Actor,
    attempt: &Attempt,
    to: AttemptState,
    why: &str,
) -> Result<(), Error> {
    settle(svc, actor, attempt, to, Some(why)).await
}

/// Writes what we conclude ourselves; nothing when a report was faster.
async fn settle(
    svc: &Payments,
    actor: &Actor,
    attempt: &Attempt,
    to: AttemptState,
    why: Option<&str>,
) -> Result<(), Error> {
    let cx = &svc.cx;
    let mut tx = cx.begin().await?;
    let locked = complete::lock(&mut tx, cx, attempt.id).await?;
    let current = &locked.attempt;
    if current.state != attempt.state || current.sequence != attempt.sequence || current.state == to {
        return Ok(tx.commit().await?);
    }
    let mut next = Attempt { state: to, ..current.clone() };
    if let Some(why) = why {
        next.outcome = Some(why.chars().take(60).collect());
    }
    move_attempt(&mut tx, cx, actor, &locked, next).await?;
    let detail = json!({"attempt": attempt.id, "from": attempt.state.name(), "to": to.name(), "why": why});
    audit::record(&mut tx, cx, actor, entry("payment.conclude", &locked.payment, detail)).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn attempts(svc: &Payments, payment: PaymentId) -> Result<Vec<Attempt>, Error> {
    Ok(store::list_attempts(&mut svc.cx.read().await?, &svc.cx, payment).await?)
}

pub(super) async fn find(svc: &Payments, id: AttemptId) -> Result<Attempt, Error> {
    store::find_attempt(&mut svc.cx.read().await?, &svc.cx, id).await?.ok_or(Error::NotFound)
}
