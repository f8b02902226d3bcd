-- Networks that are let through or kept out by hand. The network is sealed and found by its keyed index.
CREATE TABLE shield_entry (
    id {id},
    kind TEXT NOT NULL,
    network_sealed {bytes} NOT NULL,
    network_index {bytes} NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT,
    ended_by TEXT,
    CHECK (kind IN ('allow', 'deny'))
);

-- One live entry of a kind for a network.
CREATE UNIQUE INDEX shield_entry_live ON shield_entry (kind, network_index) WHERE ended_at IS NULL;

-- What somebody at a network tried, until a person has looked at it.
CREATE TABLE shield_incident (
    id {id},
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    network_sealed {bytes} NOT NULL,
    network_index {bytes} NOT NULL,
    hits BIGINT NOT NULL,
    subjects BIGINT NOT NULL,
    evidence TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    note TEXT,
    handled_by TEXT,
    handled_at BIGINT,
    CHECK (kind IN ('path_scan', 'stuffing', 'injection', 'malformed', 'forged_callback', 'forgery', 'foreign_ids')),
    CHECK (state IN ('open', 'acknowledged', 'closed'))
);

-- Trying on adds to the incident that is not closed.
CREATE UNIQUE INDEX shield_incident_live ON shield_incident (kind, network_index) WHERE state <> 'closed';

CREATE INDEX shield_incident_list ON shield_incident (state, id);

-- Networks kept out for a while, by an incident.
CREATE TABLE shield_block (
    id {id},
    incident_id BIGINT NOT NULL,
    network_sealed {bytes} NOT NULL,
    network_index {bytes} NOT NULL,
    level BIGINT NOT NULL,
    blocked_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    lifted_at BIGINT,
    lifted_by TEXT,
    lift_reason TEXT,
    CHECK (level >= 0)
);

CREATE INDEX shield_block_network ON shield_block (network_index, blocked_at);

CREATE INDEX shield_block_incident ON shield_block (incident_id);

CREATE INDEX shield_block_until ON shield_block (until_at) WHERE lifted_at IS NULL;
