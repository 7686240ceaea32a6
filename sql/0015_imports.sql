-- Imports of files (src/api/import*.c): mappings, what each import did, and what it takes to
-- undo it.

CREATE TABLE import_mapping (
	tenant int NOT NULL,
	name text NOT NULL,
	modified timestamptz NOT NULL,
	doc text NOT NULL,
	PRIMARY KEY (tenant, name)
);

-- state: running, done, interrupted, undone.  beat: the last sign of life; a running import
-- without one is interrupted.
CREATE TABLE import (
	import bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant int NOT NULL,
	mapping text,
	file text,
	bytes bigint NOT NULL,
	total bigint NOT NULL,
	state text NOT NULL,
	reason text,
	started timestamptz NOT NULL,
	beat timestamptz NOT NULL,
	ended timestamptz
);
CREATE INDEX import_tenant ON import (tenant, import);

-- One row a row of the file.
--	result    enum import_result (include/core/import_effect.h)
--	now       the instant of the write: modifiedAt of what it wrote
--	undo      what OP_UNDO takes; null where nothing is to be undone
--	problems  JSON: what is wrong with a rejected row, or odd in another
--	undone    it is
CREATE TABLE import_row (
	import bigint NOT NULL,
	row bigint NOT NULL,
	line bigint NOT NULL,
	result smallint NOT NULL,
	id text,
	now timestamptz,
	undo text,
	problems text,
	undone boolean NOT NULL DEFAULT false,
	PRIMARY KEY (import, row)
);
CREATE INDEX import_row_problems ON import_row (import, row) WHERE problems IS NOT NULL;

-- Instances of the history that an import took the place of, as they were.
CREATE TABLE import_replaced (LIKE history, import bigint NOT NULL,
	PRIMARY KEY (import, hid, attr, at, dataset, dup));
