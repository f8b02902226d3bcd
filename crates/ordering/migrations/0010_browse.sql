-- What staff look for among payments, and what their figures count: each of these is a walk along one index.
CREATE INDEX payment_in_state ON payment (state, id);
CREATE INDEX attempt_in_gateway ON attempt (gateway, payment_id);
CREATE INDEX attempt_surplus ON attempt (id) WHERE state = 'surplus';
CREATE INDEX refund_waiting ON refund (id) WHERE state IN ('pending', 'processing', 'unknown', 'failed');
CREATE INDEX dispute_waiting ON dispute (id) WHERE state IN ('asked', 'open', 'mismatch');
CREATE INDEX refund_at_gateway ON refund (gateway_refund_id) WHERE gateway_refund_id IS NOT NULL;
