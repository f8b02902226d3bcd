-- A key for what must not be forged stands beside the key of the indexes, so that the latter can be exchanged; and a key that nothing lies
-- under any more is destroyed after a while: its bytes are emptied, its row says when. The table is made anew, for what it allows changes.
CREATE TABLE data_key_made_anew (
    purpose TEXT NOT NULL,
    number BIGINT NOT NULL,
    wrapped {bytes} NOT NULL,
    wrapped_by TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    current_at BIGINT,
    retired_at BIGINT,
    destroyed_at BIGINT,
    PRIMARY KEY (purpose, number),
    CHECK (purpose IN ('seal', 'index', 'proof')),
    CHECK (state IN ('known', 'current', 'old', 'retired', 'destroyed')),
    CHECK ((state = 'destroyed') = (destroyed_at IS NOT NULL))
);
INSERT INTO data_key_made_anew (purpose, number, wrapped, wrapped_by, state, created_at, current_at, retired_at)
    SELECT purpose, number, wrapped, wrapped_by, state, created_at, current_at, retired_at FROM data_key;
DROP TABLE data_key;
ALTER TABLE data_key_made_anew RENAME TO data_key;
CREATE UNIQUE INDEX data_key_current ON data_key (purpose) WHERE state = 'current';
