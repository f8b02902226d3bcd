-- When a gateway took or gave back the money and what it calls the refund, for comparison with its daily bill (L7).
ALTER TABLE attempt ADD COLUMN captured_at BIGINT;
UPDATE attempt SET captured_at = updated_at WHERE state IN ('captured', 'surplus');
-- Where the payer is: a way to pay that was made for a computer does not open on a phone.
ALTER TABLE attempt ADD COLUMN screen TEXT;
CREATE INDEX attempt_booked ON attempt (gateway, captured_at) WHERE captured_at IS NOT NULL;
CREATE INDEX attempt_of_customer ON attempt (customer_id, captured_at) WHERE captured_at IS NOT NULL;
ALTER TABLE refund ADD COLUMN gateway_refund_id TEXT;
ALTER TABLE refund ADD COLUMN succeeded_at BIGINT;
UPDATE refund SET succeeded_at = updated_at WHERE state = 'succeeded';
CREATE INDEX refund_booked ON refund (succeeded_at) WHERE succeeded_at IS NOT NULL;
-- One decision to give money back, and what of it went to the balance at once because it had come from there. The rest is in refunds.
CREATE TABLE give_back (
    id {id},
    payment_id BIGINT NOT NULL,
    order_id BIGINT,
    customer_id BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    to_balance BIGINT NOT NULL CHECK (to_balance >= 0 AND to_balance <= amount),
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    note_sealed {bytes},
    business_key TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX give_back_once ON give_back (business_key);
CREATE INDEX give_back_of_payment ON give_back (payment_id, id);
