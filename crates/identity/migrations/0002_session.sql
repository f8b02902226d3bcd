-- How far somebody is: open, or a second factor has to be shown or set up first.
ALTER TABLE session ADD COLUMN stage TEXT NOT NULL DEFAULT 'open';

-- What was shown to get here: `password,totp`.
ALTER TABLE session ADD COLUMN methods TEXT NOT NULL DEFAULT 'password';

-- The organisation whose business this session is about.
ALTER TABLE session ADD COLUMN acting_for BIGINT;

ALTER TABLE session ADD COLUMN device_id BIGINT;
