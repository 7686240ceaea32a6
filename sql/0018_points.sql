-- Points have an order: that of a curve through the cells of a grid over all longitudes and
-- latitudes (include/core/geo_area.h).  What is near is mostly near on the curve, so that a
-- B-tree finds it and holds what is asked about it.  That is cheaper to write and to read
-- than the two trees of boxes that had all geometries; they keep what is no single point for
-- good: shapes, several instances, what expires.

-- The cell of a position: geo_cell().
CREATE FUNCTION calanque_cell(longitude float8, latitude float8) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	x bigint := least(floor((longitude + 180) * 2147483648 / 360), 2147483647);
	y bigint := least(floor((latitude + 90) * 2147483648 / 180), 2147483647);
BEGIN
	-- The bits of each are spread out: 0000ffff0000ffff, 00ff00ff00ff00ff and so on.
	x := (x | (x << 16)) & 281470681808895;
	y := (y | (y << 16)) & 281470681808895;
	x := (x | (x << 8)) & 71777214294589695;
	y := (y | (y << 8)) & 71777214294589695;
	x := (x | (x << 4)) & 1085102592571150095;
	y := (y | (y << 4)) & 1085102592571150095;
	x := (x | (x << 2)) & 3689348814741910323;
	y := (y | (y << 2)) & 3689348814741910323;
	x := (x | (x << 1)) & 6148914691236517205;
	y := (y | (y << 1)) & 6148914691236517205;
	RETURN x | (y << 1);
END $$;

-- The rows are written anew below, and what is here now with them.
DROP INDEX entity_geometry_globe;
DROP INDEX entity_geometry_plane;
ALTER TABLE entity_geometry
	ADD cell bigint GENERATED ALWAYS AS (CASE WHEN alone AND expires IS NULL AND
		GeometryType(geom) = 'POINT' THEN calanque_cell(ST_X(geom), ST_Y(geom)) END) STORED,
	ADD x float8 GENERATED ALWAYS AS (CASE WHEN alone AND expires IS NULL AND
		GeometryType(geom) = 'POINT' THEN ST_X(geom) END) STORED,
	ADD y float8 GENERATED ALWAYS AS (CASE WHEN alone AND expires IS NULL AND
		GeometryType(geom) = 'POINT' THEN ST_Y(geom) END) STORED;
CREATE INDEX entity_geometry_cell ON entity_geometry (tenant, attr, cell) INCLUDE (eid, x, y)
	WHERE cell IS NOT NULL;
CREATE INDEX entity_geometry_plane ON entity_geometry USING gist (geom) WHERE cell IS NULL;
CREATE INDEX entity_geometry_globe ON entity_geometry USING gist ((geom::geography))
	WHERE cell IS NULL;
-- What is in the index is read there alone only while the table is known to be the same.
ALTER TABLE entity_geometry SET (autovacuum_vacuum_scale_factor = 0.05,
	autovacuum_vacuum_insert_scale_factor = 0.05);
