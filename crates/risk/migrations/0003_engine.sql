-- Acts that were judged by the engine: one row an act, never changed; the id is the decision's. Entities are keyed hashes or numbers; what
-- histories are counted over lies in one family, so that sign-ups never count as payments;
-- `seen_id` is the newest row of these entities that was known when it was judged.
CREATE TABLE risk_event (
    id {id},
    point TEXT NOT NULL,
    family BIGINT NOT NULL,
    at BIGINT NOT NULL,
    seen_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    person_id BIGINT,
    payee BIGINT,
    device BIGINT,
    network BIGINT,
    phone BIGINT,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    currency TEXT,
    object_id BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    score BIGINT CHECK (score BETWEEN 0 AND 100),
    place_sealed {bytes}
);
CREATE INDEX risk_event_customer ON risk_event (customer_id, family, id);
CREATE INDEX risk_event_payee ON risk_event (payee, family, id);
CREATE INDEX risk_event_device ON risk_event (device, family, id);
CREATE INDEX risk_event_network ON risk_event (network, family, id);
CREATE INDEX risk_event_phone ON risk_event (phone, id);
CREATE INDEX risk_event_point ON risk_event (point, id);
-- What became known of an act, and when; the latest word counts.
CREATE TABLE risk_label (
    id {id},
    event_id BIGINT NOT NULL,
    fraud BOOLEAN NOT NULL,
    known_at BIGINT NOT NULL,
    noted_at BIGINT NOT NULL,
    noted_by BIGINT,
    case_id BIGINT
);
CREATE INDEX risk_label_event ON risk_label (event_id, id);
-- Which rule matched at which decision; a shadow rule's match changed nothing.
CREATE TABLE risk_hit (
    decision_id BIGINT NOT NULL,
    version_id BIGINT NOT NULL,
    shadow BOOLEAN NOT NULL,
    PRIMARY KEY (version_id, decision_id)
);
CREATE INDEX risk_hit_decision ON risk_hit (decision_id);
-- Versions of rules. A version's text is never changed; its state is, and what is wanted of it waits for a second person.
CREATE TABLE risk_rule (
    id {id},
    code TEXT NOT NULL,
    number BIGINT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    points TEXT NOT NULL,
    source TEXT NOT NULL,
    outcome TEXT NOT NULL,
    state TEXT NOT NULL,
    made_by BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    wanted TEXT,
    wanted_by BIGINT,
    wanted_at BIGINT,
    reason_sealed {bytes},
    changed_by BIGINT,
    changed_at BIGINT
);
CREATE UNIQUE INDEX risk_rule_number ON risk_rule (code, number);
CREATE UNIQUE INDEX risk_rule_live ON risk_rule (code) WHERE state = 'live';
CREATE INDEX risk_rule_state ON risk_rule (state);
-- How a rule would have done over the days past.
CREATE TABLE risk_dry_run (
    id {id},
    rule_id BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    asked_by BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    ended_at BIGINT,
    position BIGINT NOT NULL,
    scanned BIGINT NOT NULL,
    unreadable BIGINT NOT NULL,
    matched BIGINT NOT NULL,
    matched_fraud BIGINT NOT NULL,
    fraud BIGINT NOT NULL,
    samples TEXT NOT NULL
);
CREATE INDEX risk_dry_run_rule ON risk_dry_run (rule_id, id);
-- Who or what is known to be good, bad or worth a look. The value is a keyed hash; what it stands for is sealed.
CREATE TABLE risk_list_entry (
    id {id},
    list TEXT NOT NULL,
    entity TEXT NOT NULL,
    value BIGINT NOT NULL,
    value_sealed {bytes} NOT NULL,
    reason_sealed {bytes} NOT NULL,
    state TEXT NOT NULL,
    made_by BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    checked_by BIGINT,
    checked_at BIGINT,
    expires_at BIGINT,
    removed_by BIGINT,
    removed_at BIGINT
);
CREATE UNIQUE INDEX risk_list_entry_once ON risk_list_entry (list, entity, value) WHERE state <> 'removed';
CREATE INDEX risk_list_entry_state ON risk_list_entry (state, id);
-- Trained models; a file is never changed. The thresholds belong to the model whose scores they cut.
CREATE TABLE risk_model (
    id {id},
    family BIGINT NOT NULL,
    file_hash {bytes} NOT NULL,
    file_sealed {bytes} NOT NULL,
    size_bytes BIGINT NOT NULL,
    data_from BIGINT NOT NULL,
    data_to BIGINT NOT NULL,
    figures TEXT NOT NULL,
    state TEXT NOT NULL,
    step_up_at BIGINT NOT NULL CHECK (step_up_at BETWEEN 1 AND 101),
    review_at BIGINT NOT NULL CHECK (review_at BETWEEN step_up_at AND 101),
    deny_at BIGINT NOT NULL CHECK (deny_at BETWEEN review_at AND 101),
    made_by BIGINT,
    made_at BIGINT NOT NULL,
    changed_by BIGINT,
    changed_at BIGINT,
    live_since BIGINT
);
CREATE UNIQUE INDEX risk_model_file ON risk_model (family, file_hash);
CREATE UNIQUE INDEX risk_model_live ON risk_model (family) WHERE state = 'live';
-- What happens to a review besides its end.
ALTER TABLE risk_review ADD COLUMN object_id BIGINT;
ALTER TABLE risk_review ADD COLUMN score BIGINT;
ALTER TABLE risk_review ADD COLUMN material_asked_at BIGINT;
CREATE INDEX risk_review_next ON risk_review (state, score);
