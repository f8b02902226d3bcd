-- A file of orders that a member of an organisation handed in. The same file stands here once: its digest is found by its keyed index.
-- act_sealed keeps who submitted it, how and from where, while its lines are being ordered; stopped says why that came to a halt.
CREATE TABLE order_batch (
    id {id},
    party_id BIGINT NOT NULL,
    maker_id BIGINT NOT NULL,
    service TEXT NOT NULL,
    offering TEXT NOT NULL,
    name_sealed {bytes} NOT NULL,
    file_sealed {bytes} NOT NULL,
    file_index {bytes} NOT NULL,
    state TEXT NOT NULL,
    act_sealed {bytes},
    stopped TEXT,
    created_at BIGINT NOT NULL,
    submitted_at BIGINT
);
CREATE UNIQUE INDEX order_batch_once ON order_batch (party_id, file_index);
CREATE INDEX order_batch_of_party ON order_batch (party_id, id);
-- One line of the file. content is a digest of what it orders, to find the same thing in another line; again says that whoever handed it
-- in wants it all the same.
CREATE TABLE order_batch_line (
    id {id},
    batch_id BIGINT NOT NULL,
    party_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    state TEXT NOT NULL,
    cells_sealed {bytes} NOT NULL,
    wrong_sealed {bytes},
    content_sealed {bytes},
    content_index {bytes},
    again BOOLEAN NOT NULL,
    amount BIGINT,
    currency TEXT,
    order_id BIGINT,
    approval_id BIGINT,
    ordered_at BIGINT
);
CREATE UNIQUE INDEX order_batch_line_once ON order_batch_line (batch_id, line);
CREATE INDEX order_batch_line_content ON order_batch_line (party_id, content_index);
