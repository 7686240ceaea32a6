-- @contexts that this broker hosts, keeps a copy of, or made itself
-- (include/store/contexts.h).  A document is the bytes as they came.

CREATE TABLE context (
	id text PRIMARY KEY,
	kind text NOT NULL,
	url text UNIQUE,
	document bytea NOT NULL,
	sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(document)) STORED,
	differs bytea,
	created timestamptz NOT NULL,
	checked timestamptz NOT NULL,
	expires timestamptz,
	used timestamptz,
	hits bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
CREATE INDEX context_expires ON context (expires) WHERE expires IS NOT NULL;

-- One row, counted up where a context changes or goes: brokers that have it in memory look
-- here.
CREATE TABLE context_changes (n bigint NOT NULL);
INSERT INTO context_changes VALUES (0);
