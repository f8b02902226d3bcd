-- Why somebody did something is free text, so it is kept sealed; the chain covers a digest of it that needs no key and stays when the
-- text is sealed again. The old column is emptied by the first start (audit::SEALED says which); entries from before keep the hash
-- they were written with, which covers the text itself.
ALTER TABLE audit_entry ADD COLUMN reason_sealed {bytes};
ALTER TABLE audit_entry ADD COLUMN reason_hash {bytes};
