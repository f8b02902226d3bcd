//! Asking, deciding, sending, hearing. Whatever the provider says, by answer, poll or callback, ends in [`hear`]. No provider is called
//! while a transaction is open. The order of locks: payout, lane, hold, accounts.

use db::Tx;
use durable::Cx;
use kernel::{Actor, Money, Page, PageRequest, Permission, Position};
use serde_json::json;

use super::model::{NewPayout, Next, Payout, PayoutAnswer, PayoutId, PayoutOrder, PayoutPort, PayoutState};
use super::{rules, store};
use crate::account::{AccountName, ensure_account};
use crate::adjustment::ops::{lane, person};
use crate::adjustment::rules::check_reason;
use crate::hold::{HoldId, NewHold, Take};
use crate::settlement::ops::record;
use crate::transfer::TransferKind;
use crate::{Error, hold, settlement};

/// Payouts driven in one go.
const BATCH: i64 = 50;
/// Our account the money leaves from.
const OURS: &str = "main";

/// Asks for a payout of what is owed. The money is set aside at once; less than is owed may be asked for, never more.
pub async fn request(cx: &Cx, actor: &Actor, new: NewPayout) -> Result<Payout, Error> {
    let maker = person(actor, Permission::BookLedger)?;
    let key = format!("payout:{maker}:{}", new.key);
    let mut tx = cx.begin().await?;
    if let Some(asked) = store::find_by_key(&mut tx, &key).await? {
        let same = asked.seller == new.seller
            && asked.amount.currency == new.currency
            && new.amount.is_none_or(|amount| amount == asked.amount);
        return if same { Ok(asked) } else { Err(Error::KeyReused) };
    }
    let of = (new.seller.as_str(), new.currency);
    let agreement = settlement::store::latest_agreement(&mut tx, cx, of).await?.ok_or(Error::NotFound)?;
    let payable = ensure_account(&mut tx, cx, AccountName::Payable(of.0), of.1).await?;
    let bank = ensure_account(&mut tx, cx, AccountName::Bank(OURS), of.1).await?;
    let amount = new.amount.unwrap_or_else(|| payable.balance().available);
    if amount.currency != new.currency {
        return Err(Error::CurrencyMismatch);
    }
    if new.amount.is_none() && !amount.is_positive() {
        return Err(Error::NothingToPay);
    }
    let now = cx.now();
    let payout = Payout {
        id: PayoutId::new(&cx.ids, now),
        seller: new.seller,
        amount,
        agreement: agreement.id,
        hold: HoldId::new(&cx.ids, now),
        state: PayoutState::Waiting,
        maker,
        checker: None,
        reference: None,
        outcome: None,
        asked: 0,
        next_ask_at: None,
        created_at: now,
        updated_at: now,
    };
    let hold = NewHold {
        id: payout.hold,
        debit: payable.id,
        credit: bank.id,
        amount,
        kind: TransferKind::Payout,
        business_key: format!("payout:{}", payout.id),
        order: None,
        customer: None,
        expires_at: None,
        memo: "ledger.payout".into(),
    };
    let lane = lane(&tx);
    hold::place(&mut tx, cx, lane, hold).await?;
    store::insert(&mut tx, &key, &payout).await?;
    told(&mut tx, cx, actor, &payout, "ledger.payout_request").await?;
    tx.commit().await?;
    Ok(payout)
}

/// A second person lets it go; the schedule sends it.
pub async fn approve(cx: &Cx, actor: &Actor, id: PayoutId) -> Result<(), Error> {
    let checker = person(actor, Permission::ApproveLedger)?;
    let mut tx = cx.begin().await?;
    let payout = deciding(&mut tx, cx, id, checker).await?;
    let now = cx.now();
    let next =
        Payout { state: PayoutState::Approved, checker: Some(checker), next_ask_at: Some(now), ..payout };
    step(&mut tx, cx, PayoutState::Waiting, next.clone()).await?;
    told(&mut tx, cx, actor, &next, "ledger.payout_approve").await?;
    tx.commit().await?;
    Ok(())
}

/// A second person says no; the money is owed as before.
pub async fn refuse(cx: &Cx, actor: &Actor, id: PayoutId, reason: &str) -> Result<(), Error> {
    let checker = person(actor, Permission::ApproveLedger)?;
    let reason = check_reason(reason)?;
    let mut tx = cx.begin().await?;
    let payout = deciding(&mut tx, cx, id, checker).await?;
    let lane = lane(&tx);
    hold::void(&mut tx, cx, lane, payout.hold).await?;
    let next = Payout { state: PayoutState::Refused, checker: Some(checker), ..payout };
    step(&mut tx, cx, PayoutState::Waiting, next.clone()).await?;
    let entry = audit::Entry {
        verb: "ledger.payout_refuse",
        object_kind: "payout",
        object: id.0,
        customer: None,
        detail: json!({ "seller": next.seller, "amount": next.amount }),
        reason: Some(reason),
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

async fn deciding(tx: &mut Tx, cx: &Cx, id: PayoutId, checker: kernel::AccountId) -> Result<Payout, Error> {
    let payout = store::lock(tx, id).await?.ok_or(Error::NotFound)?;
    let agreement = settlement::store::find_agreement(tx, cx, payout.agreement).await?;
    let agreed_by = agreement.ok_or(Error::NotFound)?.maker;
    rules::check_decision(&payout, agreed_by, checker)?;
    Ok(payout)
}

/// Sends what was approved and asks about what was sent, as far as it is due. How many it were.
pub async fn drive_due(cx: &Cx, port: &dyn PayoutPort) -> Result<usize, Error> {
    let due = store::list_due(&mut cx.read().await?, cx.now(), BATCH).await?;
    for id in &due {
        // One that fails keeps no other from being sent; it stays due.
        if let Err(error) = drive(cx, port, *id).await {
            tracing::error!(payout = %id, error = ?error, "payout");
        }
    }
    Ok(due.len())
}

async fn drive(cx: &Cx, port: &dyn PayoutPort, id: PayoutId) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let payout = store::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let now = cx.now();
    // Somebody else drove it since it was listed.
    if payout.next_ask_at.is_none_or(|at| at > now) {
        return Ok(());
    }
    let agreement = settlement::store::find_agreement(&mut tx, cx, payout.agreement).await?;
    let to = agreement.ok_or(Error::NotFound)?.bank;
    let from = payout.state;
    let asked = payout.asked.saturating_add(1);
    // Written before the call: whatever happens to this process, it is asked about and not taken for unsent.
    let next_ask_at = Some(rules::next_ask(payout.asked, now));
    let next = Payout { state: PayoutState::Sent, asked, next_ask_at, ..payout };
    step(&mut tx, cx, from, next.clone()).await?;
    tx.commit().await?;
    if asked >= rules::ALARM_AFTER {
        tracing::error!(payout = %id, asked, "a payout has no end: a person has to ask the bank");
    }
    let answer = if from == PayoutState::Approved {
        send(port, next, to).await
    } else {
        match port.ask(id).await {
            PayoutAnswer::NotKnown => send(port, next, to).await,
            answer => Said { answer, first: false },
        }
    };
    take_in(cx, &Actor::system("payout"), id, &answer).await
}

/// What was said, and whether it was said to the first sending: then "not accepted" is sure.
struct Said {
    answer: PayoutAnswer,
    first: bool,
}

async fn send(port: &dyn PayoutPort, payout: Payout, to: settlement::Bank) -> Said {
    let order = PayoutOrder { id: payout.id, seller: payout.seller, amount: payout.amount, to };
    Said { answer: port.send(&order).await, first: true }
}

/// Takes in what the provider says on its own, by a callback whose signature was checked. What was heard before changes nothing.
pub async fn hear(cx: &Cx, actor: &Actor, id: PayoutId, answer: PayoutAnswer) -> Result<(), Error> {
    take_in(cx, actor, id, &Said { answer, first: false }).await
}

async fn take_in(cx: &Cx, actor: &Actor, id: PayoutId, said: &Said) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let payout = store::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let state = payout.state;
    let as_if = if said.first && state == PayoutState::Sent { PayoutState::Approved } else { state };
    let lane = lane(&tx);
    if state == PayoutState::Failed && matches!(said.answer, PayoutAnswer::Paid { .. }) {
        // The money is owed again, and may be on its way a second time.
        tracing::error!(payout = %id, "the bank paid what it had refused: a person has to look");
    }
    let verb = match rules::judge(as_if, &said.answer) {
        Next::Nothing | Next::AskLater => return Ok(()),
        Next::SendLater(code) => {
            let next = Payout { state: PayoutState::Approved, outcome: Some(code), ..payout };
            step(&mut tx, cx, state, next).await?;
            return Ok(tx.commit().await?);
        }
        Next::Pay(reference) => {
            hold::post(&mut tx, cx, lane, payout.hold, Take::All).await?;
            let next = Payout {
                state: PayoutState::Paid,
                reference: Some(reference),
                outcome: None,
                next_ask_at: None,
                ..payout.clone()
            };
            step(&mut tx, cx, state, next).await?;
            "ledger.payout_paid"
        }
        Next::Fail(code) => {
            hold::void(&mut tx, cx, lane, payout.hold).await?;
            let next = Payout {
                state: PayoutState::Failed,
                outcome: Some(code),
                next_ask_at: None,
                ..payout.clone()
            };
            step(&mut tx, cx, state, next).await?;
            "ledger.payout_failed"
        }
    };
    told(&mut tx, cx, actor, &payout, verb).await?;
    tx.commit().await?;
    Ok(())
}

/// All payouts, newest first.
pub async fn list(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<Payout>, Error> {
    person(actor, Permission::ReadLedger)?;
    let items = store::list(&mut cx.read().await?, &page).await?;
    Ok(Page::cut(items, &page, |one| Position { key: one.created_at.0, id: one.id.0 }))
}

/// A payout, and where it goes with the account covered but for its end.
pub async fn get(cx: &Cx, actor: &Actor, id: PayoutId) -> Result<(Payout, settlement::Agreement), Error> {
    person(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let payout = store::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let agreement = settlement::store::find_agreement(&mut tx, cx, payout.agreement).await?;
    Ok((payout, agreement.ok_or(Error::NotFound)?))
}

async fn step(tx: &mut Tx, cx: &Cx, from: PayoutState, next: Payout) -> Result<(), Error> {
    let next = Payout { updated_at: cx.now(), ..next };
    if store::update(tx, from, &next).await? { Ok(()) } else { Err(Error::AlreadyDecided) }
}

async fn told(tx: &mut Tx, cx: &Cx, actor: &Actor, payout: &Payout, verb: &'static str) -> Result<(), Error> {
    let amount: Money = payout.amount;
    let detail = json!({ "seller": payout.seller, "amount": amount, "agreement": payout.agreement });
    record(tx, cx, actor, (verb, "payout", payout.id.0), detail).await
}
