//! Straight into PostgreSQL: one statement a table over `unnest`, one connection.

use std::sync::Arc;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client as Wire, Statement};

use super::rows::{AMOUNT, DETAIL, LANE, One, PAYEE, Source, moves};
use crate::Failure;
use crate::load::Client;

const TABLES: [&str; 13] = [
    "INSERT INTO idempotency (id, actor_id, route, key, fingerprint, result, created_at)
     SELECT id, customer, 'POST /orders', key, hash, result, $6::bigint
     FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[], $5::text[]) AS r(id, customer, key, hash, result)",
    "INSERT INTO orders (id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh, title_en,
                         line_count, channel, placed_at, updated_at, due_at)
     SELECT id, customer, 'in_progress', 'held', 1, $5::bigint, 'CNY', 'balance', hold, '话费充值 10 元', 'Mobile top-up ¥10', 1, 'api',
            $4::bigint, $4::bigint, $4::bigint + 900000000
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS r(id, customer, hold)",
    "INSERT INTO order_line (id, order_id, customer_id, position, service, service_version, offering, quantity, unit, total, currency,
                             seller, state, version, title_zh, title_en, answers, updated_at)
     SELECT id, o, customer, 0, 'mobile-top-up', 1, 'y10', 1, $6::bigint, $6::bigint, 'CNY', 'telecom-demo', 'waiting', 1,
            '话费充值 10 元', 'Mobile top-up ¥10', answers, $5::bigint
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[]) AS r(id, o, customer, answers)",
    "INSERT INTO order_event (id, order_id, at, actor, code, reason, internal, request_id)
     SELECT id, o, $5::bigint, actor, code, NULL, FALSE, 1
     FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) AS r(id, o, actor, code)",
    "INSERT INTO hold (id, debit_account, credit_account, amount, currency, kind, business_key, order_id, customer_id, memo, created_at,
                       entry, state, posted_amount)
     SELECT id, wallet, $7::bigint, $8::bigint, 'CNY', 'purchase', key, o, customer, 'order.placed', $9::bigint, entry, 'pending', 0
     FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
          AS r(id, wallet, key, o, customer, entry)",
    "INSERT INTO ledger_entry (id, fact, object_id, hash)
     SELECT id, 'hold', object, hash FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS r(id, object, hash)",
    "UPDATE ledger_lane SET seq = $2, head_hash = $3 WHERE lane = $1",
    "UPDATE ledger_account SET debits_pending = debits_pending + v.d, credits_pending = credits_pending + v.c
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS v(id, d, c) WHERE ledger_account.id = v.id",
    "INSERT INTO outbox (id, topic, entity_id, payload, created_at)
     SELECT id, 'order.accepted', o, payload, $4::bigint FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS r(id, o, payload)",
    "INSERT INTO audit_entry (id, lane, seq, at, actor, actor_id, verb, object_kind, object_id, customer_id, detail, request_id,
                              prev_hash, hash)
     SELECT id, $7::bigint, seq, $8::bigint, actor, customer, 'order.place', 'order', o, customer, $9::text, 1, hash, hash
     FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[]) AS r(id, seq, actor, customer, o, hash)",
    "UPDATE audit_lane SET seq = $2, hash = $3 WHERE lane = $1",
    "INSERT INTO risk_decision (id, point, subject_id, made_at, version, inputs_sealed, score, reasons, outcome, failure, shadow, main_id)
     SELECT id, 'payment', customer, $4::bigint, 'rules', grounds, NULL, '', 'allow', NULL, FALSE, id
     FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS r(id, customer, grounds)",
    "INSERT INTO risk_event (id, point, family, at, seen_id, customer_id, payee, amount_minor, currency, object_id, outcome, stopped)
     SELECT id, 'payment', 1, $4::bigint, id, customer, $5::bigint, $6::bigint, 'CNY', o, 'allow', FALSE
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS r(id, customer, o)",
];

/// Writes batches.
#[derive(Debug)]
pub(crate) struct Writer {
    wire: Arc<Wire>,
    statements: Vec<Statement>,
    source: Source,
    merchant: i64,
    size: usize,
    /// Sends all statements of a batch before it reads the first answer.
    pipelined: bool,
}

impl Writer {
    /// Over wallets and a merchant's account that are there.
    pub async fn open(wire: Wire, size: usize, pipelined: bool) -> Result<Self, Failure> {
        let mut statements = Vec::new();
        for sql in TABLES {
            statements.push(wire.prepare(sql).await.map_err(|error| format!("{sql}: {error:?}"))?);
        }
        let found = wire
            .query(
                "SELECT customer_id, id FROM ledger_account WHERE customer_id IS NOT NULL ORDER BY id",
                &[],
            )
            .await?;
        let wallets =
            found.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, Failure>>()?;
        let merchant =
            wire.query_one("SELECT MIN(id) FROM ledger_account WHERE customer_id IS NULL", &[]).await?;
        let genesis = vec![0_u8; 32];
        wire.execute("INSERT INTO ledger_lane VALUES ($1, 0, $2)", &[&LANE, &genesis]).await?;
        wire.execute("INSERT INTO audit_lane VALUES ($1, 0, $2)", &[&LANE, &genesis]).await?;
        let merchant = merchant.try_get(0)?;
        Ok(Self { wire: Arc::new(wire), statements, source: Source::new(wallets), merchant, size, pipelined })
    }

    async fn write(&mut self) -> Result<(), Failure> {
        let orders = self.source.batch(self.size);
        let Some(last) = orders.last() else { return Ok(()) };
        let ints = |pick: fn(&One) -> i64| orders.iter().map(pick).collect::<Vec<i64>>();
        let texts = |pick: fn(&One) -> &str| orders.iter().map(pick).collect::<Vec<&str>>();
        let bytes = |pick: fn(&One) -> &[u8]| orders.iter().map(pick).collect::<Vec<&[u8]>>();
        let ids = ints(|o| o.order);
        let customers = ints(|o| o.customer);
        let hashes = bytes(|o| &o.hash);
        let holds = ints(|o| o.hold);
        let actors = texts(|o| &o.actor);
        let sequences = ints(|o| o.sequence);
        let entries = ints(|o| o.entry);
        let (lines, answers) = (ints(|o| o.line), bytes(|o| &o.answers));
        let (key_rows, keys, results) = (ints(|o| o.key_row), texts(|o| &o.key), texts(|o| &o.result));
        let (wallets, business) = (ints(|o| o.wallet), texts(|o| &o.business_key));
        let (facts, payloads, audits) = (ints(|o| o.fact), texts(|o| &o.payload), ints(|o| o.audit));
        let events: Vec<i64> = orders.iter().flat_map(|o| o.events).collect();
        let event_orders: Vec<i64> = orders.iter().flat_map(|o| [o.order, o.order]).collect();
        let event_actors: Vec<&str> =
            orders.iter().flat_map(|o| [o.actor.as_str(), o.actor.as_str()]).collect();
        let codes: Vec<&str> = orders.iter().flat_map(|_| ["placed", "paid"]).collect();
        let (decisions, grounds) = (ints(|o| o.decision), bytes(|o| &o.grounds));
        let (spent, earned) = moves(&orders, self.merchant);
        let mut accounts: Vec<i64> = spent.keys().copied().collect();
        let (mut debits, mut credits): (Vec<i64>, Vec<i64>) =
            (spent.values().copied().collect(), vec![0; spent.len()]);
        accounts.push(earned.0);
        debits.push(0);
        credits.push(earned.1);
        let (at, merchant) = (last.at, self.merchant);
        let batch: [&[&(dyn ToSql + Sync)]; 13] = [
            &[&key_rows, &customers, &keys, &hashes, &results, &at],
            &[&ids, &customers, &holds, &at, &AMOUNT],
            &[&lines, &ids, &customers, &answers, &at, &AMOUNT],
            &[&events, &event_orders, &event_actors, &codes, &at],
            &[&holds, &wallets, &business, &ids, &customers, &entries, &merchant, &AMOUNT, &at],
            &[&entries, &holds, &hashes],
            &[&LANE, &last.sequence, &last.hash],
            &[&accounts, &debits, &credits],
            &[&facts, &ids, &payloads, &at],
            &[&audits, &sequences, &actors, &customers, &ids, &hashes, &LANE, &at, &DETAIL],
            &[&LANE, &last.sequence, &last.hash],
            &[&decisions, &customers, &grounds, &at],
            &[&decisions, &customers, &ids, &at, &PAYEE, &AMOUNT],
        ];
        self.send(batch).await
    }

    async fn send(&self, batch: [&[&(dyn ToSql + Sync)]; 13]) -> Result<(), Failure> {
        let wire = &self.wire;
        if !self.pipelined {
            wire.batch_execute("BEGIN").await?;
            for (statement, values) in self.statements.iter().zip(batch) {
                wire.execute(statement, values).await?;
            }
            return Ok(wire.batch_execute("COMMIT").await?);
        }
        let [keys, orders, lines, events, holds, entries, lane, accounts, facts, record, head, said, acts] =
            batch;
        let mut statements = self.statements.iter();
        let mut run = |values| {
            let statement = statements.next();
            async move {
                match statement {
                    Some(statement) => wire.execute(statement, values).await,
                    None => Ok(0),
                }
            }
        };
        // Polled in this order, which is the order in which they are sent.
        tokio::try_join!(
            biased;
            wire.batch_execute("BEGIN"),
            run(keys), run(orders), run(lines), run(events), run(holds), run(entries), run(lane), run(accounts), run(facts),
            run(record), run(head), run(said), run(acts),
            wire.batch_execute("COMMIT"),
        )?;
        Ok(())
    }
}

impl Client for Writer {
    async fn call(&mut self) -> Result<(), Failure> {
        Box::pin(self.write()).await
    }

    fn weight(&self) -> u64 {
        self.size as u64
    }
}
