/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two levels: `base` is as it was when everything was last indexed, `fresh` is what came
 * since and is indexed anew each time.  What was replaced or deleted stays in base, and is
 * passed over since its sid is in `gone`.
 */
#include "match_priv.h"

#include <base/mem.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct matcher {
	atomic_uint refs;
	struct level *base, *fresh;
	int64_t *gone; /* sids of base, sorted */
	size_t gone_len;
};

static int compare_sids(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int compare(const void *a, const void *b)
{
	const struct subscription *const *x = a, *const *y = b;

	return ((*x)->sid > (*y)->sid) - ((*x)->sid < (*y)->sid);
}

static bool has_sid(const int64_t *list, size_t len, int64_t sid)
{
	return len > 0 && bsearch(&sid, list, len, sizeof(sid), compare_sids) != NULL;
}

static struct matcher *make(
	struct level *base, struct level *fresh, int64_t *gone, size_t n)
{
	struct matcher *m = mem_alloc(sizeof(*m));

	atomic_init(&m->refs, 1);
	m->base = base;
	m->fresh = fresh;
	m->gone = gone;
	m->gone_len = n;
	return m;
}

/* The list by sid, each of which is there once; to be freed. */
static const struct subscription **sorted(
	const struct subscription *const *list, size_t len)
{
	const struct subscription **own = mem_alloc((len + 1) * sizeof(*own));

	for (size_t i = 0; i < len; i++)
		own[i] = list[i];
	qsort(own, len, sizeof(*own), compare);
	return own;
}

struct matcher *match_build(const struct subscription *const *list, size_t len)
{
	const struct subscription **own = sorted(list, len);
	struct level *base = level_new(own, len);

	free(own);
	return make(base, level_new(NULL, 0), NULL, 0);
}

/* What an update replaces or takes away, sorted. */
static int64_t *touched(const struct subscription *const *list, size_t len,
	const int64_t *gone, size_t gone_len, size_t *out_len)
{
	int64_t *sids = mem_alloc((len + gone_len + 1) * sizeof(*sids));

	for (size_t i = 0; i < len; i++)
		sids[i] = list[i]->sid;
	for (size_t i = 0; i < gone_len; i++)
		sids[len + i] = gone[i];
	qsort(sids, len + gone_len, sizeof(*sids), compare_sids);
	*out_len = 0;
	for (size_t i = 0; i < len + gone_len; i++)
		if (*out_len == 0 || sids[*out_len - 1] != sids[i])
			sids[(*out_len)++] = sids[i];
	return sids;
}

static bool is_alive(const struct matcher *m, const struct subscription *s)
{
	return !has_sid(m->gone, m->gone_len, s->sid);
}

/* All of `level` but the touched, then the list; the array is to be freed. */
static const struct subscription **merged(const struct matcher *m, bool all,
	const int64_t *sids, size_t sids_len, const struct subscription *const *list,
	size_t len, size_t *out_len)
{
	const struct subscription **out = mem_alloc(
		((all ? m->base->len : 0) + m->fresh->len + len + 1) * sizeof(*out));
	size_t n = 0;

	for (size_t i = 0; all && i < m->base->len; i++)
		if (is_alive(m, m->base->list[i]) &&
			!has_sid(sids, sids_len, m->base->list[i]->sid))
			out[n++] = m->base->list[i];
	for (size_t i = 0; i < m->fresh->len; i++)
		if (!has_sid(sids, sids_len, m->fresh->list[i]->sid))
			out[n++] = m->fresh->list[i];
	for (size_t i = 0; i < len; i++)
		out[n++] = list[i];
	*out_len = n;
	return out;
}

/* The sids of base that are no more; to be freed. */
static int64_t *all_gone(
	const struct matcher *m, const int64_t *sids, size_t sids_len, size_t *out_len)
{
	int64_t *out = mem_alloc((m->gone_len + sids_len + 1) * sizeof(*out));
	size_t n = m->gone_len;

	if (n > 0)
		memcpy(out, m->gone, n * sizeof(*out));
	for (size_t i = 0; i < sids_len; i++)
		if (!has_sid(m->gone, m->gone_len, sids[i]) &&
			level_get(m->base, sids[i]) != NULL)
			out[n++] = sids[i];
	qsort(out, n, sizeof(*out), compare_sids);
	*out_len = n;
	return out;
}

/* Indexing `fresh` at each update and everything now and then costs least about here. */
static bool is_due(const struct matcher *m, size_t fresh)
{
	return (double)fresh > 64 + sqrt(2.0 * (double)m->base->len);
}

struct matcher *match_update(const struct matcher *old,
	const struct subscription *const *list, size_t len, const int64_t *gone,
	size_t gone_len)
{
	size_t sids_len, n, gone_n = 0;
	int64_t *sids = touched(list, len, gone, gone_len, &sids_len), *dead = NULL;
	bool all = is_due(old, old->fresh->len + old->gone_len + sids_len);
	const struct subscription **both =
		merged(old, all, sids, sids_len, list, len, &n);
	const struct subscription **own = sorted(both, n);
	struct level *level = level_new(own, n);

	if (!all)
		dead = all_gone(old, sids, sids_len, &gone_n);
	free(sids);
	free(both);
	free(own);
	return all ? make(level, level_new(NULL, 0), NULL, 0)
		   : make(level_ref(old->base), level, dead, gone_n);
}

struct matcher *match_ref(const struct matcher *m)
{
	struct matcher *own = (struct matcher *)m;

	atomic_fetch_add_explicit(&own->refs, 1, memory_order_relaxed);
	return own;
}

void match_unref(struct matcher *m)
{
	if (m == NULL || atomic_fetch_sub(&m->refs, 1) != 1)
		return;
	level_unref(m->base);
	level_unref(m->fresh);
	free(m->gone);
	free(m);
}

size_t match_len(const struct matcher *m)
{
	return m->base->len - m->gone_len + m->fresh->len;
}

const struct subscription *match_get(const struct matcher *m, int64_t sid)
{
	const struct subscription *s = level_get(m->fresh, sid);

	if (s == NULL && !has_sid(m->gone, m->gone_len, sid))
		s = level_get(m->base, sid);
	return s;
}

void match_each(const struct matcher *m, match_fn fn, void *cookie)
{
	for (size_t i = 0; i < m->base->len; i++)
		if (is_alive(m, m->base->list[i]))
			fn(cookie, m->base->list[i]);
	for (size_t i = 0; i < m->fresh->len; i++)
		fn(cookie, m->fresh->list[i]);
}

/* Does the change hold anything that could trigger? */
static bool is_change(const struct entity_change *change)
{
	for (const struct change *c = change->changes; c != NULL; c = c->next)
		if (c->kind != CHANGE_SCOPE && c->kind != CHANGE_TYPE && !c->same)
			return true;
	return false;
}

size_t match_find(const struct matcher *m, const struct entity_change *change,
	const struct match_options *options, struct arena *a,
	const struct subscription *const **out)
{
	struct probe p = {.change = change,
		.judged = {.id = change->id,
			.before = change->before,
			.after = change->after,
			.changes = change->changes,
			.now = change->now,
			.linked = options->linked},
		.doc = change->after != NULL ? change->after : change->before,
		.a = a};
	uint32_t base, n = 0;

	if (!is_change(change))
		return 0;
	level_probe(m->base, &p);
	base = p.found.len;
	for (uint32_t i = 0; i < base; i++)
		if (is_alive(m, p.found.list[i]))
			p.found.list[n++] = p.found.list[i];
	p.found.len = n;
	level_probe(m->fresh, &p);
	if (p.found.len == 0)
		return 0;
	qsort(p.found.list, p.found.len, sizeof(struct subscription *), compare);
	n = 0;
	for (uint32_t i = 0; i < p.found.len; i++) {
		const struct subscription *s = p.found.list[i];

		if (i > 0 && s == p.found.list[i - 1])
			continue;
		if (subscription_judge(s, &p.judged, NULL, a) == GATES)
			p.found.list[n++] = s;
	}
	*out = p.found.list;
	return n;
}
