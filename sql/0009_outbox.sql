-- What is to be notified (include/store/outbox.h): written by the lanes in the transaction of
-- the change, so that no change is missed; a delivery goes in the transaction that counts it.

-- In the order of the changes of any one entity.
CREATE SEQUENCE outbox_number;

-- A change that triggered somebody; it stays until its time is over, delivered or not.
-- body: src/notify/event.c.  Rows live a short life: no update, one index.
CREATE TABLE outbox_event (
	event bigint PRIMARY KEY,
	tenant int NOT NULL,
	at timestamptz NOT NULL,
	id text NOT NULL,
	body text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.2,
	toast_tuple_target = 8160);

-- A notification that is due, and not delivered.
CREATE TABLE outbox_delivery (
	sid bigint NOT NULL,
	event bigint NOT NULL,
	PRIMARY KEY (sid, event)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- How far the numbering of a subscription's notifications (Calanque-Sequence) got.  The last
-- of `events` has the number `sequence`, the one before it the number before: so a repeat
-- has the number of the first attempt, whoever sends it.
CREATE TABLE outbox_queue (
	sid bigint PRIMARY KEY,
	sequence bigint NOT NULL,
	events bigint[] NOT NULL
) WITH (fillfactor = 30, toast_tuple_target = 8160);

-- What was given up, with a copy of its event.
CREATE TABLE outbox_dead (
	sid bigint NOT NULL,
	event bigint NOT NULL,
	number bigint,
	died timestamptz NOT NULL,
	attempts int NOT NULL,
	reason text NOT NULL,
	tenant int NOT NULL,
	at timestamptz NOT NULL,
	id text NOT NULL,
	body text NOT NULL,
	PRIMARY KEY (sid, event)
);

-- The last attempts of each subscription; a row holds several, `n` runs in a ring.
CREATE TABLE outbox_log (
	sid bigint NOT NULL,
	n int NOT NULL,
	part bigint NOT NULL,
	entries text NOT NULL,
	PRIMARY KEY (sid, n)
) WITH (fillfactor = 50);

-- matched = delivered + merged + dead + dropped + the rows of outbox_delivery.  A row for
-- each few connections, so that they do not wait for each other.
CREATE TABLE outbox_count (
	slot int PRIMARY KEY,
	matched bigint NOT NULL DEFAULT 0,
	delivered bigint NOT NULL DEFAULT 0,
	merged bigint NOT NULL DEFAULT 0,
	dead bigint NOT NULL DEFAULT 0,
	dropped bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 500);
INSERT INTO outbox_count (slot) SELECT generate_series(0, 63);

-- Each sid that something is pending for, once: a probe each.
CREATE FUNCTION calanque_pending(after bigint, most int) RETURNS SETOF bigint
LANGUAGE sql STABLE STRICT SET enable_seqscan = off AS $$
	WITH RECURSIVE p(sid) AS (
		(SELECT d.sid FROM outbox_delivery d WHERE d.sid > after ORDER BY d.sid LIMIT 1)
		UNION ALL
		SELECT (SELECT d.sid FROM outbox_delivery d WHERE d.sid > p.sid
			ORDER BY d.sid LIMIT 1)
		FROM p WHERE p.sid IS NOT NULL)
	SELECT sid FROM p WHERE sid IS NOT NULL LIMIT most
$$;

-- What the test inbox received.
CREATE TABLE inbox (
	name text NOT NULL,
	n bigint GENERATED ALWAYS AS IDENTITY,
	at timestamptz NOT NULL,
	headers text NOT NULL,
	body text NOT NULL,
	PRIMARY KEY (name, n)
);
CREATE INDEX inbox_at ON inbox (at);
