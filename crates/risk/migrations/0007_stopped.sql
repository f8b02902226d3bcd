-- Whether an act did not go on: it was refused, or waits for a person.
ALTER TABLE risk_event ADD COLUMN stopped BOOLEAN NOT NULL DEFAULT FALSE;
