/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far must `near` look to fill a page?  Where entities are dense, the nearest twenty of a
 * million are within some steps, whatever the distance allowed.  What was found before around
 * there says how far; where it was not far enough, one looks further: the page is the same.
 * Any thread.
 */
#ifndef STORE_REACH_H
#define STORE_REACH_H

#include <base/attr.h>

#include <stdint.h>

struct arena;
struct entity_query;
struct reach;

struct reach *reach_new(void) must_check; /* never NULL */
void reach_free(struct reach *r); /* NULL is fine */

/* Where a query looks for what: two that have the same here find about as many. */
struct reach_key {
	uint64_t here; /* around there */
	uint64_t anywhere; /* wherever */
};
struct reach_key reach_key_of(const struct entity_query *query, struct arena *a);

/* Metres within which the `wanted` nearest probably are, of which at most `most` matter. */
double reach_guess(
	struct reach *r, const struct reach_key *key, unsigned wanted, double most);
/* Within `metres` there were only `found`: how far next?  More than that, at most `most`. */
double reach_further(double metres, unsigned wanted, unsigned found, double most);
/* Within `metres` there were `found`. */
void reach_learn(
	struct reach *r, const struct reach_key *key, double metres, unsigned found);

#endif
