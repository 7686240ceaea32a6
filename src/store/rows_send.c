/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of a group, all in one pipeline with the commit: so a group costs two round
 * trips in all. */
#include "group_imports.h"
#include "lane_priv.h"
#include "rows_priv.h"

#include <assert.h>

static const struct pg_stmt commit = {"group_commit", "COMMIT", .binary = true};

/* What was sent and is to be answered. */
struct sent {
	int len;
	uint32_t rows[ROWS + IMPORTS_SENT + 1]; /* that it must touch; 0: any number */
};

static int send_all(
	struct group *g, struct rows *rows, struct sent *sent, struct err *err)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct rows *r = &rows[i];
		struct pg_args args = {0};

		if (r->column[0].n == 0)
			continue;
		if (i == INSERT_HISTORY &&
			imports_send_replaced(g, r->column, &sent->len, err) < 0)
			return -1;
		for (size_t j = 0; j < r->columns; j++)
			pg_args_array(&args, &r->column[j]);
		if (pg_send(g->pg, r->stmt, &args, err) < 0)
			return -1;
		/* each place of a row has one */
		sent->rows[sent->len++] =
			r->column[0].type == PG_TID ? r->column[0].n : 0;
	}
	return imports_send_undone(g, &sent->len, err);
}

/* Nobody hears of a change that found no row: that would be one that is lost. */
static int read_answers(struct pg *pg, const struct sent *sent, struct err *err)
{
	for (int i = 0; i < sent->len; i++) {
		auto_pgresult *res = NULL;

		if (pg_next(pg, &res, err) < 0)
			return -1;
		assert(sent->rows[i] == 0 || pg_rows(res) == sent->rows[i]);
	}
	return 0;
}

int rows_send(struct group *g, struct rows *rows, struct err *err)
{
	struct pg *pg = g->pg;
	struct sent sent = {0};

	if (pg_pipeline(pg, err) < 0 || send_all(g, rows, &sent, err) < 0 ||
		pg_send(pg, &commit, NULL, err) < 0 || pg_sync(pg, err) < 0 ||
		read_answers(pg, &sent, err) < 0 || pg_next(pg, NULL, err) < 0)
		return -1;
	return pg_leave(pg, err);
}
