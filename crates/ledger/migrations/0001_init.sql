-- Four running totals per account. What is written here always equals the sum of the transfers and pending holds.
CREATE TABLE ledger_account (
    id {id},
    code TEXT NOT NULL UNIQUE,
    customer_id BIGINT,
    kind TEXT NOT NULL,
    currency TEXT NOT NULL,
    guard TEXT NOT NULL CHECK (guard IN ('none', 'credits_cover_debits', 'debits_cover_credits')),
    debits_posted BIGINT NOT NULL CHECK (debits_posted BETWEEN 0 AND 4000000000000000000),
    credits_posted BIGINT NOT NULL CHECK (credits_posted BETWEEN 0 AND 4000000000000000000),
    debits_pending BIGINT NOT NULL CHECK (debits_pending BETWEEN 0 AND 4000000000000000000),
    credits_pending BIGINT NOT NULL CHECK (credits_pending BETWEEN 0 AND 4000000000000000000),
    created_at BIGINT NOT NULL,
    CHECK (guard <> 'credits_cover_debits' OR credits_posted - debits_posted - debits_pending >= 0),
    CHECK (guard <> 'debits_cover_credits' OR debits_posted - credits_posted - credits_pending >= 0)
);
CREATE INDEX ledger_account_customer ON ledger_account (customer_id) WHERE customer_id IS NOT NULL;

-- Money that moved. Rows are never changed and never deleted.
CREATE TABLE transfer (
    id {id},
    debit_account BIGINT NOT NULL,
    credit_account BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    business_key TEXT NOT NULL UNIQUE,
    order_id BIGINT,
    customer_id BIGINT,
    reverses BIGINT UNIQUE,
    hold_id BIGINT UNIQUE,
    memo TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    CHECK (debit_account <> credit_account)
);
CREATE INDEX transfer_debit ON transfer (debit_account, created_at);
CREATE INDEX transfer_credit ON transfer (credit_account, created_at);
CREATE INDEX transfer_order ON transfer (order_id) WHERE order_id IS NOT NULL;

-- Money set aside. The first nine columns never change; a hold leaves 'pending' exactly once.
CREATE TABLE hold (
    id {id},
    debit_account BIGINT NOT NULL,
    credit_account BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    business_key TEXT NOT NULL UNIQUE,
    order_id BIGINT,
    customer_id BIGINT,
    expires_at BIGINT,
    memo TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
    posted_amount BIGINT NOT NULL CHECK (posted_amount BETWEEN 0 AND amount),
    closed_at BIGINT,
    closed_entry BIGINT,
    CHECK (debit_account <> credit_account),
    CHECK ((state = 'posted') = (posted_amount > 0)),
    CHECK ((state = 'pending') = (closed_at IS NULL)),
    CHECK ((state = 'pending') = (closed_entry IS NULL))
);
CREATE INDEX hold_expiry ON hold (expires_at) WHERE state = 'pending' AND expires_at IS NOT NULL;

-- The hash chain. The id is lane · 2^44 + sequence; each hash covers the one before it and the row it stands for.
CREATE TABLE ledger_entry (
    id {id},
    fact TEXT NOT NULL CHECK (fact IN ('transfer', 'hold', 'release')),
    object_id BIGINT NOT NULL,
    hash {bytes} NOT NULL
);

-- The end of each lane. Many lanes, so that writers do not wait for one row.
CREATE TABLE ledger_lane (
    lane {id},
    seq BIGINT NOT NULL CHECK (seq >= 0),
    head_hash {bytes} NOT NULL
);
