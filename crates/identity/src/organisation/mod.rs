//! Organisations: enterprises that order, providers that serve. Promises: somebody acts for an organisation only as its member,
//! within the role and limits they have there, from one request to the next; an enterprise never loses its last owner; a
//! foreign organisation is not found.

mod members;
mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use members::purge;
pub use members::{
    add_department, change_member, departments, invitations, invite, join, look_at_invitation, members,
    remove_department, remove_member, withdraw,
};
pub use model::{
    Belonging, DepartmentId, DepartmentView, Found, InvitationId, InvitationView, Invite, InvitedTo,
    MemberView, NewInvitation, OrganisationId, OrganisationKind, OrganisationState, OrganisationView, Place,
};
pub(crate) use ops::{INDEXED, SEALED, is_active, places, standing};
pub use ops::{
    ORGANISATION_FOUNDED, act_as, act_for, addressees, belongings, confirm, current, found, list, look_at,
    member, set_state,
};
pub use rules::parse_code as credit_code;
pub(crate) use store::STATEMENTS;
