-- The work on one order line: which step of which version of the workflow it is at.
CREATE TABLE flow (
    id {id},
    line_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    service TEXT NOT NULL,
    service_version BIGINT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    position BIGINT NOT NULL,
    goal TEXT,
    cause TEXT,
    message_zh TEXT,
    message_en TEXT,
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    fallout_at BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX flow_of_line ON flow (line_id);
CREATE INDEX flow_of_order ON flow (order_id, id);
CREATE INDEX flow_in_fallout ON flow (fallout_at, id) WHERE fallout_at IS NOT NULL;
-- The step log: each try of each step, written before it begins and after it ends. What went over the wire is sealed.
CREATE TABLE flow_step (
    id {id},
    flow_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    step TEXT NOT NULL,
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL,
    round BIGINT NOT NULL,
    state TEXT NOT NULL,
    provider TEXT,
    operation TEXT,
    request {bytes},
    sequence BIGINT NOT NULL,
    answer {bytes},
    tries BIGINT NOT NULL,
    wakes BIGINT NOT NULL,
    trouble TEXT,
    due_at BIGINT,
    alerted_at BIGINT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX flow_step_once ON flow_step (flow_id, position, purpose, round);
CREATE UNIQUE INDEX flow_step_operation ON flow_step (operation);
-- What needs a person.
CREATE TABLE task (
    id {id},
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    flow_id BIGINT,
    flow_step_id BIGINT,
    line_id BIGINT,
    order_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    assignee_id BIGINT,
    answers {bytes},
    due_at BIGINT NOT NULL,
    alerted_at BIGINT,
    created_at BIGINT NOT NULL,
    claimed_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX task_open_in_queue ON task (queue, due_at, id) WHERE state = 'open';
CREATE INDEX task_open ON task (due_at, id) WHERE state = 'open';
CREATE INDEX task_open_of ON task (assignee_id, due_at, id) WHERE state = 'open';
CREATE INDEX task_of_flow ON task (flow_id, id);
CREATE INDEX task_of_order ON task (order_id, id);
-- What staff asked the customer, and the answer.
CREATE TABLE question (
    id {id},
    line_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    question {bytes} NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    answer {bytes},
    answered_at BIGINT
);
CREATE INDEX question_of_order ON question (order_id, id);
-- What was issued. A document is never changed; its code proves it.
CREATE TABLE document (
    id {id},
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    order_id BIGINT NOT NULL,
    line_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    facts {bytes} NOT NULL,
    code TEXT NOT NULL,
    issued_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX document_number ON document (number);
CREATE UNIQUE INDEX document_of_line ON document (line_id, kind);
CREATE INDEX document_of_order ON document (order_id, id);
-- Orders that were late, each noticed once.
CREATE TABLE late_order (
    order_id {id},
    noticed_at BIGINT NOT NULL
);
