/* SPDX-License-Identifier: Apache-2.0 */
/* Projection: attrs, pick, omit (4.21, 5.7.1.5). */
#ifndef CORE_PROJECT_H
#define CORE_PROJECT_H

#include <base/attr.h>
#include <base/jn.h>

#include <stddef.h>

struct arena;
struct context;
struct err;

/* A list of names, sorted for pick_find(); `nested` is rel{a,b}: what applies to the linked entities. */
struct pick_item {
	const char *name; /* expanded attribute IRI, or "id", "type", "scope" … */
	size_t len;
	const struct pick_list *nested;
};
struct pick_list {
	struct pick_item *items;
	size_t len;
};

struct projection {
	const struct pick_list
		*attrs; /* entity must have one of them; keeps id, type, scope */
	const struct pick_list *pick;
	const struct pick_list *omit;
};

/* `text` is UTF-8.  `what` ("pick") begins the error.  Separators ',' and '|'.  max_depth:
 * nesting allowed (joinLevel; 0: none). */
int pick_parse(const char *text, const char *what, const struct context *ctx,
	unsigned max_depth, struct arena *a, const struct pick_list **out,
	struct err *err) must_check;
/* The item of that name; NULL where the list (which may be NULL) has none. */
const struct pick_item *pick_find(
	const struct pick_list *list, const char *name, size_t len);
/* Is the member (of an entity) in the output?  NULL p: yes.  `member` is the name in the
 * document: an IRI or a core member. */
bool projection_keeps(const struct projection *p, const char *member, size_t len);
/* Has the entity one of the attributes in attrs, alive at `now`?  Without attrs: yes. */
bool projection_has_attrs(
	const struct projection *p, const struct jn *entity, int64_t now);
/* Is anything but system members and what has expired left of the entity? */
bool projection_shows(const struct projection *p, const struct jn *entity, int64_t now);
/* What applies to the entities that this attribute links to: what stands in rel{…}; without
 * it the same pick, and no omit (as the conformance suite reads 4.21). */
struct projection projection_linked(
	const struct projection *p, const char *attribute, size_t len);

#endif
