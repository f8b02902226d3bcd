-- What was stopped is looked through for figures; what went on is a hundred times more.
CREATE INDEX risk_event_stopped ON risk_event (id) WHERE outcome IN ('step_up', 'review', 'deny');
