//! The step that carries a line's money to another customer's balance. It is the last one: with it the line is complete, and the money
//! moves in the very transaction that completes it, so it moves once however often the step is begun.

use std::collections::BTreeMap;

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Text};
use notify::{Channel, NewMessage, Template};
use ordering::order::{self, LineState};
use serde_json::json;

use super::model::{Case, Goal, LoggedStep, StepState};
use super::ops::end_step;
use super::tries;
use crate::services::{Work, tell};
use crate::{Error, undo};

/// Where whoever was sent money finds it.
const RECEIVED: &str = "/account/transactions";

/// Completes the line, or, where the money cannot go there any more, ends it and gives the money back.
pub(super) async fn deliver(
    tx: &mut Tx,
    w: Work<'_>,
    case: &mut Case,
    row: &mut LoggedStep,
) -> Result<(), Error> {
    let cx = w.cx;
    let to = case.line.beneficiary.ok_or_else(|| Error::bug("nobody is named who gets the money"))?;
    let parties = (case.order.customer, to);
    if !ordering::payee::may_move(tx, cx, parties, case.line.total).await.map_err(Error::bug)? {
        row.state = StepState::Refused;
        row.ended_at = Some(cx.now());
        tries::write(tx, cx, row).await?;
        let why = Text::new(
            "收款账户现在不能收款，款项已退回余额",
            "The payee's account cannot take this now. Your money is back in your balance",
        );
        return undo::ops::begin(tx, w, case, Goal::Failed, "payee_blocked", Some(why)).await;
    }
    end_step(tx, w, case, row, StepState::Done).await?;
    if case.line.state != LineState::Completed {
        return Err(Error::bug("the step that pays out is not the last"));
    }
    let amount = BTreeMap::from([("amount".to_owned(), case.line.total.to_string())]);
    let sent = || Template::Custom {
        name: "balance_sent".to_owned(),
        title: Text::new("转账已到账", "Your transfer has arrived"),
        body: Text::new("您转出的 {amount} 已到对方余额。", "The {amount} you sent has arrived."),
        values: amount.clone(),
    };
    tell(tx, cx, &case.order, sent).await?;
    let received = || Template::Custom {
        name: "balance_received".to_owned(),
        title: Text::new("收到转账", "You received money"),
        body: Text::new("您收到转账 {amount}，已存入余额。", "You received {amount}. It is in your balance."),
        values: amount.clone(),
    };
    tell_beneficiary(tx, cx, to, received).await?;
    let detail = json!({"line": case.line.id, "amount": case.line.total, "to": to});
    audit::record(tx, cx, w.actor, order::ops::entry("balance.transfer", &case.order, detail, None)).await?;
    Ok(())
}

async fn tell_beneficiary(
    tx: &mut Tx,
    cx: &Cx,
    to: AccountId,
    template: impl Fn() -> Template + Send,
) -> Result<(), Error> {
    for (whom, point) in identity::organisation::addressees(tx, cx, to).await? {
        let outside = (point.channel(), point.contact.as_str().to_owned());
        for (channel, to) in [(Channel::Inbox, String::new()), outside] {
            let (template, link) = (template(), Some(RECEIVED.to_owned()));
            let message =
                NewMessage { channel, account: Some(whom), to, locale: point.locale, template, link };
            notify::send(tx, cx, message).await?;
        }
    }
    Ok(())
}
