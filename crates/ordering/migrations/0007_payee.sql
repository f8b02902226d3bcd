-- Whom money was sent to and may be sent to again. The account is found by its keyed index; warm_at is when a new payee stops being new.
CREATE TABLE payee (
    id {id},
    customer_id BIGINT NOT NULL,
    name_sealed {bytes} NOT NULL,
    bank_sealed {bytes} NOT NULL,
    account_sealed {bytes} NOT NULL,
    account_index {bytes} NOT NULL,
    nickname_sealed {bytes},
    added_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    warm_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX payee_once ON payee (customer_id, account_index);
CREATE INDEX payee_of_customer ON payee (customer_id, id);
