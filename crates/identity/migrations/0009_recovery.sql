-- Somebody has lost every second factor: two members of staff agree, and time has to pass.
CREATE TABLE recovery (
    id {id},
    account_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason_sealed {bytes} NOT NULL,
    stop_hash {bytes} NOT NULL,
    first_by BIGINT,
    first_at BIGINT,
    second_by BIGINT,
    second_at BIGINT,
    opens_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    CHECK (state IN ('waiting', 'approved', 'refused', 'stopped', 'done'))
);

-- One at a time.
CREATE UNIQUE INDEX recovery_live ON recovery (account_id) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX recovery_by_stop ON recovery (stop_hash);

CREATE INDEX recovery_by_state ON recovery (state, id);
