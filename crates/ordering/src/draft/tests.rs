//! Forms that were begun and are not wanted any more.

use kernel::Refusal as _;
use testkit::{TestDb, db_test};

use crate::draft::{self, Draft};
use crate::testing::{Counter, order, top_up};
use crate::{Error, PlaceOrder};

async fn begin(c: &Counter, who: &kernel::Actor) -> Draft {
    let version = c.shelf.service("mobile-top-up").unwrap();
    draft::start(&c.t.cx, who, &version, "y10", 1).await.unwrap()
}

#[db_test]
async fn a_draft_is_forgotten_with_everything_typed_into_it(t: TestDb) {
    let c = Counter::open(t).await;
    let (lin, chen) = (c.customer(5_000).await, c.customer(0).await);
    let (one, other) = (begin(&c, &lin).await, begin(&c, &lin).await);
    let foreign = draft::discard(&c.t.cx, &chen, one.id).await.unwrap_err();
    assert_eq!(foreign.code(), "ordering.not_found");
    draft::discard(&c.t.cx, &lin, one.id).await.unwrap();
    let left: Vec<_> = draft::list(&c.t.cx, &lin).await.unwrap().into_iter().map(|draft| draft.id).collect();
    assert_eq!(left, [other.id]);
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM draft").await, 1);
    let again = draft::discard(&c.t.cx, &lin, one.id).await.unwrap_err();
    assert_eq!(again.code(), "ordering.not_found");
}

#[db_test]
async fn a_draft_that_became_an_order_stays_and_says_which(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let draft = begin(&c, &lin).await;
    let wish = PlaceOrder { draft: Some(draft.id), ..order(&lin, "k1", vec![top_up()], 1_000) };
    let placed = c.place(wish).await.unwrap().order;
    let refused = draft::discard(&c.t.cx, &lin, draft.id).await.unwrap_err();
    assert!(matches!(refused, Error::CartOrdered { order } if order == placed));
    assert_eq!(draft::get(&c.t.cx, &lin, draft.id).await.unwrap().order, Some(placed));
}
