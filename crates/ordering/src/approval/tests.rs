//! W1: whoever asks never agrees, nobody agrees twice, two at once count once, what is over stays over. On both databases.

use identity::organisation::{Found, OrganisationId, OrganisationKind};
use identity::policy::{Checker, Level, OnExpiry, Policy, Rule, Subject};
use kernel::{AccountId, Actor, ActorKind, Duration, Money, Role};
use testkit::{TestDb, db_test};

use super::*;
use crate::Error as OrderError;
use crate::order::{MoneyState, OrderId, OrderState, Which, ops, query};
use crate::testing::{Counter, order, top_up};

const ACCEPTED: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE topic = 'order.accepted'";

/// An enterprise with money: two owners, two buyers, one who looks.
pub(crate) struct House {
    pub c: Counter,
    party: AccountId,
    pub owner: Actor,
    pub other: Actor,
    pub buyer: Actor,
    pub second: Actor,
    pub viewer: Actor,
}

pub(crate) fn by_role(role: Role) -> Level {
    Level { checkers: vec![Checker::Role(role)] }
}

pub(crate) fn rule(levels: Vec<Level>) -> Rule {
    Rule { subject: Subject::Any, above_minor: 500, levels, lasts_hours: 24, on_expiry: OnExpiry::Reject }
}

pub(crate) async fn person(c: &Counter) -> AccountId {
    let id = AccountId::new(&c.t.cx.ids, c.t.cx.now());
    let sql =
        "INSERT INTO account (id, state, roles, is_staff, locale, theme, text_size, created_at, updated_at)
        VALUES ($1, 'active', 'customer', FALSE, 'zh-CN', 'auto', 'standard', 0, 0)";
    c.t.raw(sql, db::params![id]).await;
    id
}

impl House {
    pub async fn open(t: TestDb) -> Self {
        t.migrate(&[identity::MIGRATIONS, notify::MIGRATIONS]).await;
        let c = Counter::open(t).await;
        let founder = person(&c).await;
        let own = Actor { kind: ActorKind::account(founder, vec![Role::CUSTOMER]), ..Actor::system("test") };
        let input = Found {
            kind: OrganisationKind::Enterprise,
            name: "长明科技有限公司".to_owned(),
            code: "91350100M000100Y43".to_owned(),
        };
        let id = identity::organisation::found(&c.t.cx, &own, input).await.unwrap();
        let member = async |role| {
            let account = person(&c).await;
            join(&c, id, account, role).await;
            acting(&c, account, id, role)
        };
        let owner = acting(&c, founder, id, Role::ORG_OWNER);
        let (other, buyer) = (member(Role::ORG_OWNER).await, member(Role::ORG_BUYER).await);
        let (second, viewer) = (member(Role::ORG_BUYER).await, member(Role::ORG_VIEWER).await);
        c.fund(id.party(), 1_000_000).await;
        Self { party: id.party(), owner, other, buyer, second, viewer, c }
    }

    /// Rules as they stand, however they came to be.
    pub async fn rules(&self, rules: Vec<Rule>) {
        let cx = &self.c.t.cx;
        let mut tx = cx.begin().await.unwrap();
        let version = identity::policy::of_party(&mut tx, self.party).await.unwrap().version;
        let policy = Policy { rules, version };
        identity::policy::replace(&mut tx, cx, self.party, &policy, AccountId(1)).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn place(&self, who: &Actor, key: &str) -> crate::Placed {
        self.c.place(order(who, key, vec![top_up()], 1_000)).await.unwrap()
    }

    pub async fn state(&self, id: OrderId) -> (OrderState, MoneyState) {
        let order = query::get(&self.c.t.cx, &self.buyer, id).await.unwrap();
        (order.state, order.money)
    }

    pub async fn available(&self) -> i64 {
        self.c.available(&self.buyer).await
    }
}

async fn join(c: &Counter, id: OrganisationId, account: AccountId, role: Role) {
    let sql = "INSERT INTO membership (organisation_id, account_id, role, joined_at) VALUES ($1, $2, $3, 0)";
    c.t.raw(sql, db::params![id.party(), account, role.name()]).await;
}

/// The owner of another organisation.
pub(crate) async fn stranger(c: &Counter) -> Actor {
    let account = person(c).await;
    let own = Actor { kind: ActorKind::account(account, vec![Role::CUSTOMER]), ..Actor::system("test") };
    let (kind, code) = (OrganisationKind::Enterprise, "91110000600037341L".to_owned());
    let input = Found { kind, name: "别家公司".to_owned(), code };
    let theirs = identity::organisation::found(&c.t.cx, &own, input).await.unwrap();
    acting(c, account, theirs, Role::ORG_OWNER)
}

fn acting(c: &Counter, account: AccountId, id: OrganisationId, role: Role) -> Actor {
    let kind = ActorKind::account(account, vec![Role::CUSTOMER]);
    let mut actor = Actor { kind, ..Actor::system("test") }.proved(c.t.cx.now());
    if let ActorKind::Account(own) = &mut actor.kind {
        own.acting_for = Some(id.party());
        own.permissions = role.built_in_permissions();
    }
    actor
}

#[db_test]
async fn w1_an_order_above_the_rules_waits_with_its_money_until_somebody_else_agrees(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    let placed = h.place(&h.buyer, "k1").await;
    assert_eq!((placed.state, placed.money), (OrderState::Held, MoneyState::Held));
    assert_eq!((h.available().await, h.c.number(ACCEPTED).await), (999_000, 0));
    let id = placed.approval.unwrap();
    let again = h.place(&h.buyer, "k1").await;
    assert!(again.replayed && again.approval == Some(id), "the same answer for the same key");
    // A buyer is no checker here, somebody who looks neither, and nobody skips a level.
    assert!(matches!(approve(cx, &h.second, id, 0).await, Err(Error::NotChecker)));
    assert!(matches!(approve(cx, &h.viewer, id, 0).await, Err(Error::NotChecker)));
    assert!(matches!(approve(cx, &h.owner, id, 1).await, Err(Error::LevelMoved)));
    let done = approve(cx, &h.owner, id, 0).await.unwrap();
    assert_eq!(done.state, ApprovalState::Approved);
    assert_eq!(h.state(placed.order).await, (OrderState::InProgress, MoneyState::Held));
    assert_eq!((h.available().await, h.c.number(ACCEPTED).await), (999_000, 1), "the same order, once");
    for again in [approve(cx, &h.other, id, 0).await, return_it(cx, &h.other, id, "金额不对，重填").await]
    {
        assert!(matches!(again, Err(Error::Decided { .. })), "the second hears the result: {again:?}");
    }
    h.c.sound().await;
}

#[db_test]
async fn w1_whoever_asked_never_agrees_whatever_their_role(t: TestDb) {
    let h = House::open(t).await;
    let all = Level { checkers: vec![Checker::Role(Role::ORG_OWNER), Checker::Role(Role::ORG_BUYER)] };
    h.rules(vec![rule(vec![all])]).await;
    let cx = &h.c.t.cx;
    for (key, maker) in [("k1", &h.owner), ("k2", &h.buyer)] {
        let placed = h.place(maker, key).await;
        let id = placed.approval.unwrap();
        assert!(matches!(approve(cx, maker, id, 0).await, Err(Error::OwnRequest)));
        assert!(matches!(return_it(cx, maker, id, "我自己退回").await, Err(Error::OwnRequest)));
        let seen = view(cx, maker, id).await.unwrap();
        assert_eq!(seen.mine, Mine::Maker);
        assert_eq!(h.state(placed.order).await.0, OrderState::Held);
    }
}

#[db_test]
async fn w1_two_levels_want_two_people(t: TestDb) {
    let h = House::open(t).await;
    let levels = vec![by_role(Role::ORG_OWNER), by_role(Role::ORG_OWNER)];
    h.rules(vec![rule(levels)]).await;
    let cx = &h.c.t.cx;
    let placed = h.place(&h.buyer, "k1").await;
    let id = placed.approval.unwrap();
    let first = approve(cx, &h.owner, id, 0).await.unwrap();
    assert_eq!((first.state, first.level), (ApprovalState::Open, 1));
    assert!(matches!(approve(cx, &h.owner, id, 1).await, Err(Error::CheckedBefore)));
    assert!(
        matches!(approve(cx, &h.other, id, 0).await, Err(Error::LevelMoved)),
        "an old page counts for nothing"
    );
    assert_eq!(h.state(placed.order).await.0, OrderState::Held);
    assert_eq!(approve(cx, &h.other, id, 1).await.unwrap().state, ApprovalState::Approved);
    assert_eq!(h.state(placed.order).await.0, OrderState::InProgress);
}

#[db_test]
async fn w1_two_approvals_at_once_count_once(t: TestDb) {
    let h = House::open(t).await;
    let levels = vec![by_role(Role::ORG_OWNER), by_role(Role::ORG_OWNER)];
    h.rules(vec![rule(levels)]).await;
    let cx = &h.c.t.cx;
    for round in 0..4 {
        let placed = h.place(&h.buyer, &format!("k{round}")).await;
        let id = placed.approval.unwrap();
        let (one, two) = tokio::join!(approve(cx, &h.owner, id, 0), approve(cx, &h.other, id, 0));
        assert_eq!([&one, &two].iter().filter(|r| r.is_ok()).count(), 1, "{one:?} {two:?}");
        let refused = one.err().or(two.err()).unwrap();
        assert!(matches!(refused, Error::LevelMoved), "{refused:?}");
        assert_eq!(h.state(placed.order).await.0, OrderState::Held, "one check is not two");
        let audited = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_entry WHERE verb = 'approval.approve'";
        assert_eq!(h.c.number(audited).await, round + 1);
    }
    h.c.sound().await;
}

#[db_test]
async fn w1_nothing_can_be_agreed_to_after_it_was_withdrawn_returned_cancelled_or_expired(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    let withdrawn = h.place(&h.buyer, "k1").await;
    let id = withdrawn.approval.unwrap();
    assert!(matches!(withdraw(cx, &h.second, id).await, Err(Error::Forbidden)), "only its maker");
    withdraw(cx, &h.buyer, id).await.unwrap();
    let returned = h.place(&h.buyer, "k2").await;
    let short = return_it(cx, &h.owner, returned.approval.unwrap(), "不行").await;
    assert!(matches!(short, Err(Error::InvalidInput { .. })), "a reason says something");
    return_it(cx, &h.owner, returned.approval.unwrap(), "号码填错，核对后重交").await.unwrap();
    let cancelled = h.place(&h.buyer, "k3").await;
    ops::cancel(cx, &h.buyer, cancelled.order, "mistake", None).await.unwrap();
    let expired = h.place(&h.buyer, "k4").await;
    h.c.t.clock.advance(Duration::from_hours(24));
    assert_eq!(crate::held::expire_due(cx).await.unwrap(), 1);
    for (placed, want) in [
        (&withdrawn, ApprovalState::Withdrawn),
        (&returned, ApprovalState::Returned),
        (&cancelled, ApprovalState::Withdrawn),
        (&expired, ApprovalState::Expired),
    ] {
        let id = placed.approval.unwrap();
        let owner = h.owner.clone().proved(cx.now());
        let refused = approve(cx, &owner, id, 0).await;
        assert!(matches!(refused, Err(Error::Decided { .. })), "{want:?} {refused:?}");
        assert_eq!(view(cx, &owner, id).await.unwrap().approval.state, want);
        assert_eq!(h.state(placed.order).await, (OrderState::Cancelled, MoneyState::Released));
    }
    assert_eq!((h.available().await, h.c.number(ACCEPTED).await), (1_000_000, 0));
    h.c.sound().await;
}

#[db_test]
async fn w1_an_approval_a_return_and_a_withdrawal_at_once_end_it_once(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    for round in 0..4 {
        let placed = h.place(&h.buyer, &format!("k{round}")).await;
        let id = placed.approval.unwrap();
        let (one, two, three) = tokio::join!(
            approve(cx, &h.owner, id, 0),
            return_it(cx, &h.other, id, "供应商不对，重填"),
            withdraw(cx, &h.buyer, id)
        );
        assert_eq!([&one, &two, &three].iter().filter(|r| r.is_ok()).count(), 1, "{one:?} {two:?} {three:?}");
        let want = if one.is_ok() { OrderState::InProgress } else { OrderState::Cancelled };
        assert_eq!(h.state(placed.order).await.0, want);
    }
    h.c.sound().await;
}

#[db_test]
async fn w2_another_organisations_request_is_not_found(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    let id = h.place(&h.buyer, "k1").await.approval.unwrap();
    let stranger = stranger(&h.c).await;
    assert!(matches!(view(cx, &stranger, id).await, Err(Error::NotFound)));
    assert!(matches!(approve(cx, &stranger, id, 0).await, Err(Error::NotFound)));
    assert!(matches!(return_it(cx, &stranger, id, "与我无关的单子").await, Err(Error::NotFound)));
    assert!(matches!(withdraw(cx, &stranger, id).await, Err(Error::NotFound)));
    let page = kernel::PageRequest::new(None, 20);
    assert!(list(cx, &stranger, Which::All, &page).await.unwrap().items.is_empty());
    let own = list(cx, &h.viewer, Which::Open, &page).await.unwrap();
    assert_eq!(
        own.items.iter().map(|(one, mine)| (one.id, *mine)).collect::<Vec<_>>(),
        [(id, Mine::NotChecker)]
    );
}

#[db_test]
async fn w8_agreeing_above_the_limit_wants_a_fresh_proof(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    let id = h.place(&h.buyer, "k1").await.approval.unwrap();
    let limit = "UPDATE membership SET transaction_limit = 900 WHERE account_id = $1";
    h.c.t.raw(limit, db::params![h.owner.account().unwrap()]).await;
    h.c.t.clock.advance(Duration::from_mins(6));
    assert_eq!(view(cx, &h.owner, id).await.unwrap().mine, Mine::MayCheck { proof: true });
    assert!(matches!(approve(cx, &h.owner, id, 0).await, Err(Error::ProofNeeded)));
    assert_eq!(view(cx, &h.other, id).await.unwrap().mine, Mine::MayCheck { proof: false });
    let fresh = h.owner.clone().proved(cx.now());
    approve(cx, &fresh, id, 0).await.unwrap();
}

#[db_test]
async fn owners_are_asked_when_nobody_decided_and_then_it_ends(t: TestDb) {
    let h = House::open(t).await;
    let escalates = Rule { on_expiry: OnExpiry::Escalate, ..rule(vec![by_role(Role::ORG_VIEWER)]) };
    h.rules(vec![escalates]).await;
    let cx = &h.c.t.cx;
    let (one, two) = (h.place(&h.buyer, "k1").await, h.place(&h.buyer, "k2").await);
    h.c.t.clock.advance(Duration::from_hours(24));
    assert_eq!((crate::held::expire_due(cx).await.unwrap(), expire_due(cx).await.unwrap()), (0, 2));
    assert_eq!(expire_due(cx).await.unwrap(), 0);
    assert!(matches!(approve(cx, &h.viewer, one.approval.unwrap(), 0).await, Err(Error::NotChecker)));
    let owner = h.owner.clone().proved(cx.now());
    approve(cx, &owner, one.approval.unwrap(), 0).await.unwrap();
    h.c.t.clock.advance(Duration::from_hours(24));
    assert_eq!((crate::held::expire_due(cx).await.unwrap(), expire_due(cx).await.unwrap()), (1, 0));
    assert_eq!(h.state(one.order).await.0, OrderState::InProgress);
    assert_eq!(h.state(two.order).await.0, OrderState::Cancelled);
    assert_eq!(view(cx, &owner, two.approval.unwrap()).await.unwrap().approval.state, ApprovalState::Expired);
    h.c.sound().await;
}

#[db_test]
async fn w1_an_owner_does_not_change_the_rules_alone_while_there_is_another(t: TestDb) {
    let h = House::open(t).await;
    let cx = &h.c.t.cx;
    let wanted = Policy { rules: vec![rule(vec![by_role(Role::ORG_OWNER)])], version: 0 };
    assert!(matches!(change_policy(cx, &h.buyer, wanted.clone()).await, Err(Error::Forbidden)));
    let PolicyChange::Asked(id) = change_policy(cx, &h.owner, wanted.clone()).await.unwrap() else {
        panic!("another owner is to be asked");
    };
    assert!(matches!(change_policy(cx, &h.other, wanted.clone()).await, Err(Error::RulesPending)));
    let current = async || identity::policy::current(cx, &h.buyer).await.unwrap();
    assert_eq!(current().await, Policy::default(), "nothing counts yet");
    let shown = view(cx, &h.other, id).await.unwrap();
    let SubjectView::Policy(proposed) = &shown.subject else { panic!("{shown:?}") };
    assert_eq!((&proposed.before, &proposed.after), (&Policy::default(), &wanted));
    assert!(matches!(approve(cx, &h.owner, id, 0).await, Err(Error::OwnRequest)));
    approve(cx, &h.other, id, 0).await.unwrap();
    assert_eq!(current().await, Policy { version: 1, ..wanted.clone() });
    // The other owner has left: there is nobody to ask.
    h.c.t.raw("DELETE FROM membership WHERE account_id = $1", db::params![h.other.account().unwrap()]).await;
    let none = Policy { rules: Vec::new(), version: 1 };
    assert_eq!(change_policy(cx, &h.owner, none).await.unwrap(), PolicyChange::Changed);
    let stale = change_policy(cx, &h.owner, wanted).await;
    assert!(matches!(stale, Err(Error::RulesMoved)), "{stale:?}");
}

#[db_test]
async fn an_approved_order_still_waits_for_the_review_of_risk_that_was_wanted(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    let new = order(&h.buyer, "k1", vec![top_up()], 1_000);
    let risky = crate::PlaceOrder { hold_for: Some(crate::held::HoldCause::RiskReview.into()), ..new };
    let placed = h.c.place(risky).await.unwrap();
    approve(cx, &h.owner, placed.approval.unwrap(), 0).await.unwrap();
    assert_eq!(h.state(placed.order).await.0, OrderState::Held);
    assert_eq!(h.c.number(ACCEPTED).await, 0);
    let mut tx = cx.begin().await.unwrap();
    let now = crate::held::find(&mut tx, placed.order).await.unwrap().unwrap();
    assert_eq!((now.cause, now.next), (crate::held::HoldCause::RiskReview, None));
    crate::held::release(&mut tx, cx, &Actor::system("risk"), placed.order).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((h.state(placed.order).await.0, h.c.number(ACCEPTED).await), (OrderState::InProgress, 1));
}

#[db_test]
async fn small_orders_and_those_of_people_ask_nobody(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![Rule { above_minor: 1_000, ..rule(vec![by_role(Role::ORG_OWNER)]) }]).await;
    assert_eq!(h.place(&h.buyer, "k1").await.state, OrderState::InProgress, "not above");
    let lin = h.c.customer(5_000).await;
    let placed = h.c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap();
    assert_eq!((placed.state, placed.approval), (OrderState::InProgress, None));
    // An order that cannot be paid is refused at once, not after somebody agreed to it.
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    h.c.set_stock("router-wifi7-black", 1).await;
    let dear = order(&h.buyer, "k2", vec![crate::testing::router(3)], 119_700);
    assert!(matches!(h.c.place(dear).await, Err(OrderError::StockShort { .. })));
    assert_eq!(h.c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM approval_request").await, 0);
}

#[db_test]
async fn checkers_are_told_once_and_the_maker_hears_the_end(t: TestDb) {
    let h = House::open(t).await;
    h.rules(vec![rule(vec![by_role(Role::ORG_OWNER)])]).await;
    let cx = &h.c.t.cx;
    for (number, who) in [&h.owner, &h.other, &h.buyer].into_iter().enumerate() {
        let mail = cx.vault.seal_text(&*cx.rng, "identity.account.email", &format!("m{number}@example.com"));
        let sql =
            "UPDATE account SET email_sealed = $2, email_index = $3, email_verified_at = 1 WHERE id = $1";
        h.c.t
            .raw(sql, db::params![who.account().unwrap(), mail.unwrap(), vec![u8::try_from(number).unwrap()]])
            .await;
    }
    let mut registry = durable::Registry::default();
    register(&mut registry);
    let id = h.place(&h.buyer, "k1").await.approval.unwrap();
    durable::run_due(cx, &registry).await.unwrap();
    let told = "SELECT CAST(COUNT(*) AS BIGINT) FROM message WHERE account_id = $1";
    let count = async |who: &Actor| {
        h.c.t.raw(told, db::params![who.account().unwrap()]).await[0].reader().get::<i64>().unwrap()
    };
    assert_eq!((count(&h.owner).await, count(&h.other).await, count(&h.buyer).await), (2, 2, 0));
    approve(cx, &h.owner, id, 0).await.unwrap();
    durable::run_due(cx, &registry).await.unwrap();
    assert_eq!((count(&h.owner).await, count(&h.other).await, count(&h.buyer).await), (2, 2, 2));
    assert_eq!(Money::cny(1_000), view(cx, &h.buyer, id).await.unwrap().approval.amount);
}
