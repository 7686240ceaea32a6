-- Sums of days: what the numbers of an attribute add up to, hour by hour, once the day is
-- over, so that averages of months need not read every observation.  Made in the background
-- (src/store/history_days.c) where a day has enough of them to be worth it.  A day that is
-- not here is read row by row: nothing is ever missing, it is slower only.

-- The hours of a day of UTC, of rows with dup = 0.  Where a day is here, all its datasets
-- are, and all its values are numbers.
--	hours       bit i: hour i has values; the arrays hold those hours, in order
--	squares     sum of the squares
--	spread      sum of the squares of the differences from the mean of the hour
--	energy      sum of 10^(v/10)
CREATE TABLE history_day (
	hid bigint NOT NULL,
	attr int NOT NULL,
	day date NOT NULL,
	dataset int NOT NULL,
	hours int NOT NULL,
	count int[] NOT NULL,
	sum double precision[] NOT NULL,
	least double precision[] NOT NULL,
	greatest double precision[] NOT NULL,
	squares double precision[] NOT NULL,
	spread double precision[] NOT NULL,
	energy double precision[] NOT NULL,
	PRIMARY KEY (hid, attr, day, dataset)
);

-- Days whose sums are not true, or not there yet.  Who changes what was observed on a day
-- that may have sums leaves a mark in the same transaction: from its commit on nobody
-- trusts the sums of that day, until they were made again of what is there.
CREATE TABLE history_stale (
	hid bigint NOT NULL,
	attr int NOT NULL,
	day date NOT NULL
);
CREATE INDEX history_stale_day ON history_stale (hid, attr, day);

-- Days before this one were looked at when they were over; null: none was yet.
CREATE TABLE history_closed (until date);
INSERT INTO history_closed VALUES (NULL);

-- Lets go of a month, named by its table.
CREATE OR REPLACE FUNCTION calanque_history_drop(name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	first date := to_date(substr(name, 9), 'YYYY_MM');
BEGIN
	EXECUTE format('ALTER TABLE history DETACH PARTITION %I', name);
	EXECUTE format('DROP TABLE %I', name);
	DELETE FROM history_day WHERE day >= first AND day < first + interval '1 month';
END
$$;

-- Makes the table of a month (of UTC) and moves there what lay in history_default; returns
-- how many rows, null where the table was there.  Who reads or writes history waits that
-- long: a query that had chosen its tables before would look for the rows where they are no
-- more.
CREATE OR REPLACE FUNCTION calanque_history_month(month date) RETURNS bigint
LANGUAGE plpgsql AS $$
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
	LOCK TABLE ONLY history IN ACCESS EXCLUSIVE MODE;
	EXECUTE format('WITH m AS (DELETE FROM history_default WHERE at >= %L AND at < %L'
		' RETURNING *) INSERT INTO %I SELECT * FROM m', first, after, name);
	GET DIAGNOSTICS moved = ROW_COUNT;
	EXECUTE format('ALTER TABLE history ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
		name, first, after);
	RETURN moved;
END
$$;
