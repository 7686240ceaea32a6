/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the JSON of a mapping, member by member.  Each function says what is wrong by its
 * pointer and is -1 then; those that look for a member are 1 where there is one and 0 where
 * there is none, which leaves *out as it was.
 */
#ifndef TABLE_MAPPING_SPEC_H
#define TABLE_MAPPING_SPEC_H

#include "mapping_priv.h"

#define SPEC_WHERE 200 /* bytes of a pointer */

struct spec_reader {
	struct mapping *m;
	struct arena *a;
	struct err *err;
	char where[SPEC_WHERE]; /* the object that is being read */
};

int spec_wrong(const struct spec_reader *c, const char *member, const char *what);
/* known: names, the last one NULL. */
int spec_check_members(const struct spec_reader *c, const struct jn *object,
	const char *const *known) must_check;

/* A text that is not empty. */
int spec_text(const struct spec_reader *c, const struct jn *object, const char *member,
	const char **out) must_check;
/* One character, or \t. */
int spec_character(struct spec_reader *c, const struct jn *object, const char *member,
	char *out) must_check;
int spec_bool(struct spec_reader *c, const struct jn *object, const char *member,
	bool *out) must_check;
/* The number of the column in the mapping; it is added where it is new. */
int spec_column_named(struct spec_reader *c, const char *name);
int spec_column(struct spec_reader *c, const struct jn *object, const char *member,
	int *out) must_check;
/* Text with columns in braces. */
int spec_read_template(struct spec_reader *c, const char *member, const char *text,
	struct template *out) must_check;
int spec_template(struct spec_reader *c, const struct jn *object, const char *member,
	struct template *out) must_check;
int spec_crs(struct spec_reader *c, const struct jn *object,
	const struct crs **out) must_check;
/* observedAt; false: *out becomes NULL. */
int spec_time(struct spec_reader *c, const struct jn *object,
	const struct map_time **out) must_check;

/* "attributes" of a mapping (depth 0) or of an attribute; observed: what they have in common. */
int spec_attributes(struct spec_reader *c, const struct jn *object,
	const struct map_time *observed, unsigned depth, struct map_attr **out,
	size_t *len) must_check;

#endif
