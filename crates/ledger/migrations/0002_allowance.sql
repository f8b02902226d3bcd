-- What a customer of a level may move. A row stands where an operator's settings differ from what Everlit comes with; NULL is no limit.
CREATE TABLE ledger_limit (
    level TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('top_up', 'spend', 'transfer_out')),
    single BIGINT CHECK (single >= 0),
    day BIGINT CHECK (day >= 0),
    month BIGINT CHECK (month >= 0),
    year BIGINT CHECK (year >= 0),
    holding BIGINT CHECK (holding >= 0),
    PRIMARY KEY (level, kind)
);

-- How much of a limit is used. What is written here always equals the sum of the uses below.
CREATE TABLE ledger_allowance (
    customer_id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('top_up', 'spend', 'transfer_out')),
    currency TEXT NOT NULL,
    span TEXT NOT NULL CHECK (span IN ('day', 'month', 'year', 'open')),
    period BIGINT NOT NULL,
    used BIGINT NOT NULL CHECK (used >= 0),
    PRIMARY KEY (customer_id, kind, currency, span, period)
);

-- What was taken out of the limits, once for each key.
CREATE TABLE ledger_allowance_use (
    id {id},
    business_key TEXT NOT NULL UNIQUE,
    customer_id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('top_up', 'spend', 'transfer_out')),
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    day BIGINT NOT NULL,
    month BIGINT NOT NULL,
    year BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'given_back')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX ledger_allowance_use_customer ON ledger_allowance_use (customer_id, kind, currency);
