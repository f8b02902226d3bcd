-- What a provider calls a price, and the address of a gateway's page, may name people or open their payment: both are kept sealed. The
-- columns they lay in before are emptied by the first start (ordering::SEALED says which) and are read no more.
ALTER TABLE quote ADD COLUMN reference_sealed {bytes};
ALTER TABLE attempt ADD COLUMN checkout_sealed {bytes};
