-- When the money of an order is taken. 'at_completion': until the work is done it is only authorised.
ALTER TABLE orders ADD COLUMN capture TEXT NOT NULL DEFAULT 'at_order';
ALTER TABLE payment ADD COLUMN capture TEXT NOT NULL DEFAULT 'at_order';
-- Of the attempt whose authorisation an order stands on: until when its gateway keeps the money, when it is taken or let go at the latest,
-- and how much of it is to be taken.
ALTER TABLE attempt ADD COLUMN authorised_until BIGINT;
ALTER TABLE attempt ADD COLUMN take_by BIGINT;
ALTER TABLE attempt ADD COLUMN due BIGINT CHECK (due > 0);
CREATE INDEX attempt_authorised ON attempt (id) WHERE state IN ('authorised', 'capturing', 'uncollected');
