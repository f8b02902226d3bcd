//! Real names of the demo's people: checked by the real operations with the register of the sandbox.

use durable::Cx;
use identity::real_name::{self, NewCheck};
use kernel::Actor;

use super::people::{CUSTOMER_NAME, Cast, OTHERS};
use crate::Failure;
use crate::assemble::Services;

/// The customer and three others; the other people of the register are left for whoever tries the demo.
pub(super) fn known(cast: &Cast) -> Vec<(Actor, &'static str, &'static str)> {
    let customer = std::iter::once((&cast.customer, CUSTOMER_NAME));
    let others = cast.others.iter().zip(OTHERS.map(|(name, _)| name)).take(3);
    let registered = |called: &str| sandbox::PEOPLE.into_iter().find(|(name, _)| *name == called);
    let found = customer.chain(others).filter_map(|(who, called)| Some((who, registered(called)?)));
    found.map(|(who, (name, number))| (who.clone(), name, number)).collect()
}

/// Name and number are asked about, as on the page.
pub(super) async fn verify(
    services: &Services,
    cx: &Cx,
    who: &Actor,
    name: &str,
    number: &str,
) -> Result<(), Failure> {
    let room = &services.real_name;
    let (name, number) = (name.to_owned(), number.to_owned());
    let input = NewCheck { name, number, consent: true, key: "demo".to_owned() };
    let begun = real_name::begin(room, cx, who, input).await?;
    real_name::ask(room, cx, begun.check.id).await?;
    Ok(())
}
