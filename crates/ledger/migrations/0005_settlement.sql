-- What was agreed with a seller; the highest version counts.
CREATE TABLE seller_agreement (
    id {id},
    seller TEXT NOT NULL,
    currency TEXT NOT NULL,
    version BIGINT NOT NULL,
    commission_bp BIGINT NOT NULL CHECK (commission_bp BETWEEN 0 AND 10000),
    rhythm TEXT NOT NULL CHECK (rhythm IN ('daily', 'weekly', 'monthly')),
    starts_at BIGINT NOT NULL,
    bank_sealed {bytes} NOT NULL,
    maker_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX seller_agreement_version ON seller_agreement (seller, currency, version);

-- One period of one seller, settled once. Rows are never changed.
CREATE TABLE settlement (
    id {id},
    seller TEXT NOT NULL,
    currency TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    agreement_id BIGINT NOT NULL,
    commission_bp BIGINT NOT NULL,
    carried_in BIGINT NOT NULL,
    turnover BIGINT NOT NULL,
    commission BIGINT NOT NULL CHECK (commission >= 0),
    payable BIGINT NOT NULL CHECK (payable >= 0),
    carried_out BIGINT NOT NULL CHECK (carried_out <= 0),
    created_at BIGINT NOT NULL,
    CHECK (from_at < to_at),
    CHECK (carried_in + turnover = commission + payable + carried_out)
);
CREATE UNIQUE INDEX settlement_once ON settlement (seller, currency, to_at);
CREATE UNIQUE INDEX settlement_begins_once ON settlement (seller, currency, from_at);
CREATE INDEX settlement_created ON settlement (created_at, id);

-- Money on its way to a seller. It is set aside until the bank says how it ended.
CREATE TABLE payout (
    id {id},
    business_key TEXT NOT NULL UNIQUE,
    seller TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    agreement_id BIGINT NOT NULL,
    hold_id BIGINT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'sent', 'paid', 'failed', 'refused')),
    maker_id BIGINT NOT NULL,
    checker_id BIGINT,
    reference TEXT,
    outcome TEXT,
    asked BIGINT NOT NULL,
    next_ask_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (checker_id IS NULL OR checker_id <> maker_id),
    CHECK (state = 'waiting' OR checker_id IS NOT NULL),
    CHECK ((state IN ('approved', 'sent')) = (next_ask_at IS NOT NULL))
);
CREATE INDEX payout_created ON payout (created_at, id);
CREATE INDEX payout_due ON payout (next_ask_at) WHERE next_ask_at IS NOT NULL;
