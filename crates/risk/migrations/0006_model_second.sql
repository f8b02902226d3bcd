-- A model that is wanted live waits for a second person, as a rule does.
ALTER TABLE risk_model ADD COLUMN wanted_by BIGINT;
ALTER TABLE risk_model ADD COLUMN wanted_at BIGINT;
ALTER TABLE risk_model ADD COLUMN reason_sealed {bytes};
