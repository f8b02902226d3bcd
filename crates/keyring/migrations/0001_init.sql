-- The keys under which values are sealed and indexes are made, each wrapped by the master key named in wrapped_by.
-- state: known (published, seals nothing yet), current (seals), old (opens; its values are being sealed again), retired (no values left).
CREATE TABLE data_key (
    purpose TEXT NOT NULL,
    number BIGINT NOT NULL,
    wrapped {bytes} NOT NULL,
    wrapped_by TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    current_at BIGINT,
    retired_at BIGINT,
    PRIMARY KEY (purpose, number),
    CHECK (purpose IN ('seal', 'index')),
    CHECK (state IN ('known', 'current', 'old', 'retired'))
);
CREATE UNIQUE INDEX data_key_current ON data_key (purpose) WHERE state = 'current';
-- What each node has on its ring: the newest key it can open and the key it seals with. Of nodes whose lease is over nothing is asked.
CREATE TABLE keyring_node (
    node {id},
    known BIGINT NOT NULL,
    sealing BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
-- Columns whose values once lay in the clear and have been sealed.
CREATE TABLE sealed_column (
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    done_at BIGINT NOT NULL,
    PRIMARY KEY (table_name, column_name)
);
