//! A till at which money is only authorised, and what tests of that do again and again.

use catalogue::service::CaptureAt;
use kernel::{Actor, Duration, Timestamp};

use super::till::Till;
use crate::order::{LineState, MoneyState, NewEvent, OrderId, OrderState};
use crate::payment::{AttemptId, AttemptState, PaymentId};

pub const WEEK: Duration = Duration::from_hours(7 * 24);

/// A till whose orders are charged when their work is done.
pub async fn open(t: testkit::TestDb) -> Till {
    let mut till = Till::open(t).await;
    till.capture = CaptureAt::Completion;
    till
}

impl Till {
    pub fn in_a_week(&self) -> Timestamp {
        self.t.cx.now().plus(WEEK)
    }

    /// An order that a card was authorised for, for a week.
    pub async fn authorised(&self, lines: &[(&str, i64)]) -> (OrderId, PaymentId, AttemptId) {
        let (order, payment) = self.order_of(lines, None).await;
        let attempt = self.begin(payment, "card").await;
        self.callback(&self.card.authorise(attempt, self.in_a_week())).await.unwrap();
        self.check_order(order, OrderState::InProgress, MoneyState::Authorised).await;
        self.card.calls();
        (order, payment, attempt)
    }

    /// The lines go where they go; what follows from that is left to [`Till::work`].
    pub async fn end(&self, order: OrderId, states: &[LineState]) {
        let cx = &self.t.cx;
        let lines = crate::order::ops::lines(&mut cx.read().await.unwrap(), cx, order).await.unwrap();
        for (line, &to) in lines.iter().zip(states) {
            for to in [LineState::InProgress, to].into_iter().filter(|to| line.state != *to) {
                let mut tx = cx.begin().await.unwrap();
                let event = NewEvent::public("line");
                crate::order::ops::change_line(&mut tx, cx, &Actor::system("test"), line.id, to, event)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        }
    }

    pub async fn begin_work(&self, order: OrderId) {
        let cx = &self.t.cx;
        let lines = crate::order::ops::lines(&mut cx.read().await.unwrap(), cx, order).await.unwrap();
        for line in lines {
            let mut tx = cx.begin().await.unwrap();
            let (actor, event) = (Actor::system("test"), NewEvent::public("started"));
            crate::order::ops::change_line(&mut tx, cx, &actor, line.id, LineState::InProgress, event)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    }

    pub async fn attempt_is(&self, payment: PaymentId, state: AttemptState) {
        assert_eq!(self.view(payment).await.attempts.last().unwrap().state, state);
    }

    pub fn taken(&self) -> usize {
        self.card.calls().iter().filter(|call| call.starts_with("capture")).count()
    }
}
