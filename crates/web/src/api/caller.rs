//! Who may call: a person rather than a key, a member of the organisation in the path, somebody of the staff with a permission. All of
//! it is known before a body is read, so nobody is told what a body lacks that they may not send.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use identity::SignedIn;
use identity::session::{SessionId, Stage};
use kernel::{Actor, Permission};

use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor};

/// Somebody signed in with a token of their own. Keys act for business, never on the account itself.
#[derive(Debug, Clone)]
pub(super) struct Person {
    visitor: Visitor,
    pub session: SessionId,
}

impl Deref for Person {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        visitor.account()?;
        let session = visitor.signed_in.as_ref().map(|signed_in| signed_in.session);
        Ok(Self { session: session.ok_or(EdgeError::SessionNeeded)?, visitor })
    }
}

/// Who sets up a second factor: a person, or somebody whose role demands one before anything else.
#[derive(Debug)]
pub(super) struct Enrolling {
    pub visitor: Visitor,
    pub actor: Actor,
}

impl FromRequestParts<App> for Enrolling {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let waits = visitor.waiting(Stage::Enrol).is_ok();
        if let Some(actor) = visitor.pending_actor(app).filter(|_| waits) {
            return Ok(Self { visitor, actor });
        }
        let Person { visitor, .. } = Person::from_request_parts(parts, app).await?;
        Ok(Self { actor: visitor.actor.clone(), visitor })
    }
}

/// Somebody who knows the first factor and lost the second.
#[derive(Debug)]
pub(super) struct Locked {
    pub actor: Actor,
    pub pending: SignedIn,
}

impl FromRequestParts<App> for Locked {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let (pending, _) = visitor.waiting(Stage::SecondFactor)?;
        let actor = visitor.pending_actor(app).ok_or(EdgeError::SignInNeeded)?;
        Ok(Self { actor, pending: pending.clone() })
    }
}

/// A member of the organisation that the path names, acting for it. A foreign organisation is not found.
#[derive(Debug, Clone)]
pub(super) struct Member(Visitor);

impl Deref for Member {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.0
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        visitor.account()?;
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(EdgeError::bug)?;
        let id = params.iter().find(|(name, _)| *name == "id").and_then(|(_, text)| text.parse().ok());
        Ok(Self(visitor.acting_as(app, id.ok_or(identity::Error::NotFound)?).await?))
    }
}

impl Member {
    /// For what a key of the organisation must not do.
    pub fn person(&self) -> Result<(), Refused> {
        if self.signed_in.is_some() { Ok(()) } else { Err(EdgeError::SessionNeeded.into()) }
    }
}

/// What a route for staff needs.
pub(super) trait Needs {
    const PERMISSION: Permission;
    /// What does as well.
    const OR: Option<Permission> = None;
}

/// Somebody of the staff who may use the route. Who may not is recorded.
#[derive(Debug, Clone)]
pub(super) struct Staff<N>(Visitor, PhantomData<N>);

impl<N> Deref for Staff<N> {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.0
    }
}

impl<N: Needs> FromRequestParts<App> for Staff<N> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let other = N::OR.is_some_and(|other| visitor.permitted(other).is_ok());
        if let (Err(refused), false) = (visitor.permitted(N::PERMISSION), other) {
            visitor.note_refusal(app, parts, &refused).await;
            return Err(refused);
        }
        Ok(Self(visitor, PhantomData))
    }
}

/// One marker a permission.
macro_rules! needs {
    ($($name:ident),*) => {$(
        #[derive(Debug, Clone, Copy)]
        pub(super) struct $name;

        impl Needs for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )*};
}

needs!(
    FreezeAccount,
    RestoreAccount,
    ReviewIdentity,
    ManageOrganisations,
    ReadRisk,
    DecideRisk,
    ReadIncidents,
    ManageShield,
    ReadAudit,
    ExportAudit,
    ManageStaff,
    ManageRoles,
    ReadLedger,
    BookLedger,
    ApproveLedger,
    ReadOrders,
    RefundOrder,
    Reconcile,
    ManageRisk
);

/// Who lets staff in has to know the roles as well as who makes them.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnowRoles;

impl Needs for KnowRoles {
    const PERMISSION: Permission = Permission::ManageRoles;
    const OR: Option<Permission> = Some(Permission::ManageStaff);
}
