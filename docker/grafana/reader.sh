#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the role that Grafana reads with: it may read the views calanque_v1, and nothing else.
# The environment says where: POSTGRES_USER, POSTGRES_DB, GRAFANA_DB_PASSWORD.
set -eu
psql -Xq -v ON_ERROR_STOP=1 -v password="$GRAFANA_DB_PASSWORD" \
	-U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
SELECT 'CREATE ROLE calanque_reader NOLOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'calanque_reader') \gexec
SELECT 'CREATE ROLE grafana LOGIN IN ROLE calanque_reader'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') \gexec
ALTER ROLE grafana PASSWORD :'password';
ALTER ROLE grafana SET statement_timeout = '30s';
ALTER ROLE grafana SET default_transaction_read_only = on;
SQL
