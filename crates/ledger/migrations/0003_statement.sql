-- The statements of whole months that were shown after their end. The books must bring the same digest whenever they are asked.
CREATE TABLE ledger_statement (
    id {id},
    customer_id BIGINT NOT NULL,
    currency TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    opening BIGINT NOT NULL,
    closing BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    digest TEXT NOT NULL,
    issued_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX ledger_statement_once ON ledger_statement (customer_id, currency, from_at, to_at);
