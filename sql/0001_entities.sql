-- The current state.  One row an entity: `doc` is the stored document of core/entity.h as
-- text, so that answers are written from it without the database rendering anything.
-- What queries look for lives beside it in narrow tables that a change of an attribute
-- touches only where it must; no index on `doc`, so updates of a row stay on its page.

CREATE TABLE tenant (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO tenant (name) VALUES (''); -- the default tenant is 1

-- IRIs of types and attributes by number.
CREATE TABLE name (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	iri text NOT NULL UNIQUE
);

CREATE SEQUENCE entity_number;

-- eid: order of creation, the order of pages; all tenants share the numbers.
CREATE TABLE entity (
	tenant int NOT NULL,
	eid bigint PRIMARY KEY,
	id text NOT NULL,
	types int[] NOT NULL,
	expires timestamptz,
	scopes text[],
	doc text NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05,
	autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE UNIQUE INDEX entity_tenant ON entity (tenant, eid);
CREATE UNIQUE INDEX entity_id ON entity (tenant, id);
CREATE INDEX entity_expires ON entity (expires) WHERE expires IS NOT NULL;
CREATE INDEX entity_scopes ON entity USING gin (scopes) WHERE scopes IS NOT NULL;

-- In order of creation by type; `types` of entity says the same of one entity.
CREATE TABLE entity_type (
	tenant int NOT NULL,
	type int NOT NULL,
	eid bigint NOT NULL,
	PRIMARY KEY (tenant, type, eid)
);

-- Every instance of every GeoProperty; `n` counts the instances of one attribute, `alone`
-- says that there is no other.
CREATE TABLE entity_geometry (
	tenant int NOT NULL,
	eid bigint NOT NULL,
	attr int NOT NULL,
	n smallint NOT NULL,
	alone boolean NOT NULL,
	geom geometry(Geometry, 4326) NOT NULL,
	PRIMARY KEY (tenant, eid, attr, n)
);
CREATE INDEX entity_geometry_plane ON entity_geometry USING gist (geom);
-- The point is the number of the entity, so that equal distances have an order in the index.
CREATE INDEX entity_geometry_globe ON entity_geometry
	USING gist ((geom::geography), point(eid::float8, 0));
