-- What has no payee, device, network or phone is not looked for by it; nobody looks for acts by their point alone.
DROP INDEX risk_event_point;
DROP INDEX risk_event_payee;
DROP INDEX risk_event_device;
DROP INDEX risk_event_network;
DROP INDEX risk_event_phone;
CREATE INDEX risk_event_payee ON risk_event (payee, family, id) WHERE payee IS NOT NULL;
CREATE INDEX risk_event_device ON risk_event (device, family, id) WHERE device IS NOT NULL;
CREATE INDEX risk_event_network ON risk_event (network, family, id) WHERE network IS NOT NULL;
CREATE INDEX risk_event_phone ON risk_event (phone, id) WHERE phone IS NOT NULL;
