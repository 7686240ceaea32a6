/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the match_*.c files share.  A level is an index over a set of subscriptions; a
 * matcher has two: most of them, and those that came lately.
 */
#ifndef NOTIFY_MATCH_PRIV_H
#define NOTIFY_MATCH_PRIV_H

#include <notify/match.h>

#include <base/arena.h>
#include <base/map.h>
#include <core/subscription.h>
#include <store/lane.h>

#include <stdatomic.h>
#include <stdbool.h>

/* A list of subscriptions that grows while a level is built; in its arena. */
struct bucket {
	const struct subscription **list;
	uint32_t len, room;
};
void match_bucket_add(struct bucket *b, const struct subscription *s, struct arena *a);

/* What a change is looked up with. */
struct probe {
	const struct entity_change *change;
	struct judged judged;
	const struct jn *doc;
	struct arena *a;
	struct bucket found; /* candidates; each may be there several times */
};
void probe_all(struct probe *p, const struct bucket *b);

/* ---- match_guard.c: conditions on one attribute that a candidate cannot do without */

struct guards; /* of one group */
/* Takes the subscription if it has such a condition. */
bool guards_add(struct guards **g, const struct subscription *s, struct arena *a);
void guards_end(struct guards *g, struct arena *a); /* all are added; NULL is fine */
void guards_probe(const struct guards *g, struct probe *p); /* NULL is fine */
void guards_free(struct guards *g); /* what is not in the arena; NULL is fine */

/* ---- match_box.c: the same for geoQ; rectangles in degrees */

struct box {
	double west, south, east, north;
};
struct boxed {
	struct box box;
	const struct subscription *s;
};
/* Around all that can satisfy the geoquery; false: that has no bounds. */
bool box_of_query(const struct geo_q *q, struct arena *a, struct box *out);
/* Around a geometry; false: it is none. */
bool box_of_geometry(const struct jn *geometry, struct box *out);
struct box_tree; /* over an array that it puts in order */
struct box_tree *box_tree_new(struct boxed *list, size_t len, struct arena *a);
void box_tree_probe(const struct box_tree *t, const struct box *box, struct probe *p);

/* ---- match_pattern.c: idPatterns by a piece of text that matching ids hold */

struct patterns; /* of one tenant */
void patterns_add(struct patterns **set, const struct subscription *s,
	const struct pattern *pattern, struct arena *a);
void patterns_end(struct patterns *set); /* NULL is fine */
void patterns_probe(const struct patterns *set, struct probe *p); /* NULL is fine */
void patterns_free(struct patterns *set); /* what is not in the arena; NULL is fine */

/* ---- match_level.c */

struct level {
	atomic_uint refs;
	const struct subscription **list; /* references, by sid */
	size_t len;
	struct tenant *tenants; /* linked */
	struct arena arena;
};
/* By sid, each once; takes a reference on each. */
struct level *level_new(const struct subscription *const *list, size_t len);
struct level *level_ref(struct level *l);
void level_unref(struct level *l); /* NULL is fine */
const struct subscription *level_get(const struct level *l, int64_t sid);
void level_probe(const struct level *l, struct probe *p);

#endif
