-- Why somebody let through or turned down is kept sealed. The column it lay in before is emptied by the first start (risk::SEALED says
-- so) and is read no more.
ALTER TABLE risk_review ADD COLUMN reason_sealed {bytes};
