/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked entity retrieval, 4.5.23: what relationships of the answer lead to, inside them
 * (inline) or after the entities that link (flat).  Only what is stored here is followed.
 */
#ifndef API_LINKED_H
#define API_LINKED_H

#include <base/attr.h>
#include <base/jn.h>
#include <base/map.h>
#include <core/render.h>
#include <store/entities.h>

#include <stdbool.h>
#include <stddef.h>

struct call;
struct err;
struct linked_entity;
struct params;
struct projection;
struct strbuf;

/* Links are followed no further than this, whatever joinLevel says. */
#define LINKED_LEVELS 16

enum join_form {
	JOIN_NONE,
	JOIN_INLINE,
	JOIN_FLAT,
};

/* join, joinLevel, containedBy. */
struct join {
	enum join_form form;
	unsigned levels; /* 0: no join */
	const char *const *contained; /* ids that are not followed */
	size_t contained_len;
};
int join_params(const struct params *p, struct join *out, struct err *err) must_check;

/* The linked entities of one answer, in the request's arena.  Zero-initialise. */
struct linked_set {
	struct call *call;
	const struct join *join;
	const struct render *view;
	struct map known; /* by id; those that are not there as well */
	struct linked_entity *first, **end; /* those to append, nearest first */
	struct entity_page pages[LINKED_LEVELS];
	unsigned pages_len;
	size_t fetched, shown;
	bool too_large;
	struct linked inside;
};
void linked_fini(struct linked_set *set);
#define auto_linked cleanup_with(linked_fini) struct linked_set

/* Finds what the entities link to: one round trip a level.  With inline, `view` then shows
 * the linked entities.  TOO_COMPLEX_QUERY: too many of them. */
int linked_gather(struct linked_set *set, struct call *call, const struct join *join,
	struct render *view, const struct jn *const *entities, size_t n,
	struct err *err) must_check;
/* With flat: writes the linked entities, each once. */
void linked_append(struct linked_set *set, struct strbuf *sb);
/* After all is written.  TOO_COMPLEX_QUERY: the answer was too large, parts are missing. */
int linked_check(const struct linked_set *set, struct err *err) must_check;

#endif
