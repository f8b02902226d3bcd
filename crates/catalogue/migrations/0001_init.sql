-- One row; its update is what two publications at once queue up at, and its revision tells a node that it is behind.
CREATE TABLE catalogue_state (
    id {id},
    revision BIGINT NOT NULL
);
-- Every version of every service ever published. Never changed, never removed: running orders refer to it.
CREATE TABLE service_version (
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    hash TEXT NOT NULL,
    file TEXT NOT NULL,
    source TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (code, version)
);
-- What is offered now. place is the order within the vertical.
CREATE TABLE service_current (
    code TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    vertical TEXT NOT NULL,
    place BIGINT NOT NULL
);
CREATE INDEX service_current_vertical ON service_current (vertical);
-- What is on hand and what of it is promised: allocated to paid orders, reserved for open ones. A bookable time is an
-- item too; then service_code, starts_at and ends_at are set.
CREATE TABLE stock_item (
    id {id},
    sku TEXT NOT NULL,
    on_hand BIGINT NOT NULL,
    allocated BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    service_code TEXT,
    starts_at BIGINT,
    ends_at BIGINT,
    updated_at BIGINT NOT NULL,
    CONSTRAINT stock_item_never_negative
        CHECK (allocated >= 0 AND reserved >= 0 AND on_hand - allocated - reserved >= 0)
);
CREATE UNIQUE INDEX stock_item_sku ON stock_item (sku);
CREATE INDEX stock_item_slot ON stock_item (service_code, starts_at) WHERE service_code IS NOT NULL;
-- What one order line was promised. state: live, allocated, taken, released, expired.
CREATE TABLE reservation (
    id {id},
    order_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    stock_item_id BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT reservation_of_something CHECK (quantity > 0)
);
CREATE INDEX reservation_order ON reservation (order_id);
CREATE INDEX reservation_due ON reservation (expires_at) WHERE state = 'live';
