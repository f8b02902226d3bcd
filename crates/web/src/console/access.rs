//! Who may open what. Every console route is registered with the permission it needs, and its handler takes a [`Staff`], which
//! only somebody with that permission becomes. A route without a permission lets nobody in (W3).

use axum::Router;
use axum::extract::FromRequestParts;
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::routing::{get, post};
use kernel::Permission;

use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor};

/// What the route needs; put beside the request by [`Routes`].
#[derive(Debug, Clone, Copy)]
struct Needs(Permission);

/// A member of staff who may use the route that is being handled.
#[derive(Debug, Clone)]
pub(crate) struct Staff(Visitor);

impl std::ops::Deref for Staff {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.0
    }
}

impl FromRequestParts<App> for Staff {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let Some(Needs(permission)) = parts.extensions.get::<Needs>().copied() else {
            return Err(EdgeError::bug("a console route names no permission").into());
        };
        if let Err(refused) = visitor.staff(permission) {
            visitor.note_refusal(app, parts, &refused).await;
            return Err(refused);
        }
        Ok(Self(visitor))
    }
}

/// One line of the table of routes: method, path, permission.
pub(crate) type Line = (&'static str, &'static str, Permission);

/// Console routes with what they need.
pub(crate) struct Routes {
    router: Router<App>,
    table: Vec<Line>,
}

impl Routes {
    pub fn new() -> Self {
        Self { router: Router::new(), table: Vec::new() }
    }

    pub fn get<H, T>(self, path: &'static str, needs: Permission, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let route = get(handler).route_layer(axum::Extension(Needs(needs)));
        self.add("GET", path, needs, |router| router.route(path, route))
    }

    pub fn post<H, T>(self, path: &'static str, needs: Permission, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let route = post(handler).route_layer(axum::Extension(Needs(needs)));
        self.add("POST", path, needs, |router| router.route(path, route))
    }

    fn add(
        mut self,
        method: &'static str,
        path: &'static str,
        needs: Permission,
        with: impl FnOnce(Router<App>) -> Router<App>,
    ) -> Self {
        self.table.push((method, path, needs));
        Self { router: with(self.router), table: self.table }
    }

    pub fn merge(mut self, other: Self) -> Self {
        self.table.extend(other.table);
        Self { router: self.router.merge(other.router), table: self.table }
    }

    pub fn into_router(self) -> Router<App> {
        self.router
    }

    #[cfg(test)]
    pub fn table(&self) -> &[Line] {
        &self.table
    }
}
