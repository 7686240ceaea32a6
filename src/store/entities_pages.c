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
	const char *key; /* what is asked: see write_key() */
	size_t key_len; /* 0: it is like nothing else */
	const struct asking *same;
};

/* The statement and its arguments.  Kept apart, since a statement that looks further becomes
 * another one on the way. */
static void write_key(struct asking *a, struct arena *arena)
{
	const struct pg_args *args = &a->s.sql.args;
	auto_strbuf key = {0};

	strbuf_add(&key, a->s.sql.text.data, a->s.sql.text.len);
	strbuf_addc(&key, '\0');
	for (int i = 0; i < args->n; i++) {
		const char *value = args->value[i];
		int len = value == NULL        ? -1
			: args->format[i] == 0 ? (int)strlen(value)
					       : args->len[i];

		strbuf_add(&key, (const char *)&len, sizeof(len));
		if (len > 0)
			strbuf_add(&key, value, (size_t)len);
	}
	a->key = arena_strndup(arena, key.data, key.len);
	a->key_len = key.len;
}

/* The same question, earlier in the list. */
static const struct asking *find_same(const struct asking *list, const struct asking *a)
{
	for (const struct asking *b = list; b < a; b++)
		if ((b->how == ALONE || b->how == PIPELINED) && a->key_len > 0 &&
			b->key_len == a->key_len &&
			memcmp(b->key, a->key, a->key_len) == 0 &&
			b->s.query->count == a->s.query->count &&
			b->s.query->limit == a->s.query->limit &&
			b->s.query->offset == a->s.query->offset)
			return b;
	return NULL;
}

/* limit=0 asks how many there are, which another statement tells; that of a page says what
 * the question is.  *gone: the error that all get from the first on that found no database. */
static void build(struct asking *a, struct arena *arena, struct err *gone)
{
	struct err *err = &a->asked->err;

	a->how = REFUSED;
	a->asked->page = (struct entity_page){.count = -1};
	if (gone->kind != ERR_NONE) {
		*err = *gone;
		return;
	}
	if (entities_build_page(&a->s, err) == 0)
		write_key(a, arena);
	else if (a->asked->query->limit == 0)
		err_clear(err);
	if (err->kind == ERR_NONE)
		a->how = ALONE;
	else if (err->kind == ERR_UNAVAILABLE)
		*gone = *err;
}

/* Others need not wait for it long, and it is one statement. */
static bool is_quick(const struct statement *s)
{
	return s->types_len > 0 && !s->query->count &&
		(s->types_len == 1 || s->query->offset == 0);
}

static void begin(
	struct asking *list, struct asking *a, struct arena *arena, struct err *gone)
{
	build(a, arena, gone);
	if (a->how == REFUSED)
		return;
	a->same = find_same(list, a);
	if (a->same != NULL)
		a->how = SAME;
	else if (!a->s.none && is_quick(&a->s))
		a->how = PIPELINED;
}

static void ask_alone(struct asking *a, struct err *gone)
{
	struct entity_page *page = &a->asked->page;
	struct err *err = &a->asked->err;

	if (gone->kind != ERR_NONE)
		*err = *gone;
	else if (a->asked->query->limit == 0 || entities_run_page(&a->s, page, err) == 0)
		(void)!entities_count(&a->s, page, err);
	if (err->kind == ERR_UNAVAILABLE)
		*gone = *err;
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
		begin(asking, &asking[i], &arena, &gone);
	}
	/* After all are known: an answer can change how the same is asked next. */
	for (size_t i = 0; i < n; i++)
		if (asking[i].how == ALONE)
			ask_alone(&asking[i], &gone);
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
