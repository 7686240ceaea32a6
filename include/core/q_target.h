/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a term of q looks at in an entity (4.9), for everything that must agree on it:
 * q_eval(), the SQL of store/q_sql.c, and the table of indexed values.
 *
 * A path leads to targets: one for every live instance of its last name that has the
 * member (and the trail below it).  A target has leaves: the scalars that it compares by.
 *
 *	class        value                 leaves
 *	Q_PLAIN      any JSON              itself, or the elements of the array; each
 *	                                   {"@value": v} counts as v
 *	Q_RAW        any JSON (`json`)     the same, but "@value" is a key like any other
 *	Q_LANGUAGE   languageMap           all strings; below a tag where one is given
 *	Q_VOCAB      IRI or array          each; by the `iri` of q's strings; in no order
 *	Q_RELATION   URI or array          each; by q_uri(); == and != only
 *	Q_ID         URI                   each; by q_uri() for == and !=, else as text
 *
 * == holds where some leaf is equal to some value; != where none is; the order and the
 * patterns look at leaves that are no elements of an array.  != needs the target, not a
 * leaf.
 */
#ifndef CORE_Q_TARGET_H
#define CORE_Q_TARGET_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct q_path;

enum q_class {
	Q_PLAIN,
	Q_RAW,
	Q_LANGUAGE,
	Q_VOCAB,
	Q_RELATION,
	Q_ID,
};

/* A member that the last step of a path looks at, in the instance or the entity. */
struct q_base {
	const char *member;
	enum q_class class;
};
const struct q_base *q_bases(const struct q_path *path, size_t *len);
/* Is the last name a core member?  Then the steps before it lead to what has it. */
bool q_path_is_core(const struct q_path *path);

struct q_target {
	enum q_class class;
	const struct jn *value;
	const char *tag; /* Q_LANGUAGE: the tag asked for; NULL: all */
	int64_t expires; /* microseconds; INT64_MAX: never */
};

/* Both stop and answer true as soon as the function answers true. */
typedef bool (*q_target_fn)(void *cookie, const struct q_target *target);
bool q_targets(const struct q_path *path, const struct jn *entity, int64_t now,
	q_target_fn fn, void *cookie);
/* element: the leaf stands in an array. */
typedef bool (*q_leaf_fn)(void *cookie, const struct jn *leaf, bool element);
bool q_leaves(const struct q_target *target, q_leaf_fn fn, void *cookie);

/* The form of a Date or Time inside a document; *out are days or microseconds that
 * compare like what is written. */
bool q_date(const char *s, size_t len, int64_t *out);
bool q_time(const char *s, size_t len, int64_t *out);

/*
 * A row of the table of indexed values (sql/0002_…): a leaf, or a target without leaves
 * (then all of num, txt and at are absent).
 *
 *	num   a number
 *	txt   its class and the text: "s" string, "u" URI of Q_RELATION or Q_ID in the
 *	      form of q_uri(), "v" IRI of Q_VOCAB, "b" boolean ("bt", "bf"); strings of
 *	      more than Q_TXT_MAX bytes are cut, but not below Q_TXT_MAX + 1 bytes, so that
 *	      comparing with a text of Q_TXT_MAX bytes or less has the right answer
 *	at    microseconds, where a string of Q_PLAIN or Q_RAW is a DateTime
 */
#define Q_TXT_MAX 255
struct q_row {
	int n; /* negative: an element of an array */
	bool has_num, has_at;
	double num;
	int64_t at;
	const char *txt; /* NULL: none */
	size_t txt_len;
	int64_t expires; /* as in struct q_target */
};
/* All rows of a path in a document, whatever has expired; the number of them. */
size_t q_rows(const struct q_path *path, const struct jn *entity, struct arena *a,
	struct q_row **out);

#endif
