-- What expires, and geoqueries that survive odd geometries.

ALTER TABLE entity_geometry ADD expires timestamptz;
UPDATE entity_geometry g SET expires = to_timestamp(t.us / 1e6) FROM (
	SELECT e.eid, n.id AS attr, i.n - 1 AS n,
		calanque_instant(i.instance ->> 'expiresAt') AS us
	FROM entity e CROSS JOIN LATERAL jsonb_each(e.doc::jsonb) m
	JOIN name n ON n.iri = m.key
	CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(m.value)
		WHEN 'array' THEN m.value ELSE jsonb_build_array(m.value) END)
		WITH ORDINALITY AS i(instance, n)
	WHERE strpos(m.key, ':') > 0 AND strpos(e.doc, 'expiresAt') > 0
		AND i.instance ->> 'type' = 'GeoProperty') t
WHERE g.eid = t.eid AND g.attr = t.attr AND g.n = t.n AND t.us IS NOT NULL;

-- What is due to be swept, over all tenants.
CREATE INDEX entity_shape_due ON entity_shape (expires) WHERE expires IS NOT NULL;

-- A relation of valid geometries.  Where corners cannot be told apart (they come of geometries
-- that crossed themselves) GEOS gives up; on a grid it does not.  Not for parallel workers,
-- where nothing can be caught.
CREATE FUNCTION calanque_relates(relation text, g geometry, r geometry) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT COST 2000 AS $$
DECLARE
	again boolean := false;
BEGIN
	LOOP
		BEGIN
			RETURN CASE relation
				WHEN 'within' THEN ST_Within(g, r)
				WHEN 'contains' THEN ST_Contains(g, r)
				WHEN 'overlaps' THEN ST_Overlaps(g, r)
				WHEN 'intersects' THEN ST_Intersects(g, r)
				WHEN 'equals' THEN ST_Equals(g, r)
			END;
		EXCEPTION WHEN internal_error THEN
			IF again THEN
				RETURN false;
			END IF;
			again := true;
			g := ST_ReducePrecision(g, 1e-9);
			r := ST_ReducePrecision(r, 1e-9);
		END;
	END LOOP;
END $$;

-- As before, on the plane alone and without edges of no length, to which PostGIS measures
-- wrong distances.
CREATE OR REPLACE FUNCTION calanque_valid(g geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	g := ST_Force2D(g);
	IF (ST_IsValidDetail(g)).valid THEN
		RETURN CASE ST_Dimension(g) WHEN 0 THEN g ELSE ST_RemoveRepeatedPoints(g) END;
	END IF;
	RETURN ST_CollectionExtract(ST_MakeValid(g));
END $$;
UPDATE entity_geometry SET geom = calanque_valid(geom) WHERE ST_Dimension(geom) > 0;
