//! What a member may order for their organisation: taken before the desk sees the order, given back when the desk refuses it. A
//! process that ends in between has taken too much, never too little, and only until midnight.

use durable::Cx;
use kernel::{Actor, Money, Permission};

use crate::Error;

/// An amount that was taken out of a member's allowance.
#[derive(Debug)]
pub(crate) struct Allowance {
    actor: Actor,
    amount: Money,
}

impl Allowance {
    /// `None` for whoever orders for themselves: their own money needs no allowance.
    pub(crate) async fn take(cx: &Cx, actor: Actor, amount: Money) -> Result<Option<Self>, Error> {
        if actor.principal().is_none_or(|own| own.acting_for.is_none()) {
            return Ok(None);
        }
        let mut tx = cx.begin().await?;
        identity::role::spend(&mut tx, cx, &actor, Permission::ActAsCustomer, amount).await?;
        tx.commit().await?;
        Ok(Some(Self { actor, amount }))
    }

    pub(crate) async fn give_back(self, cx: &Cx) -> Result<(), Error> {
        let mut tx = cx.begin().await?;
        identity::role::unspend(&mut tx, cx, &self.actor, Permission::ActAsCustomer, self.amount).await?;
        tx.commit().await?;
        Ok(())
    }
}
