-- History: every change of every attribute instance, written in the transaction of the
-- change itself (src/store/history*.c), read by the temporal API.

-- What has a history: one row an entity, known by its id for good.  It outlives the entity;
-- an entity made again under the same id goes on with it.  `types`: all it ever had.
CREATE TABLE evolution (
	tenant int NOT NULL,
	hid bigint NOT NULL,
	id text NOT NULL,
	types int[] NOT NULL,
	created timestamptz NOT NULL,
	deleted timestamptz,
	PRIMARY KEY (tenant, hid)
);
CREATE UNIQUE INDEX evolution_id ON evolution (tenant, id);
CREATE TABLE evolution_type (
	tenant int NOT NULL,
	type int NOT NULL,
	hid bigint NOT NULL,
	PRIMARY KEY (tenant, type, hid)
);
-- The evolution that a current entity adds to; null where none is kept.
ALTER TABLE entity ADD hid bigint;

CREATE SEQUENCE instance_number CACHE 32; -- in order within a writer, not among them

-- One row an instance.
--	attr      name of the attribute; scope is <https://uri.etsi.org/ngsi-ld/scope>
--	dataset   name of its datasetId; 0: the default instance
--	at        its place in time: observedAt, else modifiedAt
--	dup       0: `at` is its observedAt, and there is one such instance only; else `seq`
--	seq       its instanceId is urn:ngsi-ld:Instance:<seq>
--	num       the value where it is a number, 0 or 1 where it is a boolean
--	doc       the instance as in entity.doc, without createdAt and modifiedAt of its own;
--	          a deletion is an NGSI-LD Null with `deleted`
CREATE TABLE history (
	hid bigint NOT NULL,
	attr int NOT NULL,
	dataset int NOT NULL,
	at timestamptz NOT NULL,
	dup bigint NOT NULL,
	seq bigint NOT NULL,
	created timestamptz NOT NULL,
	modified timestamptz NOT NULL,
	deleted timestamptz,
	num double precision,
	geom geometry(Geometry, 4326),
	doc text NOT NULL,
	-- with the numbers beside the key, averages visit no row
	PRIMARY KEY (hid, attr, at, dataset, dup) INCLUDE (num)
) PARTITION BY RANGE (at);
CREATE INDEX history_at ON history USING brin (at);
CREATE INDEX history_geom ON history USING gist (geom) WHERE geom IS NOT NULL;
-- What lies in no month that has a table of its own; those are made ahead.
CREATE TABLE history_default PARTITION OF history DEFAULT;

-- Does the server know the time zone?  (pg_timezone_names reads hundreds of files.)
CREATE FUNCTION calanque_is_zone(tz text) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
	PERFORM now() AT TIME ZONE tz;
	RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN false;
END $$;

-- Makes the table of a month (of UTC) and moves there what lay in history_default; returns
-- how many rows, null where the table was there.  Who writes to history_default waits;
-- others do not.  A write that had chosen that table before is refused (23514) and tried
-- again by who sent it.
CREATE FUNCTION calanque_history_month(month date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	name text := 'history_' || to_char(month, 'YYYY_MM');
	first timestamptz := month::timestamp AT TIME ZONE 'UTC';
	after timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
	moved bigint;
BEGIN
	IF to_regclass(name) IS NOT NULL THEN
		RETURN NULL;
	END IF;
	EXECUTE format('CREATE TABLE %I (LIKE history INCLUDING DEFAULTS INCLUDING INDEXES)',
		name);
	LOCK TABLE history_default IN ACCESS EXCLUSIVE MODE;
	EXECUTE format('WITH m AS (DELETE FROM history_default WHERE at >= %L AND at < %L'
		' RETURNING *) INSERT INTO %I SELECT * FROM m', first, after, name);
	GET DIAGNOSTICS moved = ROW_COUNT;
	EXECUTE format('ALTER TABLE history ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
		name, first, after);
	RETURN moved;
END
$$;

-- Lets go of a month, named by its table.
CREATE FUNCTION calanque_history_drop(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE history DETACH PARTITION %I', name);
	EXECUTE format('DROP TABLE %I', name);
END
$$;
