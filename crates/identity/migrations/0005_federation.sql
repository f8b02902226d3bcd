-- An identity at another party that opens an account here. The party's subject is nowhere: only the keyed index of party and
-- subject.
CREATE TABLE federated_link (
    id {id},
    account_id BIGINT NOT NULL,
    provider TEXT NOT NULL,
    subject_index {bytes} NOT NULL,
    name_sealed {bytes},
    created_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE UNIQUE INDEX federated_link_by_subject ON federated_link (subject_index);

CREATE INDEX federated_link_by_account ON federated_link (account_id, id);

-- Somebody on the way to a party and back. The state is kept as a hash, belongs to one browser and works once.
CREATE TABLE federated_state (
    id {id},
    state_hash {bytes} NOT NULL,
    browser_hash {bytes} NOT NULL,
    provider TEXT NOT NULL,
    purpose TEXT NOT NULL,
    account_id BIGINT,
    secrets_sealed {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    CHECK (purpose IN ('sign_in', 'link', 'merge', 'proof'))
);

CREATE UNIQUE INDEX federated_state_by_hash ON federated_state (state_hash);

CREATE INDEX federated_state_by_expiry ON federated_state (expires_at);

-- An identity that came back and belongs to no account yet: its owner decides. One a browser.
CREATE TABLE federated_claim (
    id {id},
    browser_hash {bytes} NOT NULL,
    provider TEXT NOT NULL,
    subject_index {bytes} NOT NULL,
    claimed_sealed {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX federated_claim_by_browser ON federated_claim (browser_hash);

CREATE INDEX federated_claim_by_expiry ON federated_claim (expires_at);

-- Somebody signed in to one account has just proved to be the owner of another as well. One an account.
CREATE TABLE account_merge (
    account_id BIGINT PRIMARY KEY,
    session_id BIGINT NOT NULL,
    other_id BIGINT NOT NULL,
    method TEXT NOT NULL,
    proved_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX account_merge_by_expiry ON account_merge (expires_at);

-- Where an account went that was merged into another.
ALTER TABLE account ADD COLUMN merged_into BIGINT;
