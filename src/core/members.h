/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of the documents that are no entities, subscriptions and registrations: what a
 * client may send, and each by its type.  An error is BAD_REQUEST_DATA; it names the JSON
 * pointer, and how to mend it.
 */
#ifndef CORE_MEMBERS_H
#define CORE_MEMBERS_H

#include <base/attr.h>
#include <base/jn.h>
#include <core/key_value.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

/* ---- what a client sends */

struct members_of {
	const char *noun; /* "a subscription" */
	const char *const *known; /* the lists end with NULL; NULL: any */
	const char *const *read_only; /* the broker's own: ignored */
};

/* The member's name, "@id" and "@type" being aliases (4.4). */
const char *members_name(const struct jn *member, struct arena *a);
/* Null, JSON's or NGSI-LD's. */
bool members_is_null(const struct jn *v);
/* The object without these. */
struct jn *members_without(
	const struct jn *object, const char *const *names, struct arena *a);
/* Those members of `body` that are the client's to set, "@id" and "@type" by their other
 * names.  nulls: members of the first level may be null, which removes (5.5.8).
 * INVALID_REQUEST where it is no object. */
int members_take(const struct members_of *of, const struct jn *body, bool nulls,
	struct arena *a, struct jn **out, struct err *err) must_check;
/* expiresAt, where it is there, must be to come (5.8.1.4, 5.9.2.4). */
int members_expiry(const struct members_of *of, const struct jn *doc, int64_t now,
	struct arena *a, struct err *err) must_check;

/* A document to store: its id first, which is `id` where none was sent. */
struct jn *members_identified(const struct jn *sent, const char *id, struct arena *a);
/* The tree of a stored text, to be changed.  NULL with err set: INTERNAL. */
struct jn *members_stored(const struct members_of *of, const char *text, struct arena *a,
	struct err *err) must_check;
/* The id that a change gives, where it does, must be the one that there is. */
int members_keep_id(const struct members_of *of, const struct jn *sent, const char *id,
	struct err *err) must_check;

/* ---- members by their type: *out is written only where there is one */

struct members {
	struct arena *a; /* where what is read goes */
	struct arena *scratch;
	struct err *err;
};

/* err: "<where>/<name>: <what>". */
int members_bad(struct members *m, const char *where, const char *name,
	const char *what) must_check;
int members_text(struct members *m, const struct jn *object, const char *where,
	const char *name, const char **out) must_check;
int members_flag(struct members *m, const struct jn *object, const char *where,
	const char *name, bool *out) must_check;
/* A number above 0, times `scale`. */
int members_positive(struct members *m, const struct jn *object, const char *where,
	const char *name, double scale, double max, int64_t *out) must_check;
int members_time(struct members *m, const struct jn *object, const char *where,
	const char *name, int64_t *out) must_check;
/* An array of strings that is not empty. */
int members_texts(struct members *m, const struct jn *object, const char *where,
	const char *name, const char *const **out, size_t *len) must_check;
/* The same, of URIs or "@none" (4.5.5). */
int members_datasets(struct members *m, const struct jn *object, const char *const **out,
	size_t *len) must_check;
/* A token (RFC 9110, 5.6.2), which names of headers are. */
bool members_is_token(const char *s);
/* KeyValuePair[] (5.2.22); keys are names of headers. */
int members_pairs(struct members *m, const struct jn *object, const char *where,
	const char *name, const struct key_value **out, size_t *len) must_check;
/* All members of the object must be in the list, which ends with NULL. */
int members_check(struct members *m, const struct jn *object, const char *where,
	const char *const *known) must_check;

#endif
