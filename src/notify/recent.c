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

/* The texts follow one another: id, before, after. */
struct slot {
	char *text;
	size_t room;
	size_t id_len, before_len, after_len; /* before, after: 0 where there is none */
	int tenant;
	int64_t now;
};

struct recent {
	pthread_mutex_t lock; /* guards all below */
	struct slot slots[RECENT_SLOTS];
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
	for (size_t i = 0; i < RECENT_SLOTS; i++)
		free(r->slots[i].text);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static void fill(struct slot *s, const struct strbuf *text, const struct slot *head)
{
	char *own = s->text;
	size_t room = s->room;

	if (room < text->len) {
		room = text->len + text->len / 4;
		own = mem_resize(own, room);
	}
	memcpy(own, text->data, text->len);
	*s = *head;
	s->text = own;
	s->room = room;
}

void recent_add(struct recent *r, const struct entity_change *change)
{
	struct slot head = {.tenant = change->tenant,
		.now = change->now,
		.id_len = strlen(change->id)};
	auto_strbuf text = {0};

	strbuf_add(&text, change->id, head.id_len);
	if (change->before != NULL)
		jn_write(&text, change->before);
	head.before_len = text.len - head.id_len;
	if (change->after != NULL)
		jn_write(&text, change->after);
	head.after_len = text.len - head.id_len - head.before_len;
	if (text.len > RECENT_BYTES)
		return;
	pthread_mutex_lock(&r->lock);
	fill(&r->slots[r->next], &text, &head);
	r->next = (r->next + 1) % RECENT_SLOTS;
	if (r->len < RECENT_SLOTS)
		r->len++;
	pthread_mutex_unlock(&r->lock);
}

static bool is_wanted(const struct slot *s, int tenant, const char *id)
{
	if (s->tenant != tenant)
		return false;
	return id == NULL ||
		(strlen(id) == s->id_len && memcmp(id, s->text, s->id_len) == 0);
}

/* Copies of the wanted slots, so that nothing is parsed with the lock. */
static size_t copy(struct recent *r, int tenant, const char *id, size_t max,
	struct slot *out, struct arena *a)
{
	size_t n = 0;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 1; i <= r->len && n < max; i++) {
		const struct slot *s =
			&r->slots[(r->next + RECENT_SLOTS - i) % RECENT_SLOTS];

		if (!is_wanted(s, tenant, id))
			continue;
		out[n] = *s;
		out[n++].text = arena_strndup(
			a, s->text, s->id_len + s->before_len + s->after_len);
	}
	pthread_mutex_unlock(&r->lock);
	return n;
}

size_t recent_list(struct recent *r, int tenant, const char *id, size_t max,
	struct arena *a, struct entity_change *out)
{
	struct slot *slots = arena_array(a, struct slot, max + 1);
	size_t n = copy(r, tenant, id, max, slots, a);

	for (size_t i = 0; i < n; i++) {
		const struct slot *s = &slots[i];
		const char *before = s->text + s->id_len;

		out[i] = (struct entity_change){.tenant = tenant,
			.id = arena_strndup(a, s->text, s->id_len),
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
