-- Whoever can sign in. Name, phone and e-mail are sealed; the keyed indexes find them and keep them unique.
CREATE TABLE account (
    id {id},
    state TEXT NOT NULL,
    roles TEXT NOT NULL,
    is_staff BOOLEAN NOT NULL,
    name_sealed {bytes},
    phone_sealed {bytes},
    phone_index {bytes},
    phone_verified_at BIGINT,
    email_sealed {bytes},
    email_index {bytes},
    email_verified_at BIGINT,
    password_hash TEXT,
    locale TEXT NOT NULL,
    theme TEXT NOT NULL,
    text_size TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (state IN ('active', 'frozen', 'closed'))
);

CREATE UNIQUE INDEX account_by_phone ON account (phone_index);

CREATE UNIQUE INDEX account_by_email ON account (email_index);

-- Lists of customers and of staff, newest first.
CREATE INDEX account_by_kind ON account (is_staff, created_at, id);

-- One live code per account and purpose; only a keyed hash of it is kept.
CREATE TABLE one_time_code (
    account_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    code_hash {bytes} NOT NULL,
    tries_left BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, purpose),
    CHECK (tries_left >= 0)
);

-- Somebody signed in. The token itself is nowhere: only its SHA-256.
CREATE TABLE session (
    id {id},
    token_hash {bytes} NOT NULL,
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    client_sealed {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    proved_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX session_by_token ON session (token_hash);

CREATE INDEX session_by_account ON session (account_id, id);

CREATE INDEX session_by_expiry ON session (expires_at);

-- How often something was tried lately, by keyed hash of who or where.
CREATE TABLE throttle (
    throttle_key {bytes} PRIMARY KEY,
    tries BIGINT NOT NULL,
    open_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX throttle_by_time ON throttle (updated_at);

-- One-time links that make staff accounts. There is at most one for the first administrator.
CREATE TABLE setup_link (
    id {id},
    token_hash {bytes} NOT NULL,
    role TEXT NOT NULL,
    for_first BOOLEAN NOT NULL,
    created_by BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX setup_link_by_token ON setup_link (token_hash);
