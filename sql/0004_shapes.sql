-- What discovery answers from (/types, /attributes): the shape of an entity is its types
-- and its attributes with their kinds and numbers of instances.  Entities share few shapes,
-- and a change of a value changes none, so an update of an attribute touches nothing here.

-- The shape of a document: src/store/shape.c writes the same.
CREATE FUNCTION calanque_shape(doc jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT jsonb_build_object(
		'types', (SELECT jsonb_agg(t ORDER BY t COLLATE "C")
			FROM jsonb_array_elements_text(doc -> 'type') t),
		'attrs', coalesce((SELECT jsonb_object_agg(m.key, (
			SELECT jsonb_object_agg(k.kind, k.n) FROM (
				SELECT i ->> 'type' AS kind, count(*) AS n
				FROM jsonb_array_elements(CASE jsonb_typeof(m.value)
					WHEN 'array' THEN m.value
					ELSE jsonb_build_array(m.value) END) i
				GROUP BY 1) k))
			FROM jsonb_each(doc) m WHERE strpos(m.key, ':') > 0), '{}'))
$$;

CREATE FUNCTION calanque_shape_number(body jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT ('x' || left(md5(body::text), 16))::bit(64)::bigint
$$;

-- Each shape that was ever seen; those in use are the ones in entity_shape.
CREATE TABLE shape (
	tenant int NOT NULL,
	shape bigint NOT NULL,
	body jsonb NOT NULL,
	PRIMARY KEY (tenant, shape)
);

-- expires: the first instant at which the entity or one of its attributes expires; from
-- then on its document tells, not its shape.
CREATE TABLE entity_shape (
	tenant int NOT NULL,
	shape bigint NOT NULL,
	eid bigint NOT NULL,
	expires timestamptz,
	PRIMARY KEY (tenant, shape, eid)
) WITH (autovacuum_vacuum_scale_factor = 0.05,
	autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX entity_shape_expires ON entity_shape (tenant, expires, eid)
	WHERE expires IS NOT NULL;

-- The entities that are there already.
CREATE TEMPORARY TABLE shaped ON COMMIT DROP AS
	SELECT e.tenant, e.eid, calanque_shape(d.doc) AS body,
		(SELECT to_timestamp(min(calanque_instant(t #>> '{}')) / 1000000.0)
			FROM (SELECT d.doc -> 'expiresAt' AS t UNION ALL
				SELECT i -> 'expiresAt' FROM jsonb_each(d.doc) m,
					jsonb_array_elements(CASE jsonb_typeof(m.value)
						WHEN 'array' THEN m.value
						ELSE jsonb_build_array(m.value) END) i
				WHERE strpos(m.key, ':') > 0) t) AS expires
	FROM entity e CROSS JOIN LATERAL (SELECT e.doc::jsonb AS doc OFFSET 0) d;
INSERT INTO shape SELECT DISTINCT ON (tenant, calanque_shape_number(body))
	tenant, calanque_shape_number(body), body FROM shaped;
INSERT INTO entity_shape
	SELECT tenant, calanque_shape_number(body), eid, expires FROM shaped;

-- The shapes in use at an instant: each once, by its number; and without a number, one for
-- each entity that has lost an attribute to its expiry.  One probe a shape: the planner,
-- who thinks that any row is as good as the first of an index, is told not to scan.
CREATE FUNCTION calanque_shapes_at(t int, at timestamptz)
RETURNS TABLE (number bigint, body jsonb)
LANGUAGE plpgsql STABLE STRICT ROWS 100
SET enable_seqscan = off SET max_parallel_workers_per_gather = 0 AS $$
BEGIN
	RETURN QUERY WITH RECURSIVE used(shape) AS (
		(SELECT s.shape FROM entity_shape s WHERE s.tenant = t
			ORDER BY s.shape LIMIT 1)
		UNION ALL
		SELECT (SELECT s.shape FROM entity_shape s
			WHERE s.tenant = t AND s.shape > used.shape ORDER BY s.shape LIMIT 1)
		FROM used WHERE used.shape IS NOT NULL)
	SELECT b.shape, b.body FROM used JOIN shape b ON b.tenant = t AND b.shape = used.shape
	WHERE (SELECT true FROM entity_shape s WHERE s.tenant = t AND s.shape = used.shape
		AND (s.expires IS NULL OR s.expires > at) ORDER BY s.eid LIMIT 1);
	RETURN QUERY SELECT NULL::bigint, calanque_shape(calanque_live(e.doc::jsonb,
		(extract(epoch FROM at) * 1000000)::bigint))
	FROM entity_shape s JOIN entity e ON e.eid = s.eid
	WHERE s.tenant = t AND s.expires <= at AND (e.expires IS NULL OR e.expires > at);
END $$;

-- How many entities of such a row there are.
CREATE FUNCTION calanque_shape_entities(t int, shape bigint, at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE
SET enable_seqscan = off AS $$
BEGIN
	IF shape IS NULL THEN
		RETURN 1;
	END IF;
	RETURN (SELECT count(*) FROM entity_shape s
			WHERE s.tenant = t AND s.shape = calanque_shape_entities.shape) -
		(SELECT count(*) FROM entity_shape s
			WHERE s.tenant = t AND s.shape = calanque_shape_entities.shape
			AND s.expires <= at);
END $$;
