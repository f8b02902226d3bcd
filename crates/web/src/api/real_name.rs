//! Real names for programs: where the account stands, and asking the provider.

use axum::Json as Out;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use identity::real_name::{self, Check, NewCheck, Standing};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{created, key};
use super::json::Json;
use crate::app::App;
use crate::edge::{Refused, Visitor};

const CHECK: &str = "POST /real-name";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_real_name, check_real_name))
}

/// Where an account stands.
#[derive(Serialize, ToSchema)]
struct RealName {
    /// 0 nothing, 1 a verified phone or e-mail, 2 name and number checked, 3 documents reviewed.
    #[schema(minimum = 0, maximum = 3)]
    level: u8,
    person: Option<RealNamePerson>,
    /// Whether there is a provider to ask.
    offered: bool,
    /// Checks left for now.
    checks_left: i64,
    /// Newest first, at most 20.
    checks: Vec<RealNameCheck>,
}

/// Who it is, masked.
#[derive(Serialize, ToSchema)]
struct RealNamePerson {
    name: String,
    number: String,
    /// `citizen`, `residence_permit`, `foreign_resident`.
    document: String,
    #[schema(value_type = String, format = DateTime)]
    proved_at: Timestamp,
}

/// One question to the provider.
#[derive(Serialize, ToSchema)]
struct RealNameCheck {
    id: String,
    /// `asking` until there is an answer; then `match`, `mismatch`, `not_found`, `unavailable`, `taken` or `withdrawn`.
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

/// A name and the number it belongs to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "林小满", "number": "330106199003071244", "consent": true}))]
struct NewRealNameCheck {
    /// As on the document.
    name: String,
    /// 18 characters (GB 11643).
    number: String,
    /// The person's separate consent to handling the number for this purpose; needed.
    consent: bool,
}

/// Where one's own account stands.
#[utoipa::path(
    get, path = "/real-name", operation_id = "get_real_name", tag = "accounts",
    responses((status = 200, description = "Level and checks", body = RealName)),
)]
async fn get_real_name(State(app): State<App>, visitor: Visitor) -> Result<Out<RealName>, Refused> {
    visitor.account()?;
    let standing = real_name::standing(&app.real_name, &app.cx, &visitor.actor).await?;
    Ok(Out(wire(standing)))
}

/// Asks the provider whether name and number belong together. The answer comes with this call where it can; while it is
/// `asking`, look at `GET /real-name`. At most five checks in 24 hours.
#[utoipa::path(
    post, path = "/real-name", operation_id = "check_real_name", tag = "accounts",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = NewRealNameCheck,
    responses((status = 201, description = "Asked", body = RealNameCheck)),
)]
async fn check_real_name(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Json<NewRealNameCheck>,
) -> Result<Response, Refused> {
    let key = key(&headers, &visitor, CHECK, "", &body.raw)?;
    let NewRealNameCheck { name, number, consent } = body.value;
    let input = NewCheck { name, number, consent, key: key.key };
    let begun = real_name::begin(&app.real_name, &app.cx, &visitor.actor, input).await?;
    let asked = real_name::ask(&app.real_name, &app.cx, begun.check.id).await?;
    Ok(created("/real-name", one(&asked), begun.replayed))
}

fn wire(standing: Standing) -> RealName {
    let person = standing.person.map(|person| RealNamePerson {
        name: person.name,
        number: person.number,
        document: person.holder,
        proved_at: person.proved_at,
    });
    RealName {
        level: standing.level.number(),
        person,
        offered: standing.offered,
        checks_left: standing.left,
        checks: standing.checks.iter().map(one).collect(),
    }
}

fn one(check: &Check) -> RealNameCheck {
    RealNameCheck {
        id: check.id.to_string(),
        state: check.state.name(),
        created_at: check.created_at,
        finished_at: check.finished_at,
    }
}
