-- A time-based one-time password, one an account. `last_step` makes each step count once. A new secret waits in
-- `waiting_sealed` until a code of it was entered; until then the old one works.
CREATE TABLE totp (
    account_id {id},
    secret_sealed {bytes},
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL,
    waiting_sealed {bytes},
    waiting_since BIGINT
);

-- Recovery codes that are not used yet; only keyed hashes are kept.
CREATE TABLE recovery_code (
    account_id BIGINT NOT NULL,
    code_hash {bytes} NOT NULL,
    PRIMARY KEY (account_id, code_hash)
);

-- A browser or program an account has signed in with. Until `remembered_until` it needs no second factor.
CREATE TABLE known_device (
    id {id},
    account_id BIGINT NOT NULL,
    token_hash {bytes} NOT NULL,
    client_sealed {bytes} NOT NULL,
    remembered_until BIGINT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX known_device_by_token ON known_device (account_id, token_hash);

CREATE INDEX known_device_by_age ON known_device (seen_at);

-- Every try to sign in. Without an account: somebody typed one that does not exist.
CREATE TABLE login_event (
    id {id},
    account_id BIGINT,
    outcome TEXT NOT NULL,
    method TEXT NOT NULL,
    client_sealed {bytes} NOT NULL,
    device_id BIGINT,
    score BIGINT NOT NULL,
    reasons TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX login_event_by_account ON login_event (account_id, id);

CREATE INDEX login_event_by_age ON login_event (created_at);

-- A phone number or e-mail address on its way to being changed, and for a day on its way back.
CREATE TABLE contact_change (
    id {id},
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    new_sealed {bytes} NOT NULL,
    old_sealed {bytes},
    undo_hash {bytes},
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CHECK (state IN ('waiting', 'done', 'undone'))
);

CREATE INDEX contact_change_by_account ON contact_change (account_id, kind);

CREATE UNIQUE INDEX contact_change_by_undo ON contact_change (undo_hash);

CREATE INDEX contact_change_by_expiry ON contact_change (expires_at);

-- Whether its owner froze the account: then the owner may unfreeze it.
ALTER TABLE account ADD COLUMN frozen_by_owner BOOLEAN NOT NULL DEFAULT FALSE;
