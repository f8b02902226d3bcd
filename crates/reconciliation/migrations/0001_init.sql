-- One day of one gateway: where its bill and the matching of it stand. Whoever works on it holds the claim; its number grows each time,
-- so that a holder who was too slow writes nothing more.
CREATE TABLE bill_day (
    id {id},
    gateway TEXT NOT NULL,
    day BIGINT NOT NULL,
    state TEXT NOT NULL,
    bill_id BIGINT,
    bill_version BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT,
    claim BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    alarmed_at BIGINT,
    trouble TEXT,
    matched BIGINT NOT NULL,
    pending BIGINT NOT NULL,
    ours BIGINT NOT NULL,
    ours_matched BIGINT NOT NULL,
    fetched_at BIGINT,
    matched_at BIGINT,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX bill_day_once ON bill_day (gateway, day);
CREATE INDEX bill_day_next ON bill_day (next_at) WHERE next_at IS NOT NULL;
-- A bill as it was handed in. Another content is another version; rows are never changed once they are whole.
CREATE TABLE bill (
    id {id},
    gateway TEXT NOT NULL,
    day BIGINT NOT NULL,
    version BIGINT NOT NULL,
    hash TEXT NOT NULL,
    lines BIGINT NOT NULL,
    broken BIGINT NOT NULL,
    total BIGINT,
    total_currency TEXT,
    lines_total BIGINT,
    whole BOOLEAN NOT NULL,
    fetched_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX bill_version ON bill (gateway, day, version);
-- Its lines. our_key is the number in our_id, 0 where there is none: by it both sides are brought into one order on any database.
CREATE TABLE bill_line (
    id {id},
    bill_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    our_key BIGINT NOT NULL,
    our_id TEXT NOT NULL,
    gateway_id TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fee BIGINT NOT NULL,
    fee_currency TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX bill_line_order ON bill_line (bill_id, our_key, kind, number);
-- What the lines of a bill add up to.
CREATE TABLE bill_sum (
    id {id},
    bill_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fee_currency TEXT NOT NULL,
    lines BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL
);
CREATE UNIQUE INDEX bill_sum_once ON bill_sum (bill_id, kind, currency, fee_currency);
-- Lines that do not read. What stands in them may name people.
CREATE TABLE bill_broken (
    id {id},
    bill_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    text_sealed {bytes} NOT NULL,
    why TEXT NOT NULL
);
CREATE INDEX bill_broken_of ON bill_broken (bill_id, number);
-- Our side of a day as it was when it was matched: attempts and refunds with what the ledger has for them.
CREATE TABLE booked_line (
    id {id},
    bill_day_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    our_key BIGINT NOT NULL,
    our_id TEXT NOT NULL,
    gateway_id TEXT,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    ledger BIGINT,
    order_id BIGINT,
    customer_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX booked_line_order ON booked_line (bill_day_id, our_key, kind);
CREATE INDEX booked_line_gateway ON booked_line (bill_day_id, gateway_id);
-- Ours that no bill has yet and that the bill of the day after may still have.
CREATE TABLE cut_off (
    id {id},
    gateway TEXT NOT NULL,
    day BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    our_id TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL
);
CREATE UNIQUE INDEX cut_off_once ON cut_off (gateway, day, our_id, kind);
-- What does not agree, until somebody or the next bill has explained it.
CREATE TABLE difference (
    id {id},
    gateway TEXT NOT NULL,
    day BIGINT NOT NULL,
    key TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    resolution TEXT,
    version BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    bill_id BIGINT,
    line_number BIGINT,
    line_kind BIGINT,
    our_id TEXT NOT NULL,
    gateway_id TEXT NOT NULL,
    linked_id TEXT,
    their_amount BIGINT,
    their_currency TEXT,
    their_at BIGINT,
    fee BIGINT NOT NULL,
    fee_currency TEXT NOT NULL,
    our_amount BIGINT,
    our_currency TEXT,
    our_at BIGINT,
    our_state TEXT,
    ledger BIGINT,
    effect BIGINT NOT NULL,
    currency TEXT NOT NULL,
    adjusted BIGINT NOT NULL,
    order_id BIGINT,
    customer_id BIGINT,
    assignee BIGINT,
    proposed_by BIGINT,
    proposed_at BIGINT,
    signed_by BIGINT,
    signed_at BIGINT,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    closed_by TEXT,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX difference_once ON difference (gateway, key);
CREATE INDEX difference_queue ON difference (opened_at, id) WHERE state <> 'closed';
CREATE INDEX difference_of_day ON difference (gateway, day);
CREATE INDEX difference_of_ours ON difference (our_id) WHERE our_id <> '';
-- What people wrote about one, and what was done. Never changed.
CREATE TABLE difference_note (
    id {id},
    difference_id BIGINT NOT NULL,
    act TEXT NOT NULL,
    actor TEXT NOT NULL,
    text_sealed {bytes},
    at BIGINT NOT NULL
);
CREATE INDEX difference_note_of ON difference_note (difference_id, id);
-- Gateway fees of matched lines that are booked, by day and currency. round counts the transfers.
CREATE TABLE day_fee (
    id {id},
    gateway TEXT NOT NULL,
    day BIGINT NOT NULL,
    currency TEXT NOT NULL,
    booked BIGINT NOT NULL,
    round BIGINT NOT NULL
);
CREATE UNIQUE INDEX day_fee_once ON day_fee (gateway, day, currency);
-- Months. month is year · 12 + month − 1.
CREATE TABLE bill_month (
    id {id},
    gateway TEXT NOT NULL,
    month BIGINT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    proposed_by BIGINT,
    proposed_at BIGINT,
    closed_by BIGINT,
    closed_at BIGINT,
    reopened_at BIGINT,
    reopened_why TEXT,
    report TEXT,
    hash TEXT
);
CREATE UNIQUE INDEX bill_month_once ON bill_month (gateway, month);
