-- Money that goes to another customer's balance: whose it is, known from the moment a payee is found and fixed when the order is placed.
ALTER TABLE payee ADD COLUMN beneficiary_id BIGINT;
ALTER TABLE order_line ADD COLUMN beneficiary_id BIGINT;
