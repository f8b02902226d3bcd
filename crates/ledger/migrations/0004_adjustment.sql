-- What one person wants to book by hand and another decides. The money is set aside from the beginning.
CREATE TABLE adjustment (
    id {id},
    business_key TEXT NOT NULL UNIQUE,
    reverses BIGINT,
    debit_account BIGINT NOT NULL,
    credit_account BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    customer_id BIGINT,
    hold_id BIGINT NOT NULL UNIQUE,
    reason_sealed {bytes} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'booked', 'refused', 'withdrawn', 'expired')),
    maker_id BIGINT NOT NULL,
    checker_id BIGINT,
    transfer_id BIGINT UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    CHECK (checker_id IS NULL OR checker_id <> maker_id),
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK ((state = 'booked') = (transfer_id IS NOT NULL)),
    CHECK (state NOT IN ('booked', 'refused') OR checker_id IS NOT NULL)
);
CREATE UNIQUE INDEX adjustment_reverses_once ON adjustment (reverses) WHERE state = 'waiting' AND reverses IS NOT NULL;
CREATE INDEX adjustment_created ON adjustment (created_at, id);
CREATE INDEX adjustment_expiry ON adjustment (expires_at) WHERE state = 'waiting';
