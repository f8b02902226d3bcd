-- An order that waits for a person: why, until when, and what happens when nobody decides. The order's own hold and reservation end with
-- it; outcome says how, once.
CREATE TABLE held_order (
    order_id {id},
    customer_id BIGINT NOT NULL,
    cause TEXT NOT NULL,
    on_expiry TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT
);
CREATE INDEX held_order_due ON held_order (expires_at) WHERE ended_at IS NULL;
CREATE INDEX held_order_cause ON held_order (cause, order_id) WHERE ended_at IS NULL;
