-- What operators made of the roles. A role that comes with Everlit has a row only once it was changed.
CREATE TABLE role (
    code TEXT PRIMARY KEY,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    permissions TEXT NOT NULL,
    second_factor BOOLEAN NOT NULL,
    transaction_limit BIGINT,
    day_limit BIGINT,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (transaction_limit >= 0),
    CHECK (day_limit >= 0)
);

-- How much of a limited permission somebody used on a day (UTC+8).
CREATE TABLE allowance (
    account_id BIGINT NOT NULL,
    party_id BIGINT NOT NULL,
    permission TEXT NOT NULL,
    day BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (account_id, party_id, permission, day),
    CHECK (used >= 0)
);

CREATE INDEX allowance_by_day ON allowance (day);
