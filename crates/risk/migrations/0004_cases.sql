-- Cases: what somebody looks into, over several decisions and accounts.
CREATE TABLE risk_case (
    id {id},
    state TEXT NOT NULL,
    customer_id BIGINT NOT NULL,
    decision_id BIGINT,
    title_sealed {bytes} NOT NULL,
    opened_by BIGINT,
    opened_at BIGINT NOT NULL,
    assigned_to BIGINT,
    closed_by BIGINT,
    closed_at BIGINT,
    fraud BOOLEAN
);
CREATE INDEX risk_case_state ON risk_case (state, id);
CREATE INDEX risk_case_customer ON risk_case (customer_id, id);
CREATE UNIQUE INDEX risk_case_decision ON risk_case (decision_id) WHERE decision_id IS NOT NULL;
-- What belongs to a case: accounts, devices, networks, payees, phones, decisions.
CREATE TABLE risk_case_link (
    case_id BIGINT NOT NULL,
    entity TEXT NOT NULL,
    value BIGINT NOT NULL,
    added_by BIGINT,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, entity, value)
);
CREATE TABLE risk_case_note (
    id {id},
    case_id BIGINT NOT NULL,
    author_id BIGINT,
    at BIGINT NOT NULL,
    text_sealed {bytes} NOT NULL
);
CREATE INDEX risk_case_note_case ON risk_case_note (case_id, id);
