-- What was decided: one row a decision, never changed. A shadow's row points to the decision it stood beside.
CREATE TABLE risk_decision (
    id {id},
    point TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    version TEXT NOT NULL,
    inputs_sealed {bytes},
    score BIGINT CHECK (score BETWEEN 0 AND 100),
    reasons TEXT NOT NULL,
    outcome TEXT NOT NULL,
    failure TEXT,
    shadow BOOLEAN NOT NULL,
    main_id BIGINT NOT NULL
);
CREATE INDEX risk_decision_subject ON risk_decision (subject_id, id);
CREATE INDEX risk_decision_notable ON risk_decision (id) WHERE outcome <> 'allow';
-- What a person has to look at; the id is the decision's.
CREATE TABLE risk_review (
    id {id},
    point TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    mark BIGINT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    after_expiry TEXT NOT NULL,
    ended_at BIGINT,
    ended_by BIGINT,
    reason TEXT
);
CREATE UNIQUE INDEX risk_review_open ON risk_review (point, subject_id, mark) WHERE state = 'pending';
CREATE INDEX risk_review_precedent ON risk_review (subject_id, mark, id);
CREATE INDEX risk_review_due ON risk_review (expires_at) WHERE state = 'pending';
-- How often an account came with a value, in thousandths, as of the last time; values are keyed hashes.
-- Account 0 is everybody together; value 0 is the sum.
CREATE TABLE risk_habit (
    account_id BIGINT NOT NULL,
    feature BIGINT NOT NULL,
    value BIGINT NOT NULL,
    weight BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, feature, value)
);
-- Where an account was last.
CREATE TABLE risk_visit (
    account_id {id},
    at BIGINT NOT NULL,
    network BIGINT NOT NULL,
    place_sealed {bytes}
);
-- Who failed to sign in from where; both are keyed hashes.
CREATE TABLE risk_failure (
    network BIGINT NOT NULL,
    who BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (network, who)
);
CREATE INDEX risk_failure_at ON risk_failure (at);
