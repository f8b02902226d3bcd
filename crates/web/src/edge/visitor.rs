//! Who asks, from where, in which language and colours. Every handler takes a [`Visitor`].

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Uri};
use identity::SignedIn;
use identity::session::SessionKind;
use kernel::{AccountId, Actor, ActorKind, Locale, Permission, RequestId};

use super::cookie::{self, Name};
use super::problem::{EdgeError, Refused};
use crate::app::App;
use crate::ui::{PageCx, TextSize, Theme};

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
    /// The token the session came with.
    pub token: Option<String>,
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

impl FromRequestParts<App> for Visitor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let visitor = Self::identify(parts, app).await?;
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
        let found = identity::session::authenticate(&app.cx, &token).await?;
        // A token works only the way it was given out.
        let Some(signed_in) = found.filter(|signed_in| signed_in.kind == way) else {
            // A dead cookie makes a guest; a dead bearer token is told so.
            return if is_bearer { Err(EdgeError::SignInNeeded.into()) } else { Ok(visitor) };
        };
        visitor.actor.kind = ActorKind::Account { id: signed_in.account, roles: signed_in.roles.clone() };
        visitor.csrf =
            if is_bearer { String::new() } else { identity::session::csrf_token(&app.cx.vault, &token) };
        visitor.prefer(&signed_in, parts);
        visitor.signed_in = Some(signed_in);
        visitor.token = Some(token);
        Ok(visitor)
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
            token: None,
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

    /// A member of staff with this permission; guests are sent to sign in, others are told what is missing.
    pub fn staff(&self, permission: Permission) -> Result<(), Refused> {
        let signed_in = self.signed_in.as_ref().ok_or(EdgeError::SignInNeeded)?;
        if !signed_in.roles.iter().any(|role| role.is_staff()) {
            return Err(EdgeError::StaffOnly.into());
        }
        if self.actor.may(permission) {
            return Ok(());
        }
        let role = kernel::Role::ALL.into_iter().find(|role| role.permits(permission));
        Err(EdgeError::Forbidden { role: role.map_or("administrator", kernel::Role::name).to_owned() }.into())
    }

    /// What every page needs to know, without what must be looked up.
    pub fn page_cx(&self, app: &App) -> PageCx {
        let mut page = PageCx::guest(self.locale, self.path.clone(), app.cx.now());
        page.origin.clone_from(&app.settings.public_url);
        page.theme = self.theme;
        page.text_size = self.text_size;
        page.csrf.clone_from(&self.csrf);
        page.request_id = self.request;
        if let Some(signed_in) = &self.signed_in {
            page.name = Some(String::new());
            page.is_staff = signed_in.is_staff();
            page.permissions = Permission::ALL.into_iter().filter(|p| self.actor.may(*p)).collect();
        }
        page
    }

    /// The same with name, unread messages and cart, for pages that show the whole frame.
    pub async fn page(&self, app: &App) -> Result<PageCx, Refused> {
        let mut page = self.page_cx(app);
        if self.signed_in.is_some() {
            let profile = identity::account::profile(&app.cx, &self.actor).await?;
            page.name = Some(profile.name.unwrap_or_default());
            page.unread =
                u32::try_from(notify::unread_count(&app.cx, &self.actor).await?).unwrap_or(u32::MAX);
            if !page.is_staff {
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

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The client's address: the peer's, or what a trusted proxy says of it. A client cannot choose it.
fn address(app: &App, headers: &HeaderMap, extensions: &Extensions) -> String {
    let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else { return String::new() };
    let trusted = |address: &IpAddr| app.settings.trusted_proxies.contains(address);
    if !trusted(&peer.ip()) {
        return peer.ip().to_string();
    }
    let forwarded =
        headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let chain: Vec<IpAddr> = forwarded.filter_map(|part| part.trim().parse().ok()).collect();
    chain.into_iter().rev().find(|address| !trusted(address)).unwrap_or(peer.ip()).to_string()
}
