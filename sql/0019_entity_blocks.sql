-- How many entities of a type there are, by blocks of their numbers: a page at any offset
-- begins where the sums say, and nobody counts rows to know how many there are.
--
-- What a transaction changes it adds to entity_block_delta as new rows
-- (src/store/entity_blocks.c), so that lanes never wait for each other; a keeper brings them
-- into entity_block.  The truth is what both say together, in any snapshot.
--
-- Type 0 is all entities; type -T, in block 0 alone, those of type T that have other types
-- beside it.

CREATE TABLE entity_block_delta (
	tenant int NOT NULL,
	type int NOT NULL,
	block bigint NOT NULL, -- 512 numbers
	n int NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX entity_block_delta_block ON entity_block_delta (tenant, type, block);

-- A span is 128 blocks.  `upto` of a block: how many entities there are from the beginning of
-- the span to the end of the block; blocks without any are left out.  Span -1 says the same
-- of spans.
CREATE TABLE entity_block (
	tenant int NOT NULL,
	type int NOT NULL,
	span bigint NOT NULL,
	blocks bigint[] NOT NULL,
	upto bigint[] NOT NULL,
	PRIMARY KEY (tenant, type, span)
) WITH (fillfactor = 50, toast_tuple_target = 8160);
ALTER TABLE entity_block ALTER blocks SET STORAGE EXTERNAL, ALTER upto SET STORAGE EXTERNAL;

-- Brings rows of entity_block_delta, `most` at a time, into entity_block; how many.  For one
-- session at a time.
CREATE FUNCTION calanque_fold_blocks(most int) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	folded bigint;
BEGIN
	WITH taken AS (DELETE FROM entity_block_delta WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM entity_block_delta LIMIT most))
		RETURNING tenant, type, block, n),
	changed AS MATERIALIZED (
		SELECT tenant, type, block >> 7 AS span, block, sum(n) AS n FROM taken
		GROUP BY 1, 2, 4 HAVING sum(n) <> 0
		UNION ALL SELECT tenant, type, -1, block >> 7, sum(n) FROM taken
		GROUP BY 1, 2, 4 HAVING sum(n) <> 0),
	rows AS MATERIALIZED (SELECT DISTINCT tenant, type, span FROM changed),
	cells AS (SELECT tenant, type, span, block, sum(n) AS n FROM (
			SELECT tenant, type, span, block, n FROM changed
			UNION ALL SELECT b.tenant, b.type, b.span, b.blocks[i],
				b.upto[i] - coalesce(b.upto[i - 1], 0)
			FROM rows r JOIN entity_block b USING (tenant, type, span)
			CROSS JOIN LATERAL generate_subscripts(b.blocks, 1) AS i) c
		GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0),
	made AS MATERIALIZED (SELECT tenant, type, span,
			array_agg(block ORDER BY block) AS blocks,
			array_agg(upto ORDER BY block) AS upto
		FROM (SELECT tenant, type, span, block, (sum(n) OVER (
			PARTITION BY tenant, type, span ORDER BY block))::bigint AS upto
			FROM cells) s
		GROUP BY 1, 2, 3),
	gone AS (DELETE FROM entity_block b USING rows r
		WHERE b.tenant = r.tenant AND b.type = r.type AND b.span = r.span
		AND NOT EXISTS (SELECT FROM made m WHERE m.tenant = r.tenant
			AND m.type = r.type AND m.span = r.span)),
	kept AS (INSERT INTO entity_block SELECT * FROM made
		ON CONFLICT (tenant, type, span) DO UPDATE
		SET blocks = excluded.blocks, upto = excluded.upto)
	SELECT count(*) INTO folded FROM taken;
	RETURN folded;
END $$;

-- The entities that are there already.
INSERT INTO entity_block_delta
	SELECT tenant, type, eid >> 9, count(*) FROM entity_type GROUP BY 1, 2, 3
	UNION ALL SELECT tenant, 0, eid >> 9, count(*) FROM entity GROUP BY 1, 3
	UNION ALL SELECT tenant, -type, 0, count(*) FROM entity, unnest(types) AS type
		WHERE cardinality(types) > 1 GROUP BY 1, 2;
SELECT calanque_fold_blocks(2147483647);
ANALYZE entity_block;

-- May an entity have two of the types?  Each of them then has entities with others beside it.
CREATE FUNCTION calanque_types_meet(t int, y int[]) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT SET enable_seqscan = off AS $$
DECLARE
	beside int[] := ARRAY(SELECT -u FROM unnest(y) AS u);
BEGIN
	RETURN (SELECT count(*) FROM (SELECT FROM (
			SELECT b.type, b.upto[1] AS n FROM entity_block b
			WHERE b.tenant = t AND b.type = ANY (beside) AND b.span = -1
			UNION ALL SELECT d.type, d.n FROM entity_block_delta d
			WHERE d.tenant = t AND d.type = ANY (beside)) s
		GROUP BY s.type HAVING sum(s.n) > 0) m) > 1;
END $$;

-- What has expired by then and was not swept yet, by number.
CREATE FUNCTION calanque_expired(t int, y int[], by timestamptz) RETURNS bigint[]
LANGUAGE plpgsql STABLE STRICT SET enable_seqscan = off AS $$
BEGIN
	RETURN ARRAY(SELECT e.eid FROM (SELECT * FROM entity WHERE expires <= by OFFSET 0) e
		WHERE e.tenant = t AND (y = '{0}' OR e.types && y) ORDER BY e.eid);
END $$;

-- The block of the entity that has `skip` others before it, expired or not, and how many
-- entities of the block come before that one; null: there is none.  With what the keeper has
-- not seen yet, and for several types.
CREATE FUNCTION calanque_entity_block(t int, y int[], INOUT skip bigint, OUT block bigint)
LANGUAGE plpgsql STABLE STRICT SET enable_seqscan = off AS $$
DECLARE
	s record;
	place bigint;
BEGIN
	block := -1;
	FOR shift IN REVERSE 7..0 BY 7 LOOP
		place := NULL;
		FOR s IN SELECT u.block, sum(u.n) AS n FROM (
				SELECT b.blocks[i] AS block,
					b.upto[i] - coalesce(b.upto[i - 1], 0) AS n
				FROM entity_block b
				CROSS JOIN LATERAL generate_subscripts(b.blocks, 1) AS i
				WHERE b.tenant = t AND b.type = ANY (y)
				AND b.span = calanque_entity_block.block
				UNION ALL SELECT d.block >> shift, d.n
				FROM entity_block_delta d
				WHERE d.tenant = t AND d.type = ANY (y) AND (shift = 7
				OR d.block >> 7 = calanque_entity_block.block)) u
			GROUP BY u.block ORDER BY u.block
		LOOP
			IF skip < s.n THEN
				place := s.block;
				EXIT;
			END IF;
			skip := skip - s.n;
		END LOOP;
		block := place;
		EXIT WHEN block IS NULL;
	END LOOP;
END $$;

-- The first number of its block, for one type, where nothing was changed up to there since
-- the keeper was there: two rows tell.  Becomes part of the statement that asks.
CREATE FUNCTION calanque_list_place(t int, y int, skipped bigint)
RETURNS TABLE (eid bigint, skip bigint) LANGUAGE sql STABLE AS $$
	SELECT b.blocks[width_bucket(s.rest, b.upto) + 1] << 9,
		s.rest - coalesce(b.upto[width_bucket(s.rest, b.upto)], 0)
	FROM (SELECT h.blocks[width_bucket(skipped, h.upto) + 1] AS span,
			skipped - coalesce(h.upto[width_bucket(skipped, h.upto)], 0) AS rest
		FROM entity_block h WHERE h.tenant = t AND h.type = y AND h.span = -1) s
	JOIN entity_block b ON b.tenant = t AND b.type = y AND b.span = s.span
	WHERE coalesce((SELECT d.block FROM entity_block_delta d WHERE d.tenant = t AND d.type = y
		ORDER BY d.block LIMIT 1) > b.blocks[width_bucket(s.rest, b.upto) + 1], true)
$$;

-- The number of that entity.
CREATE FUNCTION calanque_entity_at(t int, y int[], skip bigint) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
	at record;
BEGIN
	SELECT p.eid, p.skip INTO at FROM calanque_list_place(t, y[1], calanque_entity_at.skip) p
		WHERE cardinality(y) = 1;
	IF NOT FOUND THEN
		SELECT b.block << 9 AS eid, b.skip INTO at
			FROM calanque_entity_block(t, y, calanque_entity_at.skip) b;
	END IF;
	IF y[1] = 0 THEN
		RETURN (SELECT e.eid FROM entity e WHERE e.tenant = t AND e.eid >= at.eid
			ORDER BY e.eid OFFSET at.skip LIMIT 1);
	ELSIF cardinality(y) = 1 THEN
		RETURN (SELECT e.eid FROM entity_type e WHERE e.tenant = t AND e.type = y[1]
			AND e.eid >= at.eid ORDER BY e.eid OFFSET at.skip LIMIT 1);
	END IF;
	RETURN (SELECT e.eid FROM entity_type e WHERE e.tenant = t AND e.type = ANY (y)
		AND e.eid >= at.eid AND e.eid < at.eid + 512
		ORDER BY e.eid OFFSET at.skip LIMIT 1);
END $$;

-- How many entities stand before a number, expired or not.
CREATE FUNCTION calanque_entities_before(t int, y int[], number bigint) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT SET enable_seqscan = off AS $$
BEGIN
	RETURN (SELECT coalesce(sum(u.n), 0) FROM (
			SELECT b.upto[width_bucket(CASE b.span WHEN -1 THEN number >> 16
				ELSE number >> 9 END - 1, b.blocks)] AS n
			FROM entity_block b WHERE b.tenant = t AND b.type = ANY (y)
			AND b.span = ANY (ARRAY[-1, number >> 16])
			UNION ALL SELECT d.n FROM entity_block_delta d
			WHERE d.tenant = t AND d.type = ANY (y) AND d.block < number >> 9) u)
		+ CASE y[1] WHEN 0 THEN (SELECT count(*) FROM entity e
			WHERE e.tenant = t AND e.eid >= number >> 9 << 9 AND e.eid < number)
		ELSE (SELECT count(*) FROM entity_type e
			WHERE e.tenant = t AND e.type = ANY (y)
			AND e.eid >= number >> 9 << 9 AND e.eid < number) END;
END $$;

-- Where the page begins that has `skip` living entities before it: the number of its first
-- one, or of one that has expired since; null: there is none, or the types meet.  What has
-- expired is still in the sums: the i-th of them comes before the page when at most `skip`
-- living ones come before it.
CREATE FUNCTION calanque_page_start(t int, y int[], at timestamptz, skip bigint)
RETURNS bigint LANGUAGE plpgsql STABLE STRICT SET enable_seqscan = off AS $$
DECLARE
	gone bigint[];
	low int := 0;
	high int := 0;
	middle int;
BEGIN
	IF cardinality(y) > 1 AND calanque_types_meet(t, y) THEN
		RETURN NULL;
	END IF;
	IF EXISTS (SELECT FROM entity WHERE expires <= at) THEN
		gone := calanque_expired(t, y, at);
		high := cardinality(gone);
	END IF;
	WHILE low < high LOOP
		middle := (low + high) / 2;
		IF calanque_entities_before(t, y, gone[middle + 1]) - middle <= skip THEN
			low := middle + 1;
		ELSE
			high := middle;
		END IF;
	END LOOP;
	RETURN calanque_entity_at(t, y, skip + low);
END $$;

-- How many are alive; null where the types meet.
CREATE FUNCTION calanque_entity_count(t int, y int[], at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT SET enable_seqscan = off AS $$
BEGIN
	IF cardinality(y) > 1 AND calanque_types_meet(t, y) THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT coalesce(sum(u.n), 0) FROM (
			SELECT b.upto[cardinality(b.upto)] AS n FROM entity_block b
			WHERE b.tenant = t AND b.type = ANY (y) AND b.span = -1
			UNION ALL SELECT d.n FROM entity_block_delta d
			WHERE d.tenant = t AND d.type = ANY (y)) u)
		- CASE WHEN EXISTS (SELECT FROM entity WHERE expires <= at)
			THEN cardinality(calanque_expired(t, y, at)) ELSE 0 END;
END $$;
