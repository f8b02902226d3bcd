//! SQL of roles and of what was used of their limits.

use db::{Result, Row, Tx, Value, params};
use kernel::{AccountId, Permission, Permissions, Role, Text, Timestamp};

use super::model::{EditRole, Limits, RoleView};

db::statements! {
    FIND = "SELECT code, title_zh, title_en, permissions, second_factor, transaction_limit, day_limit, version
        FROM role WHERE code IN {list $1}";
    LIST = "SELECT code, title_zh, title_en, permissions, second_factor, transaction_limit, day_limit, version
        FROM role ORDER BY code";
    INSERT = "INSERT INTO role (code, title_zh, title_en, permissions, second_factor, transaction_limit, day_limit, version,
            updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8) ON CONFLICT (code) DO NOTHING";
    UPDATE = "UPDATE role SET title_zh = $2, title_en = $3, permissions = $4, second_factor = $5, transaction_limit = $6,
            day_limit = $7, version = version + 1, updated_at = $8
        WHERE code = $1 AND version = $9";
    DELETE = "DELETE FROM role WHERE code = $1 AND version = $2";
    SPEND = "INSERT INTO allowance (account_id, party_id, permission, day, used) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (account_id, party_id, permission, day)
        DO UPDATE SET used = allowance.used + $5 WHERE allowance.used + $5 <= $6";
    UNSPEND = "UPDATE allowance SET used = used - $5
        WHERE account_id = $1 AND party_id = $2 AND permission = $3 AND day = $4 AND used >= $5";
    DELETE_OLD = "DELETE FROM allowance WHERE day < $1";
}

pub(crate) async fn find_roles(tx: &mut Tx, roles: &[Role]) -> Result<Vec<RoleView>> {
    let codes = Value::Texts(roles.iter().map(|role| role.name().to_owned()).collect());
    tx.all(&FIND, vec![codes]).await?.iter().map(read).collect()
}

pub(crate) async fn list_roles(tx: &mut Tx) -> Result<Vec<RoleView>> {
    tx.all(&LIST, params![]).await?.iter().map(read).collect()
}

/// Whether the role was still at the version that was shown.
pub(crate) async fn write_role(tx: &mut Tx, edit: &EditRole, now: Timestamp) -> Result<bool> {
    let (role, limits) = (edit.role, edit.limits);
    let en = edit.title.en.as_deref().unwrap_or_default().trim();
    let (zh, may) = (edit.title.zh.trim(), edit.permissions.to_text());
    let rows = if edit.version == 0 {
        let values =
            params![role.name(), zh, en, may, edit.second_factor, limits.transaction, limits.day, now];
        tx.execute(&INSERT, values).await?
    } else {
        let values = params![
            role.name(),
            zh,
            en,
            may,
            edit.second_factor,
            limits.transaction,
            limits.day,
            now,
            edit.version
        ];
        tx.execute(&UPDATE, values).await?
    };
    Ok(rows == 1)
}

pub(crate) async fn delete_role(tx: &mut Tx, role: Role, version: i64) -> Result<bool> {
    Ok(tx.execute(&DELETE, params![role.name(), version]).await? == 1)
}

/// Adds to what was used on a day; false when it would be more than `limit`. The guard is in the statement itself.
pub(crate) async fn spend(
    tx: &mut Tx,
    (account, party): (AccountId, AccountId),
    permission: Permission,
    day: i64,
    (amount, limit): (i64, i64),
) -> Result<bool> {
    if amount > limit {
        return Ok(false);
    }
    Ok(tx.execute(&SPEND, params![account, party, permission.name(), day, amount, limit]).await? == 1)
}

/// On another day than it was spent, nothing is given back.
pub(crate) async fn unspend(
    tx: &mut Tx,
    (account, party): (AccountId, AccountId),
    permission: Permission,
    day: i64,
    amount: i64,
) -> Result<u64> {
    tx.execute(&UNSPEND, params![account, party, permission.name(), day, amount]).await
}

pub(crate) async fn delete_old(tx: &mut Tx, before_day: i64) -> Result<u64> {
    tx.execute(&DELETE_OLD, params![before_day]).await
}

fn read(row: &Row) -> Result<RoleView> {
    let mut r = row.reader();
    let code: String = r.get()?;
    let role = Role::from_name(&code)
        .ok_or_else(|| db::Error::Shape(format!("`{code}` cannot be the code of a role")))?;
    Ok(RoleView {
        role,
        title: Some(Text { zh: r.get()?, en: Some(r.get()?) }),
        permissions: Permissions::from_text(&r.get::<String>()?),
        second_factor: r.get()?,
        limits: Limits { transaction: r.get()?, day: r.get()? },
        version: r.get()?,
    })
}
