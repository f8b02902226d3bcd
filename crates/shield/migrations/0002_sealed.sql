-- What people wrote about a network, and samples of what was asked from it, are kept sealed. The columns they lay in before are emptied by
-- the first start (shield::SEALED says which) and are read no more.
ALTER TABLE shield_entry ADD COLUMN reason_sealed {bytes};
ALTER TABLE shield_incident ADD COLUMN evidence_sealed {bytes};
ALTER TABLE shield_incident ADD COLUMN note_sealed {bytes};
ALTER TABLE shield_block ADD COLUMN lift_reason_sealed {bytes};
