//! Who asks, from where, in which language and colours. Every handler takes a [`Visitor`].

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Uri};
use identity::SignedIn;
use identity::organisation::OrganisationId;
use identity::session::{SessionKind, Stage};
use identity::signin::Arrival;
use kernel::{AccountId, Actor, ActorKind, Kind, Locale, Permission, RequestId};

use super::cookie::{self, Name};
use super::problem::{EdgeError, Refused};
use crate::app::App;
use crate::ui::{PageCx, TextSize, Theme};

/// The header in which a program names the organisation whose business a request is.
pub const ACTING_FOR: &str = "everlit-acting-for";

/// Who asks.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub actor: Actor,
    pub locale: Locale,
    pub theme: Theme,
    pub text_size: TextSize,
    pub request: RequestId,
    /// Path and query.
    pub path: String,
    /// The session, when signed in.
    pub signed_in: Option<SignedIn>,
    /// A session that waits for one more factor: a guest everywhere but on the pages that ask for it.
    pub pending: Option<SignedIn>,
    /// The token the session came with.
    pub token: Option<String>,
    /// What this browser is known by, if it was here before.
    pub device_token: Option<String>,
    /// What this browser's forms must carry; empty for programs.
    pub csrf: String,
    /// The browser or program, as it calls itself.
    pub device: String,
}

/// The request's id and the guest's token, put there by the middleware.
#[derive(Debug, Clone)]
pub struct RequestMarks {
    pub request: RequestId,
    /// The value of the guest cookie, new or old.
    pub guest: String,
}

/// Who was met while a request was answered: a refusal that becomes a page on the way out is shown to them, not to a stranger.
#[derive(Debug, Clone, Default)]
pub struct Met(Arc<OnceLock<Visitor>>);

impl Met {
    /// Nobody, when the refusal came before anybody was asked for.
    pub fn who(&self) -> Option<&Visitor> {
        self.0.get()
    }

    fn note(&self, visitor: &Visitor) {
        // One request has one visitor; whoever is noted first stays.
        let _ = self.0.set(visitor.clone());
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let visitor = Self::identify(parts, app).await?;
        if let Some(met) = parts.extensions.get::<Met>() {
            met.note(&visitor);
        }
        parts.extensions.insert(visitor.clone());
        Ok(visitor)
    }
}

impl Visitor {
    async fn identify(parts: &Parts, app: &App) -> Result<Self, Refused> {
        let mut visitor = Self::brief(app, &parts.headers, &parts.uri, &parts.extensions);
        let bearer = bearer(&parts.headers);
        let session_cookie = cookie::get(&parts.headers, &app.settings, Name::Session);
        let is_bearer = bearer.is_some();
        let Some(token) = bearer.or(session_cookie) else { return Ok(visitor) };
        let way = if is_bearer { SessionKind::Bearer } else { SessionKind::Cookie };
        let found = identity::session::find_session(&app.cx, &token).await?;
        // A token works only the way it was given out.
        let Some(signed_in) = found.filter(|signed_in| signed_in.kind == way) else {
            // A dead cookie makes a guest; a bearer token is a program's key, or dead and told so.
            return if is_bearer { visitor.program(app, parts, &token).await } else { Ok(visitor) };
        };
        super::shield::count_account(app, &parts.extensions, signed_in.account)?;
        visitor.csrf =
            if is_bearer { String::new() } else { identity::session::csrf_token(&app.cx.vault, &token) };
        visitor.prefer(&signed_in, parts);
        visitor.token = Some(token);
        if signed_in.stage == Stage::Open {
            let acting = if is_bearer { acting_for(&parts.headers)? } else { None };
            let signed_in = match acting {
                Some(id) => identity::organisation::act_as(&app.cx, &signed_in, id).await?,
                None => signed_in,
            };
            visitor.actor.kind = signed_in.actor(visitor.request, String::new()).kind;
            visitor.signed_in = Some(signed_in);
        } else {
            visitor.pending = Some(signed_in);
        }
        Ok(visitor)
    }

    /// A program that calls with its key or an access token.
    async fn program(mut self, app: &App, parts: &Parts, token: &str) -> Result<Self, Refused> {
        let caller = identity::client::authenticate(&app.cx, token).await?.ok_or(EdgeError::SignInNeeded)?;
        super::shield::count_account(app, &parts.extensions, caller.principal.id)?;
        self.csrf = String::new();
        self.actor.kind = ActorKind::Account(caller.principal);
        match acting_for(&parts.headers)? {
            Some(id) if self.actor.customer() != Some(id.party()) => Err(identity::Error::NotFound.into()),
            _ => Ok(self),
        }
    }

    /// The same person acting for an organisation in this request. A key acts for the one it was made for and no other.
    pub async fn acting_as(&self, app: &App, id: OrganisationId) -> Result<Self, Refused> {
        let Some(signed_in) = &self.signed_in else {
            let own = self.account().is_ok_and(|_| self.actor.customer() == Some(id.party()));
            return if own { Ok(self.clone()) } else { Err(identity::Error::NotFound.into()) };
        };
        let signed_in = identity::organisation::act_as(&app.cx, signed_in, id).await?;
        let mut acting = self.clone();
        acting.actor.kind = signed_in.actor(self.request, String::new()).kind;
        acting.signed_in = Some(signed_in);
        Ok(acting)
    }

    /// Everything that needs no database: for guests, and for refusals that come before anybody is known.
    pub fn brief(app: &App, headers: &HeaderMap, uri: &Uri, extensions: &Extensions) -> Self {
        let marks = extensions.get::<RequestMarks>();
        let request = marks.map_or(RequestId(0), |marks| marks.request);
        let get = |name| cookie::get(headers, &app.settings, name);
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let locale = asked_locale(uri)
            .or_else(|| get(Name::Language).and_then(|tag| Locale::from_tag(&tag)))
            .or_else(|| text(ACCEPT_LANGUAGE).and_then(Locale::from_accept_language))
            .unwrap_or_default();
        Self {
            actor: Actor {
                kind: ActorKind::Anonymous,
                request,
                locale,
                address: address(app, headers, extensions),
            },
            locale,
            theme: Theme::from_name(&get(Name::Theme).unwrap_or_default()),
            text_size: TextSize::from_name(&get(Name::TextSize).unwrap_or_default()),
            request,
            path: uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str).to_owned(),
            signed_in: None,
            pending: None,
            token: None,
            device_token: get(Name::Device),
            csrf: marks.map_or_else(String::new, |m| identity::session::csrf_token(&app.cx.vault, &m.guest)),
            device: text(USER_AGENT).unwrap_or_default().chars().take(200).collect(),
        }
    }

    /// The profile's wishes, where this browser has not said otherwise.
    fn prefer(&mut self, signed_in: &SignedIn, parts: &Parts) {
        if asked_locale(&parts.uri).is_none() && !has_cookie(parts, "everlit_lang") {
            self.locale = signed_in.preferences.locale;
        }
        self.actor.locale = self.locale;
        if !has_cookie(parts, "everlit_theme") {
            self.theme = Theme::from_name(signed_in.preferences.theme.name());
        }
        if !has_cookie(parts, "everlit_text") {
            self.text_size = TextSize::from_name(signed_in.preferences.text_size.name());
        }
    }

    /// Who is signed in; otherwise the way to sign in.
    pub fn account(&self) -> Result<AccountId, Refused> {
        self.actor.account().ok_or_else(|| EdgeError::SignInNeeded.into())
    }

    /// Whose business it is: the organisation somebody acts for, otherwise their own.
    pub fn customer(&self) -> Result<AccountId, Refused> {
        self.actor.customer().ok_or_else(|| EdgeError::SignInNeeded.into())
    }

    /// Whether the browser says that it is a phone's: good enough for which of two choices stands first, and for nothing else.
    pub fn is_on_phone(&self) -> bool {
        self.device.contains("Mobile")
    }

    /// Where the request comes from, for the risk engine; it keeps nothing of it in the clear.
    pub fn origin(&self) -> risk::Origin {
        risk::Origin {
            address: self.actor.address.clone(),
            user_agent: self.device.clone(),
            device: self.device_token.clone(),
        }
    }

    /// What an operation of this request is judged with.
    pub fn guard(&self, app: &App) -> risk::Guard {
        risk::Guard { engine: Arc::clone(&app.risk), origin: self.origin() }
    }

    /// On what somebody arrives who signs in now. The session that came along ends.
    pub fn arrival(&self, app: &App, kind: SessionKind) -> Arrival {
        Arrival {
            kind,
            device: self.device.clone(),
            device_token: self.device_token.clone(),
            previous: self.token.clone(),
            judge: app.logins.clone(),
        }
    }

    /// A session that waits for a second factor, with its token.
    pub fn waiting(&self, stage: Stage) -> Result<(&SignedIn, &str), Refused> {
        let pending = self.pending.as_ref().filter(|pending| pending.stage == stage);
        match (pending, self.token.as_deref()) {
            (Some(pending), Some(token)) => Ok((pending, token)),
            _ => Err(EdgeError::SignInNeeded.into()),
        }
    }

    /// The actor of a session that waits for a second factor: may show or set up one, and nothing else.
    pub fn pending_actor(&self, app: &App) -> Option<Actor> {
        let pending = self.pending.as_ref()?;
        let address = self.actor.address.clone();
        let actor = pending
            .enrolling(self.request, address.clone(), app.cx.now())
            .unwrap_or_else(|| pending.actor(self.request, address));
        Some(Actor { locale: self.locale, ..actor })
    }

    /// A member of staff with this permission; guests are sent to sign in, others are told what is missing.
    pub fn staff(&self, permission: Permission) -> Result<(), Refused> {
        self.signed_in.as_ref().ok_or(EdgeError::SignInNeeded)?;
        self.permitted(permission)
    }

    /// The same, also for a program with the key of a member of staff.
    pub fn permitted(&self, permission: Permission) -> Result<(), Refused> {
        let principal = self.actor.principal().ok_or(EdgeError::SignInNeeded)?;
        if !principal.roles.iter().any(|role| role.is_staff()) {
            return Err(EdgeError::StaffOnly.into());
        }
        if self.actor.may(permission) {
            return Ok(());
        }
        let named = |locale| crate::ui::role::permission(permission, locale);
        Err(EdgeError::Forbidden { zh: named(Locale::Zh), en: named(Locale::En) }.into())
    }

    /// Who is known and tried what they may not is recorded (W4); once a minute, so that trying again does not fill the record.
    pub async fn note_refusal(&self, app: &App, parts: &Parts, refused: &Refused) {
        if refused.kind() != Kind::Forbidden {
            return;
        }
        let route = parts.extensions.get::<MatchedPath>().map_or("?", MatchedPath::as_str);
        let route = format!("{} {route}", parts.method);
        if let Err(error) = audit::note_refusal(&app.cx, &self.actor, &route, refused.code()).await {
            tracing::error!(error = error.to_string(), "a refusal could not be recorded");
        }
    }

    /// What every page needs to know, without what must be looked up.
    pub fn page_cx(&self, app: &App) -> PageCx {
        let mut page = PageCx::guest(self.locale, self.path.clone(), app.cx.now());
        page.origin.clone_from(&app.settings.public_url);
        page.theme = self.theme;
        page.text_size = self.text_size;
        page.csrf.clone_from(&self.csrf);
        page.request_id = self.request;
        page.password_least = app.hasher.least();
        if let Some(signed_in) = &self.signed_in {
            page.name = Some(String::new());
            page.is_staff = signed_in.is_staff();
            page.permissions = Permission::ALL.iter().copied().filter(|p| self.actor.may(*p)).collect();
        } else {
            page.parties = crate::portal::federation::parties(app, self.locale);
        }
        page
    }

    /// The same with name, unread messages and cart, for pages that show the whole frame.
    pub async fn page(&self, app: &App) -> Result<PageCx, Refused> {
        let mut page = self.page_cx(app);
        if self.signed_in.is_some() {
            let profile = identity::account::profile(&app.cx, &self.actor).await?;
            page.name = Some(profile.name.unwrap_or_default());
            if self.actor.principal().is_some_and(|own| own.acting_for.is_some()) {
                page.acting_for = Some(identity::organisation::current(&app.cx, &self.actor).await?.name);
            }
            page.unread =
                u32::try_from(notify::unread_count(&app.cx, &self.actor).await?).unwrap_or(u32::MAX);
            // Who only looks on for an organisation has no cart.
            if !page.is_staff && page.may(Permission::ActAsCustomer) {
                let cart = ordering::cart::get(&app.cx, &self.actor).await?;
                page.cart = u32::try_from(cart.lines.len()).unwrap_or(u32::MAX);
            }
        }
        Ok(page)
    }
}

fn has_cookie(parts: &Parts, plain: &str) -> bool {
    let all = parts.headers.get_all(axum::http::header::COOKIE);
    all.iter().filter_map(|value| value.to_str().ok()).any(|value| value.contains(&format!("{plain}=")))
}

fn asked_locale(uri: &Uri) -> Option<Locale> {
    let query = uri.query()?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "lang")
        .and_then(|(_, tag)| Locale::from_tag(&tag))
}

/// The organisation a program says it acts for. What is no id is nobody's.
fn acting_for(headers: &HeaderMap) -> Result<Option<OrganisationId>, Refused> {
    let Some(value) = headers.get(ACTING_FOR) else { return Ok(None) };
    let id = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    Ok(Some(id.ok_or(identity::Error::NotFound)?))
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The client's address as text; empty without a connection.
fn address(app: &App, headers: &HeaderMap, extensions: &Extensions) -> String {
    super::shield::address(&app.settings, headers, extensions).map_or_else(String::new, |ip| ip.to_string())
}
