-- What people wrote, and what was answered to a key, is kept sealed. The columns it lay in before are emptied by the first start
-- (ordering::SEALED says which) and are read no more.
ALTER TABLE orders ADD COLUMN reason_sealed {bytes};
ALTER TABLE order_event ADD COLUMN words_sealed {bytes};
ALTER TABLE idempotency ADD COLUMN result_sealed {bytes};
ALTER TABLE attempt ADD COLUMN outcome_sealed {bytes};
ALTER TABLE attempt ADD COLUMN card_sealed {bytes};
