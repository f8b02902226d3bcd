-- What was ordered and where it stands. order_line keeps each thing ordered with its form's answers, sealed.
CREATE TABLE orders (
    id {id},
    customer_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    money_state TEXT NOT NULL,
    version BIGINT NOT NULL,
    total BIGINT NOT NULL CHECK (total >= 0),
    currency TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    hold_id BIGINT,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    line_count BIGINT NOT NULL,
    channel TEXT NOT NULL,
    cart_id BIGINT,
    placed_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    pay_by BIGINT,
    finished_at BIGINT,
    reason TEXT
);
CREATE INDEX orders_of_customer ON orders (customer_id, id);
CREATE INDEX orders_in_state ON orders (state, id);
CREATE INDEX orders_unfinished ON orders (due_at) WHERE finished_at IS NULL;
CREATE INDEX orders_to_pay ON orders (pay_by) WHERE pay_by IS NOT NULL;
CREATE TABLE order_line (
    id {id},
    order_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    service TEXT NOT NULL,
    service_version BIGINT NOT NULL,
    offering TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    unit BIGINT NOT NULL,
    total BIGINT NOT NULL,
    currency TEXT NOT NULL,
    seller TEXT NOT NULL,
    sku TEXT,
    fee BIGINT NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    answers {bytes} NOT NULL,
    result {bytes},
    quote_id BIGINT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX order_line_of_order ON order_line (order_id, position);
CREATE INDEX order_line_of_customer ON order_line (customer_id, service, id);
-- Who changed what, when, why (O2). Texts of a step come from the service pack; the rest is told by the code.
CREATE TABLE order_event (
    id {id},
    order_id BIGINT NOT NULL,
    line_id BIGINT,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    code TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT,
    zh TEXT,
    en TEXT,
    reason TEXT,
    internal BOOLEAN NOT NULL,
    request_id BIGINT NOT NULL
);
CREATE INDEX order_event_of_order ON order_event (order_id, id);
-- What a key was used for and what came of it (I1-I7). Written in the transaction of the effect.
CREATE TABLE idempotency (
    id {id},
    actor_id BIGINT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint {bytes} NOT NULL,
    result TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX idempotency_used ON idempotency (actor_id, route, key);
CREATE INDEX idempotency_age ON idempotency (created_at);
-- A customer's basket: open, until an order is made of it.
CREATE TABLE cart (
    id {id},
    customer_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    order_id BIGINT,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX cart_open ON cart (customer_id) WHERE state = 'open';
CREATE TABLE cart_line (
    id {id},
    cart_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    service TEXT NOT NULL,
    offering TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    answers {bytes} NOT NULL,
    quote_id BIGINT,
    added_at BIGINT NOT NULL
);
CREATE INDEX cart_line_of_cart ON cart_line (cart_id, id);
-- A form that is being filled in, the same on every device.
CREATE TABLE draft (
    id {id},
    customer_id BIGINT NOT NULL,
    service TEXT NOT NULL,
    service_version BIGINT NOT NULL,
    offering TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    answers {bytes} NOT NULL,
    quote_id BIGINT,
    idem TEXT NOT NULL,
    revision BIGINT NOT NULL,
    order_id BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX draft_of_customer ON draft (customer_id, id);
-- A price that holds until it expires; with what the provider answered, where it was asked.
CREATE TABLE quote (
    id {id},
    customer_id BIGINT NOT NULL,
    service TEXT NOT NULL,
    service_version BIGINT NOT NULL,
    offering TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    fingerprint {bytes} NOT NULL,
    total BIGINT NOT NULL,
    currency TEXT NOT NULL,
    provider_amount BIGINT,
    provider_reference TEXT,
    facts {bytes},
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX quote_expiry ON quote (expires_at);
-- Money that is to come from outside, for an order or for the balance. One payment, many attempts, at most one wins (P1).
CREATE TABLE payment (
    id {id},
    customer_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    order_id BIGINT,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    check_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX payment_of_order ON payment (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payment_of_customer ON payment (customer_id, id);
CREATE INDEX payment_open ON payment (check_at) WHERE state = 'open';
-- One try at one gateway. What is promised back never exceeds what was captured (P10).
CREATE TABLE attempt (
    id {id},
    payment_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    gateway TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    captured BIGINT NOT NULL DEFAULT 0,
    refunded BIGINT NOT NULL DEFAULT 0,
    outcome TEXT,
    outcome_zh TEXT,
    outcome_en TEXT,
    checkout_url TEXT,
    gateway_id TEXT,
    card_brand TEXT,
    card_last4 TEXT,
    sequence BIGINT NOT NULL,
    polls BIGINT NOT NULL,
    next_poll_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (refunded >= 0 AND refunded <= captured)
);
CREATE INDEX attempt_of_payment ON attempt (payment_id, id);
CREATE INDEX attempt_to_poll ON attempt (next_poll_at) WHERE next_poll_at IS NOT NULL;
-- Money on its way back through the gateway. Set aside in the ledger (hold_id) until the gateway confirms.
CREATE TABLE refund (
    id {id},
    attempt_id BIGINT NOT NULL,
    payment_id BIGINT NOT NULL,
    order_id BIGINT,
    customer_id BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    business_key TEXT NOT NULL,
    hold_id BIGINT NOT NULL,
    outcome TEXT,
    polls BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX refund_once ON refund (business_key);
CREATE INDEX refund_of_payment ON refund (payment_id, id);
