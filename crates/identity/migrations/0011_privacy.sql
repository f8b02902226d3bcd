-- What somebody agreed to, in which version of the text, and when they took it back.
CREATE TABLE consent (
    id {id},
    account_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    version TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    withdrawn_at BIGINT
);

CREATE INDEX consent_by_account ON consent (account_id, id);

-- One at a time for each purpose.
CREATE UNIQUE INDEX consent_live ON consent (account_id, purpose) WHERE withdrawn_at IS NULL;

ALTER TABLE account ADD COLUMN erased_at BIGINT;
