-- One message to one person on one channel. Address and content are sealed; delivery has its own state.
CREATE TABLE message (
    id {id},
    channel TEXT NOT NULL,
    account_id BIGINT,
    to_sealed {bytes} NOT NULL,
    template TEXT NOT NULL,
    locale TEXT NOT NULL,
    content_sealed {bytes} NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    read_at BIGINT
);

-- The message centre of one account.
CREATE INDEX message_by_account ON message (account_id, channel, created_at, id);

-- The demo's outbox page, newest first.
CREATE INDEX message_by_time ON message (created_at, id);
