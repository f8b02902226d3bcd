-- Every filter of the search has an index that also keeps the order of the list.
DROP INDEX audit_entry_object;
DROP INDEX audit_entry_actor;
CREATE INDEX audit_entry_by_object ON audit_entry (object_kind, object_id, id);
CREATE INDEX audit_entry_by_actor ON audit_entry (actor, id);
CREATE INDEX audit_entry_by_verb ON audit_entry (verb, id);
CREATE INDEX audit_entry_by_customer ON audit_entry (customer_id, id) WHERE customer_id IS NOT NULL;
-- Refused acts that were recorded lately, so that a flood of them is recorded once a minute.
CREATE TABLE audit_refusal (
    minute BIGINT NOT NULL,
    actor TEXT NOT NULL,
    route TEXT NOT NULL,
    PRIMARY KEY (minute, actor, route)
);
