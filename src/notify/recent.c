/* SPDX-License-Identifier: Apache-2.0 */
#include <notify/recent.h>

#include <base/arena.h>
#include <base/mem.h>
#include <base/strbuf.h>
#include <core/changes.h>
#include <store/lane.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (RECENT_SLOTS + 1) /* one is being written */

/* The texts follow one another: id, before, after. */
struct slot {
	struct strbuf text; /* its room stays */
	size_t id_len, before_len, after_len; /* before, after: 0 where there is none */
	int tenant;
	int64_t now;
};

struct recent {
	pthread_mutex_t lock; /* guards all below */
	struct slot slots[SLOTS];
	size_t next, len;
};

struct recent *recent_new(void)
{
	struct recent *r = mem_alloc(sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void recent_free(struct recent *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		strbuf_fini(&r->slots[i].text);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* Nothing is left in it of a change that is too large. */
static void fill(struct slot *s, const struct entity_change *change)
{
	struct strbuf *text = &s->text;

	strbuf_reset(text);
	s->tenant = change->tenant;
	s->now = change->now;
	s->id_len = strlen(change->id);
	strbuf_add(text, change->id, s->id_len);
	if (change->before != NULL)
		jn_write(text, change->before);
	s->before_len = text->len - s->id_len;
	if (change->after != NULL)
		jn_write(text, change->after);
	s->after_len = text->len - s->id_len - s->before_len;
	if (text->len > RECENT_BYTES)
		strbuf_fini(text);
}

void recent_add(struct recent *r, const struct entity_change *change)
{
	struct slot *s;

	pthread_mutex_lock(&r->lock);
	s = &r->slots[r->next];
	fill(s, change);
	if (s->text.len > 0) {
		r->next = (r->next + 1) % SLOTS;
		r->len += r->len < RECENT_SLOTS;
	}
	pthread_mutex_unlock(&r->lock);
}

static bool is_wanted(const struct slot *s, int tenant, const char *id)
{
	if (s->tenant != tenant)
		return false;
	return id == NULL ||
		(strlen(id) == s->id_len && memcmp(id, s->text.data, s->id_len) == 0);
}

struct copy {
	const char *text;
	struct slot slot;
};

/* Copies of the wanted slots, so that nothing is parsed with the lock. */
static size_t copy(struct recent *r, int tenant, const char *id, size_t max,
	struct copy *out, struct arena *a)
{
	size_t n = 0;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 1; i <= r->len && n < max; i++) {
		const struct slot *s = &r->slots[(r->next + SLOTS - i) % SLOTS];

		if (!is_wanted(s, tenant, id))
			continue;
		out[n].slot = *s;
		out[n++].text = arena_strndup(a, s->text.data, s->text.len);
	}
	pthread_mutex_unlock(&r->lock);
	return n;
}

size_t recent_list(struct recent *r, int tenant, const char *id, size_t max,
	struct arena *a, struct entity_change *out)
{
	struct copy *copies = arena_array(a, struct copy, max + 1);
	size_t n = copy(r, tenant, id, max, copies, a);

	for (size_t i = 0; i < n; i++) {
		const struct slot *s = &copies[i].slot;
		const char *before = copies[i].text + s->id_len;

		out[i] = (struct entity_change){.tenant = tenant,
			.id = arena_strndup(a, copies[i].text, s->id_len),
			.now = s->now};
		if (s->before_len > 0)
			out[i].before = jn_parse_trusted(before, s->before_len, a);
		if (s->after_len > 0)
			out[i].after =
				jn_parse_trusted(before + s->before_len, s->after_len, a);
		out[i].changes = changes_between(out[i].before, out[i].after, a);
	}
	return n;
}
