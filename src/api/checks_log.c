/* SPDX-License-Identifier: Apache-2.0 */
/* What was found lately, by source: a bounded table, the least recent row makes room. */
#include "checks_priv.h"

#include <base/clock.h>
#include <base/map.h>
#include <base/mem.h>
#include <base/strbuf.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ROWS     1000
#define TEXT_MAX 300 /* bytes of each text that is kept */

enum text {
	ADDRESS,
	AGENT,
	TYPE,
	ATTRIBUTE,
	KEYS, /* those above are the key, with the code and the tenant */
	ENTITY = KEYS,
	AT,
	SEEN,
	WHY,
	MEND,
	TEXTS
};

static const char *const members[TEXTS] = {[ADDRESS] = "address",
	[AGENT] = "userAgent",
	[TYPE] = "type",
	[ATTRIBUTE] = "attribute",
	[ENTITY] = "entity",
	[AT] = "at",
	[SEEN] = "seen",
	[WHY] = "why",
	[MEND] = "mend"};

struct row {
	uint64_t hash;
	int tenant;
	enum lint_code code;
	uint64_t count, refused;
	int64_t first, last; /* wall clock; last 0: free */
	char *texts[TEXTS];
};

struct check_log {
	pthread_mutex_t lock; /* guards rows */
	struct row rows[ROWS];
};

struct check_log *check_log_new(void)
{
	struct check_log *r = mem_alloc(sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	return r;
}

static void forget(struct row *row)
{
	for (int i = 0; i < TEXTS; i++)
		free(row->texts[i]);
	*row = (struct row){0};
}

void check_log_free(struct check_log *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < ROWS; i++)
		forget(&r->rows[i]);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* Cut at a character's end. */
static char *keep(const char *text)
{
	size_t len = strnlen(text, TEXT_MAX + 1);

	if (len <= TEXT_MAX)
		return mem_strndup(text, len);
	len = TEXT_MAX;
	while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
		len--;
	return mem_strndup(text, len);
}

static bool same(const char *kept, const char *text)
{
	return strncmp(kept, text, strlen(kept)) == 0 &&
		(text[strlen(kept)] == '\0' || strlen(kept) >= TEXT_MAX - 3);
}

static uint64_t hash_of(const char *const *texts, int tenant, enum lint_code code)
{
	uint64_t hash = (uint64_t)tenant * 31 + (uint64_t)code;

	for (int i = 0; i < KEYS; i++)
		hash = hash * 0x100000001B3 ^
			map_hash(texts[i], strnlen(texts[i], TEXT_MAX));
	return hash;
}

/* The row of the key: found, free, or the one that was longest without news. */
static struct row *find(struct check_log *r, const char *const *texts, uint64_t hash)
{
	struct row *oldest = &r->rows[0];

	for (size_t i = 0; i < ROWS; i++) {
		struct row *row = &r->rows[i];

		if (row->last != 0 && row->hash == hash) {
			bool all = true;

			for (int k = 0; k < KEYS; k++)
				all &= same(row->texts[k], texts[k]);
			if (all)
				return row;
		}
		if (row->last < oldest->last)
			oldest = row;
	}
	forget(oldest);
	return oldest;
}

static void note(
	struct check_log *r, const struct check_log_source *s, const struct finding *f)
{
	const char *texts[TEXTS] = {[ADDRESS] = s->address,
		[AGENT] = s->agent,
		[TYPE] = f->type,
		[ATTRIBUTE] = f->attribute,
		[ENTITY] = s->entity,
		[AT] = f->pointer,
		[SEEN] = f->seen,
		[WHY] = f->why,
		[MEND] = f->mend};
	uint64_t hash = hash_of(texts, s->tenant, f->code);
	struct row *row = find(r, texts, hash);

	if (row->last == 0) {
		row->hash = hash;
		row->tenant = s->tenant;
		row->code = f->code;
		row->first = s->now;
	}
	for (int i = 0; i < TEXTS; i++) {
		if (i < KEYS && row->texts[i] != NULL)
			continue;
		free(row->texts[i]);
		row->texts[i] = keep(texts[i]);
	}
	row->last = s->now > row->last ? s->now : row->last;
	row->count++;
	row->refused += s->refused;
}

void check_log_note(struct check_log *r, const struct check_log_source *source,
	const struct findings *found)
{
	pthread_mutex_lock(&r->lock);
	for (const struct finding *f = found->first; f != NULL; f = f->next)
		note(r, source, f);
	pthread_mutex_unlock(&r->lock);
}

static bool wanted(const struct row *row, const struct check_log_filter *f)
{
	return row->last != 0 && row->tenant == f->tenant &&
		(f->type == NULL || strcmp(row->texts[TYPE], f->type) == 0) &&
		(f->code == NULL || strcmp(lint_names[row->code], f->code) == 0) &&
		(!f->refused_only || row->refused > 0);
}

static int latest_first(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;

	return ((*y)->last > (*x)->last) - ((*y)->last < (*x)->last);
}

static void write_texts(struct strbuf *sb, const struct row *row, int from, int to)
{
	for (int i = from; i < to; i++) {
		if (row->texts[i][0] == '\0')
			continue;
		strbuf_addf(sb, "%s\"%s\":", sb->data[sb->len - 1] == '{' ? "" : ",",
			members[i]);
		jn_write_string(sb, row->texts[i], strlen(row->texts[i]));
	}
}

static void write_row(struct strbuf *sb, const struct row *row)
{
	static const char *const levels[] = {"hint", "warning", "error"};
	char first[CLOCK_TEXT], last[CLOCK_TEXT];

	strbuf_addf(sb, "{\"code\":\"%s\",\"level\":\"%s\"", lint_names[row->code],
		levels[lint_level_of(row->code)]);
	write_texts(sb, row, TYPE, KEYS);
	strbuf_adds(sb, ",\"source\":{");
	write_texts(sb, row, ADDRESS, AGENT + 1);
	strbuf_addf(sb,
		"},\"count\":%ju,\"refused\":%ju,\"firstAt\":\"%s\",\"lastAt\":\"%s\","
		"\"last\":{",
		(uintmax_t)row->count, (uintmax_t)row->refused,
		clock_format(row->first, first), clock_format(row->last, last));
	write_texts(sb, row, ENTITY, TEXTS);
	strbuf_adds(sb, "}}");
}

size_t check_log_write(
	struct check_log *r, const struct check_log_filter *filter, struct strbuf *sb)
{
	const struct row **rows = mem_alloc(ROWS * sizeof(struct row *));
	size_t n = 0;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < ROWS; i++)
		if (wanted(&r->rows[i], filter))
			rows[n++] = &r->rows[i];
	qsort(rows, n, sizeof(struct row *), latest_first);
	strbuf_addc(sb, '[');
	for (size_t i = 0; i < n && i < filter->limit; i++) {
		strbuf_adds(sb, i > 0 ? "," : "");
		write_row(sb, rows[i]);
	}
	strbuf_addc(sb, ']');
	pthread_mutex_unlock(&r->lock);
	free(rows);
	return n;
}

void check_log_clear(struct check_log *r, int tenant)
{
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < ROWS; i++)
		if (r->rows[i].last != 0 && r->rows[i].tenant == tenant)
			forget(&r->rows[i]);
	pthread_mutex_unlock(&r->lock);
}
