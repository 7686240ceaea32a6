-- Subscriptions (core/subscription.h) and how far their notifications got.

-- doc: the stored text.  version: what subscription_version.n was when it was written.
CREATE TABLE subscription (
	sid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant int NOT NULL,
	id text NOT NULL,
	created timestamptz NOT NULL,
	modified timestamptz NOT NULL,
	version bigint NOT NULL,
	doc text NOT NULL
);
CREATE UNIQUE INDEX subscription_id ON subscription (tenant, id);
CREATE INDEX subscription_order ON subscription (tenant, sid);
CREATE INDEX subscription_news ON subscription (version);

-- Counts the changes of subscriptions; see store/subscriptions.h for the lock around it.
CREATE TABLE subscription_version (n bigint NOT NULL);
INSERT INTO subscription_version VALUES (0);

-- Those deleted lately, for whoever has them in memory.
CREATE TABLE subscription_gone (
	sid bigint PRIMARY KEY,
	version bigint NOT NULL
);
CREATE INDEX subscription_gone_news ON subscription_gone (version);

-- A row appears with the first notification.
CREATE TABLE subscription_state (
	sid bigint PRIMARY KEY REFERENCES subscription ON DELETE CASCADE,
	times_sent bigint NOT NULL DEFAULT 0,
	times_failed bigint NOT NULL DEFAULT 0,
	last_notification timestamptz,
	last_success timestamptz,
	last_failure timestamptz
) WITH (fillfactor = 50);
