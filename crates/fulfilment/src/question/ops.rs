//! Asking and answering.

use durable::Cx;
use kernel::{Actor, Permission};
use notify::{OrderUpdate, Template};
use ordering::order::{self, LineId, LineState, NewEvent, Order, OrderId};
use serde_json::json;

use super::model::{Question, QuestionId};
use super::store;
use crate::Error;
use crate::flow;
use crate::services::{require, tell};

/// Asks the customer about a line that is being worked on; the line waits for the customer, who is told.
pub async fn ask_customer(cx: &Cx, actor: &Actor, line: LineId, text: &str) -> Result<Question, Error> {
    require(actor, Permission::WorkOrders)?;
    let text = words(text)?;
    let found = order::ops::line(&mut cx.read().await?, cx, line).await?.ok_or(Error::NotFound)?;
    let mut tx = cx.begin().await?;
    let order = order::ops::lock(&mut tx, cx, found.order).await?.ok_or(Error::NotFound)?;
    let event = NewEvent::public("information_asked");
    let order = match order::ops::line(&mut tx, cx, line).await?.map(|line| line.state) {
        Some(LineState::InProgress | LineState::Fallout | LineState::InformationRequired) => {
            order::ops::change_line(&mut tx, cx, actor, line, LineState::InformationRequired, event).await?
        }
        Some(state) => {
            let allowed = order.state.name().to_owned();
            return Err(Error::IllegalTransition { state: state.name().to_owned(), allowed });
        }
        None => return Err(Error::NotFound),
    };
    let question = Question {
        id: QuestionId::new(&cx.ids, cx.now()),
        line,
        order: order.id,
        customer: order.customer,
        text: text.to_owned(),
        asked_by: actor.label(),
        asked_at: cx.now(),
        answer: None,
        answered_at: None,
    };
    store::insert(&mut tx, cx, &question).await?;
    let template = || Template::Order {
        update: OrderUpdate::NeedsYou,
        service: found.title.clone(),
        number: order.number(),
    };
    tell(&mut tx, cx, &order, template).await?;
    let detail = json!({"line": line, "question": question.id});
    audit::record(&mut tx, cx, actor, order::ops::entry("order.ask_customer", &order, detail, None)).await?;
    tx.commit().await?;
    Ok(question)
}

/// The customer answers whatever is open about the order; the work goes on. Staff read the answer with the order.
pub async fn report_information(cx: &Cx, actor: &Actor, id: OrderId, text: &str) -> Result<Order, Error> {
    let mut tx = cx.begin().await?;
    let own = |order: &Order| actor.customer() == Some(order.customer);
    let mut order = order::ops::lock(&mut tx, cx, id).await?.filter(own).ok_or(Error::NotFound)?;
    if !order::ops::may_change(actor, &order) {
        return Err(Error::Forbidden);
    }
    let text = words(text)?;
    let questions = store::list(&mut tx, cx, id).await?;
    let open: Vec<&Question> = questions.iter().filter(|question| question.answered_at.is_none()).collect();
    if open.is_empty() {
        return Err(Error::NothingAsked);
    }
    for question in &open {
        store::answer(&mut tx, cx, question.id, text).await?;
    }
    for line in order::ops::lines(&mut tx, cx, id).await? {
        if line.state != LineState::InformationRequired {
            continue;
        }
        let flow = flow::store::find_flow_of_line(&mut tx, cx, line.id).await?;
        let to = flow.map_or(LineState::InProgress, |flow| flow::rules::line_state(flow.state));
        let event = NewEvent::public("information_given");
        order = order::ops::change_line(&mut tx, cx, actor, line.id, to, event).await?;
    }
    let answered: Vec<QuestionId> = open.iter().map(|question| question.id).collect();
    let entry = order::ops::entry("order.report_information", &order, json!({"questions": answered}), None);
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(order)
}

/// What was asked and answered about an order, oldest first: for its customer and for staff.
pub async fn list(cx: &Cx, actor: &Actor, order: OrderId) -> Result<Vec<Question>, Error> {
    let mut tx = cx.read().await?;
    let found = order::ops::find(&mut tx, cx, order).await?;
    found.filter(|order| order::ops::may_see(actor, order)).ok_or(Error::NotFound)?;
    let mut questions = store::list(&mut tx, cx, order).await?;
    if !actor.may(Permission::ReadOrders) {
        for question in &mut questions {
            question.asked_by.clear();
        }
    }
    Ok(questions)
}

fn words(text: &str) -> Result<&str, Error> {
    let text = text.trim();
    if (1..=1000).contains(&text.chars().count()) { Ok(text) } else { Err(Error::TextNeeded) }
}
