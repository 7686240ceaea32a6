/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that were asked for together.  The same question is asked once.  Plain pages, by type
 * alone, go to PostgreSQL in one pipeline: it makes the next page while the last one is
 * taken.  They share a transaction; where one of them fails, each is asked alone.  Where the
 * database is gone one waits for it, not one page after the other.
 */
#include "entities_priv.h"

#include <base/arena.h>

#include <string.h>

enum how {
	REFUSED, /* there is nothing to ask (any more) */
	ALONE,
	PIPELINED,
	SAME, /* as an earlier one */
};

/* A page on its way. */
struct asking {
	struct statement s;
	struct entity_asked *asked;
	enum how how;
	const struct asking *same;
};

static bool same_args(const struct pg_args *a, const struct pg_args *b)
{
	bool same = a->n == b->n;

	for (int i = 0; same && i < a->n; i++) {
		const char *x = a->value[i], *y = b->value[i];

		if (x == NULL || y == NULL || a->format[i] != b->format[i])
			same = x == y;
		else if (a->format[i] == 0) /* a text, with its end */
			same = strcmp(x, y) == 0;
		else
			same = a->len[i] == b->len[i] &&
				memcmp(x, y, (size_t)a->len[i]) == 0;
	}
	return same;
}

/* The same statement, earlier in the list. */
static const struct asking *find_same(const struct asking *list, const struct asking *a)
{
	for (const struct asking *b = list; b < a; b++)
		if ((b->how == ALONE || b->how == PIPELINED) &&
			b->s.query->count == a->s.query->count &&
			b->s.query->limit == a->s.query->limit &&
			b->s.query->offset == a->s.query->offset &&
			strcmp(b->s.sql.text.data, a->s.sql.text.data) == 0 &&
			same_args(&b->s.sql.args, &a->s.sql.args))
			return b;
	return NULL;
}

/* *gone: the error that all get from the first on that found no database. */
static void ask_alone(struct asking *a, struct err *gone)
{
	struct entity_page *page = &a->asked->page;
	struct err *err = &a->asked->err;

	if (gone->kind != ERR_NONE)
		*err = *gone;
	else if (entities_run_page(&a->s, page, err) == 0)
		(void)!entities_count(&a->s, page, err);
	if (err->kind == ERR_UNAVAILABLE)
		*gone = *err;
}

static void build(struct asking *a, struct err *gone)
{
	const struct entity_query *query = a->asked->query;
	struct err *err = &a->asked->err;

	if (gone->kind != ERR_NONE)
		*err = *gone;
	else if (query->limit == 0)
		(void)!entities_count(&a->s, &a->asked->page, err);
	else if (entities_build_page(&a->s, err) == 0)
		a->how = ALONE;
	if (err->kind == ERR_UNAVAILABLE)
		*gone = *err;
}

/* Others need not wait for it long, and it is one statement. */
static bool is_quick(const struct statement *s)
{
	return s->types_len > 0 && !s->query->count &&
		(s->types_len == 1 || s->query->offset == 0);
}

static void begin(struct asking *list, struct asking *a, struct err *gone)
{
	a->how = REFUSED;
	a->asked->page = (struct entity_page){.count = -1};
	build(a, gone);
	if (a->how == REFUSED)
		return;
	a->same = find_same(list, a);
	if (a->same != NULL)
		a->how = SAME;
	else if (a->s.none || !is_quick(&a->s))
		ask_alone(a, gone);
	else
		a->how = PIPELINED;
}

static int send_all(struct pg *pg, struct asking *list, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct pg_stmt stmt = {
			.sql = list[i].s.sql.text.data, .binary = true};

		if (list[i].how == PIPELINED &&
			pg_send(pg, &stmt, &list[i].s.sql.args, err) < 0)
			return -1;
	}
	return pg_sync(pg, err);
}

static int take_all(struct pg *pg, struct asking *list, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct entity_page *page = &list[i].asked->page;

		if (list[i].how != PIPELINED)
			continue;
		if (pg_next(pg, &page->res, err) < 0)
			return -1;
		entities_take_page(&list[i].s, page);
	}
	return 0;
}

static int ask_all(struct pg *pg, struct asking *list, size_t n)
{
	struct err err = {0}, left = {0};
	int rc;

	if (pg_pipeline(pg, &err) < 0)
		return -1;
	rc = send_all(pg, list, n, &err);
	if (rc == 0)
		rc = take_all(pg, list, n, &err);
	return pg_leave(pg, &left) < 0 ? -1 : rc;
}

static void ask_pipelined(struct pg *pg, struct asking *list, size_t n, struct err *gone)
{
	size_t pipelined = 0;

	for (size_t i = 0; i < n; i++)
		pipelined += list[i].how == PIPELINED;
	if (pipelined == 0 ||
		(pipelined > 1 && gone->kind == ERR_NONE && ask_all(pg, list, n) == 0))
		return;
	for (size_t i = 0; i < n; i++) {
		if (list[i].how != PIPELINED)
			continue;
		entity_page_fini(&list[i].asked->page);
		ask_alone(&list[i], gone);
	}
}

void entities_query_many(struct pg *pg, const struct entity_index *index,
	struct entity_asked *list, size_t n)
{
	auto_arena arena = {0};
	struct asking *asking = arena_array(&arena, struct asking, n);
	struct err gone = {0};

	for (size_t i = 0; i < n; i++) {
		asking[i].asked = &list[i];
		asking[i].s = (struct statement){.pg = pg,
			.query = list[i].query,
			.index = index,
			.sql.arena = list[i].arena};
		begin(asking, &asking[i], &gone);
	}
	ask_pipelined(pg, asking, n, &gone);
	for (size_t i = 0; i < n; i++) {
		if (asking[i].how == SAME) {
			list[i].page = asking[i].same->asked->page;
			list[i].page.res = NULL; /* it has one owner */
			list[i].err = asking[i].same->asked->err;
		}
		sql_fini(&asking[i].s.sql);
	}
}
