-- Who we are to other brokers (5.2.40): as stable as the data.  One row.
CREATE TABLE identity (
	uuid uuid NOT NULL DEFAULT gen_random_uuid(),
	one boolean PRIMARY KEY DEFAULT true CHECK (one)
);
INSERT INTO identity DEFAULT VALUES;
