-- EntityMaps (5.14): the ids that a query found, in its order, for the pages that follow.
CREATE TABLE entity_map (
	map bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant int NOT NULL,
	id text NOT NULL,
	temporal boolean NOT NULL,
	expires timestamptz NOT NULL,
	UNIQUE (tenant, id)
);
CREATE INDEX entity_map_expires ON entity_map (expires);
CREATE TABLE entity_map_item (
	map bigint NOT NULL REFERENCES entity_map ON DELETE CASCADE,
	n bigint NOT NULL,
	id text NOT NULL,
	PRIMARY KEY (map, n)
);
