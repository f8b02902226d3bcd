-- Enterprises that order, and providers that serve. Organisations and accounts share one space of ids, so an order, a balance or a
-- message can belong to either.
CREATE TABLE organisation (
    id {id},
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    name_sealed {bytes} NOT NULL,
    code_sealed {bytes} NOT NULL,
    code_index {bytes} NOT NULL,
    confirmed_at BIGINT,
    created_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (kind IN ('enterprise', 'provider')),
    CHECK (state IN ('active', 'suspended'))
);

CREATE UNIQUE INDEX organisation_by_code ON organisation (kind, code_index);

CREATE INDEX organisation_by_time ON organisation (created_at, id);

CREATE TABLE department (
    id {id},
    organisation_id BIGINT NOT NULL,
    name_sealed {bytes} NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX department_by_organisation ON department (organisation_id, id);

-- Who may act for an organisation, in which role, up to which amount.
CREATE TABLE membership (
    organisation_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    department_id BIGINT,
    transaction_limit BIGINT,
    day_limit BIGINT,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, account_id),
    CHECK (transaction_limit >= 0),
    CHECK (day_limit >= 0)
);

CREATE INDEX membership_by_account ON membership (account_id, organisation_id);

-- One-time links that make somebody a member. Of the token only a hash is kept.
CREATE TABLE invitation (
    id {id},
    organisation_id BIGINT NOT NULL,
    token_hash {bytes} NOT NULL,
    role TEXT NOT NULL,
    department_id BIGINT,
    contact_sealed {bytes},
    contact_index {bytes},
    created_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX invitation_by_token ON invitation (token_hash);

CREATE INDEX invitation_by_organisation ON invitation (organisation_id, id);

CREATE INDEX invitation_by_expiry ON invitation (expires_at);
