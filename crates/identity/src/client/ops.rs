//! Making clients, changing their keys, and knowing who calls.

use audit::Entry;
use db::Tx;
use durable::Cx;
use kernel::{
    AccountId, Actor, Duration, FieldError, Page, PageRequest, Permission, Permissions, Position, Principal,
    Timestamp,
};
use serde_json::{Value, json};

use crate::account::{AccountState, require};
use crate::token::{Token, hash_of};
use crate::{Error, organisation, role};

use super::model::{
    Caller, ClientId, ClientView, Found, Granted, KEY_LASTS, KEY_LASTS_AT_MOST, KeyId, MOST_CLIENTS,
    NewClient, NewKey, ROTATION_GRACE, StoredClient, TOKEN_LASTS, USED_EVERY,
};
use super::store;

const NAME: &str = "identity.client.name";
pub(crate) const SEALED: &[vault::SealedColumn] =
    &[vault::SealedColumn::new("api_client", "name_sealed", NAME)];
const LONGEST_NAME: usize = 60;
/// How much of a token is shown to tell keys apart.
const HINT: usize = 4;

/// Who may make and change clients of the party: customers of their own, owners of their organisation's, staff with the right.
fn managed(cx: &Cx, actor: &Actor) -> Result<(AccountId, AccountId), Error> {
    let (owner, party) =
        (actor.account().ok_or(Error::SignInNeeded)?, actor.customer().ok_or(Error::SignInNeeded)?);
    let may = if party == owner {
        actor.may(Permission::ActAsCustomer) || actor.may(Permission::ManageClients)
    } else {
        actor.may(Permission::ManageMembers)
    };
    if !may {
        return Err(Error::NotAllowed);
    }
    if actor.has_fresh_proof(cx.now()) { Ok((owner, party)) } else { Err(Error::ProofNeeded) }
}

/// Makes a client with its first key. Its scopes are a part of what the actor may do.
pub async fn create(cx: &Cx, actor: &Actor, input: NewClient) -> Result<NewKey, Error> {
    let (owner, party) = managed(cx, actor)?;
    let lasts = check(actor, &input)?;
    let now = cx.now();
    let client = StoredClient {
        id: ClientId::new(&cx.ids, now),
        owner,
        party,
        name_sealed: cx.vault.seal_text(cx.rng.as_ref(), NAME, input.name.trim())?,
        scopes: input.scopes,
        revoked_at: None,
        created_at: now,
    };
    let mut tx = cx.begin().await?;
    let live = store::list_of_party(&mut tx, party).await?.iter().filter(|c| c.revoked_at.is_none()).count();
    if live >= MOST_CLIENTS {
        return Err(Error::field(
            "/name",
            "identity.too_many_clients",
            "最多 50 个密钥应用，请先停用不用的",
            "50 clients at most. Revoke one first",
        ));
    }
    store::insert_client(&mut tx, &client).await?;
    let key = write_key(&mut tx, cx, client.id, lasts).await?;
    let detail = json!({ "scopes": client.scopes.to_text(), "expires_at": key.expires_at });
    audit::record(&mut tx, cx, actor, about(&client, "client.create", detail)).await?;
    tx.commit().await?;
    Ok(key)
}

fn check(actor: &Actor, input: &NewClient) -> Result<Duration, Error> {
    let mut wrong = Vec::new();
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let (zh, en) = ("填写名称，最多 60 个字符", "Enter a name of at most 60 characters");
        wrong.push(FieldError::new("/name", "identity.client_name", zh, en));
    }
    let beyond = input.scopes.iter().any(|scope| !actor.may(scope));
    if input.scopes.is_empty() || beyond {
        let (zh, en) = ("选择您自己有的权限范围", "Choose scopes among what you may do yourself");
        wrong.push(FieldError::new("/scopes", "identity.client_scopes", zh, en));
    }
    let lasts = Duration::from_days(input.days.clamp(0, 1000));
    if lasts.0 <= 0 || lasts > KEY_LASTS_AT_MOST {
        let (zh, en) = ("有效期需为 1 至 365 天", "Choose 1 to 365 days");
        wrong.push(FieldError::new("/days", "identity.client_days", zh, en));
    }
    if wrong.is_empty() { Ok(lasts) } else { Err(Error::Invalid { fields: wrong }) }
}

async fn write_key(tx: &mut Tx, cx: &Cx, client: ClientId, lasts: Duration) -> Result<NewKey, Error> {
    let now = cx.now();
    let (id, token, expires_at) = (KeyId::new(&cx.ids, now), Token::new(cx.rng.as_ref()), now.plus(lasts));
    let text = token.expose();
    let hint: String = text.chars().skip(text.chars().count().saturating_sub(HINT)).collect();
    store::insert_key(tx, (id, client), (token.hash(), &hint), (now, expires_at)).await?;
    Ok(NewKey { client, id, token, expires_at })
}

/// A new key for the client; the ones before go on for a week, so that nothing stands still while it is changed.
pub async fn rotate(cx: &Cx, actor: &Actor, id: ClientId) -> Result<NewKey, Error> {
    let mut tx = cx.begin().await?;
    let client = own(&mut tx, cx, actor, id).await?;
    if client.revoked_at.is_some() {
        return Err(Error::WrongState);
    }
    let key = write_key(&mut tx, cx, id, KEY_LASTS).await?;
    store::shorten_others(&mut tx, id, key.id, cx.now().plus(ROTATION_GRACE)).await?;
    let detail = json!({ "key": key.id, "expires_at": key.expires_at });
    audit::record(&mut tx, cx, actor, about(&client, "client.rotate", detail)).await?;
    tx.commit().await?;
    Ok(key)
}

/// Ends one key at once.
pub async fn end_key(cx: &Cx, actor: &Actor, id: ClientId, key: KeyId) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let client = own(&mut tx, cx, actor, id).await?;
    if !store::delete_key(&mut tx, id, key).await? {
        return Err(Error::NotFound);
    }
    audit::record(&mut tx, cx, actor, about(&client, "client.end_key", json!({ "key": key }))).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends the client with all its keys and tokens, at once and for good. Staff with the right may end any.
pub async fn revoke(cx: &Cx, actor: &Actor, id: ClientId) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let client = if actor.may(Permission::ManageClients) {
        store::find_client(&mut tx, id).await?.ok_or(Error::NotFound)?
    } else {
        own(&mut tx, cx, actor, id).await?
    };
    if !store::revoke_client(&mut tx, id, cx.now()).await? {
        return Err(Error::WrongState);
    }
    audit::record(&mut tx, cx, actor, about(&client, "client.revoke", Value::Null)).await?;
    tx.commit().await?;
    Ok(())
}

/// A client of the actor's party; a foreign one is not found.
async fn own(tx: &mut Tx, cx: &Cx, actor: &Actor, id: ClientId) -> Result<StoredClient, Error> {
    let (_, party) = managed(cx, actor)?;
    let found = store::find_client(tx, id).await?;
    found.filter(|client| client.party == party).ok_or(Error::NotFound)
}

fn about<'a>(client: &StoredClient, verb: &'static str, detail: Value) -> Entry<'a> {
    Entry {
        verb,
        object_kind: "client",
        object: client.id.0,
        customer: Some(client.party),
        detail,
        reason: None,
    }
}

/// The clients of the actor's party, newest first.
pub async fn list(cx: &Cx, actor: &Actor) -> Result<Vec<ClientView>, Error> {
    let party = actor.customer().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.read().await?;
    let rows = store::list_of_party(&mut tx, party).await?;
    views(&mut tx, cx, rows).await
}

/// Every client, newest first, for staff.
pub async fn list_all(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<ClientView>, Error> {
    require(actor, Permission::ManageClients)?;
    let mut tx = cx.read().await?;
    let rows = store::list_clients(&mut tx, &page).await?;
    let views = views(&mut tx, cx, rows).await?;
    Ok(Page::cut(views, &page, |view| Position { key: view.id.0, id: view.id.0 }))
}

async fn views(tx: &mut Tx, cx: &Cx, rows: Vec<StoredClient>) -> Result<Vec<ClientView>, Error> {
    let ids: Vec<ClientId> = rows.iter().map(|row| row.id).collect();
    let keys = store::list_keys(tx, &ids).await?;
    let view = |row: StoredClient| {
        Ok(ClientView {
            name: cx.vault.open_text(NAME, &row.name_sealed)?,
            keys: keys.iter().filter(|(of, _)| *of == row.id).map(|(_, key)| key.clone()).collect(),
            id: row.id,
            owner: row.owner,
            party: row.party,
            scopes: row.scopes,
            revoked_at: row.revoked_at,
            created_at: row.created_at,
        })
    };
    rows.into_iter().map(view).collect()
}

/// Who calls with this key or access token, if anybody. What they may do is what the scopes and the owner's rights both allow now;
/// nothing that needs a fresh proof.
pub async fn authenticate(cx: &Cx, token: &str) -> Result<Option<Caller>, Error> {
    let Some(hash) = hash_of(token) else { return Ok(None) };
    let now = cx.now();
    let mut tx = cx.read().await?;
    let found = match store::find_by_key(&mut tx, hash).await? {
        Some(found) => Some(found),
        None => store::find_by_token(&mut tx, hash).await?,
    };
    let Some(found) = found.filter(|found| is_live(found, now)) else { return Ok(None) };
    let Some(principal) = principal(&mut tx, &found).await? else { return Ok(None) };
    drop(tx);
    if found.used_at.is_none_or(|at| at < now && now.since(at) >= USED_EVERY) {
        let mut tx = cx.begin().await?;
        store::update_used(&mut tx, found.key, now).await?;
        tx.commit().await?;
    }
    Ok(Some(Caller { client: found.client, principal }))
}

fn is_live(found: &Found, now: Timestamp) -> bool {
    !found.revoked && found.state == AccountState::Active && now < found.expires_at
}

/// The owner with the client's scopes; `None` when the owner may no longer act for the organisation.
async fn principal(tx: &mut Tx, found: &Found) -> Result<Option<Principal>, Error> {
    let acting_for = (found.party != found.owner).then_some(found.party);
    let rights: Permissions = match acting_for {
        None => role::rights_of(tx, &found.roles).await?.permissions,
        Some(party) => match organisation::standing(tx, party, found.owner).await? {
            Some(standing) => role::rights_of(tx, &[standing.role]).await?.permissions,
            None => return Ok(None),
        },
    };
    Ok(Some(Principal {
        id: found.owner,
        roles: found.roles.clone(),
        permissions: rights.intersection(found.scopes),
        acting_for,
        proved_at: None,
    }))
}

/// An access token for an hour (OAuth 2.1 client credentials). `scopes` narrows; what the client does not have is refused.
pub async fn grant(
    cx: &Cx,
    client: &str,
    secret: &str,
    scopes: Option<Permissions>,
) -> Result<Granted, Error> {
    let hash = hash_of(secret).ok_or(Error::ClientUnknown)?;
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let found = store::find_by_key(&mut tx, hash).await?;
    let named = |found: &Found| client.parse() == Ok(found.client);
    let found = found.filter(|found| named(found) && is_live(found, now)).ok_or(Error::ClientUnknown)?;
    let wanted = scopes.unwrap_or(found.scopes);
    if wanted.is_empty() || wanted.intersection(found.scopes) != wanted {
        return Err(Error::ScopeUnfit);
    }
    let token = Token::new(cx.rng.as_ref());
    let expires_at = now.plus(TOKEN_LASTS).min(found.expires_at);
    store::insert_token(&mut tx, token.hash(), (found.client, found.key), wanted, expires_at).await?;
    store::update_used(&mut tx, found.key, now).await?;
    tx.commit().await?;
    Ok(Granted { token, scopes: wanted, lasts: expires_at.since(now) })
}

/// Forgets keys and tokens that nobody can use any more.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_expired(tx, now).await?)
}
