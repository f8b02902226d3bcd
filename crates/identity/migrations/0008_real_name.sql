-- Who an account was shown to be. `slot` numbers the live accounts of one person from 0; being unique beside the person it
-- decides between two accounts that become the same person at once. NULL: that account is closed and counts no more.
CREATE TABLE real_name (
    account_id BIGINT PRIMARY KEY,
    person_index {bytes} NOT NULL,
    slot BIGINT,
    level TEXT NOT NULL,
    person_sealed {bytes} NOT NULL,
    consented_at BIGINT NOT NULL,
    proved_at BIGINT NOT NULL,
    CHECK (level IN ('real_name', 'documents'))
);

CREATE UNIQUE INDEX real_name_by_person ON real_name (person_index, slot);

-- One question to the provider. Written before it is asked; its id is the provider's idempotency key.
CREATE TABLE name_check (
    id {id},
    account_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    person_sealed {bytes},
    request_key TEXT NOT NULL,
    request_index {bytes} NOT NULL,
    consented_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    CHECK (state IN ('asking', 'match', 'mismatch', 'not_found', 'unavailable', 'taken', 'withdrawn')),
    CHECK ((state = 'asking') = (finished_at IS NULL))
);

CREATE UNIQUE INDEX name_check_by_key ON name_check (account_id, request_key);

CREATE UNIQUE INDEX name_check_open ON name_check (account_id) WHERE state = 'asking';

CREATE INDEX name_check_by_account ON name_check (account_id, created_at, id);

CREATE INDEX name_check_sealed ON name_check (finished_at) WHERE person_sealed IS NOT NULL;

-- Documents handed in for a person of staff to look at.
CREATE TABLE identity_review (
    id {id},
    account_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    person_index {bytes} NOT NULL,
    person_sealed {bytes},
    consented_at BIGINT NOT NULL,
    submitted_at BIGINT NOT NULL,
    opened_by BIGINT,
    opened_at BIGINT,
    decided_by BIGINT,
    decided_at BIGINT,
    grounds TEXT,
    remark_sealed {bytes},
    erased_at BIGINT,
    CHECK (state IN ('waiting', 'approved', 'rejected', 'withdrawn')),
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK ((state = 'rejected') = (grounds IS NOT NULL))
);

CREATE UNIQUE INDEX identity_review_open ON identity_review (account_id) WHERE state = 'waiting';

CREATE INDEX identity_review_queue ON identity_review (state, submitted_at, id);

CREATE INDEX identity_review_by_account ON identity_review (account_id, submitted_at, id);

CREATE INDEX identity_review_kept ON identity_review (decided_at) WHERE erased_at IS NULL;

CREATE TABLE identity_document (
    id {id},
    review_id BIGINT NOT NULL,
    side TEXT NOT NULL,
    media TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    CHECK (side IN ('front', 'back')),
    CHECK (media IN ('jpeg', 'png', 'pdf'))
);

CREATE UNIQUE INDEX identity_document_by_side ON identity_document (review_id, side);

-- The file in sealed pieces, numbered from 0.
CREATE TABLE identity_document_part (
    document_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    sealed {bytes} NOT NULL,
    PRIMARY KEY (document_id, position)
);
