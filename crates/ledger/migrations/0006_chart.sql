-- Open holds, for staff and for their customer; accounts of one sort, which their codes begin with.
CREATE INDEX hold_open ON hold (created_at, id) WHERE state = 'pending';
CREATE INDEX hold_open_customer ON hold (customer_id, created_at, id) WHERE state = 'pending' AND customer_id IS NOT NULL;
CREATE INDEX ledger_account_currency ON ledger_account (currency, id);
