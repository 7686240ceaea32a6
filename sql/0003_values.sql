-- What is indexed for q (include/store/value_paths.h).  A row is a scalar that a path leads
-- to in an entity, see struct q_row in include/core/q_target.h; instants in microseconds;
-- texts compare by code point.

CREATE TABLE value_path (
	path int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant int NOT NULL,
	key text NOT NULL,
	ready boolean NOT NULL DEFAULT false,
	UNIQUE (tenant, key)
);

-- Read in two directions: in the order of entities where many match, by value where few do.
-- The key covers nothing: a plan that wants few rows by value must not find it cheaper.
CREATE TABLE value (
	path int NOT NULL,
	eid bigint NOT NULL,
	n int NOT NULL,
	num double precision,
	txt text COLLATE "C",
	at bigint,
	expires bigint,
	PRIMARY KEY (path, eid, n)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05,
	autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX value_num ON value (path, num) WHERE num IS NOT NULL;
CREATE INDEX value_txt ON value (path, txt) WHERE txt IS NOT NULL;
CREATE INDEX value_at ON value (path, at) WHERE at IS NOT NULL;
