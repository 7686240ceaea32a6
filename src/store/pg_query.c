/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on a connection: what is prepared, one at a time, and in a pipeline.
 *
 * In a pipeline `expected` lists what the server will answer, in order; the answers to
 * our own PREPAREs and syncs in between are consumed on the way to a statement's.
 */
#include <store/pg.h>

#include "pg_priv.h"

#include <base/clock.h>
#include <base/map.h>
#include <base/mem.h>
#include <base/metrics.h>

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS_MOST 128 /* statements without a name that are remembered */

static bool is_same(const struct prepared *p, const struct pg_stmt *stmt, uint64_t hash)
{
	if (stmt->name != NULL)
		return p->stmt == stmt;
	return p->sql != NULL && p->hash == hash && strcmp(p->sql, stmt->sql) == 0;
}

/* The slot where it is or belongs. */
static struct prepared **table_slot(
	struct pg *pg, const struct pg_stmt *stmt, uint64_t hash)
{
	size_t i = hash & (pg->table_size - 1);

	while (pg->table[i] != NULL && !is_same(pg->table[i], stmt, hash))
		i = (i + 1) & (pg->table_size - 1);
	return &pg->table[i];
}

static void table_rebuild(struct pg *pg, size_t size, const struct prepared *without)
{
	struct prepared **old = pg->table;
	size_t old_size = pg->table_size;

	pg->table = mem_alloc(size * sizeof(void *));
	pg->table_size = size;
	pg->table_used = 0;
	for (size_t i = 0; i < old_size; i++) {
		size_t at;

		if (old[i] == NULL || old[i] == without)
			continue;
		at = old[i]->hash & (size - 1);
		while (pg->table[at] != NULL)
			at = (at + 1) & (size - 1);
		pg->table[at] = old[i];
		pg->table_used++;
	}
	free(old);
}

static void prepared_free(struct prepared *p)
{
	free(p->sql);
	free(p);
}

void pg_forget(struct pg *pg)
{
	for (size_t i = 0; i < pg->table_size; i++)
		if (pg->table[i] != NULL)
			pg->table[i]->state = UNPREPARED;
}

void pg_forget_all(struct pg *pg)
{
	for (size_t i = 0; i < pg->table_size; i++)
		if (pg->table[i] != NULL)
			prepared_free(pg->table[i]);
	free(pg->table);
	pg->table = NULL;
	pg->table_size = pg->table_used = 0;
	pg->by_text = 0;
}

static void expect(struct pg *pg, enum expect what, struct prepared *p)
{
	if (pg->expected_len == pg->expected_room) {
		pg->expected_room = pg->expected_room != 0 ? pg->expected_room * 2 : 64;
		pg->expected = mem_resize(
			pg->expected, pg->expected_room * sizeof(*pg->expected));
	}
	pg->expected[pg->expected_len++] = (struct expected){what, p};
}

static bool is_expected(const struct pg *pg, const struct prepared *p)
{
	for (size_t i = pg->expected_first; i < pg->expected_len; i++)
		if (pg->expected[i].prepared == p)
			return true;
	return false;
}

/* Makes room for one more text: forgets the one that was used the longest ago. */
static void evict(struct pg *pg)
{
	struct prepared *oldest = NULL;
	char sql[96];

	for (size_t i = 0; i < pg->table_size; i++) {
		struct prepared *p = pg->table[i];

		if (p != NULL && p->sql != NULL && !is_expected(pg, p) &&
			(oldest == NULL || p->used < oldest->used))
			oldest = p;
	}
	if (oldest == NULL)
		return; /* all wait in the pipeline */
	if (oldest->state == PREPARED) {
		snprintf(sql, sizeof(sql), "DEALLOCATE %s", oldest->name);
		if (!pg->in_pipeline)
			PQclear(PQexec(pg->conn, sql));
		else if (PQsendQueryParams(pg->conn, sql, 0, NULL, NULL, NULL, NULL, 0) ==
			1)
			expect(pg, EXPECT_NOTHING, NULL);
	}
	table_rebuild(pg, pg->table_size, oldest);
	prepared_free(oldest);
	pg->by_text--;
}

/* What is known of the statement; never NULL. */
static struct prepared *remember(struct pg *pg, const struct pg_stmt *stmt)
{
	const char *key = stmt->name != NULL ? stmt->name : stmt->sql;
	uint64_t hash = map_hash(key, strlen(key));
	struct prepared **slot, *p;

	if (pg->table_size == 0)
		table_rebuild(pg, 512, NULL);
	slot = table_slot(pg, stmt, hash);
	if (*slot == NULL) {
		if (stmt->name == NULL && pg->by_text >= TEXTS_MOST)
			evict(pg);
		if ((pg->table_used + 1) * 2 > pg->table_size)
			table_rebuild(pg, pg->table_size * 2, NULL);
		slot = table_slot(pg, stmt, hash);
		p = mem_alloc(sizeof(*p));
		p->hash = hash;
		if (stmt->name != NULL) {
			assert(strlen(stmt->name) < sizeof(p->name));
			p->stmt = stmt;
			snprintf(p->name, sizeof(p->name), "%s", stmt->name);
		} else {
			p->sql = mem_strdup(stmt->sql);
			snprintf(p->name, sizeof(p->name), "text_%" PRIu64, ++pg->names);
			pg->by_text++;
		}
		*slot = p;
		pg->table_used++;
	}
	(*slot)->used = ++pg->uses;
	return *slot;
}

static const char *what_of(const struct pg_stmt *stmt)
{
	return stmt->name != NULL ? stmt->name : stmt->sql;
}

int pg_query(struct pg *pg, const struct pg_stmt *stmt, const struct pg_args *args,
	PGresult **out, struct err *err)
{
	static const struct pg_args none;
	struct prepared *p;
	PGresult *res;
	int64_t start;

	assert(!pg->in_pipeline);
	if (pg_ready(pg, err) < 0)
		return -1;
	start = pg->last_used;
	if (args == NULL)
		args = &none;
	p = remember(pg, stmt);
	if (p->state != PREPARED) {
		auto_pgresult *made = PQprepare(pg->conn, p->name, stmt->sql, 0, NULL);

		if (PQresultStatus(made) != PGRES_COMMAND_OK)
			return pg_fail(pg, made, what_of(stmt), err);
		p->state = PREPARED;
	}
	res = PQexecPrepared(pg->conn, p->name, args->n, args->value, args->len,
		args->format, stmt->binary);
	pg->last_used = clock_monotonic();
	metric_observe(METRIC_db_query_duration_seconds, pg->last_used - start);
	if (PQresultStatus(res) != PGRES_TUPLES_OK &&
		PQresultStatus(res) != PGRES_COMMAND_OK) {
		(void)pg_fail(pg, res, what_of(stmt), err);
		PQclear(res);
		return -1;
	}
	*out = res;
	return 0;
}

int64_t pg_rows(PGresult *res)
{
	return strtoll(PQcmdTuples(res), NULL, 10);
}

int pg_exec(struct pg *pg, const struct pg_stmt *stmt, const struct pg_args *args,
	int64_t *rows, struct err *err)
{
	auto_pgresult *res = NULL;

	if (pg_query(pg, stmt, args, &res, err) < 0)
		return -1;
	if (rows != NULL)
		*rows = pg_rows(res);
	return 0;
}

int pg_ping(struct pg *pg, struct err *err)
{
	static const struct pg_stmt ping = {.name = "ping", .sql = "SELECT 1"};

	return pg_exec(pg, &ping, NULL, NULL, err);
}

int pg_script(struct pg *pg, const char *sql, struct err *err)
{
	auto_pgresult *res = NULL;
	ExecStatusType status;

	assert(!pg->in_pipeline);
	if (pg_ready(pg, err) < 0)
		return -1;
	res = PQexec(pg->conn, sql);
	status = PQresultStatus(res);
	pg->last_used = clock_monotonic();
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK &&
		status != PGRES_EMPTY_QUERY)
		return pg_fail(pg, res, "script", err);
	return 0;
}

bool pg_in_transaction(const struct pg *pg)
{
	return pg->conn != NULL && PQtransactionStatus(pg->conn) != PQTRANS_IDLE;
}

void pg_rollback(struct pg *pg)
{
	struct err ignored = {0};

	if (pg->in_pipeline)
		(void)!pg_leave(pg, &ignored);
	if (pg->conn == NULL || pg->drop || PQtransactionStatus(pg->conn) == PQTRANS_IDLE)
		return;
	PQclear(PQexec(pg->conn, "ROLLBACK"));
	if (PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
		pg->drop = true;
}

int pg_end(struct pg *pg, int rc, struct err *err)
{
	if (rc == 0)
		rc = pg_script(pg, "COMMIT", err);
	if (rc < 0)
		pg_rollback(pg);
	return rc;
}

void pg_pipeline_reset(struct pg *pg)
{
	pg->in_pipeline = false;
	pg->expected_first = pg->expected_len = 0;
	err_clear(&pg->pipeline_err);
	err_clear(&pg->lost);
}

int pg_pipeline(struct pg *pg, struct err *err)
{
	assert(!pg->in_pipeline);
	if (pg_ready(pg, err) < 0)
		return -1;
	if (PQenterPipelineMode(pg->conn) != 1)
		return pg_fail(pg, NULL, "pipeline", err);
	pg_pipeline_reset(pg);
	pg->in_pipeline = true;
	pg->sent_at = pg->last_used;
	return 0;
}

int pg_send(struct pg *pg, const struct pg_stmt *stmt, const struct pg_args *args,
	struct err *err)
{
	static const struct pg_args none;
	struct prepared *p;

	assert(pg->in_pipeline);
	if (args == NULL)
		args = &none;
	p = remember(pg, stmt);
	if (p->state == UNPREPARED) {
		if (PQsendPrepare(pg->conn, p->name, stmt->sql, 0, NULL) != 1)
			return pg_fail(pg, NULL, what_of(stmt), err);
		p->state = PREPARING;
		expect(pg, EXPECT_PREPARE, p);
	}
	if (PQsendQueryPrepared(pg->conn, p->name, args->n, args->value, args->len,
		    args->format, stmt->binary) != 1)
		return pg_fail(pg, NULL, what_of(stmt), err);
	expect(pg, EXPECT_QUERY, p);
	return 0;
}

int pg_sync(struct pg *pg, struct err *err)
{
	assert(pg->in_pipeline);
	if (PQpipelineSync(pg->conn) != 1)
		return pg_fail(pg, NULL, "pipeline", err);
	expect(pg, EXPECT_SYNC, NULL);
	return 0;
}

/* The result of one entry.  NULL with err set when the connection is gone or the entry
 * failed; the caller clears what is returned. */
static PGresult *fetch(struct pg *pg, const struct expected *e, struct err *err)
{
	const char *what = e->prepared != NULL ? e->prepared->name : "pipeline";
	ExecStatusType status;
	PGresult *res;

	if (PQstatus(pg->conn) != CONNECTION_OK && pg->lost.kind != ERR_NONE) {
		*err = pg->lost; /* said once is enough */
		return NULL;
	}
	res = PQgetResult(pg->conn);
	status = PQresultStatus(res);
	if (e->what != EXPECT_SYNC && res != NULL) {
		PGresult *end = PQgetResult(pg->conn); /* NULL ends each statement */

		PQclear(end);
	}
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ||
		status == PGRES_PIPELINE_SYNC)
		return res;
	if (status == PGRES_PIPELINE_ABORTED && pg->pipeline_err.kind != ERR_NONE) {
		*err = pg->pipeline_err;
	} else {
		(void)pg_fail(pg, res, what, err);
		if (pg->pipeline_err.kind == ERR_NONE)
			pg->pipeline_err = *err;
		if (PQstatus(pg->conn) != CONNECTION_OK)
			pg->lost = *err;
	}
	PQclear(res);
	return NULL;
}

/* Takes the next entry off the list; true when it was a statement of the caller. */
static bool take(struct pg *pg, PGresult **out, struct err *err)
{
	const struct expected e = pg->expected[pg->expected_first++];
	PGresult *res = fetch(pg, &e, err);

	if (e.what == EXPECT_QUERY) {
		*out = res;
		return true;
	}
	if (e.what == EXPECT_PREPARE)
		e.prepared->state = res != NULL ? PREPARED : UNPREPARED;
	if (e.what == EXPECT_SYNC) {
		err_clear(&pg->pipeline_err);
		metric_observe(METRIC_db_query_duration_seconds,
			clock_monotonic() - pg->sent_at);
	}
	PQclear(res);
	return false;
}

int pg_next(struct pg *pg, PGresult **out, struct err *err)
{
	struct err failed = {0};
	PGresult *res = NULL;
	bool mine = false;

	assert(pg->in_pipeline);
	while (!mine) {
		assert(pg->expected_first < pg->expected_len);
		err_clear(&failed);
		mine = take(pg, &res, &failed);
	}
	if (res == NULL) {
		*err = failed;
		return -1;
	}
	if (out != NULL)
		*out = res;
	else
		PQclear(res);
	return 0;
}

int pg_leave(struct pg *pg, struct err *err)
{
	struct err failed = {0}, first = {0};

	assert(pg->in_pipeline);
	/* Without a last sync the server would keep its answers. */
	if (!pg->drop && pg->expected_len > pg->expected_first &&
		pg->expected[pg->expected_len - 1].what != EXPECT_SYNC)
		(void)!pg_sync(pg, &first);
	while (!pg->drop && pg->expected_first < pg->expected_len) {
		PGresult *res = NULL;

		err_clear(&failed);
		(void)take(pg, &res, &failed);
		PQclear(res);
		if (failed.kind != ERR_NONE && first.kind == ERR_NONE)
			first = failed;
	}
	pg_pipeline_reset(pg);
	pg->last_used = clock_monotonic();
	if (!pg->drop && PQexitPipelineMode(pg->conn) != 1) {
		pg->drop = true;
		if (first.kind == ERR_NONE)
			(void)pg_fail(pg, NULL, "pipeline", &first);
	} else if (pg->drop && first.kind == ERR_NONE) {
		err_set(&first, ERR_UNAVAILABLE,
			"the database is not reachable; try again in a moment");
	}
	if (first.kind == ERR_NONE)
		return 0;
	*err = first;
	return -1;
}
