-- A provider's words may name people. The columns they lay in before are emptied by the first start (fulfilment::SEALED says which)
-- and are read no more.
ALTER TABLE flow ADD COLUMN message_sealed {bytes};
