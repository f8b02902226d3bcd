//! Straight into SQLite: prepared statements, many orders a commit, every commit flushed.

use std::path::Path;

use rusqlite::{Connection, params};

use super::rows::{AMOUNT, DETAIL, LANE, One, PAYEE, Source, moves};
use crate::Failure;
use crate::load::Client;

/// Writes batches.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: Connection,
    source: Source,
    merchant: i64,
    size: usize,
}

impl Writer {
    /// Over wallets and a merchant's account that are there.
    pub fn open(file: &Path, size: usize) -> Result<Self, Failure> {
        let connection = Connection::open(file)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 20000; PRAGMA journal_size_limit = 134217728;",
        )?;
        let mut find = connection.prepare(
            "SELECT customer_id, id FROM ledger_account WHERE customer_id IS NOT NULL ORDER BY id",
        )?;
        let wallets = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        drop(find);
        let merchant = connection.query_row(
            "SELECT MIN(id) FROM ledger_account WHERE customer_id IS NULL",
            [],
            |row| row.get(0),
        )?;
        connection.execute("INSERT INTO ledger_lane VALUES (?1, 0, ?2)", params![LANE, vec![0_u8; 32]])?;
        connection.execute("INSERT INTO audit_lane VALUES (?1, 0, ?2)", params![LANE, vec![0_u8; 32]])?;
        Ok(Self { connection, source: Source::new(wallets), merchant, size })
    }

    fn write(&mut self) -> Result<(), Failure> {
        let orders = self.source.batch(self.size);
        let Some(last) = orders.last() else { return Ok(()) };
        let (hash, sequence) = (&last.hash, last.sequence);
        let tx = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for one in &orders {
            ordering_rows(&tx, one)?;
            money_rows(&tx, one, self.merchant)?;
            risk_rows(&tx, one)?;
        }
        let (spent, earned) = moves(&orders, self.merchant);
        {
            let mut debit = tx.prepare_cached(
                "UPDATE ledger_account SET debits_pending = debits_pending + ?2 WHERE id = ?1",
            )?;
            for (wallet, amount) in spent {
                debit.execute(params![wallet, amount])?;
            }
        }
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| tx.prepare_cached(sql)?.execute(values);
        run(
            "UPDATE ledger_account SET credits_pending = credits_pending + ?2 WHERE id = ?1",
            &[&earned.0, &earned.1],
        )?;
        run("UPDATE ledger_lane SET seq = ?2, head_hash = ?3 WHERE lane = ?1", &[&LANE, &sequence, hash])?;
        run("UPDATE audit_lane SET seq = ?2, hash = ?3 WHERE lane = ?1", &[&LANE, &sequence, hash])?;
        Ok(tx.commit()?)
    }
}

fn ordering_rows(tx: &Connection, one: &One) -> rusqlite::Result<()> {
    let at = one.at;
    tx.prepare_cached(
        "INSERT INTO idempotency (id, actor_id, route, key, fingerprint, result, created_at)
         VALUES (?1, ?2, 'POST /orders', ?3, ?4, ?5, ?6)",
    )?
    .execute(params![one.key_row, one.customer, one.key, one.hash, one.result, at])?;
    tx.prepare_cached(
        "INSERT INTO orders (id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh,
                             title_en, line_count, channel, placed_at, updated_at, due_at)
         VALUES (?1, ?2, 'in_progress', 'held', 1, ?5, 'CNY', 'balance', ?3, '话费充值 10 元', 'Mobile top-up ¥10', 1, 'api', ?4, ?4,
                 ?4 + 900000000)",
    )?
    .execute(params![one.order, one.customer, one.hold, at, AMOUNT])?;
    tx.prepare_cached(
        "INSERT INTO order_line (id, order_id, customer_id, position, service, service_version, offering, quantity, unit, total,
                                 currency, seller, state, version, title_zh, title_en, answers, updated_at)
         VALUES (?1, ?2, ?3, 0, 'mobile-top-up', 1, 'y10', 1, ?6, ?6, 'CNY', 'telecom-demo', 'waiting', 1, '话费充值 10 元',
                 'Mobile top-up ¥10', ?4, ?5)",
    )?
    .execute(params![one.line, one.order, one.customer, one.answers, at, AMOUNT])?;
    for (event, code) in one.events.iter().zip(["placed", "paid"]) {
        tx.prepare_cached(
            "INSERT INTO order_event (id, order_id, at, actor, code, internal, request_id) VALUES (?1, ?2, ?3, ?4, ?5, 0, 1)",
        )?
        .execute(params![event, one.order, at, one.actor, code])?;
    }
    tx.prepare_cached(
        "INSERT INTO outbox (id, topic, entity_id, payload, created_at) VALUES (?1, 'order.accepted', ?2, ?3, ?4)",
    )?
    .execute(params![one.fact, one.order, one.payload, at])?;
    tx.prepare_cached(
        "INSERT INTO audit_entry (id, lane, seq, at, actor, actor_id, verb, object_kind, object_id, customer_id, detail, request_id,
                                  prev_hash, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'order.place', 'order', ?7, ?6, ?8, 1, ?9, ?9)",
    )?
    .execute(params![one.audit, LANE, one.sequence, at, one.actor, one.customer, one.order, DETAIL, one.hash])?;
    Ok(())
}

fn money_rows(tx: &Connection, one: &One, merchant: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO hold (id, debit_account, credit_account, amount, currency, kind, business_key, order_id, customer_id, memo,
                           created_at, entry, state, posted_amount)
         VALUES (?1, ?2, ?3, ?4, 'CNY', 'purchase', ?5, ?6, ?7, 'order.placed', ?8, ?9, 'pending', 0)",
    )?
    .execute(params![
        one.hold, one.wallet, merchant, AMOUNT, one.business_key, one.order, one.customer, one.at, one.entry
    ])?;
    tx.prepare_cached("INSERT INTO ledger_entry (id, fact, object_id, hash) VALUES (?1, 'hold', ?2, ?3)")?
        .execute(params![one.entry, one.hold, one.hash])?;
    Ok(())
}

fn risk_rows(tx: &Connection, one: &One) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO risk_decision (id, point, subject_id, made_at, version, inputs_sealed, score, reasons, outcome, failure, shadow,
                                    main_id)
         VALUES (?1, 'payment', ?2, ?3, 'rules', ?4, NULL, '', 'allow', NULL, FALSE, ?1)",
    )?
    .execute(params![one.decision, one.customer, one.at, one.grounds])?;
    tx.prepare_cached(
        "INSERT INTO risk_event (id, point, family, at, seen_id, customer_id, payee, amount_minor, currency, object_id, outcome, stopped)
         VALUES (?1, 'payment', 1, ?3, ?1, ?2, ?4, ?5, 'CNY', ?6, 'allow', FALSE)",
    )?
    .execute(params![one.decision, one.customer, one.at, PAYEE, AMOUNT, one.order])?;
    Ok(())
}

impl Client for Writer {
    async fn call(&mut self) -> Result<(), Failure> {
        self.write()?;
        tokio::task::yield_now().await;
        Ok(())
    }

    fn weight(&self) -> u64 {
        self.size as u64
    }
}
