-- Facts that happened, for whoever subscribed. Written in the transaction of the fact.
CREATE TABLE outbox (
    id {id},
    topic TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    dispatched_at BIGINT
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE dispatched_at IS NULL;
CREATE INDEX outbox_dispatched ON outbox (dispatched_at) WHERE dispatched_at IS NOT NULL;
-- Work to be done. due_at is when it may be taken: its time, or the end of the lease of the node that took it.
CREATE TABLE job (
    id {id},
    kind TEXT NOT NULL,
    dedupe TEXT NOT NULL,
    payload TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    leased_by BIGINT,
    dead BOOLEAN NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX job_dedupe ON job (kind, dedupe);
CREATE INDEX job_due ON job (due_at) WHERE dead = FALSE;
CREATE INDEX job_leased ON job (leased_by) WHERE leased_by IS NOT NULL;
-- What runs from time to time.
CREATE TABLE schedule (
    name TEXT PRIMARY KEY,
    next_at BIGINT NOT NULL,
    started_at BIGINT,
    succeeded_at BIGINT
);
-- Which node number belongs to which process.
CREATE TABLE node_lease (
    node {id},
    holder TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
