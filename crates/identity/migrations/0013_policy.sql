-- What an organisation lets nobody decide alone: its rules as JSON (who checks at which amount), and how often they changed.
CREATE TABLE approval_policy (
    organisation_id {id},
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed_by BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
