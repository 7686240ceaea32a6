-- Context source registrations (core/registration.h).

-- doc: the stored text.  expires: what is past is not shown, and goes; the end of 9999 is
-- never.
CREATE TABLE registration (
	rid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant int NOT NULL,
	id text NOT NULL,
	created timestamptz NOT NULL,
	modified timestamptz NOT NULL,
	expires timestamptz NOT NULL,
	doc text NOT NULL
);
CREATE UNIQUE INDEX registration_id ON registration (tenant, id);
CREATE INDEX registration_order ON registration (tenant, rid);
CREATE INDEX registration_expires ON registration (expires);

-- Subscriptions to registrations (5.11) are delivered as those to entities are.
ALTER TABLE subscription ADD COLUMN of_sources boolean NOT NULL DEFAULT false;
DROP INDEX subscription_id, subscription_order;
CREATE UNIQUE INDEX subscription_id ON subscription (tenant, of_sources, id);
CREATE INDEX subscription_order ON subscription (tenant, of_sources, sid);
