-- What a member of an organisation may not decide alone. rule keeps who checks it as JSON, as it was when it was asked for; payload_sealed
-- what is to be written when the last check agrees, where that is no order. told is the version its people were told about.
CREATE TABLE approval_request (
    id {id},
    party_id BIGINT NOT NULL,
    maker_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    rule TEXT NOT NULL,
    level BIGINT NOT NULL,
    state TEXT NOT NULL,
    escalated BOOLEAN NOT NULL,
    alone BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    told BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    reason_sealed {bytes},
    payload_sealed {bytes}
);
CREATE INDEX approval_of_party ON approval_request (party_id, id);
CREATE UNIQUE INDEX approval_of_object ON approval_request (subject, object_id) WHERE state = 'open';
CREATE INDEX approval_due ON approval_request (expires_at) WHERE state = 'open';
-- Who checked which level, once.
CREATE TABLE approval_decision (
    id {id},
    request_id BIGINT NOT NULL,
    level BIGINT NOT NULL,
    checker_id BIGINT NOT NULL,
    agreed BOOLEAN NOT NULL,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX approval_decision_once ON approval_decision (request_id, level);
-- What an order waits for when its first wait is over: an approval by colleagues, then a review of risk.
ALTER TABLE held_order ADD COLUMN next_cause TEXT;
ALTER TABLE held_order ADD COLUMN next_lasts BIGINT;
ALTER TABLE held_order ADD COLUMN next_on_expiry TEXT;
