//! Rows of questions.

use db::{Row, Tx, params};
use durable::Cx;
use ordering::order::{LineId, OrderId};

use super::model::{Question, QuestionId};
use crate::Error;
use crate::services::{open, seal};

const QUESTION: &str = "question.question";
const ANSWER: &str = "question.answer";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("question", "question", QUESTION),
    vault::SealedColumn::new("question", "answer", ANSWER),
];

db::statements! {
    INSERT = "INSERT INTO question (id, line_id, order_id, customer_id, question, asked_by, asked_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7)";
    OF_ORDER = "SELECT id, line_id, order_id, customer_id, question, asked_by, asked_at, answer, answered_at
                FROM question WHERE order_id = $1 ORDER BY id LIMIT 200";
    ANSWER_IT = "UPDATE question SET answer = $2, answered_at = $3 WHERE id = $1 AND answered_at IS NULL";
}

fn read(cx: &Cx, row: &Row) -> Result<Question, Error> {
    let mut r = row.reader();
    let (id, line, order) = (QuestionId(r.get()?), LineId(r.get()?), OrderId(r.get()?));
    let (customer, question): (_, Vec<u8>) = (r.get()?, r.get()?);
    let (asked_by, asked_at, answer): (_, _, Option<Vec<u8>>) = (r.get()?, r.get()?, r.get()?);
    Ok(Question {
        id,
        line,
        order,
        customer,
        text: open(cx, QUESTION, &question)?,
        asked_by,
        asked_at,
        answer: answer.map(|sealed| open(cx, ANSWER, &sealed)).transpose()?,
        answered_at: r.get()?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, question: &Question) -> Result<(), Error> {
    let sealed = seal(cx, QUESTION, &question.text)?;
    let row = params![
        question.id.raw(),
        question.line.raw(),
        question.order.raw(),
        question.customer,
        sealed,
        question.asked_by.as_str(),
        question.asked_at,
    ];
    tx.execute(&INSERT, row).await?;
    Ok(())
}

/// The questions of an order, oldest first.
pub(crate) async fn list(tx: &mut Tx, cx: &Cx, order: OrderId) -> Result<Vec<Question>, Error> {
    tx.all(&OF_ORDER, params![order.raw()]).await?.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn answer(tx: &mut Tx, cx: &Cx, id: QuestionId, text: &str) -> Result<bool, Error> {
    let sealed = seal(cx, ANSWER, &text)?;
    Ok(tx.execute(&ANSWER_IT, params![id.raw(), sealed, cx.now()]).await? == 1)
}
