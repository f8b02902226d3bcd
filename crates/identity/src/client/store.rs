//! SQL of clients, keys and access tokens.

use db::{Result, Row, Tx, Value, params};
use kernel::{AccountId, PageRequest, Permissions, Timestamp};

use crate::account::{AccountState, roles_of};

use super::model::{ClientId, Found, KeyId, KeyView, StoredClient};

db::statements! {
    INSERT_CLIENT = "INSERT INTO api_client (id, owner_id, party_id, name_sealed, scopes, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    FIND_CLIENT = "SELECT id, owner_id, party_id, name_sealed, scopes, revoked_at, created_at FROM api_client WHERE id = $1";
    LIST_OF_PARTY = "SELECT id, owner_id, party_id, name_sealed, scopes, revoked_at, created_at FROM api_client
        WHERE party_id = $1 ORDER BY id DESC LIMIT 100";
    LIST_ALL = "SELECT id, owner_id, party_id, name_sealed, scopes, revoked_at, created_at FROM api_client
        WHERE id < $1 ORDER BY id DESC LIMIT $2";
    REVOKE = "UPDATE api_client SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    INSERT_KEY = "INSERT INTO api_key (id, client_id, token_hash, hint, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    LIST_KEYS = "SELECT client_id, id, hint, created_at, expires_at, used_at FROM api_key WHERE client_id IN {list $1} ORDER BY id DESC";
    // The old keys of a client go on for the grace at most.
    SHORTEN = "UPDATE api_key SET expires_at = $3 WHERE client_id = $1 AND id <> $2 AND expires_at > $3";
    DELETE_KEYS = "DELETE FROM api_key WHERE client_id = $1";
    DELETE_KEY = "DELETE FROM api_key WHERE id = $1 AND client_id = $2";
    DELETE_TOKENS = "DELETE FROM api_token WHERE client_id = $1";
    DELETE_TOKENS_OF_KEY = "DELETE FROM api_token WHERE key_id = $1";
    // In the path of every call with a key.
    BY_KEY = "SELECT c.id, k.id, c.owner_id, c.party_id, c.scopes, k.expires_at, k.used_at, c.revoked_at, a.state, a.roles
        FROM api_key k JOIN api_client c ON c.id = k.client_id JOIN account a ON a.id = c.owner_id WHERE k.token_hash = $1";
    BY_TOKEN = "SELECT c.id, t.key_id, c.owner_id, c.party_id, c.scopes, t.scopes, t.expires_at, c.revoked_at, a.state, a.roles
        FROM api_token t JOIN api_client c ON c.id = t.client_id JOIN account a ON a.id = c.owner_id WHERE t.token_hash = $1";
    USED = "UPDATE api_key SET used_at = $2 WHERE id = $1";
    INSERT_TOKEN = "INSERT INTO api_token (token_hash, client_id, key_id, scopes, expires_at) VALUES ($1, $2, $3, $4, $5)";
    PURGE_KEYS = "DELETE FROM api_key WHERE expires_at < $1";
    PURGE_TOKENS = "DELETE FROM api_token WHERE expires_at < $1";
}

pub(crate) async fn insert_client(tx: &mut Tx, client: &StoredClient) -> Result<()> {
    let values = params![
        client.id.0,
        client.owner,
        client.party,
        client.name_sealed.clone(),
        client.scopes.to_text(),
        client.created_at
    ];
    tx.execute(&INSERT_CLIENT, values).await?;
    Ok(())
}

pub(crate) async fn find_client(tx: &mut Tx, id: ClientId) -> Result<Option<StoredClient>> {
    tx.first(&FIND_CLIENT, params![id.0]).await?.as_ref().map(client).transpose()
}

pub(crate) async fn list_of_party(tx: &mut Tx, party: AccountId) -> Result<Vec<StoredClient>> {
    tx.all(&LIST_OF_PARTY, params![party]).await?.iter().map(client).collect()
}

pub(crate) async fn list_clients(tx: &mut Tx, page: &PageRequest) -> Result<Vec<StoredClient>> {
    tx.all(&LIST_ALL, params![page.after.id, page.fetch()]).await?.iter().map(client).collect()
}

/// False when it was revoked before. Its keys and tokens end with it.
pub(crate) async fn revoke_client(tx: &mut Tx, id: ClientId, now: Timestamp) -> Result<bool> {
    let revoked = tx.execute(&REVOKE, params![id.0, now]).await? == 1;
    tx.execute(&DELETE_TOKENS, params![id.0]).await?;
    tx.execute(&DELETE_KEYS, params![id.0]).await?;
    Ok(revoked)
}

pub(crate) async fn insert_key(
    tx: &mut Tx,
    (id, client): (KeyId, ClientId),
    (hash, hint): ([u8; 32], &str),
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<()> {
    tx.execute(&INSERT_KEY, params![id.0, client.0, hash, hint, now, expires_at]).await?;
    Ok(())
}

/// The keys of several clients, newest first.
pub(crate) async fn list_keys(tx: &mut Tx, clients: &[ClientId]) -> Result<Vec<(ClientId, KeyView)>> {
    if clients.is_empty() {
        return Ok(Vec::new());
    }
    let ids = Value::Ints(clients.iter().map(|id| id.0).collect());
    tx.all(&LIST_KEYS, vec![ids]).await?.iter().map(key).collect()
}

/// Every other key of the client ends at `until` at the latest.
pub(crate) async fn shorten_others(
    tx: &mut Tx,
    client: ClientId,
    keep: KeyId,
    until: Timestamp,
) -> Result<u64> {
    tx.execute(&SHORTEN, params![client.0, keep.0, until]).await
}

pub(crate) async fn delete_key(tx: &mut Tx, client: ClientId, id: KeyId) -> Result<bool> {
    tx.execute(&DELETE_TOKENS_OF_KEY, params![id.0]).await?;
    Ok(tx.execute(&DELETE_KEY, params![id.0, client.0]).await? == 1)
}

pub(crate) async fn find_by_key(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<Found>> {
    let Some(row) = tx.first(&BY_KEY, params![hash]).await? else { return Ok(None) };
    let mut r = row.reader();
    Ok(Some(Found {
        client: ClientId(r.get()?),
        key: KeyId(r.get()?),
        owner: r.get()?,
        party: r.get()?,
        scopes: Permissions::from_text(&r.get::<String>()?),
        expires_at: r.get()?,
        used_at: r.get()?,
        revoked: r.get::<Option<i64>>()?.is_some(),
        state: state(&r.get::<String>()?)?,
        roles: roles_of(&r.get::<String>()?)?,
    }))
}

pub(crate) async fn find_by_token(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<Found>> {
    let Some(row) = tx.first(&BY_TOKEN, params![hash]).await? else { return Ok(None) };
    let mut r = row.reader();
    let (client, key, owner, party) = (ClientId(r.get()?), KeyId(r.get()?), r.get()?, r.get()?);
    let scopes = Permissions::from_text(&r.get::<String>()?);
    let granted = Permissions::from_text(&r.get::<String>()?);
    let scopes = scopes.intersection(granted);
    let expires_at: Timestamp = r.get()?;
    Ok(Some(Found {
        client,
        key,
        owner,
        party,
        scopes,
        expires_at,
        // A token is young: its use is the use of its key, noted when it was given.
        used_at: Some(expires_at),
        revoked: r.get::<Option<i64>>()?.is_some(),
        state: state(&r.get::<String>()?)?,
        roles: roles_of(&r.get::<String>()?)?,
    }))
}

pub(crate) async fn update_used(tx: &mut Tx, id: KeyId, now: Timestamp) -> Result<()> {
    tx.execute(&USED, params![id.0, now]).await?;
    Ok(())
}

pub(crate) async fn insert_token(
    tx: &mut Tx,
    hash: [u8; 32],
    (client, key): (ClientId, KeyId),
    scopes: Permissions,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(&INSERT_TOKEN, params![hash, client.0, key.0, scopes.to_text(), expires_at]).await?;
    Ok(())
}

pub(crate) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&PURGE_TOKENS, params![now]).await?;
    tx.execute(&PURGE_KEYS, params![now]).await
}

fn client(row: &Row) -> Result<StoredClient> {
    let mut r = row.reader();
    Ok(StoredClient {
        id: ClientId(r.get()?),
        owner: r.get()?,
        party: r.get()?,
        name_sealed: r.get()?,
        scopes: Permissions::from_text(&r.get::<String>()?),
        revoked_at: r.get()?,
        created_at: r.get()?,
    })
}

fn key(row: &Row) -> Result<(ClientId, KeyView)> {
    let mut r = row.reader();
    let client = ClientId(r.get()?);
    let view = KeyView {
        id: KeyId(r.get()?),
        hint: r.get()?,
        created_at: r.get()?,
        expires_at: r.get()?,
        used_at: r.get()?,
    };
    Ok((client, view))
}

fn state(name: &str) -> Result<AccountState> {
    AccountState::from_name(name)
        .ok_or_else(|| db::Error::Shape("account.state has an unknown word".to_owned()))
}
