-- What was issued: a sheet in words that never changes, its number, and the code that proves both. One a subject and language.
CREATE TABLE paper (
    id {id},
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    number TEXT NOT NULL,
    customer_id BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    sheet_sealed {bytes} NOT NULL,
    code TEXT NOT NULL,
    takes_back BIGINT,
    issued_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX paper_number ON paper (number);
CREATE UNIQUE INDEX paper_once ON paper (kind, subject);
CREATE UNIQUE INDEX paper_taken_back ON paper (takes_back) WHERE takes_back IS NOT NULL;
CREATE INDEX paper_of_customer ON paper (customer_id, id);
-- The file of a document as it was drawn first; drawn once, so that its bytes never change. Receipts of fulfilment have theirs here too.
CREATE TABLE paper_file (
    document_id {id},
    customer_id BIGINT NOT NULL,
    file_sealed {bytes} NOT NULL,
    digest TEXT NOT NULL,
    drawn_at BIGINT NOT NULL
);
-- In whose name invoices are made out. A title that was removed stays for the requests that named it.
CREATE TABLE invoice_title (
    id {id},
    customer_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    title_sealed {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX invoice_title_of_customer ON invoice_title (customer_id, id);
-- A wish for an invoice about one order, with the title as it was when it was asked for.
CREATE TABLE invoice (
    id {id},
    customer_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    title_kind TEXT NOT NULL,
    title_sealed {bytes} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'issued', 'refused', 'reversed')),
    version BIGINT NOT NULL,
    paper_id BIGINT,
    red_paper_id BIGINT,
    reason_sealed {bytes},
    asked_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by BIGINT
);
CREATE UNIQUE INDEX invoice_of_order ON invoice (order_id) WHERE state IN ('requested', 'issued');
CREATE INDEX invoice_of_customer ON invoice (customer_id, id);
CREATE INDEX invoice_in_state ON invoice (state, id);
