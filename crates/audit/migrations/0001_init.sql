-- Who did what. Append-only; each lane is a chain of hashes.
CREATE TABLE audit_entry (
    id {id},
    lane BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    actor_id BIGINT,
    verb TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    customer_id BIGINT,
    detail TEXT NOT NULL,
    reason TEXT,
    request_id BIGINT NOT NULL,
    prev_hash {bytes} NOT NULL,
    hash {bytes} NOT NULL
);
CREATE UNIQUE INDEX audit_entry_chain ON audit_entry (lane, seq);
CREATE INDEX audit_entry_object ON audit_entry (object_kind, object_id);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id) WHERE actor_id IS NOT NULL;
-- The end of each chain.
CREATE TABLE audit_lane (
    lane {id},
    seq BIGINT NOT NULL,
    hash {bytes} NOT NULL
);
