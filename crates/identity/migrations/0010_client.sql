-- Programs of integrators: for whom they act, what they may do at most. A client never may more than its owner may now.
CREATE TABLE api_client (
    id {id},
    owner_id BIGINT NOT NULL,
    party_id BIGINT NOT NULL,
    name_sealed {bytes} NOT NULL,
    scopes TEXT NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE INDEX api_client_by_party ON api_client (party_id, id);

CREATE INDEX api_client_by_owner ON api_client (owner_id, id);

-- The secrets of a client; two may live at once while one takes the other's place. Only hashes are kept.
CREATE TABLE api_key (
    id {id},
    client_id BIGINT NOT NULL,
    token_hash {bytes} NOT NULL,
    hint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE UNIQUE INDEX api_key_by_token ON api_key (token_hash);

CREATE INDEX api_key_by_client ON api_key (client_id, id);

CREATE INDEX api_key_by_expiry ON api_key (expires_at);

-- Short-lived tokens given for a key (OAuth 2.1 client credentials).
CREATE TABLE api_token (
    token_hash {bytes} PRIMARY KEY,
    client_id BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    scopes TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX api_token_by_key ON api_token (key_id);

CREATE INDEX api_token_by_expiry ON api_token (expires_at);
