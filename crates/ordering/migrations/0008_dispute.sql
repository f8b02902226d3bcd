-- The payer asks the bank for the money back. Rows change under the lock of their payment's row.
CREATE TABLE dispute (
    id {id},
    gateway TEXT NOT NULL,
    gateway_id TEXT NOT NULL,
    attempt_id BIGINT NOT NULL,
    payment_id BIGINT NOT NULL,
    order_id BIGINT,
    customer_id BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fee BIGINT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    alarm TEXT,
    due_by BIGINT,
    taken_at BIGINT,
    ended_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX dispute_once ON dispute (gateway, gateway_id);
CREATE INDEX dispute_of_payment ON dispute (payment_id, id);
CREATE INDEX dispute_of_attempt ON dispute (attempt_id, id);
CREATE INDEX dispute_taken ON dispute (gateway, taken_at) WHERE taken_at IS NOT NULL;
CREATE INDEX dispute_ended ON dispute (gateway, ended_at) WHERE ended_at IS NOT NULL;
-- What of a captured payment the gateway keeps, or gave to the payer, in a dispute: it cannot be refunded besides (P10).
ALTER TABLE attempt ADD COLUMN disputed BIGINT NOT NULL DEFAULT 0 CHECK (disputed >= 0);
-- What staff look at first.
CREATE INDEX attempt_unclear ON attempt (payment_id) WHERE state IN ('unknown', 'mismatch');
-- Some reports name a payment by the gateway's number only.
CREATE INDEX attempt_at_gateway ON attempt (gateway, gateway_id) WHERE gateway_id IS NOT NULL;
