-- What authenticators know an account by: random bytes, the same for all its passkeys.
CREATE TABLE passkey_owner (
    account_id BIGINT PRIMARY KEY,
    handle_sealed {bytes} NOT NULL,
    created_at BIGINT NOT NULL
);

-- The public half of a passkey, sealed; found by the keyed index of its credential id.
CREATE TABLE passkey (
    id {id},
    account_id BIGINT NOT NULL,
    credential_index {bytes} NOT NULL,
    credential_sealed {bytes} NOT NULL,
    name_sealed {bytes} NOT NULL,
    sign_count BIGINT NOT NULL,
    backup_eligible BOOLEAN NOT NULL,
    backup_state BOOLEAN NOT NULL,
    transports TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    alarmed_at BIGINT,
    CHECK (sign_count >= 0)
);

CREATE UNIQUE INDEX passkey_by_credential ON passkey (credential_index);

CREATE INDEX passkey_by_account ON passkey (account_id, id);

-- A question put to an authenticator and not answered yet. It belongs to one browser and is answered once.
CREATE TABLE passkey_ceremony (
    id {id},
    browser_index {bytes} NOT NULL,
    purpose TEXT NOT NULL,
    account_id BIGINT,
    state_sealed {bytes} NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX passkey_ceremony_by_browser ON passkey_ceremony (browser_index, id);

CREATE INDEX passkey_ceremony_by_expiry ON passkey_ceremony (expires_at);
